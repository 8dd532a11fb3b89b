package chain_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

const (
	dlnSource    = "0xef4fb24ad0916217251f553c0596f8edc630eb66"
	dlnTarget    = "0xe7351fd770a37282b91d153ee690b63579d6dd7f"
	anyRouterV4  = "0x6b7a87899490ece95443e979ca9485cbe7e71522"
	anyRouterBSC = "0xabd380327fe66724ffda91a87c772fb8d00be488"
	anyRouterV7  = "0x1633d66ca91ce4d81f63ea047b7b19beb92df7f3"
	anyUSDC      = "0x7ea2be2df7ba6e54b1a9c70676f668455e329d29"
	flipVault    = "0xf5e10380213880111522dd0efd3dbb45b9f62bcc"
	lineaService = "0xd19d4b5d358258f05d7b411e21a1460d11b0876f"
	lineaTokens  = "0x051f1d88f0af5763fb888ec4378b4d8b29ea3319"
	lineaFar     = "0x508ca82df566dcd1b0de8296e70a96332cd644ec"
	scrollL1     = "0x6774bcbd5cecef1336b5300fb5186a12ddd8b367"
	scrollL2     = "0x781e90f1c8fc4611c9b7497c3b47f99ef6969cbc"
	scrollEther  = "0x7f2b8c31f88b6006c382775eea88297ec1e3e905"
	scrollTokens = "0xe2b4795039517653c5ae8c2a9bfdd783b48f447a"
	lifiDiamond  = "0x1231deb6f5749ef6ce6943a275a1d3e7486f4eae"

	lineaSent  = "MessageSent(address indexed, address indexed, uint256, uint256, uint256, bytes, bytes32 indexed)"
	scrollSent = "SentMessage(address indexed, address indexed, uint256, uint256, uint256, bytes)"
)

