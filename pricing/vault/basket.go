package vault

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// basket is what a pool of several coins after Curve holds, whose shares are a
// token of the pool itself or of its own.
type basket struct {
	pool  common.Address
	by    string // the registry that says that the token is its share; empty for none
	parts []part
	// weights are those of the parts in a pool that has such; of what there is in
	// shares nil says that it is all of them.
	weights []decimal.Decimal
	supply  *big.Int
	doubt   string // what speaks against it where no registry knows it; empty for the usual
}

// part is one coin of a basket.
type part struct {
	subject pricing.Subject
	units   *big.Int // by the pool's word
	held    *big.Int // by the coin's
	divided uint8
}

// put adds a part, which counts once: what a pool that names a coin twice holds of
// it would stand for as much again.
func (b *basket) put(p part) error {
	if slices.ContainsFunc(b.parts, func(o part) bool { return o.subject == p.subject }) {
		return onchain.Refuse("the pool %s names %s twice", chain.Hex(b.pool), p.subject)
	}
	b.parts = append(b.parts, p)
	return nil
}

// mostCoins is how many coins a pool after Curve has at the most.
const mostCoins = 8

// coinFace is how pools name the chain's own coin.
var coinFace = common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")

// basketOf reads what the pool of a token holds at a block; false where it is of
// no such pool. Of older pools the methods take another type of number.
func (s *Source) basketOf(ctx context.Context, c onchain.Caller, token common.Address, block uint64) (basket, bool, error) {
	if b, is, err := s.balancerOf(ctx, c, token, block); is || err != nil {
		return b, is, err
	}
	if b, is, err := s.balancerV3Of(ctx, c, token, block); is || err != nil {
		return b, is, err
	}
	pool, by, err := s.poolOf(ctx, c, token, block)
	if pool == (common.Address{}) || err != nil {
		return basket{}, false, err
	}
	for _, number := range []string{"", "0"} {
		b, err := s.coinsOf(ctx, c, pool, "coins"+number, "balances"+number, block)
		b.by = by
		if len(b.parts) < 2 && err == nil {
			continue
		}
		if err == nil && by == "" {
			err = s.namesShare(ctx, c, pool, token, block)
		}
		return b, err == nil, err
	}
	return basket{}, false, nil
}

// namesShare refuses a token that says that a pool is its own, unless the pool
// names it, and just it: anybody can name one that holds much, and what a pool
// holds counts for one token. The first pools of Curve, which do not say what their
// shares are, stand in its registry.
func (s *Source) namesShare(ctx context.Context, c onchain.Caller, pool, token common.Address, block uint64) error {
	methods := []string{"lp_token", "token"}
	if pool == token {
		methods = methods[:1] // the other is of much else, too
	}
	calls := make([]ethrpc.Call, len(methods))
	for i, method := range methods {
		calls[i] = call(pool, block, method)
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return err
	}
	for i, method := range methods {
		named, err := value[common.Address](answers[i], method)
		switch {
		case unlessNothing(err) != nil:
			return err
		case err != nil || named == (common.Address{}):
			continue
		case named == token:
			return nil
		}
		return onchain.Refuse("%s says that it is the share of the pool %s, which names %s as that", chain.Hex(token), chain.Hex(pool), chain.Hex(named))
	}
	if pool == token {
		return nil
	}
	return onchain.Refuse("%s says that it is the share of the pool %s, which does not name it", chain.Hex(token), chain.Hex(pool))
}

// poolOf returns the pool whose shares a token is, and the registry that says
// so: by a registry, else by the token's word, else the token itself if it has
// coins. Zero for none.
func (s *Source) poolOf(ctx context.Context, c onchain.Caller, token common.Address, block uint64) (pool common.Address, by string, err error) {
	answers, err := c.Do(ctx, s.basketProbe(token, block))
	if err != nil {
		return pool, "", err
	}
	itself, err1 := value[common.Address](answers[0], "coins")
	minter, err2 := value[common.Address](answers[1], "minter")
	for i, registry := range s.o.Pools {
		listed, err := value[common.Address](answers[2+i], "get_pool_from_lp_token")
		if err != nil && !nothing(err) {
			return pool, "", err
		}
		if err == nil && listed != (common.Address{}) {
			return listed, registry.Name, nil
		}
	}
	switch {
	case err1 == nil && itself != (common.Address{}):
		return token, "", nil
	case err2 == nil:
		return minter, "", nil
	case !nothing(err1):
		return pool, "", err1
	case !nothing(err2):
		return pool, "", err2
	}
	return pool, "", nil
}

func (s *Source) basketProbe(token common.Address, block uint64) []ethrpc.Call {
	calls := []ethrpc.Call{call(token, block, "coins", new(big.Int)), call(token, block, "minter")}
	for _, registry := range s.o.Pools {
		calls = append(calls, call(registry.Address, block, "get_pool_from_lp_token", token))
	}
	return calls
}

func (s *Source) coinsOf(ctx context.Context, c onchain.Caller, pool common.Address, coins, balances string, block uint64) (basket, error) {
	var calls []ethrpc.Call
	for i := range int64(mostCoins) {
		calls = append(calls, call(pool, block, coins, big.NewInt(i)), call(pool, block, balances, big.NewInt(i)))
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return basket{}, err
	}
	b := basket{pool: pool}
	for i := range mostCoins {
		coin, err := value[common.Address](answers[2*i], coins)
		var units *big.Int
		if err == nil {
			units, err = value[*big.Int](answers[2*i+1], balances)
		}
		if nothing(err) {
			break
		}
		if err != nil {
			return b, err
		}
		p, err := s.partOf(ctx, c, pool, coin, units, block)
		if err != nil {
			return b, err
		}
		if err := b.put(p); err != nil {
			return b, err
		}
	}
	return b, nil
}

