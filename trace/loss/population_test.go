package loss_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// truth is what a movement of a made-up theft is, and the rule whose work it
// would be to tell; none where it follows from what is observed.
type truth struct {
	class loss.Class
	rule  loss.Rule
	motif string
}

// made is a made-up theft of which everything is known.
type made struct {
	r       *rand.Rand
	in      loss.Input
	truths  map[chain.Ref]truth
	leaks   map[chain.Ref]bool // left a victim in a theft, for others
	victims map[chain.Account]bool
	thieves []common.Address // the first is the main one
	cast    []common.Address // victims
	coins   []stuff
	loot    map[chain.AssetID]*big.Int // that the main thief holds of what it took
	from    map[common.Address]map[chain.AssetID]*big.Int
	helpers map[address]bool           // who took too, and whom nobody knows
	others  []chain.Transfer           // of people beside the thieves, victims' own business included
	kept    map[chain.AssetID]*big.Int // of what was taken: by others than the thieves, in ways of their own
	backed  map[chain.AssetID]*big.Int // given back by others
	now     time.Time
	core    bool // the theft goes on
	motif   string
	block   uint64
	people  int64
	closes  map[chain.AssetID][]float64 // by day from the first of the month
	crash   map[chain.AssetID]float64   // what is left of a price that fell today
	fallen  []chain.AssetID             // whose prices fell at some time
	tags    label.Book
	target  string
}

// stuff is an asset of the made-up world.
type stuff struct {
	id    chain.AssetID
	meta  chain.TokenMeta
	price float64 // 0 for none
}

var world = []stuff{
	{chain.NativeAsset(1), chain.TokenMeta{Symbol: "ETH", Name: "Ether", Decimals: 18, DecimalsKnown: true}, 3_000},
	{madeToken(1), chain.TokenMeta{Symbol: "USDT", Name: "Tether USD", Decimals: 6, DecimalsKnown: true}, 1},
	{madeToken(2), chain.TokenMeta{Symbol: "USDC", Name: "USD Coin", Decimals: 6, DecimalsKnown: true}, 1},
	{madeToken(3), chain.TokenMeta{Symbol: "WETH", Name: "Wrapped Ether", Decimals: 18, DecimalsKnown: true}, 3_000},
	{madeToken(4), chain.TokenMeta{Symbol: "WBTC", Name: "Wrapped BTC", Decimals: 8, DecimalsKnown: true}, 60_000},
	{madeToken(5), chain.TokenMeta{Symbol: "LINK", Name: "ChainLink Token", Decimals: 18, DecimalsKnown: true}, 17},
	{madeToken(6), chain.TokenMeta{Symbol: "SHIB", Name: "SHIBA INU", Decimals: 18, DecimalsKnown: true}, 0.00002},
	{madeToken(7), chain.TokenMeta{Symbol: "TAIL", Name: "Long Tail", Decimals: 18, DecimalsKnown: true}, 0},
	{madeToken(8), chain.TokenMeta{Symbol: "NEWCOIN", Name: "New Coin", Decimals: 9, DecimalsKnown: true}, 0},
}

func madeToken(n int64) chain.AssetID {
	return chain.Token(1, common.BigToAddress(big.NewInt(0x70000+n)))
}

// leg is a movement of a tx to be told.
type leg struct {
	from, to common.Address
	asset    chain.AssetID
	units    *big.Int
	class    loss.Class
	rule     loss.Rule
	kind     chain.Kind // where neither the coin's nor a token's plain one
	passes   bool       // on its way to a thief, within the tx
}

// somebody is an address that nobody has used.
func (m *made) somebody() common.Address {
	m.people++
	var a common.Address
	m.r.Uint64() // keeps seeds apart
	for i := range a {
		a[i] = byte(m.r.UintN(256))
	}
	return a
}

func (m *made) is(list []common.Address, a common.Address) bool { return slices.Contains(list, a) }

