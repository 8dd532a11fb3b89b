package uniswap

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// DefaultWindow is over how long prices are averaged.
const DefaultWindow = 30 * time.Minute

// shortest is the least time that an average of a V3 pool may be over, where
// the pool does not remember as much as is wanted.
const shortest = 5 * time.Minute

// DefaultFloor is how many dollars must stand in a pool against a token.
const DefaultFloor = 50_000

// Options says where prices are looked for and what is good enough. The zero
// Options works.
type Options struct {
	Deployments []Deployment     // nil: those of the package's table
	Pools       []Pool           // further pools that are to be trusted
	Against     []common.Address // what pools are against; nil: those of the table
	Window      time.Duration    // zero: DefaultWindow
	Floor       decimal.Decimal  // in dollars; zero: DefaultFloor, negative: none
}

// Source reads the pools of one chain.
type Source struct {
	caller  onchain.Caller
	chainID uint64
	book    *pricing.Book
	o       Options
}

// New returns a source that reads pools of the chain that caller serves. The
// book prices what the pools are against: it is the one that is being filled.
func New(caller onchain.Caller, chainID uint64, book *pricing.Book, o Options) *Source {
	o.Deployments = onchain.Listed(o.Deployments, Deployments, chainID, func(d Deployment) uint64 { return d.ChainID })
	o.Pools = onchain.Listed(o.Pools, func() []Pool { return nil }, chainID, func(p Pool) uint64 { return p.ChainID })
	if o.Against == nil {
		o.Against = against(chainID)
	}
	o.Window = onchain.Span(o.Window, DefaultWindow)
	if o.Floor.IsZero() {
		o.Floor = decimal.NewFromInt(DefaultFloor)
	}
	return &Source{caller, chainID, book, o}
}

// Name implements [pricing.Source].
func (s *Source) Name() string { return "uniswap" }

// Needs implements [pricing.Dependent]: what pools are against, and for a share
// of a pool the tokens in it, at the block before the theft began.
func (s *Source) Needs(ctx context.Context, asks []pricing.Ask) ([][]pricing.Ask, error) {
	needs := make([][]pricing.Ask, len(asks))
	errs := onchain.Together(ctx, s.caller, len(asks), func(ctx context.Context, i int, caller onchain.Caller) error {
		end, ok := asks[i].Before()
		if !ok || !asks[i].OfToken(s.chainID) {
			return nil
		}
		list, err := s.through(caller).restsOn(ctx, asks[i].Subject.Asset.Contract(), end)
		for _, token := range list {
			needs[i] = append(needs[i], pricing.Ask{Subject: pricing.Of(chain.Token(s.chainID, token)), At: asks[i].At, Block: end})
		}
		return err
	})
	return needs, onchain.First(errs)
}

// restsOn returns what a token's price rests on. What pools are against rests
// on the wrapped coin alone: else stablecoins would rest on one another.
func (s *Source) restsOn(ctx context.Context, token common.Address, end uint64) ([]common.Address, error) {
	n, _ := chain.NetworkByID(s.chainID)
	if slices.Contains(s.o.Against, token) {
		if token != n.Wrapped && slices.Contains(s.o.Against, n.Wrapped) {
			return []common.Address{n.Wrapped}, nil
		}
		return nil, nil
	}
	pool, ok, err := s.share(ctx, token, end)
	switch {
	case errors.Is(err, onchain.ErrNoState):
		return nil, nil // which is said when the price is asked for
	case err != nil:
		return nil, err
	case ok:
		return []common.Address{pool.Token0, pool.Token1}, nil
	}
	return s.o.Against, nil
}

// through returns the source as it asks by way of another caller.
func (s *Source) through(caller onchain.Caller) *Source {
	other := *s
	other.caller = caller
	return &other
}

