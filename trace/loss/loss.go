package loss

import (
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
)

// Class says what a movement was.
type Class uint8

// The classes. The zero Class is that of a movement which was not judged.
const (
	Theft Class = iota + 1 // what the attackers pay in within the same tx included
	Return
	Onward     // paid on to somebody else
	Swap       // one leg of an exchange
	Wrap       // coin to wrapped coin or back
	Loan       // lent and given back within one tx
	OwnCapital // the attackers' stake in the theft itself
	Funding    // gas money before the theft
	Internal   // between attackers
	Bounty     // paid by a victim after funds came back
	Rescue     // taken from the attackers by somebody else
	Spam       // unsolicited and worthless, or not a movement at all
	Fee
	Other // no rule says as what
)

var classNames = [...]string{
	Theft: "theft", Return: "return", Onward: "onward", Swap: "swap",
	Wrap: "wrap", Loan: "loan", OwnCapital: "own-capital", Funding: "funding",
	Internal: "internal", Bounty: "bounty", Rescue: "rescue", Spam: "spam",
	Fee: "fee", Other: "other",
}

// String returns the name that reports use; nothing for what was not judged.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class%d", uint8(c))
}

// MarshalText implements [encoding.TextMarshaler].
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (c *Class) UnmarshalText(text []byte) error {
	i := slices.Index(classNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown class %q", text)
	}
	*c = Class(i)
	return nil
}

// Input is what a judgement is made from.
type Input struct {
	Transfers []chain.Transfer // canonical order
	Tokens    map[chain.AssetID]chain.TokenMeta
	Attackers []chain.Party
	Victims   []chain.Party // as named; empty to have them inferred
	// Candidates are addresses that the write-up mentions without saying what
	// they are: who of them paid in is taken for a victim.
	Candidates []chain.Party
	// Ignored are addresses that are said to be no party: nobody infers that they
	// are one, and what they paid is no loss.
	Ignored []common.Address
	// Closure tells events that moved nothing from those that did.
	Closure []chain.Closure
	// Beyond is everything that moved in the txs of the theft; what touches an
	// attacker may stand in it too. BeyondKnown is set where it holds all of
	// them, so that what leaked to others can be told.
	Beyond      []chain.Transfer
	BeyondKnown bool
	// Outflows is the victims' own history while the theft went on, where it
	// was looked at, and what moved in linked txs of which nobody says what they
	// are; it shows what else they paid, and enters no sum.
	Outflows []chain.Transfer
	// Thefts and Returns are what moved in txs that the write-up links as parts
	// of the theft and as returns; what touches an attacker may stand in them too.
	Thefts, Returns []chain.Transfer
	// Tags say who pays: a mixer, an exchange or a bridge hands out what is its
	// customers', unless it is the one that was robbed. Targets are names of who
	// was.
	Tags    *label.Book
	Targets []string
	Prices  *pricing.Book
	Hints   []Hint
	// ReportDay is the day of the write-up, 00:00 UTC, for the valuation at its
	// close; zero where it has none.
	ReportDay time.Time
}

// Hint is an amount that somebody claims was lost. It helps to find who paid;
// it never enters a sum.
type Hint struct {
	Symbol   string           // of the asset, as people write it
	Chain    string           // by its name in [chain.Network]; empty where none is named
	Quantity *decimal.Decimal // whole units
	USD      *decimal.Decimal
}

// Valuation is what a transfer was worth, and by which quote.
type Valuation struct {
	Quote    *pricing.Quote
	units    *uint256.Int
	decimals uint8
}

// USD returns the worth in dollars, unrounded.
func (v *Valuation) USD() decimal.Decimal { return v.Quote.Value(v.units.ToBig(), v.decimals) }

// Judgement is what one transfer was found to be.
type Judgement struct {
	Transfer *chain.Transfer // of the input; not to be changed
	Incoming bool            // to the attackers; both ways among them count as outgoing
	// Leaked is set for what a theft took from a victim and somebody else than
	// the attackers received.
	Leaked bool
	Rule   Rule // that it rests on, its own or that on whose victim it is; none where it follows
	Class  Class
	Basis  chain.Basis
	Why    string
	Value  *Valuation // at the block's time; nil where unpriced
}

// PaidIn reports whether a movement of a theft is what the attackers paid in on
// the way: it comes off what they took.
func (j *Judgement) PaidIn() bool { return j.Class == Theft && !j.Incoming && !j.Leaked }

