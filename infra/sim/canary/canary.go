// Package canary finds secrets where they must not be: in logs, items, messages,
// error bodies and addresses. It learns them from what goes to and from X, and is
// told the others, and then looks for each in every form in which it could have
// got out. It is only for tests.
package canary

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Secrets are what must not get out. It is safe for concurrent use; its zero value
// is ready.
type Secrets struct {
	mu    sync.Mutex
	known map[string]string // value → what it is
}

// shortest is the length from which a value is looked for: shorter ones, such as
// those of a broken test, would be found everywhere.
const shortest = 8

// Add tells of a secret.
func (s *Secrets) Add(what, value string) {
	if len(value) < shortest {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]string{}
	}
	s.known[value] = what
}

// Kinds are the kinds of secrets that are known, sorted: a canary that knows none
// sings for ever.
func (s *Secrets) Kinds() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Sorted(maps.Values(s.known)))
}

// Leak is a secret that was found. It does not repeat the secret.
type Leak struct {
	Where string // such as a file
	What  string // such as "refresh_token"
	Form  string // how it was written
}

func (l Leak) String() string { return fmt.Sprintf("%s holds a %s (%s)", l.Where, l.What, l.Form) }

// Find looks into a text.
func (s *Secrets) Find(where string, text []byte) (leaks []Leak) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for value, what := range s.known {
		for form, written := range forms(value) {
			if bytes.Contains(text, []byte(written)) {
				leaks = append(leaks, Leak{where, what, form})
				break
			}
		}
	}
	return leaks
}

// forms are the ways to write a secret that programs have.
func forms(value string) map[string]string {
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings always marshal
	}
	return map[string]string{
		"as it is":         value,
		"URL-escaped":      url.QueryEscape(value),
		"in JSON":          string(quoted[1 : len(quoted)-1]),
		"in hexadecimal":   hex.EncodeToString([]byte(value)),
		"in base64":        strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(value)), "="),
		"in base64 (URLs)": base64.RawURLEncoding.EncodeToString([]byte(value)),
	}
}

// Files looks into every file below a folder.
func (s *Secrets) Files(root string) (leaks []Leak, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		leaks = append(leaks, s.Find(path, text)...)
		return err
	})
	return leaks, err
}

// Items looks into every item of a DynamoDB table, keys and binaries too. The
// engine's files do not do: they are compressed.
func (s *Secrets) Items(ctx context.Context, db *dynamodb.Client, table string) (leaks []Leak, err error) {
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", table, err)
		}
		for _, it := range page.Items {
			var text bytes.Buffer
			write(&text, &types.AttributeValueMemberM{Value: it})
			key, _ := it["pk"].(*types.AttributeValueMemberS)
			leaks = append(leaks, s.Find(fmt.Sprintf("%s, item %.20s", table, key.Value), text.Bytes())...)
		}
	}
	return leaks, nil
}

// write gives all that a value holds, one after the other.
func write(w *bytes.Buffer, v types.AttributeValue) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		w.WriteString(v.Value)
	case *types.AttributeValueMemberN:
		w.WriteString(v.Value)
	case *types.AttributeValueMemberB:
		w.Write(v.Value)
	case *types.AttributeValueMemberSS:
		w.WriteString(strings.Join(v.Value, "\n"))
	case *types.AttributeValueMemberL:
		for _, e := range v.Value {
			write(w, e)
		}
	case *types.AttributeValueMemberM:
		for name, e := range v.Value {
			w.WriteString(name)
			w.WriteByte('\n')
			write(w, e)
		}
	}
	w.WriteByte('\n')
}

// Listen gives a transport to X that learns the secrets which pass by: those of
// forms, tokens that X answers, and those in headers. In front of a simulator that
// runs elsewhere it goes into an [httputil.ReverseProxy].
//
// [httputil.ReverseProxy]: https://pkg.go.dev/net/http/httputil#ReverseProxy
func (s *Secrets) Listen(next http.RoundTripper) http.RoundTripper { return listener{s, next} }

type listener struct {
	secrets *Secrets
	next    http.RoundTripper
}

// named are the parameters of OAuth that are secrets. The state is one until it
// was used.
func named() []string {
	return []string{"code", "code_verifier", "refresh_token", "access_token", "token", "client_secret", "state"}
}

// RoundTrip implements [http.RoundTripper].
func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil {
			l.learn(form)
		}
	}
	l.learn(r.URL.Query())
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		l.secrets.Add("access_token", token)
	}
	if _, secret, ok := r.BasicAuth(); ok {
		l.secrets.Add("client_secret", secret)
	}
	res, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return res, l.answer(res)
}

// answer learns from what X says.
func (l listener) answer(res *http.Response) error {
	if to, err := res.Location(); err == nil {
		l.learn(to.Query())
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	var fields map[string]any
	if json.Unmarshal(body, &fields) == nil {
		for _, name := range named() {
			if value, ok := fields[name].(string); ok {
				l.secrets.Add(name, value)
			}
		}
	}
	return nil
}

// learn takes the secrets of a form or query.
func (l listener) learn(values url.Values) {
	for _, name := range named() {
		for _, value := range values[name] {
			l.secrets.Add(name, value)
		}
	}
}
