package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

// PostStore is what the suite of posts tests.
type PostStore interface {
	Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error)
	PutContent(ctx context.Context, p post.Post, c post.Content) error
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	Save(ctx context.Context, p post.Post) (post.Post, error)
	Due(ctx context.Context, shard int, until time.Time, limit int) ([]string, []time.Time, error)
	schedule.Index
	List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error)
	Ready(ctx context.Context, now time.Time) (bool, error)
	Made(ctx context.Context, accountID string, span post.Span) ([]post.Entry, string, error)
	Shelf(ctx context.Context, shelf post.Shelf, span post.Span) ([]post.Entry, string, error)
	DueBy(ctx context.Context, until time.Time, limit int) ([]string, error)
	Read(ctx context.Context, ids []string) (map[string]post.Post, error)
	Contents(ctx context.Context, posts []post.Post) ([]post.Content, error)
	Forget(ctx context.Context, p post.Post, until time.Time) error
	publish.Owners
}

// start is a time that every store keeps exactly: UTC, whole milliseconds.
var start = time.Date(2026, 12, 1, 9, 0, 0, 123_000_000, time.UTC)

// thread is a content of n tweets.
func thread(n int) post.Content {
	c := post.Content{Version: 1}
	for i := range n {
		c.Tweets = append(c.Tweets, post.Tweet{
			Media: []post.Medium{{ID: "m", Kind: tweet.GIF, Type: "image/gif", Bytes: 3, SHA256: "ab", AltText: "ünïcode"}},
			Poll:  &post.Poll{Options: []string{"yes", "no"}, Minutes: 5},
			Options: post.Options{
				ReplySettings: "following", QuoteID: "1", CommunityID: "2", MadeWithAI: true, PaidPartnership: true,
			},
			Text: fmt.Sprintf("tweet %d: ünïcode, 日本語, 👩‍🚀", i+1),
		})
	}
	return c
}

// Posts holds a store of posts to its contract. The store need not be empty.
func Posts(t *testing.T, s PostStore, shards int) {
	ctx := context.Background()
	create := func(t *testing.T, account string, at time.Time) (post.Post, post.Content) {
		t.Helper()
		c := thread(3)
		p, err := s.Create(ctx, post.New(start, account, c, at, "Europe/Berlin"), c)
		if err != nil {
			t.Fatal(err)
		}
		return p, c
	}
	t.Run("an unknown id is not found", func(t *testing.T) {
		if _, _, err := s.Load(ctx, post.NewID()); !fault.Is(err, fault.NotFound) {
			t.Fatalf("got %v, want not_found", err)
		}
	})
	t.Run("what is stored comes back as it was", func(t *testing.T) {
		full, c := FullPost(), FullContent()
		full.ID, full.Rev = post.NewID(), 0
		stored, err := s.Create(ctx, full, c)
		if err != nil {
			t.Fatal(err)
		}
		got, gotContent, err := s.Load(ctx, full.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stored, got); diff != "" {
			t.Errorf("the record changed (-stored +loaded):\n%s", diff)
		}
		if diff := cmp.Diff(c, gotContent); diff != "" {
			t.Errorf("the content changed (-stored +loaded):\n%s", diff)
		}
	})
	t.Run("of two writes of one revision the second conflicts", func(t *testing.T) {
		p, _ := create(t, "1", start)
		a, b := p, p
		a.Writer, b.Writer = "a", "b"
		if _, err := s.Save(ctx, a); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(ctx, b); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v, want conflict", err)
		}
	})
	t.Run("a writer's own write is no conflict", func(t *testing.T) {
		p, _ := create(t, "1", start)
		p.Writer = "me"
		first, err := s.Save(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Save(ctx, p)
		if err != nil || again.Rev != first.Rev {
			t.Fatalf("got revision %d, %v; want %d", again.Rev, err, first.Rev)
		}
	})
	t.Run("a new post does not replace one", func(t *testing.T) {
		p, _ := create(t, "1", start)
		p.Rev, p.Writer = 0, "other"
		if _, err := s.Save(ctx, p); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v, want conflict", err)
		}
	})
	t.Run("a content that is not pointed at yet is not seen", func(t *testing.T) {
		p, c := create(t, "1", start)
		edited := thread(5)
		edited.Version = 2
		if err := s.PutContent(ctx, p, edited); err != nil {
			t.Fatal(err)
		}
		if _, got, err := s.Load(ctx, p.ID); err != nil || !cmp.Equal(got, c) {
			t.Fatalf("got %v, %v; want the first version", got, err)
		}
		p, err := p.Edit(start, c, edited)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(ctx, p); err != nil {
			t.Fatal(err)
		}
		if _, got, err := s.Load(ctx, p.ID); err != nil || !cmp.Equal(got, edited) {
			t.Fatalf("got %v, %v; want the second version", got, err)
		}
	})
	t.Run("a version of a content never changes", func(t *testing.T) { versions(t, s, create) })
	t.Run("what X takes fits", func(t *testing.T) { sizes(t, s) })
	t.Run("the due index has exactly what is due", func(t *testing.T) { dueIndex(t, s, shards, create) })
	t.Run("it tells how posts stand", func(t *testing.T) { standings(t, s, create) })
	t.Run("what is to be told stays in the due index", func(t *testing.T) { untold(t, s, shards, create) })
	t.Run("a deletion that has not begun differs from none", func(t *testing.T) { begins(t, s) })
	t.Run("a deleted post is gone for everybody", func(t *testing.T) { forget(t, s, shards) })
	ownership(t, s)
	t.Run("an account's list is its own, newest first, page by page", func(t *testing.T) { list(t, s) })
	t.Run("posts are found", func(t *testing.T) { finds(t, s) })
}

