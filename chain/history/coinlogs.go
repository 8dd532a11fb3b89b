package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// addCoin enters what the logs of a tx say of the coin.
func (o *opened) addCoin(r *reader, tx *chain.Tx, logs []*types.Log, proof chain.Proof) {
	if len(logs) == 0 {
		return
	}
	o.coinLogs = true
	for _, t := range chain.CoinTransfers(tx, logs) {
		if r.concerns(t) {
			t.Proof = proof
			o.transfers = append(o.transfers, t)
		}
	}
}

// openLogged opens the blocks in which the chain logged movements of its coin,
// where blocks are not opened for the sake of their token logs.
func (p *pull) openLogged(ctx context.Context, logs *tokenLogs) error {
	if n := uint64(len(logs.coin)); n > p.s.o.ActiveBlocks {
		for _, a := range p.accounts {
			a.busy = true
		}
		p.leaveBusy()
		return nil
	}
	return p.open(ctx, logs.coin)
}

// coinLogged reports whether the chain logs what moves of its coin (EIP-7708)
// from the first block of the window on, so that the logs tell of every
// account, with code or without, what came and went. The first header shows
// the fork, and one such log that its rules are these.
func (p *pull) coinLogged(ctx context.Context, logs *tokenLogs, ends []wireHead) (bool, error) {
	whole := logs.refused == nil && len(logs.missing) == 0 && len(logs.doubtful) == 0 && logs.doubts == ""
	if !whole || ends[0].Slot == nil || p.id.rules != "" {
		return false, nil
	}
	if len(logs.coin) > 0 {
		return true, nil
	}
	const look = 64 // one of so many blocks moves coin
	seen := false
	q := ethrpc.LogQuery{
		From: p.lo - min(p.lo, look), To: min(p.lo+look, p.q.Window.To),
		Addresses: []common.Address{chain.NativeLogEmitter}, Topics: [][]common.Hash{{chain.TopicTransfer}},
	}
	_, err := p.s.caller.Logs(ctx, q, func(*types.Log) error { seen = true; return nil })
	var refused *ethrpc.LogsError
	if errors.As(err, &refused) {
		return false, nil // the doubts stand
	}
	if err != nil {
		return false, fmt.Errorf("logs of the coin: %w", err)
	}
	return seen, nil
}

// restOnLogs says that the history of an account is whole because the chain
// logs what moves of its coin.
func (a *native) restOnLogs(p *pull) {
	if p.logged {
		a.method = chain.MethodLogs
		a.why = fmt.Sprintf("the chain logs every movement of its coin (EIP-7708); that there are no other logs is asserted by %s", p.s.caller.Host())
	}
}
