package vault

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// DefaultWindow is how far back a rate is compared with itself.
const DefaultWindow = 24 * time.Hour

// Options says whom to believe. The zero Options works.
type Options struct {
	Redemptions  []Redemption // nil: those of the table
	Comptrollers []Registry   // nil: those of the table
	LendingPools []Registry   // nil: those of the table
	Vaults       []Registry   // nil: those of the table
	Pools        []Registry   // nil: those of the table
	// BalancerVaults and BalancerFactories are of Balancer; nil: those of the table.
	BalancerVaults, BalancerV3Vaults, BalancerFactories []Registry

	Window time.Duration // zero: DefaultWindow
}

// Source reads the contracts of one chain.
type Source struct {
	caller  onchain.Caller
	chainID uint64
	book    *pricing.Book
	o       Options
}

// New returns a source that reads contracts of the chain that caller serves.
// The book prices what shares redeem to: it is the one that is being filled.
func New(caller onchain.Caller, chainID uint64, book *pricing.Book, o Options) *Source {
	o.Redemptions = onchain.Listed(o.Redemptions, Redemptions, chainID, func(r Redemption) uint64 { return r.Token.ChainID() })
	for _, r := range []struct {
		list  *[]Registry
		table func() []Registry
	}{{&o.Comptrollers, Comptrollers}, {&o.LendingPools, LendingPools}, {&o.Vaults, Vaults}, {&o.Pools, Pools}, {&o.BalancerVaults, BalancerVaults}, {&o.BalancerV3Vaults, BalancerV3Vaults}, {&o.BalancerFactories, BalancerFactories}} {
		*r.list = onchain.Listed(*r.list, r.table, chainID, func(r Registry) uint64 { return r.ChainID })
	}
	o.Window = onchain.Span(o.Window, DefaultWindow)
	return &Source{caller, chainID, book, o}
}

// Name implements [pricing.Source].
func (s *Source) Name() string { return "vault" }

// concerns returns the block at which an ask for a token of this chain is
// answered; false where it is none, or has none.
func (s *Source) concerns(a pricing.Ask) (before uint64, ok bool) {
	if !a.OfToken(s.chainID) {
		return 0, false
	}
	return a.Before()
}

// Needs implements [pricing.Dependent]: what shares redeem to, at the block
// before the theft began, and how much of it all that was moved comes to.
func (s *Source) Needs(ctx context.Context, asks []pricing.Ask) ([][]pricing.Ask, error) {
	needs := make([][]pricing.Ask, len(asks))
	errs := onchain.Together(ctx, s.caller, len(asks), func(ctx context.Context, i int, c onchain.Caller) error {
		block, ok := s.concerns(asks[i])
		if !ok {
			return nil
		}
		r, err := s.read(ctx, c, asks[i].Subject.Asset, block)
		if err != nil {
			return known(err)
		}
		if r.kind == none && r.supply == nil {
			return nil
		}
		if r.kind == none {
			b, _, err := s.basketOf(ctx, c, r.token, block)
			needs[i] = b.needs(asks[i], block)
			return known(err)
		}
		need := pricing.Ask{Subject: r.into, At: asks[i].At, Block: block}
		rate, err := r.rate(ctx, c, block)
		if err == nil {
			if units, over := uint256.FromBig(r.everything(asks[i], rate)); !over {
				need.Units = *units
			}
		}
		needs[i] = []pricing.Ask{need}
		return known(err)
	})
	return needs, onchain.First(errs)
}

// everything returns what all shares come to, or those that were moved where these
// are more: a share of a share that lies about how many there are must not pass
// for backed.
func (s share) everything(a pricing.Ask, rate *big.Int) *big.Int {
	most := a.Units.ToBig()
	if s.supply.Cmp(most) > 0 {
		most = s.supply
	}
	return s.all(most, rate)
}

// known leaves out what is told when the price is asked for.
func known(err error) error {
	if _, refused := onchain.Refused(err); refused || nothing(err) {
		return nil
	}
	return err
}

// Quotes implements [pricing.Source]. Of a token that is no share it says
// nothing.
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	quotes := make([]*pricing.Quote, len(asks))
	errs := onchain.Together(ctx, s.caller, len(asks), func(ctx context.Context, i int, c onchain.Caller) error {
		block, ok := s.concerns(asks[i])
		if !ok {
			return nil
		}
		var err error
		quotes[i], err = s.price(ctx, c, asks[i], block)
		return err
	})
	var answer pricing.Answer
	for i, err := range errs {
		why, refused := onchain.Refused(err)
		switch {
		case refused:
			answer.Refuse(asks[i], "%s", why)
			errs[i] = nil
		case err != nil:
			errs[i] = fmt.Errorf("read %s: %w", asks[i].Subject, err)
		case quotes[i] != nil:
			answer.Quotes = append(answer.Quotes, *quotes[i])
		}
	}
	return answer, onchain.First(errs)
}

