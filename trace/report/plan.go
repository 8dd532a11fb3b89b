package report

import (
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
	p := page{Title: "Plan for " + inc.File, Lead: []string{"Window: " + windowText(plan)}}
	for _, c := range plan.Chains {
		p.Sections = append(p.Sections, chainPlanSection(c))
	}
	if len(plan.Foreign) > 0 {
		p.Sections = append(p.Sections, section{Heading: "Outside EVM, not checkable", Items: []words{say(strings.Join(plan.Foreign, ", "))}})
	}
	p.Sections = append(p.Sections, costSection(costs))
	return p.clean().writeText(w, width)
}

func windowText(plan trace.Plan) string {
	if plan.From.IsZero() {
		return plan.Why + "."
	}
	return fmt.Sprintf("%s to %s, %s.", moment(plan.From), moment(plan.To), plan.Why)
}

func chainPlanSection(c trace.ChainPlan) section {
	s := section{Heading: c.Network.Title}
	for _, list := range []struct {
		part    string
		parties []chain.Party
	}{{"attacker", c.Attackers}, {"victim", c.Victims}, {"looked at where no attacker is named", c.Candidates}} {
		for _, p := range list.parties {
			s.Items = append(s.Items, say(list.part+" ", accountSpan(p.Account.ChainID, p.Account.Address), ": "+p.Why))
		}
	}
	for _, tx := range c.Txs {
		s.Items = append(s.Items, sayf("transaction %s (%s), line %d", tx.Hash, tx.Role, tx.Pos.Line))
	}
	if len(s.Items) == 0 {
		s.Items = append(s.Items, say("only figures speak of it: nothing to look at"))
	}
	return s
}

// foreseen says what a forecast rests on.
func foreseen(c trace.Cost) string {
	f := c.Forecast
	text := fmt.Sprintf("%s sent %s in it", count(f.Accounts, "account", "accounts"), count(int(f.Sent), "tx", "tx"))
	if f.Stateless {
		text = "the endpoint does not know the balances of all of it, so that coins are not followed by them"
	}
	if f.Contracts > 0 {
		text += fmt.Sprintf(", and %d of them are contracts, which takes traces besides", f.Contracts)
	}
	if f.LogBlocks > 0 {
		text += fmt.Sprintf("; logs are asked for by %d blocks", f.LogBlocks)
	}
	return text
}

func costSection(costs []trace.Cost) section {
	s := section{Heading: "Cost"}
	for _, c := range costs {
		if c.Status != trace.Checked {
			s.Items = append(s.Items, sayf("%s: %s: %s", c.Chain, c.Status, c.Detail))
			continue
		}
		s.Items = append(s.Items, sayf(
			"%s at %s, blocks %d to %d: about %d requests with %d calls, %d of the requests to find the window; %s",
			c.Chain, c.Endpoint, c.Window.From, c.Window.To, c.Requests, c.Calls, c.Finding, foreseen(c)))
		s.Items = append(s.Items, sayf(
			"%s: on top come %d calls for each block in which tokens moved, up to a hundred in a request, prices, and parties that are found on the way, such as victims that the write-up does not name, at some 25 requests each",
			c.Chain, trace.CallsPerBlock))
		if requests, calls := c.Forecast.Unmoved(); requests > 0 {
			s.Items = append(s.Items, sayf(
				"%s: balances of the tokens that one of the accounts moved are asked for of the others: up to %d requests with %d calls on top",
				c.Chain, requests, calls))
		}
		if c.Headers > 0 {
			s.Items = append(s.Items, sayf(
				"%s: proof that no token log was left out: %d headers in %d requests, and the receipts of every block whose bloom filter does not deny one, which on a busy chain is one in ten or twenty for each address",
				c.Chain, c.Headers, c.HeaderRequests()))
		}
	}
	return s
}
