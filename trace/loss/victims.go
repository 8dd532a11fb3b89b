package loss

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
)

// payer is somebody who paid the attackers, and what for all that is open.
type payer struct {
	chain.Account
	paid   map[chain.AssetID]chain.Amount
	usd    decimal.Decimal
	first  time.Time
	last   time.Time
	pulled bool // an attacker's own tx made it pay
	linked bool // it paid in a tx that the write-up links as a theft
	// unseen is set for what came from where nobody can see, taken together: it is
	// nobody to blame, but a part of all that came in.
	unseen bool
}

// nameElsewhere takes whom the write-up names on one chain for named on every chain
// on which they dealt with the attackers: an account is of the same key everywhere,
// and write-ups leave chains out. A contract need not be the same one everywhere.
func (c *incident) nameElsewhere() {
	named := map[common.Address]chain.Party{}
	for _, p := range c.Input.Victims {
		if _, twice := named[p.Account.Address]; !twice && isAccount(p.Account.Address) {
			named[p.Account.Address] = p
		}
	}
	for i := range c.all {
		j := &c.all[i]
		a := j.counterparty()
		p, is := named[a.Address]
		if _, known := c.victims[a]; !is || known || !j.paid() || c.attackers[a] {
			continue
		}
		n, _ := chain.NetworkByID(p.Account.ChainID)
		p.Account, p.Basis, p.Why = a, p.Basis.Weaker(chain.Heuristic), p.Why+"; named on "+n.Title+", and has the same address here"
		c.victims[a] = p
	}
}

// leftOut reports whether somebody is said to be no party.
func (c *incident) leftOut(a chain.Account) bool { return slices.Contains(c.Ignored, a.Address) }

// payers adds up what came in and is open, less what was paid in in the same
// txs, by payer in order of the first payment.
func (c *incident) payers() []*payer {
	var list []*payer
	type source struct {
		chain.Account
		unseen bool // has the address of what is issued
	}
	index := map[source]*payer{}
	paid := map[trade]*big.Int{} // by the attackers so far
	for j := range c.byTime() {
		at := trade{j.counterparty(), j.Transfer.Asset}
		if j.Class == 0 && j.with == nil && j.out {
			sum := sumAt(paid, at)
			sum.Add(sum, c.units(j))
		}
		if back := paid[at]; back != nil && j.in && j.Class == 0 && !j.own && back.Cmp(c.units(j)) >= 0 {
			takeBack(back, c.units(j))
			continue // comes back from whom the attackers had paid as much
		}
		unseen := j.Transfer.Kind == chain.KindUnseen
		if j.Class != 0 || !j.paid() || unseen && !c.moreThanGas(j.Transfer.Amount()) || (!j.in && j.with == nil) {
			continue
		}
		a := j.counterparty()
		if c.leftOut(a) {
			continue
		}
		p := index[source{a, unseen}]
		if p == nil {
			p = &payer{Account: a, paid: map[chain.AssetID]chain.Amount{}, first: j.at(), unseen: unseen}
			index[source{a, unseen}] = p
			list = append(list, p)
		}
		p.add(j)
		p.linked = p.linked || c.isLinked(j)
	}
	return list
}

func (p *payer) add(j *judged) {
	amount, sign := j.Transfer.Amount(), decimal.NewFromInt(1)
	if j.out {
		amount, sign = amount.Neg(), sign.Neg()
	}
	p.paid[j.Transfer.Asset] = p.paid[j.Transfer.Asset].Add(amount)
	p.pulled = p.pulled || j.own
	p.last = j.at()
	if j.Value != nil {
		p.usd = p.usd.Add(j.Value.USD().Mul(sign))
	}
}

// inferVictims fills in victims where none is named who paid: who paid amounts that are
// claimed; who paid in a tx that it links as a theft; whom it mentions and who paid more than gas; who is tagged
// with the name of who was robbed; from whom the attackers took by their own txs; who paid a tenth of all that has a price.
func (c *incident) inferVictims() {
	if c.named && c.namedPaid() {
		return
	}
	all := c.payers()
	var total decimal.Decimal
	for _, p := range all {
		total = total.Add(p.usd)
	}
	list := slices.DeleteFunc(slices.Clone(all), func(p *payer) bool { return c.handsOut(p, total) })
	taken := c.inferAmong(list)
	if len(c.victims) == 0 && len(list) < len(all) {
		taken = c.inferAmong(slices.DeleteFunc(all, func(p *payer) bool {
			tag, _ := c.service(p.Account)
			_, settles := settlements[p.Account.Address]
			return settles || tag.Category == label.Mixer
		}))
	}
	c.claimIssues(taken)
}

