package uniswap

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// Redemption is a token that says on chain what one of it redeems to. The
// tokens are listed by their contract: anybody can write a contract that claims
// to redeem to dollars.
type Redemption struct {
	Token chain.AssetID
	Into  pricing.Subject
	// Method returns how many base units of Into, with IntoDecimals, one whole
	// Token, of 18 decimals, redeems to.
	Method       string
	IntoDecimals uint8
}

// ERC4626 is the method of vaults after ERC-4626.
const ERC4626 = "convertToAssets"

// Redemptions returns the table: staked ether of Lido, Rocket Pool and Coinbase,
// savings DAI and staked USDe, with the methods that their contracts document.
func Redemptions() []Redemption {
	token := func(s string) chain.AssetID { return chain.Token(1, common.HexToAddress(s)) }
	ether := pricing.Of(chain.NativeAsset(1))
	return []Redemption{
		{token("0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"), pricing.Of(token("0xae7ab96520de3a18e5e111b5eaab095312d7fe84")), "stEthPerToken", 18},
		{token("0xae78736cd615f374d3085123a210448e74fc6393"), ether, "getExchangeRate", 18},
		{token("0xbe9895146f7af43049ca1c1ae358b0541ea49704"), ether, "exchangeRate", 18},
		{token("0x83f20f44975d03b1b09e64809b757c47f942beea"), pricing.Of(token("0x6b175474e89094c44da98b954eedeac495271d0f")), ERC4626, 18},
		{token("0x9d39a5de30e57443bff2a8307a4256c8797a3497"), pricing.Of(token("0x4c9edd5852cd905f086c759e8383e09bff1e68b3")), ERC4626, 18},
	}
}

func (s *Source) redemption(subject pricing.Subject) (Redemption, bool) {
	for _, r := range s.o.Redemptions {
		if pricing.Of(r.Token) == subject {
			return r, true
		}
	}
	return Redemption{}, false
}

// redeem prices a token by what it redeems to.
func (s *Source) redeem(ctx context.Context, r Redemption, a pricing.Ask, w window) (pricing.Quote, error) {
	rests, ok := s.dollars(r.Into, a, w)
	if !ok {
		return pricing.Quote{}, refuse("what it redeems to, %s, has no price", r.Into)
	}
	c := rpcCall{}
	if r.Method == ERC4626 {
		c = call(r.Token.Contract, w.end.number, r.Method, new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))
	} else {
		c = call(r.Token.Contract, w.end.number, r.Method)
	}
	answers, err := s.do(ctx, []rpcCall{c})
	if err != nil {
		return pricing.Quote{}, err
	}
	units, err := value[*big.Int](answers[0], r.Method)
	if errors.Is(err, errNothing) || err == nil && units.Sign() == 0 {
		return pricing.Quote{}, refuse("the contract does not say at block %d what it redeems to", w.end.number)
	}
	if err != nil {
		return pricing.Quote{}, err
	}
	q := s.quote(a, w, whole(units, r.IntoDecimals), rests)
	q.Source = "contract " + chain.Hex(r.Token.Contract)
	q.Method = fmt.Sprintf("redeems to %s, %s at block %d", r.Into, r.Method, w.end.number)
	return q, nil
}

// share reports whether a token is the share of a V2 pool: of one that is to be
// trusted, or one that stands where its factory would have put it.
func (s *Source) share(ctx context.Context, token common.Address, w window) (Pool, bool, error) {
	for _, p := range s.o.Pools {
		if p.Address == token && p.Version == V2 {
			return p, true, nil
		}
	}
	answers, err := s.do(ctx, []rpcCall{call(token, w.end.number, "token0"), call(token, w.end.number, "token1")})
	if err != nil {
		return Pool{}, false, err
	}
	var pair [2]common.Address
	for i, method := range []string{"token0", "token1"} {
		if pair[i], err = value[common.Address](answers[i], method); errors.Is(err, errNothing) {
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
	return Pool{}, false, nil
}

// shareDecimals is how a share is divided (UniswapV2ERC20).
const shareDecimals = 18

// shareWorth prices a share by what it redeems to: its part of both reserves.
// Where only one of the tokens has a price, the other counts for as much, which
// is the price that the pool itself makes.
func (s *Source) shareWorth(ctx context.Context, p Pool, a pricing.Ask, w window) (pricing.Quote, error) {
	decimals, err := s.decimalsOf(ctx, w, p.Token0, p.Token1)
	if err != nil {
		return pricing.Quote{}, err
	}
	answers, err := s.do(ctx, []rpcCall{call(p.Address, w.end.number, "getReserves"), call(p.Address, w.end.number, "totalSupply")})
	if err != nil {
		return pricing.Quote{}, err
	}
	r, err := readReserves(answers[0])
	supply := new(big.Int)
	if err == nil {
		supply, err = value[*big.Int](answers[1], "totalSupply")
	}
	if errors.Is(err, errNothing) || err == nil && supply.Sign() == 0 {
		return pricing.Quote{}, refuse("the pool %s had no shares at block %d", chain.Hex(p.Address), w.end.number)
	}
	if err != nil {
		return pricing.Quote{}, err
	}
	var sides []side
	for _, t := range []struct {
		token common.Address
		units *big.Int
	}{{p.Token0, r.r0}, {p.Token1, r.r1}} {
		q, priced := s.dollars(pricing.Of(chain.Token(s.chainID, t.token)), a, w)
		if d, says := decimals[t.token]; priced && says {
			sides = append(sides, side{q, whole(t.units, d)})
		}
	}
	return s.shareQuote(p, sides, supply, a, w)
}

// side is what a pool holds of one token.
type side struct {
	quote    pricing.Quote
	quantity decimal.Decimal
}

func (s *Source) shareQuote(p Pool, sides []side, supply *big.Int, a pricing.Ask, w window) (pricing.Quote, error) {
	if len(sides) == 0 {
		return pricing.Quote{}, refuse("neither token of the pool %s has a price", chain.Hex(p.Address))
	}
	total := decimal.Decimal{}
	q := pricing.Quote{Subject: a.Subject, At: time.Unix(int64(w.end.time), 0).UTC(), Source: p.Name + " pool " + chain.Hex(p.Address)}
	for _, side := range sides {
		rests := s.quote(a, w, side.quantity, side.quote)
		total = total.Add(rests.Price)
		q.Note, q.Doubt = join(q.Note, rests.Note), join(q.Doubt, rests.Doubt)
		if rests.At.After(q.At) {
			q.At = rests.At
		}
	}
	if len(sides) == 1 {
		total = total.Add(total)
		q.Note = join(q.Note, "the other token, which has no price, for as much as this one")
	}
	q.Liquidity = decimal.NewNullDecimal(total)
	if total.LessThan(s.o.Floor) {
		return pricing.Quote{}, refuse("the pool %s holds %s dollars, the floor is %s", chain.Hex(p.Address), total.Round(2), s.o.Floor)
	}
	q.Price = total.DivRound(whole(supply, shareDecimals), digits)
	q.Method = fmt.Sprintf("share of the pool's reserves at block %d", w.end.number)
	return q, nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
