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

// wireFrame is a frame as go-ethereum's callTracer writes it.
type wireFrame struct {
	Type  string          `json:"type"`
	From  common.Address  `json:"from"`
	To    *common.Address `json:"to"`
	Value *quantity       `json:"value"`
	Error string          `json:"error"`
	Calls []wireFrame     `json:"calls"`
}

func (w *wireFrame) frame() chain.CallFrame {
	f := chain.CallFrame{Type: strings.ToUpper(w.Type), From: w.From, Failed: w.Error != ""}
	if w.To != nil {
		f.To = *w.To
	}
	if w.Value != nil {
		f.Value = w.Value.Int
	}
	for i := range w.Calls {
		f.Calls = append(f.Calls, w.Calls[i].frame())
	}
	return f
}

var errNoFrames = errors.New("the answer holds no call frames")

// readFrames decodes what callTracer returned. Some nodes ignore the choice of
// a tracer and answer with opcodes, or with nothing.
func readFrames(raw json.RawMessage) (*chain.CallFrame, error) {
	var w wireFrame
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("read call frames: %w", err)
	}
	if w.Type == "" {
		return nil, errNoFrames
	}
	f := w.frame()
	return &f, nil
}

// wireTrace is a frame as Parity's trace_ methods write it: a flat list in the
// order of the walk.
type wireTrace struct {
	Action struct {
		From     common.Address  `json:"from"`
		To       common.Address  `json:"to"`
		Value    *quantity       `json:"value"`
		CallType string          `json:"callType"`
		Method   string          `json:"creationMethod"`
		Address  common.Address  `json:"address"` // selfdestruct
		Refund   *common.Address `json:"refundAddress"`
		Balance  *quantity       `json:"balance"`
	} `json:"action"`
	Result *struct {
		Address *common.Address `json:"address"`
	} `json:"result"`
	Error string       `json:"error"`
	At    []uint32     `json:"traceAddress"`
	Tx    *common.Hash `json:"transactionHash"`
	TxAt  *quantity    `json:"transactionPosition"`
	Block quantity     `json:"blockNumber"`
	Type  string       `json:"type"`
}

func (w *wireTrace) frame() chain.CallFrame {
	f := chain.CallFrame{From: w.Action.From, To: w.Action.To, Failed: w.Error != ""}
	if w.Action.Value != nil {
		f.Value = w.Action.Value.Int
	}
	switch strings.ToLower(w.Type) {
	case "call":
		f.Type = strings.ToUpper(w.Action.CallType)
	case "create":
		f.Type = "CREATE"
		if w.Result != nil && w.Result.Address != nil {
			f.To = *w.Result.Address
		}
	case "suicide", "selfdestruct":
		f.Type, f.From = "SELFDESTRUCT", w.Action.Address
		if w.Action.Refund != nil {
			f.To = *w.Action.Refund
		}
		if w.Action.Balance != nil {
			f.Value = w.Action.Balance.Int
		}
	}
	return f
}

// trees builds the call trees of a flat list, by tx.
func trees(list []wireTrace) (map[common.Hash]*chain.CallFrame, error) {
	roots := map[common.Hash]*chain.CallFrame{}
	for i := range list {
		w := &list[i]
		if w.Tx == nil || strings.EqualFold(w.Type, "reward") {
			continue
		}
		f := w.frame()
		if len(w.At) == 0 {
			roots[*w.Tx] = &f
			continue
		}
		parent := roots[*w.Tx]
		for _, step := range w.At[:len(w.At)-1] {
			if parent == nil || int(step) >= len(parent.Calls) {
				return nil, fmt.Errorf("trace of %s: frame %v has no parent", w.Tx, w.At)
			}
			parent = &parent.Calls[step]
		}
		if parent == nil || int(w.At[len(w.At)-1]) != len(parent.Calls) {
			return nil, fmt.Errorf("trace of %s: frame %v is out of order", w.Tx, w.At)
		}
		parent.Calls = append(parent.Calls, f)
	}
	return roots, nil
}

func callTracer() map[string]any { return map[string]any{"tracer": "callTracer"} }

