package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"losstracer/trace"
)

// parseBounds reads --from and --to.
func parseBounds(from, to string) (over trace.Override, err error) {
	for _, b := range []struct {
		flag, value string
		to          **trace.Bound
	}{{"--from", from, &over.From}, {"--to", to, &over.To}} {
		if *b.to, err = parseBound(b.value); err != nil {
			return over, &usageError{hint(fmt.Errorf("%s %q: %w", b.flag, b.value, err), "give a block number, a date, or a time as 2023-11-18T17:00:00Z")}
		}
	}
	return over, nil
}

// parseBound reads a block number, a date or a time; nil for nothing.
func parseBound(s string) (*trace.Bound, error) {
	if s == "" {
		return nil, nil
	}
	if n, err := strconv.ParseUint(strings.ReplaceAll(s, ",", ""), 10, 64); err == nil {
		return &trace.Bound{Block: n}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return &trace.Bound{Time: t.UTC()}, nil
		}
	}
	return nil, errors.New("neither a block nor a time")
}
