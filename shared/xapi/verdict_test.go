package xapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
type outcome struct {
	Scope     fault.Scope
	Action    fault.Action
	Code      string
	Wait      time.Duration // from now until Until
	Duplicate bool
}

func of(v fault.Verdict) outcome {
	o := outcome{Scope: v.Scope, Action: v.Action, Code: v.Reason.Code, Duplicate: v.Duplicate}
	if !v.Until.IsZero() {
		o.Wait = v.Until.Sub(now)
	}
	return o
}

// problem is a body of X's present form.
func problem(status int, title, kind, detail string) string {
	return fmt.Sprintf(`{"title":%q,"type":%q,"detail":%q,"status":%d}`, title, kind, detail, status)
}

// old is a body of X's old form.
func old(code int, message string) string {
	return fmt.Sprintf(`{"errors":[{"code":%d,"message":%q}]}`, code, message)
}

const cloudflare = `<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>`

// failures is X's table of failures, for creating a post. Source of the bodies:
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors, and what
// users of the API report.
func failures() map[string]struct {
	status int
	body   string
	want   outcome
} {
	const (
		blank = "about:blank"
		xHost = "https://api.x.com/2/problems/"
		tHost = "https://api.twitter.com/2/problems/"
	)
	final := func(code string) outcome {
		return outcome{Scope: fault.ScopePost, Action: fault.Final, Code: code}
	}
	doubt := outcome{Scope: fault.ScopePost, Action: fault.Settle, Code: "answer_unclear"}
	duplicate := outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "duplicate_text", Duplicate: true}
	refresh := outcome{Scope: fault.ScopeAccount, Action: fault.Refresh, Code: "access_token_refused"}
	parent := outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "parent_not_visible"}
	limited := outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
	account := func(code string) outcome {
		return outcome{Scope: fault.ScopeAccount, Action: fault.Pause, Code: code, Wait: xapi.ProbeAccount}
	}
	app := func(code string, probe time.Duration) outcome {
		return outcome{Scope: fault.ScopeApp, Action: fault.Pause, Code: code, Wait: probe}
	}
	notEnrolled := `"title":"Client Forbidden","required_enrollment":"Appropriate Level of API Access","reason":"client-not-enrolled","detail":"When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project."`
	const gate = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."
	const unseen = "You attempted to reply to a Tweet that is deleted or not visible to you."
	return map[string]struct {
		status int
		body   string
		want   outcome
	}{
		"access token bad":                    {401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, refresh},
		"access token bad, old form":          {401, old(89, "Invalid or expired token."), refresh},
		"access token bad, old form, 403":     {403, old(89, "Invalid or expired token."), refresh},
		"wrong kind of token":                 {403, problem(403, "Unsupported Authentication", tHost+"unsupported-authentication", "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint."), app("app_misconfigured", xapi.ProbeSetup)},
		"wrong kind of token, by words":       {403, problem(403, "Forbidden", blank, "Unsupported Authentication"), app("app_misconfigured", xapi.ProbeSetup)},
		"app may read only":                   {403, problem(403, "Forbidden", tHost+"oauth1-permissions", "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."), app("app_misconfigured", xapi.ProbeSetup)},
		"app not enrolled":                    {403, `{"client_id":"1",` + notEnrolled + `,"type":"` + xHost + `client-forbidden"}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, other host":        {403, `{"client_id":"1",` + notEnrolled + `,"type":"` + tHost + `client-forbidden"}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, in a list":         {403, `{"errors":[{` + notEnrolled + `}]}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, old form":          {403, old(453, "You currently have access to a subset of X API V2 endpoints."), app("app_not_enrolled", xapi.ProbeSetup)},
		"duplicate text":                      {403, `{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}`, duplicate},
		"duplicate text, old form":            {403, old(187, "Status is a duplicate."), duplicate},
		"generic refusal":                     {403, problem(403, "Forbidden", blank, "You are not permitted to perform this action."), final("not_permitted")},
		"reply gate":                          {403, problem(403, "Forbidden", blank, gate), final("reply_not_allowed")},
		"reply gate, other wording":           {403, problem(403, "Forbidden", blank, "You can only reply to or quote posts where you are mentioned or are the author."), final("reply_not_allowed")},
		"reply gate, old form":                {403, old(433, "The original Tweet author restricted who can reply to this Tweet."), final("reply_not_allowed")},
		"parent not visible":                  {403, problem(403, "Forbidden", blank, unseen), parent},
		"parent not visible, old form":        {403, old(385, unseen), parent},
		"more than one cashtag":               {403, problem(403, "Forbidden", blank, "Posts are limited to a maximum of one cashtag"), final("too_many_cashtags")},
		"too long, old form":                  {403, old(186, "Tweet needs to be a bit shorter."), final("text_too_long")},
		"feature blocked":                     {403, problem(403, "Forbidden", blank, "Your account is not permitted to access this feature."), account("feature_blocked")},
		"account suspended":                   {403, problem(403, "Forbidden", blank, "Your account is suspended and is not permitted to access this feature."), account("account_suspended")},
		"account locked":                      {403, problem(403, "Forbidden", blank, "To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to https://x.com to unlock your account."), account("account_locked")},
		"account locked, old form":            {403, old(326, "To protect our users from spam…"), account("account_locked")},
		"blank post":                          {400, `{"errors":[{"parameters":{"text":[""]},"message":"Please include either text or media in your Tweet."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"` + tHost + `invalid-request"}`, final("blank_post")},
		"media not ready":                     {400, `{"errors":[{"parameters":{"media.media_ids":["[1]"]},"message":"Your media IDs are invalid."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"` + xHost + `invalid-request"}`, outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "media_not_ready"}},
		"rate limit without headers":          {429, `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`, limited},
		"rate limit, old form":                {429, old(88, "Rate limit exceeded"), limited},
		"rate limit, old form, 403":           {403, old(88, "Rate limit exceeded"), limited},
		"monthly cap":                         {429, `{"title":"UsageCapExceeded","account_id":1,"product_name":"standard-basic","detail":"Usage cap exceeded: Monthly product cap","period":"Monthly","scope":"Product","type":"` + tHost + `usage-capped"}`, app("usage_cap", xapi.ProbeCap)},
		"monthly cap, type only":              {429, problem(429, "Too Many Requests", xHost+"usage-capped", ""), app("usage_cap", xapi.ProbeCap)},
		"no credits":                          {402, `{"account_id":1,"title":"CreditsDepleted","detail":"Your enrolled account does not have any credits to fulfill this request.","type":"` + xHost + `credits"}`, app("credits_depleted", xapi.ProbeSetup)},
		"no credits, other wording":           {402, problem(402, "Payment Required", tHost+"credits-depleted", ""), app("credits_depleted", xapi.ProbeSetup)},
		"no credits, no body":                 {402, ``, app("credits_depleted", xapi.ProbeSetup)},
		"spend cap as title":                  {403, problem(403, "SpendCapReached", xHost+"spend-cap-reached", "Your enrolled account has reached its billing cycle spend cap."), app("spend_cap", xapi.ProbeCap)},
		"spend cap in the words":              {403, problem(403, "Forbidden", blank, "Request refused: SpendCapReached"), app("spend_cap", xapi.ProbeCap)},
		"overload":                            {503, `{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}`, doubt},
		"internal error":                      {500, problem(500, "Internal Server Error", xHost+"internal-error", ""), doubt},
		"internal error, old form":            {500, old(131, "Internal error"), doubt},
		"an unknown 5xx":                      {599, `{}`, doubt},
		"a 5xx that names a clear refusal":    {500, problem(500, "Forbidden", blank, unseen), doubt},
		"timed out at the server":             {408, problem(408, "Request Timeout", blank, ""), doubt},
		"block page, 403":                     {403, cloudflare, doubt},
		"block page, 503":                     {503, cloudflare, doubt},
		"block page, 429":                     {429, cloudflare, doubt},
		"block page, 401":                     {401, cloudflare, doubt},
		"block page, 200":                     {200, cloudflare, doubt},
		"no body, 403":                        {403, ``, doubt},
		"JSON that is no object, 403":         {403, `"Forbidden"`, doubt},
		"null, 403":                           {403, `null`, doubt},
		"JSON that breaks off, 403":           {403, `{"title":"Forbidden","detail":"You are not permitted`, doubt},
		"redirected":                          {307, `{}`, doubt},
		"201 without id":                      {201, `{"data":{"text":"Hello"}}`, doubt},
		"201 with what is no id":              {201, `{"data":{"id":"../1","text":"Hello"}}`, doubt},
		"201 with half a body":                {201, `{"data":{"id":"1234567890123456789"`, doubt},
		"200 with errors":                     {200, `{"errors":[{"title":"Forbidden","detail":"You are not permitted to perform this action."}]}`, doubt},
		"an unknown 403":                      {403, problem(403, "Forbidden", blank, "The moon is in the wrong house."), final("x_refused")},
		"an unknown 400":                      {400, `{"title":"Invalid Request","detail":"$.foo: not allowed","type":"` + xHost + `invalid-request"}`, final("x_refused")},
		"an unknown 4xx, empty object":        {451, `{}`, final("x_refused")},
		"a 404":                               {404, problem(404, "Not Found", blank, ""), final("x_refused")},
		"a field of a surprising type":        {403, `{"title":7,"detail":"You are not permitted to perform this action.","errors":"?"}`, final("not_permitted")},
		"OAuth's form":                        {400, `{"error":"invalid_request","error_description":"No."}`, final("x_refused")},
		"words of a user that sound like X's": {400, problem(400, "Invalid Request", xHost+"invalid-request", "The text [UsageCapExceeded client-not-enrolled] is not valid."), final("x_refused")},
	}
}

