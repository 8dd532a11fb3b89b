package llama

import (
	"testing"
)

// FuzzRead reads answers of either form: whatever is not refused has a price
// and a time that can be used.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"coins":{"ethereum:0x0":{"price":1.5,"timestamp":1700308800,"confidence":0.99}}}`), false)
	f.Add([]byte(`{"coins":{"coingecko:ethereum":{"symbol":"ETH","prices":[{"price":1e-9,"timestamp":1,"confidence":1}]}}}`), true)
	f.Add([]byte(`{"coins":{"a":null}}`), false)
	f.Add([]byte(`[]`), true)
	s := New(nil, 0)
	f.Fuzz(func(t *testing.T, body []byte, batch bool) {
		prices, err := read(body, batch)
		if err != nil {
			return
		}
		for coin, points := range prices {
			for _, p := range points {
				q, err := s.quote(coin, p)
				if err == nil && (q.Price.IsNegative() || q.At.Unix() <= 0 || q.Confidence.Valid && q.Confidence.Decimal.IsNegative()) {
					t.Fatalf("%+v of %+v", q, p)
				}
			}
		}
	})
}
