package chain_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

func crossing(t *testing.T, chainID uint64, logs ...*types.Log) chain.Crossing {
	t.Helper()
	found, unread := chain.Crossings(chainID, logs)
	if len(found) != 1 || len(unread) != 0 {
		t.Fatalf("want one crossing, got %v and unread %v", found, unread)
	}
	return found[0]
}

// The tx that a deposit makes on the other chain, of a deposit on Base's
// mainnet: what L2BEAT derived and what stands on Base.
func TestDepositTx(t *testing.T) {
	t.Parallel()
	who := common.HexToAddress("0xf70da97812cb96acdf810712aa562db8dfa3dbef")
	l := emit(t, basePortal, deposited, who, who, n(0), common.FromHex(
		"0x000000000000000000000000000000000000000000000004747bc5c731c56846000000000000000000000000000000000000000000000004747bc5c731c5684600000000000186a000"))
	l.Index = 514
	c := crossing(t, 1, l)
	if want := common.HexToHash("0x95e44b32a03c8e146a9b4a70b3934b4efb48f3f2188e4304dc6e66f52ce4d8b8"); c.Arrival.Tx != want {
		t.Errorf("want %s, got %s", want, c.Arrival.Tx)
	}
	if c.Units.Dec() != "82180496084697442374" {
		t.Errorf("units: got %s", c.Units.Dec())
	}
}

