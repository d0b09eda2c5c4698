package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/wire"
)

// formats are how bodies are written and read: as JSON that says what was meant, to the
// last character.
func formats() map[string]huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = func(body []byte, v any) error {
		body = withoutMark(body)
		if err := intake.Relayed(body); err != nil {
			return err // refusal looks for itself what is wrong with the body
		}
		return json.Unmarshal(body, v)
	}
	return map[string]huma.Format{"application/json": f, "json": f}
}

// withoutMark takes the byte order mark away, which some programs put before JSON.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

// unreadable says what is wrong with a body that could not be read, and where.
func unreadable(body string) (e wire.FieldError, todo string) {
	raw := withoutMark([]byte(body))
	if damaged, ok := errors.AsType[*fault.Error](intake.Relayed(raw)); ok {
		return wire.FieldError{Field: bounded(damaged.Field), Message: damaged.Message}, damaged.Fix
	}
	e.Message, todo = notOurs(string(raw))
	return e, todo
}

// notOurs says where a body stops being JSON, or JSON of ours.
func notOurs(body string) (say, todo string) {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
		v      any
	)
	err := json.Unmarshal([]byte(body), &v)
	switch {
	case errors.As(err, &syntax):
		return "The body is not JSON from " + position(body, syntax.Offset) + " on.",
			"Look for a comma, a quotation mark or a bracket that is missing or too many there."
	case errors.As(err, &kind):
		return "The body has a number that is too large, just before " + position(body, kind.Offset) +
			".", "Choose a smaller number."
	case err == nil:
		return "The body has a number that is not whole where a whole one is asked for, or a time that does not exist.",
			"Write whole numbers as digits only, such as 5, and times such as 2026-12-01T09:00:00Z."
	}
	return "The body is not JSON.", lookUp
}

// position is a place in a text as an editor shows it.
func position(text string, offset int64) string {
	before := []byte(text)[:min(max(offset-1, 0), int64(len(text)))]
	line := bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, character %d", line+1,
		len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))+1)
}
