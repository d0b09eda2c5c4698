// Package intake takes in what people and programs hand over as text, the same at every
// door: files, standard input, requests. What cannot be read as it was meant is refused,
// with its place, and never mended in silence.
//
// What it refuses is a fault of code Invalid.
package intake

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"spool/shared/fault"
)

const (
	byteOrderMark = "\ufeff"
	replacement   = "\ufffd" // stands where something was no text
)

// Text gives bytes as text: they must be UTF-8; a byte order mark is taken away, and lines
// end as [LF] says.
func Text(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return "", fault.New(fault.Invalid, "This is UTF-16, and not UTF-8 text.").Todo("Save it as UTF-8.")
	}
	if at := invalid(data); at >= 0 {
		return "", fault.New(fault.Invalid, "This is not UTF-8 text: see %s.", place(data, at)).Todo("Save it as UTF-8.")
	}
	return LF(strings.TrimPrefix(string(data), byteOrderMark)), nil
}

// LF gives a text whose lines end as X ends them: CR LF, and CR alone, become LF.
func LF(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// invalid is the place of the first byte that is not UTF-8, or -1.
func invalid(data []byte) int {
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

// place names an offset. Bytes are counted from 0, lines from 1.
func place(data []byte, at int) string {
	if !bytes.Contains(data, []byte("\n")) {
		return fmt.Sprintf("byte %d", at)
	}
	return fmt.Sprintf("byte %d, in line %d", at, 1+bytes.Count(data[:at], []byte("\n")))
}
