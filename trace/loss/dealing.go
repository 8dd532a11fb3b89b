package loss

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// dealing is what went between the attackers and one counterparty in one asset
// within a tx.
type dealing struct {
	with    chain.Account
	asset   chain.AssetID
	gain    big.Int // base units that came less those that went
	gave    bool    // something went
	inFirst bool    // the first movement came in
	moves   []*judged
}

// net returns what came less what went.
func (d *dealing) net() chain.Amount { return chain.NewAmount(d.asset, &d.gain) }

// sign is that of the net: positive where the attackers gained.
func (d *dealing) sign() int { return d.gain.Sign() }

// judgeTx settles what a tx says by itself: fees, movements among attackers,
// events that moved nothing, loans, wraps and swaps. What only came or only
// went stays open.
func (c *incident) judgeTx(g *group) {
	var moving []*judged
	for j := range c.moves(g) {
		switch {
		case j.Transfer.Kind == chain.KindFee:
			j.settle(Fee, chain.Observed, "paid for the transaction")
		case j.Transfer.Units.IsZero():
			j.settle(Spam, chain.Observed, "moves nothing: a transfer of zero can be logged in anybody's name")
		case c.ghosts[j.Transfer.Ref]:
			j.settle(Spam, chain.Derived, "moved nothing: the token logged a transfer of which its own balances know nothing")
		case j.in && j.out:
			j.settle(Internal, chain.Derived, "between addresses of the attackers")
		default:
			if why := c.imitation(j); why != "" {
				j.guess(SpamByLooks, Spam, why)
				continue
			}
			moving = append(moving, j)
		}
	}
	if bothWays(moving) {
		c.judgeDealings(c.dealings(moving))
	}
	c.receive(moving)
}

// bothWays reports whether something came and something went.
func bothWays(moving []*judged) bool {
	return slices.ContainsFunc(moving, func(j *judged) bool { return j.in }) &&
		slices.ContainsFunc(moving, func(j *judged) bool { return j.out })
}

// receive adds up what has come in so far.
func (c *incident) receive(moving []*judged) {
	for _, j := range moving {
		if !j.in {
			continue
		}
		j.asset.came.Add(&j.asset.came, c.units(j))
	}
}

// dealings sorts the movements of a tx by counterparty and asset, in the order
// in which they first occur.
func (c *incident) dealings(moving []*judged) []*dealing {
	list := make([]*dealing, 0, len(moving))
	for _, j := range moving {
		with, asset := j.counterparty(), j.Transfer.Asset
		i := slices.IndexFunc(list, func(d *dealing) bool { return d.with == with && d.asset == asset })
		if i < 0 {
			i = len(list)
			list = append(list, &dealing{with: with, asset: asset, inFirst: j.in})
		}
		d := list[i]
		d.moves = append(d.moves, j)
		if j.in {
			d.gain.Add(&d.gain, c.units(j))
		} else {
			d.gain.Sub(&d.gain, c.units(j))
			d.gave = true
		}
	}
	return list
}

// judgeDealings settles a tx in which several things moved.
func (c *incident) judgeDealings(list []*dealing) {
	list = c.settleLoans(c.settleRoundTrips(list))
	gained, gave := nets(list)
	switch {
	case len(gained) > 0 && len(gave) > 0:
		c.settleExchange(list, gained, gave)
	case len(gained) > 0:
		c.settleGain(list)
	default:
		tieStakes(list)
	}
}

// settleRoundTrips takes out what was exchanged with one hand and exchanged
// back within the tx, as who moves a market does: the hand ends with nothing
// the less, and what it has the more is what that cost.
func (c *incident) settleRoundTrips(list []*dealing) []*dealing {
	back := func(d *dealing) bool {
		return d.gave && d.sign() <= 0 && slices.ContainsFunc(d.moves, func(j *judged) bool { return j.in })
	}
	tripped := func(d *dealing) bool {
		if !back(d) {
			return false
		}
		same, other := 0, 0
		for _, o := range list {
			if o.with != d.with {
				continue
			}
			same++
			if back(o) && o.inFirst != d.inFirst {
				other++
			}
		}
		return other > 0 && same == 2
	}
	var trips []*dealing
	for _, d := range list {
		if tripped(d) {
			trips = append(trips, d)
		}
	}
	for _, d := range trips {
		if !d.net().IsZero() {
			c.charge(d, d.net().Neg())
		}
		for _, j := range d.moves {
			j.settle(Swap, chain.Derived, "exchanged with "+chain.Hex(d.with.Address)+" and back again within one transaction")
		}
	}
	return slices.DeleteFunc(list, func(d *dealing) bool { return slices.Contains(trips, d) })
}

