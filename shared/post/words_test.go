package post_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"spool/shared/post"
)

// TestHowAPostStands holds the words of each status, where nothing more goes on, and the
// list of all statuses.
func TestHowAPostStands(t *testing.T) {
	stands := []struct {
		status         post.Status
		label, summary string
	}{
		{post.Draft, "Draft", "It is a draft, and does not go out by itself."},
		{post.Scheduled, "Scheduled", "It waits for its time."},
		{post.Publishing, "Going out", "It is going out."},
		{post.Published, "Published", "All of it is on X."},
		{post.Failed, "Stopped", "It has stopped."},
		{post.Cancelled, "Cancelled", "It is cancelled."},
		{post.Missed, "Missed", "It did not start in time, so it was not published."},
		{post.Deleting, "Being deleted from X", "Its tweets are being deleted from X, the last one first."},
		{post.Deleted, "Deleted from X", "Its tweets are deleted from X."},
	}
	var all []post.Status
	for _, s := range stands {
		p := post.Post{Status: s.status}
		if p.Label() != s.label || p.Summary() != s.summary {
			t.Errorf("%s is %q: %q, want %q: %q", s.status, p.Label(), p.Summary(), s.label, s.summary)
		}
		all = append(all, s.status)
	}
	if !slices.Equal(post.Statuses(), all) {
		t.Errorf("the statuses are %v, want %v", post.Statuses(), all)
	}
}

// TestWhatGoesOnWithinAStatus comes before what the status says, and each sub-status has
// its own words.
func TestWhatGoesOnWithinAStatus(t *testing.T) {
	says := map[post.SubStatus]string{
		post.Retry1:         "X could not accept it just now. Spool tries again by itself (1 of 3).",
		post.Retry2:         "X could not accept it just now. Spool tries again by itself (2 of 3).",
		post.Retry3:         "X could not accept it just now. Spool tries again by itself (3 of 3).",
		post.RateLimited:    "X's limit is reached. Spool waits, and goes on by itself.",
		post.MediaUploading: "Its media are being uploaded to X.",
		post.MediaUploaded:  "X has all of its media.",
		post.ThreadPartial:  "Some of its tweets are out; the others follow.",
		post.Reconciling:    "X's answer to a tweet was lost. Spool reads the timeline until it knows whether the tweet is out.",
		post.Paused:         "It is on hold.",
		post.Unknown:        "Spool cannot find out whether one of its tweets is on X. Please look, and say what you see.",
	}
	for sub, want := range says {
		if got := (post.Post{Status: post.Publishing, Sub: sub}).Summary(); got != want {
			t.Errorf("%s: %q, want %q", sub, got, want)
		}
	}
	if got, want := slices.Sorted(slices.Values(post.SubStatuses())), slices.Sorted(maps.Keys(says)); !slices.Equal(got, want) {
		t.Errorf("the sub-statuses are %v, want %v", got, want)
	}
	if got := (post.Post{Status: post.Deleting, Sub: post.Paused}).Label(); got != "Waiting" {
		t.Errorf("what is on hold is labelled %q", got)
	}
}

// TestWhatIsLeftOnX is told of what stopped for good.
func TestWhatIsLeftOnX(t *testing.T) {
	out := []post.Receipt{{ID: id1}}
	for want, p := range map[string]post.Post{
		"It is cancelled. What was published stays on X.": {Status: post.Cancelled, Published: out},
		"Deleting it from X has stopped.":                 {Status: post.Failed, Published: out, Removal: &post.Removal{}},
		"It has stopped.":                                 {Status: post.Failed, Published: out},
	} {
		if got := p.Summary(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestWhatAScheduledPostWaitsFor follows from what was due when it was changed last.
func TestWhatAScheduledPostWaitsFor(t *testing.T) {
	const waits, goes, taken = "It waits for its time.", "It goes out now.", "It is taken up now, and goes out at its time."
	later := now.Add(time.Minute)
	for _, c := range []struct {
		due, at time.Time
		want    string
	}{
		{later, later, waits}, {now, later, taken}, {now, now, goes}, {time.Time{}, now, waits}, {time.Time{}, later, waits},
	} {
		p := post.Post{Status: post.Scheduled, UpdatedAt: now, Due: c.due, ScheduledAt: c.at}
		if got := p.Summary(); got != c.want {
			t.Errorf("due %v, for %v: %q, want %q", c.due, c.at, got, c.want)
		}
	}
}
