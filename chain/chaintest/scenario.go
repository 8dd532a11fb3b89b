package chaintest

import (
	"cmp"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// Scenario is a short chain on which everything that moves is known
// beforehand. Its txs are signed and its blocks given, so that any node that
// takes a genesis and raw txs can play it. The chain id is 1, for the sake of
// the wrapped coin, which stands at its address on Ethereum; the rules are those
// of Prague.
type Scenario struct {
	Name   string
	Reason string // what goes wrong where this is not understood
	// Time is that of the genesis block, in Unix seconds.
	Time  uint64
	Alloc types.GenesisAlloc
	// Blocks are the blocks from 1 on; most are empty.
	Blocks []ScenarioBlock
	// Accounts are those whose history is asked for.
	Accounts []common.Address
	// Provable are the accounts among them that are known to hold a key and
	// carry no code at any time, so that their history can be shown to be
	// complete without call frames.
	Provable []common.Address
	// Moves is everything that moved but fees, which depend on the node: their
	// place on the chain but for block hash and time, which do as well.
	Moves []chain.Transfer
}

// ScenarioBlock is what goes into a block.
type ScenarioBlock struct {
	Time        uint64
	Txs         []*types.Transaction
	Withdrawals []*types.Withdrawal
}

// Times returns the time of every block, the genesis first, in Unix seconds.
func (s *Scenario) Times() []uint64 {
	times := []uint64{s.Time}
	for _, b := range s.Blocks {
		times = append(times, b.Time)
	}
	return times
}

// NeedsWithdrawals reports whether the scenario can only be played by a node
// that credits withdrawals.
func (s *Scenario) NeedsWithdrawals() bool {
	return slices.ContainsFunc(s.Blocks, func(b ScenarioBlock) bool { return len(b.Withdrawals) > 0 })
}

const (
	scenarioChain = 1
	scenarioStart = 1_750_000_000
	scenarioGas   = 5_000_000
)

// ether is 10^18 base units.
func ether(n int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(n), big.NewInt(1_000_000_000_000_000_000))
}

// scenarioGasPrice, 100 gwei, is above any base fee that a scenario sees.
func scenarioGasPrice() *big.Int { return big.NewInt(100_000_000_000) }

// actor is an account with a key.
type actor struct {
	common.Address
	key *ecdsa.PrivateKey
}

// writer writes a scenario.
type writer struct {
	*Scenario
	nonces map[common.Address]uint64
	signed map[common.Address]bool
	coded  map[common.Address]bool
	block  int // index into Blocks
	logs   uint32
}

func write(name, reason string, blocks int) *writer {
	w := &writer{
		Scenario: &Scenario{Name: name, Reason: reason, Time: scenarioStart, Alloc: types.GenesisAlloc{}},
		nonces:   map[common.Address]uint64{}, signed: map[common.Address]bool{}, coded: map[common.Address]bool{},
	}
	for i := range blocks {
		w.Blocks = append(w.Blocks, ScenarioBlock{Time: scenarioStart + uint64(i+1)*blockSeconds})
	}
	return w
}

// person is an account with a key, this much coin and so many txs behind it.
func (w *writer) person(label string, coin *big.Int, nonce uint64) actor {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("losstracer chaintest: " + label)))
	if err != nil {
		panic("chaintest: no key for " + label + ": " + err.Error())
	}
	a := actor{crypto.PubkeyToAddress(key.PublicKey), key}
	w.Alloc[a.Address] = types.Account{Balance: coin, Nonce: nonce}
	w.nonces[a.Address] = nonce
	return a
}

// victim is rich and has sent before.
func (w *writer) victim() actor { return w.person("victim", ether(1000), 41) }

// contract stands from the genesis block on.
func (w *writer) contract(name, label string, coin *big.Int) common.Address {
	a := common.BytesToAddress(crypto.Keccak256([]byte("losstracer chaintest contract: " + label)))
	w.place(name, a, coin)
	return a
}

func (w *writer) place(name string, a common.Address, coin *big.Int) {
	w.Alloc[a] = types.Account{Code: compiled()[name].Runtime, Balance: coin, Nonce: 1}
	w.coded[a] = true
}

// wrapper is the wrapped coin.
func (w *writer) wrapper() common.Address {
	network, _ := chain.NetworkByID(scenarioChain)
	w.place("Wrapper", network.Wrapped, new(big.Int))
	return network.Wrapped
}

// at turns to block n.
func (w *writer) at(n int) { w.block, w.logs = n-1, 0 }

// ask adds accounts whose history is wanted.
func (w *writer) ask(accounts ...common.Address) { w.Accounts = append(w.Accounts, accounts...) }

// told is a tx of the scenario, on which movements are noted.
type told struct {
	w  *writer
	at chain.Transfer
	to common.Address
}

// send adds a tx. A nil to creates a contract.
func (w *writer) send(from actor, to *common.Address, wei *big.Int, data []byte) *told {
	return w.sign(from, to, &types.LegacyTx{
		Nonce: w.nonces[from.Address], GasPrice: scenarioGasPrice(), Gas: scenarioGas, To: to, Value: orZero(wei), Data: data,
	})
}

// plain adds a tx that has the gas of a plain transfer and no more.
func (w *writer) plain(from actor, to common.Address, wei *big.Int) *told {
	return w.sign(from, &to, &types.LegacyTx{
		Nonce: w.nonces[from.Address], GasPrice: scenarioGasPrice(), Gas: 21000, To: &to, Value: orZero(wei),
	})
}

func orZero(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}