// settleLoans takes out what was lent and given back: the lender gave first,
// and has at least as much at the end. What it has more is its charge.
func (c *incident) settleLoans(list []*dealing) []*dealing {
	return slices.DeleteFunc(list, func(d *dealing) bool {
		if !d.inFirst || !d.gave || d.sign() > 0 {
			return false
		}
		why := "lent by " + chain.Hex(d.with.Address) + " and given back within one transaction"
		if charge := d.net().Neg(); !charge.IsZero() {
			why += ", with " + c.words(charge) + " more as the charge"
			c.charge(d, charge)
		}
		for _, j := range d.moves {
			j.settle(Loan, chain.Derived, why)
		}
		return true
	})
}

func (c *incident) charge(d *dealing, charge chain.Amount) {
	t := *d.moves[0].Transfer
	units, ok := chain.Units(charge.Units())
	if !ok {
		return
	}
	t.Units = units
	c.charges = append(c.charges, Judgement{Transfer: &t, Value: c.value(&t)})
}

// nets adds up what the attackers gained and gave in a tx, by asset.
func nets(list []*dealing) (gained, gave []chain.Amount) {
	type sum struct {
		asset chain.AssetID
		units big.Int
	}
	sums := make([]sum, 0, len(list))
	for _, d := range list {
		i := slices.IndexFunc(sums, func(s sum) bool { return s.asset == d.asset })
		if i < 0 {
			i = len(sums)
			sums = append(sums, sum{asset: d.asset})
		}
		sums[i].units.Add(&sums[i].units, &d.gain)
	}
	slices.SortFunc(sums, func(a, b sum) int { return a.asset.Compare(b.asset) })
	for i := range sums {
		s := &sums[i]
		switch s.units.Sign() {
		case 1:
			gained = append(gained, chain.NewAmount(s.asset, &s.units))
		case -1:
			gave = append(gave, chain.NewAmount(s.asset, s.units.Neg(&s.units)))
		}
	}
	return gained, gave
}

// tieStakes ties what was put in to what the same hands gave back with more.
func tieStakes(list []*dealing) {
	for _, d := range list {
		if d.sign() <= 0 || !d.gave {
			continue
		}
		i := slices.IndexFunc(d.moves, func(j *judged) bool { return j.in })
		for _, j := range d.moves {
			if j.out {
				j.with = d.moves[i]
			}
		}
	}
}

// settleGain settles a tx that only gained. Who gave and took nothing back is
// left open, as what was taken from it. What the gains were exchanged for on
// the way are swaps, and their proceeds no loss; but where everybody who gave
// also took, the gain was made in the exchange itself.
func (c *incident) settleGain(list []*dealing) {
	tieStakes(list)
	var exchanged, pure []*dealing
	for _, d := range list {
		trades := slices.ContainsFunc(list, func(o *dealing) bool {
			return o.with == d.with && o.asset != d.asset && o.sign()*d.sign() < 0
		})
		switch {
		case trades:
			exchanged = append(exchanged, d)
		case d.sign() > 0:
			pure = append(pure, d)
		}
	}
	if len(exchanged) == 0 {
		c.settleProceeds(list, pure)
		return
	}
	for _, d := range exchanged {
		if len(pure) == 0 && gainedIn(list, d.asset) {
			tie(list, d.asset)
			continue
		}
		for _, j := range d.moves {
			j.settle(Swap, chain.Derived, "exchanged with "+chain.Hex(d.with.Address)+" on the way, within the transaction that took it")
		}
	}
	for _, d := range list {
		// What left in an asset that is passed on whole went into the exchange.
		if d.sign() < 0 && !slices.Contains(exchanged, d) && !gainedIn(list, d.asset) {
			for _, j := range d.moves {
				j.settle(Swap, chain.Derived, "given in exchange within the transaction that took it")
			}
		}
	}
}

