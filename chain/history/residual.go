package history

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// mostResiduals bounds how many token residuals are looked for in one history:
// addresses that are known for a theft are sent hundreds of false tokens.
const mostResiduals = 64

// tokenState answers questions about token balances.
type tokenState struct{ s *Source }

// state implements asker.
func (t tokenState) state(ctx context.Context, qs []question) ([]*big.Int, error) {
	calls := make([]ethrpc.Call, len(qs))
	for i, q := range qs {
		calls[i] = ethCall(q.asset.Contract(), balanceInput(q.holding), q.block)
	}
	answers, err := t.s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("token balances at %d places: %w", len(qs), err)
	}
	out := make([]*big.Int, len(qs))
	for i, a := range answers {
		b := readBalance(qs[i].holding, a)
		switch {
		case b.err == nil:
			out[i] = b.units
		case absentYet(b.err):
			out[i] = new(big.Int) // a contract that is not there yet holds nothing
		default:
			return nil, fmt.Errorf("balance of %s in %s at block %d: %w", qs[i].address, qs[i].asset, qs[i].block, b.err)
		}
	}
	return out, nil
}

// residuals are token balances that transfers do not explain.
type residuals struct {
	closures []*chain.Closure
	accounts []*account
	first    []uint64 // the block in which each arose
	blocks   []uint64 // those and others in which they moved, as far as those are few
	more     int      // residuals that were not looked into, without those of unmoved holders
}

// residuals looks for the blocks in which each token residual arose and moved, at
// most so many of one. Where the endpoint has no state to look at, they say so
// and are not returned.
func (p *pull) residuals(ctx context.Context, h *chain.History, most uint64) (residuals, error) {
	var r residuals
	for i := range h.Closure {
		c := &h.Closure[i]
		if units, ok := c.Residual(); ok && !units.IsZero() && c.Asset.Kind() != chain.Native {
			r.closures = append(r.closures, c)
		}
	}
	// What is known of by its balance alone comes last.
	slices.SortStableFunc(r.closures, func(a, b *chain.Closure) int { return bySilence(a) - bySilence(b) })
	if len(r.closures) > mostResiduals {
		for _, c := range r.closures[mostResiduals:] {
			r.more += 1 - bySilence(c)
		}
		r.closures = r.closures[:mostResiduals]
	}
	for _, c := range r.closures {
		r.accounts = append(r.accounts, p.tokenAccount(h, c))
	}
	var err error
	if r.first, err = p.firstResiduals(ctx, r.accounts); err == nil {
		err = learn(ctx, tokenState{p.s}, around(r.accounts, r.first))
	}
	if err == nil {
		r.blocks, err = p.residualBlocks(ctx, r, most)
	}
	if err != nil && stateless(err) {
		for _, c := range r.closures {
			c.Note = "unexplained, and not looked into: " + oneLine(err)
		}
		return residuals{more: r.more}, nil
	}
	return r, err
}

func bySilence(c *chain.Closure) int {
	if c.In.IsZero() && c.Out.IsZero() {
		return 1
	}
	return 0
}

// residualBlocks bisects what the first blocks leave of the residuals, and
// returns all blocks in which one moved. Of those that moved in more than most
// there is the first alone: a token that rebases moves in every block. So it is
// where a record does not hold the balances: runs of former versions did not ask
// for them.
func (p *pull) residualBlocks(ctx context.Context, r residuals, most uint64) ([]uint64, error) {
	spans := make([]span, len(r.accounts))
	for i, a := range r.accounts {
		spans[i] = span{account: a, lo: p.lo, hi: p.hi}
	}
	err := bisect(ctx, tokenState{p.s}, spans, most)
	class, _ := ethrpc.Classify(err)
	if err != nil && class != ethrpc.Missing {
		return nil, err
	}
	blocks := slices.Clone(r.first)
	for _, a := range r.accounts {
		if !a.busy && err == nil {
			blocks = append(blocks, a.leaves()...)
		}
	}
	slices.Sort(blocks)
	return slices.Compact(blocks), nil
}

// openBeside opens the blocks in which residuals moved, as far as that was not
// done, and adds the token transfers that they show, of which it returns the
// number.
func (p *pull) openBeside(ctx context.Context, h *chain.History, r residuals) (int, error) {
	fresh := slices.DeleteFunc(slices.Clone(r.blocks), func(n uint64) bool {
		_, looked := p.beside[n]
		return looked || p.blocks[n] != nil
	})
	known := len(h.Transfers)
	err := p.s.openBlocks(ctx, p.reader, fresh, func(o *opened) {
		p.beside[o.Number] = o.shown()
		h.Transfers = append(h.Transfers, o.tokens...)
	})
	if len(h.Transfers) > known {
		h.Transfers = inOrder(h.Transfers)
	}
	return len(h.Transfers) - known, err
}

// sawReceipts reports whether every receipt of a block was read and proven.
func (p *pull) sawReceipts(n uint64) bool {
	if o := p.blocks[n]; o != nil {
		return o.shown()
	}
	return p.beside[n]
}

func (o *opened) shown() bool { return o.whole && o.proof.Proven() }

// explainTokens says by which rule each token residual can be explained.
func (p *pull) explainTokens(ctx context.Context, h *chain.History, r residuals) error {
	if r.more > 0 {
		h.Warnings = append(h.Warnings, fmt.Sprintf("%d token balances are not explained by transfers; the first %d were looked into", mostResiduals+r.more, mostResiduals))
	}
	events, err := p.ownEvents(ctx, r.closures, r.first)
	if err != nil {
		return err
	}
	explained := map[holding]bool{} // by an event of the token's own
	for i, c := range r.closures {
		p.explain(h, c, r.accounts[i], r.first[i], events[i])
		explained[holding{c.Address, c.Asset}] = events[i] != ""
	}
	p.unmoved(h, explained)
	return nil
}

