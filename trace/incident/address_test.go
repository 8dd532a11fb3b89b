package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Addresses of nobody: the first is the example of EIP-55, the others are
// repeated digits; the coins' addresses are examples of their own documentation.
const (
	checksummed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	lower       = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
	other       = "0x1111111111111111111111111111111111111111"
	third       = "0x2222222222222222222222222222222222222222"
	hash        = "0x33333333333333333333333333333333333333333333333333333333333333aa"
	genesisBTC  = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
	segwit      = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
	ripple      = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
	tronUSDT    = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
	wrappedSOL  = "So11111111111111111111111111111111111111112"
)

func mentioned(inc *Incident) []string {
	out := []string{}
	for _, a := range inc.Addresses {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Address, a.Chain, a.Role)))
	}
	for _, x := range inc.Transactions {
		out = append(out, strings.TrimSpace(fmt.Sprintf("tx %s %s %s", x.Hash, x.Chain, x.Role)))
	}
	return out
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	bare := strings.TrimPrefix(hash, "0x")
	for _, tt := range []struct {
		name, section, text string
		want                []string
		reason              string
	}{
		{"link", "Attackers", "- [" + checksummed + "](https://etherscan.io/address/" + lower + ")", []string{lower + " ethereum attacker"}, "text and link are one mention, in lower case"},
		{"two chains", "Attackers", "- [a](https://bscscan.com/address/" + lower + ")\n- [b](https://arbiscan.io/address/" + lower + ")", []string{lower + " bsc attacker", lower + " arbitrum attacker"}, "once per chain"},
		{"plain text", "Attackers", "They used " + checksummed + " address.", []string{lower + " ethereum attacker"}, "an address of EVM form, without another word, is on Ethereum"},
		{"plain text beside links", "Attackers", "[x](https://bscscan.com/address/" + other + ") and " + lower, []string{other + " bsc attacker", lower + " bsc attacker"}, "the document's only chain"},
		{"caption", "Attackers", "BSC:\n\n- " + lower, []string{lower + " bsc attacker"}, "the caption names the chain"},
		{"caption before", "Attackers", "- Arbitrum: " + lower, []string{lower + " arbitrum attacker"}, ""},
		{"heading", "Attackers", "### Polygon\n\n- " + lower, []string{lower + " polygon attacker"}, ""},
		{"explorer over caption", "Attackers", "Polygon:\n\n- [" + lower + "](https://etherscan.io/address/" + lower + ")", []string{lower + " ethereum attacker"}, "the link was copied, the caption typed"},
		{"sub-items name the chains", "Attackers", "- *" + other + "*\n\t- [Ethereum](https://etherscan.io/address/" + other + ")\n\t- [Optimism](https://optimistic.etherscan.io/address/" + other + ")", []string{other + " ethereum attacker", other + " optimism attacker"}, ""},
		{"idm", "Timeline", "- [offer](https://etherscan.io/idm?addresses=" + other + "," + third + "&type=1)", []string{other + " ethereum message-party", third + " ethereum message-party"}, "the link does not say who wrote"},
		{"idm said to be the attacker's", "Timeline", "- The team [begs the hacker](https://etherscan.io/idm?addresses=" + other + "," + third + "&type=1)", []string{other + " ethereum message-party", third + " ethereum message-party"}, "both sides hang on the same words"},
		{"account of NEAR", "Attackers", "- [" + hash[2:] + "](https://explorer.near.org/accounts/" + hash[2:] + ")", []string{hash[2:] + " near attacker"}, "64 digits, and no transaction"},
		{"idm of a known one", "Attackers", other + "\n\n[offer](https://etherscan.io/idm?addresses=" + other + "," + third + ")", []string{other + " ethereum attacker", third + " ethereum message-party"}, "a role that says more stays"},
		{"idm tx", "Timeline", "- [offer](https://etherscan.io/idm?tx=" + hash + ")", []string{"tx " + hash + " ethereum message"}, ""},
		{"txs of an account", "Attackers", "[moves](https://etherscan.io/txs?a=" + other + ")", []string{other + " ethereum attacker"}, "the query holds an address, not a tx"},
		{"advanced filter", "Attackers", "[moves](https://etherscan.io/advanced-filter?fadd=" + other + "&tadd=" + third + "&txntype=0)", []string{other + " ethereum attacker", third + " ethereum attacker"}, ""},
		{"token of a holder", "Attackers", "[held](https://bscscan.com/token/" + other + "?a=" + third + ")", []string{other + " bsc attacker", third + " bsc attacker"}, ""},
		{"fragment", "Attackers", "- [wallet](https://tronscan.org/#/address/" + tronUSDT + ")", []string{tronUSDT + " tron attacker"}, ""},
		{"fragment tx", "Timeline", "- [theft](https://tronscan.org/#/transaction/" + bare + ")", []string{"tx " + bare + " tron theft"}, ""},
		{"code fragment", "Attackers", "- [c](https://etherscan.io/address/" + other + "#code)", []string{other + " ethereum attacker"}, ""},
		{"target in brackets", "Timeline", "- [message](<(https://etherscan.io/tx/" + hash + ")>)", []string{"tx " + hash + " ethereum message"}, "typed twice"},
		{"stray point in a link", "Attackers", "it was [sent].(https://etherscan.io/address/" + other + ")", []string{other + " ethereum attacker"}, "no link to Markdown, one to a reader"},
		{"phalcon", "Timeline", "- [theft](https://phalcon.blocksec.com/explorer/tx/eth/" + hash + ")", []string{"tx " + hash + " ethereum theft"}, "the chain stands in the path"},
		{"blockchair", "Attackers", "- [x](https://blockchair.com/litecoin/address/LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1)", []string{"LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1 litecoin attacker"}, ""},
		{"blockchain.com", "Attackers", "- [x](https://www.blockchain.com/en/explorer/addresses/btc/" + genesisBTC + ")", []string{genesisBTC + " bitcoin attacker"}, ""},
		{"blockscout", "Attackers", "- [x](https://gnosis.blockscout.com/address/" + other + ")\n- [y](https://blockscout.com/etc/mainnet/address/" + third + ")", []string{other + " gnosis attacker", third + " ethereum-classic attacker"}, ""},
		{"bitcoin in text", "Attackers", "- " + genesisBTC + "\n- " + segwit, []string{genesisBTC + " bitcoin attacker", segwit + " bitcoin attacker"}, "the form tells the chain"},
		{"fork by caption", "Attackers", "- BSV\n   - " + genesisBTC, []string{genesisBTC + " bitcoin-sv attacker"}, "the forks share their addresses"},
		{"ticker of a token above", "Attackers", "- USDT\n   - " + genesisBTC, []string{genesisBTC + " bitcoin attacker"}, "USDT is no chain: the form decides"},
		{"others by form", "Attackers", ripple + " " + tronUSDT, []string{ripple + " xrp attacker", tronUSDT + " tron attacker"}, ""},
		{"solana", "Attackers", "- [x](https://solscan.io/account/" + wrappedSOL + ")", []string{wrappedSOL + " solana attacker"}, ""},
		{"public key in a query", "Timeline", "- [the hacker's orders](https://trade.example.org/account?pubkey=" + wrappedSOL + ")", []string{wrappedSOL + " solana attacker"}, ""},
		{"hash in text", "Timeline", "- the tx " + hash + " drained the pool", []string{"tx " + hash + " ethereum theft"}, ""},
		{"hash without 0x", "Timeline", "- [theft](https://www.blockchain.com/explorer/transactions/btc/" + bare + ")", []string{"tx " + bare + " bitcoin theft"}, ""},
		{"proposal", "Timeline", "- [vote](https://snapshot.org/#/foo.eth/proposal/" + hash + ")", []string{}, "64 digits of something else"},
		{"proposal in text", "Timeline", "- Proposal " + hash + " passed.", []string{}, ""},
		{"return", "Timeline", "- the exploiter [returned](https://arbiscan.io/tx/" + hash + ") the funds", []string{"tx " + hash + " arbitrum return"}, ""},
		{"laundering", "Timeline", "- funds went [through Tornado Cash](https://etherscan.io/tx/" + hash + ")", []string{"tx " + hash + " ethereum laundering"}, ""},
		{"funding", "Timeline", "- the attacker [received 9.93 ETH from Tornado Cash](https://etherscan.io/tx/" + hash + ")", []string{"tx " + hash + " ethereum funding"}, ""},
		{"wrong length", "Timeline", "- [theft](https://etherscan.io/tx/" + hash + "b)", []string{"tx " + hash + "b ethereum theft"}, "kept as it is written, and reported"},
		{"service", "Attackers", "- Tornado Cash: " + other, []string{other + " ethereum service"}, "the label says whose it is"},
		{"exchange deposit", "Attackers", "Binance deposit address:\n- " + other, []string{other + " ethereum service"}, ""},
		{"victim", "Attackers", "Victim's wallet:\n\n- " + other, []string{other + " ethereum victim"}, ""},
		{"vulnerable contract", "Summary", "a bug in the vulnerable [contract](https://etherscan.io/address/" + other + ")", []string{other + " ethereum victim"}, ""},
		{"not attackers", "Attackers", "The following whales, although not attackers, sold:\n\n- " + other, []string{other + " ethereum other"}, "the caption denies it"},
		{"destination", "Timeline", "- 5 BNB were sent to this address: " + other, []string{other + " ethereum attacker"}, ""},
		{"linked theft", "Timeline", "- Initial funds transfer [begins](https://etherscan.io/address/" + other + ")", []string{other + " ethereum attacker"}, "the link shows where the stolen funds went"},
		{"return address", "Timeline", "- Foo provides an [address](https://etherscan.io/address/" + other + ") for the return of the stolen funds", []string{other + " ethereum victim"}, "who asks for the money is the one who lost it"},
		{"numbered wallet", "Timeline", "- Hacker's Wallet 1 is funded.\n- Order by Wallet 1: " + other, []string{other + " ethereum attacker"}, "the text introduces it"},
		{"several chains above", "Attackers", "- **ETH / BSC:**\n  - " + other, []string{other + " ethereum attacker", other + " bsc attacker"}, "a caption of chains only is meant for each"},
		{"chain in the row", "Attackers", "| Address | Chain |\n|---|---|\n| " + other + " | BSC |\n| " + third + " | Polygon |", []string{other + " bsc attacker", third + " polygon attacker"}, "another cell of the row names the chain"},
		{"unknown explorer", "Attackers", "https://cchain.explorer.avax.network/address/" + other, []string{other + " avalanche attacker"}, "its name says of which chain it is"},
		{"white hat", "Attackers", "White hat operator:\n\n- " + other, []string{other + " ethereum other"}, "who saves funds is no attacker"},
		{"nickname", "Attackers", "The hacker was nicknamed Mr. White Hat:\n\n- " + other, []string{other + " ethereum attacker"}, ""},
		{"went on to a service whose name begins another word", "Attackers", "Funds went on to eXch (" + other + ")", []string{other + " ethereum service"}, "it is an exchange"},
		{"who launders with a service", "Attackers", "Laundering through eXch on Ethereum: " + other, []string{other + " ethereum attacker"}, "the service is what he used"},
		{"moved to a service", "Attackers", "Funds were moved to FixedFloat ([" + other + "](https://etherscan.io/address/" + other + "))", []string{other + " ethereum service"}, "the name in front of the bracket is whose it is"},
		{"recovery address", "Attackers", "The returned funds went to the recovery address of the team: " + other, []string{other + " ethereum victim"}, ""},
		{"the victim by name", "Attackers", "- Example Bridge router: " + other + "\n- Example Bridge deployer: " + third, []string{other + " ethereum victim", third + " ethereum other"}, "what is labelled with the victim's name is no attacker's"},
		{"seizure", "Attackers", "Seizure wallet of the US government: " + other, []string{other + " ethereum other"}, ""},
		{"role in the row", "Attackers", "| Role | Address |\n|---|---|\n| Attacker | " + other + " |\n| Victim (the market) | " + third + " |", []string{other + " ethereum attacker", third + " ethereum victim"}, ""},
		{"news", "Timeline", "- [news](https://medium.com/@foo/bar-" + lower[2:14] + ")", []string{}, "ids of pages are no addresses"},
		{"short", "Attackers", "0x1234…abcd and 0xdeadbeef", []string{}, "abbreviated addresses are none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## "+tt.section+"\n\n"+tt.text+"\n"))
			if diff := cmp.Diff(tt.want, mentioned(inc)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", tt.text, tt.reason, diff)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		want      string // code:line:column
	}{
		{"checksum", head + "## Attackers\n\n- 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed\n", "eip55:10:3"},
		{"65 digits", head + "## Timeline\n\n- [t](https://etherscan.io/tx/" + hash + "b)\n", "hex-length:10:31"},
		{"39 digits", head + "## Attackers\n\n- " + other[:41] + "\n", "hex-length:10:3"},
		{"base58", head + "## Attackers\n\n- 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb\n", "checksum:10:3"},
		{"title", "---\ndate: 2022-01-01\ntitle: Foo lost $25M\nloss: 26000000\n---\n# A\n", "totals-differ:3:8"},
		{"sum", head + "## Losses\n\nLost $12 million:\n\n- $5M in ETH\n- $4M in LINK\n", "sum:12:3"},
		{"unit", head + "## Losses\n\nLost $12 million:\n\n- $11M in USDT\n- $10,145 in UNI\n\n## Timeline\n\n- 10,145 UNI were drained\n", "unit:13:3"},
		{"post an hour off", head + "## Timeline\n\n- **June 27, 2023, 08:30 PM UTC:** [said](https://twitter.com/foo/status/1673775788661800969).\n", "time-zone:10:5"},
		{"order", head + "## Timeline\n\n- **June 27, 2023:** a\n- **June 20, 2023:** b\n", "order:11:5"},
		{"date", "---\ndate: soon\ntitle: a\n---\n# A\n", "date:2:7"},
		{"loss", "---\ndate: 2022-01-01\ntitle: a\nloss: plenty\n---\n# A\n", "front-matter-loss:4:7"},
		{"open", "---\ndate: 2022-01-01\ntitle: a\n\n# A\n", "front-matter-open:1:4"},
		{"yaml", "---\ndate: 2022-01-01\ntitle: a: b\n---\n# A\n", "front-matter:3:1"},
		{"broken link", head + "## Attackers\n\nit was [sent].(https://example.org/x)\n", "broken-link:10:15"},
		{"no losses", head + "## Attackers\n\nText.\n", "no-section:1:1"},
		{"day or month", head + "## Timeline\n\n- 05/06/2023: a\n", "day-or-month:10:3"},
		{"no year", "---\ntitle: a\n---\n## Timeline\n\n- **May 7:** x\n", "no-year:6:5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := []string{}
			for _, p := range Parse("x.md", []byte(tt.doc)).Problems {
				got = append(got, fmt.Sprintf("%s:%d:%d", p.Code, p.Pos.Line, p.Pos.Column))
			}
			if !slices.Contains(got, tt.want) {
				t.Errorf("want %s, got %v", tt.want, got)
			}
		})
	}
}

