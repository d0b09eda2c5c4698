package post_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// pictures is a content whose second tweet shows media.
func pictures(version int, media ...post.Medium) post.Content {
	c := texts(version, "one", "two")
	c.Tweets[1].Media = media
	return c
}

var picture = post.Medium{ID: "P", Kind: tweet.Image, Type: "image/png", Bytes: 9, SHA256: "ab"}

func TestMediaAreTakenUpBeforeTheirTime(t *testing.T) {
	at := now.Add(time.Hour)
	p := post.New(now, "7", pictures(1, picture), at, "UTC")
	if !p.ScheduledAt.Equal(at) || !p.Due.Equal(at.Add(-post.MediaPreparation)) {
		t.Fatalf("scheduled for %v it is due at %v", p.ScheduledAt, p.Due)
	}
	t.Run("and go on at it", func(t *testing.T) {
		early := p.Due
		p := must(t)(p.Prepare(early, "me", ttl, post.Transfer{Total: 9}))
		p = must(t)(p.Upload(early.Add(time.Second), ttl, post.Transfer{Sent: 4, Total: 9}))
		if p.Sub != post.MediaUploading || *p.Media != (post.Transfer{Sent: 4, Total: 9}) || !p.Lease.Until.Equal(early.Add(time.Second+ttl)) {
			t.Errorf("while uploading: %s, %+v, lease until %v", p.Sub, p.Media, p.Lease.Until)
		}
		p = must(t)(p.Uploaded(early.Add(time.Minute)))
		if p.Sub != post.MediaUploaded || !p.Due.Equal(at) || p.Busy(early.Add(time.Minute)) || p.Attempt != nil {
			t.Errorf("uploaded: %+v", p)
		}
	})
	t.Run("or at once when it has passed", func(t *testing.T) {
		late := at.Add(time.Minute)
		p := must(t)(p.Prepare(late, "me", ttl, post.Transfer{}))
		if p = must(t)(p.Uploaded(late.Add(time.Second))); !p.Due.Equal(late.Add(time.Second)) {
			t.Errorf("due at %v", p.Due)
		}
	})
	t.Run("and without media it has no lead any more", func(t *testing.T) {
		p := must(t)(p.Edit(now, pictures(1, picture), pictures(2)))
		if !p.Due.Equal(at) {
			t.Errorf("due at %v, want %v", p.Due, at)
		}
	})
}

func TestADoubtIsNotPrepared(t *testing.T) {
	p := thread(t)["doubted"]
	if _, err := p.Prepare(p.Due, "me", ttl, post.Transfer{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestAwaitCountsWhatFailed(t *testing.T) {
	p := thread(t)["preparing"]
	waits := must(t)(p.Await(now, now.Add(time.Minute), post.Transfer{Sent: 3, Total: 9}, nil))
	if waits.Media.Tries != 0 || waits.Busy(now) || !waits.Due.Equal(now.Add(time.Minute)) || waits.Sub != post.MediaUploading {
		t.Errorf("waits as %+v", waits)
	}
	failed := must(t)(p.Await(now, now, post.Transfer{}, &reason))
	failed = must(t)(failed.Prepare(now, "other", ttl, post.Transfer{}))
	failed = must(t)(failed.Await(now, now, post.Transfer{}, &reason))
	if failed.Media.Tries != 2 || failed.Reason == nil {
		t.Errorf("failed as %+v", failed)
	}
}

func TestEditSeesEveryPartOfATweet(t *testing.T) {
	whole := post.Tweet{Text: "t", Media: []post.Medium{picture}, Poll: &post.Poll{Options: []string{"a", "b"}, Minutes: 5}}
	if !whole.Equal(whole) {
		t.Error("a tweet differs from itself")
	}
	for name, change := range map[string]func(*post.Tweet){
		"text":        func(t *post.Tweet) { t.Text = "u" },
		"description": func(t *post.Tweet) { t.Media = []post.Medium{{ID: "P", AltText: "x"}} },
		"no poll":     func(t *post.Tweet) { t.Poll = nil },
		"answer":      func(t *post.Tweet) { t.Poll = &post.Poll{Options: []string{"a", "c"}, Minutes: 5} },
		"duration":    func(t *post.Tweet) { t.Poll = &post.Poll{Options: []string{"a", "b"}, Minutes: 6} },
		"option":      func(t *post.Tweet) { t.MadeWithAI = true },
	} {
		other := whole
		if change(&other); other.Equal(whole) || whole.Equal(other) {
			t.Errorf("another %s is not seen: %s", name, cmp.Diff(whole.Text, other.Text))
		}
	}
}

func TestDigestsTellWhatXIsGiven(t *testing.T) {
	described, elsewhere := picture, picture
	described.AltText, elsewhere.ID = "a picture", "Q"
	if picture.Digest() == described.Digest() {
		t.Error("another description has the same digest")
	}
	if picture.Digest() != elsewhere.Digest() {
		t.Error("the same bytes under another id have another digest")
	}
}

func TestStatesOfFiles(t *testing.T) {
	if got, want := post.FileWaiting.Values(), []string{"waiting", "ready", "refused"}; !slices.Equal(got, want) {
		t.Errorf("they are %v, want %v", got, want)
	}
}

func TestAFileThatIsUsedIsKept(t *testing.T) {
	at := now.Add(time.Hour)
	for name, c := range map[string]struct {
		f       post.File
		changes bool
	}{
		"announced":             {post.File{Expires: at}, true},
		"unused for long":       {post.File{Unused: at}, true},
		"both":                  {post.File{Expires: at, Unused: at}, true},
		"of another post's too": {post.File{}, false},
	} {
		if used, changes := c.f.Used(); changes != c.changes || !used.Expires.IsZero() || !used.Unused.IsZero() {
			t.Errorf("%s: %+v, to be stored: %v", name, used, changes)
		}
	}
}
