package chaintest

import (
	"bytes"
	"encoding/json"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

func accountMethods() map[string]method {
	return map[string]method{
		"eth_getBalance":          (*Server).getBalance,
		"eth_getTransactionCount": (*Server).getNonce,
		"eth_getCode":             (*Server).getCode,
		"eth_call":                (*Server).ethCall,
	}
}

// stateAt finds the block whose state is asked for.
func (s *Server) stateAt(at *rpc.BlockNumberOrHash) (uint64, error) {
	n, ok := s.f.Head, true
	if at.BlockNumber != nil || at.BlockHash != nil {
		n, ok = s.resolveEither(*at)
	}
	if !ok {
		return 0, failf(codeServer, "header not found")
	}
	if s.set.keepState != nil && n+*s.set.keepState < s.f.Head {
		root := invented("state", s.f.ChainID, n)
		return 0, failf(codeServer, "missing trie node %x (path ) state %s is not available, not found", root, root.Hex())
	}
	return n, nil
}

func (s *Server) readAccount(params []json.RawMessage) (common.Address, uint64, error) {
	var address common.Address
	var at rpc.BlockNumberOrHash
	if err := read(params, 1, &address, &at); err != nil {
		return address, 0, err
	}
	n, err := s.stateAt(&at)
	return address, n, err
}

func (s *Server) getBalance(params []json.RawMessage) (any, error) {
	a, n, err := s.readAccount(params)
	if err != nil {
		return nil, err
	}
	return bigJSON(s.state.balance(Holding{Holder: a}, n)), nil
}

func (s *Server) getNonce(params []json.RawMessage) (any, error) {
	a, n, err := s.readAccount(params)
	if err != nil {
		return nil, err
	}
	return hexutil.Uint64(s.state.nonce(a, n)), nil
}

func (s *Server) getCode(params []json.RawMessage) (any, error) {
	a, n, err := s.readAccount(params)
	if err != nil {
		return nil, err
	}
	return s.state.code(a, n), nil
}

func (s *Server) ethCall(params []json.RawMessage) (any, error) {
	var call struct {
		To    *common.Address `json:"to"`
		Data  hexutil.Bytes   `json:"data"`
		Input hexutil.Bytes   `json:"input"`
	}
	var at rpc.BlockNumberOrHash
	var overrides, blockOverrides json.RawMessage
	if err := read(params, 1, &call, &at, &overrides, &blockOverrides); err != nil {
		return nil, err
	}
	n, err := s.stateAt(&at)
	if err != nil {
		return nil, err
	}
	input := call.Input
	if len(input) == 0 {
		input = call.Data
	}
	for _, a := range s.f.Answers {
		if call.To != nil && a.Contract == *call.To && bytes.Equal(a.Input, input) {
			return a.Says, nil
		}
	}
	if call.To == nil || len(s.state.code(*call.To, n)) == 0 {
		return hexutil.Bytes{}, nil
	}
	if out, ok := s.callToken(*call.To, n, input); ok {
		return hexutil.Bytes(out), nil
	}
	refusal := failf(codeReverted, "execution reverted")
	refusal.Data = "0x"
	return nil, refusal
}

func selector(signature string) [4]byte { return [4]byte(crypto.Keccak256([]byte(signature))[:4]) }

var (
	callSymbol      = selector("symbol()")
	callName        = selector("name()")
	callDecimals    = selector("decimals()")
	callTotalSupply = selector("totalSupply()")
	callBalanceOf   = selector("balanceOf(address)")
	callBalanceOfID = selector("balanceOf(address,uint256)")
)

// callToken answers for a token contract; false where the call reverts.
func (s *Server) callToken(token common.Address, n uint64, input []byte) ([]byte, bool) {
	t := s.f.Tokens[token]
	if len(input) < 4 || t.Reverts {
		return nil, false
	}
	held := func(h Holding) ([]byte, bool) { return word(s.state.balance(h, n)), true }
	_, listed := s.f.Tokens[token]
	switch args := input[4:]; [4]byte(input) {
	case callSymbol:
		return text(t.Symbol, t.Bytes32), listed
	case callName:
		return text(t.Name, t.Bytes32), listed
	case callDecimals:
		return word(t.Decimals), t.Decimals != nil
	case callTotalSupply:
		return held(Holding{Token: token})
	case callBalanceOf:
		if len(args) != 32 {
			return nil, false
		}
		holder := common.BytesToAddress(args)
		if holder == (common.Address{}) {
			return word(nil), true
		}
		return held(Holding{Token: token, Holder: holder})
	case callBalanceOfID:
		if len(args) != 64 {
			return nil, false
		}
		id := new(big.Int).SetBytes(args[32:]).String()
		return held(Holding{Token: token, Holder: common.BytesToAddress(args[:32]), ID: id})
	}
	return nil, false
}

func word(n *big.Int) []byte {
	if n == nil {
		n = new(big.Int)
	}
	return n.FillBytes(make([]byte, 32))
}

// text encodes a string as the ABI has it, or as a bytes32.
func text(s string, bytes32 bool) []byte {
	if bytes32 {
		return common.RightPadBytes([]byte(s)[:min(len(s), 32)], 32)
	}
	out := append(word(big.NewInt(32)), word(big.NewInt(int64(len(s))))...)
	return append(out, common.RightPadBytes([]byte(s), (len(s)+31)/32*32)...)
}
