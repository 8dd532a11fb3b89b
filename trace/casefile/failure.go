package casefile

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"losstracer/chain/ethrpc"
)

// failure is how an error is stored that is no answer: a page for people, a
// connection that nobody took. The text is the same when it comes back, and so
// is the class that package ethrpc puts it in, on which others branch.
type failure struct {
	Text    string            `json:"text"`
	Page    *ethrpc.HTTPError `json:"page,omitempty"`
	Refused *refusal          `json:"refused,omitempty"`
	Absent  string            `json:"absent,omitempty"` // host of which nothing came
	Cut     bool              `json:"cut,omitempty"`    // an answer was cut off or left out
	Status  int               `json:"status,omitempty"` // HTTP status of a price service
}

// recalled is an error from the case.
type recalled struct {
	text string
	kind error
}

func (e *recalled) Error() string { return e.text }
func (e *recalled) Unwrap() error { return e.kind }

func newFailure(err error) failure {
	f := failure{Text: err.Error()}
	var refused *ethrpc.RPCError
	var absent *ethrpc.UnreachableError
	switch class, _ := ethrpc.Classify(err); {
	case errors.As(err, &refused):
		f.Refused = &refusal{refused.Code, refused.Message, valid(refused.Data)}
	case errors.As(err, &f.Page):
	case class == ethrpc.Transient:
		f.Cut = true
	case errors.As(err, &absent):
		f.Absent = absent.Host
	}
	return f
}

func (f failure) err(method string) error {
	e := &recalled{text: f.Text}
	switch {
	case f.Refused != nil:
		e.kind = &ethrpc.RPCError{Method: method, Code: f.Refused.Code, Message: f.Refused.Message, Data: f.Refused.Data}
	case f.Page != nil:
		e.kind = f.Page
	case f.Cut:
		e.kind = ethrpc.ErrNoAnswer
	case f.Absent != "":
		e.kind = &ethrpc.UnreachableError{Host: f.Absent, Err: errors.New(f.Text)}
	}
	return e
}

// allName is the name under which the failure of calls is stored of which none
// was answered. That of one call among others is the call's key.
func allName(calls []ethrpc.Call) (string, error) {
	var b strings.Builder
	b.WriteString("all of\n")
	for _, c := range calls {
		key, err := c.Key()
		if err != nil {
			return "", err
		}
		b.WriteString(key + "\n")
	}
	return b.String(), nil
}

// logsName is the name of a range of logs that could not be had.
func logsName(e *ethrpc.LogsError, q ethrpc.LogQuery) string {
	return fmt.Sprintf("logs %d-%d %x %x", e.Window.From, e.Window.To, q.Addresses, q.Topics)
}

// longestName bounds what is kept of a name for people to read.
const longestName = 1000

func (f *File) storeFailure(v view, name string, err error) error {
	return f.storeFailureAs(v, name, newFailure(err))
}

func (f *File) storeFailureAs(v view, name string, what failure) error {
	text, problem := json.Marshal(what)
	if problem != nil {
		return fmt.Errorf("keep %q: %w", what.Text, problem)
	}
	sum := sha256.Sum256([]byte(name))
	if len(name) > longestName {
		name = strings.ToValidUTF8(name[:longestName], "") + "…"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, problem = f.db.ExecContext(context.Background(), "INSERT INTO failure (endpoint, session, call, time, what, error) VALUES (?, ?, ?, ?, ?, ?)",
		v.endpoint, f.session, sum[:], f.now(), name, string(text))
	return problem
}

// lastFailure returns what stood in the way of an answer the last time, nil
// where nothing is known to have.
func (f *File) lastFailure(v view, name string) (*failure, error) {
	sum := sha256.Sum256([]byte(name))
	var text []byte
	row := f.db.QueryRowContext(context.Background(), "SELECT error FROM failure WHERE endpoint = ? AND call = ? AND session <= ? ORDER BY id DESC LIMIT 1",
		v.endpoint, sum[:], v.session)
	err := scan(row, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := new(failure)
	if err := json.Unmarshal(text, known); err != nil {
		return nil, fmt.Errorf("%w: failure: %w", ErrDamaged, err)
	}
	return known, nil
}

// recallFailure returns the last failure as the error of a call.
func (f *File) recallFailure(v view, name, method string) (error, error) {
	known, err := f.lastFailure(v, name)
	if known == nil || err != nil {
		return nil, err
	}
	return known.err(method), nil
}
