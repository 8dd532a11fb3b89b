package report

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
)

// schemaOf compiles a schema, closed: a published schema lets fields be added,
// and here a field that it does not list is one that somebody forgot.
func schemaOf(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, file := range []string{"report.schema.json", "flow.schema.json", "history.schema.json", "incident.schema.json"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		closeObjects(doc)
		if err := c.AddResource("https://schema.invalid/"+file, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("https://schema.invalid/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// closeObjects forbids every property that a schema does not list. Where a flow
// is a document of its own its schema has properties more than the flow.
func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if node["type"] == "object" && node["properties"] != nil {
			node["additionalProperties"] = false
		}
		if node["allOf"] != nil {
			node["unevaluatedProperties"] = false
			flow := node["$defs"].(map[string]any)["flow"].(map[string]any)
			for name := range node["properties"].(map[string]any) {
				flow["properties"].(map[string]any)[name] = true
			}
		}
		for _, child := range node {
			closeObjects(child)
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, what string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	doc, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func cases(t *testing.T) map[string]*trace.Case {
	return map[string]*trace.Case{"small": caseOf(t, tame, story()), "hostile": caseOf(t, hostile, story()), "bare": bareCase(), "demo": demoCase(t), "big": bigCase(t)}
}

func TestReportSchema(t *testing.T) {
	t.Parallel()
	s := schemaOf(t, "report.schema.json")
	for name, c := range cases(t) {
		validate(t, s, name, func(w io.Writer) error { return JSON(w, c) })
	}
}

func TestFlowSchema(t *testing.T) {
	t.Parallel()
	s := schemaOf(t, "flow.schema.json")
	for name, c := range cases(t) {
		if c.Flow != nil {
			validate(t, s, name, func(w io.Writer) error { return Flow(w, c.Flow, "json", 0) })
		}
	}
	c := caseOf(t, tame, story())
	for _, policy := range append(flow.Policies(), flow.All) {
		r, err := trace.Follow(t.Context(), trace.FollowRequest{Case: c, Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		validate(t, s, policy.String(), func(w io.Writer) error { return Flow(w, r, "json", 0) })
		for _, n := range r.Nodes() {
			validate(t, s, policy.String()+" with paths", func(w io.Writer) error { return FlowWays(w, r, n.Account.Address, "json", 0) })
		}
	}
}

func TestHistorySchema(t *testing.T) {
	t.Parallel()
	c := caseOf(t, tame, story())
	h := *c.Histories[0]
	h.Coverage, h.Closure = c.Coverage, c.Closure
	network, _ := chain.NetworkByID(1)
	answer := &History{Network: network, Endpoint: "https://node.example", Addresses: []common.Address{thief}, History: &h, Requests: c.Requests}
	validate(t, schemaOf(t, "history.schema.json"), "history", func(w io.Writer) error { return HistoryJSON(w, answer) })
}

// TestIncidentSchema also reads the real write-ups where they are at hand.
func TestIncidentSchema(t *testing.T) {
	t.Parallel()
	s := schemaOf(t, "incident.schema.json")
	validate(t, s, "small", tame.writeUp().WriteJSON)
	validate(t, s, "hostile", hostile.writeUp().WriteJSON)
	shared := os.Getenv("LOSSTRACER_SHARED")
	if shared == "" {
		t.Skip("LOSSTRACER_SHARED is not set: no real write-ups")
	}
	n := 0
	err := filepath.WalkDir(filepath.Join(shared, "corpus"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		validate(t, s, filepath.Base(path), incident.Parse(filepath.Base(path), b).WriteJSON)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d write-ups", n)
}

// TestSchemaRefuses shows that the schema can fail: one field of a valid report
// is spoilt at a time.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := schemaOf(t, "report.schema.json")
	var b bytes.Buffer
	if err := JSON(&b, caseOf(t, tame, story())); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(map[string]any){
		"a verdict that does not exist": func(d map[string]any) { d["verdict"] = "fine" },
		"a number for an amount":        func(d map[string]any) { d["totals"].(map[string]any)["gross_usd"] = 12.5 },
		"no findings":                   func(d map[string]any) { delete(d, "findings") },
		"a field nobody knows":          func(d map[string]any) { d["mood"] = "good" },
		"a flow without edges":          func(d map[string]any) { delete(d["flow"].(map[string]any), "edges") },
	} {
		var doc map[string]any
		if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		spoil(doc)
		if s.Validate(doc) == nil {
			t.Errorf("%s: the schema does not mind", what)
		}
	}
}
