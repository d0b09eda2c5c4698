package httpapi

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/event"
	"spool/shared/httpapi/docs"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// about is what the document says before its operations.
const about = `Spool publishes threads on X from your own AWS account: hand a thread over, and it goes out once, in order, at its second.

Send every request with your key, in the header “Authorization: Bearer …”. A key has scopes; each operation names those that admit to it, and one of them suffices. The scope admin admits to everything.

An error is a problem document (RFC 9457): code is stable, detail says what is wrong, field where, and todo what to do about it. Where the header Retry-After stands, the same request may succeed after that many seconds.

Send an Idempotency-Key with whatever creates something, and repeating the request is safe: the same key and body get the first result, another body is refused with 422, and of two at once one is told to wait with 409. Of posts the key is good for as long as there is the post, and 90 days longer; of API keys for ten minutes; of uploads and connections for as long as their links work.

A post's ETag says which revision was read; sent as If-Match it keeps a change from overwriting another one.

Every caller may send 20 requests a second, and 60 at once; more are answered with 429.`

// groups are the document's chapters, and under which paths their operations are.
var groups = []struct{ name, about, paths string }{
	{"Posts", "Threads: what is scheduled, going out, published or stopped.", "/v1/posts"},
	{"Preview", "What a thread will look like and cost.", "/v1/preview /v1/price /v1/budget"},
	{
		"Media",
		"Pictures, GIFs and videos. Announce a file, upload it to the address in the answer, then name its id in a tweet.",
		"/v1/media",
	},
	{"Accounts", "The accounts on X that Spool posts for.", "/v1/accounts"},
	{"Setup", "Spool's connection to X as a whole.", "/v1/app /v1/status /v1/health"},
	{
		"Notices", "Where Spool tells what happened: webhooks, chats, e-mail. What a webhook is sent is described below as Notice.",
		"/v1/channels",
	},
	{"Keys", "Who may call this API.", "/v1/keys"},
	{"Sign-in", "Browsers that are signed in with a key.", "/v1/session /v1/sessions"},
}

// details say more about operations than their summaries.
var details = map[string]string{
	"create-post": "Without at the thread starts now; with draft it is kept. The whole thread is checked first against X's rules, and nothing is stored when X would refuse it: " +
		"errors names each place. In place of tweets a text may be given, which is split as preview shows it; of Markdown the front matter says what the request leaves out " +
		"(at, zone, account), and a picture that was not uploaded is left out with a note. A time that has passed by more than a minute is refused with time_passed. notes say how the request was understood.",
	"get-post":    "With its texts, and for each tweet its place, its id on X, what it replies to and when it went out.",
	"edit-post":   "What is left out stays. A text is split as preview shows it, and is the whole new thread. Tweets that are out already must stay as they are.",
	"cancel-post": "What is out stays on X; unpublish-post deletes that. A post that is going out at this very moment cannot be cancelled.",
	"retry-post": "A post that failed goes on at once; nothing that is out is sent again. A cancellation is taken back: the post waits for its time again, or is the draft that it was. " +
		"Where the time has passed, missed posts among them, the answer is time_passed: give a new time by edit-post, or call publish-post.",
	"publish-post":   "For a draft, and for a post that is scheduled, missed or cancelled.",
	"resolve-post":   "For a post in sub-status unknown: look at the account on X, then say whether the tweet is there. Only then does Spool go on.",
	"duplicate-post": "The draft is a post of its own; the first one stays as it is.",
	"preview": "Stores nothing. A text is split into tweets; a thread is shown as it stands. findings say what X would refuse, and what may surprise; and what is said already, as far as the key reaches: " +
		"duplicate_of_scheduled and duplicate_of_recent (the same text on this account, among its 100 posts that were made last) and similar_on_other_account (four fifths of the words the same, tweet by tweet, " +
		"among the 50 that were made last on up to 25 other accounts). over_budget: what is left of a budget this month does not pay for the thread, so that it would wait.",
	"price-month":         "Adds up X's prices for the posts that start in the month. It reads every post.",
	"create-media":        "Send the file afterwards to upload.url by PUT, with upload.headers as they are. A file that no post uses is forgotten after a day.",
	"get-media":           "Read it after the upload: that is when the file is looked at.",
	"put-app":             "The client id and secret of your app in X's developer console. The secret is sealed, and never shown again.",
	"get-status":          "A checklist: credentials, token, authorization, verified. next says what to do.",
	"start-health-check":  "Each function tries what it needs, without harm. The publish function is asked by a message on its queue; dispatch and refresh look at themselves as they run.",
	"get-health":          "Each check is ok, wrong with what to do, open or waiting. Nothing of it costs anything at X.",
	"resume-account":      "For an account that X had locked, suspended or kept from posting. Its waiting posts go on at once. A rate limit of X's is not ended by it.",
	"get-budgets":         "In UTC months. Where there is no budget nothing is counted, and nothing held.",
	"set-budget":          "A thread that costs more than what is left does not begin: it waits until the budget is raised or the next month begins. One that has begun always goes on.",
	"resume-app":          "For a pause of everything, such as after X refused the app's credentials. Waiting posts go on at once.",
	"list-accounts":       "With their health: whether X still accepts Spool's tokens, and why not.",
	"edit-account":        "What is left out stays.",
	"disconnect-account":  "Posts that are scheduled wait until the account is connected again.",
	"connect-account":     "Answers a link for a browser. With headless it answers X's own page; hand the address that it ends at to complete-connection.",
	"complete-connection": "For a connection that was begun with headless, by the same key.",
	"get-account":         "With its health, its settings, and when its tokens are renewed.",
	"list-keys":           "Without the keys themselves, which nobody knows.",
	"create-key":          "Spool keeps a digest of the key only: store it when you see it.",
	"create-channel": "Of a webhook the answer has the secret that its requests are signed with, by the Standard Webhooks scheme (https://www.standardwebhooks.com); it is shown once. " +
		"Each notice is sent at least once: webhook-id tells those apart that come twice, and data.sequence says which of the same post came first. A receiver answers 2xx within 15 seconds; " +
		"else the notice is tried again for three days, with ever longer waits. A channel that nothing reaches for three days is disabled; 410 disables it at once.",
	"list-channels":         "With how each does: what is disabled, and since when nothing has reached one.",
	"get-channel":           "Its address is shown without what may be secret in it, and its secret not at all.",
	"edit-channel":          "What is left out stays. A new url takes effect with the next request.",
	"delete-channel":        "What was on its way to it is not sent any more.",
	"rotate-channel-secret": "For a day requests carry a signature by each of the two, so that the receiver can change over.",
	"test-channel":          "It is sent within seconds; list-deliveries shows what came of it.",
	"list-deliveries":       "They are kept for 30 days.",
	"replay-delivery":       "With the id that it had before.",
	"revoke-key":            "Browsers that are signed in with the key are signed out.",
	"get-session":           "The key that the request came with, or that the browser was signed in with, and what it may do.",
	"sign-out":              "Ends the session in the cookie. Other browsers stay signed in.",
	"sign-out-everywhere":   "The key itself stays good.",
	"sign-in":               "For Spool's own page: the cookie can be used from there only.",
}

