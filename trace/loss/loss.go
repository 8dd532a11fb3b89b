package loss

import (
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// Class says what a movement was.
type Class string

// The classes.
const (
	Theft      Class = "theft"
	Return     Class = "return"
	Onward     Class = "onward"      // paid on to somebody else
	Swap       Class = "swap"        // one leg of an exchange
	Wrap       Class = "wrap"        // coin to wrapped coin or back
	Loan       Class = "loan"        // in and out within one tx
	OwnCapital Class = "own-capital" // the attackers' stake in the theft itself
	Funding    Class = "funding"     // gas money before the theft
	Internal   Class = "internal"    // between attackers
	Bounty     Class = "bounty"
	Rescue     Class = "rescue"
	Spam       Class = "spam" // unsolicited and worthless, or not a movement at all
	Fee        Class = "fee"
	Other      Class = "other" // came in, and no rule says as what
)

// Input is what a judgement is made from.
type Input struct {
	Transfers []chain.Transfer // canonical order
	Tokens    map[chain.AssetID]chain.TokenMeta
	Attackers []chain.Party
	Victims   []chain.Party // as named; empty to have them inferred
	Prices    *pricing.Book
	Hints     []Hint
}

// Hint is an amount that somebody claims was lost. It helps to find who paid;
// it never enters a sum.
type Hint struct {
	Symbol   string           // as the claim names the asset
	Quantity *decimal.Decimal // whole units
	USD      *decimal.Decimal
}

// Valuation is what something was worth, and by which quote.
type Valuation struct {
	USD   decimal.Decimal // unrounded
	Quote pricing.Quote
}

// Judgement is what one transfer was found to be.
type Judgement struct {
	Transfer chain.Transfer
	Incoming bool // to the attackers; both ways among them count as outgoing
	Class    Class
	Basis    chain.Basis
	Why      string
	Value    *Valuation // at the block's time; nil where unpriced
}

// AssetLoss is the loss in one asset.
type AssetLoss struct {
	Asset      chain.AssetID
	Meta       chain.TokenMeta
	Gross      chain.Amount // what left the victims
	Returned   chain.Amount
	Judgements []Judgement // thefts and returns, canonical order
	// GrossUSD and ReturnedUSD are nil where a part has no quote. Both use
	// quotes of the time of the theft, so that a full return nets to zero.
	GrossUSD    *decimal.Decimal
	ReturnedUSD *decimal.Decimal
	Quotes      []pricing.Quote // that GrossUSD rests on, by time
}

// Net returns gross less returned.
func (l AssetLoss) Net() chain.Amount { return l.Gross.Sub(l.Returned) }

// NetUSD returns gross less returned in dollars; nil where either is unpriced.
func (l AssetLoss) NetUSD() *decimal.Decimal {
	if l.GrossUSD == nil || l.ReturnedUSD == nil {
		return nil
	}
	net := l.GrossUSD.Sub(*l.ReturnedUSD)
	return &net
}

// Excluded gathers movements of one asset in one tx that are no loss.
type Excluded struct {
	Class  Class
	Ref    chain.Ref // of the first of them
	Time   time.Time
	Asset  chain.AssetID
	Meta   chain.TokenMeta
	Amount chain.Amount
	USD    *decimal.Decimal
	Basis  chain.Basis
	Why    string
}

// Totals are in dollars, over everything that has a quote.
type Totals struct {
	Gross    decimal.Decimal
	Returned decimal.Decimal
	Net      decimal.Decimal // gross − returned − the attackers' own capital
	// VictimLoss is gross less returned; AttackerGain is that less the
	// attackers' own capital.
	VictimLoss   decimal.Decimal
	AttackerGain decimal.Decimal
	// Leaked is what left the victims in thefts and reached somebody else than
	// the attackers; nil where that was not looked at.
	Leaked *decimal.Decimal
	// WithoutHeuristics is gross less all that rests on a rule of ours alone.
	WithoutHeuristics decimal.Decimal
	// Unpriced lists assets whose loss is not in the totals, which are
	// therefore a floor.
	Unpriced []chain.AssetID
}

// Statement is the outcome.
type Statement struct {
	Judgements []Judgement // every transfer of the input that touches an attacker, canonical order
	Victims    []chain.Party
	Losses     []AssetLoss // by dollars, unpriced last; then asset id
	Excluded   []Excluded  // canonical order
	Totals     Totals
	// First and Last are the times of the first and last theft; zero without one.
	First, Last time.Time
}

// Judge states the loss of a case.
func Judge(in Input) *Statement {
	c := newCase(in)
	c.judgeTxs()
	c.inferVictims()
	c.judgeOneWay()
	return c.statement()
}
