package incident

import (
	"bytes"
	"fmt"
)

// The bounds beyond which a block is read as plain text. The Markdown parser
// needs quadratic time for a paragraph of many delimiters and for deep
// nesting; no write-up comes near these.
const (
	maxBrackets = 150 // pairs of [ and ] in one block
	maxRuns     = 200 // runs of * and _ in one block
	maxTicks    = 200 // backquotes in one block
	maxMarkers  = 12  // list and quote markers at the start of one line
	maxIndent   = 48  // columns
)

// bound returns a copy of the source for the parser: everything before from is
// blank, and delimiters beyond the bounds are replaced by a letter. Text is
// never taken from the copy.
func (d *document) bound(source []byte, from int) []byte {
	masked := make([]byte, len(source))
	for i := range from {
		masked[i] = ' '
		if source[i] == '\n' {
			masked[i] = '\n'
		}
	}
	copy(masked[from:], source[from:])
	for start := from; start < len(masked); {
		end := blockEnd(masked, start)
		if d.boundBlock(masked[start:end]) && &source[0] == &d.source[0] {
			d.warn(d.position(start), "too-many-delimiters",
				"this block has more brackets, emphasis marks or nesting than any prose: it was read as plain text",
				fmt.Sprintf("keep a paragraph below %d brackets and lists below %d levels", maxBrackets, maxMarkers))
		}
		start = end
	}
	return masked
}

// blockEnd returns the end of the block at start: after the next empty line,
// or before a list item that is not indented like code.
func blockEnd(b []byte, start int) int {
	for at := start; at < len(b); {
		l := firstLine(b[at:])
		trimmed := bytes.TrimLeft(l, " ")
		if at > start && len(l)-len(trimmed) < 4 && len(trimmed) > 1 && bytes.IndexByte([]byte("-*+"), trimmed[0]) >= 0 && trimmed[1] == ' ' {
			return at
		}
		at += len(l)
		if len(bytes.TrimSpace(l)) == 0 {
			return at
		}
	}
	return len(b)
}

// boundBlock masks one block in place where it is beyond the bounds.
func (d *document) boundBlock(block []byte) bool {
	over := boundNesting(block)
	var brackets, runs, ticks int
	var last byte
	for _, c := range block {
		switch c {
		case '[', ']', '<', '!':
			brackets++
		case '*', '_', '~':
			if c != last {
				runs++
			}
		case '`':
			ticks++
		}
		last = c
	}
	if brackets <= 2*maxBrackets && runs <= maxRuns && ticks <= maxTicks {
		return over
	}
	for i, c := range block {
		if bytes.IndexByte([]byte("[]<!*_~`&"), c) >= 0 {
			block[i] = 'x'
		}
	}
	return true
}

// boundNesting masks the first marker beyond the bound at the start of each
// line, which makes the rest of the line text.
func boundNesting(block []byte) (over bool) {
	begin, markers, columns := true, 0, 0
	for i, c := range block {
		switch {
		case c == '\n':
			begin, markers, columns = true, 0, 0
			continue
		case !begin:
			continue
		case c == '\t':
			columns += 4
		case c == '>' || c == '-' || c == '*' || c == '+' || c == '.' || c == ')':
			markers++
			columns++
		case c == ' ' || isDigit(c):
			columns++
		default:
			begin = false
			continue
		}
		if columns > maxIndent || markers > maxMarkers {
			block[i], begin, over = 'x', false, true
		}
	}
	return over
}
