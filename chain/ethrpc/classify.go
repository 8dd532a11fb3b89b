package ethrpc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"losstracer/chain"
)

// Class says what kind of no an error is, which decides what to do about it.
type Class uint8

// The classes.
const (
	None        Class = iota // no error
	Range                    // too many blocks asked for at once: ask for fewer
	Size                     // too much would be answered: ask for half
	Filter                   // too many addresses or topics asked for at once: ask for fewer
	Rate                     // too many requests: wait
	Capability               // the endpoint does not have the method
	History                  // the endpoint does not have the block or its state
	Auth                     // the key or the plan does not allow it
	Transient                // may pass: ask again
	Rejected                 // the call itself is refused: asking again changes nothing
	NotRPC                   // the answer is not JSON-RPC
	Unreachable              // nobody answered
	Missing                  // the record does not know and nobody may be asked
	WrongChain               // a fallback serves another chain
	Redirected               // another URL is to be asked
)

var classNames = [...]string{"none", "range", "size", "filter", "rate", "capability", "history", "auth", "transient", "rejected", "not-rpc", "unreachable", "missing", "wrong-chain", "redirected"}

// String returns the name of the class.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "class" + strconv.Itoa(int(c))
}

// Hint is what an error says about how to ask instead. Zero fields: it does
// not say.
type Hint struct {
	Blocks     uint64        // most blocks per call
	Then       uint64        // the same on a smaller plan, where Blocks are refused
	Results    uint64        // most results per answer
	Window     *chain.Window // a range that would be answered; ends in order
	RetryAfter time.Duration
}

// Classify says what kind of error err is. RPC errors are told by their text
// first, from one table, because providers reuse codes; then by code.
func Classify(err error) (Class, Hint) {
	var (
		refusal *RPCError
		page    *HTTPError
		absent  *UnreachableError
	)
	switch {
	case err == nil:
		return None, Hint{}
	case errors.Is(err, ErrNotRecorded):
		return Missing, Hint{}
	case errors.Is(err, ErrWrongChain):
		return WrongChain, Hint{}
	case errors.As(err, &refusal):
		return classifyRPC(refusal)
	case errors.As(err, &page):
		return classifyHTTP(page)
	case errors.Is(err, ErrTooLarge):
		return Size, Hint{}
	case errors.Is(err, ErrTruncated), errors.Is(err, ErrNoAnswer), errors.Is(err, ErrBadLog), errors.Is(err, context.DeadlineExceeded):
		return Transient, Hint{}
	case errors.As(err, &absent):
		return Unreachable, Hint{}
	}
	return Rejected, Hint{}
}

func classifyHTTP(e *HTTPError) (Class, Hint) {
	hint := Hint{RetryAfter: e.RetryAfter}
	if e.Location != "" {
		return Redirected, hint
	}
	if class, h := matchText(0, e.Text); class != None && !e.WebPage {
		h.RetryAfter = e.RetryAfter
		return class, h
	}
	switch e.Status {
	case http.StatusTooManyRequests:
		return Rate, hint
	case http.StatusRequestEntityTooLarge:
		return Size, hint
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		return Auth, hint
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, 520, 521, 522, 523, 524, 530: // the last six are Cloudflare's
		return Transient, hint
	}
	return NotRPC, hint
}

// hopeless reports whether an endpoint that answers so will not answer
// otherwise.
func hopeless(class Class) bool {
	return class == Auth || class == WrongChain || class == Redirected
}

// Codes of JSON-RPC 2.0, EIP-1474, EIP-4444 and the execution API (3, a
// reverted call) that say the same everywhere.
const (
	codeMethodNotFound = -32601
	codeUnsupported    = -32004
	codeServer         = -32000
	codeUnavailable    = -32002 // EIP-1474; go-ethereum's timeout
	codeLimitExceeded  = -32005
	codeParse          = -32700
	codePruned         = 4444
	codeReverted       = 3
	codeInternal       = -32603
)

// classifyRPC looks at the text, then at the data, in which some proxies put
// what the node behind them said, then at the code.
func classifyRPC(e *RPCError) (Class, Hint) {
	if e.Code == codeReverted {
		return Rejected, Hint{}
	}
	if class, hint := matchText(e.Code, e.Message); class != None && class != Transient {
		return class, hint
	}
	var said string
	if json.Unmarshal(e.Data, &said) == nil {
		if class, hint := matchText(e.Code, said); class != None {
			return class, hint
		}
	}
	if class, hint := matchText(e.Code, e.Message); class != None {
		return class, hint
	}
	return classifyCode(e.Code), Hint{}
}

// vague reports a refusal that says nothing known, under the code that servers
// use for anything: it may pass, and it may not.
func vague(err error) bool {
	var refusal *RPCError
	if !errors.As(err, &refusal) || refusal.Code != codeServer {
		return false
	}
	class, _ := matchText(refusal.Code, refusal.Message)
	return class == None
}

func classifyCode(code int) Class {
	switch code {
	case codeMethodNotFound, codeUnsupported:
		return Capability
	case codePruned:
		return History
	case codeLimitExceeded, http.StatusTooManyRequests:
		return Rate
	case codeInternal, codeParse, codeUnavailable:
		return Transient
	}
	return Rejected
}

// rule is one way in which somebody says no. Named groups of the pattern carry
// the hint: blocks, below (one more than the most), results, from and to, and reached (the first
// block that did not fit).
type rule struct {
	source  string // who says it
	pattern *regexp.Regexp
	code    int // the only code with which the text counts; 0 for any
	class   Class
	blocks  uint64 // the hint of texts that state none
	then    uint64 // and of the smaller plan
}

func matchText(code int, message string) (Class, Hint) {
	for _, r := range rules {
		if r.code != 0 && r.code != code {
			continue
		}
		if m := r.pattern.FindStringSubmatch(message); m != nil {
			return r.class, r.hint(m)
		}
	}
	return None, Hint{}
}

func (r rule) hint(match []string) Hint {
	h := Hint{Blocks: r.blocks, Then: r.then}
	var from, to uint64
	var ends int
	for i, name := range r.pattern.SubexpNames() {
		n, ok := number(match[i])
		if name == "" || !ok {
			continue
		}
		switch name {
		case "blocks":
			h.Blocks = n
		case "below":
			h.Blocks = max(n, 2) - 1
		case "results":
			h.Results = n
		case "reached":
			h.Window = &chain.Window{To: max(n, 1) - 1}
		case "from":
			from, ends = n, ends+1
		case "to":
			to, ends = n, ends+1
		}
	}
	if ends == 2 {
		h.Window = &chain.Window{From: min(from, to), To: max(from, to)} // some state it backwards
	}
	return h
}

// number reads 10000, 10,000, 10k and 0x2710.
func number(s string) (uint64, bool) {
	s = strings.ToLower(strings.ReplaceAll(s, ",", ""))
	if digits, ok := strings.CutSuffix(s, "k"); ok {
		n, err := strconv.ParseUint(digits, 10, 32)
		return n * 1000, err == nil
	}
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		n, err := strconv.ParseUint(digits, 16, 64)
		return n, err == nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}
