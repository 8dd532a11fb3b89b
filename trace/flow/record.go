package flow

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// Account is an address on one chain.
type Account struct {
	ChainID uint64
	Address common.Address
}

// String returns the CAIP-10 form.
func (a Account) String() string {
	return fmt.Sprintf("eip155:%d:%s", a.ChainID, chain.Hex(a.Address))
}

// Compare orders accounts by chain, then address.
func (a Account) Compare(b Account) int {
	switch {
	case a.ChainID < b.ChainID:
		return -1
	case a.ChainID > b.ChainID:
		return 1
	}
	return a.Address.Cmp(b.Address)
}

// hash implements [key].
func (a Account) hash(seed maphash.Seed) uint64 {
	var text [28]byte
	binary.LittleEndian.PutUint64(text[:], a.ChainID)
	copy(text[8:], a.Address[:])
	return maphash.Bytes(seed, text[:])
}

// outside is the account id of what has no sender or no recipient.
const outside = 0

// noUSD marks a row whose export gave no dollars.
const noUSD = math.MinInt64

// row is one transfer as far as the engine has to have it at hand. The rest
// stays where it is: with the transfers that were pulled, or in an entry.
type row struct {
	from, to uint32 // accounts
	asset    uint32
	at       uint32 // position in Record.pulled or Record.entries
	file     uint8  // which import it came from; 0 for what was pulled, and for wraps
	pulled   bool
	fee      bool
	opens    bool // the first of its tx; known once the record is sorted
}

// entry is what an import says of a row beside that.
type entry struct {
	block, time uint64
	usd         int64  // millionths of a dollar
	low         uint64 // its units are the amount of low and width
	tx          uint32 // position in Record.hashes
	index       uint32 // order within the block
	chain       uint16 // position in Record.chains
	width       width
}

// Record is a set of transfers in a compact form. Rows may be added in any
// order. The zero Record is empty and ready. It must not be changed while a
// trace runs on it.
type Record struct {
	rows     []row
	pulled   []*chain.Transfer
	before   uint32 // rows that were there before the first that was pulled
	entries  []entry
	amounts  amounts // of entries
	hashes   []common.Hash
	accounts ids[Account]
	assets   []chain.AssetID
	chains   []uint64
	meta     map[chain.AssetID]chain.TokenMeta

	assetIDs map[chain.AssetID]uint32
	chainIDs map[uint64]uint16
	files    uint8                   // imports so far
	noIndex  [math.MaxUint8 + 1]bool // of imports: their rows have no place within the block
	numbered bool                    // the rows of such an import have been, see takeFileOrder
	names    []givenName

	// Repeated is how many rows were dropped because they say what an earlier
	// one at the same place says.
	Repeated int
	// Empty is how many transfers of nothing were left out.
	Empty int
	// Wraps is how many wraps and unwraps of the coin were completed, because an
	// import has the coins and not the token.
	Wraps int
	// Unordered is how many txs share their place in a block with others, so
	// that their order is not known: an account is then taken to be paid before
	// it pays.
	Unordered int
	// Warnings tell what was odd about the input.
	Warnings []string

	sorted  bool
	refused map[uint32]bool // assets whose quantities cannot be real
	widths  []width         // of the sums of assets
	scratch []uint64
}

// Len returns the number of transfers.
func (r *Record) Len() int { return len(r.rows) }

func (r *Record) ready() {
	if r.assetIDs == nil {
		r.assetIDs = map[chain.AssetID]uint32{}
		r.chainIDs = map[uint64]uint16{}
		r.meta = map[chain.AssetID]chain.TokenMeta{}
		r.accounts.add(Account{}) // outside
	}
}

func (r *Record) units(w *row) uint256.Int {
	if w.pulled {
		return r.pulled[w.at].Units
	}
	e := &r.entries[w.at]
	return r.amounts.get(amount{e.low, e.width})
}

func (r *Record) block(w *row) uint64 {
	if w.pulled {
		return r.pulled[w.at].Block
	}
	return r.entries[w.at].block
}

func (r *Record) time(w *row) uint64 {
	if w.pulled {
		return r.pulled[w.at].Time
	}
	return r.entries[w.at].time
}

func (r *Record) when(w *row) time.Time { return time.Unix(int64(r.time(w)), 0).UTC() }

func (r *Record) usd(w *row) int64 {
	if w.pulled {
		return noUSD
	}
	return r.entries[w.at].usd
}

// hash returns the tx of a row, the zero hash where there is none.
func (r *Record) hash(w *row) *common.Hash {
	if w.pulled {
		return &r.pulled[w.at].Tx
	}
	return &r.hashes[r.entries[w.at].tx]
}

func (r *Record) chainID(w *row) uint64 {
	if w.pulled {
		return r.pulled[w.at].ChainID
	}
	return r.chains[r.entries[w.at].chain]
}

// index orders rows within their block. What was pulled is in order.
func (r *Record) index(w *row) uint32 {
	if w.pulled {
		return r.before + w.at
	}
	return r.entries[w.at].index
}

// micro values a part of a row's units in millionths of a dollar, rounded down.
// The row must have dollars.
func (r *Record) micro(w *row, part *uint256.Int) (m uint256.Int) {
	m.SetUint64(uint64(r.usd(w)))
	if units := r.units(w); *part != units {
		m.MulDivOverflow(&m, part, &units)
	}
	return m
}

// enter gives a row that does not stand elsewhere an entry.
func (r *Record) enter(w row, e entry, units *uint256.Int) row {
	n := r.amounts.keep(units)
	e.low, e.width = n.low, n.width
	w.at = uint32(len(r.entries))
	r.entries = append(r.entries, e)
	return w
}

