package notify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// This file says what happened, in the words that every channel shows.

// Notice is an event as its receivers get it.
type Notice struct {
	ID   string // receivers know by it what they have already
	Kind event.Kind
	At   time.Time
	Data wire.NoticeData
}

// body is the notice as JSON: what a webhook is sent, each time the same.
func (n Notice) body() string {
	b, err := json.Marshal(wire.Notice{Type: n.Kind, Timestamp: n.At, Data: n.Data})
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return string(b)
}

// noticeOf reads a delivery's notice.
func noticeOf(d Delivery) (Notice, error) {
	var w wire.Notice
	if err := json.Unmarshal([]byte(d.Body), &w); err != nil {
		return Notice{}, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	return Notice{ID: d.NoticeID, Kind: w.Type, At: w.Timestamp, Data: w.Data}, nil
}

// notice begins a notice of an event of a record. The number alone would not do for an id: the revisions of an account
// that was erased and connected again, and of a table that was set back, begin anew.
func notice(record string, e event.Event) Notice {
	n := Notice{ID: fmt.Sprintf("%s_%d_%d", record, e.Seq, e.At.UnixMilli()), Kind: e.Kind, At: e.At}
	n.Data.Sequence = e.Seq
	if e.Reason != nil {
		n.Data.Reason = reason(*e.Reason)
		n.Data.Todo = e.Reason.Todo
	}
	if !e.Until.IsZero() {
		n.Data.Until = &e.Until
	}
	return n
}

// reason shows a reason.
func reason(r fault.Reason) *wire.Reason {
	return &wire.Reason{
		Code: r.Code, Sentence: r.Sentence, Todo: r.Todo, TodoCode: r.TodoCode(), Detail: r.Detail,
		Transaction: r.Transaction,
	}
}

// statusOf is how a post stands after an event.
func statusOf(k event.Kind) post.Status {
	switch k {
	case event.PostPublished:
		return post.Published
	case event.PostMissed:
		return post.Missed
	case event.PostHeld:
		return post.Publishing
	default:
		return post.Failed
	}
}

// ofPost says what happened to a post.
func ofPost(p post.Post, acc account.Account, e event.Event) Notice {
	n := notice("post_"+p.ID, e)
	out := min(e.Done, len(p.Published))
	n.Data.Post = &wire.NoticePost{
		ID: p.ID, Title: p.Title, Status: statusOf(e.Kind), Published: out, Tweets: p.Size,
		PlatformPostIDs: p.PlatformPostIDs()[:out],
	}
	if !p.ScheduledAt.IsZero() {
		n.Data.Post.ScheduledAt = &p.ScheduledAt
	}
	n.Data.Account = source(p.AccountID, acc)
	n.Data.URL = "#/post/" + url.PathEscape(p.ID)
	n.Data.Title, n.Data.Summary = postWords(n.Data, e)
	if e.Kind == event.PostFailed && e.Reason != nil {
		_, n.Data.Todo = post.Post{Status: post.Failed, Reason: e.Reason}.Todo()
	}
	return n
}

// postWords are a title and a summary.
func postWords(d wire.NoticeData, e event.Event) (title, summary string) {
	who, p := "@"+d.Account.Name, d.Post
	how := fmt.Sprintf("%d of its %d tweets are on X.", p.Published, p.Tweets)
	if p.Published == 0 {
		how = "Nothing of it is on X."
	}
	switch e.Kind {
	case event.PostPublished:
		return "Published: " + p.Title, fmt.Sprintf("The thread of %s is on X: %s.", who, tweets(p.Tweets))
	case event.PostFailed:
		return "Stopped: " + p.Title, fmt.Sprintf("The thread of %s has stopped. %s %s", who, sentence(e.Reason), how)
	case event.PostUnknown:
		return "Please look: " + p.Title, fmt.Sprintf(
			"Spool cannot find out whether tweet %d of the thread of %s is on X. %s", p.Published+1, who, sentence(e.Reason))
	case event.PostMissed:
		return "Missed: " + p.Title, fmt.Sprintf("The thread of %s was not published. %s", who, sentence(e.Reason))
	default:
		return "Held up: " + p.Title, fmt.Sprintf("The thread of %s waits until %s at the latest. %s %s", who,
			stamp(e.Until), sentence(e.Reason), how)
	}
}

// ofAccount says what happened to an account.
func ofAccount(acc account.Account, record string, e event.Event) Notice {
	n := notice(record+"_"+acc.ID, e)
	n.Data.Account = source(acc.ID, acc)
	n.Data.URL = accountsPage
	who := "@" + n.Data.Account.Name
	switch e.Kind {
	case event.AccountReconnect:
		n.Data.Title = who + " has to be connected again"
		n.Data.Summary = fmt.Sprintf("X no longer lets Spool in as %s, and its threads wait. %s", who, sentence(e.Reason))
		n.Data.Todo = cmp.Or(n.Data.Todo, "Connect the account again; its posts then go on by themselves.")
	case event.AccountConnected:
		n.Data.Title, n.Data.Summary = who+" is connected again", "What waited for the account goes on."
	case event.AccountPaused:
		n.Data.Title = who + " is paused"
		n.Data.Summary = fmt.Sprintf("X refuses the account, and its threads wait until %s at the latest. %s",
			stamp(e.Until), sentence(e.Reason))
	default:
		n.Data.Title, n.Data.Summary = who+" goes on", "X takes what the account sends again, or somebody ended its pause."
	}
	return n
}

// ofApp says what happened to the X app.
func ofApp(e event.Event) Notice {
	n := notice("app", e)
	n.Data.URL = setupPage
	if e.Kind == event.AppPaused {
		n.Data.Title = "Everything waits"
		n.Data.Summary = "X refuses the app, and no thread goes out. " + sentence(e.Reason)
		return n
	}
	n.Data.Title, n.Data.Summary = "Everything goes on", "X takes what the app sends again, or somebody ended its pause."
	return n
}

// ofBudget says that a budget is used up.
func ofBudget(acc account.Account, e event.Event) Notice {
	n := notice("budget", e)
	n.Data.URL = settingsPage
	n.Data.Title = "A thread waits for the budget of all accounts"
	if e.Whose != "" {
		n.Data.Account = source(e.Whose, acc)
		n.Data.Title = "A thread waits for the budget of @" + n.Data.Account.Name
	}
	n.Data.Summary = sentence(e.Reason)
	return n
}

// ofChannel says that a channel is disabled.
func ofChannel(c Channel, e event.Event) Notice {
	n := notice("channel_"+c.ID, e)
	n.Data.Channel = &wire.NoticeSource{ID: c.ID, Name: c.Name}
	n.Data.URL = settingsPage
	n.Data.Title = fmt.Sprintf("The channel “%s” is disabled", c.Name)
	n.Data.Summary = sentence(e.Reason)
	return n
}

// testOf is what somebody sends to see whether a channel works.
func testOf(now time.Time, c Channel, id string) Notice {
	n := Notice{ID: "test_" + id, Kind: event.Test, At: event.Stored(now)}
	n.Data.Channel = &wire.NoticeSource{ID: c.ID, Name: c.Name}
	n.Data.URL = settingsPage
	n.Data.Title = "A test of Spool's"
	n.Data.Summary = fmt.Sprintf("The channel “%s” works.", c.Name)
	return n
}

// The pages that notices lead to, within the site.
const (
	accountsPage = "#/accounts"
	settingsPage = "#/settings"
	setupPage    = "#/setup"
)

// at gives the notice with its link within a site.
func (n Notice) at(site string) Notice {
	if site == "" {
		n.Data.URL = ""
		return n
	}
	n.Data.URL = site + "/" + n.Data.URL
	return n
}

// source names an account, by its id where its name is not known.
func source(id string, acc account.Account) *wire.NoticeSource {
	return &wire.NoticeSource{ID: id, Name: cmp.Or(acc.Username, id)}
}

// sentence is a reason's; empty where there is none.
func sentence(r *fault.Reason) string {
	if r == nil {
		return ""
	}
	return r.Sentence
}

// stamp is a time in a sentence.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// tweets counts tweets in a sentence.
func tweets(n int) string {
	if n == 1 {
		return "one tweet"
	}
	return fmt.Sprintf("all %d tweets", n)
}
