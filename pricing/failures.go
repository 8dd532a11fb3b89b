package pricing

import (
	"errors"
	"fmt"
	"net/http"
)

// mostInARow is how many questions in a row may fail before a service counts
// as down.
const mostInARow = 2

// Failures is what came of asking a service that failed now and then. What one
// question failed at is no reason not to ask the next, unless it says that all
// will fail alike. The zero Failures is that of a service that was not asked.
type Failures struct {
	first  error
	more   int // others that failed
	inARow int
	stop   bool
}

// Add notes what came of a question: nil for an answer.
func (f *Failures) Add(err error) {
	if err == nil {
		f.inARow = 0
		return
	}
	if f.first == nil {
		f.first = err
	} else {
		f.more++
	}
	if !particular(err) {
		f.inARow++
	}
	f.stop = f.stop || hopeless(err) || f.inARow >= mostInARow
}

// Stop reports whether there is no use in asking on.
func (f *Failures) Stop() bool { return f.stop }

// Err says what failed first, and how much else did; nil for nothing.
func (f *Failures) Err() error {
	switch {
	case f.first == nil:
		return nil
	case f.more > 0:
		return fmt.Errorf("%w (and %d more)", f.first, f.more)
	}
	return f.first
}

// ErrGeneral marks an error that meets every question to a service alike.
var ErrGeneral = errors.New("the service answers nothing")

// ErrParticular marks an error that says something about one question alone.
var ErrParticular = errors.New("no answer to this question")

// particular reports whether an error is about one question alone.
func particular(err error) bool {
	var status *StatusError
	return errors.Is(err, ErrParticular) || errors.Is(err, ErrNotRecorded) || errors.Is(err, ErrTooLarge) ||
		errors.As(err, &status) && status.Status < 500 && !hopeless(err)
}

// hopeless reports whether every further question will fail alike: the key, the
// plan or the quota are not good, or we are not wanted.
func hopeless(err error) bool {
	if errors.Is(err, ErrGeneral) {
		return true
	}
	var status *StatusError
	if errors.Is(err, ErrParticular) || !errors.As(err, &status) {
		return false
	}
	switch status.Status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusTooManyRequests:
		return true
	}
	return false
}
