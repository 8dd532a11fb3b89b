package flow

import (
	"hash/maphash"
	"slices"
)

type key interface {
	comparable
	hash(maphash.Seed) uint64
}

// ids numbers keys in the order in which they come. Beside the keys it holds
// nothing but numbers, a third of what a map would need, and no pointers for the
// collector to follow. The first number is 0: whoever needs it for nothing adds
// the zero key first. The zero ids is empty and ready.
type ids[K key] struct {
	keys  []K
	seed  maphash.Seed
	slots []uint32 // numbers from 1, 0 where free; a power of two
}

// slot returns where a key stands, or the free place where it would.
func (t *ids[K]) slot(k K) int {
	mask := len(t.slots) - 1
	i := int(k.hash(t.seed)) & mask
	for t.slots[i] != 0 && t.keys[t.slots[i]-1] != k {
		i = (i + 1) & mask
	}
	return i
}

func (t *ids[K]) find(k K) (id uint32, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	at := t.slots[t.slot(k)]
	return at - 1, at > 0
}

// approach reads where keys are or will be, so that they are near when they are
// added or found: see [engine.approach].
func (t *ids[K]) approach(keys []K) (sum uint32) {
	if len(t.slots) == 0 {
		return 0
	}
	mask := len(t.slots) - 1
	for _, k := range keys {
		sum += t.slots[int(k.hash(t.seed))&mask]
	}
	for _, k := range keys {
		if at := t.slots[int(k.hash(t.seed))&mask]; at > 0 && t.keys[at-1] == k {
			sum++
		}
	}
	return sum
}

// add returns the number of a key, a new one where it is new.
func (t *ids[K]) add(k K) uint32 {
	if 3*len(t.keys) >= 2*len(t.slots) {
		t.grow()
	}
	i := t.slot(k)
	if t.slots[i] == 0 {
		t.keys = append(t.keys, k)
		t.slots[i] = uint32(len(t.keys))
	}
	return t.slots[i] - 1
}

func (t *ids[K]) grow() {
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	for at, k := range t.keys {
		t.slots[t.slot(k)] = uint32(at + 1)
	}
}

func (t *ids[K]) clone() ids[K] { return ids[K]{slices.Clone(t.keys), t.seed, slices.Clone(t.slots)} }
