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
	"time"
)

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
