package report

import (
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// FlowSchema names the form of a flow that is a document of its own. As it
// stands in a report it has the same fields and no schema.
const FlowSchema = "losstracer/flow/v1"

// The types below are the contract of losstracer/flow/v1. Amounts are in base
// units, quantities in whole units, money in dollars, all as decimal strings;
// what has no price or no known scale is null.
type (
	jsonFlow struct {
		Schema        string               `json:"schema,omitempty"`
		Policy        flow.Policy          `json:"policy"`
		LegalName     string               `json:"policy_legal_name,omitempty"`
		Direction     string               `json:"direction"`
		Limits        map[string]jsonCut   `json:"limits"`
		Sources       rows[jsonSource]     `json:"sources"`
		Terminals     rows[jsonTerminal]   `json:"terminals"`
		Held          rows[jsonHeld]       `json:"held"`
		Unresolved    rows[jsonUnresolved] `json:"unresolved"`
		Likely        []jsonLikely         `json:"likely_services"`
		FreezeAsked   []string             `json:"freezes_asked_of"`
		FreezeUnasked []string             `json:"freezes_not_asked_of"`
		Edges         rows[jsonEdge]       `json:"edges"`
		Conversions   rows[jsonConversion] `json:"conversions"`
		Fees          rows[jsonPart]       `json:"fees"`
		Conservation  rows[jsonBalance]    `json:"conservation"`
		Assumed       rows[jsonPart]       `json:"opening_balances"`
		Opened        rows[jsonOpening]    `json:"opened"`
		Requests      int                  `json:"requests"`
		Rounding      jsonRounding         `json:"rounding"`
		Warnings      []string             `json:"warnings"`
		Ways          *jsonWays            `json:"ways,omitempty"`
	}
	jsonSum struct {
		Chain    string  `json:"chain"`
		Asset    string  `json:"asset_id"`
		Symbol   string  `json:"symbol"`
		Quantity *string `json:"quantity"`
		Amount   string  `json:"amount"`
		USD      *string `json:"usd"`
	}
	jsonSpan struct {
		FirstBlock uint64 `json:"first_block"`
		LastBlock  uint64 `json:"last_block"`
		FirstTime  string `json:"first_time"`
		LastTime   string `json:"last_time"`
		Count      int    `json:"count"`
	}
	jsonPart struct {
		Address string `json:"address"`
		jsonSum
	}
	jsonSource struct {
		jsonPart
		jsonSpan
		Continued bool `json:"continued,omitempty"`
	}
	jsonTag struct {
		Label      string `json:"label"`
		Category   string `json:"category"`
		Source     string `json:"source"`
		Confidence int    `json:"confidence"`
		From       string `json:"from,omitempty"`
		Until      string `json:"until,omitempty"`
	}
	jsonListing struct {
		jsonTag
		Amount   string `json:"amount"`
		Payments int    `json:"payments"`
	}
	jsonTerminal struct {
		Kind  flow.TerminalKind `json:"kind"`
		Label *string           `json:"label"`
		jsonPart
		jsonSpan
		Basis    chain.Basis       `json:"basis"`
		Why      string            `json:"why"`
		Tag      *jsonTag          `json:"tag"`
		Tags     []jsonTag         `json:"tags,omitempty"`
		Listings []jsonListing     `json:"sanctions,omitempty"`
		Limit    string            `json:"limit,omitempty"`
		Deposits []jsonDeposit     `json:"deposits,omitempty"`
		Via      []string          `json:"via_deposit_addresses,omitempty"`
		Onward   []jsonCrossing    `json:"onward,omitempty"`
		ByPolicy map[string]string `json:"by_policy,omitempty"`
	}
	jsonDeposit struct {
		From   string `json:"from"`
		Tx     string `json:"tx"`
		Block  uint64 `json:"block"`
		Time   string `json:"time"`
		Amount string `json:"amount"`
	}
	jsonCrossing struct {
		Bridge    string      `json:"bridge"`
		Chain     string      `json:"chain"`
		Recipient string      `json:"recipient"`
		Followed  bool        `json:"followed"`
		Basis     chain.Basis `json:"basis,omitempty"`
		Why       string      `json:"why,omitempty"`
	}
	jsonHeld struct {
		jsonPart
		jsonSpan
		Silent bool      `json:"no_payment_known"`
		Tags   []jsonTag `json:"tags,omitempty"`
	}
	jsonUnresolved struct {
		jsonPart
		Why string `json:"why"`
	}
	jsonEdge struct {
		From          string `json:"from"`
		To            string `json:"to"`
		ToChain       string `json:"to_chain"`
		ConvertedFrom string `json:"converted_from,omitempty"`
		ConvertedTo   string `json:"converted_to,omitempty"`
		jsonSum
		jsonSpan
	}
	jsonConversion struct {
		Chain   string      `json:"chain"`
		Address string      `json:"address"`
		Tx      string      `json:"tx"`
		Block   uint64      `json:"block"`
		Time    string      `json:"time"`
		Out     []jsonPart  `json:"out"`
		In      []jsonPart  `json:"in"`
		Basis   chain.Basis `json:"basis"`
		Note    string      `json:"note,omitempty"`
	}
	jsonBalance struct {
		Asset        string `json:"asset_id"`
		Sources      string `json:"sources"`
		Terminals    string `json:"terminals"`
		Held         string `json:"held"`
		Fees         string `json:"fees"`
		ConvertedOut string `json:"converted_out"`
		ConvertedIn  string `json:"converted_in"`
		Unresolved   string `json:"unresolved"`
		Difference   string `json:"difference"`
	}
	jsonCut struct {
		Limit    string    `json:"limit"`
		CutOff   *string   `json:"cut_off_usd"`
		Unpriced bool      `json:"unpriced"`
		Amounts  []jsonSum `json:"amounts"`
	}
	jsonOpening struct {
		Chain     string  `json:"chain"`
		Address   string  `json:"address"`
		Order     int     `json:"order"`
		USD       *string `json:"unexplored_usd"`
		Transfers int     `json:"transfers"`
		Hub       bool    `json:"hub"`
		Error     *string `json:"error"`
	}
	jsonLikely struct {
		Chain    string      `json:"chain"`
		Address  string      `json:"address"`
		Payers   int         `json:"payers"`
		Payees   int         `json:"payees"`
		Receipts int         `json:"receipts"`
		Followed int         `json:"followed_receipts"`
		Contract bool        `json:"contract"`
		Passed   []jsonSum   `json:"passed"`
		USD      *string     `json:"usd"`
		Basis    chain.Basis `json:"basis"`
		Why      string      `json:"why"`
	}
	jsonWays struct {
		To       string    `json:"to"`
		Complete bool      `json:"complete"`
		Paths    []jsonWay `json:"paths"`
	}
	jsonWay struct {
		jsonPart
		Crossed bool       `json:"from_bridge,omitempty"`
		Steps   []jsonStep `json:"steps"`
	}
	jsonStep struct {
		From string `json:"from"`
		To   string `json:"to"`
		jsonSum
		Tx        string `json:"tx"`
		Block     uint64 `json:"block"`
		Time      string `json:"time"`
		Converted bool   `json:"converted"`
	}
	jsonRounding struct {
		Parts uint64 `json:"rounded_down"`
		Note  string `json:"note"`
	}
)

func (f *jsonFlow) stream(w *jsonWriter) {
	if f == nil {
		w.text("null")
		return
	}
	w.object(*f)
}

// flowDocument returns a flow as it stands in a report; nil where nothing was
// followed.
func flowDocument(r *flow.Result) *jsonFlow {
	if r == nil {
		return nil
	}
	d := &jsonFlow{
		Policy: r.Policy, LegalName: r.Policy.LegalName(), Direction: "forward", Limits: cutDocuments(r),
		Requests: r.Requests, Rounding: jsonRounding{r.Rounded, "each by less than one base unit"}, Warnings: list(r.Warnings),
		FreezeAsked: each(r.FreezeAsked, chain.AssetID.String), FreezeUnasked: each(r.FreezeUnasked, chain.AssetID.String),
		Likely:       each(r.Likely, func(l flow.Likely) jsonLikely { return likelyDocument(r, &l) }),
		Terminals:    rowsOf(r.Terminals, func(t *flow.Terminal) jsonTerminal { return terminalDocument(r, t) }),
		Edges:        rowsIn(r.EachEdge(), func(e *flow.Edge) jsonEdge { return edgeDocument(r, e) }),
		Conversions:  rowsOf(r.Conversions, func(c *flow.Conversion) jsonConversion { return conversionDocument(r, c) }),
		Fees:         rowsOf(r.Fees, func(p *flow.Part) jsonPart { return partDocument(r, p.Account, p.Sum) }),
		Assumed:      rowsOf(r.Openings, func(a *flow.Assumption) jsonPart { return partDocument(r, a.Account, a.Sum) }),
		Conservation: rowsOf(r.Balances, balanceDocument), Opened: rowsOf(r.Opened, openingDocument),
	}
	if r.Backward {
		d.Direction = "backward"
	}
	d.Sources = rowsOf(r.Sources, func(s *flow.Source) jsonSource {
		return jsonSource{partDocument(r, s.Account, s.Sum), spanDocument(s.Span), s.Continued}
	})
	d.Held = rowsOf(r.Held, func(h *flow.Held) jsonHeld {
		return jsonHeld{partDocument(r, h.Account, h.Sum), spanDocument(h.Span), h.Silent, tagDocuments(r.Said(h.Account))}
	})
	d.Unresolved = rowsOf(r.Unresolved, func(u *flow.Unresolved) jsonUnresolved {
		return jsonUnresolved{partDocument(r, u.Account, u.Sum), u.Why}
	})
	return d
}

func conversionDocument(r *flow.Result, c *flow.Conversion) jsonConversion {
	return jsonConversion{
		networkName(c.Account.ChainID), accountText(c.Account), c.Tx.Hex(), c.Block, stamp(c.Time),
		partDocuments(r, c.Out), partDocuments(r, c.In), c.Basis, c.Note,
	}
}

func balanceDocument(b *flow.Balance) jsonBalance {
	return jsonBalance{
		b.Asset.String(), b.Sources.String(), b.Terminals.String(), b.Held.String(), b.Fees.String(),
		b.ConvertedOut.String(), b.ConvertedIn.String(), b.Unresolved.String(), b.Difference().String(),
	}
}

func openingDocument(s *flow.Opening) jsonOpening {
	d := jsonOpening{networkName(s.Account.ChainID), accountText(s.Account), s.Order, cents(s.USD), s.Transfers, s.Hub, nil}
	if s.Err != nil {
		d.Error = text(s.Err.Error())
	}
	return d
}

func cutDocuments(r *flow.Result) map[string]jsonCut {
	limits := map[string]jsonCut{}
	for _, c := range r.Cuts {
		limits[c.Limit] = jsonCut{
			Limit: c.Setting, CutOff: cents(&c.USD), Unpriced: c.Unpriced,
			Amounts: each(c.Amounts, func(s flow.Sum) jsonSum { return sumDocument(r, s) }),
		}
	}
	return limits
}

func likelyDocument(r *flow.Result, l *flow.Likely) jsonLikely {
	return jsonLikely{
		networkName(l.Account.ChainID), accountText(l.Account), l.Payers, l.Payees, l.Receipts, l.Followed, l.Contract,
		each(l.Passed, func(s flow.Sum) jsonSum { return sumDocument(r, s) }), cents(l.USD), l.Basis, l.Why,
	}
}

func waysDocument(r *flow.Result, ways *flow.Ways) *jsonWays {
	return &jsonWays{chain.Hex(ways.To), ways.Complete, each(ways.Paths, func(p flow.Path) jsonWay {
		return jsonWay{partDocument(r, p.Account(r.Backward), p.Sum), p.Crossed, each(p.Steps, func(s flow.Step) jsonStep {
			return jsonStep{accountText(s.From), accountText(s.To), sumDocument(r, s.Part), s.Tx.Hex(), s.Block, stamp(s.Time), s.Converted}
		})}
	})}
}

func terminalDocument(r *flow.Result, t *flow.Terminal) jsonTerminal {
	d := jsonTerminal{
		Kind: t.Kind, jsonPart: partDocument(r, t.Account, t.Sum), jsonSpan: spanDocument(t.Span),
		Basis: t.Basis, Why: t.Why, Limit: t.Limit, Tags: tagDocuments(t.Tags),
		Deposits: each(t.Deposits, func(p flow.Deposit) jsonDeposit {
			return jsonDeposit{accountText(p.From), p.Tx.Hex(), p.Block, stamp(p.Time), p.Units.String()}
		}),
		Via: each(t.Via, accountText),
		Onward: each(t.Onward, func(c flow.Crossing) jsonCrossing {
			return jsonCrossing{c.Bridge, c.Chain, c.Recipient, c.Followed != nil, c.Basis, c.Why}
		}),
		Listings: each(t.Listings, func(l flow.Listing) jsonListing {
			return jsonListing{tagDocument(&l.Tag), l.Units.String(), l.Count}
		}),
	}
	if t.Tag != nil {
		tag := tagDocument(t.Tag)
		d.Label, d.Tag = &tag.Label, &tag
	}
	if t.ByPolicy != nil {
		d.ByPolicy = map[string]string{}
		for _, p := range t.ByPolicy {
			d.ByPolicy[p.Policy.String()] = p.Units.String()
		}
	}
	return d
}

func edgeDocument(r *flow.Result, e *flow.Edge) jsonEdge {
	d := jsonEdge{
		From: accountText(e.From), To: accountText(e.To), ToChain: networkName(e.To.ChainID),
		jsonSum: sumDocument(r, e.Sum), jsonSpan: spanDocument(e.Span),
	}
	if !e.ConvertedFrom.IsZero() {
		d.ConvertedFrom = e.ConvertedFrom.String()
	}
	if !e.ConvertedTo.IsZero() {
		d.ConvertedTo = e.ConvertedTo.String()
	}
	return d
}

func tagDocument(t *flow.Tag) jsonTag {
	d := jsonTag{Label: t.Label, Category: t.Category, Source: t.Source, Confidence: t.Confidence}
	if !t.From.IsZero() {
		d.From = stamp(t.From)
	}
	if !t.Until.IsZero() {
		d.Until = stamp(t.Until)
	}
	return d
}

func tagDocuments(tags []flow.Tag) []jsonTag {
	return each(tags, func(t flow.Tag) jsonTag { return tagDocument(&t) })
}

func partDocument(r *flow.Result, a flow.Account, s flow.Sum) jsonPart {
	return jsonPart{accountText(a), sumDocument(r, s)}
}

func partDocuments(r *flow.Result, parts []flow.Part) []jsonPart {
	return each(parts, func(p flow.Part) jsonPart { return partDocument(r, p.Account, p.Sum) })
}

func sumDocument(r *flow.Result, s flow.Sum) jsonSum {
	m, _ := r.Meta(s.Asset)
	d := jsonSum{
		Chain: chainName(s.Asset), Asset: s.Asset.String(), Symbol: m.Symbol, Amount: s.Units.String(), USD: cents(s.USD),
	}
	if q, ok := r.Quantity(s.Asset, s.Units); ok {
		d.Quantity = digits(&q)
	}
	return d
}

func spanDocument(s flow.Span) jsonSpan {
	return jsonSpan{s.FirstBlock, s.LastBlock, stamp(s.FirstTime), stamp(s.LastTime), s.Count}
}

// cents is where sums of a flow are rounded, once.
func cents(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	return text(d.RoundBank(2).String())
}
