package loss_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// unseen makes a movement one whose sender nobody could see.
func unseen(t *chain.Transfer) {
	t.Kind, t.From, t.Tx, t.TxIndex, t.Site, t.Trace = chain.KindUnseen, common.Address{}, common.Hash{}, chain.OutsideTx, chain.SiteBlock, ""
}

// TestNobodyPaid tells stories of what no account paid: what tokens issued to the
// attackers, which they log as from the zero address, and what came from where
// nobody could see. Neither is a victim, and each says nothing of the other.
func TestNobodyPaid(t *testing.T) {
	t.Parallel()
	hidden := func(at int) func(*loss.Input) {
		return func(in *loss.Input) { unseen(&in.Transfers[at]) }
	}
	for _, row := range []struct {
		name, reason   string
		change         func(*loss.Input)
		moves          []move
		victims, gross string // of dollars
	}{
		{"unseen coin, then a token issued", "what was issued is a part of the theft as what came unseen is", hidden(0), []move{
			{0, 'X', 'T', 100, "ETH", false, loss.Theft}, {5, '0', 'T', 90_000, "USD", true, loss.Theft},
		}, "", dollars(90_000)},
		{"a token issued, then unseen coin", "the order does not matter", hidden(2), []move{
			{0, '0', 'T', 90_000, "USD", true, loss.Theft}, {5, 'X', 'T', 100, "ETH", false, loss.Theft},
		}, "", dollars(90_000)},
		{"a token issued to the attackers alone", "it is what they took; nobody paid it", nil, []move{
			{0, '0', 'T', 90_000, "USD", true, loss.Theft},
		}, "", dollars(90_000)},
		{"a token issued by a tx of somebody else", "anybody gives away tokens", nil, []move{
			{0, '0', 'T', 90_000, "USD", false, loss.Other},
		}, "", "0"},
		{"one that is claimed", "who has the issuer's key sends it", func(in *loss.Input) { in.Hints = claimed("90000") }, []move{
			{0, '0', 'T', 90_000, "USD", false, loss.Theft},
		}, "", dollars(90_000)},
		{"a token issued beside a victim", "it takes nothing from what the victim is known by", nil, []move{
			{0, 'V', 'T', 3_000, "USD", true, loss.Theft}, {300, '0', 'T', 900_000, "USD", true, loss.Other},
		}, "V", dollars(3_000)},
		{"without prices", "the most that came of an asset is what somebody paid", func(in *loss.Input) { in.Prices = &pricing.Book{} }, []move{
			{0, 'V', 'T', 3_000, "USD", true, loss.Theft}, {300, '0', 'T', 900_000, "USD", true, loss.Other},
		}, "V", dollars(3_000)},
		{"a linked tx of the theft", "the write-up says that it is one", linked(0), []move{
			{0, '0', 'T', 90_000, "USD", false, loss.Theft},
		}, "", dollars(90_000)},
		{"the zero address named", "nobody has its key", func(in *loss.Input) { in.Victims = []chain.Party{at('0')} }, []move{
			{0, '0', 'T', 90_000, "USD", true, loss.Theft},
		}, "", dollars(90_000)},
		{"the zero address named, and unseen coin", "who sent that is not known, whatever address stands for it", func(in *loss.Input) { hidden(0)(in); in.Victims = []chain.Party{at('0'), at('V')} }, []move{
			{0, 'X', 'T', 100, "ETH", false, loss.Other}, {300, 'V', 'T', 3_000, "USD", true, loss.Theft},
		}, "V", dollars(3_000)},
		{"the zero address named for an attacker", "what is issued is not its own", func(in *loss.Input) { in.Attackers, in.Victims = append(in.Attackers, at('0')), []chain.Party{at('V')} }, []move{
			{0, 'V', 'T', 3_000, "USD", true, loss.Theft}, {5, '0', 'T', 500, "USD", true, loss.Theft}, {5, '0', 'X', 7, "USD", false, 0},
		}, "V", dollars(3_500)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			in.Victims = nil
			if row.change != nil {
				row.change(&in)
			}
			s := loss.Judge(in)
			victims, gross := letters(s.Victims), "0"
			for _, l := range s.Losses {
				if l.Asset == usd {
					gross = l.Gross.Units().String()
				}
			}
			told, whys := "", ""
			for _, j := range s.Judgements {
				whys += j.Why
				told += fmt.Sprintf("%s: %s: %s [%s]\n", j.Transfer.Ref, j.Class, j.Why, j.Basis)
			}
			if victims != row.victims || gross != row.gross || strings.Contains(whys, chain.Hex(people['0'])) {
				t.Errorf("victims %q, gross %s; want %q, %s: %s\n%s", victims, gross, row.victims, row.gross, row.reason, told)
			}
		})
	}
}

