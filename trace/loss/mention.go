package loss

import (
	"math/big"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// PaidAmong infers attackers from the candidates of the input, addresses of which
// the write-up does not say what they are, and their own history, which are its
// transfers: who was paid, in sum, by another of them whom none of them paid. Who
// was paid by such a one in turn had the loot passed on: it is followed, and not
// blamed. Services that are tagged as such are left out. The only address that is
// mentioned is an attacker's without that, unless it is a service's.
//
// A payer whom nobody paid may be the thief, whose victims are not mentioned: where
// he was paid just what is claimed, and the one whom he paid was not, it is he. Who
// was paid just what is claimed is taken, too, where none paid another.
func PaidAmong(in Input) []chain.Party {
	c := &incident{Input: in}
	candidates := slices.DeleteFunc(slices.Clone(in.Candidates), func(p chain.Party) bool {
		_, serves := c.service(p.Account)
		return serves || !isAccount(p.Account.Address)
	})
	payers, claimed := paidAmong(candidates, in.Transfers), c.paidAsClaimed(candidates)
	var found []chain.Party
	infer := func(p chain.Party, why string) {
		if slices.ContainsFunc(found, func(o chain.Party) bool { return o.Account == p.Account }) {
			return
		}
		p.Basis = chain.Heuristic
		p.Why += "; taken for the attacker because " + why
		found = append(found, p)
	}
	first := func(a chain.Account) bool { return len(payers[a]) == 0 }
	if !slices.ContainsFunc(candidates, func(p chain.Party) bool { return slices.ContainsFunc(payers[p.Account], first) }) {
		first = func(chain.Account) bool { return true } // each paid another, in a circle
	}
	for _, p := range candidates {
		at := slices.IndexFunc(payers[p.Account], first)
		if at < 0 {
			continue
		}
		payer := payers[p.Account][at]
		if why := claimed[payer]; why != "" && claimed[p.Account] == "" {
			infer(candidates[slices.IndexFunc(candidates, func(o chain.Party) bool { return o.Account == payer })], why)
			continue
		}
		infer(p, chain.Hex(payer.Address)+", mentioned beside it, paid it")
	}
	for _, p := range candidates {
		if why := claimed[p.Account]; why != "" && len(payers) == 0 {
			infer(p, why)
		}
	}
	if len(found) == 0 && len(in.Candidates) == 1 && len(candidates) == 1 {
		infer(candidates[0], "no other address is mentioned")
	}
	return found
}

// direction is from whom to whom something went.
type direction struct{ from, to chain.Account }

func (d direction) back() direction { return direction{d.to, d.from} }

// ends returns the direction of a transfer; false where it has but one end, as
// what is issued or destroyed, or moves nothing.
func ends(t *chain.Transfer) (direction, bool) {
	sender, sent := t.Sender()
	recipient, received := t.Recipient()
	d := direction{chain.Account{ChainID: t.ChainID, Address: sender}, chain.Account{ChainID: t.ChainID, Address: recipient}}
	return d, sent && received && isAccount(d.from.Address) && isAccount(d.to.Address) && d.from != d.to && !t.Units.IsZero()
}

// claimDigits is to how many digits an amount must be claimed to be told from
// any other by itself.
const claimDigits = 4

// paidAsClaimed says of candidates that somebody paid them, in sum, an amount
// that is claimed: to half a unit of its fourth digit. A claim is taken by the
// first who fits: what is passed on comes after it.
func (c *incident) paidAsClaimed(candidates []chain.Party) map[chain.Account]string {
	type payment struct {
		direction
		asset chain.AssetID
	}
	known := map[chain.Account]bool{}
	for _, p := range candidates {
		known[p.Account] = true
	}
	var order []payment
	sums := map[payment]*big.Int{}
	for i := range c.Transfers {
		t := &c.Transfers[i]
		d, ok := ends(t)
		p := payment{d, t.Asset}
		if !ok || !known[d.to] {
			continue
		}
		if sums[p] == nil {
			order, sums[p] = append(order, p), new(big.Int)
		}
		sums[p].Add(sums[p], t.Units.ToBig())
	}
	why, taken := map[chain.Account]string{}, map[int]bool{}
	for _, p := range order {
		meta := c.lookUp(p.asset)
		if !meta.DecimalsKnown {
			continue
		}
		quantity := pricing.Whole(sums[p], meta.Decimals)
		for i, h := range c.Hints {
			if taken[i] || !h.names(p.asset, meta) || !just(h, quantity) {
				continue
			}
			taken[i] = true
			if why[p.to] == "" {
				why[p.to] = chain.Hex(p.from.Address) + " paid it " + quantity.String() + " " + chain.Printable(meta.Symbol, 24) + ", as is claimed"
			}
		}
	}
	return why
}

// just reports whether a quantity is what is claimed, to all of at least
// [claimDigits] digits.
func just(h Hint, quantity decimal.Decimal) bool {
	if h.Quantity == nil || !h.Quantity.IsPositive() || len(strings.TrimRight(h.Quantity.Coefficient().String(), "0")) < claimDigits {
		return false
	}
	return h.Quantity.Sub(quantity).Abs().Mul(decimal.NewFromInt(2_000)).LessThanOrEqual(*h.Quantity)
}

// relation is what went between two accounts.
type relation struct {
	net  map[chain.AssetID]*big.Int
	ways []way // in the order in which they were first gone
}

type way struct {
	asset   chain.AssetID
	forward bool // as the first of all
}

// paidAmong returns by whom of them each of a set of accounts was paid in sum, in
// the order of the first payments. Where assets went both ways between two, the
// first payment decides of an asset that went its way in sum; where all came
// back, the first of all. What the sender of a tx gave in it for what it got there
// is no payment: it is who had the tx made.
func paidAmong(parties []chain.Party, history []chain.Transfer) map[chain.Account][]chain.Account {
	known := map[chain.Account]bool{}
	for _, p := range parties {
		known[p.Account] = true
	}
	var order []direction
	between := map[direction]*relation{}
	for tx := range byTx(history) {
		for _, t := range paymentsIn(tx, known) {
			d, _ := ends(t)
			forward, units := true, t.Units.ToBig()
			if between[d.back()] != nil {
				d, forward, units = d.back(), false, units.Neg(units)
			} else if between[d] == nil {
				order, between[d] = append(order, d), &relation{net: map[chain.AssetID]*big.Int{}}
			}
			between[d].add(way{t.Asset, forward}, units)
		}
	}
	payers := map[chain.Account][]chain.Account{}
	for _, d := range order {
		r := between[d]
		first := slices.IndexFunc(r.ways, func(w way) bool {
			return w.forward && r.net[w.asset].Sign() > 0 || !w.forward && r.net[w.asset].Sign() < 0
		})
		if first >= 0 && !r.ways[first].forward {
			d = d.back()
		}
		payers[d.to] = append(payers[d.to], d.from)
	}
	return payers
}

func (r *relation) add(w way, units *big.Int) {
	net := sumAt(r.net, w.asset)
	net.Add(net, units)
	if !slices.Contains(r.ways, w) {
		r.ways = append(r.ways, w)
	}
}

// paymentsIn returns what moved among known accounts in a tx, without what its
// sender gave to one who gave it something, too.
func paymentsIn(tx []chain.Transfer, known map[chain.Account]bool) []*chain.Transfer {
	var list []*chain.Transfer
	gone := map[direction]bool{}
	var sender common.Address
	for i := range tx {
		if tx[i].Kind == chain.KindFee {
			sender = tx[i].From
		}
		if d, ok := ends(&tx[i]); ok && known[d.from] && known[d.to] {
			list, gone[d] = append(list, &tx[i]), true
		}
	}
	return slices.DeleteFunc(list, func(t *chain.Transfer) bool {
		d, _ := ends(t)
		return d.from.Address == sender && gone[d.back()]
	})
}
