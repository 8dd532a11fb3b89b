package uniswap_test

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
	"losstracer/pricing/pricingtest"
	"losstracer/pricing/uniswap"
)

const start = 1_700_000_004 // Unix seconds

// Where the contracts are: our own, and those of the development chain, which
// has tokens and a pool.
const (
	folder       = "testdata/contracts"
	devnetFolder = "../../chain/devnet/contracts"
)

func at(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// units returns n · 10^decimals.
func units(n int64, decimals int64) *big.Int {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil)
	return ten.Mul(ten, big.NewInt(n))
}

// exchange is a pool of a token, of 18 decimals, against another, of 6, that is
// worth 0.998 dollars.
type exchange struct {
	*pricingtest.Stage
	t             *testing.T
	token, dollar common.Address
	pool          uniswap.Pool
	caller        *ethrpc.Client
	book          *pricing.Book
}

func newExchange(t *testing.T, token, dollar int64) *exchange {
	e := &exchange{Stage: pricingtest.NewStage(t, start, folder, devnetFolder, "../vault/testdata/contracts"), t: t}
	e.Block(start + 12)
	e.token = e.Deploy("Token", "Token", "TKN", uint8(18), e.From, units(1_000_000_000, 18))
	e.dollar = e.Deploy("Token", "Dollar", "USD", uint8(6), e.From, units(1_000_000_000, 6))
	address := e.Deploy("Pool", e.token, e.dollar)
	e.pool = uniswap.Pool{Name: "Test", ChainID: 1, Version: uniswap.V2, Address: address, Token0: e.token, Token1: e.dollar}
	if e.token.Cmp(e.dollar) > 0 {
		e.pool.Token0, e.pool.Token1 = e.dollar, e.token
	}
	e.Call("Token", e.token, "transfer", address, units(token, 18))
	e.Call("Token", e.dollar, "transfer", address, units(dollar, 6))
	e.Call("Pool", address, "mint", e.From)
	return e
}

// swap gives units of one token for what the pool lets out of the other.
func (e *exchange) swap(give common.Address, in, out *big.Int) {
	e.Call("Token", give, "transfer", e.pool.Address, in)
	zero := new(big.Int)
	if give == e.pool.Token0 {
		e.Call("Pool", e.pool.Address, "swap", zero, out, e.From, []byte{})
		return
	}
	e.Call("Pool", e.pool.Address, "swap", out, zero, e.From, []byte{})
}

func (e *exchange) open() *exchange {
	e.caller = e.Play()
	e.book = &pricing.Book{}
	e.book.Add(pricing.Quote{Subject: e.subject(e.dollar), Price: decimal.RequireFromString("0.998"), At: at(start), Source: "feed", Method: "feed round"})
	return e
}

func (e *exchange) subject(token common.Address) pricing.Subject {
	return pricing.Of(chain.Token(1, token))
}

func (e *exchange) source(change ...func(*uniswap.Options)) *uniswap.Source {
	o := uniswap.Options{Pools: []uniswap.Pool{e.pool}, Against: []common.Address{e.dollar}, Deployments: []uniswap.Deployment{}}
	for _, c := range change {
		c(&o)
	}
	return uniswap.New(e.caller, 1, e.book, o)
}

func (e *exchange) ask(token common.Address, block uint64) pricing.Ask {
	return pricing.Ask{Subject: e.subject(token), At: at(e.Times[block]), Block: block}
}

// answer asks one at a time.
func answer(t testing.TB, s *uniswap.Source, a pricing.Ask) (pricing.Quote, string) {
	t.Helper()
	got, err := s.Quotes(t.Context(), []pricing.Ask{a})
	if err != nil {
		t.Fatalf("%v: %v", a, err)
	}
	switch {
	case len(got.Quotes) == 1 && len(got.Refusals) == 0:
		return got.Quotes[0], ""
	case len(got.Refusals) == 1 && len(got.Quotes) == 0:
		return pricing.Quote{}, got.Refusals[0].Why
	}
	t.Fatalf("%v: %d quotes, %d refusals", a, len(got.Quotes), len(got.Refusals))
	return pricing.Quote{}, ""
}

// spot is the price of the token at the end of a block, by the reserves.
func (e *exchange) spot(block uint64) *big.Rat {
	e.t.Helper()
	data, err := e.Contracts["Pool"].ABI.Pack("getReserves")
	if err != nil {
		e.t.Fatal(err)
	}
	var out hexutil.Bytes
	if err := e.caller.One(e.t.Context(), &out, "eth_call", map[string]any{"to": e.pool.Address, "data": hexutil.Bytes(data)}, hexutil.Uint64(block)); err != nil {
		e.t.Fatal(err)
	}
	token, dollar := new(big.Int).SetBytes(out[:32]), new(big.Int).SetBytes(out[32:64])
	if e.pool.Token0 == e.dollar {
		token, dollar = dollar, token
	}
	return new(big.Rat).Mul(new(big.Rat).SetFrac(dollar, token), new(big.Rat).SetInt(units(1, 12)))
}

