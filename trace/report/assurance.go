package report

import (
	"fmt"
	"strings"

	"losstracer/chain"
	"losstracer/trace"
)

type (
	jsonVouched struct {
		By        string `json:"by"`
		Transfers int    `json:"transfers"`
	}
	jsonCrossCheck struct {
		Chain        string   `json:"chain"`
		First        string   `json:"first"`
		Second       string   `json:"second"`
		Percent      int      `json:"percent"`
		Blocks       int      `json:"blocks"`
		Balances     int      `json:"balances"`
		Addresses    int      `json:"addresses"`
		Agreed       int      `json:"agreed_blocks"`
		Disagreement []string `json:"disagreement"`
		Unanswered   []string `json:"unanswered"`
	}
)

func vouchedDocument(v trace.Vouching) jsonVouched { return jsonVouched{v.By, v.Transfers} }

func crossCheckDocument(x *chain.CrossCheck) jsonCrossCheck {
	return jsonCrossCheck{
		networkName(x.ChainID), x.First, x.Host, x.Percent, x.Blocks, x.Balances, x.Addresses, len(x.Agreed),
		list(x.Disagreement), list(x.Unanswered),
	}
}

// assuranceItems says on whose word the evidence rests, and what a second
// endpoint made of it.
func assuranceItems(c *trace.Case) []words {
	var items []words
	if n := provenBalances(c.Closure); n > 0 {
		items = append(items, sayf("%s proven under the state root of the last block (EIP-1186)", count(n, "closing balance is", "closing balances are")))
	}
	for _, v := range c.Evidence.Vouched {
		items = append(items, sayf("the hashes of blocks with %d proven transfers rest on the word of %s", v.Transfers, v.By))
	}
	if len(c.Evidence.Vouched) == 0 && len(c.Evidence.VouchedBy) > 0 {
		items = append(items, say("block hashes rest on the word of "+strings.Join(c.Evidence.VouchedBy, ", ")))
	}
	for _, x := range c.CrossChecks {
		items = append(items, crossCheckText(x))
	}
	return items
}

func provenBalances(closures []chain.Closure) int {
	n := 0
	for _, x := range closures {
		if x.Witness != nil && x.Proof.Proven() {
			n++
		}
	}
	return n
}

func crossCheckText(x *chain.CrossCheck) words {
	outcome := "they agree in all of it"
	if len(x.Disagreement) > 0 {
		outcome = fmt.Sprintf("they disagree at %d places, which the warnings name", len(x.Disagreement))
	}
	if n := len(x.Unanswered); n > 0 {
		outcome += fmt.Sprintf("; %d questions were not answered", n)
	}
	return sayf("%s: %s was asked for %d %% of what %s gave: %d blocks, %d balances and the token logs of %d addresses; %s",
		networkName(x.ChainID), x.Host, x.Percent, x.First, x.Blocks, x.Balances, x.Addresses, outcome)
}

// assuranceSheet lists who vouches for the blocks of proven transfers, and
// what was compared with a second endpoint.
func assuranceSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "assurance", Columns: []string{"what", "by", "against", "count", "outcome"}}
	for _, v := range c.Evidence.Vouched {
		s.add("vouched transfers", v.By, "", v.Transfers, "")
	}
	for _, x := range c.CrossChecks {
		s.add("cross-checked blocks", x.Host, x.First, x.Blocks, fmt.Sprintf("%d agree", len(x.Agreed)))
		s.add("cross-checked balances", x.Host, x.First, x.Balances, "")
		s.add("cross-checked addresses", x.Host, x.First, x.Addresses, "")
		for _, text := range x.Disagreement {
			s.add("disagreement", x.Host, x.First, "", text)
		}
		for _, text := range x.Unanswered {
			s.add("not answered", x.Host, x.First, "", text)
		}
	}
	return s
}
