package flow

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// laundering is a made-up set of flows with what an investigator would have
// labelled: which services and last holders the stolen funds reached, and with
// how much.
type laundering struct {
	rng      *rand.Rand
	rows     []genRow
	sources  []uint32
	services []uint32 // with hundreds of strangers
	small    []uint32 // with a few, known by a tag alone
	pools    []uint32
	routers  []uint32
	labelled map[uint32]uint64 // terminal ▶ labelled value in dollars
	fed      map[uint32]bool   // every account that a labelled flow feeds
	own      []uint32          // accounts of launderers
	accounts uint32
	txs      uint32
	flows    int
	deepest  int
	short    int // accounts that send more than is known to have come in
	swaps    int
	assets   []chain.AssetID
	prices   []uint64 // dollars for a base unit
}

type genRow struct {
	block, tx, index uint32
	from, to         uint32
	asset            uint8
	amount           uint64
}

type genParams struct {
	seed      uint64
	incidents int
	flows     int // labelled flows, about
	services  int
	noise     int // unrelated transfers for each labelled one
	hops      int
	victims   int  // of an incident, each followed; none: the thief is
	swaps     int  // conversions on the way of every part of the funds
	desks     bool // half of them over two txs
}

func genAddress(n uint32) common.Address {
	var a common.Address
	binary.BigEndian.PutUint64(a[:8], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint32(a[16:], n)
	return a
}

func genNumber(a common.Address) uint32 { return binary.BigEndian.Uint32(a[16:]) }

// purseOf is an amount at an account on its way to be laundered.
type purseOf struct {
	account uint32
	amount  uint64
	block   uint32
	hop     int
	asset   uint8
	swapped int
}

func generate(p genParams) *laundering {
	g := &laundering{
		rng: rand.New(rand.NewPCG(p.seed, 1)), labelled: map[uint32]uint64{}, fed: map[uint32]bool{}, accounts: 1,
		assets: []chain.AssetID{
			chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")), chain.NativeAsset(1),
			chain.Token(1, common.HexToAddress("0xeb4c2781e4eba804ce9a9803c67d0893436bb27d")),
			chain.Token(1, common.HexToAddress("0x6b175474e89094c44da98b954eedeac495271d0f")),
		},
		prices: []uint64{1, 2, 5, 1},
	}
	for range p.services {
		g.services = append(g.services, g.fresh())
	}
	if p.swaps > 0 {
		for range 3 {
			g.pools, g.routers = append(g.pools, g.fresh()), append(g.routers, g.fresh())
		}
	}
	for i := range p.incidents {
		g.incident(uint32(1000+i*5000), p)
	}
	g.noise(p.noise * len(g.rows))
	g.number()
	return g
}

func (g *laundering) fresh() uint32 {
	g.accounts++
	return g.accounts - 1
}

func pick[T any](g *laundering, list []T) T { return list[g.rng.IntN(len(list))] }

func (g *laundering) value(asset uint8, amount uint64) uint64 { return amount * g.prices[asset] }

// add is a row of the newest tx.
func (g *laundering) add(block, from, to uint32, asset uint8, amount uint64) {
	g.rows = append(g.rows, genRow{block: block, tx: g.txs, from: from, to: to, asset: asset, amount: amount})
}

// wait lets some time go by, or none: many hops are in one block.
func (g *laundering) wait(at *purseOf) {
	if g.rng.IntN(3) > 0 {
		at.block += uint32(g.rng.IntN(40))
	}
}

func (g *laundering) pay(at *purseOf, to uint32, amount uint64, label bool) purseOf {
	g.wait(at)
	g.txs++
	g.add(at.block, at.account, to, at.asset, amount)
	g.fed[to] = true
	if label {
		g.labelled[to] += g.value(at.asset, amount)
	}
	g.flows++
	return purseOf{to, amount, at.block, at.hop + 1, at.asset, at.swapped}
}

// swap turns all that an account has into another asset: at a pool, through an
// aggregator and two pools, to an account of its own that it names, or, with
// desks, by somebody who pays later.
func (g *laundering) swap(at *purseOf, desks bool) {
	g.wait(at)
	g.txs++
	g.swaps++
	to := uint8(g.rng.IntN(len(g.assets) - 1))
	if to >= at.asset {
		to++
	}
	got := g.value(at.asset, at.amount) / g.prices[to]
	got -= got / 300
	if desks && g.rng.IntN(2) == 0 {
		desk := g.fresh()
		g.add(at.block, at.account, desk, at.asset, at.amount)
		at.block += uint32(1 + g.rng.IntN(100))
		g.txs++
		g.add(at.block, desk, at.account, to, got)
		g.fed[desk], g.fed[at.account] = true, true
		at.amount, at.asset, at.swapped = got, to, at.swapped+1
		return
	}
	pool, router, owner := pick(g, g.pools), pick(g, g.routers), at.account
	if g.rng.IntN(4) == 0 {
		owner = g.fresh()
		at.hop++
	}
	if g.rng.IntN(2) == 0 {
		g.add(at.block, at.account, pool, at.asset, at.amount)
		g.add(at.block, pool, owner, to, got)
	} else {
		half := at.amount / 2
		other := g.pools[(slices.Index(g.pools, pool)+1)%len(g.pools)]
		g.add(at.block, at.account, router, at.asset, at.amount)
		g.add(at.block, router, pool, at.asset, half)
		g.add(at.block, router, other, at.asset, at.amount-half)
		g.add(at.block, pool, router, to, got/2)
		g.add(at.block, other, router, to, got-got/2)
		g.add(at.block, router, owner, to, got)
	}
	for _, a := range []uint32{pool, router, owner} {
		g.fed[a] = true
	}
	at.account, at.amount, at.asset, at.swapped = owner, got, to, at.swapped+1
}

// incident spreads a stolen sum by the usual figures until the flows are used
// up, and lets what is then on its way rest or reach a service.
func (g *laundering) incident(block uint32, p genParams) {
	limit := g.flows + p.flows/p.incidents
	if p.victims > 0 || p.swaps > 0 {
		g.small = append(g.small, g.fresh(), g.fresh())
	}
	queue := g.begin(block, p)
	var collectors []purseOf
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		g.own = append(g.own, at.account)
		g.deepest = max(g.deepest, at.hop)
		if at.hop >= p.hops || g.flows >= limit || at.amount < 1000 {
			g.finish(&at, p)
			continue
		}
		if at.swapped < p.swaps && g.rng.IntN(3) == 0 {
			g.swap(&at, p.desks)
		}
		switch g.rng.IntN(10) {
		case 0, 1, 2, 3: // split
			queue = append(queue, g.split(&at, 2+g.rng.IntN(5))...)
		case 4, 5: // peel chain
			queue = append(queue, g.peel(&at, p.hops-at.hop)...)
		case 6, 7: // merge with others
			collectors = append(collectors, at)
			if len(collectors) == 4 {
				queue = append(queue, g.merge(collectors, at.asset)...)
				collectors = collectors[:0]
			}
		case 8: // spends more than came in: some inflow is not known
			g.short++
			at.amount += at.amount / uint64(20+g.rng.IntN(60))
			queue = append(queue, g.pay(&at, g.fresh(), at.amount, false))
		default:
			g.finish(&at, p)
		}
	}
	for i := range collectors {
		g.finish(&collectors[i], p)
	}
}

