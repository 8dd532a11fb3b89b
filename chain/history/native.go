package history

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// pull is the state of one history while it is put together.
type pull struct {
	s        *Source
	id       Identity
	q        chain.Query
	lo, hi   uint64 // state is compared between the ends of these blocks
	reader   *reader
	accounts []*native // in the order of the query
	by       map[common.Address]*native
	blocks   map[uint64]*opened
	all      []chain.Transfer // of logs, in no order until they are collected
	direct   bool             // token transfers are taken from eth_getLogs alone
	framed   map[uint64]*framed
	noFrames map[string]int // why blocks could not be traced ▶ how many
	logged   bool           // the chain logs what moves of its coin, all over the window
	absence  *absence       // nil where its proof was not asked for

	known          []wireHead      // of blocks within the window, each with one of its txs
	knowing        map[string]bool // methods that were asked for those txs ▶ they list them
	disproved      int             // transfers of eth_getLogs that are not in the proven receipts of their blocks
	callsElsewhere error           // why balances of tokens are not those of the blocks asked about

	held     map[holding][2]tokenBalance     // of tokens, at both ends of the window
	within   map[holding]map[uint64]*big.Int // and at the ends of blocks between, as far as they were asked for
	unlooked map[common.Address]int          // how many holdings of each no transfer names and were not looked at
	rebases  map[chain.AssetID]bool          // tokens that are seen to move balances by themselves
	rebased  map[common.Address]int          // how many balances of such tokens moved that nobody moved
	beside   map[uint64]bool                 // blocks opened for a residual ▶ every receipt was read and proven
}

// native is an account together with what proves that its history is whole.
type native struct {
	*account
	codeLo, codeHi []byte
	noState        error    // why the state at the window's ends could not be had
	doubts         []string // why completeness cannot be claimed
	method         chain.Method
	searched       bool   // a method that sees every call found the blocks
	why            string // what completeness rests on, where not on the nonce
	unseen         []chain.Transfer
	activity       map[uint64]bool // blocks that concern a contract
	steps          map[uint64]steps
}

func (p *pull) coin() chain.AssetID { return chain.NativeAsset(p.id.ChainID) }

// ends reads balance, nonce and code of every address at both ends of the
// window, in one round, and finds out whether the endpoint has the state of the
// blocks that it is asked about, by headers within the window.
func (p *pull) ends(ctx context.Context, heads []wireHead) error {
	var calls []ethrpc.Call
	for _, n := range []uint64{p.lo, p.hi} {
		for _, a := range p.accounts {
			for _, method := range []string{"eth_getBalance", "eth_getTransactionCount", "eth_getCode"} {
				calls = append(calls, ethrpc.Call{Method: method, Params: []any{a.address, number(n)}})
			}
		}
	}
	check := p.newStateCheck(heads)
	p.known = check.heads
	answers, err := p.s.do(ctx, append(calls, check.calls()...))
	if err != nil {
		return fmt.Errorf("state at the ends of the window: %w", err)
	}
	for i, a := range p.accounts {
		at := answers[3*i:]
		late := answers[3*(len(p.accounts)+i):]
		codeLo, err1 := a.takeEnd(p.lo, at)
		codeHi, err2 := a.takeEnd(p.hi, late)
		for _, err := range []error{err1, err2} {
			if err != nil && !stateless(err) {
				return fmt.Errorf("state of %s: %w", a.address, err)
			}
		}
		a.codeLo, a.codeHi = codeLo, codeHi
		if a.account.nonce[p.hi]-a.account.nonce[p.lo] > p.s.o.ActiveBlocks && len(codeLo)+len(codeHi) == 0 {
			a.busy = true
		}
		a.noState = errors.Join(err1, err2)
	}
	p.leaveBusy()
	check.decide(answers[len(calls):])
	return nil
}

// stateless reports whether an error says that state cannot be had, so that
// asking again is of no use.
func stateless(err error) bool {
	switch class, _ := ethrpc.Classify(err); class {
	case ethrpc.History, ethrpc.Capability, ethrpc.Auth, ethrpc.Rejected:
		return true
	}
	return false
}

func (a *native) takeEnd(block uint64, answers []ethrpc.Answer) ([]byte, error) {
	balance, err := read[quantity](answers[0])
	if err != nil {
		return nil, err
	}
	a.balance[block] = balance.ToBig()
	nonce, err := read[quantity](answers[1])
	if err != nil {
		return nil, err
	}
	a.account.nonce[block] = nonce.Uint64()
	code, err := read[hexutil.Bytes](answers[2])
	return code, err
}

