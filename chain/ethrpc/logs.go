package ethrpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

// ErrNoBlock: an endpoint does not have the last block asked for, so that what
// it says of the blocks up to there means nothing.
var ErrNoBlock = errors.New("endpoint does not have the block")

// suspicious are the numbers of logs at which endpoints are known to cut an
// answer off without saying so.
var suspicious = []int{100, 500, 1000, 2000, 5000, 10000, 20000}

// Logs calls fn for each log that matches q, in canonical order, each once.
// Every field is checked, and that the log was asked for; an answer with a log
// that fails is refused as a whole. The log is fn's until fn returns; [CloneLog]
// gives one that may be kept. fn may use the client. The logs handed over before an error are right, and the coverage
// says up to which block they are all.
//
// A range that is refused is asked for in parts of the size that the refusal
// names, or in halves; the size is remembered. One block that is refused is a
// *[LogsError]. An answer with as many logs as endpoints are known to cut off at
// is asked for again in halves. One with more logs than any that is known to be
// whole is held against what lies before its first log and behind its last: an
// endpoint that cuts off, at whatever number, has more there. What is missing is
// asked for, or doubtful where it stands in front of logs that were handed over.
//
// Which ranges are asked for depends on what the endpoint answered before and
// on nothing else, so that a run from the record asks for the same ones as the
// run that made it, provided that both make their calls of Logs one after
// another.
func (c *Client) Logs(ctx context.Context, q LogQuery, fn func(*types.Log) error) (LogCoverage, error) {
	if q.To < q.From {
		return LogCoverage{}, fmt.Errorf("logs of blocks %d-%d: the range ends before it begins", q.From, q.To)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &logWalk{c: c, q: q, fn: fn, span: c.logSpan(), seen: map[string]bool{}, whole: map[string]int{}, used: make(chan *page, 2*heldPages)}
	w.cover.Window = chain.Window{From: q.From + 1, To: q.From} // no blocks yet
	err := w.hasLast(ctx, c.Host())
	if err == nil {
		err = w.run(ctx, piece{Window: chain.Window{From: q.From, To: q.To}}, 0)
	}
	cancel()
	w.jobs.Wait()
	w.doubtCrowds()
	w.cover.Hosts = slices.DeleteFunc(c.Hosts(), func(h string) bool { return !slices.Contains(w.cover.Hosts, h) })
	w.cover.Blocks = c.learned.logBlocks.Load()
	return w.cover, err
}

// logWalk is the work of one call of Logs.
type logWalk struct {
	c     *Client
	q     LogQuery
	fn    func(*types.Log) error
	cover LogCoverage
	seen  map[string]bool // hosts that have the last block
	jobs  sync.WaitGroup

	used chan *page // pages whose logs have been handed over

	whole   map[string]int // by host, the most logs of an answer that was not cut off
	crowded []crowd

	span    uint64 // blocks that are asked for at once
	mean    uint64 // logs of the ranges taken lately
	refused uint64 // blocks that held too much, lately
	since   int    // ranges taken since then
}

// piece is a range of blocks, from behind a place.
type piece struct {
	chain.Window
	after  place
	anchor types.Log // the log at that place
}

func (c *Client) logSpan() uint64 {
	if limit := c.learned.logBlocks.Load(); limit > 0 {
		return limit
	}
	return 1 << 62
}

// hasLast makes sure that the host has the last block of the query.
func (w *logWalk) hasLast(ctx context.Context, host string) error {
	if w.seen[host] {
		return nil
	}
	var header *struct{}
	err := w.c.only(host).One(ctx, &header, "eth_getBlockByNumber", hexutil.EncodeUint64(w.q.To), false)
	if class, _ := Classify(err); err != nil && len(w.c.endpoints) > 1 && (class == Unreachable || class == Auth || class == NotRPC) {
		return nil // another endpoint may answer, and is looked at then
	}
	if err == nil && header == nil {
		err = fmt.Errorf("%s: block %d: %w", host, w.q.To, ErrNoBlock)
	}
	if err != nil {
		return &LogsError{Window: chain.Window{From: w.q.From, To: w.q.To}, Err: err}
	}
	w.seen[host] = true
	return nil
}

// run asks for a piece, in ranges of the span that is known to be answered,
// several at once, and takes the answers in order. Ranges that are refused are
// run again by themselves, with a smaller span, before the next is taken.
func (w *logWalk) run(ctx context.Context, p piece, depth int) error {
	ahead := 1
	var flying []*logJob
	more := true
	for {
		for more && len(flying) < ahead {
			var jobs []*logJob
			jobs, p, more = w.plan(p)
			w.launch(ctx, jobs)
			flying = append(flying, jobs...)
			if more {
				ahead = w.ahead(depth)
			}
		}
		if len(flying) == 0 {
			return nil
		}
		job := flying[0]
		flying = flying[1:]
		if err := w.take(ctx, job, depth); err != nil {
			return err
		}
	}
}

// ahead is the number of ranges that are asked for before they are needed.
func (w *logWalk) ahead(depth int) int {
	if depth > 0 {
		return 2
	}
	return max(2, w.c.o.MaxInFlight) * w.together()
}

// together is the number of ranges that share a request: more than one where
// the endpoint's limit makes them so short that they hold next to nothing.
func (w *logWalk) together() int {
	if w.cover.Ranges < 2 || w.span != w.c.learned.logBlocks.Load() {
		return 1
	}
	const enough = 4000 // logs in one response
	return int(min(enough/(w.mean+1)+1, 25, uint64(w.c.o.MaxBatch)))
}

// plan cuts the next ranges off a piece, as many as share a request, and
// returns the rest.
func (w *logWalk) plan(p piece) ([]*logJob, piece, bool) {
	var jobs []*logJob
	for range w.together() {
		head := p
		if p.Blocks() <= w.span {
			return append(jobs, newLogJob(head)), piece{}, false
		}
		head.To = p.From + w.span - 1
		jobs = append(jobs, newLogJob(head))
		p = piece{Window: chain.Window{From: head.To + 1, To: p.To}}
	}
	return jobs, p, true
}

// logJob is one range under way. Its logs pile up in pages; when no more fit
// they are taken as they come.
type logJob struct {
	piece
	pages chan *page
	full  chan struct{} // closed when pages is
	done  chan struct{} // closed at the end; what follows is set then

	err     error
	count   int       // logs of the last answer
	low     place     // of the first log that was put into pages
	high    place     // and of the last; both by their order on the chain
	strayed bool      // not in order
	handed  place     // of the log that was put there last
	last    types.Log // and that log
	hosts   []string
}

// heldPages hold more logs than 20,000, the largest suspicious number. Of a
// larger answer the pages have been handed over before its end is seen.
const heldPages = 24

func newLogJob(p piece) *logJob {
	j := &logJob{piece: p, pages: make(chan *page, heldPages), full: make(chan struct{}), done: make(chan struct{})}
	j.forget()
	return j
}

// host is who gave the last answer, empty where nobody did.
func (j *logJob) host() string {
	if len(j.hosts) == 0 {
		return ""
	}
	return j.hosts[len(j.hosts)-1]
}

func (j *logJob) isFull() bool {
	select {
	case <-j.full:
		return true
	default:
		return false
	}
}

// emit hands a page over, and waits where that is what is left to do.
func (j *logJob) emit(ctx context.Context, p *page, waiting func()) error {
	select {
	case j.pages <- p:
	default:
		if j.strayed {
			return fmt.Errorf("%w: too many to put in order", ErrTooLarge)
		}
		if !j.isFull() {
			close(j.full)
		}
		if waiting != nil {
			waiting()
		}
		select {
		case j.pages <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i := range p.logs {
		at := placeOf(&p.logs[i])
		if at.compare(j.low) < 0 {
			j.low = at
		}
		if at.compare(j.high) > 0 {
			j.high = at
		}
	}
	j.last = p.logs[len(p.logs)-1]
	j.handed = placeOf(&j.last)
	return nil
}

// forget drops what nobody has taken yet.
func (j *logJob) forget() {
	for len(j.pages) > 0 {
		<-j.pages
	}
	j.handed, j.last, j.strayed = j.after, j.anchor, false
	j.low, j.high = place{block: j.To + 1}, j.after
}

// launch starts jobs that share one request. Without a record the answer to
// one range is read as it comes; with one it has to be held anyway.
func (w *logWalk) launch(ctx context.Context, jobs []*logJob) {
	w.jobs.Go(func() {
		if len(jobs) == 1 && w.c.o.Recorder == nil && !w.c.o.Offline {
			j := jobs[0]
			j.err = w.stream(ctx, j)
			close(j.done)
			return
		}
		answers, err := w.ask(ctx, jobs, true)
		for i, j := range jobs {
			if j.err = err; err == nil {
				j.err = w.held(ctx, j, answers[i])
			}
			if errors.Is(j.err, ErrBadLog) && !w.c.o.Offline {
				j.err = w.heldAgain(ctx, j)
			}
			close(j.done)
		}
	})
}

// heldBytes bounds an answer with logs that is held as a whole, unless it is
// that of one block.
const heldBytes = 16 << 20

func (w *logWalk) ask(ctx context.Context, jobs []*logJob, recall bool) ([]Answer, error) {
	limit := min(w.c.o.MaxResponse, heldBytes)
	calls := make([]Call, len(jobs))
	for i, j := range jobs {
		calls[i] = w.q.call(j.Window)
		if j.Blocks() == 1 {
			limit = w.c.o.MaxResponse
		}
	}
	return w.c.do(ctx, calls, limit, recall)
}

// heldAgain asks again for what was answered wrongly, whether the wrong answer
// came from the endpoint or from the record, where the new one takes its place.
func (w *logWalk) heldAgain(ctx context.Context, j *logJob) error {
	if j.isFull() {
		return j.err
	}
	j.forget()
	answers, err := w.ask(ctx, []*logJob{j}, false)
	if err != nil {
		return err
	}
	return w.held(ctx, j, answers[0])
}

// held reads an answer that is there as a whole.
func (w *logWalk) held(ctx context.Context, j *logJob, a Answer) error {
	if a.Err != nil {
		return a.Err
	}
	j.hosts = append(j.hosts, a.Host)
	r := w.reader(ctx, j)
	err := r.list(newFeed(a.Result, nil))
	if err == nil {
		err = r.flush()
	}
	if j.count = r.count; err != nil {
		return fmt.Errorf("%s: %w", a.Host, err)
	}
	return nil
}

func (w *logWalk) reader(ctx context.Context, j *logJob) *logReader {
	r := &logReader{after: j.handed, anchor: j.last}
	r.decoder.fresh = w.page
	r.decoder.filter = newLogFilter(j.Window, w.q)
	r.emit = func(p *page) error {
		j.strayed = j.strayed || r.strayed
		return j.emit(ctx, p, r.waiting)
	}
	return r
}

// stream reads an answer as it comes. Where it breaks off, what nobody has
// taken yet is forgotten and asked for again; after that it goes on behind the
// last log that was handed over.
func (w *logWalk) stream(ctx context.Context, j *logJob) error {
	q := &query{}
	for {
		asked := chain.Window{From: max(j.From, j.handed.block), To: j.To}
		next, err := newQueries([]Call{w.q.call(asked)})
		if err != nil {
			return err
		}
		q.Call, q.params = next[0].Call, next[0].params
		was := j.handed
		e := w.c.endpoints[q.endpoint]
		err = w.c.vet(ctx, e)
		if err == nil {
			r := w.reader(ctx, j)
			err = e.stream(ctx, q, r)
			j.count = r.count
		}
		if err == nil {
			j.hosts = append(j.hosts, e.host)
			e.fine()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !j.isFull() {
			j.forget()
		} else if j.handed != was {
			q.attempts = 0
		}
		if err = plain(q, err); !w.c.again(e, q, err) {
			return err
		}
	}
}

// take waits for a job and hands its logs over.
func (w *logWalk) take(ctx context.Context, j *logJob, depth int) error {
	select {
	case <-j.done:
	case <-j.full:
	case <-ctx.Done():
		return ctx.Err()
	}
	if j.isFull() {
		return w.takeStream(ctx, j, depth)
	}
	if j.err != nil {
		return w.smaller(ctx, j, depth)
	}
	if err := w.answered(ctx, j); err != nil {
		return err
	}
	if slices.Contains(suspicious, j.count) && j.Blocks() > 1 {
		return w.recheck(ctx, j, depth)
	}
	before, behind, err := w.beyond(ctx, j)
	if err != nil {
		return err
	}
	if before {
		return w.recheck(ctx, j, depth)
	}
	if err := w.handAll(j); err != nil {
		return err
	}
	if behind {
		return w.goOn(ctx, j, depth)
	}
	return w.finish(j)
}

// answered takes note of who answered, and makes sure that they could.
func (w *logWalk) answered(ctx context.Context, j *logJob) error {
	for _, h := range j.hosts {
		if !slices.Contains(w.cover.Hosts, h) {
			w.cover.Hosts = append(w.cover.Hosts, h)
		}
		if err := w.hasLast(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// page returns an empty page: one that was used, if there is one.
func (w *logWalk) page() *page {
	select {
	case p := <-w.used:
		p.empty()
		return p
	default:
		return newPage()
	}
}

// done lets go of a page whose logs have been handed over.
func (w *logWalk) done(p *page) {
	select {
	case w.used <- p:
	default: // there are enough
	}
}

// handAll hands over what is left of a job.
func (w *logWalk) handAll(j *logJob) error {
	if j.strayed {
		return w.handSorted(j)
	}
	for len(j.pages) > 0 {
		if err := w.handPage(<-j.pages); err != nil {
			return err
		}
	}
	return nil
}

func (w *logWalk) handSorted(j *logJob) error {
	var logs []*types.Log
	for len(j.pages) > 0 {
		p := <-j.pages
		for i := range p.logs {
			logs = append(logs, &p.logs[i])
		}
	}
	if err := inOrder(logs); err != nil {
		return &LogsError{j.Window, err}
	}
	for _, l := range logs {
		if err := w.hand(l); err != nil {
			return err
		}
	}
	return nil
}

func inOrder(logs []*types.Log) error {
	slices.SortStableFunc(logs, func(a, b *types.Log) int { return placeOf(a).compare(placeOf(b)) })
	for i := 1; i < len(logs); i++ {
		a, b := logs[i-1], logs[i]
		if placeOf(a) == placeOf(b) {
			return fmt.Errorf("%w: log %d of block %d stands twice", ErrBadLog, b.Index, b.BlockNumber)
		}
		if a.BlockNumber == b.BlockNumber && a.BlockHash != b.BlockHash {
			return fmt.Errorf("%w: block %d with two hashes", ErrBadLog, b.BlockNumber)
		}
	}
	return nil
}

func (w *logWalk) hand(l *types.Log) error {
	w.cover.Logs++
	return w.fn(l)
}

// finish closes a range whose logs were all handed over.
func (w *logWalk) finish(j *logJob) error {
	w.cover.Ranges++
	w.cover.Window = chain.Window{From: w.q.From, To: j.To}
	w.mean = (3*w.mean + uint64(j.count) + 3) / 4
	if slices.Contains(suspicious, j.count) && j.Blocks() == 1 {
		w.cover.Doubtful = append(w.cover.Doubtful, j.Window)
	}
	w.grow(j)
	if w.c.o.Progress != nil {
		w.c.o.Progress(Progress{"blocks", w.cover.Window.Blocks(), chain.Window{From: w.q.From, To: w.q.To}.Blocks()})
	}
	return nil
}

// grow asks for more at once where there was little, but not for as much as
// was refused in the last few ranges.
func (w *logWalk) grow(j *logJob) {
	if w.since++; w.since > 16 {
		w.refused = 0
	}
	limit := w.c.logSpan()
	if j.count > 4000 || j.Blocks() < w.span || w.span >= limit || w.refused > 0 && 2*w.span >= w.refused {
		return
	}
	w.span = min(2*w.span, limit)
}

// takeStream hands over a long answer while it is still being read.
func (w *logWalk) takeStream(ctx context.Context, j *logJob, depth int) error {
	for open := true; open; {
		select {
		case p := <-j.pages:
			if err := w.handPage(p); err != nil {
				return err
			}
		case <-j.done:
			open = false
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for len(j.pages) > 0 {
		if err := w.handPage(<-j.pages); err != nil {
			return err
		}
	}
	if j.strayed {
		return &LogsError{j.Window, fmt.Errorf("%w: out of order", ErrBadLog)}
	}
	if err := w.answered(ctx, j); err != nil {
		return err
	}
	if j.err != nil {
		return w.smaller(ctx, j, depth)
	}
	before, behind, err := w.beyond(ctx, j)
	if err != nil {
		return err
	}
	if before {
		w.cover.Doubtful = append(w.cover.Doubtful, chain.Window{From: j.From, To: j.low.block})
	}
	if behind {
		return w.goOn(ctx, j, depth)
	}
	return w.finish(j)
}

func (w *logWalk) handPage(p *page) error {
	for i := range p.logs {
		if err := w.hand(&p.logs[i]); err != nil {
			return err
		}
	}
	w.done(p)
	return nil
}

// smaller runs the rest of a job that was refused, in the size that the
// refusal names or in halves.
func (w *logWalk) smaller(ctx context.Context, j *logJob, depth int) error {
	rest := piece{Window: chain.Window{From: max(j.From, j.handed.block), To: j.To}, after: j.handed, anchor: j.last}
	class, hint := Classify(j.err)
	n := rest.Blocks()
	if n < 2 || class != Range && class != Size {
		return &LogsError{rest.Window, j.err}
	}
	if j.handed != j.after {
		w.cover.Ranges++
	}
	size := hint.below(n)
	if hint.Window != nil && hint.Blocks == 0 && hint.Window.To >= rest.From && hint.Window.To < rest.To {
		size = hint.Window.To - rest.From + 1
	}
	w.c.o.Log.Debug("range refused", "from", rest.From, "to", rest.To, "next", size, "why", j.err)
	w.span, w.refused, w.since = min(w.span, size), n, 0
	if limit := logLimit(j.err, n); limit > 0 {
		w.c.learnBlocks(limit)
	}
	return w.run(ctx, rest, depth+1)
}

// below returns how many blocks to ask for where n are too many.
func (h Hint) below(n uint64) uint64 {
	switch {
	case h.Blocks > 0 && h.Blocks < n:
		return h.Blocks
	case h.Then > 0 && h.Then < n:
		return h.Then
	}
	return (n + 1) / 2
}

// logLimit is the most blocks of one eth_getLogs, as the refusal of n shows it;
// 0 where it shows nothing: one that names a range has looked at what is in it.
func logLimit(err error, n uint64) uint64 {
	if class, hint := Classify(err); class == Range && (hint.Window == nil || hint.Blocks > 0) {
		return hint.below(n)
	}
	return 0
}

// LogLimit is what a client learns, for all calls after it, from the refusal
// of an eth_getLogs: the most blocks of one; 0 if nothing.
func LogLimit(c Call, refusal error) uint64 {
	if len(c.Params) == 0 || c.Method != "eth_getLogs" {
		return 0
	}
	filter, ok := c.Params[0].(map[string]any)
	if !ok {
		return 0
	}
	var ends [2]uint64
	for i, name := range []string{"fromBlock", "toBlock"} {
		text, ok := filter[name].(string)
		n, err := strconv.ParseUint(text, 0, 64)
		if !ok || err != nil {
			return 0
		}
		ends[i] = n
	}
	if ends[1] < ends[0] {
		return 0
	}
	return logLimit(refusal, ends[1]-ends[0]+1)
}

func (c *Client) learnBlocks(n uint64) {
	for {
		known := c.learned.logBlocks.Load()
		if known > 0 && known <= n || c.learned.logBlocks.CompareAndSwap(known, n) {
			return
		}
	}
}

// recheck asks for a suspicious answer again in halves, whose logs are taken.
// Fewer than before is a contradiction; more means that the endpoint cut the
// answer off.
func (w *logWalk) recheck(ctx context.Context, j *logJob, depth int) error {
	before, span := w.cover.Logs, w.span
	w.span = (j.Blocks() + 1) / 2
	if err := w.run(ctx, j.piece, depth+1); err != nil {
		return err
	}
	w.span = span
	switch got := w.cover.Logs - before; {
	case j.after != place{}: // only a part of the answer was wanted
	case got < uint64(j.count):
		return &LogsError{j.Window, fmt.Errorf("%w: %d logs together, %d in halves", ErrBadLog, j.count, got)}
	case got > uint64(j.count):
		w.c.learned.cutOff(j.host(), j.count)
		w.cover.Truncated = append(w.cover.Truncated, j.Window)
	}
	return nil
}
