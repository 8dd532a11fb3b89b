package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// place is a tx in a block; a zero hash stands for the block alone.
type place struct {
	block uint64
	tx    common.Hash
	index uint32
}

// finder is a method that lists every tx whose call frames name an account.
// It returns a reason where the endpoint does not give the whole list.
type finder struct {
	method chain.Method
	rpc    string
	find   func(context.Context, *pull, []*native) ([]place, error)
	one    func(from common.Address, block uint64) ethrpc.Call // the txs of a sender in a block, and others
	why    string
}

// cannotFindError says why a finder gives nothing here; bisection goes on.
type cannotFindError struct{ why string }

func (e *cannotFindError) Error() string { return e.why }

func finders() []finder {
	return []finder{
		{chain.MethodOtterscan, "ots_searchTransactionsBefore", searchOtterscan, otterscanOf, "the endpoint's index lists every tx whose call frames name the account"},
		{chain.MethodTraceFilter, "trace_filter", filterTraces, tracesOf, "the endpoint lists every call frame that names the account"},
	}
}

func tracesOf(from common.Address, block uint64) ethrpc.Call {
	a := &native{account: newAccount(holding{address: from})}
	return traceAsk{"fromAddress", chain.Window{From: block, To: block}}.call([]*native{a})
}

func otterscanOf(from common.Address, block uint64) ethrpc.Call {
	return ethrpc.Call{Method: "ots_searchTransactionsBefore", Params: []any{from, block + 1, 1}}
}

// knows reports whether a method lists txs that are known to be there. An index
// that was not built, or is not built so far, gives an empty list and no error.
// What is refused is left to the search itself to find out.
// It is asked once.
func (p *pull) knows(ctx context.Context, f finder) (bool, error) {
	knows, asked := p.knowing[f.rpc]
	if asked {
		return knows, nil
	}
	knows, err := p.listsKnown(ctx, f)
	p.knowing[f.rpc] = knows
	return knows, err
}

func (p *pull) listsKnown(ctx context.Context, f finder) (bool, error) {
	calls := make([]ethrpc.Call, len(p.known))
	for i, h := range p.known {
		calls[i] = f.one(h.tx.From, h.Number.Uint64())
	}
	answers, err := p.s.do(ctx, calls)
	if class, _ := ethrpc.Classify(err); class == ethrpc.Missing {
		return true, nil // a run of a former version did not ask
	}
	if err != nil {
		return false, fmt.Errorf("%s of known txs: %w", f.rpc, err)
	}
	for i, a := range answers {
		// Whatever form the list has, the hash of the tx stands in it.
		if a.Err == nil && !strings.Contains(strings.ToLower(string(a.Result)), p.known[i].tx.Hash.Hex()) {
			return false, nil
		}
	}
	return true, nil
}

// leavesOut reports whether a list of places lacks a tx of an account that
// stands in a block which was opened before.
func (p *pull) leavesOut(places []place, accounts []*native) bool {
	listed := map[common.Hash]bool{}
	for _, x := range places {
		listed[x.tx] = true
	}
	for n, o := range p.blocks {
		for i := range o.txs {
			tx := &o.txs[i]
			of := func(a *native) bool { return tx.From == a.address || tx.To != nil && *tx.To == a.address }
			if p.q.Window.Contains(n) && !tx.Failed && !listed[tx.Hash] && slices.ContainsFunc(accounts, of) {
				return true
			}
		}
	}
	return false
}

// find asks the endpoint for the txs of accounts, where it has a method for
// it, and reads their call frames. Accounts for which all of it worked out are
// marked as searched. What the method does not show (withdrawals, rewards) is
// left to the balance, and so is every mistake of the method.
func (p *pull) find(ctx context.Context, f finder, accounts []*native) error {
	if len(accounts) == 0 || !p.s.usable(f.rpc) {
		return nil
	}
	knows, err := p.knows(ctx, f)
	if err != nil {
		return err
	}
	places, err := f.find(ctx, p, accounts)
	var cannot *cannotFindError
	if errors.As(err, &cannot) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.rpc, err)
	}
	believed := knows && !p.leavesOut(places, accounts)
	slices.SortFunc(places, func(a, b place) int {
		switch {
		case a.block != b.block && a.block < b.block:
			return -1
		case a.block != b.block:
			return 1
		}
		return a.tx.Cmp(b.tx)
	})
	places = slices.CompactFunc(places, func(a, b place) bool { return a.block == b.block && a.tx == b.tx })
	var blocks []uint64
	for _, x := range places {
		blocks = append(blocks, x.block)
	}
	blocks = slices.Compact(blocks)
	if err := p.open(ctx, blocks); err != nil {
		return err
	}
	if p.anyMissing(blocks) {
		return nil
	}
	whole, err := p.traceFound(ctx, places)
	if err != nil || !whole {
		return err
	}
	if !believed {
		p.distrust(f.rpc, accounts)
		return nil
	}
	for _, a := range accounts {
		a.searched, a.method, a.why, a.doubts = true, f.method, f.why, nil
	}
	return nil
}

