package casefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// bomb is a frame of zeros whose header says nothing, or something else, about
// how many they are.
func bomb(t testing.TB, zeros int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for n := 0; n < zeros; n += len(block) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBombs: what is stored takes no more memory than what the program could
// have stored.
func TestBombs(t *testing.T) {
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	defer u.close()
	quiet := bomb(t, 64<<20)
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	honest := packer.EncodeAll(make([]byte, 64<<20), nil)
	giant := append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, binary.LittleEndian.AppendUint64(nil, 1<<40)...)
	giant = append(giant, 1, 0, 0)
	for _, row := range []struct {
		name   string
		packed []byte
		size   int64
	}{
		{"no size in the frame, a small one beside it", quiet, 5},
		{"no size in the frame, a large one beside it", quiet, 64 << 20},
		{"less is announced than there is", honest, 5},
		{"more is announced than there is", honest, 128 << 20},
		{"more than anything", honest, 1 << 40},
		{"a negative size", honest, -1},
		{"a size of a terabyte in the frame", giant, 5},
		{"a size of a terabyte in both", giant, 1 << 40},
		{"a frame without content", []byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}, 0},
		{"two frames", append(packer.EncodeAll([]byte("abc"), nil), honest...), 3},
		{"rubbish", []byte("rubbish"), 3},
		{"nothing for something", nil, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b, err := u.unpack(row.packed, row.size, maxResponse)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%d bytes, %v; want ErrDamaged", len(b), err)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
				t.Errorf("%d bytes of memory for it", grown)
			}
		})
	}
	if b, err := u.unpack(honest, 64<<20, 64<<20); err != nil || len(b) != 64<<20 {
		t.Errorf("what is as long as it says: %d bytes, %v", len(b), err)
	}
	if _, err := u.unpack(honest, 64<<20, 64<<20-1); !errors.Is(err, ErrDamaged) {
		t.Errorf("longer than is allowed: %v", err)
	}
}

// TestPackUnpack: what the program stores it reads, of whatever length.
func TestPackUnpack(t *testing.T) {
	t.Parallel()
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2))
	if err != nil {
		t.Fatal(err)
	}
	f := &File{packer: packer}
	if f.opener, err = newUnpacker(); err != nil {
		t.Fatal(err)
	}
	defer f.opener.close()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 600), rapid.SampledFrom([]int{1 << 16, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5 << 20})).Draw(t, "length")
		want := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte"), 1, 2, 3}, n/4+1)[:n]
		got, err := f.unpack(f.pack(want), int64(n))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %d, %v", n, len(got), err)
		}
	})
}

// FuzzUnpack: no bytes make it panic, and what comes out is as long as was
// said.
func FuzzUnpack(f *testing.F) {
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	u, err := newUnpacker()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packer.EncodeAll([]byte("hello, hello, hello"), nil), int64(19))
	f.Add(packer.EncodeAll(bytes.Repeat([]byte("x"), 1000), nil), int64(1000))
	f.Add([]byte{}, int64(0))
	f.Fuzz(func(t *testing.T, packed []byte, size int64) {
		if b, err := u.unpack(packed, size, 1<<20); err == nil && int64(len(b)) != size {
			t.Fatalf("%d bytes for %d", len(b), size)
		}
	})
}
