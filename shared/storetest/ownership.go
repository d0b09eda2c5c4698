package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// ownership holds a store to keep whose a tweet is.
func ownership(t *testing.T, s PostStore) {
	t.Run("posts are found by what they begin with", func(t *testing.T) { siblings(t, s) })
	t.Run("a tweet is one post's only", func(t *testing.T) { owners(t, s) })
}

// begun makes a post of an account that begins with a text.
func begun(t *testing.T, s PostStore, account, text string) (post.Post, post.Content) {
	t.Helper()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: text}, {Text: "the next"}}}
	p, err := s.Create(context.Background(), post.New(start, account, c, start, "UTC"), c)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

// save stores a transition.
func save(t *testing.T, s PostStore) func(post.Post, error) post.Post {
	return func(p post.Post, err error) post.Post {
		t.Helper()
		if err == nil {
			p, err = s.Save(context.Background(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// siblings holds a store to find all posts that begin alike, however many there are.
func siblings(t *testing.T, s PostStore) {
	ctx, account := context.Background(), "siblings"+post.NewID()
	find := func(of post.Post) []post.Post {
		t.Helper()
		found, err := s.Siblings(ctx, of, start.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := func(of post.Post, ids ...string) {
		t.Helper()
		var got []string
		for _, p := range find(of) {
			got = append(got, p.ID)
		}
		slices.Sort(got)
		slices.Sort(ids)
		if !slices.Equal(got, ids) {
			t.Errorf("found %v, want %v", got, ids)
		}
	}
	var all []string
	var first, last post.Post
	var content post.Content
	for i := range 230 { // more than a page, and more than a batch
		last, content = begun(t, s, account, []string{"see https://example.com/", "see  example.com"}[i%2])
		if i == 0 {
			first = last
		}
		all = append(all, last.ID)
	}
	other, _ := begun(t, s, account, "see example.org")
	begun(t, s, account+"2", "see example.com")
	want(first, all...)
	want(other, other.ID)

	moved := save(t, s)(last.Schedule(start, start.Add(time.Hour), "UTC"))
	if i := slices.IndexFunc(find(first), func(p post.Post) bool {
		return p.ID == moved.ID && p.Rev == moved.Rev
	}); i < 0 {
		t.Error("a sibling is not as it was stored last")
	}

	edited := post.Content{Version: 2, Tweets: []post.Tweet{{Text: "see example.org"}}}
	if err := s.PutContent(ctx, moved, edited); err != nil {
		t.Fatal(err)
	}
	want(other, other.ID, moved.ID) // before the record says so, as it might be published the next moment
	moved = save(t, s)(moved.Edit(start, content, edited))
	if moved.Opening != other.Opening {
		t.Errorf("edited, it begins with %s, want %s", moved.Opening, other.Opening)
	}
	if err := s.Forget(ctx, moved, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want(other, other.ID)

	bare := post.Content{Version: 1, Tweets: []post.Tweet{{Media: content.Tweets[0].Media}}}
	empty, err := s.Create(ctx, post.New(start, account, bare, start, "UTC"), bare)
	if err != nil {
		t.Fatal(err)
	}
	want(empty, empty.ID)
	late := other
	late.ID = post.NewID()
	if err := s.Register(ctx, late, post.Content{Tweets: bare.Tweets}); err != nil {
		t.Fatal(err)
	}
	want(empty, empty.ID) // it is registered, and not there yet
	late.Rev, late.Opening = 0, ""
	save(t, s)(late, nil)
	want(empty, empty.ID, late.ID)
}

// owners holds a store to give a tweet to one post only.
func owners(t *testing.T, s PostStore) {
	ctx, account := context.Background(), "owners"+post.NewID()
	n := 0
	newID := func() string { n++; return post.IDAt(start.Add(time.Duration(n) * time.Second)) }
	claimed := func(t *testing.T) post.Post {
		p, _ := begun(t, s, account, fmt.Sprint("gm ", account))
		return save(t, s)(p.Claim(start, "worker", time.Minute))
	}
	own := func(t *testing.T, id string, p post.Post, want fault.Code) {
		t.Helper()
		if err := s.Own(ctx, id, p); fault.CodeOf(err) != want {
			t.Errorf("got %v, want the code %q", err, want)
		}
	}
	owner := func(t *testing.T, id string, want string) {
		t.Helper()
		owned, err := s.Owned(ctx, []string{newID(), id})
		if err != nil || owned[id] != want || len(owned) > 1 || want == "" && len(owned) > 0 {
			t.Errorf("got the owners %v, %v; want %q of %s", owned, err, want, id)
		}
	}
	t.Run("of two that want it the second is told", func(t *testing.T) {
		a, b, id := claimed(t), claimed(t), newID()
		owner(t, id, "")
		own(t, id, a, "")
		own(t, id, a, "")
		own(t, id, b, fault.Taken)
		owner(t, id, a.ID)
		a = save(t, s)(a.Complete(start, newID()))
		own(t, id, b, "") // a got another
		own(t, id, a, fault.Taken)
	})
	t.Run("it stays the owner's that has it", func(t *testing.T) {
		a, b, id := claimed(t), claimed(t), newID()
		own(t, id, a, "")
		a = save(t, s)(a.Checkpoint(start, id, time.Minute))
		own(t, id, b, fault.Taken)
		save(t, s)(a.Fail(start, fault.Reason{Code: "c"}))
		own(t, id, b, fault.Taken)
		owner(t, id, a.ID)
	})
	t.Run("it is free again once its owner's doubt ended without it", func(t *testing.T) {
		a, b, id := claimed(t), claimed(t), newID()
		own(t, id, a, "")
		a = save(t, s)(a.Doubt(start, start, post.NotLooked, fault.Reason{Code: "c"}))
		own(t, id, b, fault.Taken)
		a = save(t, s)(a.GiveUp(start, fault.Reason{Code: "c"}))
		own(t, id, b, fault.Taken)
		save(t, s)(a.Resolve(start, 1, ""))
		owner(t, id, "")
		own(t, id, b, "")
		owner(t, id, b.ID)
	})
	t.Run("it is for good the post's whose record was deleted", func(t *testing.T) {
		a, b, first, second := claimed(t), claimed(t), newID(), newID()
		a = save(t, s)(a.Checkpoint(start, first, time.Minute))
		own(t, second, a, "")
		a = save(t, s)(a.Complete(start, second))
		owner(t, first, "") // its record says so
		if err := s.Forget(ctx, a, start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{first, second} {
			owner(t, id, a.ID)
			own(t, id, b, fault.Taken)
			own(t, id, a, "") // a write of its own that comes late changes nothing
			owner(t, id, a.ID)
			own(t, id, b, fault.Taken)
		}
	})
	t.Run("it is free when its owner was deleted without it", func(t *testing.T) {
		a, b, id := claimed(t), claimed(t), newID()
		own(t, id, a, "")
		a = save(t, s)(a.Fail(start, fault.Reason{Code: "c"}))
		if err := s.Forget(ctx, a, start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		own(t, id, b, "")
	})
	t.Run("of many that take it from one one succeeds", func(t *testing.T) { takeOver(t, s, claimed, newID()) })
}

// takeOver has posts take a tweet, that its owner does not hold any more, at once.
func takeOver(t *testing.T, s PostStore, claimed func(*testing.T) post.Post, id string) {
	ctx := context.Background()
	a := claimed(t)
	if err := s.Own(ctx, id, a); err != nil {
		t.Fatal(err)
	}
	save(t, s)(a.Complete(start, post.IDAt(start)))
	const many = 8
	won := make(chan bool, many)
	for range many {
		b := claimed(t)
		go func() {
			err := s.Own(ctx, id, b)
			if err != nil && !fault.Is(err, fault.Taken) && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
			won <- err == nil
		}()
	}
	wins := 0
	for range many {
		if <-won {
			wins++
		}
	}
	if wins != 1 {
		t.Errorf("%d posts took it, want 1", wins)
	}
}
