package casefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
)

// pieceSize is how much of a report is stored, and unpacked, at a time: a report
// may be larger than memory.
const pieceSize = 1 << 20

// keepReport stores a report piece by piece, in the place of an earlier one of
// the run, and returns its SHA-256.
func (f *File) keepReport(ctx context.Context, tx execer, run int64, write func(io.Writer) error) ([]byte, error) {
	if _, err := tx.ExecContext(ctx, "DELETE FROM report WHERE run = ?", run); err != nil {
		return nil, err
	}
	sum := sha256.New()
	pieces := &pieceWriter{keep: func(n int, piece []byte) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO report (run, piece, size, content) VALUES (?, ?, ?, ?)", run, n, len(piece), f.pack(piece))
		return err
	}}
	if err := write(io.MultiWriter(sum, pieces)); err != nil {
		return nil, err
	}
	return sum.Sum(nil), pieces.flush()
}

// pieceWriter cuts what is written to it into pieces of one size, but for the
// last.
type pieceWriter struct {
	keep func(n int, piece []byte) error
	n    int
	buf  []byte
}

func (w *pieceWriter) Write(b []byte) (int, error) {
	written := len(b)
	for len(b) > 0 {
		n := min(len(b), pieceSize-len(w.buf))
		w.buf, b = append(w.buf, b[:n]...), b[n:]
		if len(w.buf) == pieceSize {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

func (w *pieceWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	err := w.keep(w.n, w.buf)
	w.n, w.buf = w.n+1, w.buf[:0]
	return err
}

// Report writes the report that a run was finished with.
func (f *File) Report(ctx context.Context, run *Run, w io.Writer) error {
	rows, err := f.db.QueryContext(ctx, "SELECT size, content FROM report WHERE run = ? ORDER BY piece", run.ID)
	if err != nil {
		return told(f.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var packed sql.RawBytes
		if err := scan(rows, &size, &packed); err != nil {
			return told(f.path, err)
		}
		piece, err := f.opener.unpack(packed, size, pieceSize)
		if err != nil {
			return told(f.path, fmt.Errorf("report of run %d: %w", run.ID, err))
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return told(f.path, rows.Err())
}

// IsReport reports whether a SHA-256 is that of the report that the run was
// finished with.
func (r *Run) IsReport(sum []byte) bool { return bytes.Equal(sum, r.reportSum) }
