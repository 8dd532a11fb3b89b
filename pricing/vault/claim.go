package vault

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// Methods of ERC-20 and ERC-4626, of CToken, Comptroller, AToken and Yearn's
// vaults, of the pools of Curve and Balancer and their tokens, and of staked coins.
const methods = `[
 {"type":"function","name":"decimals","inputs":[],"outputs":[{"type":"uint8"}]},
 {"type":"function","name":"totalSupply","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"balanceOf","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"asset","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"convertToAssets","inputs":[{"type":"uint256"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"UNDERLYING_ASSET_ADDRESS","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"POOL","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"getReserveData","inputs":[{"type":"address"}],"outputs":[]},
 {"type":"function","name":"underlying","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"exchangeRateStored","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"comptroller","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"markets","inputs":[{"type":"address"}],"outputs":[{"type":"bool"}]},
 {"type":"function","name":"token","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"pricePerShare","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"numVaults","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"vaults","inputs":[{"type":"address"},{"type":"uint256"}],"outputs":[{"type":"address"}]},
 {"type":"function","name":"swETHToETHRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"rswETHToETHRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"get_pool_from_lp_token","inputs":[{"type":"address"}],"outputs":[{"type":"address"}]},
 {"type":"function","name":"lp_token","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"minter","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"coins","inputs":[{"type":"uint256"}],"outputs":[{"type":"address"}]},
 {"type":"function","name":"coins","inputs":[{"type":"int128"}],"outputs":[{"type":"address"}]},
 {"type":"function","name":"balances","inputs":[{"type":"uint256"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"balances","inputs":[{"type":"int128"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getPoolId","inputs":[],"outputs":[{"type":"bytes32"}]},
 {"type":"function","name":"getPool","inputs":[{"type":"bytes32"}],"outputs":[{"type":"address"},{"type":"uint8"}]},
 {"type":"function","name":"getPoolTokens","inputs":[{"type":"bytes32"}],"outputs":[{"type":"address[]"},{"type":"uint256[]"},{"type":"uint256"}]},
 {"type":"function","name":"getPoolTokenInfo","inputs":[{"type":"bytes32"},{"type":"address"}],"outputs":[{"type":"uint256"},{"type":"uint256"},{"type":"uint256"},{"type":"address"}]},
 {"type":"function","name":"getPoolTokenInfo","inputs":[{"type":"address"}],"outputs":[{"type":"address[]"},{"type":"tuple[]","components":[{"name":"kind","type":"uint8"},{"name":"rates","type":"address"},{"name":"pays","type":"bool"}]},{"type":"uint256[]"},{"type":"uint256[]"}]},
 {"type":"function","name":"totalSupply","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getActualSupply","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getVirtualSupply","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getNormalizedWeights","inputs":[],"outputs":[{"type":"uint256[]"}]},
 {"type":"function","name":"isPoolFromFactory","inputs":[{"type":"address"}],"outputs":[{"type":"bool"}]},
 {"type":"function","name":"getFinalTokens","inputs":[],"outputs":[{"type":"address[]"}]},
 {"type":"function","name":"getBalance","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getNormalizedWeight","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"isBPool","inputs":[{"type":"address"}],"outputs":[{"type":"bool"}]},
 {"type":"function","name":"stEthPerToken","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getExchangeRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"exchangeRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getPooledAvaxByShares","inputs":[{"type":"uint256"}],"outputs":[{"type":"uint256"}]}
]`

var contract = sync.OnceValue(func() onchain.Methods { return onchain.NewMethods(methods) })

// call is one method of one contract as of the end of a block.
func call(to common.Address, block uint64, method string, args ...any) ethrpc.Call {
	return contract().Call(to, onchain.At(block), method, args...)
}

func value[T any](a ethrpc.Answer, method string) (T, error) {
	return onchain.Value[T](contract(), a, method)
}

func nothing(err error) bool { return errors.Is(err, onchain.ErrNothing) }

// kind is the make of a contract, by the methods that it has.
type kind uint8

const (
	none    kind = iota
	listing      // in the table of redemptions
	erc4626
	aToken
	cToken
	yearn
)

var kinds = [...]string{"", "a listed contract", "a vault after ERC-4626", "a receipt after Aave", "a market after Compound", "a vault after Yearn"}

func (k kind) String() string { return kinds[k] }

// share is what a contract says of itself at a block.
type share struct {
	kind     kind
	token    common.Address
	into     pricing.Subject
	decimals uint8 // of the share
	divided  uint8 // of what it redeems to
	supply   *big.Int
	listed   Redemption
}

