package xapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"spool/shared/fault"
	"spool/shared/lazyregexp"
)

// Error is X saying no, or saying something that is not an answer.
type Error struct {
	Op          Op
	At          time.Time // when X answered
	Status      int       // the HTTP status
	Title       string    // of a problem, such as "Forbidden"
	Type        string    // the last part of the problem's type, such as "client-forbidden"; X has two hosts for these
	Detail      string    // X's own words, on one line
	Reason      string    // such as "client-not-enrolled"
	Code        int       // of an error in the old form, such as 88
	Transaction string    // x-transaction-id, to ask X about it
	// Understood tells that the body was X's JSON. Without it some proxy or
	// block page may have answered in X's place.
	Understood bool
}

var _ fault.Judged = (*Error)(nil)

// Error says what X was asked for and what it answered.
func (e *Error) Error() string {
	s := fmt.Sprintf("X API error: X would not %s: %d", e.Op, e.Status)
	if e.Title != "" {
		s += " " + e.Title
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Transaction != "" {
		s += " (transaction " + e.Transaction + ")"
	}
	return s
}

// RateLimitError is X asking to wait. It is an [*Error] too.
type RateLimitError struct {
	Refusal *Error
	Window  Window    // the limit that is used up
	Until   time.Time // when it ends; [LimitFloor] from now where X does not say
}

var _ fault.Judged = (*RateLimitError)(nil)

// Error says which limit, and until when.
func (e *RateLimitError) Error() string {
	return fmt.Sprintf("%v; the limit for %s ends at %s", e.Refusal, e.Window, e.Until.Format(time.RFC3339))
}

// Unwrap gives the refusal without the limit.
func (e *RateLimitError) Unwrap() error { return e.Refusal }

// LostError is a request without an answer.
type LostError struct {
	Op   Op
	Left bool // false: X certainly never saw the request
	Err  error
}

var _ fault.Judged = (*LostError)(nil)

// Error says whether X may have seen the request.
func (e *LostError) Error() string {
	if !e.Left {
		return fmt.Sprintf("X could not be reached to %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("X's answer was lost when asked to %s: %v", e.Op, e.Err)
}

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// answer is what came back, without the access token.
type answer struct {
	op     Op
	at     time.Time
	status int
	header http.Header
	body   []byte
}

// refusal is the error that the answer amounts to.
func (a answer) refusal() error {
	e := parse(a.body)
	e.Op, e.At, e.Status = a.op, a.at, a.status
	e.Transaction = line(a.header.Get("x-transaction-id"), 100)
	if w, until, ok := limit(a.header, a.at); e.limited(ok) {
		return &RateLimitError{Refusal: e, Window: w, Until: until}
	}
	return e
}

// body is any of X's error bodies: a problem, a list of errors, OAuth's pair, or
// the processing information of a medium.
type body struct {
	Title  string `json:"title"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
	Reason string `json:"reason"`
	Errors []struct {
		Title   string `json:"title"`
		Type    string `json:"type"`
		Detail  string `json:"detail"`
		Message string `json:"message"`
		Reason  string `json:"reason"`
		Code    int    `json:"code"`
	} `json:"errors"`
	OAuth       string `json:"error"`
	Description string `json:"error_description"`
	Data        struct {
		Processing struct {
			State string `json:"state"`
			Error struct {
				Name    string `json:"name"`
				Message string `json:"message"`
			} `json:"error"`
		} `json:"processing_info"`
	} `json:"data"`
}

// parse reads an error body. What is not a JSON object gives an Error that is
// not Understood, with the page's title for a detail.
func parse(raw []byte) *Error {
	var b body
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return &Error{Detail: page(raw)}
	}
	// A field of a surprising type is skipped; the others are read all the same.
	_ = json.Unmarshal(raw, &b)
	e := &Error{
		Understood: true,
		Title:      line(b.Title, 100),
		Reason:     line(b.Reason, 100),
		Type:       kind(b.Type),
	}
	words := []string{b.Detail}
	for _, sub := range b.Errors {
		e.Title = cmp.Or(e.Title, line(sub.Title, 100))
		e.Type = cmp.Or(e.Type, kind(sub.Type))
		e.Reason = cmp.Or(e.Reason, line(sub.Reason, 100))
		e.Code = cmp.Or(e.Code, sub.Code)
		words = append(words, sub.Detail, sub.Message)
	}
	e.Title = cmp.Or(e.Title, line(b.OAuth, 100), line(b.Data.Processing.Error.Name, 100))
	words = append(words, b.Description, b.Data.Processing.Error.Message)
	if b.Data.Processing.State == mediaFailed {
		e.Title = cmp.Or(e.Title, "processing failed") // X's document knows no error beside the state
	}
	e.Detail = sentence(words)
	return e
}

// kind is the last part of a problem's type; empty for about:blank.
func kind(problem string) string {
	if problem == "about:blank" {
		return ""
	}
	return line(problem[strings.LastIndexByte(problem, '/')+1:], 100)
}

// sentence joins different remarks into one line.
func sentence(words []string) string {
	var said []string
	for _, w := range words {
		if w != "" && !slices.Contains(said, w) {
			said = append(said, w)
		}
	}
	return line(strings.Join(said, " "), 500)
}

// title finds the title of an HTML page.
var title = lazyregexp.New(`(?is)<title[^>]*>(.*?)</title>`)

// page is what to say about a body that is not X's.
func page(raw []byte) string {
	if m := title.FindSubmatch(raw); m != nil {
		return line(html.UnescapeString(string(m[1])), 200)
	}
	return line(string(raw), 200)
}

// line makes one printable line of at most n characters out of what a server
// sent.
func line(s string, n int) string {
	unfit := func(r rune) bool { return r == ' ' || r == unicode.ReplacementChar || !unicode.IsPrint(r) }
	s = strings.Join(strings.FieldsFunc(s, unfit), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
