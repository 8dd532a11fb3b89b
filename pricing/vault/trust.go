package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// trust is why the word of a contract counts, for how many base units of its
// shares, and what is left to doubt.
type trust struct {
	why, doubt string
	most       *big.Int
}

// believed says why the word of a contract counts, or refuses.
func (s *Source) believed(ctx context.Context, c onchain.Caller, r share, rate, moved *big.Int, block uint64) (trust, error) {
	if r.supply.Sign() == 0 {
		return trust{}, onchain.Refuse("%s, had no shares at block %d", r.describe(), block)
	}
	if moved.Cmp(r.supply) > 0 {
		return trust{}, onchain.Refuse("more of it was moved than %s, says there was at block %d: whatever a share was worth then, these were not", r.describe(), block)
	}
	why, err := s.registered(ctx, c, r, block)
	if why != "" || err != nil {
		return trust{why: why, most: r.supply}, err
	}
	return s.backed(ctx, c, r, rate, moved, block)
}

// registered says who vouches for the contract; empty for nobody.
func (s *Source) registered(ctx context.Context, c onchain.Caller, r share, block uint64) (string, error) {
	switch r.kind {
	case listing:
		return "a contract that is listed for it", nil
	case cToken:
		return s.registrant(ctx, c, r, block, "comptroller", s.o.Comptrollers, "a market of", func(at common.Address) (bool, error) {
			answers, err := c.Do(ctx, []ethrpc.Call{call(at, block, "markets", r.token)})
			if err != nil {
				return false, err
			}
			// What else it returns differs between versions; the first is isListed.
			data, err := onchain.Data(answers[0])
			return len(data) >= 32 && new(big.Int).SetBytes(data[:32]).Cmp(big.NewInt(1)) == 0, err
		})
	case aToken:
		return s.registrant(ctx, c, r, block, "POOL", s.o.LendingPools, "the receipt of", func(at common.Address) (bool, error) {
			answers, err := c.Do(ctx, []ethrpc.Call{call(at, block, "getReserveData", r.into.Asset.Contract())})
			if err != nil {
				return false, err
			}
			receipt, err := receiptOf(answers[0])
			return receipt == r.token, err
		})
	case yearn:
		return s.listedVault(ctx, c, r, block)
	}
	return "", nil
}

