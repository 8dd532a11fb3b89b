package devnet_test

import (
	"context"
	"fmt"
	"log"
	"math/big"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"

	"losstracer/chain/devnet"
)

func ExampleStart() {
	to := devnet.Address("bob")
	alloc := types.GenesisAlloc{devnet.Address("alice"): {Balance: big.NewInt(params.Ether)}}
	c, err := devnet.Generate(alloc, []uint64{1700000003, 1700000015}, func(number int, b *core.BlockGen) {
		b.AddTx(types.MustSignNewTx(devnet.Key("alice"), b.Signer(), &types.DynamicFeeTx{
			Gas: 21000, GasFeeCap: big.NewInt(params.GWei * 30), To: &to, Value: big.NewInt(42),
		}))
	})
	if err != nil {
		log.Fatal(err)
	}
	node, err := devnet.Start(c)
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close()

	client, err := ethclient.Dial(node.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	wei, err := client.BalanceAt(context.Background(), to, big.NewInt(1))
	fmt.Println(wei, err)
	// Output: 42 <nil>
}
