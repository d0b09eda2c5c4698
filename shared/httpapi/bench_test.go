package httpapi_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkPreview splits and shows a text of 5,000 characters, request by request.
func BenchmarkPreview(b *testing.B) {
	s := newSite(b)
	s.putApp()
	s.connect("ada")
	text := strings.Repeat("Spool publishes threads, each once and in order. 糸を紡ぐ。 See https://example.com/a?b=c 🧵 ", 60)
	body, err := json.Marshal(map[string]any{"text": string([]rune(text)[:5000])})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/preview", strings.NewReader(string(body)))
		r.Header.Set("Authorization", "Bearer "+adminKey)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		if s.api.ServeHTTP(rec, r); rec.Code != 200 {
			b.Fatalf("answered %d: %s", rec.Code, rec.Body)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/preview")
}
