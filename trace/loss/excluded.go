package loss

import (
	"iter"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Excluded gathers movements of one asset in one tx that are no loss, for one reason.
type Excluded struct {
	Class  Class
	Ref    chain.Ref // of the first of them
	Time   time.Time
	Asset  chain.AssetID
	Meta   chain.TokenMeta
	Amount chain.Amount     // of a loan, what was lent
	USD    *decimal.Decimal // nil where a part has no quote
	Basis  chain.Basis
	Why    string
}

// alikes are the movements behind every [Excluded]. There may be as many as
// transfers, and nearly all stand alone.
type alikes struct {
	first []*Judgement                // of each, canonical order
	more  map[*Judgement][]*Judgement // by the first
}

// Excluded returns what is no loss, a row per class, rule, asset and tx, in canonical
// order.
func (s *Statement) Excluded() iter.Seq[Excluded] {
	return func(yield func(Excluded) bool) {
		for _, j := range s.excluded.first {
			if !yield(s.excluded.sum(j, s.metas[j.Transfer.Asset])) {
				return
			}
		}
	}
}

func (a *alikes) sum(j *Judgement, meta chain.TokenMeta) Excluded {
	e := Excluded{
		Class: j.Class, Ref: j.Transfer.Ref, Time: unixTime(j.Transfer.Time), Asset: j.Transfer.Asset,
		Meta: meta, Amount: j.Transfer.Amount(), Basis: j.Basis, Why: j.Why,
	}
	if j.Value != nil {
		usd := j.Value.USD()
		e.USD = &usd
	}
	for _, other := range a.more[j] {
		e.add(other)
	}
	return e
}

func (e *Excluded) add(j *Judgement) {
	if j.Class == Loan && !j.Incoming {
		return // what is given back was lent before
	}
	e.Amount = e.Amount.Add(j.Transfer.Amount())
	e.Basis = e.Basis.Weaker(j.Basis)
	switch {
	case j.Value == nil:
		e.USD = nil
	case e.USD != nil:
		usd := e.USD.Add(j.Value.USD())
		e.USD = &usd
	}
}

// excluded gathers what is neither theft nor return.
func (c *incident) excluded() alikes {
	losses := 0
	for i := range c.list {
		if class := c.list[i].Class; class == Theft || class == Return {
			losses++
		}
	}
	rows, more := make([]*Judgement, 0, len(c.list)-losses), map[*Judgement][]*Judgement{}
	for i := range c.groups {
		start := len(rows)
		for j := range c.moves(&c.groups[i]) {
			if j.Class == Theft || j.Class == Return {
				continue
			}
			i := start
			for i < len(rows) && (rows[i].Class != j.Class || rows[i].Rule != j.Rule || rows[i].Transfer.Asset != j.Transfer.Asset) {
				i++
			}
			if i == len(rows) {
				rows = append(rows, j.Judgement)
			} else {
				more[rows[i]] = append(more[rows[i]], j.Judgement)
			}
		}
	}
	for i := range c.leaks {
		if j := &c.leaks[i]; j.Class != Theft && j.Class != Return {
			rows = append(rows, j)
		}
	}
	inOrder := func(a, b *Judgement) int { return a.Transfer.Compare(b.Transfer.Ref) }
	if !slices.IsSortedFunc(rows, inOrder) {
		slices.SortStableFunc(rows, inOrder)
	}
	return alikes{rows, more}
}

// Meta returns what is known of an asset that moved.
func (s *Statement) Meta(asset chain.AssetID) chain.TokenMeta { return s.metas[asset] }

func (c *incident) metas() map[chain.AssetID]chain.TokenMeta {
	metas := make(map[chain.AssetID]chain.TokenMeta, len(c.assets))
	for id, a := range c.assets {
		metas[id] = a.meta
	}
	return metas
}
