package devnet

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
)

// slotSeconds is the time between blocks of Ethereum. Block times here are on
// the same grid, with slots left out.
const slotSeconds = 12

// script collects the steps of a story, then plays them. A fault in the story
// is a fault of this package and panics.
type script struct {
	cs       contracts
	alloc    types.GenesisAlloc
	coin     holdings
	tokens   map[common.Address]*genesisToken
	times    []uint64
	steps    []*step
	told     map[common.Address]uint64 // steps by sender so far
	scenario *Scenario
}

type genesisToken struct {
	symbol, name string
	decimals     uint8
	held         holdings
}

// party is an account that can act.
type party struct {
	common.Address
	key *ecdsa.PrivateKey
}

// step is a transaction of the story.
type step struct {
	at      uint64
	from    party
	to      *common.Address
	wei     *big.Int
	data    []byte
	created common.Address // where a deployment is to stand
	named   string
	fails   bool
	moves   []Movement
}

// newScript begins a story whose genesis is at the given time.
func newScript(name, start string) *script {
	cs, err := readContracts()
	if err != nil {
		panic("devnet: " + err.Error())
	}
	return &script{
		cs:    cs,
		alloc: types.GenesisAlloc{},
		coin:  holdings{},
		tokens: map[common.Address]*genesisToken{
			usdtAddress: {"USDT", "Tether USD", 6, holdings{}},
			usdcAddress: {"USDC", "USD Coin", 6, holdings{}},
		},
		times:    []uint64{onGrid(clock(start))},
		told:     map[common.Address]uint64{},
		scenario: &Scenario{Name: name, Parties: map[string]common.Address{}, Txs: map[string]Tx{}},
	}
}

// clock reads "2023-11-18 17:05" or with seconds, in UTC.
func clock(s string) uint64 {
	layout := "2006-01-02 15:04:05"
	t, err := time.Parse(layout[:len(s)], s)
	if err != nil {
		panic("devnet: " + err.Error())
	}
	return uint64(t.Unix())
}

// onGrid returns the first slot at or after t. Those of Ethereum's beacon
// chain lie 11 seconds past the multiples of twelve.
func onGrid(t uint64) uint64 {
	return t/slotSeconds*slotSeconds + slotSeconds - 1
}

// blocks adds blocks up to a time, this many slots apart.
func (s *script) blocks(until string, slots uint64) {
	for {
		next := s.times[len(s.times)-1] + slots*slotSeconds
		if next > clock(until) {
			return
		}
		s.times = append(s.times, next)
	}
}

// party returns the account with this label.
func (s *script) party(label string) party {
	key := Key(label)
	address := crypto.PubkeyToAddress(key.PublicKey)
	s.scenario.Parties[label] = address
	return party{address, key}
}

func (s *script) attacker(label string) party {
	p := s.party(label)
	s.scenario.Attackers = append(s.scenario.Attackers, p.Address)
	return p
}

func (s *script) victim(label string) party {
	p := s.party(label)
	s.scenario.Victims = append(s.scenario.Victims, p.Address)
	return p
}

// lose says what the story takes from its victims. Nil is nothing.
func (s *script) lose(asset chain.AssetID, gross, ownCapital, returned *big.Int) {
	l := Loss{asset, gross, new(big.Int), new(big.Int)}
	if ownCapital != nil {
		l.OwnCapital = ownCapital
	}
	if returned != nil {
		l.Returned = returned
	}
	s.scenario.Losses = append(s.scenario.Losses, l)
}

// hold gives an account something to begin with.
func (s *script) hold(p common.Address, asset chain.AssetID, units *big.Int) {
	held := s.coin
	switch {
	case asset == ETH():
	case asset == WETH():
		held = s.wrappedHeld()
	default:
		held = s.tokens[asset.Contract()].held
	}
	if held[p] == nil {
		held[p] = new(big.Int)
	}
	held[p].Add(held[p], units)
}

func (s *script) wrappedHeld() holdings {
	if s.tokens[wrappedAddress] == nil {
		s.tokens[wrappedAddress] = &genesisToken{held: holdings{}}
	}
	return s.tokens[wrappedAddress].held
}

// send adds a tx.
func (s *script) send(at uint64, from party, to *common.Address, wei *big.Int, data []byte) *step {
	st := &step{at: at, from: from, to: to, wei: wei, data: data}
	s.told[from.Address]++
	s.steps = append(s.steps, st)
	return st
}

// pay sends coin.
func (s *script) pay(at uint64, from party, to common.Address, wei *big.Int, class Class) *step {
	return s.send(at, from, &to, wei, nil).move(class, ETH(), from.Address, to, wei)
}

// transfer sends a token.
func (s *script) transfer(at uint64, from party, to common.Address, asset chain.AssetID, units *big.Int, class Class) *step {
	return s.call(at, from, "Token", asset.Contract(), "transfer", to, units).move(class, asset, from.Address, to, units)
}

// call calls a method of one of our contracts.
func (s *script) call(at uint64, from party, kind string, to common.Address, method string, args ...any) *step {
	return s.send(at, from, &to, new(big.Int), s.cs[kind].Pack(method, args...))
}

// approve lets a spender take all of a token.
func (s *script) approve(at uint64, from party, token, spender common.Address) *step {
	all := new(big.Int).Lsh(big.NewInt(1), 255)
	return s.call(at, from, "Token", token, "approve", spender, all)
}

