package flow

import (
	"fmt"
	"math"
	"math/big"
	"slices"

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

// outside is the account id of what has no sender or no recipient.
const outside = 0

// noUSD marks a row whose export gave no dollars.
const noUSD = math.MinInt64

// row is one transfer with everything interned. Ten million fit into a
// gigabyte.
type row struct {
	units uint256.Int
	block uint64
	time  uint64
	usd   int64 // millionths of a dollar
	from  uint32
	to    uint32
	asset uint32
	tx    uint32 // position in Record.hashes
	index uint32 // order within the block
	chain uint16 // position in Record.chains
	fee   bool
	file  uint8 // which import it came from; 0 for what was pulled
}

// Record is a set of transfers in a compact form. Rows may be added in any
// order. The zero Record is empty and ready. It must not be changed while a
// trace runs on it.
type Record struct {
	rows     []row
	hashes   []common.Hash
	accounts []Account
	assets   []chain.AssetID
	chains   []uint64
	meta     map[chain.AssetID]chain.TokenMeta

	accountIDs accountTable
	assetIDs   map[chain.AssetID]uint32
	chainIDs   map[uint64]uint16
	files      uint8 // imports so far

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
	scratch []uint64
}

// Len returns the number of transfers.
func (r *Record) Len() int { return len(r.rows) }

func (r *Record) ready() {
	if r.assetIDs == nil {
		r.assetIDs = map[chain.AssetID]uint32{}
		r.chainIDs = map[uint64]uint16{}
		r.meta = map[chain.AssetID]chain.TokenMeta{}
		r.accounts = []Account{{}}
		r.accountIDs = newAccountTable()
	}
}

func (r *Record) account(chainIndex uint16, a common.Address) uint32 {
	return r.accountIDs.add(&r.accounts, Account{r.chains[chainIndex], a})
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
// before.
func (r *Record) Add(ts []chain.Transfer) {
	r.ready()
	r.rows = slices.Grow(r.rows, len(ts))
	r.hashes = slices.Grow(r.hashes, txsOf(ts))
	for i := range ts {
		t := &ts[i]
		if t.Units.IsZero() {
			r.Empty++
			continue
		}
		w := row{
			units: t.Units, block: t.Block, time: t.Time, usd: noUSD,
			asset: r.asset(t.Asset), tx: r.txID(t.Tx), index: uint32(len(r.rows)),
			chain: r.chainIndex(t.ChainID), fee: t.Kind == chain.KindFee,
		}
		if from, ok := t.Sender(); ok {
			w.from = r.account(w.chain, from)
		}
		if to, ok := t.Recipient(); ok {
			w.to = r.account(w.chain, to)
		}
		r.rows = append(r.rows, w)
	}
	r.sorted = false
}

// txsOf counts the txs of transfers in canonical order.
func txsOf(ts []chain.Transfer) (n int) {
	for i := range ts {
		if i == 0 || ts[i].Tx != ts[i-1].Tx {
			n++
		}
	}
	return n
}

// find returns the id of an account that occurs in the record.
func (r *Record) find(a Account) (uint32, bool) {
	if len(r.accounts) == 0 {
		return 0, false
	}
	return r.accountIDs.find(r.accounts, a)
}

// clone copies the rows; tables of names grow in the copy alone.
func (r *Record) clone() *Record {
	c := &Record{}
	c.ready()
	c.rows = append(c.rows, r.rows...)
	c.hashes = append(c.hashes, r.hashes...)
	for _, a := range r.assets {
		c.asset(a)
	}
	for _, id := range r.chains {
		c.chainIndex(id)
	}
	for _, a := range r.accounts[min(1, len(r.accounts)):] {
		c.account(c.chainIDs[a.ChainID], a.Address)
	}
	for a, m := range r.meta {
		c.meta[a] = m
	}
	c.Repeated, c.Empty, c.Wraps, c.Unordered, c.files = r.Repeated, r.Empty, r.Wraps, r.Unordered, r.files
	c.Warnings = append(c.Warnings, r.Warnings...)
	return c
}

// tooMuch lists the assets whose transfers add up to more than 256 bits. No
// balance of any other asset can overflow.
func (r *Record) tooMuch() map[uint32]bool {
	sums := make([]uint256.Int, len(r.assets))
	refused := map[uint32]bool{}
	for i := range r.rows {
		w := &r.rows[i]
		if _, over := sums[w.asset].AddOverflow(&sums[w.asset], &w.units); over {
			refused[w.asset] = true
		}
	}
	return refused
}

func bigOf(u *uint256.Int) *big.Int { return u.ToBig() }

// Chains returns the ids of the chains on which transfers are known, in order.
func (r *Record) Chains() []uint64 { return slices.Sorted(slices.Values(r.chains)) }
