package vault_test

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
	"losstracer/pricing/vault"
)

// list encodes arrays as the only things that a method returns, and words behind
// them.
func list(arrays [][]any, behind ...any) []any {
	head, tail := []any{}, []any{}
	at := int64(32 * (len(arrays) + len(behind)))
	for _, a := range arrays {
		head = append(head, big.NewInt(at))
		tail = append(append(tail, big.NewInt(int64(len(a)))), a...)
		at += int64(32 * (len(a) + 1))
	}
	return append(append(head, behind...), tail...)
}

// balancer is a pool that claims to be one of Balancer's second version, and a
// vault that knows a pool by its id.
func (s *scene) balancer(vaultKnows func(pool common.Address) common.Address, tokens, balances, weights []any, actual *big.Int) (pool, holder common.Address) {
	s.Block(s.Times[len(s.Times)-1] + 12) // which has the gas for it
	pool, holder = s.claims(), s.claims()
	s.token(pool, 18, 1000)
	s.claim(pool, "getPoolId()", big.NewInt(77))
	if len(weights) > 0 {
		s.claim(pool, "getNormalizedWeights()", list([][]any{weights})...)
	}
	if actual != nil {
		s.claim(pool, "getActualSupply()", actual)
	}
	s.claim(holder, "getPool(bytes32)", vaultKnows(pool), big.NewInt(0))
	s.claim(holder, "getPoolTokenInfo(bytes32,address)", units(1_000_000, 18), new(big.Int), new(big.Int), s.From)
	for i, t := range tokens {
		if t == nil {
			tokens[i] = pool
		}
	}
	s.claim(holder, "getPoolTokens(bytes32)", list([][]any{tokens, balances}, big.NewInt(5))...)
	return pool, holder
}