func TestNotAWriteUp(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"empty": "", "blank": " \n\n", "binary": "\x7fELF\x00\x01", "bytes": strings.Repeat("\xff\xfe", 100), "a line of text": "hello", "no front matter": "# Foo\n\nText.\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := Parse("x.md", []byte(doc)).Problems
			if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == "error" && p.Code == "not-a-write-up" && p.Hint != "" }) {
				t.Errorf("got %v", problems)
			}
		})
	}
}

// TestIdentifiersInText: an address or a hash that stands in the text without a
// link is found, whatever its first letters look like.
func TestIdentifiersInText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "payload")
		version := rapid.SampledFrom([]byte{0x00, 0x05, 0x30, 0x41}).Draw(t, "version")
		body := append([]byte{version}, payload[:20]...)
		first := sha256.Sum256(body)
		second := sha256.Sum256(first[:])
		address, hash := base58Encode(append(body, second[:4]...)), hex.EncodeToString(payload)
		inc := Parse("x.md", []byte(head+"## Attackers\n\n- "+address+"\n\n## Timeline\n\n- March 29, 2022: The transaction "+hash+" took it.\n"))
		if len(inc.Addresses) != 1 || inc.Addresses[0].Address != address || inc.Addresses[0].Role != RoleAttacker {
			t.Fatalf("%s: got %v", address, inc.Addresses)
		}
		if len(inc.Transactions) != 1 || inc.Transactions[0].Hash != hash {
			t.Fatalf("%s: got %v", hash, inc.Transactions)
		}
	})
}

// base58Encode is the inverse of base58Decode in Bitcoin's alphabet.
func base58Encode(raw []byte) string {
	n, out := new(big.Int).SetBytes(raw), ""
	for digit := new(big.Int); n.Sign() > 0; {
		n.DivMod(n, big.NewInt(58), digit)
		out = string(base58Alphabet[digit.Int64()]) + out
	}
	for _, b := range raw {
		if b != 0 {
			break
		}
		out = "1" + out
	}
	return out
}
