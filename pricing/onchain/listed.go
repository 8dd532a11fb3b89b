package onchain

import "time"

// Listed returns what of a list is of a chain; where the list is nil, of the
// table. An empty list stays one: nothing is to be believed then.
func Listed[T any](list []T, table func() []T, chainID uint64, of func(T) uint64) []T {
	if list == nil {
		list = table()
	}
	mine := make([]T, 0, len(list))
	for _, x := range list {
		if of(x) == chainID {
			mine = append(mine, x)
		}
	}
	return mine
}

// Span returns a time that was chosen, or the usual one where none was.
func Span(chosen, usual time.Duration) time.Duration {
	if chosen <= 0 {
		return usual
	}
	return chosen
}
