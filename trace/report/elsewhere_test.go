package report

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

func TestElsewhere(t *testing.T) {
	t.Parallel()
	eth := chain.NativeAsset(1)
	c := &trace.Case{Statement: &loss.Statement{Elsewhere: []loss.Elsewhere{{
		To: chain.Account{ChainID: 1, Address: common.HexToAddress("0xbeef")}, Asset: eth, Meta: chain.TokenMeta{Symbol: "ETH", Decimals: 18, DecimalsKnown: true},
		Amount: chain.NewAmount(eth, new(big.Int).Mul(big.NewInt(7), big.NewInt(1e18))), Refs: []chain.Ref{{Tx: common.HexToHash("0x01")}, {Tx: common.HexToHash("0x02")}},
	}}}}
	s := elsewhereSection(c)
	if s.Table == nil || len(s.Table.Rows) != 1 {
		t.Fatalf("no row: %+v", s)
	}
	d := elsewhereDocument(c.Statement.Elsewhere[0])
	if d.Quantity != "7" || len(d.Txs) != 2 || !strings.HasSuffix(d.To, "beef") || d.AssetID != "eip155:1/slip44:60" {
		t.Errorf("in JSON it is %+v", d)
	}
}
