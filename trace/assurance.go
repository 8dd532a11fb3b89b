package trace

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Assurance says what is done, beyond what histories take, so that less rests
// on the word of one endpoint. The zero Assurance does nothing.
type Assurance struct {
	// Anchors are hashes of blocks for which the user vouches, on whatever chain.
	Anchors []common.Hash
	// CrossCheck is the percentage of what matters that a second endpoint of
	// the same chain is asked for; 0 for none.
	CrossCheck int
	// ProveAbsence reads the header of every block of the window.
	ProveAbsence bool
}

// query asks for the history of addresses with all that the user wants proven.
func (r *run) query(addresses []common.Address, w chain.Window) chain.Query {
	return chain.Query{Addresses: addresses, Window: w, Anchors: r.Assurance.Anchors, ProveAbsence: r.Assurance.ProveAbsence}
}

// crossCheck holds the histories of a chain against an endpoint of another
// host, the first of seconds that answers. That none does is a warning.
func (r *run) crossCheck(ctx context.Context, scope *ChainScope, seconds []opened) error {
	if r.Assurance.CrossCheck <= 0 {
		return nil
	}
	seconds = slices.DeleteFunc(slices.Clone(seconds), func(o opened) bool { return o.id.Host == scope.Endpoint })
	if len(seconds) == 0 {
		r.warn("%s: nothing was cross-checked: no endpoint of another host than %s was given", scope.Chain, scope.Endpoint)
		return nil
	}
	for _, second := range seconds {
		checks, err := r.crossCheckAt(ctx, scope, second)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			r.warn("%s: %s could not be asked for a cross-check: %v", scope.Chain, second.id.Host, err)
			continue
		}
		r.c.CrossChecks = append(r.c.CrossChecks, checks...)
		for _, x := range checks {
			r.warnOf(scope, x)
		}
		return nil
	}
	return nil
}

func (r *run) crossCheckAt(ctx context.Context, scope *ChainScope, second opened) ([]*chain.CrossCheck, error) {
	var checks []*chain.CrossCheck
	for _, h := range r.c.Histories {
		if h.ChainID != scope.ChainID {
			continue
		}
		x, err := second.Source.CrossCheck(ctx, h, scope.Endpoint, r.Assurance.CrossCheck)
		if err != nil {
			return nil, err
		}
		checks = append(checks, x)
	}
	return checks, nil
}

// mostTold is how many differences of one cross-check are told one by one.
const mostTold = 5

func (r *run) warnOf(scope *ChainScope, x *chain.CrossCheck) {
	for _, list := range []struct {
		texts []string
		told  string
	}{
		{x.Disagreement, fmt.Sprintf("%s and %s disagree", x.First, x.Host)},
		{x.Unanswered, "not all could be cross-checked"},
	} {
		for _, text := range list.texts[:min(len(list.texts), mostTold)] {
			r.warn("%s: %s: %s", scope.Chain, list.told, text)
		}
		if more := len(list.texts) - mostTold; more > 0 {
			r.warn("%s: %s at %d further places", scope.Chain, list.told, more)
		}
	}
}

// lostAnchors warns of anchors that no endpoint knew on any chain.
func (r *run) lostAnchors() {
	for _, a := range r.Assurance.Anchors {
		known, asked := false, false
		for _, h := range r.c.Histories {
			asked = true
			known = known || !slices.Contains(h.LostAnchors, a)
		}
		if asked && !known {
			r.warn("anchor %s: no endpoint knows such a block, so that nothing rests on it", a.Hex())
		}
	}
}

// Vouching says how many proven transfers stand in blocks for whose hash
// somebody vouches.
type Vouching struct {
	By        string // "anchor 0x…", or scheme and host of an endpoint
	Transfers int    // each counted once: an anchor before a second endpoint before the first
}

// vouch counts on whose word the blocks of proven transfers rest.
func (c *Case) vouch(transfers []chain.Transfer) {
	firmest := c.vouchers()
	hosts := map[uint64]string{}
	for _, s := range c.Scopes {
		hosts[s.ChainID] = s.Endpoint
	}
	counts := map[string]int{}
	for i := range transfers {
		t := &transfers[i]
		if !t.Proof.Proven() {
			continue
		}
		who, ok := firmest[place{t.ChainID, t.Block}]
		if !ok {
			who = hosts[t.ChainID]
		}
		counts[who]++
	}
	slices.Sort(c.Evidence.VouchedBy)
	for _, who := range c.Evidence.VouchedBy {
		if counts[who] > 0 {
			c.Evidence.Vouched = append(c.Evidence.Vouched, Vouching{who, counts[who]})
		}
	}
}

// place is a block of a chain.
type place struct{ chainID, block uint64 }

// vouchers names everybody who vouches beside the first endpoint, and returns
// the firmest of them for each block: an anchor before a second endpoint.
func (c *Case) vouchers() map[place]string {
	firmest := map[place]string{}
	vouched := func(who string, chainID uint64, blocks []uint64) {
		if !slices.Contains(c.Evidence.VouchedBy, who) {
			c.Evidence.VouchedBy = append(c.Evidence.VouchedBy, who)
		}
		for _, n := range blocks {
			firmest[place{chainID, n}] = who
		}
	}
	for _, x := range c.CrossChecks {
		if len(x.Agreed) > 0 {
			vouched(x.Host, x.ChainID, x.Agreed)
		}
	}
	for _, h := range c.Histories {
		for _, v := range h.Vouchers {
			vouched(v.By, h.ChainID, v.Blocks)
		}
	}
	return firmest
}