// namedPaid reports whether a named victim is seen to have paid something, or may
// have where nobody can see. Who is named only for what was given back to him need
// not be the one who was robbed.
func (c *incident) namedPaid() bool {
	for i := range c.all {
		j := &c.all[i]
		_, victim := c.victims[j.counterparty()]
		if j.Incoming && !j.Transfer.Units.IsZero() && (victim || j.Transfer.Kind == chain.KindUnseen && c.moreThanGas(j.Transfer.Amount())) {
			return true
		}
	}
	return false
}

// withoutImitators leaves out who has an address made to look like that of one
// who paid before: who imitates a payer does so after it.
func withoutImitators(list []*payer) []*payer {
	first := make(map[look]*payer, len(list))
	for _, p := range list {
		if o := first[lookOf(p.Address)]; o == nil || p.first.Before(o.first) {
			first[lookOf(p.Address)] = p
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(p *payer) bool {
		o := first[lookOf(p.Address)]
		return o.Address != p.Address && o.first.Before(p.first)
	})
}

// handsOut reports whether a payer hands out what is its customers': it is no
// victim unless nobody else can be. An exchange that paid half of all that came
// in is not one that attackers draw their own from.
func (c *incident) handsOut(p *payer, total decimal.Decimal) bool {
	_, settles := settlements[p.Account.Address]
	tag, serves := c.service(p.Account)
	return settles || serves && (tag.Category == label.Mixer || total.IsZero() || p.usd.Add(p.usd).LessThan(total))
}

// inferAmong infers victims among payers, and returns which claims are of what
// they paid.
func (c *incident) inferAmong(list []*payer) map[int]bool {
	list = withoutImitators(list)
	var total decimal.Decimal
	for _, p := range list {
		total = total.Add(p.usd)
	}
	claimed := map[int]bool{}
	for _, p := range list {
		if why := c.claimed(p, claimed); why != "" {
			c.blame(p, VictimByClaim, "paid "+why)
		}
	}
	for _, p := range list {
		if p.linked && c.beyondGas(p) {
			c.blame(p, VictimByLink, "paid in a transaction that the write-up links as a part of the theft")
		}
	}
	for _, p := range list {
		at := slices.IndexFunc(c.Candidates, func(o chain.Party) bool { return o.Account == p.Account })
		if at >= 0 && substantial(p, total) {
			c.blame(p, VictimByMention, "paid in, and is mentioned: "+c.Candidates[at].Why)
		}
	}
	for _, p := range list {
		if tag, ok := c.targetTag(p.Account); ok && c.beyondGas(p) {
			c.blame(p, VictimByTag, fmt.Sprintf("paid in, and is tagged %s by %s", chain.Printable(tag.Label, 40), chain.Printable(tag.Source, 60)))
		}
	}
	if !onlyDust(total) && !c.gasBesideClaims(list, total) {
		c.inferByShare(c.withoutGas(list), total)
	}
	fromNowhere := slices.ContainsFunc(list, func(p *payer) bool { return p.unseen && substantial(p, total) })
	if len(c.victims) == 0 && !fromNowhere {
		c.inferByAsset(list)
	}
	return claimed
}

// claimedTimes is how many times what came in a claim must be to be of something else.
const claimedTimes = 10

// gasBesideClaims reports whether all that came in was gas, by the size and because
// every claim is of another asset or of many times as much: what is claimed went
// elsewhere then.
func (c *incident) gasBesideClaims(list []*payer, total decimal.Decimal) bool {
	sums := map[chain.AssetID]chain.Amount{}
	for _, p := range list {
		if p.pulled || p.linked || p.unseen || c.beyondGas(p) {
			return false
		}
		for asset, amount := range p.paid {
			sums[asset] = sums[asset].Add(amount)
		}
	}
	near := func(claim *decimal.Decimal, found decimal.Decimal) bool {
		return claim != nil && found.Mul(decimal.NewFromInt(claimedTimes)).GreaterThanOrEqual(*claim)
	}
	return len(c.Hints) > 0 && !slices.ContainsFunc(c.Hints, func(h Hint) bool {
		for asset, sum := range sums {
			meta := c.asset(asset).meta
			if h.names(asset, meta) && (h.Quantity == nil && h.USD == nil || near(h.Quantity, pricing.Whole(sum.Units(), meta.Decimals))) {
				return true
			}
		}
		return near(h.USD, total)
	})
}

// withoutGas leaves out who paid no more than gas, and all of it before the
// attackers fetched something that is more, or had it issued: where what they
// fetched has no price, the gas can be all that has one.
func (c *incident) withoutGas(list []*payer) []*payer {
	var fetched time.Time
	for j := range c.byTime() {
		if j.Class == 0 && j.with == nil && j.Incoming && j.own && c.moreThanGas(j.Transfer.Amount()) {
			fetched = j.at()
			break
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(p *payer) bool {
		return !p.pulled && p.last.Before(fetched) && !c.beyondGas(p)
	})
}

func (c *incident) blame(p *payer, rule Rule, why string) {
	if p.unseen {
		return
	}
	switch old, ok := c.victims[p.Account]; {
	case !ok:
		c.blamed[p.Account] = rule
	case strings.Contains(old.Why, why):
		why = old.Why
	default:
		why = old.Why + "; " + why
	}
	c.victims[p.Account] = chain.Party{Account: p.Account, Basis: chain.Heuristic, Why: why}
}

// substantial reports whether somebody paid a tenth of all that has a price.
func substantial(p *payer, total decimal.Decimal) bool {
	return p.usd.IsPositive() && p.usd.Mul(decimal.NewFromInt(10)).GreaterThanOrEqual(total)
}

// inferByShare blames those who paid much about when others did who are known
// for victims: by what is claimed or mentioned, by txs of the attackers' own
// that made them pay or, failing these, by having paid the most. Who had sent
// money before financed the theft, and who sends it later buys what was taken.
func (c *incident) inferByShare(list []*payer, total decimal.Decimal) {
	known := c.surest(list, total)
	for _, p := range list {
		if !substantial(p, total) || c.laterNamesakes(p) || !slices.ContainsFunc(known, p.paidWith) {
			continue
		}
		c.blame(p, VictimByShare, fmt.Sprintf("paid %s %% of the priced value that came in", p.usd.Shift(2).DivRound(total, 0)))
	}
}

// surest returns the payers that are surest to be victims.
func (c *incident) surest(list []*payer, total decimal.Decimal) []*payer {
	var sure []*payer
	var most *payer
	for _, p := range list {
		much := substantial(p, total)
		if _, blamed := c.victims[p.Account]; blamed || much && p.pulled {
			sure = append(sure, p)
		}
		if much && (most == nil || p.usd.GreaterThan(most.usd)) {
			most = p
		}
	}
	if len(sure) == 0 && most != nil {
		sure = append(sure, most)
	}
	return sure
}

// together is within what time of each other victims of one theft pay.
const together = 24 * time.Hour

// paidWith reports whether somebody paid no earlier than another, and no more
// than a day later than he.
func (p *payer) paidWith(o *payer) bool {
	return !p.last.Before(o.first) && !p.first.After(o.last.Add(together))
}

// inferByAsset is for cases without prices: who paid most of an asset, leaving
// out gas and imitations. Whom the attackers made pay goes before.
func (c *incident) inferByAsset(list []*payer) {
	most := map[chain.AssetID]*payer{}
	pulled := slices.ContainsFunc(list, func(p *payer) bool { return p.pulled && c.beyondGas(p) })
	var assets []chain.AssetID
	for _, p := range list {
		if pulled && !p.pulled || !c.beyondGas(p) {
			continue
		}
		for asset, amount := range p.paid {
			if most[asset] == nil {
				assets = append(assets, asset)
			}
			if most[asset] == nil || amount.Cmp(most[asset].paid[asset]) > 0 {
				most[asset] = p
			}
		}
	}
	slices.SortFunc(assets, chain.AssetID.Compare)
	for _, asset := range assets {
		p := most[asset]
		if c.latecomer(asset) != "" || !c.moreThanGas(p.paid[asset]) {
			continue
		}
		c.blame(p, VictimByAsset, "paid the most of one asset, "+c.words(p.paid[asset])+", where nobody paid much of what has a price")
	}
}

func (c *incident) beyondGas(p *payer) bool {
	for _, amount := range p.paid {
		if c.moreThanGas(amount) {
			return true
		}
	}
	return false
}

// moreThanGas reports whether an amount is of a token, or more than one coin.
func (c *incident) moreThanGas(a chain.Amount) bool {
	if a.Asset().Kind() != chain.Native {
		return a.Sign() > 0
	}
	one := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.asset(a.Asset()).meta.Decimals)), nil)
	return a.Units().Cmp(one) > 0
}

