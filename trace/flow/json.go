package flow

import (
	"encoding/json"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Schema names the document that [Document] marshals to.
const Schema = "losstracer/flow/v1"

// Document is a result as a document of its own. A [Result] marshals to the
// same object without the schema, as it stands inside a report. Nothing else is
// added: amounts are decimal strings, addresses in lower case, and what has no
// price or no known scale is null.
type Document struct{ *Result }

// MarshalJSON implements [json.Marshaler].
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Schema string `json:"schema"`
		flowJSON
	}{Schema, d.document()})
}

// MarshalJSON implements [json.Marshaler].
func (r *Result) MarshalJSON() ([]byte, error) { return json.Marshal(r.document()) }

type flowJSON struct {
	Policy       Policy             `json:"policy"`
	LegalName    string             `json:"policy_legal_name,omitempty"`
	Direction    string             `json:"direction"`
	Limits       map[string]cutJSON `json:"limits"`
	Sources      []sourceJSON       `json:"sources"`
	Terminals    []terminalJSON     `json:"terminals"`
	Held         []heldJSON         `json:"held"`
	Unresolved   []unresolvedJSON   `json:"unresolved"`
	Edges        []edgeJSON         `json:"edges"`
	Conversions  []conversionJSON   `json:"conversions"`
	Fees         []partJSON         `json:"fees"`
	Conservation []balanceJSON      `json:"conservation"`
	Openings     []partJSON         `json:"opening_balances"`
	Opened       []openingJSON      `json:"opened"`
	Requests     int                `json:"requests"`
	Rounding     roundingJSON       `json:"rounding"`
	Warnings     []string           `json:"warnings"`
}

type sumJSON struct {
	Chain    string  `json:"chain"`
	Asset    string  `json:"asset_id"`
	Symbol   string  `json:"symbol"`
	Quantity *string `json:"quantity"`
	Amount   string  `json:"amount"`
	USD      *string `json:"usd"`
}

type spanJSON struct {
	FirstBlock uint64 `json:"first_block"`
	LastBlock  uint64 `json:"last_block"`
	FirstTime  string `json:"first_time"`
	LastTime   string `json:"last_time"`
	Count      int    `json:"count"`
}

type partJSON struct {
	Address string `json:"address"`
	sumJSON
}

type sourceJSON struct {
	partJSON
	spanJSON
	Continued bool `json:"continued,omitempty"`
}

type tagJSON struct {
	Label      string `json:"label"`
	Category   string `json:"category"`
	Source     string `json:"source"`
	Confidence int    `json:"confidence"`
}

type terminalJSON struct {
	Kind  TerminalKind `json:"kind"`
	Label *string      `json:"label"`
	partJSON
	spanJSON
	Basis    Basis             `json:"basis"`
	Why      string            `json:"why"`
	Tag      *tagJSON          `json:"tag"`
	Limit    string            `json:"limit,omitempty"`
	Deposits []depositJSON     `json:"deposits,omitempty"`
	Via      []string          `json:"via_deposit_addresses,omitempty"`
	Onward   []crossingJSON    `json:"onward,omitempty"`
	ByPolicy map[string]string `json:"by_policy,omitempty"`
}

type depositJSON struct {
	From   string `json:"from"`
	Tx     string `json:"tx"`
	Block  uint64 `json:"block"`
	Time   string `json:"time"`
	Amount string `json:"amount"`
}

type crossingJSON struct {
	Bridge    string `json:"bridge"`
	Chain     string `json:"chain"`
	Recipient string `json:"recipient"`
	Followed  bool   `json:"followed"`
}

type heldJSON struct {
	partJSON
	spanJSON
	Silent bool `json:"no_payment_known"`
}

type unresolvedJSON struct {
	partJSON
	Why string `json:"why"`
}

type edgeJSON struct {
	From          string `json:"from"`
	To            string `json:"to"`
	ToChain       string `json:"to_chain"`
	ConvertedFrom string `json:"converted_from,omitempty"`
	ConvertedTo   string `json:"converted_to,omitempty"`
	sumJSON
	spanJSON
}

type conversionJSON struct {
	Chain   string     `json:"chain"`
	Address string     `json:"address"`
	Tx      string     `json:"tx"`
	Block   uint64     `json:"block"`
	Time    string     `json:"time"`
	Out     []partJSON `json:"out"`
	In      []partJSON `json:"in"`
	Basis   Basis      `json:"basis"`
	Note    string     `json:"note,omitempty"`
}

