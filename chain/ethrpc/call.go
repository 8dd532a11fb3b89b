package ethrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Call is one JSON-RPC call. Params are sent as an array, never as null, which
// some nodes refuse.
type Call struct {
	Method string `json:"method"`
	Params []any  `json:"params"`
}

// Key returns the text by which two calls are the same call: the method and
// the parameters as compact JSON. Recorders find answers by it.
func (c Call) Key() (string, error) {
	params, err := c.params()
	if err != nil {
		return "", err
	}
	return c.Method + " " + string(params), nil
}

func (c Call) params() (json.RawMessage, error) {
	if len(c.Params) == 0 {
		return json.RawMessage("[]"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c.Params); err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", c.Method, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Answer is what one call came back with: a result or an error, and the
// endpoint that gave it.
type Answer struct {
	Result json.RawMessage
	// Err is a *[RPCError] where the endpoint said no, and otherwise what
	// stood in the way of an answer. [Classify] says what to do about either.
	Err error
	// Host is the scheme and host of the endpoint that answered, also where
	// the answer came from the record. Empty where none did.
	Host string
}

// query is a call on its way: encoded once, and bound to its place in the
// list of answers.
type query struct {
	Call
	key    string
	params json.RawMessage
	at     int

	limit    int64 // bytes of the answer
	endpoint int   // which of the client's endpoints is being asked
	attempts int   // failures at that endpoint
	alone    bool  // too large beside others
	first    error // what the first endpoint said, where a later one is asked
}

func newQueries(calls []Call) ([]*query, error) {
	qs := make([]*query, len(calls))
	for i, c := range calls {
		params, err := c.params()
		if err != nil {
			return nil, err
		}
		qs[i] = &query{Call: c, key: c.Method + " " + string(params), params: params, at: i}
	}
	return qs, nil
}
