package chain

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// Kind says by what mechanism a transfer moved its asset.
type Kind uint8

// The kinds of transfer.
const (
	KindNative     Kind = iota // value of a tx itself
	KindInternal               // value of a call frame below the top, or logged by the coin's own token face
	KindERC20                  // Transfer event
	KindERC721                 // Transfer event of one token
	KindERC1155                // TransferSingle, or one part of TransferBatch
	KindWrap                   // Deposit at the chain's wrapped-coin contract, which issues the token
	KindUnwrap                 // Withdrawal there, which takes the token back
	KindFee                    // what a tx cost its sender
	KindWithdrawal             // credit from the consensus layer (EIP-4895)
	KindReward                 // priority fees or block reward paid to an address
	KindUnseen                 // credit proven by balances whose sender no method could show
)

var kindNames = [...]string{"native", "internal", "erc20", "erc721", "erc1155", "wrap", "unwrap", "fee", "withdrawal", "reward", "unseen"}

// String returns the name that reports use.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind%d", uint8(k))
}

// MarshalText implements [encoding.TextMarshaler].
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *Kind) UnmarshalText(b []byte) error {
	i := slices.Index(kindNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("unknown kind of transfer %q", b)
	}
	*k = Kind(i)
	return nil
}

// Site says in what part of a tx a transfer stands. The order of the
// constants is the order of transfers within one tx: call frames in the order
// of their trace addresses, then logs, then the fee.
type Site uint8

// The sites.
const (
	SiteFrame Site = iota // a call frame, Trace says which; the top level has an empty one
	SiteLog               // a log, Index is its index in the block
	SiteFee               // the charge for the whole tx
	SiteBlock             // outside every tx; Index counts within the block
)

// OutsideTx is the tx index of what no tx caused: it follows every tx of its block.
const OutsideTx = math.MaxUint32

// Ref is the place on a chain where a transfer is recorded. It is comparable
// and unique among the transfers of one history.
type Ref struct {
	ChainID   uint64
	Block     uint64
	BlockHash SharedHash
	Tx        common.Hash // zero outside a tx
	TxIndex   uint32      // OutsideTx outside a tx
	Site      Site
	Index     uint32       // log index, or count within a block
	Part      uint32       // position within one log that moves several tokens
	Trace     TraceAddress // of a call frame
}

// Compare is the canonical order: block, tx index, then the site within the
// tx, then log index or trace address, then part.
func (r Ref) Compare(o Ref) int { return r.compare(&o) }

// compare stops at the first difference, and copies nothing: a million
// transfers are compared twenty million times to be sorted.
func (r *Ref) compare(o *Ref) int {
	switch {
	case r.ChainID != o.ChainID:
		return cmp.Compare(r.ChainID, o.ChainID)
	case r.Block != o.Block:
		return cmp.Compare(r.Block, o.Block)
	case r.TxIndex != o.TxIndex:
		return cmp.Compare(r.TxIndex, o.TxIndex)
	case r.Site != o.Site:
		return cmp.Compare(r.Site, o.Site)
	case r.Index != o.Index:
		return cmp.Compare(r.Index, o.Index)
	case r.Trace != o.Trace:
		return cmp.Compare(r.Trace, o.Trace)
	case r.Part != o.Part:
		return cmp.Compare(r.Part, o.Part)
	case r.Tx != o.Tx:
		return r.Tx.Cmp(o.Tx)
	}
	return r.BlockHash.compare(o.BlockHash)
}

// String names the place for a person: block, tx and log or frame.
func (r Ref) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "eip155:%d block %d", r.ChainID, r.Block)
	if r.TxIndex != OutsideTx {
		fmt.Fprintf(&b, " tx %s", r.Tx.Hex())
	}
	switch r.Site {
	case SiteFrame:
		fmt.Fprintf(&b, " frame %s", r.Trace)
	case SiteLog:
		fmt.Fprintf(&b, " log %d", r.Index)
	case SiteFee:
		b.WriteString(" fee")
	case SiteBlock:
		fmt.Fprintf(&b, " outside tx %d", r.Index)
	}
	if r.Part > 0 {
		fmt.Fprintf(&b, " part %d", r.Part)
	}
	return b.String()
}

// TraceAddress is the path of a call frame from the top of its tx: the empty
// one is the top, [0 2] the third call of the first call. Four big-endian bytes
// a step make it comparable, and string order the order of the walk.
type TraceAddress string