// mean averages the spot prices at the ends of blocks over the time that they
// held, up to the end of a block: what a time-weighted average is, worked out
// without the pool's sums.
func (e *exchange) mean(from, to uint64) *big.Rat {
	sum := new(big.Rat)
	for n := from; n < to; n++ {
		held := new(big.Rat).SetInt(new(big.Int).SetUint64(e.Times[n+1] - e.Times[n]))
		sum.Add(sum, held.Mul(held, e.spot(n)))
	}
	return sum.Quo(sum, new(big.Rat).SetInt(new(big.Int).SetUint64(e.Times[to]-e.Times[from])))
}

func within(t testing.TB, what string, got decimal.Decimal, want *big.Rat, oneIn int64) {
	t.Helper()
	gap := new(big.Rat).Sub(got.Rat(), want)
	gap.Abs(gap).Quo(gap, want)
	if gap.Cmp(big.NewRat(1, oneIn)) > 0 {
		t.Errorf("%s: %s, want %s", what, got, want.FloatString(18))
	}
}

// trade fills blocks with swaps back and forth, three at irregular times, and a
// block without any after each.
func (e *exchange) trade(blocks int) {
	for n := range blocks {
		e.Block(e.Times[len(e.Times)-1] + uint64(12+n%7*31))
		if n%3 == 2 {
			continue
		}
		if n%2 == 0 {
			e.swap(e.token, units(int64(300+n), 18), units(int64(550+n), 6))
		} else {
			e.swap(e.dollar, units(int64(700+n), 6), units(int64(290+n), 18))
		}
	}
}

// TestMoreThanThePoolHolds asks for so many tokens that at the pool's price they
// come to more than stands in the pool: nobody could have got that for them.
func TestMoreThanThePoolHolds(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.Block(start + 3600)
	e.Block(start + 3612)
	e.open()
	for _, row := range []struct {
		tokens int64
		doubt  bool
	}{{0, false}, {100_000, false}, {100_001, true}, {1_000_000_000, true}} {
		a := e.ask(e.token, 3)
		a.Units = *uint256.MustFromBig(units(row.tokens, 18))
		q, refused := answer(t, e.source(), a)
		if refused != "" || strings.Contains(q.Doubt, "could not have been sold") != row.doubt {
			t.Errorf("of %d tokens: %s, doubt %q, refused %q; want it in doubt: %v", row.tokens, q.Price, q.Doubt, refused, row.doubt)
		}
	}
}

func TestAverageOfV2(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.trade(60)
	e.open()
	window := 20 * time.Minute
	s := e.source(func(o *uniswap.Options) { o.Window = window })
	checked := 0
	for block := uint64(len(e.Times) - 1); block > 20; block -= 7 {
		end := block - 1
		from := end
		for from > 0 && e.Times[from] > e.Times[end]-uint64(window/time.Second) {
			from--
		}
		q, refused := answer(t, s, e.ask(e.token, block))
		if refused != "" {
			t.Fatalf("block %d: refused %q", block, refused)
		}
		want := new(big.Rat).Mul(e.mean(from, end), big.NewRat(998, 1000))
		within(t, "average", q.Price, want, 1_000_000_000)
		if !q.At.Equal(at(e.Times[end])) || !q.Liquidity.Valid || q.Liquidity.Decimal.LessThan(decimal.NewFromInt(190_000)) {
			t.Errorf("block %d: at %s with liquidity %v; want the block before, and what the pool holds", block, q.At, q.Liquidity)
		}
		checked++
	}
	if checked < 4 {
		t.Errorf("%d averages checked", checked)
	}
}