// examples are request bodies that show how an operation is used.
func examples() map[string]any {
	lateness, on := 3600, true
	return map[string]any{
		"create-post": wire.PostInput{
			Tweets: []wire.TweetInput{
				{Text: "Spool publishes threads, each once and in order."}, {Text: "This is the second tweet."},
			},
			At: "2026-12-01 09:00", Zone: "Europe/Berlin",
		},
		"edit-post":    wire.EditInput{At: "2026-12-02T09:00:00+01:00", Lateness: &lateness},
		"resolve-post": wire.ResolveInput{ThreadPosition: 2, Outcome: "published", PlatformPostID: "1995000000000000000"},
		"preview": wire.PreviewInput{Writing: wire.Writing{
			Text:      "A long text, which is split where a sentence ends.\n---\nA line of three dashes always begins a new tweet.",
			Numbering: &wire.Numbering{Format: "1/n"},
		}},
		"create-media": wire.MediaInput{
			Filename: "chart.png", ContentType: "image/png", Bytes: 48213,
			SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		},
		"put-app":             wire.AppInput{ClientID: "your-client-id", ClientSecret: "your-client-secret"},
		"edit-account":        wire.AccountSettings{Lateness: &lateness},
		"set-budget":          wire.BudgetInput{Monthly: 20 * tweet.Dollar},
		"connect-account":     wire.ConnectInput{Headless: true},
		"complete-connection": wire.CompleteInput{RedirectURL: "https://spool.example.com/oauth/x/callback?state=…&code=…"},
		"create-key":          wire.KeyInput{Name: "blog server", Scopes: []string{"posts:read", "posts:write"}},
		"create-channel": wire.ChannelInput{
			Name: "on call", Kind: "webhook", URL: "https://example.com/spool",
			Events: []event.Kind{event.PostFailed, event.PostUnknown, event.AccountReconnect},
		},
		"edit-channel": wire.ChannelEdit{On: &on},
		"sign-in":      wire.SessionInput{Key: "spool_0123456789abcdef_…"},
	}
}

