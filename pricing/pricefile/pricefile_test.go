package pricefile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/pricefile"
)

const header = "asset_id,time,price_usd,source\n"

func TestRead(t *testing.T) {
	t.Parallel()
	usdt := pricing.Of(chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")))
	at := time.Date(2023, 11, 18, 17, 0, 0, 0, time.UTC)
	quote := func(s pricing.Subject, price string) pricing.Quote {
		return pricing.Quote{Subject: s, Price: decimal.RequireFromString(price), At: at, Source: "exchange close", Method: pricefile.Method}
	}
	// Exports write zero also where they know nothing.
	worthless := func(q pricing.Quote) pricing.Quote {
		q.Doubt = "the file says that it was worth nothing"
		return q
	}
	for _, row := range []struct {
		name, file string
		want       []pricing.Quote
	}{
		{"ether", header + "eip155:1/slip44:60,2023-11-18T17:00:00Z,1963.12,exchange close\n", []pricing.Quote{quote(pricing.Of(chain.NativeAsset(1)), "1963.12")}},
		{"a token in any case", header + "eip155:1/erc20:0xDAC17F958D2ee523a2206206994597C13D831ec7,2023-11-18T17:00:00Z,1.0003,exchange close\n", []pricing.Quote{quote(usdt, "1.0003")}},
		{"a bare symbol", header + "BTC,2023-11-18T17:00:00Z,36500,exchange close\n", []pricing.Quote{quote(pricing.Subject{Symbol: "BTC"}, "36500")}},
		{"another time zone is the same moment", header + "BTC,2023-11-18T19:00:00+02:00,1,exchange close\n", []pricing.Quote{quote(pricing.Subject{Symbol: "BTC"}, "1")}},
		{"columns in another order and more of them", "note,source,price_usd,asset_id,time\nx,exchange close,1,BTC,2023-11-18T17:00:00Z\n", []pricing.Quote{quote(pricing.Subject{Symbol: "BTC"}, "1")}},
		{"byte order mark, spaces, remarks, empty lines", "\ufeffasset_id, time, price_usd, source\r\n# remark\r\n\r\nBTC , 2023-11-18T17:00:00Z , 1e3 , exchange close\r\n", []pricing.Quote{quote(pricing.Subject{Symbol: "BTC"}, "1000")}},
		{"header only", header, nil},
		{"a commitment to zero", header + "BTC,2023-11-18T17:00:00Z,0,exchange close\n", []pricing.Quote{worthless(quote(pricing.Subject{Symbol: "BTC"}, "0"))}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := pricefile.Read("prices.csv", strings.NewReader(row.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("quotes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, file   string
		line, column int
		says         string
	}{
		{"nothing", "", 1, 0, "empty"},
		{"no header", "BTC,2023-11-18T17:00:00Z,1,x\n", 1, 0, "no column asset_id"},
		{"a column missing", "asset_id,time,price_usd\n", 1, 0, "no column source"},
		{"a column twice", "asset_id,time,price_usd,source,price_usd\n", 1, 0, "price_usd stands there twice"},
		{"no asset", header + ",2023-11-18T17:00:00Z,1,x\n", 2, 1, "asset id"},
		{"lower case", header + "btc,2023-11-18T17:00:00Z,1,x\n", 2, 1, "symbol in upper case"},
		{"short address", header + "eip155:1/erc20:0xdac17,2023-11-18T17:00:00Z,1,x\n", 2, 1, "40 hexadecimal digits"},
		{"date only", header + "BTC,2023-11-18,1,x\n", 2, 5, "RFC 3339"},
		{"comma in the price", header + "BTC,2023-11-18T17:00:00Z,\"1,963.12\",x\n", 2, 26, "want a number"},
		{"negative", header + "BTC,2023-11-18T17:00:00Z,-1,x\n", 2, 26, "not negative"},
		{"too large for arithmetic", header + "BTC,2023-11-18T17:00:00Z,1e999999999,x\n", 2, 26, "want a number"},
		{"no source", header + "BTC,2023-11-18T17:00:00Z,1,\n", 2, 28, "where it comes from"},
		{"cut off", header + "BTC,2023-11-18T17:00:00Z,1,x\nBTC,2023\n", 3, 5, "RFC 3339"},
		{"open quote", header + "\"BTC,2023-11-18T17:00:00Z,1,x\n", 2, 31, "quote"},
		{"line counts remarks", header + "# one\n# two\nBTC,never,1,x\n", 4, 5, "RFC 3339"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			quotes, err := pricefile.Read("prices.csv", strings.NewReader(row.file))
			var syntax *pricefile.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error = %v, want a SyntaxError", err)
			}
			if syntax.Line != row.line || syntax.Column != row.column || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error = %v; want line %d, column %d, %q", err, row.line, row.column, row.says)
			}
			if quotes != nil {
				t.Errorf("a refused file gave %d quotes", len(quotes))
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		header, header + "BTC,2023-11-18T17:00:00Z,1e-3,x\n", "\ufeff" + header + "eip155:1/slip44:60,2023-11-18T17:00:00+01:00,\"1\",x\n",
		"source,price_usd,time,asset_id\nx", header + "BTC,,,", "\"", header + "# \n\n", "asset_id,asset_id,time,price_usd,source\nA,B,2023-11-18T17:00:00Z,1,s",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		quotes, err := pricefile.Read("f", strings.NewReader(file))
		if err != nil {
			var syntax *pricefile.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 0 || quotes != nil {
				t.Fatalf("%d quotes and error %v", len(quotes), err)
			}
			return
		}
		for _, q := range quotes {
			if q.Price.IsNegative() || q.Source == "" || q.Subject == (pricing.Subject{}) || q.At.Location() != time.UTC {
				t.Fatalf("quote %+v", q)
			}
			again, err := pricing.ParseSubject(q.Subject.String())
			if err != nil || again != q.Subject {
				t.Fatalf("subject %v reads back as %v, %v", q.Subject, again, err)
			}
		}
	})
}
