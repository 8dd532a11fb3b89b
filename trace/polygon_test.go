package trace_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
)

var (
	usdcPolygon    = common.HexToAddress("0x2791bca1f2de4661ed88a30c99a7a9449aa84174")
	wethPolygon    = common.HexToAddress("0x7ceb23fd6bc0add59e62ac25578270cff1b9f619")
	childManager   = common.HexToAddress("0xa6fa4fb5f76172d178d61b04b0ecd319c5d1c0aa")
	exitManager    = common.HexToAddress("0xa0c68c638235ee32657e8f720a23cec1bfc77c77")
	tokenPredicate = common.HexToAddress("0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf")
	mintPredicate  = common.HexToAddress("0x9923263fa127b3d1484cfd649df8f1831c2a74e4")
	etherPredicate = common.HexToAddress("0x8484ef722627bf18ca5ae6bcf031c23e6e922b30")
)

// onPolygon is a chain on which the robber pays a courier, who is followed on no
// other chain by himself, and who burns 1,000 of a token in block 70,000, that the bridge's mapping says stands for root; the zero address is
// none.
func onPolygon(token, root common.Address) *chaintest.Fixture {
	b := chaintest.NewBuilder(137)
	b.Token(token, "CHILD", 6)
	b.Block(60_000, 1_699_999_000)
	b.OpenToken(token, robber, whole(1000))
	b.SendToken(token, robber, courier, whole(1000))
	b.Block(70_000, 1_700_000_000)
	b.Add(chaintest.Tx{From: courier, To: &token, Logs: []chaintest.Log{chaintest.TransferLog(token, courier, common.Address{}, whole(1000))}})
	f := b.Fixture(71_000)
	f.Answers = []chaintest.Answer{{
		Contract: childManager, Input: append(crypto.Keccak256([]byte("childToRootToken(address)"))[:4], common.LeftPadBytes(token[:], 32)...),
		Says: common.LeftPadBytes(root[:], 32),
	}}
	return f
}

// exitInput is what an exit is given of a burn: among the rest the block in RLP
// and the time behind it.
func exitInput(block uint64) []byte {
	return slices.Concat([]byte{0x38, 0x05, 0x55, 0x0f}, common.FromHex(fmt.Sprintf("83%06x846553f100", block)), make([]byte, 64))
}

// ethereumExits is Ethereum, where a predicate pays the courier 1,000 for burns
// in the blocks given, and the courier pays the exchange what the last brought.
func ethereumExits(predicate common.Address, burns ...uint64) *chaintest.Fixture {
	ether := predicate == etherPredicate
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Block(10, 1_700_000_000)
	b.OpenToken(usdcHome, predicate, whole(1_000_000))
	b.Open(etherPredicate, whole(1_000_000), 1)
	for i, burn := range burns {
		b.Block(uint64(1000+i), 1_700_000_000+uint64(i+1)*20_000)
		tx := chaintest.Tx{From: courier, To: &exitManager, Input: exitInput(burn)}
		if ether {
			tx.Logs = []chaintest.Log{{
				Address: etherPredicate, Topics: topics("ExitedEther(address,uint256)", addressTopic(courier)), Data: common.LeftPadBytes(whole(1000).Bytes(), 32),
			}}
			tx.Calls = []chaintest.Frame{chaintest.Pays(etherPredicate, courier, whole(1000))}
		} else {
			tx.Logs = []chaintest.Log{chaintest.TransferLog(usdcHome, predicate, courier, whole(1000))}
		}
		b.Add(tx)
	}
	b.Block(2000, 1_700_200_000)
	if ether {
		b.Send(courier, counter, whole(1000))
	} else {
		b.SendToken(usdcHome, courier, counter, whole(1000))
	}
	return b.Fixture(3000)
}

