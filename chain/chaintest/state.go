package chaintest

import (
	"cmp"
	"math/big"
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
)

// state answers what an account held after any block. It reads logs and
// frames by rules of its own, not by those of package chain: a decoder that
// were checked against itself would always be right.
type state struct {
	opening  map[Holding]*big.Int
	balances map[Holding][]balance // after each block in which it changed
	nonces   map[common.Address][]nonce
	sent     map[common.Hash]uint64 // nonce by tx
	codes    map[common.Address]code
}

type balance struct {
	block uint64
	units *big.Int
}

type nonce struct{ block, next uint64 }

type code struct {
	since uint64
	bytes hexutil.Bytes
}

// move is a change of a holding. The supply of a token is kept as what the
// zero address holds of it, which no account can.
type move struct {
	block   uint64
	late    bool // after the txs of the block
	holding Holding
	delta   *big.Int
}

func newState(f *Fixture) *state {
	s := &state{
		opening: map[Holding]*big.Int{}, balances: map[Holding][]balance{},
		nonces: map[common.Address][]nonce{}, sent: map[common.Hash]uint64{}, codes: map[common.Address]code{},
	}
	s.countNonces(f)
	s.placeCode(f)
	moves := movesOf(f)
	s.open(f, moves)
	for _, m := range moves {
		s.apply(m)
	}
	return s
}

func (s *state) apply(m move) {
	points := s.balances[m.holding]
	last := s.opening[m.holding]
	if last == nil {
		last = new(big.Int)
	}
	if len(points) > 0 {
		last = points[len(points)-1].units
	}
	next := balance{m.block, new(big.Int).Add(last, m.delta)}
	if len(points) > 0 && points[len(points)-1].block == m.block {
		points[len(points)-1] = next
		return
	}
	s.balances[m.holding] = append(points, next)
}

// balance returns what was held after block n.
func (s *state) balance(h Holding, n uint64) *big.Int {
	points := s.balances[h]
	i := sort.Search(len(points), func(i int) bool { return points[i].block > n })
	if i > 0 {
		return points[i-1].units
	}
	if opening := s.opening[h]; opening != nil {
		return opening
	}
	return new(big.Int)
}

func (s *state) nonce(a common.Address, n uint64) uint64 {
	points := s.nonces[a]
	i := sort.Search(len(points), func(i int) bool { return points[i].block > n })
	if i > 0 {
		return points[i-1].next
	}
	return 0
}

func (s *state) code(a common.Address, n uint64) hexutil.Bytes {
	if c := s.codes[a]; c.since <= n {
		return c.bytes
	}
	return nil
}

func (s *state) countNonces(f *Fixture) {
	for a, n := range f.OpeningNonces {
		s.nonces[a] = []nonce{{0, n}}
	}
	for i := range f.Txs {
		tx := &f.Txs[i]
		next := s.nonce(tx.From, tx.Block)
		s.sent[tx.Hash] = next
		s.nonces[tx.From] = append(s.nonces[tx.From], nonce{tx.Block, next + 1})
	}
}

// contractCode is what a contract carries of which nothing else is known: one
// INVALID instruction and its address, so that no two are alike.
func contractCode(a common.Address) hexutil.Bytes { return append([]byte{0xfe}, a[:]...) }

func (s *state) placeCode(f *Fixture) {
	place := func(a common.Address, since uint64, b hexutil.Bytes) {
		if old, ok := s.codes[a]; !ok || since < old.since {
			s.codes[a] = code{since, b}
		}
	}
	for i := range f.Txs {
		tx := &f.Txs[i]
		if tx.Created != nil && !tx.Failed {
			place(*tx.Created, tx.Block, contractCode(*tx.Created))
		}
	}
	created := func(a common.Address) bool { _, ok := s.codes[a]; return ok }
	for a := range f.Tokens {
		if !created(a) {
			place(a, 0, contractCode(a))
		}
	}
	for i := range f.Txs {
		for _, l := range f.Txs[i].Logs {
			if !created(l.Address) {
				place(l.Address, 0, contractCode(l.Address))
			}
		}
	}
	for a, b := range f.Codes {
		place(a, 0, b)
	}
	for a, c := range s.codes {
		s.nonces[a] = append(s.nonces[a], nonce{c.since, 1}) // EIP-161
	}
}

// open invents the stock that an account must have had at the start so as
// never to be overdrawn, and the supply of each token.
func (s *state) open(f *Fixture, moves []move) {
	sums, lows := map[Holding]*big.Int{}, map[Holding]*big.Int{}
	for _, m := range moves {
		if m.holding.Token != (common.Address{}) && m.holding.Holder == (common.Address{}) {
			continue
		}
		if sums[m.holding] == nil {
			sums[m.holding], lows[m.holding] = new(big.Int), new(big.Int)
		}
		sum := sums[m.holding].Add(sums[m.holding], m.delta)
		if low := lows[m.holding]; sum.Cmp(low) < 0 {
			low.Set(sum)
		}
	}
	for h, low := range lows {
		s.opening[h] = new(big.Int).Neg(low)
	}
	for a, units := range f.Opening {
		s.opening[Holding{Holder: a}] = units
	}
	for h, units := range f.OpeningTokens {
		s.opening[h] = units
	}
	supplies := map[Holding]*big.Int{}
	for h, units := range s.opening {
		if h.Token == (common.Address{}) {
			continue
		}
		supply := Holding{Token: h.Token, ID: h.ID}
		if supplies[supply] == nil {
			supplies[supply] = new(big.Int)
		}
		supplies[supply].Add(supplies[supply], units)
	}
	for h, units := range supplies {
		s.opening[h] = units
	}
}

