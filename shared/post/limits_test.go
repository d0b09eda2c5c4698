package post_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// TestTimesThatOthersRelyOn: who changes one has to look at what is said of it.
func TestTimesThatOthersRelyOn(t *testing.T) {
	for name, c := range map[string]struct{ is, want time.Duration }{
		"media are taken up before their time":            {post.MediaPreparation, 10 * time.Minute},
		"a file that no post uses is kept":                {post.FileLife, 24 * time.Hour},
		"it is known of a deleted post that it was there": {post.Remembered, 90 * 24 * time.Hour},
	} {
		if c.is != c.want {
			t.Errorf("%s for %v, want %v", name, c.is, c.want)
		}
	}
}

func TestContentFitsToTheByte(t *testing.T) {
	small := post.Content{Tweets: []post.Tweet{{
		Text: "12345", Options: post.Options{ReplySettings: "following", QuoteID: "123", CommunityID: "12"},
		Media: []post.Medium{{AltText: "ü"}}, Poll: &post.Poll{Options: []string{"yes", "no"}},
	}, {Text: "6"}}}
	if got, want := small.Bytes(), 50+5+9+3+2+200+2+5+3+5+2+50+1; got != want {
		t.Errorf("it takes %d bytes, want %d", got, want)
	}
	whole := post.Content{Tweets: []post.Tweet{{Text: strings.Repeat("a", post.MaxContent-50)}}}
	if err := whole.Fits(); err != nil {
		t.Errorf("what is as large as may be does not fit: %v", err)
	}
	whole.Tweets[0].Text += "a"
	f, ok := errors.AsType[*fault.Error](whole.Fits())
	if !ok || f.Code != fault.Invalid || f.Field != "tweets" || !strings.Contains(f.Message, "takes 3000 kB; the most that Spool keeps is 3000 kB") {
		t.Errorf("one byte more: %#v", f)
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"1": true, "20": true, "9223372036854775807": true, // the largest of 63 bits
		"": false, "0": false, "-1": false, "+1": false, "01": false, "9223372036854775808": false, "18446744073709551615": false,
		"1e3": false, "1_000": false, " 1": false, "00000000000000000001": false,
	} {
		if got := post.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v", id, got)
		}
	}
}

func TestIDsTellTheirTimes(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, int(123*time.Millisecond), time.FixedZone("", 3600))
	if got := post.PostedAt(post.IDAt(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("the id of %v tells %v", at, got)
	}
	if got := post.IDAt(time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)); got != "0" {
		t.Errorf("before there were ids: %s", got)
	}
	for _, id := range []string{"", "0", "-5", "abc"} {
		if got := post.PostedAt(id); !got.IsZero() {
			t.Errorf("%q tells %v, want none", id, got)
		}
	}
	if got, want := post.PostedAt("1"), time.UnixMilli(1288834974657); !got.Equal(want) {
		t.Errorf("the first id tells %v, want %v", got, want)
	}
}

func TestBegun(t *testing.T) {
	for name, c := range map[string]struct {
		p    post.Post
		want bool
	}{
		"nothing was tried":                   {post.Post{}, false},
		"a tweet is out":                      {post.Post{Published: []post.Receipt{{ID: "1"}}}, true},
		"a tweet is on its way":               {post.Post{Attempt: &post.Attempt{}}, true},
		"a tweet that was not found may come": {post.Post{Doubted: now}, true},
	} {
		if got := c.p.Begun(); got != c.want {
			t.Errorf("%s: begun is %v", name, got)
		}
	}
}

func TestMonthIsThatOfUTC(t *testing.T) {
	if got := post.Month(time.Date(2026, 12, 1, 0, 30, 0, 0, time.FixedZone("", 3600))); got != "2026-11" {
		t.Errorf("half past midnight, an hour east of UTC, belongs to %s", got)
	}
}

