package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/trace/incident"
)

const readme = "../../README.md"

// codeBlocks returns the fenced blocks of the README in a language.
func codeBlocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// TestReadmeOutput runs the commands of the README's console blocks; a line
// "[…]" stands for any number of lines.
func TestReadmeOutput(t *testing.T) {
	t.Parallel()
	blocks := codeBlocks(t, "console")
	if len(blocks) == 0 {
		t.Fatal("the README shows no output")
	}
	for _, block := range blocks {
		command, want, _ := strings.Cut(block, "\n")
		args := strings.Fields(strings.TrimPrefix(command, "$ losstracer "))
		var stdout bytes.Buffer
		run(t.Context(), args, environment{
			stdin: strings.NewReader(""), stdout: &stdout, stderr: &stdout,
			lookup: func(name string) (string, bool) { return "80", name == "COLUMNS" },
		})
		if diff := elided(want, stdout.String()); diff != "" {
			t.Errorf("%s: the README shows something else (-README +real):\n%s", command, diff)
		}
	}
}

// elided compares text with got, in which each "[…]" line of want may stand
// for several.
func elided(want, got string) string {
	rest := got
	for i, part := range strings.Split(want, "[…]\n") {
		at := strings.Index(rest, part)
		if at < 0 || (i == 0 && at != 0) {
			return cmp.Diff(strings.Split(part, "\n"), strings.Split(rest, "\n"))
		}
		rest = rest[at+len(part):]
	}
	if rest != "" && !strings.HasSuffix(want, "[…]\n") {
		return cmp.Diff("", rest)
	}
	return ""
}

// TestReadmeWriteUp: the README's example of a write-up is understood.
func TestReadmeWriteUp(t *testing.T) {
	t.Parallel()
	blocks := codeBlocks(t, "markdown")
	if len(blocks) != 1 {
		t.Fatalf("the README shows %d write-ups", len(blocks))
	}
	inc := incident.Parse("incident.md", []byte(blocks[0]))
	if len(inc.Addresses) != 1 || inc.Addresses[0].Role != incident.RoleAttacker || len(inc.Claims) != 4 || len(inc.Timeline) != 1 || len(inc.Problems) > 0 {
		t.Errorf("of the README's write-up is read: addresses %v, claims %v, timeline %v, problems %v", inc.Addresses, inc.Claims, inc.Timeline, inc.Problems)
	}
}

// TestReadmeCommands holds the command lines of the README against the
// program: commands exist, and so do their flags.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, block := range codeBlocks(t, "sh") {
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
			line = strings.TrimSpace(line)
			lines++
			args, ours := strings.CutPrefix(line, "losstracer ")
			if !ours {
				args, ours = strings.CutPrefix(line, "go run ./cmd/losstracer ")
			}
			switch {
			case ours:
				checkCommandLine(t, strings.Fields(args))
			case strings.HasPrefix(line, "go test ./..."):
				if !bytes.Contains(ci, []byte("\n"+line+"\n")) {
					t.Errorf("the README's %q is not what .ci/run runs", line)
				}
			case strings.HasPrefix(line, "CGO_ENABLED=0 "):
				if !bytes.Contains(ci, []byte(strings.TrimSuffix(line, " ./cmd/losstracer"))) {
					t.Errorf("the README's %q is not how .ci/run builds", line)
				}
			case strings.HasPrefix(line, "go "):
			default:
				t.Errorf("the README has the command %q, which nothing checks", line)
			}
		}
	}
	if lines == 0 {
		t.Error("the README shows no commands")
	}
}

func checkCommandLine(t *testing.T, args []string) {
	t.Helper()
	root := newRootCommand(environment{stdout: &bytes.Buffer{}, lookup: func(string) (string, bool) { return "", false }})
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root {
		t.Errorf("README: losstracer %s: no such command", strings.Join(args, " "))
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("README: losstracer %s: %v", strings.Join(args, " "), err)
	}
}

// TestReadmeDependencies has the README say what each direct dependency is for.
func TestReadmeDependencies(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || strings.Contains(line, "//") || !strings.Contains(fields[0], ".") || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		direct++
		if !bytes.Contains(text, []byte("`"+fields[0]+"`: ")) {
			t.Errorf("the README does not say what %s is for", fields[0])
		}
	}
	if direct == 0 {
		t.Error("go.mod lists no direct dependency: is it tidy?")
	}
}
