package loss

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Recipients infers attackers from the victims' own history, for write-ups
// that name nobody else: who was paid amounts that are claimed, or had them
// passed on within a tx of which all movements are known; services that are tagged
// as such are left out, and so is who was paid no more surely than others. The
// transfers of the input are that history; its attackers are not looked at.
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
		if !isAccount(a.Address) {
			continue // destroyed
		}
		if tx := beyond[j.Transfer.Tx]; len(tx) > 0 {
			a.Address = ahead(j.Transfer, tx)
		}
		if _, serves := c.service(a); serves {
			continue
		}
		if index[a] == nil {
			index[a] = &payer{Account: a, paid: map[chain.AssetID]chain.Amount{}, first: j.at()}
			list = append(list, index[a])
		}
		p := index[a]
		p.paid[j.Transfer.Asset] = p.paid[j.Transfer.Asset].Add(j.Transfer.Amount())
	}
	var found []chain.Party
	may := c.tellable(list)
	for _, p := range list {
		others := map[int]bool{}
		for i := range c.Hints {
			others[i] = !slices.Contains(may[i], p)
		}
		if why := c.claimed(p, others); why != "" {
			found = append(found, chain.Party{Account: p.Account, Basis: chain.Heuristic, Why: "was paid " + why + ", by " + victimList(victims)})
		}
	}
	return found
}

// tellable returns who were paid what each claim is of, where that tells them from
// others: an exchange pays its customers round sums all day, and who got one is no
// attacker for it. Where more were paid about as much than amounts are claimed, it
// is those who were paid just that, if they are no more.
func (c *incident) tellable(list []*payer) [][]*payer {
	n := len(c.Hints)
	fit, exact := make([][]*payer, n), make([][]*payer, n)
	shared := make([]map[int]bool, n) // of each claim, the claims of which somebody was paid both
	for i := range shared {
		shared[i] = map[int]bool{i: true}
	}
	for _, p := range list {
		fits, exactly := c.claimsOf(p)
		for _, i := range fits {
			fit[i] = append(fit[i], p)
			for _, k := range fits {
				shared[i][k] = true
			}
		}
		for _, i := range exactly {
			exact[i] = append(exact[i], p)
		}
	}
	may := make([][]*payer, n)
	for i := range may {
		amounts := map[string]bool{} // that are claimed of what these were paid
		for k := range shared[i] {
			h := c.Hints[k]
			amounts[fmt.Sprint(h.Symbol, h.Quantity, h.USD)] = true
		}
		switch {
		case len(fit[i]) <= len(amounts):
			may[i] = fit[i]
		case len(exact[i]) <= len(amounts):
			may[i] = exact[i]
		}
	}
	return may
}

// claimsOf returns which claims are about as much as somebody was paid, and which are
// of just that.
func (c *incident) claimsOf(p *payer) (about, exactly []int) {
	for i, h := range c.Hints {
		fits, exact := false, false
		for _, amount := range p.paid {
			if quantity, is := c.claims(h, amount); is {
				fits, exact = true, exact || just(h, quantity)
			}
		}
		if fits {
			about = append(about, i)
		}
		if exact {
			exactly = append(exactly, i)
		}
	}
	return about, exactly
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
// took a fee, and so did the fee recipient of the block where others gained, too;
// it is zero where nobody knows it. The transfers are all that the tx moved, in order.
func Gainers(transfers []chain.Transfer, feeRecipient common.Address) []common.Address {
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
	if isAccount(feeRecipient) && len(list) > 1 {
		list = slices.DeleteFunc(list, func(a common.Address) bool { return a == feeRecipient })
	}
	slices.SortFunc(list, common.Address.Cmp)
	return list
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
