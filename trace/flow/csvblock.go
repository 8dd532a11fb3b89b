package flow

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

const (
	longestLine = 1 << 20 // of an import
	blockSize   = 1 << 18 // how much of a file is parsed at a time, about
)

// block is whole lines of a file, and what they say.
type block struct {
	text   []byte
	line   int // number of the first
	size   int
	drafts []draft
	err    error // what ends the import after the drafts
	parsed chan struct{}
	memory []byte
}

// cut takes the first line off the text.
func (b *block) cut() []byte {
	line, rest, _ := bytes.Cut(b.text, []byte{'\n'})
	b.text = rest
	b.line++
	return bytes.TrimSuffix(line, []byte{'\r'})
}

// blockReader cuts a file into blocks.
type blockReader struct {
	in   io.Reader
	file string
	line int    // of the next block
	rest []byte // of it, what has been read already
	done bool
	free chan *block // to be used again
}

// next returns nil at the end of the file. What went wrong is in the block.
func (r *blockReader) next() *block {
	if r.done {
		return nil
	}
	b := r.empty()
	text := append(b.memory[:0], r.rest...)
	for end := -1; end < 0 && !r.done; {
		text = slices.Grow(text, blockSize)
		n, err := r.in.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case err == io.EOF:
			r.done = true
		case err != nil:
			b.err = fmt.Errorf("read transfers %s after line %d: %w", r.file, r.line-1, err)
			text, r.done = text[:bytes.LastIndexByte(text, '\n')+1], true
		case len(text) < blockSize:
			continue
		}
		// A line without an end is refused by whoever parses it.
		r.done = r.done || len(text) > longestLine+blockSize
		if end = bytes.LastIndexByte(text, '\n'); !r.done && end >= 0 {
			r.rest = append(r.rest[:0], text[end+1:]...)
			text = text[:end+1]
		}
	}
	b.memory, b.text, b.size, b.line = text, text, len(text), r.line
	r.line += bytes.Count(text, []byte{'\n'})
	return b
}

func (r *blockReader) empty() *block {
	select {
	case b := <-r.free:
		return &block{memory: b.memory, drafts: b.drafts[:0], parsed: make(chan struct{})}
	default:
		return &block{parsed: make(chan struct{})}
	}
}

// giveBack hands in a block that is not needed any more.
func (r *blockReader) giveBack(b *block) {
	select {
	case r.free <- b:
	default:
	}
}

// sizeOf returns how many bytes a reader has, or nothing where it cannot say.
// Only memory depends on it.
func sizeOf(in io.Reader) int {
	switch in := in.(type) {
	case interface{ Stat() (fs.FileInfo, error) }:
		if st, err := in.Stat(); err == nil && st.Mode().IsRegular() {
			return int(st.Size())
		}
	case interface{ Len() int }:
		return in.Len()
	}
	return 0
}
