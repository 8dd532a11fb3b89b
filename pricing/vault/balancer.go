package vault

import (
	"cmp"
	"context"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing/onchain"
)

// balancerProbe asks a token for what only a pool of Balancer answers: of the
// second version, and of the first.
func balancerProbe(token common.Address, block uint64) []ethrpc.Call {
	return []ethrpc.Call{call(token, block, "getPoolId"), call(token, block, "getFinalTokens")}
}

// claims is what a token says of itself as a pool of Balancer. Fields are nil
// where it does not.
type claims struct {
	id              *[32]byte
	tokens          []common.Address // of the first version
	actual, virtual *big.Int         // shares that are not the pool's own
	weights         []*big.Int
}

func (s *Source) balancerClaims(ctx context.Context, c onchain.Caller, token common.Address, block uint64) (claims, error) {
	answers, err := c.Do(ctx, balancerProbe(token, block))
	if err != nil {
		return claims{}, err
	}
	var said claims
	id, err1 := value[[32]byte](answers[0], "getPoolId")
	said.tokens, err = value[[]common.Address](answers[1], "getFinalTokens")
	if err = cmp.Or(unlessNothing(err1), unlessNothing(err)); err != nil || err1 != nil {
		return said, err
	}
	said.id = &id
	answers, err = c.Do(ctx, []ethrpc.Call{call(token, block, "getActualSupply"), call(token, block, "getVirtualSupply"), call(token, block, "getNormalizedWeights")})
	if err != nil {
		return said, err
	}
	said.actual, err = value[*big.Int](answers[0], "getActualSupply")
	if err == nil || nothing(err) {
		said.virtual, err = value[*big.Int](answers[1], "getVirtualSupply")
	}
	if err == nil || nothing(err) {
		said.weights, err = value[[]*big.Int](answers[2], "getNormalizedWeights")
	}
	return said, unlessNothing(err)
}

// unlessNothing leaves out that a contract does not answer.
func unlessNothing(err error) error {
	if nothing(err) {
		return nil
	}
	return err
}

// balancerOf reads what a pool of Balancer holds at a block; false where the
// token is of none. Of the second version what counts is what Balancer's vault
// says that it holds for the pool; of the first, what the pool holds itself.
func (s *Source) balancerOf(ctx context.Context, c onchain.Caller, token common.Address, block uint64) (basket, bool, error) {
	said, err := s.balancerClaims(ctx, c, token, block)
	if err != nil || said.id == nil && len(said.tokens) < 2 {
		return basket{}, false, err
	}
	b := basket{pool: token}
	if b.by, err = s.maker(ctx, c, token, said.id == nil, block); err != nil {
		return b, false, err
	}
	if said.id == nil {
		err = s.firstBalancer(ctx, c, &b, said.tokens, block)
	} else {
		err = s.secondBalancer(ctx, c, &b, said, block)
	}
	return b, err == nil && len(b.parts) > 0, err
}

// secondBalancer reads what the vault holds for a pool. A pool that composes
// others' holds most of its own shares, which are no part of it, and the rest
// is how many there are.
func (s *Source) secondBalancer(ctx context.Context, c onchain.Caller, b *basket, said claims, block uint64) error {
	for _, v := range s.o.BalancerVaults {
		answers, err := c.Do(ctx, []ethrpc.Call{call(v.Address, block, "getPool", *said.id), call(v.Address, block, "getPoolTokens", *said.id)})
		if err != nil {
			return err
		}
		pool, err := value[common.Address](answers[0], "getPool")
		if unlessNothing(err) != nil {
			return err
		}
		if err != nil || pool != b.pool {
			continue
		}
		values, err := contract().Values(answers[1], "getPoolTokens")
		if err != nil {
			return err
		}
		tokens, _ := values[0].([]common.Address)
		balances, _ := values[1].([]*big.Int)
		// Of a pool of a known maker the vault's statement is good, whoever manages it.
		cash := balances
		if b.by == "" {
			if cash, err = s.cash(ctx, c, v.Address, *said.id, tokens, block); err != nil {
				return err
			}
		}
		return s.holdings(ctx, c, b, tokens, balances, cash, said, block)
	}
	if len(s.o.BalancerVaults) == 0 {
		return nil
	}
	return onchain.Refuse("%s, claims to be a pool of %s, whose contract does not know it", chain.Hex(b.pool), s.o.BalancerVaults[0].Name)
}

