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
	Redemptions []Redemption     // nil: those of the table
	Window      time.Duration    // zero: DefaultWindow
	Floor       decimal.Decimal  // in dollars; zero: DefaultFloor, negative: none
}

// Source reads the pools of one chain.
type Source struct {
	caller  Caller
	chainID uint64
	book    *pricing.Book
	o       Options
}

// New returns a source that reads pools of the chain that caller serves. The
// book prices what the pools are against: it is the one that is being filled.
func New(caller Caller, chainID uint64, book *pricing.Book, o Options) *Source {
	if o.Deployments == nil {
		o.Deployments = Deployments()
	}
	if o.Against == nil {
		o.Against = against(chainID)
	}
	if o.Redemptions == nil {
		o.Redemptions = Redemptions()
	}
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	if o.Floor.IsZero() {
		o.Floor = decimal.NewFromInt(DefaultFloor)
	}
	o.Deployments = slices.DeleteFunc(slices.Clone(o.Deployments), func(d Deployment) bool { return d.ChainID != chainID })
	o.Pools = slices.DeleteFunc(slices.Clone(o.Pools), func(p Pool) bool { return p.ChainID != chainID })
	return &Source{caller, chainID, book, o}
}

// Name implements [pricing.Source].
func (s *Source) Name() string { return "uniswap" }

// concerns reports whether an ask is for a token of this chain, other than the
// wrapped coin, at a block.
func (s *Source) concerns(a pricing.Ask) bool {
	n, _ := chain.NetworkByID(s.chainID)
	id := a.Subject.Asset
	return a.Subject.Symbol == "" && id.ChainID == s.chainID && id.Kind == chain.ERC20 && id.Contract != n.Wrapped && id.Contract != n.CoinFace
}

// Needs implements [pricing.Dependent]: what pools are against, and what tokens
// redeem to, at the block before the theft began.
func (s *Source) Needs(asks []pricing.Ask) []pricing.Ask {
	var needs []pricing.Ask
	for _, a := range asks {
		end, ok := a.Before()
		if !ok || !s.concerns(a) {
			continue
		}
		need := func(subject pricing.Subject) {
			if subject != a.Subject {
				needs = append(needs, pricing.Ask{Subject: subject, At: a.At, Block: end})
			}
		}
		if r, ok := s.redemption(a.Subject); ok {
			need(r.Into)
		}
		if slices.Contains(s.o.Against, a.Subject.Asset.Contract) {
			continue // what pools are against needs no pool: that would go in circles
		}
		for _, anchor := range s.o.Against {
			need(pricing.Of(chain.Token(s.chainID, anchor)))
		}
	}
	return needs
}

// window is the stretch of blocks that an average is over.
type window struct{ start, end block }

func (w window) seconds() uint64 { return w.end.time - w.start.time }

// Quotes implements [pricing.Source]. Asks about one subject with the same
// block before the theft are one.
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	var answer pricing.Answer
	said := map[same]string{} // why not; empty for what has a quote
	windows := map[uint64]window{}
	for _, a := range asks {
		if !s.concerns(a) {
			continue
		}
		end, ok := a.Before()
		if !ok {
			answer.Refuse(a, "pools are read at a block, and none is known for the time")
			continue
		}
		why, done := said[same{a.Subject, end}]
		if !done {
			var err error
			if why, err = s.say(ctx, a, end, windows, &answer); err != nil {
				return answer, fmt.Errorf("pools of %s: %w", a.Subject, err)
			}
			said[same{a.Subject, end}] = why
		}
		if why != "" {
			answer.Refuse(a, "%s", why)
		}
	}
	return answer, nil
}

// same is what asks with the same answer have in common.
type same struct {
	subject pricing.Subject
	end     uint64
}

// say adds the quote to the answer or returns why there is none.
func (s *Source) say(ctx context.Context, a pricing.Ask, end uint64, windows map[uint64]window, answer *pricing.Answer) (string, error) {
	w, known := windows[end]
	if !known {
		var err error
		if w, err = s.window(ctx, end); err != nil {
			return "", err
		}
		windows[end] = w
	}
	q, err := s.price(ctx, a, w)
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return string(refused), nil
	case errors.Is(err, errNoState):
		return errNoState.Error(), nil
	case err != nil:
		return "", err
	}
	answer.Quotes = append(answer.Quotes, q)
	return "", nil
}

// refusal is why there is no price, in words.
type refusal string

func (r refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

func (s *Source) window(ctx context.Context, end uint64) (window, error) {
	blocks, err := s.blocks(ctx, end)
	if err != nil {
		return window{}, err
	}
	last := blocks[0]
	start, err := s.before(ctx, last, last.time-min(last.time, uint64(s.o.Window/time.Second)))
	return window{start, last}, err
}

// price tries what the token redeems to, then what a share is worth, then pools.
func (s *Source) price(ctx context.Context, a pricing.Ask, w window) (pricing.Quote, error) {
	if r, ok := s.redemption(a.Subject); ok {
		return s.redeem(ctx, r, a, w)
	}
	if pool, ok, err := s.share(ctx, a.Subject.Asset.Contract, w); ok || err != nil {
		if err != nil {
			return pricing.Quote{}, err
		}
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

// dollars returns the price of a subject for the end of the window: as of that
// moment or, where nothing is known then, as of the ask.
func (s *Source) dollars(subject pricing.Subject, a pricing.Ask, w window) (pricing.Quote, bool) {
	if q, ok := s.book.At(subject, time.Unix(int64(w.end.time), 0)); ok && q.Doubt == "" {
		return q, true
	}
	return s.book.At(subject, a.At)
}

// mostDecimals is the most that a token can be divided by without being absurd.
const mostDecimals = 77

// decimalsOf reads how tokens are divided. One that does not say is left out.
func (s *Source) decimalsOf(ctx context.Context, w window, tokens ...common.Address) (map[common.Address]uint8, error) {
	all := map[common.Address]uint8{}
	calls := make([]rpcCall, len(tokens))
	for i, t := range tokens {
		calls[i] = call(t, w.end.number, "decimals")
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, err
	}
	for i, t := range tokens {
		d, err := value[uint8](answers[i], "decimals")
		if errors.Is(err, errNothing) {
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

// quote is a price that rests on another.
func (s *Source) quote(a pricing.Ask, w window, price decimal.Decimal, rests pricing.Quote) pricing.Quote {
	q := pricing.Quote{
		Subject: a.Subject, Price: price.Mul(rests.Price), At: time.Unix(int64(w.end.time), 0).UTC(),
		Note: fmt.Sprintf("%s of %s at %s dollars (%s)", price.Round(12), rests.Subject, rests.Price, rests.Source),
	}
	if rests.At.After(q.At) {
		q.At = rests.At // no price is older than what it rests on
	}
	if rests.Doubt != "" {
		q.Doubt = "rests on " + rests.Subject.String() + ": " + rests.Doubt
	}
	return q
}

// whole is short for what is done to every quantity here.
func whole(units *big.Int, decimals uint8) decimal.Decimal { return pricing.Whole(units, decimals) }
