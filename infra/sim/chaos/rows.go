package chaos

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"spool/infra/xsim/failures"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/xapi"
)

// rows are X's refusals that worlds meet: for each thing that X is asked for, one
// answer for each verdict that the real client's table gives. They are named by
// the status and the reason's code, such as "402 credits_depleted".
var rows = sync.OnceValue(func() map[xapi.Op]map[string]failures.Failure {
	all := map[xapi.Op]map[string]failures.Failure{}
	for op, ask := range operations() {
		all[op] = map[string]failures.Failure{}
		known := map[string]bool{}
		table := failures.All()
		candidates := slices.Clone(failures.Others()[op])
		for _, name := range slices.Sorted(maps.Keys(table)) {
			candidates = append(candidates, table[name])
		}
		for _, f := range candidates {
			c := &xapi.Client{Endpoint: endpoint, HTTP: &http.Client{Transport: canned(f)}, Now: time.Now}
			err := ask(c)
			if err == nil {
				continue // it is no failure of this
			}
			v := fault.Judge(err)
			if v.Reason.Code == fault.ReasonNotFound && op != xapi.OpTimeline {
				continue // of a tweet that X has, it says so only while that is young: see hidden
			}
			if verdict := fmt.Sprint(v.Action, v.Scope, v.Reason.Code); !known[verdict] {
				known[verdict] = true
				all[op][fmt.Sprintf("%d %s", f.Status, v.Reason.Code)] = f
			}
		}
	}
	return all
})

// operations are what worlds ask X for. Which tweet or medium does not matter to
// the table.
func operations() map[xapi.Op]func(*xapi.Client) error {
	ctx := context.Background()
	return map[xapi.Op]func(*xapi.Client) error{
		xapi.OpCreate: func(c *xapi.Client) error {
			_, err := c.Create(ctx, "", post.Tweet{Text: "?"}, "")
			return err
		},
		xapi.OpTimeline: func(c *xapi.Client) error { _, err := c.Timeline(ctx, "", user, publish.Query{}); return err },
		xapi.OpLookup:   func(c *xapi.Client) error { _, err := c.Lookup(ctx, "", "34"); return err },
		xapi.OpDelete:   func(c *xapi.Client) error { return c.Delete(ctx, "", "34") },
		xapi.OpMedia:    func(c *xapi.Client) error { _, err := c.MediaStatus(ctx, "", "56"); return err },
	}
}

// canned answers each request with one failure.
type canned failures.Failure

// RoundTrip implements [http.RoundTripper].
func (f canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	h := http.Header{"X-Transaction-Id": {"chaos"}}
	return &http.Response{
		StatusCode: f.Status, Header: h, Body: io.NopCloser(bytes.NewReader([]byte(f.Body))),
		Request: r, ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// opOf tells what X is asked for; empty for what the table is not about.
func opOf(r *http.Request) xapi.Op {
	switch path := r.URL.Path; {
	case aboutMedia(r):
		return xapi.OpMedia
	case !strings.Contains(path, "/tweets"):
		return ""
	case r.Method == http.MethodPost:
		return xapi.OpCreate
	case r.Method == http.MethodDelete:
		return xapi.OpDelete
	case strings.HasPrefix(path, "/2/users/"):
		return xapi.OpTimeline
	default:
		return xapi.OpLookup
	}
}

// row gives the failure of a name, if there is one.
func row(r *http.Request, name string) (f failures.Failure, ok bool) {
	f, ok = rows()[opOf(r)][name]
	return f, ok
}

// rowsOf names the rows that a request can meet.
func rowsOf(r *http.Request) []string {
	op := opOf(r)
	return rowNames()[cmp.Or(op, "none")]
}

// rowNames are the names of all rows, sorted.
var rowNames = sync.OnceValue(func() map[xapi.Op][]string {
	names := map[xapi.Op][]string{}
	for op, all := range rows() {
		names[op] = slices.Sorted(maps.Keys(all))
	}
	return names
})

// Rows names all of them, as [Reached] does.
func Rows() (all []string) {
	for op, names := range rowNames() {
		for _, name := range names {
			all = append(all, fmt.Sprintf("row %s: %s", op, name))
		}
	}
	return all
}