// overdrawn finds a holding that its stated opening does not suffice for.
func (s *state) overdrawn() (Holding, uint64, bool) {
	found, at, ok := Holding{}, uint64(0), false
	for h, points := range s.balances {
		for _, p := range points {
			if p.units.Sign() < 0 && (!ok || p.block < at) {
				found, at, ok = h, p.block, true
			}
		}
	}
	return found, at, ok
}

func movesOf(f *Fixture) []move {
	var moves []move
	network, _ := chain.NetworkByID(f.ChainID)
	for i := range f.Txs {
		tx := &f.Txs[i]
		moves = appendCoin(moves, tx)
		for _, l := range tx.Logs {
			if !l.Lies {
				moves = appendLog(moves, tx, l, network.Wrapped)
			}
		}
	}
	gwei := big.NewInt(1_000_000_000)
	for _, b := range f.Blocks {
		for _, w := range b.Withdrawals {
			units := new(big.Int).Mul(new(big.Int).SetUint64(w.Amount), gwei)
			moves = append(moves, move{b.Number, true, Holding{Holder: w.Address}, units})
		}
	}
	for _, c := range f.Changes {
		moves = append(moves, move{c.Block, true, c.Holding, c.Delta})
		if c.Holding.Token != (common.Address{}) {
			moves = append(moves, move{c.Block, true, Holding{Token: c.Holding.Token, ID: c.Holding.ID}, c.Delta})
		}
	}
	slices.SortStableFunc(moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(btoi(a.late), btoi(b.late)))
	})
	return moves
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func appendCoin(moves []move, tx *Tx) []move {
	if tx.GasPrice != nil && tx.GasPrice.Sign() > 0 {
		fee := new(big.Int).Mul(tx.GasPrice, new(big.Int).SetUint64(tx.GasUsed))
		moves = append(moves, move{tx.Block, false, Holding{Holder: tx.From}, fee.Neg(fee)})
	}
	if tx.Failed {
		return moves
	}
	to := tx.To
	if to == nil {
		to = tx.Created
	}
	if to != nil {
		moves = appendPass(moves, tx.Block, common.Address{}, "", tx.From, *to, tx.Value)
	}
	return appendCalls(moves, tx.Block, tx.Calls)
}

func appendCalls(moves []move, block uint64, calls []Frame) []move {
	for _, c := range calls {
		if c.Error != "" {
			continue
		}
		switch c.Type {
		case "CALL", "CREATE", "CREATE2", "SELFDESTRUCT":
			moves = appendPass(moves, block, common.Address{}, "", c.From, c.To, bigOf(c.Value))
		}
		moves = appendCalls(moves, block, c.Calls)
	}
	return moves
}

// appendPass moves units from one holder to another. A token that comes from
// or goes to the zero address is made or destroyed.
func appendPass(moves []move, block uint64, token common.Address, id string, from, to common.Address, units *big.Int) []move {
	if units == nil || units.Sign() == 0 {
		return moves
	}
	coin, zero := token == (common.Address{}), common.Address{}
	less := new(big.Int).Neg(units)
	if coin || from != zero {
		moves = append(moves, move{block, false, Holding{token, from, id}, less})
	} else {
		moves = append(moves, move{block, false, Holding{token, zero, id}, units})
	}
	if coin || to != zero {
		moves = append(moves, move{block, false, Holding{token, to, id}, units})
	} else {
		moves = append(moves, move{block, false, Holding{token, zero, id}, less})
	}
	return moves
}

func event(signature string) common.Hash { return crypto.Keccak256Hash([]byte(signature)) }

var (
	topicTransfer   = event("Transfer(address,address,uint256)")
	topicSingle     = event("TransferSingle(address,address,address,uint256,uint256)")
	topicBatch      = event("TransferBatch(address,address,address,uint256[],uint256[])")
	topicDeposit    = event("Deposit(address,uint256)")
	topicWithdrawal = event("Withdrawal(address,uint256)")
)

func appendLog(moves []move, tx *Tx, l Log, wrapped common.Address) []move {
	if len(l.Topics) == 0 {
		return moves
	}
	topic := func(i int) common.Address { return common.BytesToAddress(l.Topics[i][:]) }
	word := func(i int) *big.Int { return new(big.Int).SetBytes(l.Data[32*i : 32*i+32]) }
	pass := func(id string, from, to common.Address, units *big.Int) {
		moves = appendPass(moves, tx.Block, l.Address, id, from, to, units)
	}
	topics, words := len(l.Topics), len(l.Data)/32
	switch l.Topics[0] {
	case topicTransfer:
		if topics == 3 && words == 1 {
			pass("", topic(1), topic(2), word(0))
		} else if topics == 4 {
			pass("", topic(1), topic(2), big.NewInt(1))
		}
	case topicSingle:
		if topics == 4 && words == 2 {
			pass(word(0).String(), topic(2), topic(3), word(1))
		}
	case topicBatch:
		// Two offsets, then each list as its length and its elements.
		if topics == 4 && words >= 4 {
			n := (words - 4) / 2
			for i := range n {
				pass(word(3+i).String(), topic(2), topic(3), word(4+n+i))
			}
		}
	case topicDeposit:
		if l.Address == wrapped && topics == 2 && words == 1 {
			pass("", common.Address{}, topic(1), word(0))
		}
	case topicWithdrawal:
		if l.Address == wrapped && topics == 2 && words == 1 {
			pass("", topic(1), common.Address{}, word(0))
		}
	}
	return moves
}