// deploy creates a contract and returns where it will stand. All earlier txs
// of the sender must have been told before.
func (s *script) deploy(at uint64, from party, label, kind string, args ...any) (common.Address, *step) {
	address := crypto.CreateAddress(from.Address, s.told[from.Address])
	s.scenario.Parties[label] = address
	st := s.send(at, from, nil, new(big.Int), s.cs[kind].Deploy(args...))
	st.created = address
	return address, st
}

// move says what a step moves.
func (st *step) move(class Class, asset chain.AssetID, from, to common.Address, units *big.Int) *step {
	st.moves = append(st.moves, Movement{Class: class, Asset: asset, Sender: from, To: to, Units: units})
	return st
}

// as names a step for tests.
func (st *step) as(name string) *step {
	st.named = name
	return st
}

// reverts says that a step fails and moves nothing.
func (st *step) reverts() *step {
	st.fails, st.moves = true, nil
	return st
}

// play generates the chain and works out where on it every movement is.
func (s *script) play() (*Scenario, error) {
	sort.SliceStable(s.steps, func(i, j int) bool { return s.steps[i].at < s.steps[j].at })
	if n := len(s.steps); n > 0 && (s.steps[0].at <= s.times[0] || s.steps[n-1].at > s.times[len(s.times)-1]) {
		return nil, fmt.Errorf("play %s: a step lies outside the chain's time", s.scenario.Name)
	}
	next := 0
	c, err := Generate(s.genesis(), s.times, func(number int, b *core.BlockGen) {
		for ; next < len(s.steps) && s.steps[next].at <= s.times[number]; next++ {
			b.AddTx(s.steps[next].sign(b.TxNonce(s.steps[next].from.Address)))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("play %s: %w", s.scenario.Name, err)
	}
	s.scenario.Chain = c
	if err := s.settle(); err != nil {
		return nil, fmt.Errorf("play %s: %w", s.scenario.Name, err)
	}
	return s.scenario, nil
}

// sign makes the tx. Its gas limit is ample and its fee cap far above the base
// fee, so that neither hangs on what the chain around it does; the sender must
// own the product of both.
func (st *step) sign(nonce uint64) *types.Transaction {
	gas := uint64(2_000_000)
	if len(st.data) == 0 {
		gas = 100_000
	}
	return types.MustSignNewTx(st.from.key, types.LatestSignerForChainID(big.NewInt(ChainID)), &types.DynamicFeeTx{
		ChainID:   big.NewInt(ChainID),
		Nonce:     nonce,
		GasTipCap: big.NewInt(gwei),
		GasFeeCap: big.NewInt(60 * gwei),
		Gas:       gas,
		To:        st.to,
		Value:     st.wei,
		Data:      st.data,
	})
}

func (s *script) genesis() types.GenesisAlloc {
	alloc := s.alloc
	for address, wei := range s.coin {
		alloc[address] = types.Account{Balance: wei}
	}
	for address, t := range s.tokens {
		if address != wrappedAddress {
			alloc[address] = s.cs.tokenAccount(t.symbol, t.name, t.decimals, t.held)
		}
	}
	alloc[wrappedAddress] = s.cs.wrappedAccount(s.wrappedHeld())
	return alloc
}

// settle completes the steps with what the receipts say: place, time, fee.
func (s *script) settle() error {
	own := slices.Concat(s.scenario.Attackers, s.scenario.Victims)
	next := 0
	for b, receipts := range s.scenario.Chain.receipts {
		for _, r := range receipts {
			st := s.steps[next]
			next++
			if err := st.check(r); err != nil {
				return fmt.Errorf("step %d %s: %w", next, st.named, err)
			}
			place := Tx{r.TxHash, r.BlockNumber.Uint64(), uint32(r.TransactionIndex), s.times[b+1], st.from.Address}
			if st.named != "" {
				s.scenario.Txs[st.named] = place
			}
			fee := new(big.Int).Mul(r.EffectiveGasPrice, new(big.Int).SetUint64(r.GasUsed))
			st.move(Fee, ETH(), st.from.Address, common.Address{}, fee)
			s.record(place, st.moves, own)
		}
	}
	sortMovements(s.scenario.Movements)
	sortMovements(s.scenario.Beyond)
	return nil
}

// check holds what happened against what the story says.
func (st *step) check(r *types.Receipt) error {
	if (r.Status == types.ReceiptStatusFailed) != st.fails {
		return fmt.Errorf("status is %d", r.Status)
	}
	if r.ContractAddress != st.created {
		return fmt.Errorf("contract stands at %s, not %s", r.ContractAddress, st.created)
	}
	return nil
}

func (s *script) record(place Tx, moves []Movement, own []common.Address) {
	for _, m := range moves {
		m.Tx = place
		switch {
		case m.Touches(own):
			s.scenario.Movements = append(s.scenario.Movements, m)
		case m.Class != Fee:
			s.scenario.Beyond = append(s.scenario.Beyond, m)
		}
	}
}

// units reads a quantity in whole units as base units.
func units(quantity string, decimals int) *big.Int {
	whole, part, _ := strings.Cut(strings.ReplaceAll(quantity, ",", ""), ".")
	if len(part) > decimals {
		panic("devnet: too many places: " + quantity)
	}
	n, ok := new(big.Int).SetString(whole+part+strings.Repeat("0", decimals-len(part)), 10)
	if !ok {
		panic("devnet: no number: " + quantity)
	}
	return n
}

func ether(quantity string) *big.Int   { return units(quantity, 18) }
func dollars(quantity string) *big.Int { return units(quantity, 6) }
