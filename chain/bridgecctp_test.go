package chain_test

import (
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

const (
	messengerV1   = "0xbd3fa81b58ba92a82136038b25adec7066af3155"
	messengerV2   = "0x28b5a0e9c621a5badaa536219b3a228c8168cf5d"
	transmitterV1 = "0xad09780d193884d503182ad4588450c416d6f9d4" // on Base
	transmitterV2 = "0x81d40f21f12a8f0e3252bccb954d722d4c464b64"

	burnV1     = "DepositForBurn(uint64 indexed, address indexed, uint256, address indexed, bytes32, uint32, bytes32, bytes32)"
	burnV2     = "DepositForBurn(address indexed, uint256, address indexed, bytes32, uint32, bytes32, bytes32, uint256, uint32 indexed, bytes)"
	receivedV1 = "MessageReceived(address indexed, uint32, uint64 indexed, bytes32, bytes)"
	receivedV2 = "MessageReceived(address indexed, uint32, bytes32 indexed, bytes32, uint32 indexed, bytes)"
)

// The topics that the contracts' users publish.
func TestCCTPTopics(t *testing.T) {
	t.Parallel()
	for declaration, want := range map[string]string{
		burnV1:     "0x2fa9ca894982930190727e75500a97d8dc500233a5065e0f3126c48fbe0343c0",
		burnV2:     "0x0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5",
		receivedV1: "0x58200b4c34ae05ee816d710053fff3fb75af4395915d3d2a771b24aa10e3cc5d",
		receivedV2: "0xff48c13eda96b1cceacc6b9edeedc9e9db9d6226afbc30146b720c19d3addb1c",
	} {
		if got := declare(t, declaration).topic(); got.Hex() != want {
			t.Errorf("%s: want %s, got %s", declaration, want, got)
		}
	}
}

// A log of TokenMessengerV2 as it stands in Sepolia's block 11,454,876: a
// hundredth of a dollar to Stellar, with a hook.
func TestCCTPRealLog(t *testing.T) {
	t.Parallel()
	l := &types.Log{
		Address: common.HexToAddress(messengerV2),
		Topics: []common.Hash{
			common.HexToHash("0x0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5"),
			common.HexToHash("0x0000000000000000000000001c7d4b196cb0c7b01d743fbc6116a902379c7238"),
			common.HexToHash("0x0000000000000000000000001eeb66317dea19f0c655a55c55f8c6293d488114"),
			common.HexToHash("0x00000000000000000000000000000000000000000000000000000000000003e8"),
		},
		Data: common.FromHex("0x0000000000000000000000000000000000000000000000000000000000002710" +
			"3de86ac50b47eaf2840fe23e48179551660fd1072fba6f445d4a6bd7af4ab93e" + "000000000000000000000000000000000000000000000000000000000000001b" +
			"da6f9ee0786c812344d82817ef19b648b4af120f8bd10bf658e6b99eacff24b8" + "0000000000000000000000000000000000000000000000000000000000000000" +
			"0000000000000000000000000000000000000000000000000000000000000000" + "00000000000000000000000000000000000000000000000000000000000000e0" +
			"0000000000000000000000000000000000000000000000000000000000000058" + "0000000000000000000000000000000000000000000000000000000000000038" +
			"47414855325a48505357574d554e53423355424844504452425a5345514b5348" + "495156523252375741564a4e5a4535574e515659584958440000000000000000"),
	}
	want := bridged{
		Bridge: "CCTP", Chain: "stellar", Recipient: "0x3de86ac50b47eaf2840fe23e48179551660fd1072fba6f445d4a6bd7af4ab93e",
		Asset: "eip155:1/erc20:0x1c7d4b196cb0c7b01d743fbc6116a902379c7238", Units: "10000", ReceivedUnits: "0",
		From: "0x1eeb66317dea19f0c655a55c55f8c6293d488114", Known: true,
	}
	if diff := gocmp.Diff(want, tell(crossing(t, 1, l))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCCTP(t *testing.T) {
	t.Parallel()
	me, him, usdc1 := chain.Hex(mule), chain.Hex(thief), chain.Token(1, usdc).String()
	mint := common.HexToHash("0xc6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6e0e47ca60203452f5d61")
	tests := []struct {
		name   string
		reason string
		l      *types.Log
		want   bridged
	}{
		{"V1", "", emit(t, messengerV1, burnV1, uint64(9), usdc, n(50), thief, addressWord(mule), uint32(6), [32]byte{}, [32]byte{}),
			bridged{"CCTP", "base", me, usdc1, "50", "", "0", him, true}},
		{"V1 to Ethereum's own number", "0 is a domain", emit(t, messengerV1, burnV1, uint64(9), usdc, n(50), thief, addressWord(mule), uint32(0), [32]byte{}, [32]byte{}),
			bridged{"CCTP", "ethereum", me, usdc1, "50", "", "0", him, true}},
		{"V2", "", emit(t, messengerV2, burnV2, usdc, n(50), thief, addressWord(mule), uint32(3), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte("hook")),
			bridged{"CCTP", "arbitrum", me, usdc1, "50", "", "0", him, true}},
		{"to Solana", "the bytes are an account as Solana writes it: here the mint of its USDC",
			emit(t, messengerV2, burnV2, usdc, n(50), thief, [32]byte(mint), uint32(5), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte{}),
			bridged{"CCTP", "solana", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", usdc1, "50", "", "0", him, true}},
		{"to an EVM chain without an endpoint", "its addresses are as everywhere",
			emit(t, messengerV2, burnV2, usdc, n(50), thief, addressWord(mule), uint32(19), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte{}),
			bridged{"CCTP", "hyperevm", me, usdc1, "50", "", "0", him, true}},
		{"to a chain whose addresses are no EVM's", "of Noble the word is told as it stands",
			emit(t, messengerV2, burnV2, usdc, n(50), thief, addressWord(mule), uint32(4), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte{}),
			bridged{"CCTP", "noble", "0x000000000000000000000000" + me[2:], usdc1, "50", "", "0", him, true}},
		{"a domain that is not listed", "its number is told, no name is made up",
			emit(t, messengerV2, burnV2, usdc, n(50), thief, addressWord(mule), uint32(99), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte{}),
			bridged{"CCTP", "cctp:99", me, usdc1, "50", "", "0", him, true}},
		{"a stranger's event", "", emit(t, stranger, burnV2, usdc, n(50), thief, addressWord(mule), uint32(3), [32]byte{}, [32]byte{}, n(1), uint32(1000), []byte{}),
			bridged{"CCTP", "arbitrum", me, usdc1, "50", "", "0", him, false}},
	}
	for _, test := range tests {
		if diff := gocmp.Diff(test.want, tell(crossing(t, 1, test.l))); diff != "" {
			t.Errorf("%s: %s (-want +got)\n%s", test.name, test.reason, diff)
		}
	}
}

// burnMessage packs the body of a V2 message by the offsets of the format that
// is published: version 0, burnToken 4, mintRecipient 36, amount 68,
// messageSender 100, maxFee 132, feeExecuted 164, expirationBlock 196.
func burnMessage(to common.Address, amount, fee int64) []byte {
	body := make([]byte, 228)
	binary.BigEndian.PutUint32(body, 1)
	for at, w := range map[int][]byte{4: usdc[:], 36: to[:], 68: n(amount).Bytes(), 100: thief[:], 132: n(7).Bytes(), 164: n(fee).Bytes(), 196: n(123).Bytes()} {
		copy(body[at:at+32], common.LeftPadBytes(w, 32))
	}
	return body
}

func TestCCTPArrival(t *testing.T) {
	t.Parallel()
	v1 := crossing(t, 1, emit(t, messengerV1, burnV1, uint64(9), usdc, n(50), thief, addressWord(mule), uint32(6), [32]byte{}, [32]byte{}))
	v2 := crossing(t, 1, emit(t, messengerV2, burnV2, usdc, n(50), thief, addressWord(mule), uint32(6), [32]byte{}, [32]byte{}, n(7), uint32(1000), []byte{}))
	sender := addressWord(common.HexToAddress(messengerV2))
	first := func(domain uint32, nonce uint64) *types.Log {
		return emit(t, transmitterV1, receivedV1, thief, domain, nonce, [32]byte{}, []byte("body"))
	}
	second := func(domain uint32, from [32]byte, body []byte) *types.Log {
		return emit(t, transmitterV2, receivedV2, thief, domain, [32]byte(sat), from, uint32(2000), body)
	}
	for _, test := range []struct {
		name string
		a    chain.Arrival
		l    *types.Log
		want bool
	}{
		{"V1", v1.Arrival, first(0, 9), true},
		{"V1, another number", v1.Arrival, first(0, 10), false},
		{"V1, the same number from elsewhere", v1.Arrival, first(3, 9), false},
		{"V2, whatever the fee", v2.Arrival, second(0, sender, burnMessage(mule, 50, 1)), true},
		{"V2, another recipient", v2.Arrival, second(0, sender, burnMessage(thief, 50, 1)), false},
		{"V2, another amount", v2.Arrival, second(0, sender, burnMessage(mule, 51, 1)), false},
		{"V2, from elsewhere", v2.Arrival, second(3, sender, burnMessage(mule, 50, 1)), false},
		{"V2, of another application", v2.Arrival, second(0, addressWord(thief), burnMessage(mule, 50, 1)), false},
		{"V2, cut short", v2.Arrival, second(0, sender, burnMessage(mule, 50, 1)[:100]), false},
	} {
		if got := test.a.Is(test.l); got != test.want {
			t.Errorf("%s: want %t, got %t", test.name, test.want, got)
		}
	}
	if v1.Arrival.Sole || !v2.Arrival.Sole {
		t.Error("V1 numbers its messages; of V2 two that are alike cannot be told apart")
	}
}
