package chaintest

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

// SourceTest says how a [chain.Source] is tried.
type SourceTest struct {
	// Play runs a scenario on a node that keeps the state of every block, and
	// returns the URL at which it answers until the test ends. A node that
	// cannot play a scenario skips the test.
	Play func(t testing.TB, s *Scenario) (url string)
	// Open returns the source for a node.
	Open func(t testing.TB, url string) chain.Source
	// Frames says that the source can have the call frames of every tx. It
	// must then find every transfer, and claim so. Without them it must claim
	// completeness for provable accounts, and for no account of which it
	// missed something.
	Frames bool
	// Placeless says that movements inside of txs are told by logs, of the
	// chain (EIP-7708) or of a simulation: the places of frames are not known,
	// and those of other logs may be shifted.
	Placeless bool
	// Scenarios to play; nil means all of [Scenarios].
	Scenarios []*Scenario
}

// TestSource holds a source against what is known to have happened: transfers
// and sums per block, account and asset, coverage, closure, order, and answers
// that do not depend on how the question is cut up.
func TestSource(t *testing.T, test SourceTest) {
	scenarios := test.Scenarios
	if scenarios == nil {
		scenarios = Scenarios()
	}
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			url := test.Play(t, s)
			truth, err := learn(t.Context(), url, s)
			if err != nil {
				t.Fatalf("the node did not play the scenario as written: %v", err)
			}
			source := test.Open(t, url)
			truth.frames, truth.placeless = test.Frames, test.Placeless
			for _, fault := range truth.check(t.Context(), source) {
				t.Errorf("%s\n(%s)", fault, s.Reason)
			}
		})
	}
}

// truth is a scenario as a node played it.
type truth struct {
	s         *Scenario
	frames    bool             // nothing may be missed
	placeless bool             // the places of logs and frames are not compared
	blocks    []chain.Block    // by number, the genesis first
	moves     []chain.Transfer // in canonical order, with fees
	coin      map[common.Address][]*big.Int
	tokens    map[Holding][2]*big.Int // fungible ones, at both ends
}

func (tr *truth) window() chain.Window {
	return chain.Window{From: 1, To: uint64(len(tr.blocks) - 1)}
}

// learn reads what depends on the node (hashes, times, fees) by plain calls,
// and checks balances after every block against the scenario.
func learn(ctx context.Context, url string, s *Scenario) (*truth, error) {
	c, err := ethclient.DialContext(ctx, url)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	tr := &truth{s: s, coin: map[common.Address][]*big.Int{}, tokens: map[Holding][2]*big.Int{}}
	for n := range len(s.Blocks) + 1 {
		var b struct {
			Hash common.Hash    `json:"hash"`
			Time hexutil.Uint64 `json:"timestamp"`
		}
		if err := c.Client().CallContext(ctx, &b, "eth_getBlockByNumber", hexutil.Uint64(n), false); err != nil {
			return nil, err
		}
		tr.blocks = append(tr.blocks, chain.Block{Number: uint64(n), Hash: b.Hash, Time: uint64(b.Time)})
	}
	tr.moves = slices.Clone(s.Moves)
	for _, b := range s.Blocks {
		if err := tr.addFees(ctx, c, b.Txs); err != nil {
			return nil, err
		}
	}
	for i := range tr.moves {
		b := tr.blocks[tr.moves[i].Block]
		tr.moves[i].BlockHash, tr.moves[i].Time = chain.Share(b.Hash), b.Time
	}
	chain.SortTransfers(tr.moves)
	return tr, tr.readBalances(ctx, c)
}

func (tr *truth) addFees(ctx context.Context, c *ethclient.Client, txs []*types.Transaction) error {
	for i, tx := range txs {
		r, err := c.TransactionReceipt(ctx, tx.Hash())
		if err != nil {
			return fmt.Errorf("receipt of tx %s: %w", tx.Hash(), err)
		}
		if r.TransactionIndex != uint(i) {
			return fmt.Errorf("tx %s has index %d of block %v, want %d", tx.Hash(), r.TransactionIndex, r.BlockNumber, i)
		}
		from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
		if err != nil {
			return err
		}
		paid := new(big.Int).Mul(r.EffectiveGasPrice, new(big.Int).SetUint64(r.GasUsed))
		units, _ := chain.Units(paid)
		tr.moves = append(tr.moves, chain.Transfer{
			Ref: chain.Ref{
				ChainID: scenarioChain, Block: r.BlockNumber.Uint64(), Tx: tx.Hash(), TxIndex: uint32(i), Site: chain.SiteFee,
			},
			Kind: chain.KindFee, From: from, Asset: chain.NativeAsset(scenarioChain), Units: units,
		})
	}
	return nil
}

