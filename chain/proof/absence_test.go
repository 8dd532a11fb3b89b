package proof_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"pgregory.net/rapid"

	"losstracer/chain/proof"
)

// drawHeaders draws a chain of headers and returns the hash of the last.
func drawHeaders(t *rapid.T) ([]*types.Header, common.Hash) {
	first := rapid.Int64Range(0, 1<<40).Draw(t, "first")
	parent := common.BytesToHash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "parent"))
	var headers []*types.Header
	for i := range rapid.IntRange(1, 12).Draw(t, "blocks") {
		h := &types.Header{
			ParentHash: parent, Number: big.NewInt(first + int64(i)), Difficulty: new(big.Int),
			Time: rapid.Uint64().Draw(t, "time"), Extra: rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "extra"),
		}
		headers, parent = append(headers, h), h.Hash()
	}
	return headers, parent
}

// Whatever is changed anywhere in a chain of headers, it no longer leads to
// its tip.
func TestLinked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		headers, tip := drawHeaders(t)
		if err := proof.Linked(headers, tip); err != nil {
			t.Fatalf("a true chain: %v", err)
		}
		i := rapid.IntRange(0, len(headers)-1).Draw(t, "where")
		changed := slices.Clone(headers)
		switch rapid.SampledFrom([]string{"bloom", "root", "parent", "left out", "twice", "tip"}).Draw(t, "what") {
		case "bloom":
			h := *headers[i]
			h.Bloom[rapid.IntRange(0, types.BloomByteLength-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			changed[i] = &h
		case "root":
			h := *headers[i]
			h.ReceiptHash[0] ^= 1
			changed[i] = &h
		case "parent":
			h := *headers[i]
			h.ParentHash[31] ^= 1
			changed[i] = &h
		case "left out":
			if i == 0 {
				return // a shorter chain is one too
			}
			changed = slices.Delete(changed, i, i+1)
		case "twice":
			changed = slices.Insert(changed, i, headers[i])
		case "tip":
			tip[0] ^= 1
		}
		err := proof.Linked(changed, tip)
		var mismatch *proof.MismatchError
		var gap *proof.GapError
		if !errors.As(err, &mismatch) && !errors.As(err, &gap) {
			t.Errorf("a changed chain: %v, want a mismatch or a gap", err)
		}
	})
}

func TestNoHeadersAreLinked(t *testing.T) {
	t.Parallel()
	if err := proof.Linked(nil, common.Hash{1}); err != nil {
		t.Error(err)
	}
}

func drawLog(t *rapid.T) *types.Log {
	value := rapid.Uint64Range(1, 6) // few, so that they meet
	l := &types.Log{Address: common.BigToAddress(new(big.Int).SetUint64(value.Draw(t, "emitter")))}
	for range rapid.IntRange(0, 4).Draw(t, "topics") {
		l.Topics = append(l.Topics, common.BigToHash(new(big.Int).SetUint64(value.Draw(t, "topic"))))
	}
	return l
}

// matches is the rule of eth_getLogs, word by word.
func matches(l *types.Log, addresses []common.Address, topics [][]common.Hash) bool {
	if len(addresses) > 0 && !slices.Contains(addresses, l.Address) {
		return false
	}
	for i, set := range topics {
		if len(set) > 0 && (i >= len(l.Topics) || !slices.Contains(set, l.Topics[i])) {
			return false
		}
	}
	return true
}

// A bloom filter never denies a log that is there; and of values that are in
// no log it denies most.
func TestMayMatch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		receipt := &types.Receipt{}
		for range rapid.IntRange(0, 8).Draw(t, "logs") {
			receipt.Logs = append(receipt.Logs, drawLog(t))
		}
		bloom := types.CreateBloom(receipt)
		var addresses []common.Address
		var topics [][]common.Hash
		like := drawLog(t)
		if rapid.Bool().Draw(t, "by emitter") {
			addresses = append(addresses, like.Address, drawLog(t).Address)
		}
		for _, topic := range like.Topics {
			switch rapid.IntRange(0, 2).Draw(t, "set") {
			case 0:
				topics = append(topics, nil)
			case 1:
				topics = append(topics, []common.Hash{topic})
			default:
				topics = append(topics, []common.Hash{{0xff}, topic})
			}
		}
		may := proof.NewLogFilter(addresses, topics).MayMatch(&bloom)
		for _, l := range receipt.Logs {
			if matches(l, addresses, topics) && !may {
				t.Fatalf("the bloom filter denies %v %v", l.Address, l.Topics)
			}
		}
		// What each value of the filter says alone, by go-ethereum.
		want := true
		for i, set := range append([][]common.Hash{nil}, topics...) {
			var found, asked bool
			if i == 0 {
				for _, a := range addresses {
					asked, found = true, found || types.BloomLookup(bloom, a)
				}
			}
			for _, topic := range set {
				asked, found = true, found || types.BloomLookup(bloom, topic)
			}
			want = want && (found || !asked)
		}
		if may != want {
			t.Errorf("may match is %v, and %v by go-ethereum", may, want)
		}
	})
}

// The headers of a real node are linked, and their bloom filters tell of the
// logs that stand in the blocks.
func TestRealHeaders(t *testing.T) {
	t.Parallel()
	s := scenario(t, "fungible tokens")
	url := play(t, s)
	var blocks []block
	var headers []*types.Header
	for n := range len(s.Blocks) + 1 {
		blocks = append(blocks, read(t, url, int64(n)))
		headers = append(headers, blocks[n].header)
	}
	if err := proof.Linked(headers, blocks[len(blocks)-1].hash); err != nil {
		t.Error(err)
	}
	logs := 0
	for _, b := range blocks {
		for _, r := range b.receipts {
			for _, l := range r.Logs {
				logs++
				sets := make([][]common.Hash, len(l.Topics))
				for i, topic := range l.Topics {
					sets[i] = []common.Hash{topic}
				}
				if !proof.NewLogFilter([]common.Address{l.Address}, sets).MayMatch(&b.header.Bloom) {
					t.Errorf("block %s: the bloom filter denies log %d", b.header.Number, l.Index)
				}
			}
		}
		if proof.NewLogFilter([]common.Address{{0xee}}, nil).MayMatch(&b.header.Bloom) {
			t.Errorf("block %s: an address that is in no log may be in one", b.header.Number)
		}
	}
	if logs == 0 {
		t.Fatal("the scenario has no logs")
	}
}

func BenchmarkMayMatch(b *testing.B) {
	var parties []common.Hash
	for i := range 10 {
		parties = append(parties, common.BigToHash(big.NewInt(int64(i)+1000)))
	}
	f := proof.NewLogFilter(nil, [][]common.Hash{{{1}, {2}, {3}}, parties})
	var bloom types.Bloom
	for i := range bloom {
		bloom[i] = 0x5b // as full as those of Ethereum are
	}
	for b.Loop() {
		f.MayMatch(&bloom)
	}
}