// laterNamesakes reports whether all that somebody paid calls itself as
// something that came before.
func (c *incident) laterNamesakes(p *payer) bool {
	for asset := range p.paid {
		if c.latecomer(asset) == "" {
			return false
		}
	}
	return true
}

// claimed says which claimed amounts payments add up to; empty for none. A claim is
// taken by the first who fits: imitations of a payment come after it.
func (c *incident) claimed(p *payer, taken map[int]bool) string {
	var fits []string
	assets := make([]chain.AssetID, 0, len(p.paid))
	for asset := range p.paid {
		assets = append(assets, asset)
	}
	slices.SortFunc(assets, chain.AssetID.Compare)
	for _, asset := range assets {
		for i, h := range c.Hints {
			if taken[i] {
				continue
			}
			if quantity, is := c.claims(h, p.paid[asset]); is {
				taken[i] = true
				fits = append(fits, quantity.String()+" "+chain.Printable(c.asset(asset).meta.Symbol, 24)+", as is claimed")
			}
		}
	}
	return strings.Join(fits, ", ")
}

// claims reports whether a claim is of an amount, and what that is in whole units.
func (c *incident) claims(h Hint, a chain.Amount) (quantity decimal.Decimal, is bool) {
	meta := c.asset(a.Asset()).meta
	if !h.names(a.Asset(), meta) {
		return decimal.Decimal{}, false
	}
	quantity = pricing.Whole(a.Units(), meta.Decimals)
	return quantity, c.fits(h, a.Asset(), quantity)
}