// packTuple is the data of an event with a struct first: its members, then the
// other arguments.
func packTuple(t testing.TB, members, rest string, tuple any, values ...any) []byte {
	t.Helper()
	var components []abi.ArgumentMarshaling
	for i, kind := range strings.Fields(members) {
		components = append(components, abi.ArgumentMarshaling{Name: string(rune('a' + i)), Type: kind})
	}
	typ, err := abi.NewType("tuple", "", components)
	if err != nil {
		t.Fatal(err)
	}
	args := abi.Arguments{{Type: typ}}
	for _, kind := range strings.Fields(rest) {
		typ, err := abi.NewType(kind, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, abi.Argument{Type: typ})
	}
	data, err := args.Pack(append([]any{tuple}, values...)...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dlnOrder is an order of deBridge, its members in their order.
type dlnOrder struct {
	A          uint64
	B          []byte
	C          *big.Int
	D          []byte
	E          *big.Int
	F          *big.Int
	G          []byte
	H          *big.Int
	I          []byte
	J, K, L, M []byte
	N          []byte
}

const dlnMembers = "uint64 bytes uint256 bytes uint256 uint256 bytes uint256 bytes bytes bytes bytes bytes bytes"

func dln(t testing.TB, to int64, receiver []byte, metadata bool) *types.Log {
	order := dlnOrder{1, thief[:], n(1), zero[:], n(1000), n(to), usdcBase[:], n(998), receiver, nil, nil, nil, nil, []byte("call")}
	signature, rest, more := "CreatedOrder(("+strings.ReplaceAll(dlnMembers, " ", ",")+"),bytes32,bytes,uint256,uint256,uint32", "bytes32 bytes uint256 uint256 uint32", []any{}
	if metadata {
		signature, rest, more = signature+",bytes", rest+" bytes", []any{[]byte("meta")}
	}
	return &types.Log{
		Address: common.HexToAddress(dlnSource), Topics: []common.Hash{crypto.Keccak256Hash([]byte(signature + ")"))}, TxHash: txHash,
		Data: packTuple(t, dlnMembers, rest, order, append([]any{[32]byte(sat), []byte{}, n(1), n(2), uint32(0)}, more...)...),
	}
}

type lifiData struct {
	A    [32]byte
	B, C string
	D, E common.Address
	F    common.Address
	G, H *big.Int
	I, J bool
}

func lifi(t testing.TB, receiver common.Address, to int64) *types.Log {
	return &types.Log{
		Address: common.HexToAddress(lifiDiamond), TxHash: txHash,
		Topics: []common.Hash{crypto.Keccak256Hash([]byte("LiFiTransferStarted((bytes32,string,string,address,address,address,uint256,uint256,bool,bool))"))},
		Data: packTuple(t, "bytes32 string string address address address uint256 uint256 bool bool", "",
			lifiData{[32]byte(sat), "allbridge", "an app", zero, usdc, receiver, n(990), n(to), true, false}),
	}
}

func TestIntentCrossings(t *testing.T) {
	t.Parallel()
	me, him := chain.Hex(mule), chain.Hex(thief)
	usdc1, usdc8453 := chain.Token(1, usdc).String(), chain.Token(8453, usdcBase).String()
	eth, ethLinea, ethScroll := chain.NativeAsset(1).String(), chain.NativeAsset(59144).String(), chain.NativeAsset(534352).String()
	any1 := chain.Token(1, common.HexToAddress(anyUSDC)).String()
	none := ""
	anyToken := common.HexToAddress(anyUSDC)
	for _, test := range []struct {
		name, reason string
		chain        uint64
		logs         []*types.Log
		want         []bridged
	}{
		{"dln", "", 1, []*types.Log{dln(t, 8453, mule[:], true)}, []bridged{{"deBridge DLN", "base", me, eth, "1000", usdc8453, "998", him, true}}},
		{"dln, without metadata", "", 1, []*types.Log{dln(t, 8453, mule[:], false)}, []bridged{{"deBridge DLN", "base", me, eth, "1000", usdc8453, "998", him, true}}},
		{"dln to solana", "the number is deBridge's own", 1, []*types.Log{dln(t, 7565164, solana[:], true)}, []bridged{{"deBridge DLN", "solana", solanaText, eth, "1000", none, "0", him, true}}},
		{"dln to a chain with a number of deBridge's", "", 1, []*types.Log{dln(t, 100_000_026, []byte("TXyz"), true)}, []bridged{{"deBridge DLN", "debridge:100000026", "TXyz", eth, "1000", none, "0", him, true}}},
		{"multichain, the underlying", "the token's contract keeps it", 1, []*types.Log{
			emit(t, usdc.Hex(), transferABI, thief, anyToken, n(50)),
			emit(t, anyRouterV4, "LogAnySwapOut(address indexed, address indexed, address indexed, uint256, uint256, uint256)", anyToken, thief, mule, n(50), n(1), n(56)),
		}, []bridged{{"Multichain", "bsc", me, usdc1, "50", none, "0", him, true}}},
		{"multichain, its own token", "it is burnt", 1, []*types.Log{
			emit(t, anyUSDC, transferABI, thief, zero, n(50)),
			emit(t, anyRouterV4, "LogAnySwapOut(address indexed, address indexed, address indexed, uint256, uint256, uint256)", anyToken, thief, mule, n(50), n(1), n(56)),
		}, []bridged{{"Multichain", "bsc", me, any1, "50", none, "0", him, true}}},
		{"multichain, by text", "", 1, []*types.Log{
			emit(t, anyRouterV4, "LogAnySwapOut(address indexed, address indexed, string, uint256, uint256, uint256)", anyToken, thief, me, n(50), n(1), n(56)),
		}, []bridged{{"Multichain", "bsc", me, any1, "50", none, "0", him, true}}},
		{"multichain v7", "", 1, []*types.Log{
			emit(t, anyRouterV7, "LogAnySwapOut(bytes32 indexed, address indexed, address indexed, string, uint256, uint256)", [32]byte(sat), anyToken, thief, "bc1qmule", n(50), n(56)),
		}, []bridged{{"Multichain", "bsc", "bc1qmule", any1, "50", none, "0", him, true}}},
		{"chainflip, ether to bitcoin", "", 1, []*types.Log{
			emit(t, flipVault, "SwapNative(uint32, bytes, uint32, uint256, address indexed, bytes)", uint32(3), []byte("bc1qmule"), uint32(5), n(50), thief, []byte{}),
		}, []bridged{{"Chainflip", "bitcoin", "bc1qmule", eth, "50", none, "0", him, true}}},
		{"chainflip, a token with a call", "", 1, []*types.Log{
			emit(t, flipVault, "XCallToken(uint32, bytes, uint32, address, uint256, address indexed, bytes, uint256, bytes)", uint32(4), mule[:], uint32(7), usdc, n(50), thief, []byte("call"), n(3), []byte{}),
		}, []bridged{{"Chainflip", "arbitrum", me, usdc1, "50", none, "0", him, true}}},
		{"linea, ether", "the fee stands apart", 1, []*types.Log{
			emit(t, lineaService, lineaSent, thief, mule, n(3), n(50), n(7), []byte{}, [32]byte(sat)),
		}, []bridged{{"Linea bridge", "linea", me, eth, "50", ethLinea, "50", him, true}}},
		{"linea, a token", "its message is told once", 1, []*types.Log{
			emit(t, lineaService, lineaSent, common.HexToAddress(lineaTokens), mule, n(3), n(0), n(7), []byte("call"), [32]byte(sat)),
			emit(t, lineaTokens, "BridgingInitiatedV2(address indexed, address indexed, address indexed, uint256)", thief, mule, usdc, n(50)),
		}, []bridged{{"Linea bridge", "linea", me, usdc1, "50", none, "50", him, true}}},
		{"linea at a stranger", "he does not say where to", 1, []*types.Log{emit(t, stranger, lineaSent, thief, mule, n(3), n(50), n(7), []byte{}, [32]byte(sat))}, nil},
		{"scroll, ether", "its message is told once", 1, []*types.Log{
			emit(t, scrollL1, scrollSent, common.HexToAddress(scrollEther), common.HexToAddress(scrollL2), n(50), n(9), n(1), []byte("call")),
			emit(t, scrollEther, "DepositETH(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}),
		}, []bridged{{"Scroll bridge", "scroll", me, eth, "50", ethScroll, "50", him, true}}},
		{"scroll, a token back", "the tokens change places", 534352, []*types.Log{
			emit(t, scrollTokens, "WithdrawERC20(address indexed, address indexed, address indexed, address, uint256, bytes)", usdc, usdcBase, thief, mule, n(50), []byte{}),
		}, []bridged{{"Scroll bridge", "ethereum", me, chain.Token(534352, usdcBase).String(), "50", usdc1, "50", him, true}}},
		{"scroll, a message with ether", "", 1, []*types.Log{
			emit(t, scrollL1, scrollSent, thief, mule, n(50), n(9), n(1), []byte("call")),
		}, []bridged{{"Scroll bridge", "scroll", me, eth, "50", ethScroll, "50", him, true}}},
		{"li.fi alone", "the bridge behind it is none that is known", 1, []*types.Log{lifi(t, mule, 8453)}, []bridged{{"LI.FI by allbridge", "base", me, usdc1, "990", none, "0", none, true}}},
		{"li.fi abroad", "the recipient stands elsewhere", 1, []*types.Log{lifi(t, common.HexToAddress("0x11f111f111f111F111f111f111F111f111f111F1"), 1151111081099710)},
			[]bridged{{"LI.FI by allbridge", "solana", none, usdc1, "990", none, "0", none, true}}},
		{"li.fi before a bridge", "what the bridge tells goes before", 1, []*types.Log{
			lifi(t, mule, 8453),
			emit(t, spokeEthereum, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{}),
		}, []bridged{{"Across", "base", me, usdc1, "1000", usdc8453, "998", him, true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found, unread := chain.Crossings(test.chain, test.logs)
			if len(unread) != 0 {
				t.Errorf("unread: %v", unread)
			}
			var got []bridged
			for _, c := range found {
				got = append(got, tell(c))
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", test.reason, diff)
			}
		})
	}
}

// Every arrival is told from its like.
func TestIntentArrivals(t *testing.T) {
	t.Parallel()
	order := crossing(t, 1, dln(t, 8453, mule[:], true))
	fulfilled := func(id common.Hash, now bool) *types.Log {
		o := dlnOrder{1, thief[:], n(1), zero[:], n(1000), n(8453), usdcBase[:], n(998), mule[:], nil, nil, nil, nil, []byte("call")}
		signature, rest, values := "FulfilledOrder(("+strings.ReplaceAll(dlnMembers, " ", ",")+"),bytes32,", "bytes32 address address", []any{[32]byte(id), thief, thief}
		if now {
			signature, rest, values = signature+"uint256,", "bytes32 uint256 address address", []any{[32]byte(id), n(998), thief, thief}
		}
		return &types.Log{
			Address: common.HexToAddress(dlnTarget), Topics: []common.Hash{crypto.Keccak256Hash([]byte(signature + "address,address)"))},
			Data: packTuple(t, dlnMembers, rest, o, values...),
		}
	}
	anyToken := common.HexToAddress(anyUSDC)
	swap := crossing(t, 1, emit(t, usdc.Hex(), transferABI, thief, anyToken, n(50)),
		emit(t, anyRouterV4, "LogAnySwapOut(address indexed, address indexed, address indexed, uint256, uint256, uint256)", anyToken, thief, mule, n(50), n(1), n(56)))
	if swap.Escrow != anyToken {
		t.Errorf("want the token's contract to keep it, got %s", swap.Escrow)
	}
	swappedIn := func(tx common.Hash, to common.Address, from int64) *types.Log {
		return emit(t, anyRouterBSC, "LogAnySwapIn(bytes32 indexed, address indexed, address indexed, uint256, uint256, uint256)", [32]byte(tx), usdcBase, to, n(50), n(from), n(56))
	}
	v7 := crossing(t, 1, emit(t, anyRouterV7, "LogAnySwapOut(bytes32 indexed, address indexed, address indexed, string, uint256, uint256)", [32]byte(sat), anyToken, thief, chain.Hex(mule), n(50), n(137)))
	v7In := func(id common.Hash) *types.Log {
		return emit(t, anyRouterV7, "LogAnySwapIn(string, bytes32 indexed, address indexed, address indexed, uint256, uint256)", "1:0x:2", [32]byte(id), usdcBase, mule, n(50), n(1))
	}
	linea := crossing(t, 1, emit(t, lineaService, lineaSent, thief, mule, n(3), n(50), n(7), []byte{}, [32]byte(sat)))
	claimed := func(id common.Hash) *types.Log {
		return emit(t, lineaFar, "MessageClaimed(bytes32 indexed)", [32]byte(id))
	}
	// The hash as another encoder makes it, of a call whose length is no multiple of 32.
	relay, err := abi.JSON(strings.NewReader(`[{"type":"function","name":"relayMessage","inputs":[{"type":"address"},{"type":"address"},{"type":"uint256"},{"type":"uint256"},{"type":"bytes"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	gateway, peer := common.HexToAddress(scrollEther), common.HexToAddress("0x6ea73e05adc79974b931123675ea8f78ffdacdf0")
	call, err := relay.Pack("relayMessage", gateway, peer, n(50), n(9), []byte("finalizeDepositETH and more than one word of it"))
	if err != nil {
		t.Fatal(err)
	}
	scroll := crossing(t, 1,
		emit(t, scrollL1, scrollSent, gateway, peer, n(50), n(9), n(1), []byte("finalizeDepositETH and more than one word of it")),
		emit(t, scrollEther, "DepositETH(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}))
	relayed := func(hash common.Hash) *types.Log {
		return emit(t, scrollL2, "RelayedMessage(bytes32 indexed)", [32]byte(hash))
	}
	for _, test := range []struct {
		name    string
		c       chain.Crossing
		arrival *types.Log
		others  []*types.Log
	}{
		{"dln", order, fulfilled(sat, true), []*types.Log{fulfilled(guid, true)}},
		{"dln of before", order, fulfilled(sat, false), []*types.Log{fulfilled(guid, false)}},
		{"multichain", swap, swappedIn(txHash, mule, 1), []*types.Log{swappedIn(sat, mule, 1), swappedIn(txHash, thief, 1), swappedIn(txHash, mule, 10)}},
		{"multichain v7", v7, v7In(sat), []*types.Log{v7In(guid)}},
		{"linea", linea, claimed(sat), []*types.Log{claimed(guid)}},
		{"scroll", scroll, relayed(crypto.Keccak256Hash(call)), []*types.Log{relayed(sat)}},
	} {
		if !test.c.Arrival.Is(test.arrival) {
			t.Errorf("%s: not recognised by %+v", test.name, test.c.Arrival)
		}
		for _, o := range test.others {
			if test.c.Arrival.Is(o) {
				t.Errorf("%s: takes %+v for the arrival", test.name, o)
			}
		}
	}
}
