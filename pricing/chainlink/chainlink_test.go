package chainlink_test

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/chainlink"
	"losstracer/pricing/onchain"
	"losstracer/pricing/pricingtest"
)

var ether = pricing.Of(chain.NativeAsset(1))

const (
	start  = 1_700_000_000 // Unix seconds
	minute = 60
)

const folder = "testdata/contracts"

func at(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

func dollars(n int64) *big.Int { return big.NewInt(n * 100_000_000) }

func feed(proxy common.Address) chainlink.Feed {
	return chainlink.Feed{ChainID: 1, Proxy: proxy, Pair: "ETH / USD", Heartbeat: time.Hour, Subjects: []pricing.Subject{ether}}
}

// bounded are the bounds of an aggregator that has them wide.
func bounded() []any { return []any{dollars(1), dollars(10_000)} }

func newAggregator(s *pricingtest.Stage, pair string, reverting bool, bounds ...any) common.Address {
	return s.Deploy("Aggregator", pair, uint8(8), bounds[0], bounds[1], reverting)
}

// story is a feed of two phases on a chain with a block every twelve minutes:
// reports in some blocks, the second aggregator running beside the first before
// the proxy turns to it.
type story struct {
	proxy  common.Address
	times  []uint64
	caller *ethrpc.Client
	// current is the dollars and the round that the proxy shows at each block;
	// zero where it shows nothing.
	current []int64
	round   []string
	// sideBySide are blocks at which a round of the other phase is fresh too.
	sideBySide map[int]bool
}

func tell(t *testing.T) *story {
	t.Helper()
	s := pricingtest.NewStage(t, start, folder)
	st := &story{sideBySide: map[int]bool{}, current: []int64{0}, round: []string{""}}
	var first, second common.Address
	price, round := int64(0), ""
	for n := 1; n <= 40; n++ {
		s.Block(start + uint64(n)*12*minute)
		switch n {
		case 1:
			first = newAggregator(s, "ETH / USD", true, bounded()...)
			st.proxy = s.Deploy("AggregatorProxy", first)
		case 20:
			second = newAggregator(s, "ETH / USD", false, bounded()...)
		case 25:
			s.Call("AggregatorProxy", st.proxy, "change", second)
		}
		switch {
		case n == 3 || n == 5 || n == 9 || n == 16 || n == 21 || n == 24:
			s.Call("Aggregator", first, "report", dollars(2000+int64(n)), big.NewInt(int64(n%2)))
			price = 2000 + int64(n)
		case n == 23 || n == 26 || n == 27 || n == 39:
			s.Call("Aggregator", second, "report", dollars(2000+int64(n)), new(big.Int))
		}
		if n == 25 {
			price = 2023 // what the second aggregator had reported before the proxy turned to it
		}
		if n == 26 || n == 27 || n == 39 {
			price = 2000 + int64(n)
		}
		round = map[int]string{3: "2 of phase 1", 5: "4 of phase 1", 9: "6 of phase 1", 16: "7 of phase 1", 21: "9 of phase 1", 24: "10 of phase 1",
			25: "1 of phase 2", 26: "2 of phase 2", 27: "3 of phase 2", 39: "4 of phase 2"}[n]
		if round == "" {
			round = st.round[n-1]
		}
		st.current, st.round = append(st.current, price), append(st.round, round)
		st.sideBySide[n] = n >= 23 && n <= 29
	}
	st.times = s.Times
	st.caller = s.Play()
	return st
}

func (st *story) asks(withBlock bool) []pricing.Ask {
	var asks []pricing.Ask
	for n := 1; n < len(st.times); n++ {
		a := pricing.Ask{Subject: ether, At: at(st.times[n])}
		if withBlock {
			a.Block = uint64(n)
		}
		asks = append(asks, a)
	}
	return asks
}

// ask asks one at a time, so that answers can be told apart.
func ask(t testing.TB, s *chainlink.Source, a pricing.Ask) (pricing.Quote, string) {
	t.Helper()
	answer, err := s.Quotes(t.Context(), []pricing.Ask{a})
	if err != nil {
		t.Fatalf("%v: %v", a, err)
	}
	switch {
	case len(answer.Quotes) == 1 && len(answer.Refusals) == 0:
		return answer.Quotes[0], ""
	case len(answer.Refusals) == 1 && len(answer.Quotes) == 0:
		return pricing.Quote{}, answer.Refusals[0].Why
	}
	t.Fatalf("%v: %d quotes, %d refusals", a, len(answer.Quotes), len(answer.Refusals))
	return pricing.Quote{}, ""
}

func TestRoundCurrentAtBlock(t *testing.T) {
	t.Parallel()
	st := tell(t)
	s := chainlink.New(st.caller, 1, feed(st.proxy))
	reported := uint64(0)
	for n, a := range st.asks(true) {
		n++
		q, refused := ask(t, s, a)
		if st.current[n] == 0 {
			if !strings.Contains(refused, "no round at block") {
				t.Errorf("block %d: %v, refused %q; want no round", n, q.Price, refused)
			}
			continue
		}
		if st.current[n] != st.current[n-1] {
			reported = st.times[n]
			if n == 25 {
				reported = st.times[23]
			}
		}
		if refused != "" || q.Price.IntPart() != st.current[n] || !q.At.Equal(at(reported)) || !strings.Contains(q.Method, "round "+st.round[n]+",") {
			t.Errorf("block %d: %s of %s by %q, refused %q; want %d of %s, round %s", n, q.Price, q.At, q.Method, refused, st.current[n], at(reported), st.round[n])
		}
		age := a.At.Sub(at(reported))
		if stale := age > time.Hour+10*time.Minute; (q.Doubt != "") != stale {
			t.Errorf("block %d: the round is %s old, doubt %q", n, age, q.Doubt)
		}
		if q.At.After(a.At) {
			t.Errorf("block %d: the quote looks ahead", n)
		}
	}
}

// TestRoundFoundByTime holds the two ways against each other: what the state of
// a block says was current, and what is found in the rounds by the block's time.
func TestRoundFoundByTime(t *testing.T) {
	t.Parallel()
	st := tell(t)
	s := chainlink.New(st.caller, 1, feed(st.proxy))
	byBlock, byTime := st.asks(true), st.asks(false)
	for i := range byBlock {
		n := i + 1
		want, refused := ask(t, s, byBlock[i])
		got, refusedToo := ask(t, s, byTime[i])
		if refused != "" || refusedToo != "" {
			if (refused == "") != (refusedToo == "") {
				t.Errorf("block %d: refused %q by block, %q by time", n, refused, refusedToo)
			}
			continue
		}
		if st.sideBySide[n] {
			if !strings.Contains(got.Note, "fresh round too") {
				t.Errorf("block %d: two phases have fresh rounds, and the note is %q", n, got.Note)
			}
			continue
		}
		if !got.Price.Equal(want.Price) || !got.At.Equal(want.At) || (got.Doubt == "") != (want.Doubt == "") {
			t.Errorf("block %d: by time %s of %s (%s), by block %s of %s (%s)", n, got.Price, got.At, got.Method, want.Price, want.At, want.Method)
		}
	}
}

// TestSymbol asks for a coin that is of no chain here, at a block of another
// chain.
func TestSymbol(t *testing.T) {
	t.Parallel()
	st := tell(t)
	bitcoin := pricing.Subject{Symbol: "BTC"}
	f := feed(st.proxy)
	f.Subjects, f.As = []pricing.Subject{bitcoin}, "for the test"
	s := chainlink.New(st.caller, 1, f)
	a := pricing.Ask{Subject: bitcoin, At: at(st.times[10]), Block: 99_999_999}
	q, refused := ask(t, s, a)
	if refused != "" || q.Price.IntPart() != 2009 || q.Note != "for the test" {
		t.Errorf("%s, note %q, refused %q; want 2009", q.Price, q.Note, refused)
	}
	a.At = at(start)
	answer, err := s.Quotes(t.Context(), []pricing.Ask{a})
	if err != nil || len(answer.Refusals) != 1 || answer.Refusals[0].Ask != a {
		t.Errorf("%+v, %v; want a refusal of the very ask", answer, err)
	}
}

// TestEqualCallsAreMadeOnce asks the same a hundred times over.
func TestEqualCallsAreMadeOnce(t *testing.T) {
	t.Parallel()
	st := tell(t)
	counted := &aged{Caller: st.caller}
	var asks []pricing.Ask
	for range 100 {
		asks = append(asks, pricing.Ask{Subject: ether, At: at(st.times[10]), Block: 10})
	}
	answer, err := chainlink.New(counted, 1, feed(st.proxy)).Quotes(t.Context(), asks)
	if err != nil || len(answer.Quotes) != 100 || counted.calls > 6 {
		t.Errorf("%d quotes by %d calls, %v; want 6 calls", len(answer.Quotes), counted.calls, err)
	}
}

// aged is an endpoint that has lost the state of old blocks.
type aged struct {
	onchain.Caller
	lost  uint64
	calls int
}

func (a *aged) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	a.calls += len(calls)
	answers, err := a.Caller.Do(ctx, calls)
	for i, c := range calls {
		block, ok := c.Params[1].(string)
		if n, bad := hexutil.DecodeUint64(block); ok && bad == nil && n <= a.lost {
			answers[i] = ethrpc.Answer{Err: &ethrpc.RPCError{Method: c.Method, Code: -32000, Message: "missing trie node 1234 (path ) state 0x5678 is not available"}}
		}
	}
	return answers, err
}

