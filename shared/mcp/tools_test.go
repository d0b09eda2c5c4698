package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

var (
	nine = time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC)
)

// uses has one call of each tool, and what it does at the API.
var uses = []struct {
	tool, arguments string
	calls           []call
	says            string
}{
	{
		"preview", `{"text":"One\n---\nTwo"}`,
		[]call{{Operation: "preview", In: wire.PreviewInput{Writing: wire.Writing{Text: "One\n---\nTwo"}}}},
		"2 tweets, $0.03 to publish.\nwarning in tweet 2: It mentions a stranger.\n\n1/2 (3 of 280)\n> One\n\n2/2 (3 of 280)\n> Two",
	},
	{
		"create_draft", `{"text":"One\n---\nTwo","idempotency_key":"k","lateness_seconds":60}`,
		[]call{
			{Operation: "preview", In: wire.PreviewInput{Writing: wire.Writing{Text: "One\n---\nTwo"}}},
			{Operation: "create-post", Key: "k", In: wire.PostInput{Draft: true, Writing: wire.Writing{Text: "One\n---\nTwo"}, Lateness: new(60)}},
		},
		"Post P1 (\"One\", 2 tweets, account 42): draft. It is a draft, and does not go out by itself.\nX charges $0.03.\nwarning in tweet 2: It mentions a stranger.\n" +
			"Next: Show it to the owner. schedule_post gives it a time, publish_post publishes it at once.",
	},
	{
		"schedule_post", `{"tweets":[{"text":"1"}],"account_id":"42","at":"tomorrow 9am","idempotency_key":"k"}`,
		[]call{
			{Operation: "list-accounts"},
			{Operation: "preview", In: wire.PreviewInput{AccountID: "42", Tweets: []wire.TweetInput{{Text: "1"}}}},
			{Operation: "create-post", Key: "k", In: wire.PostInput{AccountID: "42", At: "tomorrow 9am", Tweets: []wire.TweetInput{{Text: "1"}}}},
		},
		"X charges $0.03.",
	},
	{
		"edit_post", `{"id":"P1","tweets":[{"text":"1"}]}`,
		[]call{
			{Operation: "get-post", ID: "P1"},
			{Operation: "preview", In: wire.PreviewInput{AccountID: "42", PostID: "P1", Tweets: []wire.TweetInput{{Text: "1"}}}},
			{Operation: "edit-post", ID: "P1", Key: `"7"`, In: wire.EditInput{Tweets: []wire.TweetInput{{Text: "1"}}}},
		},
		"warning in tweet 2: It mentions a stranger.",
	},
	{
		"list_posts", `{"status":["draft","failed"],"needs_you":true,"from":"2026-12-02T10:00:00+01:00","q":"two words","order":"earliest","limit":5,"cursor":"c","account_id":"42"}`,
		[]call{{Operation: "list-posts", In: client.PostQuery{Status: []post.Status{post.Draft, post.Failed}, NeedsYou: true, From: nine, Search: "two words", Order: "earliest", Limit: 5, Cursor: "c", AccountID: "42"}}},
		"P1 \"One\" (2 tweets): draft. It is a draft, and does not go out by itself.\nThere may be more: ask again with cursor next",
	},
	{"get_post", `{"id":"P1"}`, []call{{Operation: "get-post", ID: "P1"}}, "1/2 pending\n> One\n\n2/2 pending\n> Two"},
	{"get_status", `{}`, []call{{Operation: "get-status"}, {Operation: "list-accounts"}}, "Spool is set up.\nAccount 42 (@ada): connected, zone Europe/Berlin, tweets of up to 280."},
	{"publish_post", `{"id":"P1"}`, []call{{Operation: "publish-post", ID: "P1"}}, "Post P1 "},
	{"cancel_post", `{"id":"P1"}`, []call{{Operation: "cancel-post", ID: "P1"}}, "Post P1 "},
	{"retry_post", `{"id":"P1"}`, []call{{Operation: "retry-post", ID: "P1"}}, "Post P1 "},
	{"unpublish_post", `{"id":"P1"}`, []call{{Operation: "unpublish-post", ID: "P1"}}, "Post P1 "},
	{
		"resolve_post", `{"id":"P1","thread_position":2,"outcome":"published","platform_post_id":"99"}`,
		[]call{{Operation: "resolve-post", ID: "P1", In: wire.ResolveInput{ThreadPosition: 2, Outcome: "published", PlatformPostID: "99"}}}, "Post P1 ",
	},
	{"delete_post", `{"id":"P1"}`, []call{{Operation: "delete-post", ID: "P1"}}, "The record of post P1 is deleted."},
}

