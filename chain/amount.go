package chain

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/holiman/uint256"
)

// Amount is a signed whole number of base units of one asset. Amounts of
// different assets cannot be added: that is a fault of the program and panics.
// An Amount never changes; the zero Amount is nothing of no asset and adds to
// anything.
type Amount struct {
	asset AssetID
	units *big.Int // nil is zero; never written to after construction
}

// NewAmount returns units base units of asset.
func NewAmount(asset AssetID, units *big.Int) Amount {
	return Amount{asset, new(big.Int).Set(units)}
}

// AmountOf returns units base units of asset.
func AmountOf(asset AssetID, units *uint256.Int) Amount {
	return Amount{asset, units.ToBig()}
}

// Asset returns what the amount is of.
func (a Amount) Asset() AssetID { return a.asset }

// Units returns the number of base units. The caller owns the result.
func (a Amount) Units() *big.Int {
	if a.units == nil {
		return new(big.Int)
	}
	return new(big.Int).Set(a.units)
}

// Sign returns -1, 0 or +1.
func (a Amount) Sign() int {
	if a.units == nil {
		return 0
	}
	return a.units.Sign()
}

// IsZero reports whether the amount is nothing, of whatever asset.
func (a Amount) IsZero() bool { return a.Sign() == 0 }

// Add returns a + b.
func (a Amount) Add(b Amount) Amount {
	return Amount{a.common(b), new(big.Int).Add(a.Units(), b.Units())}
}

// Sub returns a − b.
func (a Amount) Sub(b Amount) Amount {
	return Amount{a.common(b), new(big.Int).Sub(a.Units(), b.Units())}
}

// Neg returns −a.
func (a Amount) Neg() Amount { return Amount{a.asset, new(big.Int).Neg(a.Units())} }

// Cmp compares two amounts of one asset.
func (a Amount) Cmp(b Amount) int {
	a.common(b)
	return a.Units().Cmp(b.Units())
}

// Equal reports whether both are the same number of units of the same asset.
func (a Amount) Equal(b Amount) bool { return a.asset == b.asset && a.Units().Cmp(b.Units()) == 0 }

func (a Amount) common(b Amount) AssetID {
	switch {
	case a.asset == b.asset, b.asset.IsZero() && b.IsZero():
		return a.asset
	case a.asset.IsZero() && a.IsZero():
		return b.asset
	}
	panic(fmt.Sprintf("chain: amounts of %q and %q do not mix", a.asset, b.asset))
}

// String returns the base units and the asset: "1500000 eip155:1/slip44:60".
func (a Amount) String() string {
	if a.asset.IsZero() {
		return a.Units().String()
	}
	return a.Units().String() + " " + a.asset.String()
}

// ParseAmount reads what [Amount.String] writes.
func ParseAmount(s string) (Amount, error) {
	number, id, _ := strings.Cut(s, " ")
	units, ok := new(big.Int).SetString(number, 10)
	if !ok || units.String() != number {
		return Amount{}, fmt.Errorf("amount %q: want a whole number of base units", s)
	}
	if id == "" {
		if units.Sign() != 0 {
			return Amount{}, fmt.Errorf("amount %q: no asset", s)
		}
		return Amount{}, nil
	}
	asset, err := ParseAssetID(id)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, err)
	}
	return Amount{asset, units}, nil
}

// MarshalText implements [encoding.TextMarshaler].
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *Amount) UnmarshalText(b []byte) error {
	amount, err := ParseAmount(string(b))
	if err == nil {
		*a = amount
	}
	return err
}