// readBalances asks for every account's coin after every block, and for its
// tokens at both ends.
func (tr *truth) readBalances(ctx context.Context, c *ethclient.Client) error {
	coin := chain.NativeAsset(scenarioChain)
	head := big.NewInt(int64(len(tr.blocks) - 1))
	for _, a := range tr.s.Accounts {
		for n := range tr.blocks {
			units, err := c.BalanceAt(ctx, a, big.NewInt(int64(n)))
			if err != nil {
				return err
			}
			tr.coin[a] = append(tr.coin[a], units)
			if n == 0 {
				continue
			}
			got := new(big.Int).Sub(units, tr.coin[a][n-1])
			if want := change(tr.moves, uint64(n), a, coin); got.Cmp(want) != 0 {
				return fmt.Errorf("block %d changed the balance of %s by %v, want %v", n, a, got, want)
			}
		}
		for _, m := range tr.moves {
			h := Holding{Token: m.Asset.Contract(), Holder: a}
			if _, known := tr.tokens[h]; known || m.Asset.Kind() != chain.ERC20 {
				continue
			}
			before, err1 := balanceOf(ctx, c, h, new(big.Int))
			after, err2 := balanceOf(ctx, c, h, head)
			if err1 != nil || err2 != nil {
				return fmt.Errorf("balance of token %s: %v, %v", h.Token, err1, err2)
			}
			tr.tokens[h] = [2]*big.Int{before, after}
		}
	}
	return nil
}

func balanceOf(ctx context.Context, c *ethclient.Client, h Holding, at *big.Int) (*big.Int, error) {
	var out hexutil.Bytes
	call := map[string]any{"to": h.Token, "data": hexutil.Bytes(append(callBalanceOf[:], addressTopic(h.Holder).Bytes()...))}
	err := c.Client().CallContext(ctx, &out, "eth_call", call, (*hexutil.Big)(at))
	return new(big.Int).SetBytes(out), err
}

// flows is what came to and left an account in block n, of one asset.
func flows(ts []chain.Transfer, n uint64, a common.Address, asset chain.AssetID) (in, out *big.Int) {
	in, out = new(big.Int), new(big.Int)
	for i := range ts {
		t := &ts[i]
		if t.Block != n || t.Asset != asset {
			continue
		}
		if to, ok := t.Recipient(); ok && to == a {
			in.Add(in, t.Units.ToBig())
		}
		if from, ok := t.Sender(); ok && from == a {
			out.Add(out, t.Units.ToBig())
		}
	}
	return in, out
}

// change is what block n added to an account's holding of an asset.
func change(ts []chain.Transfer, n uint64, a common.Address, asset chain.AssetID) *big.Int {
	in, out := flows(ts, n, a, asset)
	return in.Sub(in, out)
}

func touches(t *chain.Transfer, accounts []common.Address) bool {
	to, ok1 := t.Recipient()
	from, ok2 := t.Sender()
	return ok1 && slices.Contains(accounts, to) || ok2 && slices.Contains(accounts, from)
}

// of returns what touches the accounts within the window.
func of(ts []chain.Transfer, accounts []common.Address, w chain.Window) []chain.Transfer {
	var out []chain.Transfer
	for _, t := range ts {
		if w.Contains(t.Block) && touches(&t, accounts) {
			out = append(out, t)
		}
	}
	return out
}

// check returns what is wrong with a source.
func (tr *truth) check(ctx context.Context, source chain.Source) []string {
	whole := tr.window()
	faults := tr.ask(ctx, source, tr.s.Accounts, whole)
	if len(tr.s.Accounts) > 1 {
		for _, a := range tr.s.Accounts {
			faults = append(faults, tr.ask(ctx, source, []common.Address{a}, whole)...)
		}
	}
	half := whole.To / 2
	for _, w := range []chain.Window{{From: 1, To: half}, {From: half + 1, To: whole.To}} {
		faults = append(faults, tr.ask(ctx, source, tr.s.Accounts, w)...)
	}
	return faults
}

// answerTime is far more than a chain of forty blocks should take.
const answerTime = 2 * time.Minute

