package incident

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is made of.
type tokenKind uint8

const (
	wordToken   tokenKind = iota
	numberToken           // digits with separators, without sign, currency and suffix
	symbolToken           // one character
	urlToken              // a page's address that stands in the text
)

// token is a word, a number or a sign of a line's text.
type token struct {
	kind       tokenKind
	start, end int
	text       string
	lower      string
	spaced     bool // space in front
}

// is reports whether the token is one of the given words or signs.
func (t token) is(words ...string) bool {
	for _, w := range words {
		if t.lower == w {
			return true
		}
	}
	return false
}

// tokens returns the tokens of the line's text.
func (l *line) tokens() []token {
	if l.toks == nil && l.text != "" {
		l.toks = tokenize(l.text, l.links)
	}
	return l.toks
}

func tokenize(text string, links []link) []token {
	size := len(text)/5 + 1
	if len(text) > 1<<16 {
		size = len(text) / 2 // no prose is as long: tables of figures, and worse
	}
	toks := make([]token, 0, size)
	next, spaced := 0, false
	for at := 0; at < len(text); {
		for next < len(links) && (!links[next].bare || links[next].end <= at) {
			next++
		}
		if next < len(links) && links[next].start <= at && at < links[next].end {
			toks = append(toks, token{kind: urlToken, start: at, end: links[next].end, text: text[at:links[next].end], spaced: spaced})
			at, spaced = links[next].end, false
			continue
		}
		c := text[at]
		if c == ' ' || c == '\n' || c == '\v' {
			at, spaced = at+1, true
			continue
		}
		toks = appendToken(toks, text, at, spaced)
		at, spaced = toks[len(toks)-1].end, false
		if last := &toks[len(toks)-1]; at < len(text) && text[at] == '.' && abbreviations[last.text] {
			at++ // the point ends no sentence
		}
	}
	return toks
}

// abbreviations are written with a point that ends no sentence.
var abbreviations = words("Mio mio Mrd mrd approx Approx ca Ca c est vs Mt Mr Mrs Ms Dr incl excl resp")

func appendToken(toks []token, text string, at int, spaced bool) []token {
	c := text[at]
	switch {
	case isDigit(c) && idEnd(text, at) > 0:
		return append(toks, newToken(wordToken, text, at, idEnd(text, at), spaced))
	case isDigit(c):
		n := numberEnd(text, at)
		end := n
		for end < len(text) && isLetter(text[end]) {
			end++
		}
		if suffix := text[n:end]; end == n || magnitude(strings.ToLower(suffix)) != 0 || knownTicker(suffix) && !knownTicker(text[at:end]) {
			return append(toks, newToken(numberToken, text, at, n, spaced))
		}
		return append(toks, newToken(wordToken, text, at, wordEnd(text, at), spaced))
	case isLetter(c) || c >= utf8.RuneSelf && wordRune(text[at:]):
		return append(toks, newToken(wordToken, text, at, wordEnd(text, at), spaced))
	}
	_, n := utf8.DecodeRuneInString(text[at:])
	return append(toks, newToken(symbolToken, text, at, at+n, spaced))
}

// idEnd returns the end of letters and digits that are too many for a number
// with its unit, as addresses and hashes are; 0 for anything else. The first
// letters of one may look like a unit: "3M2c…".
func idEnd(text string, at int) int {
	end, digits := at, true
	for end < len(text) && end < at+200 && (isLetter(text[end]) || isDigit(text[end])) {
		digits = digits && isDigit(text[end])
		end++
	}
	if digits || end-at < 25 {
		return 0
	}
	return end
}

func newToken(kind tokenKind, text string, start, end int, spaced bool) token {
	s := text[start:end]
	return token{kind: kind, start: start, end: end, text: s, lower: strings.ToLower(s), spaced: spaced}
}

func wordRune(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// numberEnd returns the end of digits with separators between them.
func numberEnd(text string, at int) int {
	for at < len(text) {
		switch {
		case isDigit(text[at]):
		case strings.IndexByte(".,'", text[at]) >= 0 && at+1 < len(text) && isDigit(text[at+1]):
		default:
			return at
		}
		at++
	}
	return at
}

// wordEnd returns the end of a word: letters and digits, with single points,
// hyphens, underscores and apostrophes between them ("USDC.e", "USDT-ETH").
func wordEnd(text string, at int) int {
	start := at
	for at < len(text) {
		c := text[at]
		switch {
		case isLetter(c) || isDigit(c):
			at++
		case c == '.' || c == '-' || c == '_' || c == '\'':
			if at+1 >= len(text) || !isLetter(text[at+1]) && !isDigit(text[at+1]) || c == '-' && isDigit(text[at+1]) && halfOfDay(text[start:at]) {
				return at
			}
			at++
		case c >= utf8.RuneSelf && wordRune(text[at:]):
			_, n := utf8.DecodeRuneInString(text[at:])
			at += n
		default:
			return at
		}
	}
	return at
}

// halfOfDay reports whether a word is "AM" or "10pm": behind its hyphen stands
// another time.
func halfOfDay(s string) bool {
	digits, half := cutHalf(strings.ToLower(s))
	return half != "" && strings.Trim(digits, "0123456789") == ""
}
