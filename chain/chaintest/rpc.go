package chaintest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Codes of JSON-RPC 2.0, EIP-1474 and go-ethereum.
const (
	codeParse      = -32700
	codeRequest    = -32600
	codeNoMethod   = -32601
	codeParams     = -32602
	codeServer     = -32000
	codeTooLarge   = -32003
	codeReverted   = 3
	codeNoHistory  = 4444
	maxRequestSize = 64 << 20
)

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`

	status int // of HTTP; 0 is 200
}

func (e *rpcError) Error() string { return e.Message }

func failf(code int, format string, args ...any) *rpcError {
	return &rpcError{Code: code, Message: fmt.Sprintf(format, args...)}
}

type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

var nullID = json.RawMessage("null")

func refuse(id json.RawMessage, err *rpcError) response {
	if id == nil {
		id = nullID
	}
	return response{Version: "2.0", ID: id, Error: err}
}

// ServeHTTP answers one call or one batch.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.set.latency > 0 {
		select {
		case <-time.After(s.set.latency):
		case <-r.Context().Done():
			return
		}
	}
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	if r.Method != http.MethodPost {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestSize))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	answer, status := s.answer(bytes.TrimSpace(body))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone away; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Server) answer(body []byte) (any, int) {
	if len(body) == 0 || body[0] != '[' {
		var one request
		if err := json.Unmarshal(body, &one); err != nil {
			return refuse(nil, failf(codeParse, "parse error")), http.StatusOK
		}
		answer := s.call(one)
		if answer.Error != nil && answer.Error.status != 0 {
			return answer, answer.Error.status
		}
		return answer, http.StatusOK
	}
	var batch []request
	if err := json.Unmarshal(body, &batch); err != nil {
		return refuse(nil, failf(codeParse, "parse error")), http.StatusOK
	}
	return s.answerBatch(batch), http.StatusOK
}

func (s *Server) answerBatch(batch []request) any {
	if len(batch) == 0 {
		return refuse(nil, failf(codeRequest, "empty batch"))
	}
	if s.set.batch > 0 && len(batch) > s.set.batch {
		return []response{refuse(batch[0].ID, failf(codeRequest, "batch too large"))}
	}
	answers := make([]response, 0, len(batch))
	size := 0
	for _, one := range batch {
		answer := response{}
		if s.set.bytes > 0 && size > s.set.bytes {
			answer = refuse(one.ID, failf(codeTooLarge, "response too large"))
		} else if answer = s.call(one); s.set.bytes > 0 {
			if size += len(answer.Result); size > s.set.bytes {
				answer = refuse(one.ID, failf(codeTooLarge, "response too large"))
			}
		}
		answers = append(answers, answer)
	}
	return answers
}

func (s *Server) call(one request) response {
	s.mu.Lock()
	s.calls[one.Method]++
	s.mu.Unlock()
	if one.ID == nil || one.Method == "" {
		return refuse(one.ID, failf(codeRequest, "invalid request"))
	}
	call, ok := s.methods[one.Method]
	if !ok {
		return refuse(one.ID, failf(codeNoMethod, "the method %s does not exist/is not available", one.Method))
	}
	var params []json.RawMessage
	if len(one.Params) > 0 {
		if err := json.Unmarshal(one.Params, &params); err != nil {
			return refuse(one.ID, failf(codeParams, "non-array args"))
		}
	}
	result, err := call(s, params)
	if err == nil {
		var raw json.RawMessage
		if raw, err = json.Marshal(result); err == nil {
			return response{Version: "2.0", ID: one.ID, Result: raw}
		}
	}
	refusal := new(rpcError)
	if !errors.As(err, &refusal) {
		refusal = failf(codeServer, "%s", err)
	}
	return refuse(one.ID, refusal)
}

// read decodes the params of a call into targets. Those beyond the first
// required ones may be missing or null.
func read(params []json.RawMessage, required int, targets ...any) error {
	if len(params) > len(targets) {
		return failf(codeParams, "too many arguments, want at most %d", len(targets))
	}
	for i, target := range targets {
		missing := i >= len(params) || string(params[i]) == "null"
		if missing && i < required {
			return failf(codeParams, "missing value for required argument %d", i)
		}
		if missing {
			continue
		}
		if err := json.Unmarshal(params[i], target); err != nil {
			return failf(codeParams, "invalid argument %d: %v", i, err)
		}
	}
	return nil
}
