package incident

import (
	"slices"
	"strings"
)

// cue is a phrase next to an address that says whose it is.
type cue struct {
	phrase string
	role   Role
}

// cuesBefore stand in front of an address, with few words between.
var cuesBefore = []cue{
	{"victim", RoleVictim}, {"multisig", RoleVictim}, {"multi-sig", RoleVictim}, {"multi-signature", RoleVictim}, {"treasury", RoleVictim}, {"vulnerable", RoleVictim},
	{"hot wallet", RoleVictim}, {"cold wallet", RoleVictim}, {"warm wallet", RoleVictim}, {"the exploited", RoleVictim}, {"the compromised", RoleVictim}, {"the hacked", RoleVictim},
	{"the drained", RoleVictim}, {"the affected", RoleVictim}, {"the attacked", RoleVictim}, {"the targeted", RoleVictim}, {"was compromised is", RoleVictim}, {"was exploited is", RoleVictim},
	{"was drained is", RoleVictim}, {"was attacked is", RoleVictim}, {"lock contract", RoleVictim}, {"that held the", RoleVictim}, {"which held the", RoleVictim},
	{"against", RoleVictim}, {"ownership of", RoleVictim}, {"control of", RoleVictim}, {"that was drained", RoleVictim}, {"that was exploited", RoleVictim}, {"that was attacked", RoleVictim}, {"were held in", RoleVictim}, {"was held in", RoleVictim}, {"were kept in", RoleVictim}, {"drained by", RoleAttacker}, {"exploited by", RoleAttacker}, {"stolen by", RoleAttacker},
	{"attacked by", RoleAttacker}, {"hacked by", RoleAttacker}, {"carried out by", RoleAttacker}, {"controlled by the attacker", RoleAttacker}, {"taken by", RoleAttacker}, {"meant to pay", RoleOther}, {"meant to send", RoleOther}, {"intended recipient", RoleOther}, {"legitimate", RoleOther}, {"genuine", RoleOther}, {"donat", RoleOther},
}

// cuesBehind follow an address at once.
var cuesBehind = []cue{
	{"which held", RoleVictim}, {"that held", RoleVictim}, {"is the victim", RoleVictim}, {"was the victim", RoleVictim}, {"the victim", RoleVictim}, {"was exploited", RoleVictim}, {"was drained", RoleVictim},
	{"was compromised", RoleVictim}, {"was hacked", RoleVictim}, {"was attacked", RoleVictim}, {"lost ", RoleVictim}, {"had its", RoleVictim}, {"is the exploited", RoleVictim}, {"is the vulnerable", RoleVictim},
	{"is the attacker", RoleAttacker}, {"is the hacker", RoleAttacker}, {"is the exploiter", RoleAttacker}, {"is the deployer of the attack", RoleAttacker},
}

// cueReach is how many bytes may stand between a phrase and its address.
const cueReach = 30

// doing are the words that make what stands behind them the doer or the means.
var doing = []string{" by ", " using ", " used ", " with ", " funded ", " drained ", " sent ", " moved "}

// byCue reads the phrases next to an address in a sentence: nothing where the
// words between lead elsewhere, or where a word for the attacker is nearer.
func (d *document) byCue(m mention) (Role, string) {
	before := d.clauseBefore(m)
	if returnedTo(before) {
		return RoleVictim, "funds were returned to it"
	}
	if takenFrom(before) {
		return RoleVictim, "funds were taken from it"
	}
	best, at := cue{}, -1
	for _, c := range cuesBefore {
		if n := strings.LastIndex(before, c.phrase); n >= 0 && n+len(c.phrase) > at {
			best, at = c, n+len(c.phrase)
		}
	}
	switch {
	case at < 0 || len(before)-at > cueReach || firstWord(before[at:], attackerWords) != "" && best.role != RoleAttacker:
	case best.role == RoleAttacker:
		if strings.Trim(before[at:], " ([*`\"'") == "" {
			return best.role, "\"" + best.phrase + "\" in front of it"
		}
	case firstWord(before[at:]+" ", doing) == "" && !receives(before):
		return best.role, "\"" + best.phrase + "\" in front of it"
	}
	if w := towards(before); w != "" {
		return RoleService, "funds went to or through \"" + w + "\""
	}
	if struck(before) {
		return RoleVictim, "what was attacked, by the verb in front of it"
	}
	_, behind := d.between(m, 60)
	behind = strings.TrimLeft(behind, " )]*`,(")
	for _, c := range cuesBehind {
		if strings.HasPrefix(behind, c.phrase) && !(strings.HasPrefix(c.phrase, "the ") && d.namesNext(m)) {
			return c.role, "\"" + c.phrase + "\" behind it"
		}
	}
	if suffers(behind) {
		return RoleVictim, "what was attacked, by the verb behind it"
	}
	return RoleUnknown, ""
}

