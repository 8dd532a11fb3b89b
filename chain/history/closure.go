package history

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// holding is an address and what it may hold.
type holding struct {
	address common.Address
	asset   chain.AssetID
}

func (h holding) compare(o holding) int {
	if c := h.address.Cmp(o.address); c != 0 {
		return c
	}
	return h.asset.Compare(o.asset)
}

// residualRounds is how often, at most, the blocks in which balances of tokens
// moved unexplained are opened. Each time shows those of a token that do not
// cancel each other out; what they do not explain is looked for again.
const residualRounds = 32

// In how many blocks a token balance may have moved unexplained, before it is
// taken for one that moves by itself and only the first of them is opened: as
// long as nothing was left out, and once something was.
const (
	fewResidualBlocks  = 16
	manyResidualBlocks = 256
)

// closures sets the transfers of every address and asset against the balances
// at both ends of the window. A balance that moved without one is what a log
// leaves behind of which eth_getLogs does not tell: so the receipts of its block
// are read, and what they show is taken.
func (p *pull) closures(ctx context.Context, h *chain.History, logs *tokenLogs) error {
	most := uint64(fewResidualBlocks)
	for round := 1; ; round++ {
		if err := p.close(ctx, h); err != nil {
			return err
		}
		open, err := p.residuals(ctx, h, most)
		if err != nil {
			return err
		}
		if round > residualRounds {
			h.Warnings = append(h.Warnings, fmt.Sprintf("logs that eth_getLogs left out were found %d times in blocks where balances of tokens moved, and may be found in others: the search ended there", residualRounds))
			return p.explainTokens(ctx, h, open)
		}
		found, err := p.openBeside(ctx, h, open)
		if err != nil {
			return err
		}
		if found == 0 {
			return p.explainTokens(ctx, h, open)
		}
		logs.dropped += found
		most = manyResidualBlocks
	}
}

// close computes the closures of what was found so far.
func (p *pull) close(ctx context.Context, h *chain.History) error {
	flows := p.flows(h)
	holdings := p.holdings(flows)
	var unnamed []holding
	unnamed, p.unlooked = p.unnamed(flows)
	if err := p.balances(ctx, holdings, unnamed); err != nil {
		return err
	}
	moved, err := p.movedUnnamed(ctx, unnamed)
	if err != nil {
		return err
	}
	holdings = append(holdings, moved...)
	slices.SortFunc(holdings, holding.compare)
	h.Closure = nil
	for _, x := range holdings {
		c := &chain.Closure{ChainID: p.id.ChainID, Address: x.address, Asset: x.asset}
		f := flows[x]
		if f == nil {
			f = &flow{} // nothing but its balance speaks of it
		}
		c.In, c.Out, c.Fees = chain.NewAmount(x.asset, &f.in), chain.NewAmount(x.asset, &f.out), chain.NewAmount(x.asset, &f.fees)
		if x.asset.Kind() == chain.Native {
			p.closeCoin(c)
		} else {
			closeToken(c, p.held[x][0], p.held[x][1])
		}
		h.Closure = append(h.Closure, *c)
	}
	return nil
}

// balances reads what was held of tokens at both ends of the window, where it
// is not known yet. That a record does not know it is no error for those holdings
// that no transfer names: runs of former versions did not ask for them.
func (p *pull) balances(ctx context.Context, named, unnamed []holding) error {
	fresh := slices.DeleteFunc(slices.Concat(named, unnamed), func(x holding) bool {
		_, known := p.held[x]
		return known || x.asset.Kind() == chain.Native
	})
	if why := p.callsElsewhere; why != nil {
		for _, x := range fresh {
			p.held[x] = [2]tokenBalance{{err: why}, {err: why}}
		}
		return nil
	}
	opening, closing, err := p.s.tokenBalances(ctx, fresh, p.q.Window)
	if class, _ := ethrpc.Classify(err); class == ethrpc.Missing && len(named) == 0 {
		for _, x := range fresh {
			p.held[x] = [2]tokenBalance{{err: err}, {err: err}}
		}
		return nil
	}
	if err != nil {
		return err
	}
	for i, x := range fresh {
		p.held[x] = [2]tokenBalance{opening[i], closing[i]}
		for _, b := range p.held[x] {
			class, _ := ethrpc.Classify(b.err)
			unasked := class == ethrpc.Missing && !slices.Contains(named, x)
			if b.err != nil && !unasked && !stateless(b.err) && !absentYet(b.err) {
				return fmt.Errorf("balance of %s in %s: %w", x.address, x.asset, b.err)
			}
		}
	}
	return nil
}

func (p *pull) holdings(flows map[holding]*flow) []holding {
	for _, a := range p.accounts {
		if x := (holding{a.address, p.coin()}); flows[x] == nil {
			flows[x] = &flow{}
		}
	}
	out := make([]holding, 0, len(flows))
	for x := range flows {
		out = append(out, x)
	}
	slices.SortFunc(out, holding.compare)
	return out
}

// flow is what came in, went out, and was paid in fees.
type flow struct{ in, out, fees big.Int }

func (p *pull) flows(h *chain.History) map[holding]*flow {
	sums := map[holding]*flow{}
	of := func(a common.Address, asset chain.AssetID) *flow {
		x := holding{a, asset}
		if sums[x] == nil {
			sums[x] = &flow{}
		}
		return sums[x]
	}
	var units big.Int
	for i := range h.Transfers {
		t := &h.Transfers[i]
		units.SetBytes(t.Units.Bytes())
		if from, ok := t.Sender(); ok && p.by[from] != nil {
			f := of(from, t.Asset)
			if t.Kind == chain.KindFee {
				f.fees.Add(&f.fees, &units)
			} else {
				f.out.Add(&f.out, &units)
			}
		}
		if to, ok := t.Recipient(); ok && p.by[to] != nil {
			f := of(to, t.Asset)
			f.in.Add(&f.in, &units)
		}
	}
	return sums
}

