package report_test

import (
	"fmt"
	"os"

	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/report"
)

// A write-up that could not be checked says so, and what it lacks.
func ExampleText() {
	c := &trace.Case{
		Tool: "1.0", Incident: incident.Parse("write-up.md", []byte("---\ntitle: A desk loses its keys\n---\n\n## Summary\n\nIt did.\n")), Statement: &loss.Statement{},
		Scopes:  []trace.ChainScope{{Chain: "ethereum", ChainID: 1, Status: trace.NoEndpoint, Detail: "no endpoint was given for it"}},
		Verdict: trace.Incomplete,
	}
	c.Incident.Problems = nil
	if err := report.Text(os.Stdout, c, 72); err != nil {
		fmt.Println(err)
	}
	// Output:
	// A desk loses its keys
	// =====================
	//
	// Incomplete: the write-up was read; no chain was looked at.
	// Open: 1 point stands below, under “What could not be checked”.
	// Measured: no loss, because nothing could be measured (see below).
	//
	// What could not be checked
	// -------------------------
	// * ethereum: no-endpoint: no endpoint was given for it; with one, given
	//   by --rpc, what the write-up says of this chain is measured (--dry-run
	//   shows what it would be asked)
	//
	// What this rests on
	// ------------------
	// * facts
	// * losstracer 1.0
}