func TestWithoutOldState(t *testing.T) {
	t.Parallel()
	st := tell(t)
	a := pricing.Ask{Subject: ether, At: at(st.times[18]), Block: 18}
	full, _ := ask(t, chainlink.New(st.caller, 1, feed(st.proxy)), a)
	pruned, refused := ask(t, chainlink.New(&aged{Caller: st.caller, lost: 30}, 1, feed(st.proxy)), a)
	if refused != "" || !pruned.Price.Equal(full.Price) || !pruned.At.Equal(full.At) || !strings.Contains(pruned.Method, "found by its time") {
		t.Errorf("without old state: %s of %s by %q, refused %q; with it %s of %s", pruned.Price, pruned.At, pruned.Method, refused, full.Price, full.At)
	}
}

// TestAnvilForgetsState runs the same against a node that really forgets.
func TestAnvilForgetsState(t *testing.T) {
	t.Parallel()
	url := chaintest.Anvil(t, "--chain-id", "1", "--timestamp", fmt.Sprint(start), "--prune-history", "10")
	node := chaintest.Steer(t, url)
	cs := chaintest.Contracts(t, folder)
	from := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	node.Impersonate(from)
	node.SetBalance(from, new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil))
	send := func(to *common.Address, data []byte) common.Address {
		return node.Receipt(node.Send(from, to, new(big.Int), data)).ContractAddress
	}
	create := func(name string, args ...any) common.Address {
		return send(nil, cs[name].Deploy(args...))
	}
	aggregator := create("Aggregator", "ETH / USD", uint8(8), dollars(1), dollars(10_000), false)
	proxy := create("AggregatorProxy", aggregator)
	report := func(n int64) {
		send(&aggregator, cs["Aggregator"].Pack("report", dollars(n), new(big.Int)))
	}
	report(2001)
	report(2002)
	client, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var head struct{ Number, Timestamp hexutil.Uint64 }
	node.Call(&head, "eth_getBlockByNumber", "latest", false)
	for i := range uint64(3) {
		node.NextTime(uint64(head.Timestamp) + (i+1)*minute)
		node.Mine(20)
		report(3000)
	}
	a := pricing.Ask{Subject: ether, At: at(uint64(head.Timestamp)), Block: uint64(head.Number)}
	q, refused := ask(t, chainlink.New(client, 1, feed(proxy)), a)
	if refused != "" || q.Price.IntPart() != 2002 {
		t.Errorf("%s by %q, refused %q; want 2002", q.Price, q.Method, refused)
	}
	if !strings.Contains(q.Method, "found by its time") {
		t.Errorf("the round was read by %q: the node did not forget, and the test shows nothing", q.Method)
	}
}

