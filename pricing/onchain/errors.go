package onchain

import (
	"errors"
	"fmt"
)

// Refusal is why a source has no price for an ask, in words.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Refuse returns a [Refusal].
func Refuse(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }

// Refused returns why there is no price where err says so: a refusal, or a
// state that the endpoint does not have.
func Refused(err error) (why string, is bool) {
	var refusal Refusal
	switch {
	case errors.As(err, &refusal):
		return string(refusal), true
	case errors.Is(err, ErrNoState):
		return ErrNoState.Error(), true
	}
	return "", false
}

// First returns the first of errors, and says how many others there are. Nil
// where all are.
func First(errs []error) error {
	var first error
	more := 0
	for _, err := range errs {
		switch {
		case err == nil:
		case first == nil:
			first = err
		default:
			more++
		}
	}
	if more > 0 {
		return fmt.Errorf("%w (and %d more)", first, more)
	}
	return first
}
