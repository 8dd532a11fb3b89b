package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	p  *pull
	of []wireHead // blocks that hold a tx to look at
	at []common.Hash
}

// mostChecked is how many txs are looked at: the sender of one may hold nothing
// at either end.
const mostChecked = 3

func (p *pull) newStateCheck(heads []wireHead) *stateCheck {
	v := &stateCheck{p: p}
	for _, h := range heads {
		var list txHashes
		if len(v.of) == mostChecked || h.Number.IsZero() || json.Unmarshal(h.raw, &list) != nil || len(list.Txs) == 0 {
			continue
		}
		// Those at the ends are of the chain's own making on rollups and on Polygon.
		v.of, v.at = append(v.of, h), append(v.at, list.Txs[len(list.Txs)/2])
	}
	return v
}

// blockNumber returns the number of the block that it runs in: NUMBER, and
// what it takes to return a word.
var blockNumber = common.Hex2Bytes("4360005260206000f3")

// calls are what is asked first: who sent the txs, and in which block a call runs.
func (v *stateCheck) calls() []ethrpc.Call {
	var calls []ethrpc.Call
	for _, tx := range v.at {
		calls = append(calls, ethrpc.Call{Method: "eth_getTransactionByHash", Params: []any{tx}})
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
func (v *stateCheck) decide(ctx context.Context, answers []ethrpc.Answer) error {
	p := v.p
	if runs := answers[len(v.at):]; len(runs) == 2 {
		early, err1 := read[common.Hash](runs[0])
		late, err2 := read[common.Hash](runs[1])
		if err1 == nil && err2 == nil && early == late {
			p.callsElsewhere = fmt.Errorf("the endpoint runs calls on block %d that were to run on blocks %d and %d", late.Big(), p.lo, p.hi)
		}
	}
	why, err := v.senders(ctx, answers)
	if err != nil || why == "" {
		return err
	}
	p.callsElsewhere = errors.New("the endpoint does not give the state of the block asked about: " + why)
	for _, a := range p.accounts {
		a.noState = p.callsElsewhere
		clear(a.balance)
		clear(a.account.nonce)
	}
	return nil
}

// senders says which of the senders cannot have been what the endpoint says;
// nothing where each can.
func (v *stateCheck) senders(ctx context.Context, answers []ethrpc.Answer) (string, error) {
	var txs []wireTx
	var at []uint64
	var calls []ethrpc.Call
	for i, h := range v.of {
		tx, err := read[wireTx](answers[i])
		n := h.Number.Uint64()
		if err != nil || tx.Hash != v.at[i] || tx.Type.GtUint64(types.SetCodeTxType) || tx.GasPrice == nil || tx.GasPrice.IsZero() {
			continue
		}
		txs, at = append(txs, tx), append(at, n)
		for _, method := range []string{"eth_getTransactionCount", "eth_getBalance"} {
			for _, n := range []uint64{n - 1, n} {
				calls = append(calls, ethrpc.Call{Method: method, Params: []any{tx.From, number(n)}})
			}
		}
	}
	said, err := v.p.s.do(ctx, calls)
	if class, _ := ethrpc.Classify(err); class == ethrpc.Missing {
		return "", nil // a run of a former version did not ask
	}
	if err != nil {
		return "", fmt.Errorf("state beside a tx: %w", err)
	}
	for i, tx := range txs {
		var state [4]quantity
		known := true
		for k := range state {
			v, err := read[quantity](said[4*i+k])
			state[k], known = v, known && err == nil
		}
		switch {
		case !known:
		case state[0].Gt(&tx.Nonce.Int):
			return fmt.Sprintf("before block %d, in which %s sent tx %s, it has sent %s", at[i], tx.From.Hex(), tx.Nonce.Dec(), state[0].Dec()), nil
		case !state[2].IsZero() && state[2].Eq(&state[3].Int) && v.p.id.rules == "":
			return fmt.Sprintf("block %d, in which %s paid for a tx, leaves its balance at %s", at[i], tx.From.Hex(), state[2].Dec()), nil
		}
	}
	return "", nil
}
