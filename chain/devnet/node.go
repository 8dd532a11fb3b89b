package devnet

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // registers callTracer and prestateTracer
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"
)

// Node is a running archive node with one chain.
type Node struct {
	stack *node.Node
}

// Start imports a chain into a new node, which serves it until closed. The
// whole chain counts as finalized. Nothing is written to disk, and nothing but
// the loopback interface is listened on.
func Start(c *Chain) (*Node, error) {
	stack, err := node.New(&node.Config{
		Name:        "Geth", // the client version begins with it
		HTTPHost:    "127.0.0.1",
		HTTPModules: []string{"eth", "debug", "net", "web3"},
		P2P:         p2p.Config{NoDiscovery: true},

		BatchRequestLimit:    node.DefaultConfig.BatchRequestLimit,
		BatchResponseMaxSize: node.DefaultConfig.BatchResponseMaxSize,
		HTTPTimeouts:         rpc.DefaultHTTPTimeouts,
	})
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	if err := serve(stack, c); err != nil {
		return nil, errors.Join(fmt.Errorf("start node: %w", err), stack.Close())
	}
	return &Node{stack}, nil
}

func serve(stack *node.Node, c *Chain) error {
	backend, err := eth.New(stack, archive(c))
	if err != nil {
		return err
	}
	stack.RegisterAPIs(tracers.APIs(backend.APIBackend))
	stack.RegisterAPIs([]rpc.API{{
		Namespace: "eth",
		Service:   filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{})),
	}})
	if err := stack.Start(); err != nil {
		return err
	}
	bc := backend.BlockChain()
	if n, err := bc.InsertChain(c.blocks); err != nil {
		return fmt.Errorf("import block %d: %w", n+1, err)
	}
	if got, want := bc.CurrentBlock().Hash(), c.Head().Hash; got != want {
		return fmt.Errorf("import chain: head is %s, want %s", got, want)
	}
	bc.SetSafe(bc.CurrentBlock())
	bc.SetFinalized(bc.CurrentBlock())
	backend.SetSynced()
	return indexed(bc)
}

// indexed waits until the txs can be found by their hashes: the node sees to
// that behind the import's back, and says that it is syncing until then.
func indexed(bc *core.BlockChain) error {
	for range 6000 {
		// Until it has heard of the last block it calls itself done as well.
		p, err := bc.TxIndexProgress()
		if err != nil || p.Done() && p.Indexed > bc.CurrentBlock().Number.Uint64() {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the txs were not indexed within a minute")
}

// archive is the configuration of a node that keeps the state of every block.
// Only the hash scheme does: with path-based storage, balances more than 128
// blocks back are gone whatever NoPruning says.
func archive(c *Chain) *ethconfig.Config {
	conf := ethconfig.Defaults
	conf.Genesis = c.genesis
	conf.NetworkId = ChainID
	conf.SyncMode = ethconfig.FullSync
	conf.NoPruning = true
	conf.StateScheme = rawdb.HashScheme
	conf.Preimages = true
	conf.RPCEVMTimeout = time.Minute // a busy machine is no reason to break off
	conf.LogNoHistory = true         // search logs block by block: the index is built behind the import's back
	conf.TrieCleanCache, conf.TrieDirtyCache, conf.SnapshotCache = 16, 16, 0
	conf.TxPool.NoLocals, conf.TxPool.Journal = true, ""
	conf.BlobPool.Datadir = ""
	return &conf
}

// URL returns the address of the node's JSON-RPC interface.
func (n *Node) URL() string { return n.stack.HTTPEndpoint() }

// Close stops the node. Its chain can be started again.
func (n *Node) Close() error {
	if err := n.stack.Close(); err != nil {
		return fmt.Errorf("close node: %w", err)
	}
	return nil
}

// Serve starts a node for a test, which ends with it, and returns its URL.
func Serve(t testing.TB, c *Chain) string {
	t.Helper()
	n, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n.URL()
}