// distrust says of accounts that a search shows nothing of what it does not list.
func (p *pull) distrust(method string, accounts []*native) {
	for _, a := range accounts {
		if len(a.doubts) > 0 {
			a.doubt("%s leaves out a tx that the endpoint has, so that its list is not believed to be whole", method)
		}
	}
}

func (p *pull) anyMissing(blocks []uint64) bool {
	return slices.ContainsFunc(blocks, func(n uint64) bool { return p.blocks[n].missing != nil })
}

// traceFound reads the call frames of the txs at places, and reports whether
// it has all of them.
func (p *pull) traceFound(ctx context.Context, places []place) (bool, error) {
	var txs []common.Hash
	for _, x := range places {
		if x.tx != (common.Hash{}) && !p.tracedTx(x) {
			txs = append(txs, x.tx)
		}
	}
	roots, err := p.s.txFrames(ctx, txs)
	var lacking *framesError
	if err != nil && !errors.As(err, &lacking) {
		return false, err
	}
	for _, x := range places {
		root := roots[x.tx]
		if root == nil || p.tracedTx(x) {
			continue
		}
		if p.framed[x.block] == nil {
			p.framed[x.block] = &framed{txs: map[common.Hash]bool{}}
		}
		p.framed[x.block].txs[x.tx] = true
		o := p.blocks[x.block]
		at := chain.Transfer{
			Ref:  chain.Ref{ChainID: p.id.ChainID, Block: o.Number, BlockHash: chain.Share(o.Hash), Tx: x.tx, TxIndex: x.index},
			Time: o.Time,
		}
		p.takeTree(o, at, root)
	}
	return lacking == nil, nil
}

func (p *pull) tracedTx(x place) bool {
	f := p.framed[x.block]
	return f != nil && f.txs[x.tx]
}

// traceAsk is one trace_filter: the accounts on one side, over a range.
type traceAsk struct {
	side   string // fromAddress or toAddress: together they would mean "and" here and "or" there
	window chain.Window
}

func (t traceAsk) call(accounts []*native) ethrpc.Call {
	list := make([]common.Address, len(accounts))
	for i, a := range accounts {
		list[i] = a.address
	}
	return ethrpc.Call{Method: "trace_filter", Params: []any{map[string]any{
		"fromBlock": number(t.window.From), "toBlock": number(t.window.To), t.side: list,
	}}}
}

// filterTraces lists the places of every call frame that trace_filter gives.
func filterTraces(ctx context.Context, p *pull, accounts []*native) ([]place, error) {
	w := chain.Window{From: max(p.q.Window.From, 1), To: p.q.Window.To}
	if w.Blocks() == 0 {
		return nil, nil
	}
	var places []place
	asked := 0
	pending := []traceAsk{{"fromAddress", w}, {"toAddress", w}}
	for len(pending) > 0 {
		if asked += len(pending); asked > p.s.o.TraceFilterCalls {
			return nil, &cannotFindError{fmt.Sprintf("trace_filter would take more than %d requests", p.s.o.TraceFilterCalls)}
		}
		calls := make([]ethrpc.Call, len(pending))
		for i, ask := range pending {
			calls[i] = ask.call(accounts)
		}
		answers, err := p.s.do(ctx, calls)
		if err != nil {
			return nil, err
		}
		var again []traceAsk
		for i, a := range answers {
			found, more, err := p.takeTraces(pending[i], a)
			if err != nil {
				return nil, err
			}
			places, again = append(places, found...), append(again, more...)
		}
		pending = again
	}
	return places, nil
}

func (p *pull) takeTraces(ask traceAsk, a ethrpc.Answer) ([]place, []traceAsk, error) {
	list, err := read[[]wireTrace](a)
	if err != nil {
		return p.refusedTraces(ask, err)
	}
	if suspect(len(list)) {
		if ask.window.Blocks() == 1 {
			return nil, nil, &cannotFindError{fmt.Sprintf("trace_filter gives exactly %d frames of one block", len(list))}
		}
		return nil, halved(ask), nil
	}
	var places []place
	for i := range list {
		x := place{block: list[i].Block.Uint64()}
		if list[i].Tx != nil {
			x.tx, x.index = *list[i].Tx, uint32(list[i].TxAt.or(0))
		}
		if !ask.window.Contains(x.block) {
			return nil, nil, &cannotFindError{fmt.Sprintf("trace_filter over %d-%d answers with block %d", ask.window.From, ask.window.To, x.block)}
		}
		places = append(places, x)
	}
	return places, nil, nil
}

