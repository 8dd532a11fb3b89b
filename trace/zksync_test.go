package trace_test

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain/chaintest"
	"losstracer/trace"
	"losstracer/trace/flow"
)

var (
	zkDiamond = common.HexToAddress("0x32400084c286cf3e17e7b677ea9583e60a000324")
	zkLegacy  = common.HexToAddress("0x57891966931eb4bb6fb81430e6ce0a03aabde063")
	zkShared  = common.HexToAddress("0xd7f9f54194c633f36ccd5f3da84ad4a1c38cb2cb")
	zkVault   = common.HexToAddress("0xbed1eb542f9a5aa6419ff3deb921a372681111f6")
	zkVaultL2 = common.HexToAddress("0x0000000000000000000000000000000000010004")
	zkBridge  = common.HexToAddress("0x11f943b2c77b743ab90f4a0ae7d5a4e7fca3e102")
	zkCoin    = common.HexToAddress("0x000000000000000000000000000000000000800a")
	usdcEra   = common.HexToAddress("0x3355df6d4c9c3035724fd0e3914de96a5a83aaf4")
	zkTx      = common.HexToHash("0x2e27")
	// By what the vaults call ether, as explorers have it.
	zkEtherID = common.HexToHash("0x05e1c3ae4b9732444ae25217ac7666e46fa365fee1768de00c9fcb65532b7609")
)

func padded(v int64) []byte { return word(v).Bytes() }

// zkRequest is what Era's contract logs of a tx that it will make.
func zkRequest(t *testing.T, from, to common.Address, value, given int64) chaintest.Log {
	word := func(a common.Address) *big.Int { return new(big.Int).SetBytes(a[:]) }
	head := packed(t, "uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256 uint256",
		whole(255), word(from), word(to), whole(1), whole(1), whole(1), whole(0), whole(0), whole(3), whole(value), whole(given), whole(0), whole(0), whole(0))
	data := packed(t, "uint256 bytes32 uint256 uint256 uint256", whole(3), zkTx, whole(1), whole(5*32), whole(5*32))
	return chaintest.Log{
		Address: zkDiamond, Data: append(data, head...),
		Topics: topics("NewPriorityRequest(uint256,bytes32,uint64,(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256[4],bytes,bytes,uint256[],bytes,bytes),bytes[])"),
	}
}

// zkToken is by what the vaults call a token of Ethereum.
func zkToken(token common.Address) common.Hash {
	return crypto.Keccak256Hash(padded(1), common.LeftPadBytes(zkVaultL2[:], 32), common.LeftPadBytes(token[:], 32))
}

