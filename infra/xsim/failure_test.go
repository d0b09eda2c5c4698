package xsim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestFailures has a row for each failure of X that the simulator produces by
// itself, from a state of the world or from the request alone.
func TestFailures(t *testing.T) {
	const jsonBody = `{"text":"hello"}`
	rows := []struct {
		name    string
		world   func(*world) // brings the failure about; nil: the request does
		token   string       // "": ada's
		body    string
		status  int
		title   string // "": the body has none
		kind    string // last part of type
		message string // part of the body
	}{
		// Who is asking.
		{name: "an unknown access token is unauthorized", token: "stale", body: jsonBody,
			status: 401, title: "Unauthorized", message: `"type":"about:blank"`},
		{name: "an expired access token is unauthorized", world: func(w *world) { w.advance(2 * 3600e9) }, body: jsonBody,
			status: 401, title: "Unauthorized"},
		{name: "a token of an application the user revoked is unauthorized", world: func(w *world) { w.Disconnect("ada") }, body: jsonBody,
			status: 401, title: "Unauthorized"},
		{name: "an app-only token is the wrong kind", token: AppOnlyToken, body: jsonBody,
			status: 403, title: "Unsupported Authentication", kind: "unsupported-authentication"},
		{name: "a token without tweet.write is forbidden", world: func(w *world) { w.ada = w.connect("ada", "tweet.read", "users.read") }, body: jsonBody,
			status: 403, title: "Forbidden", message: `"detail":"Forbidden"`},

		// The application's state.
		{name: "an application that is not enrolled is forbidden", world: func(w *world) { w.Configure(func(s *Settings) { s.Enrolled = false }) }, body: jsonBody,
			status: 403, title: "Client Forbidden", kind: "client-forbidden", message: `"reason":"client-not-enrolled"`},
		{name: "without credits payment is required", world: func(w *world) { w.Configure(func(s *Settings) { s.Credits = new(int64) }) }, body: jsonBody,
			status: 402, title: "CreditsDepleted", kind: "credits"},
		{name: "at the spend cap the application is forbidden", world: func(w *world) {
			w.posted("one", "")
			w.Configure(func(s *Settings) { s.SpendCap = new(int64(PricePost)) })
		}, body: jsonBody,
			status: 403, title: "SpendCapReached", kind: "credits"},
		{name: "at the monthly cap there are too many requests", world: func(w *world) { w.Configure(func(s *Settings) { s.UsageCapped = true }) }, body: jsonBody,
			status: 429, title: "UsageCapExceeded", kind: "usage-capped"},
		{name: "past the window's limit there are too many requests", world: func(w *world) {
			w.Configure(func(s *Settings) { s.Limits[CreatePost] = Limit{User15m: 1} })
			w.posted("one", "")
		}, body: jsonBody,
			status: 429, title: "Too Many Requests", message: `"status":429`},

		// The account's state.
		{name: "a locked account is told to unlock", world: account(Account{Username: "ada", Locked: true}), body: jsonBody,
			status: 403, title: "Forbidden", message: "this account is temporarily locked"},
		{name: "a blocked account may not use the feature", world: account(Account{Username: "ada", Blocked: true}), body: jsonBody,
			status: 403, title: "Forbidden", message: "Your account is not permitted to access this feature"},

		// What is posted.
		{name: "a blank post is invalid", body: `{"text":" \n"}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "Please include either text or media in your Tweet."},
		{name: "an empty object is a blank post", body: `{}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "Please include either text or media in your Tweet."},
		{name: "a text over 280 is not permitted", body: text(strings.Repeat("a", 281)),
			status: 403, title: "Forbidden", message: "You are not permitted to perform this action."},
		{name: "a text over 25,000 is not permitted with Premium either", world: account(Account{Username: "ada", Premium: true}), body: text(strings.Repeat("a", 25_001)),
			status: 403, title: "Forbidden", message: "You are not permitted to perform this action."},
		{name: "the same text again is duplicate content", world: func(w *world) { w.posted("hello", "") }, body: jsonBody,
			status: 403, title: "Forbidden", message: `"detail":"You are not allowed to create a Tweet with duplicate content."`},
		{name: "the same text in another form of Unicode is duplicate content", world: func(w *world) { w.posted("caf\u00e9", "") }, body: text("cafe\u0301 "),
			status: 403, title: "Forbidden", message: "duplicate content"},
		{name: "two cashtags are too many", body: text("$AAPL and $MSFT"),
			status: 403, title: "Forbidden", message: "Posts are limited to a maximum of one cashtag"},
		{name: "a quote is refused to self-serve access", body: `{"text":"look","quote_tweet_id":"20"}`,
			status: 403, title: "Forbidden", message: "You can only reply to or quote posts where you are mentioned or are the author."},
		{name: "a medium that was never uploaded is invalid", body: `{"text":"look","media":{"media_ids":["1"]}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "Your media IDs are invalid."},
		{name: "an edit is not permitted", body: `{"text":"new","edit_options":{"previous_post_id":"1"}}`,
			status: 403, title: "Forbidden", message: "You are not permitted to perform this action."},

		// What is replied to.
		{name: "a parent that never was is not visible", body: `{"text":"re","reply":{"in_reply_to_tweet_id":"20"}}`,
			status: 403, title: "Forbidden", message: "You attempted to reply to a Tweet that is deleted or not visible to you."},

		// The form of the request.
		{name: "a field that X does not have is invalid", body: `{"text":"hello","txet":"hello"}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.txet: is not defined in the schema and the schema does not allow additional properties"},
		{name: "a nested field that X does not have is invalid", body: `{"text":"hello","reply":{"in_reply_to_tweet_id":"1","to":"2"}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.reply.to: is not defined"},
		{name: "an id of 20 digits is invalid", body: `{"text":"hello","reply":{"in_reply_to_tweet_id":"12345678901234567890"}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.reply.in_reply_to_tweet_id: does not match"},
		{name: "an id that is a number is invalid", body: `{"text":"hello","community_id":17}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.community_id: string expected"},
		{name: "five media are invalid", body: `{"media":{"media_ids":["1","2","3","4","5"]}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.media.media_ids: there must be a minimum of 1 and a maximum of 4 items"},
		{name: "eleven tagged users are invalid", body: `{"media":{"media_ids":["1"],"tagged_user_ids":["1","2","3","4","5","6","7","8","9","10","11"]}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.media.tagged_user_ids"},
		{name: "a poll of one option is invalid", body: `{"text":"?","poll":{"options":["a"],"duration_minutes":5}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.poll.options: there must be a minimum of 2 and a maximum of 4 items"},
		{name: "a poll option of 26 characters is invalid", body: `{"text":"?","poll":{"options":["a","` + strings.Repeat("é", 26) + `"],"duration_minutes":5}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.poll.options[1]: must be 1 to 25 characters long"},
		{name: "a poll of four minutes is invalid", body: `{"text":"?","poll":{"options":["a","b"],"duration_minutes":4}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.poll.duration_minutes: must be an integer between 5 and 10080"},
		{name: "a poll without a duration is invalid", body: `{"text":"?","poll":{"options":["a","b"]}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.poll.duration_minutes: is missing but it is required"},
		{name: "a poll next to media is invalid", body: `{"text":"?","poll":{"options":["a","b"],"duration_minutes":5},"media":{"media_ids":["1"]}}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "mutually exclusive"},
		{name: "reply settings that X does not have are invalid", body: `{"text":"hello","reply_settings":"everyone"}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.reply_settings"},
		{name: "a flag that is a string is invalid", body: `{"text":"hello","made_with_ai":"true"}`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "$.made_with_ai: boolean expected"},
		{name: "a body that is not JSON is invalid", body: `text=hello`,
			status: 400, title: "Invalid Request", kind: "invalid-request", message: "content-type of application/json"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			if row.world != nil {
				row.world(w)
			}
			token := row.token
			if token == "" {
				token = w.ada.AccessToken
			}
			before, bill := len(w.texts("ada")), w.Bill().Total
			r := w.send("POST", "/2/tweets", token, "application/json", row.body)
			if r.status != row.status || r.object["title"] != row.title {
				t.Errorf("answer is %d %s", r.status, r.body)
			}
			if !strings.Contains(r.body, row.message) {
				t.Errorf("body lacks %q: %s", row.message, r.body)
			}
			wantType := "about:blank"
			if row.kind != "" {
				wantType = "https://api.twitter.com/2/problems/" + row.kind
			}
			if r.object["type"] != wantType {
				t.Errorf("type is %v, want %s", r.object["type"], wantType)
			}
			if len(r.header.Get("X-Transaction-Id")) != 16 {
				t.Errorf("x-transaction-id is %q", r.header.Get("X-Transaction-Id"))
			}
			if after := len(w.texts("ada")); after != before {
				t.Errorf("a refused request published %d posts", after-before)
			}
			if w.Bill().Total != bill {
				t.Error("a refused request was billed")
			}
		})
	}
}

func text(s string) string { return fmt.Sprintf(`{"text":%q}`, s) }

func account(a Account) func(*world) { return func(w *world) { w.AddAccount(a) } }

// TestWhatXAccepts is the other side of each rule: what is just not refused.
func TestWhatXAccepts(t *testing.T) {
	for name, row := range map[string]struct {
		world func(*world)
		body  string
	}{
		"280 characters":                         {body: text(strings.Repeat("a", 280))},
		"a link of any length counts 23":         {body: text("https://example.com/" + strings.Repeat("a", 280))},
		"25,000 with Premium":                    {world: account(Account{Username: "ada", Premium: true}), body: text(strings.Repeat("a", 25_000))},
		"one cashtag and an amount":              {body: text("$AAPL is $5")},
		"a poll":                                 {body: `{"text":"?","poll":{"options":["a","` + strings.Repeat("é", 25) + `"],"duration_minutes":10080}}`},
		"every plain option":                     {body: `{"text":"x","reply_settings":"verified","made_with_ai":true,"paid_partnership":true,"community_id":"1","geo":{"place_id":"p"}}`},
		"a text again after the window":          {world: func(w *world) { w.posted("hello", ""); w.advance(24 * 3600e9); w.ada = w.connect("ada") }, body: text("hello")},
		"a text again after it was deleted":      {world: func(w *world) { w.DeleteByHand(w.posted("hello", "")) }, body: text("hello")},
		"another account's text":                 {world: func(w *world) { w.PostByHand("grace", "hello", "") }, body: text("hello")},
		"duplicates where they are switched off": {world: func(w *world) { w.Configure(func(s *Settings) { s.DuplicateWindow = 0 }); w.posted("hello", "") }, body: text("hello")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if row.world != nil {
				row.world(w)
			}
			if r := w.send("POST", "/2/tweets", w.ada.AccessToken, "application/json", row.body); r.status != http.StatusCreated {
				t.Errorf("refused: %d %s", r.status, r.body)
			}
		})
	}
}

// TestReplies has who may reply to what with self-serve access.
func TestReplies(t *testing.T) {
	const gate = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author"
	const gone = "You attempted to reply to a Tweet that is deleted or not visible to you."
	rows := []struct {
		name    string
		parent  func(*world) string // returns the id to reply to
		refused string              // "": accepted
	}{
		{"one's own post may be replied to", func(w *world) string { return w.posted("mine", "") }, ""},
		{"a stranger's post may not", func(w *world) string { return byHand(w, "grace", "hers") }, gate},
		{"a post that mentions the replier may", func(w *world) string { return byHand(w, "grace", "ask @Ada, she knows") }, ""},
		{"a post that mentions a longer name may not", func(w *world) string { return byHand(w, "grace", "ask @ada_l") }, gate},
		{"an e-mail address is no mention", func(w *world) string { return byHand(w, "grace", "mail me@ada") }, gate},
		{"a stranger's post may, beyond self-serve", func(w *world) string {
			w.Configure(func(s *Settings) { s.SelfServe = false })
			return byHand(w, "grace", "hers")
		}, ""},
		{"one's own deleted post may not", func(w *world) string {
			id := w.posted("mine", "")
			w.DeleteByHand(id)
			return id
		}, gone},
		{"a post younger than the reply lag may not", func(w *world) string {
			w.Configure(func(s *Settings) { s.ReplyLag = 5e9 })
			return w.posted("mine", "")
		}, gone},
		{"a post as old as the reply lag may", func(w *world) string {
			w.Configure(func(s *Settings) { s.ReplyLag = 5e9 })
			defer w.advance(5e9)
			return w.posted("mine", "")
		}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.post("answer", row.parent(w))
			if row.refused == "" && r.status != http.StatusCreated {
				t.Errorf("refused: %d %s", r.status, r.body)
			}
			if row.refused != "" && (r.status != http.StatusForbidden || !strings.Contains(r.body, row.refused)) {
				t.Errorf("answer is %d %s", r.status, r.body)
			}
		})
	}
}

func byHand(w *world, user, text string) string {
	w.t.Helper()
	p, err := w.PostByHand(user, text, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}
