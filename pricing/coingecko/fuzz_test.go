package coingecko

import (
	"encoding/json"
	"testing"
)

// FuzzQuote reads prices as they stand in a chart.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{`[1700265600000,1961.23]`, `[1,null]`, `[]`, `["1","2"]`, `[1e3,1]`, `[-1,-1,-1]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var p []json.Number
		if json.Unmarshal(body, &p) != nil {
			return
		}
		q, err := quote(p)
		if err == nil && (q.Price.IsNegative() || q.Price.IsPositive() && q.At.UnixMilli() <= 0) {
			t.Fatalf("%+v of %s", q, body)
		}
	})
}
