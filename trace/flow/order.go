package flow

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// sort puts the rows into the order in which they act, whatever the order in
// which they came, and drops what is there twice.
func (r *Record) sort() {
	if r.sorted {
		return
	}
	r.ready()
	r.takeFileOrder()
	if !slices.IsSortedFunc(r.rows, r.compare) {
		r.sortRows()
	}
	r.dropRepeats()
	r.forEachBlock(r.gatherBlock)
	r.findTxs()
	r.completeWraps()
	r.Unordered = 0
	r.forEachBlock(r.orderTies)
	if len(r.chains) > 1 {
		r.interleave()
	}
	r.sumUp()
	r.sorted = true
}

// rowKey is what decides the place of nearly every row. Keys are sorted instead
// of rows, which are several times as large.
type rowKey struct {
	chain, block uint64
	index, at    uint32
}

func (r *Record) sortRows() {
	keys := make([]rowKey, len(r.rows))
	for i := range r.rows {
		w := &r.rows[i]
		keys[i] = rowKey{r.chainID(w), r.block(w), r.index(w), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b rowKey) int {
		switch {
		case a.chain != b.chain:
			return cmp.Compare(a.chain, b.chain)
		case a.block != b.block:
			return cmp.Compare(a.block, b.block)
		case a.index != b.index:
			return cmp.Compare(a.index, b.index)
		}
		return r.compare(r.rows[a.at], r.rows[b.at])
	})
	order := make([]uint32, len(keys))
	for i := range keys {
		order[i] = keys[i].at
	}
	permute(r.rows, order)
	r.arrangeEntries(order[:0])
}

// arrangeEntries puts the entries into the order of their rows: they are read in
// that order from then on. order is memory to work in.
func (r *Record) arrangeEntries(order []uint32) {
	for i := range r.rows {
		if !r.rows[i].pulled {
			order = append(order, r.rows[i].at)
		}
	}
	if len(order) != len(r.entries) {
		return // some belong to no row
	}
	permute(r.entries, order)
	at := uint32(0)
	for i := range r.rows {
		if !r.rows[i].pulled {
			r.rows[i].at = at
			at++
		}
	}
}

// permute puts list[order[i]] at i, in place, each cycle by itself. It spoils
// the order.
func permute[T any](list []T, order []uint32) {
	for i := range order {
		if int(order[i]) == i {
			continue
		}
		first := list[i]
		for j := i; ; {
			from := int(order[j])
			order[j] = uint32(j)
			if from == i {
				list[j] = first
				break
			}
			list[j] = list[from]
			j = from
		}
	}
}

// dropRepeats drops what several imports, or one, give twice. Where the index of
// a file stands for one transfer, equal rows are that transfer. Where different
// rows of the file share an index anywhere, it does not tell transfers apart, and
// equal rows mean as many transfers; what another file repeats still counts once.
func (r *Record) dropRepeats() {
	vague := r.vagueFiles()
	kept := r.rows[:0]
	r.forEachPlace(func(rows []row) {
		if len(rows) == 1 {
			kept = append(kept, rows[0])
		} else {
			kept = r.keepDistinct(kept, rows, &vague)
		}
	})
	r.Repeated += len(r.rows) - len(kept)
	r.rows = kept
}

// vagueFiles finds the imports whose index does not tell transfers apart, and those
// that have none.
func (r *Record) vagueFiles() (vague [math.MaxUint8 + 1]bool) {
	vague = r.noIndex
	r.forEachPlace(func(rows []row) {
		for i := 1; i < len(rows); i++ {
			for j := i - 1; j >= 0 && !vague[rows[i].file]; j-- {
				if rows[i].file == rows[j].file {
					vague[rows[i].file] = r.compareSaid(&rows[i], &rows[j]) != 0
					break
				}
			}
		}
	})
	return vague
}

// forEachPlace visits the rows of each place of a block, equal ones side by
// side.
func (r *Record) forEachPlace(visit func(rows []row)) {
	for i := 0; i < len(r.rows); {
		j := i + 1
		for j < len(r.rows) && r.samePlace(&r.rows[i], &r.rows[j]) {
			j++
		}
		visit(r.rows[i:j])
		i = j
	}
}

func (r *Record) samePlace(a, b *row) bool {
	return r.sameBlock(a, b) && r.index(a) == r.index(b)
}

func (r *Record) sameBlock(a, b *row) bool {
	return r.block(a) == r.block(b) && r.chainID(a) == r.chainID(b)
}

func (r *Record) keepDistinct(kept, rows []row, vague *[math.MaxUint8 + 1]bool) []row {
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && r.compareSaid(&rows[i], &rows[j]) == 0 {
			j++
		}
		kept = append(kept, rows[i:i+r.times(rows[i:j], vague)]...)
		i = j
	}
	return kept
}

