package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/chainlink"
	"losstracer/pricing/coingecko"
	"losstracer/pricing/llama"
	"losstracer/pricing/pricefile"
	"losstracer/pricing/uniswap"
	"losstracer/pricing/vault"
)

// lookalike answers as a token that calls itself USDT would: it has decimals, a
// supply and a name, and the blocks are there.
type lookalike struct{}

func (lookalike) Do(_ context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	word := func(n string) ethrpc.Answer {
		return ethrpc.Answer{Result: []byte(`"0x` + strings.Repeat("0", 64-len(n)) + n + `"`)}
	}
	answers := make([]ethrpc.Answer, len(calls))
	for i, c := range calls {
		if c.Method == "eth_getBlockByNumber" {
			answers[i] = ethrpc.Answer{Result: []byte(`{"timestamp":"0x6558a800"}`)}
			continue
		}
		switch c.Params[0].(map[string]string)["data"][:10] {
		case "0x313ce567": // decimals()
			answers[i] = word("6")
		case "0x18160ddd": // totalSupply()
			answers[i] = word("ffffffffff")
		default:
			answers[i] = ethrpc.Answer{Err: &ethrpc.RPCError{Method: c.Method, Code: 3, Message: "execution reverted"}}
		}
	}
	return answers, nil
}

// TestLookalikesHaveNoPrice asks every source there is for tokens that borrow
// the names of USDT and of wrapped ether. All of them know the real ones, and
// the price file has rows for the bare symbols.
func TestLookalikesHaveNoPrice(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 11, 18, 12, 0, 0, 0, time.UTC)
	const usdt = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	llamaServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"coins":{"ethereum:%s":{"symbol":"USDT","price":1,"timestamp":%d,"confidence":0.99}}}`, usdt, at.Unix())
	}))
	t.Cleanup(llamaServer.Close)
	geckoServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, usdt) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"prices":[[%d,1]]}`, at.UnixMilli())
	}))
	t.Cleanup(geckoServer.Close)
	web := func(base string) *pricing.Web {
		w, err := pricing.NewWeb(base, pricing.WebOptions{Every: time.Microsecond, First: time.Millisecond, Tries: 1})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	rows, err := pricefile.Read("prices.csv", strings.NewReader(`asset_id,time,price_usd,source
USDT,2023-11-18T00:00:00Z,1,a symbol
WETH,2023-11-18T00:00:00Z,1963,a symbol
ETH,2023-11-18T00:00:00Z,1963,a symbol
eip155:1/erc20:`+usdt+`,2023-11-18T00:00:00Z,1,the real one
`))
	if err != nil {
		t.Fatal(err)
	}
	book := &pricing.Book{}
	book.Add(rows...)
	sources := []pricing.Source{
		pricing.Wrapped(book), chainlink.New(lookalike{}, 1), vault.New(lookalike{}, 1, book, vault.Options{}),
		uniswap.New(lookalike{}, 1, book, uniswap.Options{}), llama.New(web(llamaServer.URL), 0), coingecko.New(web(geckoServer.URL)),
	}
	var asks []pricing.Ask
	for _, contract := range []string{
		"0xdac17f958d2ee523a2206206994597c13d83fa4e", // begins and nearly ends like USDT
		"0xc02aaa39b223fe8d0a0e5c4f27ead9083c75fa4e", // likewise, wrapped ether
		"0x0000000000000000000000000000000000000bad",
	} {
		asks = append(asks, pricing.Ask{Subject: pricing.Of(chain.Token(1, common.HexToAddress(contract))), At: at, Block: 18_600_000})
	}
	outcome, err := pricing.Fill(t.Context(), book, sources, asks)
	if err != nil || len(outcome.Problems) > 0 {
		t.Fatalf("%v, %v", err, outcome.Problems)
	}
	if len(outcome.Unpriced) != len(asks) {
		t.Errorf("unpriced %v, want all of %v", outcome.Unpriced, asks)
	}
	for _, a := range asks {
		if q, ok := book.At(a.Subject, a.At); ok {
			t.Errorf("%v got %s dollars from %s", a, q.Price, q.Source)
		}
	}
	real := pricing.Of(chain.Token(1, common.HexToAddress(usdt)))
	if q, ok := book.At(real, at); !ok || q.Source != "the real one" {
		t.Errorf("the real one: %+v", q)
	}
}
