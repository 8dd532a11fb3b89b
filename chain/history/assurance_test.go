package history_test

import (
	"context"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// liar is a node whose answers are changed on their way.
type liar struct {
	*ethrpc.Client
	answer func(c ethrpc.Call, result map[string]any) // nil changes nothing
	drop   func(l *types.Log) bool                    // from eth_getLogs and receipts
	doubt  func(q ethrpc.LogQuery, c *ethrpc.LogCoverage)
	calls  map[string]int
}

func (l *liar) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := l.Client.Do(ctx, calls)
	for i, c := range calls {
		if l.calls != nil {
			l.calls[c.Method]++
		}
		var result map[string]any
		if l.answer == nil || err != nil || json.Unmarshal(answers[i].Result, &result) != nil {
			continue
		}
		l.answer(c, result)
		if answers[i].Result, err = json.Marshal(result); err != nil {
			return nil, err
		}
	}
	return answers, err
}

func (l *liar) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	cover, err := l.Client.Logs(ctx, q, func(log *types.Log) error {
		if l.drop != nil && l.drop(log) {
			return nil
		}
		return fn(log)
	})
	if l.doubt != nil {
		l.doubt(q, &cover)
	}
	return cover, err
}

func (f theft) liar(t testing.TB) *liar {
	return &liar{Client: client(t, f.url), calls: map[string]int{}}
}

func (f theft) pull(t testing.TB, c history.Caller, o history.Options, change func(*chain.Query)) *chain.History {
	t.Helper()
	q := f.query
	if change != nil {
		change(&q)
	}
	h, err := history.New(c, o).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func proveAbsence(q *chain.Query) { q.ProveAbsence = true }

func tokenCoverage(h *chain.History) (list []chain.Coverage) {
	for _, c := range h.Coverage {
		if c.Scope == chain.ScopeTokens {
			list = append(list, c)
		}
	}
	return list
}

// logBlocks lists the blocks in which logs moved something, ascending.
func logBlocks(h *chain.History) (list []uint64) {
	for _, tr := range h.Transfers {
		if tr.Site == chain.SiteLog {
			list = append(list, tr.Block)
		}
	}
	return slices.Compact(list)
}

func expect(t *testing.T, h *chain.History, complete bool, note string) {
	t.Helper()
	list := tokenCoverage(h)
	if len(list) == 0 {
		t.Fatal("no coverage of tokens")
	}
	for _, c := range list {
		if c.Complete != complete || !strings.Contains(c.Note, note) {
			t.Errorf("tokens of %s: complete is %v (%s), want %v and %q", c.Address, c.Complete, c.Note, complete, note)
		}
	}
}

func TestAbsenceProven(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	expect(t, honest, true, "asserted by")
	for name, o := range map[string]history.Options{"headers alone": {}, "headers with blocks": {Without: []string{"eth_getHeaderByNumber"}}, "receipts one by one": {Without: []string{"eth_getBlockReceipts"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := f.liar(t)
			h := f.pull(t, c, o, proveAbsence)
			expect(t, h, true, "proven: ")
			if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
				t.Errorf("transfers (-want +got):\n%s", diff)
			}
			if got := c.calls["eth_getHeaderByNumber"]; (got == 0) != (len(o.Without) == 1 && o.Without[0] == "eth_getHeaderByNumber") {
				t.Errorf("%d bare headers were asked for", got)
			}
		})
	}
	t.Run("without eth_getLogs", func(t *testing.T) {
		t.Parallel()
		c := &refusing{f.liar(t)}
		expect(t, f.pull(t, c, history.Options{}, nil), false, "")
		h := f.pull(t, c, history.Options{}, proveAbsence)
		expect(t, h, true, "proven: ")
		if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
			t.Errorf("transfers (-want +got):\n%s", diff)
		}
	})
}

// refusing offers no eth_getLogs.
type refusing struct{ *liar }

func (r *refusing) Logs(context.Context, ethrpc.LogQuery, func(*types.Log) error) (ethrpc.LogCoverage, error) {
	return ethrpc.LogCoverage{}, &ethrpc.RPCError{Code: -32601, Message: "the method eth_getLogs does not exist/is not available"}
}