// txFrames returns the call trees of single txs; those that cannot be had are
// missing, with a reason for the last of them.
func (s *Source) txFrames(ctx context.Context, txs []common.Hash) (map[common.Hash]*chain.CallFrame, error) {
	roots := map[common.Hash]*chain.CallFrame{}
	if len(txs) == 0 {
		return roots, nil
	}
	var why error
	for _, method := range []string{"debug_traceTransaction", "trace_transaction"} {
		left := slices.DeleteFunc(slices.Clone(txs), func(h common.Hash) bool { return roots[h] != nil })
		if len(left) == 0 || !s.usable(method) {
			continue
		}
		calls := make([]ethrpc.Call, len(left))
		for i, h := range left {
			calls[i] = ethrpc.Call{Method: method, Params: []any{h}}
			if method == "debug_traceTransaction" {
				calls[i].Params = append(calls[i].Params, callTracer())
			}
		}
		answers, err := s.do(ctx, calls)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		for i, a := range answers {
			root, err := readTxFrames(method, left[i], a)
			if err != nil {
				if err := s.tolerate(method, err); err != nil {
					return nil, fmt.Errorf("%s %s: %w", method, left[i], err)
				}
				why = err
				continue
			}
			roots[left[i]] = root
		}
	}
	return roots, s.orLacking(why, len(roots) < len(txs), "debug_traceTransaction", "trace_transaction")
}

// orLacking explains missing frames: by the last refusal, or by the methods
// that the endpoint does not offer.
func (s *Source) orLacking(why error, short bool, methods ...string) error {
	switch {
	case !short:
		return nil
	case why != nil:
		return &framesError{why}
	}
	return &framesError{fmt.Errorf("the endpoint does not offer %s", strings.Join(s.unavailable(methods...), " or "))}
}

// framesError says why frames are missing where everything else went well.
type framesError struct{ why error }

func (e *framesError) Error() string { return oneLine(e.why) }
func (e *framesError) Unwrap() error { return e.why }

// tolerate returns nil for errors that mean no more than that frames cannot be
// had, and remembers methods that are not offered.
func (s *Source) tolerate(method string, err error) error {
	if s.lack(method, err) || stateless(err) || past(err) || errors.Is(err, errNoFrames) {
		return nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return nil
	}
	// A trace that takes too long or grows too large is not had by asking again.
	if class, _ := ethrpc.Classify(err); class == ethrpc.Size || class == ethrpc.Range || class == ethrpc.Transient {
		return nil
	}
	return err
}

func readTxFrames(method string, tx common.Hash, a ethrpc.Answer) (*chain.CallFrame, error) {
	if method == "debug_traceTransaction" {
		raw, err := read[json.RawMessage](a)
		if err != nil {
			return nil, err
		}
		return readFrames(raw)
	}
	list, err := read[[]wireTrace](a)
	if err != nil {
		return nil, err
	}
	roots, err := trees(list)
	if err != nil {
		return nil, err
	}
	if roots[tx] == nil {
		return nil, errNoFrames
	}
	return roots[tx], nil
}

// blockTrace is one block's call trees, by tx.
type blockTrace struct {
	roots map[common.Hash]*chain.CallFrame
	err   error // why there are none
}

// blockFrames returns the call trees of whole blocks.
func (s *Source) blockFrames(ctx context.Context, numbers []uint64) (map[uint64]blockTrace, error) {
	out := map[uint64]blockTrace{}
	for _, method := range []string{"debug_traceBlockByNumber", "trace_block", "debug_traceTransaction"} {
		left := slices.DeleteFunc(slices.Clone(numbers), func(n uint64) bool { return out[n].roots != nil })
		if len(left) == 0 {
			break
		}
		if method == "debug_traceTransaction" {
			if err := s.framesTxByTx(ctx, left, out); err != nil {
				return nil, err
			}
			break
		}
		if !s.usable(method) {
			continue
		}
		if err := s.framesByBlock(ctx, method, left, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Source) framesByBlock(ctx context.Context, method string, numbers []uint64, out map[uint64]blockTrace) error {
	heads, calls := []ethrpc.Call{}, []ethrpc.Call{}
	for _, n := range numbers {
		params := []any{number(n)}
		if method == "debug_traceBlockByNumber" {
			params = append(params, callTracer())
		}
		calls = append(calls, ethrpc.Call{Method: method, Params: params})
		heads = append(heads, headCall(number(n)))
	}
	answers, err := s.do(ctx, append(calls, heads...))
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	for i, n := range numbers {
		list, err := read[txHashes](answers[len(calls)+i])
		if err != nil {
			return fmt.Errorf("block %d: %w", n, err)
		}
		var roots map[common.Hash]*chain.CallFrame
		if method == "trace_block" {
			roots, err = readTraceBlock(answers[i], list.Txs)
		} else {
			roots, err = readDebugBlock(answers[i], list.Txs)
		}
		if err != nil {
			if e := s.tolerate(method, err); e != nil {
				return fmt.Errorf("%s %d: %w", method, n, e)
			}
		}
		out[n] = blockTrace{roots, err}
	}
	return nil
}

type txHashes struct {
	Txs []common.Hash `json:"transactions"`
}

func readDebugBlock(a ethrpc.Answer, txs []common.Hash) (map[common.Hash]*chain.CallFrame, error) {
	items, err := read[[]struct {
		Tx     *common.Hash    `json:"txHash"` // older nodes leave it out
		Result json.RawMessage `json:"result"`
		Error  string          `json:"error"`
	}](a)
	if err != nil {
		return nil, err
	}
	if len(items) != len(txs) {
		return nil, fmt.Errorf("%w: %d traces of %d txs", errNoFrames, len(items), len(txs))
	}
	roots := map[common.Hash]*chain.CallFrame{}
	for i, item := range items {
		if item.Error != "" {
			return nil, fmt.Errorf("%w: %s", errNoFrames, chain.Printable(item.Error, 120))
		}
		if item.Tx != nil && *item.Tx != txs[i] {
			return nil, fmt.Errorf("%w: trace %d is of another tx", errNoFrames, i)
		}
		root, err := readFrames(item.Result)
		if err != nil {
			return nil, err
		}
		roots[txs[i]] = root
	}
	return roots, nil
}

func readTraceBlock(a ethrpc.Answer, txs []common.Hash) (map[common.Hash]*chain.CallFrame, error) {
	list, err := read[[]wireTrace](a)
	if err != nil {
		return nil, err
	}
	roots, err := trees(list)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoFrames, err)
	}
	for _, h := range txs {
		if roots[h] == nil {
			return nil, fmt.Errorf("%w: no trace of %s", errNoFrames, h)
		}
	}
	return roots, nil
}

