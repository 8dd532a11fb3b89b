package flow

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// ledger answers as a node does: for each address what touches it, from a
// complete ledger, and whole txs.
type ledger struct {
	tape  *tape
	asked []string
	fails map[string]error
	holes map[string]bool // addresses whose token history is not complete
	// refuses is for all histories.
	refuses bool
	stop    context.CancelFunc
	after   int
}

func (l *ledger) History(_ context.Context, q chain.Query) (*chain.History, error) {
	if l.refuses {
		return nil, errors.New("not to be asked")
	}
	h := &chain.History{ChainID: 1, Window: q.Window}
	for _, a := range q.Addresses {
		name := l.tape.names[a]
		l.asked = append(l.asked, name)
		if l.stop != nil && len(l.asked) > l.after {
			l.stop()
		}
		if err := l.fails[name]; err != nil {
			return nil, err
		}
		h.Coverage = append(h.Coverage,
			chain.Coverage{ChainID: 1, Address: a, Scope: chain.ScopeNative, Complete: true},
			chain.Coverage{ChainID: 1, Address: a, Scope: chain.ScopeTokens, Complete: !l.holes[name], Note: "logs of one range are missing"})
		for _, t := range l.tape.transfers {
			if t.From == a || t.To == a {
				h.Transfers = append(h.Transfers, t)
			}
		}
	}
	return h, nil
}

func (l *ledger) Transaction(_ context.Context, tx common.Hash) ([]chain.Transfer, error) {
	var ts []chain.Transfer
	for _, t := range l.tape.transfers {
		if t.Tx == tx {
			ts = append(ts, t)
		}
	}
	return ts, nil
}

// spread is a theft that goes three ways, one of them through a pool to a third
// party, one to a service with a thousand strangers.
func spread() *tape {
	p := newTape()
	p.tx("X thief big 700", "ETH thief gas 1")
	p.tx("X thief small 100")
	p.tx("X thief mid 200")
	p.tx("X friend mid 50")
	p.tx("X big ex 650")
	p.tx("X small pool 100", "Y pool small2 50")
	p.tx("X mid busy 250")
	for i := range 120 {
		p.tx(fmt.Sprintf("X in%d busy 5", i))
		p.tx(fmt.Sprintf("X busy out%d 5", i))
	}
	p.tx("Y small2 end 50")
	return p
}

func (l *ledger) request() Request {
	return Request{
		Sources: []Account{account("thief")}, Historians: map[uint64]Historian{1: l},
		TxReaders: map[uint64]TxReader{1: l}, Tags: labels{"ex": "exchange"}, Value: prices{"X": 1, "Y": 2}.value,
	}
}

var spreadTold = sorted("edge thief→big 700 X", "edge thief→small 100 X", "edge thief→mid 200 X",
	"edge big→ex 650 X", "exchange ex 650 X", "held big 50 X", "edge small→small2 50 Y for X",
	"edge mid→busy 200 X", "hub busy 200 X", "edge small2→end 50 Y", "held end 50 Y")

func TestExplore(t *testing.T) {
	t.Parallel()
	l := &ledger{tape: spread()}
	r := trace(t, l.request())
	if diff := cmp.Diff(spreadTold, l.tape.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want := []string{"thief", "big", "mid", "busy", "small", "small2", "end"}
	if diff := cmp.Diff(want, l.asked); diff != "" {
		t.Errorf("the greatest unexplored value is not always next (-want +got)\n%s", diff)
	}
	if !slices.ContainsFunc(r.Terminals, func(x Terminal) bool {
		return x.Kind == Hub && x.Basis == chain.Heuristic && strings.Contains(x.Why, "120 distinct payers and 120 distinct payees in what was looked at, without 1 that the funds had reached")
	}) {
		t.Errorf("the hub does not say what made it one: %+v", r.Terminals)
	}

	// The same from an import of everything.
	imported := trace(t, Request{Sources: []Account{account("thief")}, Record: l.tape.record(), Tags: labels{"ex": "exchange"}, Value: prices{"X": 1, "Y": 2}.value})
	if diff := cmp.Diff(spreadTold, l.tape.told(imported)); diff != "" {
		t.Errorf("import (-want +got)\n%s", diff)
	}

	// And from both: nothing counts twice.
	both := l.request()
	both.Record = l.tape.record()
	if diff := cmp.Diff(spreadTold, l.tape.told(trace(t, both))); diff != "" {
		t.Errorf("both (-want +got)\n%s", diff)
	}
}

// A run that is cut short has followed the largest share, says what it left,
// and a second one over the same answers is the same run.
func TestExploreLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		limits Limits
		limit  string
		asked  int
		usd    string
	}{
		{Limits{Addresses: 3}, "addresses", 3, "300"},
		{Limits{Requests: 4}, "requests", 2, "300"},
	}
	for _, test := range tests {
		t.Run(test.limit, func(t *testing.T) {
			t.Parallel()
			var texts []string
			for range 2 {
				l := &ledger{tape: spread()}
				req := l.request()
				req.Limits = test.limits
				r := trace(t, req)
				texts = append(texts, written(t, r))
				if len(l.asked) > test.asked+1 || len(l.asked) == 0 || l.asked[0] != "thief" {
					t.Errorf("asked for %v", l.asked)
				}
				if len(r.Cuts) != 1 || r.Cuts[0].Limit != test.limit || r.Cuts[0].USD.IsZero() {
					t.Errorf("want what the limit cut off, got %+v", r.Cuts)
				}
			}
			if texts[0] != texts[1] {
				t.Error("two runs differ")
			}
		})
	}
}

