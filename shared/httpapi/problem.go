package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"time"

	"spool/shared/fault"
	"spool/shared/wire"
)

// problemOf gives an error as a problem. What is not a fault is internal, and
// none of its text is shown.
func problemOf(err error) *wire.Problem {
	if p, ok := errors.AsType[*wire.Problem](err); ok {
		return p
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		f = fault.New(fault.Internal, "Something in Spool went wrong.").
			Todo("Try again. If that does not help, look at the api function's logs.")
	}
	status := f.Code.Status()
	return &wire.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: f.Code, Detail: f.Message, Field: f.Field, Todo: f.Fix, RetryAfter: int(math.Ceil(waitFor(f).Seconds())),
	}
}

// maxFindings bounds how many faults of a request a problem lists.
const maxFindings = 20

// listed ends a problem's list where it would be too long, and says so.
func listed(p *wire.Problem, all int) *wire.Problem {
	p.Errors = p.Errors[:min(len(p.Errors), maxFindings)]
	if all > maxFindings {
		p.Todo += fmt.Sprintf(" There are %d errors in all; these are the first %d.", all, maxFindings)
	}
	return p
}

// retryWait is after how long a try that failed by no fault of the caller's is
// worth repeating.
const retryWait = 5 * time.Second

// waitFor is after how long the same request may succeed; zero: that is not known.
func waitFor(f *fault.Error) time.Duration {
	if f.Wait == 0 && (f.Code == fault.Unavailable || f.Code == fault.Internal) {
		return retryWait
	}
	return f.Wait
}

// codeOf is the code of a status that huma or the router chose.
func codeOf(status int) fault.Code {
	switch status {
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusMethodNotAllowed:
		return fault.MethodNotAllowed
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusUnsupportedMediaType:
		return fault.UnsupportedMediaType
	case http.StatusNotAcceptable:
		return fault.NotAcceptable
	case http.StatusRequestTimeout:
		return fault.Unavailable
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

// write answers a problem.
func write(w http.ResponseWriter, p *wire.Problem) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away; nobody is left to tell
}

// unrouted answers what the router has no route for as a problem.
func unrouted(router func(escaped string) *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux := router(r.URL.EscapedPath())
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		answer := silent{header: w.Header()}
		h.ServeHTTP(&answer, r)
		p := &wire.Problem{
			Type: "about:blank", Title: http.StatusText(answer.status), Status: answer.status, Code: codeOf(answer.status),
		}
		p.Detail = "There is nothing at this address."
		if answer.status == http.StatusMethodNotAllowed {
			p.Detail = "This address does not take the method " + r.Method + "."
		}
		p.Todo = "The page /docs lists what there is."
		write(w, p)
	})
}

// silent learns the status that a handler chooses and drops its body.
type silent struct {
	header http.Header
	status int
}

func (s *silent) Header() http.Header         { return s.header }
func (s *silent) WriteHeader(status int)      { s.status = status }
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }
