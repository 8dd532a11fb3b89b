package flow

import (
	"math/big"
	"math/bits"
	"time"

	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// tally adds up movements of one asset. No asset that is traced has more than
// 256 bits of transfers, so that no sum of them has.
type tally struct {
	units    uint256.Int
	micro    uint256.Int     // dollars of imported rows, in millionths
	usd      decimal.Decimal // of what the request values
	unpriced bool

	firstBlock, lastBlock uint64
	firstTime, lastTime   uint64
	count                 int
}

func (s *tally) add(e *engine, m *move) {
	w := &e.rec.rows[m.row]
	s.units.Add(&s.units, &m.units)
	s.price(e, w, &m.units)
	block := e.rec.block(w)
	if s.count == 0 || block < s.firstBlock {
		s.firstBlock, s.firstTime = block, e.rec.time(w)
	}
	if s.count == 0 || block > s.lastBlock {
		s.lastBlock, s.lastTime = block, e.rec.time(w)
	}
	s.count++
}

func (s *tally) price(e *engine, w *row, units *uint256.Int) {
	if e.rec.usd(w) != noUSD {
		micro := e.rec.micro(w, units)
		s.micro.Add(&s.micro, &micro)
		return
	}
	usd, ok := e.t.worth(e.rec, w, units)
	if s.unpriced = s.unpriced || !ok; ok {
		s.usd = s.usd.Add(usd)
	}
}

func (s *tally) span() Span {
	return Span{s.firstBlock, s.lastBlock, time.Unix(int64(s.firstTime), 0).UTC(), time.Unix(int64(s.lastTime), 0).UTC(), s.count}
}

func (s *tally) sum(asset chain.AssetID) Sum { return s.sumIn(&slab{}, asset) }

func (s *tally) sumIn(memory *slab, asset chain.AssetID) Sum {
	sum := Sum{Asset: asset, Units: memory.integer(&s.units)}
	if s.unpriced {
		return sum
	}
	usd := s.usd
	if !s.micro.IsZero() {
		usd = usd.Add(decimal.NewFromBigInt(bigOf(&s.micro), -6))
	}
	sum.USD = &usd
	return sum
}

// slab makes integers in pieces of memory for many of them: a result may have
// millions.
type slab struct {
	integers []big.Int
	words    []big.Word
}

func (s *slab) integer(u *uint256.Int) *big.Int {
	if !u.IsUint64() || bits.UintSize != 64 {
		return bigOf(u)
	}
	const many = 1024
	if len(s.integers) == 0 {
		n := 1
		if s.words != nil {
			n = many
		}
		s.integers, s.words = make([]big.Int, n), make([]big.Word, n)
	}
	z := &s.integers[0]
	s.words[0] = big.Word(u.Uint64())
	z.SetBits(s.words[:1:1])
	s.integers, s.words = s.integers[1:], s.words[1:]
	return z
}
