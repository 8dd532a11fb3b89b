package trace_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/pricing"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

var stories = []func() (*devnet.Scenario, error){
	devnet.HotWalletTheft, devnet.PartReturned, devnet.AllReturned, devnet.BountyKept, devnet.BountyPaid,
	devnet.PaidBackInAnotherAsset, devnet.TwoAttackers, devnet.FlashLoanExploit, devnet.OwnCapitalAtRisk,
	devnet.MultiSigDrain, devnet.PoolShares, devnet.BatchAuction, devnet.FakeBesideReal, devnet.RebasingToken,
	devnet.FeeOnTransfer, devnet.PaidByRouter,
}

// node starts a node that has played a story, and returns its URL.
type node struct {
	name  string
	start func(t *testing.T, s *devnet.Scenario) (url string)
}

var nodes = []node{
	{"go-ethereum", onGoEthereum},
	{"anvil", func(t *testing.T, s *devnet.Scenario) string {
		return chaintest.AnvilPlaying(t, devnet.ChainID, s.Chain.Genesis(), s.Chain.Blocks(), s.Chain.Txs)
	}},
}

func onGoEthereum(t *testing.T, s *devnet.Scenario) string {
	t.Helper()
	return devnet.Serve(t, s.Chain)
}

// TestScenarios plays every story on an in-process go-ethereum and, tx for tx,
// on anvil; investigates it from a write-up that names the attackers it can
// know and the figures; and holds every class and every figure against the
// story.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, play := range stories {
		s, err := play()
		if err != nil {
			t.Error(err)
			continue
		}
		for _, n := range nodes {
			t.Run(s.Name+" on "+n.name, func(t *testing.T) {
				t.Parallel()
				url := n.start(t, s)
				checkScenario(t, charged(t, s, url), investigateAt(t, s, writeUp(s), url, 1))
			})
		}
	}
}

