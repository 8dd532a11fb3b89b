package history_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/chain/history"
)

// cast is who takes part in a drawn chain: accounts with keys, contracts, and
// an address that never has code at the end of a block.
type cast struct {
	keyed     []common.Address
	contracts []common.Address
	ghost     common.Address
}

func (c cast) all() []common.Address {
	return append(append(append([]common.Address{}, c.keyed...), c.contracts...), c.ghost)
}

const (
	simID    = 31337
	starting = 1_000_000
)

// drawChain draws a short and busy chain in which coincidences are likely:
// amounts are small, so that value often comes and goes between equal ends.
func drawChain(t *rapid.T) (*simChain, cast) {
	var who cast
	genesis := map[common.Address]simAccount{}
	for i := range 3 {
		a := crypto.PubkeyToAddress(key(i).PublicKey)
		who.keyed = append(who.keyed, a)
		genesis[a] = simAccount{balance: starting, nonce: uint64(rapid.IntRange(0, 1).Draw(t, "nonce"))}
	}
	who.contracts = []common.Address{common.HexToAddress("0xc0de01")}
	genesis[who.contracts[0]] = simAccount{balance: starting, nonce: 1, code: []byte{0x60}}
	who.ghost = common.HexToAddress("0x6057")
	genesis[who.ghost] = simAccount{balance: starting}
	c := newSimChain(simID, genesis)
	c.frames = rapid.Bool().Draw(t, "frames")
	c.hints = rapid.SampledFrom([]hinting{noHints, allHints, topHints, poorHints, falseHints}).Draw(t, "hints")
	for range rapid.IntRange(1, 40).Draw(t, "blocks") {
		c.apply(drawBlock(t, c, who))
	}
	return c, who
}

func drawBlock(t *rapid.T, c *simChain, who cast) simBlock {
	var b simBlock
	if rapid.IntRange(0, 9).Draw(t, "withdraws") == 0 {
		b.withdrawals = append(b.withdrawals, simMove{to: rapid.SampledFrom(who.all()).Draw(t, "validator"), value: int64(rapid.IntRange(1, 2).Draw(t, "gwei"))})
	}
	for range rapid.IntRange(0, 2).Draw(t, "txs") {
		b.txs = append(b.txs, drawTx(t, c, who, &b))
	}
	return b
}

func drawTx(t *rapid.T, c *simChain, who cast, b *simBlock) simTx {
	tx := simTx{
		from:   rapid.SampledFrom(who.keyed).Draw(t, "from"),
		to:     rapid.SampledFrom(who.all()).Draw(t, "to"),
		value:  int64(rapid.IntRange(0, 3).Draw(t, "value")),
		fee:    int64(rapid.IntRange(0, 2).Draw(t, "fee")),
		failed: rapid.IntRange(0, 5).Draw(t, "fails") == 0,
	}
	if rapid.IntRange(0, 2).Draw(t, "authorizes") == 0 {
		tx.auths = append(tx.auths, drawAuth(t, c, who))
	}
	for range rapid.IntRange(0, 2).Draw(t, "moves") {
		tx.moves = append(tx.moves, simMove{drawPayer(t, c, who), rapid.SampledFrom(who.all()).Draw(t, "payee"), int64(rapid.IntRange(1, 3).Draw(t, "paid"))})
	}
	return tx
}

// drawAuth draws an authorization whose nonce is right, or late, or early.
func drawAuth(t *rapid.T, c *simChain, who cast) types.SetCodeAuthorization {
	i := rapid.IntRange(0, len(who.keyed)-1).Draw(t, "signer")
	nonce := int(c.now[who.keyed[i]].nonce) + rapid.IntRange(-1, 2).Draw(t, "off")
	to := rapid.SampledFrom([]common.Address{{}, who.contracts[0]}).Draw(t, "delegate")
	return authorize(key(i), c.chainID, uint64(max(nonce, 0)), to)
}

