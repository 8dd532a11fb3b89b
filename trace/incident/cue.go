package incident

import "strings"

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
	{"meant to pay", RoleOther}, {"meant to send", RoleOther}, {"intended recipient", RoleOther}, {"legitimate", RoleOther}, {"genuine", RoleOther}, {"donat", RoleOther},
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
	l := &d.lines[m.line]
	before := d.clauseBefore(m)
	if returnedTo(before) {
		return RoleVictim, "funds were returned to it"
	}
	// "from the treasury to": who receives is another.
	words := strings.Fields(strings.Trim(before, " ([*`\"'"))
	if n := len(words); n > 0 && (words[n-1] == "to" || words[n-1] == "into" || words[n-1] == "by") {
		return RoleUnknown, ""
	}
	best, at := cue{}, -1
	for _, c := range cuesBefore {
		if n := strings.LastIndex(before, c.phrase); n >= 0 && n+len(c.phrase) > at {
			best, at = c, n+len(c.phrase)
		}
	}
	if at >= 0 && len(before)-at <= cueReach && firstWord(before[at:], attackerWords) == "" && firstWord(before[at:]+" ", doing) == "" {
		return best.role, "\"" + best.phrase + "\" in front of it"
	}
	end := m.at + len(m.text)
	if m.linked != nil && !m.linked.bare {
		end = m.linked.end
	}
	behind := strings.ToLower(clip(l.text[min(end, len(l.text)):], 60))
	behind = strings.TrimLeft(behind, " )]*`,(")
	for _, c := range cuesBehind {
		if strings.HasPrefix(behind, c.phrase) {
			return c.role, "\"" + c.phrase + "\" behind it"
		}
	}
	return RoleUnknown, ""
}

// clauseBefore returns the words in front of an address since the end of the
// sentence before, or since the address before; lower case.
func (d *document) clauseBefore(m mention) string {
	l := &d.lines[m.line]
	from := max(0, m.at-160)
	for i := range l.links {
		if k := &l.links[i]; k.end <= m.at && k.end > from && parsePage(k.url).address() {
			from = k.end
		}
	}
	text := l.text[from:m.at]
	for _, end := range []string{". ", "; ", "\n"} {
		if n := strings.LastIndex(text, end); n >= 0 {
			text = text[n+len(end):]
		}
	}
	return strings.ToLower(text)
}

// address reports whether a page is that of an address.
func (p page) address() bool {
	for _, s := range p.path {
		if addressWords[strings.ToLower(s)] || hexLength(s) == 40 {
			return true
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
	harmed = words("attacked hacked exploited drained affected vulnerable compromised targeted looted breached impacted abused manipulated faulty buggy")
	things = words("contract contracts wallet wallets pool pools vault vaults address addresses account accounts multisig proxy router token market markets bridge protocol safe owner deployer validator validators implementation strategy user users admin key signer hub manager")
)

// ofHarmed reports whether a caption names what was attacked.
func ofHarmed(label string) bool {
	l := line{text: label}
	toks := l.tokens()
	for i, t := range toks {
		for k := i + 1; harmed[t.lower] && k < min(i+4, len(toks)) && toks[k].kind == wordToken; k++ {
			if things[toks[k].lower] {
				return true
			}
		}
	}
	return false
}
