package chainlink

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
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/pricing/onchain"
)

// Feed is a price feed in dollars.
type Feed struct {
	ChainID   uint64
	Proxy     common.Address
	Pair      string        // what the contract says it prices, as "ETH / USD"
	Heartbeat time.Duration // how often it is updated at least
	// Subjects are what the price is of.
	Subjects []pricing.Subject
	// As says what Subjects stand for where they are not the first of the pair
	// themselves: a wrapped bitcoin at the price of bitcoin.
	As string
	// Until is from when on Subjects no longer stand for what the feed prices;
	// zero for still.
	Until time.Time
}

// Source reads the feeds of one chain.
type Source struct {
	caller  onchain.Caller
	chainID uint64
	feeds   []Feed
	uptime  common.Address // the feed of the state of a rollup's sequencer; zero for none
}

// New returns a source that reads feeds of the chain that caller serves.
// Without feeds it reads those of the package's table.
func New(caller onchain.Caller, chainID uint64, feeds ...Feed) *Source {
	feeds = onchain.Listed(feeds, Feeds, chainID, func(f Feed) uint64 { return f.ChainID })
	return &Source{caller, chainID, feeds, common.HexToAddress(uptimeFeeds[chainID])}
}

// Watching returns the source with another feed of the state of the sequencer than
// that of the package's table.
func (s *Source) Watching(uptime common.Address) *Source {
	return &Source{s.caller, s.chainID, s.feeds, uptime}
}

// Name implements [pricing.Source].
func (s *Source) Name() string { return "chainlink" }

// reading is one ask on its way.
type reading struct {
	ask  pricing.Ask
	feed Feed
	// What the chain says, at the block of the ask or at the latest.
	round      round
	decimals   uint8
	aggregator common.Address
	how, note  string
	doubts     []string
	done       bool
	aged       bool // the state of the block is gone
	refused    string
}

// byTime reports whether the round has to be found by its time: no block is
// known, its state is gone, or it is of another chain than the feed, as that of
// an ask about a bare symbol may be.
func (r *reading) byTime() bool {
	return r.ask.Block == 0 || r.aged || r.ask.Subject.Symbol != ""
}

// block is the block of the ask as calls name it, or the latest.
func (r *reading) block() string {
	if r.byTime() {
		return onchain.Latest
	}
	return onchain.At(r.ask.Block)
}

// Quotes implements [pricing.Source].
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	readings := s.readings(asks)
	errs := onchain.Together(ctx, s.caller, len(readings), func(ctx context.Context, i int, caller onchain.Caller) error {
		one := &Source{caller, s.chainID, s.feeds, s.uptime}
		return one.read(ctx, readings[i])
	})
	err := s.problem(readings, errs)
	var answer pricing.Answer
	for _, r := range readings {
		switch {
		case r.refused != "":
			answer.Refuse(r.ask, "%s: %s", r.feed.Pair, r.refused)
		case r.done:
			answer.Quotes = append(answer.Quotes, r.quote())
		}
	}
	return answer, err
}

// readings pairs asks with feeds. Of several feeds of a subject the first of
// the table counts.
func (s *Source) readings(asks []pricing.Ask) []*reading {
	var list []*reading
	for _, a := range asks {
		i := slices.IndexFunc(s.feeds, func(f Feed) bool { return slices.Contains(f.Subjects, a.Subject) })
		if i < 0 {
			continue
		}
		r := &reading{ask: a, feed: s.feeds[i]}
		if until := r.feed.Until; !until.IsZero() && !a.At.Before(until) {
			r.refused = "the token no longer stands for it since " + until.Format(time.DateOnly) + ", when the bridge that issued it failed"
		}
		list = append(list, r)
	}
	return list
}

// problem says which feeds could not be read.
func (s *Source) problem(readings []*reading, errs []error) error {
	for i, err := range errs {
		if err != nil {
			errs[i] = fmt.Errorf("feed %s: %w", readings[i].feed.Pair, err)
			readings[i].done = false // what was not read to the end is not known
		}
	}
	return onchain.First(errs)
}

// read finds the round of a reading.
func (s *Source) read(ctx context.Context, r *reading) error {
	if r.refused != "" {
		return nil
	}
	if !r.byTime() {
		if err := s.current(ctx, r); err != nil {
			return err
		}
	}
	if !r.done && r.refused == "" {
		if err := s.search(ctx, r); err != nil {
			return err
		}
	}
	return s.bounds(ctx, r)
}

func (s *Source) do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := s.caller.Do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read price feeds: %w", err)
	}
	return answers, nil
}

var atBlock = [...]string{"latestRoundData", "description", "decimals", "aggregator"}

// current reads the round that was current at the block of the ask.
func (s *Source) current(ctx context.Context, r *reading) error {
	var calls []ethrpc.Call
	for _, method := range atBlock {
		calls = append(calls, call(r.feed.Proxy, r.block(), method))
	}
	if s.uptime != (common.Address{}) {
		calls = append(calls, call(s.uptime, r.block(), atBlock[0]))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return err
	}
	if err := r.readCurrent(answers); err != nil || !r.done || s.uptime == (common.Address{}) {
		return err
	}
	return r.readUptime(answers[len(atBlock)])
}