// NewTraceAddress builds the address of a frame from its steps.
func NewTraceAddress(steps ...uint32) TraceAddress {
	b := make([]byte, 0, 4*len(steps))
	for _, s := range steps {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return TraceAddress(b)
}

// Child returns the address of the i-th call of the frame at t.
func (t TraceAddress) Child(i int) TraceAddress {
	return t + NewTraceAddress(uint32(i))
}

// Steps returns the path; never nil.
func (t TraceAddress) Steps() []uint32 {
	steps := make([]uint32, 0, len(t)/4)
	for b := []byte(t); len(b) >= 4; b = b[4:] {
		steps = append(steps, binary.BigEndian.Uint32(b))
	}
	return steps
}

// String returns the path as [0 2].
func (t TraceAddress) String() string { return fmt.Sprint(t.Steps()) }

// MarshalJSON writes an array of numbers.
func (t TraceAddress) MarshalJSON() ([]byte, error) { return json.Marshal(t.Steps()) }

// UnmarshalJSON reads an array of numbers.
func (t *TraceAddress) UnmarshalJSON(b []byte) error {
	var steps []uint32
	if err := json.Unmarshal(b, &steps); err != nil {
		return err
	}
	*t = NewTraceAddress(steps...)
	return nil
}

// Transfer is one movement of one asset. From and To are meaningful only
// where [Transfer.Sender] and [Transfer.Recipient] say so.
type Transfer struct {
	Ref
	Time  uint64 // of the block, Unix seconds
	Kind  Kind
	From  common.Address
	To    common.Address
	Asset AssetID
	Units uint256.Int // base units; 1 for an ERC-721 token
	Proof Proof
}

// Amount returns what moved.
func (t Transfer) Amount() Amount { return AmountOf(t.Asset, &t.Units) }

// Sender returns the account that was debited; none for credits from outside
// the EVM and for those whose sender could not be seen.
func (t Transfer) Sender() (common.Address, bool) {
	switch t.Kind {
	case KindWithdrawal, KindReward, KindUnseen:
		return common.Address{}, false
	}
	return t.From, true
}

// Recipient returns the account that was credited; none for fees.
func (t Transfer) Recipient() (common.Address, bool) {
	return t.To, t.Kind != KindFee
}

// SortTransfers puts transfers into canonical order. Of those of one place the
// one comes first that [MergeTransfers] keeps.
func SortTransfers(ts []Transfer) { sort.Sort(records(ts)) }

// records are sorted by index: [slices.SortFunc] copies both transfers that it
// compares.
type records []Transfer

func (r records) Len() int           { return len(r) }
func (r records) Less(i, j int) bool { return r[i].compareRecord(&r[j]) < 0 }
func (r records) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// MergeTransfers joins lists that may overlap into one in canonical order,
// each place on the chain once. Where the same place was recorded twice the
// one that is proven stays; between equals the choice rests on what they say
// and not on the order of the lists. Where there is but one list, and it is in
// canonical order already, the result is that list itself: histories may be
// large, and nobody writes to a list that was merged.
func MergeTransfers(lists ...[]Transfer) []Transfer {
	lists = slices.DeleteFunc(slices.Clone(lists), func(l []Transfer) bool { return len(l) == 0 })
	if len(lists) == 1 && isCanonical(lists[0]) {
		return slices.Clip(lists[0])
	}
	all := slices.Concat(lists...)
	SortTransfers(all)
	return slices.CompactFunc(all, func(a, b Transfer) bool { return a.Ref == b.Ref })
}

// MergeReferences does what [MergeTransfers] does, for two lists of transfers
// that stand elsewhere and are not copied. The lists may be in any order.
func MergeReferences(a, b []*Transfer) []*Transfer {
	a, b = canonicalReferences(a), canonicalReferences(b)
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	all := make([]*Transfer, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var next *Transfer
		if len(b) == 0 || len(a) > 0 && a[0].compareRecord(b[0]) <= 0 {
			next, a = a[0], a[1:]
		} else {
			next, b = b[0], b[1:]
		}
		if len(all) == 0 || all[len(all)-1].Ref != next.Ref {
			all = append(all, next)
		}
	}
	return all
}

// canonicalReferences returns a list in canonical order, each place once; list
// itself where it is so already.
func canonicalReferences(list []*Transfer) []*Transfer {
	for i := 1; i < len(list); i++ {
		if list[i-1].compare(&list[i].Ref) >= 0 {
			list = slices.Clone(list)
			slices.SortFunc(list, (*Transfer).compareRecord)
			return slices.CompactFunc(list, func(a, b *Transfer) bool { return a.Ref == b.Ref })
		}
	}
	return list
}

// compareRecord puts what is recorded at one place of a chain side by side, the
// one that stays first.
func (t *Transfer) compareRecord(o *Transfer) int {
	if c := t.compare(&o.Ref); c != 0 {
		return c
	}
	if c := cmp.Compare(o.Proof.rank(), t.Proof.rank()); c != 0 {
		return c
	}
	return t.compareContent(o)
}

// isCanonical reports whether a list is in canonical order, each place once.
func isCanonical(list []Transfer) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1].compare(&list[i].Ref) >= 0 {
			return false
		}
	}
	return true
}

// compareContent is asked only of two records of one place.
func (t *Transfer) compareContent(o *Transfer) int {
	return cmp.Or(
		cmp.Compare(t.Time, o.Time),
		cmp.Compare(t.Kind, o.Kind),
		t.From.Cmp(o.From),
		t.To.Cmp(o.To),
		t.Asset.Compare(o.Asset),
		t.Units.Cmp(&o.Units),
		cmp.Compare(t.Proof.Why(), o.Proof.Why()),
	)
}