func TestEachToolDoesWhatItSays(t *testing.T) {
	tools := catalogue(t)
	for _, u := range uses {
		t.Run(u.tool, func(t *testing.T) {
			api := newAPI()
			res, text := use(t, connect(t, api), u.tool, u.arguments)
			if res.IsError || !strings.Contains(text, u.says) {
				t.Errorf("it says %q, and not %q", text, u.says)
			}
			if diff := cmp.Diff(u.calls, api.calls); diff != "" {
				t.Errorf("the API was asked (-want +got):\n%s", diff)
			}
			structured(t, tools[u.tool].OutputSchema, res.StructuredContent)
			a := tools[u.tool].Annotations
			if looks := !slices.ContainsFunc(api.calls, changes); a.ReadOnlyHint != looks {
				t.Errorf("it is marked read-only: %t, and it is: %t", a.ReadOnlyHint, looks)
			}
			if ask := !a.ReadOnlyHint && u.tool != "create_draft"; *a.DestructiveHint != ask {
				t.Errorf("it is marked destructive: %t", *a.DestructiveHint)
			}
		})
		delete(tools, u.tool)
	}
	for name := range tools {
		t.Errorf("%s was not tried", name)
	}
}

// changes reports whether an operation of the API changes something.
func changes(c call) bool {
	return !slices.Contains([]string{"preview", "list-posts", "get-post", "get-status", "list-accounts"}, c.Operation)
}

// structured checks a result against its schema.
func structured(t *testing.T, schema, content any) {
	t.Helper()
	raw, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(content); err != nil {
		t.Errorf("the result %v is not as described: %v", content, err)
	}
}

func TestEachToolTellsWhyItIsRefused(t *testing.T) {
	problem := &wire.Problem{
		Status: 422, Code: "invalid_request", Detail: "Tweet 2 is too long.", Field: "tweets[1].text", Todo: "Shorten it.",
		Errors: []wire.FieldError{{Field: "tweets[1].text", Message: "Tweet 2 is too long."}, {Field: "tweets[3].text", Message: "Tweet 4 is blank."}},
	}
	const want = "Tweet 2 is too long.\nField: tweets[1].text\nAlso tweets[3].text: Tweet 4 is blank.\nNext: Shorten it.\nCode: invalid_request"
	for _, u := range uses {
		for _, c := range u.calls { // each request of the tool's in turn
			t.Run(u.tool+" at "+c.Operation, func(t *testing.T) {
				api := newAPI()
				api.refuse = func(operation string) error {
					if operation == c.Operation {
						return problem
					}
					return nil
				}
				res, text := use(t, connect(t, api), u.tool, u.arguments)
				if !res.IsError || text != want {
					t.Errorf("it says (an error: %t) %q", res.IsError, text)
				}
				if last := api.calls[len(api.calls)-1]; last.Operation != c.Operation {
					t.Errorf("it went on to %s", last.Operation)
				}
			})
		}
	}
}

func TestWithoutAnAnswerAnAgentLearnsWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name, says string
		err        error
	}{
		{"after the request was sent", "Next: It may have been done all the same", &client.UnreachableError{Host: "api", Err: errors.New("connection reset")}},
		{"when nobody is there", "Next: Nothing was done.", &client.UnreachableError{Host: "api", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}},
		{"when the address is wrong", "Next: Nothing was done.", errors.New("the address of the API is missing")},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := newAPI()
			api.refuse = func(string) error { return c.err }
			res, text := use(t, connect(t, api), "publish_post", `{"id":"P1"}`)
			if !res.IsError || !strings.Contains(text, c.says) {
				t.Errorf("it says %q", text)
			}
		})
	}
}

func TestArgumentsThatDoNotFitNeverReachTheAPI(t *testing.T) {
	for _, c := range []struct{ name, tool, arguments, says string }{
		{"no time", "schedule_post", `{"text":"Hi"}`, `"at"`},
		{"neither a post nor a text", "schedule_post", `{"at":"tomorrow 9am"}`, "Field: id"},
		{"a post and a text", "schedule_post", `{"at":"tomorrow 9am","id":"P1","text":"Hi"}`, "Field: id"},
		{"an argument that there is not", "create_draft", `{"text":"Hi","publish_now":true}`, "publish_now"},
		{"another case", "create_draft", `{"TEXT":"Hi"}`, "TEXT"},
		{"a status that there is not", "list_posts", `{"status":["live"]}`, "live"},
		{"no time at all", "list_posts", `{"from":"soon"}`, "soon"},
		{"an id that is none", "get_post", `{"id":""}`, "id"},
		{"a number for a word", "get_post", `{"id":7}`, "id"},
		{"an outcome that there is not", "resolve_post", `{"id":"P1","thread_position":1,"outcome":"perhaps"}`, "perhaps"},
		{"too few answers to a poll", "create_draft", `{"tweets":[{"text":"?","poll":{"options":["Yes"],"duration_minutes":60}}]}`, "minItems"},
		{"a reply setting that there is not", "create_draft", `{"tweets":[{"text":"?","reply_settings":"nobody"}]}`, "nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := newAPI()
			res, text := use(t, connect(t, api), c.tool, c.arguments)
			if !res.IsError || !strings.Contains(text, c.says) || !strings.Contains(text, "\nNext: ") || !strings.Contains(text, "\nCode: invalid_request") {
				t.Errorf("it says %q", text)
			}
			if len(api.calls) > 0 {
				t.Errorf("the API was asked %v", api.calls)
			}
		})
	}
}

