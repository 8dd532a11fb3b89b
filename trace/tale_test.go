package trace_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/pricing"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// tale is a theft that is told tx by tx, with contracts that do what they are
// told and tokens that obey everybody, and then played.
type tale struct {
	*testing.T
	contracts map[string]chaintest.Contract
	alloc     types.GenesisAlloc
	tokens    map[string]*taleToken
	accounts  map[string]common.Address // by label
	txs       []*taleTx
	nonces    map[string]uint64
	tags      label.Book
}

type taleToken struct {
	at       common.Address
	decimals int
	price    string // in dollars; empty for none
	held     map[common.Address]*big.Int
}

type taleTx struct {
	at    uint64
	from  string
	to    *common.Address // nil to deploy a puppet
	wei   *big.Int
	data  []byte
	hash  common.Hash
	named string
}

// act is one thing that a puppet does.
type act struct {
	Deed  uint8
	To    common.Address
	Value *big.Int
	Data  []byte
}

const ethPrice = "3000"

func newTale(t *testing.T) *tale {
	s := &tale{
		T: t, contracts: chaintest.Contracts(t, "../chain/chaintest/contracts"), alloc: types.GenesisAlloc{},
		tokens: map[string]*taleToken{}, accounts: map[string]common.Address{}, nonces: map[string]uint64{},
	}
	s.token("USDC", devnet.USDC().Contract(), 6, "1")
	s.token("WETH", devnet.WETH().Contract(), 18, ethPrice)
	return s
}

func (s *tale) token(symbol string, at common.Address, decimals int, price string) {
	s.tokens[symbol] = &taleToken{at, decimals, price, map[common.Address]*big.Int{}}
	s.accounts[symbol] = at
}

// a returns the account of a label.
func (s *tale) a(label string) common.Address {
	if _, ok := s.accounts[label]; !ok {
		s.accounts[label] = devnet.Address(label)
	}
	return s.accounts[label]
}

// has gives an account something to begin with; a contract is a puppet.
func (s *tale) has(label, symbol, quantity string) {
	if symbol != "ETH" {
		s.tokens[symbol].held[s.a(label)] = s.units(symbol, quantity)
		return
	}
	account := s.alloc[s.a(label)]
	account.Balance = s.units(symbol, quantity)
	s.alloc[s.a(label)] = account
}

func (s *tale) contract(label string) {
	account := s.alloc[s.a(label)]
	if account.Balance == nil {
		account.Balance = new(big.Int)
	}
	account.Code, account.Nonce = s.contracts["Puppet"].Runtime, 1
	s.alloc[s.a(label)] = account
}

func (s *tale) units(symbol, quantity string) *big.Int {
	decimals := 18
	if symbol != "ETH" {
		decimals = s.tokens[symbol].decimals
	}
	return decimal.RequireFromString(quantity).Shift(int32(decimals)).BigInt()
}

// tx adds a tx on a day of May 2024; those of a sender are told in order.
func (s *tale) tx(when, from string, to *common.Address, wei *big.Int, data []byte) *taleTx {
	at, err := time.Parse("2006-01-02 15:04", "2024-05-"+when)
	if err != nil {
		s.Fatal(err)
	}
	tx := &taleTx{at: uint64(at.Unix()), from: from, to: to, wei: wei, data: data}
	s.nonces[from]++
	s.txs = append(s.txs, tx)
	return tx
}

func (x *taleTx) as(name string) *taleTx {
	x.named = name
	return x
}

func (s *tale) pays(when, from, to, quantity, symbol string) *taleTx {
	a := s.give(symbol, to, quantity)
	return s.tx(when, from, &a.To, a.Value, a.Data)
}

// deploys has somebody create a puppet.
func (s *tale) deploys(when, from, label string) {
	s.accounts[label] = crypto.CreateAddress(s.a(from), s.nonces[from])
	s.tx(when, from, nil, new(big.Int), s.contracts["Puppet"].Creation)
}

