package post_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
)

// deeds do what an action names, with arguments that suit the post.
func deeds() map[post.Action]func(post.Post) error {
	later := now.Add(90 * time.Minute)
	second := func(_ post.Post, err error) error { return err }
	return map[post.Action]func(post.Post) error{
		post.ActionResolve:  func(p post.Post) error { return second(p.Resolve(now, p.Next()+1, "")) },
		post.ActionRetry:    func(p post.Post) error { return second(p.Retry(now)) },
		post.ActionRestore:  func(p post.Post) error { return second(p.Restore(now)) },
		post.ActionPublish:  func(p post.Post) error { return second(p.Schedule(now, now, "UTC")) },
		post.ActionSchedule: func(p post.Post) error { return second(p.Schedule(now, later, "UTC")) },
		post.ActionEdit: func(p post.Post) error {
			return second(p.Edit(now, texts(1, "one", "two", "three"), texts(2, "one", "two", "three", "four")))
		},
		post.ActionCancel:    func(p post.Post) error { return second(p.Cancel(now)) },
		post.ActionDuplicate: func(p post.Post) error { p.Duplicate(now, texts(1, "one")); return nil },
		post.ActionUnpublish: func(p post.Post) error { return second(p.Unpublish(now)) },
		post.ActionDelete:    func(p post.Post) error { return p.Forget(now) },
	}
}

// records are posts of every status and sub-status, with and without what else a
// transition asks for: a worker, a tweet in doubt, tweets that are out, a deletion.
func records() (all []post.Post) {
	base := post.New(now, "7", texts(1, "one", "two", "three"), now, "UTC")
	out := []post.Receipt{{ID: id1, AttemptedAt: now, PostedAt: now}}
	for _, status := range post.Statuses() {
		for _, sub := range append(post.SubStatuses(), "") {
			for i := range 32 {
				p := base
				p.Status, p.Sub, p.ScheduledAt = status, sub, now.Add(-time.Hour)
				if i&1 != 0 {
					p.ScheduledAt = now.Add(time.Hour)
				}
				if i&2 != 0 {
					p.Lease = post.Lease{Owner: "w", Until: now.Add(time.Minute)}
				}
				if i&4 != 0 || sub == post.Unknown {
					p.Attempt = &post.Attempt{At: now}
				}
				if i&8 != 0 {
					p.Published = out
				}
				if i&16 != 0 {
					p.Removal = &post.Removal{}
				}
				all = append(all, p)
			}
		}
	}
	return all
}

// TestWhatIsOfferedSucceeds: and what is not offered is refused, in whatever state.
func TestWhatIsOfferedSucceeds(t *testing.T) {
	do := deeds()
	for _, p := range records() {
		offered := p.Actions(now)
		for _, a := range post.Actions() {
			err := do[a](p)
			if slices.Contains(offered, a) != (err == nil) {
				t.Errorf("%s is offered: %v, and gives %v, for %+v", a, slices.Contains(offered, a), err, p)
			}
		}
	}
}