func (r *reading) readCurrent(answers []ethrpc.Answer) error {
	got, err := readRound(answers[0], atBlock[0])
	switch {
	case errors.Is(err, onchain.ErrNoState):
		// What the feed keeps of its rounds is asked for instead.
		r.aged = true
		return nil
	case nothing(err):
		r.refused = fmt.Sprintf("no round at block %d", r.ask.Block)
		return nil
	case err != nil:
		return fmt.Errorf("at block %d: %w", r.ask.Block, err)
	}
	if err := r.readFeed(answers[1:]); err != nil {
		return err
	}
	r.how = fmt.Sprintf("feed round %s of phase %d, current at block %d", roundInPhase(got.id), got.phase(), r.ask.Block)
	return r.take(got)
}

// readFeed reads description, decimals and aggregator.
func (r *reading) readFeed(answers []ethrpc.Answer) error {
	pair, err := value[string](answers[0], atBlock[1])
	if err == nil {
		r.decimals, err = value[uint8](answers[1], atBlock[2])
	}
	if nothing(err) {
		r.refused = "the contract is not a price feed"
		return nil
	}
	if err != nil {
		return err
	}
	if pair != r.feed.Pair {
		r.refused = fmt.Sprintf("the contract prices %q", chain.Printable(pair, 40))
	}
	// A contract that does not say has no bounds to look at.
	r.aggregator, _ = value[common.Address](answers[2], atBlock[3])
	return nil
}

// take accepts a round, if it is one.
func (r *reading) take(got round) error {
	if r.refused != "" {
		return nil
	}
	switch {
	case got.updated == 0:
		r.refused = "the round has no answer"
	case got.answer.Sign() <= 0:
		r.refused = fmt.Sprintf("the round's answer is %s", got.answer)
	case time.Unix(int64(got.updated), 0).After(r.ask.At):
		r.refused = fmt.Sprintf("the round is of %s, after the time asked for", time.Unix(int64(got.updated), 0).UTC().Format(time.RFC3339))
	case r.ask.At.Sub(time.Unix(int64(got.updated), 0)) > frozen(r.feed.Heartbeat):
		r.refused = fmt.Sprintf("frozen: the last round is of %s", time.Unix(int64(got.updated), 0).UTC().Format(time.RFC3339))
	default:
		r.round, r.done = got, true
	}
	return nil
}

// lateness is how much later than the heartbeat a report may be: it is sent
// when the time is up and has to get into a block.
func lateness(heartbeat time.Duration) time.Duration { return max(heartbeat/10, 10*time.Minute) }

// frozen is the age from which on a round is nobody's word any more. Feeds are
// updated once a day at the least; that they once were more seldom than today's
// listing says is no reason to wait longer.
func frozen(heartbeat time.Duration) time.Duration {
	longest := max(heartbeat, day)
	return longest + lateness(longest)
}

func (r *reading) quote() pricing.Quote {
	at := time.Unix(int64(r.round.updated), 0).UTC()
	if age := r.ask.At.Sub(at); age > r.feed.Heartbeat+lateness(r.feed.Heartbeat) {
		r.doubts = append(r.doubts, fmt.Sprintf("stale: the round is %s old, the feed's heartbeat is %s", age, r.feed.Heartbeat))
	}
	q := pricing.Quote{
		Subject: r.ask.Subject, Price: decimal.NewFromBigInt(r.round.answer, -int32(r.decimals)), At: at,
		Source: "Chainlink " + r.feed.Pair, Method: r.how, Note: r.note,
		Fresh: r.feed.Heartbeat + lateness(r.feed.Heartbeat),
	}
	if r.feed.As != "" {
		q.Note = join(r.feed.As, q.Note)
	}
	if since := replaced(r.ask.Subject); !since.IsZero() && !at.Before(since) {
		r.doubts = append(r.doubts, "the price is that of the token that came in its stead on "+since.Format(time.DateOnly))
	}
	for _, d := range r.doubts {
		q.Doubt = join(q.Doubt, d)
	}
	return q
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

var bounds = [...]string{"minAnswer", "maxAnswer"}

// bounds doubts an answer at a bound of the aggregator: the market may have gone
// beyond. Aggregators without bounds are left alone.
func (s *Source) bounds(ctx context.Context, r *reading) error {
	if !r.done || r.aggregator == (common.Address{}) {
		return nil
	}
	var calls []ethrpc.Call
	for _, method := range bounds {
		calls = append(calls, call(r.aggregator, r.block(), method))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return err
	}
	for n, method := range bounds {
		bound, err := value[*big.Int](answers[n], method)
		if err != nil {
			continue // not every aggregator has them
		}
		if sign := r.round.answer.Cmp(bound); n == 0 && sign <= 0 || n == 1 && sign >= 0 {
			r.doubts = append(r.doubts, "the answer is at the bound beyond which the feed does not report")
		}
	}
	return nil
}

// roundInPhase returns the aggregator's own number of a round.
func roundInPhase(id *big.Int) *big.Int {
	mask := new(big.Int).SetUint64(^uint64(0))
	return mask.And(mask, id)
}