// TestWaitingPostsSayForWhat: whoever hurries a post that waits is told until when.
func TestWaitingPostsSayForWhat(t *testing.T) {
	second := thread(t)["waiting"]
	for name, c := range map[string]struct {
		change func(*post.Post)
		told   bool
	}{
		"for a pause":        {func(*post.Post) {}, true},
		"for X's limit":      {func(p *post.Post) { p.Sub = post.RateLimited }, true},
		"after a refusal":    {func(p *post.Post) { p.Sub = post.Retry1 }, false},
		"for nobody knows":   {func(p *post.Post) { p.Reason = nil }, false},
		"for ever, it seems": {func(p *post.Post) { p.Due = time.Time{} }, false},
	} {
		p := second
		c.change(&p)
		_, err := p.Schedule(now, now, "UTC")
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		told := strings.Contains(err.Error(), "until 2026-12-01 10:00:00 UTC at the latest: Because.")
		if told != c.told || strings.Contains(err.Error(), "waits") != told {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPassedTimesAreToldInTheirZone: the clock there, and the zone's name.
func TestPassedTimesAreToldInTheirZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for want, zone := range map[string]*time.Location{
		"Tuesday, 1 December 2026, 09:00 (Europe/Berlin). It is Tuesday, 1 December 2026, 10:00 there now.": berlin,
		"Tuesday, 1 December 2026, 09:00 (+01:00). It is Tuesday, 1 December 2026, 10:00 there now.":        time.FixedZone("", 3600),
		"Tuesday, 1 December 2026, 09:00 (UTC). It is Tuesday, 1 December 2026, 10:00 there now.":           time.UTC,
	} {
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, zone)
		if err := post.Ahead(at.Add(time.Hour).UTC(), at); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", zone, err, want)
		}
	}
	if err := post.Ahead(now, now.Add(-time.Hour).In(time.Local)); err == nil || strings.Contains(err.Error(), "Local") {
		t.Errorf("nobody knows which zone Local is: %v", err)
	}
	for zone, want := range map[string]string{"Europe/Berlin": "10:00 (Europe/Berlin)", "Nowhere": "09:00 (UTC)"} {
		p := thread(t)["cancelled"]
		p.Zone = zone
		if _, err := p.Restore(now.Add(time.Minute)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a post of zone %q: %v, want %s", zone, err, want)
		}
	}
}

func TestFiles(t *testing.T) {
	at := now.Add(1234 * time.Microsecond).In(time.FixedZone("", 3600))
	f := post.NewFile(at, "cat.png", "image/png", 7, "abc")
	kept := now.Add(time.Millisecond)
	want := post.File{
		ID: f.ID, Name: "cat.png", Type: "image/png", Bytes: 7, SHA256: "abc",
		State: post.FileWaiting, CreatedAt: kept, Expires: kept.Add(24 * time.Hour),
	}
	if diff := cmp.Diff(want, f); diff != "" || f.ID == "" || f.CreatedAt.Location() != time.UTC || f.Expires.Location() != time.UTC {
		t.Errorf("announced (-want +got):\n%s", diff)
	}

	f.Kind, f.Frames = tweet.Image, 2
	f.Beyond = &fault.Reason{Sentence: "It is large.", Todo: "Shrink it."}
	shown := post.Medium{ID: f.ID, Kind: tweet.Image, Type: "image/png", Bytes: 7, SHA256: "abc", AltText: "a cat", Still: true, Beyond: "It is large. Shrink it."}
	if diff := cmp.Diff(shown, f.Medium("a cat")); diff != "" {
		t.Errorf("as a tweet shows it (-want +got):\n%s", diff)
	}
	f.Beyond = nil
	for frames, still := range map[int]bool{0: false, 1: false, 2: true} {
		if f.Frames = frames; f.Medium("").Still != still {
			t.Errorf("an image of %d frames: still is %v", frames, !still)
		}
	}
	if f.Kind, f.Frames = tweet.GIF, 2; f.Medium("").Still {
		t.Error("a GIF that moves is shown still")
	}
}

func TestDraftsSayAllThatRulesAskFor(t *testing.T) {
	got := post.Drafts([]post.Tweet{{
		Text: "one", Options: post.Options{
			ReplySettings: "following", QuoteID: "5", CommunityID: "6", MadeWithAI: true, PaidPartnership: true,
		},
		Media: []post.Medium{{Kind: tweet.Video, Bytes: 7, AltText: "a cat", Beyond: "large", Still: true}},
		Poll:  &post.Poll{Options: []string{"yes", "no"}, Minutes: 60},
	}, {Text: "two"}})
	want := []tweet.Draft{{
		Text: "one", ReplySettings: "following", QuoteID: "5", CommunityID: "6", MadeWithAI: true, PaidPartnership: true,
		Media: []tweet.Medium{{Kind: tweet.Video, Bytes: 7, AltText: "a cat", Beyond: "large", Still: true}},
		Poll:  &tweet.Poll{Options: []string{"yes", "no"}, Minutes: 60},
	}, {Text: "two"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drafts (-want +got):\n%s", diff)
	}
}

// TestSameFileIsTheSameTweet whatever was found out about the file since.
func TestSameFileIsTheSameTweet(t *testing.T) {
	a := post.Tweet{Media: []post.Medium{{ID: "1"}}}
	for name, c := range map[string]struct {
		m    post.Medium
		want bool
	}{
		"it is beyond some accounts": {post.Medium{ID: "1", Beyond: "large"}, true},
		"it is shown still":          {post.Medium{ID: "1", Still: true}, true},
		"another description":        {post.Medium{ID: "1", AltText: "a cat"}, false},
		"another file":               {post.Medium{ID: "2"}, false},
	} {
		b := post.Tweet{Media: []post.Medium{c.m}}
		if a.Equal(b) != c.want || b.Equal(a) != c.want {
			t.Errorf("%s: equal is %v", name, !c.want)
		}
	}
}
