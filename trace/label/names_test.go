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
		{"Hop 1", Other, "the first account on the way"}, {"hop2", Other, ""}, {"Liquid staking", Other, ""},
		{"Hop: ETH pool", Bridge, ""}, {"Hop Protocol", Bridge, ""}, {"Liquid Exchange 2", Exchange, ""},
		{"Binance user 3", Other, "has to do with it, and is not it"}, {"Upbit mid-account 12", Other, ""}, {"Mixer client", Other, ""},
		{"tornado", Mixer, "for short"}, {"Tornado 100 ETH", Mixer, ""}, {"OKEx 2", Exchange, "its name before"}, {"Huobi10", Exchange, ""},
		{"Centralised exchange", Exchange, ""}, {"Decentralized exchange", Other, ""},
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
