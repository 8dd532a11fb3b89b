package loss_test

import (
	"math/big"
	"testing"

	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// beyond makes all movements of the stories known that are told, and leaves to
// the transfers of the input what touches the thief.
func beyond(in *loss.Input) {
	in.Beyond, in.BeyondKnown = in.Transfers, true
	in.Transfers = touching(in.Transfers)
}

func touching(list []chain.Transfer) []chain.Transfer {
	var kept []chain.Transfer
	for _, t := range list {
		if t.From == people['T'] || t.To == people['T'] {
			kept = append(kept, t)
		}
	}
	return kept
}

func dollars(n uint64) string { return uint256.NewInt(n * 1_000_000).Dec() }

func TestHandsBetween(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason                    string
		change                          func(*loss.Input)
		moves                           []move
		gross, leaked, returned, victim string
	}{
		{"a router pays out", "who passes on all that he got in the tx is not the one who lost it", beyond, []move{
			{10, 'V', 'R', 500, "USD", false, 0}, {10, 'R', 'T', 500, "USD", true, loss.Theft},
		}, dollars(500), "0", "0", "V"},
		{"two routers pay out, and nobody is named", "the one who ended the tx poorer is the victim", func(in *loss.Input) { in.Victims = nil; beyond(in) }, []move{
			{10, 'V', 'R', 500, "USD", false, 0}, {10, 'R', 'P', 500, "USD", false, 0}, {10, 'P', 'T', 500, "USD", true, loss.Theft},
		}, dollars(500), "0", "0", "V"},
		{"a router keeps a part", "what it kept left the victim too, and once", beyond, []move{
			{10, 'V', 'R', 500, "USD", false, 0}, {10, 'R', 'T', 490, "USD", true, loss.Theft},
		}, dollars(500), dollars(10), "0", "V"},
		{"a pool adds of its own", "who ended poorer lost something himself", func(in *loss.Input) { in.Victims = nil; beyond(in) }, []move{
			{10, 'V', 'P', 500, "USD", false, 0}, {10, 'P', 'T', 900, "USD", true, loss.Theft},
		}, dollars(900), "0", "0", "P"},
		{"a linked copy", "what somebody took who saw the tx coming left the victim all the same", func(in *loss.Input) {
			in.Thefts = in.Transfers[:1:1]
			in.Transfers = touching(in.Transfers)
		}, []move{
			{10, 'V', 'X', 700, "USD", false, 0}, {12, 'V', 'T', 50, "USD", true, loss.Theft},
		}, dollars(750), dollars(700), "0", "V"},
		{"a linked return by somebody else", "the write-up says that it is one, and the victim has it", func(in *loss.Input) {
			in.Returns = in.Transfers[len(in.Transfers)-1:]
			in.Transfers = touching(in.Transfers)
		}, []move{
			{10, 'V', 'T', 700, "USD", true, loss.Theft}, {12, 'T', 'X', 700, "USD", true, loss.Onward}, {90, 'X', 'V', 650, "USD", false, 0},
		}, dollars(700), "0", dollars(650), "V"},
		{"a rescue given back", "who had taken it himself did not return what the thief took", func(in *loss.Input) {
			in.Outflows = in.Transfers
			in.Returns = in.Transfers[len(in.Transfers)-1:]
			in.Transfers = touching(in.Transfers)
		}, []move{
			{10, 'V', 'T', 300, "USD", true, loss.Theft}, {20, 'V', 'X', 700, "USD", false, 0}, {90, 'X', 'V', 630, "USD", false, loss.Rescue},
		}, dollars(300), "0", "0", "V"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			row.change(&in)
			s := loss.Judge(in)
			if len(s.Losses) != 1 || len(s.Victims) != 1 {
				t.Fatalf("%d losses of %d victims, want one of one: %+v", len(s.Losses), len(s.Victims), s.Judgements)
			}
			l := s.Losses[0]
			for _, figure := range []struct{ name, want, got string }{
				{"gross", row.gross, l.Gross.Units().String()}, {"leaked", row.leaked, l.Leaked.Units().String()}, {"returned", row.returned, l.Returned.Units().String()},
			} {
				if figure.want != figure.got {
					t.Errorf("%s = %s, want %s: %s", figure.name, figure.got, figure.want, row.reason)
				}
			}
			if got := s.Victims[0].Account.Address; got != people[row.victim[0]] {
				t.Errorf("the victim is %s, want %s", got, row.victim)
			}
		})
	}
}