// framesTxByTx traces every tx of some blocks by itself.
func (s *Source) framesTxByTx(ctx context.Context, numbers []uint64, out map[uint64]blockTrace) error {
	if !s.usable("debug_traceTransaction") && !s.usable("trace_transaction") {
		for _, n := range numbers {
			if out[n].err == nil {
				out[n] = blockTrace{nil, s.orLacking(nil, true, "debug_traceBlockByNumber", "debug_traceTransaction", "trace_block", "trace_transaction")}
			}
		}
		return nil
	}
	calls := make([]ethrpc.Call, len(numbers))
	for i, n := range numbers {
		calls[i] = headCall(number(n))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return fmt.Errorf("read txs of blocks: %w", err)
	}
	lists := make([][]common.Hash, len(numbers))
	for i, n := range numbers {
		list, err := read[txHashes](answers[i])
		if err != nil {
			return fmt.Errorf("block %d: %w", n, err)
		}
		lists[i] = list.Txs
	}
	roots, err := s.txFrames(ctx, slices.Concat(lists...))
	var lacking *framesError
	if err != nil && !errors.As(err, &lacking) {
		return err
	}
	for i, n := range numbers {
		t := blockTrace{roots: map[common.Hash]*chain.CallFrame{}}
		for _, h := range lists[i] {
			if roots[h] == nil {
				t = blockTrace{err: lacking}
				break
			}
			t.roots[h] = roots[h]
		}
		out[n] = t
	}
	return nil
}

// framed is what was traced of a block.
type framed struct {
	sent  bool // the txs of watched accounts
	whole bool
	// simulated: what stands in txs came of a simulation, without trace addresses.
	simulated bool
	txs       map[common.Hash]bool
	err       error // why the whole block could not be had
}

// trace asks for the call frames of blocks in which something is not
// explained, or in which value may have passed through an account with code,
// and reports whether anything came of it. For an account without code the
// txs that it sent are asked first: they explain most of what it received.
func (p *pull) trace(ctx context.Context) (bool, error) {
	sent, whole := map[uint64]bool{}, map[uint64]bool{}
	for _, a := range p.accounts {
		for _, n := range p.toTrace(a) {
			f := p.framed[n]
			switch {
			case f != nil && f.whole:
			case f == nil && !a.mayHideFlow() && len(a.steps[n].sent) > 0 && !a.steps[n].authorized:
				sent[n] = true
			default:
				whole[n] = true
			}
		}
	}
	for n := range whole {
		delete(sent, n)
	}
	if len(sent)+len(whole) == 0 {
		return false, nil
	}
	if err := p.traceSent(ctx, sortedBlocks(sent)); err != nil {
		return false, err
	}
	return true, p.traceWhole(ctx, sortedBlocks(whole))
}