// settleProceeds settles a tx that took one thing, passed it on whole, and got
// another from somebody else: where that is worth no more than what was passed
// on, it was given for it. Who gave the first thing gave nothing for it, and
// what a named victim gives is taken.
func (c *incident) settleProceeds(list, pure []*dealing) {
	var taken, passed, got []*dealing
	for _, d := range list {
		if d.sign() < 0 && !gainedIn(list, d.asset) && !d.inFirst {
			passed = append(passed, d)
		}
	}
	isPassed := func(d *dealing) bool {
		return slices.ContainsFunc(passed, func(p *dealing) bool { return p.asset == d.asset })
	}
	for _, d := range pure {
		if isPassed(d) {
			taken = append(taken, d)
		}
	}
	for _, d := range pure {
		_, named := c.victims[d.with]
		robbed := slices.ContainsFunc(taken, func(t *dealing) bool { return t.with == d.with })
		if !isPassed(d) && !named && !robbed {
			got = append(got, d)
		}
	}
	if len(taken) == 0 || len(got) == 0 {
		return
	}
	at := list[0].moves[0].Transfer
	gotUSD, passedUSD := c.worthAt(sums(got, 1), at), c.worthAt(sums(passed, -1), at)
	priced := gotUSD != nil && passedUSD != nil
	if priced && gotUSD.GreaterThan(passedUSD.Mul(theftRatio)) {
		return
	}
	why := "given for what was taken and passed on within the same transaction"
	for _, d := range slices.Concat(got, passed) {
		for _, j := range d.moves {
			if priced {
				j.settle(Swap, chain.Derived, why)
			} else {
				j.guess(SwapUnpriced, Swap, why+"; open whether it was worth the same, for want of a price")
			}
		}
	}
}

// sums adds up the nets of dealings by asset, times a sign.
func sums(list []*dealing, sign int64) []chain.Amount {
	var all []chain.Amount
	for _, d := range list {
		a := chain.NewAmount(d.asset, new(big.Int).Mul(&d.gain, big.NewInt(sign)))
		if i := slices.IndexFunc(all, func(o chain.Amount) bool { return o.Asset() == d.asset }); i >= 0 {
			all[i] = all[i].Add(a)
		} else {
			all = append(all, a)
		}
	}
	return all
}

func gainedIn(list []*dealing, asset chain.AssetID) bool {
	gained, _ := nets(list)
	return slices.ContainsFunc(gained, func(a chain.Amount) bool { return a.Asset() == asset })
}

// tie nets everything that moved of an asset in a tx.
func tie(list []*dealing, asset chain.AssetID) {
	var first *judged
	for _, d := range list {
		for _, j := range d.moves {
			if d.asset == asset && j.in && first == nil {
				first = j
			}
		}
	}
	for _, d := range list {
		for _, j := range d.moves {
			if d.asset == asset && j.out {
				j.with = first
			}
		}
	}
}

// theftRatio is how many times what was given a gain must be worth to be no
// exchange: prices of the day and thin pools explain less.
var theftRatio = decimal.RequireFromString("1.5")