// versions stores a content again, and another one of its number.
func versions(t *testing.T, s PostStore, create func(*testing.T, string, time.Time) (post.Post, post.Content)) {
	ctx := context.Background()
	p, c := create(t, "1", start)
	if err := s.PutContent(ctx, p, c); err != nil {
		t.Errorf("the same again: got %v", err)
	}
	if err := s.PutContent(ctx, p, thread(2)); !fault.Is(err, fault.Conflict) {
		t.Errorf("another of the same number: got %v, want conflict", err)
	}
}

func dueIndex(t *testing.T, s PostStore, shards int,
	create func(*testing.T, string, time.Time) (post.Post, post.Content)) {
	ctx := context.Background()
	base := start.Add(1000 * time.Hour)
	early, _ := create(t, "due", base.Add(time.Second))
	late, _ := create(t, "due", base.Add(time.Hour))
	done, _ := create(t, "due", base)
	done, err := done.Cancel(start)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, done); err != nil {
		t.Fatal(err)
	}
	found := map[string]time.Time{}
	for shard := range shards {
		ids, at, err := s.Due(ctx, shard, base.Add(time.Minute), 100)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			found[id] = at[i]
		}
	}
	if got := found[early.ID]; !got.Equal(early.Due) {
		t.Errorf("what is due at %v was found at %v", early.Due, got)
	}
	for _, p := range []post.Post{late, done} {
		if _, ok := found[p.ID]; ok {
			t.Errorf("a post that is %s and due at %v was found", p.Status, p.Due)
		}
	}
	for window, want := range map[[2]time.Time][]string{
		{early.Due.Add(-time.Second), early.Due}: {early.ID}, {early.Due, late.Due}: {early.ID, late.ID},
		{early.Due.Add(time.Millisecond), late.Due.Add(-time.Millisecond)}: nil,
	} {
		var coming []string
		for shard := range shards {
			for e, err := range s.Coming(ctx, shard, window[0], window[1]) {
				if err != nil {
					t.Fatal(err)
				}
				coming = append(coming, e.PostID)
			}
		}
		slices.Sort(coming)
		if slices.Sort(want); !slices.Equal(coming, want) {
			t.Errorf("within %v came %v, want %v", window, coming, want)
		}
	}
}

