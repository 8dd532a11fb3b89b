package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// madeCase returns the content of a case of the small theft.
func madeCase(t *testing.T) []byte {
	t.Helper()
	url, _ := node(t)
	path := filepath.Join(t.TempDir(), "made.case")
	if r := losstracer(t, "verify", smallWriteUp(t), "--rpc", url, "--case", path); r.status != smallStatus {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// plainly fails the test unless a command said in one line what is wrong, as
// for a user and not as a program that fell over.
func plainly(t *testing.T, r result, want string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.stderr), "\n")
	if r.status != exitError || !strings.HasPrefix(lines[0], "losstracer: error: ") || !strings.Contains(lines[0], want) {
		t.Errorf("exit status %d, said %q; want 1 and %q in one line", r.status, r.stderr, want)
	}
	for _, l := range lines[1:] {
		if !strings.HasPrefix(l, "losstracer: hint: ") {
			t.Errorf("said %q besides", l)
		}
	}
	if strings.Contains(r.stderr+r.stdout, "goroutine ") {
		t.Errorf("fell over:\n%s", r.stderr)
	}
}

// loosen takes the types and conditions off a table, does something, and puts
// the declaration back, as somebody with an editor can.
func loosen(t *testing.T, path, table, statement string, args ...any) {
	t.Helper()
	const set = "UPDATE sqlite_schema SET sql = "
	const of = " WHERE type = 'table' AND name = '%s'"
	alter(t, path, "CREATE TABLE IF NOT EXISTS kept AS SELECT sql FROM sqlite_schema WHERE name = '"+table+"'")
	// Between "(" and ")" only names stay, of which the first is the key.
	alter(t, path, "PRAGMA writable_schema = 1; "+set+fmt.Sprintf("replace(replace(replace(replace(sql, ' NOT NULL', ''), ' STRICT', ''), ' INTEGER,', ','), ' TEXT', '')"+of, table))
	alter(t, path, statement, args...)
	alter(t, path, "PRAGMA writable_schema = 1; "+set+fmt.Sprintf("(SELECT sql FROM kept)"+of, table))
	alter(t, path, "DROP TABLE kept")
}

