package history_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// recorded returns a source over a recorded chain, and the server that plays it.
func recorded(t *testing.T, o history.Options, b *chaintest.Builder, head uint64, options ...chaintest.Option) (*history.Source, *chaintest.Server) {
	t.Helper()
	server, err := chaintest.NewServer(b.Fixture(head), options...)
	if err != nil {
		t.Fatal(err)
	}
	url := chaintest.Host(t, server)
	c, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return history.New(c, o), server
}

var (
	wallet = common.HexToAddress("0xa11ce")
	thief  = common.HexToAddress("0x7eef")
	usdt   = common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")
)

// heist moves coin and tokens to the thief.
func heist() *chaintest.Builder {
	b := chaintest.NewBuilder(1)
	b.Token(usdt, "USDT", 6)
	b.Block(18_600_000, 1_700_328_000)
	b.Send(wallet, thief, big.NewInt(488_700_000))
	b.Block(18_600_007, 1_700_328_084)
	b.SendToken(usdt, wallet, thief, big.NewInt(24_570_000))
	return b
}

func TestRecordedChainIsUnproven(t *testing.T) {
	t.Parallel()
	s, _ := recorded(t, history.Options{}, heist(), 18_600_100)
	h, err := s.History(t.Context(), chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_600_050}})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []chain.Kind
	for _, tr := range h.Transfers {
		kinds = append(kinds, tr.Kind)
		if tr.Proof.Proven() || tr.Proof.Why() == "" {
			t.Errorf("%s is %+v, want unproven with a reason", tr.Ref, tr.Proof)
		}
	}
	if diff := cmp.Diff([]chain.Kind{chain.KindNative, chain.KindERC20}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	meta := h.Tokens[chain.Token(1, usdt)]
	if diff := cmp.Diff(chain.TokenMeta{Symbol: "USDT", Name: meta.Name, Decimals: 6, DecimalsKnown: true}, meta); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
	for _, c := range h.Closure {
		if r, ok := c.Residual(); !ok || !r.IsZero() {
			t.Errorf("%s: residual %s, %s", c.Asset, r, c.Note)
		}
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	whole := chain.Window{From: 18_599_990, To: 18_600_050}
	rows := []struct {
		name           string
		options        []chaintest.Option
		window         chain.Window
		transfers      int
		native, tokens bool // complete
		err            error
		reason         string
	}{
		{name: "an archive", window: whole, transfers: 2, native: true, tokens: true, reason: "trace_filter sees what the nonce of a thief who never signs cannot prove"},
		{name: "no traces", options: []chaintest.Option{chaintest.WithoutTraces()}, window: whole, transfers: 2, tokens: true},
		{name: "state pruned", options: []chaintest.Option{chaintest.Pruned(40), chaintest.WithoutTraces()}, window: whole, transfers: 1, tokens: true, reason: "no traces either: logs need no state; what is sent in a tx without logs is not found"},
		{name: "blocks pruned", options: []chaintest.Option{chaintest.PrunedHistory(18_600_003)}, window: whole, transfers: 1},
		{name: "all pruned", options: []chaintest.Option{chaintest.PrunedHistory(18_600_090)}, window: whole, err: history.ErrNoHistory},
		{name: "no logs", options: []chaintest.Option{chaintest.Without("eth_getLogs")}, window: whole, transfers: 1, native: true},
		{name: "beyond the head", window: chain.Window{From: 18_599_990, To: 18_700_000}, err: history.ErrNoHistory},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, _ := recorded(t, history.Options{ScanBlocks: 1}, heist(), 18_600_100, row.options...)
			h, err := s.History(t.Context(), chain.Query{Addresses: []common.Address{thief}, Window: row.window})
			if !errors.Is(err, row.err) || err != nil && row.err == nil {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if err != nil {
				return
			}
			if len(h.Transfers) != row.transfers {
				t.Errorf("%d transfers, want %d (%s)", len(h.Transfers), row.transfers, row.reason)
			}
			for _, c := range h.Coverage {
				if want := c.Scope == chain.ScopeTokens && row.tokens || c.Scope == chain.ScopeNative && row.native; c.Complete != want || c.Note == "" {
					t.Errorf("%s complete is %v (%q), want %v", c.Scope, c.Complete, c.Note, want)
				}
			}
		})
	}
}

