package ethrpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"losstracer/chain"
)

// Errors that callers may want to tell apart.
var (
	// ErrNotRecorded: the client may not ask, and the record does not know.
	ErrNotRecorded = errors.New("not in the record")
	// ErrNoAnswer: the endpoint answered a batch and left this call out.
	ErrNoAnswer = errors.New("no answer to this call")
	// ErrTruncated: the body ended, or stopped being JSON, before its end.
	ErrTruncated = errors.New("answer is cut off or not JSON")
	// ErrTooLarge: the body is longer than Options.MaxResponse.
	ErrTooLarge = errors.New("answer is larger than allowed")
	// ErrWrongChain: a fallback endpoint serves another chain than the first.
	ErrWrongChain = errors.New("endpoint serves another chain")
)

// RPCError is an endpoint's refusal of one call. Message and Data are text of
// somebody else's, bounded, printable, and with the endpoint's key masked.
type RPCError struct {
	Method  string
	Code    int
	Message string
	Data    json.RawMessage
}

func (e *RPCError) Error() string {
	return fmt.Sprintf("%s: %s (code %d)", e.Method, e.Message, e.Code)
}

// Is makes an answer that was larger than allowed match [ErrTooLarge], also
// where it comes from the record.
func (e *RPCError) Is(target error) bool {
	return target == ErrTooLarge && e.Code == 0 && strings.Contains(e.Message, ErrTooLarge.Error())
}

// HTTPError is an answer that is not JSON-RPC: its status, and the beginning
// of its text.
type HTTPError struct {
	Host       string
	Status     int
	WebPage    bool          // the body is HTML
	Text       string        // printable beginning of the body, key masked
	RetryAfter time.Duration // zero where the endpoint did not say
	Location   string        // scheme and host that it redirects to; empty where it does not
}

func (e *HTTPError) Error() string {
	what := e.Text
	switch {
	case e.Location != "":
		return fmt.Sprintf("%s: HTTP %d: it redirects to %s, which is not followed: give the URL of that", e.Host, e.Status, e.Location)
	case e.RetryAfter > longestWait:
		return fmt.Sprintf("%s: HTTP %d %s: it asks to be left alone for %s", e.Host, e.Status, http.StatusText(e.Status), e.RetryAfter.Round(time.Second))
	case e.WebPage:
		what = "answered with a web page"
	case what == "":
		what = "empty answer"
	}
	return fmt.Sprintf("%s: HTTP %d %s: %s", e.Host, e.Status, http.StatusText(e.Status), what)
}

// UnreachableError: no answer came at all.
type UnreachableError struct {
	Host string
	Err  error
}

func (e *UnreachableError) Error() string { return e.Host + ": " + e.Err.Error() }

// Unwrap returns what the network said.
func (e *UnreachableError) Unwrap() error { return e.Err }

const longestMessage = 400 // runes of an endpoint's text that are worth keeping

func printable(s string) string { return chain.Printable(s, longestMessage) }