// TestIssuedToOthers: what a token issues to others in a tx of the theft left no
// victim.
func TestIssuedToOthers(t *testing.T) {
	t.Parallel()
	in := input([]move{theftAt(0, 0), {10, '0', 'T', 500, "USD", true, 0}, {10, '0', 'X', 700, "USD", false, 0}})
	beyond(&in)
	l := loss.Judge(in).Losses[0]
	if l.Gross.Units().String() != dollars(100_500) || l.Leaked.Sign() != 0 {
		t.Errorf("gross %s, leaked %s; want what the victim paid and what was issued to the thief, and nothing leaked", l.Gross, l.Leaked)
	}
}

// TestBurntIsPaidToNobody: whom a victim paid what is claimed is an attacker,
// unless it destroyed it.
func TestBurntIsPaidToNobody(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'V', '0', 1234, "USD", false, 0}})
	in.Attackers, in.Hints = nil, claimed("1234")
	if got := loss.Recipients(in); len(got) > 0 {
		t.Errorf("%v is taken for an attacker", got)
	}
	in = input([]move{{0, 'T', '0', 1234, "USD", false, 0}})
	in.Candidates, in.Hints = []chain.Party{at('T'), at('0')}, claimed("1234")
	if got := loss.PaidAmong(in); len(got) > 0 {
		t.Errorf("%v is taken for an attacker, of those that are mentioned", got)
	}
}

// TestRecipients infers attackers from what a victim paid that pays many.
func TestRecipients(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		moves        []move
		claims       []string
		want         string
	}{
		{"one of the amount", "nobody else was paid that", []move{{0, 'V', 'X', 20, "USD", false, 0}, {1, 'V', 'T', 1000, "USD", false, 0}}, []string{"1000"}, "T"},
		{"an exchange", "it is tagged as one", []move{{0, 'V', 'K', 1000, "USD", false, 0}}, []string{"1000"}, ""},
		{"two of a round amount", "either may be a customer", []move{{0, 'V', 'X', 1000, "USD", false, 0}, {1, 'V', 'T', 1000, "USD", false, 0}}, []string{"1000"}, ""},
		{"one of just that amount", "others were paid about as much", []move{{0, 'V', 'X', 1230, "USD", false, 0}, {1, 'V', 'T', 1234, "USD", false, 0}}, []string{"1234"}, "T"},
		{"two, as two claims say", "each is of one", []move{{0, 'V', 'C', 1000, "USD", false, 0}, {1, 'V', 'T', 1010, "USD", false, 0}}, []string{"1000", "1010"}, "CT"},
		{"two, and a claim that is made twice", "it is of one", []move{{0, 'V', 'C', 1000, "USD", false, 0}, {1, 'V', 'T', 1000, "USD", false, 0}}, []string{"1000", "1000"}, ""},
		{"three, and two claims", "one of them is none", []move{
			{0, 'V', 'C', 1000, "USD", false, 0}, {1, 'V', 'T', 1010, "USD", false, 0}, {2, 'V', 'X', 1005, "USD", false, 0},
		}, []string{"1000", "1010"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			in.Attackers, in.Tags = nil, &label.Book{}
			in.Tags.Add(label.Tag{Address: people['K'], Label: "Kraken 4", Category: label.Exchange, Source: "test"})
			for _, quantity := range row.claims {
				in.Hints = append(in.Hints, claimed(quantity)...)
			}
			if got := letters(loss.Recipients(in)); got != row.want {
				t.Errorf("found %q, want %q: %s", got, row.want, row.reason)
			}
		})
	}
}

// TestSuspects: whom the attackers paid gas before the theft may have taken part,
// but an exchange and a victim did not.
func TestSuspects(t *testing.T) {
	t.Parallel()
	in := input([]move{
		{0, 'T', 'K', 1, "ETH", true, 0}, {1, 'T', 'P', 1, "ETH", true, 0}, {2, 'T', 'X', 1, "ETH", true, 0}, {3, 'T', '0', 1, "ETH", true, 0}, theftAt(60, 0),
	})
	in.Victims = append(in.Victims, at('P'))
	in.Tags = &label.Book{}
	in.Tags.Add(label.Tag{Address: people['K'], Label: "Kraken 4", Category: label.Exchange, Source: "test"})
	if got := loss.Judge(in).Suspects; len(got) != 1 || got[0].Account.Address != people['X'] {
		t.Errorf("suspects %v, want the stranger alone", got)
	}
}