func TestGenesisOfAnotherChain(t *testing.T) {
	t.Parallel()
	s, _ := recorded(t, history.Options{}, heist(), 18_600_100, chaintest.Genesis(common.HexToHash("0x01")))
	id, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if id.GenesisMatches || id.ChainID != 1 || id.Network.Name != "ethereum" {
		t.Errorf("identity is %+v, want Ethereum with another genesis", id)
	}
}

// reorganised answers with another last block from the nth time on that it is
// asked for it.
type reorganised struct {
	*ethrpc.Client
	last  uint64
	calm  int // reads of the last block that see the same chain
	again bool
	reads int
}

func (r *reorganised) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := r.Client.Do(ctx, calls)
	for i, c := range calls {
		if c.Method != "eth_getBlockByNumber" || c.Params[0] != hexutil.EncodeUint64(r.last) || c.Params[1] == true {
			continue
		}
		if r.reads++; r.reads > r.calm {
			var block map[string]any
			if err := json.Unmarshal(answers[i].Result, &block); err != nil {
				return nil, err
			}
			n := r.calm
			if r.again {
				n = r.reads // never the same twice
			}
			block["hash"] = common.BigToHash(big.NewInt(int64(n) + 1))
			if answers[i].Result, err = json.Marshal(block); err != nil {
				return nil, err
			}
		}
	}
	return answers, err
}

func TestReorgIsNoticed(t *testing.T) {
	t.Parallel()
	window := chain.Window{From: 18_599_990, To: 18_600_050}
	for _, row := range []struct {
		name  string
		again bool
		want  error
	}{{"once", false, nil}, {"at every turn", true, history.ErrReorg}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := &reorganised{Client: client(t, chaintest.Serve(t, heist().Fixture(18_600_100))), last: window.To, calm: 1, again: row.again}
			h, err := history.New(c, history.Options{}).History(t.Context(), chain.Query{Addresses: []common.Address{thief}, Window: window})
			if !errors.Is(err, row.want) {
				t.Fatalf("error %v, want %v", err, row.want)
			}
			if err == nil && h.End.Hash != common.BigToHash(big.NewInt(2)) {
				t.Errorf("the end is %s, want the block of the new chain", h.End.Hash)
			}
		})
	}
}

func TestBlockAt(t *testing.T) {
	t.Parallel()
	s, server := recorded(t, history.Options{}, heist(), 18_700_000)
	id, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(unix int64) chain.Block {
		t.Helper()
		b, err := s.BlockAt(t.Context(), time.Unix(unix, 0))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := server.Requests()
	if b := at(1_700_328_084); b.Number != 18_600_007 {
		t.Errorf("block %d at its own time, want 18600007", b.Number)
	}
	if b := at(1_700_328_083); b.Number != 18_600_006 {
		t.Errorf("block %d a second earlier, want 18600006", b.Number)
	}
	if spent := server.Requests() - before; spent > 16 {
		t.Errorf("%d requests for two blocks", spent)
	}
	if b := at(int64(id.Head.Time) + 1000); b != id.Head {
		t.Errorf("block %d after the head, want the head", b.Number)
	}
	if _, err := s.BlockAt(t.Context(), time.Unix(10, 0)); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("before the first block: %v, want ErrNotFound", err)
	}
}

