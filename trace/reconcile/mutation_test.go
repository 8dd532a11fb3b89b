package reconcile_test

import (
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// theft is a case of chance: what the chain shows of it, and the same with one
// address of the attackers unknown.
type theft struct {
	random    *rand.Rand
	prices    *pricing.Book
	tokens    map[chain.AssetID]chain.TokenMeta
	transfers []chain.Transfer
	block     uint64
	log       uint32
	full      *loss.Statement
	half      *loss.Statement // without the second attacker; nil where there is none
}

var (
	victim      = common.HexToAddress("0x1111111111111111111111111111111111111111")
	firstThief  = common.HexToAddress("0x2222222222222222222222222222222222222222")
	secondThief = common.HexToAddress("0x3333333333333333333333333333333333333333")
	market      = common.HexToAddress("0x4444444444444444444444444444444444444444")
	bystander   = common.HexToAddress("0x5555555555555555555555555555555555555555")

	theftTime = time.Date(2024, 3, 5, 14, 7, 11, 0, time.UTC)
	coin      = chain.NativeAsset(1)
	assets    = []struct {
		id    chain.AssetID
		meta  chain.TokenMeta
		price float64
		moves float64 // of a day, as a share
	}{
		{coin, chain.TokenMeta{Symbol: "ETH", Decimals: 18, DecimalsKnown: true}, 3700, 0.03},
		{tokenAt(1), chain.TokenMeta{Symbol: "USDT", Decimals: 6, DecimalsKnown: true}, 1, 0.0002},
		{tokenAt(2), chain.TokenMeta{Symbol: "USDC", Decimals: 6, DecimalsKnown: true}, 1, 0.0002},
		{tokenAt(3), chain.TokenMeta{Symbol: "WBTC", Decimals: 8, DecimalsKnown: true}, 66_000, 0.025},
		{tokenAt(4), chain.TokenMeta{Symbol: "LINK", Decimals: 18, DecimalsKnown: true}, 18.3, 0.04},
		{tokenAt(5), chain.TokenMeta{Symbol: "SHIB", Decimals: 18, DecimalsKnown: true}, 0.0000312, 0.06},
	}
)

func tokenAt(n int64) chain.AssetID {
	return chain.Token(1, common.BigToAddress(big.NewInt(0xa000+n)))
}

func newTheft(random *rand.Rand) *theft {
	c := &theft{random: random, prices: &pricing.Book{}, tokens: map[chain.AssetID]chain.TokenMeta{}, block: 19_370_000}
	for _, a := range assets {
		c.tokens[a.id] = a.meta
		price := a.price
		for day := -60; day <= 60; day++ {
			price *= 1 + a.moves*(2*random.Float64()-1)
			at := theftTime.Truncate(24*time.Hour).AddDate(0, 0, day)
			c.prices.Add(pricing.Quote{Subject: pricing.Of(a.id), Price: decimal.NewFromFloat(price).Round(10), At: at, Source: "closes", Method: "close"})
		}
	}
	c.play()
	named := []chain.Party{{Account: chain.Account{ChainID: 1, Address: victim}, Basis: chain.Attributed, Why: "named"}}
	thief := func(a common.Address) chain.Party {
		return chain.Party{Account: chain.Account{ChainID: 1, Address: a}, Basis: chain.Attributed, Why: "named"}
	}
	in := loss.Input{Transfers: c.transfers, Tokens: c.tokens, Prices: c.prices, Victims: named, Attackers: []chain.Party{thief(firstThief), thief(secondThief)}}
	c.full = loss.Judge(in)
	if slices.ContainsFunc(c.transfers, func(t chain.Transfer) bool { return t.From == victim && t.To == secondThief }) {
		in.Attackers = in.Attackers[:1]
		in.Outflows = slices.DeleteFunc(slices.Clone(c.transfers), func(t chain.Transfer) bool { return t.From != victim })
		c.half = loss.Judge(in)
	}
	return c
}

// units turns dollars into base units at the price of the theft.
func (c *theft) units(asset chain.AssetID, usd float64) *big.Int {
	q, _ := c.prices.At(pricing.Of(asset), theftTime)
	quantity := decimal.NewFromFloat(usd).DivRound(q.Price, int32(c.tokens[asset].Decimals))
	return quantity.Shift(int32(c.tokens[asset].Decimals)).Truncate(0).BigInt()
}

// move adds a transfer in a tx of its own, or in the last one.
func (c *theft) move(after time.Duration, from, to common.Address, asset chain.AssetID, units *big.Int, sameTx bool) {
	if !sameTx {
		c.block++
	}
	c.log++
	t := chain.Transfer{
		Ref: chain.Ref{
			ChainID: 1, Block: c.block, BlockHash: chain.Share(common.BigToHash(new(big.Int).SetUint64(c.block))),
			Tx: common.BigToHash(new(big.Int).SetUint64(c.block << 8)), Site: chain.SiteLog, Index: c.log,
		},
		Time: uint64(theftTime.Add(after).Unix()), Kind: chain.KindERC20, From: from, To: to, Asset: asset, Units: *uint256.MustFromBig(units),
	}
	if asset == coin {
		t.Kind, t.Site, t.Index = chain.KindNative, chain.SiteFrame, 0
		if sameTx {
			t.Kind, t.Trace = chain.KindInternal, chain.NewTraceAddress(c.log)
		}
	}
	c.transfers = append(c.transfers, t)
}

// play makes up a theft: some assets in some parts by one or two thieves;
// then perhaps sales for coin, a return, payments onward.
func (c *theft) play() {
	r := c.random
	c.move(-2*time.Hour, bystander, firstThief, coin, big.NewInt(2e17), false)
	order := r.Perm(len(assets))[:1+r.IntN(5)]
	two := r.IntN(2) == 0
	at := time.Duration(0)
	for _, i := range order {
		usd := 50_000 * float64(uint(1)<<r.UintN(9)) * (1 + r.Float64())
		for range 1 + r.IntN(3) {
			thief := firstThief
			if two && at > 0 && r.IntN(3) == 0 {
				thief = secondThief
			}
			c.move(at, victim, thief, assets[i].id, c.units(assets[i].id, usd*(0.3+0.7*r.Float64())), false)
			at += time.Duration(1+r.IntN(4)) * time.Minute
		}
	}
	if r.IntN(3) == 0 {
		c.move(at, victim, bystander, assets[r.IntN(len(assets))].id, c.units(coin, 20_000*(1+r.Float64())), false)
	}
	taken := func(asset chain.AssetID) *big.Int {
		sum := new(big.Int)
		for _, t := range c.transfers {
			if t.From == victim && t.To == firstThief && t.Asset == asset {
				sum.Add(sum, t.Units.ToBig())
			}
		}
		return sum
	}
	first := assets[order[0]].id
	part := func(x *big.Int, percent int64) *big.Int {
		y := new(big.Int).Mul(x, big.NewInt(percent))
		return y.Div(y, big.NewInt(100))
	}
	if last := assets[order[len(order)-1]].id; last != coin && r.IntN(2) == 0 {
		sold := part(taken(last), int64(40+r.IntN(60)))
		q, _ := c.prices.At(pricing.Of(last), theftTime)
		if sold.Sign() > 0 {
			usd, _ := q.Value(sold, c.tokens[last].Decimals).Float64()
			c.move(3*time.Hour, firstThief, market, last, sold, false)
			c.move(3*time.Hour, market, firstThief, coin, c.units(coin, usd*(0.985+0.01*r.Float64())), true)
		}
	}
	if r.IntN(2) == 0 && taken(first).Sign() > 0 {
		c.move(50*time.Hour, firstThief, victim, first, part(taken(first), int64(15+r.IntN(75))), false)
	}
	chain.SortTransfers(c.transfers)
}

// line is a figure of the list of losses.
type line struct {
	asset      chain.AssetID
	symbol     string
	quantity   string // empty where only dollars are given
	usd        string
	usdValue   decimal.Decimal
	unitsOnly  bool
	inDollars  bool
	quantities decimal.Decimal
	chain      string // that the line names; empty for none
}

func (l line) String() string {
	on := ""
	if l.chain != "" {
		on = " on " + l.chain
	}
	switch {
	case l.quantity == "":
		return "$" + l.usd + " in " + l.symbol + on
	case l.usd == "":
		return l.quantity + " " + l.symbol + on
	}
	return l.quantity + " " + l.symbol + on + " ($" + l.usd + ")"
}

// writing is a write-up before it is put down.
type writing struct {
	matter, title, total string
	returned             string // empty where nothing was, or nothing is said of it
	lines                []line
	addresses            []common.Address
	at                   time.Time
	european             bool // writes 1.234,56
}

// continental writes numbers with a comma before decimals and points between
// thousands.
func continental(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ',':
			return '.'
		case '.':
			return ','
		}
		return r
	}, s)
}

