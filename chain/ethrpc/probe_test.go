package ethrpc_test

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

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
	node.Call(nil, "eth_sendTransaction", map[string]any{"from": accounts[0], "to": accounts[1], "value": "0x1"})
	node.Call(nil, "anvil_mine", "0x3")

	p, c := probe(t, url)
	if p.ChainID != 1 || !strings.HasPrefix(p.Client, "anvil/") || p.Genesis == (common.Hash{}) || p.Head.Number != 4 || !p.Archive() {
		t.Errorf("probe: %+v", p)
	}
	for _, method := range []string{
		"eth_getLogs", "eth_getBlockReceipts", "eth_getProof", "trace_block",
		"debug_traceBlockByNumber", "debug_traceTransaction", "eth_simulateV1", "ots_getApiLevel", "trace_filter",
	} {
		if !p.Can(method) {
			t.Errorf("%s: %s", method, p.Offer(method).Why)
		}
	}
	if o := p.Offer("alchemy_getAssetTransfers"); o.Usable || o.Why == "" {
		t.Errorf("alchemy_getAssetTransfers: %+v", o)
	}
	if got := c.Requests().HTTP; got > 3 {
		t.Errorf("%d requests, want at most 3", got)
	}

	// What was not there when it was tried may be there later.
	before := p.Head
	node.Call(nil, "anvil_mine", hexutil.EncodeUint64(2000))
	o, err := p.Recheck(t.Context(), c, "trace_filter")
	if err != nil || !o.Usable || p.Head != before {
		t.Errorf("recheck: %+v, %v", o, err)
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
	if p.Archive() || p.OldestState < 1000 || p.StateWhy == "" {
		t.Errorf("oldest state %d, %q: anvil forgets, unless told not to", p.OldestState, p.StateWhy)
	}
	if o := p.Offer("debug_traceTransaction"); !o.Usable || !strings.Contains(o.Why, "no tx") {
		t.Errorf("debug_traceTransaction: %+v, want it usable as far as can be seen without a tx", o)
	}
}
