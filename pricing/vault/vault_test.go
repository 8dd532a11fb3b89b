package vault_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/pricingtest"
	"losstracer/pricing/vault"
)

const (
	folder       = "testdata/contracts"
	devnetFolder = "../../chain/devnet/contracts"
	start        = 1_700_000_004 // Unix seconds
	day          = 24 * 3600
)

func at(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// units returns n · 10^decimals.
func units(n, decimals int64) *big.Int {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil)
	return ten.Mul(ten, big.NewInt(n))
}

func subject(token common.Address) pricing.Subject { return pricing.Of(chain.Token(1, token)) }

// scene is a chain with a dollar of 6 decimals, worth 0.998.
type scene struct {
	*pricingtest.Stage
	dollar common.Address
	caller *ethrpc.Client
	book   *pricing.Book
}

func newScene(t *testing.T) *scene {
	s := &scene{Stage: pricingtest.NewStage(t, start, folder, devnetFolder)}
	s.Block(start + 12)
	s.dollar = s.Deploy("Token", "Dollar", "USD", uint8(6), s.From, units(1_000_000_000, 6))
	return s
}

// claims deploys a contract that claims whatever it is told to.
func (s *scene) claims() common.Address { return s.Deploy("Claims") }

// claim has the contract answer a method with words.
func (s *scene) claim(contract common.Address, method string, words ...any) {
	var answer []byte
	for _, w := range words {
		switch w := w.(type) {
		case common.Address:
			answer = append(answer, common.LeftPadBytes(w[:], 32)...)
		case *big.Int:
			answer = append(answer, common.LeftPadBytes(w.Bytes(), 32)...)
		}
	}
	s.Call("Claims", contract, "claim", [4]byte(crypto.Keccak256([]byte(method))[:4]), answer)
}

// token has the contract claim to be a token of that many whole units.
func (s *scene) token(contract common.Address, decimals, supply int64) {
	s.claim(contract, "decimals()", big.NewInt(decimals))
	s.claim(contract, "totalSupply()", units(supply, decimals))
}

// open plays the chain, with a block a day after what was done and the block of
// the theft behind it.
func (s *scene) open() {
	s.caller = s.Play()
	s.book = &pricing.Book{MaxAge: 30 * 24 * time.Hour}
	s.book.Add(pricing.Quote{Subject: subject(s.dollar), Price: decimal.RequireFromString("0.998"), At: at(start), Source: "feed", Method: "feed round"})
}

// later adds blocks a day and two after, and returns that of the theft.
func (s *scene) later() int {
	s.Block(s.Times[len(s.Times)-1] + day)
	s.Block(s.Times[len(s.Times)-1] + day)
	return s.Block(s.Times[len(s.Times)-1] + 12)
}

func (s *scene) ask(token common.Address, block int, moved *big.Int) pricing.Ask {
	a := pricing.Ask{Subject: subject(token), At: at(s.Times[block]), Block: uint64(block)}
	if moved != nil {
		a.Units = *uint256.MustFromBig(moved)
	}
	return a
}

// answer asks one at a time, by filling the book.
func (s *scene) answer(t testing.TB, o vault.Options, a pricing.Ask) (pricing.Quote, string) {
	t.Helper()
	book := s.book.Clone()
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{vault.New(s.caller, 1, book, o)}, []pricing.Ask{a})
	if err != nil || len(outcome.Problems) > 0 {
		t.Fatalf("%v: %v, %v", a, err, outcome.Problems)
	}
	if len(outcome.Unpriced) > 0 {
		return pricing.Quote{}, "unpriced: " + strings.Join(outcome.Unpriced[0].Why, "; ")
	}
	q, ok := book.At(a.Subject, a.At)
	if !ok {
		t.Fatalf("%v is neither priced nor unpriced", a)
	}
	return q, ""
}