// What a limited run pulled is where the next one goes on.
func TestResume(t *testing.T) {
	t.Parallel()
	l := &ledger{tape: spread()}
	req := l.request()
	req.Limits.Addresses = 3
	first := trace(t, req)
	asked := len(l.asked)
	req.Limits, req.Histories = Limits{}, first.Histories
	second := trace(t, req)
	if diff := cmp.Diff(spreadTold, l.tape.told(second)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, name := range l.asked[asked:] {
		if slices.Contains(l.asked[:asked], name) {
			t.Errorf("%s is asked for again", name)
		}
	}
}

// A thief with thousands of victims, and dust from thousands who want something
// of him, is still a thief.
func TestThievesAreNotHubs(t *testing.T) {
	t.Parallel()
	p := newTape()
	req := Request{Value: prices{"X": 1}.value}
	for i := range 1200 {
		victim := fmt.Sprintf("victim%d", i)
		tx := p.tx("X " + victim + " thief 10")
		req.Stolen = append(req.Stolen, Theft{ChainID: 1, Tx: tx, From: named(victim), To: named("thief"), Asset: asset("X"), Units: *uint256.NewInt(10)})
	}
	p.tx("X thief mule 12000")
	for i := range 1200 {
		p.tx(fmt.Sprintf("SPAM beggar%d mule 1", i))
	}
	p.tx("X mule end 12000")
	req.Record = p.record()
	r := trace(t, req)
	if len(r.Terminals) != 0 || len(r.Held) != 1 || r.Held[0].Account != account("end") || r.Held[0].Units.Int64() != 12000 {
		t.Errorf("want all at the end, got %v %v", r.Terminals, r.Held)
	}
}

// Hundreds of accounts of the launderer's that pay one of his, which pays
// hundreds more, do not make it a service: strangers do.
func TestCollectorIsNotHub(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		strangers int
		hub       bool
	}{{0, false}, {99, false}, {100, true}} {
		p := newTape()
		for i := range 150 {
			p.tx(fmt.Sprintf("X thief mule%d 10", i))
			p.tx(fmt.Sprintf("X mule%d collector 10", i))
		}
		for i := range test.strangers {
			p.tx(fmt.Sprintf("X stranger%d collector 10", i))
		}
		for i := range 150 {
			p.tx(fmt.Sprintf("X collector end%d 10", i))
		}
		for name, req := range map[string]Request{
			"import": {Record: p.record()},
			"asked":  (&ledger{tape: p}).request(),
		} {
			req.Sources, req.Value = []Account{account("thief")}, prices{"X": 1}.value
			r := trace(t, req)
			if got := len(r.Terminals) == 1 && r.Terminals[0].Kind == Hub; got != test.hub {
				t.Errorf("%s, %d strangers: hub %t, want %t", name, test.strangers, got, test.hub)
			}
		}
	}
}

func TestExploreFailures(t *testing.T) {
	t.Parallel()
	l := &ledger{tape: spread(), fails: map[string]error{
		"mid": errors.New("connection refused"), "big": fmt.Errorf("40,000,000 logs: %w", ErrTooBusy),
	}, holes: map[string]bool{"end": true}}
	r := trace(t, l.request())
	got := l.tape.told(r)
	want := sorted("edge thief→big 700 X", "edge thief→small 100 X", "edge thief→mid 200 X", "hub big 700 X",
		"unresolved mid 200 X", "edge small→small2 50 Y for X", "edge small2→end 50 Y", "unresolved end 50 Y")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	ctx, cancel := context.WithCancel(t.Context())
	l = &ledger{tape: spread(), stop: cancel, after: 2}
	r, err := Trace(ctx, l.request())
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatalf("want what was found and the reason of the end, got %v, %v", r, err)
	}
	if cut := r.Cuts[len(r.Cuts)-1]; cut.Limit != "interrupted" || cut.USD.IsZero() {
		t.Errorf("want what the interruption cut off, got %+v", r.Cuts)
	}
}