// tx tells a tx; sender is the thief who sent it, zero for anybody else.
func (m *made) tx(sender common.Address, legs ...leg) {
	m.block += 1 + m.r.Uint64N(5)
	ref := chain.Ref{ChainID: 1, Block: m.block, BlockHash: chain.Share(common.BigToHash(new(big.Int).SetUint64(m.block))), Tx: common.BigToHash(new(big.Int).SetUint64(m.block<<9 | 7))}
	var told []chain.Transfer
	stolen := false
	for i, l := range legs {
		t := chain.Transfer{Ref: ref, Time: uint64(m.now.Unix()), From: l.from, To: l.to, Asset: l.asset, Units: *uint256.MustFromBig(l.units), Kind: l.kind}
		switch {
		case l.from == l.to:
			continue
		case l.kind == chain.KindUnseen:
			t.Tx, t.TxIndex, t.Site, t.From = common.Hash{}, chain.OutsideTx, chain.SiteBlock, common.Address{}
		case l.asset.Kind() == chain.Native:
			t.Site = chain.SiteFrame
			if len(legs) > 1 {
				t.Kind, t.Trace = chain.KindInternal, chain.NewTraceAddress(uint32(i))
			}
		default:
			t.Site, t.Index = chain.SiteLog, uint32(i)
			if l.kind == chain.KindNative {
				t.Kind = chain.KindERC20
			}
		}
		stolen = stolen || l.class == loss.Theft
		told = append(told, t)
		if l.class == 0 && m.is(m.cast, l.from) && !l.passes {
			m.leaks[t.Ref] = true
		}
		if l.class == 0 {
			m.others = append(m.others, t)
		}
		if l.class != 0 {
			m.truths[t.Ref] = truth{l.class, l.rule, m.motif}
			m.in.Transfers = append(m.in.Transfers, t)
		}
	}
	if sender != (common.Address{}) {
		t := chain.Transfer{Ref: ref, Time: uint64(m.now.Unix()), Kind: chain.KindFee, From: sender, Asset: m.coins[0].id, Units: *uint256.NewInt(21_000 * 20_000_000_000)}
		t.Site = chain.SiteFee
		m.truths[t.Ref] = truth{loss.Fee, loss.NoRule, m.motif}
		m.in.Transfers = append(m.in.Transfers, t)
	}
	if stolen {
		m.in.Beyond = append(m.in.Beyond, told...)
	}
}

// wait lets between a and b pass.
func (m *made) wait(a, b time.Duration) {
	before := m.now
	m.now = m.now.Add(a + time.Duration(m.r.Int64N(int64(b-a))))
	m.open(before)
}

// between is a number whose logarithm is even between two.
func (m *made) between(low, high float64) float64 {
	return low * math.Pow(high/low, m.r.Float64())
}

// monthBegins is the day of the first close.
var monthBegins = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

// price is what an asset costs now: about the last close, or 0.7 where it has no
// price that anybody could look up.
func (m *made) price(s stuff) float64 {
	if s.price == 0 {
		return 0.7
	}
	day := int(m.now.Sub(monthBegins).Hours() / 24)
	price := m.closes[s.id][min(max(day, 0), days-1)]
	if s.price != 1 {
		price *= 1 + 0.02*(2*m.r.Float64()-1)
	}
	if left, ok := m.crash[s.id]; ok {
		price *= left
	}
	return price
}

const days = 60 // of closes

// wander makes up what every asset that has a price costs at each close.
func (m *made) wander() {
	m.closes, m.crash = map[chain.AssetID][]float64{}, map[chain.AssetID]float64{}
	for _, s := range m.coins {
		if price := s.price; price > 0 {
			for range days {
				if s.price != 1 {
					price *= 1 + 0.03*(2*m.r.Float64()-1)
				}
				m.closes[s.id] = append(m.closes[s.id], price)
			}
		}
	}
}

// fall has a price fall now, which closes know from the next one on.
func (m *made) fall(s stuff, left float64) {
	day := int(m.now.Sub(monthBegins).Hours() / 24)
	for d := day + 1; d < days; d++ {
		m.closes[s.id][d] *= left
	}
	m.crash[s.id] = left
	m.fallen = append(m.fallen, s.id)
}

// open begins a new day: what fell the day before has its new close.
func (m *made) open(before time.Time) {
	if before.Truncate(24*time.Hour) != m.now.Truncate(24*time.Hour) {
		clear(m.crash)
	}
}

// service is an exchange or a mixer, which half of the time, or mostly, somebody
// has tagged.
func (m *made) service(c label.Category, tagged int) address {
	a := m.somebody()
	if m.r.IntN(10) < tagged {
		m.tags.Add(label.Tag{Address: a, Label: string(c) + " 7", Category: c, Source: "made up", Confidence: 80})
	}
	return a
}

// worth is as much of an asset as costs so many dollars; of one without a
// price, as if it cost 0.7.
func (m *made) worth(s stuff, usd float64) *big.Int {
	price := m.price(s)
	d := decimal.NewFromFloat(usd / price)
	if m.r.IntN(3) == 0 && usd/price > 100 {
		d = d.RoundFloor(-1) // round figures are common
	}
	return d.Shift(int32(s.meta.Decimals)).Truncate(0).BigInt()
}

