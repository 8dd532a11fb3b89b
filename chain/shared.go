package chain

import (
	"unique"

	"github.com/ethereum/go-ethereum/common"
)

// SharedHash is a hash that very many values have, such as that of a block:
// they hold one copy between them. It is comparable, and the zero SharedHash is
// the zero hash.
type SharedHash struct{ handle unique.Handle[common.Hash] }

// Share returns h as one that is held once.
func Share(h common.Hash) SharedHash {
	if h == (common.Hash{}) {
		return SharedHash{}
	}
	return SharedHash{unique.Make(h)}
}

// Hash returns the hash.
func (s SharedHash) Hash() common.Hash {
	if s == (SharedHash{}) {
		return common.Hash{}
	}
	return s.handle.Value()
}

// Hex returns the hash with 0x before it, in lower case.
func (s SharedHash) Hex() string { return s.Hash().Hex() }

// String returns what Hex does.
func (s SharedHash) String() string { return s.Hex() }

func (s SharedHash) compare(o SharedHash) int {
	if s == o {
		return 0
	}
	a, b := s.Hash(), o.Hash()
	return a.Cmp(b)
}

// Equal reports whether both are the same hash.
func (s SharedHash) Equal(o SharedHash) bool { return s == o }
