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
	"losstracer/pricing/onchain"
)

// believed says why the word of a contract counts, or refuses.
func (s *Source) believed(ctx context.Context, c onchain.Caller, r share, rate, moved *big.Int, block uint64) (string, error) {
	if r.supply.Sign() == 0 {
		return "", onchain.Refuse("%s, had no shares at block %d", r.describe(), block)
	}
	if moved.Cmp(r.supply) > 0 {
		return "", onchain.Refuse("more of it was moved than %s, says there was at block %d: whatever a share was worth then, these were not", r.describe(), block)
	}
	why, err := s.registered(ctx, c, r, block)
	if why != "" || err != nil {
		return why, err
	}
	return s.backed(ctx, c, r, rate, block)
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
			answers, err := c.Do(ctx, []ethrpc.Call{call(at, block, "getReserveData", r.into.Asset.Contract)})
			if err != nil {
				return false, err
			}
			// The receipt stands in the eighth word in V2 and in the ninth in V3,
			// where the eighth is a small number.
			data, err := onchain.Data(answers[0])
			word := common.LeftPadBytes(r.token[:], 32)
			is := func(n int) bool { return len(data) >= 32*n && string(data[32*(n-1):32*n]) == string(word) }
			return is(8) || is(9), err
		})
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
	i := slices.IndexFunc(known, func(k Registry) bool { return k.ChainID == s.chainID && k.Address == at })
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

// slack is how much of what all shares come to may be missing: one in a
// thousand, for what is rounded and what is on its way.
const slack = 1000

// backed says that the contract holds what all its shares come to.
func (s *Source) backed(ctx context.Context, c onchain.Caller, r share, rate *big.Int, block uint64) (string, error) {
	held, err := s.held(ctx, c, r, block)
	if err != nil {
		return "", err
	}
	all := r.all(r.supply, rate)
	missing := new(big.Int).Sub(all, held)
	if missing.Mul(missing, big.NewInt(slack)).Cmp(all) > 0 {
		return "", onchain.Refuse("%s, says at block %d that one redeems to %s of %s, which is %s for all; it holds %s itself, and no contract that is known here vouches for it",
			r.describe(), block, r.whole(rate), r.into, r.whole(all), r.whole(held))
	}
	return fmt.Sprintf("%s that is not listed and that held the %s that all its shares came to", r.kind, r.whole(all)), nil
}

// held returns how much of what it redeems to a contract has itself.
func (s *Source) held(ctx context.Context, c onchain.Caller, r share, block uint64) (*big.Int, error) {
	if r.into.Asset.Kind == chain.ERC20 {
		answers, err := c.Do(ctx, []ethrpc.Call{call(r.into.Asset.Contract, block, "balanceOf", r.token)})
		if err != nil {
			return nil, err
		}
		units, err := value[*big.Int](answers[0], "balanceOf")
		if nothing(err) {
			return new(big.Int), nil
		}
		return units, err
	}
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
