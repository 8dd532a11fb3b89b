package report

import (
	"fmt"
	"io"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/ledger"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// Schema names the form of the JSON report.
const Schema = "losstracer/report/v1"

// JSON writes a case for other programs, as one line.
func JSON(w io.Writer, c *trace.Case) error {
	if err := writeLine(w, document(c)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// The types below are the contract of losstracer/report/v1: fields are added,
// never renamed. Quantities are in whole units, money in dollars, both as
// decimal strings with all their digits.
type (
	jsonReport struct {
		Schema     string              `json:"schema"`
		Tool       jsonTool            `json:"tool"`
		Incident   jsonIncident        `json:"incident"`
		Scope      jsonScope           `json:"scope"`
		Coverage   []jsonCoverage      `json:"coverage"`
		Closure    []jsonClosure       `json:"closure"`
		Trial      rows[jsonTrialLine] `json:"trial_balance"`
		Losses     rows[jsonLoss]      `json:"losses"`
		Excluded   rows[jsonExcluded]  `json:"excluded"`
		Totals     jsonTotals          `json:"totals"`
		Prices     jsonPrices          `json:"prices"`
		Findings   []jsonFinding       `json:"findings"`
		Unreported []jsonUnreported    `json:"unreported"`
		Elsewhere  []jsonElsewhere     `json:"elsewhere"`
		Remarks    []jsonRemark        `json:"remarks"`
		Checked    jsonChecked         `json:"checked"`
		Flow       *jsonFlow           `json:"flow"`
		Problems   []jsonProblem       `json:"problems"`
		Rounds     []jsonRound         `json:"rounds"`
		Heuristics jsonHeuristics      `json:"heuristics"`
		Evidence   jsonEvidence        `json:"evidence"`
		Requests   jsonRequests        `json:"requests"`
		Verdict    string              `json:"verdict"`
		Warnings   []string            `json:"warnings"`
	}
	jsonTool struct {
		Version string `json:"version"`
	}
	jsonIncident struct {
		File    string   `json:"file"`
		Date    *string  `json:"date"`
		Title   string   `json:"title"`
		Targets []string `json:"targets"`
	}
	jsonScope struct {
		Chains    []jsonChain `json:"chains"`
		Attackers []jsonParty `json:"attackers"`
		Victims   []jsonParty `json:"victims"`
	}
	jsonChain struct {
		Chain       string  `json:"chain"`
		ChainID     *uint64 `json:"chain_id"`
		Status      string  `json:"status"`
		Detail      string  `json:"detail,omitempty"`
		FromBlock   *uint64 `json:"from_block"`
		ToBlock     *uint64 `json:"to_block"`
		ToBlockHash *string `json:"to_block_hash"`
		ToTime      *string `json:"to_time"`
		Finalized   *bool   `json:"finalized"`
		Endpoint    *string `json:"endpoint"`
		Client      string  `json:"client,omitempty"`
		Window      string  `json:"window,omitempty"`
	}
	jsonParty struct {
		Address string `json:"address"`
		Chain   string `json:"chain"`
		Basis   string `json:"basis"`
		Why     string `json:"why"`
	}
	jsonCoverage struct {
		Chain       string   `json:"chain"`
		Address     string   `json:"address"`
		Asset       string   `json:"asset"`
		Method      string   `json:"method"`
		FromBlock   uint64   `json:"from_block"`
		ToBlock     uint64   `json:"to_block"`
		Complete    bool     `json:"complete"`
		Unavailable []string `json:"unavailable"`
		Note        string   `json:"note"`
	}
	jsonClosure struct {
		Chain          string   `json:"chain"`
		Address        string   `json:"address"`
		AssetID        string   `json:"asset_id"`
		Symbol         string   `json:"symbol"`
		Opening        string   `json:"opening"`
		In             string   `json:"in"`
		Out            string   `json:"out"`
		Fees           string   `json:"fees"`
		Closing        string   `json:"closing"`
		Witness        *string  `json:"witness"`
		WitnessProof   string   `json:"witness_proof"`
		WitnessWhy     string   `json:"witness_why,omitempty"`
		Residual       *string  `json:"residual"`
		ResidualBlocks []uint64 `json:"residual_blocks"`
		Note           string   `json:"note,omitempty"`
	}
	jsonQuote struct {
		Source       string  `json:"source"`
		PriceUSD     string  `json:"price_usd"`
		At           string  `json:"at"`
		Method       string  `json:"method"`
		AgeSeconds   *int64  `json:"age_seconds,omitempty"` // where it served, the most
		LiquidityUSD *string `json:"liquidity_usd"`
		Confidence   *string `json:"confidence"`
		Note         string  `json:"note,omitempty"`
		Doubt        string  `json:"doubt,omitempty"`
	}
	jsonLoss struct {
		Chain       string             `json:"chain"`
		AssetID     string             `json:"asset_id"`
		Symbol      string             `json:"symbol"`
		Contract    *string            `json:"contract"`
		Decimals    uint8              `json:"decimals"`
		DecimalsOK  bool               `json:"decimals_known"`
		Gross       string             `json:"gross"`
		Returned    string             `json:"returned"`
		Net         string             `json:"net"`
		GrossUSD    *string            `json:"gross_usd"`
		ReturnedUSD *string            `json:"returned_usd"`
		NetUSD      *string            `json:"net_usd"`
		Quote       *jsonQuote         `json:"quote"`
		Leaked      string             `json:"leaked"`
		BeforeUSD   *string            `json:"before_usd"`
		ReportUSD   *string            `json:"report_usd"`
		Quotes      []jsonQuote        `json:"quotes"`
		Transfers   rows[jsonTransfer] `json:"transfers"`
	}
	jsonTransfer struct {
		Block        uint64              `json:"block"`
		Time         string              `json:"time"`
		BlockHash    string              `json:"block_hash"`
		Tx           *string             `json:"tx"`
		LogIndex     *uint32             `json:"log_index,omitempty"`
		TraceAddress *chain.TraceAddress `json:"trace_address,omitempty"`
		Kind         string              `json:"kind"`
		From         *string             `json:"from"`
		To           *string             `json:"to"`
		Quantity     string              `json:"quantity"`
		USD          *string             `json:"usd"`
		Class        string              `json:"class"`
		Leaked       bool                `json:"leaked,omitempty"`
		Basis        string              `json:"basis"`
		Rule         string              `json:"rule,omitempty"`
		Why          string              `json:"why"`
		Proof        string              `json:"proof"`
		ProofWhy     string              `json:"proof_why,omitempty"`
	}
	jsonExcluded struct {
		Class    string  `json:"class"`
		Chain    string  `json:"chain"`
		AssetID  string  `json:"asset_id"`
		Symbol   string  `json:"symbol"`
		Quantity string  `json:"quantity"`
		USD      *string `json:"usd"`
		Block    uint64  `json:"block"`
		Time     string  `json:"time"`
		Tx       *string `json:"tx"`
		Basis    string  `json:"basis"`
		Why      string  `json:"why"`
	}
	jsonTotals struct {
		GrossUSD             string   `json:"gross_usd"`
		ReturnedUSD          string   `json:"returned_usd"`
		NetUSD               string   `json:"net_usd"`
		VictimLossUSD        string   `json:"victim_loss_usd"`
		AttackerGainUSD      string   `json:"attacker_gain_usd"`
		LeakedUSD            *string  `json:"leaked_usd"`
		Firm                 jsonFirm `json:"firm"`
		WithoutHeuristicsUSD string   `json:"without_heuristics_usd"`
		DoubtfulUSD          string   `json:"doubtful_usd"`
		DoubtfulUnpriced     []string `json:"doubtful_unpriced"`
		BeforeUSD            *string  `json:"before_usd"`
		ReportUSD            *string  `json:"report_usd"`
		Unpriced             []string `json:"unpriced"`
	}
	jsonClaim struct {
		Kind     string  `json:"kind"`
		Text     string  `json:"text"`
		Line     int     `json:"line"`
		Asset    *string `json:"asset"`
		Quantity *string `json:"quantity"`
		USD      *string `json:"usd"`
		Chain    *string `json:"chain"`
		Project  *string `json:"project,omitempty"`
		Time     *string `json:"time,omitempty"`
	}
	jsonMeasured struct {
		Quantity *string `json:"quantity"`
		USD      *string `json:"usd"`
		Time     *string `json:"time,omitempty"`
	}
	jsonDifference struct {
		Quantity *string `json:"quantity"`
		USD      *string `json:"usd"`
		Percent  *string `json:"percent"`
	}
	jsonTolerance struct {
		Quantity *string `json:"quantity,omitempty"`
		USD      *string `json:"usd,omitempty"`
		Why      string  `json:"why"`
	}
	jsonCause struct {
		Code        string `json:"code"`
		Explanation string `json:"explanation"`
		Basis       string `json:"basis"`
	}
	jsonFinding struct {
		Claim      jsonClaim      `json:"claim"`
		Measured   jsonMeasured   `json:"measured"`
		Difference jsonDifference `json:"difference"`
		Tolerance  jsonTolerance  `json:"tolerance"`
		Verdict    string         `json:"verdict"`
		Causes     []jsonCause    `json:"causes"`
	}
	jsonUnreported struct {
		Chain    string  `json:"chain"`
		AssetID  string  `json:"asset_id"`
		Symbol   string  `json:"symbol"`
		Quantity string  `json:"quantity"`
		USD      *string `json:"usd"`
		Why      string  `json:"why"`
	}
	jsonChecked struct {
		CheckedUSD  *string `json:"checked_usd"`
		ReportedUSD *string `json:"reported_usd"`
		Percent     *string `json:"percent"`
	}
	jsonProblem struct {
		Line     int    `json:"line"`
		Column   int    `json:"column"`
		Severity string `json:"severity"`
		Code     string `json:"code"`
		Message  string `json:"message"`
		Hint     string `json:"hint"`
	}
	jsonRound struct {
		Addresses []string `json:"addresses"`
		Why       string   `json:"why"`
		Transfers int      `json:"transfers"`
	}
	jsonEvidence struct {
		CaseDigest   *string  `json:"case_digest"`
		FactsDigest  string   `json:"facts_digest"`
		Responses    int      `json:"responses"`
		ProvenLogs   int      `json:"proven_logs"`
		UnprovenLogs int      `json:"unproven_logs"`
		UnprovenWhy  []string `json:"unproven_why"`
		VouchedBy    []string `json:"vouched_by"`

		Vouched     []jsonVouched    `json:"vouched"`
		CrossChecks []jsonCrossCheck `json:"cross_checks"`
	}
	jsonRequests struct {
		HTTP  int   `json:"http"`
		RPC   int   `json:"rpc"`
		Bytes int64 `json:"bytes"`
	}
)

func (r jsonReport) stream(w *jsonWriter) { w.object(r) }

func (l jsonLoss) stream(w *jsonWriter) { w.object(l) }

func document(c *trace.Case) jsonReport {
	d := jsonReport{
		Schema:   Schema,
		Tool:     jsonTool{c.Tool},
		Incident: jsonIncident{c.Incident.File, text(c.Incident.Date), c.Incident.Title, list(c.Incident.Targets)},
		Scope:    scopeDocument(c),
		Totals:   totalsDocument(c.Statement.Totals),
		Checked:  checkedDocument(c.Result),
		Evidence: evidenceDocument(c),
		Requests: jsonRequests{c.Requests.HTTP, c.Requests.RPC, c.Requests.Bytes},
		Verdict:  string(c.Verdict), Heuristics: heuristicsDocument(),
		Flow:     flowDocument(c.Flow),
		Warnings: list(c.Warnings),
		Coverage: each(c.Coverage, coverageDocument),
		Closure:  each(c.Closure, func(x chain.Closure) jsonClosure { return closureDocument(x, c.Meta(x.Asset)) }),
		Trial:    rowsOf(c.TrialBalance, func(l *ledger.Line) jsonTrialLine { return trialLineDocument(l, c.Meta(l.Asset)) }),
		Losses:   rowsOf(c.Statement.Losses, lossDocument),
		Excluded: rowsIn(c.Statement.Excluded(), excludedDocument),
		Prices:   pricesDocument(c),
		Findings: each(c.Result.Findings, findingDocument),
		Problems: each(c.Incident.Problems, problemDocument),
	}
	d.Elsewhere = each(c.Statement.Elsewhere, elsewhereDocument)
	d.Remarks = each(c.Statement.Remarks, func(r loss.Remark) jsonRemark { return remarkDocument(r, c.Meta(r.Asset)) })
	d.Unreported = each(c.Result.Unreported, func(u reconcile.Unreported) jsonUnreported {
		l := u.Loss
		return jsonUnreported{chainName(l.Asset), l.Asset.String(), l.Meta.Symbol, whole(l.Gross, l.Meta).String(), digits(l.GrossUSD), u.Why}
	})
	d.Rounds = each(c.Rounds, func(r trace.Round) jsonRound {
		return jsonRound{each(r.Addresses, chain.Account.String), r.Why, r.Transfers}
	})
	return d
}

// each maps a list; the result is never null in JSON.
func each[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, x := range in {
		out = append(out, f(x))
	}
	return out
}

func list(in []string) []string { return each(in, func(s string) string { return s }) }

// text returns nil for the empty string: not stated.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func digits(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	s := d.String()
	return &s
}

func chainName(a chain.AssetID) string { return networkName(a.ChainID()) }

func networkName(id uint64) string {
	n, _ := chain.NetworkByID(id)
	return n.Name
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func unix(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

func scopeDocument(c *trace.Case) jsonScope {
	party := func(p chain.Party) jsonParty {
		return jsonParty{chain.Hex(p.Account.Address), networkName(p.Account.ChainID), p.Basis.String(), p.Why}
	}
	return jsonScope{
		Chains:    each(c.Scopes, chainDocument),
		Attackers: each(c.Attackers, party),
		Victims:   each(c.Statement.Victims, party),
	}
}

func chainDocument(s trace.ChainScope) jsonChain {
	d := jsonChain{
		Chain: s.Chain, Status: string(s.Status), Detail: s.Detail, Finalized: s.Finalized,
		Endpoint: text(s.Endpoint), Client: s.Client, Window: s.WindowWhy,
	}
	if s.ChainID != 0 {
		d.ChainID = &s.ChainID
	}
	if s.Window != (chain.Window{}) {
		d.FromBlock, d.ToBlock = &s.Window.From, &s.Window.To
	}
	if s.End != (chain.Block{}) {
		d.ToBlockHash = text(hashText(s.End.Hash))
		d.ToTime = text(stamp(unix(s.End.Time)))
	}
	return d
}

func coverageDocument(v chain.Coverage) jsonCoverage {
	return jsonCoverage{
		networkName(v.ChainID), chain.Hex(v.Address), string(v.Scope), string(v.Method),
		v.Window.From, v.Window.To, v.Complete, list(v.Unavailable), v.Note,
	}
}

func closureDocument(x chain.Closure, meta chain.TokenMeta) jsonClosure {
	amount := func(a chain.Amount) string { return whole(a, meta).String() }
	d := jsonClosure{
		Chain: networkName(x.ChainID), Address: chain.Hex(x.Address), AssetID: x.Asset.String(), Symbol: meta.Symbol,
		Opening: amount(x.Opening), In: amount(x.In), Out: amount(x.Out), Fees: amount(x.Fees), Closing: amount(x.Closing),
		WitnessProof: x.Proof.String(), WitnessWhy: x.Proof.Why(), Note: x.Note,
	}
	if residual, ok := x.Residual(); ok {
		d.Witness, d.Residual = text(amount(*x.Witness)), text(amount(residual))
	}
	if x.ResidualBlocks != nil {
		d.ResidualBlocks = []uint64{x.ResidualBlocks.From, x.ResidualBlocks.To}
	}
	return d
}

func lossDocument(l *loss.AssetLoss) jsonLoss {
	d := jsonLoss{
		Chain: chainName(l.Asset), AssetID: l.Asset.String(), Symbol: l.Meta.Symbol,
		Decimals: l.Meta.Decimals, DecimalsOK: l.Meta.DecimalsKnown,
		Gross: whole(l.Gross, l.Meta).String(), Returned: whole(l.Returned, l.Meta).String(), Net: whole(l.Net(), l.Meta).String(),
		GrossUSD: digits(l.GrossUSD), ReturnedUSD: digits(l.ReturnedUSD), NetUSD: digits(l.NetUSD()),
		Leaked: whole(l.Leaked, l.Meta).String(), BeforeUSD: digits(l.BeforeUSD), ReportUSD: digits(l.ReportUSD),
		Quotes: quotesOf(*l),
	}
	if l.Asset.Kind() != chain.Native {
		d.Contract = text(chain.Hex(l.Asset.Contract()))
	}
	if len(d.Quotes) > 0 {
		d.Quote = &d.Quotes[0]
	}
	d.Transfers = rowsOf(l.Judgements, func(j **loss.Judgement) jsonTransfer { return transferDocument(*j, l.Meta) })
	return d
}

func transferDocument(j *loss.Judgement, meta chain.TokenMeta) jsonTransfer {
	t := *j.Transfer
	d := jsonTransfer{
		Block: t.Block, Time: stamp(unix(t.Time)), BlockHash: t.BlockHash.Hex(), Tx: text(hashText(t.Tx)), Kind: t.Kind.String(),
		Quantity: wholeUnits(t.Units.ToBig(), meta).String(), Class: j.Class.String(), Leaked: j.Leaked, Basis: j.Basis.String(), Rule: j.Rule.String(), Why: j.Why,
		Proof: t.Proof.String(), ProofWhy: t.Proof.Why(),
	}
	d.LogIndex, d.TraceAddress = siteDocument(&t)
	d.From, d.To = endsDocument(t)
	if j.Value != nil {
		d.USD = text(j.Value.USD().String())
	}
	return d
}

func excludedDocument(e loss.Excluded) jsonExcluded {
	return jsonExcluded{
		e.Class.String(), chainName(e.Asset), e.Asset.String(), e.Meta.Symbol, whole(e.Amount, e.Meta).String(), digits(e.USD),
		e.Ref.Block, stamp(e.Time), text(hashText(e.Ref.Tx)), e.Basis.String(), e.Why,
	}
}

func totalsDocument(t loss.Totals) jsonTotals {
	return jsonTotals{
		GrossUSD: t.Gross.String(), ReturnedUSD: t.Returned.String(), NetUSD: t.Net.String(),
		VictimLossUSD: t.VictimLoss.String(), AttackerGainUSD: t.AttackerGain.String(), LeakedUSD: digits(t.Leaked), Firm: firmDocument(t.Firm),
		WithoutHeuristicsUSD: t.WithoutHeuristics.String(), DoubtfulUSD: t.Doubtful.String(), DoubtfulUnpriced: each(t.DoubtfulUnpriced, chain.AssetID.String),
		BeforeUSD: digits(t.Before), ReportUSD: digits(t.Report),
		Unpriced: each(t.Unpriced, chain.AssetID.String),
	}
}

func findingDocument(f reconcile.Finding) jsonFinding {
	figure := func(x *incident.Figure) *string {
		if x == nil {
			return nil
		}
		return digits(&x.Value)
	}
	d := jsonFinding{
		Claim: jsonClaim{
			Kind: string(f.Claim.Kind), Text: f.Claim.Text, Line: f.Claim.Pos.Line, Asset: text(f.Claim.Asset),
			Quantity: figure(f.Claim.Quantity), USD: figure(f.Claim.USD), Chain: text(f.Claim.Chain), Project: text(f.Claim.Project),
		},
		Measured:   jsonMeasured{Quantity: digits(f.Measured.Quantity), USD: digits(f.Measured.USD)},
		Difference: jsonDifference{digits(f.Difference.Quantity), digits(f.Difference.USD), digits(f.Difference.Percent)},
		Tolerance:  jsonTolerance{digits(f.Tolerance.Quantity), digits(f.Tolerance.USD), f.Tolerance.Why},
		Verdict:    string(f.Verdict),
		Causes: each(f.Causes, func(c reconcile.Cause) jsonCause {
			return jsonCause{string(c.Code), c.Explanation, c.Basis.String()}
		}),
	}
	if f.Timing != nil {
		d.Claim.Time, d.Measured.Time = text(stamp(f.Timing.Written)), text(stamp(f.Timing.Observed))
	}
	return d
}

func checkedDocument(r reconcile.Result) jsonChecked {
	return jsonChecked{digits(r.Checked), digits(r.Reported), digits(r.CheckedPercent())}
}

func problemDocument(p incident.Problem) jsonProblem {
	return jsonProblem{p.Pos.Line, p.Pos.Column, p.Severity, p.Code, p.Message, p.Hint}
}

func evidenceDocument(c *trace.Case) jsonEvidence {
	e := c.Evidence
	return jsonEvidence{
		text(caseDigest(e)), e.FactsDigest, e.Responses, e.Proven, e.Unproven, list(e.Why), list(e.VouchedBy),
		each(e.Vouched, vouchedDocument), each(c.CrossChecks, crossCheckDocument),
	}
}

// caseDigest is that of the stored responses; empty where there are none, for
// nothing has the same digest in every case.
func caseDigest(e trace.Evidence) string {
	if e.Responses == 0 {
		return ""
	}
	return e.CaseDigest
}
