package xapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim/failures"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/xapi"
)

// record is a server that keeps the requests and answers what X would.
type record struct {
	requests []*http.Request
	bodies   []string
	answer   string
	status   int
}

func (r *record) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.requests, r.bodies = append(r.requests, req), append(r.bodies, string(body))
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func TestCreateSendsOneRequestThatNothingRepeats(t *testing.T) {
	x := &record{status: 201, answer: `{"data":{"id":"1212092628029698048","text":"Hello","edit_history_tweet_ids":["1212092628029698048"]}}`}
	c := serve(t, x.ServeHTTP)
	id, err := c.Create(t.Context(), token, post.Tweet{Text: `Grüße & <Küsse> "alle"`}, "1212092627178287104")
	if err != nil || id != "1212092628029698048" {
		t.Fatalf("Create = %q, %v", id, err)
	}
	if len(x.requests) != 1 {
		t.Fatalf("%d requests", len(x.requests))
	}
	r := x.requests[0]
	if r.Method != "POST" || r.RequestURI != "/2/tweets" || !r.Close || r.Proto != "HTTP/1.1" {
		t.Errorf("%s %s %s, close %t", r.Method, r.RequestURI, r.Proto, r.Close)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "User-Agent": "spool/1",
		"Idempotency-Key": "", "X-Idempotency-Key": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var got any
	if err := json.Unmarshal([]byte(x.bodies[0]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"text": `Grüße & <Küsse> "alle"`, "reply": map[string]any{"in_reply_to_tweet_id": "1212092627178287104"}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("body (-want +got)\n%s", diff)
	}
}

// X accepts these fields of POST /2/tweets and no other.
// Source: X's OpenAPI document 2.167, schema CreatePostsRequest.
func TestCreatePostRequestHasTheFieldsOfX(t *testing.T) {
	want := []string{
		"card_uri", "community_id", "direct_message_deep_link", "edit_options", "for_super_followers_only", "geo",
		"made_with_ai", "media", "nullcast", "paid_partnership", "poll", "quote_tweet_id", "reply", "reply_settings",
		"share_with_followers", "text",
	}
	var got []string
	for f := range reflect.TypeFor[xapi.CreatePostRequest]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		got = append(got, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCreatePostAlwaysSendsTheText(t *testing.T) {
	x := &record{status: 201, answer: `{"data":{"id":"1"}}`}
	r := xapi.CreatePostRequest{Media: &xapi.Media{MediaIDs: []string{"5"}}}
	if _, err := serve(t, x.ServeHTTP).CreatePost(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	if want := `{"text":"","media":{"media_ids":["5"]}}`; x.bodies[0] != want {
		t.Errorf("body %s, want %s", x.bodies[0], want)
	}
}

// A tweet's media, poll and options are sent under X's names, each by itself:
// X takes no two of media, poll and quotation together.
func TestCreateSendsAllOfATweet(t *testing.T) {
	for name, tt := range map[string]struct {
		tweet post.Tweet
		want  string
	}{
		"media": {post.Tweet{Text: "Look", Media: []post.Medium{{ID: "a", PlatformID: "5"}, {ID: "b", PlatformID: "6"}}},
			`{"text":"Look","media":{"media_ids":["5","6"]}}`},
		"a poll": {post.Tweet{Text: "Which?", Poll: &post.Poll{Options: []string{"a", "b"}, Minutes: 60}},
			`{"text":"Which?","poll":{"options":["a","b"],"duration_minutes":60}}`},
		"options": {post.Tweet{Text: "Hi", Options: post.Options{ReplySettings: "following", QuoteID: "7", CommunityID: "8", MadeWithAI: true, PaidPartnership: true}},
			`{"text":"Hi","reply_settings":"following","quote_tweet_id":"7","community_id":"8","made_with_ai":true,"paid_partnership":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			x := &record{status: 201, answer: `{"data":{"id":"1"}}`}
			if _, err := serve(t, x.ServeHTTP).Create(t.Context(), token, tt.tweet, ""); err != nil {
				t.Fatal(err)
			}
			if x.bodies[0] != tt.want {
				t.Errorf("body %s\nwant %s", x.bodies[0], tt.want)
			}
		})
	}
}

func TestATweetIsNotSentBeforeItsMedia(t *testing.T) {
	x := &record{status: 201, answer: `{"data":{"id":"1"}}`}
	media := []post.Medium{{ID: "first", PlatformID: "5"}, {ID: "second"}}
	_, err := serve(t, x.ServeHTTP).Create(t.Context(), token, post.Tweet{Text: "Look", Media: media}, "")
	if v := fault.Judge(err); v.Action != fault.Retry || v.Reason.Code != "media_not_ready" || !strings.Contains(err.Error(), "second") {
		t.Errorf("%v: %+v", err, v)
	}
	if len(x.requests) != 0 {
		t.Errorf("%d requests", len(x.requests))
	}
}

func TestTimelineReadsBothOfXsDialects(t *testing.T) {
	documented := `{"data":[
		{"id":"3","text":"Second","attachments":{"media_keys":["3_7","3_8"]},"referenced_tweets":[{"type":"quoted","id":"1"},{"type":"replied_to","id":"2"}]},
		{"id":"2","text":"See https://t.co/abcdefghij &amp; more","created_at":"2026-08-20T09:00:00.000Z","conversation_id":"2",
		 "entities":{"urls":[{"start":4,"end":27,"url":"https://t.co/abcdefghij","expanded_url":"https://go.dev/doc?a=1&b=2","display_url":"go.dev/doc"}]}},
		{"id":"1","text":"The beginning of a long…","note_tweet":{"text":"The beginning of a long text"}}
	],"meta":{"result_count":3,"next_token":"7140dibdnow9c7btw421dyz6jism75z99gyxd8egarsc4"}}`
	want := publish.Page{
		Posts: []publish.TimelinePost{
			{ID: "3", Parent: "2", Text: "Second", Media: []string{"3_7", "3_8"}},
			{ID: "2", Text: "See https://go.dev/doc?a=1&b=2 & more"},
			{ID: "1", Text: "The beginning of a long text"},
		},
		Next: "7140dibdnow9c7btw421dyz6jism75z99gyxd8egarsc4",
	}
	specified := strings.NewReplacer("referenced_tweets", "referenced_posts", "note_tweet", "note_post").Replace(documented)
	for name, answer := range map[string]string{"documentation": documented, "OpenAPI document": specified} {
		t.Run(name, func(t *testing.T) {
			x := &record{status: 200, answer: answer}
			got, err := serve(t, x.ServeHTTP).Timeline(t.Context(), token, "12", publish.Query{Since: "9", Cursor: "page2"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			asked := x.requests[0].URL
			wantQuery := "max_results=100&pagination_token=page2&since_id=9&tweet.fields=created_at%2Cconversation_id%2Creferenced_tweets%2Cin_reply_to_user_id%2Centities%2Cnote_tweet%2Cattachments%2Cauthor_id"
			if asked.Path != "/2/users/12/tweets" || asked.RawQuery != wantQuery {
				t.Errorf("asked for %s", asked)
			}
		})
	}
}

func TestTimelineOfNothingIsEmpty(t *testing.T) {
	x := &record{status: 200, answer: `{"meta":{"result_count":0}}`}
	got, err := serve(t, x.ServeHTTP).Timeline(t.Context(), token, "12", publish.Query{})
	if err != nil || len(got.Posts) != 0 || got.Next != "" {
		t.Errorf("Timeline = %+v, %v", got, err)
	}
	if q := x.requests[0].URL.Query(); q.Has("since_id") || q.Has("pagination_token") {
		t.Errorf("asked for %s", x.requests[0].URL)
	}
}

func TestMeLookupDelete(t *testing.T) {
	me := &record{status: 200, answer: `{"data":{"id":"2244994945","username":"XDevelopers","name":"Developers"}}`}
	if u, err := serve(t, me.ServeHTTP).Me(t.Context(), token); err != nil || u != (xapi.User{ID: "2244994945", Username: "XDevelopers", Name: "Developers"}) {
		t.Errorf("Me = %+v, %v", u, err)
	}
	if id, username, name, err := serve(t, me.ServeHTTP).Who(t.Context(), token); err != nil || id != "2244994945" || username != "XDevelopers" || name != "Developers" {
		t.Errorf("Who = %q, %q, %q, %v", id, username, name, err)
	}
	lookup := &record{status: 200, answer: `{"data":{"id":"34","author_id":"12","text":"1 &lt; 2","referenced_tweets":[{"type":"replied_to","id":"33"}]}}`}
	if s, err := serve(t, lookup.ServeHTTP).Lookup(t.Context(), token, "34"); err != nil || !cmp.Equal(s, publish.TimelinePost{ID: "34", Author: "12", Parent: "33", Text: "1 < 2"}) {
		t.Errorf("Lookup = %+v, %v", s, err)
	}
	del := &record{status: 200, answer: `{"data":{"deleted":true}}`}
	if err := serve(t, del.ServeHTTP).Delete(t.Context(), token, "34"); err != nil {
		t.Errorf("Delete = %v", err)
	}
	for r, want := range map[*record]string{me: "GET /2/users/me", lookup: "GET /2/tweets/34", del: "DELETE /2/tweets/34"} {
		if got := r.requests[0].Method + " " + r.requests[0].URL.Path; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	}
}

func TestWhatIsNoIDIsNotSent(t *testing.T) {
	x := &record{status: 200}
	c := serve(t, x.ServeHTTP)
	for _, id := range []string{"", "../users/me", "1?x=2", "12345678901234567890"} {
		_, timeline := c.Timeline(t.Context(), token, id, publish.Query{})
		_, lookup := c.Lookup(t.Context(), token, id)
		for _, err := range []error{timeline, lookup, c.Delete(t.Context(), token, id)} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("id %q: %v", id, err)
			}
		}
	}
	if len(x.requests) != 0 {
		t.Errorf("%d requests", len(x.requests))
	}
}

func TestErrorsNeverRepeatTheAccessToken(t *testing.T) {
	for _, body := range []string{failures.Problem(403, token, "https://api.x.com/2/problems/"+token, "Your token "+token+" …"), "<title>" + token + "</title>", token} {
		err := ask(t, serve(t, says(403, body)), xapi.OpCreate)
		v := fault.Judge(err)
		if text := err.Error() + v.Reason.Detail + v.Reason.Sentence; strings.Contains(text, token) {
			t.Errorf("the error repeats it: %s", text)
		}
	}
}

func TestErrorSaysWhatHappened(t *testing.T) {
	err := ask(t, serve(t, says(403, failures.Problem(403, "Forbidden", "about:blank", "No."))), xapi.OpCreate)
	if want := "X API error: X would not create the post: 403 Forbidden: No. (transaction 0123456789abcdef)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	err = ask(t, serve(t, says(429, `{"title":"Too Many Requests"}`)), xapi.OpCreate)
	if want := "the limit for this account in 15 minutes ends at 2026-08-20T09:01:00Z"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got  %s\nwant … %s", err, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if ask(t, c, xapi.OpCreate); requests != 1 {
		t.Errorf("%d requests", requests)
	}
}

func TestAnswersOverTheLimitAreLost(t *testing.T) {
	big := append([]byte(`{"data":{"id":"1","text":"`), bytes.Repeat([]byte("x"), 1<<20)...)
	big = append(big, `"}}`...)
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(big) })
	if v := fault.Judge(ask(t, c, xapi.OpCreate)); v.Action != fault.Settle {
		t.Errorf("verdict %+v", v)
	}
}
