package flow

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

func sorted(lines ...string) []string {
	slices.Sort(lines)
	return lines
}

// The mixed account of every textbook: 4 of its own, 3 stolen, 3 of its own,
// from which 5 and then 2 are paid.
func TestPolicies(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("USDT friend mixed 4")
	p.tx("USDT thief mixed 3")
	p.tx("USDT friend mixed 3")
	p.tx("USDT mixed first 5")
	p.tx("USDT mixed second 2")
	in := "edge thief→mixed 3 USDT"
	tests := []struct {
		policy Policy
		want   []string
		reason string
	}{
		{FIFO, sorted(in, "edge mixed→first 1 USDT", "held first 1 USDT", "edge mixed→second 2 USDT", "held second 2 USDT"), "4 own, then 3 stolen"},
		{LIFO, sorted(in, "edge mixed→first 2 USDT", "held first 2 USDT", "edge mixed→second 1 USDT", "held second 1 USDT"), "3 own, 2 stolen; then 1 stolen, 1 own"},
		{Haircut, sorted(in, "edge mixed→first 1 USDT", "held first 1 USDT", "held mixed 2 USDT"), "floor(5·3/10) = 1, floor(2·2/5) = 0"},
		{Poison, sorted(in, "edge mixed→first 5 USDT", "held first 5 USDT", "edge mixed→second 2 USDT", "held second 2 USDT", "held mixed 3 USDT"), "everything, and what stays"},
		{TaintedFirst, sorted(in, "edge mixed→first 3 USDT", "held first 3 USDT"), "all 3 leave at once"},
		{TaintedLast, sorted(in, "held mixed 3 USDT"), "7 own cover both payments"},
	}
	for _, test := range tests {
		t.Run(test.policy.String(), func(t *testing.T) {
			t.Parallel()
			r := trace(t, Request{Policy: test.policy, Sources: []Account{account("thief")}, Record: p.record()})
			if diff := cmp.Diff(test.want, p.told(r)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", test.reason, diff)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		r := trace(t, Request{
			Policy: All, Sources: []Account{account("thief")}, Record: p.record(), Tags: labels{"first": "exchange", "second": "mixer"},
		})
		got := map[string]string{}
		for _, x := range r.Terminals {
			least, most, ok := x.Range()
			if !ok || len(x.ByPolicy) != 6 {
				t.Fatalf("%v: no range", x)
			}
			got[x.Kind.String()] = least.String() + " to " + most.String()
		}
		if diff := cmp.Diff(map[string]string{"exchange": "0 to 3", "mixer": "0 to 2"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Conversions: the taint follows the transaction's own netting, whatever the
// protocol.
func TestConversions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tx     []string // after thief sends 100 X to a, and a friend 100 X to half
		value  prices
		tags   labels
		want   []string
		reason string
	}{
		{
			name: "swap through a router",
			tx:   []string{"X a router 100", "X router pool 100", "Y pool router 50", "Y router a 50"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "swap of a part",
			tx:   []string{"X a pool 40", "Y pool a 20"},
			want: []string{"edge a→a 20 Y for X", "held a 20 Y", "held a 60 X"},
		},
		{
			name: "output comes first in the tx",
			tx:   []string{"Y pool a 50", "X a pool 100"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "two pools", reason: "the asset between them is nobody's",
			tx:   []string{"X a pool 100", "M pool pool2 70", "Y pool2 a 50"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "swap paid out to somebody else",
			tx:   []string{"X a pool 100", "Y pool b 50"},
			want: []string{"edge a→b 50 Y for X", "held b 50 Y"},
		},
		{
			name: "two pools, paid out to somebody else",
			tx:   []string{"X a router 100", "X router pool 100", "M pool pool2 70", "Y pool2 b 50"},
			want: []string{"edge a→b 50 Y for X", "held b 50 Y"},
		},
		{
			name: "wrap",
			tx:   []string{"X a weth 100", "W weth a 100"},
			want: []string{"edge a→a 100 W for X", "held a 100 W"},
		},
		{
			name: "liquidity in, half of it clean", reason: "100 X stolen, 100 Z of its own: half of the shares",
			tx:   []string{"X a pool 100", "Z a pool 100", "LP 0 a 10"},
			want: []string{"edge a→a 5 LP for X", "held a 5 LP"},
		},
		{
			name: "liquidity in, weighed by price", reason: "100 of 400 dollars",
			tx:    []string{"X a pool 100", "Z a pool 100", "LP 0 a 100"},
			value: prices{"X": 1, "Z": 3, "LP": 4},
			want:  []string{"edge a→a 25 LP for X", "held a 25 LP"},
		},
		{
			name: "vault share minted by another contract",
			tx:   []string{"X a vault 100", "X vault strategy 100", "SH 0 a 99"},
			want: []string{"edge a→a 99 SH for X", "held a 99 SH"},
		},
		{
			name: "batch auction", reason: "the settlement holds nothing; another trader's Z has no part in it",
			tx:   []string{"X a settle 100", "Z c settle 7", "X settle c 100", "Z settle d 7", "Y d settle 50", "Y settle a 50"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "flash loan around a swap", reason: "the loan vanishes",
			tx:   []string{"X lender a 1000", "X a pool 1100", "Y pool a 550", "Y a pool2 500", "X pool2 a 1000", "X a lender 1000"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "scam token for a payment", reason: "both are priced, and what came back is worth a hundredth",
			tx:    []string{"X a b 100", "S scam a 1"},
			value: prices{"X": 1, "S": 1},
			want:  []string{"edge a→b 99 X", "held b 99 X", "edge a→a 1 S for X", "held a 1 S"},
		},
		{
			name: "into a mixer", reason: "what a service gives back does not make it a pool",
			tx:   []string{"X a mixer 100", "R mixer a 1"},
			tags: labels{"mixer": "mixer"},
			want: []string{"edge a→mixer 100 X", "mixer mixer 100 X"},
		},
		{
			name: "payment to many",
			tx:   []string{"X a disperse 100", "X disperse b 30", "X disperse c 50", "X disperse a 20"},
			want: []string{"edge a→b 30 X", "held b 30 X", "edge a→c 50 X", "held c 50 X", "held a 20 X"},
		},
		{
			name: "token sold for coins, gas paid", reason: "gas comes out of the oldest coins, which are the proceeds",
			tx:   []string{"X a pool 100", "ETH pool a 10", "ETH a gas 3"},
			want: []string{"edge a→a 10 ETH for X", "held a 10 ETH"},
		},
		{
			name: "into an NFT",
			tx:   []string{"X a seller 100", "#7 seller a 1"},
			want: []string{"edge a→a 1 #7 for X", "held a 1 #7"},
		},
		{
			name: "shares of a vault for somebody else",
			tx:   []string{"X a SH 100", "SH 0 b 50"},
			want: []string{"edge a→b 50 SH for X", "held b 50 SH"},
		},
		{
			name: "redeemed for somebody else", reason: "the shares end, and what they stood for goes to another",
			tx:   []string{"X a 0 100", "Y X b 50"},
			want: []string{"edge a→b 50 Y for X", "held b 50 Y"},
		},
		{
			name: "swap with a fee to somebody", reason: "no way leads back from him: he was paid",
			tx:   []string{"X a pool 98", "X a taker 2", "Y pool a 50"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y", "edge a→taker 2 X", "held taker 2 X"},
		},
		{
			name: "swap and deposit", reason: "what issues the shares gave nothing else: all was given for all",
			tx:   []string{"X a pool 50", "Y pool a 25", "X a vault 50", "SH 0 a 50"},
			want: []string{"edge a→a 25 Y for X", "edge a→a 50 SH for X", "held a 25 Y", "held a 50 SH"},
		},
		{
			name: "burnt for nothing",
			tx:   []string{"X a 0 100"},
			want: []string{"edge a→0 100 X", "burn 0 100 X"},
		},
		{
			name: "redeemed", reason: "shares go to the zero address, and what they stood for comes back",
			tx:   []string{"X a 0 100", "Y vault a 50"},
			want: []string{"edge a→a 50 Y for X", "held a 50 Y"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newTape()
			p.tx("X thief a 100")
			p.tx(test.tx...)
			req := Request{Sources: []Account{account("thief")}, Record: p.record(), Tags: test.tags}
			if test.tags == nil {
				req.Tags = labels{}
			}
			if test.value != nil {
				req.Value = test.value.value
			}
			want := sorted(append(test.want, "edge thief→a 100 X")...)
			if test.name == "token sold for coins, gas paid" {
				want = sorted("edge thief→a 100 X", "edge a→a 10 ETH for X", "held a 7 ETH", "fee a 3 ETH")
			}
			r := trace(t, req)
			if diff := cmp.Diff(want, p.told(r)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", test.reason, diff)
			}
		})
	}
}

// Where both sides of a trade give stolen funds, each has afterwards what the
// other's was worth, and not all of what he got.
func TestTradeOfStolenForStolen(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("Y thief pool 1")
	p.tx("Y lp pool 4999")
	p.tx("X thief a 1000")
	p.tx("X a pool 1000", "Y pool a 1000")
	for policy, want := range map[Policy][]string{
		FIFO:         {"held a 1000 Y", "held pool 1 X", "edge a→a 1000 Y for X", "edge pool→pool 1 X for Y"},
		TaintedFirst: {"held a 1000 Y", "held pool 1 X", "edge a→a 1000 Y for X", "edge pool→pool 1 X for Y"},
		Haircut:      {"held a 1000 Y", "held pool 1 Y", "edge a→a 1000 Y for X"},
		TaintedLast:  {"held a 1000 Y", "held pool 1 Y", "edge a→a 1000 Y for X"},
		Poison:       {"held a 1000 Y", "held pool 4000 Y", "held pool 1000 X", "edge a→a 1000 Y for X", "edge pool→pool 1000 X for Y"},
	} {
		r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Policy: policy})
		p.expect(t, policy.String(), r, append(want, "edge thief→a 1000 X", "edge thief→pool 1 Y")...)
	}
}

// In one tx a victim's pool is drained through the thief's contract, which
// stakes something of its own and swaps a part.
func TestStolenAmounts(t *testing.T) {
	t.Parallel()
	p := newTape()
	theft := p.tx("D exploit pool 10", "X pool exploit 1000", "X exploit thief 1000")
	p.tx("X thief b 400")
	p.tx("X pool stranger 77")
	p.tx("X b pool 50")
	stolen := Theft{ChainID: 1, Tx: theft, From: named("pool"), To: named("exploit"), Asset: asset("X"), Units: *uint256.NewInt(900)}
	r := trace(t, Request{Stolen: []Theft{stolen}, Record: p.record()})
	want := sorted("edge pool→thief 900 X", "edge thief→b 400 X", "held thief 500 X", "held b 350 X",
		"edge b→pool 50 X", "returned-to-source pool 50 X")
	if diff := cmp.Diff(want, p.told(r)); diff != "" {
		t.Errorf("900 of what left in the theft, none of what left later (-want +got)\n%s", diff)
	}

	// The pool that was robbed goes on being a pool.
	p.tx("X b pool 100", "Y pool c 33")
	r = trace(t, Request{Stolen: []Theft{stolen}, Record: p.record()})
	want = sorted("edge pool→thief 900 X", "edge thief→b 400 X", "held thief 500 X", "held b 250 X",
		"edge b→pool 50 X", "returned-to-source pool 50 X", "edge b→c 33 Y for X", "held c 33 Y")
	if diff := cmp.Diff(want, p.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	stolen.Units = *uint256.NewInt(1500)
	r = trace(t, Request{Stolen: []Theft{stolen}, Record: p.record()})
	if len(r.Unresolved) != 1 || r.Unresolved[0].Units.Int64() != 500 {
		t.Errorf("want 500 that were not seen leaving, got %v", r.Unresolved)
	}
}

// Without prices nobody can say what a token is worth that comes back for a
// payment. It helps to know that the payee has no code.
func TestPaymentToPerson(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X a person 100", "S scam a 1")
	req := Request{Sources: []Account{account("thief")}, Record: p.record()}
	r := trace(t, req)
	if len(r.Conversions) != 1 || r.Conversions[0].Basis != chain.Heuristic || r.Conversions[0].Note == "" {
		t.Errorf("want a conversion that says it is a guess, got %+v", r.Conversions)
	}
	req.IsContract = func(a Account) (bool, bool) { return false, a == account("person") }
	want := sorted("edge thief→a 100 X", "edge a→person 100 X", "held person 100 X")
	if diff := cmp.Diff(want, p.told(trace(t, req))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSourcePaysThroughPools(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		tx   []string
		want []string
	}{
		{"to somebody else", []string{"X thief pool 100", "Y pool b 50"}, []string{"edge thief→b 50 Y for X", "held b 50 Y"}},
		{"by a router", []string{"X thief router 100", "X router pool 100", "Y pool b 50"}, []string{"edge thief→b 50 Y for X", "held b 50 Y"}},
		{"and beside it", []string{"X thief pool 100", "Y pool b 50", "Z thief c 4"}, []string{"edge thief→b 50 Y for X", "edge thief→c 4 Z", "held b 50 Y", "held c 4 Z"}},
		{"for itself, and on", []string{"X thief pool 100", "Y pool thief 50", "Y thief b 50"}, []string{"edge thief→b 50 Y", "held b 50 Y"}},
		{"for itself and for somebody else", []string{"X thief pool 100", "Y pool thief 50", "X thief pool2 30", "Z pool2 b 7"},
			[]string{"edge thief→b 7 Z for X", "held b 7 Z"}},
		{"for itself, a part to whom it owes a fee", []string{"X thief pool 99", "X thief c 1", "Y pool thief 50"}, []string{"edge thief→c 1 X", "held c 1 X"}},
	} {
		p := newTape()
		p.tx(test.tx...)
		for _, policy := range Policies() {
			r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Policy: policy})
			p.expect(t, test.name+", "+policy.String(), r, test.want...)
		}
	}
}

// A pool that holds a little of the stolen funds itself is a pool for others
// all the same.
func TestTaintedPool(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("Y thief pool 1")
	p.tx("Y lp pool 5000")
	p.tx("X a pool 100", "Y pool b 50")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record()})
	p.expect(t, "beside its own", r,
		"edge thief→a 100 X", "edge thief→pool 1 Y", "edge pool→pool 2 X for Y", "edge a→b 50 Y for X", "held b 50 Y", "held pool 2 X")
}

func TestSourceSwapsAreNotSent(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief pool 100", "Y pool thief 50")
	p.tx("Y thief b 50", "ETH thief gas 2")
	p.tx("Y b thief 10")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record()})
	want := sorted("edge thief→b 50 Y", "edge b→thief 10 Y", "returned-to-source thief 10 Y", "held b 40 Y")
	if diff := cmp.Diff(want, p.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X a b 90")
	p.tx("X b c 80")
	p.tx("X c ex 70")
	start := "edge thief→a 100 X"
	tests := []struct {
		name   string
		limits Limits
		want   []string
	}{
		{"none", Limits{}, []string{"edge a→b 90 X", "edge b→c 80 X", "edge c→ex 70 X", "held a 10 X", "held b 10 X", "held c 10 X", "exchange ex 70 X"}},
		{"two hops", Limits{Hops: 2}, []string{"edge a→b 90 X", "held a 10 X", "held b 10 X", "horizon b 80 X hops"}},
		{"payments from 85 dollars", Limits{MinUSD: decimal.NewFromInt(85)}, []string{"edge a→b 90 X", "edge b→c 80 X", "held a 10 X", "held b 10 X", "horizon c 80 X min_usd"}},
		{"until the second block", Limits{Horizon: 1_700_000_024}, []string{"edge a→b 90 X", "held a 10 X", "horizon b 90 X horizon"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := trace(t, Request{
				Sources: []Account{account("thief")}, Record: p.record(), Limits: test.limits,
				Value: prices{"X": 1}.value, Tags: labels{"ex": "exchange"},
			})
			if diff := cmp.Diff(sorted(append(test.want, start)...), p.told(r)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if test.name == "none" {
				return
			}
			if len(r.Cuts) != 1 || len(r.Cuts[0].Amounts) != 1 || !r.Cuts[0].USD.Equal(decimal.NewFromBigInt(r.Cuts[0].Amounts[0].Units, 0)) {
				t.Errorf("want what the limit cut off, in units and dollars, got %+v", r.Cuts)
			}
		})
	}
}

func TestDepositAddresses(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X stranger dep 40")
	p.tx("X dep hot 40")
	p.tx("X thief dep 100")
	p.tx("X dep hot 100")
	p.tx("X thief dep 5")
	p.tx("X thief shop 60")
	p.tx("X shop hot 30")
	p.tx("X shop other 30")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Tags: labels{"hot": "exchange"}})
	want := sorted("edge thief→dep 105 X", "edge dep→hot 100 X", "exchange hot 130 X", "exchange dep 5 X",
		"edge thief→shop 60 X", "edge shop→hot 30 X", "edge shop→other 30 X", "held other 30 X")
	if diff := cmp.Diff(want, p.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, x := range r.Terminals {
		switch x.Account {
		case account("hot"):
			if x.Basis != chain.Attributed || !slices.Equal(x.Via, []Account{account("dep")}) || len(x.Deposits) != 2 {
				t.Errorf("want an attributed terminal reached through dep alone, got %+v", x)
			}
		case account("dep"):
			if x.Basis != chain.Heuristic || x.Tag == nil || x.Tag.Label != "hot" {
				t.Errorf("want what rests at the deposit address to be the exchange's by behaviour, got %+v", x)
			}
		}
	}
}

func TestBackward(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("ETH ex a 10")
	p.tx("ETH friend a 5")
	p.tx("ETH a thief 8", "ETH a gas 1")
	p.tx("X pool2 b 50", "ETH b pool2 4")
	p.tx("X b thief 50")
	p.tx("ETH thief later 3")
	r := trace(t, Request{Backward: true, Sources: []Account{account("thief")}, Record: p.record(), Tags: labels{"ex": "exchange"}})
	want := sorted("edge a→thief 8 ETH", "edge ex→a 8 ETH", "exchange ex 8 ETH",
		"edge b→thief 50 X", "edge b→b 4 ETH", "held b 4 ETH")
	if diff := cmp.Diff(want, p.told(r)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X a b 60")
	p.tx("X a c 40")
	p.tx("X c pool 40", "Y pool c 20")
	p.tx("X b ex 60")
	p.tx("Y c ex 20")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Tags: labels{"ex": "exchange"}})
	paths, complete := r.Paths(account("ex"), 10)
	var got []string
	for _, path := range paths {
		line := path.Units.String()
		for _, s := range path.Steps {
			line += " " + p.names[s.From.Address] + "→" + p.names[s.To.Address]
		}
		got = append(got, line)
	}
	want := []string{"60 thief→a a→b b→ex", "20 thief→a a→c c→c c→ex"}
	if diff := cmp.Diff(want, got); diff != "" || !complete {
		t.Errorf("complete %v (-want +got)\n%s", complete, diff)
	}
	if _, complete := r.Paths(account("ex"), 1); complete {
		t.Error("one path of two is said to be all")
	}
}

func TestNothingBeyond(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X victim thief 100")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record()})
	if len(r.Warnings) != 1 || len(r.Sources)+len(r.Held)+len(r.Terminals) != 0 {
		t.Errorf("want a warning that there is nothing to trace, and nothing else, got %+v", r)
	}
	if _, err := Trace(t.Context(), Request{}); err != ErrNothingToFollow {
		t.Errorf("want %v, got %v", ErrNothingToFollow, err)
	}
}

// Who only sent himself something after the horizon has not moved the funds on.
func TestHorizonAndSelfPayment(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X a a 100")
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Limits: Limits{Horizon: 1_700_000_012}})
	p.expect(t, "a still has it", r, "edge thief→a 100 X", "held a 100 X")
}

// What a source sent before the beginning is clean, and what is later than the end is
// not looked at, by time as by block; backward the beginning is where nothing older is
// looked at.
func TestWindow(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X thief a 100")
	p.tx("X thief a 50")
	p.tx("X a b 120")
	p.tx("X b c 120")
	const blockTime = 1_700_000_000
	for _, test := range []struct {
		name string
		req  Request
		want []string
	}{
		{"from a time", Request{FirstTime: blockTime + 24}, []string{"edge thief→a 50 X", "edge a→b 20 X", "edge b→c 20 X", "held a 30 X", "held c 20 X"}},
		{"from a block", Request{FirstBlock: 2}, []string{"edge thief→a 50 X", "edge a→b 20 X", "edge b→c 20 X", "held a 30 X", "held c 20 X"}},
		{"to a block", Request{Limits: Limits{LastBlock: 3}}, []string{"edge thief→a 150 X", "edge a→b 120 X", "held a 30 X", "horizon b 120 X horizon"}},
		{"between blocks", Request{FirstBlock: 2, Limits: Limits{LastBlock: 2}}, []string{"edge thief→a 50 X", "horizon a 50 X horizon"}},
	} {
		test.req.Sources, test.req.Record = []Account{account("thief")}, p.record()
		p.expect(t, test.name, trace(t, test.req), test.want...)
	}
	r := trace(t, Request{Sources: []Account{account("c")}, Record: p.record(), Backward: true, FirstBlock: 3, Limits: Limits{LastBlock: 3}})
	if len(r.Sources) != 0 {
		t.Errorf("backward, before it was funded: %+v", r.Sources)
	}
	r = trace(t, Request{Sources: []Account{account("c")}, Record: p.record(), Backward: true, FirstBlock: 3})
	p.expect(t, "backward from a block", r, "edge b→c 120 X", "edge a→b 120 X", "held a 120 X")
}
