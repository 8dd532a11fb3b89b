package ethrpc_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"losstracer/chain/ethrpc"
)

// A recording answers in place of the endpoint that it was made of.
func Example() {
	recording, err := ethrpc.ReadTranscript(strings.NewReader(`
{"host":"https://rpc.example","method":"eth_getBalance","params":["0x00000000219ab540356cbb839cbd05303d7705fa","0xa85f88"],"result":"0x6c6b935b8bbd400000"}
{"host":"https://rpc.example","method":"trace_block","params":["0xa85f88"],"error":{"code":-32601,"message":"the method trace_block does not exist/is not available"}}
`))
	if err != nil {
		log.Fatal(err)
	}
	client, err := ethrpc.New("https://rpc.example/v3/secret-key", ethrpc.Options{Recorder: recording, Offline: true})
	if err != nil {
		log.Fatal(err)
	}
	answers, err := client.Do(context.Background(), []ethrpc.Call{
		{Method: "eth_getBalance", Params: []any{"0x00000000219ab540356cbb839cbd05303d7705fa", "0xa85f88"}},
		{Method: "trace_block", Params: []any{"0xa85f88"}},
		{Method: "eth_blockNumber"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range answers {
		class, _ := ethrpc.Classify(a.Err)
		fmt.Printf("%s %s, %s\n", a.Host, a.Result, class)
	}
	// Output:
	// https://rpc.example "0x6c6b935b8bbd400000", none
	// https://rpc.example , capability
	//  , missing
}