func (w writing) markdown() []byte {
	var b strings.Builder
	if w.european {
		w.title, w.total, w.returned = continental(w.title), continental(w.total), continental(w.returned)
	}
	fmt.Fprintf(&b, "---\ndate: %s\ntarget-entities: Somebody\nentity-types:\n   - Exchange\nattack-types:\n   - Private Key Leak\ntitle: “Somebody loses %s”\nloss: %s\n---\n\n", theftTime.Format(time.DateOnly), w.title, w.matter)
	b.WriteString("## Summary\n\nSomebody was robbed.\n\n## Attackers\n\n")
	for _, a := range w.addresses {
		fmt.Fprintf(&b, "- [%s](https://etherscan.io/address/%s)\n", chain.Hex(a), chain.Hex(a))
	}
	fmt.Fprintf(&b, "\n## Losses\n\nSomebody lost $%s in total:\n\n", w.total)
	for _, l := range w.lines {
		if w.european {
			l.quantity, l.usd = continental(l.quantity), continental(l.usd)
		}
		fmt.Fprintf(&b, "- %s\n", l)
	}
	if w.returned != "" {
		fmt.Fprintf(&b, "\nThe attacker later returned $%s.\n", w.returned)
	}
	fmt.Fprintf(&b, "\n## Timeline\n\n- **%s UTC:** The first funds arrive at the [attacker's address](https://etherscan.io/address/%s).\n",
		w.at.Format("January 2, 2006, 15:04"), chain.Hex(firstThief))
	return []byte(b.String())
}

