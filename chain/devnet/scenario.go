package devnet

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Class says what a movement is, in the words that reports use.
type Class string

// The classes.
const (
	Ordinary   Class = "" // a victim's own business, or a third party's: nothing to judge
	Theft      Class = "theft"
	Return     Class = "return"
	Onward     Class = "onward"
	Swap       Class = "swap"
	Wrap       Class = "wrap"
	Loan       Class = "loan"
	OwnCapital Class = "own-capital"
	Funding    Class = "funding"
	Internal   Class = "internal"
	Bounty     Class = "bounty"
	Rescue     Class = "rescue"
	Spam       Class = "spam"
	Fee        Class = "fee"
	Other      Class = "other"
)

// Tx is the place of a transaction on a scenario's chain.
type Tx struct {
	Hash  common.Hash
	Block uint64
	Index uint32
	Time  uint64 // of the block, Unix seconds
	From  common.Address
}

// Movement is one movement of one asset that a chain shows, with what the
// story says it is.
type Movement struct {
	Tx
	Class  Class
	Asset  chain.AssetID
	Sender common.Address
	To     common.Address // zero for a fee
	Units  *big.Int       // base units
}

// Touches reports whether one of the accounts sends or receives.
func (m Movement) Touches(accounts []common.Address) bool {
	return slices.Contains(accounts, m.Sender) || m.Class != Fee && slices.Contains(accounts, m.To)
}

// Scenario is a played story: a chain, and what is to be found on it.
type Scenario struct {
	Name  string
	Chain *Chain

	// Parties are the accounts of the story by label.
	Parties map[string]common.Address
	// Attackers are the attackers' own accounts, those that no write-up names
	// and the contracts that they deployed included.
	Attackers []common.Address
	Victims   []common.Address

	// Txs are the transactions that the story names.
	Txs map[string]Tx
	// Movements is every movement on the chain that touches an attacker or a
	// victim, events that moved nothing included, in order of block, tx, then
	// as the story tells them, the fee last.
	Movements []Movement
	// Beyond is what the story tells of movements between others.
	Beyond []Movement
}

// Of returns the movements of a class, in order.
func (s *Scenario) Of(class Class) []Movement {
	var ms []Movement
	for _, m := range s.Movements {
		if m.Class == class {
			ms = append(ms, m)
		}
	}
	return ms
}

// In returns how much of an asset came to the attackers under a class, from
// anybody but themselves.
func (s *Scenario) In(class Class, asset chain.AssetID) chain.Amount {
	return s.sum(asset, func(m Movement) bool {
		return m.Class == class && slices.Contains(s.Attackers, m.To) && !slices.Contains(s.Attackers, m.Sender)
	})
}

// Out returns how much of an asset the attackers gave away under a class, to
// anybody but themselves.
func (s *Scenario) Out(class Class, asset chain.AssetID) chain.Amount {
	return s.sum(asset, func(m Movement) bool {
		return m.Class == class && slices.Contains(s.Attackers, m.Sender) && !slices.Contains(s.Attackers, m.To)
	})
}

func (s *Scenario) sum(asset chain.AssetID, counts func(Movement) bool) chain.Amount {
	total := chain.NewAmount(asset, new(big.Int))
	for _, m := range s.Movements {
		if m.Asset == asset && counts(m) {
			total = total.Add(chain.NewAmount(asset, m.Units))
		}
	}
	return total
}

func sortMovements(ms []Movement) {
	slices.SortStableFunc(ms, func(a, b Movement) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Index, b.Index))
	})
}
