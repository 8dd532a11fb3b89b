// Package ledger keeps the books of a case: double entry over everything that
// moved.
//
// # Input
//
// Transfers in canonical order.
//
// # Output
//
// A [Book]: one [Entry] a transfer, whose postings sum to zero; a trial balance
// of it by groups of accounts, set against what the chain states of their
// balances; and the histories that claim to have counted something else. Balances
// sum to zero in each asset, whatever was put in, so that nothing can get lost on
// the way from the chain to a total.
//
// # Limits
//
// The book says what moved, not why. What comes from outside the EVM, or from
// where nobody could see, is debited to accounts of its own.
package ledger

import (
	"fmt"
	"iter"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// AccountKind tells addresses from the counterparts that are no address.
type AccountKind uint8

// The kinds of account.
const (
	AddressAccount   AccountKind = iota
	FeesAccount                  // what txs cost
	IssuanceAccount              // mints and burns: the zero address, a wrapped coin's own contract
	ConsensusAccount             // withdrawals and rewards
	UnseenAccount                // credits whose sender no method could show
)

var kindNames = [...]string{"address", "fees", "issuance", "consensus", "unseen"}

// String returns the name of the kind.
func (k AccountKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("account%d", uint8(k))
}

// Account is what postings are made to.
type Account struct {
	Kind    AccountKind
	ChainID uint64
	Address common.Address // of an AddressAccount
}

// String returns the CAIP-10 form of an address, or the kind.
func (a Account) String() string {
	if a.Kind != AddressAccount {
		return fmt.Sprintf("eip155:%d:%s", a.ChainID, a.Kind)
	}
	return fmt.Sprintf("eip155:%d:%s", a.ChainID, chain.Hex(a.Address))
}

// Posting changes the balance of one account.
type Posting struct {
	Account Account
	Amount  chain.Amount // negative where the account gives
}

// Entry books one transfer.
type Entry struct {
	Transfer *chain.Transfer
	Debited  Account
	Credited Account
}

// Postings returns the two sides, which sum to zero.
func (e Entry) Postings() [2]Posting {
	a := e.Transfer.Amount()
	return [2]Posting{{e.Debited, a.Neg()}, {e.Credited, a}}
}

// EntryOf books a transfer.
func EntryOf(t *chain.Transfer) Entry {
	return Entry{Transfer: t, Debited: debited(t), Credited: credited(t)}
}

func debited(t *chain.Transfer) Account {
	switch t.Kind {
	case chain.KindWithdrawal, chain.KindReward:
		return Account{Kind: ConsensusAccount, ChainID: t.ChainID}
	case chain.KindUnseen:
		return Account{Kind: UnseenAccount, ChainID: t.ChainID}
	case chain.KindWrap:
		return Account{Kind: IssuanceAccount, ChainID: t.ChainID}
	}
	return holder(t.ChainID, t.From, t.Asset)
}

func credited(t *chain.Transfer) Account {
	switch t.Kind {
	case chain.KindFee:
		return Account{Kind: FeesAccount, ChainID: t.ChainID}
	case chain.KindUnwrap:
		return Account{Kind: IssuanceAccount, ChainID: t.ChainID}
	}
	return holder(t.ChainID, t.To, t.Asset)
}

// holder books what a token's Transfer event says of the zero address as
// issue and redemption (ERC-20, ERC-721 and ERC-1155 say it so); the coin at
// the zero address simply lies there.
func holder(chainID uint64, a common.Address, asset chain.AssetID) Account {
	if a == (common.Address{}) && asset.Kind() != chain.Native {
		return Account{Kind: IssuanceAccount, ChainID: chainID}
	}
	return Account{Kind: AddressAccount, ChainID: chainID, Address: a}
}

// Book holds entries. Balances are added up when they are asked for, a pass over
// all entries each time: a thief's counterparties may be as many as transfers.
// The zero Book is empty.
type Book struct {
	transfers []chain.Transfer
}

type line struct {
	account Account
	asset   chain.AssetID
}

// Build books transfers in the order in which they are given. The book keeps
// the list, which is not to be changed.
func Build(transfers []chain.Transfer) *Book { return &Book{transfers} }

// Entries returns what was booked, in the order in which it was.
func (b *Book) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i := range b.transfers {
			if !yield(EntryOf(&b.transfers[i])) {
				return
			}
		}
	}
}

// balances adds up the postings that are wanted.
func (b *Book) balances(wanted func(line) bool) map[line]chain.Amount {
	sums := map[line]chain.Amount{}
	for e := range b.Entries() {
		for _, p := range e.Postings() {
			if at := (line{p.Account, p.Amount.Asset()}); wanted(at) {
				sums[at] = sums[at].Add(p.Amount)
			}
		}
	}
	return sums
}

// Untied returns the closures whose in, out and fees are not what the book
// says of that address and asset: what the history claims to have counted
// against what was booked. It is empty for a sound case.
func (b *Book) Untied(closures []chain.Closure) []chain.Closure {
	of := func(c *chain.Closure) line {
		return line{Account{Kind: AddressAccount, ChainID: c.ChainID, Address: c.Address}, c.Asset}
	}
	wanted := make(map[line]bool, len(closures))
	for i := range closures {
		wanted[of(&closures[i])] = true
	}
	balances := b.balances(func(l line) bool { return wanted[l] })
	var untied []chain.Closure
	for i := range closures {
		c := &closures[i]
		if moved := c.In.Sub(c.Out).Sub(c.Fees); !moved.Sub(balances[of(c)]).IsZero() {
			untied = append(untied, *c)
		}
	}
	return untied
}
