package chaintest_test

import (
	"context"
	"fmt"
	"math/big"
	"net/http/httptest"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"losstracer/chain/chaintest"
)

// A wallet is emptied of coin and tokens within two blocks. In a test,
// chaintest.Serve does what is done here with httptest.
func ExampleBuilder() {
	wallet, thief := common.HexToAddress("0x1"), common.HexToAddress("0x2")
	token := common.HexToAddress("0x3")

	b := chaintest.NewBuilder(1)
	b.Token(token, "USDT", 6)
	b.Block(18_600_000, 1_700_328_000)
	b.Send(wallet, thief, big.NewInt(488_700_000))
	b.Block(18_600_007, 1_700_328_084)
	b.SendToken(token, wallet, thief, big.NewInt(24_570_000))

	s, err := chaintest.NewServer(b.Fixture(18_600_100))
	if err != nil {
		fmt.Println(err)
		return
	}
	node := httptest.NewServer(s)
	defer node.Close()

	c, err := ethclient.Dial(node.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	for _, n := range []int64{18_599_999, 18_600_000} {
		coin, err := c.BalanceAt(context.Background(), thief, big.NewInt(n))
		fmt.Println("coin after block", n, coin, err)
	}
	logs, err := c.FilterLogs(context.Background(), ethereum.FilterQuery{FromBlock: big.NewInt(0)})
	fmt.Println(len(logs), "log at block", logs[0].BlockNumber, err)
	fmt.Println("requests:", s.Requests())
	// Output:
	// coin after block 18599999 0 <nil>
	// coin after block 18600000 488700000 <nil>
	// 1 log at block 18600007 <nil>
	// requests: 3
}
