package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"losstracer/chain/ethrpc"
)

// paceLasts is how long what an endpoint bore is taken for what it bears:
// plans and loads change.
const paceLasts = 24 * time.Hour

// pace returns what the endpoint of a view turned out to bear, the zero Pace
// where nothing is known or it was too long ago.
func (f *File) pace(ctx context.Context, v view) (ethrpc.Pace, error) {
	var p ethrpc.Pace
	var at string
	row := f.db.QueryRowContext(ctx, "SELECT batch, in_flight, per_minute, time FROM pace WHERE endpoint = ?", v.endpoint)
	switch err := scan(row, &p.Batch, &p.InFlight, &p.PerMinute, &at); {
	case errors.Is(err, sql.ErrNoRows):
		return p, nil
	case err != nil:
		return p, err
	}
	seen, err := time.Parse(timeLayout, at)
	if err != nil {
		return ethrpc.Pace{}, fmt.Errorf("%w: time of the pace of an endpoint: %w", ErrDamaged, err)
	}
	if age := f.o.Now().Sub(seen); age < 0 || age > paceLasts {
		return ethrpc.Pace{}, nil
	}
	return p, nil
}

// keepPace enters what an endpoint turned out to bear, where that is news. Each
// change makes all of it new: a batch that was once made smaller, which does not
// grow again within a run, outlasts a day where runs follow each other.
func (l *Link) keepPace() error {
	if l.client == nil {
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
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.db.ExecContext(context.Background(), `INSERT INTO pace (endpoint, batch, in_flight, per_minute, time) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (endpoint) DO UPDATE SET batch = excluded.batch, in_flight = excluded.in_flight, per_minute = excluded.per_minute, time = excluded.time`,
		l.view.endpoint, now.Batch, now.InFlight, now.PerMinute, f.now())
	return err
}