// begin is the theft: out of one account that is followed, or out of many
// victims into one that pays as many others.
func (g *laundering) begin(block uint32, p genParams) (queue []purseOf) {
	if p.victims == 0 {
		source := g.fresh()
		g.sources = append(g.sources, source)
		start := purseOf{account: source, block: block}
		for range 8 {
			queue = append(queue, g.pay(&start, g.fresh(), 1_000_000_000_000+g.rng.Uint64N(1_000_000_000_000), false))
		}
		return queue
	}
	thief := purseOf{account: g.fresh(), block: block}
	for range p.victims {
		victim := purseOf{account: g.fresh(), block: thief.block}
		g.sources = append(g.sources, victim.account)
		got := g.pay(&victim, thief.account, 10_000_000_000+g.rng.Uint64N(10_000_000_000), false)
		thief.amount, thief.block, thief.hop = thief.amount+got.amount, got.block, got.hop
	}
	return g.split(&thief, p.victims*2/3+1)
}

func (g *laundering) finish(at *purseOf, p genParams) {
	for at.swapped < p.swaps {
		g.swap(at, p.desks)
	}
	switch g.rng.IntN(5) {
	case 0:
		g.labelled[at.account] += g.value(at.asset, at.amount)
	case 1:
		if len(g.small) > 0 {
			g.pay(at, pick(g, g.small), at.amount, true)
			return
		}
		fallthrough
	default:
		g.pay(at, pick(g, g.services), at.amount, true)
	}
}

