package flow

import (
	"encoding/binary"
	"hash/maphash"
)

// accountTable finds the ids of accounts. It holds nothing but ids, a third of
// what a map would need, and has no pointers for the collector to follow.
type accountTable struct {
	seed  maphash.Seed
	slots []uint32 // ids, 0 where free; a power of two
}

func newAccountTable() accountTable {
	return accountTable{maphash.MakeSeed(), make([]uint32, 64)}
}

// slot returns where an account stands, or the free place where it would.
func (t *accountTable) slot(accounts []Account, a Account) int {
	var key [28]byte
	binary.LittleEndian.PutUint64(key[:], a.ChainID)
	copy(key[8:], a.Address[:])
	mask := len(t.slots) - 1
	i := int(maphash.Bytes(t.seed, key[:])) & mask
	for t.slots[i] != 0 && accounts[t.slots[i]] != a {
		i = (i + 1) & mask
	}
	return i
}

func (t *accountTable) find(accounts []Account, a Account) (uint32, bool) {
	id := t.slots[t.slot(accounts, a)]
	return id, id != 0
}

// add returns the id of an account, and appends it where it is new.
func (t *accountTable) add(accounts *[]Account, a Account) uint32 {
	i := t.slot(*accounts, a)
	if id := t.slots[i]; id != 0 {
		return id
	}
	if 3*len(*accounts) > 2*len(t.slots) {
		t.slots = make([]uint32, 2*len(t.slots))
		for id := 1; id < len(*accounts); id++ {
			t.slots[t.slot(*accounts, (*accounts)[id])] = uint32(id)
		}
		i = t.slot(*accounts, a)
	}
	id := uint32(len(*accounts))
	t.slots[i] = id
	*accounts = append(*accounts, a)
	return id
}
