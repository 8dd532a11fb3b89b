package flow

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Schema names the document that [Document] marshals to.
const Schema = "losstracer/flow/v1"

// Document is a result as a document of its own. A [Result] marshals to the
// same object without the schema, as it stands inside a report. Nothing else is
// added: amounts are decimal strings, addresses in lower case, and what has no
// price or no known scale is null. Ways, where there are any, are a field of the
// document.
type Document struct {
	*Result
	Ways *Ways
}

// MarshalJSON implements [json.Marshaler].
func (d Document) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := d.Write(&b)
	return b.Bytes(), err
}

// MarshalJSON implements [json.Marshaler].
func (r *Result) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := r.Write(&b)
	return b.Bytes(), err
}

// Write writes what [Result.MarshalJSON] returns, piece by piece.
func (r *Result) Write(w io.Writer) error {
	o := object{w: w}
	r.writeJSON(&o)
	return o.close()
}

// Write writes the document piece by piece: it may be as large as the transfers
// that it was made from.
func (d Document) Write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	o := object{w: out}
	o.field("schema", Schema)
	d.writeJSON(&o)
	if d.Ways != nil {
		o.field("ways", d.waysJSON(d.Ways))
	}
	return errors.Join(o.close(), out.Flush())
}

// object writes the fields of one JSON object.
type object struct {
	w   io.Writer
	n   int // fields so far
	err error
}

func (o *object) text(s string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, s)
	}
}

func (o *object) name(name string) {
	separator := ","
	if o.n == 0 {
		separator = "{"
	}
	o.n++
	o.text(separator + strconv.Quote(name) + ":")
}

func (o *object) value(v any) {
	text, err := json.Marshal(v)
	o.err = errors.Join(o.err, err)
	o.text(string(text))
}

func (o *object) field(name string, v any) {
	o.name(name)
	o.value(v)
}

func (o *object) close() error {
	o.text("}")
	return o.err
}

// list writes a field that is a list of n elements.
func list[T any](o *object, name string, n int, element func(i int) T) {
	o.name(name)
	o.text("[")
	for i := range n {
		if i > 0 {
			o.text(",")
		}
		o.value(element(i))
	}
	o.text("]")
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
	From       string `json:"from,omitempty"`
	Until      string `json:"until,omitempty"`
}

type listingJSON struct {
	tagJSON
	Amount   string `json:"amount"`
	Payments int    `json:"payments"`
}

func tagOf(t *Tag) tagJSON {
	j := tagJSON{Label: t.Label, Category: t.Category, Source: t.Source, Confidence: t.Confidence}
	if !t.From.IsZero() {
		j.From = stamp(t.From)
	}
	if !t.Until.IsZero() {
		j.Until = stamp(t.Until)
	}
	return j
}

type terminalJSON struct {
	Kind  TerminalKind `json:"kind"`
	Label *string      `json:"label"`
	partJSON
	spanJSON
	Basis    Basis             `json:"basis"`
	Why      string            `json:"why"`
	Tag      *tagJSON          `json:"tag"`
	Tags     []tagJSON         `json:"tags,omitempty"`
	Listings []listingJSON     `json:"sanctions,omitempty"`
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
	Basis     Basis  `json:"basis,omitempty"`
	Why       string `json:"why,omitempty"`
}

