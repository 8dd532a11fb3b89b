package trace_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain/chaintest"
	"losstracer/trace/flow"
)

var (
	mantleBridge    = common.HexToAddress("0x95fc37a27a2f68e3a647cdc081f0a89bb47c3012")
	mantlePortal    = common.HexToAddress("0xc54cb22944f2be476e02decfcd7e3e7d3e15a8fb")
	mantleMessenger = common.HexToAddress("0x676a795fe6e43c17c668de16730c3f690feb7120")
	opBridgeL2      = common.HexToAddress("0x4200000000000000000000000000000000000010")
	opMessengerL2   = common.HexToAddress("0x4200000000000000000000000000000000000007")
	opPasserL2      = common.HexToAddress("0x4200000000000000000000000000000000000016")
	mntHome         = common.HexToAddress("0x3c3a81e81dc49a522a592e7622a7e711c06bf354")
	etherOnMantle   = common.HexToAddress("0xdeaddeaddeaddeaddeaddeaddeaddeaddead1111")
)

// mantleMessage is what Mantle's messenger logs of a message, and the hash by which
// the other one names it.
func mantleMessage(t *testing.T, messenger, bridge, other common.Address, nonce, mnt, ether int64) (logs []chaintest.Log, hash common.Hash) {
	nonced := new(big.Int).Add(new(big.Int).Lsh(whole(1), 240), whole(nonce))
	message := []byte("finalize what was told")
	call := slices.Concat(crypto.Keccak256([]byte("relayMessage(uint256,address,address,uint256,uint256,uint256,bytes)"))[:4],
		packed(t, "uint256 address address uint256 uint256 uint256 bytes", nonced, bridge, other, whole(mnt), whole(ether), whole(200_000), message))
	return []chaintest.Log{
		{
			Address: messenger, Topics: topics("SentMessage(address,address,bytes,uint256,uint256)", addressTopic(other)),
			Data: packed(t, "address bytes uint256 uint256", bridge, message, nonced, whole(200_000)),
		},
		{
			Address: messenger, Topics: topics("SentMessageExtension1(address,uint256,uint256)", addressTopic(bridge)),
			Data: packed(t, "uint256 uint256", whole(mnt), whole(ether)),
		},
	}, crypto.Keccak256Hash(call)
}

func relayed(messenger common.Address, hash common.Hash) chaintest.Log {
	return chaintest.Log{Address: messenger, Topics: topics("RelayedMessage(bytes32)", hash)}
}

