package intake

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"spool/shared/fault"
)

// JSON refuses JSON that package encoding/json would mend: bytes that are not UTF-8, and
// halves of surrogate pairs, such as "\ud83d". The field of the fault is the value that
// holds it, such as tweets[2].text. Whether it is JSON at all is not looked at.
func JSON(data []byte) error {
	if at := invalid(data); at >= 0 {
		return refuse(data, at, "The JSON is not UTF-8", "Encode it as UTF-8.")
	}
	if at := halfPair(data); at >= 0 {
		return refuse(data, at, "The JSON has half a character, a surrogate without its other half",
			`Write the character itself, or both halves, such as \ud83d\ude00.`)
	}
	return nil
}

// Relayed is [JSON] for what came through something that mends text itself, such as API
// Gateway: it puts U+FFFD where bytes were not UTF-8. Who means this very character
// escapes it, as [Escape] does.
func Relayed(data []byte) error {
	if err := JSON(data); err != nil {
		return err
	}
	if at := bytes.Index(data, []byte(replacement)); at >= 0 {
		return refuse(data, at, "The JSON is not UTF-8, or has the character U+FFFD in its place",
			`Encode it as UTF-8. If you mean this very character, write \ufffd.`)
	}
	return nil
}

// Escape gives JSON that [Relayed] takes.
func Escape(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte(replacement), []byte(`\ufffd`))
}

func refuse(data []byte, at int, what, todo string) error {
	return fault.New(fault.Invalid, "%s: see %s.", what, place(data, at)).At(holder(data, at)).Todo("%s", todo)
}

// halfPair is the place of the first escaped surrogate without its other half, or -1.
func halfPair(data []byte) int {
	for at := 0; at < len(data); at++ {
		if data[at] != '\\' {
			continue
		}
		switch half := surrogate(data[at:]); {
		case half == 0:
			at++ // whatever it is that is escaped
		case half == high && surrogate(data[at+6:]) == low:
			at += 11
		default:
			return at
		}
	}
	return -1
}

const (
	high = 1 + iota
	low
)

// surrogate says which half of a pair an escape at the beginning of data stands for, 0 for
// none.
func surrogate(data []byte) int {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	switch {
	case err != nil || n < 0xd800 || n > 0xdfff:
		return 0
	case n < 0xdc00:
		return high
	default:
		return low
	}
}

// deepest bounds how far down a value is named.
const deepest = 100

// holder names the value of a document that a byte belongs to; empty: none that can be
// named.
func holder(data []byte, at int) string {
	w := walk{Decoder: json.NewDecoder(bytes.NewReader(data)), at: int64(at)}
	w.value("", 0)
	return w.name
}

// A walk goes through the values of a document up to a place.
type walk struct {
	*json.Decoder
	at   int64
	name string // of the value there
}

// value passes a value of a name. It reports whether it is the end of the walk.
func (w *walk) value(name string, depth int) (ended bool) {
	token, ended := w.token(name)
	if ended || depth == deepest {
		return true
	}
	switch token {
	case json.Delim('['):
		for i := 0; w.More(); i++ {
			if w.value(name+"["+strconv.Itoa(i)+"]", depth+1) {
				return true
			}
		}
	case json.Delim('{'):
		for w.More() {
			member, ended := w.token(name)
			if ended {
				return true
			}
			text, _ := member.(string)
			if w.value(strings.TrimPrefix(name+"."+text, "."), depth+1) {
				return true
			}
		}
	default:
		return false
	}
	_, ended = w.token(name) // the closing bracket
	return ended
}

// token reads a token of the value of a name.
func (w *walk) token(name string) (token json.Token, ended bool) {
	token, err := w.Token()
	if err != nil {
		return nil, true
	}
	if w.InputOffset() > w.at {
		w.name = name
		return nil, true
	}
	return token, false
}
