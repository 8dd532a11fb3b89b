package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"losstracer/pricing"
	"losstracer/pricing/coingecko"
	"losstracer/pricing/llama"
)

// onChainSources are asked by default, in this order: they need nobody but the
// endpoint, and what they say is kept with the case.
var onChainSources = []string{"chainlink", "uniswap"}

// webSources asks price services for what is named in an order. Their pages
// are not kept in a case, which could then not be computed again.
func webSources(order []string, kept bool) ([]pricing.Source, error) {
	var list []pricing.Source
	for _, name := range order {
		var base string
		switch name {
		case "llama":
			base = llama.BaseURL
		case "coingecko":
			base = coingecko.BaseURL
		case "none":
			if len(order) > 1 {
				return nil, &usageError{errors.New("--price-source none stands alone")}
			}
			continue
		default:
			if slices.Contains(onChainSources, name) {
				continue
			}
			return nil, &usageError{hint(fmt.Errorf("unknown price source %q", name), "--price-source takes %s, llama, coingecko or none", strings.Join(onChainSources, ", "))}
		}
		if kept {
			return nil, &usageError{hint(fmt.Errorf("what %s answers is not kept in a case", name), "leave out --case and --out, or put the prices into a --price-file")}
		}
		web, err := pricing.NewWeb(base, pricing.WebOptions{})
		if err != nil {
			return nil, err
		}
		if name == "llama" {
			list = append(list, llama.New(web, 0))
		} else {
			list = append(list, coingecko.New(web))
		}
	}
	return list, nil
}
