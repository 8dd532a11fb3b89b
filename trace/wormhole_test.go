package trace_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
)

// What is given to Wormhole's token bridge is followed to the copy that comes
// out, of which the message names no contract.
func TestWormholeIsFollowed(t *testing.T) {
	t.Parallel()
	core, bridgeL1 := common.HexToAddress("0x98f3c9e6e3face36baad05fe09d375ef1464288b"), common.HexToAddress("0x3ee18b2214aff97000d974cf647e7c347e8fa585")
	bridgeL2, wrapped := common.HexToAddress("0x8d2de8d2f73f1f4cab472ac9a881c9b123c79627"), common.HexToAddress("0x0000000000000000000000000000000000c0ffee")
	word := func(a common.Address) []byte { return common.LeftPadBytes(a[:], 32) }
	payload := slices.Concat([]byte{1}, common.LeftPadBytes(whole(1000).Bytes(), 32), word(usdcHome), []byte{0, 2}, word(courier),
		binary.BigEndian.AppendUint16(nil, 30), make([]byte, 32))

	a := chaintest.NewBuilder(1)
	a.Token(usdcHome, "USDC", 6)
	a.Block(10, 1_700_000_000)
	a.OpenToken(usdcHome, robber, whole(1000))
	a.Add(chaintest.Tx{From: robber, To: &bridgeL1, Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, robber, bridgeL1, whole(1000)),
		{
			Address: core, Topics: topics("LogMessagePublished(address,uint64,uint32,bytes,uint8)", addressTopic(bridgeL1)),
			Data: packed(t, "uint64 uint32 bytes uint8", uint64(12), uint32(1), payload, uint8(1)),
		},
	}})
	b := chaintest.NewBuilder(8453)
	b.Token(wrapped, "USDC.wh", 6)
	b.Block(500, 1_700_000_900)
	b.Add(chaintest.Tx{From: relayer, To: &bridgeL2, Logs: []chaintest.Log{
		chaintest.TransferLog(wrapped, common.Address{}, courier, whole(1000)),
		{Address: bridgeL2, Topics: topics("TransferRedeemed(uint16,bytes32,uint64)", common.BigToHash(whole(2)), addressTopic(bridgeL1), common.BigToHash(whole(12)))},
	}})
	b.Block(600, 1_700_001_400)
	b.SendToken(wrapped, courier, counter, whole(1000))
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: exchangeTags(8453),
		Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, a.Fixture(2000))), endpoint(t, chaintest.Serve(t, b.Fixture(3000)))},
	})
	want := []string{
		"bridge " + flow.Account{ChainID: 1, Address: bridgeL1}.String() + " 1000 ▶ Wormhole base " + chain.Hex(courier) + " arrived",
		"exchange " + flow.Account{ChainID: 8453, Address: counter}.String() + " 1000",
	}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}
