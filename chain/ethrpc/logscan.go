package ethrpc

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/go-json-experiment/json/jsontext"
)

// Reasons for which the scanner stops that say nothing against the answer.
var (
	errShort = errors.New("the text ends within the value")
	errOdd   = errors.New("valid or not, it is not the usual form")
)

// scanner reads JSON of the form in which nodes write logs: every byte is
// checked, but escapes and members that it does not know are errOdd. Those are
// left to jsontext, after which the text is known to be valid, and trusted.
type scanner struct {
	text    []byte
	at      int
	trusted bool
}

// peek returns the next byte that is not space, and 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	switch s.peek() {
	case c:
		s.at++
		return nil
	case 0:
		return errShort
	}
	return errOdd
}

// next steps to the next element of an object or list that closes with end;
// first says that there was none before. False is the end.
func (s *scanner) next(end byte, first bool) (bool, error) {
	switch c := s.peek(); {
	case c == end:
		s.at++
		return false, nil
	case c == 0:
		return false, errShort
	case first:
		return true, nil
	case c != ',':
		return false, errOdd
	}
	s.at++
	if s.peek() == end {
		return false, errOdd
	}
	return true, nil
}

// string reads a text, to be compared or decoded: it is not checked for
// control characters, which neither is.
func (s *scanner) string() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	rest := s.text[s.at:]
	for i, c := range rest[:min(len(rest), shortText)] {
		if c == '"' {
			s.at += i + 1
			return rest[:i], nil
		}
		if c == '\\' {
			return s.escaped()
		}
	}
	n := bytes.IndexByte(rest, '"')
	if n < 0 {
		return nil, errShort
	}
	if bytes.IndexByte(rest[:n], '\\') >= 0 {
		return s.escaped()
	}
	s.at += n + 1
	return rest[:n], nil
}

// shortText is the length of names and numbers, in which looking byte by byte
// is faster than [bytes.IndexByte].
const shortText = 20

func (s *scanner) escaped() ([]byte, error) {
	if !s.trusted {
		return nil, errOdd
	}
	from := s.at - 1
	for s.text[s.at] != '"' {
		if s.text[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	s.at++
	return jsontext.AppendUnquote(nil, s.text[from:s.at])
}

// skip steps over a value of any kind, up to what follows it.
func (s *scanner) skip() error {
	if !s.trusted {
		return errOdd
	}
	s.peek()
	for depth := 0; ; {
		switch s.text[s.at] {
		case '"':
			if _, err := s.string(); err != nil {
				return err
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return nil
			}
			depth--
		case ',':
			if depth == 0 {
				return nil
			}
		}
		s.at++
	}
}

// literal steps over one of the three names of JSON and returns its first
// letter.
func (s *scanner) literal() (byte, error) {
	first := s.peek()
	name := ""
	switch first {
	case 't':
		name = "true"
	case 'f':
		name = "false"
	case 'n':
		name = "null"
	}
	switch {
	case first == 0 || len(s.text)-s.at < len(name):
		return 0, errShort
	case name == "" || string(s.text[s.at:s.at+len(name)]) != name:
		return 0, errOdd
	}
	s.at += len(name)
	return first, nil
}

func (s *scanner) hex() ([]byte, error) {
	text, err := s.string()
	if err != nil {
		return nil, err
	}
	if len(text) < 2 || text[0] != '0' || text[1]|0x20 != 'x' {
		return nil, errNotHex
	}
	return text[2:], nil
}

// fixed reads exactly as many bytes as out has. The text is mostly where it
// ought to be, so that is looked at first.
func (s *scanner) fixed(out []byte) error {
	s.peek()
	end := s.at + 3 + 2*len(out)
	if end < len(s.text) && string(s.text[s.at:s.at+3]) == `"0x` && s.text[end] == '"' && unhex(out, s.text[s.at+3:end]) {
		s.at = end + 1
		return nil
	}
	digits, err := s.hex()
	switch {
	case err != nil:
		return err
	case len(digits) != 2*len(out):
		return fmt.Errorf("want %d digits, got %d", 2*len(out), len(digits))
	case !unhex(out, digits):
		return errNotHex
	}
	return nil
}

// hashLike reads a hash, unless its text is last, of which hash is known.
func (s *scanner) hashLike(hash *common.Hash, last []byte) ([]byte, error) {
	s.peek()
	if n := len(last); n > 0 && s.at+n <= len(s.text) && bytes.Equal(s.text[s.at:s.at+n], last) {
		s.at += n
		return last, nil
	}
	from := s.at
	if err := s.fixed(hash[:]); err != nil {
		return last[:0], err
	}
	return append(last[:0], s.text[from:s.at]...), nil
}

func (s *scanner) quantity() (uint64, error) {
	s.peek()
	if rest := s.text[s.at:]; len(rest) > 3 && string(rest[:3]) == `"0x` {
		n := uint64(0)
		for i, c := range rest[3:min(len(rest), 3+17)] {
			if c == '"' && i > 0 {
				s.at += 3 + i + 1
				return n, nil
			}
			v, ok := digit(c)
			if !ok || i == 16 {
				break // there is something to say about it
			}
			n = n<<4 | uint64(v)
		}
	}
	digits, err := s.hex()
	if err != nil {
		return 0, err
	}
	return parseQuantity(digits)
}

// index reads a quantity of at most 32 bits.
func (s *scanner) index() (uint, error) {
	n, err := s.quantity()
	if err == nil && n > 1<<32-1 {
		err = errors.New("more than 32 bits")
	}
	return uint(n), err
}

// timestamp reads the optional time of the block; null is none.
func (s *scanner) timestamp() (uint64, error) {
	if s.peek() != '"' {
		if first, err := s.literal(); err != nil || first == 'n' {
			return 0, err
		}
	}
	return s.quantity()
}

func (s *scanner) notTrue() error {
	first, err := s.literal()
	if err == nil && first == 't' {
		err = errors.New("a log that a reorganisation took back")
	}
	return err
}
