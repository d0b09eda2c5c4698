package storetest_test

import (
	"slices"
	"testing"

	"spool/shared/post"
	"spool/shared/storetest"
)

func TestTheFullRecordsAreFull(t *testing.T) {
	for _, record := range []any{
		storetest.FullPost(), storetest.FullContent(), storetest.FullFile(), storetest.FullUpload(), storetest.FullAccount(), storetest.FullPause(),
		storetest.FullApp(), storetest.FullFlow(), storetest.FullKey(), storetest.FullSession(), storetest.FullIdempotencyRecord(),
		storetest.FullReport(),
	} {
		if missing := storetest.Unset(record); len(missing) > 0 {
			t.Errorf("not set: %v", missing)
		}
	}
}

func TestUnset(t *testing.T) {
	p, c := storetest.FullPost(), storetest.FullContent()
	p.Zone, p.Attempt.Duplicate, p.Lease.Term, p.Published = "", false, 0, nil
	if got, want := storetest.Unset(p), []string{"post.Post.Zone", "post.Post.Published", "post.Post.Attempt.Duplicate", "post.Post.Lease.Term"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Tweets[0].Media[0].AltText = ""
	c.Tweets = c.Tweets[:1]
	if got, want := storetest.Unset(c), []string{"post.Content.Tweets[0].Media[0].AltText"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := storetest.Unset(post.Receipt{ID: "1"}), []string{"post.Receipt.AttemptedAt", "post.Receipt.PostedAt", "post.Receipt.ByPerson"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
