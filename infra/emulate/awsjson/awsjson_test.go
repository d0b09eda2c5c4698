package awsjson

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	do := func(operation string, body []byte) (any, error) {
		switch operation {
		case "Refuse":
			return nil, &Error{Code: "ValidationException", Message: "no", QueryCode: "Old.Code"}
		case "Break":
			return nil, errors.New("disk full")
		case "Decode":
			var v struct{ Name string }
			return v, Decode(body, &v)
		}
		return map[string]string{"got": operation + " " + string(body)}, nil
	}
	for _, tt := range []struct {
		name, target, body string
		status             int
		want, query        string
	}{
		{"an answer is its JSON", "AmazonSQS.Echo", "hi", 200, `{"got":"Echo hi"}`, ""},
		{"a refusal carries both codes", "AmazonSQS.Refuse", "", 400, `{"__type":"ValidationException","message":"no"}`, "Old.Code;Sender"},
		{"anything else is an internal failure", "AmazonSQS.Break", "", 500, `{"__type":"InternalFailure","message":"disk full"}`, ""},
		{"a body that is no JSON is refused", "AmazonSQS.Decode", "{", 400, `SerializationException`, ""},
		{"a body over the limit is refused", "AmazonSQS.Echo", strings.Repeat("x", maxBody+1), 400, `RequestEntityTooLargeException`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("X-Amz-Target", tt.target)
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
			w := httptest.NewRecorder()
			Serve(w, r, do)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("answered %d %s, want %d %s", w.Code, w.Body, tt.status, tt.want)
			}
			h := w.Header()
			if got := h.Get("X-Amzn-Query-Error"); got != tt.query {
				t.Errorf("X-Amzn-Query-Error %q, want %q", got, tt.query)
			}
			if got := h.Get("Content-Type"); got != "application/x-amz-json-1.1" {
				t.Errorf("Content-Type %q, want the request's", got)
			}
			if got, want := h.Get("X-Amz-Crc32"), Checksum(w.Body.Bytes()); got != want {
				t.Errorf("X-Amz-Crc32 %s, want %s", got, want)
			}
		})
	}
}

func TestChecksum(t *testing.T) {
	// The check value of CRC-32/ISO-HDLC over "123456789" is 0xcbf43926.
	if got := Checksum([]byte("123456789")); got != "3421780262" {
		t.Errorf("Checksum = %s", got)
	}
}
