package uniswap

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// strange is the name of pools of whose factory nothing is known here.
const strange = "unlisted"

// share reports whether a token is the share of a V2 pool: of one that is to be
// trusted, one that stands where its factory would have put it, or a contract
// that answers like one, which goes by the name [strange].
func (s *Source) share(ctx context.Context, token common.Address, block uint64) (Pool, bool, error) {
	for _, p := range s.o.Pools {
		if p.Address == token && p.Version == V2 {
			return p, true, nil
		}
	}
	answers, err := s.do(ctx, shareCalls(token, block))
	if err != nil {
		return Pool{}, false, err
	}
	var pair [2]common.Address
	for i, method := range []string{"token0", "token1"} {
		if pair[i], err = value[common.Address](answers[i], method); nothing(err) {
			return Pool{}, false, nil
		} else if err != nil {
			return Pool{}, false, err
		}
	}
	for _, d := range s.o.Deployments {
		if p := d.Pool(pair[0], pair[1], 0); d.Version == V2 && p.Address == token {
			return p, true, nil
		}
	}
	if _, err := readReserves(answers[2]); nothing(err) || pair[0] == pair[1] {
		return Pool{}, false, nil
	} else if err != nil {
		return Pool{}, false, err
	}
	return Pool{strange, s.chainID, V2, token, pair[0], pair[1]}, true, nil
}

// shareCalls ask a contract what a V2 pool would know.
func shareCalls(token common.Address, block uint64) []rpcCall {
	return []rpcCall{call(token, block, "token0"), call(token, block, "token1"), call(token, block, "getReserves")}
}

// held is what a pool has at a block, and how many shares there are of it.
type held struct {
	reserves reserves
	owned    [2]*big.Int // of token0 and token1, by the tokens' word
	supply   *big.Int
	decimals uint8
}

func (s *Source) holdings(ctx context.Context, p Pool, block uint64) (held, error) {
	answers, err := s.do(ctx, []rpcCall{
		call(p.Address, block, "getReserves"), call(p.Address, block, "totalSupply"), call(p.Address, block, "decimals"),
		call(p.Token0, block, "balanceOf", p.Address), call(p.Token1, block, "balanceOf", p.Address),
	})
	if err != nil {
		return held{}, err
	}
	var h held
	h.reserves, err = readReserves(answers[0])
	if err == nil {
		h.supply, err = value[*big.Int](answers[1], "totalSupply")
	}
	if err == nil {
		h.decimals, err = value[uint8](answers[2], "decimals")
	}
	for i := range h.owned {
		if err == nil {
			h.owned[i], err = value[*big.Int](answers[3+i], "balanceOf")
		}
	}
	if nothing(err) || err == nil && h.supply.Sign() == 0 {
		return held{}, onchain.Refuse("the pool %s had no shares at block %d", chain.Hex(p.Address), block)
	}
	return h, err
}

// believable says why what the pool states cannot be what its shares are worth.
func (h held) believable(p Pool, a pricing.Ask, block uint64) error {
	if p.Name == strange && (h.owned[0].Cmp(h.reserves.r0) < 0 || h.owned[1].Cmp(h.reserves.r1) < 0) {
		return onchain.Refuse("the pool %s states reserves that it did not hold at block %d", chain.Hex(p.Address), block)
	}
	if moved := a.Units.ToBig(); moved.Cmp(h.supply) > 0 {
		return onchain.Refuse("more of it was moved, %s, than there was at block %d, %s: whatever a share was worth then, these were not",
			whole(moved, h.decimals), block, whole(h.supply, h.decimals))
	}
	return nil
}

// sides returns what shares redeem to: what the pool holds, and no more than its
// reserves, beside which may lie what others sent it. It holds less than those
// where the balances of a token shrink by themselves.
func (h held) sides() (token0, token1 *big.Int) {
	smaller := func(a, b *big.Int) *big.Int {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}
	return smaller(h.owned[0], h.reserves.r0), smaller(h.owned[1], h.reserves.r1)
}