// AssetLoss is the loss in one asset.
type AssetLoss struct {
	Asset      chain.AssetID
	Meta       chain.TokenMeta
	Gross      chain.Amount // what left the victims, less what was paid in within the same txs
	Returned   chain.Amount
	Leaked     chain.Amount // of Gross: what others than the attackers received, or lenders kept
	Judgements []*Judgement // of the statement: thefts and returns, canonical order
	// GrossUSD and ReturnedUSD are nil where a part has no quote. Both use
	// quotes of the time of the theft, so that a full return nets to zero.
	GrossUSD    *decimal.Decimal
	ReturnedUSD *decimal.Decimal
	Quotes      []pricing.Quote // that GrossUSD rests on, by time
	// BeforeUSD values Gross by the last quotes from before the blocks of the
	// theft, which the attack cannot have moved; ReportUSD at the close of the
	// day of the write-up. Both are nil where a part has no such quote.
	BeforeUSD *decimal.Decimal
	ReportUSD *decimal.Decimal
}

// Net returns gross less returned.
func (l AssetLoss) Net() chain.Amount { return l.Gross.Sub(l.Returned) }

// Basis returns the softest basis that a theft of the asset rests on.
func (l AssetLoss) Basis() chain.Basis {
	b := chain.Observed
	for i := range l.Judgements {
		if l.Judgements[i].Class == Theft {
			b = b.Weaker(l.Judgements[i].Basis)
		}
	}
	return b
}

// NetUSD returns gross less returned in dollars; nil where either is unpriced.
func (l AssetLoss) NetUSD() *decimal.Decimal {
	if l.GrossUSD == nil || l.ReturnedUSD == nil {
		return nil
	}
	net := l.GrossUSD.Sub(*l.ReturnedUSD)
	return &net
}

// Totals are in dollars, over everything that has a quote.
type Totals struct {
	Gross    decimal.Decimal
	Returned decimal.Decimal
	Net      decimal.Decimal // gross − returned − the attackers' own capital
	// VictimLoss is what the victims are short of in the end, the same as Net.
	// AttackerGain is that less what leaked, as far as it is known, and more by
	// the bounties that victims paid.
	VictimLoss   decimal.Decimal
	AttackerGain decimal.Decimal
	OwnCapital   decimal.Decimal // that the attackers put in by txs of their own, or in other assets
	Bounty       decimal.Decimal // that victims paid
	// Leaked is what left the victims in thefts and reached somebody else than
	// the attackers, charges of lenders included; nil where the txs of the theft
	// were not looked at.
	Leaked *decimal.Decimal
	// WithoutHeuristics is gross less all that rests on a rule of ours alone, and
	// Firm is each total without that.
	WithoutHeuristics decimal.Decimal
	Firm              FirmTotals
	// Doubtful is what came in and is in no loss by a rule of ours alone, less
	// what was given for it in the same exchange: by as much gross would be
	// higher were all of these rules wrong. DoubtfulUnpriced lists assets of which
	// some has no price. Spam is left out.
	Doubtful         decimal.Decimal
	DoubtfulUnpriced []chain.AssetID
	// Before and Report are gross by the other valuations of [AssetLoss]; nil
	// where an asset that has a price at the theft has none there.
	Before *decimal.Decimal
	Report *decimal.Decimal
	// Unpriced lists assets whose loss is not in the totals, which are
	// therefore a floor.
	Unpriced []chain.AssetID
}

// FirmTotals are totals over what rests on more than a [Rule].
type FirmTotals struct {
	Gross, Returned, Net, VictimLoss, AttackerGain decimal.Decimal
	Leaked                                         *decimal.Decimal // nil where the whole is not known
}

// Remark says something of a case that no class can.
type Remark struct {
	Asset chain.AssetID
	Text  string
	Basis chain.Basis
}

// Statement is the outcome.
type Statement struct {
	// Judgements holds every transfer of the input that touches an attacker,
	// and of the txs of the theft what left the victims for others; canonical
	// order.
	Judgements []Judgement
	Victims    []chain.Party
	Inferred   map[chain.Account]Rule // the rules by which victims were, where nobody names them
	Losses     []AssetLoss            // by dollars, unpriced last; then asset id
	Totals     Totals
	Remarks    []Remark
	// Suspects are accounts that the attackers gave gas before the theft: other
	// attackers perhaps, which their own history would show. See [Accomplices].
	Suspects []chain.Party
	// Elsewhere is what the victims paid meanwhile to addresses that the case
	// does not know, where that was looked at.
	Elsewhere []Elsewhere
	// First and Last are the times of the first and last theft; zero without one.
	First, Last time.Time

	excluded alikes
	metas    map[chain.AssetID]chain.TokenMeta
}

// Judge states the loss of a case.
func Judge(in Input) *Statement {
	c := newCase(in)
	for i := range c.groups {
		c.judgeTx(&c.groups[i])
	}
	c.settleExchanges()
	c.settleAcrossTxs()
	c.settleCrossings()
	c.inferVictims()
	c.findPulled()
	c.findCore()
	c.judgeOneWay()
	c.tellCrossings()
	c.tellIssues()
	c.judgeBeyond()
	c.addRobbed()
	c.doubtAttackers()
	return c.statement()
}
