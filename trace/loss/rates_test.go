package loss_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"iter"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/loss"
)

var update = flag.Bool("update", false, "write the measured error rates")

const madeUp = 1_000 // thefts of a population

// count is what the measurement adds up of one subject.
type count struct{ said, wrong, due, missed int }

// measurement counts errors on one population.
type measurement struct {
	population string
	counts     map[string]*count
	odd        map[string]int // what was taken for what, for the log
}

func measure(population string) *measurement {
	return &measurement{population, map[string]*count{}, map[string]int{}}
}

func (n *measurement) of(subject string) *count {
	if n.counts[subject] == nil {
		n.counts[subject] = &count{}
	}
	return n.counts[subject]
}

// said counts that a subject spoke, and whether it was right.
func (n *measurement) said(subject string, right bool) {
	c := n.of(subject)
	c.said++
	if !right {
		c.wrong++
	}
}

func (n *measurement) due(subject string, met bool) {
	c := n.of(subject)
	c.due++
	if !met {
		c.missed++
	}
}

// onMovements and onParties tell the rules that speak of the one from those
// that speak of the other.
func onMovements(r loss.Rule) bool { return r != loss.NoRule && r < loss.VictimByClaim }

// judged counts the judgements of a theft of which everything is known.
func (n *measurement) judged(m *made, s *loss.Statement) {
	for _, j := range s.Judgements {
		if j.Leaked || j.Class == loss.Fee {
			continue
		}
		want, ok := m.truths[j.Transfer.Ref]
		if !ok {
			continue // a leak's way back
		}
		right := want.class == j.Class
		if onMovements(j.Rule) {
			n.said(j.Rule.String(), right)
		}
		if want.rule != loss.NoRule {
			n.due(want.rule.String(), right)
		}
		n.said("class "+j.Class.String(), right)
		n.due("class "+want.class.String(), right)
		if !right {
			n.odd[fmt.Sprintf("%s: %s taken for %s by %q", want.motif, want.class, j.Class, j.Rule)]++
		}
	}
	n.figures(m, s)
	n.parties(m, s)
}

// figures compares gross and returned of each asset.
func (n *measurement) figures(m *made, s *loss.Statement) {
	gross, returned := map[chain.AssetID]*big.Int{}, map[chain.AssetID]*big.Int{}
	sum := func(sums map[chain.AssetID]*big.Int, t chain.Transfer, sign int64) {
		sums[t.Asset] = add(sums[t.Asset], new(big.Int).Mul(t.Units.ToBig(), big.NewInt(sign)))
	}
	for _, t := range m.in.Transfers {
		switch class := m.truths[t.Ref].class; {
		case class == loss.Return:
			sum(returned, t, 1)
		case class == loss.Theft && m.is(m.thieves, t.To):
			sum(gross, t, 1)
		case class == loss.Theft:
			sum(gross, t, -1)
		}
	}
	for _, t := range m.in.Beyond {
		if m.leaks[t.Ref] {
			sum(gross, t, 1)
		}
	}
	for id, units := range m.kept {
		gross[id] = add(gross[id], units)
	}
	for id, units := range m.backed {
		returned[id] = add(returned[id], units)
	}
	for id := range m.in.Tokens {
		n.figure("figure gross", s, id, gross[id], func(l loss.AssetLoss) chain.Amount { return l.Gross })
		n.figure("figure returned", s, id, returned[id], func(l loss.AssetLoss) chain.Amount { return l.Returned })
	}
}

func (n *measurement) figure(subject string, s *loss.Statement, id chain.AssetID, want *big.Int, of func(loss.AssetLoss) chain.Amount) {
	got := new(big.Int)
	if i := slices.IndexFunc(s.Losses, func(l loss.AssetLoss) bool { return l.Asset == id }); i >= 0 {
		got.Set(of(s.Losses[i]).Units())
	}
	if want == nil {
		want = new(big.Int)
	}
	right := want.Cmp(got) == 0
	if got.Sign() != 0 {
		n.said(subject, right)
	}
	if want.Sign() != 0 {
		n.due(subject, right)
	}
}