func (r *Record) account(chainID uint64, a common.Address) uint32 {
	return r.accounts.add(Account{chainID, a})
}

func (r *Record) asset(a chain.AssetID) uint32 {
	id, ok := r.assetIDs[a]
	if !ok {
		id = uint32(len(r.assets))
		r.assets = append(r.assets, a)
		r.assetIDs[a] = id
	}
	return id
}

func (r *Record) chainIndex(id uint64) uint16 {
	i, ok := r.chainIDs[id]
	if !ok {
		i = uint16(len(r.chains))
		r.chains = append(r.chains, id)
		r.chainIDs[id] = i
	}
	return i
}

// txID interns a hash. Rows of one tx nearly always come together, and
// whether they do is all that it has to know.
func (r *Record) txID(h common.Hash) uint32 {
	if n := len(r.hashes); n > 0 && r.hashes[n-1] == h {
		return uint32(n - 1)
	}
	r.hashes = append(r.hashes, h)
	return uint32(len(r.hashes) - 1)
}

// Describe tells how an asset is displayed. What was told first stays.
func (r *Record) Describe(asset chain.AssetID, m chain.TokenMeta) {
	r.ready()
	if _, ok := r.meta[asset]; !ok {
		r.meta[asset] = m
	}
}

// Meta returns how an asset is displayed, and false where nobody said.
func (r *Record) Meta(asset chain.AssetID) (chain.TokenMeta, bool) {
	if m, ok := r.meta[asset]; ok {
		return m, true
	}
	if asset.Kind() == chain.Native {
		n, ok := chain.NetworkByID(asset.ChainID())
		return n.CoinMeta(), ok
	}
	return chain.TokenMeta{}, asset.Kind() != chain.ERC20
}

// Add takes transfers in canonical order, each place on the chain once, as
// [chain.MergeTransfers] gives them. Lists that overlap are to be merged
// before. They are not copied: they must stay as they are.
func (r *Record) Add(ts []chain.Transfer) {
	list := make([]*chain.Transfer, len(ts))
	for i := range ts {
		list[i] = &ts[i]
	}
	r.add(list)
}

func (r *Record) add(list []*chain.Transfer) {
	r.ready()
	list, empty := withoutEmpty(list)
	r.Empty += empty
	r.rows = slices.Grow(r.rows, len(list))
	if len(r.pulled) == 0 {
		r.before = uint32(len(r.rows))
	}
	for i, t := range list {
		r.chainIndex(t.ChainID)
		w := row{asset: r.asset(t.Asset), at: uint32(len(r.pulled) + i), pulled: true, fee: t.Kind == chain.KindFee}
		if from, ok := t.Sender(); ok {
			w.from = r.account(t.ChainID, from)
		}
		if to, ok := t.Recipient(); ok {
			w.to = r.account(t.ChainID, to)
		}
		r.rows = append(r.rows, w)
	}
	if len(r.pulled) == 0 {
		r.pulled = slices.Clip(list)
	} else {
		r.pulled = append(r.pulled, list...)
	}
	r.sorted = false
}

// withoutEmpty leaves out transfers of nothing, and says how many there were.
func withoutEmpty(list []*chain.Transfer) ([]*chain.Transfer, int) {
	isEmpty := func(t *chain.Transfer) bool { return t.Units.IsZero() }
	if !slices.ContainsFunc(list, isEmpty) {
		return list, 0
	}
	rest := slices.DeleteFunc(slices.Clone(list), isEmpty)
	return rest, len(list) - len(rest)
}

// find returns the id of an account that occurs in the record.
func (r *Record) find(a Account) (uint32, bool) {
	id, ok := r.accounts.find(a)
	return id, ok && id != outside
}

// clone copies what is imported; tables of names grow in the copy alone.
func (r *Record) clone() *Record {
	c := *r
	c.rows, c.entries, c.hashes = slices.Clone(r.rows), slices.Clone(r.entries), slices.Clone(r.hashes)
	c.pulled = slices.Clip(r.pulled)
	c.amounts, c.accounts = r.amounts.clone(), r.accounts.clone()
	c.assets, c.chains = slices.Clone(r.assets), slices.Clone(r.chains)
	c.assetIDs, c.chainIDs, c.meta = maps.Clone(r.assetIDs), maps.Clone(r.chainIDs), maps.Clone(r.meta)
	c.Warnings, c.names = slices.Clone(r.Warnings), slices.Clip(r.names)
	c.sorted, c.refused, c.widths, c.scratch = false, nil, nil, nil
	return &c
}

// sumUp finds the assets whose transfers add up to more than 256 bits, which are
// refused, and how wide the sums of the others are. No balance is wider.
func (r *Record) sumUp() {
	sums := make([]uint256.Int, len(r.assets))
	r.refused = map[uint32]bool{}
	for i := range r.rows {
		w := &r.rows[i]
		units := r.units(w)
		if _, over := sums[w.asset].AddOverflow(&sums[w.asset], &units); over {
			r.refused[w.asset] = true
		}
	}
	r.widths = make([]width, len(sums))
	for i := range sums {
		r.widths[i] = widthOf(&sums[i])
	}
}

func bigOf(u *uint256.Int) *big.Int { return u.ToBig() }

// Chains returns the ids of the chains on which transfers are known, in order.
func (r *Record) Chains() []uint64 { return slices.Sorted(slices.Values(r.chains)) }
