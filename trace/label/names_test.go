package label

import "testing"

func TestNames(t *testing.T) {
	t.Parallel()
	names := Builtin().Names()
	for _, test := range []struct {
		name   string
		want   Category
		reason string
	}{
		{"Binance", Exchange, ""},
		{"BINANCE 14", Exchange, ""},
		{"Binance Dep: 0x3f5c", Exchange, "a deposit address is the exchange's"},
		{"FixedFloat", Exchange, ""}, {"eXch", Exchange, ""}, {"Gate.io 3", Exchange, ""}, {"Gate_io", Exchange, ""},
		{"Tornado Cash", Mixer, ""}, {"Tornado.Cash: Router", Mixer, ""}, {"TornadoCash", Mixer, ""},
		{"Stargate: router", Bridge, ""}, {"Some Bridge", Bridge, ""}, {"CEX", Exchange, ""}, {"Exchange deposit", Exchange, ""},
		{"Some DEX: exchange", Other, "trades, and ends nothing"},
		{"Upbit Hack Exploiter 3", Attacker, "what was stolen from an exchange is not at it"},
		{"KuCoin Hacker", Attacker, ""}, {"Harmony Heist", Attacker, ""}, {"Fake_Phishing1234", Phishing, ""},
		{"Binance victim", Victim, ""},
		{"Binancecoin holder", Other, "no whole word"},
		{"friend of Binance", Other, "not its own name"},
		{"Base", Other, "a chain"}, {"Uniswap V3: router", Other, "ends nothing by its name alone"},
		{"", Other, ""}, {"#1", Other, ""},
	} {
		if got := names.Category(test.name); got != test.want {
			t.Errorf("%q: got %s, want %s %s", test.name, got, test.want, test.reason)
		}
	}
	if got := new(Names).Category("Binance"); got != Other {
		t.Errorf("without a book: %s", got)
	}
}
