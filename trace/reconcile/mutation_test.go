package reconcile_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
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
}

func (l line) String() string {
	switch {
	case l.quantity == "":
		return "$" + l.usd + " in " + l.symbol
	case l.usd == "":
		return l.quantity + " " + l.symbol
	}
	return l.quantity + " " + l.symbol + " ($" + l.usd + ")"
}

// writing is a write-up before it is put down.
type writing struct {
	matter, title, total string
	lines                []line
	addresses            []common.Address
	at                   time.Time
}

func (w writing) markdown() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ndate: %s\ntarget-entities: Somebody\nentity-types:\n   - Exchange\nattack-types:\n   - Private Key Leak\ntitle: “Somebody loses %s”\nloss: %s\n---\n\n", theftTime.Format(time.DateOnly), w.title, w.matter)
	b.WriteString("## Summary\n\nSomebody was robbed.\n\n## Attackers\n\n")
	for _, a := range w.addresses {
		fmt.Fprintf(&b, "- [%s](https://etherscan.io/address/%s)\n", chain.Hex(a), chain.Hex(a))
	}
	fmt.Fprintf(&b, "\n## Losses\n\nSomebody lost $%s in total:\n\n", w.total)
	for _, l := range w.lines {
		fmt.Fprintf(&b, "- %s\n", l)
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

// compare reconciles a write-up with a statement.
func (c *theft) compare(w writing, s *loss.Statement) reconcile.Result {
	inc := incident.Parse("write-up.md", w.markdown())
	in := reconcile.Input{
		Claims: inc.Claims, Statement: s, Prices: c.prices, Events: inc.Timeline,
		Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}},
	}
	for _, e := range inc.Timeline {
		in.Witnesses = append(in.Witnesses, reconcile.Witness{Line: e.Pos.Line, Time: s.First, What: "the first theft"})
	}
	return reconcile.Compare(in)
}

// accusation returns the cause that a reader meets first, empty where nothing
// is found wrong.
func accusation(r reconcile.Result) reconcile.Code {
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
	return ""
}

// damage is one way to spoil a write-up. It returns the statement that the
// spoilt one is held against, or nil where this case has nothing to spoil so.
type damage struct {
	name string
	want reconcile.Code
	do   func(r *rand.Rand, c *theft, w *writing) *loss.Statement
}

// pick returns a line that something can be done to.
func pick(r *rand.Rand, w *writing, can func(l line) bool) *line {
	for _, i := range r.Perm(len(w.lines)) {
		if can(w.lines[i]) {
			return &w.lines[i]
		}
	}
	return nil
}

func stable(symbol string) bool { return symbol == "USDT" || symbol == "USDC" }

func sumUSD(w *writing) decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range w.lines {
		sum = sum.Add(l.usdValue)
	}
	return sum
}