func (s *tale) plays(when, from, puppet string, acts ...act) *taleTx {
	a := s.by(puppet, acts...)
	return s.tx(when, from, &a.To, a.Value, a.Data)
}

// by is an act that has another puppet act.
func (s *tale) by(puppet string, acts ...act) act {
	return act{To: s.a(puppet), Value: new(big.Int), Data: s.contracts["Puppet"].Pack("play", acts)}
}

func (s *tale) give(symbol, to, quantity string) act {
	if symbol == "ETH" {
		return act{To: s.a(to), Value: s.units(symbol, quantity)}
	}
	return s.loose(symbol, "transfer", s.a(to), s.units(symbol, quantity))
}

func (s *tale) take(symbol, from, to, quantity string) act {
	return s.loose(symbol, "transferFrom", s.a(from), s.a(to), s.units(symbol, quantity))
}

func (s *tale) mint(symbol, to, quantity string) act {
	return s.loose(symbol, "mint", s.a(to), s.units(symbol, quantity))
}

func (s *tale) loose(symbol, method string, args ...any) act {
	return act{To: s.tokens[symbol].at, Value: new(big.Int), Data: s.contracts["Loose"].Pack(method, args...)}
}

func word(n int64) common.Hash { return common.BigToHash(big.NewInt(n)) }

func shortText(text string) common.Hash {
	var h common.Hash
	copy(h[:], text)
	h[31] = byte(2 * len(text))
	return h
}

// genesis puts the tokens where they stand.
func (s *tale) genesis() types.GenesisAlloc {
	for symbol, token := range s.tokens {
		storage := map[common.Hash]common.Hash{word(3): word(int64(token.decimals)), word(4): shortText(symbol), word(5): shortText(symbol)}
		supply := new(big.Int)
		for holder, units := range token.held {
			storage[crypto.Keccak256Hash(common.LeftPadBytes(holder[:], 32), word(0).Bytes())] = common.BigToHash(units)
			supply.Add(supply, units)
		}
		storage[word(2)] = common.BigToHash(supply)
		s.alloc[token.at] = types.Account{Code: s.contracts["Loose"].Runtime, Storage: storage, Balance: new(big.Int), Nonce: 1}
	}
	return s.alloc
}

// play generates the chain, a block for each moment of which something is told,
// and returns the URL of a node that has it.
func (s *tale) play() string {
	slices.SortStableFunc(s.txs, func(a, b *taleTx) int { return cmp.Compare(a.at, b.at) })
	times := []uint64{s.txs[0].at - 86_400, s.txs[0].at - 3_600}
	for _, tx := range s.txs {
		times = append(times, tx.at)
	}
	times = slices.Compact(append(times, times[len(times)-1]+10*86_400))
	next := 0
	c, err := devnet.Generate(s.genesis(), times, func(number int, b *core.BlockGen) {
		for ; next < len(s.txs) && s.txs[next].at <= times[number]; next++ {
			tx := s.txs[next]
			signed := types.MustSignNewTx(devnet.Key(tx.from), types.LatestSignerForChainID(big.NewInt(devnet.ChainID)), &types.DynamicFeeTx{
				ChainID: big.NewInt(devnet.ChainID), Nonce: b.TxNonce(devnet.Address(tx.from)), To: tx.to, Value: tx.wei, Data: tx.data,
				Gas: 1_500_000, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(33e9),
			})
			b.AddTx(signed)
			tx.hash = signed.Hash()
		}
	})
	if err != nil {
		s.Fatal(err)
	}
	url := devnet.Serve(s, c)
	s.succeeded(url)
	return url
}

func (s *tale) succeeded(url string) {
	client, err := ethclient.DialContext(s.Context(), url)
	if err != nil {
		s.Fatal(err)
	}
	defer client.Close()
	for _, tx := range s.txs {
		if r, err := client.TransactionReceipt(s.Context(), tx.hash); err != nil || r.Status == types.ReceiptStatusFailed {
			s.Fatalf("a tx of %s fails: %v", tx.from, err)
		}
	}
}

