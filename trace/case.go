package trace

import (
	"fmt"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
	"losstracer/trace/ledger"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// Status says how far a chain of the case could be looked at.
type Status string

// The statuses.
const (
	Checked     Status = "checked"
	NoEndpoint  Status = "no-endpoint"
	Unsupported Status = "unsupported"
	Failed      Status = "failed"
	WrongChain  Status = "wrong-chain"
	NoHistory   Status = "no-history"
)

// ChainScope is one chain that the case is about, and what came of it.
type ChainScope struct {
	Chain     string // short name
	ChainID   uint64 // 0 outside EVM
	Status    Status
	Detail    string // why it was not checked
	Window    chain.Window
	WindowWhy string // how the window came about
	End       chain.Block
	Finalized *bool  // whether the window's end is final; nil where the endpoint does not tell
	Endpoint  string // scheme and host
	Client    string // what the endpoint calls itself
}

// Verdict is the outcome of a case.
type Verdict string

// The verdicts.
const (
	Reconciled Verdict = "reconciled"
	Discrepant Verdict = "discrepant"
	Incomplete Verdict = "incomplete"
)

// Evidence says what the case rests on.
type Evidence struct {
	FactsDigest string // sha256 over transfers, quotes and block hashes
	CaseDigest  string // of the stored evidence; empty where none is stored
	Responses   int
	Proven      int // transfers told by logs that were proven to be in their block
	Unproven    int
	Why         []string   // what stood in the way of proof
	VouchedBy   []string   // on whose word block hashes and absences rest: hosts, and "anchor 0x…"
	Vouched     []Vouching // proven transfers, by who vouches for their blocks; in the order of VouchedBy
}

// Round is one turn of plan, pull and judge.
type Round struct {
	Addresses []chain.Account
	Why       string
	Transfers int
}

// Case is everything that is known at the end of an investigation.
type Case struct {
	Tool        string
	Incident    *incident.Incident
	Scopes      []ChainScope
	Attackers   []chain.Party
	Coverage    []chain.Coverage
	Closure     []chain.Closure
	Tokens      map[chain.AssetID]chain.TokenMeta
	Histories   []*chain.History    // as they were pulled, a round and chain each
	CrossChecks []*chain.CrossCheck // of histories, where they were asked for
	Book        *ledger.Book
	// TrialBalance adds the book up by asset and groups of accounts.
	TrialBalance []ledger.Line
	// Beyond is everything that moved in the txs of the theft, whoever the
	// parties are. BeyondGap says why it lacks some; empty where it has all.
	Beyond        []chain.Transfer
	BeyondGap     string
	Quotes        *pricing.Book   // all that is known of prices
	Pricing       pricing.Outcome // where sources differ, refused, or could not be asked
	ExchangeRates []ExchangeRate  // by which claims in other money than dollars were read
	Statement     *loss.Statement
	Result        reconcile.Result
	Flow          *flow.Result // nil where funds were not followed
	Evidence      Evidence
	Rounds        []Round
	Requests      Requests
	Warnings      []string // for the head of the report
	Verdict       Verdict

	unpulled []chain.Party // attackers who were found too late for their histories
}

// parties says who is who in the books: an attacker who is taken for a victim, too,
// is an attacker.
func (c *Case) parties() ledger.Parties {
	groups := ledger.Parties{}
	for _, v := range c.Statement.Victims {
		groups[v.Account] = ledger.Victims
	}
	for _, a := range c.Attackers {
		groups[a.Account] = ledger.Attackers
	}
	return groups
}

// Requests counts what the investigation cost.
type Requests struct {
	HTTP, RPC int
	Bytes     int64
}

// Meta returns how an asset is displayed.
func (c *Case) Meta(asset chain.AssetID) chain.TokenMeta {
	if asset.Kind() == chain.Native {
		n, _ := chain.NetworkByID(asset.ChainID())
		return n.CoinMeta()
	}
	return c.Tokens[asset]
}

// verdict sums a case up: a claim found wrong outweighs what could not be
// looked at.
func (c *Case) verdict() Verdict {
	for _, f := range c.Result.Findings {
		if f.Verdict.Discrepant() {
			return Discrepant
		}
	}
	for _, s := range c.Scopes {
		if s.Status != Checked {
			return Incomplete
		}
	}
	for _, f := range c.Result.Findings {
		if f.Verdict == reconcile.Unverifiable || f.Verdict == reconcile.Unpriced {
			return Incomplete
		}
	}
	if len(c.Scopes) == 0 || len(c.gaps()) > 0 || len(c.Statement.Totals.Unpriced) > 0 {
		return Incomplete
	}
	return Reconciled
}

// disagreement says where two endpoints of a chain differ first; empty where
// none do.
func (c *Case) disagreement() string {
	for _, x := range c.CrossChecks {
		if len(x.Disagreement) > 0 {
			return fmt.Sprintf("%s and %s disagree: %s", x.First, x.Host, x.Disagreement[0])
		}
	}
	return ""
}