// frozenHolders is an issuer's blacklist.
type frozenHolders map[Account]bool

func (f frozenHolders) Asks(a chain.AssetID) bool { return a == asset("USDT") }

func (f frozenHolders) Frozen(_ context.Context, a Account, _ chain.AssetID) (bool, error) {
	return f[a], nil
}

// TestRefusedHistories is about cost: where no history can be had, as in a trace
// that is to stay within a case, thousands of holders are asked for in one round,
// still in the order of value.
func TestRefusedHistories(t *testing.T) {
	t.Parallel()
	const holders = 2000
	p, l := newTape(), &ledger{fails: map[string]error{}}
	for i := range holders {
		name := fmt.Sprintf("h%d", i)
		p.tx(fmt.Sprintf("X thief %s %d", name, 1+i))
		l.fails[name] = errors.New("not to be asked")
	}
	l.tape = p
	valued := 0
	r := trace(t, Request{
		Sources:    []Account{account("thief")},
		Historians: map[uint64]Historian{1: l},
		Value: func(a chain.AssetID, units *big.Int, at time.Time) (decimal.Decimal, bool) {
			valued++
			return prices{"X": 1}.value(a, units, at)
		},
	})
	if len(r.Unresolved) != holders || len(l.asked) != holders+1 {
		t.Fatalf("got %d unresolved and %d histories asked for, want %d and one more", len(r.Unresolved), len(l.asked), holders)
	}
	for i, name := range l.asked[1:] {
		if want := fmt.Sprintf("h%d", holders-1-i); name != want {
			t.Fatalf("history %d is of %s, want %s", i+1, name, want)
		}
	}
	if most := 20 * holders; valued > most {
		t.Errorf("%d amounts were valued, want at most %d", valued, most)
	}
}

// Traces on one record do not disturb each other, whatever they pull beside it.
func TestRecordIsShared(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X a b 70")
	p.tx("X a c 30")
	rec := &Record{}
	for i := range p.transfers {
		rec.Add(p.transfers[i : i+1]) // room is left for more
	}
	known := func(move string) []*chain.History {
		q := newTape()
		q.block, q.txs = p.block, p.txs
		q.tx(move)
		p.names[named("d")], p.names[named("e")] = "d", "e"
		return []*chain.History{{ChainID: 1, Transfers: q.transfers}}
	}
	first := trace(t, Request{Sources: []Account{account("thief")}, Record: rec, Histories: known("X b d 70")})
	second := trace(t, Request{Sources: []Account{account("thief")}, Record: rec, Histories: known("X c e 20")})
	common := []string{"edge thief→a 100 X", "edge a→b 70 X", "edge a→c 30 X"}
	p.expect(t, "first", first, append(slices.Clone(common), "edge b→d 70 X", "held d 70 X", "held c 30 X")...)
	p.expect(t, "second", second, append(slices.Clone(common), "edge c→e 20 X", "held e 20 X", "held b 70 X", "held c 10 X")...)
}

func TestFrozen(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("USDT thief a 100")
	p.tx("DAI thief b 7")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Freezes: frozenHolders{account("a"): true, account("b"): true}})
	if diff := cmp.Diff(sorted("edge thief→a 100 USDT", "frozen a 100 USDT", "edge thief→b 7 DAI", "held b 7 DAI"), p.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !slices.Equal(r.FreezeAsked, []chain.AssetID{asset("USDT")}) || !slices.Equal(r.FreezeUnasked, []chain.AssetID{asset("DAI")}) {
		t.Errorf("asked of %v, not of %v", r.FreezeAsked, r.FreezeUnasked)
	}
}

// failing answers of one holder alone.
type failing struct{ answers Account }

func (failing) Asks(a chain.AssetID) bool { return true }

func (f failing) Frozen(_ context.Context, a Account, _ chain.AssetID) (bool, error) {
	if a == f.answers {
		return false, nil
	}
	return false, errors.New("down")
}

