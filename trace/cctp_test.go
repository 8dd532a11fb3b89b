package trace_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
)

var (
	messenger   = common.HexToAddress("0x28b5a0e9c621a5badaa536219b3a228c8168cf5d")
	minter      = common.HexToAddress("0xfd78ee919681417d192449715b2594ab58f5d002")
	transmitter = common.HexToAddress("0x81d40f21f12a8f0e3252bccb954d722d4c464b64")
)

// burnt is Ethereum, on which a thousand dollars are burnt for the courier on
// Base.
func burnt(t *testing.T) *chaintest.Fixture {
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Block(10, 1_700_000_000)
	b.OpenToken(usdcHome, robber, whole(1000))
	b.Add(chaintest.Tx{From: robber, To: &messenger, Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, robber, minter, whole(1000)),
		chaintest.TransferLog(usdcHome, minter, common.Address{}, whole(1000)),
		{
			Address: messenger,
			Topics: topics("DepositForBurn(address,uint256,address,bytes32,uint32,bytes32,bytes32,uint256,uint32,bytes)",
				addressTopic(usdcHome), addressTopic(robber), common.BigToHash(whole(1000))),
			Data: packed(t, "uint256 bytes32 uint32 bytes32 bytes32 uint256 bytes",
				whole(1000), [32]byte(addressTopic(courier)), uint32(6), [32]byte(addressTopic(messenger)), [32]byte{}, whole(3), []byte{}),
		},
	}})
	return b.Fixture(2000)
}

// minted is Base, on which the message is acted upon so many times.
func minted(t *testing.T, times int) *chaintest.Fixture {
	body := make([]byte, 228)
	binary.BigEndian.PutUint32(body, 1)
	for at, w := range map[int][]byte{4: usdcHome[:], 36: courier[:], 68: whole(1000).Bytes(), 100: robber[:], 132: whole(3).Bytes(), 164: whole(2).Bytes()} {
		copy(body[at:at+32], common.LeftPadBytes(w, 32))
	}
	b := chaintest.NewBuilder(8453)
	b.Token(usdcBase, "USDC", 6)
	for i := range times {
		b.Block(uint64(500+i), uint64(1_700_000_020+i))
		b.Add(chaintest.Tx{From: relayer, To: &transmitter, Logs: []chaintest.Log{
			chaintest.TransferLog(usdcBase, common.Address{}, courier, whole(998)),
			chaintest.TransferLog(usdcBase, common.Address{}, stranger, whole(2)),
			{
				Address: transmitter,
				Topics:  topics("MessageReceived(address,uint32,bytes32,bytes32,uint32,bytes)", addressTopic(relayer), common.BigToHash(whole(int64(71+i))), common.BigToHash(whole(1000))),
				Data:    packed(t, "uint32 bytes32 bytes", uint32(0), [32]byte(addressTopic(messenger)), body),
			},
		}})
	}
	b.Block(600, 1_700_000_400)
	if times > 0 {
		b.SendToken(usdcBase, courier, counter, whole(998))
	}
	return b.Fixture(3000)
}

// What CCTP burns is followed to what it mints, less its fee, unless two mints
// repeat the same message.
func TestCCTPIsFollowed(t *testing.T) {
	t.Parallel()
	bridge := "bridge " + flow.Account{ChainID: 1, Address: minter}.String() + " 1000 ▶ CCTP base " + chain.Hex(courier)
	for _, test := range []struct {
		name    string
		minted  int
		want    []string
		warning string
	}{
		{"minted", 1, []string{bridge + " arrived", "exchange " + flow.Account{ChainID: 8453, Address: counter}.String() + " 998"}, ""},
		{"not yet", 0, []string{bridge}, ""},
		{"twice the same", 2, []string{bridge}, "repeat the same message"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := followed(t, trace.FollowRequest{Sources: []common.Address{robber}, Tags: exchangeTags(8453), Endpoints: []trace.Endpoint{
				endpoint(t, chaintest.Serve(t, burnt(t))), endpoint(t, chaintest.Serve(t, minted(t, test.minted))),
			}})
			if diff := gocmp.Diff(test.want, outcome(result)); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
			told := slices.ContainsFunc(result.Warnings, func(w string) bool { return test.warning != "" && strings.Contains(w, test.warning) })
			if told != (test.warning != "") {
				t.Errorf("want a warning with %q, got %q", test.warning, result.Warnings)
			}
		})
	}
}