// state implements asker.
func (p *pull) state(ctx context.Context, qs []question) ([]*big.Int, error) {
	calls := make([]ethrpc.Call, len(qs))
	for i, q := range qs {
		method := "eth_getBalance"
		if q.nonce {
			method = "eth_getTransactionCount"
		}
		calls[i] = ethrpc.Call{Method: method, Params: []any{q.address, number(q.block)}}
	}
	answers, err := p.s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read state at %d places: %w", len(qs), err)
	}
	values := make([]*big.Int, len(qs))
	for i, a := range answers {
		v, err := read[quantity](a)
		if err != nil {
			return nil, &stateError{qs[i].address, qs[i].block, err}
		}
		values[i] = v.ToBig()
	}
	return values, nil
}

// stateError says at which place a state could not be had.
type stateError struct {
	address common.Address
	block   uint64
	err     error
}

func (e *stateError) Error() string {
	return fmt.Sprintf("state of %s at block %d: %v", e.address, e.block, e.err)
}

func (e *stateError) Unwrap() error { return e.err }

// search runs [pull.searchAll], and once more without each account whose state
// turns out to be missing within the window.
func (p *pull) search(ctx context.Context) error {
	for {
		err := p.searchAll(ctx)
		var missing *stateError
		if !errors.As(err, &missing) || !stateless(missing.err) {
			return err
		}
		p.by[missing.address].noState = missing
	}
}

// searchAll finds every block in which a balance changed that no transfer found
// so far explains, opens it, and asks for call frames where the txs do not
// explain it either. It ends when nothing more can be learnt.
func (p *pull) searchAll(ctx context.Context) error {
	for {
		if err := p.bisectAll(ctx); err != nil {
			return err
		}
		more := p.unopened()
		if len(more) == 0 {
			var err error
			if more, err = p.nonceGaps(ctx); err != nil {
				return err
			}
		}
		if len(more) == 0 {
			traced, err := p.trace(ctx)
			if err != nil {
				return err
			}
			if !traced {
				return nil
			}
			continue
		}
		if err := p.open(ctx, more); err != nil {
			return err
		}
		if err := p.visit(ctx, more); err != nil {
			return err
		}
	}
}

// bisectAll looks into every interval between known balances whose ends do
// not agree.
func (p *pull) bisectAll(ctx context.Context) error {
	var spans []span
	for _, a := range p.accounts {
		if a.noState != nil {
			continue
		}
		points := a.points()
		for i := 1; i < len(points); i++ {
			spans = append(spans, span{account: a.account, lo: points[i-1], hi: points[i]})
		}
	}
	if err := bisect(ctx, p, spans, p.s.o.ActiveBlocks); err != nil {
		return err
	}
	p.leaveBusy()
	return nil
}

// leaveBusy gives up the search for accounts that moved in too many blocks.
func (p *pull) leaveBusy() {
	for _, a := range p.accounts {
		if a.busy && a.noState == nil {
			a.noState = &busyError{p.s.o.ActiveBlocks}
		}
	}
}

// busyError says that an account moves too often to be searched.
type busyError struct{ most uint64 }

func (e *busyError) Error() string {
	return fmt.Sprintf("the account moved in more than %d blocks of the window: its coin was not searched", e.most)
}

// leaves returns the single blocks in which something is not explained.
func (a *account) leaves() []uint64 {
	var out []uint64
	points := a.points()
	for i := 1; i < len(points); i++ {
		if points[i]-points[i-1] == 1 && a.unexplained(points[i-1], points[i]).Sign() != 0 {
			out = append(out, points[i])
		}
	}
	return out
}

func (p *pull) unopened() []uint64 {
	want := map[uint64]bool{}
	for _, a := range p.accounts {
		if a.noState != nil {
			continue
		}
		for _, n := range a.leaves() {
			if p.blocks[n] == nil {
				want[n] = true
			}
		}
	}
	return sortedBlocks(want)
}

// open reads blocks and enters what they say into the accounts.
func (p *pull) open(ctx context.Context, numbers []uint64) error {
	var fresh []uint64
	for _, n := range numbers {
		if p.blocks[n] == nil {
			fresh = append(fresh, n)
		}
	}
	return p.s.openBlocks(ctx, p.reader, fresh, func(o *opened) {
		p.blocks[o.Number] = o
		p.enter(o.transfers)
		if !p.direct {
			p.enter(o.tokens) // some chains log movements of the coin
		}
		p.noteParties(o)
		p.all = append(p.all, o.tokens...)
		o.tokens = nil
		for _, tx := range o.txs {
			p.s.noteCreation(&tx)
		}
		for _, a := range p.accounts {
			if s := a.stepsIn(o); len(s.sent) > 0 || s.authorized {
				a.steps[o.Number] = s
			}
		}
	})
}

