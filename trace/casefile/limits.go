package casefile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"losstracer/chain/ethrpc"
)

// Earlier returns the endpoints of the run that was begun with the same inputs,
// as that began; nil where there was none.
func (f *File) Earlier(ctx context.Context, in Inputs) ([]Endpoint, error) {
	record, err := json.Marshal(in.record())
	if err != nil {
		return nil, fmt.Errorf("inputs: %w", err)
	}
	var text string
	row := f.db.QueryRowContext(ctx, "SELECT endpoints FROM run WHERE write_up = ? AND inputs = ? ORDER BY id DESC LIMIT 1", in.WriteUp.Name, string(record))
	if err := scan(row, &text); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return nil, told(f.path, err)
	}
	var ends []Endpoint
	if err := json.Unmarshal([]byte(text), &ends); err != nil {
		return nil, fmt.Errorf("%s: %w: endpoints of the run of %s: %w", f.path, ErrDamaged, in.WriteUp.Name, err)
	}
	return ends, nil
}

// learn sets the limit that a run starts with: that of the same run the last
// time, else what the refusals in the case show.
func (l *Link) learn(ctx context.Context, earlier []Endpoint) error {
	if l.offline || l.end.Failure != "" {
		return nil
	}
	for _, e := range earlier {
		if now := l.end; now.Host == e.Host && now.ChainID == e.ChainID && now.ValidFrom == e.ValidFrom && now.MovingFrom == e.MovingFrom {
			l.end.LogBlocks = e.LogBlocks
			return nil
		}
	}
	limit, err := l.f.logLimit(ctx, l.view)
	l.end.LogBlocks = limit
	return told(l.f.path, err)
}

// logLimit returns the most blocks for which an endpoint answers eth_getLogs,
// by what it refused; 0 where it refused nothing.
func (f *File) logLimit(ctx context.Context, v view) (uint64, error) {
	rows, err := f.db.QueryContext(ctx, `SELECT params, size, response FROM exchange
WHERE endpoint = ? AND id > ? AND method = 'eth_getLogs' AND refused = 1`, v.endpoint, v.validFrom)
	if err != nil {
		return 0, err
	}
	var limit uint64
	for rows.Next() {
		var params string
		var size int64
		var packed []byte
		if err := scan(rows, &params, &size, &packed); err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		n, err := f.limitOf(params, packed, size)
		if err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		if n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	return limit, errors.Join(rows.Err(), rows.Close())
}

func (f *File) limitOf(params string, packed []byte, size int64) (uint64, error) {
	c := ethrpc.Call{Method: "eth_getLogs"}
	if err := json.Unmarshal([]byte(params), &c.Params); err != nil {
		return 0, fmt.Errorf("%w: parameters of eth_getLogs: %w", ErrDamaged, err)
	}
	body, err := f.unpack(packed, size)
	if err != nil {
		return 0, err
	}
	_, said := (&stored{refused: true, body: body}).answer(c.Method)
	var refusal *ethrpc.RPCError
	if !errors.As(said, &refusal) {
		return 0, said
	}
	return ethrpc.LogLimit(c, refusal), nil
}
