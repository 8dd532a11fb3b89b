package loss

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing"
)

// judged is a judgement under construction: an empty class is still open.
type judged struct {
	Judgement
	in, out bool // relative to the attackers; both for movements among them
}

// incident is the state of one judgement.
type incident struct {
	Input
	attackers map[chain.Account]bool
	victims   map[chain.Account]chain.Party
	all       []judged
	groups    [][]*judged // by tx, canonical order
}

func newCase(in Input) *incident {
	c := &incident{Input: in, attackers: map[chain.Account]bool{}, victims: map[chain.Account]chain.Party{}}
	for _, p := range in.Attackers {
		c.attackers[p.Account] = true
	}
	for _, p := range in.Victims {
		if !c.attackers[p.Account] {
			c.victims[p.Account] = p
		}
	}
	for _, t := range in.Transfers {
		from, sent := t.Sender()
		to, received := t.Recipient()
		j := judged{
			in:  received && c.attackers[chain.Account{ChainID: t.ChainID, Address: to}],
			out: sent && c.attackers[chain.Account{ChainID: t.ChainID, Address: from}],
		}
		if j.in || j.out {
			j.Transfer, j.Incoming = t, j.in && !j.out
			j.Value = c.value(t)
			c.all = append(c.all, j)
		}
	}
	c.group()
	return c
}

// group gathers the movements of each tx. A credit that no method could see
// the sender of has no tx; where the attackers sent exactly one tx in its
// block, that tx is the only thing of theirs that can have caused it.
func (c *incident) group() {
	type tx struct {
		chainID uint64
		hash    common.Hash
	}
	index := map[tx]int{}
	sent := map[[2]uint64]map[common.Hash]bool{}
	for i := range c.all {
		if t := c.all[i].Transfer; t.Kind == chain.KindFee {
			at := [2]uint64{t.ChainID, t.Block}
			if sent[at] == nil {
				sent[at] = map[common.Hash]bool{}
			}
			sent[at][t.Tx] = true
		}
	}
	for i := range c.all {
		t := c.all[i].Transfer
		key := tx{t.ChainID, t.Tx}
		if own := sent[[2]uint64{t.ChainID, t.Block}]; t.Kind == chain.KindUnseen && len(own) == 1 {
			for hash := range own {
				key.hash = hash
			}
		}
		if key.hash == (common.Hash{}) {
			c.groups = append(c.groups, []*judged{&c.all[i]})
			continue
		}
		g, ok := index[key]
		if !ok {
			g = len(c.groups)
			index[key] = g
			c.groups = append(c.groups, nil)
		}
		c.groups[g] = append(c.groups[g], &c.all[i])
	}
}

func (c *incident) meta(asset chain.AssetID) chain.TokenMeta {
	if asset.Kind == chain.Native {
		n, _ := chain.NetworkByID(asset.ChainID)
		return n.CoinMeta()
	}
	if m, ok := c.Tokens[asset]; ok {
		return m
	}
	asset.TokenID = ""
	return c.Tokens[asset]
}

func (c *incident) value(t chain.Transfer) *Valuation {
	meta := c.meta(t.Asset)
	q, ok := c.Prices.At(pricing.Of(t.Asset), time.Unix(int64(t.Time), 0).UTC())
	if !ok || !meta.DecimalsKnown {
		return nil
	}
	return &Valuation{USD: q.Value(t.Units.ToBig(), meta.Decimals), Quote: q}
}

func (j *judged) settle(class Class, basis chain.Basis, why string) {
	j.Class, j.Basis, j.Why = class, basis, why
}

// judgeTxs settles what a tx says by itself: fees, movements among attackers,
// transfers of nothing, and txs in which the party both gains and gives.
func (c *incident) judgeTxs() {
	for _, group := range c.groups {
		var moving []*judged
		for _, j := range group {
			switch {
			case j.Transfer.Kind == chain.KindFee:
				j.settle(Fee, chain.Observed, "paid for the transaction")
			case j.Transfer.Units.IsZero():
				j.settle(Spam, chain.Observed, "moves nothing: a transfer of zero can be logged in anybody's name")
			case j.in && j.out:
				j.settle(Internal, chain.Derived, "between addresses of the attackers")
			default:
				moving = append(moving, j)
			}
		}
		c.settleTwoWay(moving)
	}
}

// settleTwoWay settles movements of one tx in which assets both came and went.
func (c *incident) settleTwoWay(moving []*judged) {
	net := map[chain.AssetID]chain.Amount{}
	for _, j := range moving {
		amount := j.Transfer.Amount()
		if j.out {
			amount = amount.Neg()
		}
		net[j.Transfer.Asset] = net[j.Transfer.Asset].Add(amount)
	}
	var gained, gave []string
	for _, asset := range slices.SortedFunc(maps.Keys(net), chain.AssetID.Compare) {
		switch amount := net[asset]; amount.Sign() {
		case 1:
			gained = append(gained, c.words(amount))
		case -1:
			gave = append(gave, c.words(amount.Neg()))
		}
	}
	if len(gained) == 0 || len(gave) == 0 {
		for _, j := range moving {
			if net[j.Transfer.Asset].IsZero() {
				j.settle(Loan, chain.Derived, "came and went within one transaction, net zero")
			}
		}
		return
	}
	class, verb := Swap, "exchanged"
	if onlyWrapped(net) && slices.ContainsFunc(moving, func(j *judged) bool {
		return j.Transfer.Kind == chain.KindWrap || j.Transfer.Kind == chain.KindUnwrap
	}) {
		class, verb = Wrap, "changed one for one"
	}
	why := fmt.Sprintf("%s %s for %s within one transaction", verb, strings.Join(gave, " and "), strings.Join(gained, " and "))
	for _, j := range moving {
		if net[j.Transfer.Asset].IsZero() {
			j.settle(Loan, chain.Derived, "came and went within one transaction, net zero")
		} else {
			j.settle(class, chain.Derived, why)
		}
	}
}

// words writes an amount for a reason.
func (c *incident) words(a chain.Amount) string {
	meta := c.meta(a.Asset())
	symbol := meta.Symbol
	if symbol == "" {
		symbol = a.Asset().String()
	}
	return pricing.Whole(a.Units(), meta.Decimals).RoundBank(4).String() + " " + symbol
}

// onlyWrapped reports whether a tx gained exactly what it gave, in the coin
// and one token.
func onlyWrapped(net map[chain.AssetID]chain.Amount) bool {
	sum := chain.Amount{}.Units()
	coin, assets := false, 0
	for asset, amount := range net {
		if amount.IsZero() {
			continue
		}
		assets++
		coin = coin || asset.Kind == chain.Native
		sum.Add(sum, amount.Units())
	}
	return coin && assets == 2 && sum.Sign() == 0
}
