package incident

// heldElsewhere reads why a figure of a sentence on the losses is of something that other
// figures hold already, or that is told of what came back. After says that others
// were given before it, whole that one of them is of all victims.
func heldElsewhere(toks []token, s statement, after bool, whole func() bool) string {
	switch {
	case after && ofOneVictim(toks, s.first, whole):
		return "what one of the victims lost"
	case after && wasTurned(toks, s.last+1):
		return "what became of the loot"
	case mayReturn(toks, s):
		return "what came back, or may have"
	}
	return ""
}

// turns are the verbs of what is done to loot alone: what is sent or moved may be
// the theft itself.
var turns = words("bridged laundered swapped converted exchanged sold mixed washed tumbled traded cashed")

// wasTurned reports whether the words behind a figure tell in the passive what
// became of it: "1,490 ETH were bridged".
func wasTurned(toks []token, i int) bool {
	for n := 0; i < len(toks) && n < 3 && toks[i].is("is", "are", "was", "were", "has", "have", "been", "then", "later", "already"); n++ {
		if i++; i < len(toks) && turns[toks[i].lower] {
			return true
		}
	}
	return false
}

// oneOf are the words by which one of many is spoken of.
var (
	oneOf   = words("one single largest biggest another individual a an hardest-hit each")
	victims = words("victim user wallet customer investor trader holder whale account individual person depositor member client")
)

// ofOneVictim reports whether the clause in front of a figure is about one of
// many victims: "the largest single victim lost 7.95 million USDT". Where nobody says
// what all lost, "another" is told of beside the first, and not as a part.
func ofOneVictim(toks []token, first int, whole func() bool) bool {
	for i := first - 1; i > 0 && i >= first-9 && !toks[i].is(".", ";", ":", ",") && toks[i].kind != numberToken; i-- {
		if !victims[toks[i].lower] {
			continue
		}
		for k := i - 1; k >= 0 && k >= i-3; k-- {
			if oneOf[toks[k].lower] && (!toks[k].is("another") || whole()) {
				return lossBetween(toks, i, first)
			}
		}
	}
	return false
}

// mayReturn reports whether a verb of return behind a figure is said of it in the
// passive, be it done or only possible, or one in front of it in the active: "996
// ETH could be taken back", "could get back 996 ETH".
func mayReturn(toks []token, s statement) bool {
	if i := unhedged(toks, s.first-1); s.first > 0 && sentBack(toks, i) {
		return true
	}
	for i := s.last + 1; i < len(toks) && i <= s.last+8; i++ {
		if toks[i].kind == numberToken || toks[i].is(".", ";", "but", "while", "which") || lossVerbs[toks[i].lower] {
			return false
		}
		if (returnVerbs[toks[i].lower] || sentBack(toks, i) || toks[i].is("saved", "secured")) && (passive(toks, i) || toks[i-1].is("be") || i > 1 && toks[i-2].is("be")) {
			return true
		}
	}
	return false
}
