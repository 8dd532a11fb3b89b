package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
)

// Plan writes what checking a write-up would look at, and what that would
// cost.
func Plan(w io.Writer, inc *incident.Incident, plan trace.Plan, costs []trace.Cost, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	p := page{title: "Plan for " + inc.File, lead: []string{"Window: " + windowText(plan)}}
	for _, c := range plan.Chains {
		p.sections = append(p.sections, chainPlanSection(c))
	}
	if len(plan.Foreign) > 0 {
		p.sections = append(p.sections, section{heading: "Outside EVM, not checkable", items: []string{strings.Join(plan.Foreign, ", ")}})
	}
	p.sections = append(p.sections, costSection(costs))
	var b bytes.Buffer
	p.text(&b, width)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

func windowText(plan trace.Plan) string {
	if plan.From.IsZero() {
		return plan.Why + "."
	}
	return fmt.Sprintf("%s to %s, %s.", moment(plan.From), moment(plan.To), plan.Why)
}

func chainPlanSection(c trace.ChainPlan) section {
	s := section{heading: c.Network.Title}
	for _, list := range []struct {
		part    string
		parties []chain.Party
	}{{"attacker", c.Attackers}, {"victim", c.Victims}, {"looked at where no attacker is named", c.Candidates}} {
		for _, p := range list.parties {
			s.items = append(s.items, fmt.Sprintf("%s %s: %s", list.part, chain.Hex(p.Account.Address), p.Why))
		}
	}
	for _, tx := range c.Txs {
		s.items = append(s.items, fmt.Sprintf("transaction %s (%s), line %d", tx.Hash, tx.Role, tx.Pos.Line))
	}
	if len(s.items) == 0 {
		s.items = append(s.items, "only figures speak of it: nothing to look at")
	}
	return s
}

func costSection(costs []trace.Cost) section {
	s := section{heading: "Cost"}
	for _, c := range costs {
		if c.Status != trace.Checked {
			s.items = append(s.items, fmt.Sprintf("%s: %s: %s", c.Chain, c.Status, c.Detail))
			continue
		}
		s.items = append(s.items, fmt.Sprintf(
			"%s at %s, blocks %d to %d: at least %d requests with %d calls on an endpoint that offers no tracing, and about %d calls for each block in which something moved",
			c.Chain, c.Endpoint, c.Window.From, c.Window.To, c.Requests, c.Calls, trace.CallsPerBlock))
	}
	return s
}
