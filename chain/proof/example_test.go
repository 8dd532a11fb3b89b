package proof_test

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie"

	"losstracer/chain/proof"
)

func ExampleReceipts() {
	receipt := &types.Receipt{Status: 1, CumulativeGasUsed: 21000}
	receipt.Bloom = types.CreateBloom(receipt)
	header := &types.Header{
		Number:      big.NewInt(1),
		ReceiptHash: types.DeriveSha(types.Receipts{receipt}, trie.NewStackTrie(nil)),
	}
	receipts := []proof.Receipt{{Receipt: receipt}}
	fmt.Println(proof.Receipts(header, receipts))

	receipt.Logs = []*types.Log{{Address: common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")}}
	fmt.Println(proof.Receipts(header, receipts) != nil)
	// Output:
	// <nil>
	// true
}
