package chainlink

import (
	"fmt"
	"math/big"
	"time"

	"losstracer/chain/ethrpc"
)

// uptimeFeeds are the proxies of the feeds that say since when the sequencer of a
// rollup has been up, by chain, as Chainlink's documentation lists them (L2 Sequencer
// Uptime Feeds).
var uptimeFeeds = map[uint64]string{
	10:     "0x371EAD81c9102C9BF4874A9075FFFf170F2Ee389",
	324:    "0x0E6AC8B967393dcD3D36677c126976157F993940",
	1088:   "0x58218ea7422255EBE94e56b504035a784b7AA204",
	5000:   "0xaDE1b9AbB98c6A542E4B49db2588a3Ec4bF7Cdf0",
	8453:   "0xBCF85224fc0756B9Fa45aA7892530B47e10b6433",
	42161:  "0xFdB631F5EE196F0ed6FAa767959853A9F217697D",
	42220:  "0x4CD491Dc27C8B0BbD10D516A502856B786939d18",
	534352: "0x45c2b8C204568A03Dc7A2E32B71D67Fe97F908A9",
}

// readUptime doubts a round that is from before the sequencer stopped: no report
// could reach the feed meanwhile. The answer is 0 for up and 1 for down, and the
// round began when that changed.
func (r *reading) readUptime(a ethrpc.Answer) error {
	values, err := contract().Values(a, atBlock[0])
	if nothing(err) {
		return nil // the feed is younger than the block
	}
	if err != nil {
		return fmt.Errorf("state of the sequencer: %w", err)
	}
	state, _ := values[1].(*big.Int)
	since, _ := values[2].(*big.Int)
	switch {
	case state == nil || since == nil || since.BitLen() > timeBits:
	case state.Cmp(big.NewInt(1)) == 0:
		r.doubts = append(r.doubts, "the sequencer of the rollup was down, and no report could reach the feed")
	case state.Sign() == 0 && since.Uint64() > r.round.updated:
		r.doubts = append(r.doubts, fmt.Sprintf("the sequencer of the rollup was up again since %s, and the feed was not updated since", time.Unix(since.Int64(), 0).UTC().Format(time.RFC3339)))
	}
	return nil
}
