package chain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes text that came from a chain, a document or a service safe to
// show on one line: invalid UTF-8, control, formatting and bidirectional
// characters are replaced by U+FFFD, runs of space become one, and what is
// longer than limit runes is cut with an ellipsis.
func Printable(s string, limit int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range strings.TrimSpace(s) {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if n >= limit {
			b.WriteRune('…')
			break
		}
		if space {
			b.WriteByte(' ')
			n, space = n+1, false
		}
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
