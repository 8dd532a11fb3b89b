package trace

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"losstracer/chain"
)

// factsDigest is a digest over what was found, whatever it took to find it:
// the pinned ends of the windows, every transfer, every quote that was used.
func factsDigest(c *Case, transfers []chain.Transfer) string {
	hash := sha256.New()
	w := bufio.NewWriter(hash)
	for _, s := range c.Scopes {
		fmt.Fprintf(w, "chain %d %d %d %s\n", s.ChainID, s.Window.From, s.Window.To, s.End.Hash.Hex())
	}
	told := func(t *chain.Transfer) {
		fmt.Fprintf(w, "transfer %d %d %s %s %d %d %d %d %s %d %s %s %s %s\n",
			t.ChainID, t.Block, t.BlockHash.Hex(), t.Tx.Hex(), t.TxIndex, t.Site, t.Index, t.Part, t.Trace,
			t.Kind, chain.Hex(t.From), chain.Hex(t.To), t.Asset, t.Units.Dec())
	}
	for i := range transfers {
		told(&transfers[i])
	}
	for i := range c.Statement.Judgements {
		if j := &c.Statement.Judgements[i]; j.Leaked {
			told(j.Transfer)
		}
	}
	for _, l := range c.Statement.Losses {
		for _, q := range l.Quotes {
			fmt.Fprintf(w, "quote %s %s %s %s %s\n", q.Subject, q.At.Format(time.RFC3339Nano), q.Price, q.Source, q.Method)
		}
	}
	// Writing to a hash cannot fail.
	_ = w.Flush()
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}
