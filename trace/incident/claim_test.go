package incident

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief renders the claims of a kind in one comparable line each.
func brief(inc *Incident, kinds ...ClaimKind) []string {
	out := []string{}
	for _, k := range kinds {
		for _, c := range inc.Claims {
			if c.Kind == k {
				out = append(out, c.brief())
			}
		}
	}
	return out
}

func (c Claim) brief() string {
	parts := []string{string(c.Kind)}
	if c.Quantity != nil {
		parts = append(parts, c.Quantity.Value.String())
	}
	if c.Asset != "" {
		parts = append(parts, c.Asset)
	}
	if c.USD != nil {
		parts = append(parts, "$"+c.USD.Value.String())
	}
	if c.Amount != nil {
		parts = append(parts, c.Amount.Value.String(), c.Currency)
	}
	if c.Chain != "" {
		parts = append(parts, "on", c.Chain)
	}
	if c.Project != "" {
		parts = append(parts, "of", c.Project)
	}
	return strings.Join(parts, " ")
}

const head = "---\ndate: 2022-03-29\ntarget-entities: Example Bridge\ntitle: \"Example Bridge hack\"\nloss: 12000000\n---\n\n"

func TestLossLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
		reason     string
	}{
		{"quantity", "- 880 ETH", []string{"asset 880 ETH"}, "a number in front of a ticker"},
		{"quantity and value", "- 34k WBNB ($18M)", []string{"asset 34000 WBNB $18000000"}, "suffixes expand; the bracket holds the value"},
		{"value in a code", "- 162.68 ETH (502,671 USD)", []string{"asset 162.68 ETH $502671"}, "USD behind the figure is money"},
		{"value first", "- $6,780,064 worth 2,430 ETH", []string{"asset 2430 ETH $6780064"}, "dollars come first, the quantity is what they are worth"},
		{"value of quantity", "- $108 million worth of 98,658,538 BEUR", []string{"asset 98658538 BEUR $108000000"}, ""},
		{"value in asset", "- $24.57M in USDT", []string{"asset USDT $24570000"}, "a sum in an asset is a value"},
		{"value before ticker", "- $6 million DENT", []string{"asset DENT $6000000"}, "the dollar sign says what the number is"},
		{"value without sign", "- 2.2 million in BNB", []string{"asset BNB $2200000"}, "so much \"in\" an asset tells a value"},
		{"labelled quantity", "- ETH: 880", []string{"asset 880 ETH"}, "the asset stands in front"},
		{"labelled with dash", "- USDC – 1,234,567", []string{"asset 1234567 USDC"}, ""},
		{"labelled value", "- USDC: $1.2M", []string{"asset USDC $1200000"}, ""},
		{"asset then value", "- USDC $1.2M", []string{"asset USDC $1200000"}, ""},
		{"name and ticker", "- Ethereum (ETH): 880 ($2.4M)", []string{"asset 880 ETH $2400000"}, "the ticker in brackets names the asset"},
		{"bold number", "- 5.966 **BTC**(~ $38 million)", []string{"asset 5966 BTC $38000000"}, "no coin was ever worth $6 million: the point is of thousands"},
		{"decimal comma", "- 172,55B SHIB", []string{"asset 172550000000 SHIB"}, "two digits behind a comma are decimals"},
		{"thousands comma", "- 173,000 QNT", []string{"asset 173000 QNT"}, "three digits behind a comma are thousands"},
		{"three decimals", "- 230.879 WBTC", []string{"asset 230.879 WBTC"}, "a point before three digits is of decimals where nothing says otherwise"},
		{"points of thousands", "- 1.234.567 USDC\n- 12.500 USDT", []string{"asset 1234567 USDC", "asset 12500 USDT"}, "the line beside it shows the notation"},
		{"spaces of thousands", "- 1 234 567 USDC", []string{"asset 1234567 USDC"}, ""},
		{"no-break space", "- 880\u00a0ETH", []string{"asset 880 ETH"}, ""},
		{"zero-width space", "- 8\u200b80 ETH", []string{"asset 880 ETH"}, "copied from a web page"},
		{"bold inside number", "- **1,0**00 ETH", []string{"asset 1000 ETH"}, "markup is no part of the text"},
		{"italics", "- *479.39 ETH* worth *1,443,443 USD*", []string{"asset 479.39 ETH $1443443"}, ""},
		{"in a link", "- [442 ETH (800,000 USD)](https://example.org/x)", []string{"asset 442 ETH $800000"}, ""},
		{"value in a link", "- 1800 WETH [($3.3 million)](https://example.org)", []string{"asset 1800 WETH $3300000"}, ""},
		{"tilde", "- 85,837 ETH (~$99.3M)", []string{"asset 85837 ETH $99300000"}, ""},
		{"equals", "- 60.8 BTC = $1.2M", []string{"asset 60.8 BTC $1200000"}, ""},
		{"slash", "- 60.8 BTC / $1.2M", []string{"asset 60.8 BTC $1200000"}, ""},
		{"dash", "- 60.8 BTC - $1.2M", []string{"asset 60.8 BTC $1200000"}, ""},
		{"comma and words", "- 60.8 BTC, worth about $1.2M", []string{"asset 60.8 BTC $1200000"}, ""},
		{"two in a line", "- 173,600 ETH and 25.5M USDC", []string{"asset 173600 ETH", "asset 25500000 USDC"}, ""},
		{"two valued in a line", "- 173,600 ETH ($597M) and 25.5M USDC ($25.5M)", []string{"asset 173600 ETH $597000000", "asset 25500000 USDC $25500000"}, ""},
		{"million as a word", "- 2 million BNB", []string{"asset 2000000 BNB"}, "literal; the suspicion is a reading"},
		{"half a million", "- half a million USDT", []string{"asset 500000 USDT"}, ""},
		{"name in words", "- 3,816 Bitcoin", []string{"asset 3816 BTC"}, ""},
		{"plural name", "- 7,170 bitcoins worth $1.75 million", []string{"asset 7170 BTC $1750000"}, ""},
		{"tokens", "- 523 million NEM tokens", []string{"asset 523000000 NEM"}, "\"tokens\" says that the word before is one"},
		{"dollar ticker", "- 5 $ETH", []string{"asset 5 ETH"}, "a dollar sign glued to letters marks a ticker"},
		{"lower prefix", "- 64.17 stETH (114,757 USD)", []string{"asset 64.17 stETH $114757"}, ""},
		{"bridged", "- 1,000 USDC.e", []string{"asset 1000 USDC.e"}, ""},
		{"digits in ticker", "- 112k U92\n- 640K 1INCH", []string{"asset 112000 U92", "asset 640000 1INCH"}, ""},
		{"glued", "- 300ETH", []string{"asset 300 ETH"}, "no space between number and ticker"},
		{"on a chain", "- 19,834 USDT-ETH ($19,834)", []string{"asset 19834 USDT $19834 on ethereum"}, "a stablecoin with a chain behind the hyphen"},
		{"standard in brackets", "- 5,000 USDT (TRC20)", []string{"asset 5000 USDT on tron"}, ""},
		{"on chain in words", "- 880 ETH on Arbitrum", []string{"asset 880 ETH on arbitrum"}, ""},
		{"pair of a pool", "- 100 ETH-USDC LP tokens", []string{"asset 100 ETH-USDC"}, "a pool's token is no asset on a chain"},
		{"class of tokens", "- $147M worth of ERC-20 tokens", []string{"asset ERC-20 tokens $147000000 on ethereum"}, "the writer's words where no single asset is meant"},
		{"tokens of a chain", "- $87M of Stellar tokens", []string{"asset Stellar tokens $87000000 on stellar"}, ""},
		{"undisclosed", "- undisclosed amount of **BCH** (~ $550 per coin)", []string{"asset BCH"}, "a loss without an amount; the price per coin is none"},
		{"rest of a list", "- ETH – 2,940 (≈ $4.8M)\n- Other tokens – ≈ $600k", []string{"asset 2940 ETH $4800000", "asset Other tokens $600000"}, "the writer's words, not an asset called Other"},
		{"a sentence as caption", "Altogether 12 billion won were stolen:\n\n- 5,120 ETH\n- 7 BNB", []string{"asset 5120 ETH", "asset 7 BNB"}, "a word in front of a figure is no project where a sentence follows"},
		{"an article as caption", "The loss is about $5 million:\n\n- 5,120 ETH\n- 7 BNB", []string{"total $5000000", "asset 5120 ETH", "asset 7 BNB"}, "nobody is called The"},
		{"a name as caption", "Foo Bridge ($5M was stolen):\n\n- 5,120 ETH\n- 7 BNB", []string{"asset 5120 ETH of Foo Bridge", "asset 7 BNB of Foo Bridge"}, ""},
		{"a victim whose name is a common word", "- Foo Lend: $3M\n- Example Bridge: $1M", []string{"asset $3000000 of Foo Lend", "asset $1000000 of Example Bridge"}, ""},
		{"one line without a name", "- Foo Lend: $3M\n- users of the wallet: $1M", []string{"asset $3000000 of Foo Lend", "asset $1000000"}, "the lines beside it are parts"},
		{"sum of other money above a list", "More than €1.25 million:\n\n- 88 BTC\n- 5 ETH", []string{"total 1250000 EUR", "asset 88 BTC", "asset 5 ETH"}, ""},
		{"caption is a chain", "Arbitrum:\n\n- 719,437 USX", []string{"asset 719437 USX on arbitrum"}, ""},
		{"parent is a chain", "- **Tron**\n  - 1,420,709 TRX", []string{"asset 1420709 TRX on tron"}, ""},
		{"heading is a chain", "### Ethereum\n\n- 5 ETH", []string{"asset 5 ETH on ethereum"}, ""},
		{"standard as label", "- bep20: 5 ETH", []string{"asset 5 ETH on bsc"}, ""},
		{"chain label, two assets", "- Arbitrum: 880 ETH and 5,000 USDC", []string{"asset 880 ETH on arbitrum", "asset 5000 USDC on arbitrum"}, "the caption is for the whole line"},
		{"caption is a project", "Foo [Bridge](https://example.org):\n- $10,145 in ETH", []string{"asset ETH $10145 of Foo Bridge"}, ""},
		{"incident as label", "- **Foo Hack: April 2017:** $4.7 million worth of 3,816 Bitcoin", []string{"asset 3816 BTC $4700000 of Foo"}, ""},
		{"chains", "- Bitcoin: $18,441,440\n- BSC: $2,000,000", []string{"chain $18441440 on bitcoin", "chain $2000000 on bsc"}, "the line beside it can only be a chain"},
		{"on a network", "- $100 Million on Ethereum", []string{"chain $100000000 on ethereum"}, ""},
		{"foreign money with dollars", "- 35 billion won ($31.5 million)", []string{"total $31500000 35000000000 KRW"}, "dollars because the text gives them"},
		{"foreign money", "- €1.183 million", []string{"total 1183000 EUR"}, "no dollars where the text gives none"},
		{"plus", "- $40M+", []string{"total $40000000"}, ""},
		{"indented as code", "Lost:\n\n    - 10 WBTC\n    - 20 ETH", []string{"asset 10 WBTC", "asset 20 ETH"}, "the indentation is an accident"},
		{"table", "| Asset | Amount | Value |\n|---|---|---|\n| ETH | 880 | $2,400,000 |", []string{"asset 880 ETH $2400000"}, ""},
		{"writer's words", "- 15,752.26 FooCoins", []string{"asset 15752.26 FooCoin"}, "an unknown coin keeps its name"},
		{"counts", "- 24 wallets\n- 7 Users\n- 51% of the hash rate", []string{}, "counts of other things are no amounts"},
		{"bare value in brackets", "- 60.8 BTC (1,200,000)", []string{"asset 60.8 BTC $1200000"}, ""},
		{"asset in brackets", "- 1,200,000 (USDC)", []string{"asset 1200000 USDC"}, ""},
		{"parts and their value", "- 173,600 ETH and 25.5M USDC, totaling $12 million", []string{"total $12000000", "asset 173600 ETH", "asset 25500000 USDC"}, "what is said of all is of none alone"},
		{"class worth", "- NFTs worth $15,000", []string{"asset NFTs $15000"}, ""},
		{"asset worth", "- ETH worth about $15,000", []string{"asset ETH $15000"}, ""},
		{"won and dollars", "- 342,000 ETH (58 billion won, $49 million)", []string{"asset 342000 ETH $49000000 58000000000 KRW"}, "the dollars are the ones that the text gives"},
		{"chain before the value", "- 277 pBTC on BSC (~$12.7M)", []string{"asset 277 pBTC $12700000 on bsc"}, "the value is of the quantity, wherever the chain stands"},
		{"value and quantity apart", "- ~$100,000 in WETH: 455.17 WETH", []string{"asset 455.17 WETH $100000"}, "one asset, told twice"},
		{"count of a class", "- 9,500,000 stablecoins ($9.5M)", []string{"asset 9500000 stablecoins $9500000"}, ""},
		{"value of several", "- 3,000 ETH and various ERC-20 tokens ($7 million)\n- 5 BTC", []string{"asset 3000 ETH", "asset 5 BTC"}, "a bracket behind two things is of neither alone, nor the total"},
		{"unknown assets beside known", "- Ether: $3,570,124\n- Foo Pearl: $1,948,223", []string{"asset ETH $3570124", "asset Foo Pearl $1948223"}, "the line beside it is of an asset, so is this"},
		{"projects", "The following projects were affected:\n\n- Foo Lend: $3,000,000\n- Bar Vault: $1,000,000", []string{"asset $3000000 of Foo Lend", "asset $1000000 of Bar Vault"}, "the introduction says what the names are"},
		{"ticker among chains", "- BSC: $6M\n- XRP: $5M", []string{"chain $6000000 on bsc", "chain $5000000 on xrp"}, "the line beside it can only be a chain"},
		{"tickers among assets", "Lost on two chains:\n\n- ETH: $6M\n- USDT: $5M", []string{"asset ETH $6000000", "asset USDT $5000000"}, "the line beside it is no chain"},
		{"caption with a sum", "Ethereum ($15.7 million):\n\n- 6,000 ETH\n\nBSC ($2M):\n\n- 7 BNB", []string{"asset 6000 ETH on ethereum", "asset 7 BNB on bsc", "chain $15700000 on ethereum", "chain $2000000 on bsc"}, "the caption scopes its list and has a figure of its own"},
		{"bridge of a chain", "- **Fantom bridge**: $7M\n  - 5 WETH", []string{"asset 5 WETH on fantom", "chain $7000000 on fantom"}, "a bridge in lower case is no project's name"},
		{"hedge as caption", "Over $12 million:\n\n- 5 WETH\n- 6 BNB", []string{"total $12000000", "asset 5 WETH", "asset 6 BNB"}, "what stands in front of the figure is no project"},
		{"parts without a name", "Foo lost $12 million:\n\n- First attack: $8 million\n- Second attack: $4 million", []string{"total $12000000", "asset $8000000", "asset $4000000"}, "parts of a total are no totals"},
		{"table with bare values", "| Token | Quantity | USD |\n|---|---|---|\n| WBTC | 1,988.4 | 113,000,000 |\n| ETH | 151 | 680,000 |", []string{"asset 1988.4 WBTC $113000000", "asset 151 ETH $680000"}, "the headings say what the columns hold"},
		{"table with a sum", "| Asset | Amount | Worth (USD) |\n|---|---|---|\n| WBTC | 94 | 4,380,000 |\n| **Total** | | 14,800,000 |", []string{"total $14800000", "asset 94 WBTC $4380000"}, ""},
		{"table of chains", "| Chain | Loss |\n|---|---|\n| Ethereum | $4M |\n| BSC | $1M |", []string{"chain $4000000 on ethereum", "chain $1000000 on bsc"}, ""},
		{"comma and value", "- 3,375 ETH, $9.4M", []string{"asset 3375 ETH $9400000"}, "the value ends the line"},
		{"comma and another asset", "- 3,375 ETH, $9.4M in USDC", []string{"asset 3375 ETH", "asset USDC $9400000"}, "the sum is of something else"},
		{"out of", "- 6.929 BTC out of 14.782 BTC", []string{"asset 6.929 BTC"}, "what there was is not what is gone"},
		{"lines without marks", "Ethereum: $60M\nBSC: $9.2M", []string{"chain $60000000 on ethereum", "chain $9200000 on bsc"}, "a label at the head of each line makes a list"},
		{"circa", "- 8,804.7 ETH (c. $26.5 million)\n- 213.93 WBTC (est. $9 million)", []string{"asset 8804.7 ETH $26500000", "asset 213.93 WBTC $9000000"}, "the point ends no sentence"},
		{"price of each and value", "- 2.98 million FOO tokens, priced at $25 each (~$75 million)\n- 5 WBTC", []string{"asset 2980000 FOO $75000000", "asset 5 WBTC"}, "the value stands behind the price"},
		{"value in several", "- 149,850 in USDC and USDT", []string{"asset USDC and USDT $149850"}, "one value of both"},
		{"column of an asset", "| Transaction | BTC | USD |\n|---|---|---|\n| first | 59.34 | $3,548,000 |\n| second | 14.88 | $890,000 |", []string{"asset 59.34 BTC $3548000", "asset 14.88 BTC $890000"}, "the heading is the asset"},
		{"columns of assets", "| Wallet | ETH | USDC |\n|---|---|---|\n| first | 120 | 310,000 |\n| second | 0 | 45,000 |\n| Total | 120 | 355,000 |", []string{"asset 120 ETH", "asset 310000 USDC", "asset 45000 USDC"}, "a row may give several"},
		{"columns of assets by chain", "| Chain | ETH | USDC |\n|---|---|---|\n| Base | 120 | 310,000 |", []string{"asset 120 ETH on base", "asset 310000 USDC on base"}, ""},
		{"column of values of an asset", "| Chain | ETH | USDC |\n|---|---|---|\n| Base | $4M | $8M |", []string{"asset ETH $4000000 on base", "asset USDC $8000000 on base"}, "the sign says that these are values"},
		{"value in a bracket", "- ETH ($4M)\n- BTC (~$2M)\n- other tokens (~$1.1M)", []string{"asset ETH $4000000", "asset BTC $2000000", "asset other tokens $1100000"}, "as behind a colon"},
		{"chains and values in brackets", "Lost on two chains:\n\n- Ethereum ($4M)\n- Base ($2M)", []string{"chain $4000000 on ethereum", "chain $2000000 on base"}, "as behind a colon"},
		{"value and a price of each", "- 1,080,000 FOO (~$3.24M at $3 a piece)\n- 5 WBTC", []string{"asset 1080000 FOO $3240000", "asset 5 WBTC"}, "the price is the second figure"},
		{"markets and a column of an asset", "| Market | FOO | USD |\n|---|---|---|\n| a5/FOO | 3,761.8 | ~12,000,000 |", []string{"asset 3761.8 FOO $12000000"}, "the market is no asset"},
		{"value of several behind a label", "- xFOOa: 407,000 SNX and 1,900 ETH, plus debt (about $18.3 million in total)\n- 5 WBTC", []string{"asset 407000 SNX", "asset 1900 ETH", "asset 5 WBTC"}, "of neither, nor of the label"},
		{"qualified label", "- Native FOO: 10,000,000\n- ERC-20 FOO: 3,500,000", []string{"asset 10000000 FOO", "asset 3500000 FOO on ethereum"}, "the same asset, and where it was"},
		{"standards in labels and brackets", "- ERC-20 USDT: $5M\n- TRC20 USDT ($3M)\n- USDT-BEP20: $1M", []string{"asset USDT $5000000 on ethereum", "asset USDT $3000000 on tron", "asset USDT $1000000 on bsc"}, ""},
		{"standards in a table", "| Asset | Amount |\n|---|---|\n| TRC-20 USDT | 400,000 |\n| USDT-ERC20 | 300 |", []string{"asset 400000 USDT on tron", "asset 300 USDT on ethereum"}, ""},
		{"range", "- $11 - 13 million", []string{"total $11000000"}, "a range counts by its lower end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
			got := brief(inc, ClaimTotal, ClaimAsset, ClaimChain)
			// The only figure of a section is its total too; that is tested on its own.
			if len(got) == len(tt.want)+1 && strings.HasPrefix(got[0], "total") && (len(tt.want) == 0 || !strings.HasPrefix(tt.want[0], "total")) {
				got = got[1:]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", tt.text, tt.reason, diff)
			}
		})
	}
}
