package chain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"losstracer/chain"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in, want string
		limit          int
	}{
		{"plain", "USDT", "USDT", 40},
		{"words", "USD Coin of old", "USD Coin of old", 15},
		{"space before and after", " USD ", "USD", 40},
		{"two spaces", "USD  Coin", "USD Coin", 40},
		{"delete", "USD\x7f", "USD\uFFFD", 40},
		{"other scripts stay", "泰达币 ЕTH", "泰达币 ЕTH", 40},
		{"space runs", "  Tether \t\r\n USD ", "Tether USD", 40},
		{"terminal escape", "\x1b[31mred", "\uFFFD[31mred", 40},
		{"bidirectional override", "USD\u202eC", "USD\uFFFDC", 40},
		{"bidirectional isolate", "\u2066x\u2069", "\uFFFDx\uFFFD", 40},
		{"zero width", "US\u200bDT\ufeff", "US\uFFFDDT\uFFFD", 40},
		{"joiner", "a\u200db", "a\uFFFDb", 40},
		{"letter without ink", "USDT\u3164", "USDT\uFFFD", 40},
		{"variation selector", "USDT\ufe0f", "USDT\uFFFD", 40},
		{"tag characters", "US\U000e0041DT", "US\uFFFDDT", 40},
		{"private use", "\ue000", "\uFFFD", 40},
		{"NUL", "a\x00b", "a\uFFFDb", 40},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFD\uFFFDb", 40},
		{"next line and separators are space", "a\u0085b\u2028c\u00a0d", "a b c d", 40},
		{"exactly the limit", "0123456789", "0123456789", 10},
		{"one more", "0123456789A", "0123456789…", 10},
		{"space at the limit", "012345678 A", "012345678…", 10},
		{"long", strings.Repeat("x", 1e6), "xxxxxxxxxx…", 10},
		{"nothing", " \t", "", 40},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := chain.Printable(test.in, test.limit); got != test.want {
				t.Errorf("Printable(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("USDT", 5)
	f.Add("a b\u202e", 2)
	f.Add("\xff \x00", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := chain.Printable(s, limit)
		if n := utf8.RuneCountInString(got); n > max(limit, 0)+1 {
			t.Fatalf("%d runes of %d", n, limit)
		}
		for _, r := range got {
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
				t.Fatalf("%U in %q", r, got)
			}
		}
		if limit > 0 && !strings.HasSuffix(got, "…") && chain.Printable(got, limit) != got {
			t.Fatalf("%q is not stable", got)
		}
	})
}

func TestGroupThousands(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "0": "0", "999": "999", "-999": "-999", "1000": "1,000", "-1234567.891": "-1,234,567.891", "0.0001234": "0.0001234", "1000000": "1,000,000",
	} {
		if got := chain.GroupThousands(in); got != want {
			t.Errorf("GroupThousands(%q): got %q, want %q", in, got, want)
		}
	}
}