// A retryable ticket of the WETH gateway on Arbitrum's mainnet; the expected id
// is that of arbitrum-sdk's own tests.
func TestTicketID(t *testing.T) {
	t.Parallel()
	refund := common.HexToAddress("0xa2e06c19ee14255889f0ec0ca37f6d0778d06754")
	call := common.FromHex("0x2e567b36" +
		"000000000000000000000000c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2" + "000000000000000000000000a2e06c19ee14255889f0ec0ca37f6d0778d06754" +
		"000000000000000000000000a2e06c19ee14255889f0ec0ca37f6d0778d06754" + "0000000000000000000000000000000000000000000000000853a0d2313c0000" +
		"00000000000000000000000000000000000000000000000000000000000000a0" + "0000000000000000000000000000000000000000000000000000000000000080" +
		"0000000000000000000000000000000000000000000000000000000000000040" + "0000000000000000000000000000000000000000000000000000000000000060" +
		"0000000000000000000000000000000000000000000000000000000000000000" + "0000000000000000000000000000000000000000000000000000000000000000")
	var data []byte
	for _, w := range []*big.Int{
		new(big.Int).SetBytes(common.FromHex("0x6c411ad3e74de3e7bd422b94a27770f5b86c623b")), n(0x0853a0d2313c0000), n(0x0854e8ab1802ca80),
		n(0x01270f6740d880), new(big.Int).SetBytes(refund[:]), new(big.Int).SetBytes(refund[:]), n(0x01d566), n(0x11e1a300), n(int64(len(call))),
	} {
		data = append(data, common.LeftPadBytes(w.Bytes(), 32)...)
	}
	c := crossing(t, 1,
		emit(t, arbInbox, inboxABI, n(0x504c), append(data, call...)),
		emit(t, arbBridge, messageABI, n(0x504c), [32]byte{}, common.HexToAddress(arbInbox), uint8(9),
			common.HexToAddress("0xea3123e9d9911199a6711321d1277285e6d4f3ec"), [32]byte{}, n(0x05e0fc4c58), uint64(2)),
		emit(t, arbGateway, "DepositInitiated(address, address indexed, address indexed, uint256 indexed, uint256)",
			common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"), refund, refund, n(0x504c), n(0x0853a0d2313c0000)))
	ticket := common.HexToHash("0x8ba13904639c7444d8578cc582a230b8501c9f0f7903f5069d276fdd3a7dea44")
	redeemed := emit(t, "0x000000000000000000000000000000000000006e", "RedeemScheduled(bytes32 indexed, bytes32 indexed, uint64 indexed, uint64, address, uint256, uint256)",
		[32]byte(ticket), [32]byte(sat), uint64(0), uint64(1), refund, n(0), n(0))
	if !c.Arrival.Is(redeemed) || c.Arrival.TxOf(redeemed) != sat {
		t.Errorf("want the tx that redeems %s, got %+v", ticket, c.Arrival)
	}
}

// Each bridge's other side is recognised by what its own contracts log there,
// and by nothing else.
func TestArrivals(t *testing.T) {
	t.Parallel()
	v3 := crossing(t, 1, emit(t, spokeEthereum, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{}))
	fill := func(emitter string, from, id int64) *types.Log {
		return &types.Log{Address: common.HexToAddress(emitter), Topics: []common.Hash{
			crypto.Keccak256Hash([]byte("FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,bytes,(address,bytes,uint256,uint8))")),
			common.BigToHash(n(from)), common.BigToHash(n(id)), {},
		}, TxHash: sat}
	}
	hop := crossing(t, 42161, emit(t, hopUSDCArb, "TransferSent(bytes32 indexed, uint256 indexed, address indexed, uint256, bytes32, uint256, uint256, uint256, uint256)",
		[32]byte(sat), n(10), mule, n(50), [32]byte{}, n(1), n(2), n(3), n(4)))
	bonded := emit(t, "0xa81d244a1814468c734e5b4101f7b9c0c577a8fc", "WithdrawalBonded(bytes32 indexed, uint256)", [32]byte(sat), n(50))
	fromL1 := crossing(t, 1, emit(t, hopETH, "TransferSentToL2(uint256 indexed, address indexed, uint256, uint256, uint256, address indexed, uint256)",
		n(42161), mule, n(50), n(49), n(99), zero, n(0)))
	completed := func(amount int64) *types.Log {
		return emit(t, "0x3749c4f034022c39ecaffaba182555d4508caccc", "TransferFromL1Completed(address indexed, uint256, uint256, uint256, address indexed, uint256)",
			mule, n(amount), n(49), n(99), zero, n(0))
	}
	syn := crossing(t, 1, emit(t, synapse, "TokenRedeem(address indexed, uint256, address, uint256)", mule, n(43114), usdc, n(50)))
	mint := func(kappa common.Hash) *types.Log {
		return emit(t, "0xc05e61d0e7a63d27546389b7ad62fdff5a91aace", "TokenMint(address indexed, address, uint256, uint256, bytes32 indexed)", mule, usdc, n(49), n(1), [32]byte(kappa))
	}
	cel := crossing(t, 1, emit(t, celer, "Send(bytes32, address, address, address, uint256, uint64, uint64, uint32)", [32]byte(sat), thief, mule, usdc, n(50), uint64(56), uint64(1), uint32(2)))
	relay := func(id common.Hash) *types.Log {
		return emit(t, "0xdd90e5e87a2081dcf0391920868ebc2ffb81a1af", "Relay(bytes32, address, address, address, uint256, uint64, bytes32)",
			[32]byte{9}, thief, mule, usdc, n(49), uint64(1), [32]byte(id))
	}
	worm := crossing(t, 1, emit(t, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
		common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 30, addressWord(mule), [32]byte{}), uint8(1)))
	redeemed := func(sequence uint64) *types.Log {
		return emit(t, "0x8d2de8d2f73f1f4cab472ac9a881c9b123c79627", "TransferRedeemed(uint16 indexed, bytes32 indexed, uint64 indexed)",
			uint16(2), addressWord(common.HexToAddress(tokenBridge)), sequence)
	}
	v1 := crossing(t, 1, emit(t, ultraLight, "Packet(bytes)", packetV1(common.HexToAddress("0x296f55f8fb28e498b858d0bcda06d955b2cb3f97"), 110, stargateSwap(t, mule[:]))))
	received := func(nonce uint64) *types.Log {
		return emit(t, ultraLight, "PacketReceived(uint16 indexed, bytes, address indexed, uint64, bytes32)", uint16(101), []byte("from"), mule, nonce, [32]byte{})
	}
	taxi := crossing(t, 1,
		emit(t, endpointV2, packetSent, packet(common.HexToAddress(messaging), mule, 30184, append([]byte{1, 0, 1}, oftMessage(addressWord(mule), 1000)...)), []byte{}, zero),
		emit(t, poolUSDC, oftSent, [32]byte(guid), uint32(30184), thief, n(1000), n(999)))
	oft := func(emitter string, id common.Hash, to common.Address) *types.Log {
		return emit(t, emitter, "OFTReceived(bytes32 indexed, uint32, address indexed, uint256)", [32]byte(id), uint32(30101), to, n(999))
	}
	exit := crossing(t, 8453, emit(t, l2Passer, "MessagePassed(uint256 indexed, address indexed, address indexed, uint256, uint256, bytes, bytes32)",
		n(1), thief, mule, n(50), n(1), []byte{}, [32]byte(sat)))
	finalized := func(portal string) *types.Log {
		return emit(t, portal, "WithdrawalFinalized(bytes32 indexed, bool)", [32]byte(sat), true)
	}
	out := crossing(t, 42161, emit(t, arbSys, "L2ToL1Tx(address, address indexed, uint256 indexed, uint256 indexed, uint256, uint256, uint256, uint256, bytes)",
		thief, mule, n(1), n(9), n(2), n(3), n(4), n(50), []byte{}))
	executed := func(position int64) *types.Log {
		return emit(t, "0x0b9857ae2d4a3dbe74ffe1d7df045bb7f96e4840", "OutBoxTransactionExecuted(address indexed, address indexed, uint256 indexed, uint256)", mule, thief, n(0), n(position))
	}
	sync := crossing(t, 1, emit(t, etherLock, "LockedEther(address indexed, address indexed, uint256)", thief, mule, n(50)), emit(t, stateSender, stateSynced, n(7), mule, []byte{}))
	committed := func(id int64) *types.Log {
		return emit(t, "0x0000000000000000000000000000000000001001", "StateCommitted(uint256 indexed, bool)", n(id), true)
	}
	vault := crossing(t, 1, emit(t, celerVault, "Deposited(bytes32, address, address, uint256, uint64, address)", [32]byte(sat), thief, usdc, n(50), uint64(56), mule))
	paid := func(emitter, event string, from uint64, id common.Hash) *types.Log {
		return emit(t, emitter, event+celerPaid, [32]byte{9}, usdc, mule, n(49), from, [32]byte(id), thief)
	}
	burnt := crossing(t, 56, emit(t, celerPegBSC, "Burn(bytes32, address, address, uint256, address)", [32]byte(sat), oftToken, thief, n(50), mule))
	if !burnt.Nameless() {
		t.Error("celer's first peg does not name the chain")
	}
	home := burnt.Toward(1)
	ether := mapped(t, common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"))
	exitedEther := func(to common.Address, units int64) *types.Log {
		return emit(t, etherLock, "ExitedEther(address indexed, uint256)", to, n(units))
	}
	token := mapped(t, usdc)
	given := func(asset string, from common.Address, units int64) *types.Log {
		return emit(t, asset, transferABI, from, thief, n(units))
	}
	coin := crossing(t, 137, emit(t, coinPolygon, plasmaWithdraw, maticHome, thief, n(50), n(99), n(49)))
	exited := func(block, units int64) *types.Log {
		id := new(big.Int).Lsh(n(1_700_000_000), 128) // when it may be paid, which nobody knew at the burn
		id.Or(id, new(big.Int).Lsh(n(block), 33)).Or(id, n(6<<1))
		return emit(t, exits, plasmaExited, id, thief, maticHome, n(units))
	}
	kappa := crypto.Keccak256Hash([]byte(txHash.Hex()))
	for _, test := range []struct {
		name    string
		c       chain.Crossing
		arrival *types.Log
		others  []*types.Log
	}{
		{"across", v3, fill(spokeBase, 1, 5), []*types.Log{fill(spokeBase, 1, 6), fill(spokeBase, 10, 5), fill(stranger, 1, 5)}},
		{"hop, bonded", hop, bonded, []*types.Log{emit(t, stranger, "WithdrawalBonded(bytes32 indexed, uint256)", [32]byte(sat), n(50))}},
		{"hop from L1", fromL1, completed(50), []*types.Log{completed(51)}},
		{"synapse", syn, mint(kappa), []*types.Log{mint(sat)}},
		{"celer", cel, relay(sat), []*types.Log{relay(guid)}},
		{"wormhole", worm, redeemed(12), []*types.Log{redeemed(13)}},
		{"stargate v1", v1, received(31), []*types.Log{received(32)}},
		{"stargate v2", taxi, oft("0x27a16dc786820b16e5c9028b75b99f6f604b5d26", guid, mule), []*types.Log{oft(stranger, guid, mule), oft("0x27a16dc786820b16e5c9028b75b99f6f604b5d26", sat, mule)}},
		{"withdrawal from Base", exit, finalized(basePortal), []*types.Log{finalized("0xbeb5fc579115071764c7423a4f12edde41f106ed")}},
		{"outbox", out, executed(9), []*types.Log{executed(10)}},
		{"polygon", sync, committed(7), []*types.Log{committed(8)}},
		{"celer vault", vault, paid(celerPegBSC, "Mint", 1, sat), []*types.Log{paid(celerPegBSC, "Mint", 1, guid), paid(celerPegBSC, "Mint", 10, sat), paid(stranger, "Mint", 1, sat)}},
		{"celer peg", home, paid(celerVault, "Withdrawn", 56, sat), []*types.Log{paid(celerVault, "Withdrawn", 1, sat)}},
		{"polygon's ether", ether, exitedEther(thief, 50), []*types.Log{exitedEther(mule, 50), exitedEther(thief, 51)}},
		{"polygon's token", token, given(usdc.Hex(), common.HexToAddress(erc20Lock), 50), []*types.Log{
			given(usdc.Hex(), mule, 50), given(usdc.Hex(), common.HexToAddress(erc20Lock), 51), given(weth1, common.HexToAddress(erc20Lock), 50),
		}},
		{"polygon's coin", coin, exited(77, 50), []*types.Log{exited(78, 50), exited(77, 51)}},
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

// mapped is a burn of 50 on Polygon of a token that stands for root.
func mapped(t *testing.T, root common.Address) chain.Crossing {
	t.Helper()
	c := crossing(t, 137, emit(t, wethPolygon, transferABI, thief, zero, n(50)))
	if c.Mapping == nil || c.Known {
		t.Fatalf("want a burn that is to be asked about, got %+v", c)
	}
	for _, no := range [][]byte{nil, make([]byte, 32), make([]byte, 31)} {
		if c.Mapped(no) || c.Known || !c.Arrival.IsZero() {
			t.Errorf("%x: taken for a mapping", no)
		}
	}
	if !c.Mapped(common.LeftPadBytes(root[:], 32)) || !c.Known {
		t.Errorf("not taken for a mapping: %+v", c)
	}
	if want := []byte{77, 0x84}; !slices.Equal(c.Arrival.InputHolds, want) {
		t.Errorf("want an exit that is given block %x, got %x", want, c.Arrival.InputHolds)
	}
	return c
}

// Of Across's fill the topics are stated by its contracts' interface.
func TestAcrossFill(t *testing.T) {
	t.Parallel()
	c := crossing(t, 1, emit(t, spokeEthereum, acrossDeposit, addressWord(usdc), addressWord(usdcBase), n(1000), n(998), n(8453), n(5), uint32(1), uint32(2), uint32(3), addressWord(thief), addressWord(mule), [32]byte{}, []byte{}))
	for _, signature := range []string{
		"FilledRelay(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint32,uint32,bytes32,bytes32,bytes32,bytes32,bytes32,(bytes32,bytes32,uint256,uint8))",
		"FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,bytes,(address,bytes,uint256,uint8))",
	} {
		l := &types.Log{Address: common.HexToAddress(spokeBase), Topics: []common.Hash{
			crypto.Keccak256Hash([]byte(signature)), common.BigToHash(n(1)), common.BigToHash(n(5)), {},
		}}
		if !c.Arrival.Is(l) {
			t.Errorf("%s: not recognised by %+v", signature, c.Arrival)
		}
	}
}

// A seat on a bus arrives with the bus that leaves with it.
func TestBus(t *testing.T) {
	t.Parallel()
	c := crossing(t, 1,
		emit(t, messaging, "BusRode(uint32, uint72, uint80, bytes)", uint32(30111), n(44), n(3), append(append([]byte{0, 1}, oftMessage(addressWord(mule), 1000)...), 0)),
		emit(t, poolUSDC, oftSent, [32]byte{}, uint32(30111), thief, n(1000), n(999)))
	driven := func(eid uint32, start, passengers int64) *types.Log {
		return emit(t, messaging, "BusDriven(uint32, uint72, uint8, bytes32)", eid, n(start), uint8(passengers), [32]byte(guid))
	}
	first := c.Arrival.First
	if first == nil {
		t.Fatal("want a message to wait for")
	}
	for _, l := range []*types.Log{driven(30111, 45, 5), driven(30111, 40, 4), driven(30184, 40, 9)} {
		if first.Is(l) {
			t.Errorf("another bus is taken for its own: %x", l.Data)
		}
	}
	if l := driven(30111, 40, 5); !first.Is(l) {
		t.Errorf("its own bus is not recognised")
	} else {
		a := first.Next(l)
		got := emit(t, "0xce8cca271ebc0533920c83d39f417ed6a0abb7d0", "OFTReceived(bytes32 indexed, uint32, address indexed, uint256)", [32]byte(guid), uint32(30101), mule, n(999))
		other := emit(t, "0xce8cca271ebc0533920c83d39f417ed6a0abb7d0", "OFTReceived(bytes32 indexed, uint32, address indexed, uint256)", [32]byte(guid), uint32(30101), thief, n(999))
		if !a.Is(got) || a.Is(other) {
			t.Errorf("want the passenger's own arrival, got %+v", a)
		}
	}
}

func TestPaid(t *testing.T) {
	t.Parallel()
	pay := func(kind chain.Kind, asset chain.AssetID, to common.Address, units uint64) chain.Transfer {
		return chain.Transfer{Ref: chain.Ref{ChainID: asset.ChainID(), Tx: sat}, Kind: kind, Asset: asset, From: thief, To: to, Units: *uint256.NewInt(units)}
	}
	out, coin, wrapped := chain.Token(8453, usdcBase), chain.NativeAsset(8453), chain.Token(8453, common.HexToAddress("0x4200000000000000000000000000000000000006"))
	c := chain.Crossing{DestinationChainID: 8453, Recipient: chain.Hex(mule), Received: out, ReceivedUnits: *uint256.NewInt(50)}
	open := chain.Crossing{DestinationChainID: 8453, Recipient: chain.Hex(mule)}
	weth := c
	weth.Received = wrapped
	for _, test := range []struct {
		name, reason string
		c            chain.Crossing
		ts           []chain.Transfer
		want         uint64 // 0: nothing for certain
	}{
		{"the one payment", "", c, []chain.Transfer{pay(chain.KindERC20, out, thief, 50), pay(chain.KindERC20, out, mule, 50)}, 50},
		{"another amount", "fees are taken on the way", c, []chain.Transfer{pay(chain.KindERC20, out, mule, 49)}, 49},
		{"the exact one of several", "", c, []chain.Transfer{pay(chain.KindERC20, out, mule, 7), pay(chain.KindERC20, out, mule, 50)}, 50},
		{"several, none exact", "which is meant cannot be told", c, []chain.Transfer{pay(chain.KindERC20, out, mule, 7), pay(chain.KindERC20, out, mule, 8)}, 0},
		{"another asset", "", c, []chain.Transfer{pay(chain.KindERC20, wrapped, mule, 50)}, 0},
		{"the coin for the wrapped coin", "bridges unwrap for accounts without code", weth, []chain.Transfer{pay(chain.KindInternal, coin, mule, 50)}, 50},
		{"nothing known of it", "", open, []chain.Transfer{pay(chain.KindERC20, out, mule, 3)}, 3},
		{"a fee", "is no payment", open, []chain.Transfer{pay(chain.KindFee, coin, mule, 3)}, 0},
		{"nobody", "", open, nil, 0},
	} {
		got, ok := test.c.Paid(test.ts)
		if ok != (test.want > 0) || ok && got.Units.Uint64() != test.want {
			t.Errorf("%s (%s): want %d, got %v %v", test.name, test.reason, test.want, got.Units.Dec(), ok)
		}
	}
}

func TestBridgeContracts(t *testing.T) {
	t.Parallel()
	all := chain.BridgeContracts()
	if !slices.IsSortedFunc(all, func(a, b chain.BridgeContract) int { return a.Account.Compare(b.Account) }) {
		t.Error("want them by account")
	}
	for i, b := range all {
		if _, ok := chain.NetworkByID(b.Account.ChainID); !ok || b.Account.Address == zero || b.Bridge == "" || b.Source == "" {
			t.Errorf("incomplete: %+v", b)
		}
		if i > 0 && b.Account == all[i-1].Account {
			t.Errorf("twice: %+v", b)
		}
	}
	if len(all) < 100 {
		t.Errorf("only %d", len(all))
	}
}

// The selectors are those of the published ABIs.
func TestFreezeQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		chain              uint64
		contract, selector string
	}{
		{1, "0xdac17f958d2ee523a2206206994597c13d831ec7", "e47d6060"},
		{1, chain.Hex(usdc), "fe575a87"},
		{42220, "0xceba9300f2b948710d2653dd7b07f33a8b32118c", "fe575a87"},
		{43114, "0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7", "fbac3951"},
		{1, "0x4fabb145d64652a948d72533023f6e7a623c7c53", "e5839836"},
		{1, "0x45804880de22913dafe09f4980848ece6ecbaf78", "e5839836"},
	} {
		got, ok := chain.FreezeQuery(chain.Token(test.chain, common.HexToAddress(test.contract)), mule)
		if want := test.selector + "000000000000000000000000" + chain.Hex(mule)[2:]; !ok || common.Bytes2Hex(got) != want {
			t.Errorf("%s: want %s, got %x", test.contract, want, got)
		}
	}
	for _, a := range []chain.AssetID{chain.NativeAsset(1), chain.Token(56, usdc), chain.Token(1, mule)} {
		if _, ok := chain.FreezeQuery(a, mule); ok {
			t.Errorf("%s cannot be asked", a)
		}
	}
	for _, test := range []struct {
		out        string
		frozen, ok bool
	}{
		{"0000000000000000000000000000000000000000000000000000000000000001", true, true},
		{"0000000000000000000000000000000000000000000000000000000000000000", false, true},
		{"0000000000000000000000000000000000000000000000000000000000000002", false, false},
		{"01", false, false}, {"", false, false},
	} {
		if frozen, ok := chain.FreezeAnswer(common.Hex2Bytes(test.out)); frozen != test.frozen || ok != test.ok {
			t.Errorf("%q: got %v, %v", test.out, frozen, ok)
		}
	}
}

// Logs come from anybody: nothing makes the decoders panic, and whatever they
// make of them is the same every time.
func FuzzCrossings(f *testing.F) {
	seeds := [][]*types.Log{
		{emit(f, spokeEthereum, v3Deposit, usdc, usdcBase, n(1000), n(998), n(8453), uint32(5), uint32(1), uint32(2), uint32(3), thief, mule, zero, []byte{})},
		{emit(f, endpointV2, packetSent, packet(common.HexToAddress(messaging), mule, 30184, append([]byte{1, 0, 1}, oftMessage(addressWord(mule), 1000)...)), []byte{}, zero)},
		{emit(f, ultraLight, "Packet(bytes)", packetV1(common.HexToAddress("0x296f55f8fb28e498b858d0bcda06d955b2cb3f97"), 110, stargateSwap(f, mule[:])))},
		{emit(f, messaging, "BusRode(uint32, uint72, uint80, bytes)", uint32(30111), n(44), n(3), append(append([]byte{0, 1}, oftMessage(addressWord(mule), 1000)...), 0))},
		{emit(f, wormholeCore, "LogMessagePublished(address indexed, uint64, uint32, bytes, uint8)",
			common.HexToAddress(tokenBridge), uint64(12), uint32(1), tokenTransfer(1, usdc, 2, 1, solana, [32]byte{}), uint8(1))},
		{emit(f, thorchain, "Deposit(address indexed, address indexed, uint256, string)", thief, zero, n(50), "=:b:bc1qmule")},
		{emit(f, basePortal, deposited, thief, mule, n(0), opaque(50, 40, nil))},
		{emit(f, arbInbox, inboxABI, n(8), append(mule[:], common.LeftPadBytes(n(50).Bytes(), 32)...))},
		{emit(f, arbBridge, messageABI, n(8), [32]byte{}, common.HexToAddress(arbInbox), uint8(12), thief, [32]byte{}, n(1), uint64(2))},
		{emit(f, stateSender, stateSynced, n(7), mule, []byte{})},
		{dln(f, 8453, mule[:], true)}, {lifi(f, mule, 8453)},
		{emit(f, anyRouterV4, "LogAnySwapOut(address indexed, address indexed, string, uint256, uint256, uint256)", usdc, thief, "0x", n(50), n(1), n(56))},
		{emit(f, flipVault, "SwapNative(uint32, bytes, uint32, uint256, address indexed, bytes)", uint32(3), []byte("bc1qmule"), uint32(5), n(50), thief, []byte{})},
		{emit(f, scrollL1, scrollSent, thief, mule, n(50), n(9), n(1), []byte("call"))},
	}
	for _, s := range seeds {
		l := s[0]
		var topics []byte
		for _, t := range l.Topics {
			topics = append(topics, t[:]...)
		}
		f.Add(uint64(1), l.Address[:], topics, l.Data, []byte{})
	}
	companions := []*types.Log{seeds[7][0], seeds[8][0]}
	f.Fuzz(func(t *testing.T, chainID uint64, emitter, topics, data, more []byte) {
		l := &types.Log{Address: common.BytesToAddress(emitter), Data: data}
		for len(topics) >= 32 && len(l.Topics) < 4 {
			l.Topics, topics = append(l.Topics, common.BytesToHash(topics[:32])), topics[32:]
		}
		sent := &types.Log{Address: l.Address, Topics: l.Topics, Data: more}
		logs := append([]*types.Log{l, sent}, companions...)
		a, unread := chain.Crossings(chainID, logs)
		b, again := chain.Crossings(chainID, logs)
		if len(a) != len(b) || len(unread) != len(again) {
			t.Fatal("not the same twice")
		}
		for i := range a {
			if a[i].String() != b[i].String() || a[i].Destination == "" && a[i].Known {
				t.Errorf("want a destination: %+v", a[i])
			}
			if a[i].Mapping != nil && a[i].Mapped(more) != (len(more) == 32 && a[i].Known) {
				t.Errorf("mapped by %x: %+v", more, a[i])
			}
			if a[i].Nameless() {
				a[i] = a[i].Toward(1)
			}
			for _, o := range logs {
				a[i].Arrival.Is(o)
				if a[i].Arrival.First != nil && a[i].Arrival.First.Is(o) {
					a[i].Arrival.First.Next(o)
				}
			}
		}
	})
}
