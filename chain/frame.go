package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// CallFrame is a node of a tx's EVM trace, whichever tracer it came from. The
// root stands for the tx itself.
type CallFrame struct {
	Type   string // CALL, CREATE, DELEGATECALL, …, upper case
	From   common.Address
	To     common.Address // the created contract for CREATE, the heir for SELFDESTRUCT
	Value  uint256.Int
	Failed bool // this frame itself; its children may well say nothing of it
	Calls  []CallFrame
}

// movesValue tells the frames in which the EVM transfers its Value: go-ethereum's
// EVM.Call, EVM.create and opSelfdestruct are the only callers of Transfer.
// DELEGATECALL carries the value of its parent for display and CALLCODE sends
// to the caller itself, so neither moves anything. SUICIDE is the older name
// of SELFDESTRUCT, which Parity's traces keep.
func movesValue(frame string) bool {
	switch frame {
	case "CALL", "CREATE", "CREATE2", "SELFDESTRUCT", "SUICIDE":
		return true
	}
	return false
}

// FrameTransfers returns what the frames below root moved of the chain's coin,
// in order of their trace addresses. The root's own value is the tx's and is
// left to [TxTransfers]. A frame that failed moved nothing, and nothing under
// it did, whatever the nodes below it say of themselves.
//
// A contract that destroys itself with itself as heir burns what it held: the
// transfer then goes to the zero address. Since EIP-6780 that is so only in
// the tx that created it, otherwise it keeps the coin and the transfer is one
// to itself. Where the chain's [Network.Cancun] is not known here and the
// contract was not created in this tx, the transfer to itself stands, and only
// the balance can say that it was a burn.
func FrameTransfers(tx Transfer, root *CallFrame) []Transfer {
	if root.Failed {
		return nil
	}
	n, _ := NetworkByID(tx.ChainID)
	w := frameWalk{tx: tx, cancun: n.Cancun, created: map[common.Address]bool{}}
	w.note(root)
	w.walk(root.Calls, "")
	return w.moved
}

type frameWalk struct {
	tx      Transfer
	cancun  uint64
	created map[common.Address]bool // contracts made so far in this tx
	moved   []Transfer
}

func (w *frameWalk) note(f *CallFrame) {
	if f.Type == "CREATE" || f.Type == "CREATE2" {
		w.created[f.To] = true
	}
}

func (w *frameWalk) walk(calls []CallFrame, at TraceAddress) {
	for i := range calls {
		f, here := &calls[i], at.Child(i)
		if f.Failed {
			continue
		}
		w.note(f)
		if movesValue(f.Type) && !f.Value.IsZero() {
			t := w.tx
			t.Kind, t.From, t.To, t.Units = KindInternal, f.From, w.heir(f), f.Value
			t.Site, t.Trace, t.Index, t.Part = SiteFrame, here, 0, 0
			t.Asset = NativeAsset(w.tx.ChainID)
			t.Proof = Unproven("call frames are not part of what a block commits to")
			w.moved = append(w.moved, t)
		}
		w.walk(f.Calls, here)
	}
}

// heir returns who holds the value afterwards: nobody after a burn.
func (w *frameWalk) heir(f *CallFrame) common.Address {
	destroys := f.Type == "SELFDESTRUCT" || f.Type == "SUICIDE"
	if destroys && f.From == f.To && (w.created[f.From] || w.tx.Time < w.cancun) {
		return common.Address{}
	}
	return f.To
}
