package pricing

import (
	"context"

	"losstracer/chain"
)

// Wrapped returns a source that prices a chain's wrapped coin as the coin,
// which it is exchanged for one to one by its contract, and the face at which
// the coin answers as a token as the coin that it is.
func Wrapped(book *Book) Dependent { return wrapped{book} }

type wrapped struct{ book *Book }

func (w wrapped) Name() string { return "wrapped" }

// coinOf returns the coin that an asset stands for.
func coinOf(s Subject) (Subject, bool) {
	n, known := chain.NetworkByID(s.Asset.ChainID())
	if !known || s.Asset.Kind() != chain.ERC20 || s.Symbol != "" || s.Asset.Contract() == (n.Coin().Contract()) {
		return Subject{}, false
	}
	if s.Asset.Contract() != n.Wrapped && s.Asset.Contract() != n.CoinFace {
		return Subject{}, false
	}
	return Of(n.Coin()), true
}

// Needs returns the coins.
func (w wrapped) Needs(_ context.Context, asks []Ask) ([][]Ask, error) {
	needs := make([][]Ask, len(asks))
	for i, a := range asks {
		if coin, ok := coinOf(a.Subject); ok {
			a.Subject = coin
			needs[i] = []Ask{a}
		}
	}
	return needs, nil
}

func (w wrapped) Quotes(_ context.Context, asks []Ask) (Answer, error) {
	var answer Answer
	for _, a := range asks {
		coin, ok := coinOf(a.Subject)
		if !ok {
			continue
		}
		q, ok := w.book.At(coin, a.At)
		if !ok {
			answer.Refuse(a, "the coin that it wraps, %s, has no price", coin)
			continue
		}
		q.Subject, q.Method = a.Subject, "redeems one for one to "+coin.String()+", "+q.Method
		answer.Quotes = append(answer.Quotes, q)
	}
	return answer, nil
}