// standings tells how posts stand, and leaves out what there is not.
func standings(t *testing.T, s PostStore, create func(*testing.T, string, time.Time) (post.Post, post.Content)) {
	ctx := context.Background()
	want, ids := map[string]schedule.Standing{}, []string{"nobody"}
	for range 101 { // more than a request of DynamoDB's takes
		p, _ := create(t, "standing", start)
		ids, want[p.ID] = append(ids, p.ID), schedule.Standing{AccountID: p.AccountID, Planned: p.ScheduledAt, Left: p.Size}
	}
	p, _ := create(t, "standing", start)
	p, err := p.Claim(start, "worker", time.Minute)
	if err == nil {
		p, err = s.Save(ctx, p)
	}
	deleted, _ := create(t, "standing", start)
	if err == nil {
		err = s.Forget(ctx, deleted, start.Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, p.ID, deleted.ID)
	want[p.ID] = schedule.Standing{AccountID: p.AccountID, Planned: p.ScheduledAt, Left: p.Size, Busy: p.Lease.Until}
	got, err := s.Standings(ctx, ids)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// untold ends a post, and takes out what is to be told of it.
func untold(t *testing.T, s PostStore, shards int,
	create func(*testing.T, string, time.Time) (post.Post, post.Content)) {
	ctx := context.Background()
	p, _ := create(t, "untold", start)
	due := p.Due
	p, err := p.Fail(start.Add(time.Minute), reason())
	if err != nil {
		t.Fatal(err)
	}
	if p, err = s.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	found := func() (at time.Time) {
		for shard := range shards {
			ids, times, err := s.Due(ctx, shard, start.Add(time.Minute), 1000)
			if err != nil {
				t.Fatal(err)
			}
			if i := slices.Index(ids, p.ID); i >= 0 {
				return times[i]
			}
		}
		return time.Time{}
	}
	if at := found(); !at.Equal(due) {
		t.Errorf("it is found at %v, want the place that it had, %v", at, due)
	}
	loaded, _, err := s.Load(ctx, p.ID)
	if diff := cmp.Diff(p, loaded); err != nil || diff != "" {
		t.Fatalf("%v; it came back as another (-stored +loaded):\n%s", err, diff)
	}
	if !loaded.Due.IsZero() || !loaded.Untold() {
		t.Errorf("it came back due at %v, with %v to tell", loaded.Due, loaded.Events)
	}
	if p, err = loaded.Handed(start.Add(time.Hour), loaded.Events.Last()); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	if at := found(); !at.IsZero() {
		t.Errorf("with nothing to tell it is found at %v", at)
	}
	if loaded, _, err = s.Load(ctx, p.ID); err != nil || len(loaded.Events) > 0 || !loaded.TellBy.IsZero() {
		t.Errorf("it came back with %v to tell by %v, %v", loaded.Events, loaded.TellBy, err)
	}
}

func list(t *testing.T, s PostStore) {
	ctx := context.Background()
	account := "list" + post.NewID()
	var want []string
	for i := range 5 {
		c := thread(1)
		p, err := s.Create(ctx, post.New(start.Add(time.Duration(i)*time.Minute), account, c, time.Time{}, ""), c)
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{p.ID}, want...)
	}
	var got []string
	for before := ""; ; {
		page, err := s.List(ctx, account, before, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			got = append(got, p.ID)
		}
		contents, err := s.Contents(ctx, page)
		if err != nil || len(contents) != len(page) || !cmp.Equal(contents[0], thread(1)) {
			t.Fatalf("got the contents %v, %v", contents, err)
		}
		before = page[len(page)-1].SortKey()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the list differs (-want +got):\n%s", diff)
	}
}

// longList asks for more at once than DynamoDB answers in one request: 100 keys.
func longList(t *testing.T, s PostStore) {
	ctx := context.Background()
	account := "long" + post.NewID()
	const n = 230
	for i := range n {
		c := thread(1)
		if _, err := s.Create(ctx, post.New(start.Add(time.Duration(i)*time.Minute), account, c, time.Time{}, ""),
			c); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{100, 101, n + 1} {
		page, err := s.List(ctx, account, "", limit)
		if err != nil || len(page) != min(limit, n) {
			t.Fatalf("asked for %d of %d posts, got %d, %v", limit, n, len(page), err)
		}
		contents, err := s.Contents(ctx, page)
		if err != nil || len(contents) != len(page) || !cmp.Equal(contents[len(page)-1], thread(1)) {
			t.Fatalf("asked for %d texts, got %d, %v", len(page), len(contents), err)
		}
	}
}