func (m *made) any(can func(stuff) bool) stuff {
	for {
		if s := m.coins[m.r.IntN(len(m.coins))]; can(s) {
			return s
		}
	}
}

func anything(stuff) bool     { return true }
func priced(s stuff) bool     { return s.price > 0 }
func unpriced(s stuff) bool   { return s.price == 0 }
func isToken(s stuff) bool    { return s.id.Kind() != chain.Native }
func dollarish(s stuff) bool  { return s.price == 1 }
func (m *made) coin() stuff   { return m.coins[0] }
func (m *made) main() address { return m.thieves[0] }

type address = common.Address

var nobody address

func share(units *big.Int, permille int64) *big.Int {
	x := new(big.Int).Mul(units, big.NewInt(permille))
	return x.Div(x, big.NewInt(1000))
}

// took notes loot in the hands of the main thief.
func (m *made) took(victim address, id chain.AssetID, units *big.Int) {
	if m.loot[id] == nil {
		m.loot[id] = new(big.Int)
	}
	m.loot[id].Add(m.loot[id], units)
	if m.from[victim] == nil {
		m.from[victim] = map[chain.AssetID]*big.Int{}
	}
	if m.from[victim][id] == nil {
		m.from[victim][id] = new(big.Int)
	}
	m.from[victim][id].Add(m.from[victim][id], units)
}

// some takes a part of some loot, and says which and how many dollars it is.
func (m *made) some(can func(stuff) bool) (stuff, *big.Int, float64) {
	for _, i := range m.r.Perm(len(m.coins)) {
		s := m.coins[i]
		if left := m.loot[s.id]; left != nil && left.Sign() > 0 && can(s) {
			part := share(left, 100+m.r.Int64N(500))
			if part.Sign() == 0 {
				continue
			}
			left.Sub(left, part)
			whole, _ := new(big.Float).SetInt(part).Float64()
			return s, part, whole / math.Pow10(int(s.meta.Decimals)) * m.price(s)
		}
	}
	return stuff{}, nil, 0
}

// variety is what a population is made of.
type variety struct {
	priced bool
	named  int // of ten cases, in how many the write-up names the victims
}

// make makes a theft up. Seeds give the same one always.
func makeUp(seed uint64, v variety) *made {
	r := rand.New(rand.NewPCG(seed, 77))
	m := &made{
		r: r, truths: map[chain.Ref]truth{}, leaks: map[chain.Ref]bool{}, helpers: map[address]bool{}, victims: map[chain.Account]bool{}, loot: map[chain.AssetID]*big.Int{},
		from: map[address]map[chain.AssetID]*big.Int{}, kept: map[chain.AssetID]*big.Int{}, backed: map[chain.AssetID]*big.Int{}, block: 19_000_000, coins: world,
		now: time.Date(2024, 3, 5, 3, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(86_400)) * time.Second),
	}
	m.in = loss.Input{Tokens: map[chain.AssetID]chain.TokenMeta{}, BeyondKnown: true, ReportDay: time.Date(2024, 3, 9, 0, 0, 0, 0, time.UTC)}
	for range 1 + r.IntN(3)/2 {
		m.thieves = append(m.thieves, m.somebody())
	}
	for range 1 + r.IntN(5)/3 {
		m.cast = append(m.cast, m.somebody())
	}
	for _, s := range world {
		m.in.Tokens[s.id] = s.meta
	}
	m.wander()
	m.target = "Robbed Exchange"
	if r.IntN(3) == 0 {
		m.tags.Add(label.Tag{Address: m.cast[0], Label: "Robbed Exchange: hot wallet", Category: label.Exchange, Source: "made up", Confidence: 80})
	}
	if r.IntN(40) == 0 {
		m.gasAlone(v)
		return m
	}
	m.run(before, r.IntN(4), 20*time.Minute, 40*time.Hour)
	m.core = true
	for range 1 + r.IntN(4) {
		m.run(thefts, 1, time.Minute, 50*time.Minute)
		if r.IntN(3) == 0 {
			m.run(meanwhile, 1, time.Minute, 5*time.Minute)
		}
	}
	m.core = false
	m.motif = "a victim's own business"
	for range r.IntN(6) {
		m.business(m.cast[r.IntN(len(m.cast))], m.somebody())
	}
	m.wait(2*time.Hour, 20*time.Hour)
	m.run(after, 1+r.IntN(9), 10*time.Minute, 60*time.Hour)
	m.finish(v)
	return m
}

