package vault

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing/onchain"
)

// balancerV3Probe asks each vault of Balancer's third version for a pool and the number
// of its shares, and the pool for its weights.
func (s *Source) balancerV3Probe(pool common.Address, block uint64) []ethrpc.Call {
	var calls []ethrpc.Call
	for _, v := range s.o.BalancerV3Vaults {
		calls = append(calls, call(v.Address, block, "getPoolTokenInfo0", pool), call(v.Address, block, "totalSupply0", pool))
	}
	if len(calls) > 0 {
		calls = append(calls, call(pool, block, "getNormalizedWeights"))
	}
	return calls
}

// balancerV3Of reads what a pool of Balancer's third version holds; false where no
// known vault has it. A pool is its own share. The vault itself keeps what a pool holds
// and how many shares there are, and pays them out in proportion (IVaultExtension,
// IVaultMain of balancer-v3-monorepo): more than was really paid in no pool can claim.
// What a pool says is its weights, which can but make it less.
func (s *Source) balancerV3Of(ctx context.Context, c onchain.Caller, pool common.Address, block uint64) (basket, bool, error) {
	answers, err := c.Do(ctx, s.balancerV3Probe(pool, block))
	if err != nil {
		return basket{}, false, err
	}
	for i, v := range s.o.BalancerV3Vaults {
		values, err := contract().Values(answers[2*i], "getPoolTokenInfo0")
		if nothing(err) {
			continue // which it answers for pools that it does not have
		}
		if err != nil {
			return basket{}, false, err
		}
		tokens, _ := values[0].([]common.Address)
		balances, _ := values[2].([]*big.Int)
		if len(tokens) != len(balances) || len(tokens) > mostCoins {
			return basket{}, false, onchain.Refuse("the vault of the pool %s names %d tokens and %d balances", chain.Hex(pool), len(tokens), len(balances))
		}
		b := basket{pool: pool, doubt: fmt.Sprintf("it is what %s holds for the pool; that its hooks let shares redeem to it is not looked at", v.Name)}
		if b.supply, err = value[*big.Int](answers[2*i+1], "totalSupply0"); err != nil {
			return b, false, err
		}
		weights, err := value[[]*big.Int](answers[len(answers)-1], "getNormalizedWeights")
		if unlessNothing(err) != nil {
			return b, false, err
		}
		err = s.vaulted(ctx, c, &b, tokens, balances, weights, block)
		return b, err == nil && len(b.parts) > 0, err
	}
	return basket{}, false, nil
}

// vaulted notes what a vault says that it holds for a pool.
func (s *Source) vaulted(ctx context.Context, c onchain.Caller, b *basket, tokens []common.Address, balances, weights []*big.Int, block uint64) error {
	for i, t := range tokens {
		p, err := s.partOf(ctx, c, b.pool, t, balances[i], block)
		if err != nil {
			return err
		}
		p.held = p.units // by the vault, whose word is good
		if err := b.put(p); err != nil {
			return err
		}
	}
	if len(weights) == len(b.parts) {
		return b.weigh(weights)
	}
	return nil
}
