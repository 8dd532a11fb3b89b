package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"reflect"
	"strings"

	"losstracer/trace/flow"
)

// A report may have as many rows as there are transfers, so JSON is written
// piece by piece, and only as much of it is in memory as one piece.

// streamed is a value that writes its own JSON.
type streamed interface {
	stream(w *bufio.Writer) error
}

// writeLine writes a document as one line.
func writeLine(w io.Writer, document streamed) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := document.stream(out); err != nil {
		return err
	}
	if err := out.WriteByte('\n'); err != nil {
		return err
	}
	return out.Flush()
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

func (r rows[T]) stream(w *bufio.Writer) error {
	separator := "["
	for x := range r {
		if _, err := w.WriteString(separator); err != nil {
			return err
		}
		if err := writeValue(w, x); err != nil {
			return err
		}
		separator = ","
	}
	if separator == "[" {
		separator = "[]"
	} else {
		separator = "]"
	}
	_, err := w.WriteString(separator)
	return err
}

// jsonFlow is a flow inside a report; null where nothing was followed.
type jsonFlow struct{ *flow.Result }

func (f jsonFlow) stream(w *bufio.Writer) error {
	if f.Result == nil {
		_, err := w.WriteString("null")
		return err
	}
	return f.Write(w)
}

func writeValue(w *bufio.Writer, v any) error {
	if s, ok := v.(streamed); ok {
		return s.stream(w)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))
	return err
}

// writeObject writes a struct field by field. Every field has a name in its
// tag and nothing else.
func writeObject(w *bufio.Writer, object any) error {
	v := reflect.ValueOf(object)
	for i := range v.NumField() {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if _, err := w.WriteString(separator + `"` + name + `":`); err != nil {
			return err
		}
		if err := writeValue(w, v.Field(i).Interface()); err != nil {
			return err
		}
	}
	return w.WriteByte('}')
}