// gasAlone is what came to an address that had no part in the theft, or a part that
// nobody sees: what is claimed went elsewhere.
func (m *made) gasAlone(v variety) {
	m.motif = "an address that got gas alone"
	for range 1 + m.r.IntN(3) {
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: m.main(), asset: m.coin().id, units: m.worth(m.coin(), m.between(30, 2_500)), class: loss.Other, rule: loss.NobodyToBlame})
		m.wait(time.Minute, 30*time.Hour)
	}
	m.finish(v)
	claim := decimal.NewFromInt(5 + m.r.Int64N(400))
	m.in.Hints = []loss.Hint{{Symbol: m.any(priced).meta.Symbol, Quantity: &claim}}
}

// business is what a victim pays somebody, who has nothing to do with it.
func (m *made) business(v, to address) {
	s := m.any(priced)
	m.tx(nobody, leg{from: v, to: to, asset: s.id, units: m.worth(s, m.between(100, 500_000))})
	m.wait(time.Minute, 30*time.Minute)
}

func (m *made) run(motifs []motif, n int, least, most time.Duration) {
	total := 0
	for _, f := range motifs {
		total += f.weight
	}
	for range n {
		at := m.r.IntN(total)
		for _, f := range motifs {
			if at -= f.weight; at < 0 {
				m.motif = f.name
				f.play(m)
				break
			}
		}
		m.wait(least, most)
	}
}

// finish adds what is known of the case beside the movements.
func (m *made) finish(v variety) {
	chain.SortTransfers(m.in.Transfers)
	chain.SortTransfers(m.in.Beyond)
	chain.SortTransfers(m.in.Thefts)
	chain.SortTransfers(m.in.Returns)
	chain.SortTransfers(m.others)
	for _, a := range m.thieves {
		m.in.Attackers = append(m.in.Attackers, chain.Party{Account: chain.Account{ChainID: 1, Address: a}, Basis: chain.Attributed, Why: "named"})
	}
	named := m.r.IntN(10) < v.named
	for _, a := range m.cast {
		account := chain.Account{ChainID: 1, Address: a}
		m.victims[account] = true
		if named {
			m.in.Victims = append(m.in.Victims, chain.Party{Account: account, Basis: chain.Attributed, Why: "named"})
		} else if m.r.IntN(4) == 0 {
			m.in.Candidates = append(m.in.Candidates, chain.Party{Account: account, Basis: chain.Attributed, Why: "mentioned"})
		}
	}
	m.in.Tags, m.in.Targets = &m.tags, []string{m.target}
	m.claim()
	m.link()
	if v.priced {
		m.quote()
	}
}

// link has four write-ups in ten link up to three txs of the theft; of the links
// one in fifteen is of another tx, as where the reader takes its part wrongly.
func (m *made) link() {
	if m.r.IntN(10) >= 4 {
		return
	}
	var theft, other []common.Hash
	for _, t := range m.in.Transfers {
		switch class := m.truths[t.Ref].class; {
		case t.Tx == (common.Hash{}) || slices.Contains(theft, t.Tx) || slices.Contains(other, t.Tx):
		case class == loss.Theft:
			theft = append(theft, t.Tx)
		default:
			other = append(other, t.Tx)
		}
	}
	for range 1 + m.r.IntN(3) {
		from, told := theft, m.in.Beyond
		if m.r.IntN(15) == 0 {
			from, told = other, m.in.Transfers
		}
		if len(from) == 0 {
			continue
		}
		tx := from[m.r.IntN(len(from))]
		if slices.ContainsFunc(m.in.Thefts, func(t chain.Transfer) bool { return t.Tx == tx }) {
			continue
		}
		for _, t := range told {
			if t.Tx == tx {
				m.in.Thefts = append(m.in.Thefts, t)
			}
		}
	}
	chain.SortTransfers(m.in.Thefts)
}

// claim has most write-ups state what left each victim, to some digits.
func (m *made) claim() {
	if m.r.IntN(10) < 3 {
		return
	}
	for _, a := range m.cast {
		for _, s := range m.coins {
			if units := m.from[a][s.id]; units != nil {
				q := pricing.Whole(units, s.meta.Decimals)
				q = q.Round(int32(4 - len(q.Truncate(0).String())))
				m.in.Hints = append(m.in.Hints, loss.Hint{Symbol: s.meta.Symbol, Quantity: &q})
			}
		}
	}
}

// quote gives every asset that has a price its closes.
func (m *made) quote() {
	m.in.Prices = &pricing.Book{}
	for _, s := range m.coins {
		for day, price := range m.closes[s.id] {
			m.in.Prices.Add(pricing.Quote{Subject: pricing.Of(s.id), Price: decimal.NewFromFloat(price).Round(12), At: monthBegins.AddDate(0, 0, day), Source: "made up"})
		}
	}
}
