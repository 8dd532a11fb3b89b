package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// words is text for people in which some parts are known to be more than text.
// A line break separates the lines of a cell.
type words []span

// span is a piece of text and what it is.
type span struct {
	Text string
	Link string // at a block explorer; empty where there is none
	Role role
}

// role says what a span is.
type role uint8

const (
	plain   role = iota
	address      // 0x and forty digits
	hash         // of a tx or block
	mark         // a verdict, a status or a basis: one of our own words
)

// say joins strings, spans, words and anything that prints into words.
func say(parts ...any) words {
	var w words
	for _, p := range parts {
		switch p := p.(type) {
		case words:
			w = append(w, p...)
		case span:
			w = append(w, p)
		case string:
			w = append(w, span{Text: p})
		default:
			w = append(w, span{Text: fmt.Sprint(p)})
		}
	}
	return w
}

func sayf(format string, args ...any) words { return say(fmt.Sprintf(format, args...)) }

// count writes a number with what it counts, in the singular for one.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return chain.GroupThousands(strconv.Itoa(n)) + " " + many
}

// join puts a separator between words.
func join(list []words, separator string) words {
	var w words
	for i, item := range list {
		if i > 0 {
			w = append(w, span{Text: separator})
		}
		w = append(w, item...)
	}
	return w
}

func (w words) String() string {
	var b strings.Builder
	for _, s := range w {
		b.WriteString(s.Text)
	}
	return b.String()
}

// marked is a word of ours that reports set off: a verdict, a status, a basis.
func marked[T ~string](s T) span { return span{Text: string(s), Role: mark} }

func explorer(chainID uint64, kind, what string) string {
	n, _ := chain.NetworkByID(chainID)
	if n.Explorer == "" {
		return ""
	}
	return n.Explorer + "/" + kind + "/" + what
}

func accountSpan(chainID uint64, a common.Address) span {
	return span{chain.Hex(a), explorer(chainID, "address", chain.Hex(a)), address}
}

// assetSpan names an asset by its id, linked to its contract.
func assetSpan(a chain.AssetID) span {
	if a.Kind() == chain.Native {
		return span{Text: a.String()}
	}
	return span{Text: a.String(), Link: explorer(a.ChainID(), "address", chain.Hex(a.Contract()))}
}

// txSpan is empty for what happened outside of a tx.
func txSpan(chainID uint64, tx common.Hash) span {
	text := hashText(tx)
	if text == "" {
		return span{}
	}
	return span{text, explorer(chainID, "tx", text), hash}
}

func blockSpan(chainID, number uint64) span {
	n := strconv.FormatUint(number, 10)
	return span{Text: n, Link: explorer(chainID, "block", n)}
}

// longest is how many characters a piece of text may have in a report for
// people. JSON has all of them.
const longest = 2000

// tidy makes every line of a text printable and bounds it, and keeps the space
// that sets it off from its neighbours.
func tidy(s string, limit int) string {
	if s == "" || printable(s) && utf8.RuneCountInString(s) <= limit {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		clean := chain.Printable(line, limit)
		if i == 0 && strings.HasPrefix(line, " ") {
			clean = " " + clean
		}
		if i == len(lines)-1 && strings.HasSuffix(line, " ") && strings.TrimSpace(line) != "" {
			clean += " "
		}
		lines[i] = clean
	}
	return strings.Join(lines, "\n")
}

// tidyLine is tidy for a line whose indentation matters.
func tidyLine(line string) string {
	rest := strings.TrimLeft(line, " │├└─")
	return line[:len(line)-len(rest)] + tidy(rest, longest)
}

// printable tells text that tidy would not change, which is nearly all of it.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7f || s[i] < ' ' && s[i] != '\n' {
			return false
		}
	}
	return true
}

func (w words) tidy(limit int) words {
	clean := slices.Clone(w)
	for i := range clean {
		clean[i].Text = tidy(clean[i].Text, limit)
	}
	return clean
}

// clean makes every text of a page printable and bounds its length. Text from
// documents, chains and endpoints gets onto pages in many places, and out of
// them through here alone.
func (p page) clean() page {
	p.Title = tidy(p.Title, 200)
	for _, list := range [][]string{p.Notices, p.Lead} {
		for i := range list {
			list[i] = tidy(list[i], 600)
		}
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		for j := range s.Tree {
			s.Tree[j] = tidyLine(s.Tree[j])
		}
		for _, list := range [][]words{s.Text, s.Items} {
			for j := range list {
				list[j] = list[j].tidy(longest)
			}
		}
		if s.Table != nil {
			for _, row := range s.Table.Rows {
				for j := range row {
					row[j] = row[j].tidy(longest)
				}
			}
		}
	}
	return p
}