func TestRefusesWhatIsNotTheFeed(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	other := s.Deploy("AggregatorProxy", newAggregator(s, "DOGE / USD", false, bounded()...))
	empty := s.Deploy("AggregatorProxy", newAggregator(s, "ETH / USD", false, bounded()...))
	negativeOf := newAggregator(s, "ETH / USD", false, bounded()...)
	negative := s.Deploy("AggregatorProxy", negativeOf)
	s.Call("Aggregator", negativeOf, "report", big.NewInt(-5), new(big.Int))
	s.Block(start + 2*minute)
	caller := s.Play()
	for _, row := range []struct {
		name  string
		proxy common.Address
		says  string
	}{
		{"another pair", other, `prices "DOGE / USD"`},
		{"no report yet", empty, "no "},
		{"a negative answer", negative, "-5"},
		{"nobody there", common.HexToAddress("0x1234"), "no "},
		{"another contract", negativeOf, "no "},
	} {
		for _, block := range []uint64{0, 2} {
			if row.name == "another contract" && block == 2 {
				continue // an aggregator answers for its present round like a proxy
			}
			q, refused := ask(t, chainlink.New(caller, 1, feed(row.proxy)), pricing.Ask{Subject: ether, At: at(start + 2*minute), Block: block})
			if !strings.Contains(refused, row.says) {
				t.Errorf("%s, block %d: %v, refused %q; want %q", row.name, block, q.Price, refused, row.says)
			}
		}
	}
}

