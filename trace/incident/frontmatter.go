package incident

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFrontMatter bounds what is given to the YAML parser, in bytes.
const maxFrontMatter = 64 << 10

// frontMatter holds the keys of the block at the head of the document.
type frontMatter struct {
	present bool
	fields  []field
}

// field is one key with its scalars, and where the first of them stands.
type field struct {
	key    string
	values []string
	at     int // offset in the source
}

// get returns the first of the named keys that is present.
func (m frontMatter) get(keys ...string) (field, bool) {
	for _, key := range keys {
		for _, f := range m.fields {
			if f.key == key {
				return f, true
			}
		}
	}
	return field{}, false
}

// readFrontMatter reads the block between the first two lines of dashes and
// returns where the body begins.
func (d *document) readFrontMatter() int {
	start := len(d.source) - len(bytes.TrimLeft(bytes.TrimPrefix(d.source, []byte("\ufeff")), " \t\r\n"))
	head := d.source[start:]
	if !bytes.HasPrefix(head, []byte("---")) || len(bytes.TrimSpace(firstLine(head))) != 3 {
		return start
	}
	from := start + len(firstLine(head))
	end, body := d.matterEnd(from)
	d.matter.present = true
	d.parseMatter(from, end)
	return body
}

func firstLine(b []byte) []byte {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return b[:n+1]
	}
	return b
}

// matterEnd finds the closing line. Where it is missing the block ends before
// the first heading or empty line.
func (d *document) matterEnd(from int) (end, body int) {
	fallback := -1
	for at := from; at < len(d.source); {
		l := firstLine(d.source[at:])
		trimmed := string(bytes.TrimSpace(l))
		if trimmed == "---" || trimmed == "..." || trimmed == "——" || trimmed == "—" {
			return at, at + len(l)
		}
		if fallback < 0 && (trimmed == "" || strings.HasPrefix(trimmed, "#")) {
			fallback = at
		}
		if strings.HasPrefix(trimmed, "## ") || at-from > maxFrontMatter {
			break
		}
		at += len(l)
	}
	if fallback < 0 {
		fallback = len(d.source)
	}
	d.warn(d.position(max(from-1, 0)), "front-matter-open", "the front matter is not closed", "end it with a line of three dashes")
	return fallback, fallback
}

func (d *document) parseMatter(from, end int) {
	block := d.source[from:end]
	if len(block) <= maxFrontMatter && !nestedTooDeep(block) {
		file, err := parser.ParseBytes(block, 0)
		if err == nil && d.mapping(file, from) {
			return
		}
		if err != nil {
			d.matterProblem(err, from, end)
		}
	} else {
		d.warn(d.position(from), "front-matter", "the front matter is too long or too deep: it was read line by line", "keep it to a few keys")
	}
	d.matter.fields = nil
	d.byLine(from, end)
}

// nestedTooDeep tells flow collections that a recursive parser should not see.
func nestedTooDeep(b []byte) bool {
	return bytes.Count(b, []byte("[")) > 64 || bytes.Count(b, []byte("{")) > 64 || bytes.Count(b, []byte("- - -")) > 8
}

func (d *document) matterProblem(err error, from, end int) {
	at := from
	message := "the front matter is not YAML"
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		message += ": " + syntax.GetMessage()
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			first := d.position(from).Line
			if n := first + t.Position.Line - 2; n >= 0 && n < len(d.starts) {
				at = min(d.starts[n], end)
			}
		}
	}
	d.warn(d.position(at), "front-matter", message, "quote values that hold colons or quotes; it was read line by line instead")
}

// mapping takes the scalars of a parsed block.
func (d *document) mapping(file *ast.File, from int) bool {
	if len(file.Docs) == 0 {
		return true
	}
	var pairs []*ast.MappingValueNode
	switch n := file.Docs[0].Body.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	case nil:
		return true
	default:
		return false
	}
	first := d.position(from).Line
	for _, p := range pairs {
		t := p.Key.GetToken()
		f := field{key: key(t.Value), at: from}
		f.values = scalars(p.Value)
		if v := p.Value.GetToken(); v != nil && v.Position != nil {
			f.at = d.offset(first+v.Position.Line-1, v.Position.Column)
		}
		d.matter.fields = append(d.matter.fields, f)
	}
	return true
}

// offset converts a line and a column in runes, as the YAML parser counts.
func (d *document) offset(line, column int) int {
	if line < 1 || line > len(d.starts) {
		return 0
	}
	at := d.starts[line-1]
	for range column - 1 {
		if at >= len(d.source) || d.source[at] == '\n' {
			break
		}
		at++
		for at < len(d.source) && d.source[at]&0xC0 == 0x80 {
			at++
		}
	}
	return at
}

func key(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Trim(s, " \t\"'“”")), "_", "-")
}

func scalars(n ast.Node) []string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		var all []string
		for _, v := range n.Values {
			all = append(all, scalars(v)...)
		}
		return all
	case *ast.StringNode:
		return one(n.Value)
	case *ast.LiteralNode:
		return one(n.Value.Value)
	case *ast.MappingNode, *ast.MappingValueNode, *ast.AliasNode, *ast.AnchorNode:
		return one(n.String())
	default:
		if t := n.GetToken(); t != nil {
			return one(t.Value)
		}
		return nil
	}
}

func one(s string) []string {
	if s = unquote(plain(s)); s == "" {
		return nil
	}
	return []string{s}
}

// unquote takes off quotes that YAML does not know: curly ones came out of
// [plain] as straight ones.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	for len(s) >= 2 && (s[0] == '"' && s[len(s)-1] == '"' || s[0] == '\'' && s[len(s)-1] == '\'') {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// plain brings typographic variants to one form, as in the body.
func plain(s string) string {
	w := &writer{builder: &builder{source: []byte(s)}}
	w.literal(0, len(s), true)
	return strings.Join(strings.Fields(string(w.text)), " ")
}

// byLine reads "key: value" and "- value" lines one by one.
func (d *document) byLine(from, end int) {
	fields := &d.matter.fields
	for at := from; at < end; {
		l := firstLine(d.source[at:end])
		s := string(bytes.TrimSpace(l))
		indent := len(l) - len(bytes.TrimLeft(l, " \t"))
		if item, ok := strings.CutPrefix(s, "-"); ok && len(*fields) > 0 {
			last := &(*fields)[len(*fields)-1]
			last.values = append(last.values, one(item)...)
		} else if k, v, ok := strings.Cut(s, ":"); ok && indent == 0 && !strings.HasPrefix(s, "#") {
			f := field{key: key(k), at: at + bytes.Index(l, []byte(":")) + 1}
			f.at += len(v) - len(strings.TrimLeft(v, " \t\u00a0"))
			v = strings.TrimSpace(v)
			if inner, ok := strings.CutPrefix(v, "["); ok {
				for _, part := range strings.Split(strings.TrimSuffix(inner, "]"), ",") {
					f.values = append(f.values, one(part)...)
				}
			} else {
				f.values = one(v)
			}
			*fields = append(*fields, f)
		}
		at += len(l)
	}
}