// maxSpans bounds the addresses of one line that are looked at.
const maxSpans = 200

// between returns the text of a line around an address, as far as the
// addresses before and behind it and no further than some bytes; lower case.
func (d *document) between(m mention, width int) (before, behind string) {
	l := &d.lines[m.line]
	start, end := min(m.at, len(l.text)), min(m.end(), len(l.text))
	if m.linked != nil && !m.linked.bare {
		start = min(m.linked.start, start)
	}
	from, to := max(0, start-width), min(len(l.text), end+width)
	for _, s := range d.spans[m.line] {
		if s[1] <= start && s[1] > from {
			from = s[1]
		}
		if s[0] >= end && s[0] < to {
			to = s[0]
		}
	}
	return strings.ToLower(l.text[from:start]), strings.ToLower(l.text[end:to])
}

// clauseBefore returns the words in front of an address since the end of the
// sentence before, or since the address before; lower case.
func (d *document) clauseBefore(m mention) string {
	text, _ := d.between(m, 160)
	for _, end := range []string{". ", "; ", "\n"} {
		if n := strings.LastIndex(text, end); n >= 0 {
			text = text[n+len(end):]
		}
	}
	return text
}

// labelBehind is what names an address behind it: in a bracket, or behind a
// dash or a colon; lower case.
func (d *document) labelBehind(m mention) string {
	_, behind := d.between(m, 90)
	behind = strings.TrimLeft(behind, " ]*`\"")
	if strings.HasPrefix(behind, "\n") {
		return ""
	}
	behind, _, _ = strings.Cut(behind, "\n")
	if rest, ok := strings.CutPrefix(behind, "("); ok {
		label, _, closed := strings.Cut(rest, ")")
		if !closed {
			return ""
		}
		return label
	}
	if d.namesNext(m) {
		return ""
	}
	for _, dash := range []string{"- ", "– ", "— ", ": ", ", the ", "= ", "-> "} {
		if rest, ok := strings.CutPrefix(behind, dash); ok && len(rest) > 3 {
			rest, _, _ = strings.Cut(rest, ". ")
			rest, _, _ = strings.Cut(rest, "; ")
			return rest
		}
	}
	return ""
}

// namesNext reports whether the words behind an address lead to the next one
// and name that: "the attack contract is 0x…, the victim contract 0x…".
func (d *document) namesNext(m mention) bool {
	_, behind := d.between(m, 90)
	behind = strings.TrimLeft(behind, " )]*`")
	if !strings.HasPrefix(behind, ", the ") || strings.ContainsAny(behind[1:], ",;.(") {
		return false
	}
	end := min(m.end(), len(d.lines[m.line].text))
	return slices.ContainsFunc(d.spans[m.line], func(s [2]int) bool { return s[0] >= end && s[0] <= end+90 })
}

// receives reports whether the words in front of an address end in "to", behind
// which stands who receives: somebody else than they spoke of.
func receives(before string) bool {
	words := strings.Fields(strings.Trim(before, " ([*`\"'"))
	n := len(words)
	return n > 0 && (words[n-1] == "to" || words[n-1] == "into" || words[n-1] == "by")
}

var (
	takings = words("drained stolen stole withdrawn withdrew taken took siphoned extracted siphoning draining stealing taking transferred")
	strikes = words("drained exploited attacked hacked looted manipulated compromised upgraded emptied hit targeted abused")
)

// takenFrom reports whether a clause ends in "drained … from the …".
func takenFrom(before string) bool {
	n := strings.LastIndex(before, " from ")
	if n < 0 || len(before)-n > 50 || firstWord(before[n:], attackerWords) != "" || firstWord(before[n+6:]+" ", []string{" to ", " by ", " were ", " was ", " went ", " and "}) != "" || strings.HasSuffix(strings.TrimRight(before, " ([*`"), " to") {
		return false
	}
	for _, w := range strings.Fields(before[:n]) {
		if w = strings.Trim(w, ",.;:()[]\"'"); takings[w] && w != "transferred" {
			return true
		}
	}
	return false
}

