package incident

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCounted: what is counted without a symbol, in parts of a coin, or valued
// in another coin.
func TestCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   []string
		reason string
	}{
		{"- 200 game items", []string{"asset 200 game items"}, "things without a symbol keep the writer's words"},
		{"- 200 game items ($30,000)\n- 35 NFTs", []string{"asset 200 game items $30000", "asset 35 NFTs"}, ""},
		{"- 17 trading cards, 12 land parcels", []string{"asset 17 trading cards", "asset 12 land parcels"}, ""},
		{"- 29 other items", []string{}, "nobody knows what they are"},
		{"The attacker took 35 NFTs of the collection, and 200 game items.", []string{"asset 35 NFTs", "asset 200 game items"}, ""},
		{"The attacker used 12 plots and 3 cards.", []string{}, "in a sentence these may be anything"},
		{"- 1,200,000 sats", []string{"asset 0.012 BTC"}, "a hundred millionth each"},
		{"Foo lost 1.2 million satoshis.", []string{"asset 0.012 BTC"}, ""},
		{"- 40,000,000,000 gwei\n- 2,000,000,000,000,000,000 wei", []string{"asset 40 ETH", "asset 2 ETH"}, ""},
		{"The gas price was 40 gwei, at 30 gwei gas it failed.", []string{}, "what gas costs was not lost"},
		{"- 29 Moonbirds worth around 750 ETH ($12 million)", []string{"total $12000000", "asset 29 Moonbirds $12000000"}, "nobody lost the coin that it is valued in"},
		{"The attacker stole 29 Moonbirds valued at 750 ETH ($12 million).", []string{"total $12000000", "asset 29 Moonbirds $12000000"}, ""},
		{"- 40 ETH worth 92,000 USDC\n- 3 Apes (150 ETH)\n- 1 ETH (and 2 BTC)", []string{"asset 40 ETH $92000", "asset 3 Apes", "asset 1 ETH", "asset 2 BTC"}, "a value in a dollar token is one in dollars"},
		{"- 5.43 trillion SHIB (5.43 trillion SHIB)", []string{"asset 5430000000000 SHIB", "asset 5430000000000 SHIB"}, "the same coin is no value"},
	} {
		inc := Parse("a.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset)); d != "" {
			t.Errorf("%q: %s (-want +got):\n%s", tt.text, tt.reason, d)
		}
		told := slices.ContainsFunc(inc.Problems, func(p Problem) bool { return strings.Contains(p.Message, "worth in another coin") })
		if in := strings.Contains(tt.text, "750 ETH") || strings.Contains(tt.text, "92,000 USDC"); told != in {
			t.Errorf("%q: told of a value in a coin: %v", tt.text, told)
		}
	}
}

// TestPartAlone: the one sum of a list is of what its label names.
func TestPartAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
		told bool
	}{
		{"- Staking reward pool: $3M", []string{"asset $3000000 of Staking reward pool"}, true},
		{"The total loss was $12 million:\n\n- Staking reward pool: $3M", []string{"total $12000000", "asset $3000000 of Staking reward pool"}, false},
		{"- Staking reward pool: $12M", []string{"total $12000000", "asset $12000000 of Staking reward pool"}, false},
		{"- BSC: $3M", []string{"chain $3000000 on bsc"}, true},
		{"- Vault: $1.2M", []string{"total $1200000", "asset $1200000 of Vault"}, false}, // a slip by ten has to be told
		{"- Stolen: $3M", []string{"total $3000000"}, false},
		{"- PeckShield: $12M\n- CertiK estimate: $11M", []string{"total $12000000", "total $11000000"}, false}, // estimates are of the whole
	} {
		inc := Parse("a.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimChain)); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, d)
		}
		told := false
		for _, p := range inc.Problems {
			told = told || p.Code == "part-alone"
		}
		if told != tt.told {
			t.Errorf("%q: told that it is a part alone: %v, want %v", tt.text, told, tt.told)
		}
	}
}

// TestFrontMatterBound: the front matter takes the hedge that the words give
// the same figure; a title has words of its own.
func TestFrontMatterBound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		title, text   string
		front, titled Bound
	}{
		{"Foo Loses $12 Million", "Foo lost over $12 million.", AtLeast, Exactly},
		{"Foo Loses $12 Million", "Foo lost $12 million.", Exactly, Exactly},
		{"Foo Loses Over $12 Million", "Foo lost $12 million.", Exactly, AtLeast},
		{"Foo Loses Over $12 Million", "Nobody said how much.", AtLeast, AtLeast},
		{"Foo Loses $12 Million", "Foo lost about $12 million.", Exactly, Exactly},
		{"Foo Loses $12 Million", "Foo lost over $11 million.", Exactly, Exactly},
		{"Foo Loses $12 Million", "Foo lost nearly $12 million, exactly $12 million.", Exactly, Exactly},
	} {
		inc := Parse("a.md", []byte("---\ndate: 2022-03-29\ntarget-entities: Foo\ntitle: "+tt.title+"\nloss: 12000000\n---\n\n## Losses\n\n"+tt.text+"\n"))
		for _, c := range inc.Claims {
			if c.Kind == ClaimFrontMatter && c.USD.Bound != tt.front || c.Kind == ClaimTitle && c.USD.Bound != tt.titled {
				t.Errorf("%q, %q: %s is bound %q", tt.title, tt.text, c.Kind, c.USD.Bound)
			}
		}
	}
}
