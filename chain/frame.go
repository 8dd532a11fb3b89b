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

// movesValue lists the frames in which the EVM transfers its Value: go-ethereum's
// EVM.Call, EVM.create and opSelfdestruct are the only callers of Transfer.
// DELEGATECALL carries the value of its parent for display and CALLCODE sends
// to the caller itself, so neither moves anything.
var movesValue = map[string]bool{"CALL": true, "CREATE": true, "CREATE2": true, "SELFDESTRUCT": true, "SUICIDE": true}

// FrameTransfers returns what the frames below root moved of the chain's coin,
// in order of their trace addresses. The root's own value is the tx's and is
// left to [TxTransfers]. A frame that failed moved nothing, and nothing under
// it did, whatever the nodes below it say of themselves.
func FrameTransfers(tx Transfer, root *CallFrame) []Transfer {
	if root.Failed {
		return nil
	}
	return appendFrames(nil, tx, root.Calls, "")
}

func appendFrames(ts []Transfer, tx Transfer, calls []CallFrame, at TraceAddress) []Transfer {
	for i := range calls {
		f, here := &calls[i], at.Child(i)
		if f.Failed {
			continue
		}
		if movesValue[f.Type] && !f.Value.IsZero() {
			t := tx
			t.Kind, t.From, t.To, t.Units = KindInternal, f.From, f.To, f.Value
			t.Site, t.Trace, t.Index, t.Part = SiteFrame, here, 0, 0
			t.Asset = NativeAsset(tx.ChainID)
			t.Proof = Proof{Why: "call frames are not part of what a block commits to"}
			ts = append(ts, t)
		}
		ts = appendFrames(ts, tx, f.Calls, here)
	}
	return ts
}
