package chain

import (
	"cmp"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unique"

	"github.com/ethereum/go-ethereum/common"
)

// AssetKind says which standard an asset follows.
type AssetKind uint8

// The kinds, in the order in which assets sort.
const (
	Native AssetKind = iota
	ERC20
	ERC721
	ERC1155
)

var assetNamespaces = [...]string{Native: "slip44", ERC20: "erc20", ERC721: "erc721", ERC1155: "erc1155"}

// String returns the CAIP-19 asset namespace.
func (k AssetKind) String() string {
	if int(k) < len(assetNamespaces) {
		return assetNamespaces[k]
	}
	return fmt.Sprintf("kind%d", uint8(k))
}

// AssetID identifies an asset by its chain and contract, never by a symbol.
// It is comparable, and its text form is CAIP-19. The zero AssetID is no asset.
// What it stands for is held once in the process however many transfers name
// it, so an AssetID is of the size of a pointer.
type AssetID struct{ handle unique.Handle[asset] }

type asset struct {
	chainID  uint64
	kind     AssetKind
	contract common.Address
	tokenID  string
}

// NativeAsset returns the id of the coin of the chain with this EIP-155 id.
func NativeAsset(chainID uint64) AssetID { return newAssetID(asset{chainID: chainID}) }

// Token returns the id of an ERC-20 token.
func Token(chainID uint64, contract common.Address) AssetID {
	return newAssetID(asset{chainID: chainID, kind: ERC20, contract: contract})
}

// Item returns the id of one token of an ERC-721 or ERC-1155 contract, its
// token id in decimal; with an empty token id that of the contract as a whole.
func Item(chainID uint64, kind AssetKind, contract common.Address, tokenID string) AssetID {
	return newAssetID(asset{chainID, kind, contract, tokenID})
}

func newAssetID(a asset) AssetID {
	if a == (asset{}) {
		return AssetID{}
	}
	return AssetID{unique.Make(a)}
}

func (a AssetID) value() asset {
	if a.IsZero() {
		return asset{}
	}
	return a.handle.Value()
}

// ChainID returns the EIP-155 id of the chain that the asset lives on.
func (a AssetID) ChainID() uint64 { return a.value().chainID }

// Kind returns which standard the asset follows.
func (a AssetID) Kind() AssetKind { return a.value().kind }

// Contract returns where the asset is kept; the zero address for a coin.
func (a AssetID) Contract() common.Address { return a.value().contract }

// TokenID returns, in decimal, which token of a contract the asset is; empty
// where the contract has but one.
func (a AssetID) TokenID() string { return a.value().tokenID }

// Collection returns the id of the contract as a whole, whichever of its
// tokens a is.
func (a AssetID) Collection() AssetID {
	v := a.value()
	v.tokenID = ""
	return newAssetID(v)
}

// IsZero reports whether a is no asset at all.
func (a AssetID) IsZero() bool { return a == AssetID{} }

// Equal reports whether both are the same asset.
func (a AssetID) Equal(b AssetID) bool { return a == b }

// String returns the CAIP-19 form: eip155:1/slip44:60,
// eip155:1/erc20:0x…, eip155:1/erc721:0x…/7. Addresses are in lower case.
func (a AssetID) String() string {
	if a.IsZero() {
		return ""
	}
	v := a.value()
	prefix := "eip155:" + strconv.FormatUint(v.chainID, 10) + "/" + v.kind.String() + ":"
	if v.kind == Native {
		n, _ := NetworkByID(v.chainID)
		return prefix + strconv.FormatUint(uint64(n.SLIP44), 10)
	}
	s := prefix + Hex(v.contract)
	if v.tokenID != "" {
		s += "/" + v.tokenID
	}
	return s
}

// Compare orders assets by chain, kind, contract and token id.
func (a AssetID) Compare(b AssetID) int {
	if a == b {
		return 0
	}
	x, y := a.value(), b.value()
	return cmp.Or(
		cmp.Compare(x.chainID, y.chainID),
		cmp.Compare(x.kind, y.kind),
		x.contract.Cmp(y.contract),
		cmp.Compare(len(x.tokenID), len(y.tokenID)),
		cmp.Compare(x.tokenID, y.tokenID),
	)
}

