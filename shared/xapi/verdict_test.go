package xapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim/failures"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/xapi"
)

// token is the access token of every test; nothing may repeat it.
const token = "canary-access-token"

// now is the time of every test.
var now = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// serve gives a client of a server that answers with h.
func serve(t *testing.T, h http.HandlerFunc) *xapi.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c := xapi.New(srv.URL)
	c.Now = func() time.Time { return now }
	return c
}

// says is a server that always answers the same.
func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the answer may be lost to a client that still writes
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("x-transaction-id", "0123456789abcdef")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// operations are all that a client can be asked for.
func operations() map[xapi.Op]func(context.Context, *xapi.Client) error {
	return map[xapi.Op]func(context.Context, *xapi.Client) error{
		xapi.OpCreate: func(ctx context.Context, c *xapi.Client) error {
			_, err := c.Create(ctx, token, post.Tweet{Text: "Hello"}, "")
			return err
		},
		xapi.OpTimeline: func(ctx context.Context, c *xapi.Client) error {
			_, err := c.Timeline(ctx, token, "12", publish.Query{})
			return err
		},
		xapi.OpMe: func(ctx context.Context, c *xapi.Client) error {
			_, err := c.Me(ctx, token)
			return err
		},
		xapi.OpLookup: func(ctx context.Context, c *xapi.Client) error {
			_, err := c.Lookup(ctx, token, "34")
			return err
		},
		xapi.OpDelete: func(ctx context.Context, c *xapi.Client) error {
			return c.Delete(ctx, token, "34")
		},
		xapi.OpMedia: func(ctx context.Context, c *xapi.Client) error {
			return c.DescribeMedia(ctx, token, "56", "A cat")
		},
	}
}

// ask has the client do the operation, which has to fail.
func ask(t *testing.T, c *xapi.Client, op xapi.Op) error {
	t.Helper()
	err := operations()[op](t.Context(), c)
	if err == nil {
		t.Fatalf("X was asked to %s and nothing failed", op)
	}
	return err
}

// outcome is what matters of a verdict.
type outcome = failures.Outcome

func of(v fault.Verdict) outcome {
	o := outcome{Scope: v.Scope, Action: v.Action, Code: string(v.Reason.Code), Duplicate: v.Duplicate}
	if !v.Until.IsZero() {
		o.Wait = v.Until.Sub(now)
	}
	return o
}

func TestVerdictOfCreate(t *testing.T) {
	for name, tt := range failures.All() {
		t.Run(name, func(t *testing.T) {
			err := ask(t, serve(t, says(tt.Status, tt.Body)), xapi.OpCreate)
			v := fault.Judge(err)
			if diff := cmp.Diff(tt.Want, of(v)); diff != "" {
				t.Errorf("verdict of %v (-want +got)\n%s", err, diff)
			}
			if v.Reason.Sentence == "" || v.Reason.Detail == "" || v.Reason.Transaction != "0123456789abcdef" {
				t.Errorf("the reason lacks something: %+v", v.Reason)
			}
			if v.Action != fault.Settle && v.Reason.Todo == "" {
				t.Errorf("the reason says nothing to do: %+v", v.Reason)
			}
			if e, ok := errors.AsType[*xapi.Error](err); !ok || e.Status != tt.Status || e.Op != xapi.OpCreate || !e.At.Equal(now) {
				t.Errorf("got the error %#v", err)
			}
		})
	}
}

// Reading and deleting leave nothing in doubt: where creating must be settled,
// they are tried again. All other verdicts are the same.
func TestVerdictOfTheRest(t *testing.T) {
	for op := range operations() {
		for name, tt := range failures.All() {
			if op == xapi.OpCreate || tt.Status < 300 {
				continue
			}
			want := tt.Want
			switch {
			case tt.Status == 429 && tt.Body == failures.BlockPage:
				want = outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
			case want.Action == fault.Settle:
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case op == xapi.OpMedia && tt.Status == 404: // X had outages that looked so
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case op == xapi.OpMedia && want.Code == "x_refused":
				want.Code = "media_refused"
			case tt.Status == 404 && (op == xapi.OpDelete || op == xapi.OpLookup): // it does not name the post
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case tt.Status == 404:
				want.Code = "not_found"
			case op == xapi.OpDelete && want.Scope == fault.ScopePost:
				want = outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "delete_refused"}
			}
			t.Run(string(op)+": "+name, func(t *testing.T) {
				err := ask(t, serve(t, says(tt.Status, tt.Body)), op)
				if diff := cmp.Diff(want, of(fault.Judge(err))); diff != "" {
					t.Errorf("verdict of %v (-want +got)\n%s", err, diff)
				}
			})
		}
	}
}