// charged returns a story with the fees that the receipts of a node tell: what
// gas costs each node works out for itself.
func charged(t *testing.T, s *devnet.Scenario, url string) *devnet.Scenario {
	t.Helper()
	client, err := ethclient.DialContext(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	told := *s
	told.Movements = slices.Clone(s.Movements)
	for i := range told.Movements {
		m := &told.Movements[i]
		if m.Class != devnet.Fee {
			continue
		}
		r, err := client.TransactionReceipt(t.Context(), m.Hash)
		if err != nil {
			t.Fatal(err)
		}
		m.Units = new(big.Int).Mul(r.EffectiveGasPrice, new(big.Int).SetUint64(r.GasUsed))
	}
	return &told
}

func checkScenario(t *testing.T, s *devnet.Scenario, c *trace.Case) {
	t.Run("classes", func(t *testing.T) { checkClasses(t, s, c.Statement) })
	t.Run("figures", func(t *testing.T) { checkFigures(t, s, c.Statement) })
	t.Run("totals", func(t *testing.T) { checkTotals(t, s, c.Statement) })
	t.Run("parties", func(t *testing.T) { checkParties(t, s, c) })
	t.Run("followed", func(t *testing.T) { checkFollowed(t, c) })
	t.Run("nothing is found wrong", func(t *testing.T) {
		for _, f := range c.Result.Findings {
			if f.Verdict != reconcile.Match {
				t.Errorf("line %d %q: %s: %v", f.Claim.Pos.Line, f.Claim.Text, f.Verdict, f.Causes)
			}
		}
	})
	for _, variant := range []struct {
		name   string
		change func(*loss.Input)
	}{
		{"without claims", func(in *loss.Input) { in.Hints = nil }},
		{"without prices", func(in *loss.Input) { in.Prices = nil }},
		{"with the victims named", func(in *loss.Input) { in.Victims = parties(s.Victims) }},
	} {
		t.Run(variant.name, func(t *testing.T) {
			st := again(c, book(s), variant.change)
			checkClasses(t, s, st)
			checkFigures(t, s, st)
		})
	}
}

// checkFollowed: what is followed is what was taken, no more and no less. Only of
// what others than the attackers received the histories may lack a transfer.
func checkFollowed(t *testing.T, c *trace.Case) {
	followed := map[chain.AssetID]*big.Int{}
	for _, b := range c.Flow.Balances {
		followed[b.Asset] = b.Sources
	}
	leaked := map[chain.AssetID]*big.Int{}
	for _, l := range c.Statement.Losses {
		leaked[l.Asset] = l.Leaked.Units()
		got := followed[l.Asset]
		if got == nil {
			got = new(big.Int)
		}
		if got.Cmp(l.Gross.Units()) != 0 {
			t.Errorf("%s: %s are followed, %s were taken", l.Asset, got, l.Gross.Units())
		}
	}
	for _, u := range c.Flow.Unresolved {
		if strings.Contains(u.Why, "not seen leaving") && u.Units.Cmp(leaked[u.Asset]) > 0 {
			t.Errorf("%s %s of %s: %s", u.Units, u.Asset, chain.Hex(u.Account.Address), u.Why)
		}
	}
}

// prices are the same all the time, so that every figure in dollars follows
// from the quantities.
func prices(s *devnet.Scenario) map[chain.AssetID]decimal.Decimal {
	coin, dollar := decimal.NewFromInt(3_700), decimal.NewFromInt(1)
	p := map[chain.AssetID]decimal.Decimal{
		devnet.ETH(): coin, devnet.WETH(): coin, devnet.USDT(): dollar, devnet.USDC(): dollar,
	}
	if s.Name == "hot wallet theft" {
		p[devnet.ETH()] = decimal.RequireFromString("1963.67")
	}
	if s.Name == "rebasing token" {
		p[s.Losses[0].Asset] = coin
	}
	for _, l := range s.Losses {
		if _, ok := p[l.Asset]; !ok && l.Asset.Contract() != s.Parties["pool of USDC"] {
			p[l.Asset] = decimal.NewFromInt(2)
		}
	}
	return p
}

func book(s *devnet.Scenario) *pricing.Book {
	b := &pricing.Book{}
	blocks := s.Chain.Blocks()
	first, last := blocks[0].Time, blocks[len(blocks)-1].Time
	for asset, price := range prices(s) {
		for at := first; at <= last+86_400; at += 43_200 {
			b.Add(pricing.Quote{Subject: pricing.Of(asset), Price: price, At: time.Unix(int64(at), 0).UTC(), Source: "story", Method: "constant"})
		}
	}
	return b
}

// meta is how the tokens of the stories show themselves.
func meta(s *devnet.Scenario, asset chain.AssetID) chain.TokenMeta {
	known := map[chain.AssetID]chain.TokenMeta{
		devnet.ETH(): {Symbol: "ETH", Decimals: 18}, devnet.WETH(): {Symbol: "WETH", Decimals: 18},
		devnet.USDT(): {Symbol: "USDT", Decimals: 6}, devnet.USDC(): {Symbol: "USDC", Decimals: 6},
	}
	if m, ok := known[asset]; ok {
		return m
	}
	switch s.Name {
	case "rebasing token":
		return chain.TokenMeta{Symbol: "stCOIN", Decimals: 18}
	case "fee on transfer":
		return chain.TokenMeta{Symbol: "TAX", Decimals: 18}
	}
	return chain.TokenMeta{Decimals: 18}
}

// writeUp is what somebody could have written who knows the story.
func writeUp(s *devnet.Scenario) *incident.Incident {
	first := s.Of(devnet.Theft)[0]
	at := time.Unix(int64(first.Time), 0).UTC()
	inc := &incident.Incident{
		File: "story.md", Date: at.Format(time.DateOnly), Title: s.Name,
		Timeline: []incident.Event{{Time: at.Truncate(time.Minute), Precision: incident.Minute, Text: "the theft", Pos: incident.Pos{Line: 40, Column: 1}}},
	}
	for i, a := range s.Attackers {
		if slices.Contains(s.Unnamed, a) {
			continue
		}
		inc.Addresses = append(inc.Addresses, incident.Address{
			Address: chain.Hex(a), Chain: "ethereum", Role: incident.RoleAttacker, Why: "listed", Pos: incident.Pos{Line: 20 + i, Column: 1},
		})
	}
	for i, l := range s.Losses {
		m := meta(s, l.Asset)
		if l.Gross.Sign() == 0 || m.Symbol == "" {
			continue
		}
		quantity := pricing.Whole(l.Gross, m.Decimals)
		inc.Claims = append(inc.Claims, incident.Claim{
			Kind: incident.ClaimAsset, Asset: m.Symbol, Quantity: &incident.Figure{Value: quantity, Step: decimal.New(1, quantity.Exponent())},
			Text: quantity.String() + " " + m.Symbol, Pos: incident.Pos{Line: 30 + i, Column: 1},
		})
	}
	return inc
}

func investigate(t *testing.T, s *devnet.Scenario, inc *incident.Incident) *trace.Case {
	t.Helper()
	return investigateAt(t, s, inc, onGoEthereum(t, s), 1)
}

// investigateAt expects so many chains, of which the first is looked at.
func investigateAt(t *testing.T, s *devnet.Scenario, inc *incident.Incident, url string, chains int) *trace.Case {
	t.Helper()
	client, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c, err := trace.Investigate(t.Context(), trace.Request{
		Tool: "test", Incident: inc, Prices: book(s),
		Endpoints: []trace.Endpoint{{Host: client.Host(), Source: history.New(client, history.Options{})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Scopes) != chains || c.Scopes[0].Status != trace.Checked {
		t.Fatalf("scopes: got %+v, want %d, the first checked", c.Scopes, chains)
	}
	return c
}

func parties(addresses []common.Address) []chain.Party {
	var list []chain.Party
	for _, a := range addresses {
		list = append(list, chain.Party{Account: chain.Account{ChainID: devnet.ChainID, Address: a}, Basis: chain.Attributed, Why: "named"})
	}
	return list
}

// again judges what was pulled once more, from less or more.
func again(c *trace.Case, quotes *pricing.Book, change func(*loss.Input)) *loss.Statement {
	in := loss.Input{
		Tokens: c.Tokens, Attackers: c.Attackers, Closure: c.Closure,
		Beyond: c.Beyond, BeyondKnown: c.BeyondGap == "", Prices: quotes,
	}
	for e := range c.Book.Entries() {
		in.Transfers = append(in.Transfers, *e.Transfer)
	}
	for _, claim := range c.Incident.Claims {
		in.Hints = append(in.Hints, loss.Hint{Symbol: claim.Asset, Quantity: &claim.Quantity.Value})
	}
	change(&in)
	return loss.Judge(in)
}

// told is a movement with its class, as story and statement can both tell it.
type told struct {
	Block, Tx uint64
	Asset     string
	From, To  common.Address
	Units     string
	Class     string
}

func compareTold(a, b told) int {
	return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Tx, b.Tx), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
}

// checkClasses holds every movement that touches an attacker, and every theft,
// against the story.
func checkClasses(t *testing.T, s *devnet.Scenario, st *loss.Statement) {
	t.Helper()
	var want, got []told
	for _, m := range s.Movements {
		if m.Touches(s.Attackers) || m.Class == devnet.Theft {
			want = append(want, told{m.Block, uint64(m.Index), m.Asset.String(), m.Sender, m.To, m.Units.String(), string(m.Class)})
		}
	}
	why := map[told]string{}
	for _, j := range st.Judgements {
		from, _ := j.Transfer.Sender()
		to, _ := j.Transfer.Recipient()
		at := told{j.Transfer.Block, uint64(j.Transfer.TxIndex), j.Transfer.Asset.String(), from, to, j.Transfer.Units.Dec(), j.Class.String()}
		got = append(got, at)
		why[at] = j.Why
		if j.Why == "" || j.Basis == 0 {
			t.Errorf("%+v has no reason or basis", at)
		}
	}
	slices.SortFunc(want, compareTold)
	slices.SortFunc(got, compareTold)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
		for _, g := range got {
			if !slices.Contains(want, g) {
				t.Logf("%s %s: %s", g.Units, g.Class, why[g])
			}
		}
	}
}

type figures struct{ Gross, Returned, Net string }

func checkFigures(t *testing.T, s *devnet.Scenario, st *loss.Statement) {
	t.Helper()
	want, got := map[string]figures{}, map[string]figures{}
	for _, l := range s.Losses {
		net := new(big.Int).Sub(l.Gross, l.Returned)
		want[l.Asset.String()] = figures{l.Gross.String(), l.Returned.String(), net.String()}
	}
	for _, l := range st.Losses {
		got[l.Asset.String()] = figures{l.Gross.Units().String(), l.Returned.Units().String(), l.Net().Units().String()}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("figures in base units (-want +got):\n%s", diff)
	}
}

// checkTotals works the totals out from the story.
func checkTotals(t *testing.T, s *devnet.Scenario, st *loss.Statement) {
	t.Helper()
	price := prices(s)
	usd := func(asset chain.AssetID, units *big.Int) decimal.Decimal {
		return pricing.Whole(units, meta(s, asset).Decimals).Mul(price[asset])
	}
	var gross, returned, capital, leaked, bounty decimal.Decimal
	for _, l := range s.Losses {
		gross = gross.Add(usd(l.Asset, l.Gross))
		returned = returned.Add(usd(l.Asset, l.Returned))
		capital = capital.Add(usd(l.Asset, l.OwnCapital))
	}
	for _, m := range s.Movements {
		switch {
		case m.Class == devnet.Theft && !m.Touches(s.Attackers):
			leaked = leaked.Add(usd(m.Asset, m.Units))
		case m.Class == devnet.Loan && slices.Contains(s.Attackers, m.To):
			leaked = leaked.Sub(usd(m.Asset, m.Units))
		case m.Class == devnet.Loan:
			leaked = leaked.Add(usd(m.Asset, m.Units))
		case m.Class == devnet.Bounty:
			bounty = bounty.Add(usd(m.Asset, m.Units))
		}
	}
	loss := gross.Sub(returned).Sub(capital)
	want := map[string]string{
		"gross": gross.String(), "returned": returned.String(), "net": loss.String(), "victims' loss": loss.String(),
		"leaked": leaked.String(), "attackers' gain": loss.Sub(leaked).Add(bounty).String(), "before": gross.String(), "report": gross.String(),
	}
	got := map[string]string{
		"gross": st.Totals.Gross.String(), "returned": st.Totals.Returned.String(), "net": st.Totals.Net.String(), "victims' loss": st.Totals.VictimLoss.String(),
		"leaked": text(st.Totals.Leaked), "attackers' gain": st.Totals.AttackerGain.String(), "before": text(st.Totals.Before), "report": text(st.Totals.Report),
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("totals in dollars (-want +got):\n%s", diff)
	}
}

func text(d *decimal.Decimal) string {
	if d == nil {
		return "not known"
	}
	return d.String()
}

// checkParties holds attackers and victims against the story, those whom the
// write-up does not name included.
func checkParties(t *testing.T, s *devnet.Scenario, c *trace.Case) {
	t.Helper()
	sorted := func(list []common.Address) []common.Address {
		list = slices.Clone(list)
		slices.SortFunc(list, common.Address.Cmp)
		return list
	}
	of := func(parties []chain.Party) []common.Address {
		var list []common.Address
		for _, p := range parties {
			list = append(list, p.Account.Address)
		}
		return sorted(list)
	}
	if diff := gocmp.Diff(sorted(s.Attackers), of(c.Attackers)); diff != "" {
		t.Errorf("attackers (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(sorted(s.Victims), of(c.Statement.Victims)); diff != "" {
		t.Errorf("victims (-want +got):\n%s", diff)
	}
}

// TestMissingAddress drops an address that nothing of the attackers leads to
// from a write-up: the victim's own history shows who took the rest.
func TestMissingAddress(t *testing.T) {
	t.Parallel()
	s, err := devnet.TwoAttackers()
	if err != nil {
		t.Fatal(err)
	}
	inc := writeUp(s)
	known, second := inc.Addresses[0].Address, s.Parties["second attacker"]
	inc.Addresses[0].Address = chain.Hex(second)
	c := investigate(t, s, inc)
	var got []string
	for _, f := range c.Result.Findings {
		for _, cause := range f.Causes {
			got = append(got, fmt.Sprintf("%s %s %s", f.Claim.Asset, f.Verdict, cause.Code))
			if cause.Code == reconcile.MissingAddress && !strings.Contains(cause.Explanation, known) {
				t.Errorf("%q does not name %s", cause.Explanation, known)
			}
		}
	}
	if diff := gocmp.Diff([]string{"ETH over missing-address"}, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}

// TestOnlyVictimsNamed leaves the attackers out: they are found by what the
// victims paid.
func TestOnlyVictimsNamed(t *testing.T) {
	t.Parallel()
	for _, play := range []func() (*devnet.Scenario, error){devnet.HotWalletTheft, devnet.PartReturned, devnet.MultiSigDrain} {
		s, err := play()
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			inc := writeUp(s)
			inc.Addresses = nil
			for _, v := range s.Victims {
				inc.Addresses = append(inc.Addresses, incident.Address{Address: chain.Hex(v), Chain: "ethereum", Role: incident.RoleVictim, Why: "listed", Pos: incident.Pos{Line: 20, Column: 1}})
			}
			c := investigate(t, s, inc)
			checkParties(t, s, c)
			checkClasses(t, s, c.Statement)
			checkFigures(t, s, c.Statement)
			checkTotals(t, s, c.Statement)
		})
	}
}

// TestOnlyTheftLinked gives nothing but the transactions of the theft.
func TestOnlyTheftLinked(t *testing.T) {
	t.Parallel()
	for _, play := range []func() (*devnet.Scenario, error){devnet.PartReturned, devnet.FlashLoanExploit} {
		s, err := play()
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			inc := writeUp(s)
			inc.Addresses = nil
			for _, m := range s.Of(devnet.Theft) {
				inc.Transactions = append(inc.Transactions, incident.Transaction{Hash: m.Hash.Hex(), Chain: "ethereum", Role: incident.TxTheft, Pos: incident.Pos{Line: 25, Column: 1}})
			}
			c := investigate(t, s, inc)
			checkFigures(t, s, c.Statement)
		})
	}
}