// describe completes the document by what the operations do not say themselves.
func describe(doc *huma.OpenAPI) {
	doc.Info.Description = about
	doc.Servers = []*huma.Server{{URL: "/", Description: "The address that you read this under"}}
	shown := examples()
	for _, g := range groups {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: g.name, Description: g.about})
	}
	for path, item := range doc.Paths {
		for _, op := range docs.Operations(item) {
			op.Tags = []string{groupOf(path)}
			describeIDs(path, op)
			op.Description = cmp.Or(op.Description, details[op.OperationID])
			for _, status := range refusalsOf(op) {
				op.Responses[strconv.Itoa(status)] = problemResponse(status)
			}
			if example, ok := shown[op.OperationID]; ok && op.RequestBody != nil {
				op.RequestBody.Content["application/json"].Example = example
			}
			if etag := op.Responses[strconv.Itoa(op.DefaultStatus)].Headers["ETag"]; etag != nil {
				etag.Description = "The record's revision, for If-Match"
			}
		}
	}
}

// groupOf is the chapter of a path.
func groupOf(path string) string {
	parts := strings.SplitN(path, "/", 4) // "", "v1", "posts", …
	for _, g := range groups {
		if slices.Contains(strings.Fields(g.paths), "/v1/"+parts[2]) {
			return g.name
		}
	}
	return ""
}

// meanings say what a status means for an operation.
var meanings = map[int]string{
	http.StatusBadRequest:            "The body is no JSON, or X did not accept the connection",
	http.StatusUnauthorized:          "There is no valid key",
	http.StatusForbidden:             "The key has not the scope, or is for other accounts",
	http.StatusNotFound:              "Nothing has this id",
	http.StatusConflict:              "The state does not allow it, or the same is being done at this moment; todo says what to do",
	http.StatusGone:                  "The post was deleted",
	http.StatusPreconditionFailed:    "The post has changed since it was read",
	http.StatusRequestEntityTooLarge: "The body is too large",
	http.StatusUnsupportedMediaType:  "The body is not JSON by its Content-Type",
	http.StatusUnprocessableEntity:   "A field is wrong; errors names all that are",
	http.StatusFailedDependency:      "X could not be asked; try again later",
	http.StatusTooManyRequests:       "Too many requests; Retry-After says when to go on",
	http.StatusInternalServerError:   "A defect of Spool's",
	http.StatusServiceUnavailable:    "Not possible at this moment; Retry-After says when to try again",
}

// refusalsOf are the error statuses that an operation can answer.
func refusalsOf(op *huma.Operation) []int {
	all := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}
	if op.RequestBody != nil {
		all = append(all, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	}
	if op.Method != http.MethodGet {
		all = append(all, http.StatusConflict, http.StatusUnsupportedMediaType)
	}
	if strings.Contains(op.Path, "{id}") || op.OperationID == "preview" { // which may name the post that is edited
		all = append(all, http.StatusNotFound)
	}
	if groupOf(op.Path) == "Posts" && op.OperationID != "list-posts" {
		all = append(all, http.StatusGone)
	}
	if op.OperationID == "resolve-post" {
		all = append(all, http.StatusFailedDependency)
	}
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
		all = append(all, http.StatusPreconditionFailed)
	}
	return all
}

// problemResponse describes an error.
func problemResponse(status int) *huma.Response {
	r := &huma.Response{Description: meanings[status], Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
	}}
	switch status {
	case http.StatusConflict, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable:
		r.Headers = map[string]*huma.Header{"Retry-After": {
			Description: "Seconds after which the same request may succeed", Schema: &huma.Schema{Type: huma.TypeInteger},
		}}
	case http.StatusUnauthorized:
		r.Headers = map[string]*huma.Header{
			"WWW-Authenticate": {Description: "How to send a key", Schema: &huma.Schema{Type: huma.TypeString}},
		}
	}
	return r
}

// published serves the document and the page that is made of it. These are the
// only paths below /v1 that need no key: they hold no secret.
func published(doc func() *huma.OpenAPI, log *slog.Logger, next http.Handler) http.Handler {
	served := map[string]http.Handler{
		"/v1/openapi.json": document(log, "application/openapi+json", func() ([]byte, error) { return json.Marshal(doc()) }),
		"/v1/openapi.yaml": document(log, "application/openapi+yaml", func() ([]byte, error) { return doc().YAML() }),
		"/docs":            docs.Handler(doc),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, ok := served[r.URL.Path]
		if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		h.ServeHTTP(w, r)
	})
}

// document serves the document in one form, which is made when it is first asked
// for.
func document(log *slog.Logger, contentType string, form func() ([]byte, error)) http.Handler {
	made := sync.OnceValues(form)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := made()
		if err != nil {
			log.ErrorContext(r.Context(), "the API's document could not be made", "error", err)
			write(w, problemOf(err))
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Write(b)
	})
}
