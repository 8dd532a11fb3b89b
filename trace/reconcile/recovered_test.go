package reconcile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// robbedThief is a theft of 1,000 units of a token on Ethereum, of which a stranger
// took 600 from the thief by a tx of his own, and after it the victim paid somebody
// 250 of a token of BNB Smart Chain that calls itself the same.
func robbedThief() reconcile.Input {
	const begins = 1_715_000_000
	victim, thief, stranger := party("0xb2"), party("0xa1"), party("0xc3")
	token, namesake := chain.Token(1, common.HexToAddress("0x7001")), chain.Token(56, common.HexToAddress("0x7002"))
	move := func(n uint64, from, to chain.Party, asset chain.AssetID, whole uint64) chain.Transfer {
		return chain.Transfer{
			Ref:  chain.Ref{ChainID: asset.ChainID(), Block: n, Tx: common.BigToHash(uint256.NewInt(asset.ChainID()*1000 + n).ToBig()), Site: chain.SiteLog},
			Kind: chain.KindERC20, Time: begins + 60*n, From: from.Account.Address, To: to.Account.Address,
			Asset: asset, Units: *uint256.NewInt(whole * 1_000_000),
		}
	}
	theft := move(1, victim, thief, token, 1_000)
	fee := theft
	fee.Kind, fee.Site, fee.Asset, fee.From, fee.To = chain.KindFee, chain.SiteFee, chain.NativeAsset(1), thief.Account.Address, common.Address{}
	meta := chain.TokenMeta{Symbol: "GOLD", Decimals: 6, DecimalsKnown: true}
	onBSC := victim
	onBSC.Account.ChainID = 56
	statement := loss.Judge(loss.Input{
		Transfers: []chain.Transfer{theft, fee, move(20, thief, stranger, token, 600)},
		Tokens:    map[chain.AssetID]chain.TokenMeta{token: meta, namesake: meta},
		Attackers: []chain.Party{thief}, Victims: []chain.Party{victim, onBSC},
		Outflows: []chain.Transfer{move(30, onBSC, party("0xd4"), namesake, 250)},
	})
	statement.First, statement.Last = time.Unix(begins, 0), time.Unix(begins, 0)
	return reconcile.Input{
		Statement: statement, Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}, {Chain: "bsc", Checked: true}},
		Contracts: map[reconcile.TokenName][]common.Address{{ChainID: 56, Symbol: "GOLD"}: {common.HexToAddress("0x7003")}},
	}
}

func recovered(asset, network string, quantity int64) incident.Claim {
	n := decimal.NewFromInt(quantity)
	return incident.Claim{Kind: incident.ClaimRecovered, Asset: asset, Chain: network, Quantity: &incident.Figure{Value: n, Step: decimal.NewFromInt(1)}, Text: n.String() + " " + asset}
}

// TestRobbedThief: what a stranger took from the thief did not come back to anybody
// by that, and is named for who knows the stranger.
func TestRobbedThief(t *testing.T) {
	t.Parallel()
	in := robbedThief()
	in.Claims = []incident.Claim{recovered("GOLD", "", 600)}
	f := reconcile.Compare(in).Findings[0]
	if f.Verdict != reconcile.Unverifiable {
		t.Errorf("600 recovered, which a stranger took from the thief: got %s, want %s", f.Verdict, reconcile.Unverifiable)
	}
	stranger := chain.Hex(party("0xc3").Account.Address)
	if !slices.ContainsFunc(f.Causes, func(c reconcile.Cause) bool {
		return c.Code == reconcile.MissingAddress && strings.Contains(c.Explanation, "600 GOLD left the attackers for "+stranger)
	}) {
		t.Errorf("the payment is not named: %+v", f.Causes)
	}
}

// TestPerhapsGivenBackByAsset: a token that only calls itself as the recovered one,
// or is of another chain than the claim, is none of it.
func TestPerhapsGivenBackByAsset(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		network, reason string
		known           bool // which contract bears the name on the chain
	}{
		{"ethereum", "of another chain", false},
		{"bsc", "another contract is known by that name there", true},
	} {
		in := robbedThief()
		if !row.known {
			in.Contracts = nil
		}
		in.Claims = []incident.Claim{recovered("GOLD", row.network, 250)}
		for _, cause := range reconcile.Compare(in).Findings[0].Causes {
			if strings.Contains(cause.Explanation, "a victim paid") {
				t.Errorf("%s: %s", row.reason, cause.Explanation)
			}
		}
	}
	in := robbedThief()
	in.Contracts = nil
	in.Claims = []incident.Claim{recovered("GOLD", "bsc", 250)}
	if causes := reconcile.Compare(in).Findings[0].Causes; len(causes) != 2 || !strings.Contains(causes[0].Explanation, "a victim paid 250 GOLD") {
		t.Errorf("what was paid of the very token is not named: %+v", causes)
	}
}

// TestStrangeReadingsByAsset: what a victim paid of a namesake explains no claim
// about the token that is known by the name.
func TestStrangeReadingsByAsset(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		known bool
		want  string
	}{
		{true, "none of it reached"},
		{false, "what a victim paid meanwhile"},
	} {
		in := robbedThief()
		if !row.known {
			in.Contracts = nil
		}
		in.Claims = []incident.Claim{recovered("GOLD", "bsc", 250)}
		in.Claims[0].Kind = incident.ClaimAsset
		if f := reconcile.Compare(in).Findings[0]; f.Verdict != reconcile.Over || !strings.Contains(f.Causes[0].Explanation, row.want) {
			t.Errorf("known %t: %s %+v; want one that says %q", row.known, f.Verdict, f.Causes, row.want)
		}
	}
}
