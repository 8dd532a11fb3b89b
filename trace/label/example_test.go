package label_test

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/trace/label"
)

// What an investigator adds stands beside what the program brought along.
func Example() {
	book := label.Builtin()
	own, err := label.ReadCSV("ours.csv", strings.NewReader(
		"address,chain,label,category,source,confidence\n"+
			"0xA160cdAB225685dA1d56aa342Ad8841c3b53f291,ethereum,where the trail ended,other,\"case file 12, p. 3\",30\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	book.Add(own...)
	for _, t := range book.Lookup(1, common.HexToAddress("0xa160cdab225685da1d56aa342ad8841c3b53f291")) {
		fmt.Printf("%s (%s), says %s: %d\n", t.Label, t.Category, t.Source, t.Confidence)
	}
	// Output:
	// Tornado Cash: 100 ETH (mixer), says tornadocash/tornado-classic-ui, networkConfig.js: 95
	// TORNADO CASH (sanctioned), says OFAC SDN list, listed under ETH, removed on 21 March 2025 (extracts of 2022 and 2024; events of Chainalysis's sanctions oracle): 95
	// where the trail ended (other), says case file 12, p. 3: 30
}

// A tag without a source is refused.
func ExampleReadCSV() {
	_, err := label.ReadCSV("ours.csv", strings.NewReader(
		"address,chain,label,category,source,confidence\n"+
			"0xA160cdAB225685dA1d56aa342Ad8841c3b53f291,ethereum,a mixer,mixer,,30\n"))
	fmt.Println(err)
	// Output: ours.csv:2: a tag without a source is refused: say who makes the attribution
}