func (g *laundering) split(at *purseOf, ways int) []purseOf {
	var out []purseOf
	left := at.amount
	for i := range ways {
		v := left
		if i < ways-1 {
			v = left/uint64(ways-i) + g.rng.Uint64N(left/uint64(10*ways)+1)
			v = min(v, left)
		}
		if v > 0 {
			out = append(out, g.pay(at, g.fresh(), v, false))
			left -= v
		}
	}
	return out
}

func (g *laundering) peel(at *purseOf, hops int) []purseOf {
	for range min(hops-1, 3+g.rng.IntN(15)) {
		peeled := at.amount/20 + 1
		if peeled >= at.amount {
			break
		}
		g.pay(at, pick(g, g.services), peeled, true)
		*at = g.pay(at, g.fresh(), at.amount-peeled, false)
	}
	g.deepest = max(g.deepest, at.hop)
	return []purseOf{*at}
}

// merge brings parts together at one account, those of another asset apart.
func (g *laundering) merge(parts []purseOf, asset uint8) []purseOf {
	to := g.fresh()
	sums := make([]purseOf, len(g.assets))
	for i := range parts {
		got := g.pay(&parts[i], to, parts[i].amount, false)
		s := &sums[got.asset]
		s.account, s.asset, s.amount = to, got.asset, s.amount+got.amount
		s.block, s.hop, s.swapped = max(s.block, got.block), max(s.hop, got.hop), max(s.swapped, got.swapped)
	}
	return slices.DeleteFunc(sums, func(s purseOf) bool { return s.amount == 0 })
}

// noise is other people's business: with each other, with the services, at the
// pools, and dust for the launderers.
func (g *laundering) noise(n int) {
	last := uint32(1)
	for i := range g.rows {
		last = max(last, g.rows[i].block)
	}
	strangers := uint32(n/4 + 100)
	first := g.accounts
	g.accounts += strangers
	stranger := func() uint32 { return first + g.rng.Uint32N(strangers) }
	for i := range n {
		g.txs++
		block, asset := 1+g.rng.Uint32N(last+1000), uint8(0)
		if len(g.pools) > 0 {
			asset = uint8(g.rng.IntN(len(g.assets)))
		}
		amount := 1 + g.rng.Uint64N(1_000_000_000_000)
		from, to := stranger(), stranger()
		switch k := g.rng.IntN(16); {
		case k < 4:
			to = pick(g, g.services)
		case k < 8:
			from = pick(g, g.services)
		case k == 8 && len(g.pools) > 0:
			pool := pick(g, g.pools)
			g.add(block, from, pool, asset, amount)
			from, asset, amount = pool, (asset+1)%uint8(len(g.assets)), amount/3+1
		case k == 9 && len(g.small) > 0 && i%50 == 0:
			if from = pick(g, g.small); i%100 == 0 {
				from, to = to, from
			}
		case k == 10 && len(g.small) > 0:
			to, amount = pick(g, g.own), 1
		}
		if from != to {
			g.add(block, from, to, asset, amount)
		}
	}
}

// number puts the rows into blocks without disturbing the order of payments
// that follow from one another.
func (g *laundering) number() {
	slices.SortStableFunc(g.rows, func(a, b genRow) int { return int(a.block) - int(b.block) })
	for i := range g.rows {
		w := &g.rows[i]
		if i > 0 && g.rows[i-1].block == w.block {
			w.index = g.rows[i-1].index + 1
		}
	}
}