// cash returns what the vault itself holds for a pool of each token. The rest of
// what it states is with managers whom whoever made the pool chose, and is as much
// as they say (managePoolBalance of Balancer's vault, which takes an update of it
// from them as it comes).
func (s *Source) cash(ctx context.Context, c onchain.Caller, vault common.Address, id [32]byte, tokens []common.Address, block uint64) ([]*big.Int, error) {
	const method = "getPoolTokenInfo"
	var calls []ethrpc.Call
	for _, t := range tokens[:min(len(tokens), mostTokens)] {
		calls = append(calls, call(vault, block, method, id, t))
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return nil, err
	}
	list := make([]*big.Int, len(answers))
	for i, a := range answers {
		values, err := contract().Values(a, method)
		if unlessNothing(err) != nil {
			return nil, err
		}
		list[i] = new(big.Int)
		if err == nil {
			list[i], _ = values[0].(*big.Int)
		}
	}
	return list, nil
}

// holdings notes what the vault says that it holds of each token.
func (s *Source) holdings(ctx context.Context, c onchain.Caller, b *basket, tokens []common.Address, balances, cash []*big.Int, said claims, block uint64) error {
	own := slices.Index(tokens, b.pool)
	switch {
	case len(tokens) != len(balances) || len(tokens) > mostTokens:
		return onchain.Refuse("the vault of the pool %s names %d tokens and %d balances", chain.Hex(b.pool), len(tokens), len(balances))
	case said.actual != nil:
		b.supply = said.actual
	case own >= 0 && said.virtual != nil:
		b.supply = said.virtual
	case own >= 0:
		return onchain.Refuse("the pool %s holds shares of its own, and does not say how many are not", chain.Hex(b.pool))
	}
	for i, t := range tokens {
		if i == own {
			continue
		}
		p, err := s.partOf(ctx, c, b.pool, t, balances[i], block)
		if err != nil {
			return err
		}
		p.held = cash[i] // by the vault, whose word is good
		if err := b.put(p); err != nil {
			return err
		}
	}
	if len(said.weights) == len(b.parts) && own < 0 {
		return b.weigh(said.weights)
	}
	return nil
}

// mostTokens is how many tokens a pool of Balancer has at the most, its own
// shares included.
const mostTokens = 51

// firstBalancer reads what a pool of the first version states.
func (s *Source) firstBalancer(ctx context.Context, c onchain.Caller, b *basket, tokens []common.Address, block uint64) error {
	var calls []ethrpc.Call
	for _, t := range tokens[:min(len(tokens), mostCoins)] {
		calls = append(calls, call(b.pool, block, "getBalance", t), call(b.pool, block, "getNormalizedWeight", t))
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return err
	}
	var weights []*big.Int
	for i := 0; i < len(answers); i += 2 {
		units, err := value[*big.Int](answers[i], "getBalance")
		if err != nil {
			return err
		}
		weight, err := value[*big.Int](answers[i+1], "getNormalizedWeight")
		if err != nil {
			return err
		}
		p, err := s.partOf(ctx, c, b.pool, tokens[i/2], units, block)
		if err != nil {
			return err
		}
		if err := b.put(p); err != nil {
			return err
		}
		weights = append(weights, weight)
	}
	return b.weigh(weights)
}

// maker returns the factory of the table that made a pool; empty for none.
func (s *Source) maker(ctx context.Context, c onchain.Caller, pool common.Address, first bool, block uint64) (string, error) {
	method := "isPoolFromFactory"
	if first {
		method = "isBPool"
	}
	calls := make([]ethrpc.Call, len(s.o.BalancerFactories))
	for i, f := range s.o.BalancerFactories {
		calls[i] = call(f.Address, block, method, pool)
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return "", err
	}
	for i, f := range s.o.BalancerFactories {
		switch is, err := value[bool](answers[i], method); {
		case err != nil && !nothing(err):
			return "", err
		case err == nil && is:
			return f.Name, nil
		}
	}
	return "", nil
}

// weighed is how far the sum of weights may be from one, in units of 10^-18: each
// is rounded.
const weighed = 1_000_000

// weigh notes the weights of a pool's tokens, which are in units of 10^-18.
func (b *basket) weigh(weights []*big.Int) error {
	sum := new(big.Int)
	for _, w := range weights {
		if w.Sign() <= 0 {
			return onchain.Refuse("the pool %s gives a token the weight %s", chain.Hex(b.pool), w)
		}
		sum.Add(sum, w)
		b.weights = append(b.weights, decimal.NewFromBigInt(w, -18))
	}
	if sum.Sub(sum, ten(18)).CmpAbs(big.NewInt(weighed)) > 0 {
		return onchain.Refuse("the weights of the pool %s do not add up to one", chain.Hex(b.pool))
	}
	return nil
}
