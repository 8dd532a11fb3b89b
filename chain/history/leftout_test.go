package history_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// A log that eth_getLogs leaves out, in a block that nothing else opens, shows
// in the balance of its token: the block is found, opened, and the transfer
// taken. Where the receipts leave it out as well the residual says so.
func TestLeftOutLogsShowInBalances(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	moved := map[chain.AssetID]bool{} // assets whose Transfer events move balances
	for _, c := range honest.Closure {
		r, ok := c.Residual()
		moved[c.Asset] = ok && r.IsZero()
	}
	seen := 0
	for i, tr := range honest.Transfers {
		if tr.Kind != chain.KindERC20 || tr.Units.IsZero() || !moved[tr.Asset] || i%3 > 0 {
			continue // a part of them is enough
		}
		one := func(l *types.Log) bool { return l.BlockNumber == tr.Block && l.Index == uint(tr.Index) }
		c := f.liar(t)
		c.drop = one
		h := f.pull(t, c, history.Options{}, nil)
		if !tells(h, tr.Asset) {
			continue // nothing else is told of the token, so that nothing shows
		}
		if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
			t.Errorf("%s left out: transfers (-want +got)\n%s", tr.Ref, diff)
		}
		expect(t, h, false, "left out")
		silent := &quiet{f.liar(t), tr.Block}
		silent.drop = one
		h = f.pull(t, silent, history.Options{}, nil)
		at := slices.IndexFunc(h.Closure, func(c chain.Closure) bool { return c.Asset == tr.Asset && c.ResidualBlocks != nil })
		if at >= 0 {
			seen++
			if c := h.Closure[at]; c.ResidualBlocks.From != tr.Block || !strings.Contains(c.Note, "may have been left out") {
				t.Errorf("%s left out of receipts too: %v: %s", tr.Ref, c.ResidualBlocks, c.Note)
			}
		}
	}
	if seen == 0 {
		t.Error("no transfer was seen by its residual alone")
	}
}

// tells reports whether a history has a transfer of an asset.
func tells(h *chain.History, asset chain.AssetID) bool {
	return slices.ContainsFunc(h.Transfers, func(tr chain.Transfer) bool { return tr.Asset == asset })
}

// Of a token of which no log is told nothing is known, not even a balance: that
// there is none is said to be asserted, and by whom. It takes a proof to see it.
func TestTokensThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	hidden := 0
	for _, c := range honest.Closure {
		if c.Asset.Kind() == chain.Native {
			continue
		}
		silent := f.liar(t)
		silent.drop = func(l *types.Log) bool { return l.Address == c.Asset.Contract() }
		h := f.pull(t, silent, history.Options{}, nil)
		if tells(h, c.Asset) {
			expect(t, h, false, "left out")
			continue
		}
		hidden++
		expect(t, h, true, "absence of other logs is asserted by "+silent.Host())
		expect(t, f.pull(t, silent, history.Options{}, proveAbsence), true, "that eth_getLogs left out")
	}
	if hidden == 0 {
		t.Error("no token was hidden")
	}
}

var (
	mule   = common.HexToAddress("0x3ec0")
	nobody = common.HexToAddress("0x6e6f626f6479206861732074686973206b65792e")
)

// Of an address of which eth_getLogs tells nothing at all, the balances of the
// tokens that the other addresses moved tell. What a token says that everybody
// got, also somebody whom nobody named, says nothing of the address.
func TestAddressThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	gift := common.HexToAddress("0x91f7")
	b := heist()
	b.Token(gift, "GIFT", 18)
	b.SendToken(gift, wallet, thief, big.NewInt(7))
	for i := range uint64(3) {
		b.Block(18_600_010+i, 1_700_328_120+12*i)
		b.SendToken(usdt, wallet, mule, big.NewInt(1_000_000))
		for _, a := range []common.Address{mule, nobody} {
			b.Change(chaintest.Holding{Token: gift, Holder: a}, big.NewInt(5))
		}
	}
	c := &liar{Client: client(t, chaintest.Serve(t, b.Fixture(18_600_100)))}
	q := chain.Query{Addresses: []common.Address{thief, mule}, Window: chain.Window{From: 18_599_990, To: 18_600_050}}
	pull := func() *chain.History {
		h, err := history.New(c, history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	honest := pull()
	c.drop = func(l *types.Log) bool { return common.BytesToAddress(l.Topics[2][12:]) == mule }
	h := pull()
	if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
		t.Errorf("transfers (-want +got)\n%s", diff)
	}
	expect(t, h, false, "left out")
	for _, x := range h.Closure {
		if r, ok := x.Residual(); !ok || !r.IsZero() {
			t.Errorf("%s of %s: residual %s: %s", x.Asset, x.Address, r, x.Note)
		}
	}
	if diff := cmp.Diff(honest.Closure, h.Closure); diff != "" {
		t.Errorf("closures (-want +got)\n%s", diff)
	}
}