func (g *laundering) hash(tx uint32) (h common.Hash) {
	binary.BigEndian.PutUint64(h[:8], uint64(tx)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint32(h[28:], tx)
	return h
}

func (g *laundering) record() *Record {
	r := &Record{}
	r.ready()
	index := r.chainIndex(1)
	r.rows = make([]row, 0, len(g.rows))
	r.entries = make([]entry, 0, len(g.rows))
	r.hashes = make([]common.Hash, 0, len(g.rows))
	for i := range g.rows {
		w := &g.rows[i]
		e := entry{
			block: uint64(w.block), time: 1_600_000_000 + 12*uint64(w.block), usd: noUSD,
			tx: r.txID(g.hash(w.tx)), index: w.index, chain: index,
		}
		r.rows = append(r.rows, r.enter(row{
			from: r.account(1, genAddress(w.from)), to: r.account(1, genAddress(w.to)), asset: r.asset(g.assets[w.asset]), file: 1,
		}, e, uint256.NewInt(w.amount)))
	}
	return r
}

func (g *laundering) writeCSV(out io.Writer, order []int) error {
	return g.writeAs(out, order, exported{})
}

// exported is how somebody turned a table of flows into an import.
type exported struct {
	index func(i int, w *genRow) string // nil: as it is
	noTx  bool
	scale string             // zeros behind every amount
	asset func(uint8) string // nil: as it is
	plain bool               // without symbol, decimals and dollars
	time  func(uint64) string
}

func (g *laundering) writeAs(out io.Writer, order []int, as exported) error {
	header := "chain,block,time,tx,index,from,to,asset_id,amount"
	if !as.plain {
		header += ",symbol,decimals,usd"
	}
	if _, err := fmt.Fprintln(out, header); err != nil {
		return err
	}
	for _, i := range order {
		w := &g.rows[i]
		index, tx, asset, time := strconv.Itoa(int(w.index)), g.hash(w.tx).Hex(), g.assets[w.asset].String(), strconv.Itoa(1_600_000_000+12*int(w.block))
		if as.index != nil {
			index = as.index(i, w)
		}
		if as.noTx {
			tx = ""
		}
		if as.asset != nil {
			asset = as.asset(w.asset)
		}
		if as.time != nil {
			time = as.time(1_600_000_000 + 12*uint64(w.block))
		}
		line := fmt.Sprintf("ethereum,%d,%s,%s,%s,%s,%s,%s,%d%s", w.block, time, tx, index,
			chain.Hex(genAddress(w.from)), chain.Hex(genAddress(w.to)), asset, w.amount, as.scale)
		if !as.plain {
			usd := g.value(w.asset, w.amount)
			line += fmt.Sprintf(",,%d,%d.%06d", 6+len(as.scale), usd/1_000_000, usd%1_000_000)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

func (g *laundering) request() Request {
	req := Request{Record: g.record(), Tags: g.tags()}
	for _, s := range g.sources {
		req.Sources = append(req.Sources, Account{1, genAddress(s)})
	}
	return req
}

// tags are those of the services that traffic does not give away.
func (g *laundering) tags() Tagger {
	if len(g.small) == 0 {
		return nil
	}
	tags := exchanges{}
	for _, s := range g.small {
		tags[genAddress(s)] = true
	}
	return tags
}

// dense is a network in which everything is tainted and nothing ends.
func dense(n int) *laundering { return tangle(n, n/4+10, 0) }

// mixed is one in which half of what enters is clean.
func mixed(n int) *laundering { return tangle(n, n/4+10, 1) }

// circle is one in which a thousand accounts pay each other, each mixing what
// hundreds have mixed before: the worst case for lots.
func circle(n int) *laundering { return tangle(n, 1000, 1) }

// tangle is a network in which nothing ends: whoever has something pays anybody.
// What enters comes from a source, and from strangers in turn.
func tangle(n, accounts int, strangers uint32) *laundering {
	g := &laundering{rng: rand.New(rand.NewPCG(7, 7)), accounts: uint32(accounts), assets: []chain.AssetID{chain.NativeAsset(1)}, prices: []uint64{1}}
	g.sources = []uint32{0}
	first := 1 + strangers
	payees := g.accounts - first
	balance := make([]uint64, g.accounts)
	var holders []uint32
	for i := range n {
		w := genRow{
			block: uint32(i / 100), tx: uint32(i), from: uint32(i/50) % first, to: first + g.rng.Uint32N(payees), amount: 1_000_000_000 + g.rng.Uint64N(1e9),
		}
		if len(holders) > 0 && i%50 != 0 {
			at := g.rng.IntN(len(holders))
			w.from = holders[at]
			if w.to == w.from {
				w.to = first + (w.from-first+1)%payees
			}
			w.amount = min(balance[w.from], 1+g.rng.Uint64N(balance[w.from]+balance[w.from]/4))
			if balance[w.from] -= w.amount; balance[w.from] == 0 {
				holders[at] = holders[len(holders)-1]
				holders = holders[:len(holders)-1]
			}
		}
		if balance[w.to] == 0 {
			holders = append(holders, w.to)
		}
		balance[w.to] += w.amount
		g.rows = append(g.rows, w)
	}
	g.number()
	return g
}
