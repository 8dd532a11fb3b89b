package casefile

import (
	"context"
	"encoding/json"

	"losstracer/chain/ethrpc"
)

// Keep and Find are a recorder of one chain, without an endpoint.

func Keep(f *File, chainID uint64, e ethrpc.Exchange) error {
	l, err := bare(f, chainID, e.Host)
	if err != nil {
		return err
	}
	return recorder{l}.Keep(context.Background(), e)
}

func Find(f *File, chainID uint64, host string, c ethrpc.Call) (json.RawMessage, bool, error) {
	l, err := bare(f, chainID, host)
	if err != nil {
		return nil, false, err
	}
	return recorder{l}.Find(context.Background(), host, c)
}

func bare(f *File, chainID uint64, host string) (*Link, error) {
	v, err := f.end(context.Background(), chainID, host)
	return &Link{f: f, view: v, offline: true}, err
}

// KeepAt keeps an exchange as a link does that has asked.
func KeepAt(l *Link, e ethrpc.Exchange) error { return recorder{l}.Keep(context.Background(), e) }

// PaceOf is the pace at which a link begins.
func PaceOf(l *Link) ethrpc.Pace { return l.client.Pace() }