// TestEachRowIsMet: whoever tests with these failures leaves no row of the table out.
func TestEachRowIsMet(t *testing.T) {
	met, rows := map[int]bool{}, 0
	for op := range operations() {
		table := slices.AppendSeq(slices.Clone(failures.Others()[op]), maps.Values(failures.All()))
		for _, f := range table {
			err := operations()[op](t.Context(), serve(t, says(f.Status, f.Body)))
			if e, ok := errors.AsType[*xapi.Error](err); ok {
				row, of := xapi.RowOf(e)
				met[row], rows = true, of
			}
		}
	}
	for row := range rows {
		if !met[row] {
			t.Errorf("no failure fits row %d of the table", row)
		}
	}
}

func TestVerdictOfReadsThatSucceedWithout(t *testing.T) {
	gone := `{"errors":[{"value":"34","detail":"Could not find tweet with id: [34].","title":"Not Found Error","resource_type":"tweet","parameter":"id","resource_id":"34","type":"https://api.twitter.com/2/problems/resource-not-found"}]}`
	retry := outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
	notFound := outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "not_found"}
	tests := map[string]struct {
		op   xapi.Op
		body string
		want outcome
	}{
		"a post that is gone":         {xapi.OpLookup, gone, notFound},
		"a post without its id":       {xapi.OpLookup, `{"data":{"text":"Hello"}}`, retry},
		"a timeline of nobody":        {xapi.OpTimeline, gone, notFound},
		"a timeline without meta":     {xapi.OpTimeline, `{}`, retry},
		"a timeline with errors only": {xapi.OpTimeline, `{"meta":{"result_count":0},"errors":[{"title":"Internal"}]}`, retry},
		"a timeline that breaks off":  {xapi.OpTimeline, `{"meta":{"result_count":1},"data":[{"id":"1"`, retry},
		"nobody":                      {xapi.OpMe, `{"data":{}}`, retry},
		"not deleted":                 {xapi.OpDelete, `{"data":{"deleted":false}}`, retry},
		"deleting what is gone":       {xapi.OpDelete, gone, notFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := ask(t, serve(t, says(200, tt.body)), tt.op)
			if diff := cmp.Diff(tt.want, of(fault.Judge(err))); diff != "" {
				t.Errorf("verdict of %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestVerdictOfMedia(t *testing.T) {
	tests := map[string]struct {
		err  xapi.Error
		want outcome
	}{
		"no media.write": {
			xapi.Error{Status: 403, Understood: true, Title: "Forbidden", Detail: "Forbidden"},
			outcome{Scope: fault.ScopeAccount, Action: fault.Pause, Code: "media_scope_missing", Wait: xapi.ProbeAccount},
		},
		"outage": {
			xapi.Error{Status: 404, Understood: true, Title: "Not Found"},
			outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"},
		},
		"video refused": {
			xapi.Error{Status: 200, Understood: true, Title: "UnsupportedMedia", Detail: "The video has no sound."},
			outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "media_refused"},
		},
		"video refused without a word": {
			xapi.Error{Status: 200, Understood: true, Title: "processing failed"},
			outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "media_refused"},
		},
		"type refused": {
			xapi.Error{Status: 400, Understood: true, Title: "Invalid Request", Detail: "media type unrecognized."},
			outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "media_refused"},
		},
		"refused to the account": {
			xapi.Error{Status: 403, Understood: true, Title: "Forbidden", Detail: "This user is not allowed to post a video longer than 2 minutes"},
			outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "media_refused"},
		},
		"account locked": {
			xapi.Error{Status: 403, Understood: true, Title: "Forbidden", Detail: "this account is temporarily locked."},
			outcome{Scope: fault.ScopeAccount, Action: fault.Pause, Code: "account_locked", Wait: xapi.ProbeAccount},
		},
		"upload forgotten": {
			xapi.Error{Status: 400, Understood: true, Title: "Invalid Request", Detail: "Invalid media_id: 56"},
			outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "media_not_ready"},
		},
		"segments missing": {
			xapi.Error{Status: 400, Understood: true, Title: "Invalid Request", Detail: "Segments do not add up to provided total file size."},
			outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "media_not_ready"},
		},
		"success without its id": {
			xapi.Error{Status: 200, Understood: true},
			outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"},
		},
		"block page": {
			xapi.Error{Status: 200},
			outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.err.Op, tt.err.At = xapi.OpMedia, now
			if diff := cmp.Diff(tt.want, of(tt.err.Verdict())); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	const (
		short, user, app = "x-rate-limit-", "x-user-limit-24hour-", "x-app-limit-24hour-"
		left, reset      = "remaining", "reset"
	)
	in := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	tests := map[string]struct {
		header []string
		window xapi.Window
		wait   time.Duration
	}{
		"15 minutes used up":                      {[]string{short + left, "0", short + reset, in(7 * time.Minute)}, xapi.WindowShort, 7 * time.Minute},
		"day of the user used up":                 {[]string{short + left, "5", short + reset, in(time.Minute), user + left, "0", user + reset, in(9 * time.Hour)}, xapi.WindowUserDay, 9 * time.Hour},
		"day of the app used up":                  {[]string{short + left, "5", short + reset, in(time.Minute), app + left, "0", app + reset, in(23 * time.Hour)}, xapi.WindowAppDay, 23 * time.Hour},
		"all used up: the last to end counts":     {[]string{short + left, "0", short + reset, in(time.Minute), user + left, "0", user + reset, in(9 * time.Hour), app + left, "0", app + reset, in(3 * time.Hour)}, xapi.WindowUserDay, 9 * time.Hour},
		"two end at once: the wider counts":       {[]string{user + left, "0", user + reset, in(time.Hour), app + left, "0", app + reset, in(time.Hour)}, xapi.WindowAppDay, time.Hour},
		"less than nothing left":                  {[]string{user + left, "-1", user + reset, in(time.Hour)}, xapi.WindowUserDay, time.Hour},
		"none used up: the short one's reset":     {[]string{short + left, "3", short + reset, in(5 * time.Minute), user + left, "3", user + reset, in(time.Hour)}, xapi.WindowShort, 5 * time.Minute},
		"one left of the day: not used up":        {[]string{short + left, "3", short + reset, in(5 * time.Minute), user + left, "1", user + reset, in(time.Hour)}, xapi.WindowShort, 5 * time.Minute},
		"reset alone":                             {[]string{short + reset, in(5 * time.Minute)}, xapi.WindowShort, 5 * time.Minute},
		"no headers":                              {nil, xapi.WindowShort, xapi.LimitFloor},
		"no reset":                                {[]string{user + left, "0"}, xapi.WindowUserDay, xapi.LimitFloor},
		"reset zero":                              {[]string{short + left, "0", short + reset, "0"}, xapi.WindowShort, xapi.LimitFloor},
		"reset now":                               {[]string{short + left, "0", short + reset, in(0)}, xapi.WindowShort, xapi.LimitFloor},
		"reset past":                              {[]string{short + left, "0", short + reset, in(-time.Hour)}, xapi.WindowShort, xapi.LimitFloor},
		"reset no number":                         {[]string{short + left, "0", short + reset, "soon"}, xapi.WindowShort, xapi.LimitFloor},
		"reset in 25 hours":                       {[]string{app + left, "0", app + reset, in(25 * time.Hour)}, xapi.WindowAppDay, 25 * time.Hour},
		"reset in more than 25 hours":             {[]string{app + left, "0", app + reset, in(25*time.Hour + time.Second)}, xapi.WindowAppDay, xapi.LimitFloor},
		"reset in milliseconds":                   {[]string{short + left, "0", short + reset, "1787216400000"}, xapi.WindowShort, xapi.LimitFloor},
		"reset beyond all numbers":                {[]string{short + left, "0", short + reset, "9223372036854775807"}, xapi.WindowShort, xapi.LimitFloor},
		"a bad short reset does not hide a day's": {[]string{short + left, "0", short + reset, "0", user + left, "0", user + reset, in(2 * time.Hour)}, xapi.WindowUserDay, 2 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := ask(t, serve(t, says(429, `{"title":"Too Many Requests","status":429}`, tt.header...)), xapi.OpCreate)
			limit, ok := errors.AsType[*xapi.RateLimitError](err)
			if !ok || limit.Window != tt.window || limit.Until.Sub(now) != tt.wait || limit.Until.Location() != time.UTC {
				t.Fatalf("got %#v (%v)", err, err)
			}
			if e, ok := errors.AsType[*xapi.Error](err); !ok || e.Status != 429 {
				t.Errorf("it is no *Error: %#v", err)
			}
			want := fault.ScopeAccount
			if tt.window == xapi.WindowAppDay {
				want = fault.ScopeApp
			}
			if v := fault.Judge(err); v.Scope != want || v.Action != fault.Wait || !v.Until.Equal(limit.Until) {
				t.Errorf("verdict %+v", v)
			}
		})
	}
}

// X's headers prove that a 429 is X's, whatever the body is.
func TestLimitWithHeadersAndWithoutJSON(t *testing.T) {
	err := ask(t, serve(t, says(429, "Too Many Requests", "x-rate-limit-remaining", "0")), xapi.OpCreate)
	want := outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
	if diff := cmp.Diff(want, of(fault.Judge(err))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
