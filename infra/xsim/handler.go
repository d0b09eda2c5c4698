package xsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"spool/infra/emulate/loopback"
	"spool/shared/clock"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
	maxBody  = 1 << 20 // bytes of a request body that are read
	// maxUpload is the same where media come: a segment in base64, and its form.
	maxUpload = maxSegment*4/3 + 64<<10
)

// Handler serves X's paths, the page at / and the control API under /__sim/.
func (s *Sim) Handler() http.Handler {
	x := http.NewServeMux()
	for _, r := range []struct {
		pattern string
		serve   func(*exchange) answer
	}{
		{"GET /i/oauth2/authorize", s.serveAuthorize},
		{"POST /2/oauth2/token", s.serveToken},
		{"POST /2/oauth2/revoke", s.serveRevoke},
		{string(CreatePost), s.serveCreate},
		{string(DeletePost), s.serveDelete},
		{string(LookupPost), s.serveLookup},
		{string(UserPosts), s.serveList},
		{string(Me), s.serveMe},
		{string(UploadMedia), s.serveUpload},
		{string(MediaStatus), s.serveStatus},
		{string(InitializeMedia), s.serveInitialize},
		{string(AppendMedia), s.serveAppend},
		{string(FinalizeMedia), s.serveFinalize},
		{string(DescribeMedia), s.serveMetadata},
		{"/", s.serveNothing},
	} {
		x.Handle(r.pattern, s.exchanged(r.serve))
	}
	mux := http.NewServeMux()
	mux.Handle("/", x)
	s.routePage(mux)
	s.routeControl(mux)
	return loopback.Own(mux) // pages elsewhere script no faults and give no consent
}

// exchange is one request to X on its way through faults and journal.
type exchange struct {
	*http.Request
	body []byte
	via  request
}

// bearer is the request's access token, "" if there is none.
func (x *exchange) bearer() string {
	scheme, token, _ := strings.Cut(x.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// form is the body as a form; malformed pairs are left out.
func (x *exchange) form() url.Values {
	if !strings.HasPrefix(x.Header.Get("Content-Type"), formType) {
		return url.Values{}
	}
	values, _ := url.ParseQuery(string(x.body))
	return values
}

// answer is what goes back to the client.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// respond is an answer in JSON.
func respond(status int, limits Limits, v any) answer {
	h := http.Header{}
	h.Set("Content-Type", jsonType+"; charset=utf-8")
	limits.header(h)
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // X writes "&amp;", not "\u0026amp;"
	if err := e.Encode(v); err != nil {
		panic(err) // every v is made of plain maps, strings and numbers
	}
	return answer{status, h, bytes.TrimSpace(body.Bytes())}
}

// refuse is the answer to a refusal.
func (s *Sim) refuse(limits Limits, err error) answer {
	var r *Refusal
	if !errors.As(err, &r) {
		r = &Refusal{Status: http.StatusInternalServerError, Title: "Internal Error", Detail: err.Error()}
	}
	return respond(r.Status, limits, r.body(s.Settings().Dialect))
}

// exchanged wraps one of X's operations in what every request meets: the
// journal, the faults that were scripted, and X's common headers.
func (s *Sim) exchanged(serve func(*exchange) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxBody)
		if strings.HasPrefix(r.URL.Path, "/2/media/upload") {
			limit = maxUpload
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			http.Error(w, "request body too large or cut off", http.StatusRequestEntityTooLarge)
			return
		}
		x := &exchange{Request: r, body: body}
		form := x.form()
		accountID, username := s.accountOf(x.bearer(), form.Get("code"), form.Get("refresh_token"), form.Get("token"))
		struck := s.strike(r.Method, r.URL.Path, accountID)
		entry := s.entry(x, username, struck)
		x.via.entry = s.begin(entry)

		var f Fault
		if struck != nil {
			f = struck.Fault
		}
		x.via.late, x.via.mediaFailure = f.Late, f.MediaFailure
		a := carryOut(f, x, serve)
		_ = clock.Sleep(r.Context(), f.Delay) // X works on when the client has gone
		if f.Drop != "" || f.Late > 0 && f.Status == 0 && a.status < 300 {
			s.end(x.via.entry, 0, true)
			panic(http.ErrAbortHandler) // net/http closes the connection without an answer
		}
		s.end(x.via.entry, a.status, false)
		write(w, a, entry.Transaction, f.Headers)
	})
}

// entry is the journal's account of a request, without its outcome.
func (s *Sim) entry(x *exchange, username string, struck *ScriptedFault) Entry {
	e := Entry{
		Method: x.Method, Path: x.URL.Path, Account: username, Transaction: s.transactionID(),
		Body: redactBody(x.URL.Path, x.Header.Get("Content-Type"), x.body),
	}
	query := url.Values{}
	for name, value := range redactForm(x.URL.Query()) {
		query.Set(name, value)
	}
	e.Query = query.Encode()
	if token := x.bearer(); token != "" {
		e.Credential = Fingerprint(token)
	}
	if struck != nil {
		e.Fault = struck.ID
	}
	return e
}

// carryOut lets the request take its effect, unless the fault prevents that, and
// returns the answer: the fault's own if it has one. A late post that X refuses
// is refused as usual.
func carryOut(f Fault, x *exchange, serve func(*exchange) answer) answer {
	var a answer
	if f.Drop != DropBefore && (f.Status == 0 || f.Commit || f.Late > 0) {
		a = serve(x)
	}
	if f.Status == 0 || f.Late > 0 && a.status >= 300 {
		return a
	}
	h := http.Header{}
	h.Set("Content-Type", jsonType+"; charset=utf-8")
	if !json.Valid([]byte(f.Body)) {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	return answer{f.Status, h, []byte(f.Body)}
}

// write sends an answer with X's common headers, and those of a fault on top.
func write(w http.ResponseWriter, a answer, transaction string, override map[string]string) {
	h := w.Header()
	h.Set("x-transaction-id", transaction)
	h.Set("api-version", "2.167")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0")
	for name, values := range a.header {
		h[name] = values
	}
	for name, value := range override {
		h.Del(name)
		if value != "" {
			h.Set(name, value)
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone is no concern of ours
}

// serveNothing is X's answer to a path that it does not have.
func (s *Sim) serveNothing(*exchange) answer {
	return s.refuse(Limits{}, &Refusal{Status: http.StatusNotFound, Title: "Not Found", Detail: "Not Found"})
}