// Whatever block eth_getLogs is silent about, the headers betray it.
func TestLeftOutLogsAreFound(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	lost := 0
	for i, n := range logBlocks(honest) {
		if i%6 != 0 {
			continue // a part of them is enough
		}
		silent := f.liar(t)
		silent.drop = func(l *types.Log) bool { return l.BlockNumber == n }
		if h := f.pull(t, silent, history.Options{}, nil); len(h.Transfers) < len(honest.Transfers) {
			lost++
		}
		h := f.pull(t, silent, history.Options{}, proveAbsence)
		if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
			t.Errorf("block %d left out: transfers (-want +got):\n%s", n, diff)
		}
		expect(t, h, true, "that eth_getLogs left out")
		if !slices.ContainsFunc(h.Warnings, func(w string) bool { return strings.Contains(w, "left out") }) {
			t.Errorf("block %d left out: warnings %q", n, h.Warnings)
		}
	}
	if lost == 0 {
		t.Error("nothing was lost without the proof either")
	}
}

// A node that lies about headers or receipts as well proves nothing.
func TestAbsenceIsNotProvenByLies(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	n := logBlocks(honest)[1]
	for _, row := range []struct {
		name   string
		answer func(c ethrpc.Call, result map[string]any)
		o      history.Options
		change func(*chain.Query)
		want   string
	}{
		{name: "an empty bloom filter", want: "hash of block", answer: func(c ethrpc.Call, result map[string]any) {
			if result["logsBloom"] != nil && c.Params[0] == hexNumber(n) {
				result["logsBloom"] = "0x" + strings.Repeat("0", 512)
			}
		}},
		{name: "an empty bloom filter under a hash of its own", want: "hash of block", answer: func(c ethrpc.Call, result map[string]any) {
			if result["logsBloom"] == nil || c.Params[0] != hexNumber(n) {
				return
			}
			result["logsBloom"] = "0x" + strings.Repeat("0", 512)
			raw, _ := json.Marshal(result)
			var header types.Header
			if json.Unmarshal(raw, &header) == nil {
				result["hash"] = header.Hash()
			}
		}},
		{name: "another block", want: "the endpoint answers otherwise", answer: func(c ethrpc.Call, result map[string]any) {
			if c.Method == "eth_getHeaderByNumber" && c.Params[0] == hexNumber(n) {
				result["number"] = hexNumber(n + 1)
			}
		}},
		{name: "no header", want: "not one of Ethereum", answer: func(c ethrpc.Call, result map[string]any) {
			if c.Method == "eth_getHeaderByNumber" && c.Params[0] == hexNumber(n) {
				delete(result, "stateRoot")
			}
		}},
		{name: "no proofs", want: "switched off", o: history.Options{NoProof: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := f.liar(t)
			c.answer = row.answer
			h := f.pull(t, c, row.o, proveAbsence)
			for _, cov := range tokenCoverage(h) {
				if strings.Contains(cov.Note, "proven: ") || !strings.Contains(cov.Note, "no proof of it: ") || !strings.Contains(cov.Note, row.want) {
					t.Errorf("note is %q, want no proof, for %q", cov.Note, row.want)
				}
			}
		})
	}
	t.Run("logs left out of receipts too", func(t *testing.T) {
		t.Parallel()
		c := &quiet{f.liar(t), n}
		c.drop = func(l *types.Log) bool { return l.BlockNumber == n }
		h := f.pull(t, c, history.Options{}, proveAbsence)
		for _, cov := range tokenCoverage(h) {
			if !strings.Contains(cov.Note, "no proof of it: the receipts of block") {
				t.Errorf("note is %q, want the receipts that do not fit", cov.Note)
			}
		}
	})
}

// quiet takes the logs out of the receipts of one block.
type quiet struct {
	*liar
	block uint64
}

func (q *quiet) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := q.liar.Do(ctx, calls)
	for i, c := range calls {
		if err != nil || c.Method != "eth_getBlockReceipts" || c.Params[0] != hexNumber(q.block) {
			continue
		}
		var list []map[string]any
		if err := json.Unmarshal(answers[i].Result, &list); err != nil {
			return nil, err
		}
		for _, r := range list {
			r["logs"] = []any{}
		}
		if answers[i].Result, err = json.Marshal(list); err != nil {
			return nil, err
		}
	}
	return answers, err
}