// times is how often the file that repeats equal rows most has them. What was
// pulled is never taken twice.
func (r *Record) times(same []row, vague *[math.MaxUint8 + 1]bool) (most int) {
	most = 1
	for i := 0; i < len(same); {
		j := i + 1
		for j < len(same) && same[j].file == same[i].file {
			j++
		}
		if vague[same[i].file] {
			most = max(most, j-i)
		}
		i = j
	}
	return most
}

// compare is a total order on what rows say, so that no tie depends on the
// order of the input.
func (r *Record) compare(a, b row) int {
	return cmp.Or(
		cmp.Compare(r.chainID(&a), r.chainID(&b)), cmp.Compare(r.block(&a), r.block(&b)), cmp.Compare(r.index(&a), r.index(&b)),
		r.compareSaid(&a, &b), cmp.Compare(a.file, b.file),
	)
}

// compareSaid compares what two rows at one place say.
func (r *Record) compareSaid(a, b *row) int {
	if x, y := r.hash(a), r.hash(b); x != y {
		if c := bytes.Compare(x[:], y[:]); c != 0 {
			return c
		}
	}
	if a.from != b.from {
		return r.accounts.keys[a.from].Compare(r.accounts.keys[b.from])
	}
	if a.to != b.to {
		return r.accounts.keys[a.to].Compare(r.accounts.keys[b.to])
	}
	if a.asset != b.asset {
		return r.assets[a.asset].Compare(r.assets[b.asset])
	}
	x, y := r.units(a), r.units(b)
	return cmp.Or(x.Cmp(&y), cmp.Compare(r.time(a), r.time(b)))
}

func (r *Record) sameTx(a, b *row) bool {
	return r.sameBlock(a, b) && r.sameHash(a, b) && *r.hash(a) != (common.Hash{})
}

func (r *Record) sameHash(a, b *row) bool {
	x, y := r.hash(a), r.hash(b)
	return x == y || *x == *y
}

// forEachBlock visits the rows of each block of two or more.
func (r *Record) forEachBlock(visit func(rows []row)) {
	for start := 0; start < len(r.rows); {
		end := start + 1
		for end < len(r.rows) && r.sameBlock(&r.rows[end], &r.rows[start]) {
			end++
		}
		if end-start > 1 {
			visit(r.rows[start:end])
		}
		start = end
	}
}

// mayRepeat reports whether a tx may come back after another one has begun. It
// looks at eight bytes of each hash: enough to be sure of a no.
func (r *Record) mayRepeat(rows []row) bool {
	seen := r.scratch[:0]
	for i := range rows {
		if i > 0 && r.sameHash(&rows[i], &rows[i-1]) {
			continue
		}
		seen = append(seen, binary.LittleEndian.Uint64(r.hash(&rows[i])[:]))
	}
	slices.Sort(seen)
	r.scratch = seen
	for i := 1; i < len(seen); i++ {
		if seen[i] == seen[i-1] {
			return true
		}
	}
	return false
}

// gatherBlock brings the rows of a tx together where an export counted each tx
// by itself: a tx stands where its first row does.
func (r *Record) gatherBlock(rows []row) {
	if len(rows) < 3 || !r.mayRepeat(rows) {
		return
	}
	first := make(map[common.Hash]int, len(rows))
	for i := range rows {
		h := *r.hash(&rows[i])
		if _, seen := first[h]; !seen {
			first[h] = i
		}
	}
	place := func(i int, w *row) int {
		h := *r.hash(w)
		if h == (common.Hash{}) {
			return i
		}
		return first[h]
	}
	type placed struct {
		at int
		w  row
	}
	moved := make([]placed, len(rows))
	for i := range rows {
		moved[i] = placed{place(i, &rows[i]), rows[i]}
	}
	slices.SortStableFunc(moved, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	for i := range moved {
		rows[i] = moved[i].w
	}
}

// interleave merges chains by time. Within a chain the order of blocks stands,
// also where its times are wrong: time is then taken not to run backward.
func (r *Record) interleave() {
	type timed struct {
		at uint64
		w  row
	}
	all := make([]timed, len(r.rows))
	for i := range r.rows {
		at := r.time(&r.rows[i])
		if i > 0 && r.chainID(&r.rows[i-1]) == r.chainID(&r.rows[i]) {
			at = max(at, all[i-1].at)
			if r.block(&r.rows[i-1]) == r.block(&r.rows[i]) {
				at = all[i-1].at
			}
		}
		all[i] = timed{at, r.rows[i]}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	for i := range all {
		r.rows[i] = all[i].w
	}
}

// findTxs marks where txs begin, so that later stages need not compare hashes.
// Rows without a hash are each by themselves.
func (r *Record) findTxs() {
	for i := range r.rows {
		r.rows[i].opens = i == 0 || !r.sameTx(&r.rows[i-1], &r.rows[i])
	}
}

// txEnd returns the end of the tx to which row i belongs.
func (r *Record) txEnd(i int) int {
	for i++; i < len(r.rows) && !r.rows[i].opens; i++ {
	}
	return i
}