// TestCaseHostile gives cases that somebody made to do harm. Each is told apart
// in one line; nothing falls over, and nothing of them is believed.
func TestCaseHostile(t *testing.T) {
	t.Parallel()
	content := madeCase(t)
	const one = " WHERE id = (SELECT max(id) FROM exchange WHERE method = 'eth_getBalance')"
	deep := strings.Repeat(`[`, 200_000)
	for _, row := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"another program's mark", func(t *testing.T, path string) { alter(t, path, "PRAGMA application_id = 7") }, "of something else"},
		{"a view", func(t *testing.T, path string) { alter(t, path, "CREATE VIEW v AS SELECT * FROM exchange") }, "has not the tables of a case"},
		{"a view in place of a table", func(t *testing.T, path string) {
			alter(t, path, "DROP TABLE failure; CREATE VIEW failure AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
		}, "has not the tables of a case"},
		{"a trigger", func(t *testing.T, path string) {
			alter(t, path, "CREATE TRIGGER x BEFORE INSERT ON session BEGIN DELETE FROM run; END")
		}, "has not the tables of a case"},
		{"an index with an expression", func(t *testing.T, path string) { alter(t, path, "CREATE INDEX x ON exchange (abs(id))") }, "has not the tables of a case"},
		{"a table less", func(t *testing.T, path string) { alter(t, path, "DROP TABLE failure") }, "has not the tables of a case"},
		{"a column more", func(t *testing.T, path string) { alter(t, path, "ALTER TABLE run ADD COLUMN x TEXT") }, "has not the tables of a case"},
		{"an older form", func(t *testing.T, path string) { alter(t, path, "PRAGMA user_version = 0") }, "has not the tables of a case"},
		{"a negative form", func(t *testing.T, path string) { alter(t, path, "PRAGMA user_version = -9") }, "has not the tables of a case"},
		{"a text for a size", func(t *testing.T, path string) {
			loosen(t, path, "exchange", "UPDATE exchange SET size = 'many'"+one)
		}, "damaged"},
		{"nothing for a method", func(t *testing.T, path string) {
			loosen(t, path, "exchange", "UPDATE exchange SET method = NULL"+one)
		}, "damaged"},
		{"a number for a response", func(t *testing.T, path string) {
			loosen(t, path, "exchange", "UPDATE exchange SET response = 7"+one)
		}, "is not what was recorded"},
		{"a negative size", func(t *testing.T, path string) { alter(t, path, "UPDATE exchange SET size = -5"+one) }, "is not what was recorded"},
		{"a size beyond all memory", func(t *testing.T, path string) { alter(t, path, "UPDATE exchange SET size = 9223372036854775807"+one) }, "is not what was recorded"},
		{"a longest text", func(t *testing.T, path string) {
			alter(t, path, "UPDATE exchange SET params = CAST(zeroblob(270000000) AS TEXT)"+one)
		}, "longer than any that a case has"},
		{"JSON without an end", func(t *testing.T, path string) { alter(t, path, "UPDATE run SET inputs = ?", deep) }, "is not what was recorded"},
		{"JSON that is none", func(t *testing.T, path string) { alter(t, path, "UPDATE run SET endpoints = 'x'") }, "is not what was recorded"},
		{"an outcome of another kind", func(t *testing.T, path string) { alter(t, path, "UPDATE run SET outcome = '[]'") }, "is not what was recorded"},
		{"a time that is none", func(t *testing.T, path string) { alter(t, path, "UPDATE run SET began = 'now'") }, "is not what was recorded"},
		{"a digest that is none", func(t *testing.T, path string) {
			alter(t, path, `UPDATE run SET inputs = json_set(inputs, '$.write_up.sha256', 'zz')`)
		}, "is not what was recorded"},
		{"a write-up that is not there", func(t *testing.T, path string) { alter(t, path, "DELETE FROM document") }, "is not what was recorded"},
		{"a host that is none", func(t *testing.T, path string) {
			alter(t, path, "UPDATE endpoint SET host = 'file:///etc/passwd'; UPDATE run SET endpoints = replace(endpoints, 'http:', 'file:')")
		}, "is not what was recorded"},
		{"a chain that is none", func(t *testing.T, path string) { alter(t, path, "UPDATE endpoint SET chain_id = '-1'") }, "is not what was recorded"},
		{"no endpoint", func(t *testing.T, path string) { alter(t, path, "DELETE FROM endpoint") }, "is not what was recorded"},
		{"settings that nobody knows", func(t *testing.T, path string) {
			alter(t, path, `UPDATE run SET inputs = json_set(inputs, '$.settings', json('["--out=/tmp/x","--evil","-x"]'))`)
		}, "is not what was recorded"},
		{"a call for help", func(t *testing.T, path string) {
			alter(t, path, `UPDATE run SET inputs = json_set(inputs, '$.settings', json('["--help"]'))`)
		}, "is not what was recorded"},
		{"a case of nothing", func(t *testing.T, path string) {
			alter(t, path, "DELETE FROM run; DELETE FROM exchange; DELETE FROM document")
		}, "no write-up was checked"},
		{"a file of nothing", func(t *testing.T, path string) { write(t, path, nil) }, "is an empty file"},
		{"a link to a folder", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(t.TempDir(), path); err != nil {
				t.Skip(err)
			}
		}, "is not a file"},
		{"a link to nothing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path+".none", path); err != nil {
				t.Skip(err)
			}
		}, "no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.case")
			write(t, path, content)
			row.make(t, path)
			start := time.Now()
			plainly(t, losstracer(t, "case", "verify", path), row.want)
			for _, args := range [][]string{{"report", path}, {"verify", smallWriteUp(t), "--case", path, "--offline"}} {
				if r := losstracer(t, args...); strings.Contains(r.stderr+r.stdout, "goroutine ") {
					t.Errorf("%s fell over:\n%s", args[0], r.stderr)
				}
			}
			if took := time.Since(start); took > 2*time.Minute { // of a second, on a machine that has other tests to run
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestCaseRotten flips bits, cuts the file off anywhere, and puts beside it what
// another process might have left.
func TestCaseRotten(t *testing.T) {
	thorough(t)
	t.Parallel()
	content := madeCase(t)
	random := rand.New(rand.NewPCG(5, 6))
	rotten := map[string][]byte{}
	for i := range 60 {
		b := bytes.Clone(content)
		for range 1 << (i % 8) {
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		}
		rotten[fmt.Sprintf("bits %d", i)] = b
	}
	for i := range 15 {
		b := bytes.Clone(content)
		page := 4096 * random.IntN(len(b)/4096)
		for at := page; at < page+4096; at++ {
			b[at] = byte(random.Uint32())
		}
		rotten[fmt.Sprintf("page %d", i)] = b
		rotten[fmt.Sprintf("cut %d", i)] = content[:random.IntN(len(content))]
	}
	found := 0
	for name, b := range rotten {
		path := filepath.Join(t.TempDir(), "x.case")
		write(t, path, b)
		r := losstracer(t, "case", "verify", path)
		switch {
		case r.status == 0 && strings.Contains(r.stdout, "everything matches"): // nothing that is looked at was hit
			if strings.HasPrefix(name, "cut") && len(b) < len(content)-4096 {
				t.Errorf("%s at %d of %d bytes is called whole", name, len(b), len(content))
			}
		case r.status == exitError:
			found++
			plainly(t, r, "")
		default:
			t.Errorf("%s: exit status %d\n%s%s", name, r.status, r.stdout, r.stderr)
		}
	}
	if found < len(rotten)/2 {
		t.Errorf("of %d rotten files %d were found out", len(rotten), found)
	}
	for _, beside := range []string{"-wal", "-journal", "-shm"} {
		path := filepath.Join(t.TempDir(), "x.case")
		write(t, path, content)
		write(t, path+beside, []byte(strings.Repeat("left behind by somebody", 1000)))
		r := losstracer(t, "case", "verify", path)
		if r.status != 0 && r.status != exitError || strings.Contains(r.stderr, "goroutine ") {
			t.Errorf("beside %s: exit status %d\n%s", beside, r.status, r.stderr)
		}
		if r.status == exitError {
			plainly(t, r, "")
		}
	}
}

// TestCaseByLink reaches a case, and what a killed process left beside it,
// through a link.
func TestCaseByLink(t *testing.T) {
	t.Parallel()
	_, server := node(t)
	url, held := gated(t, server, 1<<30)
	there, here := filepath.Join(t.TempDir(), "there.case"), filepath.Join(t.TempDir(), "here.case")
	writeUp := smallWriteUp(t)
	write(t, there, nil)
	if err := os.Symlink(there, here); err != nil {
		t.Skip(err)
	}
	if r := losstracer(t, "verify", writeUp, "--rpc", url, "--case", here); r.status != smallStatus {
		t.Fatalf("exit status %d\n%s", r.status, r.stderr)
	}
	held.through.Store(0)
	stopped := child(t, "verify", writeUp, "--rpc", url, "--case", here, "--update")
	if err := stopped.Start(); err != nil {
		t.Fatal(err)
	}
	<-held.reached
	if err := stopped.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = stopped.Wait() // its error is that it was killed
	if !exists(there + "-wal") {
		t.Error("nothing was left beside the case: the test says nothing")
	}
	if r := losstracer(t, "case", "verify", here); r.status != 0 && r.status != exitIncomplete {
		t.Errorf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, path := range []string{there + "-wal", here + "-wal"} {
		if exists(path) {
			t.Errorf("%s was left", filepath.Base(path))
		}
	}
}
