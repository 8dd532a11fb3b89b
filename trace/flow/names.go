package flow

import (
	"fmt"
	"slices"

	"losstracer/chain"
)

// Name is what a file of transfers says who an account is.
type Name struct {
	Account Account
	Label   string
	Source  string // the file and its column
}

type givenName struct {
	account uint32
	label   string
	source  string
}

// Names returns what imports say who accounts are, in the order in which they first
// said it.
func (r *Record) Names() []Name {
	list := make([]Name, len(r.names))
	for i, n := range r.names {
		list[i] = Name{r.accounts.keys[n.account], n.label, n.source}
	}
	return list
}

// mostNames is how many names of an account are kept of a file: a column of remarks
// may have another one in each row.
const mostNames = 20

// name keeps what a row says who an account is, once.
func (p *importer) name(account uint32, said []byte, column, line int) {
	if len(said) == 0 || account == outside || isNothing(said) {
		return
	}
	known := p.named[account]
	if slices.ContainsFunc(known, func(label string) bool { return label == string(said) }) {
		return
	}
	if len(known) == mostNames {
		note(&p.unnamed, &p.unnamedLine, line)
		return
	}
	if p.named == nil {
		p.named = map[uint32][]string{}
	}
	p.named[account] = append(known, string(said))
	p.record.names = append(p.record.names, givenName{
		account, chain.Printable(string(said), 80), fmt.Sprintf("%s, column %s", p.file, p.header.titles[column]),
	})
}
