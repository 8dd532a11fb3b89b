package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace"
)

// HistorySchema names the form of a history in JSON.
const HistorySchema = "losstracer/history/v1"

// History is what was asked about some addresses, and the answer.
type History struct {
	Network   chain.Network
	Endpoint  string // scheme and host
	Addresses []common.Address
	*chain.History
	Requests trace.Requests
	Warnings []string // about the endpoint
}

// The contract of losstracer/history/v1: fields are added, never renamed.
// Amounts are in base units; closure figures in whole units.
type (
	jsonHistory struct {
		Schema    string                 `json:"schema"`
		Chain     string                 `json:"chain"`
		ChainID   uint64                 `json:"chain_id"`
		Endpoint  string                 `json:"endpoint"`
		FromBlock uint64                 `json:"from_block"`
		ToBlock   uint64                 `json:"to_block"`
		ToHash    string                 `json:"to_block_hash"`
		Addresses []string               `json:"addresses"`
		Transfers rows[jsonHistoryEntry] `json:"transfers"`
		Coverage  []jsonCoverage         `json:"coverage"`
		Closure   []jsonClosure          `json:"closure"`
		Requests  jsonRequests           `json:"requests"`
		Warnings  []string               `json:"warnings"`
	}
	jsonHistoryEntry struct {
		Block        uint64              `json:"block"`
		Time         string              `json:"time"`
		BlockHash    string              `json:"block_hash"`
		Tx           *string             `json:"tx"`
		TxIndex      *uint32             `json:"tx_index"`
		LogIndex     *uint32             `json:"log_index,omitempty"`
		TraceAddress *chain.TraceAddress `json:"trace_address,omitempty"`
		Kind         string              `json:"kind"`
		From         *string             `json:"from"`
		To           *string             `json:"to"`
		AssetID      string              `json:"asset_id"`
		Symbol       string              `json:"symbol"`
		Decimals     *uint8              `json:"decimals"`
		Amount       string              `json:"amount"`
		Proof        string              `json:"proof"`
		ProofWhy     string              `json:"proof_why,omitempty"`
	}
)

func (h *History) meta(asset chain.AssetID) chain.TokenMeta {
	if asset.Kind() == chain.Native {
		return h.Network.CoinMeta()
	}
	if m, ok := h.Tokens[asset]; ok {
		return m
	}
	return h.Tokens[asset.Collection()]
}

func (h *History) warnings() []string { return append(list(h.Warnings), h.History.Warnings...) }

func (d jsonHistory) stream(w *jsonWriter) { w.object(d) }