// partOf reads how a coin is divided and how much of it the pool has.
func (s *Source) partOf(ctx context.Context, c onchain.Caller, pool, coin common.Address, units *big.Int, block uint64) (part, error) {
	if n, _ := chain.NetworkByID(s.chainID); coin == coinFace || coin == n.CoinFace && n.CoinFace != (common.Address{}) {
		held, err := s.coins(ctx, c, share{token: pool}, block)
		return part{pricing.Of(n.Coin()), units, held, n.CoinMeta().Decimals}, err
	}
	answers, err := c.Do(ctx, []ethrpc.Call{call(coin, block, "decimals"), call(coin, block, "balanceOf", pool)})
	if err != nil {
		return part{}, err
	}
	p := part{subject: pricing.Of(chain.Token(s.chainID, coin)), units: units}
	if p.divided, err = value[uint8](answers[0], "decimals"); err == nil {
		p.held, err = value[*big.Int](answers[1], "balanceOf")
	}
	if nothing(err) || err == nil && p.divided > mostDecimals {
		return p, onchain.Refuse("the pool %s names %s as a coin, which is no token", chain.Hex(pool), chain.Hex(coin))
	}
	return p, err
}

// needs returns what a basket's price rests on.
func (b basket) needs(a pricing.Ask, block uint64) []pricing.Ask {
	var list []pricing.Ask
	for _, p := range b.parts {
		need := pricing.Ask{Subject: p.subject, At: a.At, Block: block}
		if units, over := uint256.FromBig(p.units); !over {
			need.Units = *units
		}
		list = append(list, need)
	}
	return list
}

// basketWorth prices a share by its part of what the pool holds, coin by coin at
// the coins' own prices.
func (s *Source) basketWorth(ctx context.Context, c onchain.Caller, b basket, r share, a pricing.Ask, block uint64) (*pricing.Quote, error) {
	if b.supply != nil {
		r.supply = b.supply
	}
	if r.supply.Sign() == 0 || a.Units.ToBig().Cmp(r.supply) > 0 {
		return nil, onchain.Refuse("more of it was moved than %s says there was at block %d, %s: whatever a share was worth then, these were not",
			chain.Hex(r.token), block, pricing.Whole(r.supply, r.decimals))
	}
	w, err := onchain.Before(ctx, c, block, 0)
	if err != nil {
		return nil, err
	}
	q := pricing.Quote{
		Subject: a.Subject, At: w.EndTime(), Source: "pool " + chain.Hex(b.pool),
		Method: fmt.Sprintf("share of what the pool held at block %d, at its coins' prices", block),
	}
	switch {
	case b.by != "":
		q.Note = "a pool of " + b.by
	case b.doubt != "":
		q.Doubt = b.doubt
	default:
		q.Doubt = "the pool holds what it states, and that its shares redeem to it is its own word"
	}
	values, err := s.values(b, a, w, &q)
	if err != nil {
		return nil, err
	}
	total, note, err := b.balanced(values)
	if err != nil {
		return nil, err
	}
	q.Note = join(q.Note, note)
	if !total.IsPositive() {
		return nil, onchain.Refuse("the pool %s was empty at block %d", chain.Hex(b.pool), block)
	}
	shares := pricing.Whole(r.supply, r.decimals)
	q.Liquidity, q.Most = decimal.NewNullDecimal(total), decimal.NewNullDecimal(shares)
	q.Price = total.DivRound(shares, 24)
	return &q, nil
}

// values returns what a pool holds of each coin, in dollars, and adds to the quote what
// has to be said of their prices.
func (s *Source) values(b basket, a pricing.Ask, w onchain.Window, q *pricing.Quote) ([]decimal.Decimal, error) {
	values := make([]decimal.Decimal, len(b.parts))
	for i, p := range b.parts {
		if b.by == "" && p.held.Cmp(p.units) < 0 {
			return nil, onchain.Refuse("the pool %s states more of %s than it held at block %d", chain.Hex(b.pool), p.subject, w.End.Number)
		}
		quantity := pricing.Whole(p.units, p.divided)
		rests, ok := s.book.AsOf(p.subject, quantity, w.EndTime(), a.At)
		if !ok {
			return nil, onchain.Refuse("the pool %s holds %s, which has no price, or none that is good for as much", chain.Hex(b.pool), p.subject)
		}
		one := rests.Times(a.Subject, quantity, w.EndTime())
		values[i] = one.Price
		q.Note, q.Doubt = join(q.Note, one.Note), join(q.Doubt, one.Doubt)
		if one.At.After(q.At) {
			q.At = one.At
		}
	}
	return values, nil
}

// balanced returns the worth of a pool's holdings, and a note where that is not
// what they add up to.
func (b basket) balanced(values []decimal.Decimal) (decimal.Decimal, string, error) {
	if len(b.weights) == 0 || !slices.ContainsFunc(values, decimal.Decimal.IsPositive) {
		return decimal.Sum(decimal.Decimal{}, values...), "", nil
	}
	total, note, err := pricing.Balanced(values, b.weights)
	if err != nil {
		return total, "", onchain.Refuse("what the pool %s is worth cannot be worked out: %v", chain.Hex(b.pool), err)
	}
	return total, note, nil
}
