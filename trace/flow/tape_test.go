package flow

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// tape writes transfers by hand. Accounts and assets are named; a name is
// always the same address.
type tape struct {
	transfers []chain.Transfer
	block     uint64
	txs       uint32
	log       uint32
	names     map[common.Address]string
}

func newTape() *tape { return &tape{names: map[common.Address]string{}} }

func named(name string) (a common.Address) {
	if name == "0" {
		return a
	}
	copy(a[:], name)
	a[19] = byte(len(name))
	return a
}

func asset(name string) chain.AssetID {
	switch {
	case name == "ETH":
		return chain.NativeAsset(1)
	case strings.HasPrefix(name, "#"):
		return chain.Item(1, chain.ERC721, named("NFT"), name[1:])
	}
	return chain.Token(1, named(name))
}

// tx writes one tx in a block of its own; moves are "asset from to amount".
func (p *tape) tx(moves ...string) common.Hash {
	p.block++
	return p.sameBlock(moves...)
}

func (p *tape) sameBlock(moves ...string) common.Hash {
	p.txs++
	hash := common.BigToHash(big.NewInt(int64(p.txs)))
	for _, m := range moves {
		f := strings.Fields(m)
		p.log++
		t := chain.Transfer{
			Ref:  chain.Ref{ChainID: 1, Block: p.block, Tx: hash, TxIndex: p.txs, Site: chain.SiteLog, Index: p.log},
			Time: 1_700_000_000 + 12*p.block, From: named(f[1]), To: named(f[2]), Asset: asset(f[0]),
			Units: *uint256.MustFromDecimal(f[3]), Kind: chain.KindERC20,
		}
		if f[2] == "gas" {
			t.Kind, t.Site, t.To = chain.KindFee, chain.SiteFee, common.Address{}
		}
		p.names[t.From], p.names[t.To] = f[1], f[2]
		p.transfers = append(p.transfers, t)
	}
	return hash
}

func (p *tape) record() *Record {
	r := &Record{}
	r.Add(p.transfers)
	return r
}

// prices in dollars for one base unit.
type prices map[string]int64

func (p prices) value(a chain.AssetID, units *big.Int, _ time.Time) (decimal.Decimal, bool) {
	for name, price := range p {
		if asset(name) == a {
			return decimal.NewFromBigInt(units, 0).Mul(decimal.NewFromInt(price)), true
		}
	}
	return decimal.Decimal{}, false
}

type labels map[string]string // name ▶ category

func (l labels) Tags(_ uint64, a common.Address) []Tag {
	for name, category := range l {
		if named(name) == a {
			return []Tag{{Label: name, Category: category, Source: "test", Confidence: 90}}
		}
	}
	return nil
}

func account(name string) Account { return Account{1, named(name)} }

// symbol is the name of an asset on a tape.
func symbol(a chain.AssetID) string {
	switch a.Kind() {
	case chain.Native:
		return "ETH"
	case chain.ERC721:
		return "#" + a.TokenID()
	}
	contract := a.Contract()
	return string(contract[:contract[19]])
}

// told is a result in a line for each fact, in order.
func (p *tape) told(r *Result) []string {
	name := func(a Account) string {
		if n := p.names[a.Address]; n != "" {
			return n
		}
		return chain.Hex(a.Address)
	}
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, t := range r.Terminals {
		say("%s %s %s %s%s", t.Kind, name(t.Account), t.Units, symbol(t.Asset), strings.TrimRight(" "+t.Limit, " "))
	}
	for _, h := range r.Held {
		say("held %s %s %s", name(h.Account), h.Units, symbol(h.Asset))
	}
	for _, u := range r.Unresolved {
		say("unresolved %s %s %s", name(u.Account), u.Units, symbol(u.Asset))
	}
	for _, f := range r.Fees {
		say("fee %s %s %s", name(f.Account), f.Units, symbol(f.Asset))
	}
	for _, e := range r.Edges() {
		from := ""
		if !e.ConvertedFrom.IsZero() {
			from = " for " + symbol(e.ConvertedFrom)
		}
		say("edge %s→%s %s %s%s", name(e.From), name(e.To), e.Units, symbol(e.Asset), from)
	}
	slices.Sort(lines)
	return lines
}

func trace(t *testing.T, req Request) *Result {
	t.Helper()
	r, err := Trace(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range r.Balances {
		if r.Policy.Conserves() && r.Policy != All && b.Difference().Sign() != 0 {
			t.Errorf("%s is off by %s", b.Asset, b.Difference())
		}
	}
	return r
}

// expect compares what a result says with what it should.
func (p *tape) expect(t *testing.T, what string, r *Result, want ...string) {
	t.Helper()
	if diff := cmp.Diff(sorted(want...), p.told(r)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// written returns all that a result says, edges included, in its order.
func written(t *testing.T, r *Result) string {
	t.Helper()
	said := *r
	said.Histories = nil
	text, err := json.Marshal(struct {
		Result
		Edges []*Edge
	}{said, slices.Collect(r.EachEdge())})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
