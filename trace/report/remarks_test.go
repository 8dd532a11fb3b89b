package report

import (
	"bytes"
	"strings"
	"testing"

	"losstracer/chain"
	"losstracer/trace/loss"
)

// TestRemarks: what the judgement says of an asset stands in every form.
func TestRemarks(t *testing.T) {
	t.Parallel()
	c := bareCase()
	s := *c.Statement
	s.Remarks = []loss.Remark{{Asset: chain.NativeAsset(1), Text: "7 ETH of it may be what was paid out before", Basis: chain.Heuristic}}
	c.Statement = &s
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return Text(b, c, 80) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, c) },
		"html":     func(b *bytes.Buffer) error { return HTML(b, c) },
		"json":     func(b *bytes.Buffer) error { return JSON(b, c) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil || !strings.Contains(strings.Join(strings.Fields(b.String()), " "), s.Remarks[0].Text) {
			t.Errorf("%s: %v, or nothing of the remark", name, err)
		}
	}
	told := false
	for _, sheet := range Sheets(c) {
		for row := range sheet.Rows() {
			told = told || sheet.Name == "remarks" && row[3].Text == s.Remarks[0].Text
		}
	}
	if !told {
		t.Error("no sheet has the remark")
	}
}
