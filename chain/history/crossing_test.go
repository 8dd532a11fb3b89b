package history_test

import (
	"encoding/binary"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

func sourceOf(t *testing.T, f *chaintest.Fixture, options ...chaintest.Option) *history.Source {
	t.Helper()
	client, err := ethrpc.New(chaintest.Serve(t, f, options...), ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return history.New(client, history.Options{})
}

func wordOf(v int64) []byte { return common.LeftPadBytes(big.NewInt(v).Bytes(), 32) }

func join(words ...[]byte) (out []byte) {
	for _, w := range words {
		out = append(out, w...)
	}
	return out
}

func signed(signature string, indexed ...common.Hash) []common.Hash {
	return append([]common.Hash{crypto.Keccak256Hash([]byte(signature))}, indexed...)
}

// A passenger of Stargate's bus crosses with the bus that leaves later: it is
// looked for on the chain of departure first.
func TestBusArrives(t *testing.T) {
	t.Parallel()
	messaging := common.HexToAddress("0x6d6620efa72948c5f68a3c8646d58c00d3f4a980")
	pool := common.HexToAddress("0xce8cca271ebc0533920c83d39f417ed6a0abb7d0")
	rider, driver := common.HexToAddress("0x11"), common.HexToAddress("0x22")
	guid := common.HexToHash("0x901d")
	passenger := append(join([]byte{0, 1}, common.LeftPadBytes(rider[:], 32), binary.BigEndian.AppendUint64(nil, 5)), 0)
	a := chaintest.NewBuilder(1)
	a.Block(10, 1_700_000_000)
	rode := a.Add(chaintest.Tx{From: rider, To: &messaging, Logs: []chaintest.Log{{
		Address: messaging, Topics: signed("BusRode(uint32,uint72,uint80,bytes)"),
		Data: join(wordOf(30111), wordOf(7), wordOf(1), wordOf(128), wordOf(int64(len(passenger))), common.RightPadBytes(passenger, 64)),
	}}})
	a.Block(90, 1_700_001_000)
	drive := func(start int64, id common.Hash) {
		a.Add(chaintest.Tx{From: driver, To: &messaging, Logs: []chaintest.Log{{
			Address: messaging, Topics: signed("BusDriven(uint32,uint72,uint8,bytes32)"), Data: join(wordOf(30111), wordOf(start), wordOf(4), id[:]),
		}}})
	}
	drive(1, common.HexToHash("0xbad"))
	drive(5, guid)
	b := chaintest.NewBuilder(10)
	b.Block(400, 1_700_001_060)
	receive := func(id common.Hash, to common.Address) common.Hash {
		return b.Add(chaintest.Tx{From: driver, To: &pool, Logs: []chaintest.Log{{
			Address: pool, Topics: signed("OFTReceived(bytes32,uint32,address,uint256)", id, common.BytesToHash(to[:])), Data: join(wordOf(30101), wordOf(5)),
		}}})
	}
	receive(guid, driver)
	want := receive(guid, rider)
	here, there := sourceOf(t, a.Fixture(2000)), sourceOf(t, b.Fixture(2000))

	found, err := here.Crossings(t.Context(), rode)
	if err != nil || len(found) != 1 {
		t.Fatalf("want one crossing, got %v, %v", found, err)
	}
	departed := time.Unix(1_700_000_000, 0)
	if _, err := here.Announced(t.Context(), &found[0], 80); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("before the bus leaves: want ErrNotFound, got %v", err)
	}
	next, err := here.Announced(t.Context(), &found[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := there.Arrived(t.Context(), next, departed, 0); err != nil || got != want {
		t.Errorf("want %s, got %s, %v", want, got, err)
	}
	if _, err := there.Arrived(t.Context(), next, departed, 399); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("in a window that ends before: want ErrNotFound, got %v", err)
	}
	if _, err := there.Arrived(t.Context(), found[0].Arrival, departed, 0); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("without the bus: want ErrNotFound, got %v", err)
	}
}

// Of the txs that try to redeem a ticket the one that did is the arrival.
func TestTicketIsRedeemed(t *testing.T) {
	t.Parallel()
	precompile, who := common.HexToAddress("0x6e"), common.HexToAddress("0x11")
	ticket := common.HexToHash("0x71c")
	first, second := common.HexToHash("0x1f"), common.HexToHash("0x2f")
	b := chaintest.NewBuilder(42161)
	schedule := func(retry common.Hash) {
		b.Add(chaintest.Tx{From: who, To: &precompile, Logs: []chaintest.Log{{
			Address: precompile,
			Topics:  signed("RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)", ticket, retry, common.Hash{}),
			Data:    join(wordOf(1), wordOf(2), wordOf(3), wordOf(4)),
		}}})
	}
	b.Block(100, 1_700_000_100)
	schedule(first)
	b.Add(chaintest.Tx{Hash: first, From: who, To: &who, Failed: true})
	b.Block(200, 1_700_200_000)
	schedule(second)
	b.Add(chaintest.Tx{Hash: second, From: who, To: &who})
	a := chain.Arrival{
		Contracts: []common.Address{precompile},
		Topics:    [][]common.Hash{signed("RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)"), {ticket}},
		TopicIsTx: 2, Seconds: 8 * 86_400,
	}
	s := sourceOf(t, b.Fixture(5000))
	if got, err := s.Arrived(t.Context(), a, time.Unix(1_700_000_000, 0), 0); err != nil || got != second {
		t.Errorf("want %s, got %s, %v", second, got, err)
	}
	for _, direct := range []struct {
		tx common.Hash
		ok bool
	}{{second, true}, {first, false}, {common.HexToHash("0x404"), false}} {
		_, err := s.Arrived(t.Context(), chain.Arrival{Tx: direct.tx}, time.Unix(1_700_000_000, 0), 0)
		if (err == nil) != direct.ok || err != nil && !errors.Is(err, history.ErrNotFound) {
			t.Errorf("%s: got %v", direct.tx, err)
		}
	}
}

// A search that the endpoint does not answer is not "it did not arrive".
func TestArrivalCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	b := chaintest.NewBuilder(10)
	b.Block(100, 1_700_000_100)
	s := sourceOf(t, b.Fixture(200), chaintest.Without("eth_getLogs"))
	_, err := s.Arrived(t.Context(), chain.Arrival{Topics: [][]common.Hash{{{1}}}, Seconds: 60}, time.Unix(1_700_000_100, 0), 0)
	if err == nil || errors.Is(err, history.ErrNotFound) {
		t.Errorf("want the endpoint's refusal, got %v", err)
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	token := common.HexToAddress("0x70")
	b := chaintest.NewBuilder(1)
	b.Token(token, "X", 6)
	b.Block(10, 1_700_000_000)
	s := sourceOf(t, b.Fixture(20))
	if out, err := s.Call(t.Context(), token, common.Hex2Bytes("313ce567"), 15); err != nil || new(big.Int).SetBytes(out).Int64() != 6 {
		t.Errorf("decimals: got %x, %v", out, err)
	}
	if _, err := s.Call(t.Context(), common.HexToAddress("0x71"), common.Hex2Bytes("313ce567"), 15); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("where nothing is: want ErrNotFound, got %v", err)
	}
}