type balanceJSON struct {
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

type cutJSON struct {
	Limit    string    `json:"limit"`
	CutOff   *string   `json:"cut_off_usd"`
	Unpriced bool      `json:"unpriced"`
	Amounts  []sumJSON `json:"amounts"`
}

type openingJSON struct {
	Chain     string  `json:"chain"`
	Address   string  `json:"address"`
	Order     int     `json:"order"`
	USD       *string `json:"unexplored_usd"`
	Transfers int     `json:"transfers"`
	Hub       bool    `json:"hub"`
	Error     *string `json:"error"`
}

type roundingJSON struct {
	Parts uint64 `json:"rounded_down"`
	Note  string `json:"note"`
}

func (r *Result) document() flowJSON {
	d := flowJSON{
		Policy: r.Policy, LegalName: r.Policy.LegalName(), Direction: "forward", Limits: map[string]cutJSON{},
		Sources: []sourceJSON{}, Terminals: []terminalJSON{}, Held: []heldJSON{}, Unresolved: []unresolvedJSON{},
		Edges: []edgeJSON{}, Conversions: []conversionJSON{}, Fees: r.partsJSON(r.Fees),
		Conservation: []balanceJSON{}, Openings: []partJSON{}, Opened: []openingJSON{}, Requests: r.Requests,
		Rounding: roundingJSON{r.Rounded, "each by less than one base unit"}, Warnings: append([]string{}, r.Warnings...),
	}
	if r.Backward {
		d.Direction = "backward"
	}
	for _, s := range r.Sources {
		d.Sources = append(d.Sources, sourceJSON{r.partJSON(s.Account, s.Sum), spanOf(s.Span), s.Continued})
	}
	for i := range r.Terminals {
		d.Terminals = append(d.Terminals, r.terminalJSON(&r.Terminals[i]))
	}
	for _, h := range r.Held {
		d.Held = append(d.Held, heldJSON{r.partJSON(h.Account, h.Sum), spanOf(h.Span), h.Silent})
	}
	for _, u := range r.Unresolved {
		d.Unresolved = append(d.Unresolved, unresolvedJSON{r.partJSON(u.Account, u.Sum), u.Why})
	}
	for _, e := range r.Edges() {
		d.Edges = append(d.Edges, r.edgeJSON(&e))
	}
	r.evidenceJSON(&d)
	return d
}

func (r *Result) evidenceJSON(d *flowJSON) {
	for _, c := range r.Conversions {
		d.Conversions = append(d.Conversions, conversionJSON{
			chainName(c.Account), chain.Hex(c.Account.Address), c.Tx.Hex(), c.Block, stamp(c.Time),
			r.partsJSON(c.Out), r.partsJSON(c.In), c.Basis, c.Note,
		})
	}
	for _, b := range r.Balances {
		d.Conservation = append(d.Conservation, balanceJSON{
			b.Asset.String(), b.Sources.String(), b.Terminals.String(), b.Held.String(), b.Fees.String(),
			b.ConvertedOut.String(), b.ConvertedIn.String(), b.Unresolved.String(), b.Difference().String(),
		})
	}
	for _, o := range r.Openings {
		d.Openings = append(d.Openings, r.partJSON(o.Account, o.Sum))
	}
	for _, o := range r.Opened {
		step := openingJSON{chainName(o.Account), chain.Hex(o.Account.Address), o.Order, dollars(o.USD), o.Transfers, o.Hub, nil}
		if o.Err != nil {
			text := o.Err.Error()
			step.Error = &text
		}
		d.Opened = append(d.Opened, step)
	}
	for _, c := range r.Cuts {
		cut := cutJSON{Limit: c.Setting, CutOff: dollars(&c.USD), Unpriced: c.Unpriced, Amounts: []sumJSON{}}
		for _, s := range c.Amounts {
			cut.Amounts = append(cut.Amounts, r.sumJSON(s))
		}
		d.Limits[c.Limit] = cut
	}
}

func (r *Result) terminalJSON(t *Terminal) terminalJSON {
	j := terminalJSON{
		Kind: t.Kind, partJSON: r.partJSON(t.Account, t.Sum), spanJSON: spanOf(t.Span),
		Basis: t.Basis, Why: t.Why, Limit: t.Limit,
	}
	if t.Tag != nil {
		j.Label = &t.Tag.Label
		j.Tag = &tagJSON{t.Tag.Label, t.Tag.Category, t.Tag.Source, t.Tag.Confidence}
	}
	for _, p := range t.Deposits {
		j.Deposits = append(j.Deposits, depositJSON{chain.Hex(p.From.Address), p.Tx.Hex(), p.Block, stamp(p.Time), p.Units.String()})
	}
	for _, a := range t.Via {
		j.Via = append(j.Via, chain.Hex(a.Address))
	}
	for _, c := range t.Onward {
		j.Onward = append(j.Onward, crossingJSON{c.Bridge, c.Chain, c.Recipient, c.Arrival != nil})
	}
	if t.ByPolicy != nil {
		j.ByPolicy = map[string]string{}
		for _, p := range t.ByPolicy {
			j.ByPolicy[p.Policy.String()] = p.Units.String()
		}
	}
	return j
}

func (r *Result) edgeJSON(e *Edge) edgeJSON {
	j := edgeJSON{
		From: chain.Hex(e.From.Address), To: chain.Hex(e.To.Address), ToChain: chainName(e.To),
		sumJSON: r.sumJSON(e.Sum), spanJSON: spanOf(e.Span),
	}
	if !e.ConvertedFrom.IsZero() {
		j.ConvertedFrom = e.ConvertedFrom.String()
	}
	if !e.ConvertedTo.IsZero() {
		j.ConvertedTo = e.ConvertedTo.String()
	}
	return j
}

func (r *Result) partJSON(a Account, s Sum) partJSON {
	return partJSON{chain.Hex(a.Address), r.sumJSON(s)}
}

func (r *Result) partsJSON(parts []Part) []partJSON {
	list := make([]partJSON, len(parts))
	for i, p := range parts {
		list[i] = r.partJSON(p.Account, p.Sum)
	}
	return list
}

func (r *Result) sumJSON(s Sum) sumJSON {
	m, _ := r.Meta(s.Asset)
	j := sumJSON{
		Chain: chainName(Account{ChainID: s.Asset.ChainID}), Asset: s.Asset.String(), Symbol: m.Symbol,
		Amount: (*big.Int)(s.Units).String(), USD: dollars(s.USD),
	}
	if q, ok := r.Quantity(s.Asset, s.Units); ok {
		text := q.String()
		j.Quantity = &text
	}
	return j
}

func chainName(a Account) string {
	n, _ := chain.NetworkByID(a.ChainID)
	return n.Name
}

func spanOf(s Span) spanJSON {
	return spanJSON{s.FirstBlock, s.LastBlock, stamp(s.FirstTime), stamp(s.LastTime), s.Count}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// dollars is where sums are rounded, once, to cents.
func dollars(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	text := d.RoundBank(2).String()
	return &text
}
