package trace

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// TestMoved adds up what was taken of each asset: not what the attackers paid
// in, nor what was swapped, and never more than fits.
func TestMoved(t *testing.T) {
	t.Parallel()
	a, b := chain.Token(1, common.Address{1}), chain.Token(1, common.Address{2})
	move := func(asset chain.AssetID, units uint64, class loss.Class, incoming bool) loss.Judgement {
		return loss.Judgement{Transfer: &chain.Transfer{Asset: asset, Units: *uint256.NewInt(units)}, Class: class, Incoming: incoming}
	}
	all := loss.Judgement{Transfer: &chain.Transfer{Asset: b, Units: *new(uint256.Int).SetAllOne()}, Class: loss.Theft, Incoming: true}
	taken, most := moved(&loss.Statement{Judgements: []loss.Judgement{
		move(a, 5, loss.Theft, true), move(a, 7, loss.Theft, true), move(a, 6, loss.Theft, false), move(a, 100, loss.Swap, true), all, all,
	}})
	if got, want := taken[a], uint256.NewInt(12); !got.Eq(want) {
		t.Errorf("taken %v, want %v", &got, want)
	}
	if got, want := most[a], uint256.NewInt(100); !got.Eq(want) {
		t.Errorf("the most moved at once is %v, want %v", &got, want)
	}
	if got, want := taken[b], new(uint256.Int).SetAllOne(); !got.Eq(want) {
		t.Errorf("taken %v, want all that fits", &got)
	}
}

// TestNoRateOfNoTime: where neither a theft nor the write-up has a day, nobody is
// asked for the exchange rate of the year one.
func TestNoRateOfNoTime(t *testing.T) {
	t.Parallel()
	r := &run{Request: Request{Incident: &incident.Incident{Claims: []incident.Claim{{Currency: "EUR", Amount: &incident.Figure{}}}}}}
	if asks := r.rateAsks(time.Time{}); len(asks) > 0 {
		t.Errorf("asked for %v", asks)
	}
	if asks := r.rateAsks(time.Date(2023, 11, 18, 0, 0, 0, 0, time.UTC)); len(asks) != 1 {
		t.Errorf("with a day asked for %v, want the euro", asks)
	}
}
