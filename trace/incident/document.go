package incident

import (
	"html"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// lineKind says what sort of block a line came from.
type lineKind uint8

const (
	paragraphLine lineKind = iota
	headingLine
	itemLine
	quoteLine
	codeLine
	tableLine
)

// line is one logical line of prose: a paragraph, the text of a list item, a
// heading, a row of a table. Its text is free of markup and of typographic
// variants, and every byte of it leads back to the document.
type line struct {
	kind    lineKind
	text    string
	runs    []run
	links   []link
	depth   int // of list nesting; level of a heading
	parent  int // line of the enclosing list item, or -1
	lead    int // line that introduces the list or the paragraph, or -1
	section int // index into document.sections, or -1 before the first heading
	index   int // of the line itself
	toks    []token
}

// run says that the text from a byte on stands in the source from a byte on.
type run struct{ text, source int }

// link is a span of a line's text that leads somewhere.
type link struct {
	start, end int
	url        string
	bare       bool // the address itself stands in the text
}

// document is a write-up as lines in the order of reading.
type document struct {
	source   []byte
	starts   []int // of every line of the source
	matter   frontMatter
	lines    []line
	sections []section
	above    [7]int // by level, the section that is open there, counted from 1
	problems []Problem
	preamble bool // text in front of the first section serves as the summary
	// introduced is whether numbered wallets are the attacker's, once asked for.
	introduced *bool
	// lossTickers are the words in the form of tickers of the section on the losses,
	// once asked for.
	lossTickers map[string]bool
	txs         map[int][]string // by line of the source, in lower case
	spans       map[int][][2]int // by line, where its text gives addresses
}

// position converts a byte offset of the source.
func (d *document) position(offset int) Pos {
	offset = min(max(offset, 0), len(d.source))
	n := sort.SearchInts(d.starts, offset+1) - 1
	return Pos{Line: n + 1, Column: offset - d.starts[n] + 1}
}

// origin returns where a byte of the text of a line stands in the source.
func (l *line) origin(at int) int {
	n := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].text > at }) - 1
	if n < 0 {
		if len(l.runs) == 0 {
			return 0
		}
		n, at = 0, l.runs[0].text
	}
	return l.runs[n].source + at - l.runs[n].text
}

// tail returns the last bytes of a line's text, in lower case.
func (l *line) tail(n int) string { return strings.ToLower(l.text[max(0, len(l.text)-n):]) }

func (d *document) at(l *line, offset int) Pos { return d.position(l.origin(offset)) }

func (d *document) warn(at Pos, code, message, hint string) {
	d.problems = append(d.problems, Problem{at, "warning", code, message, hint})
}

// sectionOf returns the section that a line stands in.
func (d *document) sectionOf(l *line) section {
	if l.section < 0 {
		if d.preamble {
			return section{kind: summarySection}
		}
		return section{}
	}
	return d.sections[l.section]
}

// read turns the source into lines.
func read(source []byte) *document {
	d := &document{source: source, starts: []int{0}}
	for i, b := range source {
		if b == '\n' && i+1 <= len(source) {
			d.starts = append(d.starts, i+1)
		}
	}
	body := d.readFrontMatter()
	d.readBody(source, body)
	d.link()
	return d
}

// readBody parses what begins at an offset. The parser is given a copy in
// which everything before is blank and delimiters beyond the bounds are
// masked; offsets stay those of the source.
func (d *document) readBody(source []byte, from int) {
	masked := d.bound(source, from)
	md := goldmark.New(goldmark.WithExtensions(extension.Table))
	root := md.Parser().Parse(text.NewReader(masked))
	b := &builder{document: d, source: source, section: -1, parent: -1}
	b.headed = b.headings(root)
	b.blocks(root, 0)
	d.opening()
}

// builder walks the syntax tree.
type builder struct {
	*document
	source  []byte
	origins []int // of a nested source: where each of its lines stands outside
	starts  []int
	section int
	parent  int
	quoted  bool
	nested  bool
	headed  bool // there are headings of sections
}

func (b *builder) blocks(n ast.Node, depth int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b.block(c, depth)
	}
}

func (b *builder) block(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Heading:
		b.add(n, headingLine, n.Level)
	case *ast.Paragraph, *ast.TextBlock:
		kind := paragraphLine
		if b.headless(n) {
			kind, depth = headingLine, 2
		}
		if b.quoted {
			kind = quoteLine
		}
		b.add(n, kind, depth)
	case *ast.ListItem:
		b.item(n, depth)
	case *ast.List:
		b.blocks(n, depth+1)
	case *ast.Blockquote:
		was := b.quoted
		b.quoted = true
		b.blocks(n, depth)
		b.quoted = was
	case *extast.TableHeader, *extast.TableRow:
		b.add(n, tableLine, depth)
	case *ast.CodeBlock:
		b.code(n, depth)
	case *ast.FencedCodeBlock, *ast.HTMLBlock:
		b.raw(n, depth)
	default:
		b.blocks(n, depth)
	}
}

