package history

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// wireAccount is the answer of eth_getProof (EIP-1186) about an account.
type wireAccount struct {
	Balance  quantity        `json:"balance"`
	Nonce    quantity        `json:"nonce"`
	CodeHash common.Hash     `json:"codeHash"`
	Root     common.Hash     `json:"storageHash"`
	Nodes    []hexutil.Bytes `json:"accountProof"`
}

// witness proves the closing balances of the coin under the state root of the
// window's last block. What stands in the way is told in the closure.
func (p *pull) witness(ctx context.Context, h *chain.History, end *wireHead) error {
	var coins []*chain.Closure
	for i := range h.Closure {
		if c := &h.Closure[i]; c.Asset == p.coin() && c.Witness != nil {
			coins = append(coins, c)
		} else if c.Witness != nil {
			c.Proof = chain.Unproven("where a token keeps its balances is for its contract to know")
		}
	}
	header, why := p.stateRoot(end)
	if why != "" {
		for _, c := range coins {
			c.Proof = chain.Unproven(why)
		}
		return nil
	}
	calls := make([]ethrpc.Call, len(coins))
	for i, c := range coins {
		calls[i] = ethrpc.Call{Method: "eth_getProof", Params: []any{c.Address, []string{}, number(p.hi)}}
	}
	answers, err := p.s.do(ctx, calls)
	if err != nil {
		return fmt.Errorf("proofs of balances: %w", err)
	}
	for i, c := range coins {
		said, err := read[wireAccount](answers[i])
		if err != nil {
			p.s.lack("eth_getProof", err)
			c.Proof = chain.Unproven("the endpoint gives no proof of the balance: " + oneLine(err))
			continue
		}
		if c.Proof = because(said.verify(header.Root, c)); !c.Proof.Proven() {
			h.Warnings = append(h.Warnings, fmt.Sprintf("the balance of %s at block %d is not what its proof says: %s", chain.Hex(c.Address), p.hi, c.Proof.Why()))
		}
	}
	return nil
}

// stateRoot returns the header of the window's last block, or why nothing can
// be proven under it.
func (p *pull) stateRoot(end *wireHead) (*types.Header, string) {
	if p.s.o.NoProof {
		return nil, notAsked.Why()
	}
	if !p.s.usable("eth_getProof") {
		return nil, "the endpoint does not offer eth_getProof"
	}
	header, err := readHeader(end.raw)
	if err == nil {
		err = proof.Header(header, end.Hash)
	}
	if err != nil {
		return nil, oneLine(err)
	}
	return header, ""
}

// verify checks the account against a state root, and its balance against the
// one that the closure rests on.
func (a *wireAccount) verify(root common.Hash, c *chain.Closure) error {
	nodes := make([][]byte, len(a.Nodes))
	for i, n := range a.Nodes {
		nodes[i] = n
	}
	account := types.StateAccount{Nonce: a.Nonce.Uint64(), Balance: &a.Balance.Int, Root: a.Root, CodeHash: a.CodeHash[:]}
	if err := proof.Account(root, c.Address, account, nodes); err != nil {
		return err
	}
	if said := chain.NewAmount(c.Asset, a.Balance.ToBig()); !said.Sub(*c.Witness).IsZero() {
		return fmt.Errorf("eth_getBalance says %s and the state %s", c.Witness, said)
	}
	return nil
}