func TestTimesThatHavePassedAreRefused(t *testing.T) { // it is 9:00 in Berlin, 8:00 in London
	for _, c := range []struct{ name, arguments, says string }{
		{"on the clocks of the account", `{"text":"Hi","at":"2026-12-01 08:59:30"}`, "2026-12-01 08:59:30 CET"},
		{"on the clocks of another zone", `{"text":"Hi","at":"2026-12-01 07:59","zone":"Europe/London"}`, "2026-12-01 07:59:00 GMT"},
		{"as an instant", `{"text":"Hi","at":"2026-12-01T08:59:59+01:00"}`, "2026-12-01 08:59:59 CET"},
		{"now", `{"text":"Hi","at":"now"}`, "2026-12-01 09:00:00 CET, which is now"},
		{"too soon to be stopped", `{"text":"Hi","at":"in 1 second"}`, "2026-12-01 09:00:01 CET, which is less than 2m0s ahead"},
		{"still too soon", `{"text":"Hi","at":"2026-12-01 09:01:59"}`, "less than 2m0s ahead"},
		{"for a post that is there", `{"id":"P1","at":"2026-12-01 08:59:30"}`, "2026-12-01 08:59:30 CET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := newAPI()
			api.post.Zone = "Europe/Berlin"
			res, text := use(t, connect(t, api), "schedule_post", c.arguments)
			if !res.IsError || !strings.Contains(text, c.says) || !strings.Contains(text, "Field: at") || !strings.Contains(text, "publish_post") {
				t.Errorf("it says %q", text)
			}
			if slices.ContainsFunc(api.calls, changes) {
				t.Errorf("the API was asked %v", api.calls)
			}
		})
	}
	t.Run("last year, by the API, which knows repetitions", func(t *testing.T) {
		api := newAPI()
		if res, text := use(t, connect(t, api), "schedule_post", `{"text":"Hi","at":"2025-12-02 09:00"}`); res.IsError {
			t.Errorf("a repetition is refused: %q", text)
		}
		api.refuse = func(operation string) error {
			if operation != "create-post" {
				return nil
			}
			return &wire.Problem{Status: 422, Code: "time_passed", Field: "at", Detail: "This time has passed.", Todo: "Leave at out."}
		}
		res, text := use(t, connect(t, api), "schedule_post", `{"text":"Hi","at":"2025-12-02 09:00"}`)
		if !res.IsError || !strings.Contains(text, "This time has passed.\nField: at\nNext: Give a time in the future with schedule_post") {
			t.Errorf("it says %q", text)
		}
	})
	for _, c := range []struct{ name, arguments, operation string }{
		{"the clocks of another zone", `{"text":"Hi","at":"2026-12-01 08:30","zone":"Europe/London"}`, "create-post"},
		{"soon, but not too soon", `{"text":"Hi","at":"2026-12-01 09:02"}`, "create-post"},
		{"no zone that there is", `{"text":"Hi","at":"2020-01-01 08:30","zone":"Nowhere"}`, "create-post"}, // the API refuses it
		{"no time at all", `{"id":"P1","at":"soon"}`, "edit-post"},                                         // this too
	} {
		t.Run("but not by "+c.name, func(t *testing.T) {
			api := newAPI()
			if res, text := use(t, connect(t, api), "schedule_post", c.arguments); res.IsError {
				t.Errorf("it says %q", text)
			}
			if last := api.calls[len(api.calls)-1]; last.Operation != c.operation {
				t.Errorf("the API was asked %v", api.calls)
			}
		})
	}
}

func TestAPostIsRescheduledAsItWasRead(t *testing.T) {
	api := newAPI()
	api.post.Zone = "Asia/Tokyo"
	use(t, connect(t, api), "schedule_post", `{"id":"P1","at":"2026-12-02 09:00","lateness_seconds":0}`)
	want := []call{
		{Operation: "get-post", ID: "P1"},
		{Operation: "edit-post", ID: "P1", Key: `"7"`, In: wire.EditInput{At: "2026-12-02 09:00", Zone: "Asia/Tokyo", Lateness: new(0)}},
	}
	if diff := cmp.Diff(want, api.calls); diff != "" {
		t.Errorf("the API was asked (-want +got):\n%s", diff)
	}
}

