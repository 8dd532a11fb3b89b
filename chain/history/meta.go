package history

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Selectors of symbol(), name() and decimals().
const (
	selectorSymbol   = "95d89b41"
	selectorName     = "06fdde03"
	selectorDecimals = "313ce567"
)

// longestSymbol bounds, in runes, what a token may call itself.
const (
	longestSymbol = 32
	longestName   = 64
)

// tokenMeta asks every token of a history what it calls itself, in one round,
// at the end of the window. A contract that does not answer, or answers
// nonsense, has no name and no scale; that is not an error.
func (s *Source) tokenMeta(ctx context.Context, h *chain.History) error {
	var assets []chain.AssetID
	seen := map[chain.AssetID]bool{}
	for i := range h.Transfers {
		if a := h.Transfers[i].Asset; a.Kind() != chain.Native && !seen[a] {
			seen[a] = true
			assets = append(assets, a)
		}
	}
	network, _ := chain.NetworkByID(h.ChainID)
	h.Tokens[network.Coin()] = network.CoinMeta()
	metas, err := s.contractMeta(ctx, contractsOf(assets), h.Window.To)
	if err != nil {
		return err
	}
	for _, a := range assets {
		m := metas[a.Contract()]
		if a.Kind() != chain.ERC20 {
			m.Decimals, m.DecimalsKnown = 0, true // a token of these standards is counted, not divided
		}
		h.Tokens[a] = m
	}
	return nil
}

func contractsOf(assets []chain.AssetID) []common.Address {
	var out []common.Address
	for _, a := range assets {
		out = append(out, a.Contract())
	}
	slices.SortFunc(out, common.Address.Cmp)
	return slices.Compact(out)
}

func (s *Source) contractMeta(ctx context.Context, contracts []common.Address, block uint64) (map[common.Address]chain.TokenMeta, error) {
	var calls []ethrpc.Call
	for _, c := range contracts {
		for _, selector := range []string{selectorSymbol, selectorName, selectorDecimals} {
			calls = append(calls, ethCall(c, common.Hex2Bytes(selector), block))
		}
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("token names: %w", err)
	}
	out := map[common.Address]chain.TokenMeta{}
	for i, c := range contracts {
		m := chain.TokenMeta{Symbol: readText(answers[3*i], longestSymbol), Name: readText(answers[3*i+1], longestName)}
		m.Decimals, m.DecimalsKnown = readDecimals(answers[3*i+2])
		out[c] = m
	}
	return out, nil
}

// readText reads an ABI string, or the bytes32 of tokens older than the
// standard (MKR, SAI), as printable text.
func readText(a ethrpc.Answer, limit int) string {
	out, err := read[hexutil.Bytes](a)
	if err != nil || len(out) < 32 {
		return ""
	}
	if len(out) == 32 {
		return chain.Printable(string(bytes.TrimRight(out, "\x00")), limit)
	}
	offset := new(big.Int).SetBytes(out[:32])
	if !offset.IsUint64() || offset.Uint64() > uint64(len(out)-32) {
		return ""
	}
	body := out[offset.Uint64():]
	length := new(big.Int).SetBytes(body[:32])
	if !length.IsUint64() || length.Uint64() > uint64(len(body)-32) {
		return ""
	}
	return chain.Printable(string(bytes.TrimRight(body[32:32+length.Uint64()], "\x00")), limit)
}

// mostDecimals is beyond any real token; 2^256 has 78 digits.
const mostDecimals = 77

func readDecimals(a ethrpc.Answer) (uint8, bool) {
	out, err := read[hexutil.Bytes](a)
	if err != nil || len(out) != 32 {
		return 0, false
	}
	n := new(big.Int).SetBytes(out)
	if !n.IsUint64() || n.Uint64() > mostDecimals {
		return 0, false
	}
	return uint8(n.Uint64()), true
}