// investigate plays the tale and investigates it from a write-up, in which {{a
// "label"}} is an address and {{tx "name"}} the link of a tx.
func (s *tale) investigate(writeUp string) *trace.Case {
	url := s.play()
	text := new(strings.Builder)
	err := template.Must(template.New("").Funcs(template.FuncMap{
		"a": func(label string) string { return s.a(label).Hex() },
		"tx": func(name string) string {
			i := slices.IndexFunc(s.txs, func(x *taleTx) bool { return x.named == name })
			return "https://etherscan.io/tx/" + s.txs[i].hash.Hex()
		},
	}).Parse(writeUp)).Execute(text, nil)
	if err != nil {
		s.Fatal(err)
	}
	client, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		s.Fatal(err)
	}
	defer client.Close()
	c, err := trace.Investigate(s.Context(), trace.Request{
		Tool: "test", Incident: incident.Parse("tale.md", []byte(text.String())), Prices: s.prices(), Tags: &s.tags,
		Endpoints: []trace.Endpoint{{Host: client.Host(), Source: history.New(client, history.Options{})}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// prices are the same all the time.
func (s *tale) prices() *pricing.Book {
	prices := map[chain.AssetID]string{devnet.ETH(): ethPrice}
	for _, token := range s.tokens {
		if token.price != "" {
			prices[chain.Token(devnet.ChainID, token.at)] = token.price
		}
	}
	book := &pricing.Book{}
	for asset, price := range prices {
		for at := s.txs[0].at - 86_400; at <= s.txs[len(s.txs)-1].at+86_400; at += 43_200 {
			book.Add(pricing.Quote{Subject: pricing.Of(asset), Price: decimal.RequireFromString(price), At: time.Unix(int64(at), 0).UTC(), Source: "tale", Method: "constant"})
		}
	}
	return book
}

// labels are those of some parties, in order.
func (s *tale) labels(parties []chain.Party) string {
	var list []string
	for _, p := range parties {
		for label, a := range s.accounts {
			if a == p.Account.Address {
				list = append(list, label)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// told sums a case up, a line each: what was lost and what came back, the net,
// who are victims, what is excluded by class and asset, fees apart, and what each
// claim about an asset or a recovery is found to be.
func (s *tale) told(c *trace.Case) []string {
	var lines []string
	for _, l := range c.Statement.Losses {
		lines = append(lines, fmt.Sprintf("lost %s %s, back %s", pricing.Whole(l.Gross.Units(), l.Meta.Decimals), l.Meta.Symbol, pricing.Whole(l.Returned.Units(), l.Meta.Decimals)))
	}
	slices.Sort(lines)
	lines = append(slices.Compact(lines), "net "+c.Statement.Totals.Net.String())
	lines = append(lines, "victims "+s.labels(c.Statement.Victims))
	type kind struct {
		class loss.Class
		asset chain.AssetID
	}
	sums := map[kind]chain.Amount{}
	for e := range c.Statement.Excluded() {
		if e.Class != loss.Fee && e.Class != loss.Internal && e.Class != loss.Onward {
			sums[kind{e.Class, e.Asset}] = sums[kind{e.Class, e.Asset}].Add(e.Amount)
		}
	}
	var excluded []string
	for k, sum := range sums {
		meta := c.Statement.Meta(k.asset)
		excluded = append(excluded, fmt.Sprintf("%s %s %s", k.class, pricing.Whole(sum.Units(), meta.Decimals), meta.Symbol))
	}
	slices.Sort(excluded)
	lines = append(lines, slices.Compact(excluded)...)
	for _, f := range c.Result.Findings {
		if f.Claim.Kind != incident.ClaimAsset && f.Claim.Kind != incident.ClaimRecovered {
			continue
		}
		line := fmt.Sprintf("%s %q is a %s", f.Claim.Kind, f.Claim.Text, f.Verdict)
		if len(f.Causes) > 0 {
			line += ": " + string(f.Causes[0].Code)
		}
		lines = append(lines, line)
	}
	return lines
}