// TestAskedInVain: a token whose contract never answered is none of which it is known
// whether the holders were frozen.
func TestAskedInVain(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("USDT thief a 100")
	p.tx("DAI thief b 7")
	p.tx("DAI thief c 7")
	p.tx("DAI thief d 7")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Freezes: failing{account("c")}})
	if !slices.Equal(r.FreezeAsked, []chain.AssetID{asset("DAI")}) || !slices.Equal(r.FreezeUnasked, []chain.AssetID{asset("USDT")}) {
		t.Errorf("asked of %v, not of %v", r.FreezeAsked, r.FreezeUnasked)
	}
	if told := strings.Join(r.Warnings, "\n"); strings.Count(told, "could not be asked: down") != 3 {
		t.Errorf("warnings %s; want one for each holder who could not be asked about", told)
	}
}

// messages is what bridges were told.
type messages map[common.Hash][]Crossing

func (m messages) Crossings(_ context.Context, tx common.Hash, _ Account) ([]Crossing, error) {
	return m[tx], nil
}

// The trace goes on where the bridge let the funds out, and says where it would
// go on where it cannot.
func TestBridges(t *testing.T) {
	t.Parallel()
	p := newTape()
	known := p.tx("X thief bridge 60")
	other := p.tx("X thief bridge 40")
	near, far := chain.Token(1, named("X")), chain.Token(10, named("X"))
	arrive := chain.Transfer{
		Ref:  chain.Ref{ChainID: 10, Block: 900, Tx: common.HexToHash("0xfa"), Site: chain.SiteLog},
		Time: 1_700_000_100, Kind: chain.KindERC20, From: named("pool10"), To: named("me"), Asset: far, Units: *uint256.NewInt(59),
	}
	on := arrive
	on.Block, on.Tx, on.From, on.To, on.Time = 901, common.HexToHash("0xfb"), named("me"), named("ex"), 1_700_000_200
	rec := p.record()
	rec.Add([]chain.Transfer{arrive, on})
	arrival := &Theft{ChainID: 10, Tx: arrive.Tx, From: arrive.From, To: arrive.To, Asset: far, Units: arrive.Units}
	r := trace(t, Request{
		Sources: []Account{account("thief")}, Record: rec, Tags: labels{"bridge": "bridge", "ex": "exchange"},
		Bridges: messages{
			known: {{Bridge: "Hop", Recipient: chain.Hex(named("me")), Chain: "optimism", Asset: near, Units: big.NewInt(60), Arrival: arrival}},
			other: {{Bridge: "Hop", Recipient: "4vJ9…", Chain: "solana"}},
		},
	})
	var arrived, bridged bool
	for _, x := range r.Terminals {
		if x.Kind == Exchange && x.Account.ChainID == 10 && x.Units.Int64() == 59 {
			arrived = true
		}
		if x.Kind == Bridge && x.Units.Int64() == 100 && len(x.Onward) == 2 && x.Onward[1].Chain == "solana" {
			bridged = true
		}
	}
	if !arrived || !bridged {
		t.Errorf("want 59 at the exchange beyond, and both ways onward, got %+v", r.Terminals)
	}
}

// Of what came out beyond a bridge only the part that was tainted when it left
// is followed, and none where what the message speaks of was clean.
func TestMixedCrossing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		asset string
		gave  []string
		want  int64
		basis chain.Basis
	}{
		{"half of what crossed was stolen", "X", []string{"X thief bridge 60"}, 29, chain.Observed},
		{"what crossed was given beside what was stolen", "Y", []string{"X thief bridge 60", "Y thief bridge 60"}, 0, chain.Observed},
		{"what crossed was not given: the bridge swapped", "Y", []string{"X thief bridge 60"}, 29, chain.Heuristic},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newTape()
			stolen := p.tx("X victim thief 30")
			p.tx("X stranger thief 30")
			left := p.tx(row.gave...)
			arrive := chain.Transfer{
				Ref:  chain.Ref{ChainID: 10, Block: 900, Tx: common.HexToHash("0xfa"), Site: chain.SiteLog},
				Time: 1_700_000_100, Kind: chain.KindERC20, From: named("pool10"), To: named("me"), Asset: chain.Token(10, named("X")), Units: *uint256.NewInt(59),
			}
			rec := p.record()
			rec.Add([]chain.Transfer{arrive})
			r := trace(t, Request{
				Stolen: []Theft{{ChainID: 1, Tx: stolen, From: named("victim"), To: named("thief"), Asset: chain.Token(1, named("X")), Units: *uint256.NewInt(30)}},
				Record: rec, Tags: labels{"bridge": "bridge"},
				Bridges: messages{left: {{
					Bridge: "Hop", Chain: "optimism", Asset: chain.Token(1, named(row.asset)), Units: big.NewInt(60), Basis: chain.Observed,
					Arrival: &Theft{ChainID: 10, Tx: arrive.Tx, From: arrive.From, To: arrive.To, Asset: arrive.Asset, Units: arrive.Units},
				}}},
			})
			var got int64
			for _, h := range r.Held {
				if h.Account.ChainID == 10 {
					got += h.Units.Int64()
				}
			}
			if got != row.want {
				t.Errorf("followed beyond the bridge: got %d, want %d", got, row.want)
			}
			for _, x := range r.Terminals {
				for _, c := range x.Onward {
					if c.Basis != row.basis || (c.Followed != nil) != (row.want > 0) || (c.Why == "") != (row.want == 29 && row.basis == chain.Observed) {
						t.Errorf("told as %+v", c)
					}
				}
			}
		})
	}
}

