package chain_test

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"pgregory.net/rapid"

	"losstracer/chain"
)

func TestAssetIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := assetGen().Draw(t, "id")
		got, err := chain.ParseAssetID(id.String())
		if err != nil || got != id {
			t.Fatalf("ParseAssetID(%q) = %v, %v", id, got, err)
		}
		var text chain.AssetID
		b, err := id.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := text.UnmarshalText(b); err != nil || text != id {
			t.Fatalf("text form %q came back as %v, %v", b, text, err)
		}
	})
}

func TestAssetIDCompareIsStrictOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := assetGen().Draw(t, "a"), assetGen().Draw(t, "b")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("%v against %v: %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
	})
}

func TestParseAssetID(t *testing.T) {
	t.Parallel()
	usdt := common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")
	for _, test := range []struct {
		name, in, want string // the canonical form; empty where in is refused
		id             chain.AssetID
	}{
		{"ether", "eip155:1/slip44:60", "eip155:1/slip44:60", chain.NativeAsset(1)},
		{"token in mixed case", "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7",
			"eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7", chain.Token(1, usdt)},
		{"BNB by the chain's coin number", "eip155:56/slip44:9006", "eip155:56/slip44:714", chain.NativeAsset(56)},
		{"BNB as ether's number", "eip155:56/slip44:60", "eip155:56/slip44:714", chain.NativeAsset(56)},
		{"a chain that is not in the table", "eip155:999999/slip44:1", "eip155:999999/slip44:60", chain.NativeAsset(999999)},
		{"one ERC-721 token", "eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/7",
			"eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/7",
			chain.Item(1, chain.ERC721, usdt, "7")},
		{name: "empty"},
		{name: "chain alone", in: "eip155:1"},
		{name: "no reference", in: "eip155:1/erc20"},
		{name: "another namespace of chains", in: "bip122:000000000019d6689c085ae165831e93/slip44:0"},
		{name: "chain zero", in: "eip155:0/slip44:60"},
		{name: "chain with a leading zero", in: "eip155:01/slip44:60"},
		{name: "chain wider than 64 bits", in: "eip155:18446744073709551616/slip44:60"},
		{name: "unknown namespace of assets", in: "eip155:1/bep20:0xdac17f958d2ee523a2206206994597c13d831ec7"},
		{name: "coin that is not a number", in: "eip155:1/slip44:eth"},
		{name: "short address", in: "eip155:1/erc20:0xdac17f"},
		{name: "address with a strange digit", in: "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ecg"},
		{name: "ERC-20 with a token id", in: "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7/7"},
		{name: "token id with a leading zero", in: "eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/07"},
		{name: "token id of 257 bits", in: "eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/" +
			"115792089237316195423570985008687907853269984665640564039457584007913129639936"},
		{name: "token id of a million digits", in: "eip155:1/erc721:0xdac17f958d2ee523a2206206994597c13d831ec7/" + strings.Repeat("9", 1e6)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := chain.ParseAssetID(test.in)
			if (err != nil) != (test.want == "") {
				t.Fatalf("error %v", err)
			}
			if got != test.id || got.String() != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestAmountRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amountGen(assetGen().Draw(t, "asset")).Draw(t, "amount")
		got, err := chain.ParseAmount(a.String())
		if err != nil || !got.Equal(a) {
			t.Fatalf("ParseAmount(%q) = %v, %v", a, got, err)
		}
	})
}

func TestAmountArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gen := amountGen(assetGen().Draw(t, "asset"))
		a, b, c := gen.Draw(t, "a"), gen.Draw(t, "b"), gen.Draw(t, "c")
		before := a.String()
		if !a.Add(b).Equal(b.Add(a)) {
			t.Fatal("a + b is not b + a")
		}
		if !a.Add(b).Add(c).Equal(a.Add(b.Add(c))) {
			t.Fatal("(a + b) + c is not a + (b + c)")
		}
		if !a.Add(b).Sub(b).Equal(a) || !a.Sub(b).Equal(a.Add(b.Neg())) {
			t.Fatal("subtraction does not undo addition")
		}
		if !a.Add(chain.Amount{}).Equal(a) || !(chain.Amount{}).Add(a).Equal(a) {
			t.Fatal("the zero Amount changed a sum")
		}
		if a.Cmp(b) != a.Sub(b).Sign() {
			t.Fatal("order is not the sign of the difference")
		}
		a.Units().SetInt64(12345)
		if a.String() != before {
			t.Fatal("an amount changed")
		}
	})
}

func TestAmountsOfDifferentAssetsPanic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amountGen(assetGen().Draw(t, "one asset")).Draw(t, "a")
		b := amountGen(assetGen().Draw(t, "another")).Draw(t, "b")
		if a.Asset() == b.Asset() {
			t.Skip("the same asset")
		}
		for name, f := range map[string]func(){
			"Add": func() { a.Add(b) },
			"Sub": func() { a.Sub(b) },
			"Cmp": func() { a.Cmp(b) },
		} {
			if !panics(f) {
				t.Fatalf("%s of %v and %v went through", name, a, b)
			}
		}
	})
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestAmountOfNoAssetMustBeZero(t *testing.T) {
	t.Parallel()
	ether := chain.NewAmount(chain.NativeAsset(1), common.Big1)
	if !panics(func() { ether.Add(chain.NewAmount(chain.AssetID{}, common.Big1)) }) {
		t.Error("one unit of nothing was added to ether")
	}
}

func TestParseAmountRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "1", "1.5 eip155:1/slip44:60", "0x1 eip155:1/slip44:60", "01 eip155:1/slip44:60", "1 ETH", "+1 eip155:1/slip44:60"} {
		if got, err := chain.ParseAmount(in); err == nil {
			t.Errorf("ParseAmount(%q) = %v", in, got)
		}
	}
}

func TestParseAddressTakesAnyCase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := addressGen().Draw(t, "address")
		for _, s := range []string{chain.Hex(a), a.Hex(), strings.ToUpper(chain.Hex(a))} {
			if got, err := chain.ParseAddress(s); err != nil || got != a {
				t.Fatalf("ParseAddress(%q) = %v, %v", s, got, err)
			}
		}
	})
}

func TestAccountOrder(t *testing.T) {
	t.Parallel()
	lo, hi := common.HexToAddress("0x01"), common.HexToAddress("0x02")
	ordered := []chain.Account{{ChainID: 1, Address: lo}, {ChainID: 1, Address: hi}, {ChainID: 10, Address: lo}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := a.Compare(b), cmp.Compare(i, j); got != want {
				t.Errorf("%s.Compare(%s) = %d, want %d", a, b, got, want)
			}
		}
	}
	if got, want := ordered[2].String(), "eip155:10:0x0000000000000000000000000000000000000001"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

func TestAmountInJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units := unitsGen().Draw(t, "units")
		want := chain.AmountOf(assetGen().Draw(t, "asset"), &units)
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got chain.Amount
		if err := json.Unmarshal(b, &got); err != nil || !got.Equal(want) {
			t.Errorf("%v came back from %s as %v, %v", want, b, got, err)
		}
	})
}

func TestUnitsRefusesWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for _, test := range []struct {
		name string
		n    *big.Int
		ok   bool
	}{
		{"none", nil, false},
		{"negative", big.NewInt(-1), false},
		{"zero", new(big.Int), true},
		{"256 bits", most, true},
		{"257 bits", new(big.Int).Add(most, big.NewInt(1)), false},
	} {
		u, ok := chain.Units(test.n)
		if ok != test.ok || ok && u.ToBig().Cmp(test.n) != 0 {
			t.Errorf("%s: %v, %t", test.name, &u, ok)
		}
	}
}
