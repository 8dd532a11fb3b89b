package chain_test

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

func ExampleParseAssetID() {
	id, err := chain.ParseAssetID("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7")
	fmt.Println(id, err)
	id, err = chain.ParseAssetID("eip155:56/slip44:9006")
	fmt.Println(id, err)
	// Output:
	// eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7 <nil>
	// eip155:56/slip44:714 <nil>
}

func ExampleDecoder_LogTransfers() {
	ethereum, _ := chain.NetworkByName("ethereum")
	log := &types.Log{
		Address: common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7"),
		Topics: []common.Hash{
			chain.TopicTransfer,
			common.HexToHash("0xa11ce00000000000000000000000000000000001"),
			common.HexToHash("0xb0b0000000000000000000000000000000000002"),
		},
		Data:        common.LeftPadBytes([]byte{0x0f, 0x42, 0x40}, 32),
		BlockNumber: 18000000,
		Index:       7,
	}
	transfers, err := chain.Decoder{Network: ethereum}.LogTransfers(log, 1693066895)
	if err != nil {
		fmt.Println(err)
		return
	}
	t := transfers[0]
	fmt.Println(t.Kind, chain.Hex(t.From), "to", chain.Hex(t.To))
	fmt.Println(t.Amount())
	// Output:
	// erc20 0xa11ce00000000000000000000000000000000001 to 0xb0b0000000000000000000000000000000000002
	// 1000000 eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7
}
