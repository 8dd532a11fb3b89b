package chaintest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"losstracer/chain"
)

func openScan(frames bool) func(testing.TB, string) chain.Source {
	return func(t testing.TB, url string) chain.Source {
		t.Helper()
		c, err := ethclient.DialContext(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return scan{c, frames}
	}
}

func TestScanOnAnvilWithFrames(t *testing.T) {
	t.Parallel()
	TestSource(t, SourceTest{Play: PlayOnAnvil, Open: openScan(true), Frames: true})
}

func TestScanOnAnvilWithoutFrames(t *testing.T) {
	t.Parallel()
	TestSource(t, SourceTest{Play: PlayOnAnvil, Open: openScan(false)})
}

// TestRandomScenarios checks that what chance wrote is what a node plays.
func TestRandomScenarios(t *testing.T) {
	t.Parallel()
	var scenarios []*Scenario
	kinds := map[chain.Kind]int{}
	deepest := 0
	for seed := range uint64(8) {
		s := RandomScenario(seed)
		scenarios = append(scenarios, s)
		for _, m := range s.Moves {
			kinds[m.Kind]++
			deepest = max(deepest, len(m.Trace.Steps()))
		}
	}
	for _, k := range []chain.Kind{chain.KindNative, chain.KindInternal, chain.KindERC20, chain.KindWrap} {
		if kinds[k] < 10 {
			t.Errorf("%d movements are %s: chance is not wide enough", kinds[k], k)
		}
	}
	if deepest < 3 {
		t.Errorf("no movement is deeper than %d calls", deepest)
	}
	TestSource(t, SourceTest{Play: PlayOnAnvil, Open: openScan(true), Frames: true, Scenarios: scenarios})
	TestSource(t, SourceTest{Play: PlayOnAnvil, Open: openScan(false), Scenarios: scenarios[:3]})
}

// spoiled answers as another source does, but for one thing.
type spoiled struct {
	chain.Source
	spoil func(*chain.History)
}

func (s spoiled) History(ctx context.Context, q chain.Query) (*chain.History, error) {
	h, err := s.Source.History(ctx, q)
	if err == nil {
		s.spoil(h)
	}
	return h, err
}

func drop(which func(*chain.Transfer) bool) func(*chain.History) {
	return func(h *chain.History) {
		h.Transfers = slices.DeleteFunc(h.Transfers, func(t chain.Transfer) bool { return which(&t) })
	}
}

func each(change func(*chain.Transfer)) func(*chain.History) {
	return func(h *chain.History) {
		for i := range h.Transfers {
			change(&h.Transfers[i])
		}
	}
}

// TestSuiteFindsFaults breaks a source that is right in one way after the
// other; a suite that does not notice tests nothing.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	byName := map[string]*Scenario{}
	for _, s := range Scenarios() {
		byName[s.Name] = s
	}
	for _, row := range []struct {
		name, scenario string
		frames         bool
		spoil          func(*chain.History)
		want           string
	}{
		{"internal transfers are missing", "internal calls", true, drop(func(t *chain.Transfer) bool { return t.Kind == chain.KindInternal }), "coin transfers"},
		{"fees are missing", "plain transfers", true, drop(func(t *chain.Transfer) bool { return t.Kind == chain.KindFee }), "coin transfers"},
		{"empty token transfers are missing", "fungible tokens", true, drop(func(t *chain.Transfer) bool { return t.Units.IsZero() }), "token transfers"},
		{"one part of a batch is missing", "collectibles", true, drop(func(t *chain.Transfer) bool { return t.Part == 1 }), "token transfers"},
		{"unwrapping is missing", "wrapping", true, drop(func(t *chain.Transfer) bool { return t.Kind == chain.KindUnwrap }), "token transfers"},
		{"internal credits are not even unseen", "internal calls", false, drop(func(t *chain.Transfer) bool { return t.Kind == chain.KindUnseen }), "said to be complete"},
		{"a failed tx moves its value", "plain transfers", false, each(func(t *chain.Transfer) {
			if t.Kind == chain.KindFee && t.Block == 12 {
				t.Kind, t.Site = chain.KindNative, chain.SiteFrame
			}
		}), "did not happen"},
		{"a counterfactual contract is called complete", "counterfactual contract", false, claim, "said to be complete"},
		{"an account between equal ends is called complete", "through a contract", false, claim, "said to be complete"},
		{"a delegated account is called complete", "delegation undone", false, claim, "said to be complete"},
		{"a delegated account with code is called complete", "delegated account", false, claim, "said to be complete"},
		{"completeness is denied where it can be had", "equal ends", false, deny, "though its nonce proves it"},
		{"completeness is denied though there are frames", "equal ends", true, deny, "though there are call frames"},
		{"coverage is missing", "equal ends", true, func(h *chain.History) { h.Coverage = h.Coverage[1:] }, "no coverage"},
		{"closure is missing", "equal ends", true, func(h *chain.History) { h.Closure = nil }, "no closure"},
		{"closure does not add up", "equal ends", true, func(h *chain.History) {
			h.Closure[0].Out = h.Closure[0].Out.Add(chain.NewAmount(h.Closure[0].Asset, big.NewInt(1)))
		}, "add up"},
		{"closure has no witness", "fungible tokens", true, func(h *chain.History) { h.Closure[0].Witness = nil }, "nobody was asked"},
		{"order", "plain transfers", true, func(h *chain.History) { slices.Reverse(h.Transfers) }, "does not follow"},
		{"time", "plain transfers", true, each(func(t *chain.Transfer) { t.Time++ }), "has hash"},
		{"more than was asked for", "plain transfers", true, each(func(t *chain.Transfer) { t.From, t.To = common.Address{1}, common.Address{1} }), "not asked for"},
		{"another window", "plain transfers", true, func(h *chain.History) { h.Window.To++ }, "answer for chain"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := byName[row.scenario]
			url := PlayOnAnvil(t, s)
			truth, err := learn(t.Context(), url, s)
			if err != nil {
				t.Fatal(err)
			}
			truth.frames = row.frames
			faults := truth.check(t.Context(), spoiled{openScan(row.frames)(t, url), row.spoil})
			if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, row.want) }) {
				t.Errorf("faults %q, want one with %q", faults, row.want)
			}
		})
	}
}

func claim(h *chain.History) {
	for i := range h.Coverage {
		h.Coverage[i].Complete = true
	}
}

func deny(h *chain.History) {
	for i := range h.Coverage {
		h.Coverage[i].Complete, h.Coverage[i].Note = false, "modesty"
	}
}

// TestScenariosRepeat holds scenarios against change from run to run.
func TestScenariosRepeat(t *testing.T) {
	t.Parallel()
	digest := func() [32]byte {
		raw, err := json.Marshal(Scenarios())
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(raw)
	}
	if first, second := digest(), digest(); first != second {
		t.Error("two runs write different scenarios")
	}
}

// TestContractsAreOfTheirSources compares the digests that the compiler noted
// with the sources.
func TestContractsAreOfTheirSources(t *testing.T) {
	t.Parallel()
	folder, err := fs.Sub(contractFiles, "contracts")
	if err != nil {
		t.Fatal(err)
	}
	CheckSources(t, folder)
}
