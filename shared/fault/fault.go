// Package fault is the language in which Spool speaks of failures.
//
// An [Error] is an expected failure that a person is told about: it has a
// stable code, a plain sentence and what to do. Everything else is internal,
// and its text never leaves the logs. A [Verdict] says what a refusal by an
// outside service means for the work in hand.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code names a kind of failure. Codes are part of the public API: they never
// change their meaning.
type Code string

// The codes. Each has its HTTP status in [Code.Status].
const (
	Invalid      Code = "invalid_request"    // the request itself is wrong; Field says where
	Unauthorized Code = "unauthorized"       // no key, or one that is unknown
	Forbidden    Code = "forbidden"          // a key without the right
	TimePassed   Code = "time_passed"        // the time lies behind, and is never taken for now
	NotFound     Code = "not_found"          // nothing has this id
	Gone         Code = "gone"               // what had this id was deleted
	Conflict     Code = "conflict"           // the thing changed meanwhile, or its state forbids this
	Stale        Code = "stale"              // If-Match names an older revision
	TooLarge     Code = "too_large"          // the body is over the limit
	BadFlow      Code = "flow_refused"       // an OAuth flow that is stale, foreign or refused
	NotSetUp     Code = "not_set_up"         // a step of the setup is missing; Fix says which
	Reconnect    Code = "reconnect_required" // X no longer takes the account's tokens
	Upstream     Code = "x_refused"          // X refused, and says why in Detail
	RateLimited  Code = "rate_limited"       // too many requests; Wait says for how long
	Unavailable  Code = "unavailable"        // try again later; nothing was lost
	Newer        Code = "newer_format"       // stored by a newer version than the one that reads it; nothing was lost
	Internal     Code = "internal"           // a defect of Spool's own
)

// The codes of a tweet that is not the one that a person takes it for.
const (
	TooEarly    Code = "tweet_too_early"    // X made it before Spool first sent the one that is meant
	Taken       Code = "tweet_taken"        // another post has it, or may be about to
	NotOnX      Code = "tweet_not_on_x"     // X does not have it
	OtherAuthor Code = "tweet_other_author" // another account wrote it
	OtherParent Code = "tweet_other_parent" // it does not reply to what it should
	OtherText   Code = "tweet_other_text"   // it says something else
	Unconfirmed Code = "tweet_unconfirmed"  // X could not be asked
)

// Status is the HTTP status that a code is answered with.
func (c Code) Status() int {
	switch c {
	case Invalid, TimePassed, TooEarly, NotOnX, OtherAuthor, OtherParent, OtherText:
		return http.StatusUnprocessableEntity
	case Unauthorized:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Gone:
		return http.StatusGone
	case Conflict, NotSetUp, Reconnect, Taken:
		return http.StatusConflict
	case Stale:
		return http.StatusPreconditionFailed
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case BadFlow:
		return http.StatusBadRequest
	case Upstream:
		return http.StatusBadGateway
	case RateLimited:
		return http.StatusTooManyRequests
	case Unavailable, Newer, Unconfirmed:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// Error is a failure fit for the user's eyes. Message says what is wrong, Field
// where (a path such as "tweets[2].text", or empty), Fix what to do about it.
type Error struct {
	Code    Code
	Message string
	Field   string
	Fix     string
	Wait    time.Duration // after it the same request may succeed; zero: nothing is known of that
	Err     error         // the cause, for the logs only
}

// Error gives the message, then the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an Error of a code and a sentence.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// At returns a copy that names the field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Todo returns a copy that says what to do.
func (e *Error) Todo(format string, args ...any) *Error {
	c := *e
	c.Fix = fmt.Sprintf(format, args...)
	return &c
}

// After returns a copy that says how long to wait before trying again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.Wait = d
	return &c
}

// Because returns a copy that wraps the cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// CodeOf is the code of the first Error in err's tree: Internal for any other
// error, and empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
