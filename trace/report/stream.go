package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"reflect"
	"strings"
)

// A report may have as many rows as there are transfers, so JSON is written
// piece by piece, and only as much of it is in memory as one piece.

// streamed is a value that writes its own JSON.
type streamed interface {
	stream(w *jsonWriter)
}

// jsonWriter writes JSON. The first error stays with it, and nothing is written
// after it.
type jsonWriter struct {
	out     *bufio.Writer
	encoder *json.Encoder // into piece
	piece   bytes.Buffer
	err     error
}

// writeLine writes a document as one line.
func writeLine(to io.Writer, document any) error {
	w := &jsonWriter{out: bufio.NewWriterSize(to, 1<<16)}
	w.encoder = json.NewEncoder(&w.piece)
	w.encoder.SetEscapeHTML(false)
	w.value(document)
	w.text("\n")
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

func (w *jsonWriter) text(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *jsonWriter) value(v any) {
	if s, ok := v.(streamed); ok {
		s.stream(w)
		return
	}
	if w.err != nil {
		return
	}
	w.piece.Reset()
	if w.err = w.encoder.Encode(v); w.err == nil {
		_, w.err = w.out.Write(bytes.TrimSuffix(w.piece.Bytes(), []byte{'\n'}))
	}
}

// object writes a struct field by field. Every field has a name in its tag, and
// omitempty or nothing else.
func (w *jsonWriter) object(object any) {
	v := reflect.ValueOf(object)
	separator := "{"
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if option == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		w.text(separator + `"` + name + `":`)
		w.value(v.Field(i).Interface())
		separator = ","
	}
	w.text("}")
}

// rows is a JSON array whose elements are made when they are written.
type rows[T any] iter.Seq[T]

// rowsOf maps a list.
func rowsOf[T, U any](in []T, f func(*T) U) rows[U] {
	return func(yield func(U) bool) {
		for i := range in {
			if !yield(f(&in[i])) {
				return
			}
		}
	}
}

// rowsIn maps a sequence.
func rowsIn[T, U any](in iter.Seq[T], f func(T) U) rows[U] {
	return func(yield func(U) bool) {
		for x := range in {
			if !yield(f(x)) {
				return
			}
		}
	}
}

func (r rows[T]) stream(w *jsonWriter) {
	w.text("[")
	separator := ""
	for x := range r {
		if w.err != nil {
			return
		}
		w.text(separator)
		w.value(x)
		separator = ","
	}
	w.text("]")
}