func TestBoundsAreDoubted(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	var proxies []common.Address
	answers := []int64{100, 101, 9999, 10_000, 10_001}
	for _, answer := range answers {
		a := newAggregator(s, "ETH / USD", false, dollars(100), dollars(10_000))
		s.Call("Aggregator", a, "report", dollars(answer), new(big.Int))
		proxies = append(proxies, s.Deploy("AggregatorProxy", a))
	}
	caller := s.Play()
	for i, answer := range answers {
		q, _ := ask(t, chainlink.New(caller, 1, feed(proxies[i])), pricing.Ask{Subject: ether, At: at(start + minute), Block: 1})
		if want := answer <= 100 || answer >= 10_000; strings.Contains(q.Doubt, "bound") != want {
			t.Errorf("answer %d between 100 and 10,000: doubt %q", answer, q.Doubt)
		}
	}
}

// TestPropertyLongFeed searches a phase of 4,000 rounds.
func TestPropertyLongFeed(t *testing.T) {
	t.Parallel()
	const perBlock, blocks, step = 400, 10, 3600
	s := pricingtest.NewStage(t, start+perBlock*blocks*step, folder)
	s.Block(s.Times[0] + minute)
	a := newAggregator(s, "ETH / USD", true, bounded()...)
	proxy := s.Deploy("AggregatorProxy", a)
	for n := range uint64(blocks) {
		s.Block(s.Times[0] + (n+2)*minute)
		s.Call("Aggregator", a, "backfill", big.NewInt(perBlock), big.NewInt(int64(start+n*perBlock*step)), big.NewInt(step),
			dollars(1000+int64(n*perBlock)), dollars(1))
	}
	caller := &aged{Caller: s.Play()}
	source := chainlink.New(caller, 1, feed(proxy))
	var most int
	rapid.Check(t, func(rt *rapid.T) {
		seconds := rapid.Uint64Range(start-2*step, start+(perBlock*blocks+2)*step).Draw(rt, "time")
		caller.calls = 0
		q, refused := ask(t, source, pricing.Ask{Subject: ether, At: at(seconds)})
		most = max(most, caller.calls)
		if seconds < start {
			if refused == "" {
				rt.Fatalf("%d is before the first round, and the answer is %v", seconds, q)
			}
			return
		}
		n := min((seconds-start)/step, perBlock*blocks-1)
		if refused != "" || q.Price.IntPart() != 1000+int64(n) || !q.At.Equal(at(start+n*step)) {
			rt.Fatalf("%d: %s of %s, refused %q; want round %d, %d", seconds, q.Price, q.At, refused, n+1, 1000+n)
		}
	})
	t.Logf("at most %d calls for one of %d rounds", most, perBlock*blocks)
}

