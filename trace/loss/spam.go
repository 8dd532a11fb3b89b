package loss

import (
	"encoding/binary"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// imitation says why a token transfer is taken for spam by the token's own
// looks: empty where nothing is wrong with them. An asset that has a price is
// never spam by its looks, and neither is what the attackers moved by a tx of
// their own.
func (c *incident) imitation(j *judged) string {
	if j.Transfer.Asset.Kind() == chain.Native || j.own {
		return ""
	}
	a := j.asset
	if a.priced {
		return ""
	}
	for _, text := range []string{a.meta.Symbol, a.meta.Name} {
		if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
			return "the token's name is an advertisement"
		}
	}
	for _, r := range a.meta.Symbol {
		if r > unicode.MaxASCII {
			return "the token's symbol is not plain ASCII, as those of imitations often are"
		}
	}
	if a.symbol == "" {
		return ""
	}
	return c.namesake(j.Transfer.Asset, a)
}

// namesake says that a token calls itself as another asset does that has a
// price, or is the coin.
func (c *incident) namesake(id chain.AssetID, a *asset) string {
	if n, ok := chain.NetworkByID(id.ChainID()); ok && strings.EqualFold(n.Symbol, a.symbol) {
		return "the token calls itself " + chain.Printable(a.meta.Symbol, 24) + ", as the coin of the chain does"
	}
	for _, other := range c.symbols[symbolKey(id.ChainID(), a.symbol)] {
		if other.Contract() != id.Contract() && (other.Kind() == chain.Native || c.asset(other).priced) {
			return "the token calls itself " + chain.Printable(a.meta.Symbol, 24) + " and is another contract than the one that has a price"
		}
	}
	return ""
}

// latecomer says that a token calls itself as another does that moved before
// it: imitations follow the news. It is no word against what a victim held.
func (c *incident) latecomer(id chain.AssetID) string {
	a := c.asset(id)
	if a.symbol == "" || a.priced || id.Kind() == chain.Native {
		return ""
	}
	// Assets are noted in the order in which they first moved.
	if first := c.symbols[symbolKey(id.ChainID(), a.symbol)][0]; first.Contract() != id.Contract() {
		return "the token calls itself " + chain.Printable(a.meta.Symbol, 24) + " as another contract does, which came first"
	}
	return ""
}

// findGhosts looks for Transfer events of which the balances know nothing: the
// chain's own balance of a token differs from what its events add up to by
// exactly one event that no attacker caused, or by all of those together.
func (c *incident) findGhosts() {
	for _, closure := range c.Closure {
		residual, ok := closure.Residual()
		if !ok || residual.IsZero() || closure.Asset.Kind() == chain.Native {
			continue
		}
		var foreign []*judged
		sum := chain.Amount{}
		for i := range c.all {
			j := &c.all[i]
			if j.Transfer.Asset != closure.Asset || j.own {
				continue
			}
			effect := effectOn(closure.Address, j)
			if effect.IsZero() || !arose(closure, j) {
				continue
			}
			foreign = append(foreign, j)
			sum = sum.Add(effect)
		}
		c.haunt(closure, residual, foreign, sum)
	}
}

// arose reports whether an event can be what a residual comes from: it stands
// where the residual arose, if that is known. An issuer that destroys what an
// attacker holds leaves a residual too, just as large as what came in before.
func arose(closure chain.Closure, j *judged) bool {
	at := closure.ResidualBlocks
	return at == nil || j.Transfer.Block >= at.From && j.Transfer.Block <= at.To
}

