package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One is told in the singular, more in the plural.
func TestStrangeLogs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		counted, disproved int
		want               []string
	}{
		{0, 0, nil},
		{1, 0, []string{"1 transfer of eth_getLogs does not stand in the receipts of its block"}},
		{2, 1, []string{
			"2 transfers of eth_getLogs do not stand in the receipts of their blocks",
			"1 transfer of eth_getLogs does not stand in the receipts of its block, which are proven: it is not counted",
		}},
		{0, 3, []string{"3 transfers of eth_getLogs do not stand in the receipts of their blocks, which are proven: they are not counted"}},
	} {
		p := &pull{disproved: row.disproved}
		if diff := cmp.Diff(row.want, p.strangeLogs(row.counted)); diff != "" {
			t.Errorf("%d and %d (-want +got)\n%s", row.counted, row.disproved, diff)
		}
	}
}
