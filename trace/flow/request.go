package flow

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Tag is what somebody says an address is.
type Tag struct {
	Label      string
	Category   string // exchange, mixer, bridge, dex, lending, protocol, token, burn, sanctioned, attacker, victim, phishing, gambling, other
	Source     string
	Confidence int // 0-100
	// From and Until bound the time in which the tag holds; From is in it, Until
	// is not. Zero is open.
	From, Until time.Time
	// Person is set where the tag names a person and no service: a trace ends
	// there only where nothing is known to be paid on.
	Person bool
}

// Tagger knows whose an address is said to be.
type Tagger interface {
	// Tags returns every tag of an address, also those that conflict.
	Tags(chainID uint64, a common.Address) []Tag
}

// Historian gives the history of addresses of one chain.
type Historian interface {
	History(ctx context.Context, q chain.Query) (*chain.History, error)
}

// TxReader gives everything that one tx moved, whoever took part.
type TxReader interface {
	Transaction(ctx context.Context, tx common.Hash) ([]chain.Transfer, error)
}

// Freezer knows whether the issuer of a token has frozen an address at the end
// of the window.
type Freezer interface {
	Frozen(ctx context.Context, holder Account, asset chain.AssetID) (bool, error)
	// Asks reports whether the issuer of an asset can be asked; of others Frozen
	// says no without asking.
	Asks(asset chain.AssetID) bool
}

// Bridges reads what a bridge was told in a tx.
type Bridges interface {
	// Crossings returns where the funds that from gave to a bridge in tx were
	// sent. None means that the tx does not say.
	Crossings(ctx context.Context, tx common.Hash, from Account) ([]Crossing, error)
}

// Crossing is one movement from chain to chain.
type Crossing struct {
	Bridge    string
	Recipient string // as the bridge's event gives it; the other chain may not be an EVM
	Chain     string // destination, short name or CAIP-2
	// Asset and Units are what left, as the bridge was told; Units is nil where
	// it does not say. Of the arrival as large a part is followed as of this was
	// tainted.
	Asset chain.AssetID
	Units *big.Int
	// Arrival is what came out on the other side, where it could be found.
	Arrival *Theft
	// Escrow keeps what was handed over, where the message shows who does: an
	// account that is tagged by nobody is then known for the bridge's.
	Escrow *Account
	// Basis is observed for what a bridge's own contract tells, attributed for a
	// stranger's word, heuristic where what was given is no more than taken to be
	// what crossed.
	Basis chain.Basis

	// A trace fills in: the part of the arrival that it goes on with, nil for
	// none, and what there is to say of that.
	Followed *Theft
	Why      string
}

// Valuer returns what units of an asset were worth in dollars at a moment, and
// false where it has no price.
type Valuer func(asset chain.AssetID, units *big.Int, at time.Time) (decimal.Decimal, bool)

// ErrTooBusy is what a [Historian] returns, wrapped, for an address whose
// traffic is more than it is willing to give. The trace counts it as a hub.
var ErrTooBusy = errors.New("more traffic than a single owner causes")

// Theft is an amount that is followed: so many base units of an asset that left
// an account in a tx.
type Theft struct {
	ChainID uint64
	Tx      common.Hash
	From    common.Address
	// To is who received it, where that is known: the zero address is anybody.
	To    common.Address
	Asset chain.AssetID
	Units uint256.Int
}

// Limits end a trace early. Zero means no limit, except where said otherwise.
// What a limit cut off is in the result.
type Limits struct {
	Hops      int             // from the source
	MinUSD    decimal.Decimal // payments below are not followed; unpriced ones are
	Addresses int             // histories opened
	Requests  int             // calls of historians and tx readers
	// Horizon is Unix seconds: nothing later is followed. LastBlock is the same by
	// block, for transfers of one chain.
	Horizon   uint64
	LastBlock uint64
	// A hub has at least HubSenders distinct payers whom the funds had not reached
	// and HubRecipients distinct payees, or HubCounterparties of both together
	// (backward those who were paid and not reached count), counted over transfers
	// worth at least HubDustUSD, and over those without a price of assets with
	// which the account itself pays. Zero: 100, 100, 1000 and one dollar. Sources and the
	// recipients of thefts are never hubs.
	HubSenders        int
	HubRecipients     int
	HubCounterparties int
	HubDustUSD        decimal.Decimal
}

// What makes a hub where the limits do not say.
const (
	DefaultHubSenders        = 100
	DefaultHubRecipients     = 100
	DefaultHubCounterparties = 1000
)

func (l Limits) hubs() measure {
	or := func(n, otherwise int) int {
		if n > 0 {
			return n
		}
		return otherwise
	}
	return measure{or(l.HubSenders, DefaultHubSenders), or(l.HubRecipients, DefaultHubRecipients), or(l.HubCounterparties, DefaultHubCounterparties)}
}

// Request says what to trace and with what.
type Request struct {
	Policy   Policy
	Backward bool // show what funded the sources instead

	Sources []Account // everything they send to others
	Stolen  []Theft   // amounts
	// What sources sent before these is clean; backward, nothing before them is looked
	// at. FirstTime is Unix seconds, FirstBlock for transfers of one chain.
	FirstTime, FirstBlock uint64

	// Known transfers: an import, and histories pulled before. The addresses of
	// a history's coverage count as opened. A transfer that is in both is
	// counted once.
	Record    *Record
	Histories []*chain.History

	// By chain id. Without a historian what is known of a chain is taken for
	// all there is.
	Historians map[uint64]Historian
	TxReaders  map[uint64]TxReader
	Windows    map[uint64]chain.Window // to ask historians for

	Tags    Tagger
	Value   Valuer
	Freezes Freezer
	Bridges Bridges
	// IsContract says whether an account carries code, and whether that is
	// known. Money given to accounts without code is a payment, whatever else
	// the tx moved.
	IsContract func(Account) (is, known bool)

	Limits Limits
	// Opened is called after each history that was asked for.
	Opened func(Opening)
}