// TestIssuedIsRemarked: the quotes of a token are of those that there were before more
// was issued.
func TestIssuedIsRemarked(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		from byte
		told bool
	}{{'0', true}, {'V', false}} {
		in := input([]move{{0, row.from, 'T', 90_000, "USD", true, 0}})
		in.Victims = nil
		s := loss.Judge(in)
		told := slices.ContainsFunc(s.Remarks, func(r loss.Remark) bool {
			return r.Asset == usd && strings.Contains(r.Text, "90000 USD of what counts as taken was issued to the attackers")
		})
		if told != row.told {
			t.Errorf("paid by %c: remarks %v, want one: %v", row.from, s.Remarks, row.told)
		}
	}
}

// TestIgnored: who is said to be no party lost nothing, whichever rule would have it
// that he did, and nobody infers that he took something.
func TestIgnored(t *testing.T) {
	t.Parallel()
	nobodyNamed := func(in *loss.Input) { in.Victims = nil }
	for _, row := range []struct {
		name           string
		change         func(*loss.Input)
		moves          []move
		victims, gross string // with him
		without        string // gross without him
	}{
		{"paid the most", nobodyNamed, []move{{0, 'X', 'T', 90_000, "USD", false, loss.Theft}}, "X", dollars(90_000), "0"},
		{"paid in the midst of a theft", nil, []move{theftAt(0, loss.Theft), {5, 'X', 'T', 30_000, "USD", false, loss.Theft}}, "VX", dollars(130_000), dollars(100_000)},
		{"paid in a linked tx", linked(1), []move{theftAt(0, loss.Theft), {90, 'X', 'T', 30_000, "USD", false, loss.Theft}}, "VX", dollars(130_000), dollars(100_000)},
		{"gave too much in an exchange", nil, []move{
			theftAt(0, loss.Theft), {5, 'T', 'X', 10, "USD", true, loss.OwnCapital}, {5, 'X', 'T', 10, "ETH", true, loss.Theft},
		}, "VX", dollars(100_000), dollars(100_000)},
		{"paid beside a victim in an exchange", nil, []move{
			theftAt(0, loss.Theft), {5, 'T', 'X', 1, "ETH", true, loss.OwnCapital}, {5, 'X', 'T', 10, "USD", true, loss.Theft}, {5, 'V', 'T', 50_000, "USD", true, loss.Theft},
		}, "VX", dollars(150_010), dollars(150_000)},
		{"was made to pay by the thief, with others", nil, []move{
			theftAt(0, loss.Theft), {200, 'X', 'T', 10, "USD", true, loss.Theft}, {201, 'Y', 'T', 10, "USD", true, loss.Theft}, {202, 'W', 'T', 10, "USD", true, loss.Theft}, {203, 'R', 'T', 10, "USD", true, loss.Theft},
		}, "VRXYW", dollars(100_040), dollars(100_030)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, ignored := range []bool{false, true} {
				in, want, victims := input(row.moves), row.gross, row.victims
				if row.change != nil {
					row.change(&in)
				}
				if ignored {
					in.Ignored = []common.Address{people['X']}
					want, victims = row.without, strings.ReplaceAll(victims, "X", "")
				}
				s := loss.Judge(in)
				gross := "0"
				for _, l := range s.Losses {
					if l.Asset == usd {
						gross = l.Gross.Units().String()
					} else if ignored {
						t.Errorf("%s is lost, and who paid it is no party", l.Gross)
					}
				}
				if got := letters(s.Victims); gross != want || got != victims {
					t.Errorf("ignored %t: gross %s of %q, want %s of %q", ignored, gross, got, want, victims)
				}
			}
		})
	}
	in := input([]move{{0, 'V', 'X', 90_000, "USD", false, 0}, {1, 'V', 'Y', 90_000, "USD", false, 0}})
	in.Ignored = []common.Address{people['X']}
	n := decimal.NewFromInt(90_000)
	in.Hints = []loss.Hint{{Symbol: "USD", Quantity: &n}}
	if got := letters(loss.Recipients(in)); got != "Y" {
		t.Errorf("who was paid what is claimed: %q, want Y alone", got)
	}
	for _, g := range loss.Gainers(in, common.Address{}) {
		if g.Address == people['X'] {
			t.Error("who is no party gained")
		}
	}
}
