package loss

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// sum adds valuations and remembers whether one was missing.
type sum struct {
	usd      decimal.Decimal
	unpriced bool
}

func (s *sum) add(v *Valuation, sign int64) {
	if v == nil {
		s.unpriced = true
		return
	}
	if sign < 0 {
		s.usd = s.usd.Sub(v.USD)
	} else {
		s.usd = s.usd.Add(v.USD)
	}
}

func (s *sum) whole() *decimal.Decimal {
	if s.unpriced {
		return nil
	}
	usd := s.usd
	return &usd
}

func (c *incident) statement() *Statement {
	s := &Statement{First: c.first, Last: c.last, Remarks: c.remarks, Suspects: c.suspects(), Elsewhere: c.elsewhere()}
	s.Judgements = c.judgements()
	byAsset := map[chain.AssetID]*AssetLoss{}
	for i := range s.Judgements {
		j := &s.Judgements[i]
		if j.Class != Theft && j.Class != Return {
			continue
		}
		l := byAsset[j.Transfer.Asset]
		if l == nil {
			l = &AssetLoss{Asset: j.Transfer.Asset, Meta: c.asset(j.Transfer.Asset).meta}
			byAsset[j.Transfer.Asset] = l
		}
		l.Judgements = append(l.Judgements, *j)
		if j.Class == Theft {
			if s.First.IsZero() {
				s.First = unixTime(j.Transfer.Time)
			}
			s.Last = unixTime(j.Transfer.Time)
		}
	}
	for _, l := range byAsset {
		l.total()
		c.otherValuations(l)
		s.Losses = append(s.Losses, *l)
	}
	slices.SortFunc(s.Losses, byValue)
	for _, p := range c.victims {
		s.Victims = append(s.Victims, p)
	}
	slices.SortFunc(s.Victims, func(a, b chain.Party) int { return a.Account.Compare(b.Account) })
	s.Excluded = c.excluded()
	s.Totals = c.totals(s)
	s.Remarks = append(s.Remarks, kept(s)...)
	slices.SortStableFunc(s.Remarks, func(a, b Remark) int { return a.Asset.Compare(b.Asset) })
	return s
}

// judgements joins what touches the attackers and what leaked.
func (c *incident) judgements() []Judgement {
	list := make([]Judgement, 0, len(c.all)+len(c.leaks))
	for i := range c.all {
		list = append(list, c.all[i].Judgement)
	}
	if len(c.leaks) == 0 {
		return list
	}
	for i := range c.leaks {
		list = append(list, c.leaks[i].Judgement)
	}
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
func (l *AssetLoss) total() {
	var usd sum
	var gross, returned, leaked big.Int
	for i := range l.Judgements {
		j := &l.Judgements[i]
		units := j.Transfer.Units.ToBig()
		switch {
		case j.Class == Return:
			returned.Add(&returned, units)
			continue
		case j.taken():
			gross.Add(&gross, units)
			usd.add(j.Value, 1)
		default:
			gross.Sub(&gross, units)
			usd.add(j.Value, -1)
		}
		if j.Leaked {
			leaked.Add(&leaked, units)
		}
		if j.Value != nil {
			l.quoted(j.Value.Quote)
		}
	}
	l.Gross, l.Returned, l.Leaked = chain.NewAmount(l.Asset, &gross), chain.NewAmount(l.Asset, &returned), chain.NewAmount(l.Asset, &leaked)
	l.GrossUSD = usd.whole()
	switch {
	case l.Returned.IsZero():
		l.ReturnedUSD = &decimal.Decimal{}
	case l.Gross.IsZero():
		l.ReturnedUSD = l.returnedAtReturn()
	case l.GrossUSD != nil:
		back := l.GrossUSD.Mul(decimal.NewFromBigInt(&returned, 0)).DivRound(decimal.NewFromBigInt(&gross, 0), 18)
		l.ReturnedUSD = &back
	}
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
	var back sum
	for _, j := range l.Judgements {
		if j.Class == Return {
			back.add(j.Value, 1)
		}
	}
	return back.whole()
}

// excluded gathers what is no loss: a row per class, asset and tx.
func (c *incident) excluded() []Excluded {
	var rows []Excluded
	for _, group := range c.groups {
		start := len(rows)
		for _, j := range group.moves {
			if j.Class == Theft || j.Class == Return {
				continue
			}
			i := start
			for i < len(rows) && (rows[i].Class != j.Class || rows[i].Asset != j.Transfer.Asset) {
				i++
			}
			if i == len(rows) {
				rows = append(rows, Excluded{
					Class: j.Class, Ref: j.Transfer.Ref, Time: j.at(), Asset: j.Transfer.Asset,
					Meta: c.asset(j.Transfer.Asset).meta, Basis: j.Basis, Why: j.Why, USD: &decimal.Decimal{},
				})
			}
			rows[i].add(&j.Judgement)
		}
	}
	if !slices.IsSortedFunc(rows, func(a, b Excluded) int { return a.Ref.Compare(b.Ref) }) {
		slices.SortStableFunc(rows, func(a, b Excluded) int { return a.Ref.Compare(b.Ref) })
	}
	return rows
}

func (e *Excluded) add(j *Judgement) {
	e.Amount = e.Amount.Add(j.Transfer.Amount())
	e.Basis = e.Basis.Weaker(j.Basis)
	if j.Value == nil {
		e.USD = nil
	} else if e.USD != nil {
		usd := e.USD.Add(j.Value.USD)
		e.USD = &usd
	}
}

func (c *incident) totals(s *Statement) Totals {
	var t Totals
	var leaked decimal.Decimal
	for i := range s.Losses {
		l := &s.Losses[i]
		if l.GrossUSD == nil || l.ReturnedUSD == nil {
			t.Unpriced = append(t.Unpriced, l.Asset)
		}
		for k := range l.Judgements {
			j := &l.Judgements[k]
			if j.Class != Theft || j.Value == nil {
				continue
			}
			usd := j.Value.USD
			if !j.taken() {
				usd = usd.Neg()
			}
			t.Gross = t.Gross.Add(usd)
			if j.Basis != chain.Heuristic {
				t.WithoutHeuristics = t.WithoutHeuristics.Add(usd)
			}
			if j.Leaked {
				leaked = leaked.Add(usd)
			}
		}
		if l.ReturnedUSD != nil {
			t.Returned = t.Returned.Add(*l.ReturnedUSD)
		}
	}
	for _, charge := range c.charges {
		if charge.Value != nil {
			leaked = leaked.Add(charge.Value.USD)
		}
	}
	c.stakesAndBounties(&t)
	t.VictimLoss = t.Gross.Sub(t.Returned).Sub(t.OwnCapital)
	t.Net = t.VictimLoss
	t.AttackerGain = t.VictimLoss.Sub(leaked).Add(t.Bounty)
	if c.BeyondKnown {
		t.Leaked = &leaked
	}
	t.Before, t.Report = otherTotals(s.Losses)
	return t
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
			t.OwnCapital = t.OwnCapital.Add(j.Value.USD)
		case j.Class == Bounty && j.Incoming:
			t.Bounty = t.Bounty.Add(j.Value.USD)
		}
	}
}