// What is burnt on Polygon is followed to the exit that was given the burn, and
// to no other of the same amount. What the bridge does not know is burnt.
func TestPolygonWithdrawalIsFollowed(t *testing.T) {
	t.Parallel()
	ether := common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")
	burn := "burn " + flow.Account{ChainID: 137}.String() + " 1000"
	onward := "bridge " + flow.Account{ChainID: 137}.String() + " 1000 ▶ Polygon PoS bridge ethereum " + chain.Hex(courier)
	atExchange := "exchange " + flow.Account{ChainID: 1, Address: counter}.String() + " 1000"
	// Of two exits the courier pays on what came first, which is another's.
	second := "held " + flow.Account{ChainID: 1, Address: courier}.String() + " 1000"
	for _, test := range []struct {
		name     string
		from, to *chaintest.Fixture
		want     []string
	}{
		{"a token", onPolygon(usdcPolygon, usdcHome), ethereumExits(tokenPredicate, 70_000), []string{onward + " arrived", atExchange}},
		{"ether", onPolygon(wethPolygon, ether), ethereumExits(etherPredicate, 70_000), []string{onward + " arrived", atExchange}},
		{"a token that is minted", onPolygon(usdcPolygon, usdcHome), ethereumExits(mintPredicate, 70_000), []string{onward + " arrived", atExchange}},
		{"the minted token of a stranger", onPolygon(usdcPolygon, usdcHome), ethereumExits(stranger, 70_000), []string{onward}},
		{"the second of two equal exits", onPolygon(usdcPolygon, usdcHome), ethereumExits(tokenPredicate, 69_999, 70_000), []string{onward + " arrived", second}},
		{"the exit of another burn", onPolygon(usdcPolygon, usdcHome), ethereumExits(tokenPredicate, 69_999), []string{onward}},
		{"no endpoint there", onPolygon(usdcPolygon, usdcHome), nil, []string{onward}},
		{"a token that the bridge does not know", onPolygon(usdcPolygon, common.Address{}), ethereumExits(tokenPredicate, 70_000), []string{burn}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := trace.FollowRequest{Sources: []common.Address{robber}, Tags: exchangeTags(1), Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, test.from))}}
			if test.to != nil {
				r.Endpoints = append(r.Endpoints, endpoint(t, chaintest.Serve(t, test.to)))
			}
			result := followed(t, r)
			if diff := gocmp.Diff(test.want, outcome(result)); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
		})
	}
}

// A pegged token that is burnt comes out where the original lies, which the
// bridge does not name: every chain that can be asked is.
func TestCelerPegIsFollowed(t *testing.T) {
	t.Parallel()
	peg, vault := common.HexToAddress("0xd443fe6bf23a4c9b78312391a30ff881a097580e"), common.HexToAddress("0xb37d31b2a74029b5951a2778f959282e2d518595")
	token, burnID := common.HexToAddress("0x0000000000000000000000000000000000c0ffee"), common.HexToHash("0xb42")
	a := chaintest.NewBuilder(56)
	a.Token(token, "PEG", 6)
	a.Block(10, 1_700_000_000)
	a.OpenToken(token, robber, whole(1000))
	a.Add(chaintest.Tx{From: robber, To: &peg, Logs: []chaintest.Log{
		chaintest.TransferLog(token, robber, common.Address{}, whole(1000)),
		{
			Address: peg, Topics: topics("Burn(bytes32,address,address,uint256,address)"),
			Data: packed(t, "bytes32 address address uint256 address", burnID, token, robber, whole(1000), courier),
		},
	}})
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Block(500, 1_700_000_900)
	b.OpenToken(usdcHome, vault, whole(1_000_000))
	b.Add(chaintest.Tx{From: relayer, To: &vault, Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, vault, courier, whole(1000)),
		{
			Address: vault, Topics: topics("Withdrawn(bytes32,address,address,uint256,uint64,bytes32,address)"),
			Data: packed(t, "bytes32 address address uint256 uint64 bytes32 address", common.Hash{1}, courier, usdcHome, whole(1000), uint64(56), burnID, robber),
		},
	}})
	b.Block(600, 1_700_001_400)
	b.SendToken(usdcHome, courier, counter, whole(1000))
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: exchangeTags(1),
		Endpoints: []trace.Endpoint{
			endpoint(t, chaintest.Serve(t, a.Fixture(2000))), endpoint(t, chaintest.Serve(t, destination(t, false))), endpoint(t, chaintest.Serve(t, b.Fixture(3000))),
		},
	})
	want := []string{
		"bridge " + flow.Account{ChainID: 56}.String() + " 1000 ▶ Celer cBridge ethereum " + chain.Hex(courier) + " arrived",
		"exchange " + flow.Account{ChainID: 1, Address: counter}.String() + " 1000",
	}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}