type heldJSON struct {
	partJSON
	spanJSON
	Silent bool      `json:"no_payment_known"`
	Tags   []tagJSON `json:"tags,omitempty"`
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

type likelyJSON struct {
	Chain    string    `json:"chain"`
	Address  string    `json:"address"`
	Payers   int       `json:"payers"`
	Payees   int       `json:"payees"`
	Receipts int       `json:"receipts"`
	Followed int       `json:"followed_receipts"`
	Contract bool      `json:"contract"`
	Passed   []sumJSON `json:"passed"`
	USD      *string   `json:"usd"`
	Basis    Basis     `json:"basis"`
	Why      string    `json:"why"`
}

type roundingJSON struct {
	Parts uint64 `json:"rounded_down"`
	Note  string `json:"note"`
}

func tagsOf(tags []Tag) []tagJSON {
	var list []tagJSON
	for i := range tags {
		list = append(list, tagOf(&tags[i]))
	}
	return list
}

func (r *Result) writeJSON(o *object) {
	o.field("policy", r.Policy)
	if name := r.Policy.LegalName(); name != "" {
		o.field("policy_legal_name", name)
	}
	direction := "forward"
	if r.Backward {
		direction = "backward"
	}
	o.field("direction", direction)
	o.field("limits", r.limitsJSON())
	list(o, "sources", len(r.Sources), func(i int) sourceJSON {
		s := &r.Sources[i]
		return sourceJSON{r.partJSON(s.Account, s.Sum), spanOf(s.Span), s.Continued}
	})
	list(o, "terminals", len(r.Terminals), func(i int) terminalJSON { return r.terminalJSON(&r.Terminals[i]) })
	list(o, "held", len(r.Held), func(i int) heldJSON {
		h := &r.Held[i]
		return heldJSON{r.partJSON(h.Account, h.Sum), spanOf(h.Span), h.Silent, tagsOf(r.Said(h.Account))}
	})
	list(o, "unresolved", len(r.Unresolved), func(i int) unresolvedJSON {
		return unresolvedJSON{r.partJSON(r.Unresolved[i].Account, r.Unresolved[i].Sum), r.Unresolved[i].Why}
	})
	list(o, "likely_services", len(r.Likely), func(i int) likelyJSON {
		l := &r.Likely[i]
		j := likelyJSON{
			chainName(l.Account), chain.Hex(l.Account.Address), l.Payers, l.Payees, l.Receipts, l.Followed, l.Contract,
			make([]sumJSON, len(l.Passed)), dollars(l.USD), l.Basis, l.Why,
		}
		for k, sum := range l.Passed {
			j.Passed[k] = r.sumJSON(sum)
		}
		return j
	})
	o.field("freezes_asked_of", append([]chain.AssetID{}, r.FreezeAsked...))
	o.field("freezes_not_asked_of", append([]chain.AssetID{}, r.FreezeUnasked...))
	r.writeEdges(o)
	r.writeEvidence(o)
}

func (r *Result) writeEdges(o *object) {
	o.name("edges")
	separator := "["
	for e := range r.EachEdge() {
		if o.err != nil {
			return
		}
		o.text(separator)
		o.value(r.edgeJSON(e))
		separator = ","
	}
	if separator == "[" {
		o.text(separator)
	}
	o.text("]")
}

func (r *Result) writeEvidence(o *object) {
	list(o, "conversions", len(r.Conversions), func(i int) conversionJSON {
		c := &r.Conversions[i]
		return conversionJSON{
			chainName(c.Account), chain.Hex(c.Account.Address), c.Tx.Hex(), c.Block, stamp(c.Time),
			r.partsJSON(c.Out), r.partsJSON(c.In), c.Basis, c.Note,
		}
	})
	list(o, "fees", len(r.Fees), func(i int) partJSON { return r.partJSON(r.Fees[i].Account, r.Fees[i].Sum) })
	list(o, "conservation", len(r.Balances), func(i int) balanceJSON {
		b := &r.Balances[i]
		return balanceJSON{
			b.Asset.String(), b.Sources.String(), b.Terminals.String(), b.Held.String(), b.Fees.String(),
			b.ConvertedOut.String(), b.ConvertedIn.String(), b.Unresolved.String(), b.Difference().String(),
		}
	})
	list(o, "opening_balances", len(r.Openings), func(i int) partJSON { return r.partJSON(r.Openings[i].Account, r.Openings[i].Sum) })
	list(o, "opened", len(r.Opened), func(i int) openingJSON {
		s := &r.Opened[i]
		step := openingJSON{chainName(s.Account), chain.Hex(s.Account.Address), s.Order, dollars(s.USD), s.Transfers, s.Hub, nil}
		if s.Err != nil {
			text := s.Err.Error()
			step.Error = &text
		}
		return step
	})
	o.field("requests", r.Requests)
	o.field("rounding", roundingJSON{r.Rounded, "each by less than one base unit"})
	o.field("warnings", append([]string{}, r.Warnings...))
}

func (r *Result) limitsJSON() map[string]cutJSON {
	limits := map[string]cutJSON{}
	for _, c := range r.Cuts {
		cut := cutJSON{Limit: c.Setting, CutOff: dollars(&c.USD), Unpriced: c.Unpriced, Amounts: []sumJSON{}}
		for _, s := range c.Amounts {
			cut.Amounts = append(cut.Amounts, r.sumJSON(s))
		}
		limits[c.Limit] = cut
	}
	return limits
}

func (r *Result) terminalJSON(t *Terminal) terminalJSON {
	j := terminalJSON{
		Kind: t.Kind, partJSON: r.partJSON(t.Account, t.Sum), spanJSON: spanOf(t.Span),
		Basis: t.Basis, Why: t.Why, Limit: t.Limit,
	}
	if t.Tag != nil {
		j.Label = &t.Tag.Label
		tag := tagOf(t.Tag)
		j.Tag = &tag
	}
	j.Tags = tagsOf(t.Tags)
	for i := range t.Listings {
		l := &t.Listings[i]
		j.Listings = append(j.Listings, listingJSON{tagOf(&l.Tag), l.Units.String(), l.Count})
	}
	for _, p := range t.Deposits {
		j.Deposits = append(j.Deposits, depositJSON{chain.Hex(p.From.Address), p.Tx.Hex(), p.Block, stamp(p.Time), p.Units.String()})
	}
	for _, a := range t.Via {
		j.Via = append(j.Via, chain.Hex(a.Address))
	}
	for _, c := range t.Onward {
		j.Onward = append(j.Onward, crossingJSON{c.Bridge, c.Chain, c.Recipient, c.Followed != nil, c.Basis, c.Why})
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
