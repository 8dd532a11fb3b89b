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
	list := c.paidOut()
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

// paidOut adds up what the parties of a case paid, by who got it in the order of the
// first payments, without services and who is said to be no party.
func (c *incident) paidOut() []*payer {
	var list []*payer
	index := map[chain.Account]*payer{}
	beyond := indexTxs(c.Beyond)
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
		if _, serves := c.service(a); serves || c.leftOut(a) {
			continue
		}
		if index[a] == nil {
			index[a] = &payer{Account: a, paid: map[chain.AssetID]chain.Amount{}, first: j.at()}
			list = append(list, index[a])
		}
		p := index[a]
		p.paid[j.Transfer.Asset] = p.paid[j.Transfer.Asset].Add(j.Transfer.Amount())
	}
	return list
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

// Gainer is somebody who ended a tx richer and gave nothing for it.
type Gainer struct {
	Address common.Address
	Doubt   string // why it is not taken for an attacker; empty where it is
}

// Gainers returns who ended a tx of a theft richer: the accounts that gained some
// asset, lost none, and had not given first what they gained, as a lender does; by
// address. Contracts through which value only passes net to nothing. Who gained
// less than half of what another did, of everything that it gained, may have been
// paid for something: an attacker it is only where the write-up mentions it, too;
// less than a tenth was a fee. What a victim or a service gained is no measure for
// that: the loot may have been sent there at once. A fee was, too, what the fee
// recipient of the block got where others gained; it is zero where nobody knows it. The
// transfers of the input are all that the tx moved, in order; its attackers are not
// looked at.
func Gainers(in Input, feeRecipient common.Address) []Gainer {
	c := &incident{Input: in}
	list := slices.DeleteFunc(gainsOf(in.Transfers), func(g *gains) bool { return c.leftOut(g.account) })
	most, doubts := map[chain.AssetID]*big.Int{}, map[*gains]string{}
	for _, g := range list {
		if doubts[g] = c.noThief(g.account); doubts[g] != "" {
			continue
		}
		for asset, units := range g.of {
			if most[asset] == nil || units.Cmp(most[asset]) > 0 {
				most[asset] = units
			}
		}
	}
	var found []Gainer
	for _, g := range list {
		if !g.atLeast(10, most) {
			continue
		}
		if doubts[g] == "" && !g.atLeast(2, most) && !isAmong(c.Candidates, g.account) {
			doubts[g] = "another gained more than twice as much, and who gained less may have been paid for something"
		}
		found = append(found, Gainer{g.account.Address, doubts[g]})
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(g Gainer) bool { return isAccount(feeRecipient) && g.Address == feeRecipient })
	}
	slices.SortFunc(found, func(a, b Gainer) int { return a.Address.Cmp(b.Address) })
	return found
}

// gains are what an account gained in a tx, by asset.
type gains struct {
	account chain.Account
	of      map[chain.AssetID]*big.Int
}

// gainsOf returns the gains of those who gave nothing in a tx for what they got.
func gainsOf(tx []chain.Transfer) []*gains {
	net, first, gave := map[trade]*big.Int{}, map[trade]int64{}, map[chain.Account]bool{}
	var order []trade
	add := func(a common.Address, t *chain.Transfer, sign int64) {
		at := trade{chain.Account{ChainID: t.ChainID, Address: a}, t.Asset}
		if net[at] == nil {
			order, net[at], first[at] = append(order, at), new(big.Int), sign
		}
		net[at].Add(net[at], new(big.Int).Mul(t.Units.ToBig(), big.NewInt(sign)))
	}
	for i := range tx {
		t := &tx[i]
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
	for at, units := range net {
		lent := units.Sign() > 0 && first[at] < 0
		gave[at.with] = gave[at.with] || units.Sign() < 0 || lent
	}
	var list []*gains
	of := map[chain.Account]*gains{}
	for _, at := range order {
		if gave[at.with] || !isAccount(at.with.Address) || net[at].Sign() == 0 {
			continue
		}
		if of[at.with] == nil {
			of[at.with] = &gains{at.with, map[chain.AssetID]*big.Int{}}
			list = append(list, of[at.with])
		}
		of[at.with].of[at.asset] = net[at]
	}
	return list
}

// atLeast reports whether an account gained such a part, or more, of what who gained
// the most of some asset did, or something of which nobody is known for the most.
func (g *gains) atLeast(part int64, most map[chain.AssetID]*big.Int) bool {
	for asset, units := range g.of {
		if most[asset] == nil || new(big.Int).Mul(units, big.NewInt(part)).Cmp(most[asset]) >= 0 {
			return true
		}
	}
	return false
}

// noThief says why somebody who gained in a tx of the theft is not taken for an
// attacker, whatever he gained; empty where nothing speaks for that.
func (c *incident) noThief(a chain.Account) string {
	if isAmong(c.Input.Victims, a) {
		return "the write-up names it as a victim"
	}
	if tag, ok := c.serves(a); ok {
		return "it is tagged " + chain.Printable(tag.Label, 40) + " (" + string(tag.Category) + ") by " + chain.Printable(tag.Source, 60)
	}
	return ""
}

func isAmong(list []chain.Party, a chain.Account) bool {
	return slices.ContainsFunc(list, func(p chain.Party) bool { return p.Account == a })
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
