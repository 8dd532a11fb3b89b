package flow

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

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
	services []uint32
	labelled map[uint32]uint64 // terminal ▶ labelled value in base units
	fed      map[uint32]bool   // every account that a labelled flow feeds
	accounts uint32
	flows    int
	deepest  int
	short    int // accounts that send more than is known to have come in
	asset    chain.AssetID
}

type genRow struct {
	block, tx, index uint32
	from, to         uint32
	amount           uint64
}

type genParams struct {
	seed      uint64
	incidents int
	flows     int // labelled flows, about
	services  int
	noise     int // unrelated transfers for each labelled one
	hops      int
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
}

func generate(p genParams) *laundering {
	g := &laundering{
		rng: rand.New(rand.NewPCG(p.seed, 1)), labelled: map[uint32]uint64{}, fed: map[uint32]bool{}, accounts: 1,
		asset: chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")),
	}
	for range p.services {
		g.services = append(g.services, g.fresh())
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

func (g *laundering) pay(at *purseOf, to uint32, amount uint64, label bool) purseOf {
	if g.rng.IntN(3) > 0 { // else in the same block
		at.block += uint32(g.rng.IntN(40))
	}
	g.rows = append(g.rows, genRow{block: at.block, from: at.account, to: to, amount: amount})
	g.fed[to] = true
	if label {
		g.labelled[to] += amount
	}
	g.flows++
	return purseOf{to, amount, at.block, at.hop + 1}
}

// incident spreads a stolen sum by the usual figures until the flows are used
// up, and lets what is then on its way rest or reach a service.
func (g *laundering) incident(block uint32, p genParams) {
	source := g.fresh()
	g.sources = append(g.sources, source)
	limit := g.flows + p.flows/p.incidents
	var queue, collectors []purseOf
	start := purseOf{account: source, block: block}
	for range 8 {
		queue = append(queue, g.pay(&start, g.fresh(), 1_000_000_000_000+g.rng.Uint64N(1_000_000_000_000), false))
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		g.deepest = max(g.deepest, at.hop)
		if at.hop >= p.hops || g.flows >= limit || at.amount < 1000 {
			g.finish(&at)
			continue
		}
		switch g.rng.IntN(10) {
		case 0, 1, 2, 3: // split
			queue = append(queue, g.split(&at, 2+g.rng.IntN(5))...)
		case 4, 5: // peel chain
			queue = append(queue, g.peel(&at, p.hops-at.hop)...)
		case 6, 7: // merge with others
			collectors = append(collectors, at)
			if len(collectors) == 4 {
				queue = append(queue, g.merge(collectors)...)
				collectors = collectors[:0]
			}
		case 8: // spends more than came in: some inflow is not known
			g.short++
			at.amount += at.amount / uint64(20+g.rng.IntN(60))
			queue = append(queue, g.pay(&at, g.fresh(), at.amount, false))
		default:
			g.finish(&at)
		}
	}
	for i := range collectors {
		g.finish(&collectors[i])
	}
}

func (g *laundering) finish(at *purseOf) {
	if g.rng.IntN(5) == 0 {
		g.labelled[at.account] += at.amount
		return
	}
	g.pay(at, g.services[g.rng.IntN(len(g.services))], at.amount, true)
}

func (g *laundering) split(at *purseOf, ways int) []purseOf {
	var out []purseOf
	left := at.amount
	for i := range ways {
		v := left
		if i < ways-1 {
			v = left/uint64(ways-i) + g.rng.Uint64N(left/10+1)
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
		g.pay(at, g.services[g.rng.IntN(len(g.services))], peeled, true)
		*at = g.pay(at, g.fresh(), at.amount-peeled, false)
	}
	g.deepest = max(g.deepest, at.hop)
	return []purseOf{*at}
}

func (g *laundering) merge(parts []purseOf) []purseOf {
	to := g.fresh()
	sum := purseOf{account: to}
	for i := range parts {
		got := g.pay(&parts[i], to, parts[i].amount, false)
		sum.amount += got.amount
		sum.block, sum.hop = max(sum.block, got.block), max(sum.hop, got.hop)
	}
	return []purseOf{sum}
}

// noise is other people's business: with each other, and with the services.
func (g *laundering) noise(n int) {
	last := uint32(1)
	for i := range g.rows {
		last = max(last, g.rows[i].block)
	}
	strangers := uint32(n/4 + 100)
	first := g.accounts
	g.accounts += strangers
	for range n {
		w := genRow{block: 1 + g.rng.Uint32N(last+1000), amount: 1 + g.rng.Uint64N(1_000_000_000_000)}
		w.from, w.to = first+g.rng.Uint32N(strangers), first+g.rng.Uint32N(strangers)
		switch g.rng.IntN(4) {
		case 0:
			w.to = g.services[g.rng.IntN(len(g.services))]
		case 1:
			w.from = g.services[g.rng.IntN(len(g.services))]
		}
		if w.from != w.to {
			g.rows = append(g.rows, w)
		}
	}
}

// number puts the rows into blocks without disturbing the order of payments
// that follow from one another.
func (g *laundering) number() {
	slices.SortStableFunc(g.rows, func(a, b genRow) int { return int(a.block) - int(b.block) })
	for i := range g.rows {
		w := &g.rows[i]
		w.tx = uint32(i)
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
	asset, index := r.asset(g.asset), r.chainIndex(1)
	r.rows = make([]row, 0, len(g.rows))
	r.hashes = make([]common.Hash, 0, len(g.rows))
	for i := range g.rows {
		w := &g.rows[i]
		r.rows = append(r.rows, row{
			units: *uint256.NewInt(w.amount), block: uint64(w.block), time: 1_600_000_000 + 12*uint64(w.block), usd: noUSD,
			from: r.account(index, genAddress(w.from)), to: r.account(index, genAddress(w.to)),
			asset: asset, tx: r.txID(g.hash(w.tx)), index: w.index, chain: index, file: 1,
		})
	}
	return r
}

func (g *laundering) writeCSV(out io.Writer, order []int) error {
	if _, err := fmt.Fprintln(out, "chain,block,time,tx,index,from,to,asset_id,amount,symbol,decimals,usd"); err != nil {
		return err
	}
	for _, i := range order {
		w := &g.rows[i]
		_, err := fmt.Fprintf(out, "ethereum,%d,%d,%s,%d,%s,%s,%s,%d,USDT,6,%d.%06d\n", w.block, 1_600_000_000+12*w.block,
			g.hash(w.tx).Hex(), w.index, chain.Hex(genAddress(w.from)), chain.Hex(genAddress(w.to)), g.asset, w.amount,
			w.amount/1_000_000, w.amount%1_000_000)
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *laundering) request() Request {
	req := Request{Record: g.record()}
	for _, s := range g.sources {
		req.Sources = append(req.Sources, Account{1, genAddress(s)})
	}
	return req
}

// dense is a network in which everything is tainted and nothing ends: the worst
// case.
func dense(n int) *laundering {
	g := &laundering{rng: rand.New(rand.NewPCG(7, 7)), accounts: uint32(n/4 + 10), asset: chain.NativeAsset(1)}
	g.sources = []uint32{0}
	balance := make([]uint64, g.accounts)
	var holders []uint32
	for i := range n {
		w := genRow{block: uint32(i / 100), to: 1 + g.rng.Uint32N(g.accounts-1), amount: 1_000_000_000 + g.rng.Uint64N(1e9)}
		if len(holders) > 0 && i%50 != 0 {
			at := g.rng.IntN(len(holders))
			w.from = holders[at]
			if w.to == w.from {
				w.to = w.from%(g.accounts-1) + 1
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
