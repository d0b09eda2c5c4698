package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/sim/owner"
	"spool/infra/xsim"
)

// TestAKilledDeletionEndsWithNothingLeftAndNothingLost deletes a thread from X
// while another stands beside it and somebody has replied, and kills the worker in
// the middle. Then it deletes the record, and publishes a duplicate.
func TestAKilledDeletionEndsWithNothingLeftAndNothingLost(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	stays, goes := thread("stays", 2), thread("goes", 6)
	kept := s.published(t, stays, time.Time{})
	p := s.published(t, goes, time.Time{})
	if _, err := s.Simulator.PostByHand("ada", "by hand", p.PlatformPostIDs[5]); err != nil {
		t.Fatal(err)
	}
	// X is slow, so that the kill meets a request under way.
	slow := xsim.Fault{Method: http.MethodDelete, Path: "/2/tweets/*", Count: -1, Delay: 300 * time.Millisecond}
	if _, err := s.Simulator.Fault(slow); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	api := s.owner.Client()
	if _, err := api.UnpublishPost(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.owner.Watch(ctx, p.ID, func(owner.Post) {}, func(p owner.Post) bool { return deleted(p) >= 2 }); err != nil {
		t.Fatal(err)
	}
	if n := s.kill(t, "PublishFunction"); n == 0 {
		t.Fatal("no process of publish was busy")
	}
	p, err := s.owner.Watch(ctx, p.ID, func(owner.Post) {}, owner.Post.Final)
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != "deleted" || deleted(p) != len(goes) {
		t.Fatalf("the post ended as %s with %d tweets deleted: %+v", p.Status, deleted(p), p.FailReason)
	}
	s.left(t, stays, []string{"by hand"})
	s.onX(t, kept, stays)

	d, err := api.DuplicatePost(ctx, p.ID, "once more")
	if err != nil {
		t.Fatal(err)
	}
	if err := api.DeletePost(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = api.GetPost(ctx, p.ID)
	if problem, ok := errors.AsType[*owner.Problem](err); !ok || problem.Code != "gone" {
		t.Errorf("reading the deleted post: got %v, want gone", err)
	}
	if d.Status != "draft" || d.TweetCount != len(goes) {
		t.Errorf("duplicated as %+v", d)
	}
	if _, err := api.PublishPost(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	s.finished(t, d.ID)
	s.left(t, stays, []string{"by hand"}, goes)
	if all, _ := s.Simulator.Timeline("ada"); len(all) != len(stays)+2*len(goes)+1 {
		t.Errorf("%d tweets were ever posted, want %d", len(all), len(stays)+2*len(goes)+1)
	}
}

// deleted counts the tweets that the record calls deleted.
func deleted(p owner.Post) (n int) {
	for _, tw := range p.Tweets {
		if tw.Status == "deleted" {
			n++
		}
	}
	return n
}

// left checks which texts are on the timeline still, in order.
func (s *system) left(t *testing.T, want ...[]string) {
	t.Helper()
	all, err := s.Simulator.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, p := range all {
		if !p.Deleted {
			texts = append(texts, p.Text)
		}
	}
	if diff := cmp.Diff(slices.Concat(want...), texts); diff != "" {
		t.Errorf("the timeline differs (-want +got):\n%s", diff)
	}
}
