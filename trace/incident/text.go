package incident

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"losstracer/chain"
)

// WriteText writes the incident as a checklist for a person: what was found,
// in which line, and what looks wrong. Text of the document is made safe for
// a terminal.
func (inc *Incident) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	t := checklist{b}
	t.printf("%s\n", safe(inc.File, 300))
	t.printf("  title    %s\n", orDash(inc.Title))
	t.printf("  date     %s\n", orDash(inc.Date))
	t.printf("  targets  %s\n", orDash(strings.Join(inc.Targets, ", ")))
	t.claims(inc.Claims)
	t.addresses(inc.Addresses)
	t.transactions(inc.Transactions)
	t.timeline(inc.Timeline)
	t.problems(inc)
	return b.Flush()
}

type checklist struct{ w *bufio.Writer }

// printf leaves errors to the final Flush: a bufio.Writer keeps the first.
func (t checklist) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

func safe(s string, limit int) string { return chain.Printable(s, limit) }

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return safe(s, 300)
}

var claimTitles = []struct {
	kind  ClaimKind
	title string
}{
	{ClaimFrontMatter, "loss, front matter"}, {ClaimTitle, "loss, title"}, {ClaimTotal, "loss, text"},
	{ClaimAsset, "by asset"}, {ClaimChain, "by chain"}, {ClaimRecovered, "returned, recovered, frozen"},
}

func (t checklist) claims(claims []Claim) {
	t.printf("\nReported figures\n")
	if len(claims) == 0 {
		t.printf("  none\n")
	}
	for _, k := range claimTitles {
		first := true
		for _, c := range claims {
			if c.Kind != k.kind {
				continue
			}
			if first {
				t.printf("  %s\n", k.title)
				first = false
			}
			t.printf("    %5d  %s\n", c.Pos.Line, safe(c.String(), 200))
			for _, r := range c.Readings {
				t.printf("           or %s: %s\n", safe(r.String(c.Asset), 80), safe(r.Why, 200))
			}
		}
	}
}

// String renders a claim on one line: bound, quantity, value, scope, words.
func (c Claim) String() string {
	var parts []string
	if c.Quantity != nil {
		parts = append(parts, strings.TrimSpace(c.Quantity.String()+" "+c.Asset))
	}
	switch {
	case c.USD != nil && c.Asset != "" && c.Quantity == nil:
		parts = append(parts, "$"+c.USD.String()+" of "+c.Asset)
	case c.USD != nil:
		parts = append(parts, "$"+c.USD.String())
	}
	if c.Amount != nil {
		parts = append(parts, c.Amount.String()+" "+c.Currency)
	}
	if len(parts) == 0 {
		parts = append(parts, c.Asset+", no amount")
	}
	s := strings.Join(parts, ", ")
	if c.Chain != "" {
		s += " on " + c.Chain
	}
	if c.Project != "" {
		s += " of " + c.Project
	}
	if c.Text != "" {
		s += "   “" + c.Text + "”"
	}
	return s
}

// String renders the figure with separators of thousands, and its bound in
// front.
func (f Figure) String() string {
	s := chain.GroupThousands(f.Value.String())
	if f.Bound != Exactly {
		s += " (" + string(f.Bound) + ")"
	}
	return s
}

// String renders the reading of a claim about an asset.
func (r Reading) String(asset string) string {
	switch {
	case r.Quantity != nil:
		return chain.GroupThousands(r.Quantity.String()) + " " + asset
	case r.USD != nil:
		return "$" + chain.GroupThousands(r.USD.String())
	}
	return ""
}

func (t checklist) addresses(list []Address) {
	t.printf("\nAddresses\n")
	if len(list) == 0 {
		t.printf("  none\n")
	}
	for _, a := range list {
		t.printf("  %7d  %-13s %-16s %s\n           %s\n", a.Pos.Line, a.Role, orDash(a.Chain), safe(a.Address, 120), safe(a.Why, 160))
	}
}

func (t checklist) transactions(list []Transaction) {
	t.printf("\nTransactions\n")
	if len(list) == 0 {
		t.printf("  none\n")
	}
	for _, x := range list {
		t.printf("  %7d  %-13s %-16s %s\n", x.Pos.Line, x.Role, orDash(x.Chain), safe(x.Hash, 120))
	}
}

func (t checklist) timeline(list []Event) {
	t.printf("\nTimeline (UTC)\n")
	if len(list) == 0 {
		t.printf("  none\n")
	}
	for _, e := range list {
		zone := ""
		if e.Precision == Minute && !e.Zoned {
			zone = " (no zone written)"
		}
		t.printf("  %7d  %-20s%s %s\n", e.Pos.Line, e.when(), zone, safe(e.Text, 100))
	}
}

func (e Event) when() string {
	switch e.Precision {
	case Minute:
		return e.Time.UTC().Format("2006-01-02 15:04:05")
	case Day:
		return e.Time.UTC().Format("2006-01-02")
	case Month:
		return e.Time.UTC().Format("2006-01")
	}
	return e.Time.UTC().Format("2006")
}

func (t checklist) problems(inc *Incident) {
	t.printf("\nTo look at\n")
	if len(inc.Problems) == 0 {
		t.printf("  nothing\n")
	}
	for _, p := range inc.Problems {
		t.printf("  %s:%d:%d: %s: %s [%s]\n", safe(inc.File, 300), p.Pos.Line, p.Pos.Column, p.Severity, safe(p.Message, 300), p.Code)
		if p.Hint != "" {
			t.printf("           hint: %s\n", safe(p.Hint, 200))
		}
	}
}