func (w *writer) sign(from actor, to *common.Address, inner types.TxData) *told {
	tx := types.MustSignNewTx(from.key, types.LatestSignerForChainID(big.NewInt(scenarioChain)), inner)
	b := &w.Blocks[w.block]
	t := &told{w: w, at: chain.Transfer{Ref: chain.Ref{
		ChainID: scenarioChain, Block: uint64(w.block + 1), Tx: tx.Hash(), TxIndex: uint32(len(b.Txs)),
	}}}
	if to != nil {
		t.to = *to
	} else {
		t.to = crypto.CreateAddress(from.Address, tx.Nonce())
		w.coded[t.to] = true
	}
	b.Txs = append(b.Txs, tx)
	w.nonces[from.Address]++
	w.signed[from.Address] = true
	return t
}

// authorize adds a tx of sponsor that makes the code of authority that of
// contract (EIP-7702), or none for the zero address, and calls authority.
func (w *writer) authorize(sponsor, authority actor, contract common.Address, wei *big.Int, data []byte) *told {
	auth, err := types.SignSetCode(authority.key, types.SetCodeAuthorization{
		ChainID: *uint256.NewInt(scenarioChain), Address: contract, Nonce: w.nonces[authority.Address],
	})
	if err != nil {
		panic("chaintest: sign authorization: " + err.Error())
	}
	w.nonces[authority.Address]++
	w.coded[authority.Address] = true
	price := uint256.MustFromBig(scenarioGasPrice())
	return w.sign(sponsor, &authority.Address, &types.SetCodeTx{
		ChainID: uint256.NewInt(scenarioChain), Nonce: w.nonces[sponsor.Address], GasTipCap: price, GasFeeCap: price,
		Gas: scenarioGas, To: authority.Address, Value: uint256.MustFromBig(orZero(wei)), Data: data,
		AuthList: []types.SetCodeAuthorization{auth},
	})
}

// native notes that the value of the tx moved.
func (t *told) native(from common.Address, wei *big.Int) *told {
	return t.note(chain.KindNative, chain.SiteFrame, 0, "", from, t.to, chain.NativeAsset(scenarioChain), wei)
}

// internal notes a frame below the top that moved value.
func (t *told) internal(from, to common.Address, wei *big.Int, trace ...uint32) *told {
	return t.note(chain.KindInternal, chain.SiteFrame, 0, chain.NewTraceAddress(trace...), from, to, chain.NativeAsset(scenarioChain), wei)
}

// log notes what the next log of the block moved: one asset after the other,
// where it moves several.
func (t *told) log(kind chain.Kind, from, to common.Address, assets []chain.AssetID, units ...*big.Int) *told {
	for part, asset := range assets {
		t.note(kind, chain.SiteLog, t.w.logs, "", from, to, asset, units[part])
		t.w.Moves[len(t.w.Moves)-1].Part = uint32(part)
	}
	t.w.logs++
	return t
}

func (t *told) erc20(token, from, to common.Address, units *big.Int) *told {
	return t.log(chain.KindERC20, from, to, []chain.AssetID{chain.Token(scenarioChain, token)}, units)
}

func (t *told) note(kind chain.Kind, site chain.Site, index uint32, trace chain.TraceAddress,
	from, to common.Address, asset chain.AssetID, units *big.Int) *told {
	m := t.at
	m.Kind, m.Site, m.Index, m.Trace = kind, site, index, trace
	m.From, m.To, m.Asset, m.Units = from, to, asset, *uint256.MustFromBig(units)
	t.w.Moves = append(t.w.Moves, m)
	return t
}

// withdraw credits gwei from the consensus layer.
func (w *writer) withdraw(to common.Address, gwei uint64) {
	b := &w.Blocks[w.block]
	index := uint32(len(b.Withdrawals))
	b.Withdrawals = append(b.Withdrawals, &types.Withdrawal{Index: uint64(w.block)<<8 | uint64(index), Validator: 7, Address: to, Amount: gwei})
	wei := new(big.Int).Mul(new(big.Int).SetUint64(gwei), big.NewInt(1_000_000_000))
	outside := &told{w: w, at: chain.Transfer{Ref: chain.Ref{
		ChainID: scenarioChain, Block: uint64(w.block + 1), TxIndex: chain.OutsideTx,
	}}}
	outside.note(chain.KindWithdrawal, chain.SiteBlock, index, "", common.Address{}, to, chain.NativeAsset(scenarioChain), wei)
}

// end checks and returns the scenario.
func (w *writer) end() *Scenario {
	s := w.Scenario
	chain.SortTransfers(s.Moves)
	slices.SortFunc(s.Accounts, func(a, b common.Address) int { return a.Cmp(b) })
	for _, a := range s.Accounts {
		if !w.coded[a] && (w.signed[a] || s.Alloc[a].Nonce > 0) {
			s.Provable = append(s.Provable, a)
		}
	}
	if i := slices.IndexFunc(s.Blocks, func(b ScenarioBlock) bool { return len(b.Txs)*scenarioGas > 30_000_000 }); i >= 0 {
		panic(fmt.Sprintf("chaintest: scenario %s: block %d is too full", s.Name, i+1))
	}
	return s
}

// Scenarios returns those that every [chain.Source] must get right.
func Scenarios() []*Scenario {
	all := []*Scenario{
		plainTransfers(), equalEnds(), internalCalls(), revertedFrames(), delegateCalls(), creations(),
		selfDestructs(), counterfactual(), throughContract(), fungibleTokens(), collectibles(), wrapping(),
		delegatedAccount(), delegationUndone(), withdrawalCredits(),
	}
	slices.SortStableFunc(all, func(a, b *Scenario) int { return cmp.Compare(len(a.Blocks), len(b.Blocks)) })
	return all
}