// settle fills in what follows from the opening balance and the flows.
func settle(c *chain.Closure, opening, witness *big.Int) {
	if opening == nil {
		opening = new(big.Int)
	}
	c.Opening = chain.NewAmount(c.Asset, opening)
	c.Closing = c.Opening.Add(c.In).Sub(c.Out).Sub(c.Fees)
	if witness != nil {
		w := chain.NewAmount(c.Asset, witness)
		c.Witness = &w
	}
}

func (p *pull) closeCoin(c *chain.Closure) {
	a := p.by[c.Address]
	if a.balance[p.lo] == nil || a.balance[p.hi] == nil {
		settle(c, a.balance[p.lo], nil)
		c.Note = "no balance at both ends of the window: " + oneLine(a.noState)
		return
	}
	opening := a.balance[p.lo]
	if p.q.Window.From == 0 {
		opening = new(big.Int) // before the first block nobody held anything
	}
	settle(c, opening, a.balance[p.hi])
	if r, _ := c.Residual(); r.IsZero() {
		return
	}
	c.Note = "the transfers found do not explain the balance"
	if a.noState != nil {
		c.Note += ": " + oneLine(a.noState)
		return
	}
	if leaves := a.leaves(); len(leaves) > 0 {
		c.ResidualBlocks = &chain.Window{From: leaves[0], To: leaves[len(leaves)-1]}
	}
}

func closeToken(c *chain.Closure, opening, closing tokenBalance) {
	if opening.err != nil || closing.err != nil {
		settle(c, opening.units, nil)
		err := opening.err
		if err == nil {
			err = closing.err
		}
		c.Note = "no balance at both ends of the window: " + oneLine(err)
		return
	}
	settle(c, opening.units, closing.units)
	residual, _ := c.Residual()
	switch {
	case residual.IsZero():
	case opening.units.Cmp(closing.units) == 0:
		c.Note = "the balance did not move: Transfer events without a transfer"
	default:
		c.Note = "unexplained"
	}
}

// tokenBalance is what a contract says somebody holds.
type tokenBalance struct {
	units *big.Int
	err   error
}

// Selectors of the standards: ERC-20 and ERC-721 balanceOf(address), ERC-721
// ownerOf(uint256), ERC-1155 balanceOf(address,uint256).
const (
	selectorBalanceOf = "70a08231"
	selectorOwnerOf   = "6352211e"
	selectorBalance1  = "00fdd58e"
)

// tokenBalances asks for every holding at both ends of a window, in one round.
func (s *Source) tokenBalances(ctx context.Context, xs []holding, w chain.Window) (opening, closing []tokenBalance, err error) {
	var calls []ethrpc.Call
	for _, x := range xs {
		calls = append(calls, ethCall(x.asset.Contract(), balanceInput(x), w.To))
	}
	for _, x := range xs {
		calls = append(calls, ethCall(x.asset.Contract(), balanceInput(x), max(w.From, 1)-1))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, nil, fmt.Errorf("token balances: %w", err)
	}
	opening, closing = make([]tokenBalance, len(xs)), make([]tokenBalance, len(xs))
	for i, x := range xs {
		closing[i] = readBalance(x, answers[i])
		opening[i] = readBalance(x, answers[len(xs)+i])
		// A contract that is not there yet, or whose token is not minted yet,
		// holds nothing for anybody.
		if opening[i].err != nil && closing[i].err == nil && absentYet(opening[i].err) {
			opening[i] = tokenBalance{units: new(big.Int)}
		}
	}
	return opening, closing, nil
}

func ethCall(to common.Address, input []byte, block uint64) ethrpc.Call {
	return ethrpc.Call{Method: "eth_call", Params: []any{map[string]any{"to": to, "data": hexutil.Bytes(input)}, number(block)}}
}

func balanceInput(x holding) []byte {
	selector := selectorBalanceOf
	var words []byte
	id, _ := new(big.Int).SetString(x.asset.TokenID(), 10)
	switch {
	case x.asset.Kind() == chain.ERC721 && id != nil:
		selector, words = selectorOwnerOf, common.BigToHash(id).Bytes()
	case x.asset.Kind() == chain.ERC1155 && id != nil:
		selector = selectorBalance1
		words = append(common.LeftPadBytes(x.address[:], 32), common.BigToHash(id).Bytes()...)
	default:
		words = common.LeftPadBytes(x.address[:], 32)
	}
	return append(common.Hex2Bytes(selector), words...)
}

// errNoBalance says that a contract answered with something else than a word.
type noBalanceError struct{ bytes int }

func (e *noBalanceError) Error() string {
	return fmt.Sprintf("the contract answers with %d bytes, not with a balance", e.bytes)
}

func absentYet(err error) bool {
	if e, ok := err.(*noBalanceError); ok {
		return e.bytes == 0
	}
	class, _ := ethrpc.Classify(err)
	return class == ethrpc.Rejected
}

func readBalance(x holding, a ethrpc.Answer) tokenBalance {
	out, err := read[hexutil.Bytes](a)
	if err != nil {
		return tokenBalance{err: err}
	}
	if len(out) < 32 {
		return tokenBalance{err: &noBalanceError{len(out)}}
	}
	if x.asset.Kind() == chain.ERC721 && x.asset.TokenID() != "" {
		units := new(big.Int)
		if common.BytesToAddress(out[12:32]) == x.address {
			units.SetInt64(1)
		}
		return tokenBalance{units: units}
	}
	return tokenBalance{units: new(big.Int).SetBytes(out[:32])}
}