// registrant asks the contract for its registry and, if that is a known one,
// the registry for the contract.
func (s *Source) registrant(ctx context.Context, c onchain.Caller, r share, block uint64, method string, known []Registry, as string, knows func(common.Address) (bool, error)) (string, error) {
	answers, err := c.Do(ctx, []ethrpc.Call{call(r.token, block, method)})
	if err != nil {
		return "", err
	}
	at, err := value[common.Address](answers[0], method)
	if nothing(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(known, func(k Registry) bool { return k.Address == at })
	if i < 0 {
		return "", nil
	}
	is, err := knows(at)
	switch {
	case err != nil && !nothing(err):
		return "", err
	case !is:
		return "", onchain.Refuse("%s, claims to belong to %s, whose contract %s does not know it", r.describe(), known[i].Name, chain.Hex(at))
	}
	return as + " " + known[i].Name, nil
}

// receiptOf reads from a lending pool's data of an asset what its receipt is. It
// stands in the eighth word in V2 of Aave and in the ninth in V3, where the
// eighth is a small number.
func receiptOf(a ethrpc.Answer) (common.Address, error) {
	data, err := onchain.Data(a)
	if err != nil {
		return common.Address{}, err
	}
	for n := 7; n < 9 && len(data) >= 32*(n+1); n++ {
		if word := new(big.Int).SetBytes(data[32*n : 32*(n+1)]); word.BitLen() > 32 && word.BitLen() <= 160 {
			return common.BigToAddress(word), nil
		}
	}
	return common.Address{}, nil
}

// mostVaults is how many vaults of one token a registry is asked for.
const mostVaults = 100

// listedVault says whether a registry lists a vault among those of its token.
func (s *Source) listedVault(ctx context.Context, c onchain.Caller, r share, block uint64) (string, error) {
	for _, registry := range s.o.Vaults {
		answers, err := c.Do(ctx, []ethrpc.Call{call(registry.Address, block, "numVaults", r.into.Asset.Contract())})
		if err != nil {
			return "", err
		}
		n, err := value[*big.Int](answers[0], "numVaults")
		if nothing(err) {
			continue
		}
		if err != nil {
			return "", err
		}
		var calls []ethrpc.Call
		for i := range min(n.Uint64(), mostVaults) {
			calls = append(calls, call(registry.Address, block, "vaults", r.into.Asset.Contract(), new(big.Int).SetUint64(i)))
		}
		if answers, err = c.Do(ctx, calls); err != nil {
			return "", err
		}
		for _, a := range answers {
			if at, err := value[common.Address](a, "vaults"); err == nil && at == r.token {
				return "a vault of " + registry.Name, nil
			} else if err != nil && !nothing(err) {
				return "", err
			}
		}
	}
	return "", nil
}

// slack is how much of what all shares come to may be missing: one in a
// thousand, for what is rounded and what is on its way.
const slack = 1000

// backed says that the contract holds what all its shares come to or, where it
// lent out or invested the rest, what the shares come to that were moved: they are
// then valued at no more than what is there, whatever the contract says of itself.
func (s *Source) backed(ctx context.Context, c onchain.Caller, r share, rate, moved *big.Int, block uint64) (trust, error) {
	held, err := s.held(ctx, c, r, block)
	if err != nil {
		return trust{}, err
	}
	all := r.all(r.supply, rate)
	missing := new(big.Int).Sub(all, held)
	if missing.Mul(missing, big.NewInt(slack)).Cmp(all) <= 0 {
		return trust{why: fmt.Sprintf("%s that is not listed and that held the %s that all its shares came to", r.kind, r.whole(all)), most: r.supply}, nil
	}
	if moved.Sign() > 0 && r.all(moved, rate).Cmp(held) <= 0 {
		return trust{
			most:  moved,
			why:   fmt.Sprintf("%s that is not listed and that held %s, enough for the %s that were moved", r.kind, r.whole(held), pricing.Whole(moved, r.decimals).Round(6)),
			doubt: fmt.Sprintf("that all its shares come to %s is its own word: what it does not hold it lent out or invested, as far as anybody here knows", r.whole(all)),
		}, nil
	}
	return trust{}, onchain.Refuse("%s, says at block %d that one redeems to %s of %s, which is %s for all; it holds %s itself, and no contract that is known here vouches for it",
		r.describe(), block, r.whole(rate), r.into, r.whole(all), r.whole(held))
}

// held returns how much of what it redeems to a contract has itself, or has lent
// to a lending pool that is known: the receipts of those are as good.
func (s *Source) held(ctx context.Context, c onchain.Caller, r share, block uint64) (*big.Int, error) {
	if r.into.Asset.Kind() != chain.ERC20 {
		return s.coins(ctx, c, r, block)
	}
	asset := r.into.Asset.Contract()
	holdings := []common.Address{asset}
	var calls []ethrpc.Call
	for _, p := range s.o.LendingPools {
		calls = append(calls, call(p.Address, block, "getReserveData", asset))
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		receipt, err := receiptOf(a)
		if err != nil && !nothing(err) {
			return nil, err
		}
		if receipt != (common.Address{}) && !slices.Contains(holdings, receipt) {
			holdings = append(holdings, receipt)
		}
	}
	return s.balances(ctx, c, r.token, holdings, block)
}

// balances adds up what an account has of tokens that are worth the same.
func (s *Source) balances(ctx context.Context, c onchain.Caller, of common.Address, tokens []common.Address, block uint64) (*big.Int, error) {
	calls := make([]ethrpc.Call, len(tokens))
	for i, t := range tokens {
		calls[i] = call(t, block, "balanceOf", of)
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return nil, err
	}
	sum := new(big.Int)
	for _, a := range answers {
		units, err := value[*big.Int](a, "balanceOf")
		if err != nil && !nothing(err) {
			return nil, err
		}
		if err == nil {
			sum.Add(sum, units)
		}
	}
	return sum, nil
}

// coins returns how much of the chain's coin a contract has.
func (s *Source) coins(ctx context.Context, c onchain.Caller, r share, block uint64) (*big.Int, error) {
	answers, err := c.Do(ctx, []ethrpc.Call{{Method: "eth_getBalance", Params: []any{chain.Hex(r.token), onchain.At(block)}}})
	if err != nil {
		return nil, err
	}
	if answers[0].Err != nil {
		return nil, answers[0].Err
	}
	var units hexutil.Big
	if err := json.Unmarshal(answers[0].Result, &units); err != nil {
		return nil, fmt.Errorf("balance of %s: read answer: %w", chain.Hex(r.token), err)
	}
	return units.ToInt(), nil
}