func (p *pull) tokenAccount(h *chain.History, c *chain.Closure) *account {
	a := newAccount(holding{c.Address, c.Asset})
	if p.within[a.holding] == nil {
		p.within[a.holding] = a.balance
	}
	a.balance = p.within[a.holding]
	a.balance[p.lo], a.balance[p.hi] = c.Opening.Units(), c.Witness.Units()
	for _, t := range h.Transfers {
		if t.Asset == c.Asset {
			a.add(t.Block, signed(t, c.Address))
		}
	}
	return a
}

// firstResiduals finds, for all accounts together, the first block after
// which transfers do not explain the balance. Only the first: a token that
// rebases moves in every block.
func (p *pull) firstResiduals(ctx context.Context, accounts []*account) ([]uint64, error) {
	lo, hi := make([]uint64, len(accounts)), make([]uint64, len(accounts))
	for i := range accounts {
		lo[i], hi[i] = p.lo, p.hi
	}
	for {
		var qs []question
		for i, a := range accounts {
			if hi[i]-lo[i] > 1 {
				qs = append(qs, span{account: a}.questions(lo[i]+(hi[i]-lo[i])/2)...)
			}
		}
		if len(qs) == 0 {
			return hi, nil
		}
		if err := learn(ctx, tokenState{p.s}, qs); err != nil {
			return nil, err
		}
		for i, a := range accounts {
			if hi[i]-lo[i] < 2 {
				continue
			}
			if mid := lo[i] + (hi[i]-lo[i])/2; a.unexplained(p.lo, mid).Sign() != 0 {
				hi[i] = mid
			} else {
				lo[i] = mid
			}
		}
	}
}

func around(accounts []*account, blocks []uint64) []question {
	var qs []question
	for i, a := range accounts {
		s := span{account: a}
		qs = append(qs, append(s.questions(blocks[i]-1), s.questions(blocks[i])...)...)
	}
	return qs
}

// Events with which Tether's contract on Ethereum moves balances without a
// Transfer: TetherToken.sol, Issue, Redeem and DestroyedBlackFunds.
func ownEventName(topic common.Hash) string {
	for _, signature := range []string{"Issue(uint256)", "Redeem(uint256)", "DestroyedBlackFunds(address,uint256)"} {
		if crypto.Keccak256Hash([]byte(signature)) == topic {
			return signature
		}
	}
	return ""
}

// ownEvents names, for each residual, the events by which its token is known
// to move balances and which it logged in the block.
func (p *pull) ownEvents(ctx context.Context, open []*chain.Closure, blocks []uint64) ([]string, error) {
	calls := make([]ethrpc.Call, len(open))
	for i, c := range open {
		filter := map[string]any{"fromBlock": number(blocks[i]), "toBlock": number(blocks[i]), "address": c.Asset.Contract()}
		calls[i] = ethrpc.Call{Method: "eth_getLogs", Params: []any{filter}}
	}
	answers, err := p.s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("events beside residuals: %w", err)
	}
	names := make([]string, len(open))
	for i, a := range answers {
		logs, err := read[[]struct {
			Topics []common.Hash `json:"topics"`
			Data   hexutil.Bytes `json:"data"`
		}](a)
		if err != nil {
			continue // without the events the residual stays unexplained, which is said
		}
		for _, l := range logs {
			if len(l.Topics) > 0 && names[i] == "" {
				names[i] = ownEventName(l.Topics[0])
			}
		}
	}
	return names, nil
}

// explain writes where a residual arose and what explains it. What no rule
// explains is called unexplained; nobody is accused by a residual.
func (p *pull) explain(h *chain.History, c *chain.Closure, a *account, first uint64, event string) {
	c.ResidualBlocks = &chain.Window{From: first, To: first}
	if a.unexplained(first, p.hi).Sign() != 0 {
		c.ResidualBlocks.To = p.hi
	}
	change := new(big.Int).Sub(a.balance[first], a.balance[first-1])
	at := slices.IndexFunc(h.Transfers, func(t chain.Transfer) bool {
		return t.Block == first && t.Asset == c.Asset && signed(t, c.Address).Sign() != 0
	})
	switch {
	case at < 0 && event != "":
		c.Note = fmt.Sprintf("the token's own event %s moved the balance in block %d without a Transfer", event, first)
	case at < 0 && c.ResidualBlocks.To > first:
		c.Note = fmt.Sprintf("the balance moves from block %d on without Transfer events: a token that rebases does so", first)
	case at < 0:
		c.Note = fmt.Sprintf("unexplained: the balance moved in block %d without a Transfer event, by a rebase or an event of the token's own", first)
	case change.Sign() == 0:
		c.Note = fmt.Sprintf("a Transfer moved no balance: %s", h.Transfers[at].Ref)
	case change.CmpAbs(a.moved[first]) < 0 && change.Sign() > 0:
		c.Note = fmt.Sprintf("less arrived than the Transfer says, as with a token that takes a fee on transfer: %s", h.Transfers[at].Ref)
	default:
		c.Note = fmt.Sprintf("unexplained: the balance moved otherwise than the Transfer says: %s", h.Transfers[at].Ref)
	}
	saw := p.sawReceipts(first)
	if at < 0 && event == "" && (saw || c.ResidualBlocks.To > first && bySilence(c) == 0) {
		p.rebases[c.Asset] = true
	}
	if at < 0 && !saw {
		c.Note += "; the receipts of the block are unproven or were not all read, so that a Transfer may have been left out"
	}
}
