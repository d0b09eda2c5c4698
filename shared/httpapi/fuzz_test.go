package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzOperations sends requests that it makes of the API's own document: right
// ones, nearly right ones and hostile ones. The input is what all choices are
// drawn from, so any input is a run of up to eight requests on a new site. Nothing
// may panic or be answered with a 5xx, every refusal must be a problem in plain
// words, and all of it must be as the document says.
func FuzzOperations(f *testing.F) {
	for seed := range uint64(64) {
		rng, b := rand.New(rand.NewPCG(seed, 7)), make([]byte, 400)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f.Add(b)
	}
	first := newSite(f)
	c := holdTo(f, first.api)
	forge := newForge(f, first.api)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSite(t)
		s.putApp()
		s.connect("ada")
		c.t, c.api = t, s.api
		d := &draws{b}
		forge.ids = []string{ada, s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"draft":true}`)["id"].(string)}
		for range 8 {
			if len(d.b) == 0 {
				return
			}
			r, body := forge.request(d)
			rec := httptest.NewRecorder()
			c.ServeHTTP(rec, r)
			if rec.Code < http.StatusBadRequest {
				forge.remember(rec.Body.Bytes())
				continue
			}
			var p struct{ Code, Title, Detail, Todo string }
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Header().Get("Content-Type") != "application/problem+json" ||
				p.Code == "" || p.Title == "" || p.Detail == "" || strings.Contains(p.Detail, "expected ") || rec.Code >= 500 {
				t.Errorf("%s %s %v %.2000q was answered %d %s", r.Method, r.URL, r.Header, body, rec.Code, rec.Body)
			}
		}
	})
}

// draws gives choices out of bytes; once they are used up, always the first.
type draws struct{ b []byte }

// n draws a number below k, which is at most 256.
func (d *draws) n(k int) int {
	if len(d.b) == 0 {
		return 0
	}
	x := int(d.b[0])
	d.b = d.b[1:]
	return x % k
}

// one draws true one time in k.
func (d *draws) one(k int) bool { return d.n(k) == k-1 }

func (d *draws) of(words []string) string { return words[d.n(len(words))] }

// schema is what the forge reads of a schema.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a word, or several
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	MaxLength  *int              `json:"maxLength"`
	MaxItems   *int              `json:"maxItems"`
}

// forge makes requests of a document.
type forge struct {
	ops     []forgeable
	shapes  map[string]schema
	ids     []string // of things that there are
	methods []string
}

// forgeable is an operation.
type forgeable struct {
	method, path string
	Parameters   []struct {
		Name, In string
		Required bool
		Schema   schema
	}
	RequestBody *struct {
		Content map[string]struct {
			Schema  schema
			Example map[string]json.RawMessage
		}
	}
}

func newForge(t testing.TB, api http.Handler) *forge {
	t.Helper()
	rec := httptest.NewRecorder()
	api.ServeHTTP(rec, httptest.NewRequest("GET", "/v1/openapi.json", nil))
	var doc struct {
		Paths      map[string]map[string]forgeable
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	f := &forge{shapes: doc.Components.Schemas, methods: []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"}}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			op := doc.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			f.ops = append(f.ops, op)
		}
	}
	return f
}

// remember keeps the ids of an answer for later requests.
func (f *forge) remember(answer []byte) {
	var named struct{ ID string }
	if json.Unmarshal(answer, &named) == nil && named.ID != "" {
		f.ids = append(f.ids, named.ID)
	}
}

// hostile are texts that programs stumble over.
func hostile() []string {
	return []string{
		"", "\x00", "a\x00b", "\xff\xfe", "\ud7ff\u2028", "../../etc/passwd", "%2e%2e%2f", "' OR 1=1 --", "<script>alert(1)</script>", "😀👩‍🚀", "é́́́́",
		strings.Repeat("x", 70), strings.Repeat("長", 300), "null", "-1", "1e999", "99999999999999999999", "*", "\"", "W/\"1\"", "2026-13-45T99:99:99Z",
		"0000-00-00", "9999-12-31T23:59:59Z", "{}", "[]", " ", "\r\nX-Injected: 1", "Etc/UTC", "../UTC", "Local", "https://x.test/?state=a&code=b", "#", "a#b", "/",
	}
}

// request makes a request, and gives its body as well.
func (f *forge) request(d *draws) (*http.Request, []byte) {
	op := f.ops[d.n(len(f.ops))]
	path := strings.ReplaceAll(op.path, "{id}", url.PathEscape(f.id(d)))
	query := url.Values{}
	header := http.Header{}
	for _, p := range op.Parameters {
		if !p.Required && d.one(2) {
			continue
		}
		text := f.text(p.Schema, d)
		switch p.In {
		case "query":
			query.Add(p.Name, text)
			if d.one(8) {
				query.Add(p.Name, f.text(p.Schema, d))
			}
		case "header":
			header.Set(p.Name, text)
		}
	}
	if d.one(16) {
		query.Add(d.of(hostile()), "1")
	}
	var body []byte
	if op.RequestBody != nil && !d.one(16) {
		var b bytes.Buffer
		if content := op.RequestBody.Content["application/json"]; d.one(2) {
			f.value(&b, content.Schema, d, 0)
		} else {
			f.changed(&b, content.Example, content.Schema, d)
		}
		body = b.Bytes()
		if d.one(16) {
			body = body[:d.n(256)*len(body)/256]
		}
	}
	method := op.method
	if d.one(24) {
		method = d.of(f.methods)
	}
	r := httptest.NewRequest("GET", "https://spool.test/", bytes.NewReader(body))
	r.Method, r.Header, r.RemoteAddr = method, header, "192.0.2.1"
	r.URL = &url.URL{Scheme: "https", Host: "spool.test", RawQuery: query.Encode()}
	r.URL.RawPath = path
	if plain, err := url.PathUnescape(path); err == nil {
		r.URL.Path = plain
	}
	if len(body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	f.dress(header, d)
	return r, body
}

// changed writes the document's example, some of whose fields are drawn anew.
func (f *forge) changed(b *bytes.Buffer, example map[string]json.RawMessage, s schema, d *draws) {
	s = f.shapes[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	b.WriteByte('{')
	between := ""
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		value, shown := example[name]
		switch {
		case d.one(6):
			fmt.Fprintf(b, "%s%q:", between, name)
			f.value(b, s.Properties[name], d, 1)
		case shown:
			fmt.Fprintf(b, "%s%q:%s", between, name, value)
		default:
			continue
		}
		between = ","
	}
	b.WriteByte('}')
}

// dress gives a request its key, and odd headers now and then.
func (f *forge) dress(header http.Header, d *draws) {
	header.Set("Authorization", "Bearer "+adminKey)
	if d.one(32) {
		header.Set("Authorization", d.of([]string{"", "Bearer", "Basic YTpi", "Bearer spool__", "Bearer spool_a_b", "bearer " + strings.Repeat("x", 500)}))
	}
	if d.one(24) {
		header.Set("Content-Type", d.of([]string{"", "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "application/cbor", ";", "\xff"}))
	}
	if d.one(24) {
		header.Set("Accept", d.of([]string{"", "text/html", "application/cbor", "*/*;q=0", ";;", "application/problem+json"}))
	}
}

// id draws an id of something that there is, or of nothing.
func (f *forge) id(d *draws) string {
	if d.one(4) {
		return "x" + d.of(hostile())
	}
	return f.ids[d.n(len(f.ids))]
}

// text draws a parameter's value.
func (f *forge) text(s schema, d *draws) string {
	if d.one(6) {
		return d.of(hostile())
	}
	var b bytes.Buffer
	f.value(&b, s, d, 0)
	var v any
	if json.Unmarshal(b.Bytes(), &v) != nil {
		return b.String()
	}
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, w := range list {
			words[i] = fmt.Sprint(w)
		}
		return strings.Join(words, ",")
	}
	return fmt.Sprint(v)
}

// deepest is how deep what is made goes.
const deepest = 8

// value writes a value of a schema as JSON, or what only looks like one.
func (f *forge) value(b *bytes.Buffer, s schema, d *draws, depth int) {
	if s.Ref != "" {
		s = f.shapes[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if depth > deepest || d.one(40) {
		f.nonsense(b, d)
		return
	}
	if len(s.Enum) > 0 && !d.one(12) {
		fmt.Fprintf(b, "%q", s.Enum[d.n(len(s.Enum))])
		return
	}
	switch kindIn(s.Type) {
	case "object":
		f.object(b, s, d, depth)
	case "array":
		f.array(b, s, d, depth)
	case "integer", "number":
		b.WriteString(f.number(s, d))
	case "boolean":
		b.WriteString(d.of([]string{"true", "false"}))
	default:
		f.word(b, s, d)
	}
}

// kindIn is the type of a schema that may also take null.
func kindIn(t any) string {
	if several, ok := t.([]any); ok && len(several) > 0 {
		t = several[0]
	}
	word, _ := t.(string)
	return word
}

func (f *forge) object(b *bytes.Buffer, s schema, d *draws, depth int) {
	b.WriteByte('{')
	between := ""
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) && d.one(30) || !slices.Contains(s.Required, name) && !d.one(3) {
			continue
		}
		fmt.Fprintf(b, "%s%q:", between, name)
		f.value(b, s.Properties[name], d, depth+1)
		between = ","
	}
	if d.one(30) {
		b.WriteString(between + `"` + d.of([]string{"", "text", "__proto__", "Text", "😀", strings.Repeat("n", 300)}) + `":1`)
	}
	b.WriteByte('}')
}

func (f *forge) array(b *bytes.Buffer, s schema, d *draws, depth int) {
	n := 1 + d.n(3)
	if d.one(12) {
		n = 0
	}
	if s.MaxItems != nil && d.one(20) {
		n = *s.MaxItems + 1
	}
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		f.value(b, *s.Items, d, depth+1)
	}
	b.WriteByte(']')
}

// number draws one within the bounds, at them or beyond.
func (f *forge) number(s schema, d *draws) string {
	least, most := 0.0, 1000.0
	if s.Minimum != nil {
		least = *s.Minimum
	}
	if s.Maximum != nil {
		most = *s.Maximum
	}
	switch d.n(12) {
	case 0:
		return fmt.Sprintf("%.0f", least-1)
	case 1:
		return fmt.Sprintf("%.0f", most+1)
	case 2:
		return d.of([]string{"1.5", "1e2", "-0", "1e999", "9223372036854775808", "1.0", "01", "NaN"})
	case 3:
		return fmt.Sprintf("%.0f", most)
	}
	return fmt.Sprintf("%.0f", least+float64(d.n(256)))
}

// word draws a text, most often one that the schema takes.
func (f *forge) word(b *bytes.Buffer, s schema, d *draws) {
	w := d.of([]string{"a", "One. Two.\n---\nThree https://example.com/x", "Europe/Berlin", "2026-12-01 09:00", "tomorrow 9am", "280", "posts:read", "1/n", "@ada #x"})
	switch {
	case s.Format == "date-time":
		w = d.of([]string{"2099-01-01T00:00:00Z", "2026-12-01T00:00:00+01:00", "2099-01-01t00:00:00z", "2026-02-30T00:00:00Z", "2026-12-01T24:00:00Z", "2099-01-01T00:00:00.123456789Z", "2016-12-31T23:59:60Z"})
	case strings.Contains(s.Pattern, "0-9a-f"):
		w = strings.Repeat(d.of([]string{"0", "a", "F"}), 64)
	case strings.Contains(s.Pattern, "[0-9]{4}"):
		w = d.of([]string{"2026-12", "0000-00", "9999-99"})
	case strings.Contains(s.Pattern, "0-9"):
		w = d.of([]string{"1995000000000000000", "0", "9999999999999999999"})
	case d.one(5):
		w = f.ids[d.n(len(f.ids))]
	}
	if s.MaxLength != nil && d.one(20) {
		w = strings.Repeat("é", min(*s.MaxLength+1, 30_000))
	}
	if d.one(10) {
		w = d.of(hostile())
	}
	if d.one(2) || strings.ContainsAny(w, "\"\\\n\r") { // else as the raw bytes are
		text, _ := json.Marshal(w)
		b.Write(text)
		return
	}
	b.WriteString(`"` + w + `"`)
}

// nonsense writes what no schema asks for.
func (f *forge) nonsense(b *bytes.Buffer, d *draws) {
	b.WriteString(d.of([]string{
		"null", "[]", "{}", `""`, "-1", "1e999", "true", "\xff", `"\ud800"`, `"\u0000"`, "[[[[[[[[]]]]]]]]", `{"a":{"a":{"a":{}}}}`, "undefined", "'", "//",
		strings.Repeat("[", 2000), strings.Repeat(`{"a":`, 500), strings.Repeat("[", 3000) + strings.Repeat("]", 3000), "18446744073709551616", `"` + strings.Repeat("\u200b", 500) + `"`,
	}))
}
