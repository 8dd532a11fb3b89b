package loss

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// tally values units by the quotes that they come with. Units under one quote
// are added up before they are multiplied, which gives the same sum.
type tally struct {
	decimals uint8
	quote    *pricing.Quote
	units    big.Int
	usd      decimal.Decimal
	unpriced bool // some had no quote
	scratch  *big.Int
}

func (l *AssetLoss) tally() *tally { return &tally{decimals: l.Meta.Decimals} }

func (t *tally) add(units *big.Int, v *Valuation) {
	if v == nil {
		t.unpriced = true
		return
	}
	t.addAt(units, v.Quote)
}

func (t *tally) addAt(units *big.Int, q *pricing.Quote) {
	if t.quote == nil || !t.quote.At.Equal(q.At) || !t.quote.Price.Equal(q.Price) {
		t.flush()
		t.quote = q
	}
	t.units.Add(&t.units, units)
}

func (t *tally) flush() {
	if t.quote != nil {
		t.usd = t.usd.Add(t.quote.Value(&t.units, t.decimals))
		t.units.SetInt64(0)
	}
}

// sum returns what has a quote.
func (t *tally) sum() decimal.Decimal {
	t.flush()
	return t.usd
}

func (c *incident) statement() *Statement {
	s := &Statement{First: c.first, Last: c.last, Remarks: c.remarks, Inferred: c.blamed, Suspects: c.suspects(), Elsewhere: c.elsewhere()}
	s.Judgements = c.judgements()
	byAsset := c.byAsset(s)
	var w worth
	for _, l := range byAsset {
		w.plus(l.total())
		c.otherValuations(l)
		s.Losses = append(s.Losses, *l)
	}
	slices.SortFunc(s.Losses, byValue)
	for _, p := range c.victims {
		s.Victims = append(s.Victims, p)
	}
	slices.SortFunc(s.Victims, func(a, b chain.Party) int { return a.Account.Compare(b.Account) })
	s.excluded, s.metas = c.excluded(), c.metas()
	s.Totals = c.totals(s, w)
	drifts := slices.DeleteFunc(c.drifts, func(r Remark) bool {
		return !slices.ContainsFunc(s.Losses, func(l AssetLoss) bool { return l.Asset == r.Asset })
	})
	s.Remarks = slices.Concat(s.Remarks, drifts, kept(s), c.unpricedStakes(), c.unpricedReturns(s), c.beforeLinks(), c.meanwhile())
	slices.SortStableFunc(s.Remarks, func(a, b Remark) int { return a.Asset.Compare(b.Asset) })
	return s
}

// byAsset gathers thefts and returns.
func (c *incident) byAsset(s *Statement) map[chain.AssetID]*AssetLoss {
	counts := map[chain.AssetID]int{}
	for i := range s.Judgements {
		if j := &s.Judgements[i]; j.Class == Theft || j.Class == Return {
			counts[j.Transfer.Asset]++
		}
	}
	losses := make(map[chain.AssetID]*AssetLoss, len(counts))
	for id, n := range counts {
		losses[id] = &AssetLoss{Asset: id, Meta: c.asset(id).meta, Judgements: make([]*Judgement, 0, n)}
	}
	for i := range s.Judgements {
		j := &s.Judgements[i]
		if j.Class != Theft && j.Class != Return {
			continue
		}
		l := losses[j.Transfer.Asset]
		l.Judgements = append(l.Judgements, j)
		if j.Class == Theft {
			at := unixTime(j.Transfer.Time)
			if s.First.IsZero() || at.Before(s.First) {
				s.First = at
			}
			if at.After(s.Last) {
				s.Last = at
			}
		}
	}
	return losses
}

// judgements joins what touches the attackers and what leaked.
func (c *incident) judgements() []Judgement {
	if len(c.leaks) == 0 {
		return c.list
	}
	list := slices.Concat(c.list, c.leaks)
	slices.SortFunc(list, func(a, b Judgement) int { return a.Transfer.Compare(b.Transfer.Ref) })
	return list
}

func byValue(a, b AssetLoss) int {
	switch {
	case a.GrossUSD != nil && b.GrossUSD != nil:
		return cmp.Or(b.GrossUSD.Cmp(*a.GrossUSD), a.Asset.Compare(b.Asset))
	case a.GrossUSD != nil:
		return -1
	case b.GrossUSD != nil:
		return 1
	}
	return a.Asset.Compare(b.Asset)
}

