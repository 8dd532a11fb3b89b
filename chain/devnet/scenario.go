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
	Ordinary   Class = ""      // a victim's own business, or a third party's: nothing to judge
	Theft      Class = "theft" // what an attacker pays in within the same tx included
	Return     Class = "return"
	Onward     Class = "onward"
	Swap       Class = "swap"
	Wrap       Class = "wrap"
	Loan       Class = "loan"
	OwnCapital Class = "own-capital" // more than gas that an attacker brings, and what it puts in by a tx of its own
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
	// Unnamed are those of the attackers that a write-up is to leave out.
	Unnamed []common.Address
	Victims []common.Address

	// Losses is what the victims lost, by asset, in the order of the story.
	Losses []Loss

	// Txs are the transactions that the story names.
	Txs map[string]Tx
	// Movements is every movement on the chain that touches an attacker or a
	// victim, events that moved nothing included, in order of block, tx, then
	// as the story tells them, the fee last.
	Movements []Movement
	// Beyond is what the story tells of movements between others.
	Beyond []Movement
}

// Loss is what the victims lost of one asset, and what of it came back. All in
// base units.
type Loss struct {
	Asset chain.AssetID
	// Gross is what left the victims for the attackers, or on their account for
	// somebody else; what went both ways within one tx is netted.
	Gross *big.Int
	// OwnCapital is what the attackers put in beforehand, in other txs.
	OwnCapital *big.Int
	Returned   *big.Int
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

// Loss returns the loss of an asset, nothing where the story tells of none.
func (s *Scenario) Loss(asset chain.AssetID) Loss {
	for _, l := range s.Losses {
		if l.Asset == asset {
			return l
		}
	}
	return Loss{asset, new(big.Int), new(big.Int), new(big.Int)}
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