// TestIssuerDestroys: an issuer that destroys what an attacker holds leaves a
// residual as large as what came in, which says nothing against the theft.
func TestIssuerDestroys(t *testing.T) {
	t.Parallel()
	in := input([]move{theftAt(0, loss.Theft)})
	closing := chain.NewAmount(usd, in.Transfers[0].Units.ToBig())
	nothing := chain.NewAmount(usd, uint256.NewInt(0).ToBig())
	in.Closure = []chain.Closure{{
		ChainID: 1, Address: people['T'], Asset: usd, In: closing, Closing: closing, Witness: &nothing,
		ResidualBlocks: &chain.Window{From: 1500, To: 1500},
		Note:           "the token's own event DestroyedBlackFunds(address,uint256) moved the balance in block 1500 without a Transfer",
	}}
	s := loss.Judge(in)
	if got := s.Judgements[0].Class; got != loss.Theft {
		t.Errorf("the theft is judged %s because its proceeds were destroyed later", got)
	}
	if len(s.Remarks) == 0 {
		t.Error("nothing is said of what was destroyed")
	}
	in.Closure[0].ResidualBlocks = &chain.Window{From: 1000, To: 1000}
	if got := loss.Judge(in).Judgements[0].Class; got != loss.Spam {
		t.Errorf("an event that moved nothing is judged %s", got)
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	tagged := func(name string, c label.Category, target string) func(*loss.Input) {
		return func(in *loss.Input) {
			in.Tags = &label.Book{}
			in.Tags.Add(label.Tag{Address: people['X'], Label: name, Category: c, Source: "test"})
			in.Targets = []string{target}
			in.Victims = nil
		}
	}
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		want         loss.Class
		rule         loss.Rule
	}{
		{"an exchange", "it hands out what is its customers'", tagged("Kraken 4", label.Exchange, "Bitstamp"), loss.Other, loss.PaidByService},
		{"a mixer", "it hands out what somebody put in", tagged("Tornado.Cash: 100k", label.Mixer, "Bitstamp"), loss.Other, loss.PaidByService},
		{"the exchange that was robbed", "what leaves it is what this is about", tagged("Bitstamp: hot wallet", label.Exchange, "Bitstamp"), loss.Theft, loss.VictimByTag},
		{"the same by its first name", "labels are shorter than names", tagged("Bitstamp 3", label.Exchange, "Bitstamp Exchange"), loss.Theft, loss.VictimByTag},
		{"a lender", "its contracts are robbed as others are", tagged("Lender", label.Lending, "Somebody"), loss.Theft, loss.VictimByShare},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input([]move{theftAt(0, loss.Theft), {5, 'X', 'T', 60_000, "USD", false, row.want}})
			row.change(&in)
			j := loss.Judge(in).Judgements[1]
			if j.Class != row.want || j.Rule != row.rule {
				t.Errorf("judged %s by %q, want %s by %q: %s", j.Class, j.Rule, row.want, row.rule, row.reason)
			}
		})
	}
}

// claimed is an amount of dollars that is claimed.
func claimed(quantity string) []loss.Hint {
	q := decimal.RequireFromString(quantity)
	return []loss.Hint{{Symbol: "USD", Quantity: &q}}
}

// letters are those of parties, in their order.
func letters(parties []chain.Party) string {
	text := ""
	for _, p := range parties {
		for letter, a := range people {
			if a == p.Account.Address {
				text += string(letter)
			}
		}
	}
	return text
}

