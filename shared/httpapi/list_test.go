package httpapi_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/post"
	"spool/shared/storetest"
	"spool/shared/vault"
)

// counted is a store that counts the records that lists read. The first page of a
// list lacks a post when some were deleted just now.
type counted struct {
	*storetest.Memory
	read  atomic.Int64
	short bool
}

func (c *counted) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	posts, err := c.Memory.List(ctx, accountID, before, limit)
	c.read.Add(int64(len(posts)))
	if c.short && len(posts) > 1 {
		posts = slices.Delete(slices.Clone(posts), 0, 1)
	}
	return posts, err
}

// fillWith stores posts of three accounts, a minute apart, each scheduled for some
// hour of the ten days after; every tenth is a draft, every seventh is cancelled.
func (w *world) fillWith(n int, rng *rand.Rand) (all []post.Post) {
	w.t.Helper()
	for i := range n {
		made := storetest.Start().Add(time.Duration(i) * time.Minute)
		at := storetest.Start().Add(time.Duration(rng.IntN(240)) * time.Hour)
		if i%10 == 0 {
			at = time.Time{}
		}
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: fmt.Sprint(i)}}}
		p := post.New(made, fmt.Sprint(1+rng.IntN(3)), c, at, "")
		if i%7 == 1 && i%10 != 0 {
			var err error
			if p, err = p.Cancel(made); err != nil {
				w.t.Fatal(err)
			}
		}
		p, err := w.store.Create(w.t.Context(), p, c)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, p)
	}
	slices.Reverse(all)
	return all
}