// TestChargeOfALender: what a lender kept reached somebody else than the attackers, in
// the row of the asset as in the totals, and a claim of what the attackers got is told
// to be that.
func TestChargeOfALender(t *testing.T) {
	t.Parallel()
	s, err := devnet.FlashLoanExploit()
	if err != nil {
		t.Fatal(err)
	}
	inc := writeUp(s)
	inc.Claims = []incident.Claim{{Kind: incident.ClaimAsset, Asset: "USDC", Text: "995,000 USDC", Pos: incident.Pos{Line: 20},
		Quantity: &incident.Figure{Value: decimal.NewFromInt(995_000), Step: decimal.NewFromInt(1000)}}}
	c := investigate(t, s, inc)
	if l := c.Statement.Losses[0]; l.Leaked.Units().Cmp(big.NewInt(5000_000_000)) != 0 {
		t.Errorf("of the loss %s reached others, want the 5000 that the lender kept", l.Leaked)
	}
	f := c.Result.Findings[0]
	if len(f.Causes) == 0 || f.Causes[0].Code != reconcile.GrossVsNet {
		t.Errorf("causes %+v; want that it is what reached the attackers", f.Causes)
	}
}

// TestSecondChainWithoutEndpoint reports a loss on a chain that nobody can
// look at beside one that can: the first is exact, the second told.
func TestSecondChainWithoutEndpoint(t *testing.T) {
	t.Parallel()
	s, err := devnet.PartReturned()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			secondChainWithoutEndpoint(t, s, n.start(t, s))
		})
	}
}