// Where a second window lies within the first, its headers are known; of an
// anchor's ancestors only those below the known ones are read.
func TestHeadersAreReadOnce(t *testing.T) {
	t.Parallel()
	f := play(t)
	for _, anchored := range []bool{false, true} {
		c := f.liar(t)
		s := history.New(c, history.Options{})
		q := f.query
		q.ProveAbsence = !anchored
		if anchored {
			q.Anchors = []common.Hash{f.story.Chain.Head().Hash}
		}
		var all []*chain.History
		for _, first := range []uint64{1, 600, 1} {
			q.Window.From = first
			h, err := s.History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, h)
		}
		if got, most := c.calls["eth_getHeaderByNumber"], int(f.query.Window.Blocks())+1; got > most || got < 600 {
			t.Errorf("%d headers were asked for, want at most %d", got, most)
		}
		if diff := cmp.Diff(all[0].Vouchers, all[2].Vouchers); diff != "" || (len(all[0].Vouchers) > 0) != anchored {
			t.Errorf("vouchers (-first +last):\n%s", diff)
		}
	}
}

// partly fails to give the blocks after the first few that are opened whole.
type partly struct {
	*liar
	last uint64
}

func (p *partly) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := p.liar.Do(ctx, calls)
	for i, c := range calls {
		if err == nil && c.Method == "eth_getBlockByNumber" && c.Params[1] == true && c.Params[0] == hexNumber(p.last) {
			answers[i] = ethrpc.Answer{Result: json.RawMessage("null"), Host: answers[i].Host}
		}
	}
	return answers, err
}

// What was found on the way to a proof that fails is kept, and the history is
// not called whole.
func TestHalfAProof(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	blocks := logBlocks(honest)
	silent := f.liar(t)
	silent.drop = func(*types.Log) bool { return true }
	c := &partly{silent, blocks[len(blocks)-1]}
	h := f.pull(t, c, history.Options{}, proveAbsence)
	expect(t, h, false, "not all could be looked at")
	if got := logBlocks(h); len(got) != len(blocks)-1 {
		t.Errorf("token transfers in %d blocks, want %d", len(got), len(blocks)-1)
	}
}

