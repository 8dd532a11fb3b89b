package history

import (
	"context"
	"fmt"
	"slices"

	"losstracer/chain"
)

// steps is what an opened block says of an account's nonce.
type steps struct {
	sent       []uint64 // nonces of the txs that it sent, ascending
	authorized bool     // an authorization signed by it is carried
}

func (a *native) stepsIn(o *opened) steps {
	var s steps
	for i := range o.txs {
		if o.txs[i].From == a.address {
			s.sent = append(s.sent, o.txs[i].Nonce)
		}
		s.authorized = s.authorized || slices.Contains(o.txs[i].Authorities, a.address)
	}
	return s
}

// nonceGaps counts the nonce steps in the opened blocks of each account. Where
// they do not add up to what the nonce did over the window, it bisects the
// nonce, and the balance with it, inside the intervals that lack steps, and
// returns the blocks found there that are not open yet.
func (p *pull) nonceGaps(ctx context.Context) ([]uint64, error) {
	var counted []*native
	var around []span
	for _, a := range p.accounts {
		if a.noState == nil && !a.searched {
			counted = append(counted, a)
			around = append(around, p.authorizedBlocks(a)...)
		}
	}
	// An authorization has no effect where its nonce is not the account's at
	// that moment, so around those blocks the nonce is read, not inferred.
	if err := p.ensure(ctx, around); err != nil {
		return nil, err
	}
	var gaps []span
	for _, a := range counted {
		gaps = append(gaps, p.gapsOf(a)...)
	}
	if err := p.ensure(ctx, gaps); err != nil {
		return nil, err
	}
	if err := bisect(ctx, p, gaps, p.s.o.ActiveBlocks); err != nil {
		return nil, err
	}
	p.leaveBusy()
	found := map[uint64]bool{}
	for _, a := range counted {
		if a.busy {
			continue
		}
		for n, after := range a.account.nonce {
			if before, ok := a.account.nonce[n-1]; ok && n > p.lo && before != after && p.blocks[n] == nil {
				found[n] = true
			}
		}
	}
	return sortedBlocks(found), nil
}

// ensure makes balance and nonce known at the ends of spans.
func (p *pull) ensure(ctx context.Context, spans []span) error {
	asked := map[question]bool{}
	var qs []question
	for _, s := range spans {
		for _, q := range append(s.questions(s.lo), s.questions(s.hi)...) {
			if !asked[q] {
				asked[q] = true
				qs = append(qs, q)
			}
		}
	}
	return learn(ctx, p, qs)
}

func (p *pull) authorizedBlocks(a *native) []span {
	var out []span
	for _, n := range sortedBlocks(a.steps) {
		if n > p.lo && a.steps[n].authorized {
			out = append(out, span{a.account, n - 1, n, true})
		}
	}
	return out
}

// gapsOf returns the intervals between opened blocks in which the nonce moved.
// A tx carries its sender's nonce, so that a block which holds one tells the
// nonce at both of its ends without a question.
func (p *pull) gapsOf(a *native) []span {
	type end struct{ block, nonce uint64 }
	last := end{p.lo, a.account.nonce[p.lo]}
	var gaps []span
	meet := func(n, nonce uint64) {
		if n > last.block && nonce != last.nonce && !(n-last.block == 1 && p.blocks[n] != nil) {
			gaps = append(gaps, span{a.account, last.block, n, true})
		}
	}
	for _, n := range a.nonceBlocks() {
		if n <= p.lo || n > p.hi {
			continue
		}
		before, after, known := p.noncesAround(a, n)
		if !known {
			continue
		}
		meet(n-1, before)
		last = end{n, after}
	}
	meet(p.hi, a.account.nonce[p.hi])
	return gaps
}

// nonceBlocks returns the blocks at whose end the nonce is known or follows
// from a tx, ascending.
func (a *native) nonceBlocks() []uint64 {
	ns := append(sortedBlocks(a.account.nonce), sortedBlocks(a.steps)...)
	slices.Sort(ns)
	return slices.Compact(ns)
}

// noncesAround returns the nonce at both ends of an opened block, from what
// was read there or from the txs in it.
func (p *pull) noncesAround(a *native, n uint64) (before, after uint64, known bool) {
	b, ok1 := a.account.nonce[n-1]
	c, ok2 := a.account.nonce[n]
	if ok1 && ok2 {
		return b, c, true
	}
	s := a.steps[n]
	if len(s.sent) == 0 || s.authorized {
		return 0, 0, false
	}
	return s.sent[0], s.sent[len(s.sent)-1] + 1, true
}

// prove says why the history of an account may not be whole; nothing where it
// is proven to be. The rules stand in the package comment.
func (p *pull) prove(a *native) {
	if p.id.rules != "" {
		a.doubt("%s", p.id.rules)
	}
	if p.id.ChainID == 1 && p.q.Window.Contains(daoFork) {
		a.doubt("the window holds block %d, which moved balances by decree", uint64(daoFork))
	}
	code := p.codeDoubt(a)
	if code != "" && !p.logged {
		a.doubt("%s", code)
	}
	if code != "" {
		a.restOnLogs(p)
		return // its nonce counts the contracts that it makes
	}
	keyed := a.account.nonce[p.lo] > 0
	for _, n := range a.nonceBlocks() {
		if n > p.lo {
			keyed = keyed || len(a.steps[n].sent) > 0
			p.checkSteps(a, n, a.steps[n])
		}
	}
	for _, g := range p.gapsOf(a) {
		a.doubt("the nonce moved between blocks %d and %d and no tx there explains it", g.lo, g.hi)
	}
	if !keyed && !p.logged {
		a.doubt("the account is not known to hold a key: a contract made and destroyed within one tx leaves the same balance, nonce and code behind")
	}
	if !keyed {
		a.restOnLogs(p)
	}
}

// codeDoubt says why value may have left an account without a step of its
// nonce: it has code, or had some in the window.
func (p *pull) codeDoubt(a *native) string {
	authorized := false
	for n, s := range a.steps {
		authorized = authorized || n > p.lo && s.authorized
	}
	switch {
	case delegated(a.codeLo) || delegated(a.codeHi) || authorized:
		return "the account was delegated (EIP-7702): others can move value out of it without a step of its nonce"
	case len(a.codeLo) > 0 || len(a.codeHi) > 0:
		return "the account has code: value may have come and gone between blocks with equal balances"
	}
	return ""
}

// checkSteps compares the nonce steps of one block with its txs.
func (p *pull) checkSteps(a *native, n uint64, s steps) {
	for i := 1; i < len(s.sent); i++ {
		if s.sent[i] != s.sent[i-1]+1 && !s.authorized {
			a.doubt("block %d holds txs with the nonces %d and %d and none between", n, s.sent[i-1], s.sent[i])
		}
	}
	before, ok1 := a.account.nonce[n-1]
	after, ok2 := a.account.nonce[n]
	if ok1 && ok2 && !s.authorized && after-before != uint64(len(s.sent)) {
		a.doubt("the nonce moved by %d in block %d, which holds %d txs of the account", after-before, n, len(s.sent))
	}
}

func (a *native) doubt(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(a.doubts, text) {
		a.doubts = append(a.doubts, text)
	}
}

var _ asker = (*pull)(nil)
var _ chain.Source = (*Source)(nil)