// ParseAssetID reads the CAIP-19 form. Any slip44 number on an EVM chain is
// that chain's coin, because registries disagree about the numbers.
func ParseAssetID(s string) (AssetID, error) {
	bad := func(why string) (AssetID, error) { return AssetID{}, fmt.Errorf("asset id %q: %s", s, why) }
	chainPart, assetPart, ok := strings.Cut(s, "/")
	if !ok {
		return bad("want eip155:<chain>/<namespace>:<reference>")
	}
	number, ok := strings.CutPrefix(chainPart, "eip155:")
	if !ok {
		return bad("only eip155 chains are known")
	}
	chainID, err := strconv.ParseUint(number, 10, 64)
	if err != nil || chainID == 0 || strconv.FormatUint(chainID, 10) != number {
		return bad("the chain is not a positive number")
	}
	namespace, reference, ok := strings.Cut(assetPart, ":")
	if !ok {
		return bad("the asset has no reference")
	}
	if namespace == Native.String() {
		if _, err := strconv.ParseUint(reference, 10, 32); err != nil {
			return bad("slip44 wants a number")
		}
		return NativeAsset(chainID), nil
	}
	kind := AssetKind(0)
	for k := ERC20; k <= ERC1155; k++ {
		if namespace == k.String() {
			kind = k
		}
	}
	if kind == Native {
		return bad("unknown namespace")
	}
	contract, tokenID, hasToken := strings.Cut(reference, "/")
	address, err := ParseAddress(contract)
	if err != nil {
		return bad(err.Error())
	}
	if hasToken {
		if kind == ERC20 {
			return bad("an ERC-20 token has no token id")
		}
		if !isUint256(tokenID) {
			return bad("the token id is not a number of 256 bits")
		}
	}
	return Item(chainID, kind, address, tokenID), nil
}

// isUint256 tells the one decimal spelling of a number of at most 256 bits,
// which has at most 78 digits: longer text is not worth the arithmetic.
func isUint256(s string) bool {
	if len(s) > 78 {
		return false
	}
	n, ok := new(big.Int).SetString(s, 10)
	return ok && n.Sign() >= 0 && n.BitLen() <= 256 && n.String() == s
}

// MarshalText implements [encoding.TextMarshaler].
func (a AssetID) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *AssetID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = AssetID{}
		return nil
	}
	id, err := ParseAssetID(string(b))
	if err == nil {
		*a = id
	}
	return err
}

// Hex returns an address in lower case, the form in which it is compared and
// printed. The mixed case of EIP-55 is a checksum for people, not an identity.
func Hex(a common.Address) string {
	return "0x" + common.Bytes2Hex(a[:])
}

// ParseAddress reads 0x and forty hexadecimal digits of any case.
func ParseAddress(s string) (common.Address, error) {
	digits, ok := strings.CutPrefix(strings.ToLower(s), "0x")
	if !ok || len(digits) != 2*common.AddressLength {
		return common.Address{}, fmt.Errorf("address %q: want 0x and 40 hexadecimal digits", s)
	}
	if strings.Trim(digits, "0123456789abcdef") != "" {
		return common.Address{}, fmt.Errorf("address %q: not hexadecimal", s)
	}
	return common.HexToAddress(digits), nil
}

// Account is an address on a chain: CAIP-10 in text.
type Account struct {
	ChainID uint64
	Address common.Address
}

// String returns eip155:1:0x….
func (a Account) String() string {
	return "eip155:" + strconv.FormatUint(a.ChainID, 10) + ":" + Hex(a.Address)
}

// Compare orders accounts by chain, then address.
func (a Account) Compare(b Account) int {
	return cmp.Or(cmp.Compare(a.ChainID, b.ChainID), a.Address.Cmp(b.Address))
}
