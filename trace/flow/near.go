package flow

// nearby is how many legs, txs or holdings are brought near at a time.
const nearby = 32

// approach reads the purses of legs that are next, and the roots of their trees of
// lots. Where there are millions, each is far away in memory, and many are fetched at
// once in the time of one. The sum is kept only so that they are read.
func (e *engine) approach(legs []storedLeg) {
	sum := uint32(0)
	for i := range legs {
		sum += e.purses[legs[i].from].account + e.purses[legs[i].to].account
	}
	for i := range legs {
		sum += uint32(e.hops[e.purses[legs[i].from].account] + e.hops[e.purses[legs[i].to].account])
	}
	lots := &e.rule.lots
	for i := range legs {
		sum += lots.rankOf(e.purses[legs[i].from].lots) + lots.rankOf(e.purses[legs[i].to].lots)
	}
	for i := range legs {
		sum += lots.oldestOfFew(e.purses[legs[i].from].lots) + lots.oldestOfFew(e.purses[legs[i].to].lots)
	}
	e.approached = sum
}

// rankOf is that of a tree's root, 0 where there is no tree.
func (s *lots) rankOf(at uint32) uint32 {
	if at == 0 {
		return 0
	}
	return s.at(at).rank
}

// oldestOfFew is a part of a tree's oldest lot, where all of its lots are in its root:
// then they are what is needed next.
func (s *lots) oldestOfFew(at uint32) uint32 {
	if at == 0 {
		return 0
	}
	if b := s.at(at); b.older|b.newer == 0 {
		return uint32(b.words[0])
	}
	return 0
}