// item adds the first text of a list item as its line; what else it holds
// hangs below that line.
func (b *builder) item(n *ast.ListItem, depth int) {
	was := b.parent
	first := n.FirstChild()
	if first != nil {
		switch first.(type) {
		case *ast.Paragraph, *ast.TextBlock:
			kind := itemLine
			if b.quoted {
				kind = quoteLine
			}
			at := len(b.lines)
			b.add(first, kind, depth)
			first = first.NextSibling()
			if len(b.lines) > at {
				b.parent = at
			}
		}
	}
	for c := first; c != nil; c = c.NextSibling() {
		b.block(c, depth)
	}
	b.parent = was
}

// code reads a block that is code only because somebody indented it: what
// looks like Markdown inside is read as Markdown.
func (b *builder) code(n ast.Node, depth int) {
	if b.nested {
		b.raw(n, depth)
		return
	}
	inner := &builder{document: b.document, section: b.section, parent: b.parent, quoted: b.quoted, nested: true, headed: b.headed}
	var sub []byte
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		value := b.source[s.Start:s.Stop]
		trimmed := strings.TrimLeft(string(value), " \t")
		inner.starts = append(inner.starts, len(sub))
		inner.origins = append(inner.origins, b.outer(s.Start+len(value)-len(trimmed)))
		sub = append(sub, trimmed...)
	}
	inner.source = sub
	root := goldmark.DefaultParser().Parse(text.NewReader(b.document.bound(sub, 0)))
	inner.blocks(root, depth)
	b.section = inner.section
}

// outer maps an offset of a nested source to the document's.
func (b *builder) outer(at int) int {
	if len(b.starts) == 0 {
		return at
	}
	n := max(sort.SearchInts(b.starts, at+1)-1, 0)
	return b.origins[n] + at - b.starts[n]
}

// raw adds the lines of a block that holds no markup.
func (b *builder) raw(n ast.Node, depth int) {
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		w := &writer{builder: b}
		w.literal(s.Start, s.Stop, true)
		b.finish(w, codeLine, depth)
	}
}

func (b *builder) add(n ast.Node, kind lineKind, depth int) {
	w := &writer{builder: b}
	w.inlines(n)
	b.finish(w, kind, depth)
}

// finish appends the written text as a line, or as several where the writer
// broke lines hard or wrote list items that the parser took for prose.
func (b *builder) finish(w *writer, kind lineKind, depth int) {
	text := string(w.text)
	if kind == paragraphLine && (labelled(text) || dated(text)) {
		kind = itemLine
		for i, c := range w.text {
			if c == '\n' {
				w.text[i] = '\v'
			}
		}
		text = string(w.text)
	}
	slices.SortStableFunc(w.links, func(a, b link) int { return a.start - b.start })
	start := 0
	for start <= len(text) {
		end := len(text)
		for at := start; at < len(text); at++ {
			if text[at] == '\v' || text[at] == '\n' && bulletAt(text[at+1:]) > 0 {
				end = at
				break
			}
		}
		k, from := kind, start
		if n := bulletAt(text[start:]); n > 0 && (kind == paragraphLine || kind == itemLine && start > 0) {
			k, from = itemLine, start+n
		}
		b.addLine(w, k, depth, from, end)
		start = end + 1
	}
}

// labelled reports whether each of several lines of a paragraph begins with a
// short label and a colon or a dash, or each with a figure: a list without
// marks.
func labelled(text string) bool {
	if len(text) > 4000 || strings.Count(text, "\n") < 1 {
		return false
	}
	labels, figures := true, true
	for _, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		n := strings.IndexAny(l, ":-")
		for n > 0 && n+1 < len(l) && l[n] == '-' && (l[n-1] != ' ' || l[n+1] != ' ') { // "ERC-20"
			next := strings.IndexAny(l[n+1:], ":-")
			if next < 0 {
				n = -1
				break
			}
			n += 1 + next
		}
		labels = labels && n >= 2 && n <= 30 && len(l) >= n+3 && l[n+1] == ' ' && capital(l)
		figures = figures && len(l) > 2 && len(l) < 100 && (isDigit(l[0]) || (l[0] == '$' || l[0] == '~') && (isDigit(l[1]) || l[1] == ' ' && isDigit(l[2])))
	}
	return labels || figures
}

// dated reports whether each of several lines of a paragraph begins with a date:
// a timeline without marks.
func dated(text string) bool {
	if len(text) > 8000 || strings.Count(text, "\n") < 1 {
		return false
	}
	for _, l := range strings.Split(text, "\n") {
		if m, ok := momentAt(tokenize(clip(strings.TrimSpace(l), 60), nil), 0); !ok || m.month == 0 || m.day == 0 {
			return false
		}
	}
	return true
}