// What is given to ZKsync's bridges is followed into the tx that the deposit names,
// also where it comes out with who gave it.
func TestZkSyncDepositIsFollowed(t *testing.T) {
	t.Parallel()
	era := word(324)
	onEra := func(coin bool, owner common.Address) *chaintest.Fixture {
		b := chaintest.NewBuilder(324)
		b.Token(usdcEra, "USDC", 6)
		b.Block(500, 1_700_000_060)
		tx := chaintest.Tx{Hash: zkTx, From: owner, To: &owner, Logs: []chaintest.Log{
			{Address: zkCoin, Topics: topics("Mint(address,uint256)", addressTopic(owner)), Data: padded(990)},
			{Address: zkCoin, Topics: topics("Mint(address,uint256)", addressTopic(relayer)), Data: padded(10)},
		}}
		if !coin {
			tx = chaintest.Tx{Hash: zkTx, From: relayer, To: &zkBridge, Logs: []chaintest.Log{chaintest.TransferLog(usdcEra, common.Address{}, owner, whole(1000))}}
		}
		b.Add(tx)
		b.Block(600, 1_700_000_400)
		if coin {
			b.Open(owner, whole(990), 0)
			b.Send(owner, counter, whole(990))
		} else {
			b.SendToken(usdcEra, owner, counter, whole(1000))
		}
		return b.Fixture(3000)
	}
	for _, test := range []struct {
		name  string
		into  common.Address // where the trace ends here
		ether bool
		owner common.Address
		logs  []chaintest.Log
	}{
		{"ether into Era's contract", zkDiamond, true, mule, []chaintest.Log{zkRequest(t, mule, mule, 990, 1000)}},
		{"ether for somebody else", zkDiamond, true, courier, []chaintest.Log{zkRequest(t, mule, courier, 990, 1000)}},
		{"ether into the vault", zkVault, true, mule, []chaintest.Log{
			{Address: zkVault, Topics: topics("BridgeBurn(uint256,bytes32,address,address,uint256)", era, zkEtherID, addressTopic(mule)), Data: append(padded(0), padded(1000)...)},
			zkRequest(t, mule, mule, 990, 1000),
		}},
		{"a token into the bridge of before", zkLegacy, false, courier, []chaintest.Log{
			zkRequest(t, stranger, zkBridge, 0, 10),
			{
				Address: zkLegacy, Topics: topics("DepositInitiated(bytes32,address,address,address,uint256)", zkTx, addressTopic(mule), addressTopic(courier)),
				Data: packed(t, "address uint256", usdcHome, whole(1000)),
			},
		}},
		{"a token into the shared bridge", zkShared, false, courier, []chaintest.Log{
			{
				Address: zkShared, Topics: topics("BridgehubDepositInitiated(uint256,bytes32,address,address,address,uint256)", era, common.Hash{7}, addressTopic(mule)),
				Data: packed(t, "address address uint256", courier, usdcHome, whole(1000)),
			},
			zkRequest(t, stranger, zkBridge, 0, 10),
		}},
		{"a token into the vault", zkVault, false, courier, []chaintest.Log{
			{
				Address: zkVault, Topics: topics("BridgeBurn(uint256,bytes32,address,address,uint256)", era, zkToken(usdcHome), addressTopic(mule)),
				Data: packed(t, "address uint256", courier, whole(1000)),
			},
			zkRequest(t, stranger, zkBridge, 0, 10),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := chaintest.NewBuilder(1)
			b.Token(usdcHome, "USDC", 6)
			b.Block(10, 1_700_000_000)
			b.Open(robber, whole(1000), 0)
			b.OpenToken(usdcHome, robber, whole(1000))
			if test.ether {
				b.Send(robber, mule, whole(1000))
			} else {
				b.SendToken(usdcHome, robber, mule, whole(1000))
			}
			b.Block(11, 1_700_000_012)
			tx := chaintest.Tx{From: mule, To: &test.into, Logs: test.logs}
			if test.ether {
				tx.Value = whole(1000)
			} else {
				tx.Logs = append([]chaintest.Log{chaintest.TransferLog(usdcHome, mule, test.into, whole(1000))}, tx.Logs...)
			}
			b.Add(tx)
			out := int64(1000)
			if test.ether {
				out = 990
			}
			checkCrossing(t, b.Fixture(2000), onEra(test.ether, test.owner), "ZKsync bridge", flow.Account{ChainID: 1, Address: test.into}, 324, test.owner, out, 0)
		})
	}
}