// TestActions: what is offered in each situation that transitions lead to.
func TestActions(t *testing.T) {
	all := thread(t)
	soon := all["scheduled"]
	soon.ScheduledAt = now.Add(time.Hour)
	cancelled, err := soon.Cancel(now)
	if err != nil {
		t.Fatal(err)
	}
	all["cancelled before its time"] = cancelled
	for name, want := range map[string]string{
		"draft":                     "publish schedule edit cancel duplicate delete",
		"scheduled":                 "publish schedule edit cancel duplicate delete",
		"claimed":                   "duplicate",
		"preparing":                 "duplicate",
		"waiting":                   "cancel duplicate",
		"doubted":                   "duplicate",
		"published":                 "duplicate unpublish delete",
		"failed":                    "retry edit cancel duplicate unpublish delete",
		"unknown":                   "resolve duplicate",
		"cancelled":                 "publish schedule edit duplicate unpublish delete",
		"cancelled before its time": "restore publish schedule edit duplicate delete",
		"missed":                    "publish schedule edit cancel duplicate delete",
		"deleting":                  "duplicate",
		"removing":                  "duplicate",
		"held":                      "duplicate",
		"stuck":                     "retry duplicate unpublish delete",
		"deleted":                   "duplicate delete",
	} {
		p, ok := all[name]
		if !ok {
			t.Errorf("there is no situation %q", name)
			continue
		}
		delete(all, name)
		var got []string
		for _, a := range p.Actions(now.Add(time.Second)) {
			got = append(got, string(a))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name := range all {
		t.Errorf("what is offered when a post is %s is not told here", name)
	}
}

func TestNeedsOwner(t *testing.T) {
	waits := fault.Reason{Code: "x_unavailable"}
	needs := fault.Reason{Code: "credits_depleted"}
	may := map[post.Status]bool{}
	for _, c := range []struct {
		status post.Status
		sub    post.SubStatus
		reason *fault.Reason
		want   bool
	}{
		{post.Draft, "", nil, false},
		{post.Scheduled, "", nil, false},
		{post.Publishing, post.RateLimited, &needs, false},
		{post.Publishing, post.Retry2, &needs, false},
		{post.Publishing, post.Paused, &waits, false},
		{post.Publishing, post.Paused, &needs, true},
		{post.Publishing, post.Paused, nil, true},
		{post.Deleting, post.Paused, &needs, true},
		{post.Deleting, "", nil, false},
		{post.Published, "", nil, false},
		{post.Failed, "", &waits, true},
		{post.Failed, post.Unknown, &needs, true},
		{post.Missed, "", nil, true},
		{post.Cancelled, "", &needs, false},
		{post.Deleted, "", nil, false},
	} {
		p := post.Post{Status: c.status, Sub: c.sub, Reason: c.reason}
		if got := p.NeedsOwner(); got != c.want {
			t.Errorf("%s/%s for %v: %v, want %v", c.status, c.sub, c.reason, got, c.want)
		}
		may[c.status] = may[c.status] || c.want
	}
	for _, s := range post.Statuses() {
		if got := s.MayNeedOwner(); got != may[s] {
			t.Errorf("%s may need somebody: %v, want %v", s, got, may[s])
		}
	}
}

func TestStatusesThatGoOn(t *testing.T) {
	var on []post.Status
	for _, s := range post.Statuses() {
		if s.GoesOn() {
			on = append(on, s)
		}
	}
	if want := []post.Status{post.Scheduled, post.Publishing, post.Deleting}; !slices.Equal(on, want) {
		t.Errorf("they are %v, want %v", on, want)
	}
}

func TestStatusesOfTweets(t *testing.T) {
	want := []post.TweetStatus{post.TweetPending, post.TweetAttempting, post.TweetPublished, post.TweetDeleted}
	if got := post.TweetStatuses(); !slices.Equal(got, want) {
		t.Errorf("they are %v, want %v", got, want)
	}
}

// TestEveryStateHasItsWords: none falls back on its code.
func TestEveryStateHasItsWords(t *testing.T) {
	for _, p := range records() {
		label, summary := p.Label(), p.Summary()
		if label == string(p.Status) || !strings.HasSuffix(summary, ".") || strings.Contains(summary, "_") {
			t.Errorf("%s/%s is %q: %q", p.Status, p.Sub, label, summary)
		}
	}
	from := map[post.Status]bool{}
	for _, e := range post.Transitions() {
		for _, s := range append(slices.Clone(e.From), e.To) {
			from[s] = s != ""
		}
	}
	delete(from, "")
	for _, s := range post.Statuses() {
		delete(from, s)
	}
	if len(from) > 0 {
		t.Errorf("transitions know statuses that are not listed: %v", from)
	}
}

func TestSummaryOfWhatIsScheduled(t *testing.T) {
	with := post.Content{Version: 1, Tweets: []post.Tweet{{Media: []post.Medium{{ID: "1"}}}}}
	for _, c := range []struct {
		p    post.Post
		want string
	}{
		{post.New(now, "7", texts(1, "one"), now.Add(time.Hour), "UTC"), "It waits for its time."},
		{post.New(now, "7", texts(1, "one"), now, "UTC"), "It goes out now."},
		{post.New(now, "7", with, now.Add(time.Minute), "UTC"), "It is taken up now, and goes out at its time."},
	} {
		if got := c.p.Summary(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestTodo: what would have passed by itself is to be retried once the post has stopped.
func TestTodo(t *testing.T) {
	passes, stays := fault.ReasonXUnavailable.Reason(), fault.ReasonCreditsDepleted.Reason()
	for _, c := range []struct {
		status post.Status
		reason *fault.Reason
		want   fault.TodoCode
	}{
		{post.Published, nil, ""},
		{post.Publishing, &passes, fault.TodoWait},
		{post.Failed, &passes, fault.TodoRetry},
		{post.Failed, &stays, fault.TodoResumeApp},
		{post.Deleting, &stays, fault.TodoResumeApp},
	} {
		code, sentence := post.Post{Status: c.status, Reason: c.reason}.Todo()
		if code != c.want || c.reason != nil && c.want != fault.TodoWait && sentence == "" {
			t.Errorf("%s for %v: %s, %q; want %s", c.status, c.reason, code, sentence, c.want)
		}
	}
}