// significant rounds to so many digits, as a writer would.
func significant(d decimal.Decimal, digits int) decimal.Decimal {
	if d.IsZero() {
		return d
	}
	whole := len(d.Truncate(0).String())
	if d.LessThan(decimal.NewFromInt(1)) {
		whole = 0
	}
	return d.Round(int32(digits - whole))
}

// grouped writes a number with separators of thousands.
func grouped(d decimal.Decimal) string {
	whole, part, ok := strings.Cut(d.String(), ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if ok {
		b.WriteString("." + part)
	}
	return b.String()
}

// money writes dollars in one of the ways that people do, with so many digits.
func money(r *rand.Rand, d decimal.Decimal, digits int) string {
	d = significant(d, digits)
	million := decimal.NewFromInt(1_000_000)
	if d.GreaterThan(million) {
		switch r.IntN(3) {
		case 0:
			return d.Shift(-6).String() + "M"
		case 1:
			return d.Shift(-6).String() + " million"
		}
	}
	return grouped(d)
}

// write puts a statement down correctly.
func (c *theft) write(r *rand.Rand) writing {
	w := writing{at: theftTime.Truncate(time.Minute), addresses: []common.Address{firstThief, secondThief}}
	for _, l := range c.full.Losses {
		w.lines = append(w.lines, c.line(r, l.Asset, pricing.Whole(l.Gross.Units(), l.Meta.Decimals), *l.GrossUSD))
	}
	w.totals(r, c.full.Totals.Gross)
	if back := c.full.Totals.Returned; back.IsPositive() && r.IntN(2) == 0 {
		w.returned = money(r, back, 4)
	}
	return w
}

func (c *theft) line(r *rand.Rand, asset chain.AssetID, quantity, usd decimal.Decimal) line {
	l := line{asset: asset, symbol: c.tokens[asset].Symbol, usdValue: usd, quantities: quantity}
	l.unitsOnly, l.inDollars = r.IntN(3) == 0, r.IntN(3) == 0
	l.fill(r)
	return l
}

func (l *line) fill(r *rand.Rand) {
	l.quantity, l.usd = "", ""
	if l.unitsOnly || !l.inDollars {
		l.quantity = grouped(significant(l.quantities, 4+r.IntN(4)))
	}
	if !l.unitsOnly {
		l.usd = money(r, l.usdValue, 4+r.IntN(3))
	}
}

func (w *writing) totals(r *rand.Rand, usd decimal.Decimal) {
	w.total = money(r, usd, 4+r.IntN(2))
	w.title = "$" + money(r, usd, 3+r.IntN(2))
	w.matter = significant(usd, 5).String()
}

// compare reads a write-up and reconciles it with a statement.
func (c *theft) compare(w writing, s *loss.Statement) (reconcile.Result, []incident.Problem) {
	inc := incident.Parse("write-up.md", w.markdown())
	in := reconcile.Input{
		Claims: inc.Claims, Statement: s, Prices: c.prices, Events: inc.Timeline,
		Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}, {Chain: "bsc", Checked: true}}, Date: inc.Date,
	}
	for _, e := range inc.Timeline {
		in.Witnesses = append(in.Witnesses, reconcile.Witness{Line: e.Pos.Line, Time: s.First, What: "the first theft"})
	}
	return reconcile.Compare(in), inc.Problems
}