// A withdrawal from ZKsync is followed to whichever contract pays it. Where two are
// equal nobody can say which is which.
func TestZkSyncWithdrawalIsFollowed(t *testing.T) {
	t.Parallel()
	era := word(324)
	etherPaid := chaintest.Log{Address: zkDiamond, Topics: topics("EthWithdrawalFinalized(address,uint256)", addressTopic(courier)), Data: padded(1000)}
	sharedPaid := func(token common.Address) chaintest.Log {
		return chaintest.Log{
			Address: zkShared, Topics: topics("WithdrawalFinalizedSharedBridge(uint256,address,address,uint256)", era, addressTopic(courier), addressTopic(token)), Data: padded(1000),
		}
	}
	legacyPaid := chaintest.Log{
		Address: zkLegacy, Topics: topics("WithdrawalFinalized(address,address,uint256)", addressTopic(courier), addressTopic(usdcHome)), Data: padded(1000),
	}
	vaultPaid := func(chainID int64, id common.Hash) chaintest.Log {
		return chaintest.Log{
			Address: zkVault, Topics: topics("BridgeMint(uint256,bytes32,address,uint256)", word(chainID), id), Data: packed(t, "address uint256", courier, whole(1000)),
		}
	}
	etherLeft := []chaintest.Log{{Address: zkCoin, Topics: topics("Withdrawal(address,address,uint256)", addressTopic(mule), addressTopic(courier)), Data: padded(1000)}}
	tokenLeft := []chaintest.Log{
		chaintest.TransferLog(usdcEra, mule, common.Address{}, whole(1000)),
		{Address: zkBridge, Topics: topics("WithdrawalInitiated(address,address,address,uint256)", addressTopic(mule), addressTopic(courier), addressTopic(usdcEra)), Data: padded(1000)},
	}
	vaultLeft := []chaintest.Log{
		chaintest.TransferLog(usdcEra, mule, common.Address{}, whole(1000)),
		{
			Address: zkVaultL2, Topics: topics("BridgeBurn(uint256,bytes32,address,address,uint256)", word(1), zkToken(usdcHome), addressTopic(mule)),
			Data: packed(t, "address uint256", courier, whole(1000)),
		},
	}
	one := func(l ...chaintest.Log) [][]chaintest.Log { return [][]chaintest.Log{l} }
	for _, test := range []struct {
		name  string
		ether bool
		left  []chaintest.Log
		paid  [][]chaintest.Log // txs on Ethereum, each of which pays the courier as much
		why   string            // it is not followed
	}{
		{"ether by Era's contract", true, etherLeft, one(etherPaid), ""},
		{"ether by the shared bridge", true, etherLeft, one(sharedPaid(common.HexToAddress("0x1"))), ""},
		{"ether by the vault", true, etherLeft, one(vaultPaid(324, zkEtherID)), ""},
		{"ether of another chain", true, etherLeft, one(vaultPaid(388, zkEtherID)), "it had not come out there by the end of the window"},
		{"a token beside", true, etherLeft, one(sharedPaid(usdcHome)), "it had not come out there by the end of the window"},
		{"two equal ones", true, etherLeft, [][]chaintest.Log{{etherPaid}, {etherPaid}}, "what came out there could not be told: see the warnings"},
		{"a token by the bridge of before", false, tokenLeft, one(legacyPaid), ""},
		{"a token by two contracts at once", false, tokenLeft, one(sharedPaid(usdcHome), legacyPaid), ""},
		{"a token by the vault", false, vaultLeft, one(vaultPaid(324, zkToken(usdcHome))), ""},
		{"another token by the vault", false, vaultLeft, one(vaultPaid(324, zkToken(usdcBase))), "it had not come out there by the end of the window"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := chaintest.NewBuilder(324)
			a.Token(usdcEra, "USDC", 6)
			a.Block(10, 1_700_000_000)
			a.Open(robber, whole(1000), 0)
			a.OpenToken(usdcEra, robber, whole(1000))
			tx, end := chaintest.Tx{From: mule, To: &zkCoin, Logs: test.left}, flow.Account{ChainID: 324}
			if test.ether {
				tx.Value, end.Address = whole(1000), zkCoin
				a.Send(robber, mule, whole(1000))
			} else {
				a.SendToken(usdcEra, robber, mule, whole(1000))
			}
			a.Block(11, 1_700_000_012)
			a.Add(tx)
			b := chaintest.NewBuilder(1)
			b.Token(usdcHome, "USDC", 6)
			b.Block(10, 1_700_000_000)
			b.Open(zkVault, whole(9000), 1)
			b.OpenToken(usdcHome, zkVault, whole(9000))
			for i, logs := range test.paid {
				b.Block(uint64(1000+i), 1_700_100_000+uint64(i))
				tx := chaintest.Tx{From: relayer, To: &zkVault, Logs: logs}
				if test.ether {
					tx.Calls = []chaintest.Frame{chaintest.Pays(zkVault, courier, whole(1000))}
				} else {
					tx.Logs = append([]chaintest.Log{chaintest.TransferLog(usdcHome, zkVault, courier, whole(1000))}, logs...)
				}
				b.Add(tx)
			}
			b.Block(1100, 1_700_200_000)
			if test.ether {
				b.Send(courier, counter, whole(1000))
			} else {
				b.SendToken(usdcHome, courier, counter, whole(1000))
			}
			if test.why == "" {
				checkCrossing(t, a.Fixture(2000), b.Fixture(3000), "ZKsync bridge", end, 1, courier, 1000, 0)
				return
			}
			result := followed(t, trace.FollowRequest{Sources: []common.Address{robber}, Endpoints: []trace.Endpoint{
				endpoint(t, chaintest.Serve(t, a.Fixture(2000))), endpoint(t, chaintest.Serve(t, b.Fixture(3000))),
			}})
			if len(result.Terminals) != 1 || len(result.Terminals[0].Onward) != 1 || result.Terminals[0].Onward[0].Why != test.why {
				t.Errorf("want %q, got %+v, warnings %q", test.why, result.Terminals, result.Warnings)
			}
		})
	}
}