func TestPaidAmong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		moves        []move
		mentioned    string
		want         string
		hints        []loss.Hint
	}{
		{"a victim and a thief", "the thief was paid", []move{theftAt(0, 0)}, "VT", "T", nil},
		{"and where it was passed on to", "loot is followed, not blamed", []move{theftAt(0, 0), {5, 'T', 'X', 900, "USD", true, 0}}, "VTX", "T", nil},
		{"a stake before", "in sum the thief was paid", []move{{0, 'T', 'V', 10, "USD", true, 0}, theftAt(5, 0)}, "VT", "T", nil},
		{"a stake before, and other assets given back", "the first that went its way in sum was taken", []move{
			{0, 'T', 'V', 10, "USD", true, 0}, theftAt(5, 0), {50, 'T', 'V', 3, "ETH", true, 0},
		}, "VT", "T", nil},
		{"a part given back", "in sum the thief was paid", []move{theftAt(0, 0), {50, 'T', 'V', 90_000, "USD", true, 0}}, "VT", "T", nil},
		{"all given back", "who was paid first is the thief", []move{theftAt(0, 0), {50, 'T', 'V', 100_000, "USD", true, 0}}, "VT", "T", nil},
		{"nobody else", "whoever is mentioned alone is whom it is about", nil, "T", "T", nil},
		{"an exchange alone", "it is tagged as one, and no attacker", nil, "K", "", nil},
		{"the zero address alone", "nobody has its key", nil, "0", "", nil},
		{"an exchange and somebody who has nothing to do with it", "of two nothing tells that either is the thief", nil, "KT", "", nil},
		{"nobody paid another", "nothing tells who is who", nil, "VT", "", nil},
		{"a stake in the same tx", "who had the tx made took what he got", []move{{0, 'T', 'V', 10, "USD", true, 0}, {0, 'V', 'T', 3, "ETH", true, 0}}, "VT", "T", nil},
		{"where the victim is not mentioned", "the one who was paid what is claimed passed it on", []move{
			{0, 'P', 'T', 1234, "USD", false, 0}, {5, 'T', 'X', 1234, "USD", true, 0},
		}, "TX", "T", claimed("1234")},
		{"where the claim is too round to tell", "any two payments are 1,000 dollars", []move{
			{0, 'P', 'T', 1000, "USD", false, 0}, {5, 'T', 'X', 999, "USD", true, 0},
		}, "TX", "X", claimed("1000")},
		{"where the claim is another", "it fits neither", []move{{0, 'P', 'T', 1239, "USD", false, 0}, {5, 'T', 'X', 900, "USD", true, 0}}, "TX", "X", claimed("1234")},
		{"where nobody paid another", "the amount tells", []move{{0, 'P', 'T', 1234, "USD", false, 0}}, "VT", "T", claimed("1234")},
		{"a victim that took as much in before", "whom it paid was paid what is claimed, too", []move{
			{0, 'P', 'V', 1239, "USD", false, 0}, {5, 'V', 'T', 1234, "USD", false, 0},
		}, "VT", "T", claimed("1234")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var candidates []chain.Party
			for _, letter := range []byte(row.mentioned) {
				candidates = append(candidates, at(letter))
			}
			in := input(row.moves)
			in.Candidates, in.Hints, in.Tags = candidates, row.hints, &label.Book{}
			in.Tags.Add(label.Tag{Address: people['K'], Label: "Kraken 4", Category: label.Exchange, Source: "test"})
			if got := letters(loss.PaidAmong(in)); got != row.want {
				t.Errorf("found %q, want %q: %s", got, row.want, row.reason)
			}
		})
	}
}

// TestRobbedOfMany: from whom the attackers' own txs took are victims all, the
// theft begins with the first of them, and what came before it is gas.
func TestRobbedOfMany(t *testing.T) {
	t.Parallel()
	moves := []move{{-600, 'K', 'T', 1, "ETH", false, loss.Funding}}
	for i, letter := range []byte("VXYPRLW") {
		moves = append(moves, move{10 * i, letter, 'T', 50_000 + uint64(i), "USD", true, loss.Theft})
	}
	in := input(moves)
	in.Victims, in.Prices = nil, nil
	s := loss.Judge(in)
	if got := s.Judgements[0].Class; got != loss.Funding {
		t.Errorf("the gas is judged %s", got)
	}
	if !s.First.Equal(noon) || len(s.Victims) != 7 {
		t.Errorf("%d victims since %s, want 7 since %s", len(s.Victims), s.First, noon)
	}
}