// dead fails.
type dead struct{}

func (dead) Do(context.Context, []ethrpc.Call) ([]ethrpc.Answer, error) {
	return nil, &ethrpc.UnreachableError{Host: "http://127.0.0.1", Err: context.DeadlineExceeded}
}

func TestSaysWhenTheEndpointIsDown(t *testing.T) {
	t.Parallel()
	for _, block := range []uint64{0, 1} {
		_, err := chainlink.New(dead{}, 1).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(start), Block: block}})
		if err == nil {
			t.Errorf("block %d: no error", block)
		}
	}
	answer, err := chainlink.New(dead{}, 137).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(start), Block: 1}})
	if err != nil || len(answer.Quotes)+len(answer.Refusals) > 0 {
		t.Errorf("an asset of another chain: %v, %v; want nothing", answer, err)
	}
}

// TestTable holds the table to its form: no subject has two prices.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[pricing.Subject]string{}
	for _, f := range chainlink.Feeds() {
		n, known := chain.NetworkByID(f.ChainID)
		if !known || f.Heartbeat <= 0 || len(f.Subjects) == 0 || !strings.HasSuffix(f.Pair, " / USD") {
			t.Errorf("%s on chain %d: %+v", f.Pair, f.ChainID, f)
		}
		for _, s := range f.Subjects {
			if s.Symbol == "" && s.Asset.ChainID() != f.ChainID {
				t.Errorf("%s on %s prices %s", f.Pair, n.Name, s)
			}
			if s.Symbol != "" && f.ChainID != 1 {
				t.Errorf("%s on %s prices the bare symbol %s", f.Pair, n.Name, s)
			}
			if before, twice := seen[s]; twice {
				t.Errorf("%s is priced by %s and %s", s, before, f.Pair)
			}
			seen[s] = f.Pair
		}
	}
	if diff := cmp.Diff("ETH / USD", seen[ether]); diff != "" {
		t.Error(diff)
	}
}

// TestFrozenFeed asks a feed that nobody updates any more, and for a token that
// stopped standing for what the feed prices.
func TestFrozenFeed(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	aggregator := newAggregator(s, "ETH / USD", false, bounded()...)
	proxy := s.Deploy("AggregatorProxy", aggregator)
	s.Call("Aggregator", aggregator, "report", dollars(2000), new(big.Int))
	for _, hours := range []uint64{20, 26, 27, 720} {
		s.Block(start + minute + hours*3600)
	}
	caller := s.Play()
	source := chainlink.New(caller, 1, feed(proxy))
	for block, says := range map[uint64]string{2: "", 3: "", 4: "frozen", 5: "frozen"} {
		for _, a := range []pricing.Ask{{Subject: ether, At: at(s.Times[block]), Block: block}, {Subject: ether, At: at(s.Times[block])}} {
			q, refused := ask(t, source, a)
			if !strings.Contains(refused, says) || says == "" && (refused != "" || !strings.Contains(q.Doubt, "stale")) {
				t.Errorf("%v: doubt %q, refused %q; want %q", a, q.Doubt, refused, says)
			}
		}
	}
	f := feed(proxy)
	f.Until = at(s.Times[2])
	if _, refused := ask(t, chainlink.New(caller, 1, f), pricing.Ask{Subject: ether, At: at(s.Times[2]), Block: 2}); !strings.Contains(refused, "no longer stands for it") {
		t.Errorf("refused %q; want that the token no longer stands for it", refused)
	}
}

