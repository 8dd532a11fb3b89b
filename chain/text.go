package chain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes text that came from a chain, a document or a service safe to
// show on one line: invalid UTF-8, control, formatting, bidirectional and
// invisible characters are replaced by U+FFFD, runs of space become one, and
// what is longer than limit runes is cut there, with an ellipsis after it.
func Printable(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	var b strings.Builder
	n, space := 0, false
	for _, r := range strings.TrimSpace(s) {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if n >= limit || space && n+1 >= limit {
			b.WriteRune('…')
			break
		}
		if space {
			b.WriteByte(' ')
			n, space = n+1, false
		}
		if !visible(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// plain reports whether s is nothing but visible ASCII and single spaces
// between: as nearly all texts are, of which there may be one a transfer.
func plain(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && before == ' ' {
			return false
		}
		before = s[i]
	}
	return s == "" || before != ' '
}

// visible also refuses the letters and marks that Unicode lets a renderer
// draw as nothing, such as the Hangul fillers and variation selectors: two
// symbols that look the same must not hide behind them.
func visible(r rune) bool {
	return unicode.IsGraphic(r) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// GroupThousands sets the thousands of a plain decimal number apart by commas.
func GroupThousands(number string) string {
	whole, fraction, found := strings.Cut(number, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		whole += "." + fraction
	}
	return sign + whole
}
