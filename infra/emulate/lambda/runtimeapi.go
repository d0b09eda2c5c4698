package lambda

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"spool/infra/emulate"
)

// The types of error that Lambda itself reports.
const (
	typeExit     = "Runtime.ExitError"
	typeTimedOut = "Sandbox.Timedout"
	typeTooLarge = "Function.ResponseSizeTooLarge"
)

// invocation is one event on its way through an environment.
type invocation struct {
	id       string
	payload  []byte
	start    time.Time
	deadline time.Time
	answered chan result // holds the one answer
}

// result is an answer, or why there is none.
type result struct {
	answer []byte
	err    *Error
}

func newInvocation(payload []byte) *invocation {
	return &invocation{id: emulate.UUID(), payload: payload, answered: make(chan result, 1)}
}

func (inv *invocation) begin(timeout time.Duration) {
	inv.start = time.Now()
	inv.deadline = inv.start.Add(timeout)
}

func timedOut(inv *invocation, after time.Duration) *Error {
	return &Error{
		Type:    typeTimedOut,
		Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", inv.id, after.Seconds()),
	}
}

func exitError(inv *invocation, exit error) *Error {
	how := "Runtime exited without providing a reason"
	if exit != nil {
		how = "Runtime exited with error: " + exit.Error()
	}
	return &Error{Type: typeExit, Message: fmt.Sprintf("RequestId: %s Error: %s", inv.id, how)}
}

// api is the Runtime API.
func (e *environment) api() http.Handler {
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", e.serveNext)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", e.serveResponse)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", e.serveError)
	mux.HandleFunc("POST "+base+"init/error", e.serveInitError)
	return mux
}

// serveNext waits for the next event and answers with it.
func (e *environment) serveNext(w http.ResponseWriter, r *http.Request) {
	e.first.Do(func() { close(e.ready) })
	inv, ok := e.nextEvent(r)
	if !ok {
		return
	}
	e.mu.Lock()
	e.current = inv
	e.mu.Unlock()
	fmt.Fprintf(e.log, "START RequestId: %s Version: $LATEST\n", inv.id)
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", emulate.ARN("lambda", "function:"+e.config.Name))
	h.Set("Lambda-Runtime-Trace-Id", traceID(inv.start))
	h.Set("Content-Type", "application/json")
	w.Write(inv.payload)
}

// nextEvent waits for the next event, with the process frozen.
func (e *environment) nextEvent(r *http.Request) (inv *invocation, ok bool) {
	select {
	case inv = <-e.next:
		return inv, true
	default:
	}
	freeze(e.cmd.Process)
	defer thaw(e.cmd.Process)
	select {
	case inv = <-e.next:
		return inv, true
	case <-r.Context().Done():
		return nil, false
	}
}

// traceID is an unsampled trace of X-Ray's.
func traceID(start time.Time) string {
	var b [12]byte
	rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%s;Sampled=0", start.Unix(), hex.EncodeToString(b[:]))
}

func (e *environment) serveResponse(w http.ResponseWriter, r *http.Request) {
	inv, body, err := e.answer(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case inv == nil:
		return
	case errors.As(err, &tooLarge):
		why := &Error{
			Type:    typeTooLarge,
			Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload),
		}
		inv.answered <- result{err: why}
		refuse(w, http.StatusRequestEntityTooLarge, why)
		return
	case err != nil: // the process ends in the middle of its answer, which its exit will tell
		refuse(w, http.StatusBadRequest, &Error{Type: "InvalidBody", Message: err.Error()})
		return
	}
	inv.answered <- result{answer: body}
	accept(w)
}

func (e *environment) serveError(w http.ResponseWriter, r *http.Request) {
	inv, body, err := e.answer(w, r)
	switch {
	case inv == nil:
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, &Error{Type: "InvalidBody", Message: err.Error()})
		return
	}
	inv.answered <- result{err: reported(body)}
	accept(w)
}

// answer reads an answer to the current event. Another id, or a second answer, is refused, and then inv is nil.
func (e *environment) answer(w http.ResponseWriter, r *http.Request) (inv *invocation, body []byte, err error) {
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	e.mu.Lock()
	defer e.mu.Unlock()
	inv = e.current
	if inv == nil || inv.id != r.PathValue("id") {
		refuse(w, http.StatusBadRequest, &Error{Type: "InvalidRequestID", Message: "Invalid request ID"})
		return nil, nil, nil
	}
	e.current = nil
	return inv, body, err
}

func (e *environment) serveInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		refuse(w, http.StatusBadRequest, &Error{Type: "InvalidBody", Message: err.Error()})
		return
	}
	e.mu.Lock()
	e.initFail = reported(body)
	e.mu.Unlock()
	accept(w)
}

// reported reads the function's own account of its error.
func reported(body []byte) *Error {
	e := &Error{}
	if err := json.Unmarshal(body, e); err != nil || e.Type == "" {
		return &Error{Type: "Unhandled", Message: string(body)}
	}
	return e
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, why *Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(why)
}