// TestExploitIsNoPartOfThePrice pushes the pool in one block, as an exploit
// does, and steals in that block and in a later one.
func TestExploitIsNoPartOfThePrice(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.trade(60)
	e.Block(e.Times[len(e.Times)-1] + 12)
	exploit := uint64(len(e.Times) - 1)
	e.swap(e.dollar, units(20_000_000, 6), units(98_000, 18))
	e.Block(e.Times[exploit] + 12)
	e.Block(e.Times[exploit] + 600)
	e.open()
	s := e.source()
	if pushed := e.spot(exploit); pushed.Cmp(big.NewRat(5000, 1)) < 0 {
		t.Fatalf("the exploit pushed the price to %s only", pushed.FloatString(2))
	}
	before, _ := answer(t, s, e.ask(e.token, exploit))
	if before.Price.LessThan(decimal.RequireFromString("1.8")) || before.Price.GreaterThan(decimal.RequireFromString("2.2")) {
		t.Errorf("in the exploit's block the token is worth %s", before.Price)
	}
	later := e.ask(e.token, exploit+2)
	unaware, _ := answer(t, s, later)
	later.Start = exploit
	aware, _ := answer(t, s, later)
	if !aware.Price.Equal(before.Price) || !aware.At.Equal(before.At) {
		t.Errorf("later in the theft the token is worth %s, want %s as before it", aware.Price, before.Price)
	}
	if unaware.Price.LessThan(decimal.NewFromInt(20)) {
		t.Errorf("without knowing when the theft began the price is %s: the test shows nothing", unaware.Price)
	}
	if before.Doubt != "" || !strings.Contains(unaware.Doubt, "may have been pushed") {
		t.Errorf("doubt %q before the exploit, %q of an average over it", before.Doubt, unaware.Doubt)
	}
}

// TestPushedAndLetGo pushes the pool for one block within the window and puts it
// back: the average is most of what is left to see of it.
func TestPushedAndLetGo(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.Block(start + 6000)
	e.Block(start + 7200)
	e.swap(e.dollar, units(1_000_000, 6), units(83_000, 18))
	e.Block(start + 7212)
	e.swap(e.token, units(83_100, 18), units(990_000, 6))
	e.Block(start + 7212 + 600)
	e.Block(start + 7212 + 612)
	e.open()
	q, refused := answer(t, e.source(), e.ask(e.token, 6))
	if refused != "" || q.Price.LessThan(decimal.RequireFromString("2.2")) || !strings.Contains(q.Doubt, "may have been pushed") {
		t.Errorf("%s, refused %q, doubt %q; want the average in doubt: the pool stood at 2 before and after", q.Price, refused, q.Doubt)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 1000, 2000) // 2,000 dollars: anybody can make this price
	lonely := e.Deploy("Token", "Tether USD", "USDT", uint8(6), e.From, units(1, 6))
	for range 400 {
		e.Block(e.Times[len(e.Times)-1] + 12)
	}
	e.open()
	last := uint64(len(e.Times) - 1)
	deep := func(o *uniswap.Options) { o.Floor = decimal.NewFromInt(1000) }
	for _, row := range []struct {
		name   string
		source *uniswap.Source
		ask    pricing.Ask
		says   string
	}{
		{"a shallow pool", e.source(), e.ask(e.token, last), "holds 1996 dollars"},
		{"a token in no pool, with a borrowed symbol", e.source(deep), e.ask(lonely, last), "no pool"},
		{"a pool younger than the window", e.source(deep), e.ask(e.token, 20), "not there at block 0"},
		{"no block", e.source(deep), pricing.Ask{Subject: e.subject(e.token), At: at(e.Times[last])}, "none is known"},
		{"a contract that is no token", e.source(deep), e.ask(common.HexToAddress("0x99"), last), "how the token is divided"},
	} {
		if q, refused := answer(t, row.source, row.ask); !strings.Contains(refused, row.says) {
			t.Errorf("%s: %v, refused %q; want %q", row.name, q.Price, refused, row.says)
		}
	}
	if q, refused := answer(t, e.source(deep), e.ask(e.token, last)); refused != "" || !q.Price.Round(15).Equal(decimal.RequireFromString("1.996")) {
		t.Errorf("with a lower floor: %s, refused %q; want 1.996", q.Price, refused)
	}
	unpriced := uniswap.New(e.caller, 1, &pricing.Book{}, uniswap.Options{Pools: []uniswap.Pool{e.pool}, Against: []common.Address{e.dollar}})
	if _, refused := answer(t, unpriced, e.ask(e.token, last)); !strings.Contains(refused, "against anything that has a price") {
		t.Errorf("against something without a price: %q", refused)
	}
}

func TestNotConcerned(t *testing.T) {
	t.Parallel()
	s := uniswap.New(forgetful{}, 1, nil, uniswap.Options{})
	for _, a := range []pricing.Ask{
		{Subject: pricing.Of(chain.NativeAsset(1)), Block: 5},
		{Subject: pricing.Of(chain.Token(56, common.HexToAddress(usdtContract))), Block: 5},
		{Subject: pricing.Of(chain.Token(1, common.HexToAddress(wethContract))), Block: 5},
		{Subject: pricing.Subject{Symbol: "BTC"}, Block: 5},
	} {
		got, err := s.Quotes(t.Context(), []pricing.Ask{a})
		if err != nil || len(got.Quotes)+len(got.Refusals) != 0 || needed(t, s, a) != nil {
			t.Errorf("%v: %v, %v; want nothing said and nothing asked", a, got, err)
		}
	}
}