func TestAbsenceOfTooLongAWindow(t *testing.T) {
	t.Parallel()
	f := play(t)
	expect(t, f.pull(t, client(t, f.url), history.Options{HeaderBlocks: 100}, proveAbsence), true, "no proof of it: the window has")
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	blocks := map[uint64]common.Hash{honest.End.Number: honest.End.Hash}
	for _, tr := range honest.Transfers {
		blocks[tr.Block] = tr.BlockHash.Hash()
	}
	upTo := func(n uint64) (list []uint64) {
		for b := range blocks {
			if b <= n {
				list = append(list, b)
			}
		}
		slices.Sort(list)
		return list
	}
	middle := upTo(honest.End.Number)[len(blocks)/2]
	voucher := func(n uint64, of []uint64) chain.Voucher {
		return chain.Voucher{By: "anchor " + blocks[n].Hex(), Blocks: of}
	}
	last := honest.End.Number
	rows := []struct {
		name    string
		anchors []common.Hash
		window  uint64 // its end; 0 for the head
		o       history.Options
		change  func(*liar)
		want    []chain.Voucher
		warning string // that has to be there; none otherwise
		lost    bool
	}{
		{name: "the last block", anchors: []common.Hash{blocks[last]}, want: []chain.Voucher{voucher(last, upTo(last))}},
		{name: "a block in the middle", anchors: []common.Hash{blocks[middle]}, want: []chain.Voucher{voucher(middle, upTo(middle))}, warning: "no anchor lies at or after"},
		{name: "both", anchors: []common.Hash{blocks[last], blocks[middle], blocks[last]}, want: []chain.Voucher{
			voucher(middle, upTo(middle)), voucher(last, upTo(last)[len(upTo(middle)):]),
		}},
		{name: "a block after the window", anchors: []common.Hash{blocks[last]}, window: middle, want: []chain.Voucher{voucher(last, upTo(middle))}},
		{name: "nobody knows it", anchors: []common.Hash{{0xbe, 0xef}}, lost: true},
		{name: "too far", anchors: []common.Hash{blocks[last]}, o: history.Options{AnchorBlocks: 1}, want: []chain.Voucher{voucher(last, []uint64{last})}, warning: "were not linked"},
		{name: "another header", anchors: []common.Hash{blocks[last]}, warning: "block hash", change: func(l *liar) {
			l.answer = func(c ethrpc.Call, result map[string]any) {
				if c.Method == "eth_getBlockByHash" {
					result["timestamp"] = "0x1"
				}
			}
		}},
		{name: "a broken link", anchors: []common.Hash{blocks[last]}, warning: "hash of block", change: func(l *liar) {
			l.answer = func(c ethrpc.Call, result map[string]any) {
				if c.Method == "eth_getHeaderByNumber" && c.Params[0] == hexNumber(middle) {
					result["timestamp"] = "0x1"
				}
			}
		}},
		{name: "a block of another chain", anchors: []common.Hash{blocks[last]}, warning: "other blocks than its ancestors", change: func(l *liar) {
			l.answer = func(c ethrpc.Call, result map[string]any) {
				if c.Method == "eth_getBlockByNumber" && c.Params[0] == hexNumber(middle) {
					result["hash"] = common.Hash{1}
				}
			}
		}, want: []chain.Voucher{voucher(last, slices.DeleteFunc(upTo(last), func(n uint64) bool { return n == middle }))}},
	}
	for _, row := range rows {
		for _, prove := range []bool{false, true} {
			if prove && row.o.AnchorBlocks > 0 {
				continue // the headers of the whole window are read then
			}
			name := row.name
			if prove {
				name += " beside a proof of absence"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := f.liar(t)
				if row.change != nil {
					row.change(c)
				}
				h := f.pull(t, c, row.o, func(q *chain.Query) {
					q.Anchors, q.ProveAbsence = row.anchors, prove
					if row.window > 0 {
						q.Window.To = row.window
					}
				})
				if diff := cmp.Diff(row.want, h.Vouchers); diff != "" {
					t.Errorf("vouchers (-want +got):\n%s", diff)
				}
				if (len(h.LostAnchors) > 0) != row.lost {
					t.Errorf("lost anchors %v", h.LostAnchors)
				}
				about := slices.DeleteFunc(slices.Clone(h.Warnings), func(w string) bool { return !strings.Contains(w, "anchor") })
				if row.warning == "" && len(about) > 0 || row.warning != "" && !slices.ContainsFunc(about, func(w string) bool { return strings.Contains(w, row.warning) }) {
					t.Errorf("warnings %q, want %q", about, row.warning)
				}
			})
		}
	}
}

func TestBalancesProven(t *testing.T) {
	t.Parallel()
	f := play(t)
	coins := func(h *chain.History) (list []chain.Closure) {
		for _, c := range h.Closure {
			if c.Asset.Kind() == chain.Native {
				list = append(list, c)
			}
		}
		return list
	}
	rows := []struct {
		name   string
		o      history.Options
		answer func(c ethrpc.Call, result map[string]any)
		why    string // empty where the balance is proven
		warned bool
	}{
		{name: "by an archive node"},
		{name: "not offered", o: history.Options{Without: []string{"eth_getProof"}}, why: "does not offer"},
		{name: "switched off", o: history.Options{NoProof: true}, why: "switched off"},
		{name: "a wei too much in the proof", why: "by the data", warned: true, answer: func(c ethrpc.Call, result map[string]any) {
			if c.Method == "eth_getProof" {
				result["balance"] = "0x1"
			}
		}},
		{name: "no nodes", why: "proof of", warned: true, answer: func(c ethrpc.Call, result map[string]any) {
			if c.Method == "eth_getProof" {
				result["accountProof"] = []string{}
			}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := f.liar(t)
			c.answer = row.answer
			h := f.pull(t, c, row.o, nil)
			if len(coins(h)) != len(f.query.Addresses) {
				t.Fatalf("%d balances of the coin", len(coins(h)))
			}
			for _, closure := range coins(h) {
				if closure.Proof.Proven() != (row.why == "") || !strings.Contains(closure.Proof.Why(), row.why) {
					t.Errorf("balance of %s is %+v, want %q", closure.Address, closure.Proof, row.why)
				}
			}
			if warned := slices.ContainsFunc(h.Warnings, func(w string) bool { return strings.Contains(w, "is not what its proof says") }); warned != row.warned {
				t.Errorf("warnings %q", h.Warnings)
			}
		})
	}
	t.Run("another balance than the state has", func(t *testing.T) {
		t.Parallel()
		c := &generous{f.liar(t), hexNumber(f.query.Window.To)}
		h := f.pull(t, c, history.Options{Without: debugMethods}, nil)
		for _, closure := range coins(h) {
			if closure.Proof.Proven() || !strings.Contains(closure.Proof.Why(), "eth_getBalance says") {
				t.Errorf("balance of %s is %+v", closure.Address, closure.Proof)
			}
		}
	})
}