func TestVerdictOfCreate(t *testing.T) {
	for name, tt := range failures() {
		t.Run(name, func(t *testing.T) {
			err := ask(t, serve(t, says(tt.status, tt.body)), xapi.OpCreate)
			v := fault.Judge(err)
			if diff := cmp.Diff(tt.want, of(v)); diff != "" {
				t.Errorf("verdict of %v (-want +got)\n%s", err, diff)
			}
			if v.Reason.Sentence == "" || v.Reason.Detail == "" || v.Reason.Transaction != "0123456789abcdef" {
				t.Errorf("the reason lacks something: %+v", v.Reason)
			}
			if v.Action != fault.Settle && v.Reason.Todo == "" {
				t.Errorf("the reason says nothing to do: %+v", v.Reason)
			}
			if e, ok := errors.AsType[*xapi.Error](err); !ok || e.Status != tt.status || e.Op != xapi.OpCreate || !e.At.Equal(now) {
				t.Errorf("got the error %#v", err)
			}
		})
	}
}

// Reading and deleting leave nothing in doubt: where creating must be settled,
// they are tried again. All other verdicts are the same.
func TestVerdictOfTheRest(t *testing.T) {
	for op := range operations() {
		for name, tt := range failures() {
			if op == xapi.OpCreate || tt.status < 300 {
				continue
			}
			want := tt.want
			switch {
			case tt.status == 429 && tt.body == cloudflare:
				want = outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
			case want.Action == fault.Settle:
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case op == xapi.OpMedia && tt.status == 404: // X had outages that looked so
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case op == xapi.OpMedia && want.Code == "x_refused":
				want.Code = "media_refused"
			case tt.status == 404 && (op == xapi.OpDelete || op == xapi.OpLookup): // it does not name the post
				want = outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
			case tt.status == 404:
				want.Code = "not_found"
			case op == xapi.OpDelete && want.Scope == fault.ScopePost:
				want = outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "delete_refused"}
			}
			t.Run(string(op)+": "+name, func(t *testing.T) {
				err := ask(t, serve(t, says(tt.status, tt.body)), op)
				if diff := cmp.Diff(want, of(fault.Judge(err))); diff != "" {
					t.Errorf("verdict of %v (-want +got)\n%s", err, diff)
				}
			})
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
			if !ok || limit.Window != tt.window || limit.Until.Sub(now) != tt.wait {
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
