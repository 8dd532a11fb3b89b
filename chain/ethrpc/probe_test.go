package ethrpc_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	ethereum "github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
)

func probe(t *testing.T, url string) (*ethrpc.Capabilities, *ethrpc.Client) {
	t.Helper()
	c, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p, err := ethrpc.Probe(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func TestProbeAnvil(t *testing.T) {
	t.Parallel()
	url := chaintest.Anvil(t, "--chain-id", "1")
	node := chaintest.Steer(t, url)
	var accounts []common.Address
	node.Call(&accounts, "eth_accounts")
	node.Receipt(node.Send(accounts[0], &accounts[1], common.Big1, nil))
	node.Mine(3)

	p, c := probe(t, url)
	if p.ChainID != 1 || !strings.HasPrefix(p.Client, "anvil/") || p.Genesis == (common.Hash{}) || p.Head.Number != 4 || p.OldestState > 1 || p.StateWhy != "" {
		t.Errorf("probe: %+v", p)
	}
	for _, method := range []string{
		"eth_getLogs", "eth_getBlockReceipts", "eth_getProof", "trace_block",
		"debug_traceBlockByNumber", "debug_traceTransaction", "eth_simulateV1", "ots_getApiLevel", "trace_filter",
	} {
		if !p.Offer(method).Usable {
			t.Errorf("%s: %s", method, p.Offer(method).Why)
		}
	}
	if o := p.Offer("alchemy_getAssetTransfers"); o.Usable || o.Why == "" {
		t.Errorf("alchemy_getAssetTransfers: %+v", o)
	}
	if got := c.Requests().HTTP; got > 3 {
		t.Errorf("%d requests, want at most 3", got)
	}
}

func TestProbeSeesLimits(t *testing.T) {
	t.Parallel()
	url := chaintest.Anvil(t, "--prune-history", "5")
	node := chaintest.Steer(t, url)
	node.Call(nil, "anvil_mine", hexutil.EncodeUint64(1500))
	node.Call(nil, "anvil_setBalance", common.Address{}, "0x1")
	node.Call(nil, "anvil_mine", hexutil.EncodeUint64(100))
	p, _ := probe(t, url)
	if o := p.Offer("trace_filter"); !o.Usable || o.Blocks != 300 {
		t.Errorf("trace_filter: %+v, want a limit of 300", o)
	}
	if p.OldestState < 1000 || p.StateWhy == "" {
		t.Errorf("oldest state %d, %q: anvil forgets, unless told not to", p.OldestState, p.StateWhy)
	}
	if o := p.Offer("debug_traceTransaction"); !o.Usable || !strings.Contains(o.Why, "no tx") {
		t.Errorf("debug_traceTransaction: %+v, want it usable as far as can be seen without a tx", o)
	}
}

// TestLogsOfAnvil compares with go-ethereum's client on a real node, over the
// logs of init code that emits some and makes no contract.
func TestLogsOfAnvil(t *testing.T) {
	t.Parallel()
	url := chaintest.Anvil(t)
	node := chaintest.Steer(t, url)
	var accounts []common.Address
	node.Call(&accounts, "eth_accounts")
	for i := range 30 {
		// PUSH1 topic, PUSH1 size, PUSH1 offset, LOG1; three times.
		code := strings.Repeat(fmt.Sprintf("60%02x60%02x6000a1", i%4, i), 3)
		node.Receipt(node.Send(accounts[0], nil, new(big.Int), common.FromHex(code)))
		node.Mine(uint64(i % 3))
	}
	c, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	theirs, err := ethclient.DialContext(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	head, err := theirs.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, topics := range [][][]common.Hash{nil, {{common.BigToHash(common.Big1), common.BigToHash(common.Big3)}}, {{}, {}}, {{common.BigToHash(common.Big256)}}} {
		want, err := theirs.FilterLogs(t.Context(), ethereum.FilterQuery{FromBlock: common.Big0, ToBlock: new(big.Int).SetUint64(head), Topics: topics})
		if err != nil {
			t.Fatal(err)
		}
		var got []types.Log
		_, err = c.Logs(t.Context(), ethrpc.LogQuery{To: head, Topics: topics}, func(l *types.Log) error {
			got = append(got, *ethrpc.CloneLog(l))
			return nil
		})
		if err != nil {
			t.Fatalf("topics %v: %v", topics, err)
		}
		if len(topics) < 2 && (len(want) == 0) != (len(topics) == 1 && len(topics[0]) == 1) {
			t.Errorf("topics %v: the node gave %d logs", topics, len(want))
		}
		if len(topics) == 2 {
			continue // nodes do not agree about positions without a topic at the end
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("topics %v (-want +got)\n%s", topics, diff)
		}
	}
	// anvil answers for blocks that it does not have.
	if _, err := c.Logs(t.Context(), ethrpc.LogQuery{To: head + 1}, func(*types.Log) error { return nil }); !errors.Is(err, ethrpc.ErrNoBlock) {
		t.Errorf("beyond the head: %v", err)
	}
}
