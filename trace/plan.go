package trace

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/incident"
)

// Override is what a user sets against the write-up.
type Override struct {
	From, To  *Bound
	Attackers []common.Address // on every chain that is looked at
	Victims   []common.Address
	Ignore    []common.Address
}

// Bound is an end of the window: a block, or a time.
type Bound struct {
	Block uint64
	Time  time.Time // used where it is not zero
}

// Plan is what an investigation sets out to look at, before anything is asked.
type Plan struct {
	Chains  []ChainPlan // EVM chains by id
	Foreign []string    // other chains that the write-up mentions, by name
	From    time.Time   // the window, before it is turned into blocks
	To      time.Time
	Why     string
}

// ChainPlan is the part of a plan that lies on one chain.
type ChainPlan struct {
	Network   chain.Network
	Attackers []chain.Party
	Victims   []chain.Party
	// Candidates are addresses of which the write-up does not say what they
	// are; they are looked at where it names no attacker.
	Candidates []chain.Party
	Txs        []incident.Transaction
}

// Horizon is for how long after the theft returns and payments are looked for.
const Horizon = 90 * 24 * time.Hour

const (
	leadIn   = 48 * time.Hour      // before the first date that may belong to the theft
	nearDate = 30 * 24 * time.Hour // how far an event may lie from the date and still belong to it
)

// NewPlan works out what to look at.
func NewPlan(inc *incident.Incident, over Override) Plan {
	p := planner{chains: map[uint64]*ChainPlan{}, ignore: map[common.Address]bool{}}
	for _, a := range over.Ignore {
		p.ignore[a] = true
	}
	p.mentions(inc)
	p.claims(inc)
	if len(p.chains) == 0 && len(over.Attackers)+len(over.Victims) > 0 {
		p.chain(1)
	}
	p.overrides(over)
	plan := Plan{Foreign: p.foreign}
	for _, c := range p.chains {
		plan.Chains = append(plan.Chains, *c)
	}
	slices.SortFunc(plan.Chains, func(a, b ChainPlan) int { return cmp.Compare(a.Network.ID, b.Network.ID) })
	slices.Sort(plan.Foreign)
	plan.From, plan.To, plan.Why = window(inc)
	return plan
}

type planner struct {
	chains  map[uint64]*ChainPlan
	foreign []string
	ignore  map[common.Address]bool
}

func (p *planner) chain(id uint64) *ChainPlan {
	if p.chains[id] == nil {
		n, _ := chain.NetworkByID(id)
		p.chains[id] = &ChainPlan{Network: n}
	}
	return p.chains[id]
}

// network returns the plan of the chain with a name; an address in EVM form
// without a chain is looked for on Ethereum, where most are.
func (p *planner) network(name string, evmForm bool) *ChainPlan {
	if n, ok := chain.NetworkByName(name); ok {
		return p.chain(n.ID)
	}
	if name == "" && evmForm {
		return p.chain(1)
	}
	if name != "" && !slices.Contains(p.foreign, name) {
		p.foreign = append(p.foreign, name)
	}
	return nil
}

func (p *planner) mentions(inc *incident.Incident) {
	for _, a := range inc.Addresses {
		address, err := chain.ParseAddress(a.Address)
		c := p.network(a.Chain, err == nil)
		if err != nil || c == nil || p.ignore[address] {
			continue
		}
		party := chain.Party{
			Account: chain.Account{ChainID: c.Network.ID, Address: address},
			Basis:   chain.Attributed,
			Why:     fmt.Sprintf("line %d: %s", a.Pos.Line, a.Why),
		}
		switch a.Role {
		case incident.RoleAttacker:
			c.Attackers = append(c.Attackers, party)
		case incident.RoleVictim:
			c.Victims = append(c.Victims, party)
		case incident.RoleMessageParty, incident.RoleUnknown:
			c.Candidates = append(c.Candidates, party)
		}
	}
	for _, tx := range inc.Transactions {
		if c := p.network(tx.Chain, true); c != nil {
			c.Txs = append(c.Txs, tx)
		}
	}
}

// claims adds chains that only figures speak of.
func (p *planner) claims(inc *incident.Incident) {
	for _, c := range inc.Claims {
		p.network(c.Chain, false)
	}
}

func (p *planner) overrides(over Override) {
	for id, c := range p.chains {
		party := func(a common.Address, why string) chain.Party {
			return chain.Party{Account: chain.Account{ChainID: id, Address: a}, Basis: chain.Attributed, Why: why}
		}
		for _, a := range over.Attackers {
			c.Attackers = append(c.Attackers, party(a, "named on the command line"))
		}
		for _, a := range over.Victims {
			c.Victims = append(c.Victims, party(a, "named on the command line"))
		}
	}
}

// window derives the time to look at from the dates of the write-up. Written
// times can be off by a time zone or two, and the attackers were funded before:
// two days of lead-in cover both. The end lies a horizon after the last event.
func window(inc *incident.Incident) (from, to time.Time, why string) {
	anchor, err := time.Parse(time.DateOnly, inc.Date)
	if err != nil {
		if len(inc.Timeline) == 0 {
			return time.Time{}, time.Time{}, "the write-up gives no date"
		}
		anchor = slices.MinFunc(inc.Timeline, func(a, b incident.Event) int { return a.Time.Compare(b.Time) }).Time
	}
	first := anchor
	for _, e := range inc.Timeline {
		fine := e.Precision == incident.Minute || e.Precision == incident.Day
		if fine && e.Time.Before(first) && e.Time.After(anchor.Add(-nearDate)) {
			first = e.Time
		}
	}
	return first.Add(-leadIn), anchor.Add(Horizon), fmt.Sprintf(
		"from two days before %s, the first date near that of the incident, to %d days after the incident",
		first.Format(time.DateOnly), int(Horizon.Hours()/24))
}
