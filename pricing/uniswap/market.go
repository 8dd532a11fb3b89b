package uniswap

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

type (
	rpcCall   = ethrpc.Call
	rpcAnswer = ethrpc.Answer
)

// place is a pool in which a token trades against an anchor.
type place struct {
	Pool
	token     common.Address
	decimals  uint8
	against   anchor
	liquidity decimal.Decimal // dollars of the anchor in the pool
}

// first reports whether the token is the pool's token0.
func (p place) first() bool { return p.Token0 == p.token }

// shift is the power of ten from base units to whole units of a price.
func (p place) shift() int32 { return int32(p.decimals) - int32(p.against.decimals) }

// market prices a token in the deepest pool that can say what it was worth. How deep
// a pool is at its price, and was at both ends of the window, is known from its
// average alone: it is at most what it holds.
func (s *Source) market(ctx context.Context, a pricing.Ask, w onchain.Window) (pricing.Quote, error) {
	places, err := s.places(ctx, a, w)
	if err != nil {
		return pricing.Quote{}, err
	}
	if len(places) == 0 {
		return pricing.Quote{}, onchain.Refuse("no pool against anything that has a price")
	}
	slices.SortStableFunc(places, func(a, b place) int { return b.liquidity.Cmp(a.liquidity) })
	if deepest := places[0].liquidity; deepest.LessThan(s.o.Floor) {
		return pricing.Quote{}, onchain.Refuse("the deepest pool holds %s dollars against it, the floor is %s", deepest.Round(2), s.o.Floor)
	}
	var best pricing.Quote
	var why error
	for _, p := range places {
		if p.liquidity.LessThan(s.o.Floor) || best.Liquidity.Valid && best.Liquidity.Decimal.GreaterThanOrEqual(p.liquidity) {
			break
		}
		q, err := s.average(ctx, p, a, w)
		refused := onchain.Refusal("")
		switch {
		case errors.As(err, &refused):
			if why == nil {
				why = err
			}
		case err != nil:
			return q, err
		case !best.Liquidity.Valid || q.Liquidity.Decimal.GreaterThan(best.Liquidity.Decimal):
			best = q
		}
	}
	if best.Liquidity.Valid {
		return best, nil
	}
	return best, why
}

// places returns the pools of a token that there are, and what is in them.
func (s *Source) places(ctx context.Context, a pricing.Ask, w onchain.Window) ([]place, error) {
	token := a.Subject.Asset.Contract()
	quotes := map[common.Address]pricing.Quote{}
	var priced []common.Address
	for _, t := range s.o.Against {
		if q, ok := s.dollars(t, decimal.Decimal{}, a, w); ok && t != token {
			quotes[t] = q
			priced = append(priced, t)
		}
	}
	decimals, err := s.decimalsOf(ctx, w, append([]common.Address{token}, priced...)...)
	if err != nil {
		return nil, err
	}
	if _, says := decimals[token]; !says {
		return nil, onchain.Refuse("the contract does not say how the token is divided")
	}
	var list []place
	for _, t := range priced {
		d, says := decimals[t]
		if !says {
			continue
		}
		for _, pool := range s.poolsOf(token, t) {
			list = append(list, place{Pool: pool, token: token, decimals: decimals[token], against: anchor{t, d, quotes[t]}})
		}
	}
	return s.depths(ctx, list, w)
}

// poolsOf returns where pools of two tokens are or would be, each once.
func (s *Source) poolsOf(a, b common.Address) []Pool {
	var list []Pool
	add := func(p Pool) {
		if !slices.ContainsFunc(list, func(o Pool) bool { return o.Address == p.Address }) {
			list = append(list, p)
		}
	}
	for _, p := range s.o.Pools {
		if p.Token0 == a && p.Token1 == b || p.Token0 == b && p.Token1 == a {
			add(p)
		}
	}
	for _, d := range s.o.Deployments {
		for _, p := range d.pools(a, b) {
			add(p)
		}
	}
	return list
}

// depthCall asks what stands in a pool against the other token.
func depthCall(p Pool, against common.Address, block uint64) rpcCall {
	if p.Version == V2 {
		return call(p.Address, block, "getReserves")
	}
	return call(against, block, "balanceOf", p.Address)
}

// depths reads what stands in pools against the token and leaves out those
// that are not there.
func (s *Source) depths(ctx context.Context, list []place, w onchain.Window) ([]place, error) {
	calls := make([]rpcCall, len(list))
	for i, p := range list {
		calls[i] = depthCall(p.Pool, p.against.token, w.End.Number)
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, err
	}
	var there []place
	for i, p := range list {
		var units *big.Int
		if p.Version == V2 {
			var r reserves
			if r, err = readReserves(answers[i]); err == nil {
				_, units = p.sides(r)
			}
		} else {
			units, err = value[*big.Int](answers[i], "balanceOf")
		}
		if nothing(err) || err == nil && units.Sign() == 0 {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.liquidity = whole(units, p.against.decimals).Mul(p.against.quote.Price)
		there = append(there, p)
	}
	return there, nil
}

// sides returns the reserves of the token and of the anchor.
func (p place) sides(r reserves) (token, against *big.Int) {
	if p.first() {
		return r.r0, r.r1
	}
	return r.r1, r.r0
}

// average prices the token over the window.
func (s *Source) average(ctx context.Context, p place, a pricing.Ask, w onchain.Window) (pricing.Quote, error) {
	average := s.averageV2
	if p.Version == V3 {
		average = s.averageV3
	}
	m, err := average(ctx, &p, w)
	if err != nil {
		return pricing.Quote{}, err
	}
	q := p.against.quote.Times(a.Subject, m.price, w.EndTime())
	q.Source = p.Name + " pool " + chain.Hex(p.Address)
	q.Method = fmt.Sprintf("time-weighted average over %s to block %d", m.over, w.End.Number)
	q.Liquidity = decimal.NewNullDecimal(p.liquidity)
	q.Doubt = join(q.Doubt, m.doubt())
	if moved := whole(a.Units.ToBig(), p.decimals).Mul(q.Price); moved.GreaterThan(p.liquidity) {
		q.Doubt = join(q.Doubt, fmt.Sprintf("what was moved comes to %s dollars at it, and %s stood in the pool: so much could not have been sold", moved.Round(0), p.liquidity.Round(0)))
	}
	return q, nil
}
