package report

import (
	"fmt"
	"io"
	"strconv"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// EndpointOffer is what an endpoint was found to offer.
type EndpointOffer struct {
	Host         string
	ChainID      uint64
	Client       string
	Genesis      common.Hash
	GenesisWhy   string
	Head         chain.Block
	Finalized    chain.Block
	FinalizedWhy string
	OldestState  uint64
	StateWhy     string
	Methods      []MethodOffer
	HTTP, RPC    int // what asking cost
	// Unprovable is why logs of the chain cannot be proven; empty where they can.
	Unprovable string
	Typical    TypicalCost
}

// TypicalCost is what the history of one account is expected to cost that sends
// so many txs in so many blocks.
type TypicalCost struct {
	Blocks, Sent    uint64
	Requests, Calls int
}

// MethodOffer says whether a method can be used, and up to how many blocks a
// call, 0 where no limit is known.
type MethodOffer struct {
	Method string
	Usable bool
	Why    string
	Blocks uint64
}

// Endpoint writes what an endpoint offers, and what follows from it.
func Endpoint(w io.Writer, o EndpointOffer, width int) error {
	n, listed := chain.NetworkByID(o.ChainID)
	p := page{Title: fmt.Sprintf("%s: %s", o.Host, n.Title)}
	if !listed {
		p.Notices = append(p.Notices, fmt.Sprintf("chain %d is not in the table of known networks", o.ChainID))
	}
	p.Lead = []string{
		fmt.Sprintf("Client: %s. Asked with %d calls in %d requests.", orUnknown(o.Client), o.RPC, o.HTTP),
		fmt.Sprintf("Head: block %d of %s.", o.Head.Number, moment(unix(o.Head.Time))),
		"Final: " + o.finalText(),
		"Genesis: " + o.genesisText(n),
		"State: " + o.stateText(),
	}
	t := &table{Columns: []column{{Name: "method"}, {Name: "usable"}, {Name: "blocks a call", Number: true}, {Name: "remark", Wide: true}}}
	for _, m := range o.Methods {
		usable, blocks := "no", "–"
		if m.Usable {
			usable = "yes"
		}
		if m.Blocks > 0 {
			blocks = strconv.FormatUint(m.Blocks, 10)
		}
		t.add(m.Method, usable, blocks, chain.Printable(m.Why, 200))
	}
	p.Sections = []section{{Heading: "Methods", Table: t}, o.meaning()}
	return p.clean().writeText(w, width)
}

func orUnknown(s string) string {
	if s == "" {
		return "not told"
	}
	return s
}

func (o EndpointOffer) finalText() string {
	if o.FinalizedWhy != "" {
		return "not known: " + o.FinalizedWhy
	}
	return fmt.Sprintf("block %d.", o.Finalized.Number)
}

func (o EndpointOffer) genesisText(n chain.Network) string {
	switch {
	case o.GenesisWhy != "":
		return "not known: " + o.GenesisWhy
	case n.Genesis == (common.Hash{}):
		return o.Genesis.Hex() + "; that of the chain is not known here."
	case n.Genesis != o.Genesis:
		return o.Genesis.Hex() + ", which is not that of " + n.Title + ": a local or forked chain."
	}
	return "that of " + n.Title + "."
}

func (o EndpointOffer) stateText() string {
	if o.StateWhy == "" {
		return "balances back to the first block."
	}
	return fmt.Sprintf("balances from block %d on; of older ones it says: %s", o.OldestState, o.StateWhy)
}

func (o EndpointOffer) can(method string) bool {
	for _, m := range o.Methods {
		if m.Method == method {
			return m.Usable
		}
	}
	return false
}

// meaning says what the offer allows and what it leaves open.
func (o EndpointOffer) meaning() section {
	s := section{Heading: "What this means"}
	frames := o.can("debug_traceTransaction") || o.can("debug_traceBlockByNumber") || o.can("trace_block") || o.can("eth_simulateV1")
	if frames {
		s.Items = append(s.Items, say("coins moved by calls within transactions can be seen"))
	} else {
		s.Items = append(s.Items, say("coins moved by calls within transactions cannot be seen: amounts stay exact by the balance, senders stay unseen"))
	}
	if o.StateWhy != "" {
		s.Items = append(s.Items, say("before the oldest balance no history can be closed, and none found by bisection"))
	}
	switch {
	case o.Unprovable != "":
		s.Items = append(s.Items, say("logs cannot all be proven to be in their block: "+o.Unprovable))
	case o.can("eth_getBlockReceipts"):
		s.Items = append(s.Items, say("logs can be proven to be in their block, a request a block"))
	default:
		s.Items = append(s.Items, say("logs can be proven to be in their block with a request for every receipt of it"))
	}
	if !o.can("eth_getProof") {
		s.Items = append(s.Items, say("balances rest on the endpoint's word"))
	}
	s.Items = append(s.Items, say("that there were no other logs rests on the endpoint's word, unless --prove-absence reads every header of the window"))
	if !o.can("eth_getLogs") {
		s.Items = append(s.Items, say("there is no history of tokens: the endpoint gives no logs"))
	}
	if t := o.Typical; o.StateWhy == "" && t.Blocks > 0 {
		s.Items = append(s.Items, sayf("an account that sends %s in a window of %s takes about %d requests with %d calls, and 3 calls more for each block in which tokens moved; verify --dry-run tells it for a write-up",
			count(int(t.Sent), "tx", "txs"), count(int(t.Blocks), "block", "blocks"), t.Requests, t.Calls))
	}
	return s
}
