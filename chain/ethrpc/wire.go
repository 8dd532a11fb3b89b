package ethrpc

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type wireRequest struct {
	Version string             `json:"jsonrpc"`
	ID      int                `json:"id"`
	Method  string             `json:"method"`
	Params  stdjson.RawMessage `json:"params"`
}

// encodeBatch numbers the calls from 1. A single call is sent as an object,
// because some endpoints do not take arrays at all.
func encodeBatch(qs []*query) ([]byte, error) {
	list := make([]wireRequest, len(qs))
	for i, q := range qs {
		list[i] = wireRequest{"2.0", i + 1, q.Method, q.params}
	}
	if len(list) == 1 {
		return stdjson.Marshal(list[0])
	}
	return stdjson.Marshal(list)
}

type wireResponse struct {
	ID     jsontext.Value `json:"id"`
	Result jsontext.Value `json:"result"`
	Error  jsontext.Value `json:"error"`
}

func (r wireResponse) failed() bool { return len(r.Error) > 0 && string(r.Error) != "null" }

// reply is a decoded body.
type reply struct {
	answers map[int]Answer // by position in the batch
	whole   *RPCError      // one error in place of all answers
}

// isRPC reports whether a body begins like JSON-RPC and, where the status says
// that something is wrong, is not a gateway's own JSON.
func isRPC(body []byte, status int) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return false
	}
	return status == http.StatusOK || bytes.Contains(body, []byte(`"jsonrpc"`)) || bytes.Contains(body, []byte(`"error"`))
}

// decodeBatch matches the answers in body to the calls by id. What cannot be
// matched, or is given twice and differently, is left out and has to be asked
// again.
func decodeBatch(body []byte, qs []*query, mask func(string) string) (reply, error) {
	responses, err := decodeResponses(body)
	if err != nil {
		return reply{}, err
	}
	r := reply{answers: make(map[int]Answer, len(qs))}
	contradicted := map[int]bool{}
	for _, w := range responses {
		at, ok := position(w.ID, len(qs))
		if !ok {
			if w.failed() && len(responses) == 1 {
				r.whole = decodeError(batchName(qs), w.Error, mask)
			}
			continue
		}
		a, ok := decodeAnswer(qs[at].Method, w, mask)
		if !ok {
			continue
		}
		if had, twice := r.answers[at]; twice && !same(had, a) {
			contradicted[at] = true
		}
		r.answers[at] = a
	}
	if len(responses) == 1 && len(qs) > 1 && responses[0].failed() && r.whole == nil {
		r.whole = decodeError(batchName(qs), responses[0].Error, mask)
		clear(r.answers)
	}
	for at := range contradicted {
		delete(r.answers, at)
	}
	return r, nil
}

func batchName(qs []*query) string {
	if len(qs) == 1 {
		return qs[0].Method
	}
	return fmt.Sprintf("batch of %d calls", len(qs))
}

func decodeResponses(body []byte) ([]wireResponse, error) {
	options := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var one wireResponse
	var many []wireResponse
	var err error
	if bytes.TrimLeft(body, " \t\r\n")[0] == '[' {
		err = json.Unmarshal(body, &many, options)
	} else if err = json.Unmarshal(body, &one, options); err == nil {
		many = []wireResponse{one}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return many, nil
}

// position reads an id, which some servers give back as text.
func position(id jsontext.Value, n int) (int, bool) {
	i, err := strconv.Atoi(string(bytes.Trim(id, `"`)))
	return i - 1, err == nil && i >= 1 && i <= n
}

func decodeAnswer(method string, w wireResponse, mask func(string) string) (Answer, bool) {
	switch {
	case w.failed():
		return Answer{Err: decodeError(method, w.Error, mask)}, true
	case len(w.Result) > 0:
		return Answer{Result: stdjson.RawMessage(w.Result)}, true
	}
	return Answer{}, false
}

func same(a, b Answer) bool {
	return bytes.Equal(a.Result, b.Result) && (a.Err == nil) == (b.Err == nil) && (a.Err == nil || a.Err.Error() == b.Err.Error())
}

// decodeError reads the error member, which ought to be an object and is
// sometimes only a text.
func decodeError(method string, v jsontext.Value, mask func(string) string) *RPCError {
	var e struct {
		Code    jsontext.Value `json:"code"`
		Message string         `json:"message"`
		Data    jsontext.Value `json:"data"`
	}
	if json.Unmarshal(v, &e, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = string(v)
		}
		return &RPCError{Method: method, Message: printable(mask(text))}
	}
	code, err := strconv.Atoi(string(bytes.Trim(e.Code, `"`)))
	if err != nil {
		code = 0 // absent, or not a number: the text decides
	}
	refusal := &RPCError{Method: method, Code: code, Message: printable(mask(e.Message))}
	if len(e.Data) > 0 && string(e.Data) != "null" {
		if data := mask(string(e.Data)); stdjson.Valid([]byte(data)) {
			refusal.Data = stdjson.RawMessage(data)
		}
	}
	return refusal
}
