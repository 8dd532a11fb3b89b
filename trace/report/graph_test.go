package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// backwardFlow is a trace of what funded an account, of which a part came from
// nobody knows where.
func backwardFlow(t *testing.T) *flow.Result {
	t.Helper()
	a, b := addressOf(0xa), addressOf(0xb)
	text := "chain,block,time,tx,index,from,to,asset_id,amount\n" +
		"ethereum,1,1700000000,,0,," + chain.Hex(a) + ",eip155:1/slip44:60,7\n" +
		"ethereum,2,1700000012,,0," + chain.Hex(a) + "," + chain.Hex(b) + ",eip155:1/slip44:60,5\n"
	rec := &flow.Record{}
	if err := rec.ReadCSV(strings.NewReader(text), "funding.csv"); err != nil {
		t.Fatal(err)
	}
	r, err := flow.Trace(t.Context(), flow.Request{Backward: true, Sources: []flow.Account{{ChainID: 1, Address: b}}, Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func drawnFlows(t *testing.T) map[string]*flow.Result {
	return map[string]*flow.Result{
		"demo": demoCase(t).Flow, "hostile": caseOf(t, hostile, story()).Flow, "big": bigCase(t).Flow, "backward": backwardFlow(t),
	}
}

// TestDOTIsRead: Graphviz itself reads what is written for it, and finds every
// node and edge.
func TestDOTIsRead(t *testing.T) {
	t.Parallel()
	for name, r := range drawnFlows(t) {
		if name == "big" { // takes long to lay out; it differs in size alone
			continue
		}
		var b bytes.Buffer
		if err := Flow(&b, r, "dot", 0); err != nil {
			t.Fatal(err)
		}
		plain, err := dotLayout(b.String(), wazero.NewRuntimeConfigInterpreter())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b.String())
		}
		nodes, edges := strings.Count(plain, "\nnode "), strings.Count(plain, "\nedge ")
		if nodes != len(r.Nodes()) || edges != r.EdgeCount() {
			t.Errorf("%s: Graphviz finds %d of %d nodes and %d of %d edges", name, nodes, len(r.Nodes()), edges, r.EdgeCount())
		}
	}
	if _, err := dotLayout("digraph { a -> ", wazero.NewRuntimeConfigInterpreter()); err == nil {
		t.Error("a broken graph is laid out")
	}
}

// tokens are those of an XML document that must be well-formed.
func tokens(t *testing.T, name string, in io.Reader) iter.Seq[xml.Token] {
	return func(yield func(xml.Token) bool) {
		for d := xml.NewDecoder(in); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !yield(token) {
				return
			}
		}
	}
}

// nmtoken is what ids are in GraphML's schema.
var nmtoken = regexp.MustCompile(`^[\pL\pN.:_-]+$`)

// TestGraphMLIsValid holds the form to what http://graphml.graphdrawing.org says
// of it: which element may stand in which, keys that are declared for what they
// are used on and hold values of their type, ids that are there once, edges
// between nodes that are there.
func TestGraphMLIsValid(t *testing.T) {
	t.Parallel()
	parents := map[string]string{"graphml": "", "key": "graphml", "graph": "graphml", "node": "graph", "edge": "graph"}
	for name, r := range drawnFlows(t) {
		var b bytes.Buffer
		if err := Flow(&b, r, "graphml", 0); err != nil {
			t.Fatal(err)
		}
		var open []string
		keys, ids, count := map[string]map[string]string{}, map[string]bool{}, map[string]int{}
		var ends []string
		value := "" // type of the data at hand
		for token := range tokens(t, name, &b) {
			switch token := token.(type) {
			case xml.StartElement:
				element, attr := token.Name.Local, map[string]string{}
				for _, a := range token.Attr {
					attr[a.Name.Local] = a.Value
				}
				parent := ""
				if len(open) > 0 {
					parent = open[len(open)-1]
				}
				if want, known := parents[element]; element == "data" && parent != "node" && parent != "edge" || element != "data" && (!known || want != parent) {
					t.Fatalf("%s: <%s> in <%s>", name, element, parent)
				}
				if token.Name.Space != "http://graphml.graphdrawing.org/xmlns" {
					t.Errorf("%s: <%s> of another namespace", name, element)
				}
				count[element]++
				switch element {
				case "key":
					keys[attr["id"]] = attr
					if !slices.Contains([]string{"node", "edge"}, attr["for"]) || !slices.Contains([]string{"int", "string"}, attr["attr.type"]) {
						t.Errorf("%s: key %v", name, attr)
					}
				case "node":
					if ids[attr["id"]] || !nmtoken.MatchString(attr["id"]) {
						t.Errorf("%s: id %q", name, attr["id"])
					}
					ids[attr["id"]] = true
				case "edge":
					ends = append(ends, attr["source"], attr["target"])
				case "data":
					if keys[attr["key"]]["for"] != parent {
						t.Errorf("%s: data %q on a <%s>", name, attr["key"], parent)
					}
					value = keys[attr["key"]]["attr.type"]
				}
				open = append(open, element)
			case xml.EndElement:
				open, value = open[:len(open)-1], ""
			case xml.CharData:
				if value == "int" && strings.Trim(string(token), "0123456789") != "" {
					t.Errorf("%s: %q is no int", name, token)
				}
			}
		}
		for _, id := range ends {
			if !ids[id] {
				t.Errorf("%s: an edge ends at %q, which is no node", name, id)
			}
		}
		if count["node"] != len(r.Nodes()) || count["edge"] != r.EdgeCount() || count["graph"] != 1 {
			t.Errorf("%s: %v, want %d nodes and %d edges", name, count, len(r.Nodes()), r.EdgeCount())
		}
	}
}

// TestTreeOfMany: of many payments the tree has the largest, in order, and says
// how many more there are.
func TestTreeOfMany(t *testing.T) {
	t.Parallel()
	s := &script{}
	s.pay(0, victim, thief, eth, "1000"+oneETH)
	for i := range 20 {
		s.pay(time.Hour+time.Duration(i)*time.Minute, thief, addressOf(0x1000+i), eth, fmt.Sprint(1+i*7%20)+oneETH)
	}
	lines := flowTree(caseOf(t, tame, s).Flow)
	var paid []string
	for _, line := range lines {
		if _, rest, ok := strings.Cut(line, "   ├─ "); ok {
			paid = append(paid, strings.Fields(rest)[0])
		}
		if _, rest, ok := strings.Cut(line, "   └─ "); ok {
			paid = append(paid, strings.Fields(rest)[0])
		}
	}
	if want := []string{"20", "19", "18", "17", "16", "15", "14", "13"}; !slices.Equal(paid, want) || lines[len(lines)-1] != "and 12 more payments" {
		t.Errorf("paid %v, want %v and 12 more:\n%s", paid, want, strings.Join(lines, "\n"))
	}
}
