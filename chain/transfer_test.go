package chain_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// Frames come out of a tracer in the order of a walk that names a frame before
// the frames that it calls; trace addresses must sort the same way.
func TestTraceAddressOrderIsWalkOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var walked []chain.TraceAddress
		var walk func(at chain.TraceAddress, depth int)
		walk = func(at chain.TraceAddress, depth int) {
			walked = append(walked, at)
			if depth == 0 {
				return
			}
			// A few wide frames: 300 calls need more than one byte to number.
			for i := range rapid.SampledFrom([]int{0, 1, 2, 3, 300}).Draw(t, "calls") {
				if i < 3 || i > 255 {
					walk(at.Child(i), depth-1)
				}
			}
		}
		walk("", 2)
		sorted := slices.Clone(walked)
		slices.Sort(sorted)
		if diff := cmp.Diff(walked, sorted); diff != "" {
			t.Fatalf("sorted is not walked (-walked +sorted):\n%s", diff)
		}
	})
}

func TestTraceAddressJSON(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]chain.TraceAddress{
		"[]":       "",
		"[0,2]":    chain.NewTraceAddress(0, 2),
		"[256,65]": chain.NewTraceAddress(256).Child(65),
	} {
		b, err := json.Marshal(at)
		if err != nil || string(b) != want {
			t.Errorf("got %s, %v, want %s", b, err, want)
		}
		var back chain.TraceAddress
		if err := json.Unmarshal(b, &back); err != nil || back != at {
			t.Errorf("%s came back as %v, %v", b, back, err)
		}
	}
}

func TestCanonicalOrderIsStrictTotalOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gen := refGen()
		a, b, c := gen.Draw(t, "a"), gen.Draw(t, "b"), gen.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) {
			t.Fatal("not antisymmetric")
		}
		if (a.Compare(b) == 0) != (a == b) {
			t.Fatal("places that differ compare equal")
		}
		if a.Compare(b) < 0 && b.Compare(c) < 0 && a.Compare(c) >= 0 {
			t.Fatal("not transitive")
		}
	})
}

func TestCanonicalOrderWithinTx(t *testing.T) {
	t.Parallel()
	want := []chain.Ref{
		{Block: 1, TxIndex: 0, Site: chain.SiteFee},
		{Block: 1, TxIndex: 1, Site: chain.SiteFrame},
		{Block: 1, TxIndex: 1, Site: chain.SiteFrame, Trace: chain.NewTraceAddress(0)},
		{Block: 1, TxIndex: 1, Site: chain.SiteFrame, Trace: chain.NewTraceAddress(0, 9)},
		{Block: 1, TxIndex: 1, Site: chain.SiteFrame, Trace: chain.NewTraceAddress(10)},
		{Block: 1, TxIndex: 1, Site: chain.SiteLog, Index: 4},
		{Block: 1, TxIndex: 1, Site: chain.SiteLog, Index: 4, Part: 1},
		{Block: 1, TxIndex: 1, Site: chain.SiteLog, Index: 5},
		{Block: 1, TxIndex: 1, Site: chain.SiteFee},
		{Block: 1, TxIndex: chain.OutsideTx, Site: chain.SiteBlock},
		{Block: 2, TxIndex: 0, Site: chain.SiteFrame},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, chain.Ref.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestMergeTransfers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.SliceOfN(transferGen(), 0, 12)
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		merged := chain.MergeTransfers(a, b)
		if diff := cmp.Diff(merged, chain.MergeTransfers(merged, merged)); diff != "" {
			t.Fatalf("merging again changed it (-once +twice):\n%s", diff)
		}
		if diff := cmp.Diff(merged, chain.MergeTransfers(b, a)); diff != "" {
			t.Fatalf("the order of the lists matters (-ab +ba):\n%s", diff)
		}
		for i := 1; i < len(merged); i++ {
			if merged[i-1].Compare(merged[i].Ref) >= 0 {
				t.Fatal("not strictly ascending")
			}
		}
		for _, one := range slices.Concat(a, b) {
			i := slices.IndexFunc(merged, func(m chain.Transfer) bool { return m.Ref == one.Ref })
			if i < 0 {
				t.Fatalf("lost %v", one.Ref)
			}
			if one.Proof.Proven() && !merged[i].Proof.Proven() {
				t.Fatalf("an unproven transfer took the place of a proven one at %v", one.Ref)
			}
		}
	})
}

func TestMergeReferences(t *testing.T) {
	t.Parallel()
	references := func(ts []chain.Transfer) (list []*chain.Transfer) {
		for i := range ts {
			list = append(list, &ts[i])
		}
		return list
	}
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.SliceOfN(transferGen(), 0, 12)
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		if rapid.Bool().Draw(t, "in order") {
			a, b = chain.MergeTransfers(a), chain.MergeTransfers(b)
		}
		var got []chain.Transfer
		for _, one := range chain.MergeReferences(references(a), references(b)) {
			got = append(got, *one)
		}
		if diff := cmp.Diff(chain.MergeTransfers(a, b), got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("not what copies give (-want +got):\n%s", diff)
		}
	})
}

func TestKindText(t *testing.T) {
	t.Parallel()
	for k := chain.KindNative; k <= chain.KindUnseen; k++ {
		b, err := k.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back chain.Kind
		if err := back.UnmarshalText(b); err != nil || back != k {
			t.Errorf("%s came back as %v, %v", b, back, err)
		}
	}
	var k chain.Kind
	if k.UnmarshalText([]byte("gift")) == nil {
		t.Error("an unknown kind was read")
	}
}
