package label_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/trace/label"
)

// A pack with what packs do: fields in the head, own fields that go before
// them, chains that are no EVM chains, and an address without quotes, which
// YAML takes for a number.
const examplePack = `---
title: A pack
creator: somebody
description: |
  Several lines: with colons
  - and dashes
lastmod: 2022-09-01
network: ETH
currency: ETH
confidence: web_crawl
source: https://example.org/page
is_public: true
tags:
  - address: 0xa160cdab225685da1d56aa342ad8841c3b53f291
    label: Tornado Cash
    category: mixing_service
  - address: '0x28C6c06298d514Db089934071355E5743bf21d60'
    label: 'Binance: hot wallet'
    source: https://example.org/binance
    confidence: ownership
    concepts:
      - hot_wallet
      - exchange
  - address: "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
    label: LAZARUS GROUP
    abuse: sanction
    category: user
    currency: BSC
    network: BSC
    confidence: authority_data
    context: '{"note": "[one", "two": "{"}'
  - address: 1Archive1n2C579dMsAu3iC6tWzuQJz8dN
    label: Internet Archive
    currency: BTC
  - tx_hash: 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060
    label: A tx
  - address: 0x0000000000000000000000000000000000000b0b
    label: A token's holder
    network: TRX
    currency: USDT
`