// noteParties remembers which accounts with code the logs of a block name.
func (p *pull) noteParties(o *opened) {
	for _, t := range o.tokens {
		for _, a := range []*native{p.by[t.From], p.by[t.To]} {
			if a != nil && a.mayHideFlow() && !slices.Contains(o.parties, a) {
				o.parties = append(o.parties, a)
			}
		}
	}
}

// enter adds transfers of the coin to the accounts that they concern.
func (p *pull) enter(ts []chain.Transfer) {
	for _, t := range ts {
		if t.Asset != p.coin() {
			continue
		}
		units := t.Units.ToBig()
		if from, ok := t.Sender(); ok && p.by[from] != nil {
			p.by[from].add(t.Block, new(big.Int).Neg(units))
		}
		if to, ok := t.Recipient(); ok && p.by[to] != nil {
			p.by[to].add(t.Block, units)
		}
	}
}

// visit asks for the balance of accounts with code around blocks that concern
// them: what came and went between equal ends shows nowhere else.
func (p *pull) visit(ctx context.Context, numbers []uint64) error {
	var qs []question
	for _, n := range numbers {
		if n <= p.lo {
			continue
		}
		for _, a := range p.concerned(p.blocks[n]) {
			if a.noState != nil || !a.mayHideFlow() || a.activity[n] || p.blocks[n].coinLogs {
				continue
			}
			a.activity[n] = true
			s := span{account: a.account, lo: n - 1, hi: n}
			qs = append(qs, append(s.questions(n-1), s.questions(n)...)...)
		}
	}
	return learn(ctx, p, slices.Compact(qs))
}

// concerned returns the accounts that a block names.
func (p *pull) concerned(o *opened) []*native {
	named := map[*native]bool{}
	for _, tx := range o.txs {
		for _, a := range append([]common.Address{tx.From}, tx.Authorities...) {
			named[p.by[a]] = true
		}
		if tx.To != nil {
			named[p.by[*tx.To]] = true
		} else {
			named[p.by[crypto.CreateAddress(tx.From, tx.Nonce)]] = true
		}
	}
	for _, t := range o.transfers {
		named[p.by[t.From]], named[p.by[t.To]] = true, true
	}
	for _, a := range o.parties {
		named[a] = true
	}
	var out []*native
	for _, a := range p.accounts {
		if named[a] {
			out = append(out, a)
		}
	}
	return out
}

// mayHideFlow reports whether value can come and go without a trace in
// balance and nonce: the account has code, or was never seen to hold a key.
func (a *native) mayHideFlow() bool { return len(a.codeLo) > 0 || len(a.codeHi) > 0 }

// delegated reports whether code is an EIP-7702 designator.
func delegated(code []byte) bool {
	_, ok := types.ParseDelegation(code)
	return ok
}

// unseenOf turns credits that nothing explains into transfers without sender.
// Debits stay out: the closure shows them.
func (p *pull) unseenOf(a *native) {
	for _, n := range a.leaves() {
		left := a.unexplained(n-1, n)
		o := p.blocks[n]
		if o == nil || o.missing != nil {
			a.doubt("the balance changed in block %d, which the endpoint does not have", n)
			continue
		}
		if left.Sign() < 0 {
			a.doubt("in block %d more left the account than any method here shows", n)
			continue
		}
		units, ok := chain.Units(left)
		if !ok {
			continue
		}
		t := p.outside(o.Block, a.address, units)
		t.Proof = chain.Unproven("the balance shows the credit; no method here shows where it came from")
		a.unseen = append(a.unseen, t)
	}
	p.enter(a.unseen)
}

// outside returns a credit that no tx is known to have caused. Its index is
// taken from the address, so that it is the same in every history.
func (p *pull) outside(b chain.Block, to common.Address, units uint256.Int) chain.Transfer {
	digest := crypto.Keccak256(to[:])
	return chain.Transfer{
		Ref: chain.Ref{
			ChainID: p.id.ChainID, Block: b.Number, BlockHash: chain.Share(b.Hash),
			TxIndex: chain.OutsideTx, Site: chain.SiteBlock, Index: 1<<31 | binary.BigEndian.Uint32(digest),
		},
		Time: b.Time, Kind: chain.KindUnseen, To: to, Asset: p.coin(), Units: units,
	}
}