var damages = []damage{
	{"a quantity as dollars", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool {
			return !stable(l.symbol) && l.quantity != "" && l.quantities.GreaterThan(decimal.NewFromInt(1))
		})
		if l == nil {
			return nil
		}
		l.usd, l.quantity = l.quantity, ""
		return c.full
	}},
	{"dollars as a quantity", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return !stable(l.symbol) && l.usd != "" })
		if l == nil {
			return nil
		}
		l.quantity, l.usd = l.usd, ""
		return c.full
	}},
	{"a thousand times too much or too little", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		factor := []int32{3, -3}[r.IntN(2)]
		l := pick(r, w, func(l line) bool { return true })
		if r.IntN(4) == 0 {
			w.total = money(r, c.full.Totals.Gross.Shift(factor), 5)
			return c.full
		}
		if l.usd != "" && (l.quantity == "" || r.IntN(2) == 0) {
			l.usd = money(r, l.usdValue.Shift(factor), 5)
		} else {
			l.quantity = grouped(significant(l.quantities.Shift(factor), 5))
		}
		return c.full
	}},
	{"a decimal comma", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool {
			return l.quantity != "" && l.quantities.GreaterThan(decimal.NewFromInt(1)) && l.quantities.LessThan(decimal.NewFromInt(1000))
		})
		if l == nil {
			return nil
		}
		l.quantity = strings.Replace(l.quantities.StringFixed(3), ".", ",", 1)
		return c.full
	}},
	{"net for gross, a line", reconcile.GrossVsNet, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		for _, a := range c.full.Losses {
			if l := pick(r, w, func(l line) bool { return l.asset == a.Asset }); l != nil && !a.Returned.IsZero() {
				l.quantities, l.usdValue = pricing.Whole(a.Net().Units(), a.Meta.Decimals), *a.NetUSD()
				l.fill(r)
				return c.full
			}
		}
		return nil
	}},
	{"net for gross, the totals", reconcile.GrossVsNet, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if c.full.Totals.Returned.LessThan(c.full.Totals.Gross.Mul(decimal.New(12, -2))) {
			return nil // less than prices move in the days around the theft
		}
		w.totals(r, c.full.Totals.Net)
		return c.full
	}},
	{"another date's price", reconcile.ValuationDate, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return !stable(l.symbol) && l.usd != "" })
		if l == nil {
			return nil
		}
		used, _ := c.prices.At(pricing.Of(l.asset), theftTime)
		q, _ := c.prices.At(pricing.Of(l.asset), theftTime.AddDate(0, 0, r.IntN(100)-50))
		if q.Price.Sub(used.Price).Abs().LessThan(used.Price.Mul(decimal.New(12, -2))) {
			return nil // nobody could tell it from the price's own spread
		}
		l.usd = money(r, l.quantities.Mul(q.Price), 6)
		return c.full
	}},
	{"proceeds for loss, a line", reconcile.ProceedsNotLoss, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		proceeds := c.proceeds()
		if proceeds.IsZero() {
			return nil
		}
		q, _ := c.prices.At(pricing.Of(coin), theftTime)
		got := c.line(r, coin, proceeds, proceeds.Mul(q.Price))
		if l := pick(r, w, func(l line) bool { return l.asset == coin }); l != nil {
			got.quantities, got.usdValue = got.quantities.Add(l.quantities), got.usdValue.Add(l.usdValue)
			got.fill(r)
			*l = got
			return c.full
		}
		w.lines = append(w.lines, got)
		return c.full
	}},
	{"a line doubled", reconcile.DoubleCount, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := *pick(r, w, func(l line) bool { return true })
		w.lines = append(w.lines, l)
		if r.IntN(2) == 0 {
			w.totals(r, sumUSD(w))
		}
		return c.full
	}},
	{"an asset dropped", reconcile.MissingAsset, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if len(w.lines) < 2 {
			return nil
		}
		i := r.IntN(len(w.lines))
		w.lines = slices.Delete(w.lines, i, i+1)
		if r.IntN(2) == 0 {
			w.totals(r, sumUSD(w))
		}
		return c.full
	}},
	{"an address dropped", reconcile.MissingAddress, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.addresses = w.addresses[:1]
		return c.half
	}},
	{"a time shifted", reconcile.TimeZone, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.at = w.at.Add(time.Duration(1+r.IntN(12)) * time.Hour * time.Duration(1-2*r.IntN(2)))
		return c.full
	}},
}

// proceeds is the coin that the attackers received in swaps.
func (c *theft) proceeds() decimal.Decimal {
	var sum decimal.Decimal
	for _, j := range c.full.Judgements {
		if j.Class == loss.Swap && j.Incoming {
			sum = sum.Add(pricing.Whole(j.Transfer.Units.ToBig(), 18))
		}
	}
	return sum
}

// TestMutations spoils correct write-ups in one way each and counts how often
// the cause that is named first is the right one. No correct one may be
// accused of anything.
func TestMutations(t *testing.T) {
	t.Parallel()
	const cases, least = 150, 0.95
	right, all := map[string]int{}, map[string]int{}
	total, hits := 0, 0
	var misses []string
	for n := range cases {
		random := rand.New(rand.NewPCG(uint64(n), 2024))
		c := newTheft(random)
		for range 4 {
			w := c.write(random)
			if got := accusation(c.compare(w, c.full)); got != "" {
				t.Errorf("case %d: the undamaged write-up is accused of %s:\n%s%s", n, got, w.markdown(), describe(c.compare(w, c.full)))
			}
		}
		for _, d := range damages {
			w := c.write(random)
			against := d.do(random, c, &w)
			if against == nil {
				continue
			}
			total++
			all[d.name]++
			got := accusation(c.compare(w, against))
			if got == d.want {
				hits++
				right[d.name]++
				continue
			}
			misses = append(misses, fmt.Sprintf("case %d, %s: got %q, want %q\n%s%s", n, d.name, got, d.want, w.markdown(), describe(c.compare(w, against))))
		}
	}
	for _, d := range damages {
		t.Logf("%-40s %3d of %3d", d.name, right[d.name], all[d.name])
	}
	t.Logf("the cause named first is right for %d of %d damaged write-ups", hits, total)
	if total < 1000 {
		t.Errorf("%d damaged write-ups, want at least 1000", total)
	}
	if float64(hits) < least*float64(total) {
		t.Errorf("the right cause came first in %d of %d, want %v", hits, total, least)
	}
	if testing.Verbose() || t.Failed() {
		for _, m := range misses[:min(len(misses), 12)] {
			t.Log(m)
		}
	}
}

func describe(r reconcile.Result) string {
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
	return b.String()
}