// generous says that everybody has a wei more at the end of one block.
type generous struct {
	*liar
	block string
}

func (g *generous) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := g.liar.Do(ctx, calls)
	for i, c := range calls {
		if err == nil && c.Method == "eth_getBalance" && c.Params[1] == g.block {
			answers[i].Result = addWei(answers[i].Result)
		}
	}
	return answers, err
}

// An answer that may have been cut off is doubted until the receipts of its
// block are read.
func TestDoubtfulLogs(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	with := logBlocks(honest)[0]
	var empty uint64
	for n := uint64(1); empty == 0; n++ {
		if !slices.ContainsFunc(honest.Transfers, func(tr chain.Transfer) bool { return tr.Block == n }) {
			empty = n
		}
	}
	rows := []struct {
		name     string
		doubtful []chain.Window
		o        history.Options
		change   func(*chain.Query)
		complete bool
		note     string
	}{
		{name: "its receipts were read", doubtful: []chain.Window{{From: with, To: with}}, complete: true, note: "asserted"},
		{name: "they were not", doubtful: []chain.Window{{From: with, To: with}}, o: history.Options{NoProof: true}, note: "known to cut off"},
		{name: "a block that was not opened", doubtful: []chain.Window{{From: empty, To: empty}}, note: "known to cut off"},
		{name: "several blocks", doubtful: []chain.Window{{From: with, To: with + 1}}, note: "known to cut off"},
		{name: "absence is proven", doubtful: []chain.Window{{From: empty, To: empty}}, change: proveAbsence, complete: true, note: "proven: "},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := f.liar(t)
			c.doubt = func(_ ethrpc.LogQuery, cover *ethrpc.LogCoverage) { cover.Doubtful = row.doubtful }
			expect(t, f.pull(t, c, row.o, row.change), row.complete, row.note)
		})
	}
	t.Run("halves were taken", func(t *testing.T) {
		t.Parallel()
		c := f.liar(t)
		c.doubt = func(_ ethrpc.LogQuery, cover *ethrpc.LogCoverage) { cover.Truncated = []chain.Window{f.query.Window} }
		expect(t, f.pull(t, c, history.Options{}, nil), true, "asked for and taken")
	})
}

// A recorded chain has roots that are made up: nothing is proven by them, and
// nothing else suffers.
func TestMadeUpHeadersProveNothing(t *testing.T) {
	t.Parallel()
	url := chaintest.Serve(t, heist().Fixture(18_600_100))
	q := chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_600_050}, ProveAbsence: true}
	h, err := history.New(client(t, url), history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Transfers) != 2 {
		t.Errorf("%d transfers, want 2", len(h.Transfers))
	}
	expect(t, h, true, "asserted by")
	expect(t, h, true, "no proof of it")
}

func hexNumber(n uint64) string { return hexutil.EncodeUint64(n) }