// rateCall asks what one whole share redeems to, and returns the method too.
func (s share) rateCall(block uint64) (ethrpc.Call, string) {
	one := ten(s.decimals)
	switch s.kind {
	case listing:
		if s.listed.Takes {
			return call(s.token, block, s.listed.Method, one), s.listed.Method
		}
		return call(s.token, block, s.listed.Method), s.listed.Method
	case erc4626:
		return call(s.token, block, "convertToAssets", one), "convertToAssets"
	case cToken:
		return call(s.token, block, "exchangeRateStored"), "exchangeRateStored"
	case yearn:
		return call(s.token, block, "pricePerShare"), "pricePerShare"
	}
	// The balance of a receipt is what it redeems to.
	return call(s.token, block, "totalSupply"), "totalSupply"
}

// rate returns how many base units of into one whole share redeems to.
func (s share) rate(ctx context.Context, c onchain.Caller, block uint64) (*big.Int, error) {
	asked, method := s.rateCall(block)
	answers, err := c.Do(ctx, []ethrpc.Call{asked})
	if err != nil {
		return nil, err
	}
	units, err := value[*big.Int](answers[0], method)
	switch {
	case err != nil:
		return nil, err
	case s.kind == aToken:
		return ten(s.decimals), nil
	case s.kind == cToken: // base units for one base unit, times 10^18
		units.Mul(units, ten(s.decimals))
		units.Div(units, ten(18))
	}
	return units, nil
}

// whole returns base units of what the share redeems to as a quantity.
func (s share) whole(units *big.Int) string { return pricing.Whole(units, s.divided).Round(6).String() }

// all returns what a quantity of shares comes to at a rate.
func (s share) all(units, rate *big.Int) *big.Int {
	total := new(big.Int).Mul(units, rate)
	return total.Div(total, ten(s.decimals))
}

// names are the methods by which contracts name what they redeem to.
var names = []struct {
	kind   kind
	method string
	rate   string // the method that a contract of this kind has as well
}{
	{erc4626, "asset", "convertToAssets"},
	{aToken, "UNDERLYING_ASSET_ADDRESS", "totalSupply"},
	{cToken, "underlying", "exchangeRateStored"},
	{yearn, "token", "pricePerShare"},
}

// mostDecimals is the most that a token can be divided by without being absurd.
const mostDecimals = 77

// read finds out what a token is at a block. One that is no share of the known
// kinds has the kind none.
func (s *Source) read(ctx context.Context, c onchain.Caller, t chain.AssetID, block uint64) (share, error) {
	r := share{token: t.Contract()}
	calls := []ethrpc.Call{call(t.Contract(), block, "decimals"), call(t.Contract(), block, "totalSupply")}
	for _, n := range names {
		calls = append(calls, call(t.Contract(), block, n.method))
	}
	calls = slices.Concat(calls, s.basketProbe(t.Contract(), block), balancerProbe(t.Contract(), block), s.balancerV3Probe(t.Contract(), block)) // answered for later
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return r, err
	}
	if r.decimals, err = value[uint8](answers[0], "decimals"); err == nil {
		r.supply, err = value[*big.Int](answers[1], "totalSupply")
	}
	if nothing(err) || err == nil && r.decimals > mostDecimals {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if s.listed(t, &r) {
		return r, nil
	}
	for i, n := range names {
		into, err := value[common.Address](answers[2+i], n.method)
		if nothing(err) || err == nil && (into == common.Address{} || into == t.Contract()) {
			continue
		}
		if err != nil {
			return r, err
		}
		r.kind, r.into = n.kind, pricing.Of(chain.Token(t.ChainID(), into))
		is, err := s.confirm(ctx, c, &r, into, block)
		if is || err != nil {
			return r, err
		}
		r.kind = none
	}
	return r, nil
}

// listed reports whether what a token redeems to stands in a table, and takes it from
// there.
func (s *Source) listed(t chain.AssetID, r *share) bool {
	if i := slices.IndexFunc(s.o.Redemptions, func(l Redemption) bool { return l.Token == t }); i >= 0 {
		r.kind, r.listed, r.into, r.divided = listing, s.o.Redemptions[i], s.o.Redemptions[i].Into, s.o.Redemptions[i].IntoDecimals
		return true
	}
	if slices.Contains(coinMarkets, t) {
		n, _ := chain.NetworkByID(t.ChainID())
		r.kind, r.into, r.divided = cToken, pricing.Of(n.Coin()), n.CoinMeta().Decimals
		return true
	}
	return false
}

// confirm reports whether a contract has the rate of its kind, and reads how
// what it redeems to is divided.
func (s *Source) confirm(ctx context.Context, c onchain.Caller, r *share, into common.Address, block uint64) (bool, error) {
	rate, _ := r.rateCall(block)
	answers, err := c.Do(ctx, []ethrpc.Call{rate, call(into, block, "decimals")})
	if err != nil {
		return false, err
	}
	if _, err = onchain.Data(answers[0]); err == nil {
		r.divided, err = value[uint8](answers[1], "decimals")
	}
	if nothing(err) {
		return false, nil
	}
	return err == nil && r.divided <= mostDecimals, err
}

// describe names the contract in a reason.
func (s share) describe() string { return fmt.Sprintf("%s, %s", chain.Hex(s.token), s.kind) }