// bulletAt returns the length of a list marker at the start of s.
func bulletAt(s string) int {
	t := strings.TrimLeft(s, " \t")
	for _, marker := range []string{"- ", "* ", "+ ", "• ", "· ", "● ", "▪ ", "◦ "} {
		if strings.HasPrefix(t, marker) {
			return len(s) - len(t) + len(marker)
		}
	}
	return 0
}

func (b *builder) addLine(w *writer, kind lineKind, depth, from, to int) {
	text := string(w.text[from:to])
	text = strings.TrimRight(text, " \n\t")
	lead := len(text) - len(strings.TrimLeft(text, " \n\t"))
	text, from = text[lead:], from+lead
	if text == "" {
		return
	}
	l := line{kind: kind, text: strings.Clone(text), depth: depth, parent: b.parent, lead: -1, section: b.section}
	first := max(sort.Search(len(w.runs), func(i int) bool { return w.runs[i].text > from })-1, 0)
	for _, r := range w.runs[first:] {
		if r.text >= from+len(text) {
			break
		}
		if r.text < from {
			r = run{from, r.source + from - r.text}
		}
		l.runs = append(l.runs, run{r.text - from, r.source})
	}
	for len(w.links) > 0 && w.links[0].start <= from+len(text) {
		k := w.links[0]
		k.start, k.end = max(k.start-from, 0), min(max(k.end-from, 0), len(text))
		l.links = append(l.links, k)
		w.links = w.links[1:]
	}
	l.bareLinks()
	b.brokenLinks(&l)
	if kind == headingLine && len(text) > 200 {
		l.kind = paragraphLine // a paragraph underlined by accident
	}
	if l.kind == headingLine {
		b.section = b.open(&l)
		l.section = b.section
	}
	b.lines = append(b.lines, l)
}

// bareLinks finds the addresses of pages that stand in the text itself.
func (l *line) bareLinks() {
	for at := 0; ; {
		n := strings.Index(l.text[at:], "://")
		if n < 0 {
			break
		}
		n += at
		start := n
		for start > at && isLetter(l.text[start-1]) {
			start--
		}
		end := n + 3
		for end < len(l.text) && !strings.ContainsRune(" \n\t\v<>\"|", rune(l.text[end])) {
			end++
		}
		url := strings.TrimRight(l.text[start:end], ".,;:'*!?")
		if strings.Count(url, "(") < strings.Count(url, ")") {
			url = strings.TrimRight(url[:strings.LastIndexByte(url, ')')], ".,;:")
		}
		at = max(start+len(url), n+3)
		scheme := strings.ToLower(l.text[start:n])
		if scheme == "http" || scheme == "https" {
			l.links = append(l.links, link{start: start, end: start + len(url), url: url, bare: true})
		}
	}
	slices.SortStableFunc(l.links, func(a, b link) int { return a.start - b.start })
}

// brokenLinks reports what was meant as a link and is none: "[text].(https…)".
func (d *document) brokenLinks(l *line) {
	for _, k := range l.links {
		if !k.bare || k.start < 2 || l.text[k.start-1] != '(' {
			continue
		}
		if before := strings.TrimRight(l.text[:k.start-1], " .,;:"); strings.HasSuffix(before, "]") {
			d.warn(d.at(l, k.start-1), "broken-link", "this link is not one to Markdown: "+clip(k.url, 80), "put the bracket directly behind the text: [text](address)")
		}
	}
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func isDigit(b byte) bool  { return b >= '0' && b <= '9' }

// writer collects the text of one block.
type writer struct {
	*builder
	text  []byte
	runs  []run
	links []link
}

func (w *writer) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.inline(c)
	}
}

func (w *writer) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.literal(n.Segment.Start, n.Segment.Stop, n.IsRaw())
		if n.HardLineBreak() {
			w.emit('\v', n.Segment.Stop)
		} else if n.SoftLineBreak() {
			w.emit('\n', n.Segment.Stop)
		}
	case *ast.String:
		w.text = append(w.text, n.Value...)
	case *ast.Link:
		w.anchor(n, string(n.Destination))
	case *ast.Image:
		w.anchor(n, string(n.Destination))
	case *ast.AutoLink:
		w.autolink(n)
	case *ast.RawHTML:
		w.html(n)
	case *extast.TableCell:
		w.inlines(n)
		w.text = append(w.text, " | "...)
	default:
		w.inlines(n)
	}
}

