package history

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
)

func TestFee(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, tx, receipt string
		want              string
		reason            string
	}{
		{"gas", `{"type":"0x2","gasPrice":"0x9"}`, `{"gasUsed":"0x5208","effectiveGasPrice":"0x2"}`, "42000", "what was paid, not what was offered"},
		{"no effective price", `{"type":"0x0","gasPrice":"0x3"}`, `{"gasUsed":"0x5208"}`, "63000", "receipts before London have none"},
		{"blobs", `{"type":"0x3"}`, `{"gasUsed":"0x64","effectiveGasPrice":"0x2","blobGasUsed":"0x20000","blobGasPrice":"0x3"}`, "393416", "EIP-4844"},
		{"data on a rollup", `{"type":"0x2"}`, `{"gasUsed":"0x64","effectiveGasPrice":"0x1","l1Fee":"0x3e8"}`, "1100", "OP stack, Scroll"},
		{"operator fee of Isthmus", `{"type":"0x2"}`, `{"gasUsed":"0x1e8480","effectiveGasPrice":"0x0","operatorFeeScalar":"0x5","operatorFeeConstant":"0x7"}`, "17", "per million gas"},
		{"operator fee of Jovian", `{"type":"0x2"}`, `{"gasUsed":"0xa","effectiveGasPrice":"0x0","operatorFeeScalar":"0x5","operatorFeeConstant":"0x7","daFootprintGasScalar":"0x190"}`, "5007", "times a hundred"},
		{"deposit", `{"type":"0x7e"}`, `{"gasUsed":"0x5208","effectiveGasPrice":"0x2","l1Fee":"0x1"}`, "0", "paid on L1"},
		{"fee in a token", `{"type":"0x7b","feeCurrency":"0x765de816845861e75a25fca122bb6898b8b1282a"}`, `{"gasUsed":"0x5208","effectiveGasPrice":"0x2"}`, "0", "Celo"},
		{"state sync", `{"type":"0x7f"}`, `{"gasUsed":"0x5208","effectiveGasPrice":"0x2"}`, "0", "Polygon"},
		{"leading zeros", `{"type":"0x00"}`, `{"gasUsed":"0x00005208","effectiveGasPrice":"0x02"}`, "42000", "some nodes pad"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var tx wireTx
			var receipt wireReceipt
			if err := json.Unmarshal([]byte(row.tx), &tx); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(row.receipt), &receipt); err != nil {
				t.Fatal(err)
			}
			got := fee(&tx, &receipt)
			if diff := cmp.Diff(row.want, got.Dec()); diff != "" {
				t.Errorf("(-want +got, %s):\n%s", row.reason, diff)
			}
		})
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, tx, receipt string
		want              bool
	}{
		{"status 1", `{"gas":"0x64"}`, `{"gasUsed":"0x64","status":"0x1"}`, false},
		{"status 0", `{"gas":"0x64"}`, `{"gasUsed":"0x1","status":"0x0"}`, true},
		{"before Byzantium, all gas used", `{"gas":"0x186a0"}`, `{"gasUsed":"0x186a0","root":"0x01"}`, true},
		{"before Byzantium, gas left", `{"gas":"0x186a0"}`, `{"gasUsed":"0x186","root":"0x01"}`, false},
		{"before Byzantium, a plain transfer", `{"gas":"0x5208"}`, `{"gasUsed":"0x5208","root":"0x01"}`, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var tx wireTx
			var receipt wireReceipt
			if err := json.Unmarshal([]byte(row.tx), &tx); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(row.receipt), &receipt); err != nil {
				t.Fatal(err)
			}
			if got := failed(&tx, &receipt); got != row.want {
				t.Errorf("failed is %v, want %v", got, row.want)
			}
		})
	}
}