// ask puts one question and judges the answer.
func (tr *truth) ask(ctx context.Context, source chain.Source, accounts []common.Address, w chain.Window) []string {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	got, err := source.History(ctx, chain.Query{Addresses: accounts, Window: w})
	if err != nil {
		return []string{fmt.Sprintf("%s blocks %d-%d: %v", names(accounts), w.From, w.To, err)}
	}
	j := judge{tr: tr, accounts: accounts, window: w, got: got, want: of(tr.moves, accounts, w)}
	j.form()
	j.coverage()
	j.tokens()
	j.native()
	j.closure()
	for i := range j.faults {
		j.faults[i] = fmt.Sprintf("%s blocks %d-%d: %s", names(accounts), w.From, w.To, j.faults[i])
	}
	return j.faults
}

func names(accounts []common.Address) string {
	var out []string
	for _, a := range accounts {
		out = append(out, chain.Hex(a)[:10])
	}
	return strings.Join(out, " ")
}

// judge compares one answer with the truth.
type judge struct {
	tr       *truth
	accounts []common.Address
	window   chain.Window
	got      *chain.History
	want     []chain.Transfer
	faults   []string
}

func (j *judge) faultf(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

// form checks what holds of any answer, whatever happened.
func (j *judge) form() {
	if j.got.ChainID != scenarioChain || j.got.Window != j.window {
		j.faultf("answer for chain %d, blocks %d-%d", j.got.ChainID, j.got.Window.From, j.got.Window.To)
	}
	if want := j.tr.blocks[j.window.To]; j.got.End != want {
		j.faultf("end of the window (-want +got):\n%s", cmp.Diff(want, j.got.End))
	}
	for i := range j.got.Transfers {
		t := &j.got.Transfers[i]
		if i > 0 && j.got.Transfers[i-1].Compare(t.Ref) >= 0 {
			j.faultf("%s does not follow %s", t.Ref, j.got.Transfers[i-1].Ref)
		}
		if !j.window.Contains(t.Block) || !touches(t, j.accounts) {
			j.faultf("%s was not asked for", t.Ref)
			continue
		}
		if b := j.tr.blocks[t.Block]; t.BlockHash.Hash() != b.Hash || t.Time != b.Time || t.ChainID != scenarioChain {
			j.faultf("%s has hash %s and time %d, want %s and %d", t.Ref, t.BlockHash, t.Time, b.Hash, b.Time)
		}
	}
}

func (j *judge) row(a common.Address, scope chain.Scope) *chain.Coverage {
	for i := range j.got.Coverage {
		if c := &j.got.Coverage[i]; c.Address == a && c.Scope == scope {
			return c
		}
	}
	return nil
}

// complete reports whether completeness is claimed for an account's coin.
func (j *judge) complete(a common.Address) bool {
	c := j.row(a, chain.ScopeNative)
	return c != nil && c.Complete
}

func (j *judge) coverage() {
	if want := 2 * len(j.accounts); len(j.got.Coverage) != want {
		j.faultf("%d rows of coverage, want %d", len(j.got.Coverage), want)
	}
	for _, a := range j.accounts {
		for _, scope := range []chain.Scope{chain.ScopeNative, chain.ScopeTokens} {
			c := j.row(a, scope)
			switch {
			case c == nil:
				j.faultf("no coverage of %s %s", a, scope)
			case c.Window != j.window:
				j.faultf("coverage of %s %s is of blocks %d-%d", a, scope, c.Window.From, c.Window.To)
			case !c.Complete && c.Note == "":
				j.faultf("coverage of %s %s is incomplete without a reason", a, scope)
			case !c.Complete && scope == chain.ScopeTokens:
				j.faultf("tokens of %s are incomplete: %s", a, c.Note)
			case !c.Complete && j.tr.frames:
				j.faultf("coin of %s is incomplete though there are call frames: %s", a, c.Note)
			case !c.Complete && j.provable(a):
				j.faultf("coin of %s is incomplete though its nonce proves it: %s", a, c.Note)
			}
		}
	}
}

// provable reports whether the nonce proves the history of a within the
// window: it must be seen to have signed before its end.
func (j *judge) provable(a common.Address) bool {
	if !slices.Contains(j.tr.s.Provable, a) {
		return false
	}
	return j.tr.s.Alloc[a].Nonce > 0 || slices.ContainsFunc(j.tr.moves, func(t chain.Transfer) bool {
		return t.Kind == chain.KindFee && t.From == a && t.Block <= j.window.To
	})
}

// bare returns transfers without what may differ between sources.
func (j *judge) bare(ts []chain.Transfer, keep func(*chain.Transfer) bool) []chain.Transfer {
	out := []chain.Transfer{}
	for _, t := range ts {
		if !keep(&t) {
			continue
		}
		t.Proof = chain.Proof{}
		if j.tr.placeless {
			if t.Kind == chain.KindInternal && t.From == t.To {
				continue // not logged
			}
			if t.Kind == chain.KindInternal {
				t.Site, t.Trace = chain.SiteLog, ""
			}
			if t.Site == chain.SiteLog {
				t.Index = 0
			}
		}
		out = append(out, t)
	}
	return out
}

func coinly(t *chain.Transfer) bool { return t.Asset.Kind() == chain.Native }

func (j *judge) tokens() {
	isToken := func(t *chain.Transfer) bool { return !coinly(t) }
	if diff := cmp.Diff(j.bare(j.want, isToken), j.bare(j.got.Transfers, isToken)); diff != "" {
		j.faultf("token transfers (-want +got):\n%s", diff)
	}
}

// native compares transfer for transfer where there are frames, and sums per
// block wherever completeness is claimed. What stands in txs and headers needs
// no frames, and what an incomplete answer holds must be true.
func (j *judge) native() {
	if j.tr.frames {
		if diff := cmp.Diff(j.bare(j.want, coinly), j.bare(j.got.Transfers, coinly)); diff != "" {
			j.faultf("coin transfers (-want +got):\n%s", diff)
		}
		return
	}
	coin := chain.NativeAsset(scenarioChain)
	for _, a := range j.accounts {
		if !j.complete(a) {
			continue
		}
		for n := j.window.From; n <= j.window.To; n++ {
			// Not the difference alone: what came and went within one block is
			// two movements, and to miss both is not to be complete.
			in1, out1 := flows(j.want, n, a, coin)
			in2, out2 := flows(j.got.Transfers, n, a, coin)
			if in1.Cmp(in2) != 0 || out1.Cmp(out2) != 0 {
				j.faultf("said to be complete, but %s got %v and gave %v in block %d, want %v and %v", a, in2, out2, n, in1, out1)
			}
		}
	}
	for _, t := range j.bare(j.got.Transfers, func(t *chain.Transfer) bool { return coinly(t) && t.Kind != chain.KindUnseen }) {
		if !slices.Contains(j.bare(j.want, coinly), t) {
			j.faultf("%s did not happen: %s of %s from %s to %s", t.Ref, t.Kind, t.Units.Dec(), t.From, t.To)
		}
	}
}

func (j *judge) closure() {
	coin := chain.NativeAsset(scenarioChain)
	for _, a := range j.accounts {
		held := j.tr.coin[a]
		j.closed(a, coin, held[j.window.From-1], held[j.window.To], j.complete(a))
		if j.window != j.tr.window() {
			continue
		}
		for _, asset := range j.fungible(a) {
			ends := j.tr.tokens[Holding{Token: asset.Contract(), Holder: a}]
			j.closed(a, asset, ends[0], ends[1], true)
		}
	}
}

// fungible returns the tokens that moved to or from a.
func (j *judge) fungible(a common.Address) []chain.AssetID {
	var out []chain.AssetID
	for _, t := range of(j.want, []common.Address{a}, j.window) {
		if t.Asset.Kind() == chain.ERC20 && !slices.Contains(out, t.Asset) {
			out = append(out, t.Asset)
		}
	}
	return out
}

// closed checks the closure of one account and asset against the balances
// that the node tells.
func (j *judge) closed(a common.Address, asset chain.AssetID, opening, closing *big.Int, complete bool) {
	i := slices.IndexFunc(j.got.Closure, func(c chain.Closure) bool { return c.Address == a && c.Asset == asset })
	if i < 0 {
		j.faultf("no closure of %s in %s", a, asset)
		return
	}
	c := j.got.Closure[i]
	if c.Opening.Units().Cmp(opening) != 0 {
		j.faultf("%s opens with %v of %s, want %v", a, c.Opening.Units(), asset, opening)
	}
	sum := c.Opening.Add(c.In).Sub(c.Out).Sub(c.Fees)
	if !sum.Equal(c.Closing) {
		j.faultf("%s closes with %s, but its parts add up to %s", a, c.Closing, sum)
	}
	if c.Witness == nil {
		j.faultf("nobody was asked what %s held of %s in the end: %s", a, asset, c.Note)
		return
	}
	if c.Witness.Units().Cmp(closing) != 0 {
		j.faultf("%s is said to hold %v of %s in the end, want %v", a, c.Witness.Units(), asset, closing)
	}
	if residual, _ := c.Residual(); complete && !residual.IsZero() {
		j.faultf("%s is said to be complete, but %s are missing", a, residual)
	}
}
