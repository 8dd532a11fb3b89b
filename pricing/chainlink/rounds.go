package chainlink

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// search finds, for a reading without a block or without its state, the last
// round at or before the time, in what the feed keeps of its rounds.
func (s *Source) search(ctx context.Context, r *reading) error {
	h := &history{source: s, proxy: r.feed.Proxy}
	if err := h.open(ctx); err != nil {
		return err
	}
	return r.find(ctx, h)
}

// history is what a feed keeps of its rounds.
type history struct {
	source *Source
	proxy  common.Address
	feed   []ethrpc.Answer // description, decimals, aggregator
	phases []phase         // the newest first
	absent bool
}

type phase struct {
	number     uint16
	aggregator common.Address
	rounds     uint64 // the number of the last
}

// open reads which phases there are and how many rounds each has.
func (h *history) open(ctx context.Context) error {
	answers, err := h.source.do(ctx, []ethrpc.Call{
		call(h.proxy, onchain.Latest, "phaseId"), call(h.proxy, onchain.Latest, atBlock[1]), call(h.proxy, onchain.Latest, atBlock[2]), call(h.proxy, onchain.Latest, atBlock[3]),
	})
	if err != nil {
		return err
	}
	last, err := value[uint16](answers[0], "phaseId")
	if nothing(err) {
		h.absent = true
		return nil
	}
	if err != nil {
		return err
	}
	h.feed = answers[1:]
	var calls []ethrpc.Call
	for n := last; n >= 1; n-- {
		calls = append(calls, call(h.proxy, onchain.Latest, "phaseAggregators", n))
	}
	if answers, err = h.source.do(ctx, calls); err != nil {
		return err
	}
	calls = calls[:0]
	aggregators := make([]common.Address, len(answers))
	for i := range answers {
		if aggregators[i], err = value[common.Address](answers[i], "phaseAggregators"); err != nil && !nothing(err) {
			return err
		}
		calls = append(calls, call(aggregators[i], onchain.Latest, "latestRound"))
	}
	if answers, err = h.source.do(ctx, calls); err != nil {
		return err
	}
	return h.count(answers, aggregators, last)
}

func (h *history) count(answers []ethrpc.Answer, aggregators []common.Address, last uint16) error {
	for i, a := range answers {
		rounds, err := value[*big.Int](a, "latestRound")
		if nothing(err) {
			continue // an aggregator of a kind that is not known here
		}
		if err != nil {
			return err
		}
		if rounds.IsUint64() && rounds.Sign() > 0 {
			h.phases = append(h.phases, phase{last - uint16(i), aggregators[i], rounds.Uint64()})
		}
	}
	return nil
}

// find looks for the round in every phase, from the newest on, and stops at the
// first that had a fresh round then and whose predecessor had none.
func (r *reading) find(ctx context.Context, h *history) error {
	if h.absent {
		r.refused = "no feed there"
		return nil
	}
	if err := r.readFeed(h.feed); err != nil || r.refused != "" {
		return err
	}
	var fits []round
	for _, p := range h.phases {
		got, sparse, err := h.last(ctx, p, uint64(max(r.ask.At.Unix(), 0)))
		if err != nil {
			return err
		}
		ok := got.updated > 0
		if ok {
			fits = append(fits, got)
		}
		if sparse {
			r.doubts = append(r.doubts, fmt.Sprintf("in phase %d many rounds behind one another have no report: there may be one with a report among them that was not found", p.number))
		}
		if len(fits) > 0 && r.fresh(fits[0]) && (!ok || !r.fresh(fits[len(fits)-1])) {
			break
		}
	}
	r.choose(fits)
	if i := slices.IndexFunc(h.phases, func(p phase) bool { return r.done && uint64(p.number) == r.round.phase() }); i >= 0 {
		r.aggregator = h.phases[i].aggregator
	}
	return nil
}

func (r *reading) fresh(got round) bool {
	return r.ask.At.Sub(time.Unix(int64(got.updated), 0)) <= r.feed.Heartbeat+lateness(r.feed.Heartbeat)
}

