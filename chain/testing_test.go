package chain_test

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"losstracer/chain"
)

func addressGen() *rapid.Generator[common.Address] {
	return rapid.Custom(func(t *rapid.T) common.Address {
		return common.BytesToAddress(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "address"))
	})
}

func unitsGen() *rapid.Generator[uint256.Int] {
	return rapid.Custom(func(t *rapid.T) uint256.Int {
		var u uint256.Int
		u.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "units"))
		return u
	})
}

func assetGen() *rapid.Generator[chain.AssetID] {
	return rapid.Custom(func(t *rapid.T) chain.AssetID {
		chainID := rapid.OneOf(rapid.SampledFrom([]uint64{1, 10, 56, 137}), rapid.Uint64Min(1)).Draw(t, "chain")
		kind := rapid.SampledFrom([]chain.AssetKind{chain.Native, chain.ERC20, chain.ERC721, chain.ERC1155}).Draw(t, "kind")
		if kind == chain.Native {
			return chain.NativeAsset(chainID)
		}
		contract, tokenID := addressGen().Draw(t, "contract"), ""
		if kind > chain.ERC20 && rapid.Bool().Draw(t, "one token") {
			token := unitsGen().Draw(t, "token")
			tokenID = token.Dec()
		}
		return chain.Item(chainID, kind, contract, tokenID)
	})
}

// amountGen makes amounts of both signs, which transfers never have.
func amountGen(asset chain.AssetID) *rapid.Generator[chain.Amount] {
	return rapid.Custom(func(t *rapid.T) chain.Amount {
		units := unitsGen().Draw(t, "units")
		n := units.ToBig()
		if rapid.Bool().Draw(t, "negative") {
			n.Neg(n)
		}
		return chain.NewAmount(asset, n)
	})
}

// refGen draws from few values, so that places coincide often.
func refGen() *rapid.Generator[chain.Ref] {
	return rapid.Custom(func(t *rapid.T) chain.Ref {
		small := rapid.Uint32Range(0, 2)
		return chain.Ref{
			ChainID:   1,
			Block:     uint64(small.Draw(t, "block")),
			BlockHash: chain.Share(common.BigToHash(big.NewInt(int64(small.Draw(t, "block hash"))))),
			Tx:        common.BigToHash(big.NewInt(int64(small.Draw(t, "tx")))),
			TxIndex:   small.Draw(t, "tx index"),
			Site:      rapid.SampledFrom([]chain.Site{chain.SiteFrame, chain.SiteLog, chain.SiteFee, chain.SiteBlock}).Draw(t, "site"),
			Index:     small.Draw(t, "index"),
			Part:      small.Draw(t, "part"),
			Trace:     chain.NewTraceAddress(rapid.SliceOfN(small, 0, 3).Draw(t, "trace")...),
		}
	})
}

func transferGen() *rapid.Generator[chain.Transfer] {
	return rapid.Custom(func(t *rapid.T) chain.Transfer {
		return chain.Transfer{
			Ref:   refGen().Draw(t, "ref"),
			Kind:  rapid.SampledFrom([]chain.Kind{chain.KindNative, chain.KindERC20, chain.KindFee}).Draw(t, "kind"),
			From:  common.BigToAddress(big.NewInt(int64(rapid.IntRange(0, 2).Draw(t, "from")))),
			Asset: chain.NativeAsset(1),
			Units: *uint256.NewInt(rapid.Uint64Range(0, 2).Draw(t, "units")),
			Proof: rapid.SampledFrom([]chain.Proof{{}, chain.Unproven("nobody asked"), chain.Proven()}).Draw(t, "proof"),
		}
	})
}