func (w *writer) anchor(n ast.Node, url string) {
	start := len(w.text)
	if len(w.runs) == 0 && n.FirstChild() == nil && n.Pos() >= 0 {
		w.runs = append(w.runs, run{0, w.outer(n.Pos())})
	}
	w.inlines(n)
	if strings.HasPrefix(url, "(") && w.document != nil && len(w.runs) > 0 {
		w.warn(w.position(w.runs[0].source), "broken-link", "the address of this link stands in brackets of its own: "+clip(url, 80), "write [text](address)")
	}
	url = strings.Trim(url, "()<> ")
	w.links = append(w.links, link{start: start, end: len(w.text), url: url})
}

func (w *writer) autolink(n *ast.AutoLink) {
	label := n.Label(w.source)
	at := n.Pos()
	if at < 0 {
		return
	}
	if i := strings.Index(string(w.source[at:min(at+len(label)+2, len(w.source))]), string(label)); i >= 0 {
		at += i
	}
	w.runs = append(w.runs, run{len(w.text), w.outer(at)})
	w.text = append(w.text, label...)
}

func (w *writer) html(n *ast.RawHTML) {
	for i := range n.Segments.Len() {
		s := n.Segments.At(i)
		tag := strings.ToLower(string(s.Value(w.source)))
		if strings.HasPrefix(tag, "<br") {
			w.emit('\v', s.Start)
		}
		if _, href, ok := strings.Cut(tag, "href="); ok {
			raw := string(s.Value(w.source))[len(tag)-len(href):]
			url := strings.Trim(raw, "\"'> ")
			if cut := strings.IndexAny(url, "\"' >"); cut >= 0 {
				url = url[:cut]
			}
			w.links = append(w.links, link{start: len(w.text), end: len(w.text), url: url})
		}
	}
}

func (w *writer) emit(b byte, at int) {
	w.runs = append(w.runs, run{len(w.text), w.outer(at)})
	w.text = append(w.text, b)
}

// literal writes a piece of the source, with escapes resolved unless raw and
// with the variants of spaces, quotes and dashes brought to one form each.
func (w *writer) literal(start, stop int, raw bool) {
	src := w.source
	fresh := true
	for at := start; at < stop; {
		if fresh {
			w.runs = append(w.runs, run{len(w.text), w.outer(at)})
			fresh = false
		}
		c := src[at]
		switch {
		case c == '\\' && !raw && at+1 < stop && isPunct(src[at+1]):
			at++
			w.runs = append(w.runs, run{len(w.text), w.outer(at)})
			w.text = append(w.text, src[at])
			at++
		case c == '&' && !raw:
			n := w.entity(src[at:min(at+32, stop)])
			at += n
			fresh = true
		case c == '\r' || c == '\t' || c == '\v':
			w.text = append(w.text, ' ')
			at++
		case c < utf8.RuneSelf:
			w.text = append(w.text, c)
			at++
		default:
			r, n := utf8.DecodeRune(src[at:stop])
			w.rune(r)
			at += n
			fresh = true
		}
	}
}

func (w *writer) entity(s []byte) int {
	end := slices.Index(s, ';')
	if end < 0 {
		w.text = append(w.text, s[0])
		return 1
	}
	decoded := html.UnescapeString(string(s[:end+1]))
	if strings.HasPrefix(decoded, "&") && len(decoded) > 1 {
		w.text = append(w.text, s[0])
		return 1
	}
	for _, r := range decoded {
		w.rune(r)
	}
	return end + 1
}

func (w *writer) rune(r rune) {
	switch {
	case r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x205F || r == 0x3000:
		w.text = append(w.text, ' ')
	case r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF || r == 0xAD:
		// invisible: copied along from web pages, inside numbers too
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
		w.text = append(w.text, '-')
	case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
		w.text = append(w.text, '"')
	case r == '‘' || r == '’' || r == 'ʼ' || r == '`':
		w.text = append(w.text, '\'')
	case r == '＄' || r == '﹩':
		w.text = append(w.text, '$')
	case r == '≈' || r == '∼' || r == '≃' || r == '～':
		w.text = append(w.text, '~')
	default:
		w.text = utf8.AppendRune(w.text, r)
	}
}

func isPunct(b byte) bool {
	return b > ' ' && b < 0x7F && !isLetter(b) && !isDigit(b)
}

// link finds for every line the one that introduces it: the item above a
// nested list, else the paragraph in front of the list.
func (d *document) link() {
	lastPlain, section := -1, -2
	for i := range d.lines {
		l := &d.lines[i]
		l.index = i
		if l.section != section {
			lastPlain, section = -1, l.section
		}
		switch {
		case l.kind == headingLine:
			lastPlain = -1
			continue
		case l.parent >= 0:
			l.lead = l.parent
		default:
			l.lead = lastPlain
		}
		if l.kind == paragraphLine && l.parent < 0 {
			lastPlain = i
		}
	}
}