// Under --policy all each policy carries over a bridge what under it was tainted,
// also where the first of them carries nothing.
func TestEveryPolicyCrosses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		first string // into the account that crosses
		want  map[Policy]int64
	}{
		{"stolen, then clean", "thief", map[Policy]int64{FIFO: 29, LIFO: 0, Haircut: 14, Poison: 29, TaintedFirst: 29, TaintedLast: 0}},
		{"clean, then stolen", "stranger", map[Policy]int64{FIFO: 0, LIFO: 29, Haircut: 14, Poison: 29, TaintedFirst: 29, TaintedLast: 0}},
	} {
		p := newTape()
		second := "stranger"
		if row.first == second {
			second = "thief"
		}
		p.tx("X " + row.first + " mule 30")
		p.tx("X " + second + " mule 30")
		left := p.tx("X mule bridge 30")
		far := chain.Token(10, named("X"))
		arrive := chain.Transfer{
			Ref:  chain.Ref{ChainID: 10, Block: 900, Tx: common.HexToHash("0xfa"), Site: chain.SiteLog},
			Time: 1_700_000_100, Kind: chain.KindERC20, From: named("pool10"), To: named("me"), Asset: far, Units: *uint256.NewInt(29),
		}
		on := arrive
		on.Block, on.Tx, on.From, on.To, on.Time = 901, common.HexToHash("0xfb"), named("me"), named("ex"), 1_700_000_200
		request := func(policy Policy) Request {
			rec := p.record()
			rec.Add([]chain.Transfer{arrive, on})
			return Request{
				Policy: policy, Sources: []Account{account("thief")}, Record: rec, Tags: labels{"bridge": "bridge", "ex": "exchange"},
				Bridges: messages{left: {{
					Bridge: "Hop", Chain: "optimism", Asset: asset("X"), Units: big.NewInt(30),
					Arrival: &Theft{ChainID: 10, Tx: arrive.Tx, From: arrive.From, To: arrive.To, Asset: far, Units: arrive.Units},
				}}},
			}
		}
		exchange := func(r *Result) (found Terminal) {
			for _, x := range r.Terminals {
				if x.Kind == Exchange {
					found = x
				}
			}
			return found
		}
		together := exchange(trace(t, request(All)))
		for _, by := range together.ByPolicy {
			if by.Units.Int64() != row.want[by.Policy] {
				t.Errorf("%s: %s carries %d over, want %d", row.name, by.Policy, by.Units, row.want[by.Policy])
			}
			if alone := exchange(trace(t, request(by.Policy))); alone.Units != nil && alone.Units.Cmp(by.Units) != 0 {
				t.Errorf("%s: %s alone carries %d over, with the others %d", row.name, by.Policy, alone.Units, by.Units)
			}
		}
		if len(together.ByPolicy) != len(Policies()) {
			t.Errorf("%s: nothing at the exchange under any policy", row.name)
		}
	}
}

func TestConflictingTags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		tags []Tag
		want TerminalKind
	}{
		{"the more confident", []Tag{{Category: "mixer", Confidence: 40}, {Category: "exchange", Confidence: 80}}, Exchange},
		{"at a tie the stricter", []Tag{{Category: "sanctioned", Confidence: 80}, {Category: "mixer", Confidence: 80}}, Mixer},
		{"what ends nothing", []Tag{{Category: "attacker", Confidence: 100}, {Category: "token"}}, notTerminal},
		{"none", nil, notTerminal},
	}
	for _, test := range tests {
		if kind, _ := decisive(test.tags); kind != test.want {
			t.Errorf("%s: want %s, got %s", test.name, test.want, kind)
		}
	}
}
