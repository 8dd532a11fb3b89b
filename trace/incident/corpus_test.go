package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

// shared returns the folder of shared test data, or skips.
func shared(tb testing.TB, parts ...string) string {
	tb.Helper()
	root := os.Getenv("LOSSTRACER_SHARED")
	if root == "" {
		tb.Skip("LOSSTRACER_SHARED is not set: the corpus of write-ups is not here")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(shared(tb, "corpus", "incidents"), "*.md"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no write-ups: %v", err)
	}
	docs := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		docs[strings.TrimSuffix(filepath.Base(f), ".md")] = data
	}
	return docs
}

// label is what a careful reader took from a write-up by hand.
type label struct {
	FrontMatter *string `json:"front_matter_loss_usd"`
	Title       *struct {
		USD *string `json:"usd"`
	} `json:"title_loss"`
	Totals       []labelClaim `json:"reported_total"`
	Assets       []labelClaim `json:"reported_assets"`
	Chains       []labelClaim `json:"reported_chains"`
	Recovered    []labelClaim `json:"recovered"`
	Addresses    []struct{ Address, Chain, Role string }
	Transactions []struct{ Hash, Chain, Role string }
	Timeline     []struct{ Time, Precision string }
}

type labelClaim struct {
	Asset, Quantity, USD, Chain, Project *string
	Note                                 string
}

// fields are compared one by one, each as a set of strings.
var fields = []string{"front_matter_usd", "title_usd", "totals", "assets", "assets_scoped", "chains", "recovered", "addresses", "attackers", "transactions", "timeline"}

// aliases are names that mean the same asset to the people who labelled.
var aliases = map[string]string{
	"ETHEREUM": "ETH", "ETHER": "ETH", "BITCOIN": "BTC", "TETHER": "USDT", "BINANCE COIN": "BNB", "TRON": "TRX", "RIPPLE": "XRP", "WRAPPED BITCOIN": "WBTC",
	"STAKED ETHEREUM": "STETH", "SHIBA INU": "SHIB", "POLYGON": "MATIC", "CHAINLINK": "LINK", "LITECOIN": "LTC", "USD COIN": "USDC",
}

var spaces = regexp.MustCompile(`\s+`)

func symbol(s *string) string {
	if s == nil {
		return "-"
	}
	u := strings.ToUpper(spaces.ReplaceAllString(strings.TrimLeft(strings.TrimSpace(*s), "$"), " "))
	if a, ok := aliases[u]; ok {
		return a
	}
	return u
}

func amountKey(tb testing.TB, s *string) string {
	if s == nil {
		return "-"
	}
	d, err := decimal.NewFromString(*s)
	if err != nil {
		tb.Fatalf("not a number: %q", *s)
	}
	return d.String()
}

func orMinus(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

type set map[string]bool

func (s set) addAmount(tb testing.TB, v *string) {
	if v != nil {
		s[amountKey(tb, v)] = true
	}
}

func newSets() map[string]set {
	m := map[string]set{}
	for _, f := range fields {
		m[f] = set{}
	}
	return m
}

func addressKey(address, chain string) string {
	if strings.HasPrefix(strings.ToLower(address), "0x") {
		address = strings.ToLower(address)
	}
	return address + " " + chain
}

func (l label) sets(tb testing.TB) map[string]set {
	m := newSets()
	m["front_matter_usd"].addAmount(tb, l.FrontMatter)
	if l.Title != nil {
		m["title_usd"].addAmount(tb, l.Title.USD)
	}
	for _, c := range l.Totals {
		m["totals"].addAmount(tb, c.USD)
	}
	for _, c := range l.Assets {
		if c.Asset == nil || strings.HasPrefix(c.Note, "prose") {
			continue
		}
		m["assets"][c.key(tb)] = true
		m["assets_scoped"][c.key(tb)+" "+orMinus(c.Chain)+" "+orMinus(c.Project)] = true
	}
	for _, c := range l.Chains {
		m["chains"][orMinus(c.Chain)+" "+amountKey(tb, c.USD)] = true
	}
	for _, c := range l.Recovered {
		m["recovered"][c.key(tb)] = true
	}
	for _, a := range l.Addresses {
		m["addresses"][addressKey(a.Address, a.Chain)] = true
		if a.Role == "attacker" {
			m["attackers"][addressKey(a.Address, a.Chain)] = true
		}
	}
	for _, x := range l.Transactions {
		m["transactions"][strings.ToLower(x.Hash)+" "+x.Chain] = true
	}
	for _, e := range l.Timeline {
		m["timeline"][e.Time+" "+e.Precision] = true
	}
	return m
}

func (c labelClaim) key(tb testing.TB) string {
	return symbol(c.Asset) + " " + amountKey(tb, c.Quantity) + " " + amountKey(tb, c.USD)
}

// prose are single-asset losses told as a sentence: right when found, no fault
// when left out.
func (l label) prose(tb testing.TB) set {
	s := set{}
	for _, c := range l.Assets {
		if c.Asset == nil || strings.HasPrefix(c.Note, "prose") {
			s[c.key(tb)] = true
		}
	}
	return s
}

// outputSets reads back what [Incident.WriteJSON] writes.
func outputSets(tb testing.TB, inc *Incident) map[string]set {
	var b bytes.Buffer
	if err := inc.WriteJSON(&b); err != nil {
		tb.Fatal(err)
	}
	var out jsonIncident
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		tb.Fatal(err)
	}
	m := newSets()
	r := out.Reported
	m["front_matter_usd"].addAmount(tb, r.FrontMatter)
	m["title_usd"].addAmount(tb, r.Title)
	for _, c := range r.Totals {
		m["totals"].addAmount(tb, c.USD)
	}
	key := func(c jsonClaim) string {
		return labelClaim{Asset: c.Asset, Quantity: c.Quantity, USD: c.USD}.key(tb)
	}
	for _, c := range r.Assets {
		m["assets"][key(c)] = true
		m["assets_scoped"][key(c)+" "+orMinus(c.Chain)+" "+orMinus(c.Project)] = true
	}
	for _, c := range r.Chains {
		m["chains"][orMinus(c.Chain)+" "+amountKey(tb, c.USD)] = true
	}
	for _, c := range r.Recovered {
		m["recovered"][key(c)] = true
	}
	for _, a := range out.Addresses {
		m["addresses"][addressKey(a.Address, orMinus(a.Chain))] = true
		if a.Role == RoleAttacker {
			m["attackers"][addressKey(a.Address, orMinus(a.Chain))] = true
		}
	}
	for _, x := range out.Transactions {
		m["transactions"][strings.ToLower(x.Hash)+" "+orMinus(x.Chain)] = true
	}
	for _, e := range out.Timeline {
		m["timeline"][e.Time+" "+string(e.Precision)] = true
	}
	return m
}