func client(t testing.TB, url string) *ethrpc.Client {
	t.Helper()
	c, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestTx(t *testing.T) {
	t.Parallel()
	f := play(t)
	story := f.story
	s := history.New(client(t, f.url), history.Options{})
	if _, _, err := s.Tx(t.Context(), common.HexToHash("0xdead")); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("unknown tx: %v, want ErrNotFound", err)
	}
	for _, m := range slices.Concat(story.Movements, story.Beyond) {
		tx, ts, err := s.Tx(t.Context(), m.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if tx.Hash != m.Hash || tx.Block != m.Block || tx.Index != m.Index || tx.From != m.Tx.From {
			t.Errorf("tx %s of block %d, want %+v", tx.Hash, tx.Block, m.Tx)
		}
		if tx.FeeRecipient != devnet.Address("block builder") {
			t.Errorf("tx %s was put into its block for %s", m.Hash, tx.FeeRecipient)
		}
		if !slices.ContainsFunc(ts, func(tr chain.Transfer) bool { return told(tr) == tale(m) }) {
			t.Errorf("tx %s lacks %+v", m.Hash, m)
		}
		for _, tr := range ts {
			if tr.Site == chain.SiteLog && !tr.Proof.Proven() {
				t.Errorf("%s is unproven: %s", tr.Ref, tr.Proof.Why())
			}
		}
	}
}

// line is a movement without the place that only one of the two sides knows.
type line struct {
	tx       common.Hash
	asset    chain.AssetID
	from, to common.Address
	units    string
	fee      bool
}

func told(t chain.Transfer) line {
	return line{t.Tx, t.Asset, t.From, t.To, t.Units.Dec(), t.Kind == chain.KindFee}
}

func tale(m devnet.Movement) line {
	return line{m.Hash, m.Asset, m.Sender, m.To, m.Units.String(), m.Class == devnet.Fee}
}

// The stories of devnet, each from its attackers' and victims' side: every
// movement that the story tells, and no other.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, tell := range []func() (*devnet.Scenario, error){
		devnet.HotWalletTheft, devnet.FlashLoanExploit, devnet.OwnCapitalAtRisk, devnet.MultiSigDrain, devnet.PoolShares,
		devnet.PartReturned, devnet.AllReturned, devnet.BountyKept, devnet.PaidBackInAnotherAsset, devnet.TwoAttackers,
		devnet.BatchAuction, devnet.FakeBesideReal, devnet.RebasingToken, devnet.FeeOnTransfer, devnet.BountyPaid,
	} {
		story, err := tell()
		if err != nil {
			t.Fatal(err)
		}
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			s := history.New(client(t, devnet.Serve(t, story.Chain)), history.Options{})
			id, err := s.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			who := slices.Concat(story.Attackers, story.Victims)
			h, err := s.History(t.Context(), chain.Query{Addresses: who, Window: chain.Window{From: 1, To: id.Head.Number}})
			if err != nil {
				t.Fatal(err)
			}
			got, want := map[line]int{}, map[line]int{}
			for _, tr := range h.Transfers {
				if !tr.Units.IsZero() {
					got[told(tr)]++
				}
				if tr.Site == chain.SiteLog && !tr.Proof.Proven() {
					t.Errorf("%s is unproven: %s", tr.Ref, tr.Proof.Why())
				}
			}
			for _, m := range story.Movements {
				if m.Units.Sign() != 0 {
					want[tale(m)]++
				}
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
				t.Errorf("movements (-want +got):\n%s", diff)
			}
			for _, c := range h.Closure {
				if r, ok := c.Residual(); (!ok || !r.IsZero()) && c.Note == "" {
					t.Errorf("%s of %s leaves %s and nothing is said of it", c.Asset, c.Address, r)
				} else if !r.IsZero() {
					t.Logf("%s of %s leaves %s: %s %v", c.Asset, c.Address, r, c.Note, c.ResidualBlocks)
				}
			}
			for _, cov := range h.Coverage {
				t.Logf("%s %s %s complete=%v %s", cov.Address, cov.Scope, cov.Method, cov.Complete, cov.Note)
			}
		})
	}
}

// The contracts that attackers deploy are found from the accounts that did.
func TestCreated(t *testing.T) {
	t.Parallel()
	story, err := devnet.FlashLoanExploit()
	if err != nil {
		t.Fatal(err)
	}
	s := history.New(client(t, devnet.Serve(t, story.Chain)), history.Options{})
	window := chain.Window{From: 1, To: story.Chain.Head().Number}
	found := map[common.Address]bool{}
	for _, a := range story.Attackers {
		made, err := s.Created(t.Context(), a, window)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range made {
			if c.By != a {
				t.Errorf("%s is made by %s, want %s", c.Address, c.By, a)
			}
			found[c.Address] = true
		}
	}
	h, err := s.History(t.Context(), chain.Query{Addresses: story.Attackers, Window: window})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Contracts) == 0 {
		t.Fatal("the story has no contract of the attackers")
	}
	for a := range h.Contracts {
		if !found[a] {
			t.Errorf("contract %s of the attackers was not found", a)
		}
	}
}