// names reports whether a claim can mean an asset: on its chain, where it names one,
// and by its symbol or what else the chain's coin is called.
func (h Hint) names(asset chain.AssetID, meta chain.TokenMeta) bool {
	symbol := strings.TrimPrefix(h.Symbol, "$")
	same := func(s string) bool { return strings.EqualFold(s, symbol) }
	coin := asset.Kind() == chain.Native
	if !coin && !same(strings.TrimPrefix(meta.Symbol, "$")) {
		return false
	}
	n, _ := chain.NetworkByID(asset.ChainID())
	return (h.Chain == "" || h.Chain == n.Name) && (!coin || same(meta.Symbol) || slices.ContainsFunc(n.CoinSymbols(), same))
}

// fits compares a claim with what somebody paid: within a fiftieth for
// quantities, and a twentieth for dollars, in which prices of other hours lie.
func (c *incident) fits(h Hint, asset chain.AssetID, quantity decimal.Decimal) bool {
	near := func(claim, found decimal.Decimal, part int64) bool {
		return claim.IsPositive() && found.Sub(claim).Abs().Mul(decimal.NewFromInt(part)).LessThanOrEqual(claim)
	}
	if h.Quantity != nil && near(*h.Quantity, quantity, 50) {
		return true
	}
	if h.USD == nil {
		return false
	}
	quotes := c.Prices.Between(pricing.Of(asset), c.begins.Add(-pricing.DefaultMaxAge), c.ends)
	if len(quotes) == 0 {
		return near(*h.USD, quantity, 50)
	}
	return slices.ContainsFunc(quotes, func(q pricing.Quote) bool { return near(*h.USD, quantity.Mul(q.Price), 20) })
}
