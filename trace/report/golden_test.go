package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/trace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type form struct {
	name  string
	write func(io.Writer, *trace.Case) error
}

// forms are those whose output is kept. A workbook is compared cell by cell
// elsewhere.
var forms = []form{
	{"report.txt", func(w io.Writer, c *trace.Case) error { return Text(w, c, 100) }},
	{"narrow.txt", func(w io.Writer, c *trace.Case) error { return Text(w, c, 60) }},
	{"report.md", Markdown},
	{"report.html", HTML},
	{"report.json", JSON},
	{"transfers.csv", CSV},
	{"flow.txt", func(w io.Writer, c *trace.Case) error { return Flow(w, c.Flow, "text", 100) }},
	{"flow.dot", func(w io.Writer, c *trace.Case) error { return Flow(w, c.Flow, "dot", 0) }},
	{"flow.graphml", func(w io.Writer, c *trace.Case) error { return Flow(w, c.Flow, "graphml", 0) }},
	{"flow.csv", func(w io.Writer, c *trace.Case) error { return Flow(w, c.Flow, "csv", 0) }},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	c := caseOf(t, tame, story())
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := f.write(&b, c); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "golden", f.name)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("%s (-want +got), rewrite with go test ./trace/report -update:\n%s", f.name, diff)
			}
		})
	}
}

// TestReproducible builds the same case twice: nothing of a run may show.
func TestReproducible(t *testing.T) {
	t.Parallel()
	all := append(forms[:len(forms):len(forms)], form{"report.xlsx", XLSX})
	one, other := caseOf(t, tame, story()), caseOf(t, tame, story())
	for _, f := range all {
		var a, b bytes.Buffer
		if err := f.write(&a, one); err != nil {
			t.Fatal(err)
		}
		if err := f.write(&b, other); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: the same case gave other bytes", f.name)
		}
	}
}

// TestNothing renders a case of which nothing is known, in every form.
func TestNothing(t *testing.T) {
	t.Parallel()
	c := bareCase()
	for _, f := range forms[:6] {
		var b bytes.Buffer
		if err := f.write(&b, c); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		if b.Len() == 0 {
			t.Errorf("%s: nothing was written", f.name)
		}
	}
	if err := XLSX(io.Discard, c); err != nil {
		t.Error(err)
	}
}

// TestNothingStored: the digest of no responses is that of every such case, and
// so is none.
func TestNothingStored(t *testing.T) {
	t.Parallel()
	c := bareCase()
	c.Evidence.CaseDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, f := range forms[:6] {
		var b bytes.Buffer
		if err := f.write(&b, c); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), c.Evidence.CaseDigest) {
			t.Errorf("%s has the digest of nothing", f.name)
		}
	}
}