// Quotes implements [pricing.Source]. Asks about one subject with the same
// block before the theft are one.
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	var answer pricing.Answer
	var once []pricing.Ask
	same := map[pricing.Ask][]pricing.Ask{} // by what they have in common
	for _, a := range asks {
		if !a.OfToken(s.chainID) {
			continue
		}
		end, ok := a.Before()
		if !ok {
			answer.Refuse(a, "pools are read at a block, and none is known for the time")
			continue
		}
		key := pricing.Ask{Subject: a.Subject, Block: end, Units: a.Units}
		if same[key] == nil {
			once = append(once, key)
		}
		same[key] = append(same[key], a)
	}
	quotes := make([]pricing.Quote, len(once))
	errs := onchain.Together(ctx, s.caller, len(once), func(ctx context.Context, i int, caller onchain.Caller) error {
		var err error
		quotes[i], err = s.through(caller).say(ctx, same[once[i]][0], once[i].Block)
		return err
	})
	for i, key := range once {
		if errs[i] == nil {
			answer.Quotes = append(answer.Quotes, quotes[i])
			continue
		}
		why, refused := onchain.Refused(errs[i])
		if !refused {
			errs[i] = fmt.Errorf("pools of %s: %w", key.Subject, errs[i])
			continue
		}
		errs[i] = nil
		for _, a := range same[key] {
			answer.Refuse(a, "%s", why)
		}
	}
	return answer, onchain.First(errs)
}

// say prices one ask as of the end of a block.
func (s *Source) say(ctx context.Context, a pricing.Ask, end uint64) (pricing.Quote, error) {
	if err := s.foresee(ctx, a.Subject.Asset.Contract(), end); err != nil {
		return pricing.Quote{}, err
	}
	w, err := onchain.Before(ctx, s.caller, end, s.o.Window)
	if err != nil {
		return pricing.Quote{}, err
	}
	return s.price(ctx, a, w)
}

// foresee asks at once for what will be asked for one by one, as far as that is
// known beforehand.
func (s *Source) foresee(ctx context.Context, token common.Address, end uint64) error {
	calls := slices.Concat(onchain.BeforeCalls(end), shareCalls(token, end), []rpcCall{call(token, end, "decimals")})
	for _, t := range s.o.Against {
		calls = append(calls, call(t, end, "decimals"))
		for _, p := range s.poolsOf(token, t) {
			calls = append(calls, depthCall(p, t, end))
		}
	}
	_, err := s.do(ctx, calls)
	return err
}

// price says what a share is worth, else what the token was traded at.
func (s *Source) price(ctx context.Context, a pricing.Ask, w onchain.Window) (pricing.Quote, error) {
	pool, ok, err := s.share(ctx, a.Subject.Asset.Contract(), w.End.Number)
	if err != nil {
		return pricing.Quote{}, err
	}
	if ok {
		return s.shareWorth(ctx, pool, a, w)
	}
	return s.market(ctx, a, w)
}

// anchor is what a pool is against, with its price.
type anchor struct {
	token    common.Address
	decimals uint8
	quote    pricing.Quote
}

// dollars returns the price of a quantity of a token for the end of the window: as
// of that moment or, where nothing is known then, as of the ask.
func (s *Source) dollars(token common.Address, quantity decimal.Decimal, a pricing.Ask, w onchain.Window) (pricing.Quote, bool) {
	return s.book.AsOf(pricing.Of(chain.Token(s.chainID, token)), quantity, w.EndTime(), a.At)
}

// mostDecimals is the most that a token can be divided by without being absurd.
const mostDecimals = 77

// decimalsOf reads how tokens are divided. One that does not say is left out.
func (s *Source) decimalsOf(ctx context.Context, w onchain.Window, tokens ...common.Address) (map[common.Address]uint8, error) {
	all := map[common.Address]uint8{}
	calls := make([]rpcCall, len(tokens))
	for i, t := range tokens {
		calls[i] = call(t, w.End.Number, "decimals")
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, err
	}
	for i, t := range tokens {
		d, err := value[uint8](answers[i], "decimals")
		if nothing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if d <= mostDecimals {
			all[t] = d
		}
	}
	return all, nil
}

// whole is short for what is done to every quantity here.
func whole(units *big.Int, decimals uint8) decimal.Decimal { return pricing.Whole(units, decimals) }
