package incident

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// form is what a string can be by its own shape.
type form struct {
	networks []string // on which it could be, likeliest first; empty for "any EVM chain"
	tx       bool
	evm      bool
	sure     bool // the shape alone tells it from a word
}

const (
	base58Alphabet  = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	rippleAlphabet  = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
	bech32Alphabet  = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	base32Alphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	hexDigits       = "0123456789abcdefABCDEF"
	solanaKeyBytes  = 32
	solanaSignature = 64
)

func allIn(s, alphabet string) bool {
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// hexLength returns the number of hex digits behind 0x, or -1.
func hexLength(s string) int {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && allIn(s[2:], hexDigits) {
		return len(s) - 2
	}
	return -1
}

// bech32Networks are the human-readable parts of addresses.
var bech32Networks = map[string]string{
	"bc": "bitcoin", "ltc": "litecoin", "addr": "cardano", "cosmos": "cosmos", "terra": "terra", "osmo": "osmosis", "inj": "injective", "kava": "kava",
	"btg": "bitcoin-gold", "sei": "sei", "zil": "zilliqa", "one": "harmony", "erd": "multiversx", "juno": "juno", "secret": "secret",
}

// base58Versions maps the first byte of base58check addresses to chains.
var base58Versions = map[byte][]string{
	0x00: {"bitcoin", "bitcoin-cash", "bitcoin-sv", "bitcoin-gold"}, 0x05: {"bitcoin", "litecoin", "bitcoin-cash", "bitcoin-sv"},
	0x30: {"litecoin"}, 0x32: {"litecoin"}, 0x41: {"tron"}, 0x1E: {"dogecoin"}, 0x16: {"dogecoin"}, 0x4C: {"dash"}, 0x10: {"dash"},
	0x26: {"bitcoin-gold"}, 0x17: {"neo"}, 0x3C: {"komodo"},
}

// formOf reads the shape of a string.
func formOf(s string) (form, bool) {
	if n := hexLength(s); n >= 0 {
		return form{evm: true, tx: n == 64, sure: true}, n == 40 || n == 64
	}
	if len(s) < 25 || len(s) > 110 {
		return form{}, false
	}
	if len(s) == 64 && allIn(s, hexDigits) {
		return form{tx: true, networks: []string{"bitcoin", "bitcoin-cash", "litecoin", "tron", "xrp"}}, true
	}
	if f, ok := checkedForm(s); ok {
		return f, true
	}
	switch {
	case len(s) == 42 && (s[0] == 'q' || s[0] == 'p') && allIn(s, bech32Alphabet):
		return form{networks: []string{"bitcoin-cash"}, sure: true}, true
	case len(s) == 36 && (strings.HasPrefix(s, "tz1") || strings.HasPrefix(s, "tz2") || strings.HasPrefix(s, "tz3") || strings.HasPrefix(s, "KT1")) && allIn(s, base58Alphabet):
		return form{networks: []string{"tezos"}, sure: true}, true
	case len(s) == 51 && s[0] == 'o' && allIn(s, base58Alphabet):
		return form{networks: []string{"tezos"}, tx: true, sure: true}, true
	case len(s) == 56 && s[0] == 'G' && allIn(s, base32Alphabet):
		return form{networks: []string{"stellar"}, sure: true}, true
	case len(s) == 58 && allIn(s, base32Alphabet):
		return form{networks: []string{"algorand"}, sure: true}, true
	case len(s) == 40 && s[0] == 'N' && allIn(s, base32Alphabet):
		return form{networks: []string{"nem"}, sure: true}, true
	case stacksAddress(s):
		return form{networks: []string{"stacks"}, sure: true}, true
	case len(s) == 48 && (strings.HasPrefix(s, "EQ") || strings.HasPrefix(s, "UQ")) && mixed(s):
		return form{networks: []string{"ton"}, sure: true}, true
	}
	return base58Form(s)
}

// checkedForm reads forms that carry a prefix or a checksum of their own.
func checkedForm(s string) (form, bool) {
	if i := strings.LastIndexByte(s, '1'); i > 0 && len(s)-i > 30 {
		if n, ok := bech32Networks[strings.ToLower(s[:i])]; ok && allIn(strings.ToLower(s[i+1:]), bech32Alphabet) {
			return form{networks: []string{n}, sure: true}, true
		}
	}
	if len(s) > 36 || !allIn(s, base58Alphabet) {
		return form{}, false
	}
	if s[0] == 'r' && base58Check(s, rippleAlphabet) != nil {
		return form{networks: []string{"xrp"}, sure: true}, true
	}
	raw := base58Check(s, base58Alphabet)
	switch {
	case len(raw) == 21:
		if n, ok := base58Versions[raw[0]]; ok {
			return form{networks: n, sure: true}, true
		}
	case len(raw) == 22 && raw[0] == 0x1C:
		return form{networks: []string{"zcash"}, sure: true}, true
	}
	return form{}, false
}

// stacksAddress reports whether a string is an address of Stacks: S, a version,
// and a hash with its checksum in Crockford's base 32 (SIP-005).
func stacksAddress(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	if len(s) < 38 || len(s) > 41 || s[0] != 'S' || s[1] != 'P' && s[1] != 'M' {
		return false
	}
	n := new(big.Int)
	for i := 2; i < len(s); i++ {
		digit := strings.IndexByte(alphabet, s[i])
		if digit < 0 {
			return false
		}
		n.Add(n.Lsh(n, 5), big.NewInt(int64(digit)))
	}
	if n.BitLen() > 24*8 {
		return false
	}
	raw := n.FillBytes(make([]byte, 24))
	first := sha256.Sum256(append([]byte{byte(strings.IndexByte(alphabet, s[1]))}, raw[:20]...))
	second := sha256.Sum256(first[:])
	return bytes.Equal(second[:4], raw[20:])
}

// base58Form reads what has no valid checksum: keys of Solana, and addresses
// that were copied wrongly but are recognisable.
func base58Form(s string) (form, bool) {
	if !allIn(s, base58Alphabet) || !mixed(s) {
		return form{}, false
	}
	switch n := len(s); {
	case n >= 43 && n <= 45:
		return form{networks: []string{"solana"}, sure: len(base58Decode(s, base58Alphabet)) == solanaKeyBytes}, true
	case n >= 86 && n <= 90:
		return form{networks: []string{"solana"}, tx: true, sure: len(base58Decode(s, base58Alphabet)) == solanaSignature}, true
	case n == 34 && s[0] == 'T':
		return form{networks: []string{"tron"}}, true
	case n >= 26 && n <= 35 && (s[0] == '1' || s[0] == '3'):
		return form{networks: base58Versions[map[byte]byte{'1': 0, '3': 5}[s[0]]]}, true
	case n >= 25 && n <= 35 && s[0] == 'r':
		return form{networks: []string{"xrp"}}, true
	case n == 35 && s[0] == 't' && (s[1] == '1' || s[1] == '3'):
		return form{networks: []string{"zcash"}}, true
	case n >= 33 && n <= 34 && (s[0] == 'L' || s[0] == 'M'):
		return form{networks: []string{"litecoin"}}, true
	case n == 34 && s[0] == 'D':
		return form{networks: []string{"dogecoin"}}, true
	case n == 34 && s[0] == 'X':
		return form{networks: []string{"dash"}}, true
	case n == 47 || n == 48:
		return form{networks: []string{"polkadot", "kusama"}}, true
	case n == 95 && (s[0] == '4' || s[0] == '8'):
		return form{networks: []string{"monero"}}, true
	}
	return form{}, false
}

// mixed reports whether a string has digits and letters of both cases, as no
// word has.
func mixed(s string) bool {
	var digit, up, low bool
	for i := range len(s) {
		digit = digit || isDigit(s[i])
		up = up || s[i] >= 'A' && s[i] <= 'Z'
		low = low || s[i] >= 'a' && s[i] <= 'z'
	}
	return digit && up && low
}

func base58Decode(s, alphabet string) []byte {
	n := new(big.Int)
	for i := range len(s) {
		d := strings.IndexByte(alphabet, s[i])
		if d < 0 {
			return nil
		}
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(d)))
	}
	zeros := 0
	for zeros < len(s) && s[zeros] == alphabet[0] {
		zeros++
	}
	return append(make([]byte, zeros), n.Bytes()...)
}

// base58Check decodes and verifies the double SHA-256 checksum; nil where it
// does not hold.
func base58Check(s, alphabet string) []byte {
	raw := base58Decode(s, alphabet)
	if len(raw) < 5 {
		return nil
	}
	body, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	first := sha256.Sum256(body)
	second := sha256.Sum256(first[:])
	if !bytes.Equal(second[:4], sum) {
		return nil
	}
	return body
}

// checksumBroken reports whether an address in mixed case is not written as
// EIP-55 would.
func checksumBroken(s string) bool {
	body := s[2:]
	if strings.ToLower(body) == body || strings.ToUpper(body) == body {
		return false
	}
	return common.HexToAddress(s).Hex()[2:] != body
}
