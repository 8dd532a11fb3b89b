package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"losstracer/chain"
	"losstracer/trace/flow"
)

func nodeID(a flow.Account) string { return a.String() }

// flowDOT writes the graph for Graphviz, in layers by hop.
func flowDOT(w io.Writer, r *flow.Result, _ int) error {
	out := &printer{w: w}
	out.printf("digraph flow {\n\trankdir=LR;\n\tnode [shape=box];\n")
	for _, n := range r.Nodes() {
		tooltip := ""
		if basis := nodeBasis(n); basis != "" {
			tooltip = ", tooltip=" + dotQuote(basis)
		}
		out.printf("\t%s [label=%s, hop=%d%s];\n", dotQuote(nodeID(n.Account)), dotQuote(nodeText(n)), n.Hop, tooltip)
	}
	for e := range r.EachEdge() {
		label := sumText(r, e.Sum) + " " + assetText(r, e.Sum)
		out.printf("\t%s -> %s [label=%s];\n", dotQuote(nodeID(e.From)), dotQuote(nodeID(e.To)), dotQuote(label))
	}
	out.printf("}\n")
	return out.err
}

// dotQuote writes a quoted string of the DOT language, in which a backslash
// begins an escape of labels and so has to be doubled.
func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(chain.Printable(s, 400)) + `"`
}

// printer keeps the first error of a series of writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// The GraphML elements that are written: http://graphml.graphdrawing.org.
type (
	graphML struct {
		XMLName xml.Name     `xml:"graphml"`
		NS      string       `xml:"xmlns,attr"`
		Keys    []graphKey   `xml:"key"`
		Graph   graphContent `xml:"graph"`
	}
	graphKey struct {
		ID   string `xml:"id,attr"`
		For  string `xml:"for,attr"`
		Name string `xml:"attr.name,attr"`
		Type string `xml:"attr.type,attr"`
	}
	graphContent struct {
		Default string      `xml:"edgedefault,attr"`
		Nodes   []graphNode `xml:"node"`
		Edges   []graphEdge `xml:"edge"`
	}
	graphNode struct {
		ID   string      `xml:"id,attr"`
		Data []graphData `xml:"data"`
	}
	graphEdge struct {
		Source string      `xml:"source,attr"`
		Target string      `xml:"target,attr"`
		Data   []graphData `xml:"data"`
	}
	graphData struct {
		Key   string `xml:"key,attr"`
		Value string `xml:",chardata"`
	}
)

// flowGraphML writes the graph for graph editors; amounts in base units.
func flowGraphML(w io.Writer, r *flow.Result, _ int) error {
	g := graphML{NS: "http://graphml.graphdrawing.org/xmlns", Graph: graphContent{Default: "directed"}}
	g.Keys = []graphKey{
		{"label", "node", "label", "string"}, {"hop", "node", "hop", "int"}, {"kind", "node", "kind", "string"}, {"basis", "node", "basis", "string"},
		{"asset", "edge", "asset_id", "string"}, {"amount", "edge", "amount", "string"}, {"usd", "edge", "usd", "string"},
	}
	for _, n := range r.Nodes() {
		data := []graphData{{"label", nodeText(n)}, {"hop", strconv.Itoa(n.Hop)}, {"kind", nodeKind(&n)}}
		if basis := nodeBasis(n); basis != "" {
			data = append(data, graphData{"basis", basis})
		}
		g.Graph.Nodes = append(g.Graph.Nodes, graphNode{nodeID(n.Account), data})
	}
	for e := range r.EachEdge() {
		data := []graphData{{"asset", e.Asset.String()}, {"amount", e.Units.String()}}
		if e.USD != nil {
			data = append(data, graphData{"usd", e.USD.String()})
		}
		g.Graph.Edges = append(g.Graph.Edges, graphEdge{nodeID(e.From), nodeID(e.To), data})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(g); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
