package ethrpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
)

// trial is how a method is tried: what is asked, and what of the answer shows
// that it can be used. The note of a usable one says what the trial leaves
// open.
type trial struct {
	method string
	params func(*Capabilities) []any
	usable func(*Capabilities, json.RawMessage) (note string, err error)
	needTx bool // without one only a refusal of the method says anything
}

// nobody is an address that no log and no trace mentions: trials by it cost
// the endpoint little and answer with nothing.
var nobody = common.HexToAddress("0x6e6f626f6479206861732074686973206b65792e")

// simulatedTransfers is the emitter that eth_simulateV1 gives to the logs of
// native transfers (execution API, traceTransfers).
var simulatedTransfers = common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")

// trials is in the order of the report.
var trials = []trial{
	{"eth_getLogs", wideLogs, isList, false},
	{"eth_getBlockReceipts", atSample, sampleReceipts, false},
	{"eth_getProof", proofOfNobody, hasProof, false},
	{"trace_filter", wideTraces, isList, false},
	{"trace_block", atSample, sampleTraces, false},
	{"debug_traceBlockByNumber", sampleTracer, sampleFrames, false},
	{"debug_traceTransaction", sampleTxTracer, sampleFrame, true},
	{"eth_simulateV1", simulation, simulatedLog, false},
	{"ots_getApiLevel", nothing, isNumber, false},
	{"alchemy_getAssetTransfers", assetTransfers, hasTransfers, false},
}

var callTracer = map[string]any{"tracer": "callTracer"}

const noSample = "no tx in recent blocks to try it on"

func nothing(*Capabilities) []any { return nil }

func atSample(p *Capabilities) []any { return []any{hexutil.EncodeUint64(p.sample.block)} }

// rangeTo returns the ends of a range of that many blocks up to the head, less
// a few that may still change.
func (p *Capabilities) rangeTo(blocks uint64) (from, to string) {
	head := p.Head.Number
	return hexutil.EncodeUint64(head - min(head, blocks-1)), hexutil.EncodeUint64(head)
}

// wideLogs asks for more blocks than those providers allow who have a limit.
func wideLogs(p *Capabilities) []any { return p.logsOfNobody(200_000) }

func (p *Capabilities) logsOfNobody(blocks uint64) []any {
	from, to := p.rangeTo(blocks)
	return []any{map[string]any{"fromBlock": from, "toBlock": to, "address": nobody}}
}

// wideTraces asks for 1,001 blocks, one more than the limits of Besu and
// Erigon, except of Nethermind, which has no limit and executes them all.
func wideTraces(p *Capabilities) []any {
	blocks := uint64(1001)
	if strings.HasPrefix(p.Client, "Nethermind") {
		blocks = 1
	}
	from, to := p.rangeTo(blocks)
	return []any{map[string]any{"fromBlock": from, "toBlock": to, "toAddress": []common.Address{nobody}, "count": 1}}
}

func proofOfNobody(p *Capabilities) []any {
	return []any{nobody, []string{}, hexutil.EncodeUint64(p.Head.Number)}
}

func sampleTracer(p *Capabilities) []any {
	return []any{hexutil.EncodeUint64(p.sample.block), callTracer}
}

func sampleTxTracer(p *Capabilities) []any {
	var tx common.Hash
	if len(p.sample.txs) > 0 {
		tx = p.sample.txs[0]
	}
	return []any{tx, callTracer}
}

func simulation(p *Capabilities) []any {
	payer := map[string]any{nobody.Hex(): map[string]any{"balance": "0x10"}}
	call := map[string]any{"from": nobody, "to": common.Address{1: 1}, "value": "0x1"}
	return []any{map[string]any{
		"blockStateCalls": []any{map[string]any{"stateOverrides": payer, "calls": []any{call}}},
		"traceTransfers":  true, "validation": false,
	}, hexutil.EncodeUint64(p.Head.Number)}
}

func assetTransfers(p *Capabilities) []any {
	at := hexutil.EncodeUint64(p.Head.Number)
	return []any{map[string]any{"fromBlock": at, "toBlock": at, "category": []string{"external", "internal"}, "maxCount": "0x1"}}
}

func isList(_ *Capabilities, result json.RawMessage) (string, error) {
	var list []json.RawMessage
	return "", json.Unmarshal(result, &list)
}