// The record of a run that did not ask for such balances serves as before, and
// what was not looked at is told of the address whose balance it is.
func TestRecordWithoutUnnamedBalances(t *testing.T) {
	t.Parallel()
	c := &meddled{Client: client(t, chaintest.Serve(t, heist().Fixture(18_600_100)))}
	of := strings.TrimPrefix(chain.Hex(mule), "0x")
	c.do = func(call ethrpc.Call, a *ethrpc.Answer) {
		if text, _ := json.Marshal(call.Params); call.Method == "eth_call" && strings.Contains(string(text), of) {
			*a = ethrpc.Answer{Err: &ethrpc.MissingError{Call: call}}
		}
	}
	q := chain.Query{Addresses: []common.Address{thief, mule}, Window: chain.Window{From: 18_599_990, To: 18_600_050}}
	h, err := history.New(c, history.Options{}).History(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tokenCoverage(h) {
		says := strings.Contains(c.Note, "; 1 balance, of tokens that only others of the addresses moved, not looked at")
		if !c.Complete || says != (c.Address == mule) {
			t.Errorf("tokens of %s: complete is %t (%s)", c.Address, c.Complete, c.Note)
		}
	}
}

// The record of a run that looked for the first block alone in which a token moved
// by itself serves as before.
func TestRecordOfTheFirstResidualAlone(t *testing.T) {
	t.Parallel()
	b := heist()
	const first = 18_600_010
	for i := range uint64(3) {
		b.Block(first+10*i, 1_700_328_120+120*i)
		b.Change(chaintest.Holding{Token: usdt, Holder: thief}, big.NewInt(5))
	}
	w := chain.Window{From: 18_599_990, To: 18_600_050}
	lo, hi := w.From-1, w.To
	asked := map[any]bool{hexNumber(lo): true, hexNumber(hi): true, hexNumber(first - 1): true}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		asked[hexNumber(mid)] = true
		if mid < first {
			lo = mid
		} else {
			hi = mid
		}
	}
	c := &meddled{Client: client(t, chaintest.Serve(t, b.Fixture(18_600_100)))}
	missing := 0
	c.do = func(call ethrpc.Call, a *ethrpc.Answer) {
		if call.Method == "eth_call" && !asked[call.Params[1]] {
			missing++
			*a = ethrpc.Answer{Err: &ethrpc.MissingError{Call: call}}
		}
	}
	h, err := history.New(c, history.Options{}).History(t.Context(), chain.Query{Addresses: []common.Address{thief}, Window: w})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(h.Closure, func(x chain.Closure) bool { return x.Asset.Kind() == chain.ERC20 })
	if at < 0 || h.Closure[at].ResidualBlocks == nil || h.Closure[at].ResidualBlocks.From != first {
		t.Errorf("closures %+v", h.Closure)
	}
	if missing == 0 {
		t.Error("nothing was asked for that the record does not hold: the test says nothing")
	}
}

// However many logs are left out one behind another, all are found, and the
// search does not cost as many bisections.
func TestManyLogsLeftOut(t *testing.T) {
	t.Parallel()
	b := heist()
	const lost = 60
	for i := range uint64(lost) {
		b.Block(18_600_100+1009*i, 1_700_329_200+12*1009*i)
		b.SendToken(usdt, wallet, thief, big.NewInt(int64(1_000_000+i)))
	}
	c := &liar{Client: client(t, chaintest.Serve(t, b.Fixture(18_700_100)))}
	q := chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_700_000}}
	pull := func() (*chain.History, int) {
		before := c.Requests()
		h, err := history.New(c, history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return h, int(c.Requests().HTTP - before.HTTP)
	}
	honest, _ := pull()
	c.drop = func(l *types.Log) bool { return l.BlockNumber >= 18_600_100 }
	h, requests := pull()
	if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
		t.Errorf("transfers (-want +got)\n%s", diff)
	}
	expect(t, h, false, "left out 60 logs")
	if requests > 120 {
		t.Errorf("%d requests", requests)
	}
}

