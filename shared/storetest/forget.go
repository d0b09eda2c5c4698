package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// forget holds a store to what deleting a post means.
func forget(t *testing.T, s PostStore, shards int) {
	ctx := context.Background()
	account, until := "forget"+post.NewID(), start.Add(2000*time.Hour)
	p, c := forgettable(t, s, account)
	if err := s.Forget(ctx, p, until); err != nil {
		t.Fatal(err)
	}
	if was, _, err := s.Load(ctx, p.ID); !fault.Is(err, fault.Gone) || was.ID != p.ID || was.AccountID != account {
		t.Errorf("reading it: got %v of %q, want gone, and whose it was", err, was.AccountID)
	}
	if _, err := s.Save(ctx, p); !fault.Is(err, fault.Conflict) {
		t.Errorf("a worker that still has it saves: got %v, want conflict", err)
	}
	p.Rev = 0
	if _, err := s.Create(ctx, p, c); !fault.Is(err, fault.Conflict) {
		t.Errorf("making it anew: got %v, want conflict", err)
	}
	if listed, err := s.List(ctx, account, "", 10); err != nil || len(listed) != 0 {
		t.Errorf("its account's list has %d, %v", len(listed), err)
	}
	for shard := range shards {
		if due, _, err := s.Due(ctx, shard, start.Add(10000*time.Hour), 1000); err != nil || slices.Contains(due, p.ID) {
			t.Errorf("it is due: %v", err)
		}
	}
	if err := s.Forget(ctx, post.Post{ID: p.ID}, until); err != nil {
		t.Errorf("deleting it again: %v", err)
	}
	for version := range 2 {
		p.Content = version + 1
		if texts, err := s.Contents(ctx, []post.Post{p}); err != nil || len(texts) != 1 || len(texts[0].Tweets) != 0 {
			t.Errorf("its texts of version %d are %v, %v", p.Content, texts, err)
		}
	}

	t.Run("unless it changed meanwhile", func(t *testing.T) {
		p, _ := forgettable(t, s, account)
		if _, err := s.Save(ctx, p); err != nil {
			t.Fatal(err)
		}
		if err := s.Forget(ctx, p, until); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v, want conflict", err)
		}
		if _, c, err := s.Load(ctx, p.ID); err != nil || len(c.Tweets) == 0 {
			t.Errorf("afterwards it has %d tweets, %v", len(c.Tweets), err)
		}
	})
}

// begins holds a store to keep that a deletion from X was asked for.
func begins(t *testing.T, s PostStore) {
	p, _ := forgettable(t, s, "1")
	p.Removal = &post.Removal{}
	if _, err := s.Save(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	if got, _, err := s.Load(context.Background(), p.ID); err != nil || got.Removal == nil || got.Removal.Gone != 0 {
		t.Errorf("got the removal %+v, %v", got.Removal, err)
	}
}

// forgettable makes a post that was edited once.
func forgettable(t *testing.T, s PostStore, account string) (post.Post, post.Content) {
	t.Helper()
	ctx := context.Background()
	c := thread(2)
	p, err := s.Create(ctx, post.New(start, account, c, start.Add(5000*time.Hour), "UTC"), c)
	if err != nil {
		t.Fatal(err)
	}
	edited := thread(3)
	edited.Version = 2
	if err := s.PutContent(ctx, p, edited); err != nil {
		t.Fatal(err)
	}
	if p, err = p.Edit(start, c, edited); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	return p, c
}
