// Package report writes a case down for people and for programs.
//
// # Input
//
// A finished case; or a followed flow, a history, what an endpoint offers, the
// plan of a run, the outcomes of several write-ups.
//
// # Output
//
// For people: text for a terminal, Markdown, and one page of HTML that needs
// nothing beside itself. For programs: JSON, CSV (a file for every table) and a
// workbook; of a flow also SVG, DOT and GraphML. The same case gives the same bytes.
// The schemas of the JSON forms lie beside the package: report.schema.json,
// flow.schema.json, history.schema.json, incident.schema.json.
//
// One function puts a case into words and tables, and every form for people is
// a layout of what it returns. What is looked up rather than read, such as
// every single transfer, is left out on a terminal.
//
// # Pictures
//
// Graphviz lays flows out: its dot, as a WebAssembly module that is embedded,
// run only where a picture is drawn, and given nothing but memory. A dot that is
// installed is never used: reports would depend on its version. What is too
// much for one picture is gathered first, which also bounds the time.
//
// # Text from outside
//
// Text from documents, tokens and endpoints is hostile. For people it is made
// printable and bounded in one place, on the way out; in HTML right-to-left
// runs are isolated and nothing but the page's own style and script may run; in
// CSV and workbooks what a spreadsheet would take for a formula begins with an
// apostrophe. JSON has it as it was.
//
// # Limits
//
// A spreadsheet keeps fifteen digits of a number: a workbook has the exact
// digits as text beside such numbers. A picture of a flow shows some hundred
// addresses; the smaller ones are drawn together, and the tables list them. To
// lay it out takes 0.2 s, for the largest up to some seconds.
//
// The package renders and never computes: every figure in a report is a field
// of the case. Rounding happens here and nowhere else, half to even, for people
// only; JSON has all digits.
package report
