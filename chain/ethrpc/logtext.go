package ethrpc

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// feed is text that is read as it is needed.
type feed struct {
	text []byte // read and not used up
	more io.Reader
	room []byte // what text lies in
	err  error
}

const (
	feedSize = 256 << 10
	// longestLog is more than the gas of a block can pay for: 8 a byte
	// (yellow paper, appendix G) makes 8 MB of text at 32 million gas.
	longestLog = 64 << 20
)

func newFeed(text []byte, more io.Reader) *feed { return &feed{text: text, more: more} }

// fill reads more text, at least as much as there is, so that reading a long
// value again and again from its beginning takes time in proportion to its
// length. It reports whether there was any.
func (f *feed) fill() bool {
	if f.more == nil || f.err != nil {
		return false
	}
	had := len(f.text)
	if len(f.room) < 2*had || f.room == nil {
		room := make([]byte, max(feedSize, 4*had))
		copy(room, f.text)
		f.room = room
	} else {
		copy(f.room, f.text)
	}
	var n int
	n, f.err = io.ReadAtLeast(f.more, f.room[had:], max(had, 1))
	f.text = f.room[:had+n]
	return n > 0
}

// decoder reads on from the feed, as if before had come first. Names that
// stand twice are looked for in logs only.
func (f *feed) decoder(before string) *jsontext.Decoder {
	rest := io.Reader(bytes.NewReader(f.text))
	if f.more != nil {
		rest = io.MultiReader(rest, f.more)
	}
	f.text, f.more = nil, rest
	return jsontext.NewDecoder(io.MultiReader(strings.NewReader(before), rest), jsontext.AllowDuplicateNames(true))
}

// leave gives back to the feed what its decoder read too much.
func (f *feed) leave(d *jsontext.Decoder) { f.text = bytes.Clone(d.UnreadBuffer()) }

// envelope reads a JSON-RPC response and the logs in it.
func (r *logReader) envelope(f *feed, mask func(string) string) error {
	d := f.decoder("")
	if first, err := d.ReadToken(); err != nil || first.Kind() != '{' {
		return cutOff(cmp.Or(err, errNoObject))
	}
	var refusal *RPCError
	answered := false
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return cutOff(err)
		}
		key := name.String()
		if key == "result" && d.PeekKind() != 'n' { // null may stand beside an error
			answered = true
			if d, err = r.result(f, d); err != nil {
				return err
			}
			continue
		}
		v, err := d.ReadValue()
		if err != nil {
			return cutOff(err)
		}
		if key == "error" && v[0] != 'n' {
			refusal = decodeError("eth_getLogs", v, mask)
		}
		if _, ours := position(v, 1); key == "id" && !ours && v[0] != 'n' {
			return fmt.Errorf("id %s: %w", printable(string(v)), ErrNoAnswer)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return cutOff(err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return cutOff(cmp.Or(err, errAfterEnd))
	}
	switch {
	case refusal != nil:
		return refusal
	case !answered:
		return fmt.Errorf("eth_getLogs: %w", ErrNoAnswer)
	}
	return r.flush()
}

// result reads the logs behind the name of their member, and returns a decoder
// of what follows them.
func (r *logReader) result(f *feed, d *jsontext.Decoder) (*jsontext.Decoder, error) {
	f.leave(d)
	if f.next() != ':' {
		return nil, cutOff(errNoColon)
	}
	f.text = f.text[1:]
	if err := r.list(f); err != nil {
		return nil, err
	}
	return resume(f)
}

var (
	errNoObject = errors.New("no object")
	errNoColon  = errors.New("no colon after the name")
	errAfterEnd = errors.New("text after the end of the answer")
)

// resume gives the decoder of an envelope whose result has been read.
func resume(f *feed) (*jsontext.Decoder, error) {
	d := f.decoder(`{"result":0`)
	for range 3 {
		if _, err := d.ReadToken(); err != nil {
			return nil, cutOff(err)
		}
	}
	return d, nil
}

// list reads a list of logs. It is read in the usual form for as long as it
// has that, and from then on by jsontext.
func (r *logReader) list(f *feed) error {
	if err := f.open(); err != nil {
		return err
	}
	for first := true; ; {
		err := r.usual(f, &first)
		switch {
		case err == errShort && len(f.text) > longestLog:
			return fmt.Errorf("%w: a log of more than %d bytes", ErrBadLog, longestLog)
		case err == errShort && f.fill():
		case err == errShort && f.err != nil && f.err != io.EOF:
			return cutOff(f.err)
		case err == errShort:
			return cutOff(io.ErrUnexpectedEOF)
		case err == errOdd:
			return r.unusual(f, first)
		default:
			return err
		}
	}
}

// next returns the first byte that is not space, with the feed at it; 0 at the
// end of the text.
func (f *feed) next() byte {
	for {
		s := scanner{text: f.text}
		c := s.peek()
		f.text = f.text[s.at:]
		if c != 0 || !f.fill() {
			return c
		}
	}
}

// open steps over the bracket that opens a list.
func (f *feed) open() error {
	if f.next() == '[' {
		f.text = f.text[1:]
		return nil
	}
	v, err := f.decoder("").ReadValue()
	if err != nil {
		return cutOff(err)
	}
	return fmt.Errorf("%w: %s in place of a list", ErrBadLog, excerpt(v))
}

func excerpt(v []byte) string { return printable(string(v[:min(len(v), 60)])) }

// usual reads the logs that have arrived as a whole, and takes them off the
// feed.
func (r *logReader) usual(f *feed, first *bool) error {
	s := scanner{text: f.text}
	for {
		more, err := s.next(']', *first)
		if err != nil {
			return err
		}
		if !more {
			f.text = s.text[s.at:]
			return nil
		}
		l, err := r.decoder.decode(&s)
		if err != nil {
			return err
		}
		f.text, *first = s.text[s.at:], false
		if err := r.take(l); err != nil {
			return err
		}
	}
}

// unusual reads the rest of a list; first says that it is the whole of it.
func (r *logReader) unusual(f *feed, first bool) error {
	before := "[0"
	if first {
		before = "["
	}
	d := f.decoder(before)
	for range before {
		if _, err := d.ReadToken(); err != nil {
			return cutOff(err)
		}
	}
	for d.PeekKind() != ']' {
		object, err := d.ReadValue()
		if err != nil {
			return cutOff(err)
		}
		l, err := r.decoder.decode(&scanner{text: object, trusted: true})
		if err == errOdd || err == errShort {
			err = fmt.Errorf("%w: %s in place of a log", ErrBadLog, excerpt(object))
		}
		if err != nil {
			return err
		}
		if err := r.take(l); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return cutOff(err)
	}
	f.leave(d)
	return nil
}
