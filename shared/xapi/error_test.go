package xapi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		body string
		want Error
	}{
		"a problem": {
			`{"title":"Forbidden","type":"https://api.x.com/2/problems/not-authorized-for-resource","detail":"No.","status":403}`,
			Error{Understood: true, Title: "Forbidden", Type: "not-authorized-for-resource", Detail: "No."},
		},
		"a problem with its parts": {
			`{"errors":[{"message":"First."},{"message":"Second."},{"message":"First."}],"title":"Invalid Request","detail":"Bad.","type":"https://api.twitter.com/2/problems/invalid-request"}`,
			Error{Understood: true, Title: "Invalid Request", Type: "invalid-request", Detail: "Bad. First. Second."},
		},
		"a list": {
			`{"errors":[{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found","detail":"Gone.","reason":"r"}]}`,
			Error{Understood: true, Title: "Not Found Error", Type: "resource-not-found", Detail: "Gone.", Reason: "r"},
		},
		"the old form": {
			`{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`,
			Error{Understood: true, Code: 88, Detail: "Rate limit exceeded"},
		},
		"OAuth's form": {
			`{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`,
			Error{Understood: true, Title: "invalid_request", Detail: "Value passed for the token was invalid."},
		},
		"a medium that could not be processed": {
			`{"data":{"id":"1","processing_info":{"state":"failed","error":{"code":3,"name":"UnsupportedMedia","message":"No sound."}}}}`,
			Error{Understood: true, Title: "UnsupportedMedia", Detail: "No sound."},
		},
		"a page":              {"<html><HEAD><Title lang=en>\n Bad &amp; Gateway </title>…", Error{Detail: "Bad & Gateway"}},
		"plain words":         {"upstream\r\n\x1b[31m connect error\x00", Error{Detail: "upstream [31m connect error"}},
		"nothing":             {"", Error{}},
		"a list at the top":   {`[{"detail":"No."}]`, Error{Detail: `[{"detail":"No."}]`}},
		"two objects":         {`{"detail":"a"}{"detail":"b"}`, Error{Detail: `{"detail":"a"}{"detail":"b"}`}},
		"surprising types":    {`{"title":["x"],"detail":"No.","errors":[{"code":"7","message":"Really."}]}`, Error{Understood: true, Detail: "No. Really."}},
		"markup in the words": {`{"detail":"a\u0000b\n<script>\u202e"}`, Error{Understood: true, Detail: "a b <script>"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(&tt.want, parse([]byte(tt.body))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Whatever a server sends, there is an error fit to be stored and shown, and a
// verdict with a code; and creating is final only where X itself said something.
func FuzzParse(f *testing.F) {
	f.Add(403, []byte(`{"title":"Forbidden","detail":"You are not allowed to create a Tweet with duplicate content."}`))
	f.Add(429, []byte(`{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`))
	f.Add(503, []byte("<title>\xff</title>"))
	f.Add(200, []byte(`{"data":{"id":"1"},"errors":{}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := parse(body)
		e.Op, e.Status = OpCreate, status
		for _, s := range []string{e.Title, e.Type, e.Reason, e.Detail} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q is not a line", s)
			}
		}
		v := e.Verdict()
		if v.Reason.Code == "" || v.Reason.Sentence == "" || v.Scope == "" {
			t.Errorf("verdict %+v", v)
		}
		clear := e.Understood && status >= 400 && status < 500 && status != 408 || status == 402
		if (v.Action != fault.Settle) != clear {
			t.Errorf("status %d, understood %t: %+v", status, e.Understood, v)
		}
		if v.Action == fault.Wait || v.Action == fault.Pause {
			if !v.Until.After(e.At) {
				t.Errorf("nobody knows until when: %+v", v)
			}
		}
	})
}