func addWei(raw json.RawMessage) json.RawMessage {
	var n hexutil.Big
	if err := json.Unmarshal(raw, &n); err != nil {
		return raw
	}
	more, err := json.Marshal((*hexutil.Big)(new(big.Int).Add(n.ToInt(), big.NewInt(1))))
	if err != nil {
		return raw
	}
	return more
}

// Another client than go-ethereum gives headers, receipts and proofs from
// which the same follows.
func TestAssuranceOnAnvil(t *testing.T) {
	t.Parallel()
	all := chaintest.Scenarios()
	s := all[slices.IndexFunc(all, func(s *chaintest.Scenario) bool { return s.Name == "fungible tokens" })]
	c := client(t, chaintest.PlayOnAnvil(t, s))
	q := chain.Query{Addresses: s.Accounts, Window: chain.Window{From: 1, To: uint64(len(s.Blocks))}, ProveAbsence: true}
	h, err := history.New(c, history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h, true, "proven: ")
	q.Anchors = []common.Hash{h.End.Hash}
	if h, err = history.New(c, history.Options{}).History(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if len(h.Vouchers) != 1 {
		t.Fatalf("vouchers %v, warnings %q", h.Vouchers, h.Warnings)
	}
	for _, tr := range h.Transfers {
		if !h.Vouchers[0].Vouches(tr.Block) {
			t.Errorf("nobody vouches for block %d", tr.Block)
		}
	}
	for _, closure := range h.Closure {
		if closure.Asset.Kind() == chain.Native && !closure.Proof.Proven() {
			t.Errorf("balance of %s is unproven: %s", closure.Address, closure.Proof.Why())
		}
	}
	// The same txs in blocks of another node are other blocks.
	x := crossCheck(t, client(t, playOnNode(t, s)), history.Options{}, h, 100)
	if len(x.Agreed) > 0 || len(x.Disagreement) != x.Blocks || x.Blocks == 0 {
		t.Errorf("%d blocks, %d agreed, %q", x.Blocks, len(x.Agreed), x.Disagreement)
	}
}

// On chains whose headers do not speak of all logs nothing is proven by them.
func TestAbsenceOnOtherChains(t *testing.T) {
	t.Parallel()
	b := chaintest.NewBuilder(137)
	b.Token(usdt, "USDT", 6)
	b.Block(50_000_000, 1_700_328_000)
	b.SendToken(usdt, wallet, thief, big.NewInt(1))
	q := chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 49_999_990, To: 50_000_010}, ProveAbsence: true}
	c := &liar{Client: client(t, chaintest.Serve(t, b.Fixture(50_000_100))), calls: map[string]int{}}
	h, err := history.New(c, history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h, true, "no proof of it: on Polygon")
	if c.calls["eth_getHeaderByNumber"] > 0 {
		t.Error("headers were read for nothing")
	}
}

// What the assurances cost beside the history itself.
func TestCostOfAssurance(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	cost := func(change func(*chain.Query)) (calls, requests int) {
		c := client(t, f.url)
		f.pull(t, c, history.Options{}, change)
		r := c.Requests()
		return int(r.RPC), int(r.HTTP)
	}
	calls, requests := cost(nil)
	window := int(f.query.Window.Blocks())
	rows := []struct {
		name     string
		change   func(*chain.Query)
		calls    int // at most, more than without
		requests int
	}{
		{"an anchor", func(q *chain.Query) { q.Anchors = []common.Hash{honest.End.Hash} }, window + 2, window/100 + 4},
		// Bloom filters of the quiet chain deny all other logs but a few.
		{"absence", proveAbsence, window + 1 + window/10, window/100 + 6},
		{"both", func(q *chain.Query) { q.ProveAbsence, q.Anchors = true, []common.Hash{honest.End.Hash} }, window + 2 + window/10, window/100 + 7},
	}
	for _, row := range rows {
		c, r := cost(row.change)
		t.Logf("%s over %d blocks: %d calls and %d requests on top of %d and %d", row.name, window, c-calls, r-requests, calls, requests)
		if c-calls > row.calls || r-requests > row.requests {
			t.Errorf("%s: %d calls and %d requests more, want at most %d and %d", row.name, c-calls, r-requests, row.calls, row.requests)
		}
	}
}