// HistoryJSON writes a history for other programs, as one line.
func HistoryJSON(w io.Writer, h *History) error {
	d := jsonHistory{
		Schema: HistorySchema, Chain: h.Network.Name, ChainID: h.Network.ID, Endpoint: h.Endpoint,
		FromBlock: h.Window.From, ToBlock: h.Window.To, ToHash: h.End.Hash.Hex(),
		Addresses: each(h.Addresses, chain.Hex), Coverage: each(h.Coverage, coverageDocument),
		Requests: jsonRequests{h.Requests.HTTP, h.Requests.RPC, h.Requests.Bytes}, Warnings: h.warnings(),
	}
	d.Transfers = rowsOf(h.Transfers, func(t *chain.Transfer) jsonHistoryEntry { return entryDocument(t, h.meta(t.Asset)) })
	d.Closure = each(h.Closure, func(x chain.Closure) jsonClosure { return closureDocument(x, h.meta(x.Asset)) })
	if err := writeLine(w, d); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func entryDocument(t *chain.Transfer, meta chain.TokenMeta) jsonHistoryEntry {
	d := jsonHistoryEntry{
		Block: t.Block, Time: stamp(unix(t.Time)), BlockHash: t.BlockHash.Hex(), Tx: text(hashText(t.Tx)), Kind: t.Kind.String(),
		AssetID: t.Asset.String(), Symbol: meta.Symbol, Amount: t.Units.Dec(), Proof: t.Proof.String(), ProofWhy: t.Proof.Why(),
	}
	if t.TxIndex != chain.OutsideTx {
		d.TxIndex = &t.TxIndex
	}
	if meta.DecimalsKnown {
		d.Decimals = &meta.Decimals
	}
	d.LogIndex, d.TraceAddress = siteDocument(t)
	d.From, d.To = endsDocument(*t)
	return d
}

// siteDocument says where in its tx a transfer stands.
func siteDocument(t *chain.Transfer) (log *uint32, frame *chain.TraceAddress) {
	switch t.Site {
	case chain.SiteLog:
		return &t.Index, nil
	case chain.SiteFrame:
		return nil, &t.Trace
	}
	return nil, nil
}

// endsDocument gives sender and recipient; null where there is none.
func endsDocument(t chain.Transfer) (from, to *string) {
	if a, ok := t.Sender(); ok {
		from = text(chain.Hex(a))
	}
	if a, ok := t.Recipient(); ok {
		to = text(chain.Hex(a))
	}
	return from, to
}

// HistoryCSV writes the transfers of a history, a row each, amounts in base
// units. The form is the one in which transfers are read from a file.
func HistoryCSV(w io.Writer, h *History) error {
	c := csv.NewWriter(w)
	// An error stays with the writer until the end.
	_ = c.Write([]string{"chain", "block", "time", "tx", "index", "from", "to", "asset_id", "amount", "symbol", "decimals", "kind", "proof"})
	for i, t := range h.Transfers {
		from, to := endsDocument(t)
		meta := h.meta(t.Asset)
		_ = c.Write([]string{
			h.Network.Name, strconv.FormatUint(t.Block, 10), stamp(unix(t.Time)), hashText(t.Tx), strconv.Itoa(i),
			orEmpty(from), orEmpty(to), t.Asset.String(), t.Units.Dec(), cell(meta.Symbol), strconv.Itoa(int(meta.Decimals)), t.Kind.String(), t.Proof.String(),
		})
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// HistoryText writes a history for a terminal of width columns; 0 means
// [DefaultWidth].
func HistoryText(w io.Writer, h *History, width int) error {
	p := page{
		Title: fmt.Sprintf("%s of %s on %s, blocks %d to %d", count(len(h.Transfers), "transfer", "transfers"), count(len(h.Addresses), "address", "addresses"),
			h.Network.Title, h.Window.From, h.Window.To),
		Notices: h.warnings(),
		Lead: []string{fmt.Sprintf("Asked of %s: %d requests, %d calls, %d bytes. The last block is %s of %s.",
			h.Endpoint, h.Requests.HTTP, h.Requests.RPC, h.Requests.Bytes, h.End.Hash.Hex(), moment(unix(h.End.Time)))},
		Sections: filled([]section{h.transfersSection(), h.closureSection(), h.coverageSection()}),
	}
	return p.clean().writeText(w, width)
}

func (h *History) transfersSection() section {
	t := &table{Columns: []column{
		{Name: "block", Number: true}, {Name: "time"}, {Name: "kind"}, {Name: "from", Hex: true}, {Name: "to", Hex: true},
		{Name: "quantity", Number: true}, {Name: "asset"}, {Name: "tx", Hex: true, Brief: true}, {Name: "proof"},
	}}
	for _, x := range h.Transfers {
		from, to := endsDocument(x)
		meta := h.meta(x.Asset)
		t.add(strconv.FormatUint(x.Block, 10), unix(x.Time).Format("2006-01-02 15:04:05"), x.Kind.String(), orEmpty(from), orEmpty(to),
			quantity(wholeUnits(x.Units.ToBig(), meta)), symbol(x.Asset, meta), txSpan(x.ChainID, x.Tx), x.Proof.String())
	}
	return section{Heading: "Transfers", Table: t}
}

func (h *History) closureSection() section {
	return section{Heading: "Opening + in − out − fees = closing", Table: closureTable(h.Closure, h.meta)}
}

func (h *History) coverageSection() section {
	s := section{Heading: "How it was obtained, and whether it is complete"}
	for _, v := range h.Coverage {
		s.Items = append(s.Items, coverageText(v))
	}
	return s
}
