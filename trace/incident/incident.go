package incident

import (
	"time"

	"github.com/shopspring/decimal"
)

// Pos is a place in the document, both counted from 1; Column counts bytes.
type Pos struct{ Line, Column int }

// Incident is what a write-up says, with the place of every statement.
type Incident struct {
	File         string
	Date         string // front matter, as YYYY-MM-DD; empty where missing or unreadable
	Title        string
	Targets      []string
	Claims       []Claim // in order of kind, then position
	Addresses    []Address
	Transactions []Transaction
	Timeline     []Event
	Problems     []Problem
}

// ClaimKind says what a claim is about.
type ClaimKind string

// The kinds of claim.
const (
	ClaimFrontMatter ClaimKind = "front_matter" // total, in the front matter
	ClaimTitle       ClaimKind = "title"        // total, in the title
	ClaimTotal       ClaimKind = "total"        // total, in the text
	ClaimAsset       ClaimKind = "asset"        // loss of one asset
	ClaimChain       ClaimKind = "chain"        // loss on one chain, no asset named
	ClaimRecovered   ClaimKind = "recovered"    // returned, recovered or frozen
)

// Claim is a figure that the write-up states, read literally. None of
// Quantity, USD and Amount is set where the text speaks of a loss without
// giving it ("an undisclosed amount of BCH").
type Claim struct {
	Kind     ClaimKind
	Asset    string  // ticker or the writer's words; empty where none is named
	Quantity *Figure // in whole units of the asset
	USD      *Figure
	Currency string  // ISO code where the money is not dollars, with Amount
	Amount   *Figure // in Currency
	Chain    string  // short name where the text scopes the figure; else empty
	Project  string  // likewise
	// Year is what the words themselves date the figure to, where that is another
	// year than the write-up's: it is of another incident then.
	Year     int
	Text     string // the words that were read
	Section  string // heading above
	Pos      Pos
	Readings []Reading // what it probably means where the literal reading is implausible, likeliest first
}

// Reading is another way to understand a claim.
type Reading struct {
	Quantity *decimal.Decimal
	USD      *decimal.Decimal
	Why      string
}

// Figure is a number as it was written.
type Figure struct {
	Value decimal.Decimal // suffixes expanded
	// Step is the worth of one unit in the last place that the writer gave:
	// 0.1 million for "$1.2M", 1 for "488", 1000000 for "26 million". Trailing
	// zeros of a round integer do not count as written places.
	Step  decimal.Decimal
	Bound Bound
}

// Bound says how the words around a figure limit it.
type Bound string

// The bounds.
const (
	Exactly Bound = ""         // the figure stands alone
	About   Bound = "about"    // around, approximately, ~
	AtLeast Bound = "at least" // over, more than, +
	AtMost  Bound = "at most"  // nearly, almost, up to
)

// Role says what part an address plays.
type Role string

// The roles.
const (
	RoleAttacker     Role = "attacker"
	RoleVictim       Role = "victim"
	RoleService      Role = "service"
	RoleMessageParty Role = "message-party"
	RoleOther        Role = "other"
	RoleUnknown      Role = "unknown"
)

// Address is an address that the write-up mentions, once per chain.
type Address struct {
	Address string // lower case for EVM chains, as written otherwise
	Chain   string // short name; empty where the text does not say
	Role    Role
	Why     string // what the role rests on
	Section string
	Pos     Pos // of the first mention
}

// TxRole says what a linked transaction did.
type TxRole string

// The roles of transactions.
const (
	TxTheft      TxRole = "theft"
	TxLaundering TxRole = "laundering"
	TxFunding    TxRole = "funding"
	TxReturn     TxRole = "return"
	TxMessage    TxRole = "message"
	TxOther      TxRole = "other"
	TxUnknown    TxRole = "unknown"
)

// Transaction is a tx that the write-up links or names.
type Transaction struct {
	Hash  string // as written
	Chain string
	Role  TxRole
	Pos   Pos
}

// Precision says how exactly a time was written.
type Precision string

// The precisions.
const (
	Minute Precision = "minute" // or finer
	Day    Precision = "day"
	Month  Precision = "month"
	Year   Precision = "year"
)

// Event is an entry of the timeline.
type Event struct {
	Time      time.Time // UTC, padded to the start of what was written
	Precision Precision
	Zoned     bool // the text names a time zone; otherwise UTC was assumed
	Text      string
	Pos       Pos
	// Witnesses to the time: when the linked posts on X were made, by their
	// ids, and the transactions that the entry links, in lower case.
	Posts        []time.Time
	Transactions []string
}

// Problem is something in the document that a reader should look at. Problems
// never stop the reading.
type Problem struct {
	Pos      Pos
	Severity string // "warning" or "error"
	Code     string
	Message  string
	Hint     string
}