func secondChainWithoutEndpoint(t *testing.T, s *devnet.Scenario, url string) {
	s = charged(t, s, url)
	inc := writeUp(s)
	dollars := decimal.NewFromInt(4_000_000)
	inc.Claims = append(inc.Claims, incident.Claim{
		Kind: incident.ClaimAsset, Asset: "BNB", Chain: "bsc", USD: &incident.Figure{Value: dollars, Step: decimal.NewFromInt(1000)},
		Text: "$4,000,000 in BNB", Pos: incident.Pos{Line: 35, Column: 1},
	})
	c := investigateAt(t, s, inc, url, 2)
	checkClasses(t, s, c.Statement)
	checkFigures(t, s, c.Statement)
	checkTotals(t, s, c.Statement)
	var got []string
	for _, f := range c.Result.Findings {
		if f.Claim.Kind != incident.ClaimAsset {
			continue
		}
		code := reconcile.Code("")
		if len(f.Causes) > 0 {
			code = f.Causes[0].Code
		}
		got = append(got, fmt.Sprintf("%s %s %s", f.Claim.Asset, f.Verdict, code))
	}
	if diff := gocmp.Diff([]string{"ETH match ", "USDC match ", "BNB unverifiable no-endpoint"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if c.Verdict != trace.Incomplete || c.Scopes[1].Status != trace.NoEndpoint {
		t.Errorf("verdict %s, second chain %s; want incomplete, no-endpoint", c.Verdict, c.Scopes[1].Status)
	}
	// 800 ETH at 3,700 and 1,500,000 USDC of these and four million more.
	if got, want := c.Result.CheckedPercent().RoundBank(2).String(), "52.72"; got != want {
		t.Errorf("checked %s %%, want %s", got, want)
	}
}