func needed(t testing.TB, s pricing.Dependent, a pricing.Ask) []pricing.Ask {
	t.Helper()
	needs, err := s.Needs(t.Context(), []pricing.Ask{a})
	if err != nil {
		t.Fatal(err)
	}
	return needs[0]
}

// forgetful answers for blocks and not for their state.
type forgetful struct{ onchain.Caller }

func (f forgetful) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers := make([]ethrpc.Answer, len(calls))
	for i, c := range calls {
		if c.Method != "eth_call" {
			got, err := f.Caller.Do(ctx, calls[i:i+1])
			if err != nil {
				return nil, err
			}
			answers[i] = got[0]
			continue
		}
		answers[i] = ethrpc.Answer{Err: &ethrpc.RPCError{Method: c.Method, Code: -32000, Message: "missing trie node 12 (path ) state 0x34 is not available"}}
	}
	return answers, nil
}

func TestWithoutOldState(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.Block(start + 3600)
	e.Block(start + 3612)
	e.open()
	s := uniswap.New(forgetful{e.caller}, 1, e.book, uniswap.Options{Pools: []uniswap.Pool{e.pool}, Against: []common.Address{e.dollar}})
	if _, refused := answer(t, s, e.ask(e.token, 3)); !strings.Contains(refused, "state of that block") {
		t.Errorf("refused %q; want the missing state named", refused)
	}
}

// TestHotWalletTheft prices the stablecoins of the played theft against the
// wrapped coin, and through it in dollars, all by one filling.
func TestHotWalletTheft(t *testing.T) {
	t.Parallel()
	sc, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	client, err := ethrpc.New(devnet.Serve(t, sc.Chain), ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	order := func(name string, token chain.AssetID) uniswap.Pool {
		p := uniswap.Pool{Name: name, ChainID: 1, Version: uniswap.V2, Address: sc.Parties[name], Token0: token.Contract(), Token1: devnet.WETH().Contract()}
		if p.Token0.Cmp(p.Token1) > 0 {
			p.Token0, p.Token1 = p.Token1, p.Token0
		}
		return p
	}
	first := sc.Txs["first theft"]
	var asks []pricing.Ask
	for _, m := range sc.Of(devnet.Theft) {
		asks = append(asks, pricing.Ask{Subject: pricing.Of(m.Asset), At: at(m.Time), Block: m.Block, Start: first.Block})
	}
	book := &pricing.Book{}
	book.Add(pricing.Quote{
		Subject: pricing.Of(devnet.ETH()), Price: decimal.RequireFromString("1963.67"), At: at(first.Time - 300), Source: "close", Method: "price file",
	})
	sources := []pricing.Source{
		pricing.Wrapped(book),
		uniswap.New(client, 1, book, uniswap.Options{
			Pools: []uniswap.Pool{order("pool of USDT", devnet.USDT()), order("pool of USDC", devnet.USDC())}, Against: []common.Address{devnet.WETH().Contract()},
		}),
	}
	outcome, err := pricing.Fill(t.Context(), book, sources, asks)
	if err != nil {
		t.Fatal(err)
	}
	if len(outcome.Unpriced)+len(outcome.Problems)+len(outcome.Disagreements) > 0 {
		t.Errorf("outcome %+v", outcome)
	}
	for _, a := range asks {
		q, ok := book.At(a.Subject, a.At)
		want := "1"
		if a.Subject == pricing.Of(devnet.ETH()) {
			want = "1963.67"
		}
		if !ok || !q.Price.Round(6).Equal(decimal.RequireFromString(want)) || q.Doubt != "" || q.At.After(at(first.Time)) {
			t.Errorf("%v: %s of %s, doubt %q; want %s from before the theft", a, q.Price, q.At, q.Doubt, want)
		}
	}
}

// TestQuotesSurviveJSON guards the JSON of quotes that other packages keep.
func TestQuotesSurviveJSON(t *testing.T) {
	t.Parallel()
	q := pricing.Quote{Price: decimal.RequireFromString("1.23456789012345678901234"), Liquidity: decimal.NewNullDecimal(decimal.New(5, 4))}
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var again pricing.Quote
	if err := json.Unmarshal(b, &again); err != nil || !again.Price.Equal(q.Price) || !again.Liquidity.Decimal.Equal(q.Liquidity.Decimal) || again.Confidence.Valid {
		t.Errorf("%s reads back as %+v, %v", b, again, err)
	}
}
