package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"spool/shared/wire"
)

// steering is what an account's name, a draft, X or an API in between could write to a person's terminal.
const steering = "\x1b]0;title\x07\u009b31m\u202e\x7f\r"

// TestNothingOfTheAPIsSteersATerminal has every word of the API's answers end with controls.
func TestNothingOfTheAPIsSteersATerminal(t *testing.T) {
	for _, args := range [][]string{
		{"list"}, {"show", publishedID}, {"show", unknownID}, {"failures"}, {"calendar", "--month", "2026-11"}, {"status"}, {"accounts"}, {"budget"},
		{"keys"}, {"keys", "create", "blog"}, {"cancel", scheduledID}, {"duplicate", publishedID}, {"post", "-"}, {"preview", "-"},
	} {
		for _, format := range []string{"text", "json", "refused"} {
			t.Run(strings.Join(args, " ")+" "+format, func(t *testing.T) {
				f := newAPI(t)
				hostile := httptest.NewServer(steered(f, format == "refused"))
				defer hostile.Close()
				f.url = hostile.URL
				all := args
				if format == "json" {
					all = append([]string{"--json"}, args...)
				}
				r := spool(t, f.stdio(), "Hello", all...)
				if i := strings.IndexFunc(r.out+r.err, steers); i >= 0 {
					t.Errorf("it prints %q", (r.out + r.err)[max(0, i-60):min(len(r.out+r.err), i+20)])
				}
			})
		}
	}
}

// steered has what an API answers end with controls, or refuses everything with them.
func steered(api http.Handler, refuses bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(wire.Problem{
				Status: 409, Code: "c" + steering, Title: steering, Detail: "No." + steering, Field: "f" + steering, Todo: "Stop." + steering,
				Errors: []wire.FieldError{{Field: "f" + steering, Code: steering, Message: steering}, {Field: "tweets[0]." + steering, Message: steering}},
			})
			return
		}
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, r)
		var answer any
		if json.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode(&answer) == nil {
			rec.Body.Reset()
			_ = json.NewEncoder(rec.Body).Encode(steer("", answer))
		}
		for name, v := range rec.Header() {
			w.Header()[name] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// steer ends all strings with controls, but those by which a command decides what to do.
func steer(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = steer(name, member)
		}
	case []any:
		for i, member := range v {
			v[i] = steer(name, member)
		}
	case string:
		if !slices.Contains([]string{"id", "account_id", "status", "zone", "month", "todo_code", "start_url", "authorize_url", "severity"}, name) && !strings.HasSuffix(name, "_at") && name != "since" {
			return v + steering
		}
	}
	return v
}
