package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/wire"
)

// fail tells why a command failed and gives its exit status.
func (s *session) fail(err error) int {
	if failed, ok := errors.AsType[exit](err); ok {
		return int(failed)
	}
	status := statusOf(err)
	p := s.problem(err)
	if s.json {
		_ = encode(s.Err, struct { // nobody is left to tell
			*wire.Problem
			Status int `json:"status,omitempty"` // of HTTP, where the API answered
			Exit   int `json:"exit_status"`
		}{p, p.Status, status}, false)
		return status
	}
	const sign = "spool:"
	text := s.wrapped(sign + " " + printable(oneLine(p)))
	fmt.Fprintf(s.Err, "%s%s\n", s.paintErr().as(styleError, sign), strings.TrimPrefix(text, sign))
	for i, e := range p.Errors {
		if i > 0 || e.Field != p.Field { // else it is what stands above
			fmt.Fprintf(s.Err, "  %s\n", s.wrapped(printable(placedIn(err, i, e.Field)+e.Message)))
		}
	}
	return status
}

// placedIn names the place of one of several problems: in a manuscript its file, line and
// tweet, as editors understand it.
func placedIn(err error, i int, field string) string {
	thread, ok := errors.AsType[threadError](err)
	if !ok || thread.places[i] == "" {
		return placed(field)
	}
	return thread.places[i] + strings.Replace(placed(field), "Tweet", "tweet", 1)
}

// wrapped breaks what is said to fit a terminal.
func (s *session) wrapped(text string) string {
	if !s.Terminal.Err {
		return text
	}
	return strings.Join(wrap(text, s.width()-2), "\n  ")
}

// oneLine gives a problem's place, sentence and next step.
func oneLine(p *wire.Problem) string {
	text := placed(p.Field) + p.Detail
	if p.Todo != "" {
		text += " " + p.Todo
	}
	return text
}

// wholeThread is the field of what is wrong with a thread as such.
const wholeThread = "tweets"

// placed names the place of a problem before its sentence. A field of the API's is
// given as a person counts, the first tweet is tweet 1, and a query's is a flag.
func placed(field string) string {
	var i int
	var rest string
	if n, _ := fmt.Sscanf(strings.ReplaceAll(field, "]", " "), "tweets[%d %s", &i, &rest); n >= 1 {
		return fmt.Sprintf("Tweet %d: ", i+1)
	}
	if field == "" || field == wholeThread {
		return ""
	}
	if flag, ok := strings.CutPrefix(field, "query."); ok {
		flag, _, _ = strings.Cut(flag, "[")
		field = "--" + flag
	}
	return field + ": "
}

// statusOf is the exit status that belongs to an error.
func statusOf(err error) int {
	if _, ok := errors.AsType[*wire.Problem](err); ok {
		return StatusRefused
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return StatusUsage
	}
	if _, ok := errors.AsType[threadError](err); ok {
		return StatusErrors
	}
	if errors.Is(err, context.Canceled) {
		return StatusInterrupted
	}
	if _, ok := errors.AsType[*client.UnreachableError](err); ok {
		return StatusUnreachable
	}
	return StatusFailure
}

// problem gives an error as a problem document, with the command that helps as its
// next step where there is one.
func (s *session) problem(err error) *wire.Problem {
	if p, ok := errors.AsType[*wire.Problem](err); ok {
		q := *p
		q.Todo = advice(p)
		return &q
	}
	if e, ok := errors.AsType[threadError](err); ok {
		return &e.problem
	}
	p := &wire.Problem{Type: "about:blank", Title: "Failed", Code: fault.Failed}
	if errors.Is(err, context.Canceled) {
		p.Code, p.Detail, p.Todo = fault.Interrupted, "Interrupted.",
			"What the API was already told to do goes on; spool list shows it."
		return p
	}
	if e, ok := errors.AsType[*client.UnreachableError](err); ok {
		p.Code, p.Detail = fault.Unreachable, fmt.Sprintf("The API at %s did not answer, or its answer was lost (%v).",
			e.Host, e.Err)
		if errors.Is(err, context.DeadlineExceeded) {
			p.Detail = "The API at " + e.Host + " took too long to answer."
		}
		p.Todo = "It is not known whether the command was carried out. Look with spool list, then repeat it."
		if !e.Sent() {
			p.Detail = "No connection to " + e.Host + " could be made, so nothing was sent."
			p.Todo = "Check the network and the address, then repeat the command."
		}
		if again, ok := errors.AsType[repeatableError](err); ok {
			p.Todo = again.todo
		}
		return p
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Code, p.Detail, p.Field, p.Todo = f.Code, f.Message, f.Field, f.Fix
		if file, ok := errors.AsType[inFile](err); ok {
			p.Field = file.place(f.Field)
		}
		return p
	}
	p.Detail, p.Todo = capital(err.Error())+".",
		"Try again. If that does not help, spool status shows whether your Spool is well."
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		p.Field, p.Detail, p.Todo = path.Path, capital(path.Err.Error())+".",
			"Check the name of the file, and whether you may read it."
	}
	return p
}

// advice is a problem's next step on the command line.
func advice(p *wire.Problem) string {
	switch p.Code {
	case fault.Unauthorized:
		return "Give the key of this Spool: spool setup, or SPOOL_KEY in the environment."
	case fault.NotSetUp:
		return "Run: spool setup"
	case fault.Reconnect:
		return "Run: spool connect"
	case fault.Gone:
		return "See spool list. To post the thread once more, add --again."
	case fault.Stale:
		return "Look at it with spool show, then repeat the command."
	}
	if p.RetryAfter > 0 && !strings.Contains(p.Todo, "again") {
		return strings.TrimSpace(fmt.Sprintf("%s Try again in %s.", p.Todo, plural(p.RetryAfter, "second")))
	}
	return p.Todo
}

// inFile says in which file a fault is.
type inFile struct {
	name string
	err  error
}

// place is the file, with the line or the part that is meant.
func (e inFile) place(field string) string {
	name := e.name
	if name == "-" {
		name = "standard input"
	}
	if field == "" {
		return name
	}
	return name + ":" + strings.TrimPrefix(field, "line ")
}

func (e inFile) Error() string { return e.name + ": " + e.err.Error() }
func (e inFile) Unwrap() error { return e.err }

// repeatableError says that repeating the command is safe, and why.
type repeatableError struct {
	err  error
	todo string
}

func (e repeatableError) Error() string { return e.err.Error() }
func (e repeatableError) Unwrap() error { return e.err }
