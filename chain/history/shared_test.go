package history_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/params"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
)

// shared holds nodes that are started once and asked by many tests, none of
// which changes them.
type shared struct {
	mu    sync.Mutex
	made  map[string]func() (string, error)
	nodes []*devnet.Node
}

// node returns the URL of the node that plays a chain, which is made when it is
// wanted first.
func (s *shared) node(t testing.TB, name string, generate func() (*devnet.Chain, error)) string {
	t.Helper()
	s.mu.Lock()
	if s.made == nil {
		s.made = map[string]func() (string, error){}
	}
	once, known := s.made[name]
	if !known {
		once = sync.OnceValues(func() (string, error) { return s.start(generate) })
		s.made[name] = once
	}
	s.mu.Unlock()
	url, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func (s *shared) start(generate func() (*devnet.Chain, error)) (string, error) {
	c, err := generate()
	if err != nil {
		return "", err
	}
	n, err := devnet.Start(c)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes = append(s.nodes, n)
	return n.URL(), nil
}

func (s *shared) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, n := range s.nodes {
		all = append(all, n.Close())
	}
	return errors.Join(all...)
}

// plays holds the story that most tests are about.
var plays shared

func TestMain(m *testing.M) {
	code := m.Run()
	if err := plays.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// playOnNode plays a scenario on an in-process go-ethereum.
func playOnNode(t testing.TB, s *chaintest.Scenario) string {
	t.Helper()
	return playUnder(t, devnet.Prague(), s)
}

func playUnder(t testing.TB, rules *params.ChainConfig, s *chaintest.Scenario) string {
	t.Helper()
	c, err := generate(rules, s)
	if err != nil {
		t.Fatal(err)
	}
	return devnet.Serve(t, c)
}

// playOnce plays each scenario once, however often it is asked for, until the
// test ends.
func playOnce(t *testing.T) func(testing.TB, *chaintest.Scenario) string {
	nodes := &shared{}
	t.Cleanup(func() {
		if err := nodes.close(); err != nil {
			t.Error(err)
		}
	})
	return func(t testing.TB, s *chaintest.Scenario) string {
		return nodes.node(t, s.Name, func() (*devnet.Chain, error) { return generate(devnet.Prague(), s) })
	}
}

func generate(rules *params.ChainConfig, s *chaintest.Scenario) (*devnet.Chain, error) {
	return devnet.GenerateUnder(rules, s.Alloc, s.Times(), func(n int, b *core.BlockGen) {
		for _, tx := range s.Blocks[n-1].Txs {
			b.AddTx(tx)
		}
		for _, w := range s.Blocks[n-1].Withdrawals {
			b.AddWithdrawal(w)
		}
	})
}

// theft is a story on a real node, and the question about it.
type theft struct {
	story *devnet.Scenario
	url   string
	query chain.Query
}

var hotWalletTheft = sync.OnceValues(devnet.HotWalletTheft)

func play(t testing.TB) theft {
	t.Helper()
	story, err := hotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	url := plays.node(t, "hot wallet theft", func() (*devnet.Chain, error) { return story.Chain, nil })
	return theft{story, url, chain.Query{
		Addresses: slices.Concat(story.Attackers, story.Victims), Window: chain.Window{From: 1, To: story.Chain.Head().Number},
	}}
}

// busy holds the chains of [busyChain] by the number of accounts.
var busy sync.Map

// busyChain returns a chain in which n accounts with keys send a tx in 200
// blocks of a million each, none in the same block as another. What is counted
// on it is the caller's own.
func busyChain(n int) (*simChain, []common.Address) {
	made, _ := busy.LoadOrStore(n, sync.OnceValue(func() *simChain { return newBusyChain(n) }))
	c := made.(func() *simChain)()
	return &simChain{chainID: c.chainID, blocks: c.blocks, now: c.now, states: c.states, calls: map[string]int{}}, busyAccounts(n)
}
