package trace

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// mostAsks bounds how many prices one case asks sources for; beyond it prices
// come from what is known, and the report says so. What was stolen and what
// came back is asked for first.
const mostAsks = 1000

// longestAttack is how long after its first block a theft still counts as the
// attack that began there: prices in pools are then those from before it.
const longestAttack = 6 * time.Hour

// price fills the book of the case with what sources say of the assets that
// the attackers received and paid: sources on the chains first, in the order in
// which endpoints name them, then those of the request. On a chain that is not
// the one it says it is, feeds and pools are nobody's word.
func (r *run) price(ctx context.Context) error {
	r.Prices = r.Prices.Clone()
	r.c.Quotes = r.Prices
	// Pools are against the wrapped coin, so that has to be priced before them.
	sources := append([]pricing.Source{pricing.Wrapped(r.Prices)}, chosen(r.PriceOrder, append(r.onChain(), r.PriceSources...))...)
	statement := loss.Judge(r.lossInput(r.c.Attackers))
	asks, err := r.asks(ctx, statement)
	if err != nil {
		return err
	}
	if len(asks) > mostAsks {
		r.warn("prices of %d assets and times are wanted; the first %d are asked for, those of the theft before others", len(asks), mostAsks)
		asks = asks[:mostAsks]
	}
	if r.c.Pricing, err = pricing.Fill(ctx, r.Prices, sources, asks); err != nil {
		return err
	}
	if len(sources) == 1 { // the first asks nobody
		for i := range r.c.Pricing.Unpriced {
			u := &r.c.Pricing.Unpriced[i]
			u.Why = append(u.Why, "no source of prices was asked")
		}
	}
	if err := r.priceBefore(ctx, sources, asks, statement); err != nil {
		return err
	}
	for _, p := range r.c.Pricing.Problems {
		r.warn("prices: %s could not be asked: %v", p.Source, p.Err)
	}
	r.claims = r.inDollars(r.Incident.Claims, rateTime(statement, r.Incident.Date))
	return nil
}

// priceBefore asks for the block before the theft, where all that is known of
// an asset is from the very block of the theft, which may have moved it. Where
// several blocks share a second, that is the last block of an earlier one.
func (r *run) priceBefore(ctx context.Context, sources []pricing.Source, asked []pricing.Ask, statement *loss.Statement) error {
	thefts := takings(statement)
	asks := slices.DeleteFunc(slices.Clone(asked), func(a pricing.Ask) bool {
		return !r.unknownBefore(a) || a.Block <= 1 || !thefts[want{a.Subject.Asset, a.Block}]
	})
	if err := r.fillBefore(ctx, sources, asks, func(a pricing.Ask) (uint64, error) { return a.Block - 1, nil }); err != nil {
		return err
	}
	asks = slices.DeleteFunc(asks, func(a pricing.Ask) bool { return !r.unknownBefore(a) })
	blocks := map[want]uint64{} // of no asset, by the second
	return r.fillBefore(ctx, sources, asks, func(a pricing.Ask) (uint64, error) {
		key := want{chain.NativeAsset(a.Subject.Asset.ChainID()), uint64(a.At.Unix())}
		if _, known := blocks[key]; !known && len(blocks) < mostLookups {
			b, err := r.blockBefore(ctx, key.asset.ChainID(), a.At)
			if err != nil {
				return 0, err
			}
			blocks[key] = b
		}
		return blocks[key], nil
	})
}

// mostLookups bounds how many blocks are looked for by their time.
const mostLookups = 20

// unknownBefore reports whether an asset has a price at the time of the ask and
// none a second before.
func (r *run) unknownBefore(a pricing.Ask) bool {
	_, known := r.Prices.At(a.Subject, a.At)
	_, before := r.Prices.At(a.Subject, a.At.Add(-time.Second))
	return known && !before
}

// fillBefore asks for a second before asks, at the block that is given for each;
// zero is none.
func (r *run) fillBefore(ctx context.Context, sources []pricing.Source, asks []pricing.Ask, block func(pricing.Ask) (uint64, error)) error {
	var earlier []pricing.Ask
	for _, a := range asks {
		n, err := block(a)
		if err != nil {
			return err
		}
		if n > 0 {
			earlier = append(earlier, pricing.Ask{Subject: a.Subject, At: a.At.Add(-time.Second), Block: n, Start: a.Start, Units: a.Units})
		}
	}
	if len(earlier) == 0 {
		return nil
	}
	outcome, err := pricing.Fill(ctx, r.Prices, sources, earlier)
	for _, p := range outcome.Problems {
		r.warn("prices before the theft: %s could not be asked: %v", p.Source, p.Err)
	}
	return err
}

