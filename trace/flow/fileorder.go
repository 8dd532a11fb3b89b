package flow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/holiman/uint256"
)

// An import without an index does not say which of the transfers of a block came
// first. But most tables are written in the order in which things happened, or the
// other way round, and then their rows say it.

// takeFileOrder numbers the rows of an import without an index by their place in the
// file, where that is the order in which they happened. Of several imports, which may
// repeat each other, none is numbered.
func (r *Record) takeFileOrder() {
	if r.numbered || r.files != 1 || !r.noIndex[1] {
		return
	}
	rows := r.rows
	for len(rows) > 0 && rows[len(rows)-1].pulled {
		rows = rows[:len(rows)-1]
	}
	orders, least, says := r.fileOrders(rows)
	for _, at := range orders {
		after, before := r.dependents(rows, at)
		if after+before < least || before > (after+before)/mostBefore {
			continue
		}
		r.numbered = true
		for i := range rows {
			r.entries[rows[at(i)].at].index = uint32(i)
		}
		why := ""
		if after+before > 0 {
			why = fmt.Sprintf(": of %d payments that need what the payer got in the same block, %d stand behind that", after+before, after)
		}
		r.Warnings = append(r.Warnings, "no index within the blocks is given: "+says+why)
		return
	}
}

// mostBefore is the part of the payments that need what comes behind them from which
// on rows are not in order. Where rows stand in any order it is about a half; where
// they are in order there are some too, of accounts that had more than is known.
const mostBefore = 5

// leastProof is how many payments have to show the order of rows whose blocks do not:
// of rows in any order hardly one file in a thousand would look ordered.
const leastProof = 30

const byBlocks = "the rows, which stand in the order of blocks, are taken to be in that order within them"

// fileOrders returns in which orders the rows of a file may have happened, how many
// payments have to show it, and what is said where they do. A file whose blocks are in
// no order may be made of several ordered ones, one behind the other.
func (r *Record) fileOrders(rows []row) (orders []func(int) int, least int, says string) {
	as := func(i int) int { return i }
	back := func(i int) int { return len(rows) - 1 - i }
	switch up, down := r.directions(rows); {
	case up:
		return []func(int) int{as}, 0, byBlocks
	case down:
		return []func(int) int{back}, 0, byBlocks
	}
	for _, at := range []func(int) int{as, back} {
		byBlock := make([]int, len(rows))
		for i := range byBlock {
			byBlock[i] = at(i)
		}
		slices.SortStableFunc(byBlock, func(a, b int) int { return cmp.Compare(r.block(&rows[a]), r.block(&rows[b])) })
		orders = append(orders, func(i int) int { return byBlock[i] })
	}
	return orders, leastProof, "the blocks of the rows are in no order, but the rows of each are taken to be in that of the file"
}

// directions reports whether the blocks of rows never go back, and never forward.
func (r *Record) directions(rows []row) (up, down bool) {
	up, down = true, true
	last := make([]*row, len(r.chains))
	for i := range rows {
		w := &rows[i]
		at := &last[r.entries[w.at].chain]
		if *at != nil {
			up = up && r.block(*at) <= r.block(w)
			down = down && r.block(*at) >= r.block(w)
		}
		*at = w
	}
	return up, down
}

// purseInFile is what is known of a holding on the way through a file.
type purseInFile struct {
	balance, got uint256.Int // got in the block
	block        uint64
	short        bool // in the block it paid more than it had
}

type pursesInFile struct {
	known ids[holding]
	all   []purseInFile
}

// at returns the purse of a holding as it is in a block, until the next is asked for.
func (p *pursesInFile) at(account, asset uint32, block uint64) *purseInFile {
	id := p.known.add(holding{account, asset})
	if int(id) == len(p.all) {
		p.all = append(p.all, purseInFile{})
	}
	found := &p.all[id]
	if found.block != block {
		found.block, found.got, found.short = block, uint256.Int{}, false
	}
	return found
}

// dependents counts the payments that need what the payer gets in the same block: those
// that stand after that, and those that stand before it.
func (r *Record) dependents(rows []row, at func(int) int) (after, before int) {
	var purses pursesInFile
	for i := range rows {
		w := &rows[at(i)]
		if w.from == w.to {
			continue
		}
		units, block := r.units(w), r.block(w)
		if w.from != outside {
			p := purses.at(w.from, w.asset, block)
			if p.balance.Lt(&units) {
				p.short = true
				p.balance.Clear()
			} else {
				p.balance.Sub(&p.balance, &units)
				if p.balance.Lt(&p.got) {
					after++
					p.got = p.balance
				}
			}
		}
		if w.to != outside {
			p := purses.at(w.to, w.asset, block)
			if p.short {
				before++
				p.short = false
			}
			p.balance.Add(&p.balance, &units)
			p.got.Add(&p.got, &units)
		}
	}
	return after, before
}
