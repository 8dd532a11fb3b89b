package history

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain/ethrpc"
)

// stateCheck finds out whether an endpoint answers about the state of the block
// that it is asked about. One that keeps the last alone, and does not say so,
// gives that for every block: no balance ever moved then, and each account seems
// to have rested. What shows it is the sender of a tx, whose nonce and balance the
// tx changed, and what a call is told of the number of its block.
type stateCheck struct {
	p     *pull
	heads []wireHead // of blocks of which a tx is known
}

func (p *pull) newStateCheck(heads []wireHead) *stateCheck {
	return &stateCheck{p, slices.DeleteFunc(heads, func(h wireHead) bool { return h.tx == nil || h.Number.IsZero() })}
}

// txCalls ask for a tx of a block. The first is of the chain's own making on
// rollups, and many a block has no second.
func txCalls(n uint64) []ethrpc.Call {
	var calls []ethrpc.Call
	for _, at := range []uint64{1, 0} {
		calls = append(calls, ethrpc.Call{Method: "eth_getTransactionByBlockNumberAndIndex", Params: []any{number(n), number(at)}})
	}
	return calls
}

// takeTx keeps the first of a block's txs that somebody paid for. None is no
// fault.
func (h *wireHead) takeTx(answers []ethrpc.Answer) {
	for _, a := range answers {
		tx, err := read[wireTx](a)
		paid := err == nil && !tx.Type.GtUint64(types.SetCodeTxType) && tx.GasPrice != nil && !tx.GasPrice.IsZero()
		if paid && h.tx == nil && tx.BlockNumber != nil && tx.BlockNumber.Eq(&h.Number.Int) {
			h.tx = &tx
		}
	}
}

// blockNumber returns the number of the block that it runs in: NUMBER, and
// what it takes to return a word.
var blockNumber = common.Hex2Bytes("4360005260206000f3")

// calls ask for nonce and balance of each sender before the block of its tx and
// after it, and in which blocks calls run.
func (v *stateCheck) calls() []ethrpc.Call {
	var calls []ethrpc.Call
	for _, h := range v.heads {
		for _, method := range []string{"eth_getTransactionCount", "eth_getBalance"} {
			for _, n := range []uint64{h.Number.Uint64() - 1, h.Number.Uint64()} {
				calls = append(calls, ethrpc.Call{Method: method, Params: []any{h.tx.From, number(n)}})
			}
		}
	}
	if v.p.lo == v.p.hi || v.p.id.rules != "" { // on Arbitrum a block tells the number of another chain's
		return calls
	}
	for _, n := range []uint64{v.p.lo, v.p.hi} {
		calls = append(calls, ethrpc.Call{Method: "eth_call", Params: []any{map[string]any{"data": hexutil.Bytes(blockNumber)}, number(n)}})
	}
	return calls
}

// decide looks at the answers, and takes from the accounts what is the state of
// another block. What an endpoint does not answer decides nothing.
func (v *stateCheck) decide(answers []ethrpc.Answer) {
	p := v.p
	if runs := answers[4*len(v.heads):]; len(runs) == 2 {
		p.callsElsewhere = v.elsewhere(runs)
	}
	why := v.wrong(answers)
	if why == "" {
		return
	}
	p.callsElsewhere = errors.New("the endpoint does not give the state of the block asked about: " + why)
	for _, a := range p.accounts {
		a.noState = p.callsElsewhere
		clear(a.balance)
		clear(a.account.nonce)
	}
}

// elsewhere says on which block calls ran that were to run on the ends; nil where
// nothing shows that it was another. A chain that is not listed may count blocks
// otherwise for its contracts.
func (v *stateCheck) elsewhere(runs []ethrpc.Answer) error {
	early, err1 := read[common.Hash](runs[0])
	late, err2 := read[common.Hash](runs[1])
	if err1 != nil || err2 != nil {
		return nil
	}
	p := v.p
	beyond := p.id.Listed && early.Big().Cmp(new(big.Int).SetUint64(p.hi)) > 0
	switch {
	case early == late:
		return fmt.Errorf("the endpoint runs calls on block %d that were to run on blocks %d and %d", late.Big(), p.lo, p.hi)
	case beyond:
		return fmt.Errorf("the endpoint runs a call on block %d that was to run on block %d", early.Big(), p.lo)
	}
	return nil
}

// wrong says why the senders of txs cannot have been what the endpoint says;
// nothing where they can. A nonce that cannot be is enough. A balance that the
// block of a tx leaves as it was may be chance, or paid by somebody else: only
// where no balance is seen to move is it taken for a fault.
func (v *stateCheck) wrong(answers []ethrpc.Answer) string {
	still, moved := "", v.p.balancesMoved()
	for i := range v.heads {
		state, ok := readAround(answers[4*i:])
		if !ok {
			continue
		}
		h := &v.heads[i]
		n, who := h.Number.Uint64(), h.tx.From.Hex()
		switch {
		case state[0].Gt(&h.tx.Nonce.Int):
			return fmt.Sprintf("before block %d, in which %s sent tx %s, it has sent %s", n, who, h.tx.Nonce.Dec(), state[0].Dec())
		case v.p.id.rules != "":
		case v.p.id.Listed && !state[1].Gt(&h.tx.Nonce.Int):
			return fmt.Sprintf("after block %d, in which %s sent tx %s, it has sent %s", n, who, h.tx.Nonce.Dec(), state[1].Dec())
		case !state[2].Eq(&state[3].Int):
			moved = true
		case !state[2].IsZero() && still == "":
			still = fmt.Sprintf("block %d, in which %s paid for a tx, leaves its balance at %s", n, who, state[2].Dec())
		}
	}
	if moved {
		return ""
	}
	return still
}

// readAround reads nonce and balance of a sender, each before the block of its tx
// and after it.
func readAround(answers []ethrpc.Answer) (state [4]quantity, ok bool) {
	for i := range state {
		var err error
		if state[i], err = read[quantity](answers[i]); err != nil {
			return state, false
		}
	}
	return state, true
}

// balancesMoved reports whether an account has another balance at the end of the
// window than at its beginning.
func (p *pull) balancesMoved() bool {
	return slices.ContainsFunc(p.accounts, func(a *native) bool {
		lo, hi := a.balance[p.lo], a.balance[p.hi]
		return lo != nil && hi != nil && lo.Cmp(hi) != 0
	})
}