// blockBefore returns the last block before the second of a time, zero where
// the chain cannot say.
func (r *run) blockBefore(ctx context.Context, chainID uint64, t time.Time) (uint64, error) {
	for _, e := range r.used {
		if e.id.ChainID != chainID || !e.tellsPrices() {
			continue
		}
		b, err := e.Source.BlockAt(ctx, t.Add(-time.Second))
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err == nil { // else it stays unknown, which the valuation says
			return b.Number, nil
		}
	}
	return 0, nil
}

// chosen puts sources in the order of their names that is wanted, and leaves out
// those that are not in it. Without an order all are taken.
func chosen(order []string, sources []pricing.Source) []pricing.Source {
	if order == nil {
		return sources
	}
	var list []pricing.Source
	for _, name := range order {
		for _, s := range sources {
			if s.Name() == name {
				list = append(list, s)
			}
		}
	}
	return list
}

// onChain returns the sources on chains that are what they say they are. Of
// some networks no genesis is known here: their identity rests on the chain id,
// which the head of the report says.
func (r *run) onChain() []pricing.Source {
	var sources []pricing.Source
	for _, e := range r.used {
		if e.tellsPrices() {
			sources = append(sources, e.Prices(e.id, r.Prices)...)
		}
	}
	return sources
}

func (e opened) tellsPrices() bool {
	return e.Prices != nil && e.id.Listed && e.id.GenesisMatches && e.id.NoGenesis == ""
}

// want is what is asked for once: an asset at a block.
type want struct {
	asset chain.AssetID
	block uint64
}

// takings returns what thefts and returns are of.
func takings(s *loss.Statement) map[want]bool {
	all := map[want]bool{}
	for i := range s.Judgements {
		if j := &s.Judgements[i]; j.Class == loss.Theft || j.Class == loss.Return {
			all[want{j.Transfer.Asset, j.Transfer.Block}] = true
		}
	}
	return all
}