// forgetful leaves out of eth_getLogs what happened in one block.
type forgetful struct {
	*ethrpc.Client
	block uint64
}

func (f forgetful) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	return f.Client.Logs(ctx, q, func(l *types.Log) error {
		if l.BlockNumber == f.block {
			return nil
		}
		return fn(l)
	})
}

// narrow refuses more than so many topics in one position.
type narrow struct {
	*ethrpc.Client
	most  int
	asked *atomic.Int64 // filters that were refused
}

func (n narrow) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	for _, set := range q.Topics {
		if len(set) > n.most {
			n.asked.Add(1)
			return ethrpc.LogCoverage{}, &ethrpc.LogsError{Window: chain.Window{From: q.From, To: q.To},
				Err: &ethrpc.RPCError{Method: "eth_getLogs", Code: -32602, Message: "exceed max addresses or topics per search position"}}
		}
	}
	return n.Client.Logs(ctx, q, fn)
}

// An endpoint that takes few topics at once is asked for few, and gives the
// same history; with and without proofs, which take the logs by other ways.
func TestFewTopicsAtOnce(t *testing.T) {
	t.Parallel()
	url := chaintest.Serve(t, heist().Fixture(18_600_100))
	q := chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_600_050}}
	for i := range 40 {
		q.Addresses = append(q.Addresses, common.BigToAddress(big.NewInt(int64(0x1000+i))))
	}
	for _, o := range []history.Options{{}, {NoProof: true}} {
		want, err := history.New(client(t, url), o).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		few := narrow{client(t, url), 6, new(atomic.Int64)}
		got, err := history.New(few, o).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-as many as one likes +few):\n%s", o, diff)
		}
		if n := few.asked.Load(); n != 3 {
			t.Errorf("%d filters were refused, want 3: 41, 20 and 10 addresses", n)
		}
	}
	// One that takes not even three has no token history to give.
	h, err := history.New(narrow{client(t, url), 2, new(atomic.Int64)}, history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range h.Coverage {
		if c.Scope == chain.ScopeTokens && c.Complete {
			t.Errorf("tokens are called complete: %s", c.Note)
		}
	}
}

// inventive adds to eth_getLogs a log that no receipt holds.
type inventive struct {
	*ethrpc.Client
	block uint64
}

func (f inventive) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	return f.Client.Logs(ctx, q, func(l *types.Log) error {
		if l.BlockNumber == f.block {
			more := *l
			more.Index += 100
			if err := fn(&more); err != nil {
				return err
			}
		}
		return fn(l)
	})
}