// TestRobbedAmongOthers: who paid too little to be a victim by that is one where
// the attackers' own txs took from him as from others, though he was the first.
func TestRobbedAmongOthers(t *testing.T) {
	t.Parallel()
	in := input([]move{
		{0, 'X', 'T', 5_000, "USD", true, loss.Theft}, {5, 'V', 'T', 40_000, "USD", true, loss.Theft}, {6, 'Y', 'T', 60_000, "USD", true, loss.Theft},
	})
	in.Victims = nil
	if s := loss.Judge(in); len(s.Victims) != 3 || !s.First.Equal(noon) {
		t.Errorf("%d victims since %s, want 3 since %s: %+v", len(s.Victims), s.First, noon, s.Judgements)
	}
}

// TestRescueCoversOnce: what a rescuer took covers as much of what he gives back as
// that is, and no more.
func TestRescueCoversOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason      string
		moves             []move
		rescued, returned string
	}{
		{"in parts", "he gave back 700 that he had taken, and 100 in the thief's stead", []move{
			{90, 'X', 'V', 400, "USD", false, 0}, {95, 'X', 'V', 400, "USD", false, 0},
		}, dollars(700), dollars(100)},
		{"at once", "the same in one tx", []move{{90, 'X', 'V', 800, "USD", false, 0}}, dollars(700), dollars(100)},
		{"another asset", "of which he had taken nothing", []move{{90, 'X', 'V', 50, "UNK", false, 0}, {95, 'X', 'V', 700, "USD", false, 0}}, dollars(700), dollars(50)},
		{"less", "he kept the rest", []move{{90, 'X', 'V', 630, "USD", false, 0}}, dollars(630), "0"},
		{"a part by a tx that nobody links", "it came back all the same", []move{
			{30, 'X', 'V', 500, "USD", false, 0}, {95, 'X', 'V', 700, "USD", false, 0},
		}, dollars(200), dollars(500)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(append([]move{{10, 'V', 'T', 300, "USD", true, 0}, {20, 'V', 'X', 700, "USD", false, 0}}, row.moves...))
			in.Outflows = in.Transfers
			for i, x := range in.Transfers {
				if x.Block >= 1090 {
					in.Returns = in.Transfers[i:]
					break
				}
			}
			in.Transfers = touching(in.Transfers)
			rescued, returned := new(big.Int), new(big.Int)
			for _, j := range loss.Judge(in).Judgements {
				switch units := j.Transfer.Units.ToBig(); j.Class {
				case loss.Rescue:
					rescued.Add(rescued, units)
				case loss.Return:
					returned.Add(returned, units)
				}
			}
			if rescued.String() != row.rescued || returned.String() != row.returned {
				t.Errorf("rescued %s, returned %s; want %s, %s: %s", rescued, returned, row.rescued, row.returned, row.reason)
			}
		})
	}
}

// TestHintOfChain: a claim about one chain is of nothing that was paid on another.
func TestHintOfChain(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'X', 'T', 90_000, "USD", false, 0}, {30, 'Y', 'T', 90_000, "UNK", false, 0}})
	onArbitrum(&in)
	n := decimal.NewFromInt(90_000)
	in.Victims, in.Prices, in.Hints = nil, nil, []loss.Hint{{Symbol: "USD", Chain: "arbitrum", Quantity: &n}}
	s := loss.Judge(in)
	if len(s.Victims) != 1 || s.Victims[0].Account != (chain.Account{ChainID: 42161, Address: people['Y']}) {
		t.Errorf("victims are %+v, want who paid on Arbitrum alone", s.Victims)
	}
}