// drawPayer draws who pays in a call frame: a contract, a delegated account,
// or the ghost, which is a contract for the length of one tx.
func drawPayer(t *rapid.T, c *simChain, who cast) common.Address {
	candidates := append([]common.Address{who.ghost}, who.contracts...)
	for _, a := range who.keyed {
		if len(c.now[a].code) > 0 {
			candidates = append(candidates, a)
		}
	}
	return rapid.SampledFrom(candidates).Draw(t, "payer")
}

// flows sums the native transfers of an account by block.
func flows(h *chain.History, a common.Address) map[uint64][2]int64 {
	out := map[uint64][2]int64{}
	for _, t := range h.Transfers {
		if t.Asset.Kind() != chain.Native {
			continue
		}
		v := out[t.Block]
		if to, ok := t.Recipient(); ok && to == a {
			v[0] += int64(t.Units.Uint64())
		}
		if from, ok := t.Sender(); ok && from == a {
			v[1] += int64(t.Units.Uint64())
		}
		if v != [2]int64{} {
			out[t.Block] = v
		}
	}
	return out
}

// What is called complete is the whole truth, block by block, and what is not
// never claims more than there was.
func TestCompleteIsTrue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, who := drawChain(t)
		head := uint64(len(c.blocks) - 1)
		from := rapid.Uint64Range(1, head).Draw(t, "window from")
		w := chain.Window{From: from, To: rapid.Uint64Range(from, head).Draw(t, "window to")}
		asked := rapid.SliceOfNDistinct(rapid.SampledFrom(who.all()), 1, len(who.all()), rapid.ID[common.Address]).Draw(t, "asked")
		s := history.New(c, history.Options{NoProof: true, ScanBlocks: uint64(rapid.SampledFrom([]int{1, 1000}).Draw(t, "scan"))})
		h, err := s.History(t.Context(), chain.Query{Addresses: asked, Window: w})
		if err != nil {
			t.Fatal(err)
		}
		doubt := doubted(t, h, c, asked, w)
		for _, cov := range h.Coverage {
			if cov.Scope != chain.ScopeNative {
				continue
			}
			got, want := flows(h, cov.Address), c.truth(cov.Address, w.From, w.To)
			if cov.Complete {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s is called complete by %s (%s) and is not (-want +got):\n%s", cov.Address, cov.Method, cov.Note, diff)
				}
			}
			for n, v := range got {
				if v[0] > want[n][0] || v[1] > want[n][1] {
					t.Errorf("%s block %d: claims %v and there was %v", cov.Address, n, v, want[n])
				}
			}
			if !cov.Complete && !doubt && c.provable(cov.Address, w.From, w.To) {
				t.Errorf("%s is called incomplete (%s), and its nonce proves it", cov.Address, cov.Note)
			}
			if !cov.Complete && cov.Note == "" {
				t.Errorf("%s is incomplete without a reason", cov.Address)
			}
		}
		if !doubt {
			closes(t, h)
		}
	})
}

// doubted reports whether the state was not believed because a tx leaves its
// sender's balance as it was, which is chance on chains of such small sums. It must
// not be where the balance of an account moves over the window.
func doubted(t *rapid.T, h *chain.History, c *simChain, asked []common.Address, w chain.Window) bool {
	if !slices.ContainsFunc(h.Closure, func(c chain.Closure) bool { return strings.Contains(c.Note, "leaves its balance at") }) {
		return false
	}
	for _, a := range asked {
		if lo, hi := c.state(w.From-1, a).balance, c.state(w.To, a).balance; lo != hi {
			t.Errorf("state is not believed, and %s goes from %d to %d", a, lo, hi)
		}
	}
	return true
}

// closes checks that opening + in − out − fees + residual is the balance, and
// that what is complete leaves nothing.
func closes(t *rapid.T, h *chain.History) {
	whole := map[common.Address]bool{}
	for _, cov := range h.Coverage {
		if cov.Scope == chain.ScopeNative {
			whole[cov.Address] = cov.Complete
		}
	}
	for _, c := range h.Closure {
		residual, ok := c.Residual()
		if !ok {
			t.Errorf("%s has no witness: %s", c.Address, c.Note)
		}
		if whole[c.Address] && !residual.IsZero() {
			t.Errorf("%s is complete and leaves %s", c.Address, residual)
		}
	}
}