// shareWorth prices a share by its part of what the pool holds. Where both
// tokens have a price the reserves count as they would stand if the pool traded
// at those prices: 2·√(r0·r1·p0·p1), which a swap does not change. It is never
// more than the reserves come to (Alpha Homora's fair price of LP tokens).
func (s *Source) shareWorth(ctx context.Context, p Pool, a pricing.Ask, w onchain.Window) (pricing.Quote, error) {
	h, err := s.holdings(ctx, p, w.End.Number)
	if err == nil {
		err = h.believable(p, a, w.End.Number)
	}
	if err != nil {
		return pricing.Quote{}, err
	}
	decimals, err := s.decimalsOf(ctx, w, p.Token0, p.Token1)
	if err != nil {
		return pricing.Quote{}, err
	}
	units0, units1 := h.sides()
	var sides []side
	for _, t := range []struct {
		token common.Address
		units *big.Int
	}{{p.Token0, units0}, {p.Token1, units1}} {
		d, says := decimals[t.token]
		quantity := whole(t.units, d)
		if q, priced := s.dollars(t.token, quantity, a, w); priced && says {
			sides = append(sides, side{q, quantity})
		}
	}
	return s.shareQuote(p, sides, h, a, w)
}

// side is what a pool holds of one token.
type side struct {
	quote    pricing.Quote
	quantity decimal.Decimal
}

func (s side) dollars() decimal.Decimal { return s.quantity.Mul(s.quote.Price) }

func (s *Source) shareQuote(p Pool, sides []side, h held, a pricing.Ask, w onchain.Window) (pricing.Quote, error) {
	if len(sides) == 0 {
		return pricing.Quote{}, onchain.Refuse("neither token of the pool %s has a price", chain.Hex(p.Address))
	}
	q := pricing.Quote{Subject: a.Subject, At: w.EndTime(), Source: p.Name + " pool " + chain.Hex(p.Address)}
	sum := decimal.Decimal{}
	for _, side := range sides {
		rests := side.quote.Times(a.Subject, side.quantity, w.EndTime())
		sum = sum.Add(rests.Price)
		q.Note, q.Doubt = join(q.Note, rests.Note), join(q.Doubt, rests.Doubt)
		if rests.At.After(q.At) {
			q.At = rests.At
		}
	}
	total := sum
	if len(sides) == 2 {
		var note string
		var err error
		if total, note, err = pricing.Balanced([]decimal.Decimal{sides[0].dollars(), sides[1].dollars()}, halves); err != nil {
			return pricing.Quote{}, onchain.Refuse("what the pool %s is worth cannot be worked out: %v", chain.Hex(p.Address), err)
		}
		q.Note = join(q.Note, note)
		q.Method = fmt.Sprintf("share of the pool's reserves at block %d, at its tokens' prices", w.End.Number)
	} else {
		total = sum.Add(sum)
		q.Method = fmt.Sprintf("share of the pool's reserves at block %d, by one of its tokens", w.End.Number)
		q.Doubt = join(q.Doubt, "the other token has no price of its own and counts for as much as this one, as the pool had it in that block")
		if total.LessThan(s.o.Floor) {
			return pricing.Quote{}, onchain.Refuse("one token of the pool %s has no price, and the pool holds %s dollars, the floor is %s", chain.Hex(p.Address), total.Round(2), s.o.Floor)
		}
	}
	if p.Name == strange {
		q.Doubt = join(q.Doubt, "the pool is of no factory that is known here: it holds what it states, and that its shares redeem to it is its own word")
	}
	shares := whole(h.supply, h.decimals)
	q.Liquidity, q.Most = decimal.NewNullDecimal(total), decimal.NewNullDecimal(shares)
	q.Price = total.DivRound(shares, digits)
	return q, nil
}

// halves are the weights of the two tokens.
var halves = []decimal.Decimal{decimal.New(5, -1), decimal.New(5, -1)}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
