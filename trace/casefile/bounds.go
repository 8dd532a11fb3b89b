package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"
)

// A case may come from somebody who wishes us ill. What is read of it at once
// is bounded by what the program would have written.
const (
	// maxResponse is the longest answer that package ethrpc accepts.
	maxResponse = 256 << 20
	// maxContent is the most that a document unpacks to.
	maxContent = 1 << 30
	// maxValue is the longest text or blob that SQLite hands over.
	maxValue = 256 << 20
	// maxAnswers is the most that the answers to calls made together take.
	maxAnswers = 1 << 30
)

// limitLength is SQLITE_LIMIT_LENGTH, https://www.sqlite.org/c3ref/c_limit_attached.html.
const limitLength = 0

// bound sets the limit on the one connection of the database, also for writing:
// what could not be read must not be stored.
func bound(ctx context.Context, db *sql.DB) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = sqlite.Limit(c, limitLength, maxValue)
	return errors.Join(err, c.Close())
}

// unpacker undoes zstd for as many bytes as were announced, and no more.
type unpacker struct{ d *zstd.Decoder }

func newUnpacker() (unpacker, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxContent), zstd.WithDecodeAllCapLimit(true))
	return unpacker{d}, err
}

func (u unpacker) close() {
	if u.d != nil {
		u.d.Close()
	}
}

// frameless is the size up to which zstd need not say how long the content is.
const frameless = 256

// unpack returns content of exactly size bytes, which are at most most. Room
// for it is made only where the frame says the same.
func (u unpacker) unpack(packed []byte, size, most int64) ([]byte, error) {
	said, err := contentSize(packed)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case size < 0 || size > most:
		return nil, fmt.Errorf("%w: a size of %d bytes", ErrDamaged, size)
	case said < 0 && size >= frameless, said >= 0 && said != size:
		return nil, fmt.Errorf("%w: a size of %d bytes, and the content has another", ErrDamaged, size)
	}
	b, err := u.d.DecodeAll(packed, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if int64(len(b)) != size {
		return nil, fmt.Errorf("%w: a size of %d bytes, and the content has %d", ErrDamaged, size, len(b))
	}
	return b, nil
}

// contentSize returns what the frame says of its content; -1 where it does not.
// Nothing is packed as nothing.
func contentSize(packed []byte) (int64, error) {
	if len(packed) == 0 {
		return 0, nil
	}
	var h zstd.Header
	if err := h.Decode(packed); err != nil {
		return 0, err
	}
	switch {
	case h.Skippable:
		return 0, errors.New("a frame without content")
	case !h.HasFCS:
		return -1, nil
	case h.FrameContentSize > maxContent:
		return 0, fmt.Errorf("content of %d bytes", h.FrameContentSize)
	}
	return int64(h.FrameContentSize), nil
}

// scanner is a row, or the only one of its query.
type scanner interface{ Scan(into ...any) error }

// scan reads a row. A value of another kind than the table is declared to hold
// is damage.
func scan(row scanner, into ...any) error {
	err := row.Scan(into...)
	var theirs *sqlite.Error
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.As(err, &theirs) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