// choose takes, of the rounds of several phases, the newest phase's that is
// fresh, else the latest. Aggregators run side by side while a proxy changes
// from one to the next, and which one it pointed to at the time is not in its
// state.
func (r *reading) choose(fits []round) {
	if len(fits) == 0 {
		r.refused = "no round at or before " + r.ask.At.UTC().Format(time.RFC3339)
		return
	}
	best := fits[0]
	for _, f := range fits[1:] {
		if !r.fresh(best) && f.updated > best.updated {
			best = f
		}
	}
	r.how = fmt.Sprintf("feed round %s of phase %d, found by its time", roundInPhase(best.id), best.phase())
	for _, f := range fits {
		if f.id.Cmp(best.id) == 0 || !r.fresh(f) {
			continue
		}
		r.note = join(r.note, fmt.Sprintf("phase %d had a fresh round too, and which of them the feed then showed is not known", f.phase()))
		if apart(f.answer, best.answer) {
			r.doubts = append(r.doubts, fmt.Sprintf("round %s of phase %d is more than one percent away", roundInPhase(f.id), f.phase()))
		}
	}
	// take reports what is wrong with the round in the reading itself.
	_ = r.take(best)
}

// apart reports whether two answers differ by more than one percent.
func apart(a, b *big.Int) bool {
	gap := new(big.Int).Sub(a, b)
	gap.Abs(gap).Mul(gap, big.NewInt(100))
	return gap.Cmp(b) > 0
}

// samples is how many rounds are looked at at once: a feed of 50,000 rounds is
// searched in four requests.
const samples = 15

// last returns the last round of a phase at or before a time, by the rounds'
// own times, which never fall. Rounds without a report, which feeds of the
// first kind have, are passed over; sparse says that there were too many of them to
// look at each. A round without a time is none.
func (h *history) last(ctx context.Context, p phase, t uint64) (best round, sparse bool, err error) {
	low, high := uint64(0), p.rounds+1 // below low all are at or before, from high on all after
	for high-low > 1 {
		numbers := between(low, high)
		rounds, err := h.rounds(ctx, p.number, numbers)
		if err != nil {
			return round{}, false, err
		}
		moved := false
		for i, got := range rounds {
			switch {
			case got.updated == 0:
			case got.updated <= t:
				low, best, moved = numbers[i], got, true
			case numbers[i] < high:
				high, moved = numbers[i], true
			}
			if got.updated > t {
				break
			}
		}
		if !moved {
			// Nothing but gaps in the sample: what is left is gaps as well, or
			// too thin to be found at a bearable price.
			if high-low <= samples+1 {
				break
			}
			high -= (high - low) / 2
			sparse = true
		}
	}
	return best, sparse, nil
}

// between returns up to samples numbers between two, both excluded, ascending.
func between(low, high uint64) []uint64 {
	n := min(uint64(samples), high-low-1)
	list := make([]uint64, 0, n)
	for i := uint64(1); i <= n; i++ {
		list = append(list, low+(high-low)/(n+1)*i+(high-low)%(n+1)*i/(n+1))
	}
	return list
}

// rounds reads rounds of a phase through the proxy. One that is not there has
// no time.
func (h *history) rounds(ctx context.Context, number uint16, rounds []uint64) ([]round, error) {
	calls := make([]ethrpc.Call, len(rounds))
	for i, n := range rounds {
		id := new(big.Int).Lsh(new(big.Int).SetUint64(uint64(number)), 64)
		calls[i] = call(h.proxy, onchain.Latest, "getRoundData", id.Or(id, new(big.Int).SetUint64(n)))
	}
	answers, err := h.source.do(ctx, calls)
	if err != nil {
		return nil, err
	}
	list := make([]round, len(rounds))
	for i, a := range answers {
		got, err := readRound(a, "getRoundData")
		if err != nil && !nothing(err) {
			return nil, err
		}
		list[i] = got
	}
	return list, nil
}

var _ pricing.Source = (*Source)(nil)