func TestVaultThatHoldsWhatItStates(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	savings := s.Deploy("Savings", s.dollar, "SAVE")
	s.Call("Token", s.dollar, "approve", savings, units(1000, 6))
	s.Call("Savings", savings, "deposit", units(1000, 6), s.From)
	s.Call("Token", s.dollar, "transfer", savings, units(250, 6)) // 1.25 a share
	theft := s.later()
	s.Call("Token", s.dollar, "transfer", savings, units(9000, 6)) // what the theft did to it
	s.open()
	q, refused := s.answer(t, vault.Options{}, s.ask(savings, theft, units(1000, 18)))
	if refused != "" || !q.Price.Equal(decimal.RequireFromString("1.2475")) || !q.At.Equal(at(s.Times[theft-1])) || q.Doubt != "" {
		t.Errorf("%s of %s, refused %q, doubt %q; want 1.25 · 0.998 as of the block before", q.Price, q.At, refused, q.Doubt)
	}
	if !q.Liquidity.Decimal.Equal(decimal.RequireFromString("1247.5")) || !strings.Contains(q.Note, "held the 1250") || !strings.Contains(q.Note, "it said 10.25, which does not count") {
		t.Errorf("all is worth %s, note %q; want what it held, and what it said in the theft's block", q.Liquidity.Decimal, q.Note)
	}
	if q, refused := s.answer(t, vault.Options{}, s.ask(savings, theft, units(1001, 18))); !strings.Contains(refused, "more of it was moved") {
		t.Errorf("of more shares than there were one got the price %s, refused %q", q.Price, refused)
	}
}

// TestPushedRate gives a vault a gift in the block before the theft began, as
// attacks on a thin vault do.
func TestPushedRate(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	savings := s.Deploy("Savings", s.dollar, "SAVE")
	s.Call("Token", s.dollar, "approve", savings, units(1000, 6))
	s.Call("Savings", savings, "deposit", units(1000, 6), s.From)
	s.Block(start + day + 12)
	s.Call("Token", s.dollar, "transfer", savings, units(4000, 6))
	theft := s.Block(start + day + 24)
	s.open()
	q, refused := s.answer(t, vault.Options{}, s.ask(savings, theft, nil))
	if refused != "" || !strings.Contains(q.Doubt, "one redeemed to 1 at block 1 and to 5 at block 2: the rate may have been pushed") {
		t.Errorf("%s, refused %q, doubt %q; want both rates told", q.Price, refused, q.Doubt)
	}
}

func TestSpoofedVaults(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	million := units(1_000_000, 6)
	registry, pool := s.claims(), s.claims() // of protocols that know none of these
	s.claim(registry, "markets(address)", new(big.Int))
	s.claim(pool, "getReserveData(address)", new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), big.NewInt(4), s.dollar)
	rows := []struct {
		name, says string
		moved      int64
		contract   common.Address
	}{
		{name: "names the real dollar and a huge rate, and holds nothing", says: "it holds 0 itself", moved: 10},
		{name: "holds what one of its shares comes to, and there are a hundred", says: "which is 100000000 for all; it holds 1000000 itself", moved: 10},
		{name: "says that there is one share while ten are moved", says: "more of it was moved", moved: 10},
		{name: "names a comptroller that does not know it", says: "does not know it", moved: 10},
		{name: "names a lending pool that does not know it", says: "does not know it", moved: 10},
		{name: "names a comptroller that nobody knows", says: "no contract that is known here vouches", moved: 10},
		{name: "has yearn's methods and nothing else", says: "it holds 0 itself", moved: 10},
		{name: "was given up", says: "had no shares", moved: 0},
	}
	for i := range rows {
		c := s.claims()
		rows[i].contract = c
		if rows[i].name == "says that there is one share while ten are moved" {
			s.token(c, 18, 1)
		} else if rows[i].name == "was given up" {
			s.token(c, 18, 0)
		} else {
			s.token(c, 18, 100)
		}
		switch i {
		case 3, 5:
			s.claim(c, "underlying()", s.dollar)
			s.claim(c, "exchangeRateStored()", million)
			s.claim(c, "comptroller()", map[int]common.Address{3: registry, 5: s.dollar}[i])
		case 4:
			s.claim(c, "UNDERLYING_ASSET_ADDRESS()", s.dollar)
			s.claim(c, "POOL()", pool)
		case 6:
			s.claim(c, "token()", s.dollar)
			s.claim(c, "pricePerShare()", million)
		default:
			s.claim(c, "asset()", s.dollar)
			s.claim(c, "convertToAssets(uint256)", million)
		}
		if i == 1 || i == 2 {
			s.Call("Token", s.dollar, "transfer", c, million)
		}
	}
	theft := s.later()
	s.open()
	// Shares that were moved are worth no more than what the contract holds.
	if q, refused := s.answer(t, vault.Options{}, s.ask(rows[1].contract, theft, units(1, 18))); refused != "" || !strings.Contains(q.Doubt, "its own word") || !strings.Contains(q.Note, "enough for the 1 ") {
		t.Errorf("a contract that holds what the share comes to that was moved: %s, note %q, doubt %q, refused %q", q.Price, q.Note, q.Doubt, refused)
	}
	if q, refused := s.answer(t, vault.Options{}, s.ask(rows[1].contract, theft, nil)); refused == "" {
		t.Errorf("where nobody knows what was moved it got the price %s", q.Price)
	}
	o := vault.Options{
		Comptrollers: []vault.Registry{{Name: "Compound", ChainID: 1, Address: registry}}, LendingPools: []vault.Registry{{Name: "Aave", ChainID: 1, Address: pool}},
	}
	for _, row := range rows {
		if q, refused := s.answer(t, o, s.ask(row.contract, theft, units(row.moved, 18))); !strings.Contains(refused, row.says) {
			t.Errorf("a contract that %s: price %s, refused %q; want %q", row.name, q.Price, refused, row.says)
		}
	}
}

