package notify

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
)

var ada = account.Account{ID: "7", Username: "ada"}

// whole is a post of which two of three tweets are out.
func whole() post.Post {
	return post.Post{
		ID: "P1", AccountID: "7", Title: "Hello <b> & *bold* @everyone", Size: 3,
		Published: []post.Receipt{{ID: "11"}, {ID: "12"}}, ScheduledAt: time.Unix(1_796_115_600, 0).UTC(),
	}
}

// Every kind of event has words of its own: what happened, and, where somebody has to do
// something, what.
func TestEveryEventHasItsWords(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	why := func(c fault.ReasonCode) *fault.Reason { r := c.Reason(); return &r }
	of := func(k event.Kind, r *fault.Reason) event.Event {
		return event.Event{Seq: 4, Kind: k, At: at, Reason: r, Until: at.Add(time.Hour), Done: 2, Whose: "7"}
	}
	said := map[event.Kind]Notice{
		event.PostPublished:    ofPost(whole(), ada, of(event.PostPublished, nil)),
		event.PostFailed:       ofPost(whole(), ada, of(event.PostFailed, why(fault.ReasonXUnavailable))),
		event.PostUnknown:      ofPost(whole(), ada, of(event.PostUnknown, why(fault.ReasonOutcomeUnknown))),
		event.PostMissed:       ofPost(whole(), ada, of(event.PostMissed, why(fault.ReasonMissed))),
		event.PostHeld:         ofPost(whole(), ada, of(event.PostHeld, why(fault.ReasonCreditsDepleted))),
		event.AccountReconnect: ofAccount(ada, "account", of(event.AccountReconnect, why(fault.ReasonTokenRefused))),
		event.AccountConnected: ofAccount(ada, "account", of(event.AccountConnected, nil)),
		event.AccountPaused:    ofAccount(ada, "pause", of(event.AccountPaused, why(fault.ReasonAccountLocked))),
		event.AccountResumed:   ofAccount(ada, "pause", of(event.AccountResumed, nil)),
		event.AppPaused:        ofApp(of(event.AppPaused, why(fault.ReasonCreditsDepleted))),
		event.AppResumed:       ofApp(of(event.AppResumed, nil)),
		event.BudgetReached:    ofBudget(ada, of(event.BudgetReached, why(fault.ReasonBudgetSpent))),
		event.ChannelDisabled:  ofChannel(Channel{ID: "C", Name: "night"}, of(event.ChannelDisabled, why(fault.ReasonChannelUnreachable))),
	}
	titles := map[string]bool{}
	for _, k := range event.Kinds() {
		n, ok := said[k]
		d := n.Data
		if !ok || n.Kind != k || d.Title == "" || d.Summary == "" || d.Sequence != 4 || d.URL == "" {
			t.Errorf("%s: %+v", k, n)
		}
		if n.Data.Reason != nil && n.Data.Reason.Todo != "" && d.Todo == "" {
			t.Errorf("%s says nothing of what to do", k)
		}
		if titles[d.Title] {
			t.Errorf("%s is told as another is: %s, %s", k, d.Title, n.ID)
		}
		titles[d.Title] = true
		if s := subject(n); len(s) > 99 || strings.ContainsFunc(s, func(r rune) bool { return r > 126 || r < 32 }) {
			t.Errorf("%s: the subject %q is none that SNS takes", k, s)
		}
		if !strings.Contains(letter(n.at("https://s.example")), "https://s.example/#/") {
			t.Errorf("%s: the letter has no link", k)
		}
	}
	failed := said[event.PostFailed].Data
	if failed.Todo != "Retry the post when X works again." || failed.Post.Published != 2 || len(failed.Post.PlatformPostIDs) != 2 || failed.Post.Status != post.Failed {
		t.Errorf("of what failed it tells %+v, %+v", failed, failed.Post)
	}
	if u := said[event.PostFailed].at("").Data.URL; u != "" {
		t.Errorf("without a site there is the link %q", u)
	}
}

// What was true when it happened is told, though more is true now.
func TestANoticeIsOfItsMoment(t *testing.T) {
	n := ofPost(whole(), ada, event.Event{Seq: 2, Kind: event.PostFailed, At: time.UnixMilli(1_796_115_600_123), Done: 1})
	if p := n.Data.Post; p.Published != 1 || len(p.PlatformPostIDs) != 1 || n.ID != "post_P1_2_1796115600123" {
		t.Errorf("it tells %+v", p)
	}
}

// Nobody is mentioned, and nothing is marked up, by what a post says.
func TestChatsTakeWordsAsWords(t *testing.T) {
	n := ofPost(whole(), ada, event.Event{Seq: 2, Kind: event.PostPublished, Done: 2}).at("https://s.example")
	var s struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal([]byte(slack(n)), &s); err != nil || !strings.Contains(s.Text, "Hello &lt;b&gt; &amp;") || !strings.Contains(s.Text, "<https://s.example/#/post/P1|") {
		t.Errorf("Slack is told %s, %v", slack(n), err)
	}
	var d struct {
		Content  string `json:"content"`
		Mentions struct {
			Parse []string `json:"parse"`
		} `json:"allowed_mentions"`
	}
	if err := json.Unmarshal([]byte(discord(n)), &d); err != nil || !strings.Contains(d.Content, `\*bold\*`) || d.Mentions.Parse == nil || len(d.Mentions.Parse) > 0 {
		t.Errorf("Discord is told %s, %v", discord(n), err)
	}
	masked := whole()
	masked.Title = "[free](https://evil.example) <@1>"
	var m struct {
		Content string `json:"content"`
	}
	out := discord(ofPost(masked, ada, event.Event{Seq: 2, Kind: event.PostPublished}))
	if err := json.Unmarshal([]byte(out), &m); err != nil || !strings.Contains(m.Content, `\[free\]\(https://evil.example\) \<@1\>`) {
		t.Errorf("Discord is told %s, %v", out, err)
	}
	n.Data.Summary = strings.Repeat("ü", 5000)
	if err := json.Unmarshal([]byte(discord(n)), &d); err != nil || len([]rune(d.Content)) != 2000 {
		t.Errorf("Discord is told %d characters, %v", len([]rune(d.Content)), err)
	}
}

// An account that was erased and connected again counts its revisions from the start: its notices are new ones all the same.
func TestARecordThatBeginsAnewHasNewNotices(t *testing.T) {
	before := event.Event{Seq: 1, Kind: event.AccountReconnect, At: time.UnixMilli(1_796_115_600_123)}
	after := before
	after.At = before.At.Add(time.Hour)
	for name, write := range map[string]func(event.Event) Notice{
		"account": func(e event.Event) Notice { return ofAccount(ada, "account", e) },
		"app":     ofApp,
		"post":    func(e event.Event) Notice { return ofPost(whole(), ada, e) },
	} {
		if a, b := write(before), write(after); a.ID == b.ID || a.ID != write(before).ID {
			t.Errorf("%s: %s, and later %s", name, a.ID, b.ID)
		}
	}
}
