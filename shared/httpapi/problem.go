package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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
		f = fault.New(fault.Internal, "Something in Spool went wrong.").Todo("Try again; if it stays, look at the api function's logs.")
	}
	status := f.Code.Status()
	return &wire.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: string(f.Code), Detail: f.Message, Field: f.Field, Todo: f.Fix,
	}
}

// refusal is the problem for what huma itself refuses: bodies that are too
// large, no JSON, or not as described.
func refusal(status int, msg string, errs ...error) huma.StatusError {
	p := &wire.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: codeOf(status), Detail: sentence(msg)}
	for _, err := range errs {
		if err == nil {
			continue
		}
		e := wire.FieldError{Message: err.Error()}
		var detailer huma.ErrorDetailer
		if errors.As(err, &detailer) {
			detail := detailer.ErrorDetail()
			e = wire.FieldError{Field: fieldOf(detail), Message: detail.Message}
		}
		p.Errors = append(p.Errors, e)
	}
	if len(p.Errors) > 0 {
		p.Field, p.Detail = p.Errors[0].Field, sentence(p.Errors[0].Message)
		p.Todo = "Correct the field; the address /v1/openapi.json describes each."
	}
	if status == http.StatusRequestEntityTooLarge {
		p.Todo = "Split the thread into several posts."
	}
	return p
}

// fieldOf is the field that huma means. Where one is missing huma points at what
// should hold it.
func fieldOf(d *huma.ErrorDetail) string {
	field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	if missing, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		missing, _, _ = strings.Cut(missing, " ")
		field = strings.TrimPrefix(field+"."+missing, ".")
	}
	return field
}

// codeOf is the code of a status that huma or the router chose.
func codeOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return string(fault.NotFound)
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusRequestEntityTooLarge:
		return string(fault.TooLarge)
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusNotAcceptable:
		return "not_acceptable"
	case http.StatusRequestTimeout:
		return string(fault.Unavailable)
	}
	if status >= 500 {
		return string(fault.Internal)
	}
	return string(fault.Invalid)
}

// sentence gives a message a capital and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// write answers a problem.
func write(w http.ResponseWriter, p *wire.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away; nobody is left to tell
}

// unrouted answers what the router has no route for as a problem.
func unrouted(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		answer := silent{header: w.Header()}
		h.ServeHTTP(&answer, r)
		p := &wire.Problem{Type: "about:blank", Title: http.StatusText(answer.status), Status: answer.status, Code: codeOf(answer.status)}
		p.Detail = "There is nothing at this address."
		if answer.status == http.StatusMethodNotAllowed {
			p.Detail = "This address does not take the method " + r.Method + "."
		}
		p.Todo = "The address /v1/openapi.json lists what there is."
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