func (c *incident) haunt(closure chain.Closure, residual chain.Amount, foreign []*judged, sum chain.Amount) {
	// The latest fits best: who imitates a transfer does so after it.
	for _, j := range slices.Backward(foreign) {
		if effectOn(closure.Address, j).Add(residual).IsZero() {
			c.ghosts[j.Transfer.Ref] = true
			return
		}
	}
	if !sum.IsZero() && sum.Add(residual).IsZero() {
		for _, j := range foreign {
			c.ghosts[j.Transfer.Ref] = true
		}
		return
	}
	text := "its balances change without any event, as those of rebasing tokens do: " + c.words(residual) + " more than its transfers add up to"
	switch {
	case closure.ResidualBlocks != nil && closure.Note != "":
		text = "its balances differ from what its transfers add up to by " + c.words(residual) + ": " + closure.Note
	case residual.Sign() < 0:
		text = "its balances show " + c.words(residual.Neg()) + " less than its transfers add up to, as those of tokens that charge for a transfer, or rebase, do"
	}
	c.drifts = append(c.drifts, Remark{closure.Asset, text, chain.Derived})
}

// effectOn is by how much a transfer says it changes an account's balance.
func effectOn(a common.Address, j *judged) chain.Amount {
	effect := chain.Amount{}
	if to, ok := j.Transfer.Recipient(); ok && to == a {
		effect = effect.Add(j.Transfer.Amount())
	}
	if from, ok := j.Transfer.Sender(); ok && from == a {
		effect = effect.Sub(j.Transfer.Amount())
	}
	return effect
}

// dustUSD is what nobody sends for its worth.
var dustUSD = decimal.RequireFromString("0.10")

// dustPart is which part of the most that came in of an asset is dust, where
// nothing tells what it is worth.
const dustPart = 100_000

// unsolicited says why something that nobody asked for is taken for spam.
func (c *incident) unsolicited(j *judged) (Rule, string) {
	switch {
	case j.own:
		return NoRule, ""
	case j.Value != nil && j.Value.USD().LessThan(dustUSD):
		return SpamDust, "unsolicited dust"
	case j.Value == nil && j.Transfer.Asset.Kind() != chain.Native && new(big.Int).Mul(c.units(j), big.NewInt(dustPart)).Cmp(&j.asset.most) <= 0:
		return SpamDust, "unsolicited dust, beside the " + c.words(chain.NewAmount(j.Transfer.Asset, &j.asset.most)) + " that came in otherwise"
	case c.poses(j.counterparty().Address) && !c.worthSending(j):
		return SpamLookAlike, "from an address made to look like another of the case"
	}
	return NoRule, ""
}

// worthSending reports whether something is worth more than anybody gives for
// being noticed.
func (c *incident) worthSending(j *judged) bool {
	if j.Value != nil {
		return !onlyDust(j.Value.USD())
	}
	return j.Transfer.Asset.Kind() == chain.Native && c.moreThanGas(j.Transfer.Amount())
}

// poses reports whether an address begins and ends as that of a victim, of an
// attacker or of one who dealt with them before does, and is another: three bytes
// at both ends do not agree by chance.
func (c *incident) poses(a common.Address) bool {
	if o := c.met[lookOf(a)]; isAccount(o) && o != a {
		return true
	}
	for v := range c.victims {
		if alikeAddresses(a, v.Address) {
			return true
		}
	}
	return slices.ContainsFunc(c.Input.Attackers, func(p chain.Party) bool { return alikeAddresses(a, p.Account.Address) })
}

// look is what people see of an address that is shown in short.
type look struct{ begin, end [3]byte }

func lookOf(a common.Address) look { return look{[3]byte(a[:3]), [3]byte(a[17:])} }

// findLooks prepares for noting who dealt with the attackers first of those who look
// alike. There may be as many others as transfers.
func (c *incident) findLooks() {
	keys := make([]uint64, len(c.all)) // the look, and two bytes of what is between
	for i := range c.all {
		a := c.all[i].counterparty().Address
		var key [8]byte
		copy(key[:], a[:3])
		copy(key[3:], a[17:])
		for n, b := range a[3:17] {
			key[6+n%2] ^= b
		}
		keys[i] = binary.BigEndian.Uint64(key[:])
	}
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] || keys[i]>>16 != keys[i-1]>>16 {
			continue
		}
		b := binary.BigEndian.AppendUint64(nil, keys[i])
		c.met[look{[3]byte(b[:3]), [3]byte(b[3:6])}] = common.Address{}
	}
}

func alikeAddresses(a, b common.Address) bool { return a != b && lookOf(a) == lookOf(b) }
