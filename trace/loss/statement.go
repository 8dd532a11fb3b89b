package loss

import (
	"cmp"
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

func newSum() *sum { return &sum{} }

func (s *sum) add(v *Valuation) {
	if v == nil {
		s.unpriced = true
		return
	}
	s.usd = s.usd.Add(v.USD)
}

func (s *sum) whole() *decimal.Decimal {
	if s.unpriced {
		return nil
	}
	usd := s.usd
	return &usd
}

func (c *incident) statement() *Statement {
	s := &Statement{}
	byAsset := map[chain.AssetID]*AssetLoss{}
	for i := range c.all {
		j := c.all[i].Judgement
		s.Judgements = append(s.Judgements, j)
		if j.Class == Theft || j.Class == Return {
			l := byAsset[j.Transfer.Asset]
			if l == nil {
				l = &AssetLoss{Asset: j.Transfer.Asset, Meta: c.meta(j.Transfer.Asset)}
				byAsset[j.Transfer.Asset] = l
			}
			l.Judgements = append(l.Judgements, j)
		}
		if j.Class == Theft {
			if s.First.IsZero() {
				s.First = c.all[i].at()
			}
			s.Last = c.all[i].at()
		}
	}
	for _, l := range byAsset {
		l.total()
		s.Losses = append(s.Losses, *l)
	}
	slices.SortFunc(s.Losses, byValue)
	for _, p := range c.victims {
		s.Victims = append(s.Victims, p)
	}
	slices.SortFunc(s.Victims, func(a, b chain.Party) int { return a.Account.Compare(b.Account) })
	s.Excluded = c.excluded()
	s.Totals = totals(s)
	return s
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
	gross := newSum()
	for _, j := range l.Judgements {
		if j.Class == Return {
			l.Returned = l.Returned.Add(j.Transfer.Amount())
			continue
		}
		l.Gross = l.Gross.Add(j.Transfer.Amount())
		gross.add(j.Value)
		if j.Value != nil && !slices.ContainsFunc(l.Quotes, func(q pricing.Quote) bool { return q.At.Equal(j.Value.Quote.At) && q.Source == j.Value.Quote.Source }) {
			l.Quotes = append(l.Quotes, j.Value.Quote)
		}
	}
	l.GrossUSD = gross.whole()
	switch {
	case l.Returned.IsZero():
		l.ReturnedUSD = &decimal.Decimal{}
	case l.GrossUSD != nil && !l.Gross.IsZero():
		taken, back := decimal.NewFromBigInt(l.Gross.Units(), 0), decimal.NewFromBigInt(l.Returned.Units(), 0)
		usd := l.GrossUSD.Mul(back).DivRound(taken, 18)
		l.ReturnedUSD = &usd
	case l.Gross.IsZero():
		l.ReturnedUSD = l.returnedAtReturn()
	}
}

// returnedAtReturn values the return of an asset that was never taken.
func (l *AssetLoss) returnedAtReturn() *decimal.Decimal {
	back := newSum()
	for _, j := range l.Judgements {
		back.add(j.Value)
	}
	return back.whole()
}

// excluded gathers what is no loss: a row per class, asset and tx.
func (c *incident) excluded() []Excluded {
	var rows []Excluded
	for _, group := range c.groups {
		start := len(rows)
		for _, j := range group {
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
					Meta: c.meta(j.Transfer.Asset), Basis: j.Basis, Why: j.Why, USD: &decimal.Decimal{},
				})
			}
			rows[i].Amount = rows[i].Amount.Add(j.Transfer.Amount())
			rows[i].Basis = rows[i].Basis.Weaker(j.Basis)
			if j.Value == nil {
				rows[i].USD = nil
			} else if rows[i].USD != nil {
				usd := rows[i].USD.Add(j.Value.USD)
				rows[i].USD = &usd
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b Excluded) int { return a.Ref.Compare(b.Ref) })
	return rows
}

func totals(s *Statement) Totals {
	var t Totals
	for _, l := range s.Losses {
		if l.GrossUSD == nil || l.ReturnedUSD == nil {
			t.Unpriced = append(t.Unpriced, l.Asset)
		}
		for _, j := range l.Judgements {
			if j.Class != Theft || j.Value == nil {
				continue
			}
			t.Gross = t.Gross.Add(j.Value.USD)
			if j.Basis != chain.Heuristic {
				t.WithoutHeuristics = t.WithoutHeuristics.Add(j.Value.USD)
			}
		}
		if l.ReturnedUSD != nil {
			t.Returned = t.Returned.Add(*l.ReturnedUSD)
		}
	}
	var capital decimal.Decimal
	for _, e := range s.Excluded {
		if e.Class == OwnCapital && e.USD != nil {
			capital = capital.Add(*e.USD)
		}
	}
	t.VictimLoss = t.Gross.Sub(t.Returned)
	t.AttackerGain = t.VictimLoss.Sub(capital)
	t.Net = t.AttackerGain
	return t
}