// towards returns the service that a clause ends in as the place where funds
// went or passed through: "on to the Huobi deposit address".
func towards(before string) string {
	best, at := "", -1
	for _, w := range serviceNames {
		if n := strings.LastIndex(before, w); n >= 0 && n+len(w) > at {
			best, at = w, n+len(w)
		}
	}
	if at < 0 || len(before)-at > cueReach || strings.ContainsAny(before[at:], ",;:") || firstWord(before[at:]+" ", doing) != "" || firstWord(before[at:]+" ", []string{" and ", " then "}) != "" {
		return ""
	}
	if strings.Trim(before[at:], " ([*`") == "" && (best == "deposit address" || best == "exchange address") {
		return best
	}
	head := before[max(0, at-len(best)-16) : at-len(best)]
	if strings.HasSuffix(head, "from ") && firstWord(before[at:]+" ", []string{" to ", " into ", " through ", " via "}) != "" {
		return "" // "came from Foo through": beyond it
	}
	if firstWord(head, []string{"to ", "through ", "via ", "into ", "from ", " on ", " at "}) == "" {
		return ""
	}
	return best
}

// struck reports whether an address is the object of a verb of attack: "the
// attacker drained the vault (".
func struck(before string) bool {
	words := strings.Fields(strings.TrimRight(before, " ([*`\"'"))
	for i := len(words) - 1; i >= 0 && i >= len(words)-5; i-- {
		w := words[i]
		if strikes[w] {
			return i > 0 && !(i > 1 && (words[i-1] == "was" || words[i-1] == "were" || words[i-1] == "been")) && words[i-1] != "the" && words[i-1] != "an" && words[i-1] != "that" && words[i-1] != "which" && words[i-1] != "who"
		}
		if strings.HasSuffix(w, ":") || strings.HasSuffix(w, ",") || w == "is" || w == "are" || w == "was" || w == "by" || w == "used" || w == "using" || w == "via" || w == "with" || w == "through" || w == "and" || w == "to" || w == "from" || w == "at" {
			return false
		}
	}
	return false
}

// suffers reports whether the clause behind an address says that it was
// attacked: "of Foo had been compromised".
func suffers(behind string) bool {
	behind, _, _ = strings.Cut(behind, ".")
	behind, _, _ = strings.Cut(behind, ";")
	words := strings.Fields(behind)
	for i, w := range words[:min(len(words), 6)] {
		if (w == "was" || w == "were" || w == "been") && i+1 < len(words) && strikes[strings.Trim(words[i+1], ",")] {
			return true
		}
		if strings.HasSuffix(w, ",") || w == "and" {
			return false
		}
	}
	return false
}

// returnedTo reports whether a clause ends in "returned the funds to the …".
func returnedTo(before string) bool {
	n := strings.LastIndex(before, " to ")
	if n < 0 || len(before)-n > 50 {
		return false
	}
	for _, w := range strings.Fields(before[max(0, n-90):n]) {
		if w = strings.Trim(w, ",.;:()[]\"'"); w == "returned" || w == "returns" || w == "refunded" || w == "back" || w == "repaid" {
			return true
		}
	}
	return false
}

// harmed and things make up the captions of what was attacked: "Drained
// pool", "Compromised deployer".
var (
	harmed = words("attacked hacked exploited drained affected vulnerable compromised targeted looted breached impacted abused manipulated faulty buggy misconfigured flawed unprotected bugged")
	things = words("contract contracts wallet wallets pool pools vault vaults address addresses account accounts multisig proxy router token market markets bridge protocol safe owner deployer validator validators implementation strategy user users admin key signer hub manager")
)

// ofHarmed reports whether a caption names what was attacked.
func ofHarmed(label string) bool {
	l := line{text: label}
	toks := l.tokens()
	passive, thing := false, false
	for i, t := range toks {
		passive = passive || harmed[t.lower] && i > 0 && toks[i-1].is("was", "were", "been", "got")
		thing = thing || things[t.lower]
		if harmed[t.lower] && i > 1 && i+1 < len(toks) && toks[i-1].is("(") && toks[i+1].is(")") && things[toks[i-2].lower] {
			return true // "Foo deployer (compromised)"
		}
		for k := i + 1; harmed[t.lower] && k < min(i+4, len(toks)) && toks[k].kind == wordToken; k++ {
			if things[toks[k].lower] {
				return true
			}
		}
	}
	return passive && thing
}

// harmedBy reports whether a caption names what the culprit attacked: "Pools
// drained by the attacker".
func harmedBy(label string) bool {
	toks := (&line{text: label}).tokens()
	for i := 1; i+1 < len(toks); i++ {
		if harmed[toks[i].lower] && toks[i+1].is("by") && (things[toks[i-1].lower] || toks[i-1].is("was", "were", "been")) {
			return true
		}
	}
	return false
}
