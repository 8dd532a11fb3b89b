package ethrpc

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// place is that of a log on its chain. The zero place comes before all.
type place struct {
	block, next uint64 // next is one more than the index of the log
}

func placeOf(l *types.Log) place { return place{l.BlockNumber, uint64(l.Index) + 1} }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.block, o.block), cmp.Compare(p.next, o.next))
}

// logReader reads the logs of one answer into pages and passes the full ones
// on.
type logReader struct {
	decoder logDecoder
	after   place // logs up to here were had before
	emit    func(*page) error
	waiting func() // called before emit waits; may be nil

	anchor   types.Log   // the log at after, if that is one
	met      bool        // it came again
	count    int         // logs of this answer
	last     place       // of the one before
	lastHash common.Hash // of its block
	strayed  bool        // the answer is not in order
}

func cutOff(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrTruncated, err)
}

// take looks at a log that was decoded in the light of the others, and passes
// the page on when it is full.
func (r *logReader) take(l *types.Log) error {
	r.count++
	if r.count > 1 {
		if r.last.block == l.BlockNumber && r.lastHash != l.BlockHash {
			return fmt.Errorf("%w: block %d with two hashes", ErrBadLog, l.BlockNumber)
		}
		if r.last.compare(placeOf(l)) >= 0 {
			r.strayed = true
		}
	}
	r.last, r.lastHash = placeOf(l), l.BlockHash
	p := r.decoder.page
	if at := r.last.compare(r.after); at <= 0 {
		r.met = r.met || at == 0 && l.TxHash == r.anchor.TxHash && l.BlockHash == r.anchor.BlockHash
		p.logs = p.logs[:len(p.logs)-1]
		return nil
	}
	if !p.full() {
		return nil
	}
	return r.flush()
}

// flush passes on what has been read so far.
func (r *logReader) flush() error {
	if r.after != (place{}) && !r.met {
		return fmt.Errorf("%w: log %d of block %d is not there any more", ErrBadLog, r.after.next-1, r.after.block)
	}
	p := r.decoder.page
	if p == nil || len(p.logs) == 0 {
		return nil
	}
	r.decoder.page = nil
	return r.emit(p)
}

// stream sends one eth_getLogs and reads the answer as it arrives. It holds a
// slot of the endpoint until it has to wait for something else.
func (e *endpoint) stream(ctx context.Context, q *query, r *logReader) error {
	body, err := encodeBatch([]*query{q})
	if err != nil {
		return err
	}
	if err := e.acquire(ctx); err != nil {
		return err
	}
	slot := &slot{e: e}
	defer slot.release()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	clock := time.AfterFunc(e.o.Timeout, func() { cancel(context.DeadlineExceeded) })
	defer clock.Stop()

	res, err := e.open(ctx, 1, body)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%s: %w", e.host, cause)
		}
		return err
	}
	defer res.Body.Close()
	in := &meter{r: res.Body, left: e.o.MaxResponse, alive: func() { clock.Reset(e.o.Timeout) }}
	defer func() { e.count(0, 0, in.read) }()
	r.waiting = func() {
		clock.Stop() // the time that others take is not the endpoint's
		slot.release()
	}
	err = e.readLogs(res, in, r)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	return err
}

func (e *endpoint) readLogs(res *http.Response, in *meter, r *logReader) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return fmt.Errorf("%s: %w: %w", e.host, ErrTruncated, e.scrub(err))
	}
	head = head[:n]
	if trimmed := bytes.TrimLeft(head, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		rest, _ := io.ReadAll(io.LimitReader(in, 4*longestMessage)) // only to show: an error is already at hand
		return e.httpError(res, append(head, rest...))
	}
	err = r.envelope(newFeed(head, in), e.mask)
	var refusal *RPCError
	switch {
	case in.over && r.count == 0:
		return fmt.Errorf("%s: an answer of over %d bytes in which there is no log", e.host, e.o.MaxResponse)
	case in.over:
		return fmt.Errorf("%s: %w: over %d bytes", e.host, ErrTooLarge, e.o.MaxResponse)
	case err == nil, errors.As(err, &refusal):
		return err
	case errors.Is(err, ErrNoAnswer) && res.StatusCode != http.StatusOK:
		return e.httpError(res, head)
	}
	return fmt.Errorf("%s: %w", e.host, e.scrub(err))
}

// slot is given back once, whoever asks first.
type slot struct {
	e    *endpoint
	gone bool
}

func (s *slot) release() {
	if !s.gone {
		s.gone = true
		s.e.release()
	}
}

// meter counts what is read, bounds it, and says that the endpoint is alive.
type meter struct {
	r     io.Reader
	left  int64
	read  int64
	over  bool
	alive func()
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.read += int64(n)
	m.left -= int64(n)
	if m.left < 0 {
		m.over = true
		return 0, ErrTooLarge
	}
	m.alive()
	return n, err
}