// suspect reports whether an answer has a length at which servers are known to
// stop without saying so.
func suspect(n int) bool { return n == 100 || n == 1000 || n == 10000 || n == 20000 }

func halved(ask traceAsk) []traceAsk {
	mid := ask.window.From + (ask.window.To-ask.window.From)/2
	return []traceAsk{{ask.side, chain.Window{From: ask.window.From, To: mid}}, {ask.side, chain.Window{From: mid + 1, To: ask.window.To}}}
}

func (p *pull) refusedTraces(ask traceAsk, err error) ([]place, []traceAsk, error) {
	class, hint := ethrpc.Classify(err)
	switch class {
	case ethrpc.Range, ethrpc.Size:
		if ask.window.Blocks() == 1 {
			return nil, nil, &cannotFindError{oneLine(err)}
		}
		if hint.Blocks == 0 || hint.Blocks >= ask.window.Blocks() {
			return nil, halved(ask), nil
		}
		if parts := ask.window.Blocks() / hint.Blocks; parts > uint64(p.s.o.TraceFilterCalls) {
			return nil, nil, &cannotFindError{fmt.Sprintf("trace_filter is limited to %d blocks here", hint.Blocks)}
		}
		var parts []traceAsk
		for from := ask.window.From; from <= ask.window.To; from += hint.Blocks {
			parts = append(parts, traceAsk{ask.side, chain.Window{From: from, To: min(from+hint.Blocks-1, ask.window.To)}})
		}
		return nil, parts, nil
	}
	if p.s.lack("trace_filter", err) || stateless(err) {
		return nil, nil, &cannotFindError{oneLine(err)}
	}
	return nil, nil, err
}

// otsPage is how many txs a page of Otterscan's search asks for. A page always
// holds all hits of its last block.
const otsPage = 25

// mostOtsPages bounds the search for one account: who has more is no party to
// a theft but a service.
const mostOtsPages = 400

// searchOtterscan lists the txs of accounts by Otterscan's index, from the end
// of the window backwards, a page of every account in each round.
func searchOtterscan(ctx context.Context, p *pull, accounts []*native) ([]place, error) {
	type cursor struct {
		a      *native
		before uint64
	}
	var open []cursor
	for _, a := range accounts {
		open = append(open, cursor{a, p.q.Window.To + 1})
	}
	var places []place
	for range mostOtsPages {
		if len(open) == 0 {
			return places, nil
		}
		calls := make([]ethrpc.Call, len(open))
		for i, c := range open {
			calls[i] = ethrpc.Call{Method: "ots_searchTransactionsBefore", Params: []any{c.a.address, c.before, otsPage}}
		}
		answers, err := p.s.do(ctx, calls)
		if err != nil {
			return nil, err
		}
		var next []cursor
		for i, answer := range answers {
			found, oldest, last, err := p.takePage(answer)
			if err != nil {
				return nil, err
			}
			places = append(places, found...)
			switch {
			case last || oldest <= p.q.Window.From:
			case oldest >= open[i].before:
				return nil, &cannotFindError{"a page of the search does not go back"}
			default:
				next = append(next, cursor{open[i].a, oldest})
			}
		}
		open = next
	}
	return nil, &cannotFindError{fmt.Sprintf("the search takes more than %d pages", mostOtsPages)}
}

func (p *pull) takePage(a ethrpc.Answer) (found []place, oldest uint64, last bool, err error) {
	page, err := read[struct {
		Txs  []json.RawMessage `json:"txs"`
		Last bool              `json:"lastPage"`
	}](a)
	if err != nil {
		if p.s.lack("ots_searchTransactionsBefore", err) || stateless(err) {
			return nil, 0, false, &cannotFindError{oneLine(err)}
		}
		return nil, 0, false, err
	}
	oldest = p.q.Window.To + 1
	for _, raw := range page.Txs {
		var tx struct {
			Hash  common.Hash `json:"hash"`
			Block *quantity   `json:"blockNumber"`
			Index *quantity   `json:"transactionIndex"`
		}
		if err := json.Unmarshal(raw, &tx); err != nil || tx.Block == nil || tx.Index == nil {
			return nil, 0, false, &cannotFindError{"a page of the search holds a tx without its place"}
		}
		n := tx.Block.Uint64()
		oldest = min(oldest, n)
		if p.q.Window.Contains(n) {
			found = append(found, place{n, tx.Hash, uint32(tx.Index.Uint64())})
		}
	}
	return found, oldest, page.Last, nil
}