// A search for the txs of an account is believed to list all of them only where
// it lists those that are known: of the account, and of somebody else.
func TestSearchThatFindsNothing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method string
		from         uint64 // where the window begins
		who          common.Address
		silent       bool
		complete     bool
	}{
		{"frames of the account", "trace_filter", 18_599_990, thief, false, true},
		{"none of the account", "trace_filter", 18_599_990, thief, true, false},
		{"frames of others", "trace_filter", 18_600_000, mule, false, true},
		{"none of others", "trace_filter", 18_600_000, mule, true, false},
		{"none of others, by Otterscan", "ots_searchTransactionsBefore", 18_600_000, mule, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			fixture := heist().Fixture(18_600_100)
			fixture.Txs[0].GasPrice = big.NewInt(1)
			c := &meddled{Client: client(t, chaintest.Serve(t, fixture))}
			asked := 0
			c.do = func(call ethrpc.Call, a *ethrpc.Answer) {
				if call.Method != row.method {
					return
				}
				if asked++; row.silent {
					*a = ethrpc.Answer{Host: a.Host, Result: json.RawMessage(`{"txs":[],"firstPage":true,"lastPage":true}`)}
					if call.Method == "trace_filter" {
						a.Result = json.RawMessage("[]")
					}
				}
			}
			others := []string{"trace_filter", "ots_searchTransactionsBefore", "debug_traceBlockByNumber"}
			o := history.Options{ScanBlocks: 1, Without: slices.DeleteFunc(others, func(m string) bool { return m == row.method })}
			h, err := history.New(c, o).History(t.Context(), chain.Query{Addresses: []common.Address{row.who}, Window: chain.Window{From: row.from, To: 18_600_050}})
			if err != nil {
				t.Fatal(err)
			}
			if got := h.Coverage[0]; got.Complete != row.complete || !row.complete && !strings.Contains(got.Note, row.method+" leaves out a tx") {
				t.Errorf("%s: complete %t: %s", got.Scope, got.Complete, got.Note)
			}
			if asked == 0 {
				t.Errorf("%s was not asked for", row.method)
			}
		})
	}
}

// What is known already is asked for once, however often a search runs.
func TestKnownTxsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	fixture := heist().Fixture(18_600_100)
	fixture.Txs[0].GasPrice = big.NewInt(1)
	c := &meddled{Client: client(t, chaintest.Serve(t, fixture))}
	asked := map[string]int{} // of single blocks
	c.do = func(call ethrpc.Call, a *ethrpc.Answer) {
		if call.Method != "trace_filter" {
			return
		}
		*a = ethrpc.Answer{Host: a.Host, Result: json.RawMessage("[]")}
		if f := call.Params[0].(map[string]any); f["fromBlock"] == f["toBlock"] {
			text, _ := json.Marshal(f)
			asked[string(text)]++
		}
	}
	o := history.Options{First: chain.MethodTraceFilter, ScanBlocks: 1, Without: []string{"ots_searchTransactionsBefore", "debug_traceBlockByNumber"}}
	q := chain.Query{Addresses: []common.Address{mule}, Window: chain.Window{From: 18_600_000, To: 18_600_050}}
	if _, err := history.New(c, o).History(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if len(asked) == 0 {
		t.Error("no known tx was asked for: the test says nothing")
	}
	for call, n := range asked {
		if n > 1 {
			t.Errorf("%s was asked for %d times", call, n)
		}
	}
}

// The balance of an address that holds a token which bears interest, and moves
// nothing of it, is no open account. Where the balance of nobody who moves the
// token shows that, and no proven receipts do, it is told once of the token.
func TestUnmovedHoldersOfARebasingToken(t *testing.T) {
	t.Parallel()
	holders := []common.Address{mule, common.HexToAddress("0x3ec1"), common.HexToAddress("0x3ec2")}
	for _, known := range []bool{false, true} {
		b := heist()
		for i := range uint64(3) {
			b.Block(18_600_010+10*i, 1_700_328_120+120*i)
			for _, a := range holders {
				b.Change(chaintest.Holding{Token: usdt, Holder: a}, big.NewInt(5))
			}
			if known {
				b.Change(chaintest.Holding{Token: usdt, Holder: thief}, big.NewInt(5))
			}
		}
		q := chain.Query{Addresses: append([]common.Address{thief}, holders...), Window: chain.Window{From: 18_599_990, To: 18_600_050}}
		h, err := history.New(client(t, chaintest.Serve(t, b.Fixture(18_600_100))), history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range h.Closure {
			if r, ok := c.Residual(); c.Address != thief && (!ok || !r.IsZero()) {
				t.Errorf("known %t: %s of %s: residual %s: %s", known, c.Asset, c.Address, r, c.Note)
			}
		}
		told, noted := 0, 0
		for _, w := range h.Warnings {
			told += strings.Count(w, "may rebase, or a log was withheld")
		}
		for _, c := range tokenCoverage(h) {
			noted += strings.Count(c.Note, "1 balance that it did not move was moved by the token itself")
		}
		if known && (told != 0 || noted != len(holders)) || !known && (told != 1 || noted != 0) {
			t.Errorf("known %t: told %d times, noted of %d addresses: %q", known, told, noted, h.Warnings)
		}
	}
}
