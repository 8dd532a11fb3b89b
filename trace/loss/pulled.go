package loss

import "losstracer/chain"

// mostClaims is from how many hands attackers are taken to fetch what is theirs,
// as rewards and interest.
const mostClaims = 2

// findPulled finds whether the attackers' own txs took from more people whom nobody
// names than that. Victims that are inferred count where there are several: one may
// have been robbed otherwise.
func (c *incident) findPulled() {
	others, victims := map[chain.Account]bool{}, map[chain.Account]bool{}
	for i := range c.all {
		j := &c.all[i]
		if !c.isPull(j) {
			continue
		}
		switch p, victim := c.victims[j.counterparty()]; {
		case !victim:
			others[j.counterparty()] = true
		case p.Basis == chain.Heuristic:
			victims[p.Account] = true
		}
	}
	n := len(others)
	if len(victims) > 1 {
		n += len(victims)
	}
	c.pulledFromMany = n > mostClaims
}

// isPull reports whether a tx of the attackers' only took a token from somebody
// who is not known to hand out what is theirs.
func (c *incident) isPull(j *judged) bool {
	t := j.Transfer
	if j.Class != 0 || j.with != nil || !j.Incoming || !j.own || t.Asset.Kind() == chain.Native || t.Kind != chain.KindERC20 || !j.paid() || c.leftOut(j.counterparty()) {
		return false
	}
	_, serves := c.fromService(j)
	return !serves
}

// addRobbed adds to the victims whoever else something was taken from.
func (c *incident) addRobbed() {
	for j := range c.byTime() {
		a := j.counterparty()
		if _, known := c.victims[a]; known || j.Class != Theft || !j.Incoming || j.Transfer.Kind == chain.KindUnseen || !j.paid() {
			continue
		}
		if j.Rule != NoRule {
			c.blamed[a] = j.Rule
		}
		c.victims[a] = chain.Party{Account: a, Basis: j.Basis, Why: "something was taken from it: " + j.Why}
	}
}