// The coin of Polygon leaves through the contract that stands for it, and comes
// out as POL when the queue of exits is worked off.
func TestPolygonCoinIsFollowed(t *testing.T) {
	t.Parallel()
	coin, exits := common.HexToAddress("0x0000000000000000000000000000000000001010"), common.HexToAddress("0x2a88696e0ffa76baa1338f2c74497cc013495922")
	matic, pol := common.HexToAddress("0x7d1afa7b718fb893db30a3abc0cfc608aacfebb0"), common.HexToAddress("0x455e53cbb86018ac2b8092fdcd39d8444affc3f6")
	deposits := common.HexToAddress("0x401f6c983ea34274ec46f84d70b31c151321188b")
	a := chaintest.NewBuilder(137)
	a.Block(60_000, 1_699_999_000)
	a.Open(robber, whole(1000), 0)
	a.Send(robber, courier, whole(1000))
	a.Block(70_000, 1_700_000_000)
	a.Add(chaintest.Tx{From: courier, To: &coin, Value: whole(1000), Logs: []chaintest.Log{{
		Address: coin, Topics: topics("Withdraw(address,address,uint256,uint256,uint256)", addressTopic(matic), addressTopic(courier)),
		Data: packed(t, "uint256 uint256 uint256", whole(1000), whole(1000), whole(0)),
	}}})
	id := new(big.Int).Lsh(whole(70_000), 33)
	b := chaintest.NewBuilder(1)
	b.Token(pol, "POL", 18)
	b.Block(900, 1_700_600_000)
	b.OpenToken(pol, deposits, whole(1_000_000))
	b.Add(chaintest.Tx{From: relayer, To: &exits, Logs: []chaintest.Log{
		chaintest.TransferLog(pol, deposits, stranger, whole(7)),
		chaintest.TransferLog(pol, deposits, courier, whole(1000)),
		{
			Address: exits, Topics: topics("Withdraw(uint256,address,address,uint256)", common.BigToHash(id), addressTopic(courier), addressTopic(matic)),
			Data: common.LeftPadBytes(whole(1000).Bytes(), 32),
		},
	}})
	b.Block(1000, 1_700_700_000)
	b.SendToken(pol, courier, counter, whole(1000))
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: exchangeTags(1),
		Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, a.Fixture(71_000))), endpoint(t, chaintest.Serve(t, b.Fixture(3000)))},
	})
	bridge := "bridge " + flow.Account{ChainID: 137, Address: coin}.String() + " 1000 ▶ Polygon PoS bridge ethereum " + chain.Hex(courier) + " arrived"
	want := []string{bridge, "exchange " + flow.Account{ChainID: 1, Address: counter}.String() + " 1000"}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}

// What is locked with the predicate of minted tokens comes out in the tx that the
// state receiver names.
func TestPolygonDepositIsFollowed(t *testing.T) {
	t.Parallel()
	sender, receiver := common.HexToAddress("0x28e4f3a7f651294b9564800b2d01f35189a5bfbe"), common.HexToAddress("0x0000000000000000000000000000000000001001")
	a := chaintest.NewBuilder(1)
	a.Token(usdcHome, "HOME", 6)
	a.Block(10, 1_700_000_000)
	a.OpenToken(usdcHome, robber, whole(1000))
	a.Add(chaintest.Tx{From: robber, To: &exitManager, Logs: []chaintest.Log{
		{
			Address: mintPredicate, Topics: topics("LockedMintableERC20(address,address,address,uint256)", addressTopic(robber), addressTopic(courier), addressTopic(usdcHome)),
			Data: common.LeftPadBytes(whole(1000).Bytes(), 32),
		},
		chaintest.TransferLog(usdcHome, robber, mintPredicate, whole(1000)),
		{Address: sender, Topics: topics("StateSynced(uint256,address,bytes)", common.BigToHash(whole(7)), addressTopic(childManager)), Data: packed(t, "bytes", []byte{1})},
	}})
	b := chaintest.NewBuilder(137)
	b.Token(usdcPolygon, "CHILD", 6)
	for i, state := range []int64{6, 7} {
		b.Block(uint64(500+i), 1_700_001_000+uint64(i))
		b.Add(chaintest.Tx{From: relayer, To: &receiver, Logs: []chaintest.Log{
			chaintest.TransferLog(usdcPolygon, common.Address{}, courier, whole(1000)),
			{Address: receiver, Topics: topics("StateCommitted(uint256,bool)", common.BigToHash(whole(state))), Data: common.LeftPadBytes([]byte{1}, 32)},
		}})
	}
	b.Block(600, 1_700_001_400)
	b.SendToken(usdcPolygon, courier, counter, whole(1500))
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: exchangeTags(137),
		Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, a.Fixture(2000))), endpoint(t, chaintest.Serve(t, b.Fixture(3000)))},
	})
	want := []string{
		"bridge " + flow.Account{ChainID: 1, Address: mintPredicate}.String() + " 1000 ▶ Polygon PoS bridge polygon " + chain.Hex(courier) + " arrived",
		// The first thousand that came is another's.
		"exchange " + flow.Account{ChainID: 137, Address: counter}.String() + " 500", "held " + flow.Account{ChainID: 137, Address: courier}.String() + " 500",
	}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}