// TestShareOfALyingShare stacks two hostile contracts: a vault of shares of
// another, which says that the vault has a million of its one share.
func TestShareOfALyingShare(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	inner, outer := s.claims(), s.claims()
	s.token(inner, 18, 1)
	s.claim(inner, "asset()", s.dollar)
	s.claim(inner, "convertToAssets(uint256)", units(5, 6))
	s.claim(inner, "balanceOf(address)", units(1_000_000, 18))
	s.Call("Token", s.dollar, "transfer", inner, units(5, 6))
	s.token(outer, 18, 1_000_000)
	s.claim(outer, "asset()", inner)
	s.claim(outer, "convertToAssets(uint256)", units(1, 18))
	theft := s.later()
	s.open()
	if q, refused := s.answer(t, vault.Options{}, s.ask(inner, theft, nil)); refused != "" || !q.Price.Equal(decimal.RequireFromString("4.99")) {
		t.Fatalf("the inner one by itself: %s, refused %q: the test shows nothing", q.Price, refused)
	}
	if q, refused := s.answer(t, vault.Options{}, s.ask(outer, theft, units(1_000_000, 18))); !strings.Contains(refused, "which has no price") {
		t.Errorf("the outer one got the price %s, refused %q", q.Price, refused)
	}
	// That one share of the inner one has a price says nothing of a million.
	book := s.book.Clone()
	asks := []pricing.Ask{s.ask(inner, theft, units(1, 18)), s.ask(outer, theft, units(1_000_000, 18))}
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{vault.New(s.caller, 1, book, vault.Options{})}, asks)
	if err != nil || len(outcome.Unpriced) != 1 || outcome.Unpriced[0].Ask.Subject != subject(outer) {
		q, _ := book.At(subject(outer), at(s.Times[theft]))
		t.Errorf("asked for together with the inner one the outer one got the price %s: %v", q.Price, err)
	}
}