// parties counts inferred victims.
func (n *measurement) parties(m *made, s *loss.Statement) {
	if len(m.in.Victims) > 0 {
		return
	}
	for _, v := range s.Victims {
		n.said(s.Inferred[v.Account].String(), m.victims[v.Account])
	}
	for _, a := range m.cast {
		if len(m.from[a]) == 0 {
			continue // was not robbed after all
		}
		account := chain.Account{ChainID: 1, Address: a}
		met := slices.ContainsFunc(s.Victims, func(v chain.Party) bool { return v.Account == account })
		n.due("victim", met)
	}
}

func (n *measurement) rates() []chain.Rate {
	var list []chain.Rate
	for subject, c := range n.counts {
		list = append(list, chain.Rate{Subject: subject, Population: n.population, Said: c.said, Wrong: c.wrong, Due: c.due, Missed: c.missed})
	}
	return list
}

func (n *measurement) log(t *testing.T) {
	var lines []string
	for what, times := range n.odd {
		lines = append(lines, fmt.Sprintf("%4d %s", times, what))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	t.Logf("%s:\n%s", n.population, strings.Join(lines, "\n"))
}

func measureMade(priced bool) *measurement {
	n := measure("made")
	if !priced {
		n = measure("made-unpriced")
	}
	for seed := range uint64(madeUp) {
		m := makeUp(seed, variety{priced: priced, named: 6})
		s := loss.Judge(m.in)
		n.judged(m, s)
		n.attackers(m, s)
	}
	return n
}

// measureKuCoin judges a real theft. Everything but transfers of nothing was
// taken, by the list of the exchange's own accounts.
func measureKuCoin(t *testing.T, dir string) *measurement {
	t.Helper()
	thief := chain.Account{ChainID: 1, Address: common.HexToAddress("0xeb31973e0febf3e3d7058234a5ebbae1ab4b8c23")}
	m := &made{truths: map[chain.Ref]truth{}, victims: map[chain.Account]bool{}, thieves: []address{thief.Address}}
	m.in = loss.Input{Tokens: map[chain.AssetID]chain.TokenMeta{}, Attackers: []chain.Party{{Account: thief, Basis: chain.Attributed, Why: "named"}}}
	m.from = map[address]map[chain.AssetID]*big.Int{}
	for i, row := range readCSV(t, filepath.Join(dir, "erc20.csv")) {
		x := kucoinTransfer(t, row[0], row[1], row[2], row[3], row[5], row[6], row[10])
		x.Kind, x.Site, x.Index, x.Asset = chain.KindERC20, chain.SiteLog, uint32(i), chain.Token(1, common.HexToAddress(row[4]))
		decimals, err := strconv.ParseUint(row[9], 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		m.in.Tokens[x.Asset] = chain.TokenMeta{Name: row[7], Symbol: row[8], Decimals: uint8(decimals), DecimalsKnown: true}
		m.real(x)
	}
	for _, row := range readCSV(t, filepath.Join(dir, "normal_in.csv")) {
		x := kucoinTransfer(t, row[0], row[1], row[2], row[3], row[4], row[5], row[6])
		x.Kind, x.Site, x.Asset = chain.KindNative, chain.SiteFrame, chain.NativeAsset(1)
		m.in.Tokens[x.Asset] = chain.TokenMeta{Symbol: "ETH", Decimals: 18, DecimalsKnown: true}
		m.real(x)
	}
	chain.SortTransfers(m.in.Transfers)
	m.in.Prices = &pricing.Book{}
	m.in.Prices.Add(pricing.Quote{
		Subject: pricing.Of(chain.NativeAsset(1)), Price: decimal.RequireFromString("349.18"),
		At: time.Date(2020, 9, 25, 0, 0, 0, 0, time.UTC), Source: "close of the day before",
	})
	n := measure("kucoin")
	n.judged(m, loss.Judge(m.in))
	return n
}

// real adds a transfer of the theft that happened.
func (m *made) real(x chain.Transfer) {
	m.in.Transfers = append(m.in.Transfers, x)
	if x.Units.IsZero() {
		m.truths[x.Ref] = truth{class: loss.Spam}
		return
	}
	m.truths[x.Ref] = truth{class: loss.Theft}
	from := chain.Account{ChainID: 1, Address: x.From}
	if !m.victims[from] {
		m.cast, m.victims[from] = append(m.cast, x.From), true
		m.from[x.From] = map[chain.AssetID]*big.Int{x.Asset: x.Units.ToBig()}
	}
}

func kucoinTransfer(t *testing.T, block, at, tx, from, to, units, index string) chain.Transfer {
	t.Helper()
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return chain.Transfer{
		Ref:  chain.Ref{ChainID: 1, Block: number(block), Tx: common.HexToHash(tx), TxIndex: uint32(number(index))},
		Time: number(at), From: common.HexToAddress(from), To: common.HexToAddress(to), Units: *uint256.MustFromDecimal(units),
	}
}

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// compareRates is the order of the table: rules, then the rest by name; by
// population.
func compareRates(a, b chain.Rate) int {
	place := func(r chain.Rate) string {
		p := slices.IndexFunc(loss.Populations(), func(p chain.Population) bool { return p.ID == r.Population })
		for i, rule := range loss.Rules() {
			if rule.String() == r.Subject {
				return fmt.Sprintf("0 %03d %d", i, p)
			}
		}
		return fmt.Sprintf("1 %s %d", r.Subject, p)
	}
	return strings.Compare(place(a), place(b))
}

// TestRates measures every rule on populations of which the truth is known and
// holds the table that reports print against that. The rows that rest on real
// data are held against it where that is at hand.
func TestRates(t *testing.T) {
	t.Parallel()
	measured := []*measurement{measureMade(true), measureMade(false)}
	shared := os.Getenv("LOSSTRACER_SHARED")
	if shared != "" {
		measured = append(measured, measureKuCoin(t, filepath.Join(shared, "data", "kucoin2020")))
	}
	var got []chain.Rate
	for _, n := range measured {
		n.log(t)
		got = append(got, n.rates()...)
	}
	slices.SortFunc(got, compareRates)
	if *update {
		writeRates(t, got)
		return
	}
	want := loss.Rates()
	for i := range want {
		want[i].Says = ""
	}
	if shared == "" {
		want = slices.DeleteFunc(want, func(r chain.Rate) bool { return r.Population == "kucoin" })
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of error rates is not what was measured; go test ./trace/loss -update writes it (-table +measured):\n%s", diff)
	}
}

func writeRates(t *testing.T, rates []chain.Rate) {
	t.Helper()
	if os.Getenv("LOSSTRACER_SHARED") == "" {
		t.Fatal("LOSSTRACER_SHARED is not set: the rows on real data would be lost")
	}
	if err := os.WriteFile("rates.csv", []byte(chain.RatesTable(rates)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryRuleIsMeasured: a rule without a rate is a rule that nobody checked.
func TestEveryRuleIsMeasured(t *testing.T) {
	t.Parallel()
	for _, rule := range loss.Rules() {
		if !slices.ContainsFunc(loss.Rates(), func(r chain.Rate) bool { return r.Subject == rule.String() && r.Said+r.Due > 0 }) {
			t.Errorf("%s was never measured", rule)
		}
		if rule.Says() == "" {
			t.Errorf("%s says nothing", rule)
		}
	}
}

// attackers counts attackers that are inferred: from one tx of a theft each,
// from what the victims paid, from addresses that are mentioned without their
// part, and from gas.
func (n *measurement) attackers(m *made, s *loss.Statement) {
	if len(m.from) == 0 {
		return // nothing was taken
	}
	n.gainers(m)
	n.recipients(m)
	n.mentioned(m)
	accomplices := s.Accomplices(m.others)
	for _, a := range accomplices {
		n.said(loss.Accomplice.String(), m.helpers[a.Account.Address])
	}
	for helper := range m.helpers {
		n.due(loss.Accomplice.String(), among(accomplices, helper))
	}
}

func among(parties []chain.Party, a address) bool {
	return slices.ContainsFunc(parties, func(p chain.Party) bool { return p.Account.Address == a })
}

func (n *measurement) gainers(m *made) {
	for tx := range txs(m.in.Beyond) {
		var found []address
		for _, g := range loss.Gainers(loss.Input{Transfers: tx, Tags: m.in.Tags, Targets: m.in.Targets}, address{}) {
			if g.Doubt == "" {
				found = append(found, g.Address)
				n.said(loss.AttackerByGain.String(), m.is(m.thieves, g.Address))
			}
		}
		passing := map[address]bool{}
		for _, t := range tx {
			passing[t.From] = true
		}
		for _, a := range m.thieves {
			if !passing[a] && slices.ContainsFunc(tx, func(t chain.Transfer) bool { return t.To == a }) {
				n.due(loss.AttackerByGain.String(), slices.Contains(found, a))
			}
		}
	}
}

// txs splits transfers by tx.
func txs(list []chain.Transfer) iter.Seq[[]chain.Transfer] {
	return func(yield func([]chain.Transfer) bool) {
		for start := 0; start < len(list); {
			end := start + 1
			for end < len(list) && list[end].Tx == list[start].Tx {
				end++
			}
			if !yield(list[start:end]) {
				return
			}
			start = end
		}
	}
}

// recipients infers from what those victims paid who are named.
func (n *measurement) recipients(m *made) {
	if len(m.in.Hints) == 0 {
		return
	}
	in := m.in
	in.Transfers, in.Victims = nil, nil
	paid := map[address]bool{}
	for _, t := range slices.Concat(m.in.Transfers, m.others) {
		if m.is(m.cast, t.From) {
			in.Transfers = append(in.Transfers, t)
			paid[t.To] = true
		}
	}
	for _, a := range m.cast {
		in.Victims = append(in.Victims, chain.Party{Account: chain.Account{ChainID: 1, Address: a}, Basis: chain.Attributed, Why: "named"})
	}
	chain.SortTransfers(in.Transfers)
	found := loss.Recipients(in)
	for _, p := range found {
		n.said(loss.AttackerByPayment.String(), m.is(m.thieves, p.Account.Address))
	}
	for _, a := range m.thieves {
		if paid[a] {
			n.due(loss.AttackerByPayment.String(), among(found, a))
		}
	}
}

// mentioned infers from addresses without their part: victims and thieves, and
// where there is one an address that was paid onward.
func (n *measurement) mentioned(m *made) {
	var candidates []chain.Party
	mention := func(a address) {
		if !among(candidates, a) {
			candidates = append(candidates, chain.Party{Account: chain.Account{ChainID: 1, Address: a}, Basis: chain.Attributed, Why: "mentioned"})
		}
	}
	for _, a := range slices.Concat(m.cast[:min(3, len(m.cast))], m.thieves[:1]) {
		mention(a)
	}
	onward := slices.IndexFunc(m.in.Transfers, func(t chain.Transfer) bool { return m.truths[t.Ref].class == loss.Onward })
	if onward >= 0 && m.r.IntN(2) == 0 {
		mention(m.in.Transfers[onward].To)
	}
	found := loss.PaidAmong(loss.Input{Candidates: candidates, Transfers: m.in.Transfers, Tokens: m.in.Tokens, Hints: m.in.Hints, Tags: m.in.Tags, Targets: m.in.Targets})
	for _, p := range found {
		n.said(loss.AttackerByMention.String(), m.is(m.thieves, p.Account.Address))
	}
	n.due(loss.AttackerByMention.String(), among(found, m.main()))
}
