package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// mostLinks is how many txs a corrected line links one by one.
const mostLinks = 5

// Corrected returns the lines of a Losses section in Markdown as the chain
// supports it, to be pasted into the write-up: the total, a line per asset with
// links to the txs, what came back, and as reported what could not be checked.
// It is empty where nothing was measured.
func Corrected(in Input, r Result) []string {
	if len(in.Statement.Losses) == 0 {
		return nil
	}
	lines := []string{"## Losses", "", totalLine(in.Statement, r), ""}
	for _, l := range in.Statement.Losses {
		if !l.Gross.IsZero() {
			lines = append(lines, lossLine(l))
		}
	}
	for _, l := range in.Statement.Losses {
		if !l.Returned.IsZero() {
			lines = append(lines, returnLine(l))
		}
	}
	for _, f := range r.Findings {
		if f.Claim.Kind == incident.ClaimAsset && f.Verdict == Unverifiable {
			lines = append(lines, fmt.Sprintf("- %s (as reported; not checked: %s)", markdown(f.Claim.Text), markdown(why(f))))
		}
	}
	return lines
}

// totalLine states what was measured, and calls it a floor where something is
// missing.
func totalLine(s *loss.Statement, r Result) string {
	unchecked := slices.ContainsFunc(r.Findings, func(f Finding) bool {
		return f.Claim.Kind == incident.ClaimAsset && f.Verdict == Unverifiable
	})
	about := "About"
	if len(s.Totals.Unpriced) > 0 || unchecked {
		about = "At least"
	}
	line := fmt.Sprintf("%s $%s at the time of the theft", about, thousands(s.Totals.Gross.RoundBank(0)))
	if s.Totals.Returned.IsPositive() {
		line += fmt.Sprintf(", of which $%s came back", thousands(s.Totals.Returned.RoundBank(0)))
	}
	return line + ":"
}

func lossLine(l loss.AssetLoss) string {
	line := fmt.Sprintf("- %s %s", thousands(pricing.Whole(l.Gross.Units(), l.Meta.Decimals)), name(l))
	if l.GrossUSD != nil {
		line += fmt.Sprintf(" ($%s)", thousands(l.GrossUSD.RoundBank(0)))
	}
	return line + ": " + links(l, loss.Theft)
}

func returnLine(l loss.AssetLoss) string {
	return fmt.Sprintf("- Returned: %s %s: %s", thousands(pricing.Whole(l.Returned.Units(), l.Meta.Decimals)), name(l), links(l, loss.Return))
}

// name is the symbol of an asset, linked to its contract: a symbol alone says
// nothing about which token is meant.
func name(l loss.AssetLoss) string {
	n, _ := chain.NetworkByID(l.Asset.ChainID())
	symbol := chain.Printable(l.Meta.Symbol, 24)
	if symbol == "" {
		symbol = "of the token"
	}
	if l.Asset.Kind() == chain.Native || n.Explorer == "" {
		return markdown(symbol)
	}
	return fmt.Sprintf("[%s](%s/token/%s)", markdown(symbol), strings.TrimSuffix(n.Explorer, "/"), chain.Hex(l.Asset.Contract()))
}

// links links the txs of a class, the first few of many.
func links(l loss.AssetLoss, class loss.Class) string {
	n, _ := chain.NetworkByID(l.Asset.ChainID())
	var txs []common.Hash
	for i := range l.Judgements {
		j := l.Judgements[i]
		if tx := j.Transfer.Tx; j.Class == class && tx != (common.Hash{}) && (len(txs) == 0 || txs[len(txs)-1] != tx) {
			txs = append(txs, tx)
		}
	}
	var list []string
	for i, tx := range txs[:min(len(txs), mostLinks)] {
		if n.Explorer == "" {
			list = append(list, "`"+tx.Hex()+"`")
			continue
		}
		list = append(list, fmt.Sprintf("[%d](%s/tx/%s)", i+1, strings.TrimSuffix(n.Explorer, "/"), tx.Hex()))
	}
	text := "transaction "
	if len(txs) > 1 {
		text = "transactions "
	}
	text += strings.Join(list, ", ")
	if more := len(txs) - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func why(f Finding) string {
	if len(f.Causes) == 0 {
		return "no rule applies"
	}
	return f.Causes[0].Explanation
}

// markdown makes text safe to stand in a line of Markdown.
func markdown(s string) string {
	s = chain.Printable(s, 200)
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`).Replace(s)
}

// thousands writes a number with its thousands set apart.
func thousands(d decimal.Decimal) string {
	whole, part, ok := strings.Cut(d.String(), ".")
	var b strings.Builder
	digits := strings.TrimPrefix(whole, "-")
	if digits != whole {
		b.WriteByte('-')
	}
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if ok {
		b.WriteString("." + part)
	}
	return b.String()
}