// TestRegisteredShares asks for a lending market, a lending receipt and a staked
// coin that those who know them vouch for: none of them holds what it owes.
func TestRegisteredShares(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	comptroller, market := s.claims(), s.claims()
	s.token(market, 8, 1_000_000)
	s.claim(market, "underlying()", s.dollar)
	s.claim(market, "exchangeRateStored()", units(21, 13)) // 0.021 dollars for one share of 8 decimals
	s.claim(market, "comptroller()", comptroller)
	s.claim(comptroller, "markets(address)", big.NewInt(1), units(75, 16))

	pool, receipt := s.claims(), s.claims()
	s.token(receipt, 6, 1_000_000)
	s.claim(receipt, "UNDERLYING_ASSET_ADDRESS()", s.dollar)
	s.claim(receipt, "POOL()", pool)
	zero := new(big.Int)
	s.claim(pool, "getReserveData(address)", zero, zero, zero, zero, zero, zero, zero, receipt)

	staked := s.claims()
	s.token(staked, 18, 1000)
	s.claim(staked, "stEthPerToken()", units(1_150_000, 0))
	theft := s.later()
	s.open()
	o := vault.Options{
		Comptrollers: []vault.Registry{{Name: "Compound", ChainID: 1, Address: comptroller}},
		LendingPools: []vault.Registry{{Name: "Aave", ChainID: 1, Address: pool}},
		Redemptions:  []vault.Redemption{{Token: chain.Token(1, staked), Into: subject(s.dollar), Method: "stEthPerToken", IntoDecimals: 6}},
	}
	for _, row := range []struct {
		token        common.Address
		price, notes string
	}{
		{market, "0.020958", "a market of Compound"}, {receipt, "0.998", "the receipt of Aave"}, {staked, "1.1477", "listed"},
	} {
		q, refused := s.answer(t, o, s.ask(row.token, theft, nil))
		if refused != "" || !q.Price.Equal(decimal.RequireFromString(row.price)) || !strings.Contains(q.Note, row.notes) || q.Doubt != "" {
			t.Errorf("%s: %s, note %q, doubt %q, refused %q; want %s", row.notes, q.Price, q.Note, q.Doubt, refused, row.price)
		}
		if _, refused := s.answer(t, vault.Options{}, s.ask(row.token, theft, nil)); refused == "" {
			t.Errorf("%s: priced without anybody who vouches for it", row.notes)
		}
	}
	// Before it was redeemed to anybody the rate is what it stood for, not what it fetched.
	for opens, doubt := range map[time.Time]bool{at(s.Times[theft-1]): false, at(s.Times[theft]): true} {
		o.Redemptions[0].Opens = opens
		q, refused := s.answer(t, o, s.ask(staked, theft, nil))
		if refused != "" || !q.Price.Equal(decimal.RequireFromString("1.1477")) || strings.Contains(q.Doubt, "be sure to redeem") != doubt {
			t.Errorf("redeemed since %s: %s, doubt %q, refused %q", opens, q.Price, q.Doubt, refused)
		}
	}
}

func TestVaultsWithinVaults(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	first := s.Deploy("Savings", s.dollar, "SAVE")
	s.Call("Token", s.dollar, "approve", first, units(1000, 6))
	s.Call("Savings", first, "deposit", units(1000, 6), s.From)
	s.Call("Token", s.dollar, "transfer", first, units(500, 6))
	// A second one over shares of the first, and two that are over each other.
	second, left, right := s.claims(), s.claims(), s.claims()
	s.token(second, 18, 0)
	for _, pair := range [][2]common.Address{{left, right}, {right, left}} {
		s.token(pair[0], 18, 10)
		s.claim(pair[0], "asset()", pair[1])
		s.claim(pair[0], "convertToAssets(uint256)", units(1, 18))
		s.claim(pair[0], "balanceOf(address)", units(10, 18))
	}
	s.claim(second, "totalSupply()", units(1, 17))
	s.claim(second, "asset()", first)
	s.claim(second, "convertToAssets(uint256)", units(2, 18))
	theft := s.later()
	s.open()
	o := vault.Options{Redemptions: []vault.Redemption{{Token: chain.Token(1, second), Into: subject(first), Method: "convertToAssets", Takes: true, IntoDecimals: 18}}}
	q, refused := s.answer(t, o, s.ask(second, theft, nil))
	if refused != "" || !q.Price.Equal(decimal.RequireFromString("2.994")) {
		t.Errorf("two shares of 1.5 dollars each: %s, refused %q; want 2 · 1.5 · 0.998", q.Price, refused)
	}
	if q, refused := s.answer(t, vault.Options{}, s.ask(left, theft, nil)); !strings.Contains(refused, "rest on itself") {
		t.Errorf("two vaults over each other: %s, refused %q", q.Price, refused)
	}
}

