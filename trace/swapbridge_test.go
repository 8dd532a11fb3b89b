package trace_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/label"
)

var (
	wethHome   = common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
	wethBase   = common.HexToAddress("0x4200000000000000000000000000000000000006")
	aggregator = common.HexToAddress("0x00000000000000000000000000000000000a9943")
	mule       = common.HexToAddress("0x0000000000000000000000000000000000bad003")
	swapPool   = common.HexToAddress("0x0000000000000000000000000000000000005001")
)

// swapAndBridge is Ethereum, on which the robber pays 1,000 dollars to a mule,
// who gives them to a router that swaps them for ether and gives that to Across,
// in one tx. The mule may have clean dollars before, and may pay a fee in ether.
func swapAndBridge(t *testing.T, router, depositor common.Address, clean, fee int64) *chaintest.Fixture {
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Token(wethHome, "WETH", 18)
	b.Contract(router)
	b.Contract(swapPool)
	b.Block(10, 1_700_000_000)
	b.OpenToken(usdcHome, robber, whole(1000))
	b.OpenToken(usdcHome, mule, whole(clean))
	b.OpenToken(wethHome, swapPool, whole(1_000_000))
	b.Open(mule, whole(10_000), 0)
	b.SendToken(usdcHome, robber, mule, whole(1000))
	b.Block(11, 1_700_000_012)
	all := whole(1000 + clean)
	tx := chaintest.Tx{From: mule, To: &router, Value: whole(fee), Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, mule, router, all),
		chaintest.TransferLog(usdcHome, router, swapPool, all),
		chaintest.TransferLog(wethHome, swapPool, router, whole(500)),
		chaintest.TransferLog(wethHome, router, spokeL1, whole(500)),
		{
			Address: spokeL1,
			Topics: topics("V3FundsDeposited(address,address,uint256,uint256,uint256,uint32,uint32,uint32,uint32,address,address,address,bytes)",
				common.BigToHash(whole(8453)), common.BigToHash(whole(77)), addressTopic(depositor)),
			Data: packed(t, "address address uint256 uint256 uint32 uint32 uint32 address address bytes",
				wethHome, wethBase, whole(500), whole(498), uint32(1), uint32(2), uint32(3), courier, common.Address{}, []byte{}),
		},
	}}
	b.Add(tx)
	return b.Fixture(2000)
}

func wethArrives() *chaintest.Fixture {
	b := chaintest.NewBuilder(8453)
	b.Token(wethBase, "WETH", 18)
	b.Block(505, 1_700_000_030)
	b.OpenToken(wethBase, relayer, whole(1_000_000))
	b.Add(chaintest.Tx{From: relayer, To: &spokeL2, Logs: []chaintest.Log{
		chaintest.TransferLog(wethBase, relayer, courier, whole(498)),
		{
			Address: spokeL2,
			Topics: topics("FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,bytes,(address,bytes,uint256,uint8))",
				common.BigToHash(whole(1)), common.BigToHash(whole(77)), addressTopic(relayer)),
			Data: common.LeftPadBytes(nil, 32*12),
		},
	}})
	b.Block(600, 1_700_000_400)
	b.SendToken(wethBase, courier, counter, whole(498))
	return b.Fixture(3000)
}

// What one call of a router swaps and bridges is followed with the asset that
// crossed; through a router that is itself tagged as a bridge the part is that of
// what it got, and a heuristic.
func TestSwapAndBridgeIsFollowed(t *testing.T) {
	t.Parallel()
	diamond := common.HexToAddress("0x1231deb6f5749ef6ce6943a275a1d3e7486f4eae")
	spoke, through := flow.Account{ChainID: 1, Address: spokeL1}.String(), flow.Account{ChainID: 1, Address: diamond}.String()
	onward := " ▶ Across base " + chain.Hex(courier) + " arrived"
	at := func(units string) string {
		return "exchange " + flow.Account{ChainID: 8453, Address: counter}.String() + " " + units
	}
	for _, test := range []struct {
		name              string
		router, depositor common.Address
		clean, fee        int64
		policy            flow.Policy
		want              []string
	}{
		{"told of the payer", aggregator, mule, 0, 0, flow.FIFO, []string{"bridge " + spoke + " 500" + onward, at("498")}},
		{"told of the router", aggregator, aggregator, 0, 0, flow.FIFO, []string{"bridge " + spoke + " 500" + onward, at("498")}},
		{"half of it clean", aggregator, mule, 1000, 0, flow.Haircut, []string{"bridge " + spoke + " 250" + onward, at("249")}},
		{"a tagged router", diamond, diamond, 0, 0, flow.FIFO, []string{"bridge " + through + " 1000" + onward + ", heuristic", at("498")}},
		{"a tagged router, half of it clean", diamond, diamond, 1000, 0, flow.Haircut, []string{"bridge " + through + " 1000" + onward + ", heuristic", at("249")}},
		{"a tagged router and a clean fee", diamond, diamond, 0, 3, flow.FIFO, []string{"bridge " + through + " 1000" + onward + ", heuristic", at("498")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tags := exchangeTags(8453)
			tags.Add(label.Tag{Chain: 1, Address: diamond, Label: "a router", Category: label.Bridge, Source: "test", Confidence: 90})
			result := followed(t, trace.FollowRequest{
				Sources: []common.Address{robber}, Tags: tags, Policy: test.policy,
				Endpoints: []trace.Endpoint{
					endpoint(t, chaintest.Serve(t, swapAndBridge(t, test.router, test.depositor, test.clean, test.fee))), endpoint(t, chaintest.Serve(t, wethArrives())),
				},
			})
			got := slices.DeleteFunc(outcome(result), func(s string) bool { return strings.HasPrefix(s, "held ") && strings.Contains(s, "8453") })
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
			for _, b := range result.Balances {
				if b.Difference().Sign() != 0 {
					t.Errorf("%s: difference %s", b.Asset, b.Difference())
				}
			}
		})
	}
}

// A router of bridges that is told nothing swaps, and is no end.
func TestSwapAtBridgeRouter(t *testing.T) {
	t.Parallel()
	diamond := common.HexToAddress("0x1231deb6f5749ef6ce6943a275a1d3e7486f4eae")
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Token(wethHome, "WETH", 18)
	b.Contract(diamond)
	b.Contract(swapPool)
	b.Block(10, 1_700_000_000)
	b.OpenToken(usdcHome, robber, whole(1000))
	b.OpenToken(wethHome, swapPool, whole(1_000_000))
	b.Open(mule, whole(10_000), 0)
	b.SendToken(usdcHome, robber, mule, whole(1000))
	b.Block(11, 1_700_000_012)
	b.Add(chaintest.Tx{From: mule, To: &diamond, Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, mule, diamond, whole(1000)),
		chaintest.TransferLog(usdcHome, diamond, swapPool, whole(1000)),
		chaintest.TransferLog(wethHome, swapPool, diamond, whole(500)),
		chaintest.TransferLog(wethHome, diamond, mule, whole(500)),
	}})
	b.Block(12, 1_700_000_024)
	b.SendToken(wethHome, mule, counter, whole(500))
	tags := &label.Book{}
	tags.Add(
		label.Tag{Chain: 1, Address: diamond, Label: "a router", Category: label.Bridge, Source: "test", Confidence: 90},
		label.Tag{Chain: 1, Address: counter, Label: "an exchange", Category: label.Exchange, Source: "test", Confidence: 90},
	)
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: tags, Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, b.Fixture(2000)))},
	})
	want := []string{"exchange " + flow.Account{ChainID: 1, Address: counter}.String() + " 500"}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}