// settleExchange settles a tx in which assets both came and went.
func (c *incident) settleExchange(list []*dealing, gained, gave []chain.Amount) {
	what := c.enumerate(gave) + " for " + c.enumerate(gained) + " within one transaction"
	if isWrap(list, gained, gave) {
		c.settleAll(list, Wrap, chain.Derived, "changed one for one: "+what)
		return
	}
	at := list[0].moves[0].Transfer
	gainedUSD, gaveUSD := c.worthAt(gained, at), c.worthAt(gave, at)
	giver, named := c.namedGiver(list)
	switch {
	case !named && slices.ContainsFunc(list, func(d *dealing) bool { return d.sign() > 0 && c.leftOut(d.with) }):
		c.settleAll(list, Swap, chain.Attributed, "exchanged "+what+", with somebody who is said to be no party")
	case named:
		c.noteExchange(giver.Account, exchange{list, gained, gave, gainedUSD, gaveUSD, what})
		c.settleUnequal(list, gained, chain.Derived.Weaker(giver.Basis), NoRule, fmt.Sprintf("the victim %s gave %s and got %s", chain.Hex(giver.Account.Address), c.enumerate(gained), c.enumerate(gave)))
	case c.tooGood(gainedUSD, gaveUSD) && c.held(gave) && !c.robbedBefore(list) && !c.stillTooGood(list, gained, gave):
		why := fmt.Sprintf("bought with loot: %s; the quotes say %s dollars for %s", what, gainedUSD.RoundBank(2), gaveUSD.RoundBank(2))
		c.guessAll(list, SwapOfLoot, Swap, why)
		c.remarks = append(c.remarks, Remark{gained[0].Asset(), "taken for a purchase, and not for a theft: " + why, chain.Heuristic})
	case c.tooGood(gainedUSD, gaveUSD):
		c.robbedByValue(list)
		c.settleUnequal(list, gained, chain.Heuristic, TheftByValue, fmt.Sprintf("%s dollars were gained for %s: no exchange gives that", gainedUSD.RoundBank(2), gaveUSD.RoundBank(2)))
	case gainedUSD == nil && c.nextToNothing(gave, gaveUSD):
		c.robbedByValue(list)
		c.settleUnequal(list, gained, chain.Heuristic, TheftByValue, fmt.Sprintf("%s was given for %s: next to nothing", c.enumerate(gave), c.enumerate(gained)))
	case (gainedUSD == nil || gaveUSD == nil) && c.thefts[list[0].moves[0].Transfer.Tx] && c.madeUp(gave):
		c.settleUnequal(list, gained, chain.Attributed, NoRule, "the write-up links the transaction as a part of the theft, and nobody had paid the attackers what they gave in it: "+what)
	case (gainedUSD == nil || gaveUSD == nil) && c.held(gave):
		c.guessAll(list, SwapUnpriced, Swap, "exchanged "+what+", which had come in before; open whether they were worth the same, for want of a price")
	case gainedUSD == nil || gaveUSD == nil:
		c.guessAll(list, SwapUnpriced, Swap, "exchanged "+what+"; open whether they were worth the same, for want of a price")
	default:
		why := "exchanged " + what
		if !list[0].moves[0].own && c.feesKnown {
			why += ", which somebody else sent and settled"
		}
		c.settleAll(list, Swap, chain.Derived, why)
	}
}

// tooGood reports whether a gain is worth so much more than what was given that
// no exchange explains it.
func (c *incident) tooGood(gained, gave *decimal.Decimal) bool {
	return gained != nil && gave != nil && gained.GreaterThan(gave.Mul(theftRatio)) && !onlyDust(*gained)
}

// stillTooGood reports whether a gain is too good by the next quotes, too, which
// know what the theft did to prices.
func (c *incident) stillTooGood(list []*dealing, gained, gave []chain.Amount) bool {
	at := list[0].moves[0].at()
	next := func(amounts []chain.Amount) *decimal.Decimal {
		var usd decimal.Decimal
		for _, a := range amounts {
			quotes := c.Prices.Between(pricing.Of(a.Asset()), at.Add(time.Second), at.Add(c.oldestQuote()))
			if len(quotes) == 0 {
				return nil
			}
			usd = usd.Add(quotes[0].Value(a.Units(), c.asset(a.Asset()).meta.Decimals))
		}
		return &usd
	}
	return c.tooGood(next(gained), next(gave))
}

// nextToNothing reports whether what was given is worth less than dust or,
// without a price, is less than a millionth of a coin.
func (c *incident) nextToNothing(gave []chain.Amount, usd *decimal.Decimal) bool {
	if usd != nil {
		return usd.LessThan(dustUSD)
	}
	if len(gave) != 1 || gave[0].Asset().Kind() != chain.Native {
		return false
	}
	coin := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.asset(gave[0].Asset()).meta.Decimals)), nil)
	return new(big.Int).Mul(gave[0].Units(), big.NewInt(1_000_000)).Cmp(coin) < 0
}

// robbedByValue notes who gave too much in a tx.
func (c *incident) robbedByValue(list []*dealing) {
	for _, d := range list {
		if d.sign() > 0 {
			c.robbed[d.with] = true
		}
	}
}