// total fills in the sums. A return is worth what the same units were worth
// when they were taken: the average over the thefts where there were several.
func (l *AssetLoss) total() worth {
	var gross, returned, firmly, leaked big.Int
	units := new(big.Int)
	usd, firm, gone, firmGone := l.tally(), l.tally(), l.tally(), l.tally()
	for i := range l.Judgements {
		j := l.Judgements[i]
		j.Transfer.Units.IntoBig(&units)
		if j.Class == Return {
			returned.Add(&returned, units)
			if j.Basis != chain.Heuristic {
				firmly.Add(&firmly, units)
			}
			continue
		}
		if j.Leaked {
			leaked.Add(&leaked, units)
			gone.add(units, j.Value)
			if j.Basis != chain.Heuristic {
				firmGone.add(units, j.Value)
			}
		}
		if j.PaidIn() {
			units.Neg(units)
		}
		gross.Add(&gross, units)
		usd.add(units, j.Value)
		if j.Basis != chain.Heuristic {
			firm.add(units, j.Value)
		}
		if j.Value != nil {
			l.quoted(*j.Value.Quote)
		}
	}
	l.Gross, l.Returned, l.Leaked = chain.NewAmount(l.Asset, &gross), chain.NewAmount(l.Asset, &returned), chain.NewAmount(l.Asset, &leaked)
	w := worth{gross: usd.sum(), firm: firm.sum(), gone: gone.sum(), firmGone: firmGone.sum()}
	if !usd.unpriced {
		l.GrossUSD = &w.gross
	}
	if l.ReturnedUSD = l.returnedUSD(); l.ReturnedUSD != nil && !l.Returned.IsZero() {
		w.firmBack = partOf(*l.ReturnedUSD, &firmly, &returned)
	}
	return w
}

// returnedUSD values what came back; nil without a quote.
func (l *AssetLoss) returnedUSD() *decimal.Decimal {
	switch {
	case l.Returned.IsZero():
		return &decimal.Decimal{}
	case l.Gross.IsZero():
		return l.returnedAtReturn()
	case l.GrossUSD != nil:
		back := partOf(*l.GrossUSD, l.Returned.Units(), l.Gross.Units())
		return &back
	}
	return nil
}

// partOf is what a part of units is worth, of which all are worth so much.
func partOf(usd decimal.Decimal, part, all *big.Int) decimal.Decimal {
	return usd.Mul(decimal.NewFromBigInt(part, 0)).DivRound(decimal.NewFromBigInt(all, 0), 18)
}

// worth is dollars as far as there are quotes: of the gross, of what of it
// rests on more than a rule of ours, of what of it leaked, and of what leaked
// and came back by more than a rule of ours.
type worth struct{ gross, firm, gone, firmGone, firmBack decimal.Decimal }

func (w *worth) plus(o worth) {
	w.gross, w.firm, w.gone = w.gross.Add(o.gross), w.firm.Add(o.firm), w.gone.Add(o.gone)
	w.firmGone, w.firmBack = w.firmGone.Add(o.firmGone), w.firmBack.Add(o.firmBack)
}

// quoted notes a quote that the gross rests on. Thefts come in order of time,
// so that one quote's uses stand together.
func (l *AssetLoss) quoted(q pricing.Quote) {
	if n := len(l.Quotes); n > 0 && l.Quotes[n-1].At.Equal(q.At) && l.Quotes[n-1].Source == q.Source {
		return
	}
	l.Quotes = append(l.Quotes, q)
}

// returnedAtReturn values the return of an asset that was never taken.
func (l *AssetLoss) returnedAtReturn() *decimal.Decimal {
	back := l.tally()
	for i := range l.Judgements {
		if j := l.Judgements[i]; j.Class == Return {
			back.add(j.Transfer.Units.ToBig(), j.Value)
		}
	}
	usd := back.sum()
	if back.unpriced {
		return nil
	}
	return &usd
}

func (c *incident) totals(s *Statement, w worth) Totals {
	t := Totals{Gross: w.gross, WithoutHeuristics: w.firm}
	leaked := w.gone
	for i := range s.Losses {
		l := &s.Losses[i]
		if l.GrossUSD == nil || l.ReturnedUSD == nil && !l.Gross.IsZero() {
			t.Unpriced = append(t.Unpriced, l.Asset)
		}
		if l.ReturnedUSD != nil {
			t.Returned = t.Returned.Add(*l.ReturnedUSD)
		}
	}
	lost := map[chain.AssetID]*AssetLoss{}
	for i := range s.Losses {
		lost[s.Losses[i].Asset] = &s.Losses[i]
	}
	for _, charge := range c.charges {
		if l := lost[charge.Transfer.Asset]; l != nil {
			l.Leaked = l.Leaked.Add(charge.Transfer.Amount())
		}
		if charge.Value != nil {
			leaked = leaked.Add(charge.Value.USD())
			w.firmGone = w.firmGone.Add(charge.Value.USD())
		}
	}
	c.stakesAndBounties(&t)
	c.doubtful(&t)
	t.Firm = c.firm(w)
	t.VictimLoss = t.Gross.Sub(t.Returned).Sub(t.OwnCapital)
	t.Net = t.VictimLoss
	t.AttackerGain = t.VictimLoss.Sub(leaked).Add(t.Bounty)
	if c.BeyondKnown {
		t.Leaked = &leaked
	}
	t.Before, t.Report = otherTotals(s.Losses)
	return t
}