// TestSequencer asks a feed of a rollup while its sequencer was up, was down, was up
// again with the feed not updated since, and after the feed was.
func TestSequencer(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	aggregator, state := newAggregator(s, "ETH / USD", false, bounded()...), newAggregator(s, "L2 Sequencer Uptime Status Feed", false, bounded()...)
	proxy, uptime := s.Deploy("AggregatorProxy", aggregator), s.Deploy("AggregatorProxy", state)
	s.Call("Aggregator", aggregator, "report", dollars(2000), new(big.Int))
	s.Call("Aggregator", state, "report", new(big.Int), new(big.Int))
	s.Block(start + 10*minute)
	s.Block(start + 11*minute)
	s.Call("Aggregator", state, "report", big.NewInt(1), new(big.Int))
	s.Block(start + 30*minute)
	s.Call("Aggregator", state, "report", new(big.Int), new(big.Int))
	s.Block(start + 31*minute)
	s.Call("Aggregator", aggregator, "report", dollars(1500), new(big.Int))
	caller := s.Play()
	watching := chainlink.New(caller, 1, feed(proxy)).Watching(uptime)
	for block, says := range map[uint64]string{1: "", 2: "", 3: "was down", 4: "up again since 2023-11-14T22:43:20Z, and the feed was not updated", 5: ""} {
		a := pricing.Ask{Subject: ether, At: at(s.Times[block]), Block: block}
		if q, refused := ask(t, watching, a); refused != "" || !strings.Contains(q.Doubt, says) || says == "" && q.Doubt != "" {
			t.Errorf("block %d: %s, refused %q, doubt %q; want %q", block, q.Price, refused, q.Doubt, says)
		}
		for _, nobody := range []common.Address{{}, proxy, common.HexToAddress("0x99")} {
			if q, refused := ask(t, chainlink.New(caller, 1, feed(proxy)).Watching(nobody), a); refused != "" || q.Doubt != "" {
				t.Errorf("block %d, with %s for a feed of the sequencer: refused %q, doubt %q", block, nobody, refused, q.Doubt)
			}
		}
	}
}

// TestBoundsOfTheRoundsOwnAggregator: the bounds that count are those of the
// aggregator that reported, also where another one stands behind the proxy today.
func TestBoundsOfTheRoundsOwnAggregator(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	first, second := newAggregator(s, "ETH / USD", false, dollars(100), dollars(10_000)), newAggregator(s, "ETH / USD", false, bounded()...)
	proxy := s.Deploy("AggregatorProxy", first)
	s.Call("Aggregator", first, "report", dollars(100), new(big.Int))
	s.Block(start + 100*24*60*minute)
	s.Call("AggregatorProxy", proxy, "change", second)
	s.Call("Aggregator", second, "report", dollars(3000), new(big.Int))
	caller := s.Play()
	for _, block := range []uint64{0, 1} {
		q, refused := ask(t, chainlink.New(caller, 1, feed(proxy)), pricing.Ask{Subject: ether, At: at(start + minute), Block: block})
		if refused != "" || q.Price.IntPart() != 100 || !strings.Contains(q.Doubt, "at the bound") {
			t.Errorf("block %d: %s, refused %q, doubt %q; want it in doubt for standing at the bound", block, q.Price, refused, q.Doubt)
		}
	}
}

