package uniswap_test

import (
	"context"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/chainlink"
	"losstracer/pricing/onchain"
	"losstracer/pricing/uniswap"
	"losstracer/pricing/vault"
)

// rounds counts how often an endpoint is asked, and for how many calls.
type rounds struct {
	onchain.Caller
	asked, calls int
}

func (r *rounds) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	r.asked++
	r.calls += len(calls)
	return r.Caller.Do(ctx, calls)
}

// TestRequestsFollowTheStepsNotTheAsks fills a book by every source that stands
// on chain: for sixty asks, of a token, of a share of a pool and of tokens that
// nobody prices, at twenty blocks, the endpoint is asked hardly more often than
// for one.
func TestRequestsFollowTheStepsNotTheAsks(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 100_000, 200_000)
	e.trade(60)
	e.open()
	fill := func(asks []pricing.Ask) (rounds, uint64) {
		before := e.caller.Requests()
		r := rounds{Caller: e.caller}
		book := e.book.Clone()
		o := uniswap.Options{Pools: []uniswap.Pool{e.pool}, Against: []common.Address{e.dollar}, Deployments: []uniswap.Deployment{}}
		outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{
			pricing.Wrapped(book), chainlink.New(&r, 1), vault.New(&r, 1, book, vault.Options{}), uniswap.New(&r, 1, book, o),
		}, asks)
		if err != nil || len(outcome.Problems) > 0 {
			t.Fatalf("%+v, %v", outcome, err)
		}
		if q, ok := book.At(e.subject(e.token), asks[0].At); !ok || q.Price.LessThan(decimal.NewFromInt(1)) {
			t.Fatalf("the token has the price %s, %v", q.Price, ok)
		}
		return r, uint64(e.caller.Requests().HTTP - before.HTTP)
	}
	one, oneHTTP := fill([]pricing.Ask{e.ask(e.token, 60)})
	var asks []pricing.Ask
	for block := uint64(41); block <= 60; block++ {
		asks = append(asks, e.ask(e.token, block), e.ask(e.pool.Address, block),
			pricing.Ask{Subject: pricing.Of(chain.Token(1, common.Address{byte(block)})), At: at(e.Times[block]), Block: block})
	}
	many, manyHTTP := fill(asks)
	t.Logf("one ask: %d rounds, %d calls, %d HTTP requests; %d asks: %d rounds, %d calls, %d HTTP requests",
		one.asked, one.calls, oneHTTP, len(asks), many.asked, many.calls, manyHTTP)
	if many.asked > one.asked+8 {
		t.Errorf("%d rounds for %d asks, %d for one; want no more than one each for what a share rests on", many.asked, len(asks), one.asked)
	}
	if most := uint64(many.calls/100 + many.asked); manyHTTP > most {
		t.Errorf("%d HTTP requests for %d calls in %d rounds; want no more than %d", manyHTTP, many.calls, many.asked, most)
	}
}
