package trace

import (
	"context"
	"slices"
	"time"

	"losstracer/chain"
	"losstracer/pricing"
)

// mostAsks bounds how many prices one case asks sources for; beyond it prices
// come from what is known, and the report says so.
const mostAsks = 1000

// price fills the book of the case with what sources say of the assets that
// the attackers received and paid: sources on the chains first, in the order in
// which endpoints name them, then those of the request. On a chain that is not
// the one it says it is, feeds and pools are nobody's word.
func (r *run) price(ctx context.Context) error {
	r.Prices = r.Prices.Clone()
	// Pools are against the wrapped coin, so that has to be priced before them.
	sources := append([]pricing.Source{pricing.Wrapped(r.Prices)}, r.chosen(append(r.onChain(), r.PriceSources...))...)
	asks := r.asks()
	if len(asks) > mostAsks {
		r.warn("prices of %d assets and times are wanted; the first %d are asked for", len(asks), mostAsks)
		asks = asks[:mostAsks]
	}
	outcome, err := pricing.Fill(ctx, r.Prices, sources, asks)
	if err != nil {
		return err
	}
	r.c.Pricing = outcome
	for _, p := range outcome.Problems {
		r.warn("prices: %s could not be asked: %v", p.Source, p.Err)
	}
	return nil
}

// chosen puts sources in the order of their names that the request wants, and
// leaves out those that it does not name. Without an order all are taken.
func (r *run) chosen(sources []pricing.Source) []pricing.Source {
	if r.PriceOrder == nil {
		return sources
	}
	var list []pricing.Source
	for _, name := range r.PriceOrder {
		for _, s := range sources {
			if s.Name() == name {
				list = append(list, s)
			}
		}
	}
	return list
}

func (r *run) onChain() []pricing.Source {
	var sources []pricing.Source
	for _, e := range r.used {
		if e.Prices != nil && e.id.Genesis == e.id.Network.Genesis && e.id.NoGenesis == "" {
			sources = append(sources, e.Prices(e.id, r.Prices)...)
		}
	}
	return sources
}

// asks lists what has to be priced and is not: each asset once per block.
func (r *run) asks() []pricing.Ask {
	attackers := map[chain.Account]bool{}
	for _, p := range r.c.Attackers {
		attackers[p.Account] = true
	}
	type want struct {
		asset chain.AssetID
		block uint64
	}
	asked := map[want]bool{}
	var asks []pricing.Ask
	for _, t := range r.transfers {
		w := want{t.Asset, t.Block}
		at := time.Unix(int64(t.Time), 0).UTC()
		touches := slices.ContainsFunc(ends(t), func(a chain.Account) bool { return attackers[a] })
		if _, known := r.Prices.At(pricing.Of(t.Asset), at); known || asked[w] || !touches || t.Units.IsZero() || t.Kind == chain.KindFee {
			continue
		}
		asked[w] = true
		asks = append(asks, pricing.Ask{Subject: pricing.Of(t.Asset), At: at, Block: t.Block})
	}
	return append(asks, r.reportDay(asks)...)
}

// reportDay asks what the same assets were worth at the close of the day of
// the report.
func (r *run) reportDay(asks []pricing.Ask) []pricing.Ask {
	day, err := time.Parse(time.DateOnly, r.Incident.Date)
	if err != nil {
		return nil
	}
	var more []pricing.Ask
	seen := map[pricing.Subject]bool{}
	for _, a := range asks {
		if !seen[a.Subject] {
			seen[a.Subject] = true
			more = append(more, pricing.Ask{Subject: a.Subject, At: pricing.DailyClose(day)})
		}
	}
	return more
}

func ends(t chain.Transfer) []chain.Account {
	var list []chain.Account
	if a, ok := t.Sender(); ok {
		list = append(list, chain.Account{ChainID: t.ChainID, Address: a})
	}
	if a, ok := t.Recipient(); ok {
		list = append(list, chain.Account{ChainID: t.ChainID, Address: a})
	}
	return list
}