func TestNotConcerned(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	savings := s.Deploy("Savings", s.dollar, "SAVE")
	s.Call("Token", s.dollar, "approve", savings, units(1000, 6))
	s.Call("Savings", savings, "deposit", units(1000, 6), s.From)
	plain := s.Deploy("Token", "Plain", "PLN", uint8(18), s.From, units(1, 18))
	theft := s.later()
	s.open()
	source := vault.New(s.caller, 1, s.book, vault.Options{})
	for _, a := range []pricing.Ask{
		s.ask(plain, theft, nil), {Subject: pricing.Of(chain.NativeAsset(1)), At: at(s.Times[theft]), Block: uint64(theft)},
		{Subject: pricing.Subject{Symbol: "BTC"}, Block: 4}, {Subject: subject(savings), At: at(start)}, s.ask(common.HexToAddress("0x99"), theft, nil),
	} {
		got, err := source.Quotes(t.Context(), []pricing.Ask{a})
		if err != nil || len(got.Quotes)+len(got.Refusals) > 0 {
			t.Errorf("%v: %v, %v; want nothing said", a, got, err)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[chain.AssetID]bool{}
	for _, r := range vault.Redemptions() {
		if r.Token.Kind() != chain.ERC20 || r.Into == pricing.Of(r.Token) || seen[r.Token] || r.IntoDecimals != 18 {
			t.Errorf("%+v", r)
		}
		seen[r.Token] = true
	}
	for _, list := range [][]vault.Registry{vault.Comptrollers(), vault.LendingPools(), vault.Vaults(), vault.Pools(), vault.BalancerVaults(), vault.BalancerV3Vaults(), vault.BalancerFactories()} {
		for i, r := range list {
			if _, known := chain.NetworkByID(r.ChainID); !known || r.Address == (common.Address{}) || i > 0 && list[i-1].ChainID > r.ChainID {
				t.Errorf("%+v", r)
			}
		}
	}
}

// TestVaultThatLends asks for a vault that lent what it was given to a lending
// pool that is known, and for one of Yearn's that a registry lists.
func TestVaultThatLends(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	pool, receipt, registry := s.claims(), s.claims(), s.claims()
	zero := new(big.Int)
	s.claim(pool, "getReserveData(address)", zero, zero, zero, zero, zero, zero, zero, big.NewInt(3), receipt)
	s.claim(receipt, "balanceOf(address)", units(900, 6))
	lender := s.claims()
	s.token(lender, 18, 1000)
	s.claim(lender, "asset()", s.dollar)
	s.claim(lender, "convertToAssets(uint256)", units(1_000_000, 0))
	s.Call("Token", s.dollar, "transfer", lender, units(100, 6))
	yearn := s.claims()
	s.token(yearn, 6, 1_000_000)
	s.claim(yearn, "token()", s.dollar)
	s.claim(yearn, "pricePerShare()", units(1_070_000, 0))
	s.claim(registry, "numVaults(address)", big.NewInt(3))
	s.claim(registry, "vaults(address,uint256)", yearn)
	theft := s.later()
	s.open()
	o := vault.Options{
		LendingPools: []vault.Registry{{Name: "Aave", ChainID: 1, Address: pool}}, Vaults: []vault.Registry{{Name: "Yearn", ChainID: 1, Address: registry}},
	}
	for _, row := range []struct {
		name, price string
		token       common.Address
	}{{"100 held and 900 lent", "0.998", lender}, {"listed by Yearn", "1.06786", yearn}} {
		q, refused := s.answer(t, o, s.ask(row.token, theft, nil))
		if refused != "" || !q.Price.Equal(decimal.RequireFromString(row.price)) {
			t.Errorf("%s: %s, refused %q; want %s", row.name, q.Price, refused, row.price)
		}
		if q, refused := s.answer(t, vault.Options{}, s.ask(row.token, theft, nil)); !strings.Contains(refused, "no contract that is known here vouches") {
			t.Errorf("%s, unknown: %s, refused %q", row.name, q.Price, refused)
		}
	}
}

// TestBaskets asks for shares of pools of several coins: of one that holds what
// it states, by the pool's own shares and by a token of its own, of one that
// states twice as much, of one that names a coin twice, of one with a coin that
// nobody prices, and for a token that says that another's pool is its own.
func TestBaskets(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := s.Deploy("Token", "Other", "OTH", uint8(18), s.From, units(1_000_000, 18))
	unknown := s.Deploy("Token", "Unknown", "UNK", uint8(18), s.From, units(1_000_000, 18))
	one := big.NewInt(1)
	pool := func(times *big.Int, coins ...common.Address) common.Address {
		p := s.Deploy("Basket", coins, units(1000, 18), times)
		s.Call("Token", s.dollar, "transfer", p, units(500, 6))
		s.Call("Token", other, "transfer", p, units(250, 18))
		s.Call("Token", unknown, "transfer", p, units(1, 18))
		return p
	}
	good := pool(one, s.dollar, other)
	apart, silent := pool(one, s.dollar, other), pool(one, s.dollar, other)
	shares, posing, unnamed := s.Deploy("PoolToken", apart, units(500, 18)), s.Deploy("PoolToken", apart, units(1, 18)), s.Deploy("PoolToken", silent, units(1, 18))
	s.Call("Basket", apart, "name", shares)
	registry, stranger := s.claims(), s.Deploy("Token", "Old shares", "OLD", uint8(18), s.From, units(250, 18))
	s.claim(registry, "get_pool_from_lp_token(address)", good)
	boasting, double, unpriced := pool(big.NewInt(2), s.dollar, other), pool(one, s.dollar, s.dollar), pool(one, s.dollar, unknown)
	theft := s.later()
	s.open()
	s.book.Add(pricing.Quote{Subject: subject(other), Price: decimal.NewFromInt(2), At: at(start), Source: "feed", Method: "feed round"})
	for _, row := range []struct {
		name, price, says string
		token             common.Address
		moved             int64
	}{
		{"holds what it states", "0.999", "", good, 1000},
		{"whose shares are another token", "1.998", "", shares, 500},
		{"of which more was moved than there was", "", "more of it was moved", good, 1001},
		{"states twice what it holds", "", "than it held", boasting, 1},
		{"does not name the token that says that it is its share", "", "does not name it", unnamed, 1},
		{"names another token than the one that says that it is its share", "", "as that", posing, 1},
		{"whose shares are another token, by its own", "", "as that", apart, 1},
		{"names a coin twice", "", "twice", double, 1},
		{"holds a coin without a price", "", "which has no price", unpriced, 1},
	} {
		q, refused := s.answer(t, vault.Options{}, s.ask(row.token, theft, units(row.moved, 18)))
		if row.price != "" && (refused != "" || !q.Price.Equal(decimal.RequireFromString(row.price)) || !strings.Contains(q.Doubt, "its own word")) {
			t.Errorf("a pool that %s: %s, doubt %q, refused %q; want %s", row.name, q.Price, q.Doubt, refused, row.price)
		}
		if row.price == "" && !strings.Contains(refused, row.says) {
			t.Errorf("a pool that %s: %s, refused %q; want %q", row.name, q.Price, refused, row.says)
		}
	}
	known := vault.Options{Pools: []vault.Registry{{Name: "Curve", ChainID: 1, Address: registry}}}
	q, refused := s.answer(t, known, s.ask(stranger, theft, units(250, 18)))
	if refused != "" || !q.Price.Equal(decimal.RequireFromString("3.996")) || q.Doubt != "" || !strings.Contains(q.Note, "a pool of Curve") {
		t.Errorf("shares that only a registry knows: %s, note %q, doubt %q, refused %q", q.Price, q.Note, q.Doubt, refused)
	}
}
