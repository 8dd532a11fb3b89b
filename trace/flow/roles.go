package flow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"
)

// TerminalKind says why a trace stops at an address.
type TerminalKind uint8

// The kinds of terminal.
const (
	notTerminal TerminalKind = iota
	Exchange
	Mixer
	Bridge
	Burn
	Sanctioned
	Frozen
	Hub
	Horizon
	ReturnedToSource
	// frontier is an account that nobody has opened yet.
	frontier
	// unseen is the other side of a movement that no method could show.
	unseen
)

var terminalNames = [...]string{"", "exchange", "mixer", "bridge", "burn", "sanctioned", "frozen", "hub", "horizon", "returned-to-source", "frontier", "unseen"}

// String returns the name used in JSON.
func (k TerminalKind) String() string {
	if int(k) < len(terminalNames) {
		return terminalNames[k]
	}
	return fmt.Sprintf("terminal%d", uint8(k))
}

// MarshalText implements [encoding.TextMarshaler].
func (k TerminalKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// categories maps what a tag says to where a trace stops. Of conflicting tags
// the more confident one decides, then the order of the list. Protocols are
// not owners: value that is neither converted nor passed on in the tx mixes
// with other people's there.
var categories = []struct {
	category string
	kind     TerminalKind
}{
	{"mixer", Mixer}, {"exchange", Exchange}, {"bridge", Bridge}, {"burn", Burn}, {"sanctioned", Sanctioned},
	{"gambling", Hub}, {"dex", Hub}, {"lending", Hub}, {"protocol", Hub},
}

// role is what an account is to the trace.
type role struct {
	kind   TerminalKind // not notTerminal: what arrives stays
	tag    *Tag         // on which kind rests
	source bool         // everything it sends is followed
	victim bool         // some amount that left it is
	why    string
}

// keeps reports whether the account never vanishes from the middle of a tx.
func (r *role) keeps() bool {
	switch r.kind {
	case Exchange, Mixer, Bridge, Burn, Sanctioned:
		return true
	}
	return false
}

// burnAddresses are those that projects burn to by convention, beside the zero
// address.
var burnAddresses = [...]common.Address{
	common.HexToAddress("0x000000000000000000000000000000000000dead"),
	common.HexToAddress("0xdead000000000000000042069420694206942069"),
}

func isBurn(a common.Address) bool {
	return a == common.Address{} || slices.Contains(burnAddresses[:], a)
}

func decisive(tags []Tag) (TerminalKind, *Tag) {
	kind, rank := notTerminal, len(categories)
	var best *Tag
	for i := range tags {
		at := slices.IndexFunc(categories, func(c struct {
			category string
			kind     TerminalKind
		}) bool {
			return c.category == tags[i].Category
		})
		if at < 0 {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(tags[i].Confidence, best.Confidence), cmp.Compare(rank, at)) > 0 {
			kind, rank, best = categories[at].kind, at, &tags[i]
		}
	}
	return kind, best
}

// assignRoles decides for every account of the record where a trace stops.
func (t *tracer) assignRoles(rec *Record) []role {
	roles := make([]role, len(rec.accounts))
	for i := range roles[1:] {
		a := rec.accounts[i+1]
		r := &roles[i+1]
		*r = t.roleOf(a)
	}
	t.dateRoles(rec, roles)
	for id, why := range t.hubs {
		if i, ok := rec.find(id); ok && roles[i].kind == notTerminal {
			roles[i].kind, roles[i].why = Hub, why
		}
	}
	t.markHubs(rec, roles)
	t.markFrontier(rec, roles)
	t.markSources(rec, roles)
	return roles
}

// roleOf is what tags say. Outward exploration asks for the same accounts in
// every round, an import only once for each.
func (t *tracer) roleOf(a Account) (r role) {
	if known, ok := t.tagged[a]; ok {
		return known
	}
	var tags []Tag
	if t.req.Tags != nil {
		tags = t.req.Tags.Tags(a.ChainID, a.Address)
	}
	r = roleBy(a, tags)
	if len(t.req.Historians) > 0 {
		t.tagged[a] = r
	}
	return r
}

func roleBy(a Account, tags []Tag) (r role) {
	if isBurn(a.Address) {
		r.kind, r.why = Burn, "nobody can spend from it"
	}
	if kind, tag := decisive(tags); kind != notTerminal {
		r.kind, r.tag = kind, tag
		r.why = fmt.Sprintf("tagged %s as %s by %s", tag.Label, tag.Category, tag.Source)
	}
	return r
}

func (t *tracer) markSources(rec *Record, roles []role) {
	for _, s := range t.req.Sources {
		if i, ok := rec.find(s); ok {
			roles[i] = role{kind: ReturnedToSource, source: true, why: "source of the trace"}
		}
	}
	for _, s := range t.stolen {
		if i, ok := rec.find(Account{s.ChainID, s.From}); ok && !roles[i].source {
			tag := roles[i].tag
			if t.continued[s] {
				roles[i].victim = true
				continue
			}
			roles[i] = role{kind: ReturnedToSource, victim: true, tag: tag, why: "lost what is followed"}
		}
	}
}

func (t *tracer) markFrontier(rec *Record, roles []role) {
	for i := range roles[1:] {
		a, r := rec.accounts[i+1], &roles[i+1]
		unknown := !t.opened[a] || t.failed[a] != ""
		if t.req.Historians[a.ChainID] != nil && unknown && r.kind == notTerminal {
			r.kind = frontier
		}
	}
}

// markHubs counts counterparties, but only of accounts that have rows enough
// to reach a limit at all. Those who took the funds are followed whatever their
// traffic: a thief may have thousands of victims.
func (t *tracer) markHubs(rec *Record, roles []role) {
	senders, recipients, both := t.req.Limits.hubs()
	in, out := make([]uint32, len(roles)), make([]uint32, len(roles))
	for i := range rec.rows {
		in[rec.rows[i].to]++
		out[rec.rows[i].from]++
	}
	busy := make([]int32, len(roles))
	var traffic []counterparties
	for i := 1; i < len(roles); i++ {
		enough := int(in[i]) >= senders && int(out[i]) >= recipients || int(in[i])+int(out[i]) >= both
		if enough && roles[i].kind == notTerminal && !t.thieves[rec.accounts[i]] {
			traffic = append(traffic, counterparties{id: uint32(i), deals: map[uint32]bool{}})
			busy[i] = int32(len(traffic))
		}
	}
	if len(traffic) == 0 {
		return
	}
	t.countCounterparties(rec, busy, traffic)
	for i := range traffic {
		c := &traffic[i]
		from, to, all := c.distinct()
		if from >= senders && to >= recipients || all >= both {
			roles[c.id].kind = Hub
			roles[c.id].why = fmt.Sprintf("%d distinct payers and %d distinct payees in what was looked at", from, to)
		}
	}
}

// counterparties of one account. Receipts without a price wait for the answer
// to whether the account ever pays with that asset: anybody can send a
// well-known thief worthless tokens from a thousand addresses.
type counterparties struct {
	id       uint32
	from, to []uint32
	unpriced []unpriced
	deals    map[uint32]bool // assets that it pays with
}

type unpriced struct{ from, asset uint32 }

// distinct counts payers, payees and both.
func (c *counterparties) distinct() (from, to, both int) {
	for _, u := range c.unpriced {
		if c.deals[u.asset] {
			c.from = append(c.from, u.from)
		}
	}
	slices.Sort(c.from)
	slices.Sort(c.to)
	c.from, c.to = slices.Compact(c.from), slices.Compact(c.to)
	all := slices.Concat(c.from, c.to)
	slices.Sort(all)
	return len(c.from), len(c.to), len(slices.Compact(all))
}

func (t *tracer) countCounterparties(rec *Record, busy []int32, traffic []counterparties) {
	for i := range rec.rows {
		w := &rec.rows[i]
		if busy[w.from] == 0 && busy[w.to] == 0 {
			continue
		}
		priced, dust := t.dust(rec, w)
		if b := busy[w.from]; b > 0 && !w.fee && !dust {
			c := &traffic[b-1]
			c.to = append(c.to, w.to)
			c.deals[w.asset] = true
		}
		b := busy[w.to]
		switch {
		case b == 0 || w.from == outside || dust:
		case priced:
			traffic[b-1].from = append(traffic[b-1].from, w.from)
		default:
			traffic[b-1].unpriced = append(traffic[b-1].unpriced, unpriced{w.from, w.asset})
		}
	}
}

// dust reports whether a row has a price, and whether it is worth less than
// what counts as traffic.
func (t *tracer) dust(rec *Record, w *row) (priced, dust bool) {
	least := t.req.Limits.HubDustUSD
	if !least.IsPositive() {
		least = decimal.NewFromInt(1)
	}
	usd, ok := t.worth(rec, w, &w.units)
	return ok, ok && usd.LessThan(least)
}

// Forwarding within these bounds makes a deposit address: 3,200 blocks and
// 0.01 coins (Victor, FC 2020, table 2).
const (
	forwardBlocks = 3200
	forwardCoin   = 10_000_000_000_000_000
)
