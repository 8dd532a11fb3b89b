package onchain_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain/ethrpc"
	"losstracer/pricing/onchain"
)

// counter answers each call with its own method and notes what was asked.
type counter struct {
	asked [][]string
	fail  int // which request fails; zero for none
}

var errDown = errors.New("down")

func (c *counter) Do(_ context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	var names []string
	answers := make([]ethrpc.Answer, len(calls))
	for i, call := range calls {
		names = append(names, call.Method)
		answers[i] = ethrpc.Answer{Result: json.RawMessage(`"` + call.Method + `"`)}
	}
	c.asked = append(c.asked, names)
	if len(c.asked) == c.fail {
		return nil, errDown
	}
	return answers, nil
}

func calls(names ...string) []ethrpc.Call {
	var list []ethrpc.Call
	for _, n := range names {
		list = append(list, ethrpc.Call{Method: n})
	}
	return list
}

func TestTogetherAsksOnce(t *testing.T) {
	t.Parallel()
	var c counter
	steps := [][]string{{"a", "b"}, {"b", "c"}, {"a", "c"}} // what each task asks in each of two steps
	errs := onchain.Together(t.Context(), &c, 3, func(ctx context.Context, i int, caller onchain.Caller) error {
		for step := range 2 {
			names := append(slices.Clone(steps[i]), fmt.Sprint("step", step))
			got, err := caller.Do(ctx, calls(names...))
			if err != nil {
				return err
			}
			for n := range got {
				if string(got[n].Result) != `"`+names[n]+`"` {
					return fmt.Errorf("asked %s, answer %s", names[n], got[n].Result)
				}
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"a", "b", "step0", "c"}, {"step1"}}
	if diff := cmp.Diff(want, c.asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestTogetherIsDeterministic runs tasks of different lengths: the requests are
// those that follow from the tasks, however they are scheduled.
func TestTogetherIsDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 20).Draw(t, "lengths")
		fail := rapid.IntRange(0, 3).Draw(t, "fail")
		play := func() ([][]string, []error) {
			c := counter{fail: fail}
			errs := onchain.Together(context.Background(), &c, len(lengths), func(ctx context.Context, i int, caller onchain.Caller) error {
				for step := range lengths[i] {
					if _, err := caller.Do(ctx, calls(fmt.Sprint("task ", i%3, " step ", step))); err != nil {
						return err
					}
				}
				return nil
			})
			return c.asked, errs
		}
		asked, errs := play()
		again, _ := play()
		if diff := cmp.Diff(asked, again); diff != "" {
			t.Fatalf("the second time other requests (-first +second):\n%s", diff)
		}
		longest := 0
		for i, n := range lengths {
			longest = max(longest, n)
			failed := fail > 0 && n >= fail
			if failed != errors.Is(errs[i], errDown) {
				t.Fatalf("task %d of %d steps, request %d failed: %v", i, n, fail, errs[i])
			}
		}
		if fail > 0 {
			longest = min(longest, fail)
		}
		if len(asked) != longest {
			t.Fatalf("%d requests, the longest task has %d steps", len(asked), longest)
		}
	})
}
