package history_test

import (
	"context"
	"fmt"
	"math/big"
	"net/http/httptest"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

func ExampleSource_History() {
	wallet, thief := common.HexToAddress("0xa11ce"), common.HexToAddress("0x7eef")
	b := chaintest.NewBuilder(1)
	b.Block(18_600_000, 1_700_328_000)
	b.Send(wallet, thief, big.NewInt(500))
	b.Block(18_600_009, 1_700_328_108)
	b.Send(thief, wallet, big.NewInt(200))
	server, err := chaintest.NewServer(b.Fixture(18_600_100), chaintest.WithoutTraces())
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint := httptest.NewServer(server)
	defer endpoint.Close()
	client, err := ethrpc.New(endpoint.URL, ethrpc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	h, err := history.New(client, history.Options{}).History(context.Background(), chain.Query{
		Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_000, To: 18_600_050},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range h.Transfers {
		fmt.Println(t.Block, t.Kind, t.Units.Dec(), t.Proof)
	}
	fmt.Println(h.Coverage[0].Method, h.Coverage[0].Complete)
	// Output:
	// 18600000 native 500 unproven
	// 18600009 native 200 unproven
	// bisection true
}
