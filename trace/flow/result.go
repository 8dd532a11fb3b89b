package flow

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Sum is an amount of an asset and what it was worth. USD is nil where any part
// of it has no price.
type Sum struct {
	Asset chain.AssetID
	Units *big.Int
	USD   *decimal.Decimal
}

// Span is when something happened.
type Span struct {
	FirstBlock, LastBlock uint64
	FirstTime, LastTime   time.Time
	Count                 int // movements
}

// Source is what entered the trace.
type Source struct {
	Account Account
	Sum
	Span
	// Continued is true for what came out of a bridge.
	Continued bool
}

// Terminal is an amount that reached the end of the trace.
type Terminal struct {
	Kind    TerminalKind
	Account Account
	Sum
	Span
	Tag      *Tag // on which the kind rests, where it does
	Tags     []Tag
	Listings []Listing // of the tags that call it sanctioned, each with what came while it held
	Basis    chain.Basis
	Why      string
	Limit    string     // for the horizon: what ended the trace
	Deposits []Deposit  // in order; for exchanges, mixers, bridges and the sanctioned
	Via      []Account  // recognised deposit addresses that forwarded to it
	Onward   []Crossing // for bridges: where the funds were sent
	// ByPolicy is set where every policy was run, in the order of [Policies].
	ByPolicy []PolicyAmount
}

// PolicyAmount is what a policy finds.
type PolicyAmount struct {
	Policy Policy
	Units  *big.Int
}

// Deposit is one payment into a terminal.
type Deposit struct {
	From  Account
	Tx    common.Hash
	Block uint64
	Time  time.Time
	Units *big.Int
}

// Held is what rests with an account that did not pass it on.
type Held struct {
	Account Account
	Sum
	Span
	// Silent is true where no payment at all by this account is known: whether
	// it holds the funds or the transfers given are not all is then open.
	Silent bool
}

// Unresolved is what nobody could look at.
type Unresolved struct {
	Account Account
	Sum
	Why string
}

// Edge is what went from one account to another, all its movements together.
// Where the funds were converted on the way, From gave ConvertedFrom and To got
// the asset; From and To are the same for a swap of one's own.
type Edge struct {
	From, To Account
	Sum
	Span
	ConvertedFrom chain.AssetID
	// ConvertedTo is set instead in a backward trace: From gave the asset of
	// the sum, and To got this one.
	ConvertedTo chain.AssetID
}

// Conversion is taint that went from assets to other assets in one tx.
type Conversion struct {
	Account Account // who gave
	Tx      common.Hash
	Block   uint64
	Time    time.Time
	Out     []Part
	In      []Part
	Basis   chain.Basis
	Note    string
}

// Part is an amount of one account.
type Part struct {
	Account Account
	Sum
}

// Balance is the proof that nothing was lost or made, for one asset.
type Balance struct {
	Asset                                 chain.AssetID
	Sources, Terminals, Held, Fees        *big.Int
	ConvertedOut, ConvertedIn, Unresolved *big.Int
}

// Difference is sources + converted in − everything it became: zero, save under
// poison.
func (b Balance) Difference() *big.Int {
	d := new(big.Int).Add(b.Sources, b.ConvertedIn)
	for _, out := range []*big.Int{b.Terminals, b.Held, b.Fees, b.ConvertedOut, b.Unresolved} {
		d.Sub(d, out)
	}
	return d
}

// A ConservationError reports a run whose amounts do not add up: a fault of the
// program. Its figures are not given out.
type ConservationError struct {
	Policy     Policy
	Asset      chain.AssetID
	Difference *big.Int
}

func (e *ConservationError) Error() string {
	return fmt.Sprintf("trace under %s: %s base units of %s are unaccounted for", e.Policy, e.Difference, e.Asset)
}

// Cut is what one limit ended.
type Cut struct {
	Limit   string // hops, min_usd, addresses, requests, horizon, interrupted
	Setting string
	Amounts []Sum // by asset
	// USD is the sum of the priced amounts; Unpriced is true where there are
	// others.
	USD      decimal.Decimal
	Unpriced bool
}

// Assumption is an opening balance that has to be assumed.
type Assumption struct {
	Account Account
	Sum
}

// Opening is one step of the way outward: an account whose history was asked
// for.
type Opening struct {
	Account   Account
	Order     int              // from 1
	USD       *decimal.Decimal // tainted value that rested there unexplored
	Transfers int              // that the history holds
	Hub       bool
	Err       error // why there is no history
}

// Node is an account that the funds touched.
type Node struct {
	Account Account
	Hop     int // fewest from a source; 0 for sources
	Kind    TerminalKind
	Tag     *Tag // on which the kind rests
	Said    *Tag // the surest of what else is said of it, where there is no Tag
	Deposit *Tag // of the exchange whose deposit address it seems to be
	Held    bool // some of the funds rest with it
}

// Result is what a trace found. All lists are in a fixed order: terminals, held
// and unresolved by value, then amount; conversions by time.
type Result struct {
	Policy      Policy
	Backward    bool
	Sources     []Source
	Terminals   []Terminal
	Held        []Held
	Unresolved  []Unresolved
	Fees        []Part
	Conversions []Conversion
	Likely      []Likely // by what went through them
	// FreezeAsked are the tokens that rest somewhere whose contracts answered, of
	// one holder at the least, whether their issuers had frozen him; FreezeUnasked
	// the others.
	FreezeAsked, FreezeUnasked []chain.AssetID
	Balances                   []Balance
	Cuts                       []Cut // one for every limit that was set, also where it cut off nothing
	Openings                   []Assumption
	Opened                     []Opening
	// Histories are those that the request gave and those that were pulled: a
	// later request that has them goes on from here.
	Histories []*chain.History
	Requests  int
	// Rounded is how many tainted parts were rounded down, each by less than
	// one base unit: the bound of the error that rounding can have caused.
	Rounded  uint64
	Warnings []string

	engine  *engine
	settler *settler
	index   func() *edgeIndex // made once, when first asked for
}

// Meta returns how an asset of the result is displayed, and false where nobody
// said.
func (r *Result) Meta(asset chain.AssetID) (chain.TokenMeta, bool) {
	return r.engine.rec.Meta(asset)
}

// Said returns everything that is said of an account, the surest first.
func (r *Result) Said(a Account) []Tag { return r.settler.said(a) }

// Quantity returns units in whole units of the asset, and false where its scale
// is not known.
func (r *Result) Quantity(asset chain.AssetID, units *big.Int) (decimal.Decimal, bool) {
	m, ok := r.Meta(asset)
	if asset.Kind() == chain.ERC721 || asset.Kind() == chain.ERC1155 {
		return decimal.NewFromBigInt(units, 0), true
	}
	if !ok || !m.DecimalsKnown {
		return decimal.Decimal{}, false
	}
	return decimal.NewFromBigInt(units, -int32(m.Decimals)), true
}
