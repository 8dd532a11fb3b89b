package ethrpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Transcript is a Recorder in memory. Its text form has one exchange a line,
// in order of host, method and parameters, and no times: the same exchanges
// give the same bytes. The zero Transcript is empty and ready.
type Transcript struct {
	// AnyHost answers calls from whatever host was recorded: a recording does
	// not depend on where it is played.
	AnyHost bool

	mu    sync.Mutex
	lines map[string]transcriptLine // by host and key
	byKey map[string]string         // key to the host that comes first
}

type transcriptLine struct {
	Host   string           `json:"host"`
	Method string           `json:"method"`
	Params json.RawMessage  `json:"params"`
	Result json.RawMessage  `json:"result,omitempty"`
	Error  *transcriptError `json:"error,omitempty"`
}

type transcriptError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

func (l transcriptLine) key() string { return l.Method + " " + string(l.Params) }

// Find implements [Recorder].
func (t *Transcript) Find(_ context.Context, host string, c Call) (json.RawMessage, bool, error) {
	key, err := c.Key()
	if err != nil {
		return nil, false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.AnyHost {
		host = t.byKey[key]
	}
	line, ok := t.lines[host+" "+key]
	if !ok {
		return nil, false, nil
	}
	if e := line.Error; e != nil {
		return nil, true, &RPCError{Method: c.Method, Code: e.Code, Message: e.Message, Data: e.Data}
	}
	return line.Result, true, nil
}

// Keep implements [Recorder].
func (t *Transcript) Keep(_ context.Context, e Exchange) error {
	params, err := e.Call.params()
	if err != nil {
		return err
	}
	line := transcriptLine{Host: e.Host, Method: e.Call.Method, Params: params}
	if e.Error != nil {
		line.Error = &transcriptError{e.Error.Code, e.Error.Message, e.Error.Data}
	} else {
		line.Result = e.Result
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.put(line)
}

func (t *Transcript) put(line transcriptLine) error {
	for _, v := range []*json.RawMessage{&line.Params, &line.Result} {
		var b bytes.Buffer
		if len(*v) == 0 {
			continue
		}
		if err := json.Compact(&b, *v); err != nil {
			return fmt.Errorf("transcript of %s: %w", line.Method, err)
		}
		*v = b.Bytes()
	}
	if t.lines == nil {
		t.lines, t.byKey = map[string]transcriptLine{}, map[string]string{}
	}
	key := line.key()
	t.lines[line.Host+" "+key] = line
	if first, known := t.byKey[key]; !known || line.Host < first {
		t.byKey[key] = line.Host
	}
	return nil
}

// Len returns the number of exchanges.
func (t *Transcript) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.lines)
}

// ReadTranscript reads what [Transcript.WriteTo] wrote.
func ReadTranscript(r io.Reader) (*Transcript, error) {
	t := &Transcript{}
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(text)) > 0 {
			if err := t.read(text); err != nil {
				return nil, fmt.Errorf("transcript line %d: %w", n, err)
			}
		}
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read transcript: %w", err)
		}
	}
}

func (t *Transcript) read(text []byte) error {
	var line transcriptLine
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&line); err != nil {
		return err
	}
	if line.Method == "" || len(line.Params) == 0 || (line.Error == nil) == (line.Result == nil) {
		return fmt.Errorf("want a method, params, and either a result or an error")
	}
	return t.put(line)
}

// WriteTo writes the text form. It implements [io.WriterTo].
func (t *Transcript) WriteTo(w io.Writer) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum int64
	for _, key := range sortedKeys(t.lines) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(t.lines[key]); err != nil {
			return sum, fmt.Errorf("write transcript: %w", err)
		}
		n, err := w.Write(b.Bytes())
		sum += int64(n)
		if err != nil {
			return sum, fmt.Errorf("write transcript: %w", err)
		}
	}
	return sum, nil
}