// accusation returns the cause that a reader meets first, empty where nothing
// is found wrong. Of a total that is far from the others the report says as a
// problem of the write-up that one of them is wrong, and compares it no further.
func accusation(r reconcile.Result, problems []incident.Problem) reconcile.Code {
	for _, f := range r.Findings {
		if f.Verdict.Discrepant() {
			if len(f.Causes) == 0 {
				return "no cause at all"
			}
			return f.Causes[0].Code
		}
	}
	for _, u := range r.Unreported {
		return u.Cause.Code
	}
	if slices.ContainsFunc(problems, func(p incident.Problem) bool { return p.Code == "far-total" }) {
		return reconcile.InternalContradiction
	}
	return ""
}

// outcome counts what was said of write-ups that are made up and spoilt.
type outcome struct {
	rates       tally
	right, all  map[string]int // by the way in which they were spoilt
	total, hits int
	misses      []string
}

// mutate writes thefts of chance up correctly, and spoils each write-up in every
// way that it can be spoilt in. No correct one may be accused of anything.
func mutate(t *testing.T, stream uint64, cases int) outcome {
	o := outcome{rates: tally{}, right: map[string]int{}, all: map[string]int{}}
	for seed := range cases {
		random := rand.New(rand.NewPCG(uint64(seed), stream))
		c := newTheft(random)
		for i := range 5 {
			w := c.write(random)
			w.european = i == 4
			got := accusation(c.compare(w, c.full))
			o.rates.count(got, "", got == "")
			if got != "" {
				t.Errorf("case %d: the undamaged write-up is accused of %s:\n%s%s", seed, got, w.markdown(), describe(c.compare(w, c.full)))
			}
		}
		for _, d := range ways() {
			w := c.write(random)
			if against := d.do(random, c, &w); against != nil {
				o.spoilt(c, d, w, against, seed)
			}
		}
	}
	return o
}

// ways are all in which a write-up is spoilt.
func ways() []damage { return slices.Concat(damages, slips) }

