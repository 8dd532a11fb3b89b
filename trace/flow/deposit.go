package flow

import (
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// forwarder is what is known of an account that pays a tagged exchange.
type forwarder struct {
	tag *Tag
	not bool // it does something that a deposit address does not
	// times is how often it forwarded.
	times int
}

// receipts of one holding since it last paid.
type receipts struct {
	last, sum uint256.Int
	block     uint64
}

// depositAddresses finds the accounts all of whose payments go to one exchange,
// each soon after a receipt of the same amount.
func (e *engine) depositAddresses() map[uint32]*forwarder {
	found := map[uint32]*forwarder{}
	if e.t.req.Tags == nil || e.t.req.Backward {
		return found
	}
	candidates := map[uint32]*forwarder{}
	for i := range e.legs {
		to := &e.roles[e.holdings[e.legs[i].to].account]
		if to.kind == Exchange && to.tag() != nil && e.hasPurse(e.legs[i].from) {
			candidates[e.holdings[e.legs[i].from].account] = &forwarder{tag: to.tag()}
		}
	}
	if len(candidates) == 0 {
		return found
	}
	got := map[uint32]*receipts{}
	for i := range e.legs {
		stored := e.leg(i)
		l := &stored
		if c := candidates[e.holdings[l.from].account]; c != nil && !l.fee && l.from != nowhere {
			c.not = c.not || !e.forwards(l, c, got)
			c.times++
		}
		if c := candidates[e.holdings[l.to].account]; c != nil && l.to != nowhere {
			r := got[l.to]
			if r == nil {
				r = &receipts{}
				got[l.to] = r
			}
			r.last, r.block = l.units, e.rec.block(&e.rec.rows[l.row])
			r.sum.Add(&r.sum, &l.units)
		}
	}
	for account, c := range candidates {
		if !c.not {
			found[account] = c
		}
	}
	return found
}

// forwards reports whether a payment hands on to the exchange what was got
// last, or everything since the last payment.
func (e *engine) forwards(l *leg, c *forwarder, got map[uint32]*receipts) bool {
	to := &e.roles[e.holdings[l.to].account]
	if to.kind != Exchange || to.tag() == nil || to.tag().Label != c.tag.Label {
		return false
	}
	r := got[l.from]
	if r == nil || e.rec.block(&e.rec.rows[l.row])-r.block > forwardBlocks {
		return false
	}
	slack := uint64(0)
	if e.rec.assets[e.holdings[l.from].asset].Kind() == chain.Native {
		slack = forwardCoin
	}
	ok := within(&l.units, &r.last, slack) || within(&l.units, &r.sum, slack)
	*r = receipts{block: r.block}
	return ok
}

// within reports whether v is at most slack below what was got.
func within(v, got *uint256.Int, slack uint64) bool {
	if got.Lt(v) {
		return false
	}
	var d uint256.Int
	d.Sub(got, v)
	return d.IsUint64() && d.Uint64() <= slack
}