func isNumber(_ *Capabilities, result json.RawMessage) (string, error) {
	var n uint64
	return "", json.Unmarshal(result, &n)
}

func hasProof(_ *Capabilities, result json.RawMessage) (string, error) {
	var proof struct {
		AccountProof []hexutil.Bytes `json:"accountProof"`
	}
	err := json.Unmarshal(result, &proof)
	if err == nil && len(proof.AccountProof) == 0 {
		err = errors.New("answered without a proof")
	}
	return "", err
}

func hasTransfers(_ *Capabilities, result json.RawMessage) (string, error) {
	var page struct {
		Transfers *[]json.RawMessage `json:"transfers"`
	}
	err := json.Unmarshal(result, &page)
	if err == nil && page.Transfers == nil {
		err = errors.New("answered without transfers")
	}
	return "", err
}

func sampleReceipts(p *Capabilities, result json.RawMessage) (string, error) {
	var receipts []struct {
		TransactionHash common.Hash `json:"transactionHash"`
	}
	if err := json.Unmarshal(result, &receipts); err != nil {
		return "", err
	}
	if len(receipts) != len(p.sample.txs) {
		return "", fmt.Errorf("%d receipts of a block with %d tx", len(receipts), len(p.sample.txs))
	}
	return p.sampleNote(), nil
}

func (p *Capabilities) sampleNote() string {
	if len(p.sample.txs) == 0 {
		return noSample
	}
	return ""
}

func sampleTraces(p *Capabilities, result json.RawMessage) (string, error) {
	var traces []struct {
		Action json.RawMessage `json:"action"`
	}
	if err := json.Unmarshal(result, &traces); err != nil {
		return "", err
	}
	if len(traces) < len(p.sample.txs) {
		return "", fmt.Errorf("%d traces of a block with %d tx", len(traces), len(p.sample.txs))
	}
	return p.sampleNote(), nil
}

// frame is what every frame of callTracer has. A node that ignores the tracer
// answers with struct logs, and one that does not know it with {}.
type frame struct {
	Type       string          `json:"type"`
	From       *common.Address `json:"from"`
	StructLogs json.RawMessage `json:"structLogs"`
}

func (f *frame) check() error {
	switch {
	case f != nil && f.StructLogs != nil:
		return errors.New("answered with struct logs: the tracer is ignored")
	case f == nil || f.Type == "" || f.From == nil:
		return errors.New("answered with a frame that names no type or sender")
	}
	return nil
}

func sampleFrames(p *Capabilities, result json.RawMessage) (string, error) {
	var items []struct {
		Result *frame `json:"result"`
		Error  string `json:"error"`
	}
	if err := json.Unmarshal(result, &items); err != nil {
		return "", err
	}
	if len(items) != len(p.sample.txs) {
		return "", fmt.Errorf("%d traces of a block with %d tx", len(items), len(p.sample.txs))
	}
	for _, item := range items {
		if item.Error != "" {
			return "", errors.New(item.Error)
		}
		if err := item.Result.check(); err != nil {
			return "", err
		}
	}
	return p.sampleNote(), nil
}

func sampleFrame(_ *Capabilities, result json.RawMessage) (string, error) {
	var top *frame
	if err := json.Unmarshal(result, &top); err != nil {
		return "", err
	}
	return "", top.check()
}

// simulatedLog wants the one transfer of the simulation told as a log.
func simulatedLog(_ *Capabilities, result json.RawMessage) (string, error) {
	var blocks []struct {
		Calls []struct {
			Logs []struct {
				Address common.Address `json:"address"`
				Topics  []common.Hash  `json:"topics"`
			} `json:"logs"`
		} `json:"calls"`
	}
	if err := json.Unmarshal(result, &blocks); err != nil {
		return "", err
	}
	if len(blocks) == 1 && len(blocks[0].Calls) == 1 && len(blocks[0].Calls[0].Logs) == 1 {
		l := blocks[0].Calls[0].Logs[0]
		if l.Address == simulatedTransfers && len(l.Topics) == 3 && l.Topics[0] == chain.TopicTransfer {
			return "", nil
		}
	}
	return "", errors.New("answered without telling the transfer")
}
