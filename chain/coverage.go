package chain

import (
	"context"
	"slices"
	"unique"

	"github.com/ethereum/go-ethereum/common"
)

// Window is a range of blocks, both ends included.
type Window struct{ From, To uint64 }

// Blocks returns how many blocks the window has; for a window of all numbers
// one less, which is as many as there can be.
func (w Window) Blocks() uint64 {
	if w.To < w.From {
		return 0
	}
	return max(w.To-w.From+1, w.To-w.From)
}

// Contains reports whether block n lies in the window.
func (w Window) Contains(n uint64) bool { return w.From <= n && n <= w.To }

// Block is what a report needs to know of a block.
type Block struct {
	Number uint64
	Hash   common.Hash
	Time   uint64 // Unix seconds
}

// Proof says how firmly a transfer stands. The zero Proof is unproven and
// without a reason: nobody tried. A reason is held once in the process however
// many transfers share it.
type Proof struct{ handle unique.Handle[finding] }

type finding struct {
	proven bool
	why    string
}

// Proven is the proof of what a block commits to and was found in it.
func Proven() Proof { return Proof{unique.Make(finding{proven: true})} }

// Unproven is the lack of a proof; why says what stood in the way.
func Unproven(why string) Proof { return Proof{unique.Make(finding{why: why})} }

// Proven reports whether there is a proof.
func (p Proof) Proven() bool { return p != Proof{} && p.handle.Value().proven }

// Why says, of what is unproven, what stood in the way.
func (p Proof) Why() string {
	if p == (Proof{}) {
		return ""
	}
	return p.handle.Value().why
}

// Equal reports whether both say the same.
func (p Proof) Equal(o Proof) bool { return p == o }

// String returns "proven" or "unproven".
func (p Proof) String() string {
	if p.Proven() {
		return "proven"
	}
	return "unproven"
}

func (p Proof) rank() int {
	switch {
	case p.Proven():
		return 2
	case p.Why() != "":
		return 1
	}
	return 0
}

// Scope is the part of an address's history that a coverage speaks of.
type Scope string

// The scopes.
const (
	ScopeNative Scope = "native"
	ScopeTokens Scope = "tokens"
)

// Method is the way in which a history was obtained.
type Method string

// The methods, as reports name them.
const (
	MethodTraceFilter Method = "trace_filter"
	MethodOtterscan   Method = "otterscan"
	MethodSimulate    Method = "simulate"
	MethodDebug       Method = "debug"
	MethodBisection   Method = "bisection"
	MethodBlocks      Method = "blocks"
	MethodLogs        Method = "logs"
	MethodImport      Method = "import"
)

// Coverage says what was asked for one address and what was answered. Complete
// is true only where nothing in the window can have been missed under the
// rules of the method; Note then says what that rests on, and otherwise why
// completeness cannot be claimed.
type Coverage struct {
	ChainID     uint64
	Address     common.Address
	Scope       Scope
	Method      Method
	Window      Window // what was answered
	Complete    bool
	Unavailable []string // methods or ranges that the endpoint would not give
	Note        string
}

// Closure sets what transfers say of an address and asset against what the
// chain says of its balance: Opening + In − Out − Fees = Closing, and Closing
// + Residual = Witness. All in base units.
type Closure struct {
	ChainID        uint64
	Address        common.Address
	Asset          AssetID
	Opening        Amount // balance before the window's first block
	In, Out, Fees  Amount
	Closing        Amount  // what the transfers add up to
	Witness        *Amount // balance after the last block; nil where nobody could say
	Proof          Proof   // of Witness, under the state root of the last block (EIP-1186)
	ResidualBlocks *Window // where the difference arose, where it was looked for
	Note           string  // what explains the residual, or why there is no witness
}

// Residual returns Witness − Closing, and false without a witness.
func (c Closure) Residual() (Amount, bool) {
	if c.Witness == nil {
		return Amount{}, false
	}
	return c.Witness.Sub(c.Closing), true
}

// TokenMeta is what a token contract says of itself: display text and scale,
// never identity.
type TokenMeta struct {
	Symbol   string // printable, bounded; empty where the contract does not say
	Name     string
	Decimals uint8
	// DecimalsKnown is false where the contract does not say, or says
	// something absurd; quantities are then in base units.
	DecimalsKnown bool
}

// Query asks for the transfers of a set of addresses in a window of blocks.
type Query struct {
	Addresses []common.Address
	Window    Window
	// Anchors are hashes of blocks for which whoever asks vouches. Blocks that
	// an anchor reaches by the hashes of parents are vouched for by it.
	Anchors []common.Hash
	// ProveAbsence asks for proof that no log was left out, at the cost of the
	// header of every block of the window and of the receipts of each whose
	// bloom filter does not deny a log.
	ProveAbsence bool
}

// Voucher names the blocks whose hashes somebody confirms beside the endpoint
// that gave a history.
type Voucher struct {
	By     string   // "anchor 0x…", or scheme and host of a second endpoint
	Blocks []uint64 // of those that hold transfers, and the last of the window; ascending
}

// Vouches reports whether the hash of block n is confirmed.
func (v Voucher) Vouches(n uint64) bool {
	_, found := slices.BinarySearch(v.Blocks, n)
	return found
}

// CrossCheck is a history, or a part of it, held against a second endpoint.
type CrossCheck struct {
	ChainID      uint64
	First, Host  string // of the endpoint that gave the history, and of the second one
	Percent      int
	Blocks       int      // with transfers, and the last of the window, whose hash, receipts and withdrawals were compared
	Balances     int      // at the end of the window
	Addresses    int      // whose token logs were asked for anew, over the whole window
	Agreed       []uint64 // blocks of which both say the same, ascending
	Disagreement []string // what differs, in order of blocks
	Unanswered   []string // what the second endpoint could not say, and why
}

// History is the answer to a query: every transfer that touches one of the
// addresses, in canonical order, with what is known about its completeness.
type History struct {
	ChainID   uint64
	Window    Window
	End       Block // the last block of the window, which pins the answer
	Transfers []Transfer
	Tokens    map[AssetID]TokenMeta
	Contracts map[common.Address]bool // addresses of the query that carry code at the window's end
	Coverage  []Coverage              // by address, then scope
	Closure   []Closure               // by address, then asset
	Vouchers  []Voucher               // besides the endpoint itself
	// LostAnchors are anchors of the query that the endpoint knows no block of:
	// they may be of another chain.
	LostAnchors []common.Hash
	Warnings    []string
}

// Source gives histories of one chain.
type Source interface {
	// History returns what moved to and from the addresses. What could not be
	// looked at is told in the coverage; an error means that nothing can be
	// said at all.
	History(ctx context.Context, q Query) (*History, error)
}
