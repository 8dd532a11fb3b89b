package trace_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
)

// Multichain's routers keep nothing: each token that crosses has a contract of
// its own that does. It is known by what the router logs, before anybody asks for
// its whole history; what is given to it in a tx that tells nothing is not taken
// for more than a payment.
func TestEscrowOfBridge(t *testing.T) {
	t.Parallel()
	router, anyToken := common.HexToAddress("0x6b7a87899490ece95443e979ca9485cbe7e71522"), common.HexToAddress("0x7ea2be2df7ba6e54b1a9c70676f668455e329d29")
	routerBSC, usdBSC := common.HexToAddress("0xabd380327fe66724ffda91a87c772fb8d00be488"), common.HexToAddress("0x0000000000000000000000000000000000c0ffee")
	for _, test := range []struct {
		name  string
		keeps common.Address // the token that the router names
		want  []string
	}{
		{"the token's contract", anyToken, []string{
			"bridge " + flow.Account{ChainID: 1, Address: anyToken}.String() + " 1000 ▶ Multichain bsc " + chain.Hex(courier) + " arrived",
			"exchange " + flow.Account{ChainID: 56, Address: counter}.String() + " 999",
		}},
		{"another's", stranger, []string{"held " + flow.Account{ChainID: 1, Address: anyToken}.String() + " 1000"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := chaintest.NewBuilder(1)
			a.Token(usdcHome, "USDC", 6)
			a.Token(anyToken, "anyUSDC", 6)
			a.Block(10, 1_700_000_000)
			a.OpenToken(usdcHome, robber, whole(1000))
			a.SendToken(usdcHome, robber, mule, whole(1000))
			a.Block(11, 1_700_000_012)
			left := a.Add(chaintest.Tx{From: mule, To: &router, Logs: []chaintest.Log{
				chaintest.TransferLog(usdcHome, mule, anyToken, whole(1000)),
				chaintest.TransferLog(anyToken, common.Address{}, mule, whole(1000)),
				chaintest.TransferLog(anyToken, mule, common.Address{}, whole(1000)),
				{
					Address: router, Topics: topics("LogAnySwapOut(address,address,address,uint256,uint256,uint256)", addressTopic(test.keeps), addressTopic(mule), addressTopic(courier)),
					Data: packed(t, "uint256 uint256 uint256", whole(1000), whole(1), whole(56)),
				},
			}})
			b := chaintest.NewBuilder(56)
			b.Token(usdBSC, "USDC", 18)
			b.Block(500, 1_700_000_900)
			b.OpenToken(usdBSC, relayer, whole(1_000_000))
			b.Add(chaintest.Tx{From: relayer, To: &routerBSC, Logs: []chaintest.Log{
				chaintest.TransferLog(usdBSC, relayer, courier, whole(999)),
				{
					Address: routerBSC, Topics: topics("LogAnySwapIn(bytes32,address,address,uint256,uint256,uint256)", left, addressTopic(usdBSC), addressTopic(courier)),
					Data: packed(t, "uint256 uint256 uint256", whole(999), whole(1), whole(56)),
				},
			}})
			b.Block(600, 1_700_001_400)
			b.SendToken(usdBSC, courier, counter, whole(999))
			tags := exchangeTags(8453)
			for _, tag := range exchangeTags(8453).Tags() {
				tag.Chain = 56
				tags.Add(tag)
			}
			result := followed(t, trace.FollowRequest{
				Sources: []common.Address{robber}, Tags: tags,
				Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, a.Fixture(2000))), endpoint(t, chaintest.Serve(t, b.Fixture(3000)))},
			})
			if diff := gocmp.Diff(test.want, outcome(result)); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
			for _, x := range result.Terminals {
				if x.Kind == flow.Bridge && x.Basis != chain.Derived {
					t.Errorf("want the escrow derived, got %s: %s", x.Basis, x.Why)
				}
			}
			for _, o := range result.Opened {
				if o.Account.Address == anyToken && test.keeps == anyToken {
					t.Error("the escrow's whole history was asked for")
				}
			}
		})
	}
}