func TestADraftIsScheduledByTheClocksOfItsAccount(t *testing.T) {
	api := newAPI()
	api.accounts = append([]wire.Account{{ID: "7", Zone: "Asia/Tokyo"}}, api.accounts...)
	use(t, connect(t, api), "schedule_post", `{"id":"P1","at":"tomorrow 9am"}`)
	if last := api.calls[len(api.calls)-1]; !cmp.Equal(last.In, wire.EditInput{At: "tomorrow 9am", Zone: "Europe/Berlin"}) {
		t.Errorf("the API was asked %+v", last)
	}
}

func TestAnEditCanInsistOnARevision(t *testing.T) {
	api := newAPI()
	use(t, connect(t, api), "edit_post", `{"id":"P1","text":"x","revision":"\"3\""}`)
	if last := api.calls[len(api.calls)-1]; last.Key != `"3"` {
		t.Errorf("the API was asked %+v", last)
	}
}

func TestNoTextIsChangedThatNobodyCouldStop(t *testing.T) {
	for name, c := range map[string]struct {
		status  post.Status
		ahead   time.Duration
		changes bool
	}{
		"in a second":             {"scheduled", time.Second, false},
		"due, and held up":        {"scheduled", -time.Hour, false},
		"when it can be stopped":  {"scheduled", 2 * time.Minute, true},
		"a post that has stopped": {"failed", -time.Hour, true},
		"one that is cancelled":   {"cancelled", time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			api := newAPI()
			api.post.Status, api.post.ScheduledAt = c.status, new(clockNow().Add(c.ahead))
			res, text := use(t, connect(t, api), "edit_post", `{"id":"P1","text":"x"}`)
			if res.IsError == c.changes || slices.ContainsFunc(api.calls, changes) != c.changes {
				t.Errorf("it says %q; the API was asked %v", text, api.calls)
			}
			if !c.changes && !strings.Contains(text, "cancel_post") {
				t.Errorf("it says %q", text)
			}
		})
	}
}

func TestTheSameThreadHasTheSameKey(t *testing.T) {
	key := func(tool, arguments string) string {
		t.Helper()
		api := newAPI()
		if res, text := use(t, connect(t, api), tool, arguments); res.IsError {
			t.Fatal(text)
		}
		return api.calls[len(api.calls)-1].Key
	}
	first := key("create_draft", `{"text":"Hi","account_id":"42"}`)
	if len(first) < 40 || len(first) > 255 {
		t.Errorf("the key is %q", first)
	}
	for _, same := range []string{`{"account_id":"42","text":"Hi"}`, `{"text":"Hi","account_id":"42","tweets":null,"lateness_seconds":null}`} {
		if key("create_draft", same) != first {
			t.Errorf("%s is another post", same)
		}
	}
	seen := map[string]string{first: "the first"}
	for _, other := range []struct{ tool, arguments string }{
		{"create_draft", `{"text":"Hi"}`},
		{"create_draft", `{"text":"Ho","account_id":"42"}`},
		{"create_draft", `{"text":"Hi","account_id":"42","lateness_seconds":0}`},
		{"create_draft", `{"text":"Hi","account_id":"42","idempotency_key":"again"}`},
		{"create_draft", `{"tweets":[{"text":"Hi"}],"account_id":"42"}`},
		{"schedule_post", `{"text":"Hi","account_id":"42","at":"tomorrow 9am"}`},
		{"schedule_post", `{"text":"Hi","account_id":"42","at":"tomorrow 10am"}`},
	} {
		k := key(other.tool, other.arguments)
		if of, ok := seen[k]; ok {
			t.Errorf("%v has the key of %s", other, of)
		}
		seen[k] = other.arguments
	}
}

func TestARepeatedThreadIsToldFromANewOne(t *testing.T) {
	api := newAPI()
	for _, u := range []struct {
		tool, arguments string
		status          post.Status
	}{
		{"create_draft", `{"text":"Hi"}`, "draft"},
		{"schedule_post", `{"text":"Hi","at":"tomorrow 9am"}`, "scheduled"},
	} {
		for _, status := range []post.Status{"draft", "scheduled", "published", "cancelled"} {
			api.post.Status = status
			_, text := use(t, connect(t, api), u.tool, u.arguments)
			if told := strings.Contains(text, "These very arguments came before"); told != (status != u.status) {
				t.Errorf("%s of a post that is %s says %q", u.tool, status, text)
			}
		}
	}
}

func TestACancelledCallEndsItsRequest(t *testing.T) {
	api := newAPI()
	api.block = make(chan struct{})
	c := connect(t, api)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-api.block
		cancel()
	}()
	if _, err := useContext(ctx, c, "publish_post", `{"id":"P1"}`); !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
	<-api.block // the request has ended
}