// robbedBefore reports whether somebody who gives in a tx had given too much in
// an earlier one: what was taken there may be the stake here.
func (c *incident) robbedBefore(list []*dealing) bool {
	return slices.ContainsFunc(list, func(d *dealing) bool { return d.sign() > 0 && c.robbed[d.with] })
}

func onlyDust(usd decimal.Decimal) bool { return usd.LessThan(decimal.NewFromInt(100)) }

func (c *incident) guessAll(list []*dealing, rule Rule, class Class, why string) {
	for _, d := range list {
		for _, j := range d.moves {
			j.guess(rule, class, why)
		}
	}
}

func (c *incident) settleAll(list []*dealing, class Class, basis chain.Basis, why string) {
	for _, d := range list {
		for _, j := range d.moves {
			j.settle(class, basis, why)
		}
	}
}

// settleUnequal leaves what was gained open, as something taken, and settles
// what was given as the attackers' own capital.
func (c *incident) settleUnequal(list []*dealing, gained []chain.Amount, basis chain.Basis, rule Rule, why string) {
	tieStakes(list)
	for _, d := range list {
		isGain := slices.ContainsFunc(gained, func(a chain.Amount) bool { return a.Asset() == d.asset })
		for _, j := range d.moves {
			switch {
			case isGain && j.in && c.leftOut(d.with):
				j.settle(Swap, chain.Attributed, "exchanged with "+chain.Hex(d.with.Address)+", which is said to be no party")
			case isGain && j.in:
				j.settle(Theft, basis, why)
				j.Rule = rule
			case isGain:
				j.settle(Onward, chain.Derived, "paid on within the same transaction")
			default:
				j.settle(OwnCapital, basis, "put in: "+why)
				j.Rule = rule
			}
		}
	}
	for _, d := range list {
		for _, j := range d.moves {
			if j.with != nil {
				j.settleAs(j.with.Judgement, "")
			}
		}
	}
}

// namedGiver finds a victim of the write-up who gave in a tx.
func (c *incident) namedGiver(list []*dealing) (chain.Party, bool) {
	if !c.named {
		return chain.Party{}, false
	}
	for _, d := range list {
		if p, ok := c.victims[d.with]; ok && d.sign() > 0 {
			return p, true
		}
	}
	return chain.Party{}, false
}

// held reports whether what was given had come in before: then it is sold, and
// nobody pays a thief too much.
func (c *incident) held(gave []chain.Amount) bool {
	return !slices.ContainsFunc(gave, func(a chain.Amount) bool {
		return c.asset(a.Asset()).came.Cmp(a.Units()) < 0
	})
}

// madeUp reports whether what was given has no price and never came to the
// attackers from anybody, nor by a theft or for something else: a token of their own
// making, or one that they had before. It is no loot.
func (c *incident) madeUp(gave []chain.Amount) bool {
	for _, a := range gave {
		if c.asset(a.Asset()).priced || a.Asset().Kind() == chain.Native {
			return false
		}
		for i := range c.all {
			if j := &c.all[i]; j.Incoming && j.Transfer.Asset == a.Asset() && !j.Transfer.Units.IsZero() && (!j.issued() || j.Class == Swap || c.thefts[j.Transfer.Tx]) {
				return false
			}
		}
	}
	return true
}

func (c *incident) enumerate(amounts []chain.Amount) string {
	var words []string
	for _, a := range amounts {
		words = append(words, c.words(a))
	}
	return strings.Join(words, " and ")
}

// isWrap reports whether a tx changed the coin into as much of one token, or
// back, at a contract that issues it.
func isWrap(list []*dealing, gained, gave []chain.Amount) bool {
	if len(gained) != 1 || len(gave) != 1 || gained[0].Units().Cmp(gave[0].Units()) != 0 {
		return false
	}
	if gained[0].Asset().Kind() != chain.Native && gave[0].Asset().Kind() != chain.Native {
		return false
	}
	return slices.ContainsFunc(list, func(d *dealing) bool {
		return slices.ContainsFunc(d.moves, func(j *judged) bool {
			return j.Transfer.Kind == chain.KindWrap || j.Transfer.Kind == chain.KindUnwrap
		})
	})
}
