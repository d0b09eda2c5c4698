package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/wire"
)

// phrase says in plain words what huma says in a programmer's.
type phrase struct {
	huma     string // how its message begins; what follows takes the place of %s
	sentence string
	todo     string
}

const lookUp = "The page /docs describes every field."

// phrases are huma's messages, each before those that it begins with. They say
// “this”: the field stands beside them.
var phrases = []phrase{
	{"unexpected property", "There is no such field here.", "Leave it out, or correct its name. " + lookUp},
	{"unknown query parameter", "There is no such parameter here.", "Leave it out, or correct its name. " + lookUp},
	{"expected required property ", "This field is missing.", "Add it. " + lookUp},
	{"required query parameter is missing", "This parameter is missing.", "Add it to the address. " + lookUp},
	{"required header parameter is missing", "This header is missing.", "Add it. " + lookUp},
	{"expected property ", "This field is missing: another one needs it.", "Add it. " + lookUp},
	{"expected boolean", "This must be true or false.", "Write true or false, without quotation marks."},
	{"invalid boolean", "This must be true or false.", "Write true or false."},
	{
		"expected integer", "This must be a whole number.",
		"Write a number without a point and without quotation marks, such as 5.",
	},
	{"invalid integer", "This must be a whole number.", "Write a number without a point, such as 5."},
	{"expected number >= ", "This is too small: it must be at least %s.", "Choose a larger number."},
	{"expected number <= ", "This is too large: it may be %s at most.", "Choose a smaller number."},
	{"expected number > ", "This is too small: it must be more than %s.", "Choose a larger number."},
	{"expected number < ", "This is too large: it must be less than %s.", "Choose a smaller number."},
	{"expected number to be a multiple of ", "This must be a multiple of %s.", "Choose such a number."},
	{"expected number", "This must be a number.", "Write it without quotation marks."},
	{"invalid float", "This must be a number.", "Write it with digits, such as 1.5."},
	{
		"expected string to be RFC 3339 date-time", "This is no complete date and time.",
		"Write it with its zone, such as 2026-12-01T09:00:00Z or 2026-12-01T09:00:00+01:00.",
	},
	{
		"invalid date/time", "This is no complete date and time.",
		"Write it with its zone, such as 2026-12-01T09:00:00Z (in an address a + is written %2B).",
	},
	{"expected string to be", "This does not have the form that is asked for.", lookUp},
	{"expected string to match pattern", "This does not have the form that is asked for.", lookUp},
	{"expected string", "This must be a text.", "Put it in quotation marks."},
	{"expected length >= 1", "This must not be empty.", "Fill it in."},
	{"expected length >= ", "This is too short: it needs at least %s characters.", "Make it longer."},
	{"expected length <= ", "This is too long: it may have %s characters at most.", "Shorten it."},
	{"expected array length >= 1", "This list must not be empty.", "Add something to it."},
	{"expected array length >= ", "This list is too short: it needs at least %s entries.", "Add to it."},
	{"expected array length <= ", "This list is too long: it may have %s entries at most.", "Shorten it."},
	{"expected array items to be unique", "This list has an entry twice.", "Leave one of the two out."},
	{"expected array", "This must be a list.", "Put it in square brackets: […]."},
	{
		"expected object", "This must be an object, which is fields with their values.",
		"Put it in braces, such as {\"text\": \"Hello\"}.",
	},
	{"expected value to be one of ", "This must be one of %s.", "Choose one of these."},
	{"expected at most one value", "This stands there more than once.", "Give it once."},
}

// inPlainWords gives a message of huma's as a sentence and what to do. What is not
// known is not repeated: it may be anything.
func inPlainWords(message string) (say, todo string) {
	for _, p := range phrases {
		rest, ok := strings.CutPrefix(message, p.huma)
		if !ok {
			continue
		}
		if strings.Contains(p.sentence, "%s") {
			return fmt.Sprintf(p.sentence, choices(rest)), p.todo
		}
		return p.sentence, p.todo
	}
	return "This is not as the API describes it.", lookUp
}

// choices gives a list of huma's, in quotation marks with commas, as a person
// reads it, and so a number.
func choices(list string) string {
	if n, err := strconv.ParseFloat(list, 64); err == nil {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	words := strings.Split(strings.Trim(list, `"`), ", ")
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// refusal is the problem for what huma itself refuses: bodies that are too
// large, no JSON, or not as described.
func refusal(status int, msg string, errs ...error) huma.StatusError {
	if status < http.StatusBadRequest { // a number that passed for whole, and does not fit
		status = http.StatusUnprocessableEntity
	}
	p := &wire.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: codeOf(status)}
	p.Detail, p.Todo = wholeRequest(status, msg)
	for _, err := range errs[:min(len(errs), maxFindings)] {
		var said huma.ErrorDetailer
		if !errors.As(err, &said) {
			continue
		}
		e, todo := faultOf(said.ErrorDetail(), status)
		if len(p.Errors) == 0 {
			p.Field, p.Detail, p.Todo = e.Field, e.Message, todo
		}
		e.Message += " " + todo
		p.Errors = append(p.Errors, e)
	}
	return listed(p, len(errs))
}

// wholeRequest is what is wrong with a request where no field can be named.
func wholeRequest(status int, msg string) (detail, todo string) {
	switch {
	case msg == "request body is required":
		return "This needs a body, and there is none.", "Send the fields as JSON. " + lookUp
	case status == http.StatusRequestEntityTooLarge:
		return tooLarge(msg), "Split a thread into several posts; upload pictures and videos as files."
	case status == http.StatusRequestTimeout:
		return "The request did not arrive in time.", "Send it again."
	case status == http.StatusUnsupportedMediaType:
		return "A body must be JSON.", "Send it with the header “Content-Type: application/json”."
	case status >= http.StatusInternalServerError:
		return "The request could not be read to its end.", "Send it again."
	}
	return "The request is not as the API describes it.", lookUp
}

// tooLarge says how much an operation takes, as huma's message does.
func tooLarge(msg string) string {
	_, limit, _ := strings.Cut(msg, "limit=")
	bytes, err := strconv.Atoi(strings.TrimSuffix(limit, " bytes"))
	if err != nil {
		return "The request is too large."
	}
	return fmt.Sprintf("The request is larger than %d kB.", bytes/1000)
}

// faultOf says what is wrong with one field.
func faultOf(d *huma.ErrorDetail, status int) (e wire.FieldError, todo string) {
	e.Field = fieldOf(d)
	body, isBody := d.Value.(string)
	switch {
	case status == http.StatusUnsupportedMediaType:
		e.Message, todo = wholeRequest(status, "")
	case d.Location == "body" && isBody:
		return unreadable(body)
	default:
		e.Message, todo = inPlainWords(d.Message)
	}
	return e, todo
}

// longestField bounds how much of a name that the caller invented is repeated.
const longestField = 120

// fieldOf is the field that huma means. Where one is missing huma points at what
// should hold it.
func fieldOf(d *huma.ErrorDetail) string {
	field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	if missing, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		missing, _, _ = strings.Cut(missing, " ")
		field = strings.TrimPrefix(field+"."+missing, ".")
	}
	return bounded(field)
}

// bounded is a field's name that the caller may have invented.
func bounded(field string) string {
	if r := []rune(field); len(r) > longestField {
		field = string(r[:longestField]) + "…"
	}
	return strings.ToValidUTF8(field, "\ufffd")
}
