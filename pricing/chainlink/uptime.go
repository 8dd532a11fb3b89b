package chainlink

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain/ethrpc"
)

// uptimeFeed returns the proxy of the feed that says since when the sequencer of a
// rollup has been up, as Chainlink's documentation lists it (L2 Sequencer Uptime
// Feeds); zero for other chains.
func uptimeFeed(chainID uint64) common.Address {
	switch chainID {
	case 10:
		return common.HexToAddress("0x371EAD81c9102C9BF4874A9075FFFf170F2Ee389")
	case 324:
		return common.HexToAddress("0x0E6AC8B967393dcD3D36677c126976157F993940")
	case 1088:
		return common.HexToAddress("0x58218ea7422255EBE94e56b504035a784b7AA204")
	case 5000:
		return common.HexToAddress("0xaDE1b9AbB98c6A542E4B49db2588a3Ec4bF7Cdf0")
	case 8453:
		return common.HexToAddress("0xBCF85224fc0756B9Fa45aA7892530B47e10b6433")
	case 42161:
		return common.HexToAddress("0xFdB631F5EE196F0ed6FAa767959853A9F217697D")
	case 42220:
		return common.HexToAddress("0x4CD491Dc27C8B0BbD10D516A502856B786939d18")
	case 534352:
		return common.HexToAddress("0x45c2b8C204568A03Dc7A2E32B71D67Fe97F908A9")
	}
	return common.Address{}
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