func (o *outcome) spoilt(c *theft, d damage, w writing, against *loss.Statement, seed int) {
	o.total++
	o.all[d.name]++
	got := accusation(c.compare(w, against))
	o.rates.count(got, d.want, got == d.want)
	if got == d.want {
		o.hits++
		o.right[d.name]++
		return
	}
	o.misses = append(o.misses, fmt.Sprintf("case %d, %s: got %q, want %q\n%s%s", seed, d.name, got, d.want, w.markdown(), describe(c.compare(w, against))))
}

// report logs, and fails where too often a wrong cause came first.
func (o *outcome) report(t *testing.T) {
	const least = 0.95
	for _, d := range ways() {
		t.Logf("%-40s %3d of %3d", d.name, o.right[d.name], o.all[d.name])
	}
	t.Logf("the cause named first is right for %d of %d damaged write-ups", o.hits, o.total)
	if float64(o.hits) < least*float64(o.total) {
		t.Errorf("the right cause came first in %d of %d, want %v", o.hits, o.total, least)
	}
	if testing.Verbose() || t.Failed() {
		for _, m := range o.misses[:min(len(o.misses), *show)] {
			t.Log(m)
		}
	}
}

// TestMutations spoils correct write-ups in one way each and counts how often
// the cause that is named first is the right one.
func TestMutations(t *testing.T) {
	t.Parallel()
	o := mutate(t, *stream, 150)
	o.report(t)
	if o.total < 1000 {
		t.Errorf("%d damaged write-ups, want at least 1000", o.total)
	}
	o.rates.hold(t)
}

// TestMutationsHeldOut does the same with cases that no rule was made on.
func TestMutationsHeldOut(t *testing.T) {
	t.Parallel()
	o := mutate(t, 20_261_129, 60)
	o.report(t)
}

var (
	update = flag.Bool("update", false, "write the measured error rates")
	show   = flag.Int("misses", 12, "how many wrong causes to print")
	stream = flag.Uint64("stream", 2024, "which cases of chance are made up; the table of rates is that of the usual one")
)

// tally counts causes by what was said and what was so; the empty one stands
// for a write-up in which nothing is wrong.
type tally map[string]*chain.Rate

func (n tally) count(said, due reconcile.Code, right bool) {
	s, d := n.of(said), n.of(due)
	s.Said++
	d.Due++
	if !right {
		s.Wrong++
		d.Missed++
	}
}

func (n tally) of(code reconcile.Code) *chain.Rate {
	subject := string(code)
	if subject == "" {
		subject = "undamaged"
	}
	if n[subject] == nil {
		n[subject] = &chain.Rate{Subject: subject, Population: "damaged"}
	}
	return n[subject]
}

// hold holds the table that reports print against the measurement.
func (n tally) hold(t *testing.T) {
	t.Helper()
	var got []chain.Rate
	for _, r := range n {
		got = append(got, *r)
	}
	slices.SortFunc(got, func(a, b chain.Rate) int { return strings.Compare(a.Subject, b.Subject) })
	if *update {
		if err := os.WriteFile("rates.csv", []byte(chain.RatesTable(got)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := reconcile.Rates()
	for i := range want {
		want[i].Says = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of error rates is not what was measured; go test ./trace/reconcile -run TestMutations$ -update writes it (-table +measured):\n%s", diff)
	}
}

func describe(r reconcile.Result, problems []incident.Problem) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Verdict == reconcile.Match {
			continue
		}
		fmt.Fprintf(&b, "  line %d %q: %s", f.Claim.Pos.Line, f.Claim.Text, f.Verdict)
		for _, cause := range f.Causes {
			fmt.Fprintf(&b, "; %s: %s", cause.Code, cause.Explanation)
		}
		b.WriteByte('\n')
	}
	for _, p := range problems {
		fmt.Fprintf(&b, "  line %d: %s: %s\n", p.Pos.Line, p.Code, p.Message)
	}
	return b.String()
}