// pages reads a list to its end, and gives the ids and how many answers it took.
func (w *world) pages(query string) (ids []string, answers int) {
	w.t.Helper()
	for cursor := ""; ; {
		status, out := w.do("GET", "/v1/posts?"+query+cursor, "")
		if status != 200 {
			w.t.Fatalf("answered %d: %v", status, out)
		}
		for _, p := range out["posts"].([]any) {
			ids = append(ids, p.(map[string]any)["id"].(string))
		}
		answers++
		next, more := out["next_cursor"].(string)
		if !more {
			return ids, answers
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
}

func TestListsShowWhatIsAskedFor(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	w := newWorld(t, vault.Account{ID: "1"}, vault.Account{ID: "2"}, vault.Account{ID: "3"})
	w.limits = unlimited()
	w.serve(w.store)
	all := w.fillWith(150, rand.New(rand.NewPCG(seed, 0)))
	from, to := storetest.Start().Add(48*time.Hour), storetest.Start().Add(96*time.Hour)
	span := "from=" + url.QueryEscape(from.Format(time.RFC3339Nano)) + "&to=" + url.QueryEscape(to.In(time.FixedZone("", 3600)).Format(time.RFC3339Nano))
	for _, tc := range []struct {
		name, query string
		want        func(post.Post) bool
	}{
		{"everything", "", func(post.Post) bool { return true }},
		{"one status", "status=draft", func(p post.Post) bool { return p.Status == post.Draft }},
		{"several, with commas", "status=draft,cancelled", func(p post.Post) bool { return p.Status == post.Draft || p.Status == post.Cancelled }},
		{"several, repeated", "status=draft&status=cancelled", func(p post.Post) bool { return p.Status == post.Draft || p.Status == post.Cancelled }},
		{"one account", "account_id=2", func(p post.Post) bool { return p.AccountID == "2" }},
		{"a time span, its end excluded", span, func(p post.Post) bool { return !p.ScheduledAt.Before(from) && p.ScheduledAt.Before(to) }},
		{"all of it at once", span + "&status=scheduled&account_id=3", func(p post.Post) bool {
			return !p.ScheduledAt.Before(from) && p.ScheduledAt.Before(to) && p.Status == post.Scheduled && p.AccountID == "3"
		}},
		{"nothing", "status=failed,missed", func(post.Post) bool { return false }},
	} {
		var want []string
		for _, p := range all {
			if tc.want(p) {
				want = append(want, p.ID)
			}
		}
		for _, limit := range []int{3, 100} {
			t.Run(fmt.Sprintf("%s, %d at a time", tc.name, limit), func(t *testing.T) {
				got, _ := w.pages(fmt.Sprintf("limit=%d&%s", limit, tc.query))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the list differs (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestOneListRequestReadsAtMost500Records(t *testing.T) {
	w := newWorld(t, vault.Account{ID: "1"}, vault.Account{ID: "2"}, vault.Account{ID: "3"})
	all := w.fillWith(1200, rand.New(rand.NewPCG(1, 1)))
	store := &counted{Memory: w.store}
	w.serve(store)
	rare := all[len(all)-2] // near the end of the list
	rare, err := rare.Schedule(rare.CreatedAt, storetest.Start().Add(9000*time.Hour), "UTC")
	if err != nil {
		rare, err = rare.Retry(rare.CreatedAt)
		if err == nil {
			rare, err = rare.Schedule(rare.CreatedAt, storetest.Start().Add(9000*time.Hour), "UTC")
		}
	}
	if err == nil {
		_, err = w.store.Save(t.Context(), rare)
	}
	if err != nil {
		t.Fatal(err)
	}
	query := "from=" + url.QueryEscape(storetest.Start().Add(8999*time.Hour).Format(time.RFC3339))
	var ids []string
	for cursor, answers := "", 1; ; answers++ {
		store.read.Store(0)
		_, out := w.do("GET", "/v1/posts?"+query+cursor, "")
		if n := store.read.Load(); n > 500 {
			t.Errorf("answer %d read %d records", answers, n)
		}
		for _, p := range out["posts"].([]any) {
			ids = append(ids, p.(map[string]any)["id"].(string))
		}
		next, more := out["next_cursor"].(string)
		if !more {
			if answers < 3 || answers > 4 {
				t.Errorf("1,200 records took %d answers", answers)
			}
			break
		}
		if answers == 1 && len(ids) > 0 {
			t.Errorf("the first answer has %v", ids)
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
	if !slices.Equal(ids, []string{rare.ID}) {
		t.Errorf("found %v, want %s", ids, rare.ID)
	}
}

func TestAListWithoutFiltersReadsLittleMoreThanItShows(t *testing.T) {
	w := newWorld(t)
	w.fillWith(300, rand.New(rand.NewPCG(2, 2)))
	store := &counted{Memory: w.store}
	w.serve(store)
	w.do("GET", "/v1/posts?limit=10&account_id=1", "")
	if n := store.read.Load(); n > 12 {
		t.Errorf("it read %d records for 10 posts", n)
	}
}

func TestAShortPageIsNotTheEnd(t *testing.T) {
	w := newWorld(t)
	all := w.fillWith(120, rand.New(rand.NewPCG(3, 3)))
	store := &counted{Memory: w.store, short: true}
	w.serve(store)
	ids, _ := w.pages("account_id=1&limit=100")
	if len(ids) == 0 {
		t.Fatal("the list is empty")
	}
	if last := slices.IndexFunc(all, func(p post.Post) bool { return p.ID == ids[len(ids)-1] }); last < 110 {
		t.Errorf("the list ends at number %d of 120", last)
	}
}

func TestAnEmptyTimeSpanIsRefused(t *testing.T) {
	status, out := newWorld(t).do("GET", "/v1/posts?from=2026-12-02T00:00:00Z&to=2026-12-02T00:00:00Z", "")
	if status != 422 || out["field"] != "query.to" {
		t.Errorf("got %d %v", status, out)
	}
}

func TestAParameterThatTakesOneValueRefusesTwo(t *testing.T) {
	status, out := newWorld(t).do("GET", "/v1/posts?limit=1&limit=2", "")
	if status != 422 || out["field"] != "query.limit" {
		t.Errorf("got %d %v", status, out)
	}
}
