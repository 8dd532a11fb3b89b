package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"losstracer/chain/ethrpc"
)

// paceLasts is how long what an endpoint bore is taken for what it bears:
// plans and loads change.
const paceLasts = 24 * time.Hour

// pace returns what the endpoint of a view turned out to bear and when that was
// found, the zero Pace where nothing is known or it was too long ago.
func (f *File) pace(ctx context.Context, v view) (ethrpc.Pace, time.Time, error) {
	var p ethrpc.Pace
	var at string
	row := f.db.QueryRowContext(ctx, "SELECT batch, in_flight, per_minute, time FROM pace WHERE endpoint = ?", v.endpoint)
	switch err := scan(row, &p.Batch, &p.InFlight, &p.PerMinute, &at); {
	case errors.Is(err, sql.ErrNoRows):
		return p, time.Time{}, nil
	case err != nil:
		return p, time.Time{}, err
	}
	found, err := time.Parse(timeLayout, at)
	if err != nil {
		return ethrpc.Pace{}, time.Time{}, fmt.Errorf("%w: time of the pace of an endpoint: %w", ErrDamaged, err)
	}
	if age := f.o.Now().Sub(found); age < 0 || age > paceLasts {
		return ethrpc.Pace{}, time.Time{}, nil
	}
	return p, found, nil
}

// keepPace enters what an endpoint turned out to bear, where that is news. A
// batch that was made smaller does not grow again within a run, as the other
// figures do. So its time counts: what else changes does not make it last longer.
func (l *Link) keepPace() error {
	if l.client == nil || l.gate == nil {
		return nil // it asks nobody
	}
	now := l.client.Pace()
	l.mu.Lock()
	known := l.paced == now
	l.paced = now
	l.mu.Unlock()
	if known {
		return nil
	}
	f := l.f
	found := l.gate.batches.foundAt(now.Batch, f.o.Now())
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.db.ExecContext(context.Background(), `INSERT INTO pace (endpoint, batch, in_flight, per_minute, time) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (endpoint) DO UPDATE SET batch = excluded.batch, in_flight = excluded.in_flight, per_minute = excluded.per_minute, time = excluded.time`,
		l.view.endpoint, now.Batch, now.InFlight, now.PerMinute, found.UTC().Format(timeLayout))
	return err
}

// batches remembers when it was found how many calls an endpoint bears in one
// request.
type batches struct {
	mu    sync.Mutex
	size  int // 0 for any number
	found time.Time
}

// foundAt returns when the size of now was found: now, unless it is known.
func (b *batches) foundAt(size int, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if size == 0 || size != b.size {
		b.size, b.found = size, now
	}
	return b.found
}