// A miner of proof of work earns fees and the block reward; since London and
// the merge only what exceeds the base fee.
func TestReward(t *testing.T) {
	t.Parallel()
	h := common.HexToHash("0x01")
	read := func(head string) *body {
		t.Helper()
		var b body
		if err := json.Unmarshal([]byte(head), &b.wireBlock); err != nil {
			t.Fatal(err)
		}
		b.txs = []wireTx{{Hash: h}}
		b.receipts = []json.RawMessage{json.RawMessage(`{"transactionHash":"` + h.Hex() + `","gasUsed":"0x3","effectiveGasPrice":"0xa"}`)}
		return &b
	}
	rows := []struct {
		name, head, want string
		chainID          uint64
	}{
		{"Frontier with an uncle", `{"number":"0x64","difficulty":"0x1","uncles":["0x0000000000000000000000000000000000000000000000000000000000000001"]}`, "5156250000000000030", 1},
		{"Byzantium", `{"number":"0x42ae50","difficulty":"0x1"}`, "3000000000000000030", 1},
		{"London", `{"number":"0xc5d488","difficulty":"0x1","baseFeePerGas":"0x4"}`, "2000000000000000018", 1},
		{"merged", `{"number":"0x1000000","difficulty":"0x0","baseFeePerGas":"0x4"}`, "18", 1},
		{"another chain", `{"number":"0x64","difficulty":"0x2","baseFeePerGas":"0x4"}`, "18", 10},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, reward(row.chainID, read(row.head)).Dec()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTreesOfFlatTraces(t *testing.T) {
	t.Parallel()
	const list = `[
	 {"type":"call","action":{"callType":"call","from":"0x0000000000000000000000000000000000000001","to":"0x0000000000000000000000000000000000000002","value":"0x1"},"traceAddress":[],"transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000001"},
	 {"type":"call","action":{"callType":"delegatecall","from":"0x0000000000000000000000000000000000000002","to":"0x0000000000000000000000000000000000000003","value":"0x1"},"error":"Reverted","traceAddress":[0],"transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000001"},
	 {"type":"create","action":{"from":"0x0000000000000000000000000000000000000003","value":"0x5"},"result":{"address":"0x0000000000000000000000000000000000000009"},"traceAddress":[0,0],"transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000001"},
	 {"type":"suicide","action":{"address":"0x0000000000000000000000000000000000000004","refundAddress":"0x0000000000000000000000000000000000000005","balance":"0x7"},"traceAddress":[1],"transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000001"},
	 {"type":"reward","action":{"author":"0x0000000000000000000000000000000000000006","value":"0x8"},"traceAddress":[]}]`
	var flat []wireTrace
	if err := json.Unmarshal([]byte(list), &flat); err != nil {
		t.Fatal(err)
	}
	roots, err := trees(flat)
	if err != nil {
		t.Fatal(err)
	}
	root := roots[common.HexToHash("0x01")]
	if len(roots) != 1 || root == nil || len(root.Calls) != 2 || len(root.Calls[0].Calls) != 1 {
		t.Fatalf("trees are %+v", roots)
	}
	if f := root.Calls[0]; f.Type != "DELEGATECALL" || !f.Failed {
		t.Errorf("first call is %+v", f)
	}
	if f := root.Calls[0].Calls[0]; f.Type != "CREATE" || f.To != common.HexToAddress("0x09") {
		t.Errorf("creation is %+v", f)
	}
	if f := root.Calls[1]; f.Type != "SELFDESTRUCT" || f.From != common.HexToAddress("0x04") || f.To != common.HexToAddress("0x05") || f.Value.Uint64() != 7 {
		t.Errorf("self-destruct is %+v", f)
	}
	if _, err := trees(flat[2:]); err == nil {
		t.Error("a frame without its parent is taken")
	}
}

func TestQuantity(t *testing.T) {
	t.Parallel()
	rows := []struct{ in, want string }{
		{`"0x1f"`, "31"}, {`"0x0001"`, "1"}, {`"0x"`, "0"}, {`"0x0"`, "0"}, {`17`, "17"}, {`"17"`, "17"},
		{`"0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"`, ""}, {`"-0x1"`, ""}, {`-1`, ""}, {`1.5`, ""}, {`"0xg"`, ""},
	}
	for _, row := range rows {
		var q quantity
		err := json.Unmarshal([]byte(row.in), &q)
		if (err != nil) != (row.want == "") || err == nil && q.Dec() != row.want {
			t.Errorf("%s: %s, %v, want %q", row.in, q.Dec(), err, row.want)
		}
	}
}
