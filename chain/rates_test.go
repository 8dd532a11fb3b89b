package chain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

func TestRatesTable(t *testing.T) {
	t.Parallel()
	want := []chain.Rate{{Subject: "a rule", Population: "some", Said: 4, Wrong: 1, Due: 5, Missed: 2}, {Subject: "another", Population: "some"}}
	got, err := chain.ReadRates(chain.RatesTable(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rates do not survive their table (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "subject\n", chain.RatesTable(nil) + "a,b,1,2,3\n", chain.RatesTable(nil) + "a,b,1,2,3,x\n"} {
		if _, err := chain.ReadRates(bad); err == nil {
			t.Errorf("no error about %q", bad)
		}
	}
}