type count struct{ hits, extra, missed int }

func (c count) f1() float64 {
	if c.hits == 0 && c.extra+c.missed > 0 {
		return 0
	}
	if c.hits == 0 {
		return 1
	}
	return 2 * float64(c.hits) / float64(2*c.hits+c.extra+c.missed)
}

// labelOf reads what somebody took from a write-up.
func labelOf(tb testing.TB, name string) label {
	tb.Helper()
	data, err := os.ReadFile(shared(tb, "corpus", "labels", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	var l label
	if err := json.Unmarshal(data, &l); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return l
}

// TestCorpus holds what is read from the write-ups against what a careful
// reader took from them.
func TestCorpus(t *testing.T) {
	t.Parallel()
	counts := map[string]*count{}
	for _, f := range fields {
		counts[f] = &count{}
	}
	docs := corpus(t)
	names := make([]string, 0, len(docs))
	for name := range docs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		l := labelOf(t, name)
		want, got, prose := l.sets(t), outputSets(t, Parse(name, docs[name])), l.prose(t)
		for _, f := range fields {
			counts[f].compare(t, name+" "+f, want[f], got[f], optional(f, prose))
		}
	}
	sum := 0.0
	for _, f := range fields {
		c := counts[f]
		t.Logf("%-17s %4d right %3d extra %3d missed  F1 %.3f", f, c.hits, c.extra, c.missed, c.f1())
		if c.f1() < 0.93 {
			t.Errorf("%s: F1 %.3f, want at least 0.93", f, c.f1())
		}
		sum += c.f1()
	}
	if mean := sum / float64(len(fields)); mean < 0.97 {
		t.Errorf("mean F1 %.4f, want at least 0.97", mean)
	}
}

// optional returns which extras are no fault.
func optional(field string, prose set) func(string) bool {
	return func(key string) bool {
		switch field {
		case "assets":
			return prose[key]
		case "assets_scoped":
			for p := range prose {
				if strings.HasPrefix(key, p+" ") {
					return true
				}
			}
		}
		return false
	}
}

func (c *count) compare(t *testing.T, where string, want, got set, optional func(string) bool) {
	t.Helper()
	for k := range want {
		if got[k] {
			c.hits++
		} else {
			c.missed++
			t.Logf("%s: missed %s", where, k)
		}
	}
	for k := range got {
		if !want[k] && !optional(k) {
			c.extra++
			t.Logf("%s: extra %s", where, k)
		}
	}
}

func BenchmarkCorpus(b *testing.B) {
	docs := corpus(b)
	size := 0
	for _, d := range docs {
		size += len(d)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for name, d := range docs {
			Parse(name, d)
		}
	}
	b.ReportMetric(float64(len(docs)), "docs/op")
}

// TestDeterministic parses everything twice.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	for name, d := range corpus(t) {
		if a, b := fmt.Sprintf("%+v", render(t, Parse(name, d))), fmt.Sprintf("%+v", render(t, Parse(name, d))); a != b {
			t.Errorf("%s: two results", name)
		}
	}
}

func render(tb testing.TB, inc *Incident) string {
	var b bytes.Buffer
	if err := inc.WriteJSON(&b); err != nil {
		tb.Fatal(err)
	}
	if err := inc.WriteText(&b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