// TestBalancer asks for shares of pools of Balancer: weighted ones, one that
// composes, and what others claim.
func TestBalancer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := s.Deploy("Token", "Other", "OTH", uint8(18), s.From, units(1_000_000, 18))
	itself := func(pool common.Address) common.Address { return pool }
	stranger := func(common.Address) common.Address { return s.From }
	weight := func(percent int64) *big.Int { return units(percent, 16) }
	type row struct {
		name, price, note, refused string
		moved                      int64
		pool, holder               common.Address
	}
	var rows []row
	add := func(r row, knows func(common.Address) common.Address, tokens, balances, weights []any, actual *big.Int) {
		r.pool, r.holder = s.balancer(knows, tokens, balances, weights, actual)
		rows = append(rows, r)
	}
	// 800 dollars of 0.998 and 100 others of 2 dollars stand at their prices at 80 : 20 of
	// 998.4; the pool is 1000 shares.
	add(row{name: "stands at its tokens' prices", price: "0.9984", moved: 1000}, itself, []any{s.dollar, other}, []any{units(800, 6), units(100, 18)}, []any{weight(80), weight(20)}, nil)
	// A swap that took 700 dollars and gave 25,500 others leaves (100·0.998/0.8)^0.8·(25600·2/0.2)^0.2.
	add(row{name: "was pushed by a swap", price: "0.5734", note: "out of balance", moved: 1}, itself, []any{s.dollar, other}, []any{units(100, 6), units(25_600, 18)}, []any{weight(80), weight(20)}, nil)
	add(row{name: "holds its own shares, and says how many are others'", price: "1.998", moved: 10}, itself, []any{s.dollar, nil, other}, []any{units(10, 6), units(999, 18), units(5, 18)}, nil, units(10, 18))
	add(row{name: "holds its own shares, of which more were moved than are others'", refused: "more of it was moved", moved: 11}, itself, []any{s.dollar, nil, other}, []any{units(10, 6), units(999, 18), units(5, 18)}, nil, units(10, 18))
	add(row{name: "holds its own shares and does not say how many are not", refused: "does not say how many", moved: 1}, itself, []any{s.dollar, nil}, []any{units(10, 6), units(999, 18)}, nil, nil)
	add(row{name: "claims the id of another", refused: "does not know it", moved: 1}, stranger, []any{s.dollar, other}, []any{units(800, 6), units(100, 18)}, nil, nil)
	add(row{name: "has weights of more than one", refused: "do not add up", moved: 1}, itself, []any{s.dollar, other}, []any{units(800, 6), units(100, 18)}, []any{weight(80), weight(80)}, nil)
	add(row{name: "is empty", refused: "was empty", moved: 1}, itself, []any{s.dollar, other}, []any{new(big.Int), new(big.Int)}, []any{weight(50), weight(50)}, nil)
	add(row{name: "has nothing left of one of its tokens", refused: "nothing of one of its tokens", moved: 1}, itself, []any{s.dollar, other}, []any{units(800, 6), new(big.Int)}, []any{weight(80), weight(20)}, nil)
	add(row{name: "lent a part to a manager of its own", refused: "than it held", moved: 1}, itself, []any{s.dollar, other}, []any{units(100, 6), units(1_000_001, 18)}, []any{weight(80), weight(20)}, nil)
	add(row{name: "has one token twice", refused: "twice", moved: 1}, itself, []any{s.dollar, s.dollar}, []any{units(800, 6), units(800, 6)}, nil, nil)
	s.Block(s.Times[len(s.Times)-1] + 12)
	factory := s.claims()
	s.claim(factory, "isPoolFromFactory(address)", big.NewInt(1))
	s.claim(factory, "isBPool(address)", big.NewInt(1))
	ofFirst := func(tokens ...any) common.Address { // half and half, of 50 dollars, and as many base units
		pool := s.claims()
		s.token(pool, 18, 100)
		s.claim(pool, "getFinalTokens()", list([][]any{tokens})...)
		s.claim(pool, "getBalance(address)", units(50, 6))
		s.claim(pool, "getNormalizedWeight(address)", weight(50))
		s.Call("Token", s.dollar, "transfer", pool, units(50, 6))
		return pool
	}
	first := ofFirst(s.dollar, other)
	rows = append(rows, row{name: "is of the first version and has one token twice", refused: "twice", moved: 1, pool: ofFirst(s.dollar, s.dollar)})
	theft := s.later()
	s.open()
	s.book.Add(pricing.Quote{Subject: subject(other), Price: decimal.NewFromInt(2), At: at(start), Source: "feed", Method: "feed round"})
	for _, r := range rows {
		o := vault.Options{BalancerVaults: []vault.Registry{{Name: "Balancer V2", ChainID: 1, Address: r.holder}}}
		q, refused := s.answer(t, o, s.ask(r.pool, theft, units(r.moved, 18)))
		if r.refused != "" {
			if !strings.Contains(refused, r.refused) {
				t.Errorf("a pool that %s: %s, refused %q; want %q", r.name, q.Price, refused, r.refused)
			}
			continue
		}
		if refused != "" || !q.Price.Round(4).Equal(decimal.RequireFromString(r.price)) || !strings.Contains(q.Doubt, "its own word") || !strings.Contains(q.Note, r.note) {
			t.Errorf("a pool that %s: %s, note %q, doubt %q, refused %q; want %s", r.name, q.Price, q.Note, q.Doubt, refused, r.price)
		}
		o.BalancerFactories = []vault.Registry{{Name: "Balancer V2", ChainID: 1, Address: factory}}
		if q, _ := s.answer(t, o, s.ask(r.pool, theft, units(r.moved, 18))); q.Doubt != "" || !strings.Contains(q.Note, "a pool of Balancer V2") {
			t.Errorf("a pool that %s, and that a factory made: note %q, doubt %q", r.name, q.Note, q.Doubt)
		}
		if q, refused := s.answer(t, vault.Options{BalancerVaults: []vault.Registry{}}, s.ask(r.pool, theft, nil)); refused == "" && !q.Price.IsZero() {
			t.Errorf("a pool that %s, and whose vault nobody knows, got the price %s", r.name, q.Price)
		}
	}
	// The pool of the first version says that it holds 50 dollars, and as many base
	// units of the other, which it does not hold.
	if q, refused := s.answer(t, vault.Options{}, s.ask(first, theft, units(1, 18))); !strings.Contains(refused, "than it held") {
		t.Errorf("a pool of the first version that lies: %s, refused %q", q.Price, refused)
	}
	known := vault.Options{BalancerFactories: []vault.Registry{{Name: "Balancer V1", ChainID: 1, Address: factory}}}
	if q, refused := s.answer(t, known, s.ask(first, theft, units(1, 18))); refused != "" || !strings.Contains(q.Note, "a pool of Balancer V1") {
		t.Errorf("a pool that Balancer's first factory made: %s, note %q, refused %q", q.Price, q.Note, refused)
	}
}