// doubtful adds up what is no loss by a rule of ours alone.
func (c *incident) doubtful(t *Totals) {
	for i := range c.all {
		j := &c.all[i]
		exchange := j.Class == Swap || j.Class == Wrap
		switch {
		case j.Basis != chain.Heuristic || j.in && j.out || !j.Incoming && !exchange:
		case j.Class == Theft || j.Class == Return || j.Class == Spam:
		case j.Value == nil && !slices.Contains(t.DoubtfulUnpriced, j.Transfer.Asset):
			t.DoubtfulUnpriced = append(t.DoubtfulUnpriced, j.Transfer.Asset)
		case j.Value == nil:
		case j.Incoming:
			t.Doubtful = t.Doubtful.Add(j.Value.USD())
		default:
			t.Doubtful = t.Doubtful.Sub(j.Value.USD())
		}
	}
	t.Doubtful = decimal.Max(t.Doubtful, decimal.Decimal{})
	slices.SortFunc(t.DoubtfulUnpriced, chain.AssetID.Compare)
}

// firm sums up what rests on more than a rule of ours. A bounty never does.
func (c *incident) firm(w worth) FirmTotals {
	f := FirmTotals{Gross: w.firm, Returned: w.firmBack, VictimLoss: w.firm.Sub(w.firmBack)}
	for i := range c.all {
		if j := &c.all[i]; j.Class == OwnCapital && j.out && j.Basis != chain.Heuristic && j.Value != nil {
			f.VictimLoss = f.VictimLoss.Sub(j.Value.USD())
		}
	}
	f.Net, f.AttackerGain = f.VictimLoss, f.VictimLoss.Sub(w.firmGone)
	if c.BeyondKnown {
		f.Leaked = &w.firmGone
	}
	return f
}

// remarkOn remarks on each asset of which movements count, on what they add up to;
// the remark is no firmer than the weakest of them.
func (c *incident) remarkOn(counts func(*judged) bool, basis chain.Basis, says func(amount string) string) []Remark {
	sums, bases := map[chain.AssetID]*big.Int{}, map[chain.AssetID]chain.Basis{}
	for i := range c.all {
		j := &c.all[i]
		if !counts(j) {
			continue
		}
		asset := j.Transfer.Asset
		if sums[asset] == nil {
			bases[asset] = basis
		}
		sum := sumAt(sums, asset)
		sum.Add(sum, c.units(j))
		bases[asset] = bases[asset].Weaker(j.Basis)
	}
	var list []Remark
	for asset, units := range sums {
		list = append(list, Remark{asset, says(c.words(chain.NewAmount(asset, units))), bases[asset]})
	}
	return list
}

// unpricedStakes remarks on what the attackers put in as their own capital and what
// nobody knows the worth of: it is in no total.
func (c *incident) unpricedStakes() []Remark {
	return c.remarkOn(func(j *judged) bool { return j.Class == OwnCapital && j.out && j.Value == nil }, chain.Derived, func(amount string) string {
		return "the attackers put in " + amount + " as their own capital, which has no price: the net loss is less by what that was worth"
	})
}

// meanwhile remarks on what counts as taken only because it came while other things
// were: nothing on the chain tells who was robbed from who paid for something then, or
// from an exchange that nobody has tagged.
func (c *incident) meanwhile() []Remark {
	return c.remarkOn(func(j *judged) bool { return j.Rule == TheftMeanwhile && !j.own && j.paid() }, chain.Heuristic, func(amount string) string {
		return amount + " of what counts as taken came in the midst of the theft from whom nobody names, by transactions that the attackers did not send: whether it was taken or paid to them the chain does not say; --ignore ADDRESS leaves out who paid it"
	})
}

// unpricedReturns remarks on what victims were given of which nothing had been taken, and
// of which nobody knows the worth: no total is a floor for that.
func (c *incident) unpricedReturns(s *Statement) []Remark {
	var list []Remark
	for _, l := range s.Losses {
		if l.Gross.IsZero() && !l.Returned.IsZero() && l.ReturnedUSD == nil {
			list = append(list, Remark{l.Asset, c.words(l.Returned) + " were given to victims, of which nothing had been taken and which has no price: it is in no total, and the net loss is less by what it is worth", chain.Derived})
		}
	}
	return list
}

// beforeLinks remarks on what victims paid well before the first tx that the
// write-up links as a part of the theft, and what counts as a part of it all the
// same.
func (c *incident) beforeLinks() []Remark {
	var first time.Time
	for j := range c.byTime() {
		if c.isLinked(j) {
			first = j.at()
			break
		}
	}
	if first.IsZero() {
		return nil
	}
	return c.remarkOn(func(j *judged) bool { return j.Class == Theft && j.Incoming && j.at().Before(first.Add(-slack)) }, chain.Derived, func(amount string) string {
		return amount + " of what was taken left more than an hour before the first transaction that the write-up links as a part of the theft: whether it was one the chain does not say"
	})
}

// stakesAndBounties adds up what the attackers put in, and what victims paid
// them for giving back. Capital counts once: when it is put in, not when the
// attackers receive it.
func (c *incident) stakesAndBounties(t *Totals) {
	for i := range c.all {
		j := &c.all[i]
		switch {
		case j.Value == nil:
		case j.Class == OwnCapital && j.out:
			t.OwnCapital = t.OwnCapital.Add(j.Value.USD())
		case j.Class == Bounty && j.Incoming:
			t.Bounty = t.Bounty.Add(j.Value.USD())
		}
	}
}
