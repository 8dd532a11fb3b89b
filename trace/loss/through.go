package loss

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// mostHands is through how many hands of one tx a payment is followed back.
const mostHands = 8

// lookThrough finds who stands behind those that only passed on, within a tx of
// the attackers' own or one that is linked as a part of the theft, what somebody
// else paid: routers, strategies of vaults, proxies that keep a vault's funds,
// contracts that nobody knows for the attackers'. It looks at txs that only gained,
// as far as all that they moved is known.
func (c *incident) lookThrough() {
	beyond, thefts := indexTxs(c.Beyond), indexTxs(c.Thefts)
	for i := range c.groups {
		g := &c.groups[i]
		tx := thefts[c.all[g.from].Transfer.Tx]
		if len(tx) == 0 && g.own {
			tx = beyond[c.all[g.from].Transfer.Tx]
		}
		if len(tx) == 0 || c.gave(g) {
			continue
		}
		for j := range c.moves(g) {
			if j.in && !j.out && j.Transfer.Kind != chain.KindUnseen {
				c.behind(j, tx)
			}
		}
	}
}

func indexTxs(list []chain.Transfer) map[common.Hash][]chain.Transfer {
	index := map[common.Hash][]chain.Transfer{}
	for tx := range byTx(list) {
		index[tx[0].Tx] = tx
	}
	return index
}

// gave reports whether the attackers paid somebody else in the tx.
func (c *incident) gave(g *group) bool {
	for j := range c.moves(g) {
		if j.out && !j.in && j.Transfer.Kind != chain.KindFee && !j.Transfer.Units.IsZero() {
			return true
		}
	}
	return false
}

// behind follows a payment back to the first who ended the tx poorer, or whom
// the write-up names, along hands that had it from one payer each.
func (c *incident) behind(j *judged, tx []chain.Transfer) {
	at := j.Transfer.From
	for range mostHands {
		_, named := c.victims[chain.Account{ChainID: j.Transfer.ChainID, Address: at}]
		if named || !isAccount(at) || netOf(tx, at, j.Transfer.Asset).Sign() < 0 {
			break
		}
		payer, ok := c.solePayer(tx, at, j.Transfer.Asset)
		if !ok {
			return
		}
		at = payer
	}
	if at != j.Transfer.From {
		j.origin = &at
		c.through = append(c.through, j)
	}
}

func netOf(tx []chain.Transfer, a common.Address, asset chain.AssetID) *big.Int {
	net := new(big.Int)
	for i := range tx {
		t := &tx[i]
		if t.Asset != asset || t.Kind == chain.KindFee {
			continue
		}
		if from, ok := t.Sender(); ok && from == a {
			net.Sub(net, t.Units.ToBig())
		}
		if to, ok := t.Recipient(); ok && to == a {
			net.Add(net, t.Units.ToBig())
		}
	}
	return net
}

// ahead follows what somebody was paid in a tx to the first who kept some of it,
// along hands that passed it on to one each.
func ahead(t *chain.Transfer, tx []chain.Transfer) common.Address {
	at := t.To
	for range mostHands {
		if netOf(tx, at, t.Asset).Sign() != 0 {
			break
		}
		next, found := common.Address{}, false
		for i := range tx {
			from, sent := tx[i].Sender()
			to, received := tx[i].Recipient()
			if !sent || !received || from != at || to == at || tx[i].Asset != t.Asset || tx[i].Units.IsZero() {
				continue
			}
			if found && to != next {
				return at
			}
			next, found = to, true
		}
		if !found || !isAccount(next) {
			break
		}
		at = next
	}
	return at
}

// solePayer returns the one who paid an account an asset in a tx, if there is
// just one and it is no attacker.
func (c *incident) solePayer(tx []chain.Transfer, a common.Address, asset chain.AssetID) (common.Address, bool) {
	var payer common.Address
	found := false
	for i := range tx {
		t := &tx[i]
		from, sent := t.Sender()
		to, received := t.Recipient()
		if !sent || !received || to != a || from == a || t.Asset != asset || t.Units.IsZero() {
			continue
		}
		if found && from != payer || c.attackers[chain.Account{ChainID: t.ChainID, Address: from}] {
			return payer, false
		}
		payer, found = from, true
	}
	return payer, found
}

// passed is what reached the attackers in a tx from a victim through others, by
// asset.
func (c *incident) passed(tx common.Hash, victim chain.Account) map[chain.AssetID]*big.Int {
	sums := map[chain.AssetID]*big.Int{}
	for _, j := range c.through {
		if j.Transfer.Tx != tx || j.counterparty() != victim || j.Class != Theft {
			continue
		}
		sum := sumAt(sums, j.Transfer.Asset)
		sum.Add(sum, c.units(j))
	}
	return sums
}