// eth_getLogs and the receipts of a block are held against each other.
func TestLogsAgainstReceipts(t *testing.T) {
	t.Parallel()
	b := heist()
	b.Send(wallet, thief, big.NewInt(5)) // beside the token, so that its block is opened either way
	url := chaintest.Serve(t, b.Fixture(18_600_100))
	q := chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_600_050}}
	kinds := func(h *chain.History) (tokens []chain.Transfer) {
		for _, tr := range h.Transfers {
			if tr.Kind == chain.KindERC20 {
				tokens = append(tokens, tr)
			}
		}
		return tokens
	}
	t.Run("a log left out", func(t *testing.T) {
		t.Parallel()
		h, err := history.New(forgetful{client(t, url), 18_600_007}, history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got := kinds(h); len(got) != 1 {
			t.Errorf("%d token transfers, want the one that the receipt shows", len(got))
		}
		for _, c := range h.Coverage {
			if c.Scope == chain.ScopeTokens && c.Complete {
				t.Errorf("tokens are called complete: %s", c.Note)
			}
		}
	})
	t.Run("a log invented", func(t *testing.T) {
		t.Parallel()
		h, err := history.New(inventive{client(t, url), 18_600_007}, history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got := kinds(h)
		if len(got) != 2 || len(h.Warnings) == 0 {
			t.Fatalf("%d token transfers, warnings %q", len(got), h.Warnings)
		}
		if got[1].Proof.Proven() || got[1].Proof.Why() != "the receipts that the endpoint gives of the block do not hold this log" {
			t.Errorf("the invented one is %+v", got[1].Proof)
		}
	})
}

// An endpoint that fails in one request of ten gives the same history, later.
func TestFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	f := play(t)
	url, q := f.url, f.query
	want, err := history.New(client(t, url), history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		faulty, proxy := chaintest.FaultProxy(t, url, seed, 0.1)
		proxy.Delay, proxy.RetryAfter = 20*time.Millisecond, 0
		c, err := ethrpc.New(faulty, ethrpc.Options{Sleep: func(context.Context, time.Duration) error { return nil }, MaxBatch: 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		got, err := history.New(c, history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatalf("seed %d: %v (%v)", seed, err, proxy.Injected())
		}
		if diff := cmp.Diff(want.Transfers, got.Transfers); diff != "" {
			t.Errorf("seed %d: transfers (-want +got):\n%s", seed, diff)
		}
		for i := range want.Coverage {
			if want.Coverage[i].Complete != got.Coverage[i].Complete {
				t.Errorf("seed %d: %s is complete %v, want %v: %s", seed, got.Coverage[i].Address, got.Coverage[i].Complete, want.Coverage[i].Complete, got.Coverage[i].Note)
			}
		}
		if len(proxy.Injected()) == 0 {
			t.Errorf("seed %d: nothing failed", seed)
		}
	}
}

// A linked tx is shown whole by whatever the endpoint has.
func TestTxWithoutTraces(t *testing.T) {
	t.Parallel()
	scenario := chaintest.Scenarios()[slices.IndexFunc(chaintest.Scenarios(), func(s *chaintest.Scenario) bool { return s.Name == "internal calls" })]
	url := playOnNode(t, scenario)
	tx := scenario.Blocks[3].Txs[0].Hash()
	_, want, err := history.New(client(t, url), history.Options{}).Tx(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := history.New(client(t, url), without(traceMethods, debugMethods)).Tx(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(unplaced(&chain.History{Transfers: want}), unplaced(&chain.History{Transfers: got})); diff != "" {
		t.Errorf("transfers (-traced +simulated):\n%s", diff)
	}
	_, got, err = history.New(client(t, url), without(traceMethods, debugMethods, simulations)).Tx(t.Context(), tx)
	if !errors.Is(err, history.ErrNoFrames) || len(got) != 2 {
		t.Errorf("%d transfers and %v, want value and fee beside ErrNoFrames", len(got), err)
	}
}

// Without proofs, and where there are too many blocks to prove, the transfers
// are the same, unproven and with the reason.
func TestUnprovenTokensAreTheSame(t *testing.T) {
	t.Parallel()
	f := play(t)
	url, q := f.url, f.query
	want, err := history.New(client(t, url), history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]history.Options{"switched off": {NoProof: true}, "too many": {ProofBlocks: 1}} {
		got, err := history.New(client(t, url), o).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Proof" }, cmp.Ignore())
		if diff := cmp.Diff(want.Transfers, got.Transfers, ignore); diff != "" {
			t.Errorf("%s: transfers (-want +got):\n%s", name, diff)
		}
		unproven := 0
		for _, tr := range got.Transfers {
			if !tr.Proof.Proven() {
				unproven++
				if tr.Proof.Why() == "" {
					t.Errorf("%s: %s is unproven without a reason", name, tr.Ref)
				}
			}
		}
		if unproven == 0 {
			t.Errorf("%s: everything is proven", name)
		}
	}
}

// A hot wallet is not searched block by block, which is said; its balance is
// still set against what was found.
func TestBusyAccount(t *testing.T) {
	t.Parallel()
	c, who := busyChain(1)
	s := history.New(c, history.Options{ActiveBlocks: 50})
	h, err := s.History(t.Context(), chain.Query{Addresses: who, Window: chain.Window{From: 1, To: 1_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	if native := h.Coverage[0]; native.Complete || native.Note == "" {
		t.Errorf("coverage is %+v, want incomplete with a reason", native)
	}
	if r, ok := h.Closure[0].Residual(); !ok || r.IsZero() {
		t.Errorf("residual %s %v, want what was not searched", r, ok)
	}
	if spent := c.calls["eth_getBalance"]; spent > 10 {
		t.Errorf("%d balances were asked for", spent)
	}
}