func (p *pull) toTrace(a *native) []uint64 {
	want := map[uint64]bool{}
	for n := range a.activity {
		want[n] = true
	}
	for n, s := range a.steps {
		if s.authorized {
			want[n] = true
		}
	}
	if a.noState == nil {
		for _, n := range a.leaves() {
			want[n] = true
		}
	}
	return slices.DeleteFunc(sortedBlocks(want), func(n uint64) bool {
		o := p.blocks[n]
		return o == nil || o.missing != nil || o.coinLogs // frames tell nothing more
	})
}

func (p *pull) traceSent(ctx context.Context, numbers []uint64) error {
	var txs []common.Hash
	for _, n := range numbers {
		p.framed[n] = &framed{sent: true, txs: map[common.Hash]bool{}}
		for _, tx := range p.blocks[n].txs {
			txs = append(txs, tx.Hash)
		}
	}
	roots, err := p.s.txFrames(ctx, txs)
	var lacking *framesError
	if err != nil && !errors.As(err, &lacking) {
		return err
	}
	for _, n := range numbers {
		p.takeFrames(n, roots)
	}
	return nil
}

// takeFrames enters what frames of known txs moved.
func (p *pull) takeFrames(n uint64, roots map[common.Hash]*chain.CallFrame) {
	o := p.blocks[n]
	for i := range o.txs {
		tx := &o.txs[i]
		if root := roots[tx.Hash]; root != nil && !p.framed[n].txs[tx.Hash] {
			p.framed[n].txs[tx.Hash] = true
			p.takeTree(o, tx.At(), root)
		}
	}
}

func (p *pull) takeTree(o *opened, at chain.Transfer, root *chain.CallFrame) {
	p.s.noteFrames(at, root)
	if o.coinLogs {
		return // taken from the logs, which are proven
	}
	var mine []chain.Transfer
	for _, t := range chain.FrameTransfers(at, root) {
		if p.reader.concerns(t) {
			mine = append(mine, t)
		}
	}
	o.transfers = append(o.transfers, mine...)
	p.enter(mine)
}

func (p *pull) traceWhole(ctx context.Context, numbers []uint64) error {
	if len(numbers) == 0 {
		return nil
	}
	got, err := p.s.blockFrames(ctx, numbers)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if p.framed[n] == nil {
			p.framed[n] = &framed{txs: map[common.Hash]bool{}}
		}
		f, t := p.framed[n], got[n]
		f.whole, f.err = true, t.err
		if t.roots == nil {
			if err := p.withoutFrames(ctx, n, t.err); err != nil {
				return err
			}
			continue
		}
		if err := p.takeBlock(ctx, n, t.roots); err != nil {
			return err
		}
	}
	return nil
}

// withoutFrames simulates a block that cannot be traced, where that is offered.
func (p *pull) withoutFrames(ctx context.Context, n uint64, why error) error {
	if p.s.usable("eth_simulateV1") {
		if err := p.simulateWhole(ctx, n); err != nil || p.framed[n].err == nil {
			return err
		}
	}
	if why == nil {
		why = errNoFrames
	}
	if p.framed[n].err == nil {
		p.framed[n].err = why
	}
	p.noFrames[oneLine(why)]++
	return nil
}

// takeBlock enters what the frames of a whole block moved. Of txs that are not
// known yet only the place is needed.
func (p *pull) takeBlock(ctx context.Context, n uint64, roots map[common.Hash]*chain.CallFrame) error {
	o := p.blocks[n]
	p.takeFrames(n, roots)
	var strangers []common.Hash
	for h, root := range roots {
		if !p.framed[n].txs[h] && p.movesOurs(root) {
			strangers = append(strangers, h)
		}
	}
	if len(strangers) == 0 {
		return nil
	}
	list, err := one[txHashes](ctx, p.s, "eth_getBlockByNumber", number(n), false)
	if err != nil {
		return fmt.Errorf("block %d: %w", n, err)
	}
	for i, h := range list.Txs {
		if slices.Contains(strangers, h) {
			p.framed[n].txs[h] = true
			at := chain.Transfer{
				Ref: chain.Ref{
					ChainID: p.id.ChainID, Block: o.Number, BlockHash: chain.Share(o.Hash),
					Tx: h, TxIndex: uint32(i),
				},
				Time: o.Time,
			}
			p.takeTree(o, at, roots[h])
		}
	}
	return nil
}

func (p *pull) movesOurs(root *chain.CallFrame) bool {
	return slices.ContainsFunc(chain.FrameTransfers(chain.Transfer{}, root), p.reader.concerns)
}
