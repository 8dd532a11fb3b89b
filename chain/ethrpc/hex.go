package ethrpc

import (
	"encoding/binary"
	"errors"
)

var (
	errNotHex = errors.New("want 0x and hexadecimal digits")
	errTooBig = errors.New("more than 64 bits")
)

// unhex decodes the 2·len(out) digits at the beginning of digits and reports
// whether they are all digits. It takes eight at a time: encoding/hex, one by
// one, is a third of the time of decoding a log.
func unhex(out, digits []byte) bool {
	bad := uint64(0)
	for len(out) >= 4 && len(digits) >= 8 {
		eight := binary.LittleEndian.Uint64(digits)
		if eight == zeros { // most of a word is, where it holds an address or an amount
			binary.LittleEndian.PutUint32(out, 0)
			out, digits = out[4:], digits[8:]
			continue
		}
		v, wrong := nibbles(eight)
		bad |= wrong
		binary.LittleEndian.PutUint32(out, pack(v))
		out, digits = out[4:], digits[8:]
	}
	for i := range out {
		v, wrong := nibbles(uint64(digits[2*i]) | uint64(digits[2*i+1])<<8 | zeros&^0xffff)
		bad |= wrong
		out[i] = byte(pack(v))
	}
	return bad == 0
}

const (
	ones  = 0x0101010101010101
	zeros = '0' * ones // eight digits 0
)

// nibbles turns each of eight digits into its value. wrong is zero if they are
// all hexadecimal digits, of either case.
func nibbles(digits uint64) (v, wrong uint64) {
	letters := digits >> 6 & ones // letters have bit 6 set, the digits 0-9 do not
	v = digits&(0x0f*ones) + 9*letters
	overNine := (v + (0x80-10)*ones) >> 7 & ones
	lower := digits | letters<<5
	wrong = v&(0xf0*ones) | lower ^ (v + zeros + ('a'-'0'-10)*overNine)
	return v, wrong
}

// pack puts the values of eight digits into four bytes.
func pack(v uint64) uint32 {
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16)
}

// parseQuantity reads the digits of a number: at least one, and, unlike the
// execution API, also zeros at the beginning, which some nodes send.
func parseQuantity(digits []byte) (uint64, error) {
	if len(digits) == 0 {
		return 0, errNotHex
	}
	var n uint64
	for _, c := range digits {
		v, wrong := nibbles(uint64(c) | zeros&^0xff)
		if wrong != 0 {
			return 0, errNotHex
		}
		if n>>60 != 0 {
			return 0, errTooBig
		}
		n = n<<4 | v&0xf
	}
	return n, nil
}

// digit returns the value of a hexadecimal digit.
func digit(c byte) (byte, bool) {
	if v := c - '0'; v <= 9 {
		return v, true
	}
	v := c | 0x20 - 'a'
	return v + 10, v <= 5
}
