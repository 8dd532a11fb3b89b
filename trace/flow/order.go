package flow

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// sort puts the rows into the order in which they act, whatever the order in
// which they came, and drops what is there twice.
func (r *Record) sort() {
	if r.sorted {
		return
	}
	r.ready()
	if !slices.IsSortedFunc(r.rows, r.compare) {
		r.sortRows()
	}
	r.dropRepeats()
	r.forEachBlock(r.gatherBlock)
	r.shareTxIDs()
	r.completeWraps()
	r.Unordered = 0
	r.forEachBlock(r.orderTies)
	if len(r.chains) > 1 {
		r.interleave()
	}
	r.refused = r.tooMuch()
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
		keys[i] = rowKey{r.chains[w.chain], w.block, w.index, uint32(i)}
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
	r.permute(keys)
}

// permute moves rows in place, each cycle of the permutation by itself.
func (r *Record) permute(keys []rowKey) {
	for i := range keys {
		if int(keys[i].at) == i {
			continue
		}
		first := r.rows[i]
		for j := i; ; {
			from := int(keys[j].at)
			keys[j].at = uint32(j)
			if from == i {
				r.rows[j] = first
				break
			}
			r.rows[j] = r.rows[from]
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

// vagueFiles finds the imports whose index does not tell transfers apart.
func (r *Record) vagueFiles() (vague [math.MaxUint8 + 1]bool) {
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
	return a.chain == b.chain && a.block == b.block && a.index == b.index
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
	if a.chain != b.chain {
		return cmp.Compare(r.chains[a.chain], r.chains[b.chain])
	}
	if a.block != b.block {
		return cmp.Compare(a.block, b.block)
	}
	if a.index != b.index {
		return cmp.Compare(a.index, b.index)
	}
	return cmp.Or(r.compareSaid(&a, &b), cmp.Compare(a.file, b.file))
}

// compareSaid compares what two rows at one place say.
func (r *Record) compareSaid(a, b *row) int {
	if a.tx != b.tx {
		if c := bytes.Compare(r.hashes[a.tx][:], r.hashes[b.tx][:]); c != 0 {
			return c
		}
	}
	if a.from != b.from {
		return r.accounts[a.from].Compare(r.accounts[b.from])
	}
	if a.to != b.to {
		return r.accounts[a.to].Compare(r.accounts[b.to])
	}
	if a.asset != b.asset {
		return r.assets[a.asset].Compare(r.assets[b.asset])
	}
	return cmp.Or(a.units.Cmp(&b.units), cmp.Compare(a.time, b.time))
}

func (r *Record) sameTx(a, b *row) bool {
	return a.chain == b.chain && a.block == b.block &&
		(a.tx == b.tx || r.hashes[a.tx] == r.hashes[b.tx]) && r.hashes[a.tx] != ([32]byte{})
}

// forEachBlock visits the rows of each block of two or more.
func (r *Record) forEachBlock(visit func(rows []row)) {
	for start := 0; start < len(r.rows); {
		end := start + 1
		for end < len(r.rows) && r.rows[end].chain == r.rows[start].chain && r.rows[end].block == r.rows[start].block {
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
		h := &r.hashes[rows[i].tx]
		if i > 0 && (rows[i].tx == rows[i-1].tx || *h == r.hashes[rows[i-1].tx]) {
			continue
		}
		seen = append(seen, binary.LittleEndian.Uint64(h[:]))
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
	first := make(map[[32]byte]int, len(rows))
	for i := range rows {
		h := r.hashes[rows[i].tx]
		if _, seen := first[h]; !seen {
			first[h] = i
		}
	}
	place := func(i int, w *row) int {
		h := r.hashes[w.tx]
		if h == ([32]byte{}) {
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
		at := r.rows[i].time
		if i > 0 && r.rows[i-1].chain == r.rows[i].chain {
			at = max(at, all[i-1].at)
			if r.rows[i-1].block == r.rows[i].block {
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

// shareTxIDs gives neighbours of one tx the same id, so that later stages
// compare numbers.
func (r *Record) shareTxIDs() {
	for i := 1; i < len(r.rows); i++ {
		if r.sameTx(&r.rows[i-1], &r.rows[i]) {
			r.rows[i].tx = r.rows[i-1].tx
		}
	}
}

// joined reports whether rows i-1 and i are one tx. Rows without a hash are
// each by themselves.
func (r *Record) joined(i int) bool {
	a, b := &r.rows[i-1], &r.rows[i]
	return a.tx == b.tx && a.block == b.block && a.chain == b.chain && r.hashes[a.tx] != ([32]byte{})
}

// txEnd returns the end of the tx that begins with row i.
func (r *Record) txEnd(i int) int {
	for i++; i < len(r.rows) && r.joined(i); i++ {
	}
	return i
}
