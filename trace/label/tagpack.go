package label

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"losstracer/chain"
)

// ReadTagPack reads a GraphSense TagPack. Fields of its head hold for every tag
// that does not state them itself. A tag about a chain that is no EVM chain, or
// about a tx, is left out and counted in skipped. As in [ReadCSV], a file with
// a tag that is wrong is refused.
//
// The format is that of graphsense-tagpack-tool, tagpack_schema.yaml. Its
// concepts (category, abuse, concepts) are far finer than [Category]: what has
// no equal here is [Other]. YAML aliases are not followed, nor files that a pack
// includes.
func ReadTagPack(name string, r io.Reader) (tags []Tag, skipped int, err error) {
	b, err := slurp(name, r)
	if err != nil {
		return nil, 0, err
	}
	p := pack{refusals: refusals{file: name}}
	if line, deep := nested(b); deep || len(b) > maxYAML {
		return nil, 0, &SyntaxError{name, line, fmt.Sprintf("nested deeper, or longer, than a TagPack (%d MiB)", maxYAML>>20)}
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, 0, notYAML(name, err)
	}
	for _, d := range file.Docs {
		p.document(d.Body)
	}
	tags, err = accepted(p.tags, &p.refusals)
	if err != nil {
		return nil, 0, err
	}
	return tags, p.skipped, nil
}

const (
	maxYAML  = 32 << 20
	maxDepth = 1000
)

// nested finds the line in which brackets, or dashes one after another, open
// more levels than a parser that calls itself should be given. Brackets in text
// count too: more than a thousand that are never closed are no text.
func nested(b []byte) (line int, deep bool) {
	depth, run := 0, 0
	line = 1
	for _, c := range b {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		switch c {
		case '-', '?', '!', '&', '*':
			run++
		case ' ', '\t':
		case '\n':
			line++
			run = 0
		default:
			run = 0
		}
		if depth > maxDepth || run > maxDepth {
			return line, true
		}
	}
	return 0, false
}

func notYAML(name string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		line := 0
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		return &SyntaxError{name, line, "not YAML: " + syntax.GetMessage()}
	}
	return &SyntaxError{File: name, Why: "not YAML: " + err.Error()}
}

// pack is a TagPack being read.
type pack struct {
	refusals
	tags    []Tag
	skipped int
}

// record is a mapping of scalars, and where each of its lists is.
type record struct {
	line   int
	fields map[string]string
	lists  map[string]ast.Node
}

func (p *pack) document(body ast.Node) {
	if body == nil {
		return
	}
	head := recordOf(body)
	if inner := head.lists["header"]; inner != nil {
		for k, v := range recordOf(inner).fields {
			head.fields[k] = v
		}
	}
	list, ok := head.lists["tags"].(*ast.SequenceNode)
	if !ok {
		p.add(head.line, errors.New("not a TagPack: no list of tags"))
		return
	}
	for _, n := range list.Values {
		p.tag(head, recordOf(n))
	}
}

func (p *pack) tag(head, own record) {
	net, known := network(head, own)
	address := own.fields["address"]
	switch {
	case address == "" && own.fields["tx_hash"] != "", !known:
		p.skipped++
		return
	}
	get := func(field string) string {
		if v, ok := own.fields[field]; ok {
			return v
		}
		return head.fields[field]
	}
	confidence, err := confidenceOf(get("confidence"))
	if err != nil {
		p.add(own.line, err)
		return
	}
	t, err := written{
		address: address, chain: strconv.FormatUint(net, 10), label: get("label"),
		category: string(categoryOf(concepts(get))), source: get("source"), confidence: confidence,
	}.tag()
	if err != nil {
		p.add(own.line, err)
		return
	}
	p.tags = append(p.tags, t)
}

// networks names EVM chains as TagPacks do (constants.py of the tool), where it
// is not by our own short name.
var networks = map[string]uint64{
	"eth": 1, "etc": 61, "bsc": 56, "bep20": 56, "matic": 137, "arb": 42161, "op": 10, "avax": 43114, "ftm": 250,
}

