package loss

import "losstracer/chain"

// Recipients infers attackers from the victims' own history, for write-ups
// that name nobody else: who was paid amounts that are claimed. The transfers
// of the input are that history; its attackers are not looked at.
func Recipients(in Input) []chain.Party {
	victims := in.Victims
	in.Attackers, in.Victims = victims, nil // the other side of every movement is who was paid
	c := newCase(in)
	if len(c.all) == 0 {
		return nil
	}
	var list []*payer
	index := map[chain.Account]*payer{}
	for i := range c.all {
		j := &c.all[i]
		if !j.out || j.in || j.Transfer.Kind == chain.KindFee || j.Transfer.Units.IsZero() || c.ghosts[j.Transfer.Ref] {
			continue
		}
		a := j.counterparty()
		if index[a] == nil {
			index[a] = &payer{Account: a, paid: map[chain.AssetID]chain.Amount{}, first: j.at()}
			list = append(list, index[a])
		}
		p := index[a]
		p.paid[j.Transfer.Asset] = p.paid[j.Transfer.Asset].Add(j.Transfer.Amount())
	}
	var found []chain.Party
	taken := map[string]bool{}
	for _, p := range list {
		if why := c.claimed(p, taken); why != "" {
			found = append(found, chain.Party{Account: p.Account, Basis: chain.Heuristic, Why: "was " + why + ", by " + victimList(victims)})
		}
	}
	return found
}

func victimList(victims []chain.Party) string {
	if len(victims) == 1 {
		return "the victim " + chain.Hex(victims[0].Account.Address)
	}
	return "the victims"
}
