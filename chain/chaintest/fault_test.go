package chaintest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// post sends a body and tells how it ended: what a client can see.
func post(t testing.TB, url, body string) (status int, answer string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), err
}

const pair = `[{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]},{"jsonrpc":"2.0","id":2,"method":"eth_blockNumber","params":[]}]`

func TestFaults(t *testing.T) {
	t.Parallel()
	target := chaintest.Serve(t, smallChain())
	_, good, err := post(t, target, pair)
	if err != nil {
		t.Fatal(err)
	}
	type answers = []struct {
		ID    int
		Error *struct{ Code int }
	}
	read := func(t *testing.T, s string) answers {
		t.Helper()
		var a answers
		if err := json.Unmarshal([]byte(s), &a); err != nil {
			t.Fatalf("answer %q: %v", s, err)
		}
		return a
	}
	checks := map[chaintest.Fault]func(t *testing.T, status int, answer string, err error) bool{
		chaintest.FaultStatus500: func(_ *testing.T, status int, _ string, err error) bool { return err == nil && status == 500 },
		chaintest.FaultReset:     func(_ *testing.T, _ int, _ string, err error) bool { return err != nil },
		chaintest.FaultTruncated: func(_ *testing.T, _ int, answer string, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && strings.HasPrefix(good, answer)
		},
		chaintest.FaultWrongID: func(t *testing.T, _ int, answer string, _ error) bool { return read(t, answer)[0].ID > 2 },
		chaintest.FaultMissing: func(t *testing.T, _ int, answer string, _ error) bool { return len(read(t, answer)) == 1 },
		chaintest.FaultServer: func(t *testing.T, _ int, answer string, _ error) bool {
			a := read(t, answer)
			return a[0].Error == nil && a[1].Error.Code == -32000
		},
		chaintest.FaultVague: func(t *testing.T, _ int, answer string, _ error) bool {
			a := read(t, answer)
			return a[0].Error == nil && a[1].Error.Code == -32000
		},
		chaintest.FaultSlow:    func(_ *testing.T, status int, answer string, _ error) bool { return status == 200 && answer == good },
		chaintest.FaultTooMany: func(_ *testing.T, status int, _ string, _ error) bool { return status == 429 },
		chaintest.FaultHTML:    func(_ *testing.T, _ int, answer string, _ error) bool { return strings.HasPrefix(answer, "<!DOCTYPE") },
	}
	for _, fault := range chaintest.AllFaults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			url, proxy := chaintest.FaultProxy(t, target, 1, 1, fault)
			began := time.Now()
			status, answer, err := post(t, url, pair)
			if !checks[fault](t, status, answer, err) {
				t.Errorf("status %d, answer %q, error %v", status, answer, err)
			}
			if fault == chaintest.FaultSlow && time.Since(began) < proxy.Delay {
				t.Errorf("the slow answer came after %v", time.Since(began))
			}
			if proxy.Injected()[fault] != 1 {
				t.Errorf("injected %v", proxy.Injected())
			}
		})
	}
}

// TestFaultsRepeat checks that two proxies with one seed fail alike even if
// requests come in another order, and that another seed fails otherwise.
func TestFaultsRepeat(t *testing.T) {
	t.Parallel()
	target := chaintest.Serve(t, smallChain())
	fates := func(seed uint64, backwards bool) []string {
		url, _ := chaintest.FaultProxy(t, target, seed, 0.3, chaintest.FaultStatus500, chaintest.FaultHTML)
		fates := make([]string, 200)
		for i := range fates {
			if backwards {
				i = len(fates) - 1 - i
			}
			call := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"eth_getBlockByNumber","params":["0x%x",false]}`, i*7+int(seed), i/2)
			status, answer, err := post(t, url, call)
			fates[i] = fmt.Sprint(status, strings.HasPrefix(answer, "<"), err)
		}
		return fates
	}
	count := func(fates []string) int {
		failed := 0
		for _, f := range fates {
			if f != "200 false <nil>" {
				failed++
			}
		}
		return failed
	}
	one := fates(1, false)
	if diff := cmp.Diff(one, fates(1, false)); diff != "" {
		t.Errorf("a second run fails otherwise (-first +second):\n%s", diff)
	}
	if n := count(one); n < 30 || n > 90 {
		t.Errorf("%d of 200 failed, want about 60", n)
	}
	if got, want := count(fates(1, true)), count(one); got != want {
		t.Errorf("backwards %d failed, forwards %d", got, want)
	}
	if cmp.Equal(one, fates(2, false)) {
		t.Error("another seed fails alike")
	}
}

func TestBrokenEndpoints(t *testing.T) {
	t.Parallel()
	if _, answer, err := post(t, chaintest.HTMLEndpoint(t), pair); err != nil || !strings.Contains(answer, "<html>") {
		t.Errorf("html: %q, %v", answer, err)
	}
	if status, _, err := post(t, chaintest.StatusEndpoint(t, http.StatusUnauthorized), pair); err != nil || status != 401 {
		t.Errorf("status %d, %v", status, err)
	}
	if _, _, err := post(t, chaintest.DeadEndpoint(t), pair); err == nil {
		t.Error("a dead endpoint answers")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, chaintest.HangingEndpoint(t), bytes.NewBufferString(pair))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			response.Body.Close()
		}
		t.Errorf("a hanging endpoint: %v", err)
	}
}
