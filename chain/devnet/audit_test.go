package devnet_test

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/chain/devnet"
)

// serve plays a story and starts a node with its chain.
func serve(t *testing.T, play func() (*devnet.Scenario, error)) (*devnet.Scenario, *ethclient.Client) {
	t.Helper()
	s, err := play()
	if err != nil {
		t.Fatal(err)
	}
	return s, dial(t, s.Chain)
}

func dial(t *testing.T, c *devnet.Chain) *ethclient.Client {
	t.Helper()
	client, err := ethclient.Dial(devnet.Serve(t, c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// moved is a movement as both the story and the chain can tell it.
type moved struct {
	Block, Time  uint64
	Index        uint32
	Tx           common.Hash
	From, To     common.Address
	Asset, Units string
	Fee          bool
}

func compareMoved(a, b moved) int {
	return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Index, b.Index),
		cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
}

// auditMovements holds what a story tells against every movement of the chain
// that touches its attackers and victims: neither may have one more.
func auditMovements(t *testing.T, s *devnet.Scenario, client *ethclient.Client) {
	t.Helper()
	own := slices.Concat(s.Attackers, s.Victims)
	var want, got []moved
	for _, m := range s.Movements {
		want = append(want, moved{m.Block, m.Time, m.Index, m.Hash, m.Sender, m.To, m.Asset.String(), m.Units.String(), m.Class == devnet.Fee})
	}
	for _, tr := range readTransfers(t, client, s.Chain) {
		from, _ := tr.Sender()
		to, _ := tr.Recipient()
		if slices.Contains(own, from) || slices.Contains(own, to) && to != (common.Address{}) {
			got = append(got, moved{tr.Block, tr.Time, tr.TxIndex, tr.Tx, from, to, tr.Asset.String(), tr.Units.Dec(), tr.Kind == chain.KindFee})
		}
	}
	slices.SortFunc(want, compareMoved)
	slices.SortFunc(got, compareMoved)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("movements told and seen (-want +got):\n%s", diff)
	}
}

type frame struct {
	Type     string
	From, To common.Address
	Value    *hexutil.Big
	Error    string
	Calls    []frame
}

func (f frame) decode() chain.CallFrame {
	c := chain.CallFrame{Type: f.Type, From: f.From, To: f.To, Failed: f.Error != ""}
	if f.Value != nil {
		c.Value = *uint256.MustFromBig(f.Value.ToInt())
	}
	for _, call := range f.Calls {
		c.Calls = append(c.Calls, call.decode())
	}
	return c
}

// readTransfers reads the whole chain from the node: receipts, txs, traces.
func readTransfers(t *testing.T, client *ethclient.Client, c *devnet.Chain) []chain.Transfer {
	t.Helper()
	network, _ := chain.NetworkByID(devnet.ChainID)
	var all []chain.Transfer
	for _, b := range c.Blocks()[1:] {
		block, err := client.BlockByNumber(t.Context(), new(big.Int).SetUint64(b.Number))
		if err != nil {
			t.Fatal(err)
		}
		if len(block.Transactions()) == 0 {
			continue
		}
		receipts, err := client.BlockReceipts(t.Context(), rpc.BlockNumberOrHashWithHash(b.Hash, true))
		if err != nil {
			t.Fatal(err)
		}
		var traces []struct{ Result frame }
		err = client.Client().CallContext(t.Context(), &traces, "debug_traceBlockByNumber", hexutil.Uint64(b.Number), callTracer)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range receipts {
			tx := describe(t, block, r, b)
			root := traces[i].Result.decode()
			logs, unread := chain.Decoder{Network: network}.Logs(r.Logs, func(uint64) uint64 { return b.Time })
			if len(unread) > 0 {
				t.Fatal(unread[0])
			}
			all = append(all, chain.TxTransfers(&tx)...)
			all = append(all, chain.FrameTransfers(tx.At(), &root)...)
			all = append(all, logs...)
		}
	}
	return all
}

var callTracer = map[string]any{"tracer": "callTracer"}

func describe(t *testing.T, block *types.Block, r *types.Receipt, b chain.Block) chain.Tx {
	t.Helper()
	tx := block.Transactions()[r.TransactionIndex]
	from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
	if err != nil {
		t.Fatal(err)
	}
	d := chain.Tx{
		ChainID: devnet.ChainID, Block: b.Number, BlockHash: b.Hash, Time: b.Time,
		Hash: tx.Hash(), Index: uint32(r.TransactionIndex), From: from, To: tx.To(),
		Value: *uint256.MustFromBig(tx.Value()), Failed: r.Status == types.ReceiptStatusFailed,
	}
	if tx.To() == nil {
		d.Created = &r.ContractAddress
	}
	d.Fee = *uint256.MustFromBig(new(big.Int).Mul(r.EffectiveGasPrice, new(big.Int).SetUint64(r.GasUsed)))
	return d
}

// auditBalances holds the movements against balances: for every attacker and
// victim, what was held at the start plus what came less what went must be
// what is held at the end. Assets that do not keep to their events are left out.
func auditBalances(t *testing.T, s *devnet.Scenario, client *ethclient.Client, except ...chain.AssetID) {
	t.Helper()
	type holding struct {
		account common.Address
		asset   chain.AssetID
	}
	change := map[holding]*big.Int{}
	add := func(h holding, units *big.Int) {
		if change[h] == nil {
			change[h] = new(big.Int)
		}
		change[h].Add(change[h], units)
	}
	for _, m := range s.Movements {
		add(holding{m.Sender, m.Asset}, new(big.Int).Neg(m.Units))
		if m.Class != devnet.Fee {
			add(holding{m.To, m.Asset}, m.Units)
		}
	}
	head := s.Chain.Head().Number
	for h, want := range change {
		if !slices.Contains(slices.Concat(s.Attackers, s.Victims), h.account) || slices.Contains(except, h.asset) {
			continue
		}
		got := balance(t, client, h.account, h.asset, head)
		got.Sub(got, balance(t, client, h.account, h.asset, 0))
		if got.Cmp(want) != 0 {
			t.Errorf("balance of %s in %s changed by %s, movements make it %s", h.account, h.asset, got, want)
		}
	}
}

// balance asks for a balance after a block. A token that does not stand there
// yet holds nothing for anybody.
func balance(t *testing.T, client *ethclient.Client, account common.Address, asset chain.AssetID, block uint64) *big.Int {
	t.Helper()
	number := new(big.Int).SetUint64(block)
	if asset.Kind() == chain.Native {
		wei, err := client.BalanceAt(t.Context(), account, number)
		if err != nil {
			t.Fatal(err)
		}
		return wei
	}
	data := append(crypto.Keccak256([]byte("balanceOf(address)"))[:4], common.LeftPadBytes(account[:], 32)...)
	return new(big.Int).SetBytes(call(t.Context(), t, client, asset.Contract(), data, number))
}

func call(ctx context.Context, t *testing.T, client *ethclient.Client, to common.Address, data []byte, block *big.Int) []byte {
	t.Helper()
	answer, err := client.CallContract(ctx, ethereum.CallMsg{To: &to, Data: data}, block)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
