package ethrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
)

// Capabilities is what an endpoint can do, as it showed by doing it.
type Capabilities struct {
	Host    string
	ChainID uint64
	Client  string // web3_clientVersion; empty where it is not told

	Genesis    common.Hash
	GenesisWhy string // why there is no genesis hash

	Head         chain.Block
	Finalized    chain.Block
	FinalizedWhy string // why no finalized block is known

	// OldestState is the first of the blocks tried from which on, up to the
	// head, the endpoint knows balances: 1 on an archive node. StateWhy is what
	// it said of the next older one.
	OldestState uint64
	StateWhy    string

	Methods []Offer // in a fixed order

	sample sample
	// unmeasured: eth_getLogs has a limit of blocks and does not name it, or
	// names that of the larger plan.
	unmeasured bool
}

// Offer says whether a method can be used.
type Offer struct {
	Method string
	Usable bool
	Why    string // what it said, or what was wrong with its answer; also what is left open
	Blocks uint64 // most blocks per call; 0 where it named no limit
}

// Offer returns what is known of a method.
func (c *Capabilities) Offer(method string) Offer {
	for _, m := range c.Methods {
		if m.Method == method {
			return m
		}
	}
	return Offer{Method: method, Why: "not tried"}
}

// sample is a recent block with a tx, to try tracers on.
type sample struct {
	block uint64
	txs   []common.Hash // none where no recent block has any
}

type probeHeader struct {
	Number       hexutil.Uint64 `json:"number"`
	Hash         common.Hash    `json:"hash"`
	Timestamp    hexutil.Uint64 `json:"timestamp"`
	Transactions []common.Hash  `json:"transactions"`
}

func (h *probeHeader) block() chain.Block {
	return chain.Block{Number: uint64(h.Number), Hash: h.Hash, Time: uint64(h.Timestamp)}
}

// Probe finds out what the endpoint can do, in about three requests. It
// returns an error only where the endpoint says neither its chain nor its
// head. What a method can do is told in the result.
func Probe(ctx context.Context, c *Client) (*Capabilities, error) {
	p := &Capabilities{Host: c.Host()}
	if err := p.identify(ctx, c); err != nil {
		return nil, fmt.Errorf("probe %s: %w", c.Host(), err)
	}
	if err := p.look(ctx, c); err != nil {
		return nil, fmt.Errorf("probe %s: %w", c.Host(), err)
	}
	for _, t := range trials {
		p.Methods = append(p.Methods, Offer{Method: t.method})
	}
	if err := p.try(ctx, c, trials); err != nil {
		return nil, fmt.Errorf("probe %s: %w", c.Host(), err)
	}
	return p, nil
}

func header(tag string) Call { return Call{"eth_getBlockByNumber", []any{tag, false}} }

func decodeInto[T any](a Answer) (T, error) {
	var v T
	switch {
	case a.Err != nil:
		return v, a.Err
	case string(a.Result) == "null":
		return v, errors.New("answered null")
	}
	err := json.Unmarshal(a.Result, &v)
	return v, err
}

func (p *Capabilities) identify(ctx context.Context, c *Client) error {
	answers, err := c.Do(ctx, []Call{
		{Method: "eth_chainId"}, header("latest"), {Method: "web3_clientVersion"}, header("0x0"), header("finalized"),
	})
	if err != nil {
		return err
	}
	id, err := decodeInto[hexutil.Uint64](answers[0])
	if err != nil {
		return fmt.Errorf("chain id: %w", err)
	}
	head, err := decodeInto[probeHeader](answers[1])
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	p.ChainID, p.Head = uint64(id), head.block()
	p.sample = sample{uint64(head.Number), head.Transactions}
	if client, err := decodeInto[string](answers[2]); err == nil {
		p.Client = printable(client)
	}
	if genesis, err := decodeInto[probeHeader](answers[3]); err != nil {
		p.GenesisWhy = why(err)
	} else {
		p.Genesis = genesis.Hash
	}
	if final, err := decodeInto[probeHeader](answers[4]); err != nil {
		p.FinalizedWhy = why(err)
	} else {
		p.Finalized = final.block()
	}
	return nil
}