// TestTokenThatWasReplaced: a feed goes on under the name of a token whose holders
// have moved to another contract.
func TestTokenThatWasReplaced(t *testing.T) {
	t.Parallel()
	st := tell(t)
	f := feed(st.proxy)
	old, now := pricing.Of(chain.Token(1, common.HexToAddress("0xdd974d5c2e2928dea5f71b9825b8b646686bd200"))), pricing.Of(chain.Token(1, common.HexToAddress("0xdefa4e8a7bcba345f687a2f1456f5edd9ce97202")))
	f.Subjects = []pricing.Subject{old, now}
	for _, row := range []struct {
		of    pricing.Subject
		doubt bool
	}{{old, true}, {now, false}} {
		q, refused := ask(t, chainlink.New(st.caller, 1, f), pricing.Ask{Subject: row.of, At: at(st.times[10]), Block: 10})
		if refused != "" || strings.Contains(q.Doubt, "2021-04-20") != row.doubt {
			t.Errorf("%s: refused %q, doubt %q", row.of, refused, q.Doubt)
		}
	}
}

// TestManyRoundsWithoutReport hides a report behind three hundred rounds that have
// none: it is not found, and that is said.
func TestManyRoundsWithoutReport(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	aggregator := newAggregator(s, "ETH / USD", false, bounded()...)
	proxy := s.Deploy("AggregatorProxy", aggregator)
	s.Call("Aggregator", aggregator, "report", dollars(2000), new(big.Int))
	s.Block(start + 2*minute)
	s.Call("Aggregator", aggregator, "report", dollars(2100), big.NewInt(300))
	s.Block(start + 3*minute)
	s.Call("Aggregator", aggregator, "report", dollars(2200), new(big.Int))
	source := chainlink.New(s.Play(), 1, feed(proxy))
	if q, refused := ask(t, source, pricing.Ask{Subject: ether, At: at(start + 2*minute)}); refused != "" || q.Price.IntPart() != 2100 && !strings.Contains(q.Doubt, "not found") {
		t.Errorf("%s, refused %q, doubt %q", q.Price, refused, q.Doubt)
	}
}

// TestStaleForOneThoughFreshForAnother fills a book for two moments, of which the
// second is long after the last report: that the round was fresh for the first takes
// nothing of the doubt of the second, and a source that is sure goes before it.
func TestStaleForOneThoughFreshForAnother(t *testing.T) {
	t.Parallel()
	s := pricingtest.NewStage(t, start, folder)
	s.Block(start + minute)
	aggregator := newAggregator(s, "ETH / USD", false, bounded()...)
	proxy := s.Deploy("AggregatorProxy", aggregator)
	s.Call("Aggregator", aggregator, "report", dollars(2000), new(big.Int))
	s.Block(start + 2*minute)
	s.Block(start + 11*60*minute)
	caller := s.Play()
	asks := []pricing.Ask{{Subject: ether, At: at(s.Times[2]), Block: 2}, {Subject: ether, At: at(s.Times[3]), Block: 3}}
	book := &pricing.Book{}
	if _, err := pricing.Fill(t.Context(), book, []pricing.Source{chainlink.New(caller, 1, feed(proxy))}, asks); err != nil {
		t.Fatal(err)
	}
	for i, doubt := range []bool{false, true} {
		if q, ok := book.At(ether, asks[i].At); !ok || q.Price.IntPart() != 2000 || strings.Contains(q.Doubt, "stale") != doubt {
			t.Errorf("%s: %s, doubt %q; want it in doubt: %v", asks[i], q.Price, q.Doubt, doubt)
		}
	}
	book.Add(pricing.Quote{Subject: ether, Price: decimal.NewFromInt(1500), At: at(s.Times[3]), Source: "another", Method: "close", Rank: 9})
	if q, _ := book.At(ether, asks[1].At); q.Source != "another" {
		t.Errorf("%s by %s; want the source that is sure", q.Price, q.Source)
	}
	if all := book.Candidates(ether, asks[1].At); len(all) != 2 || all[0].Source != "another" || all[1].Doubt == "" {
		t.Errorf("candidates %+v; want the sure one first, then the stale one", all)
	}
}
