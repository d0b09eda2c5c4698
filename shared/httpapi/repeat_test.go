package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keyed sends a request of a key's under an Idempotency-Key.
func (s *site) keyed(bearer, idempotency, path, body string) (status int, out map[string]any, header http.Header) {
	r := httptest.NewRequest("POST", "https://spool.test"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", idempotency)
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		s.t.Errorf("answered %d with no JSON: %s", rec.Code, rec.Body)
	}
	return rec.Code, out, rec.Header()
}

func TestEveryCreateCanBeRepeated(t *testing.T) {
	const digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, tc := range []struct {
		name, path, body, other, wrong string
		count                          func(*site) int // how many there are of what it makes
	}{
		{"keys", "/v1/keys", `{"name":"blog","scopes":["posts:read"]}`, `{"name":"blog","scopes":["posts:write"]}`, `{"name":"blog","scopes":["odd"]}`,
			func(s *site) int { return len(s.must(200, "GET", "/v1/keys", "")["keys"].([]any)) }},
		{"media", "/v1/media", `{"content_type":"image/png","bytes":9,"sha256":"` + digits + `"}`,
			`{"content_type":"image/png","bytes":8,"sha256":"` + digits + `"}`, `{"content_type":"image/png","bytes":99999999,"sha256":"` + digits + `"}`,
			func(s *site) int { return s.shelf.signs }},
		{"connections", "/v1/accounts/connect", `{"headless":true}`, `{"headless":false}`, "", nil},
		{"posts", "/v1/posts", `{"tweets":[{"text":"a"}],"draft":true}`, `{"tweets":[{"text":"b"}],"draft":true}`, `{"tweets":[{"text":""}],"draft":true}`,
			func(s *site) int { return len(s.must(200, "GET", "/v1/posts", "")["posts"].([]any)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t)
			s.putApp()
			s.connect("ada")
			if tc.wrong != "" {
				if status, out, _ := s.keyed(adminKey, "k", tc.path, tc.wrong); status != 422 {
					t.Errorf("a wrong request: %d %v", status, out)
				}
			}
			status, first, _ := s.keyed(adminKey, "k", tc.path, tc.body)
			if status != 201 {
				t.Fatalf("the first: %d %v", status, first)
			}
			if status, again, _ := s.keyed(adminKey, "k", tc.path, tc.body); status != 201 || !cmp.Equal(first, again) {
				t.Errorf("repeated: %d, it differs (-first +again):\n%s", status, cmp.Diff(first, again))
			}
			if status, out, _ := s.keyed(adminKey, "k", tc.path, tc.other); status != 422 || out["field"] != "Idempotency-Key" || out["todo"] == nil {
				t.Errorf("another body: %d %v", status, out)
			}
			if tc.count != nil {
				if n := tc.count(s); n != 1 {
					t.Errorf("there are %d", n)
				}
			}
			if status, out, _ := s.keyed(adminKey, "l", tc.path, tc.body); status != 201 || cmp.Equal(first, out) {
				t.Errorf("another key: %d %v", status, out)
			}
		})
	}
}

func TestOfManyAtOnceOneMakesAKey(t *testing.T) {
	s := newSite(t)
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		shown  = map[any]int{}
		status = map[int]int{}
	)
	for range 20 {
		wg.Go(func() {
			code, out, header := s.keyed(adminKey, "k", "/v1/keys", `{"name":"blog","scopes":["posts:read"]}`)
			mu.Lock()
			defer mu.Unlock()
			status[code]++
			if code == 201 {
				shown[out["key"]]++
			} else if code != 409 || header.Get("Retry-After") != "1" || out["retry_after"] != 1.0 {
				t.Errorf("answered %d %v, Retry-After %q", code, out, header.Get("Retry-After"))
			}
		})
	}
	wg.Wait()
	if len(shown) != 1 {
		t.Errorf("%d different keys were shown; answers by status: %v", len(shown), status)
	}
	if n := len(s.must(200, "GET", "/v1/keys", "")["keys"].([]any)); n != 1 {
		t.Errorf("there are %d keys", n)
	}
}

func TestCallersDoNotShareIdempotencyKeys(t *testing.T) {
	s := newSite(t)
	other := s.key(`{"name":"other","scopes":["admin"]}`)
	body := `{"name":"blog","scopes":["posts:read"]}`
	_, first, _ := s.keyed(adminKey, "k", "/v1/keys", body)
	status, second, _ := s.keyed(other, "k", "/v1/keys", body)
	if status != 201 || first["key"] == second["key"] {
		t.Errorf("the other caller got %d %v", status, second)
	}
}

// TestARepeatedRequestAnswersItsNotes: what the first answer said of how the request
// was understood, also when the post was edited since.
func TestARepeatedRequestAnswersItsNotes(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	const body = `{"tweets":[{"text":"a"}],"at":"2098-10-26 02:30","zone":"Europe/Berlin"}`
	notes := func(path, body string) (id, said string) {
		t.Helper()
		status, out, _ := s.keyed(adminKey, "k", path, body)
		if status != http.StatusCreated {
			t.Fatalf("got %d %v", status, out)
		}
		b, _ := json.Marshal(out["notes"])
		return out["id"].(string), string(b)
	}
	id, first := notes("/v1/posts", body)
	if first == "null" {
		t.Fatal("a time that the clocks show twice has no note")
	}
	if _, again := notes("/v1/posts", body); again != first {
		t.Errorf("got %s, then %s", first, again)
	}
	s.must(200, "PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"b"}]}`)
	if _, again := notes("/v1/posts", body); again != first {
		t.Errorf("got %s, then %s after an edit", first, again)
	}
	copied := s.must(http.StatusCreated, "POST", "/v1/posts/"+id+"/duplicate", "")
	if copied["notes"] != nil {
		t.Errorf("a duplicate has the notes %v", copied["notes"])
	}
}