// asked notes which methods contracts are asked.
type asked struct {
	onchain.Caller
	methods map[string]int
}

func (a asked) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	for _, c := range calls {
		if call, is := c.Params[0].(map[string]string); is {
			a.methods[call["data"][:10]]++
		}
	}
	return a.Caller.Do(ctx, calls)
}

// TestCashIsOfStrangers: what the vault holds itself is asked for where nobody
// known made the pool, and nowhere else.
func TestCashIsOfStrangers(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := s.Deploy("Token", "Other", "OTH", uint8(18), s.From, units(1_000_000, 18))
	factory := s.claims()
	s.claim(factory, "isPoolFromFactory(address)", big.NewInt(1))
	pool, holder := s.balancer(func(pool common.Address) common.Address { return pool }, []any{s.dollar, other}, []any{units(800, 6), units(100, 18)}, nil, nil)
	theft := s.later()
	s.open()
	s.book.Add(pricing.Quote{Subject: subject(other), Price: decimal.NewFromInt(2), At: at(start), Source: "feed", Method: "feed round"})
	method := hexutil.Encode(crypto.Keccak256([]byte("getPoolTokenInfo(bytes32,address)"))[:4])
	for _, row := range []struct {
		factories []vault.Registry
		want      int
	}{{[]vault.Registry{}, 2}, {[]vault.Registry{{Name: "Balancer V2", ChainID: 1, Address: factory}}, 0}} {
		o := vault.Options{BalancerVaults: []vault.Registry{{Name: "Balancer V2", ChainID: 1, Address: holder}}, BalancerFactories: row.factories}
		caller := asked{s.caller, map[string]int{}}
		got, err := vault.New(caller, 1, s.book, o).Quotes(t.Context(), []pricing.Ask{s.ask(pool, theft, units(1, 18))})
		if err != nil || len(got.Quotes) != 1 || got.Quotes[0].Price.Round(4).String() != "0.9984" || caller.methods[method] != row.want {
			t.Errorf("%d factories known: %v, %v, cash asked for %d times; want %d", len(row.factories), got, err, caller.methods[method], row.want)
		}
	}
}