func TestReadTagPack(t *testing.T) {
	t.Parallel()
	want := []label.Tag{
		{Chain: 1, Address: common.HexToAddress("0xa160cdab225685da1d56aa342ad8841c3b53f291"), Label: "Tornado Cash", Category: label.Mixer, Source: "https://example.org/page", Confidence: 20},
		{Chain: 1, Address: common.HexToAddress("0x28c6c06298d514db089934071355e5743bf21d60"), Label: "Binance: hot wallet", Category: label.Exchange, Source: "https://example.org/binance", Confidence: 100},
		{Chain: 56, Address: common.HexToAddress("0x098b716b8aaf21512996dc57eb0615e2383e2f96"), Label: "LAZARUS GROUP", Category: label.Sanctioned, Source: "https://example.org/page", Confidence: 60},
	}
	for name, text := range map[string]string{
		"plain":          examplePack,
		"windows":        "\xef\xbb\xbf" + strings.ReplaceAll(examplePack, "\n", "\r\n"),
		"head in header": headed(examplePack),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, skipped, err := label.ReadTagPack("pack.yaml", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if skipped != 3 {
				t.Errorf("%d skipped, want the bitcoin address, the tx and the one on Tron", skipped)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// headed moves the head below a key header, where an include puts it.
func headed(pack string) string {
	above, below, _ := strings.Cut(strings.TrimPrefix(pack, "---\n"), "tags:\n")
	return "header:\n  " + strings.ReplaceAll(strings.TrimSuffix(above, "\n"), "\n", "\n  ") + "\ntags:\n" + below
}

func TestReadTagPackRefuses(t *testing.T) {
	t.Parallel()
	const (
		top = "title: t\ncreator: c\nnetwork: ETH\ntags:\n"
		ok  = "- address: '0xa160cdab225685da1d56aa342ad8841c3b53f291'\n  label: a\n  source: s\n"
	)
	for _, test := range []struct {
		name, file string
		line       int
		why        string
	}{
		{"no source", top + ok + "- label: b\n  address: '0xa160cdab225685da1d56aa342ad8841c3b53f291'\n", 8, "without a source"},
		{"a source that is null", top + strings.Replace(ok, "source: s", "source:", 1), 5, "without a source"},
		{"no label", top + strings.Replace(ok, "label: a", "actor: a", 1), 5, "without a label"},
		{"no address", top + strings.Replace(ok, "address:", "adress:", 1), 5, "address"},
		{"wrong checksum", top + strings.Replace(ok, "0xa160cdab", "0xA160cdab", 1), 5, "EIP-55"},
		{"unknown level", top + ok + "  confidence: certain\n", 5, "confidence \"certain\""},
		{"no tags", "title: t\n", 1, "no list of tags"},
		{"tags that are no list", "title: t\ntags: none\n", 1, "no list of tags"},
		{"a list", "- a\n- b\n", 1, "no list of tags"},
		{"a tag that is no mapping", "title: t\nnetwork: ETH\ntags:\n- a\n", 4, "address"},
		{"not YAML", "title: [\n", 1, "not YAML"},
		{"a key twice", "title: a\ntitle: b\ntags: []\n", 2, "not YAML"},
		{"a bracket in a bracket in a bracket", "title: t\ntags: " + strings.Repeat("[", 100_000), 2, "nested"},
		{"a dash after a dash", strings.Repeat("- ", 100_000), 1, "nested"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tags, _, err := label.ReadTagPack("pack.yaml", strings.NewReader(test.file))
			refused(t, tags, err, "pack.yaml", test.line, test.why)
		})
	}
}

func TestTagPackConcepts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, fields string
		want         label.Category
		confidence   int
	}{
		{"nothing said", "", label.Other, 5},
		{"a level in digits", "confidence: 42", label.Other, 42},
		{"what it did goes before what it is", "category: exchange, abuse: scam", label.Attacker, 5},
		{"sanctioned goes before all", "category: exchange, abuse: phishing, concepts: [sanction]", label.Sanctioned, 5},
		{"dex", "concepts: [defi, defi_dex]", label.DEX, 5},
		{"bridge", "category: defi_bridge", label.Bridge, 5},
		{"lending", "category: defi_lending", label.Lending, 5},
		{"a word of ours", "category: mixer", label.Mixer, 5},
		{"another protocol", "category: defi_derivative", label.Protocol, 5},
		{"no equal", "category: miner", label.Other, 5},
		{"victim", "category: victim", label.Victim, 5},
		{"gambling", "category: Gambling", label.Gambling, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fields := ""
			if test.fields != "" {
				fields = ", " + test.fields
			}
			tags, _, err := label.ReadTagPack("pack.yaml", strings.NewReader(
				"currency: ETH\nsource: s\nlabel: l\ntags:\n- {address: '0xa160cdab225685da1d56aa342ad8841c3b53f291'"+fields+"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if tags[0].Category != test.want || tags[0].Confidence != test.confidence {
				t.Errorf("%s, %d, want %s, %d", tags[0].Category, tags[0].Confidence, test.want, test.confidence)
			}
		})
	}
}

// A currency of one's own goes before the network of the head, as in the tool.
func TestTagPackNetwork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, head, own string
		want            uint64 // 0: skipped
	}{
		{"head's network", "network: ETH", "", 1},
		{"head's currency", "currency: MATIC", "", 137},
		{"own currency", "network: ETH", "currency: ARB", 42161},
		{"own network", "network: BTC", "network: BEP20", 56},
		{"a short name of ours", "network: ETH", "network: base", 8453},
		{"a token's name is no network", "currency: USDT", "", 0},
		{"a token on a network", "network: OP", "", 10},
		{"none", "title: t", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			own := ""
			if test.own != "" {
				own = ", " + test.own
			}
			tags, skipped, err := label.ReadTagPack("pack.yaml", strings.NewReader(
				test.head+"\nsource: s\nlabel: l\ntags:\n- {address: '0xa160cdab225685da1d56aa342ad8841c3b53f291'"+own+"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			if test.want == 0 {
				if skipped != 1 || len(tags) != 0 {
					t.Errorf("%v, %d skipped", tags, skipped)
				}
				return
			}
			if len(tags) != 1 || tags[0].Chain != test.want {
				t.Errorf("%v, want chain %d", tags, test.want)
			}
		})
	}
}

// Nothing that fits in a small file may take long.
func TestTagPackTime(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"brackets": "tags: " + strings.Repeat("[", 999) + strings.Repeat("]", 999),
		"braces":   strings.Repeat("{a: ", 999) + strings.Repeat("}", 999),
		"anchors":  strings.Repeat("&a ", 20_000) + "x",
		"types":    strings.Repeat("!a ", 20_000) + "x",
		"colons":   strings.Repeat("a: ", 20_000),
		"quotes":   strings.Repeat("'", 50_000),
		"commas":   "tags: [" + strings.Repeat("a,", 20_000) + "]",
	} {
		start := time.Now()
		_, _, _ = label.ReadTagPack(name, strings.NewReader(text))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v for %d bytes", name, took, len(text))
		}
	}
}

func FuzzReadTagPack(f *testing.F) {
	f.Add([]byte(examplePack))
	f.Add([]byte("tags: [{address: 0x0, label: a, source: b}]"))
	f.Add([]byte("a: &x {b: *x}\ntags: *x\n<<: *x"))
	f.Add([]byte("? - a\n: - tags\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tags, _, err := label.ReadTagPack("f", bytes.NewReader(b))
		wellFormed(t, tags, err)
	})
}