// asks lists what has to be priced: each asset once per block, thefts and
// returns first, then what the stolen assets and foreign money were worth on
// other days, then what else the attackers moved.
func (r *run) asks(ctx context.Context, statement *loss.Statement) ([]pricing.Ask, error) {
	began := beginnings(statement)
	thefts := takings(statement)
	taken, most := moved(statement)
	var first, rest []pricing.Ask
	asked := map[want]bool{}
	for i := range statement.Judgements {
		j := &statement.Judgements[i]
		t := j.Transfer
		w := want{t.Asset, t.Block}
		if asked[w] || t.Units.IsZero() || t.Kind == chain.KindFee || j.Class == loss.Spam && !thefts[w] {
			continue
		}
		asked[w] = true
		at := time.Unix(int64(t.Time), 0).UTC()
		a := pricing.Ask{Subject: pricing.Of(t.Asset), At: at, Block: t.Block, Units: most[t.Asset]}
		if b, ok := began[t.ChainID]; ok && t.Block > b.Number && at.Sub(time.Unix(int64(b.Time), 0)) <= longestAttack {
			a.Start = b.Number
		}
		if thefts[w] {
			a.Units = taken[t.Asset]
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	more, err := r.reportDay(ctx, first)
	return slices.Concat(first, more, r.rateAsks(rateTime(statement, r.Incident.Date)), rest), err
}

// moved returns how much of each asset was taken in all, and the most of it that
// one transfer moved.
func moved(s *loss.Statement) (taken, most map[chain.AssetID]uint256.Int) {
	taken, most = map[chain.AssetID]uint256.Int{}, map[chain.AssetID]uint256.Int{}
	for i := range s.Judgements {
		j := &s.Judgements[i]
		a, units := j.Transfer.Asset, j.Transfer.Units
		if so := most[a]; units.Gt(&so) {
			most[a] = units
		}
		if j.Class == loss.Theft && !j.PaidIn() {
			so := taken[a]
			if _, over := units.AddOverflow(&so, &units); over {
				units.SetAllOne()
			}
			taken[a] = units
		}
	}
	return taken, most
}

// beginnings returns, for each chain, the block of the first theft.
func beginnings(s *loss.Statement) map[uint64]chain.Block {
	first := map[uint64]chain.Block{}
	for i := range s.Judgements {
		j := &s.Judgements[i]
		if _, known := first[j.Transfer.ChainID]; !known && j.Class == loss.Theft {
			first[j.Transfer.ChainID] = chain.Block{Number: j.Transfer.Block, Time: j.Transfer.Time}
		}
	}
	return first
}

// reportDay asks what the same assets were worth at the close of the day of
// the report: at the last block of it, where the chain can say which that is.
func (r *run) reportDay(ctx context.Context, asks []pricing.Ask) ([]pricing.Ask, error) {
	day, err := time.Parse(time.DateOnly, r.Incident.Date)
	if err != nil {
		return nil, nil
	}
	closing := pricing.DailyClose(day)
	blocks := map[uint64]uint64{}
	for _, e := range r.used {
		if _, known := blocks[e.id.ChainID]; known || !e.tellsPrices() || len(asks) == 0 || slices.Equal(r.PriceOrder, []string{"none"}) {
			continue
		}
		b, err := e.Source.BlockAt(ctx, closing)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err == nil { // without a block the close is asked for by its time
			blocks[e.id.ChainID] = b.Number
		}
	}
	var more []pricing.Ask
	seen := map[pricing.Subject]bool{}
	for _, a := range asks {
		if !seen[a.Subject] {
			seen[a.Subject] = true
			more = append(more, pricing.Ask{Subject: a.Subject, At: closing, Block: blocks[a.Subject.Asset.ChainID()], Units: a.Units})
		}
	}
	return more, nil
}

// rateTime is the moment whose exchange rates claims in other money than
// dollars are read with: that of the first theft, else the close of the day of
// the write-up.
func rateTime(s *loss.Statement, date string) time.Time {
	if !s.First.IsZero() {
		return s.First
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return pricing.DailyClose(day)
}

// currencies lists the money other than dollars that claims are in.
func currencies(claims []incident.Claim) []pricing.Subject {
	var list []pricing.Subject
	for _, c := range claims {
		if c.Currency != "" && c.Amount != nil && c.USD == nil {
			list = append(list, pricing.Subject{Symbol: c.Currency})
		}
	}
	slices.SortFunc(list, pricing.Subject.Compare)
	return slices.Compact(list)
}

// rateAsks asks for what claims are in that no chain here carries: other money,
// and coins of other chains of which the writer gives the quantity alone. Nothing
// where no time is known.
func (r *run) rateAsks(at time.Time) []pricing.Ask {
	if at.IsZero() {
		return nil
	}
	list := currencies(r.Incident.Claims)
	for _, c := range r.Incident.Claims {
		if symbol, is := reconcile.Elsewhere(c); is && c.Quantity != nil && c.USD == nil {
			list = append(list, pricing.Subject{Symbol: symbol})
		}
	}
	slices.SortFunc(list, pricing.Subject.Compare)
	var asks []pricing.Ask
	for _, s := range slices.Compact(list) {
		asks = append(asks, pricing.Ask{Subject: s, At: at})
	}
	return asks
}

// ExchangeRate is how a claim in other money was read as dollars.
type ExchangeRate struct {
	Currency string
	At       time.Time // of which the rate is
	Quote    pricing.Quote
}

// inDollars returns the claims with what is stated in other money read as
// dollars, where a rate is known, and keeps the rates with the case.
func (r *run) inDollars(claims []incident.Claim, at time.Time) []incident.Claim {
	for _, s := range currencies(claims) {
		if q, ok := r.Prices.At(s, at); ok {
			r.c.ExchangeRates = append(r.c.ExchangeRates, ExchangeRate{s.Symbol, at, q})
		}
	}
	claims = slices.Clone(claims)
	for i := range claims {
		c := &claims[i]
		n, ok := slices.BinarySearchFunc(r.c.ExchangeRates, c.Currency, func(o ExchangeRate, currency string) int { return cmp.Compare(o.Currency, currency) })
		if ok && c.Amount != nil && c.USD == nil {
			c.USD = exchanged(*c.Amount, r.c.ExchangeRates[n].Quote.Price)
		}
	}
	return claims
}

// exchanged returns a figure in dollars, as precise as it was written.
func exchanged(f incident.Figure, rate decimal.Decimal) *incident.Figure {
	f.Value, f.Step = f.Value.Mul(rate), f.Step.Mul(rate)
	return &f
}
