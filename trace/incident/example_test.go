package incident_test

import (
	"fmt"

	"losstracer/trace/incident"
)

func ExampleParse() {
	inc := incident.Parse("bridge.md", []byte(`---
date: 2023-11-19
target-entities: Example Bridge
title: Example Bridge loses $26M
loss: 26000000
---

## Losses

The bridge lost around $26 million:

- $24.57M in USDT
- $488.7 in ETH
- 500,000 USDC
`))
	for _, c := range inc.Claims {
		fmt.Printf("line %d, %s: %s\n", c.Pos.Line, c.Kind, c)
		for _, r := range c.Readings {
			fmt.Printf("  or %s: %s\n", r.String(c.Asset), r.Why)
		}
	}
	// Output:
	// line 5, front_matter: $26,000,000   “26000000”
	// line 4, title: $26,000,000   “$26M”
	// line 10, total: $26,000,000 (about)   “around $26 million”
	// line 12, asset: $24,570,000 of USDT   “$24.57M in USDT”
	// line 13, asset: $488.7 of ETH   “$488.7 in ETH”
	//   or 488.7 ETH: as a quantity, 488.7 ETH closes the gap between the parts and the total
	// line 14, asset: 500,000 USDC   “500,000 USDC”
}
