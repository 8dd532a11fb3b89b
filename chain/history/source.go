package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Options say how a history may be obtained. The zero Options use whatever the
// endpoint offers.
type Options struct {
	// Without lists JSON-RPC methods that are not to be asked for, because the
	// endpoint's plan bills them or because they are known to lie there.
	Without []string
	// NoProof leaves out the check of receipts and txs against the roots of
	// their block. Every transfer is then unproven.
	NoProof bool
	// First names a method that is used before any other, where the endpoint
	// has it: [chain.MethodTraceFilter] or [chain.MethodOtterscan]. Without it
	// they are asked only about accounts for which bisection proves nothing.
	First chain.Method
	// ActiveBlocks is in how many blocks an account may move before the search
	// of its coin is given up, so that the hot wallet of an exchange does not
	// cost millions of requests; 0 means 20,000.
	ActiveBlocks uint64
	// ProofBlocks is in how many blocks there may be token logs before their
	// receipts are no longer read: all of them are then unproven; 0 means 5,000.
	ProofBlocks uint64
	// ScanBlocks is the longest window of which every block is traced for an
	// account with code, where nothing cheaper finds all that touched it; 0
	// means 256.
	ScanBlocks uint64
	// TraceFilterCalls is the most trace_filter requests that one history may
	// cost before bisection is preferred; 0 means 200.
	TraceFilterCalls int
	// CanaryBlocks is the longest window of which the ends alone are looked at
	// to see whether the endpoint has lost logs; 0 means 10,000.
	CanaryBlocks uint64
	// AnchorBlocks is how many headers are read at most to link blocks to one
	// anchor; 0 means 50,000.
	AnchorBlocks uint64
	// HeaderBlocks is the longest window for which a proof of absence is
	// tried, at 288 bytes of memory a block; 0 means 2,000,000.
	HeaderBlocks uint64
}

func (o Options) withDefaults() Options {
	set := func(n *uint64, otherwise uint64) {
		if *n == 0 {
			*n = otherwise
		}
	}
	set(&o.ActiveBlocks, 20_000)
	set(&o.ProofBlocks, 5_000)
	set(&o.ScanBlocks, 256)
	set(&o.CanaryBlocks, 10_000)
	set(&o.AnchorBlocks, 50_000)
	set(&o.HeaderBlocks, 2_000_000)
	if o.TraceFilterCalls == 0 {
		o.TraceFilterCalls = 200
	}
	return o
}

// Source gives histories of the chain that its endpoint serves. It may be used
// by several goroutines.
type Source struct {
	caller Caller
	o      Options

	mu       sync.Mutex
	identity *Identity
	lacking  map[string]string // method ▶ what the endpoint said of it
	tried    map[string]bool   // methods of which it is known whether they are lacking
	made     map[common.Address]Creation
	chain    *headerChain             // the last that was read whole
	lines    map[common.Hash]*lineage // of anchors

	trial sync.Mutex // held while a method is tried of which nothing is known

	perFilter int // addresses in one filter of logs; 0 where none was refused
}

// New returns a source for one chain, asked through c.
func New(c Caller, o Options) *Source {
	s := &Source{caller: c, o: o.withDefaults(), lacking: map[string]string{}, tried: map[string]bool{}, made: map[common.Address]Creation{}, lines: map[common.Hash]*lineage{}}
	for _, m := range o.Without {
		s.lacking[m] = "switched off"
	}
	return s
}

// Identity is what an endpoint says it is.
type Identity struct {
	Host    string // scheme and host
	ChainID uint64
	Network chain.Network
	Listed  bool // the chain stands in [chain.Networks]
	// Genesis is the hash of block 0. Where it is zero, NoGenesis says why it
	// could not be had.
	Genesis   common.Hash
	NoGenesis string
	// GenesisMatches is false where the genesis hash is known and another. A
	// chain whose hash nobody knows matches.
	GenesisMatches bool
	Head           chain.Block
	// Finalized is the number of the last finalized block, where the endpoint
	// tells.
	Finalized   *uint64
	Client      string
	rules       string // why the account rules of Ethereum do not hold; empty where they do
	rewardsMine bool   // fees go to the block's beneficiary
}

// Open asks the endpoint who it is, once; later calls return the first answer.
func (s *Source) Open(ctx context.Context) (Identity, error) {
	s.mu.Lock()
	known := s.identity
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	id, err := s.identify(ctx)
	if err != nil {
		return Identity{}, s.unopened(err)
	}
	s.mu.Lock()
	s.identity = &id
	s.mu.Unlock()
	return id, nil
}

// unopened says why an endpoint could not be opened, naming it once.
func (s *Source) unopened(err error) error {
	if strings.Contains(err.Error(), s.caller.Host()) {
		return fmt.Errorf("open the endpoint: %w", err)
	}
	return fmt.Errorf("open %s: %w", s.caller.Host(), err)
}

func (s *Source) identify(ctx context.Context) (Identity, error) {
	calls := []ethrpc.Call{
		{Method: "eth_chainId"},
		headCall("latest"), headCall("finalized"), headCall(number(0)),
		{Method: "web3_clientVersion"},
	}
	if s.usable(assetTransfers) {
		calls = append(calls, hintCall())
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return Identity{}, err
	}
	chainID, err := read[quantity](answers[0])
	if err != nil {
		return Identity{}, fmt.Errorf("eth_chainId: %w", err)
	}
	head, err := read[wireHead](answers[1])
	if err != nil {
		return Identity{}, fmt.Errorf("latest block: %w", err)
	}
	id := Identity{Host: s.caller.Host(), ChainID: chainID.Uint64(), Head: head.block()}
	id.Network, id.Listed = chain.NetworkByID(id.ChainID)
	// Chains without finality refuse the tag, each in its own words.
	if finalized, err := read[wireHead](answers[2]); err == nil {
		n := finalized.Number.Uint64()
		id.Finalized = &n
	}
	id.readGenesis(answers[3])
	if version, err := read[string](answers[4]); err == nil {
		id.Client = chain.Printable(version, 100)
	}
	if len(answers) > 5 && answers[5].Err != nil {
		// A refusal of whatever kind: it is a hint that is not worth a second try.
		s.without(assetTransfers, answers[5].Err)
	}
	id.rules = foreignRules(id.ChainID, &head)
	id.rewardsMine = paysBeneficiary(id.ChainID)
	return id, nil
}

func (id *Identity) readGenesis(a ethrpc.Answer) {
	switch genesis, err := readHead(0, a); {
	case err == nil:
		id.Genesis = genesis.Hash
	case errors.Is(err, ErrNotFound):
		id.NoGenesis = "the endpoint does not have block 0"
	default:
		id.NoGenesis = oneLine(err)
	}
	known := id.Network.Genesis
	id.GenesisMatches = known == (common.Hash{}) || id.Genesis == (common.Hash{}) || id.Genesis == known
}

func headCall(tag string) ethrpc.Call {
	return ethrpc.Call{Method: "eth_getBlockByNumber", Params: []any{tag, false}}
}

func (h *wireHead) block() chain.Block {
	return chain.Block{Number: h.Number.Uint64(), Hash: h.Hash, Time: h.Time.Uint64()}
}
