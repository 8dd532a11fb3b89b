package incident

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhoseAddress: the words next to an address say whose it is, in the
// section on the attackers too. To take the victim's wallet for the thief's is
// the worst that can be read here.
func TestWhoseAddress(t *testing.T) {
	t.Parallel()
	const a, b, c = lower, other, third
	link := func(text, address string) string {
		return "[" + text + "](https://etherscan.io/address/" + address + ")"
	}
	attacker, victim, service, others, unknown := " ethereum attacker", " ethereum victim", " ethereum service", " ethereum other", " ethereum unknown"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"subject, object, way", "## Attackers\n\nThe attacker (" + a + ") drained the vault (" + b + ") and sent the funds to Binance (" + c + ").", []string{a + attacker, b + victim, c + service}},
		{"flow", "## Attackers\n\nFunds flowed from the Foo treasury " + b + " to " + a + ", and on to the Huobi deposit address " + c + ".", []string{b + victim, a + attacker, c + service}},
		{"brackets behind", "## Attackers\n\n" + a + " (attacker)\n" + b + " (Example pool)\n" + c + " (FixedFloat)", []string{a + attacker, b + victim, c + service}},
		{"dashes behind", "## Attackers\n\n- " + a + " — attacker EOA\n- " + b + " — victim contract\n- " + c + " — Example deployer", []string{a + attacker, b + victim, c + others}},
		{"sub-headings", "## Attackers\n\n### Attacker\n\n- " + a + "\n\n### Victim\n\n- " + b + "\n\n### Services\n\n- " + c, []string{a + attacker, b + victim, c + service}},
		{"bold captions", "## Attackers\n\n**Exploiter:**\n- " + a + "\n\n**Exploited pool:**\n- " + b + "\n\n**Mixer:**\n- " + c, []string{a + attacker, b + victim, c + service}},
		{"captions in the line above", "## Attackers\n\nAttacker's EOA\n" + a + "\n\nAttack contract\n" + b + "\n\nVictim contract\n" + c, []string{a + attacker, b + attacker, c + victim}},
		{"addresses of all", "## Addresses involved\n\n- Exploiter: " + a + "\n- Example Bridge: Lending Pool: " + b + "\n- USDC: " + c, []string{a + attacker, b + victim, c + unknown}},
		{"Ronin's own prefix", "## Attackers\n\n- ronin:" + a[2:] + "\n- [here](https://explorer.roninchain.com/address/ronin:" + b[2:] + ")", []string{a + " ronin attacker", b + " ronin attacker"}},
		{"the victim by its name", "## Attackers\n\n- MEV bot: " + a + "\n- Example Bridge: " + b, []string{a + attacker, b + victim}},
		{"beyond a service", "## Attackers\n\n- After bridging with Wormhole: " + a + "\n- Funded through Tornado Cash: " + b + "\n- Deposited to Binance: " + c, []string{a + attacker, b + attacker, c + service}},
		{"bare below addresses", "## Addresses\n\n- " + a, []string{a + attacker}},
		{"passive", "## Summary\n\nThe bridge contract " + b + " was drained by " + a + ".", []string{b + victim, a + attacker}},
		{"against", "## Attackers\n\nThe exploit was carried out by " + a + " via the contract " + b + " against " + c + ".", []string{a + attacker, b + attacker, c + victim}},
		{"passive with words between", "## Attackers\n\nThe proxy admin " + c + " of Foo had been compromised; with it the attacker upgraded " + b + " and withdrew to " + a + ".", []string{c + victim, b + victim, a + attacker}},
		{"relative clause", "## Attackers\n\nThe wallet " + link("x", a) + " called the teller " + link("y", b) + ", which held the funds, and returned them to the DAO's multisig " + link("z", c) + ".", []string{a + attacker, b + victim, c + victim}},
		{"exploited, as an adjective", "## Attackers\n\nThe exploited DebtManager is " + link("this", b) + ".", []string{b + victim}},
		{"exploited, as a verb", "## Attackers\n\nThe address that exploited the pool is " + link("this", a) + ".", []string{a + attacker}},
		{"attackers of the exploited", "## Attackers\n\nThe attackers of the exploited protocol used " + a + ".", []string{a + attacker}},
		{"returned in the timeline", "## Timeline\n\n- **May 11, 2022:** The hacker returned the money to " + link("the admin", b) + ".", []string{b + victim}},
		{"taken and deposited", "## Timeline\n\n- **May 10, 2022:** The attacker " + link(a, a) + " took the funds from " + link(b, b) + " and deposited them at " + link("Binance", c) + ".", []string{a + attacker, b + victim, c + service}},
		{"a part of a protocol", "## Attackers\n\n- Attacker: " + a + "\n- FooController: " + b + "\n- " + link(c, c) + " — soETH market", []string{a + attacker, b + victim, c + victim}},
		{"victim by its first name", "## Attackers\n\n- Example multisig (Ethereum): " + b, []string{b + victim}},
		{"charity", "## Attackers\n\n- Attacker: " + a + "\n- Ukraine donation: " + b, []string{a + attacker, b + others}},
		{"poisoned", "## Attackers\n\nSpoofed address: " + a + "\n\nVictim's wallet: " + b + "\n\nThe address that the victim meant to pay: " + link(c, c), []string{a + attacker, b + victim, c + others}},
		{"an address of its own is no caption", "## Attackers\n\nScammer wallet: " + a + "\n\nVictim wallet: " + b + "\n\nIntermediary wallet: " + c, []string{a + attacker, b + victim, c + attacker}},
		{"threat actor", "## Threat actor\n\n- " + a, []string{a + attacker}},
		{"not the threat actors", "## Attackers\n\nThe following whales, although not threat actors, sold:\n\n- " + b, []string{b + others}},
		{"drained by the attacker", "## Attackers\n\nPools drained by the attacker:\n\n- " + b + "\n- Vault exploited by the hacker: " + c, []string{b + victim, c + victim}},
		{"sent on", "## Attackers\n\nThe funds stolen from Foo were sent to " + link("this wallet", a) + ".", []string{a + attacker}},
		{"taken by", "## Attackers\n\n5 ETH were withdrawn from the bridge by " + a + " on Monday.", []string{a + attacker}},
		{"taken from", "## Attackers\n\n5 ETH were withdrawn from the bridge " + b + " on Monday.", []string{b + victim}},
		{"compromised, in a bracket", "## Attackers\n\n- Attacker: " + a + "\n- Bar deployer (compromised): " + b, []string{a + attacker, b + victim}},
		{"from a service through", "## Attackers\n\n" + a + " was funded from Tornado Cash through " + b + ".", []string{a + attacker, b + attacker}},
		{"named in front of each", "## Attackers\n\nThe attack contract is " + a + ", the victim contract " + b + ".", []string{a + attacker, b + victim}},
		{"ownership", "## Timeline\n\n- **May 10, 2022:** Ownership of the " + link("proxy", b) + " was transferred to the attacker.", []string{b + victim}},
		{"a provider in a bracket", "## Attackers\n\n- Exploiter: " + a + "\n- Funded by: " + b + " (a swap provider)", []string{a + attacker, b + service}},
		{"funded from", "## Attackers\n\nInitial funding of " + a + " came from " + b + " (ChangeNow).", []string{a + attacker, b + service}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, mentioned(Parse("x.md", []byte(head+tt.text+"\n")))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// TestWhichChain: the ways of naming the chain of an address.
func TestWhichChain(t *testing.T) {
	t.Parallel()
	const long = "0x72ff4a322b612cd7c2674a510b925928967fe8080d1ed9ef8676d1ad091e5684"
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"- " + other + " (ETH, BSC, Polygon)", []string{other + " ethereum attacker", other + " bsc attacker", other + " polygon attacker"}},
		{"Hacker #1 (ETH & BSC): " + other, []string{other + " ethereum attacker", other + " bsc attacker"}},
		{"eth:" + lower + " arb1:" + other + " eip155:137:" + third, []string{lower + " ethereum attacker", other + " arbitrum attacker", third + " polygon attacker"}},
		{"| Chain | Address |\n|---|---|\n| Arbitrum One | " + other + " |\n| Polygon PoS | " + third + " |", []string{other + " arbitrum attacker", third + " polygon attacker"}},
		{"- Polygon: [x](https://mainnet.explorer.example.com/address/" + other + ")", []string{other + " polygon attacker"}},
		{"- SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7", []string{"SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7 stacks attacker"}}, // the example of SIP-005
		{"- SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ8", []string{}},                                                            // a broken checksum
		{"- Sui address: `" + long + "`", []string{long + " sui attacker"}},
		{"- [x](https://suiscan.xyz/mainnet/account/" + long + ")", []string{long + " sui attacker"}},
		{"- transaction [x](https://suiscan.xyz/mainnet/tx/" + long + ")", []string{"tx " + long + " sui unknown"}},
	} {
		if diff := cmp.Diff(tt.want, mentioned(Parse("x.md", []byte(head+"## Attackers\n\n"+tt.text+"\n")))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}