func why(err error) string { return printable(err.Error()) }

// statesTried lists blocks from the head back to the first.
func (p *Capabilities) statesTried() []uint64 {
	head := p.Head.Number
	blocks := []uint64{head}
	for _, back := range []uint64{64, 1_000, 10_000, 100_000, 1_000_000, 5_000_000} {
		if back < head {
			blocks = append(blocks, head-back)
		}
	}
	if head > 1 {
		blocks = append(blocks, 1)
	}
	return blocks
}

// look finds out how far back balances are known, and a recent block with tx.
func (p *Capabilities) look(ctx context.Context, c *Client) error {
	states := p.statesTried()
	var calls []Call
	for _, n := range states {
		calls = append(calls, Call{"eth_getBalance", []any{common.Address{}, hexutil.EncodeUint64(n)}})
	}
	for back := uint64(1); back <= 8 && back < p.Head.Number && len(p.sample.txs) == 0; back++ {
		calls = append(calls, header(hexutil.EncodeUint64(p.Head.Number-back)))
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return err
	}
	for i, n := range states {
		if _, err := decodeInto[hexutil.Big](answers[i]); err != nil {
			p.StateWhy = why(err)
			break
		}
		p.OldestState = n
	}
	for _, a := range answers[len(states):] {
		h, err := decodeInto[probeHeader](a)
		if err == nil && len(h.Transactions) > 0 && len(p.sample.txs) == 0 {
			p.sample = sample{uint64(h.Number), h.Transactions}
		}
	}
	return nil
}

func (p *Capabilities) try(ctx context.Context, c *Client, trials []trial) error {
	calls := make([]Call, len(trials))
	for i, t := range trials {
		calls[i] = Call{t.method, t.params(p)}
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return err
	}
	for i, t := range trials {
		p.judge(c, t, answers[i])
	}
	if p.unmeasured {
		p.unmeasured = false
		return p.measure(ctx, c)
	}
	return nil
}

// spans are the limits that providers have on the blocks of an eth_getLogs.
var spans = []uint64{100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000, 500, 100, 10}

// measure finds the limit by trying, in one request. The calls are in the
// record like all others, so that a later run, which may have nobody to ask,
// starts from the same limit.
func (p *Capabilities) measure(ctx context.Context, c *Client) error {
	calls := make([]Call, len(spans))
	for i, n := range spans {
		calls[i] = Call{"eth_getLogs", p.logsOfNobody(n)}
	}
	answers, err := c.Do(ctx, calls)
	if err != nil {
		return err
	}
	for i, n := range spans {
		if answers[i].Err == nil {
			offer := p.Offer("eth_getLogs")
			offer.Blocks = n
			p.set(offer)
			c.learnBlocks(n)
			return nil
		}
	}
	return nil
}

func (p *Capabilities) judge(c *Client, t trial, a Answer) {
	got := Offer{Method: t.method}
	class, hint := Classify(a.Err)
	if t.needTx && len(p.sample.txs) == 0 && class != Capability && class != Auth {
		p.set(Offer{Method: t.method, Usable: true, Why: noSample})
		return
	}
	switch class {
	case None:
		note, err := t.usable(p, a.Result)
		if got.Usable, got.Why = err == nil, note; err != nil {
			got.Why = why(err)
		}
	case Range, Size:
		got.Usable, got.Why, got.Blocks = true, why(a.Err), hint.Blocks
		if t.method != "eth_getLogs" {
			break
		}
		if hint.Blocks > 0 {
			c.learnBlocks(hint.Blocks)
		}
		p.unmeasured = class == Range && (hint.Blocks == 0 || hint.Then > 0)
	default:
		got.Why = why(a.Err)
	}
	got.Why = strings.TrimPrefix(got.Why, t.method+": ") // it is said beside it
	p.set(got)
}

func (p *Capabilities) set(o Offer) {
	for i := range p.Methods {
		if p.Methods[i].Method == o.Method {
			p.Methods[i] = o
		}
	}
}
