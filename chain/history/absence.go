package history

import (
	"context"
	"fmt"
	"slices"

	"losstracer/chain"
	"losstracer/chain/proof"
)

// absence is the attempt to prove that eth_getLogs told of every log. The nil
// absence was not asked for.
type absence struct {
	chain *headerChain // nil where the headers could not be had
	host  string
	end   chain.Block
	read  int    // blocks whose receipts were read only because their bloom filter denies nothing
	left  int    // logs that they hold
	why   string // there is no proof
}

// bloomless says why the bloom filters of a chain do not speak of all its
// logs; empty where they do.
func bloomless(chainID uint64) string {
	switch chainID {
	case polygon, polygonAmoy:
		return "on Polygon the logs of state sync stand outside headers and their bloom filters"
	case 324:
		return "on zkSync headers hold no bloom filters"
	}
	return ""
}

// proveAbsence tests every header of the window against the filters that were
// asked for. Where a bloom filter denies nothing and no log was told of, the
// receipts decide; logs found there are treated as if eth_getLogs had told of
// them. What stands in the way is a reason and no error, unless the context
// ends.
func (p *pull) proveAbsence(ctx context.Context, h *chain.History, logs *tokenLogs) error {
	a := &absence{host: p.s.caller.Host(), end: h.End}
	p.absence = a
	a.why = bloomless(p.id.ChainID)
	switch n := p.q.Window.Blocks(); {
	case p.s.o.NoProof:
		a.why = notAsked.Why()
	case n > p.s.o.HeaderBlocks:
		a.why = fmt.Sprintf("the window has %d blocks, and the headers of at most %d are read", n, p.s.o.HeaderBlocks)
	}
	if a.why != "" {
		return nil
	}
	var err error
	if a.chain, err = p.s.linked(ctx, p.q.Window, h.End.Hash); err == nil {
		err = a.decide(ctx, p, logs)
	}
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		a.why = oneLine(err)
	}
	if a.left > 0 {
		h.Warnings = append(h.Warnings, fmt.Sprintf("eth_getLogs of %s left out %d logs in the window; the receipts show them, and they are counted", a.host, a.left))
	}
	return nil
}

// decide reads the receipts of blocks that may hold a log nobody told of.
func (a *absence) decide(ctx context.Context, p *pull, logs *tokenLogs) error {
	suspects := a.suspects(p, logs)
	a.read = len(suspects)
	var found []logPlace
	err := p.s.openBlocks(ctx, p.reader, suspects, func(o *opened) {
		a.check(o)
		found = append(found, o.logs...)
	})
	a.left = len(found)
	logs.places = append(logs.places, found...)
	slices.SortFunc(logs.places, logPlace.compare)
	return err
}

func (a *absence) suspects(p *pull, logs *tokenLogs) []uint64 {
	var filters []proof.LogFilter
	for _, topics := range tokenFilters(p.id.Network, p.q.Addresses) {
		filters = append(filters, proof.NewLogFilter(nil, topics))
	}
	var suspects []uint64
	for i := range a.chain.blooms {
		n := a.chain.From + uint64(i)
		if len(logs.in(n)) > 0 {
			continue // opened anyway
		}
		if slices.ContainsFunc(filters, func(f proof.LogFilter) bool { return f.MayMatch(&a.chain.blooms[i]) }) {
			suspects = append(suspects, n)
		}
	}
	return suspects
}

// check looks whether a block that was opened decides anything.
func (a *absence) check(o *opened) {
	switch {
	case a.why != "":
	case o.missing != nil:
		a.why = fmt.Sprintf("the endpoint does not have block %d, whose bloom filter denies nothing", o.Number)
	case o.Hash != a.chain.at(o.Number):
		a.why = fmt.Sprintf("block %d is another one than the chain of headers has", o.Number)
	case !o.proof.Proven():
		a.why = fmt.Sprintf("the receipts of block %d are unproven: %s", o.Number, o.proof.Why())
	}
}

// confirm checks a block for logs of which eth_getLogs told: there may be more.
func (a *absence) confirm(o *opened, logs *tokenLogs) {
	if a != nil && a.chain != nil && len(logs.in(o.Number)) > 0 {
		a.check(o)
	}
}

// state says in the coverage of tokens what came of the attempt.
func (a *absence) state(c *chain.Coverage) {
	if a == nil {
		return
	}
	if a.why != "" {
		if c.Note != "" {
			c.Note += "; "
		}
		c.Note += "no proof of it: " + a.why
		if a.left > 0 {
			c.Complete = false
			c.Note = fmt.Sprintf("eth_getLogs left out %d logs that receipts hold, and not all could be looked at: %s", a.left, a.why)
		}
		return
	}
	c.Complete, c.Unavailable = true, nil
	c.Note = fmt.Sprintf("proven: the headers of blocks %d to %d are linked to the last (%s), the bloom filters of %d deny every other log that names the address as an indexed party, and the receipts of %d hold none",
		c.Window.From, c.Window.To, a.end.Hash.TerminalString(), int(c.Window.Blocks())-a.read, a.read)
	if a.left > 0 {
		c.Note = fmt.Sprintf("%s but the %d that eth_getLogs left out and that are counted", c.Note, a.left)
	}
}