// price returns nil for what is no share.
func (s *Source) price(ctx context.Context, c onchain.Caller, a pricing.Ask, block uint64) (*pricing.Quote, error) {
	r, err := s.read(ctx, c, a.Subject.Asset, block)
	if err != nil {
		return nil, err
	}
	if r.kind == none && r.supply == nil {
		return nil, nil
	}
	if r.kind == none {
		b, is, err := s.basketOf(ctx, c, r.token, block)
		if !is || err != nil {
			return nil, err
		}
		return s.basketWorth(ctx, c, b, r, a, block)
	}
	return s.shareWorth(ctx, c, r, a, block)
}

// shareWorth prices a share by what one redeems to.
func (s *Source) shareWorth(ctx context.Context, c onchain.Caller, r share, a pricing.Ask, block uint64) (*pricing.Quote, error) {
	rate, err := r.rate(ctx, c, block)
	if nothing(err) || err == nil && rate.Sign() == 0 {
		return nil, onchain.Refuse("%s, does not say at block %d what it redeems to", r.describe(), block)
	}
	if err != nil {
		return nil, err
	}
	trust, err := s.believed(ctx, c, r, rate, a.Units.ToBig(), block)
	if err != nil {
		return nil, err
	}
	w, err := onchain.Before(ctx, c, block, s.o.Window)
	if err != nil {
		return nil, err
	}
	rests, ok := s.book.AsOf(r.into, pricing.Whole(r.everything(a, rate), r.divided), w.EndTime(), a.At)
	if !ok {
		return nil, onchain.Refuse("one redeems to %s of %s, which has no price, or none that is good for as much", r.whole(rate), r.into)
	}
	q := rests.Times(a.Subject, pricing.Whole(rate, r.divided), w.EndTime())
	_, method := r.rateCall(block)
	q.Source = "contract " + chain.Hex(r.token)
	q.Method = fmt.Sprintf("redeems to %s, %s at block %d", r.into, method, block)
	q.Most = decimal.NewNullDecimal(pricing.Whole(trust.most, r.decimals))
	q.Note, q.Doubt = join(trust.why, q.Note), join(trust.doubt, q.Doubt)
	if opens := r.listed.Opens; w.EndTime().Before(opens) {
		q.Doubt = join(q.Doubt, "nobody could be sure to redeem it before "+opens.Format(time.DateOnly)+", and it was traded at a price of its own")
	}
	q.Liquidity = decimal.NewNullDecimal(pricing.Whole(r.all(r.supply, rate), r.divided).Mul(rests.Price))
	return &q, s.compare(ctx, c, r, rate, w, a, &q)
}

// tolerated is how much a rate may move without remark, in percent.
const tolerated = 2

// compare tells where the rate was another a day before, which is a doubt, and
// where it is another in the theft's own block, which is worth knowing.
func (s *Source) compare(ctx context.Context, c onchain.Caller, r share, rate *big.Int, w onchain.Window, a pricing.Ask, q *pricing.Quote) error {
	past, err := r.rate(ctx, c, w.Start.Number)
	switch {
	case nothing(err):
		q.Note = join(q.Note, fmt.Sprintf("it was not there yet at block %d", w.Start.Number))
	case errors.Is(err, onchain.ErrNoState):
		q.Note = join(q.Note, fmt.Sprintf("what it said at block %d is not known", w.Start.Number))
	case err != nil:
		return err
	case apart(past, rate):
		q.Doubt = join(q.Doubt, fmt.Sprintf("one redeemed to %s at block %d and to %s at block %d: the rate may have been pushed",
			r.whole(past), w.Start.Number, r.whole(rate), w.End.Number))
	}
	now, err := r.rate(ctx, c, a.Block)
	if err != nil {
		return known(err)
	}
	if apart(now, rate) {
		q.Note = join(q.Note, fmt.Sprintf("in the block of the theft, %d, it said %s, which does not count", a.Block, r.whole(now)))
	}
	return nil
}

// apart reports whether two rates differ by more than is tolerated.
func apart(a, b *big.Int) bool {
	gap := new(big.Int).Sub(a, b)
	gap.Abs(gap).Mul(gap, big.NewInt(100))
	return gap.Cmp(new(big.Int).Mul(b, big.NewInt(tolerated))) > 0
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
