package flow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
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
	kind    TerminalKind // not notTerminal: what arrives stays
	source  bool         // everything it sends is followed
	victim  bool         // some amount that left it is
	outlet  bool         // so is what it let out of a bridge
	grounds *grounds     // nil for most accounts, of which there may be millions
}

// grounds is what a role rests on.
type grounds struct {
	tag *Tag // on which kind rests, where it does
	why string
}

func (r *role) tag() *Tag {
	if r.grounds == nil {
		return nil
	}
	return r.grounds.tag
}

func (r *role) why() string {
	if r.grounds == nil {
		return ""
	}
	return r.grounds.why
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
	roles := make([]role, len(rec.accounts.keys))
	for i := range roles[1:] {
		a := rec.accounts.keys[i+1]
		r := &roles[i+1]
		*r = t.roleOf(a)
	}
	if len(t.req.Historians) > 0 {
		t.known = &known{accounts: rec.accounts, said: slices.Clone(roles)}
	}
	t.dateRoles(rec, roles)
	t.passPersons(rec, roles)
	for id, why := range t.hubs {
		if i, ok := rec.find(id); ok && roles[i].kind == notTerminal {
			roles[i].kind, roles[i].grounds = Hub, &grounds{why: why}
		}
	}
	for id, why := range t.escrows {
		if i, ok := rec.find(id); ok && roles[i].kind == notTerminal {
			roles[i].kind, roles[i].grounds = Bridge, &grounds{why: why}
		}
	}
	t.markSources(rec, roles)
	t.markHubs(rec, roles)
	t.markFrontier(rec, roles)
	return roles
}

// known is what the last round told of accounts. Outward exploration asks for the
// same ones in every round.
type known struct {
	accounts ids[Account]
	said     []role // by tags alone
	flags    []flag // of the first policy
}

// roleOf is what tags say.
func (t *tracer) roleOf(a Account) role {
	if t.known != nil {
		if id, ok := t.known.accounts.find(a); ok {
			return t.known.said[id]
		}
	}
	if t.req.Tags == nil {
		return roleBy(a, nil)
	}
	return roleBy(a, t.req.Tags.Tags(a.ChainID, a.Address))
}

func roleBy(a Account, tags []Tag) (r role) {
	if isBurn(a.Address) {
		r.kind, r.grounds = Burn, &grounds{why: "nobody can spend from it"}
	}
	if kind, tag := decisive(tags); kind != notTerminal {
		r.kind = kind
		r.grounds = &grounds{tag, fmt.Sprintf("tagged %s as %s by %s", tag.Label, tag.Category, tag.Source)}
	}
	return r
}

// passPersons lets a trace go on at those who are sanctioned and are known to pay
// on: a launderer who is on a list passes funds on as any other does. What stays
// with him is held, and his tag is told beside it.
func (t *tracer) passPersons(rec *Record, roles []role) {
	persons := map[uint32]bool{}
	for i := range roles {
		if r := &roles[i]; r.kind == Sanctioned && r.tag().Person {
			persons[uint32(i)] = true
		}
	}
	if len(persons) == 0 {
		return
	}
	for i := range rec.rows {
		w := &rec.rows[i]
		from, to := w.from, w.to
		if t.req.Backward {
			from, to = to, from
		}
		if persons[from] && to != from && !w.fee {
			roles[from] = role{}
			delete(persons, from)
		}
	}
}

func (t *tracer) markSources(rec *Record, roles []role) {
	for _, s := range t.req.Sources {
		if i, ok := rec.find(s); ok {
			roles[i] = role{kind: ReturnedToSource, source: true, grounds: &grounds{why: "source of the trace"}}
		}
	}
	for _, s := range t.req.Stolen {
		if i, ok := rec.find(Account{s.ChainID, s.From}); ok && !roles[i].source {
			roles[i] = role{kind: ReturnedToSource, victim: true, grounds: &grounds{roles[i].tag(), "lost what is followed"}}
		}
	}
	for _, s := range slices.Concat(t.arrived...) {
		if i, ok := rec.find(Account{s.ChainID, s.From}); ok && !roles[i].source {
			roles[i].victim, roles[i].outlet = true, true
		}
	}
}

func (t *tracer) markFrontier(rec *Record, roles []role) {
	for i := range roles[1:] {
		a, r := rec.accounts.keys[i+1], &roles[i+1]
		unknown := !t.opened[a] || t.failed[a] != ""
		if t.req.Historians[a.ChainID] != nil && unknown && r.kind == notTerminal {
			r.kind = frontier
		}
	}
}

// Forwarding within these bounds makes a deposit address: 3,200 blocks and
// 0.01 coins (Victor, FC 2020, table 2).
const (
	forwardBlocks = 3200
	forwardCoin   = 10_000_000_000_000_000
)
