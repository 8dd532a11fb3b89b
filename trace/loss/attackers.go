package loss

import (
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Recipients infers attackers from the victims' own history, for write-ups
// that name nobody else: who was paid amounts that are claimed, or had them
// passed on within a tx of which all movements are known. The transfers of the
// input are that history; its attackers are not looked at.
func Recipients(in Input) []chain.Party {
	victims := in.Victims
	in.Attackers, in.Victims = victims, nil // the other side of every movement is who was paid
	c := newCase(in)
	if len(c.all) == 0 {
		return nil
	}
	var list []*payer
	index := map[chain.Account]*payer{}
	beyond := indexTxs(in.Beyond)
	for i := range c.all {
		j := &c.all[i]
		if !j.out || j.in || j.Transfer.Kind == chain.KindFee || j.Transfer.Units.IsZero() || c.ghosts[j.Transfer.Ref] {
			continue
		}
		a := j.counterparty()
		if tx := beyond[j.Transfer.Tx]; len(tx) > 0 {
			a.Address = ahead(j.Transfer, tx)
		}
		if index[a] == nil {
			index[a] = &payer{Account: a, paid: map[chain.AssetID]chain.Amount{}, first: j.at()}
			list = append(list, index[a])
		}
		p := index[a]
		p.paid[j.Transfer.Asset] = p.paid[j.Transfer.Asset].Add(j.Transfer.Amount())
	}
	var found []chain.Party
	taken := map[string]bool{}
	for _, p := range list {
		if why := c.claimed(p, taken); why != "" {
			found = append(found, chain.Party{Account: p.Account, Basis: chain.Heuristic, Why: "was " + why + ", by " + victimList(victims)})
		}
	}
	return found
}

func victimList(victims []chain.Party) string {
	if len(victims) == 1 {
		return "the victim " + chain.Hex(victims[0].Account.Address)
	}
	return "the victims"
}

// Gainers returns who ended a tx richer: the accounts that gained some asset,
// lost none, and had not given first what they gained, as a lender does; by
// address. Contracts through which value only passes net to nothing, and who
// gained less than a tenth of what another did, of everything that it gained,
// took a fee. The transfers are all that the tx moved, in order.
func Gainers(transfers []chain.Transfer) []common.Address {
	type line struct {
		account common.Address
		asset   chain.AssetID
	}
	net := map[line]*big.Int{}
	gaveFirst := map[line]bool{}
	add := func(a common.Address, t *chain.Transfer, sign int64) {
		at := line{a, t.Asset}
		if net[at] == nil {
			net[at] = new(big.Int)
			gaveFirst[at] = sign < 0
		}
		net[at].Add(net[at], new(big.Int).Mul(t.Units.ToBig(), big.NewInt(sign)))
	}
	for i := range transfers {
		t := &transfers[i]
		if t.Kind == chain.KindFee || t.Units.IsZero() {
			continue
		}
		if from, ok := t.Sender(); ok {
			add(from, t, -1)
		}
		if to, ok := t.Recipient(); ok && to != t.Asset.Contract() { // a token that charges keeps it itself
			add(to, t, +1)
		}
	}
	gained, not := map[common.Address]bool{}, map[common.Address]bool{{}: true}
	for at, amount := range net {
		not[at.account] = not[at.account] || amount.Sign() < 0 || amount.Sign() > 0 && gaveFirst[at]
	}
	most := map[chain.AssetID]*big.Int{}
	for at, amount := range net {
		if !not[at.account] && (most[at.asset] == nil || amount.Cmp(most[at.asset]) > 0) {
			most[at.asset] = amount
		}
	}
	for at, amount := range net {
		much := most[at.asset] != nil && new(big.Int).Mul(amount, big.NewInt(10)).Cmp(most[at.asset]) >= 0
		gained[at.account] = gained[at.account] || amount.Sign() > 0 && much
	}
	var list []common.Address
	for a := range gained {
		if gained[a] && !not[a] {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, common.Address.Cmp)
	return list
}

// PaidAmong infers attackers from addresses of which a write-up does not say
// what they are, and their own history: who was paid, in sum, by another of them
// whom none of them paid. Who was paid by such a one in turn had the loot passed
// on: it is followed, and not blamed. The only address that is mentioned is an
// attacker's without that.
func PaidAmong(candidates []chain.Party, history []chain.Transfer) []chain.Party {
	payers := paidAmong(candidates, history)
	var found []chain.Party
	infer := func(c chain.Party, why string) {
		c.Basis = chain.Heuristic
		c.Why += "; taken for the attacker because " + why
		found = append(found, c)
	}
	first := func(a chain.Account) bool { return len(payers[a]) == 0 }
	if !slices.ContainsFunc(candidates, func(c chain.Party) bool { return slices.ContainsFunc(payers[c.Account], first) }) {
		first = func(chain.Account) bool { return true } // each paid another, in a circle
	}
	for _, c := range candidates {
		if at := slices.IndexFunc(payers[c.Account], first); at >= 0 {
			infer(c, chain.Hex(payers[c.Account][at].Address)+", mentioned beside it, paid it")
		}
	}
	if len(found) == 0 && len(candidates) == 1 {
		infer(candidates[0], "no other address is mentioned")
	}
	return found
}

// paidAmong returns by whom of them each of a set of accounts was paid in sum, in
// the order of the first payments. Where assets went both ways between two, the
// first payment decides of an asset that went its way in sum; where all came
// back, the first of all.
func paidAmong(parties []chain.Party, history []chain.Transfer) map[chain.Account][]chain.Account {
	known := map[chain.Account]bool{}
	for _, p := range parties {
		known[p.Account] = true
	}
	type pair struct{ from, to chain.Account } // in the direction of the first payment
	type way struct {
		asset   chain.AssetID
		forward bool
	}
	type relation struct {
		net  map[chain.AssetID]*big.Int
		ways []way // in the order in which they were first gone
	}
	var order []pair
	between := map[pair]*relation{}
	for i := range history {
		t := &history[i]
		sender, sent := t.Sender()
		recipient, received := t.Recipient()
		p := pair{chain.Account{ChainID: t.ChainID, Address: sender}, chain.Account{ChainID: t.ChainID, Address: recipient}}
		if !sent || !received || p.from == p.to || !known[p.from] || !known[p.to] || t.Units.IsZero() {
			continue
		}
		w := way{t.Asset, true}
		units := t.Units.ToBig()
		if between[pair{p.to, p.from}] != nil {
			p, w.forward, units = pair{p.to, p.from}, false, units.Neg(units)
		} else if between[p] == nil {
			order, between[p] = append(order, p), &relation{net: map[chain.AssetID]*big.Int{}}
		}
		r := between[p]
		if r.net[t.Asset] == nil {
			r.net[t.Asset] = new(big.Int)
		}
		r.net[t.Asset].Add(r.net[t.Asset], units)
		if !slices.Contains(r.ways, w) {
			r.ways = append(r.ways, w)
		}
	}
	payers := map[chain.Account][]chain.Account{}
	for _, p := range order {
		r := between[p]
		first := slices.IndexFunc(r.ways, func(w way) bool {
			return w.forward && r.net[w.asset].Sign() > 0 || !w.forward && r.net[w.asset].Sign() < 0
		})
		if first >= 0 && !r.ways[first].forward {
			p = pair{p.to, p.from}
		}
		payers[p.to] = append(payers[p.to], p.from)
	}
	return payers
}

// doubtAttackers softens the judgements that make up figures where the
// attacker in them was only inferred.
func (c *incident) doubtAttackers() {
	inferred := map[chain.Account]bool{}
	for _, p := range c.Input.Attackers {
		if p.Basis == chain.Heuristic {
			inferred[p.Account] = true
		}
	}
	if len(inferred) == 0 {
		return
	}
	for i := range c.all {
		j := &c.all[i]
		at := chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.From}
		if j.in {
			at.Address = j.Transfer.To
		}
		switch j.Class {
		case Theft, Return, OwnCapital:
			if inferred[at] {
				j.Basis = chain.Heuristic
				j.Why += "; that the attacker is one is inferred"
			}
		}
	}
}
