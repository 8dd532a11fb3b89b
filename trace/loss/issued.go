package loss

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// isAccount reports whether an address is somebody's. Tokens log what they issue
// as from the zero address and what is destroyed as paid to it; nobody has its
// key, so it neither took nor lost anything.
func isAccount(a common.Address) bool { return a != common.Address{} }

// issued reports whether a token issued to the attackers what they got: no
// account has the less for it, and so nobody is its victim.
func (j *judged) issued() bool {
	_, sent := j.Transfer.Sender()
	return j.Incoming && sent && !isAccount(j.counterparty().Address)
}

// paid reports whether what came in was paid by somebody, seen or not: it was not
// issued, and the chain did not credit it by itself.
func (j *judged) paid() bool {
	return isAccount(j.counterparty().Address) || j.Transfer.Kind == chain.KindUnseen
}

// left says whom something left, for a reason.
func (j *judged) left() string {
	if j.issued() {
		return "was issued to the attackers, so that no account paid it,"
	}
	return "left " + chain.Hex(j.counterparty().Address)
}

// claimIssues notes the assets of which as much was issued to the attackers as is
// claimed, where nobody paid that.
func (c *incident) claimIssues(taken map[int]bool) {
	sums := map[chain.AssetID]*payer{}
	var assets []chain.AssetID
	for i := range c.all {
		j := &c.all[i]
		if j.Class != 0 || j.with != nil || !j.issued() || j.worthless() {
			continue
		}
		if sums[j.Transfer.Asset] == nil {
			sums[j.Transfer.Asset] = &payer{paid: map[chain.AssetID]chain.Amount{}}
			assets = append(assets, j.Transfer.Asset)
		}
		sums[j.Transfer.Asset].add(j)
	}
	slices.SortFunc(assets, chain.AssetID.Compare)
	for _, asset := range assets {
		if why := c.claimed(sums[asset], taken); why != "" {
			c.issues[asset] = "was issued to the attackers: " + why
		}
	}
}

// tellIssues remarks on what was issued to the attackers and counts as taken, where it
// has a price.
func (c *incident) tellIssues() {
	c.remarks = append(c.remarks, c.remarkOn(func(j *judged) bool { return j.Class == Theft && j.issued() && j.Value != nil }, chain.Heuristic, func(amount string) string {
		return amount + " of what counts as taken was issued to the attackers, and left no account: its price is of what there was before, and what it was exchanged for tells more of what it was worth"
	})...)
}
