package incident

import (
	"encoding/json"
	"io"
	"time"

	"github.com/shopspring/decimal"
)

// Schema names the layout that [Incident.WriteJSON] writes.
const Schema = "losstracer/incident/v1"

type jsonIncident struct {
	Schema       string            `json:"schema"`
	File         string            `json:"file"`
	Date         *string           `json:"date"`
	Title        string            `json:"title"`
	Targets      []string          `json:"targets"`
	Reported     jsonReported      `json:"reported"`
	Addresses    []jsonAddress     `json:"addresses"`
	Transactions []jsonTransaction `json:"transactions"`
	Timeline     []jsonEvent       `json:"timeline"`
	Problems     []jsonProblem     `json:"problems"`
}

type jsonReported struct {
	FrontMatter *string     `json:"front_matter_usd"`
	Title       *string     `json:"title_usd"`
	Totals      []jsonClaim `json:"totals"`
	Assets      []jsonClaim `json:"assets"`
	Chains      []jsonClaim `json:"chains"`
	Recovered   []jsonClaim `json:"recovered"`
}

type jsonClaim struct {
	Asset       *string       `json:"asset"`
	Quantity    *string       `json:"quantity"`
	USD         *string       `json:"usd"`
	Currency    string        `json:"currency,omitempty"`
	Amount      *string       `json:"amount,omitempty"`
	Chain       *string       `json:"chain"`
	Project     *string       `json:"project"`
	Approximate bool          `json:"approximate"`
	Bound       string        `json:"bound,omitempty"`
	Text        string        `json:"text"`
	Section     string        `json:"section"`
	Line        int           `json:"line"`
	Column      int           `json:"column"`
	Readings    []jsonReading `json:"readings"`
}

type jsonReading struct {
	Quantity *string `json:"quantity"`
	USD      *string `json:"usd"`
	Why      string  `json:"why"`
}

type jsonAddress struct {
	Address string  `json:"address"`
	Chain   *string `json:"chain"`
	Role    Role    `json:"role"`
	Section string  `json:"section"`
	Line    int     `json:"line"`
	Column  int     `json:"column"`
	Why     string  `json:"why"`
}

type jsonTransaction struct {
	Hash   string  `json:"hash"`
	Chain  *string `json:"chain"`
	Role   TxRole  `json:"role"`
	Line   int     `json:"line"`
	Column int     `json:"column"`
}

type jsonEvent struct {
	Time      string    `json:"time"`
	Precision Precision `json:"precision"`
	Zoned     bool      `json:"zoned"`
	Text      string    `json:"text"`
	Line      int       `json:"line"`
	Column    int       `json:"column"`
}

type jsonProblem struct {
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

// WriteJSON writes the incident as one line of JSON, schema
// losstracer/incident/v1. Amounts are decimal strings, times are RFC 3339 in
// UTC, and null is what the document does not state.
func (inc *Incident) WriteJSON(w io.Writer) error {
	out := jsonIncident{
		Schema: Schema, File: inc.File, Date: orNull(inc.Date), Title: inc.Title, Targets: orEmpty(inc.Targets),
		Reported:  jsonReported{Totals: []jsonClaim{}, Assets: []jsonClaim{}, Chains: []jsonClaim{}, Recovered: []jsonClaim{}},
		Addresses: []jsonAddress{}, Transactions: []jsonTransaction{}, Timeline: []jsonEvent{}, Problems: []jsonProblem{},
	}
	for _, c := range inc.Claims {
		out.Reported.add(c)
	}
	for _, a := range inc.Addresses {
		out.Addresses = append(out.Addresses, jsonAddress{a.Address, orNull(a.Chain), a.Role, a.Section, a.Pos.Line, a.Pos.Column, a.Why})
	}
	for _, t := range inc.Transactions {
		out.Transactions = append(out.Transactions, jsonTransaction{t.Hash, orNull(t.Chain), t.Role, t.Pos.Line, t.Pos.Column})
	}
	for _, e := range inc.Timeline {
		out.Timeline = append(out.Timeline, jsonEvent{e.Time.UTC().Format(time.RFC3339), e.Precision, e.Zoned, e.Text, e.Pos.Line, e.Pos.Column})
	}
	for _, p := range inc.Problems {
		out.Problems = append(out.Problems, jsonProblem{p.Pos.Line, p.Pos.Column, p.Severity, p.Code, p.Message, p.Hint})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func (r *jsonReported) add(c Claim) {
	j := jsonClaim{
		Asset: orNull(c.Asset), Quantity: figure(c.Quantity), USD: figure(c.USD), Currency: c.Currency, Amount: figure(c.Amount),
		Chain: orNull(c.Chain), Project: orNull(c.Project), Text: c.Text, Section: c.Section, Line: c.Pos.Line, Column: c.Pos.Column,
		Readings: []jsonReading{},
	}
	for _, f := range []*Figure{c.Quantity, c.USD, c.Amount} {
		if f != nil && f.Bound != Exactly {
			j.Approximate, j.Bound = true, string(f.Bound)
		}
	}
	for _, reading := range c.Readings {
		j.Readings = append(j.Readings, jsonReading{number(reading.Quantity), number(reading.USD), reading.Why})
	}
	switch c.Kind {
	case ClaimFrontMatter:
		r.FrontMatter = j.USD
	case ClaimTitle:
		r.Title = j.USD
	case ClaimTotal:
		r.Totals = append(r.Totals, j)
	case ClaimAsset:
		r.Assets = append(r.Assets, j)
	case ClaimChain:
		r.Chains = append(r.Chains, j)
	case ClaimRecovered:
		r.Recovered = append(r.Recovered, j)
	}
}

func figure(f *Figure) *string {
	if f == nil {
		return nil
	}
	return number(&f.Value)
}

func number(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	s := d.String()
	return &s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