// What Mantle's bridge is given on either side is followed to where its message was
// relayed, and to no other payment of as much.
func TestMantleIsFollowed(t *testing.T) {
	t.Parallel()
	deposited := func(t *testing.T, signature string, pays func(*chaintest.Tx), mnt, ether int64) (*chaintest.Fixture, common.Hash) {
		b := chaintest.NewBuilder(1)
		b.Token(mntHome, "MNT", 18)
		b.Block(10, 1_700_000_000)
		b.Open(robber, whole(1000), 0)
		b.OpenToken(mntHome, robber, whole(1000))
		sent, hash := mantleMessage(t, mantleMessenger, mantleBridge, opBridgeL2, 7, mnt, ether)
		tx := chaintest.Tx{From: robber, To: &mantleBridge, Logs: append([]chaintest.Log{{
			Address: mantleBridge, Topics: topics(signature, addressTopic(robber), addressTopic(courier)), Data: packed(t, "uint256 bytes", whole(1000), []byte{}),
		}}, sent...)}
		pays(&tx)
		b.Add(tx)
		return b.Fixture(2000), hash
	}
	etherIn := func(tx *chaintest.Tx) {
		tx.Value, tx.Calls = whole(1000), []chaintest.Frame{chaintest.Pays(mantleBridge, mantlePortal, whole(1000))}
	}
	mntIn := func(tx *chaintest.Tx) {
		tx.Logs = append([]chaintest.Log{
			chaintest.TransferLog(mntHome, robber, mantleBridge, whole(1000)), chaintest.TransferLog(mntHome, mantleBridge, mantlePortal, whole(1000)),
		}, tx.Logs...)
	}
	// onMantle relays another message to the courier first.
	onMantle := func(t *testing.T, hash common.Hash, coin bool) *chaintest.Fixture {
		b := chaintest.NewBuilder(5000)
		b.Token(etherOnMantle, "WETH", 18)
		for i, h := range []common.Hash{{9}, hash} {
			b.Block(uint64(500+i), 1_700_000_060+uint64(i))
			tx := chaintest.Tx{From: relayer, To: &opMessengerL2, Logs: []chaintest.Log{relayed(opMessengerL2, h)}}
			if coin {
				tx.Value = whole(1000)
				tx.Calls = []chaintest.Frame{{
					Type: "CALL", From: opMessengerL2, To: opBridgeL2, Value: (*hexutil.Big)(whole(1000)),
					Calls: []chaintest.Frame{chaintest.Pays(opBridgeL2, courier, whole(1000))},
				}}
			} else {
				tx.Logs = append([]chaintest.Log{chaintest.TransferLog(etherOnMantle, opMessengerL2, courier, whole(1000))}, tx.Logs...)
			}
			if i == 0 {
				b.Open(relayer, whole(9000), 1)
				b.OpenToken(etherOnMantle, opMessengerL2, whole(5000))
			}
			b.Add(tx)
		}
		b.Block(600, 1_700_000_400)
		if coin {
			b.Send(courier, counter, whole(1500))
		} else {
			b.SendToken(etherOnMantle, courier, counter, whole(1500))
		}
		return b.Fixture(3000)
	}
	withdrawn := func(t *testing.T, coin bool, hash common.Hash) *chaintest.Fixture {
		b := chaintest.NewBuilder(5000)
		b.Token(etherOnMantle, "WETH", 18)
		b.Block(10, 1_700_000_000)
		b.Open(robber, whole(1000), 0)
		b.OpenToken(etherOnMantle, robber, whole(1000))
		tx := chaintest.Tx{From: robber, To: &opBridgeL2}
		home, there, mnt, ether := common.Address{}, etherOnMantle, whole(0), whole(1000)
		if coin {
			home, there, mnt, ether = mntHome, common.Address{}, whole(1000), whole(0)
			tx.Value, tx.Calls = whole(1000), []chaintest.Frame{chaintest.Pays(opBridgeL2, opPasserL2, whole(1000))}
		} else {
			tx.Logs = []chaintest.Log{
				chaintest.TransferLog(etherOnMantle, robber, opBridgeL2, whole(1000)), chaintest.TransferLog(etherOnMantle, opBridgeL2, common.Address{}, whole(1000)),
			}
		}
		tx.Logs = append(tx.Logs, chaintest.Log{
			Address: opBridgeL2, Topics: topics("WithdrawalInitiated(address,address,address,address,uint256,bytes)", addressTopic(home), addressTopic(there), addressTopic(robber)),
			Data: packed(t, "address uint256 bytes", courier, whole(1000), []byte{}),
		}, chaintest.Log{
			Address: opPasserL2,
			Topics:  topics("MessagePassed(uint256,address,address,uint256,uint256,uint256,bytes,bytes32)", common.BigToHash(whole(7)), addressTopic(opMessengerL2), addressTopic(mantleMessenger)),
			Data:    packed(t, "uint256 uint256 uint256 bytes bytes32", mnt, ether, whole(200_000), []byte("relay"), hash),
		})
		b.Add(tx)
		return b.Fixture(2000)
	}
	onEthereum := func(coin bool, hash common.Hash) *chaintest.Fixture {
		b := chaintest.NewBuilder(1)
		b.Token(mntHome, "MNT", 18)
		b.Block(10, 1_700_000_000)
		b.Open(mantlePortal, whole(9000), 1)
		b.OpenToken(mntHome, mantlePortal, whole(9000))
		for i, h := range []common.Hash{{9}, hash} {
			b.Block(uint64(1000+i), 1_700_100_000+uint64(i))
			tx := chaintest.Tx{From: relayer, To: &mantlePortal, Logs: []chaintest.Log{{
				Address: mantlePortal, Topics: topics("WithdrawalFinalized(bytes32,bool)", h), Data: common.LeftPadBytes([]byte{1}, 32),
			}}}
			if coin {
				tx.Logs = append([]chaintest.Log{
					chaintest.TransferLog(mntHome, mantlePortal, mantleMessenger, whole(1000)), chaintest.TransferLog(mntHome, mantleMessenger, courier, whole(1000)),
				}, tx.Logs...)
			} else {
				tx.Calls = []chaintest.Frame{{
					Type: "CALL", From: mantlePortal, To: mantleBridge, Value: (*hexutil.Big)(whole(1000)),
					Calls: []chaintest.Frame{chaintest.Pays(mantleBridge, courier, whole(1000))},
				}}
			}
			b.Add(tx)
		}
		b.Block(1100, 1_700_200_000)
		if coin {
			b.SendToken(mntHome, courier, counter, whole(1500))
		} else {
			b.Send(courier, counter, whole(1500))
		}
		return b.Fixture(3000)
	}
	passed := common.HexToHash("0x77")
	etherHome, etherSent := deposited(t, "ETHDepositInitiated(address,address,uint256,bytes)", etherIn, 0, 1000)
	mnt, mntSent := deposited(t, "MNTDepositInitiated(address,address,uint256,bytes)", mntIn, 1000, 0)
	for _, test := range []struct {
		name     string
		from, to *chaintest.Fixture
		end      flow.Account // where the trace ends here
		there    uint64
	}{
		{"ether to Mantle", etherHome, onMantle(t, etherSent, false), flow.Account{ChainID: 1, Address: mantleBridge}, 5000},
		{"MNT to Mantle", mnt, onMantle(t, mntSent, true), flow.Account{ChainID: 1, Address: mantleBridge}, 5000},
		{"ether from Mantle", withdrawn(t, false, passed), onEthereum(false, passed), flow.Account{ChainID: 5000, Address: opBridgeL2}, 1},
		{"MNT from Mantle", withdrawn(t, true, passed), onEthereum(true, passed), flow.Account{ChainID: 5000, Address: opBridgeL2}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// The first thousand that came is another's.
			checkCrossing(t, test.from, test.to, "OP Stack bridge", test.end, test.there, courier, 500, 500)
		})
	}
}