// third encodes what the vault of Balancer's third version says of a pool.
func third(t *testing.T, tokens []common.Address, balances []*big.Int) []byte {
	t.Helper()
	parsed, err := abi.JSON(strings.NewReader(`[{"type":"function","name":"f","inputs":[],"outputs":[{"type":"address[]"},
		{"type":"tuple[]","components":[{"name":"a","type":"uint8"},{"name":"b","type":"address"},{"name":"c","type":"bool"}]},{"type":"uint256[]"},{"type":"uint256[]"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []struct {
		A uint8
		B common.Address
		C bool
	}
	for range tokens {
		kinds = append(kinds, struct {
			A uint8
			B common.Address
			C bool
		}{1, common.HexToAddress("0xabc"), true})
	}
	data, err := parsed.Methods["f"].Outputs.Pack(tokens, kinds, balances, balances)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestThirdBalancer asks for shares of pools of Balancer's third version, whose vault
// keeps both what a pool holds and how many shares there are.
func TestThirdBalancer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := s.Deploy("Token", "Other", "OTH", uint8(18), s.From, units(1_000_000, 18))
	type row struct {
		name, price, refused string
		supply               int64 // by the token's own word
		moved                int64
		balances             []*big.Int
		weights              []any
		unknown              bool
		pool, holder         common.Address
	}
	weights := []any{units(80, 16), units(20, 16)}
	rows := []row{
		{name: "has no weights", price: "1.998", supply: 500, moved: 1, balances: []*big.Int{units(1000, 6), units(500, 18)}},
		{name: "was pushed by a swap", price: "0.5734", supply: 1000, moved: 1, balances: []*big.Int{units(100, 6), units(25_600, 18)}, weights: weights},
		{name: "says that there are fewer shares than the vault does", price: "1.998", supply: 1, moved: 1000, balances: []*big.Int{units(1000, 6), units(500, 18)}},
		{name: "has fewer shares than were moved", refused: "more of it was moved", supply: 5000, moved: 1001, balances: []*big.Int{units(1000, 6), units(500, 18)}},
		{name: "the vault does not know", refused: "unpriced", supply: 1000, moved: 1, unknown: true},
		{name: "names more tokens than balances", refused: "names 2 tokens and 1 balances", supply: 1000, moved: 1, balances: []*big.Int{units(1000, 6)}},
	}
	for i := range rows {
		r := &rows[i]
		s.Block(s.Times[len(s.Times)-1] + 12)
		r.pool, r.holder = s.claims(), s.claims()
		s.token(r.pool, 18, r.supply)
		if len(r.weights) > 0 {
			s.claim(r.pool, "getNormalizedWeights()", list([][]any{r.weights})...)
		}
		if !r.unknown {
			s.Call("Claims", r.holder, "claim", [4]byte(crypto.Keccak256([]byte("getPoolTokenInfo(address)"))[:4]), third(t, []common.Address{s.dollar, other}, r.balances))
			s.claim(r.holder, "totalSupply(address)", units(1000, 18))
		}
	}
	theft := s.later()
	s.open()
	s.book.Add(pricing.Quote{Subject: subject(other), Price: decimal.NewFromInt(2), At: at(start), Source: "feed", Method: "feed round"})
	for _, r := range rows {
		o := vault.Options{BalancerV3Vaults: []vault.Registry{{Name: "Balancer V3", ChainID: 1, Address: r.holder}}}
		q, refused := s.answer(t, o, s.ask(r.pool, theft, units(r.moved, 18)))
		if r.refused != "" {
			if !strings.Contains(refused, r.refused) {
				t.Errorf("a pool that %s: %s, refused %q; want %q", r.name, q.Price, refused, r.refused)
			}
			continue
		}
		if refused != "" || !q.Price.Round(4).Equal(decimal.RequireFromString(r.price)) || !strings.Contains(q.Doubt, "its hooks") {
			t.Errorf("a pool that %s: %s, doubt %q, refused %q; want %s", r.name, q.Price, q.Doubt, refused, r.price)
		}
		if q, refused := s.answer(t, vault.Options{}, s.ask(r.pool, theft, nil)); refused == "" {
			t.Errorf("a pool that %s, and whose vault nobody knows, got the price %s", r.name, q.Price)
		}
	}
}

// TestCoinByTwoNames: where the chain's coin answers as a token, too, a pool that
// names both has it once.
func TestCoinByTwoNames(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const celo = 42220
	n, _ := chain.NetworkByID(celo)
	pool := s.claims()
	s.token(pool, 18, 100)
	s.claim(pool, "getFinalTokens()", list([][]any{{common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"), n.CoinFace}})...)
	s.claim(pool, "getBalance(address)", big.NewInt(1))
	s.claim(pool, "getNormalizedWeight(address)", units(50, 16))
	theft := s.later()
	s.open()
	ask := pricing.Ask{Subject: pricing.Of(chain.Token(celo, pool)), At: at(s.Times[theft]), Block: uint64(theft)}
	got, err := vault.New(s.caller, celo, s.book, vault.Options{}).Quotes(t.Context(), []pricing.Ask{ask})
	if err != nil || len(got.Refusals) != 1 || !strings.Contains(got.Refusals[0].Why, "twice") {
		t.Errorf("%v, %v; want it refused, for naming the coin twice", got, err)
	}
}
