package onchain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Caller asks an endpoint of one chain. Do answers in the order of the calls;
// its error means that nothing came back.
type Caller interface {
	Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error)
}

// Errors that say why a contract has no value, where that is known.
var (
	// ErrNothing: no such contract at the block, or it does not have the method,
	// or it refuses.
	ErrNothing = errors.New("the contract does not answer")
	// ErrNoState: the endpoint does not have the state of the block, or does not
	// give it away.
	ErrNoState = errors.New("the endpoint does not answer for the state of that block")
)

// Latest is the block that the chain is at.
const Latest = "latest"

// At returns how calls name a block.
func At(number uint64) string { return hexutil.EncodeUint64(number) }

// Methods are what contracts are asked.
type Methods struct{ abi abi.ABI }

// NewMethods reads an ABI that is part of the program. It panics where that is
// not one.
func NewMethods(source string) Methods {
	a, err := abi.JSON(strings.NewReader(source))
	if err != nil {
		panic("onchain: methods: " + err.Error())
	}
	return Methods{a}
}

// Call is one method of one contract as of the end of a block. It panics where
// there is no such method or the arguments are not those that it takes.
func (m Methods) Call(to common.Address, block, method string, args ...any) ethrpc.Call {
	data, err := m.abi.Pack(method, args...)
	if err != nil {
		panic("onchain: " + method + ": " + err.Error())
	}
	return ethrpc.Call{Method: "eth_call", Params: []any{
		map[string]string{"to": chain.Hex(to), "data": hexutil.Encode(data)}, block,
	}}
}

// failed reports whether err says that the call was executed and failed, which
// is the contract's answer, and not that it was never executed. Nodes word it in
// their own ways; code 3 is that of the execution API.
func failed(err error) bool {
	var refusal *ethrpc.RPCError
	if !errors.As(err, &refusal) {
		return false
	}
	text := strings.ToLower(refusal.Message)
	return refusal.Code == 3 || slices.ContainsFunc([]string{"revert", "vm exception", "invalid opcode", "out of gas", "invalid jump", "stack underflow"},
		func(s string) bool { return strings.Contains(text, s) })
}

// Data returns what a call came back with, which is never empty. A refusal
// that is none of the known ones counts as a missing state: what can be known
// without it can then still be asked for.
func Data(a ethrpc.Answer) ([]byte, error) {
	switch class, _ := ethrpc.Classify(a.Err); {
	case class == ethrpc.None:
	case failed(a.Err):
		return nil, fmt.Errorf("%w: %w", ErrNothing, a.Err)
	case class == ethrpc.History, class == ethrpc.Auth, class == ethrpc.Rejected:
		return nil, fmt.Errorf("%w: %w", ErrNoState, a.Err)
	default:
		return nil, a.Err
	}
	var data hexutil.Bytes
	if err := json.Unmarshal(a.Result, &data); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(data) == 0 {
		return nil, ErrNothing
	}
	return data, nil
}

// Values returns what a method returned.
func (m Methods) Values(a ethrpc.Answer, method string) ([]any, error) {
	data, err := Data(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	values, err := m.abi.Unpack(method, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", method, ErrNothing, err)
	}
	return values, nil
}

// Value returns the first value that a method returned.
func Value[T any](m Methods, a ethrpc.Answer, method string) (T, error) {
	var none T
	values, err := m.Values(a, method)
	if err != nil {
		return none, err
	}
	v, ok := values[0].(T)
	if !ok {
		return none, fmt.Errorf("%s: %w", method, ErrNothing)
	}
	return v, nil
}
