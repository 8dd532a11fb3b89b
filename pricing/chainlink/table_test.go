package chainlink

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// TestChecksums catches a slip of the hand in an address of a proxy (EIP-55).
func TestChecksums(t *testing.T) {
	t.Parallel()
	for chainID, uptime := range uptimeFeeds {
		if common.HexToAddress(uptime).Hex() != uptime {
			t.Errorf("chain %d: %s has a wrong checksum", chainID, uptime)
		}
	}
	for _, l := range listings {
		for i, r := range l.rows {
			if common.HexToAddress(r.proxy).Hex() != r.proxy {
				t.Errorf("chain %d, %s: %s has a wrong checksum", l.chainID, r.pair, r.proxy)
			}
			if i > 0 && strings.Compare(l.rows[i-1].pair, r.pair) > 0 {
				t.Errorf("chain %d: %s stands behind %s", l.chainID, r.pair, l.rows[i-1].pair)
			}
		}
	}
}