// network finds the chain of a tag. As in the tool, a currency stands for its
// network where none is stated, and what the tag states goes before the head.
func network(head, own record) (uint64, bool) {
	for _, r := range []record{own, head} {
		for _, field := range []string{"network", "currency"} {
			if s := strings.ToLower(r.fields[field]); s != "" {
				if id, ok := networks[s]; ok {
					return id, true
				}
				n, ok := chain.NetworkByName(s)
				return n.ID, ok
			}
		}
	}
	return 0, false
}

// confidences are the levels of the tool's confidence.csv.
var confidences = map[string]int{
	"override": 100, "ownership": 100, "manual_transaction": 90, "service_api": 70, "authority_data": 60,
	"trusted_provider": 50, "service_data": 50, "forensic": 50, "untrusted_transaction": 40,
	"web_crawl": 20, "heuristic": 10, "unknown": 5,
}

// confidenceOf turns an id into a level. The tool gives a tag without one the
// lowest.
func confidenceOf(id string) (string, error) {
	if id == "" {
		id = "unknown"
	}
	if n, ok := confidences[strings.ToLower(id)]; ok {
		return strconv.Itoa(n), nil
	}
	if _, err := parseConfidence(id); err != nil {
		return "", fmt.Errorf("confidence %q: not one of the levels of GraphSense, such as ownership or web_crawl", id)
	}
	return id, nil
}

// concepts returns the ids of a tag's concepts: those of what it did before
// those of what it is.
func concepts(get func(string) string) []string {
	return strings.Fields(strings.ToLower(get("abuse") + " " + get("concepts") + " " + get("category")))
}

// meanings translates the ids of the tool's concepts.yaml, in the order in
// which one goes before another.
var meanings = []struct {
	id       string
	category Category
}{
	{"sanction", Sanctioned}, {"phishing", Phishing}, {"service_hack", Attacker}, {"ransomware", Attacker},
	{"perpetrator", Attacker}, {"scam", Attacker}, {"investment_fraud", Attacker}, {"ponzi_scheme", Attacker},
	{"pyramid_scheme", Attacker}, {"extortion", Attacker}, {"sextortion", Attacker}, {"victim", Victim},
	{"mixing_service", Mixer}, {"mixing", Mixer}, {"coinjoin", Mixer}, {"defi_bridge", Bridge}, {"defi_dex", DEX},
	{"defi_lending", Lending}, {"gambling", Gambling}, {"exchange", Exchange}, {"defi_derivative", Protocol}, {"defi", Protocol},
}

func categoryOf(concepts []string) Category {
	for _, m := range meanings {
		if slices.Contains(concepts, m.id) {
			return m.category
		}
	}
	for _, c := range Categories() { // of packs that use words of their own
		if slices.Contains(concepts, string(c)) {
			return c
		}
	}
	return Other
}

// recordOf takes the fields of a mapping. A list of scalars, such as concepts,
// is also a field: its members, with spaces between.
func recordOf(n ast.Node) record {
	r := record{fields: map[string]string{}, lists: map[string]ast.Node{}}
	if t := n.GetToken(); t != nil && t.Position != nil {
		r.line = t.Position.Line
	}
	pairs := pairsOf(n)
	for i, p := range pairs {
		key := p.Key.GetToken()
		if i == 0 && key.Position != nil {
			r.line = key.Position.Line
		}
		name := strings.ToLower(key.Value)
		switch v := p.Value.(type) {
		case *ast.SequenceNode:
			r.lists[name] = v
			r.fields[name] = join(v)
		case *ast.MappingNode, *ast.MappingValueNode:
			r.lists[name] = v
		default:
			if s := scalar(v); s != "" {
				r.fields[name] = s
			}
		}
	}
	return r
}

func pairsOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// join leaves out what is long: of the lists only tags is, and it is read
// member by member.
func join(list *ast.SequenceNode) string {
	var all []string
	for _, v := range list.Values[:min(len(list.Values), 16)] {
		all = append(all, scalar(v))
	}
	return strings.TrimSpace(strings.Join(all, " "))
}

// scalar returns the text of a value as it is written: an address without
// quotes is a number to YAML.
func scalar(n ast.Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return ""
	case *ast.StringNode:
		return strings.TrimSpace(n.Value)
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.AnchorNode:
		return scalar(n.Value)
	case *ast.TagNode:
		return scalar(n.Value)
	case ast.ScalarNode:
		if t := n.GetToken(); t != nil {
			return strings.TrimSpace(t.Value)
		}
	}
	return ""
}
