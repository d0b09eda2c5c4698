package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"spool/shared/post"
)

// TestIDsAreHeldToTheirForm is about ids that nothing can have: no store is asked, in which they might be part of a key.
func TestIDsAreHeldToTheirForm(t *testing.T) {
	s := newSite(t)
	good := post.NewID()
	for _, path := range []string{"/v1/posts/", "/v1/media/", "/v1/accounts/", "/v1/keys/"} {
		for _, id := range []string{good + "x", "..%2Fkeys", "%00", "%0a", "a%20b", good[1:] + "%23", strings.ToLower(good) + "!", "%25"} {
			method := "GET"
			if path == "/v1/keys/" {
				method = "DELETE"
			}
			rec := s.browse(method, path+id, "", nil, "Authorization", "Bearer "+adminKey)
			if rec.Code != http.StatusNotFound || rec.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(rec.Body.String(), "There is no ") {
				t.Errorf("%s %s%s: got %d %s", method, path, id, rec.Code, rec.Body)
			}
		}
	}
	if rec := s.browse("GET", "/v1/posts/%00", "", nil); rec.Code != http.StatusUnauthorized {
		t.Errorf("without a key: got %d", rec.Code)
	}
}
