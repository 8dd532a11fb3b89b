package uniswap_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/pricing"
	"losstracer/pricing/uniswap"
)

// root is the square root, to some eighty digits.
func root(x *big.Rat) *big.Rat {
	f := new(big.Float).SetPrec(300).SetRat(x)
	r, _ := f.Sqrt(f).Rat(nil)
	return r
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

// priced adds what the token is worth to the book.
func (e *exchange) priced(price int64) {
	e.book.Add(pricing.Quote{Subject: e.subject(e.token), Price: decimal.NewFromInt(price), At: at(start), Source: "feed", Method: "feed round"})
}

func TestShareOfPool(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.Block(start + 3600)
	e.Block(start + 3612)
	e.open()
	// That 99,999 tokens have a price says nothing of the pool's 100,000.
	e.book.Add(pricing.Quote{
		Subject: e.subject(e.token), Price: decimal.NewFromInt(5), At: at(start), Source: "feed", Method: "feed round", Most: decimal.NewNullDecimal(decimal.NewFromInt(99_999)),
	})
	s := e.source()
	// The pool issued √(10²³·2·10¹¹) shares of 18 decimals.
	supply := new(big.Int).Sqrt(new(big.Int).Mul(units(100_000, 18), units(200_000, 6)))
	share := func(total *big.Rat) *big.Rat {
		return new(big.Rat).Mul(total, new(big.Rat).SetFrac(units(1, 18), supply))
	}
	q, refused := answer(t, s, e.ask(e.pool.Address, 3))
	if refused != "" || !strings.Contains(q.Doubt, "counts for as much as this one") {
		t.Errorf("refused %q, doubt %q", refused, q.Doubt)
	}
	within(t, "share by one side", q.Price, share(rat("399200")), 1_000_000_000_000)

	e.priced(3)
	q, _ = answer(t, s, e.ask(e.pool.Address, 3))
	// At three dollars a token the pool would hold 2·√(300,000 · 199,600).
	within(t, "share by both sides", q.Price, share(new(big.Rat).Mul(rat("2"), root(rat("59880000000")))), 1_000_000_000_000)
	if q.At.After(at(e.Times[2])) || q.Doubt != "" || !strings.Contains(q.Note, "out of balance") {
		t.Errorf("of %s, after the block before the theft; doubt %q, note %q", q.At, q.Doubt, q.Note)
	}

	minted := e.ask(e.pool.Address, 3)
	minted.Units = *uint256.MustFromBig(new(big.Int).Add(supply, big.NewInt(1)))
	if q, refused := answer(t, s, minted); !strings.Contains(refused, "more of it was moved") {
		t.Errorf("more shares than there were got the price %s, refused %q", q.Price, refused)
	}
	needs := needed(t, s, e.ask(e.pool.Address, 3))
	if len(needs) != 2 || needs[0].Block != 2 {
		t.Errorf("needs %v; want both tokens at the block before", needs)
	}
}

// TestPushedPoolDoesNotMoveItsShare swaps most of one side out of a pool in the
// block before the theft. The reserves then come to many times what they were;
// the share is worth what it was, and the fee.
func TestPushedPoolDoesNotMoveItsShare(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.Block(start + 3600)
	e.Block(start + 3612)
	e.swap(e.dollar, units(20_000_000, 6), units(99_000, 18))
	e.Block(start + 3624)
	e.open()
	e.priced(2)
	s := e.source()
	calm, _ := answer(t, s, e.ask(e.pool.Address, 3))
	pushed, refused := answer(t, s, e.ask(e.pool.Address, 4))
	gap := pushed.Price.Sub(calm.Price).Abs()
	if refused != "" || gap.GreaterThan(calm.Price.Mul(decimal.RequireFromString("0.02"))) {
		t.Errorf("the share went from %s to %s, refused %q", calm.Price, pushed.Price, refused)
	}
	if !strings.Contains(pushed.Note, "the reserves as they stood come to 20") {
		t.Errorf("note %q; want what the pool was pushed to", pushed.Note)
	}
}

// TestStrangePools asks for shares of pools that no factory of the table made:
// one that holds what it states, and one that states reserves of the same
// tokens and holds nothing.
func TestStrangePools(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	hollow := e.Deploy("Claims")
	word := func(b []byte) []byte { return common.LeftPadBytes(b, 32) }
	claim := func(method string, answer ...[]byte) {
		var all []byte
		for _, a := range answer {
			all = append(all, word(a)...)
		}
		e.Call("Claims", hollow, "claim", [4]byte(crypto.Keccak256([]byte(method))[:4]), all)
	}
	claim("token0()", e.pool.Token0[:])
	claim("token1()", e.pool.Token1[:])
	claim("getReserves()", units(100_000, 18).Bytes(), units(100_000, 18).Bytes(), []byte{1})
	claim("totalSupply()", units(1, 18).Bytes())
	claim("decimals()", []byte{18})
	e.Block(start + 3600)
	e.Block(start + 3612)
	e.open()
	e.priced(2)
	stranger := uniswap.New(e.caller, 1, e.book, uniswap.Options{Against: []common.Address{e.dollar}})
	q, refused := answer(t, stranger, e.ask(e.pool.Address, 3))
	known, _ := answer(t, e.source(), e.ask(e.pool.Address, 3))
	if refused != "" || !q.Price.Equal(known.Price) || !strings.Contains(q.Doubt, "no factory that is known") {
		t.Errorf("%s, doubt %q, refused %q; want %s with a doubt", q.Price, q.Doubt, refused, known.Price)
	}
	if q, refused := answer(t, stranger, e.ask(hollow, 3)); !strings.Contains(refused, "did not hold") {
		t.Errorf("a pool that holds nothing got the price %s, refused %q", q.Price, refused)
	}
}
