package chain_test

import (
	"encoding/binary"
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

// eventABI is an event as its contract declares it: "Name(type [indexed], …)".
type eventABI struct {
	name string
	args abi.Arguments
}

func declare(t testing.TB, declaration string) eventABI {
	t.Helper()
	name, list, ok := strings.Cut(strings.TrimSuffix(declaration, ")"), "(")
	if !ok {
		t.Fatalf("declaration %q", declaration)
	}
	e := eventABI{name: name}
	for _, arg := range strings.Split(list, ", ") {
		kind, indexed := strings.CutSuffix(arg, " indexed")
		typ, err := abi.NewType(kind, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		e.args = append(e.args, abi.Argument{Name: name, Type: typ, Indexed: indexed})
	}
	return e
}

// topic is the event's first topic.
func (e eventABI) topic() common.Hash {
	var kinds []string
	for _, arg := range e.args {
		kinds = append(kinds, arg.Type.String())
	}
	return crypto.Keccak256Hash([]byte(e.name + "(" + strings.Join(kinds, ",") + ")"))
}

// emit encodes the event as a contract at emitter would log it.
func emit(t testing.TB, emitter, declaration string, values ...any) *types.Log {
	t.Helper()
	e := declare(t, declaration)
	var plain abi.Arguments
	var data []any
	l := &types.Log{Address: common.HexToAddress(emitter), Topics: []common.Hash{e.topic()}, TxHash: txHash, BlockNumber: 77, BlockHash: blockHash}
	for i, arg := range e.args {
		if !arg.Indexed {
			plain, data = append(plain, arg), append(data, values[i])
			continue
		}
		word, err := abi.Arguments{{Type: arg.Type}}.Pack(values[i])
		if err != nil {
			t.Fatalf("%s: %v", declaration, err)
		}
		l.Topics = append(l.Topics, common.BytesToHash(word))
	}
	var err error
	if l.Data, err = plain.Pack(data...); err != nil {
		t.Fatalf("%s: %v", declaration, err)
	}
	return l
}

var (
	txHash    = common.HexToHash("0x7e57")
	blockHash = common.HexToHash("0x55102b6e8f5ceb9803bfd78b9ec84ffd3e34156c821b7690f4c2b045a9696944")
	thief     = common.HexToAddress("0x1111111111111111111111111111111111111111")
	mule      = common.HexToAddress("0x2222222222222222222222222222222222222222")
	usdc      = common.HexToAddress("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")
	usdcBase  = common.HexToAddress("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913")
	zero      common.Address
)

func n(v int64) *big.Int { return big.NewInt(v) }

func addressWord(a common.Address) (w [32]byte) {
	copy(w[12:], a[:])
	return w
}

// bridged is the part of a crossing that a row states.
type bridged struct {
	Bridge, Chain, Recipient, Asset, Units, Received, ReceivedUnits, From string
	Known                                                                 bool
}

func tell(c chain.Crossing) bridged {
	w := bridged{
		Bridge: c.Bridge, Chain: c.Destination, Recipient: c.Recipient, Asset: c.Asset.String(), Units: c.Units.Dec(),
		Received: c.Received.String(), ReceivedUnits: c.ReceivedUnits.Dec(), Known: c.Known,
	}
	if c.Depositor != zero {
		w.From = chain.Hex(c.Depositor)
	}
	return w
}

const (
	spokeEthereum = "0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5"
	spokeBase     = "0x09aea4b2242abc8bb4bb78d537a67a245a7bec64"
	endpointV2    = "0x1a44076050125825900e736c501f859c50fe728c"
	poolUSDC      = "0xc026395860db2d07ee33e05fe50ed7bd583189c7"
	messaging     = "0x6d6620efa72948c5f68a3c8646d58c00d3f4a980"
	ultraLight    = "0x4d73adb72bc3dd368966edd0f0b2148401a178e2"
	wormholeCore  = "0x98f3c9e6e3face36baad05fe09d375ef1464288b"
	tokenBridge   = "0x3ee18b2214aff97000d974cf647e7c347e8fa585"
	hopETH        = "0xb8901acb165ed027e32754e0ffe830802919727f"
	hopUSDCArb    = "0x0e0e3d2c5c292161999474247956ef542cabf8dd"
	synapse       = "0x2796317b0ff8538f253012862c06787adfb8ceb6"
	celer         = "0x5427fefa711eff984124bfbb1ab6fbf5e3da1820"
	thorchain     = "0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146"
	baseBridge    = "0x3154cf16ccdb4c6d922629664174b904d80f2c35"
	basePortal    = "0x49048044d57e1c92a77f79988d21fa8faf74e97e"
	l2Bridge      = "0x4200000000000000000000000000000000000010"
	l2Messenger   = "0x4200000000000000000000000000000000000007"
	l2Passer      = "0x4200000000000000000000000000000000000016"
	arbInbox      = "0x4dbd4fc535ac27206064b68ffcf827b0a60bab3f"
	arbBridge     = "0x8315177ab297ba92a06054ce80a67ed4dbd7ed3a"
	arbGateway    = "0xd92023e9d9911199a6711321d1277285e6d4e2db"
	arbSys        = "0x0000000000000000000000000000000000000064"
	l2Gateway     = "0x09e9222e96e7b4ae2a407b98d48e330053351eee"
	erc20Lock     = "0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf"
	etherLock     = "0x8484ef722627bf18ca5ae6bcf031c23e6e922b30"
	plasma        = "0x401f6c983ea34274ec46f84d70b31c151321188b"
	stateSender   = "0x28e4f3a7f651294b9564800b2d01f35189a5bfbe"
	celerVault    = "0xb37d31b2a74029b5951a2778f959282e2d518595"
	celerPegBSC   = "0xd443fe6bf23a4c9b78312391a30ff881a097580e"
	zkVault       = "0xbed1eb542f9a5aa6419ff3deb921a372681111f6"
	zkBurn        = "BridgeBurn(uint256 indexed, bytes32 indexed, address indexed, address, uint256)"
	mantleBridge  = "0x95fc37a27a2f68e3a647cdc081f0a89bb47c3012"
	mantlePassed  = "MessagePassed(uint256 indexed, address indexed, address indexed, uint256, uint256, uint256, bytes, bytes32)"
	mintLock      = "0x9923263fa127b3d1484cfd649df8f1831c2a74e4"
	wethPolygon   = "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619"
	coinPolygon   = "0x0000000000000000000000000000000000001010"
	exits         = "0x2a88696e0ffa76baa1338f2c74497cc013495922"
	stranger      = "0x9999999999999999999999999999999999999999"
	weth1         = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"

	stargatePoolV1 = "0xdf0770df86a8034b3efef0a1bb3c889b8332ff56"

	v3Deposit      = "V3FundsDeposited(address, address, uint256, uint256, uint256 indexed, uint32 indexed, uint32, uint32, uint32, address indexed, address, address, bytes)"
	acrossDeposit  = "FundsDeposited(bytes32, bytes32, uint256, uint256, uint256 indexed, uint256 indexed, uint32, uint32, uint32, bytes32 indexed, bytes32, bytes32, bytes)"
	packetSent     = "PacketSent(bytes, bytes, address)"
	oftSent        = "OFTSent(bytes32 indexed, uint32, address indexed, uint256, uint256)"
	transferABI    = "Transfer(address indexed, address indexed, uint256)"
	deposited      = "TransactionDeposited(address indexed, address indexed, uint256 indexed, bytes)"
	messageABI     = "MessageDelivered(uint256 indexed, bytes32 indexed, address, uint8, address, bytes32, uint256, uint64)"
	inboxABI       = "InboxMessageDelivered(uint256 indexed, bytes)"
	celerPaid      = "(bytes32, address, address, uint256, uint64, bytes32, address)"
	plasmaWithdraw = "Withdraw(address indexed, address indexed, uint256, uint256, uint256)"
	plasmaExited   = "Withdraw(uint256 indexed, address indexed, address indexed, uint256)"
	stateSynced    = "StateSynced(uint256 indexed, address indexed, bytes)"
)

var (
	guid      = common.HexToHash("0x901d")
	sat       = common.HexToHash("0x5a7")
	solana    = common.HexToHash("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	maticHome = common.HexToAddress("0x7d1afa7b718fb893db30a3abc0cfc608aacfebb0")
	oftToken  = common.HexToAddress("0x0f7000000000000000000000000000000000aaaa")
	// solanaText is solana in the alphabet of its addresses, by another program.
	solanaText = "GKot5hBsd81kMupNCXHaqbhv3huEbxAFMLnpcX2hniwn"
	portalMsg  = append(append(append(common.LeftPadBytes(nil, 64), 0, 0, 0, 0, 0, 1, 0x86, 0xa0), 0), []byte("call")...)
)

// packet packs a LayerZero V2 packet.
func packet(sender, receiver common.Address, eid uint32, message []byte) []byte {
	s, r := addressWord(sender), addressWord(receiver)
	p := append([]byte{1}, binary.BigEndian.AppendUint64(nil, 9)...)
	p = binary.BigEndian.AppendUint32(p, 30101)
	p = binary.BigEndian.AppendUint32(append(p, s[:]...), eid)
	return append(append(append(p, r[:]...), guid[:]...), message...)
}

func oftMessage(to [32]byte, shared uint64) []byte {
	return binary.BigEndian.AppendUint64(to[:], shared)
}

func tokenTransfer(kind byte, token common.Address, tokenChain, toChain uint16, to [32]byte, last [32]byte) []byte {
	p := append([]byte{kind}, common.LeftPadBytes(n(500).Bytes(), 32)...)
	w := addressWord(token)
	p = binary.BigEndian.AppendUint16(append(p, w[:]...), tokenChain)
	return append(binary.BigEndian.AppendUint16(append(p, to[:]...), toChain), last[:]...)
}

// nttMessage packs a native token transfer: 4 bytes of prefix, the two
// managers, a length, an id, the sender, a length; then prefix, decimals,
// amount, token, recipient, chain; and no payload of the transceiver.
func nttMessage(token, sender common.Address, to [32]byte, chainID uint16) []byte {
	from, of := addressWord(sender), addressWord(token)
	transfer := append([]byte{0x99, 0x4e, 0x54, 0x54, 6}, binary.BigEndian.AppendUint64(nil, 500)...)
	transfer = binary.BigEndian.AppendUint16(append(append(transfer, of[:]...), to[:]...), chainID)
	manager := append(append(guid.Bytes(), from[:]...), binary.BigEndian.AppendUint16(nil, uint16(len(transfer)))...)
	manager = append(manager, transfer...)
	p := append([]byte{0x99, 0x45, 0xff, 0x10}, make([]byte, 64)...)
	p = append(binary.BigEndian.AppendUint16(p, uint16(len(manager))), manager...)
	return append(p, 0, 0)
}

// stargateSwap is the payload of Stargate V1's bridge.
func stargateSwap(t testing.TB, to []byte) []byte {
	var args abi.Arguments
	for _, kind := range []string{
		"uint8", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256", "bytes", "bytes",
	} {
		typ, err := abi.NewType(kind, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, abi.Argument{Type: typ})
	}
	b, err := args.Pack(uint8(1), n(1), n(1), n(0), n(7), n(8), n(1000), n(0), n(0), n(0), n(0), n(0), to, []byte{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func packetV1(ua common.Address, dst uint16, payload []byte) []byte {
	p := binary.BigEndian.AppendUint64(nil, 31)
	p = binary.BigEndian.AppendUint16(p, 101)
	p = binary.BigEndian.AppendUint16(append(p, ua[:]...), dst)
	return append(append(p, mule[:]...), payload...)
}

func opaque(mint, value int64, data []byte) []byte {
	p := append(common.LeftPadBytes(n(mint).Bytes(), 32), common.LeftPadBytes(n(value).Bytes(), 32)...)
	p = append(binary.BigEndian.AppendUint64(p, 100_000), 0)
	return append(p, data...)
}

func TestCrossings(t *testing.T) {
	t.Parallel()
	me, him := chain.Hex(mule), chain.Hex(thief)
	usdc1, usdc8453 := chain.Token(1, usdc).String(), chain.Token(8453, usdcBase).String()
	eth, ethBase, ethArb := chain.NativeAsset(1).String(), chain.NativeAsset(8453).String(), chain.NativeAsset(42161).String()
	oft56, coin137, weth137 := chain.Token(56, oftToken).String(), chain.NativeAsset(137).String(), chain.Token(137, common.HexToAddress(wethPolygon)).String()
	none := ""
	tests := []struct {
		name   string
		reason string
		chain  uint64
		logs   []*types.Log
		want   []bridged
	}{
		{"across v3", "", 1, []*types.Log{
			emit(t, spokeEthereum, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{}),
		}, []bridged{{"Across", "base", me, usdc1, "1000", usdc8453, "998", him, true}}},
		{"across with addresses of 32 bytes", "", 1, []*types.Log{
			emit(t, spokeEthereum, acrossDeposit, addressWord(usdc), addressWord(usdcBase), n(1000), n(998), n(8453), n(5), uint32(1), uint32(2), uint32(3), addressWord(thief), addressWord(mule), [32]byte{}, []byte("x")),
		}, []bridged{{"Across", "base", me, usdc1, "1000", usdc8453, "998", him, true}}},
		{"across to a chain that is no EVM", "the number is Across's own", 1, []*types.Log{
			emit(t, spokeEthereum, acrossDeposit, addressWord(usdc), [32]byte(solana), n(1000), n(998), n(34268394551451), n(5), uint32(1), uint32(2), uint32(3), addressWord(thief), [32]byte(solana), [32]byte{}, []byte{}),
		}, []bridged{{"Across", "solana", solanaText, usdc1, "1000", none, "0", him, true}}},
		{"across v2", "", 1, []*types.Log{
			emit(t, "0x4d9079bb4165aeb4084c526a32695dcfd2f77381", "FundsDeposited(uint256, uint256, uint256, uint64, uint32 indexed, uint32, address indexed, address, address indexed)",
				n(1000), n(1), n(10), uint64(4), uint32(5), uint32(6), usdc, mule, thief),
		}, []bridged{{"Across", "optimism", me, usdc1, "1000", none, "0", him, true}}},
		{"across v2.5", "", 1, []*types.Log{
			emit(t, spokeEthereum, "FundsDeposited(uint256, uint256, uint256 indexed, int64, uint32 indexed, uint32, address, address, address indexed, bytes)",
				n(1000), n(1), n(10), int64(-4), uint32(5), uint32(6), usdc, mule, thief, []byte{}),
		}, []bridged{{"Across", "optimism", me, usdc1, "1000", none, "0", him, true}}},
		{"across at a stranger", "anybody can write the same event", 1, []*types.Log{
			emit(t, stranger, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{}),
		}, []bridged{{"Across", "base", me, usdc1, "1000", usdc8453, "998", him, false}}},
		{"stargate v2 taxi", "the packet is the messenger's, the asset the pool's", 1, []*types.Log{
			emit(t, endpointV2, packetSent, packet(common.HexToAddress(messaging), mule, 30184,
				append([]byte{1, 0, 1}, oftMessage(addressWord(mule), 1000)...)), []byte{}, zero),
			emit(t, poolUSDC, oftSent, [32]byte(guid), uint32(30184), thief, n(1000), n(999)),
		}, []bridged{{"Stargate", "base", me, usdc1, "1000", none, "0", him, true}}},
		{"stargate v2 bus", "the pool's event has no guid yet", 1, []*types.Log{
			emit(t, messaging, "BusRode(uint32, uint72, uint80, bytes)", uint32(30111), n(44), n(3), append(append([]byte{0, 1}, oftMessage(addressWord(mule), 1000)...), 0)),
			emit(t, poolUSDC, oftSent, [32]byte{}, uint32(30111), thief, n(1000), n(999)),
		}, []bridged{{"Stargate", "optimism", me, usdc1, "1000", none, "0", him, true}}},
		{"stargate v2 taxi from Polygon", "its messenger is another", 137, []*types.Log{
			emit(t, endpointV2, packetSent, packet(common.HexToAddress("0x6ce9bf8cdab780416ad1fd87b318a077d2f50eac"), mule, 30102,
				append([]byte{1, 0, 1}, oftMessage(addressWord(mule), 1000)...)), []byte{}, zero),
			emit(t, "0x9aa02d4fae7f58b8e8f34c66e756cc734dac7fe4", oftSent, [32]byte(guid), uint32(30102), thief, n(1000), n(999)),
		}, []bridged{{"Stargate", "bsc", me, "eip155:137/erc20:0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "1000", none, "0", him, true}}},
		{"an OFT that burns itself", "", 1, []*types.Log{
			emit(t, chain.Hex(oftToken), transferABI, thief, zero, n(700)),
			emit(t, endpointV2, packetSent, packet(oftToken, oftToken, 30110, oftMessage(addressWord(mule), 7)), []byte{}, zero),
			emit(t, chain.Hex(oftToken), oftSent, [32]byte(guid), uint32(30110), thief, n(700), n(700)),
		}, []bridged{{"LayerZero OFT", "arbitrum", me, chain.Token(1, oftToken).String(), "700", none, "0", him, true}}},
		{"a LayerZero message that is no OFT", "its layout is the application's own", 1, []*types.Log{
			emit(t, endpointV2, packetSent, packet(oftToken, oftToken, 30110, []byte("a governance vote of some kind, no money in it")), []byte{}, zero),
		}, nil},
		{"a LayerZero chain that is not listed", "its number is told, no name is made up", 1, []*types.Log{
			emit(t, endpointV2, packetSent, packet(oftToken, oftToken, 30999, oftMessage(addressWord(mule), 7)), []byte{}, zero),
			emit(t, chain.Hex(oftToken), oftSent, [32]byte(guid), uint32(30999), thief, n(700), n(700)),
		}, []bridged{{"LayerZero OFT", "layerzero:30999", me, none, "0", none, "0", him, true}}},
		{"stargate v1", "", 1, []*types.Log{
			emit(t, ultraLight, "Packet(bytes)", packetV1(common.HexToAddress("0x296f55f8fb28e498b858d0bcda06d955b2cb3f97"), 110, stargateSwap(t, mule[:]))),
		}, []bridged{{"Stargate", "arbitrum", me, none, "0", none, "0", none, true}}},
		{"stargate v1 with its pool", "the pool says from whom, the transfer how much", 1, []*types.Log{
			emit(t, chain.Hex(usdc), transferABI, thief, common.HexToAddress(stargatePoolV1), n(1003)),
			emit(t, stargatePoolV1, "Swap(uint16, uint256, address, uint256, uint256, uint256, uint256, uint256)", uint16(110), n(1), thief, n(1000), n(0), n(1), n(1), n(1)),
			emit(t, ultraLight, "Packet(bytes)", packetV1(common.HexToAddress("0x296f55f8fb28e498b858d0bcda06d955b2cb3f97"), 110, stargateSwap(t, mule[:]))),
		}, []bridged{{"Stargate", "arbitrum", me, usdc1, "1003", none, "0", him, true}}},
		{"a V1 packet of another application", "", 1, []*types.Log{
			emit(t, ultraLight, "Packet(bytes)", packetV1(thief, 110, stargateSwap(t, mule[:]))),
		}, nil},
		{"wormhole to solana", "", 1, []*types.Log{
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 1, solana, [32]byte{}), uint8(1)),
		}, []bridged{{"Wormhole", "solana", solanaText, usdc1, "0", none, "0", none, true}}},
		{"wormhole, what it was given", "of a token with six decimals nothing is cut off", 1, []*types.Log{
			emit(t, chain.Hex(usdc), transferABI, thief, common.HexToAddress(tokenBridge), n(500)),
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 1, solana, [32]byte{}), uint8(1)),
		}, []bridged{{"Wormhole", "solana", solanaText, usdc1, "500", none, "0", none, true}}},
		{"wormhole, ether", "it is wrapped for the bridge, and has ten decimals more than the message", 1, []*types.Log{
			emit(t, weth1, "Deposit(address indexed, uint256)", common.HexToAddress(tokenBridge), n(500_0000000000)),
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, common.HexToAddress(weth1), 2, 1, solana, [32]byte{}), uint8(1)),
		}, []bridged{{"Wormhole", "solana", solanaText, "eip155:1/erc20:" + weth1, "5000000000000", none, "0", none, true}}},
		{"wormhole, given something else", "the message's token is another, and its amount is not this one", 1, []*types.Log{
			emit(t, weth1, transferABI, thief, common.HexToAddress(tokenBridge), n(500)),
			emit(t, chain.Hex(usdc), transferABI, thief, common.HexToAddress(tokenBridge), n(501)),
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 1, solana, [32]byte{}), uint8(1)),
		}, []bridged{{"Wormhole", "solana", solanaText, usdc1, "0", none, "0", none, true}}},
		{"wormhole with a payload, home", "", 1, []*types.Log{
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				common.HexToAddress(tokenBridge), uint64(12), uint32(1), append(tokenTransfer(3, usdcBase, 30, 30, addressWord(mule), addressWord(thief)), 1, 2, 3), uint8(1)),
		}, []bridged{{"Wormhole", "base", me, none, "0", usdc8453, "0", him, true}}},
		{"wormhole, of another application", "", 1, []*types.Log{
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
				thief, uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 1, solana, [32]byte{}), uint8(1)),
		}, nil},
		{"a native token transfer over wormhole", "its contracts are the token's own; packed by the offsets of the published layout", 1, []*types.Log{
			emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)", common.HexToAddress(stranger), uint64(12), uint32(1),
				nttMessage(usdc, thief, [32]byte(solana), 1), uint8(1)),
		}, []bridged{{"Wormhole NTT", "solana", solanaText, usdc1, "0", none, "0", him, false}}},
		{"hop from L1", "", 1, []*types.Log{
			emit(t, hopETH, "TransferSentToL2(uint256 indexed, address indexed, uint256, uint256, uint256, address indexed, uint256)",
				n(42161), mule, n(50), n(49), n(99), zero, n(0)),
		}, []bridged{{"Hop", "arbitrum", me, eth, "50", none, "0", none, true}}},
		{"hop from L2", "", 42161, []*types.Log{
			emit(t, hopUSDCArb, "TransferSent(bytes32 indexed, uint256 indexed, address indexed, uint256, bytes32, uint256, uint256, uint256, uint256)",
				[32]byte(sat), n(1), mule, n(50), [32]byte{}, n(1), n(2), n(3), n(4)),
		}, []bridged{{"Hop", "ethereum", me, "eip155:42161/erc20:0xff970a61a04b1ca14834a43f5de4533ebddb5cc8", "50", none, "0", none, true}}},
		{"synapse", "", 1, []*types.Log{
			emit(t, synapse, "TokenDepositAndSwap(address indexed, uint256, address, uint256, uint8, uint8, uint256, uint256)",
				mule, n(43114), usdc, n(50), uint8(0), uint8(1), n(2), n(3)),
		}, []bridged{{"Synapse", "avalanche", me, usdc1, "50", none, "0", none, true}}},
		{"synapse to a name of 32 bytes", "", 1, []*types.Log{
			emit(t, synapse, "TokenRedeemV2(bytes32 indexed, uint256, address, uint256)", [32]byte(solana), n(121014925), usdc, n(50)),
		}, []bridged{{"Synapse", "eip155:121014925", solana.Hex(), usdc1, "50", none, "0", none, true}}},
		{"celer", "", 1, []*types.Log{
			emit(t, celer, "Send(bytes32, address, address, address, uint256, uint64, uint64, uint32)",
				[32]byte(sat), thief, mule, usdc, n(50), uint64(56), uint64(1), uint32(2)),
		}, []bridged{{"Celer cBridge", "bsc", me, usdc1, "50", none, "0", him, true}}},
		{"celer vault", "", 1, []*types.Log{
			emit(t, celerVault, "Deposited(bytes32, address, address, uint256, uint64, address)", [32]byte(sat), thief, usdc, n(50), uint64(56), mule),
		}, []bridged{{"Celer cBridge", "bsc", me, usdc1, "50", none, "0", him, true}}},
		{"celer vault, second version", "", 1, []*types.Log{
			emit(t, "0x7510792a3b1969f9307f3845ce88e39578f2bae1", "Deposited(bytes32, address, address, uint256, uint64, address, uint64)", [32]byte(sat), thief, usdc, n(50), uint64(56), mule, uint64(3)),
		}, []bridged{{"Celer cBridge", "bsc", me, usdc1, "50", none, "0", him, true}}},
		{"celer peg", "the chain of the original is not said", 56, []*types.Log{
			emit(t, celerPegBSC, "Burn(bytes32, address, address, uint256, address)", [32]byte(sat), oftToken, thief, n(50), mule),
		}, []bridged{{"Celer cBridge", "celer:origin of the token", me, oft56, "50", none, "0", him, true}}},
		{"celer peg, second version", "", 56, []*types.Log{
			emit(t, "0x26c76f7fef00e02a5dd4b5cc8a0f717eb61e1e4b", "Burn(bytes32, address, address, uint256, uint64, address, uint64)", [32]byte(sat), oftToken, thief, n(50), uint64(137), mule, uint64(3)),
		}, []bridged{{"Celer cBridge", "polygon", me, oft56, "50", none, "0", him, true}}},
		{"celer peg, back home", "chain 0 is that of the original", 56, []*types.Log{
			emit(t, "0x26c76f7fef00e02a5dd4b5cc8a0f717eb61e1e4b", "Burn(bytes32, address, address, uint256, uint64, address, uint64)", [32]byte(sat), oftToken, thief, n(50), uint64(0), mule, uint64(3)),
		}, []bridged{{"Celer cBridge", "celer:origin of the token", me, oft56, "50", none, "0", him, true}}},
		{"thorchain", "a refund address stands behind a slash", 1, []*types.Log{
			emit(t, thorchain, "Deposit(address indexed, address indexed, uint256, string)", thief, zero, n(50), "=:b:bc1qmule/0xabc:1/2/3:t:10"),
		}, []bridged{{"THORChain", "bitcoin", "bc1qmule", eth, "50", none, "0", none, true}}},
		{"thorchain, a token", "", 1, []*types.Log{
			emit(t, thorchain, "Deposit(address indexed, address indexed, uint256, string)", thief, usdc, n(50),
				"SWAP:AVAX.USDC-0XB97EF9EF8734C71904D8002F8B6BC66DD9C48A6E:0x"+strings.ToUpper(me[2:])),
		}, []bridged{{"THORChain", "avalanche", me, usdc1, "50", none, "0", none, true}}},
		{"thorchain, a synthetic asset", "it stays on THORChain", 1, []*types.Log{
			emit(t, thorchain, "Deposit(address indexed, address indexed, uint256, string)", thief, zero, n(50), "s:BTC/BTC:thor1mule"),
		}, []bridged{{"THORChain", "thorchain", "thor1mule", eth, "50", none, "0", none, true}}},
		{"thorchain, liquidity", "no swap", 1, []*types.Log{
			emit(t, thorchain, "Deposit(address indexed, address indexed, uint256, string)", thief, zero, n(50), "+:ETH.ETH:thor1mule"),
		}, nil},
		{"ether to Base by its bridge", "told twice, and carried by the messenger's deposit", 1, []*types.Log{
			emit(t, baseBridge, "ETHDepositInitiated(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}),
			emit(t, baseBridge, "ETHBridgeInitiated(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}),
			emit(t, basePortal, deposited, thief, common.HexToAddress(l2Messenger), n(0), opaque(50, 50, []byte("relay"))),
		}, []bridged{{"OP Stack bridge", "base", me, eth, "50", ethBase, "50", him, true}}},
		{"a token to Base", "", 1, []*types.Log{
			emit(t, baseBridge, "ERC20DepositInitiated(address indexed, address indexed, address indexed, address, uint256, bytes)", usdc, usdcBase, thief, mule, n(50), []byte{}),
			emit(t, baseBridge, "ERC20BridgeInitiated(address indexed, address indexed, address indexed, address, uint256, bytes)", usdc, usdcBase, thief, mule, n(50), []byte{}),
			emit(t, basePortal, deposited, thief, common.HexToAddress(l2Messenger), n(0), opaque(0, 0, []byte("relay"))),
		}, []bridged{{"OP Stack bridge", "base", me, usdc1, "50", usdc8453, "50", him, true}}},
		{"the newer event alone", "", 1, []*types.Log{
			emit(t, baseBridge, "ERC20BridgeInitiated(address indexed, address indexed, address indexed, address, uint256, bytes)", usdc, usdcBase, thief, mule, n(50), []byte{}),
		}, []bridged{{"OP Stack bridge", "base", me, usdc1, "50", usdc8453, "50", him, true}}},
		{"ether straight through the portal", "", 1, []*types.Log{
			emit(t, basePortal, deposited, thief, mule, n(0), opaque(50, 40, nil)),
		}, []bridged{{"OP Stack bridge", "base", me, eth, "50", ethBase, "40", him, true}}},
		{"a call through the portal", "it brings nothing", 1, []*types.Log{
			emit(t, basePortal, deposited, thief, mule, n(0), portalMsg),
		}, nil},
		{"a token from Base", "the withdrawal names the L1 token first", 8453, []*types.Log{
			emit(t, l2Bridge, "WithdrawalInitiated(address indexed, address indexed, address indexed, address, uint256, bytes)", usdc, usdcBase, thief, mule, n(50), []byte{}),
			emit(t, l2Passer, "MessagePassed(uint256 indexed, address indexed, address indexed, uint256, uint256, bytes, bytes32)",
				n(1), common.HexToAddress(l2Messenger), thief, n(0), n(1), []byte{}, [32]byte(sat)),
		}, []bridged{{"OP Stack bridge", "ethereum", me, usdc8453, "50", usdc1, "50", him, true}}},
		{"ether from Base without the bridge", "", 8453, []*types.Log{
			emit(t, l2Passer, "MessagePassed(uint256 indexed, address indexed, address indexed, uint256, uint256, bytes, bytes32)",
				n(1), thief, mule, n(50), n(1), []byte{}, [32]byte(sat)),
		}, []bridged{{"OP Stack bridge", "ethereum", me, ethBase, "50", eth, "50", him, true}}},
		{"ether to Mantle", "there it is a token", 1, []*types.Log{
			emit(t, mantleBridge, "ETHDepositInitiated(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}),
		}, []bridged{{"OP Stack bridge", "mantle", me, eth, "50", "eip155:5000/erc20:0xdeaddeaddeaddeaddeaddeaddeaddeaddead1111", "50", him, true}}},
		{"MNT to Mantle", "there it is the coin", 1, []*types.Log{
			emit(t, mantleBridge, "MNTDepositInitiated(address indexed, address indexed, uint256, bytes)", thief, mule, n(50), []byte{}),
		}, []bridged{{"OP Stack bridge", "mantle", me, "eip155:1/erc20:0x3c3a81e81dc49a522a592e7622a7e711c06bf354", "50", "eip155:5000/slip44:60", "50", him, true}}},
		{"ether from Mantle without the bridge", "", 5000, []*types.Log{
			emit(t, l2Passer, mantlePassed, n(1), thief, mule, n(0), n(50), n(1), []byte{}, [32]byte(sat)),
		}, []bridged{{"OP Stack bridge", "ethereum", me, "eip155:5000/erc20:0xdeaddeaddeaddeaddeaddeaddeaddeaddead1111", "50", eth, "50", him, true}}},
		{"MNT from Mantle without the bridge", "", 5000, []*types.Log{
			emit(t, l2Passer, mantlePassed, n(1), thief, mule, n(50), n(0), n(1), []byte{}, [32]byte(sat)),
		}, []bridged{{"OP Stack bridge", "ethereum", me, "eip155:5000/slip44:60", "50", "eip155:1/erc20:0x3c3a81e81dc49a522a592e7622a7e711c06bf354", "50", him, true}}},
		{"straight into Mantle's portal", "its layout has changed", 1, []*types.Log{
			emit(t, "0xc54cb22944f2be476e02decfcd7e3e7d3e15a8fb", deposited, thief, mule, n(0), opaque(50, 40, nil)),
		}, nil},
		{"a token that the vault calls by another id", "it is none that moved", 1, []*types.Log{
			emit(t, usdc.Hex(), transferABI, thief, common.HexToAddress(zkVault), n(50)),
			emit(t, zkVault, zkBurn, n(324), [32]byte{1}, thief, mule, n(50)),
		}, []bridged{{"ZKsync bridge", "zksync", me, none, "50", none, "50", him, true}}},
		{"the bridge of before, through the vault", "both tell", 1, []*types.Log{
			emit(t, zkVault, zkBurn, n(324), [32]byte{1}, thief, mule, n(50)),
			emit(t, "0x57891966931eb4bb6fb81430e6ce0a03aabde063", "DepositInitiated(bytes32 indexed, address indexed, address indexed, address, uint256)", [32]byte(sat), thief, mule, usdc, n(50)),
		}, []bridged{{"ZKsync bridge", "zksync", me, none, "50", none, "50", him, true}}},
		{"to a chain of the same make", "it is told and not followed", 1, []*types.Log{
			emit(t, zkVault, zkBurn, n(388), [32]byte{1}, thief, mule, n(50)),
		}, []bridged{{"ZKsync bridge", "eip155:388", me, none, "50", none, "50", him, true}}},
		{"what another vault says", "chains of the same make log the same", 1, []*types.Log{
			emit(t, usdcBase.Hex(), zkBurn, n(324), [32]byte{1}, thief, mule, n(50)),
		}, nil},
		{"a withdrawal elsewhere", "many contracts have such an event", 324, []*types.Log{
			emit(t, usdcBase.Hex(), "Withdrawal(address indexed, address indexed, uint256)", thief, mule, n(50)),
		}, nil},
		{"ether from ZKsync", "", 324, []*types.Log{
			emit(t, "0x000000000000000000000000000000000000800a", "Withdrawal(address indexed, address indexed, uint256)", thief, mule, n(50)),
		}, []bridged{{"ZKsync bridge", "ethereum", me, "eip155:324/slip44:60", "50", eth, "50", him, true}}},
		{"ether to Arbitrum", "", 1, []*types.Log{
			emit(t, arbBridge, messageABI, n(8), [32]byte{}, common.HexToAddress(arbInbox), uint8(12), thief, [32]byte{}, n(1), uint64(2)),
			emit(t, arbInbox, inboxABI, n(8), append(mule[:], common.LeftPadBytes(n(50).Bytes(), 32)...)),
		}, []bridged{{"Arbitrum bridge", "arbitrum", me, eth, "50", ethArb, "50", him, true}}},
		{"an inbox without its bridge", "the message was never taken up", 1, []*types.Log{
			emit(t, arbInbox, inboxABI, n(8), append(mule[:], common.LeftPadBytes(n(50).Bytes(), 32)...)),
		}, nil},
		{"ether from Arbitrum", "", 42161, []*types.Log{
			emit(t, arbSys, "L2ToL1Tx(address, address indexed, uint256 indexed, uint256 indexed, uint256, uint256, uint256, uint256, bytes)",
				thief, mule, n(1), n(9), n(2), n(3), n(4), n(50), []byte{}),
		}, []bridged{{"Arbitrum bridge", "ethereum", me, ethArb, "50", eth, "50", him, true}}},
		{"a token from Arbitrum", "what was burnt is a copy of which only the original is named", 42161, []*types.Log{
			emit(t, l2Gateway, "WithdrawalInitiated(address, address indexed, address indexed, uint256 indexed, uint256, uint256)",
				usdc, thief, mule, n(9), n(0), n(50)),
		}, []bridged{{"Arbitrum bridge", "ethereum", me, none, "0", usdc1, "50", him, true}}},
		{"a token from Arbitrum, burnt", "the copy is the token of which so much was burnt", 42161, []*types.Log{
			emit(t, chain.Hex(oftToken), transferABI, thief, zero, n(50)),
			emit(t, l2Gateway, "WithdrawalInitiated(address, address indexed, address indexed, uint256 indexed, uint256, uint256)",
				usdc, thief, mule, n(9), n(0), n(50)),
		}, []bridged{{"Arbitrum bridge", "ethereum", me, chain.Token(42161, oftToken).String(), "50", usdc1, "50", him, true}}},
		{"ether to Polygon", "", 1, []*types.Log{
			emit(t, etherLock, "LockedEther(address indexed, address indexed, uint256)", thief, mule, n(50)),
			emit(t, stateSender, stateSynced, n(7), mule, []byte{}),
		}, []bridged{{"Polygon PoS bridge", "polygon", me, eth, "50", none, "50", him, true}}},
		{"a token to Polygon", "", 1, []*types.Log{
			emit(t, erc20Lock, "LockedERC20(address indexed, address indexed, address indexed, uint256)", thief, mule, usdc, n(50)),
			emit(t, stateSender, stateSynced, n(7), mule, []byte{}),
		}, []bridged{{"Polygon PoS bridge", "polygon", me, usdc1, "50", none, "50", him, true}}},
		{"a token that is minted on Polygon", "", 1, []*types.Log{
			emit(t, mintLock, "LockedMintableERC20(address indexed, address indexed, address indexed, uint256)", thief, mule, usdc, n(50)),
			emit(t, stateSender, stateSynced, n(7), mule, []byte{}),
		}, []bridged{{"Polygon PoS bridge", "polygon", me, usdc1, "50", none, "50", him, true}}},
		{"a plasma deposit", "", 1, []*types.Log{
			emit(t, plasma, "NewDepositBlock(address indexed, address indexed, uint256, uint256)", mule, usdc, n(50), n(1)),
		}, []bridged{{"Polygon PoS bridge", "polygon", me, usdc1, "50", none, "50", none, true}}},
		{"a tunnel of the Fx portal", "tunnels are anybody's", 1, []*types.Log{
			emit(t, stranger, "FxDepositERC20(address indexed, address indexed, address indexed, uint256)", usdc, thief, mule, n(50)),
		}, []bridged{{"Polygon Fx tunnel", "polygon", me, usdc1, "50", none, "50", him, false}}},
		{"burn on polygon", "until the mapping knows the token it may be any burn", 137, []*types.Log{
			emit(t, wethPolygon, transferABI, thief, zero, n(50)),
		}, []bridged{{"Polygon PoS bridge", "ethereum", him, weth137, "50", none, "50", him, false}}},
		{"burn on another chain", "", 56, []*types.Log{emit(t, wethPolygon, transferABI, thief, zero, n(50))}, nil},
		{"burn for a bridge that speaks", "", 137, []*types.Log{
			emit(t, wethPolygon, transferABI, thief, zero, n(50)),
			emit(t, "0x4d58fdc7d0ee9b674f49a0ade11f26c3c9426f7a", "Burn(bytes32, address, address, uint256, address)", [32]byte(sat), common.HexToAddress(wethPolygon), thief, n(50), mule),
		}, []bridged{{"Celer cBridge", "celer:origin of the token", me, weth137, "50", none, "0", him, true}}},
		{"polygon's coin", "what comes out may be called otherwise", 137, []*types.Log{
			emit(t, coinPolygon, plasmaWithdraw, maticHome, thief, n(50), n(99), n(49)),
		}, []bridged{{"Polygon PoS bridge", "ethereum", him, coin137, "50", none, "50", him, true}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for i, l := range test.logs {
				l.Index = uint(i)
			}
			found, unread := chain.Crossings(test.chain, test.logs)
			if len(unread) > 0 {
				t.Errorf("unread: %v", unread)
			}
			var got []bridged
			for _, c := range found {
				got = append(got, tell(c))
				if !c.Known && !c.Arrival.IsZero() {
					t.Errorf("a stranger's message names an arrival: %+v", c.Arrival)
				}
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", test.reason, diff)
			}
		})
	}
}

// What a bridge's own contract logs in another layout is said to be unread;
// what a stranger logs is nobody's word.
func TestCrossingsUnread(t *testing.T) {
	t.Parallel()
	l := emit(t, spokeEthereum, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{})
	l.Data = l.Data[:64]
	if found, unread := chain.Crossings(1, []*types.Log{l}); len(found) != 0 || len(unread) != 1 || unread[0].Contract != l.Address {
		t.Errorf("want one unread message, got %v and %v", found, unread)
	}
	l.Address = common.HexToAddress(stranger)
	if found, unread := chain.Crossings(1, []*types.Log{l}); len(found)+len(unread) != 0 {
		t.Errorf("want nothing, got %v and %v", found, unread)
	}
}
