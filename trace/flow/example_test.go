package flow_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// Five coins are the account's own, ten are stolen; under FIFO the first twelve
// that leave are the five and seven of the ten.
func ExampleTrace() {
	const thief, mixed, shop = "0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000a2", "0x00000000000000000000000000000000000000a3"
	const export = `chain,block,time,tx,index,from,to,asset_id,amount,symbol,decimals,usd
ethereum,100,2024-01-01T00:00:00Z,,0,0x00000000000000000000000000000000000000ff,` + mixed + `,eip155:1/slip44:60,5,ETH,0,10000
ethereum,101,2024-01-01T00:00:12Z,,0,` + thief + `,` + mixed + `,eip155:1/slip44:60,10,ETH,0,20000
ethereum,102,2024-01-01T00:00:24Z,,0,` + mixed + `,` + shop + `,eip155:1/slip44:60,12,ETH,0,24000
`
	record := &flow.Record{}
	if err := record.ReadCSV(strings.NewReader(export), "export.csv"); err != nil {
		fmt.Println(err)
		return
	}
	result, err := flow.Trace(context.Background(), flow.Request{
		Policy: flow.FIFO, Record: record,
		Sources: []flow.Account{{ChainID: 1, Address: common.HexToAddress(thief)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range result.Held {
		fmt.Println(chain.Hex(h.Account.Address), "holds", h.Units, "worth", h.USD)
	}
	for _, b := range result.Balances {
		fmt.Println("unaccounted for:", b.Difference())
	}
	// Output:
	// 0x00000000000000000000000000000000000000a3 holds 7 worth 14000
	// 0x00000000000000000000000000000000000000a2 holds 3 worth 6000
	// unaccounted for: 0
}
