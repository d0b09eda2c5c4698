package httpapi_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/storetest"
)

// counted is a store that counts the records that lists read.
type counted struct {
	*storetest.Memory
	read, texts atomic.Int64
}

func (c *counted) Read(ctx context.Context, ids []string) (map[string]post.Post, error) {
	c.read.Add(int64(len(ids)))
	return c.Memory.Read(ctx, ids)
}

func (c *counted) Contents(ctx context.Context, posts []post.Post) ([]post.Content, error) {
	c.texts.Add(int64(len(posts)))
	return c.Memory.Contents(ctx, posts)
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
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: fmt.Sprint("Törtchen ", i)}}}
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

// happen has something happen to some of the posts that are scheduled.
func (w *world) happen(all []post.Post) {
	w.t.Helper()
	start := storetest.Start()
	reasons := map[int]fault.Reason{
		0: {Code: "credits_depleted", Sentence: "X refused."}, 1: fault.ReasonRateLimited.Reason(),
	}
	for i, p := range all {
		if p.Status != post.Scheduled || i%5 > 3 {
			continue
		}
		moved, err := p, error(nil)
		switch i % 5 {
		case 0, 1: // waits for a person, or by itself
			moved, err = p.Park(start, start.Add(time.Hour), post.Paused, reasons[i%5], true)
		case 2:
			if moved, err = p.Claim(p.Due, "w", time.Minute); err == nil {
				moved, err = moved.Fail(p.Due, reasons[0])
			}
		case 3:
			moved, err = p.Claim(p.Due, "w", time.Minute)
			moved.Due = start.Add(time.Minute)
		}
		if err == nil {
			all[i], err = w.store.Save(w.t.Context(), moved)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestListsShowWhatIsAskedFor(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"}, account.Account{ID: "3"})
	w.limits = unlimited()
	w.serve(w.store)
	all := w.fillWith(150, rand.New(rand.NewPCG(seed, 0)))
	w.happen(all)
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
		{"what has a time", "status=scheduled", func(p post.Post) bool { return p.Status == post.Scheduled }},
		{"earliest first", "status=scheduled,draft&order=earliest", func(p post.Post) bool { return p.Status == post.Scheduled || p.Status == post.Draft }},
		{"words", "q=T%C3%96RT+7", func(p post.Post) bool { return strings.Contains(p.Title, "7") }},
		{"words of some", "q=7&status=cancelled", func(p post.Post) bool { return strings.Contains(p.Title, "7") && p.Status == post.Cancelled }},
		{"what needs somebody", "needs_you=true", post.Post.NeedsOwner},
		{"what needs somebody, earliest first", "needs_you=true&order=earliest", post.Post.NeedsOwner},
		{"what needs somebody, of one account and status", "needs_you=true&account_id=1&status=publishing,draft", func(p post.Post) bool {
			return p.NeedsOwner() && p.AccountID == "1" && p.Status == post.Publishing
		}},
		{"what needs somebody, of a time span", "needs_you=true&" + span, func(p post.Post) bool {
			return p.NeedsOwner() && !p.ScheduledAt.Before(from) && p.ScheduledAt.Before(to)
		}},
		{"what is under way", "status=publishing", func(p post.Post) bool { return p.Status == post.Publishing }},
		{"nothing", "status=deleted,deleting", func(post.Post) bool { return false }},
	} {
		var wanted []post.Post
		for _, p := range all {
			if tc.want(p) {
				wanted = append(wanted, p)
			}
		}
		if strings.Contains(tc.query, "status=") || strings.Contains(tc.query, "needs_you") || strings.Contains(tc.query, "from=") {
			slices.SortFunc(wanted, func(a, b post.Post) int { return strings.Compare(b.MomentSortKey(), a.MomentSortKey()) })
		}
		if strings.Contains(tc.query, "earliest") {
			slices.Reverse(wanted)
		}
		want := ids(wanted)
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

// ids are those of posts.
func ids(posts []post.Post) (all []string) {
	for _, p := range posts {
		all = append(all, p.ID)
	}
	return all
}

func TestASearchReadsABoundedNumberOfTextsAndSaysHowFarItCame(t *testing.T) {
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"}, account.Account{ID: "3"})
	all := w.fillWith(1200, rand.New(rand.NewPCG(1, 1)))
	store := &counted{Memory: w.store}
	w.serve(store)
	var found []string
	for cursor, answers := "", 1; ; answers++ {
		store.texts.Store(0)
		_, out := w.do("GET", "/v1/posts?q=t%C3%B6rtchen+1150"+cursor, "")
		if n := store.texts.Load(); n > 400 {
			t.Errorf("answer %d read %d texts", answers, n)
		}
		for _, p := range out["posts"].([]any) {
			found = append(found, p.(map[string]any)["id"].(string))
		}
		next, more := out["next_cursor"].(string)
		if until, partial := out["searched_until"].(string); partial != more {
			t.Errorf("answer %d: searched until %q, and more to come: %v", answers, until, more)
		}
		if !more {
			if answers != 4 && answers != 5 {
				t.Errorf("1,200 texts took %d answers", answers)
			}
			break
		}
		if answers == 1 {
			until, err := time.Parse(time.RFC3339, out["searched_until"].(string))
			if i := slices.IndexFunc(all, func(p post.Post) bool { return !p.CreatedAt.After(until) }); err != nil || i < 250 || i > 400 {
				t.Errorf("searched until %v (%v), the creation of post %d", until, err, i)
			}
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
	if want := []string{all[1199-1150].ID}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

func TestListsReadLittleMoreThanTheyShow(t *testing.T) {
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"}, account.Account{ID: "3"})
	w.fillWith(1000, rand.New(rand.NewPCG(2, 2)))
	store := &counted{Memory: w.store}
	w.serve(store)
	soon, err := w.store.DueBy(t.Context(), storetest.Start().Add(26*time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"", "account_id=1", "status=draft", "status=draft&account_id=2", "status=cancelled,draft", "status=scheduled", "status=failed,missed,publishing,deleting", "needs_you=true",
		"status=published", "status=deleted,published",
		"from=2026-12-04T00:00:00Z&to=2026-12-04T02:00:00Z", "status=draft&q=t%C3%B6rtchen",
	} {
		store.read.Store(0)
		_, out := w.do("GET", "/v1/posts?limit=10&"+query, "")
		most := 60
		switch {
		case strings.Contains(query, "q="):
			most = 120
		case strings.Contains(query, "scheduled"), strings.Contains(query, "publishing"), query == "needs_you=true":
			most += len(soon) // of what is due soon the index does not tell what is under way
		}
		if n := int(store.read.Load()); n > most {
			t.Errorf("%q read %d records for %d posts", query, n, len(out["posts"].([]any)))
		}
	}
}

// TestListsStayTrueWhilePostsMove pages through lists while posts get other times, are
// cancelled, drafted and made, and the indexes lag behind all that at times.
func TestListsStayTrueWhilePostsMove(t *testing.T) {
	// In the worlds of the first two a post moves twice, and the index stays between the two.
	for _, seed := range []uint64{16, 24, rand.Uint64()} {
		for _, query := range []string{"", "status=scheduled", "status=scheduled,cancelled,draft&order=earliest", "from=2026-12-01T00:00:00Z&to=2026-12-20T00:00:00Z"} {
			t.Run(fmt.Sprint(seed, " ", query), func(t *testing.T) { pagesWhilePostsMove(t, rand.New(rand.NewPCG(seed, 0)), query) })
		}
	}
}

func pagesWhilePostsMove(t *testing.T, rng *rand.Rand, query string) {
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"}, account.Account{ID: "3"})
	w.limits = unlimited()
	now := storetest.Start()
	w.now = func() time.Time { return now }
	w.serve(w.store)
	all := w.fillWith(300, rng)
	before := w.listedBy(query)
	moved, seen := map[string]bool{}, map[string]int{}
	catchUp := func() {}
	for cursor := ""; ; {
		_, out := w.do("GET", "/v1/posts?limit=7&"+query+cursor, "")
		for _, p := range out["posts"].([]any) {
			seen[p.(map[string]any)["id"].(string)]++
		}
		next, more := out["next_cursor"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + url.QueryEscape(next)
		now = now.Add(time.Second)
		catchUp()
		catchUp = func() {}
		if rng.IntN(3) == 0 {
			catchUp = w.store.Lag()
		}
		for range 5 {
			p, _, err := w.store.Load(t.Context(), all[rng.IntN(len(all))].ID)
			if err != nil {
				t.Fatal(err)
			}
			if to, err := p.Schedule(now, storetest.Start().Add(time.Duration(rng.IntN(240))*time.Hour), ""); err == nil {
				moved[p.ID] = true
				if _, err := w.store.Save(t.Context(), to); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%q shows %s %d times", query, id, n)
		}
	}
	for _, id := range before {
		if !moved[id] && seen[id] == 0 {
			t.Errorf("%q leaves out %s, which did not move", query, id)
		}
	}
}

// listedBy are the posts that a list has while nothing moves.
func (w *world) listedBy(query string) []string {
	ids, _ := w.pages("limit=100&" + query)
	return ids
}

func TestAKeyForSomeAccountsFindsTheirPostsOnly(t *testing.T) {
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"}, account.Account{ID: "3"})
	w.fillWith(200, rand.New(rand.NewPCG(3, 3)))
	status, made := w.do("POST", "/v1/keys", `{"name":"k","scopes":["posts:read"],"accounts":["2"]}`)
	if status != 201 {
		t.Fatal(made)
	}
	w.key = made["key"].(string)
	for _, query := range []string{"", "status=scheduled", "status=draft", "from=2026-12-01T00:00:00Z"} {
		_, out := w.do("GET", "/v1/posts?limit=100&"+query, "")
		posts := out["posts"].([]any)
		for _, p := range posts {
			if account := p.(map[string]any)["account_id"]; account != "2" {
				t.Errorf("%q shows a post of account %v", query, account)
			}
		}
		if len(posts) == 0 {
			t.Errorf("%q finds nothing", query)
		}
	}
}

// upgrading is a store that puts posts of an older version where it finds them, in
// a few goes.
type upgrading struct {
	*storetest.Memory
	goes int
}

func (u *upgrading) Ready(context.Context, time.Time) (bool, error) {
	u.goes--
	return u.goes < 0, nil
}

func TestListsSayThatPostsOfAnOlderVersionAreStillToCome(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, query := range []string{
		"status=scheduled", "status=scheduled,draft,cancelled&order=earliest", "from=2026-11-20T00:00:00Z&limit=7", "from=2026-11-20T00:00:00Z&to=2027-01-01T00:00:00Z&order=earliest",
		"to=2027-01-01T00:00:00Z",
	} {
		w := newWorld(t)
		w.fillWith(60, rand.New(rand.NewPCG(seed, 0)))
		want, answers := w.pages(query)
		w.serve(&upgrading{Memory: w.store, goes: 3})
		if status, out := w.do("GET", "/v1/posts?"+query, ""); status != 200 || len(out["posts"].([]any)) > 0 || out["searched_until"] == nil {
			t.Errorf("%s answered %d: %v; want no posts, and how far it was searched", query, status, out)
		}
		got, more := w.pages(query)
		if diff := cmp.Diff(want, got); diff != "" || more != answers+2 {
			t.Errorf("%s has %d answers, want %d (-want +got):\n%s", query, more, answers+2, diff)
		}
		if len(want) == 0 {
			t.Errorf("%s has none", query)
		}
	}
}

func TestWhatIsNoCursorIsRefused(t *testing.T) {
	status, out := newWorld(t).do("GET", "/v1/posts?cursor=25", "")
	if status != 422 || out["field"] != "query.cursor" {
		t.Errorf("got %d %v", status, out)
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

func TestAccountsComePageByPage(t *testing.T) {
	t.Parallel()
	var accounts []account.Account
	for i := range 7 {
		accounts = append(accounts, account.Account{ID: fmt.Sprint(100 - i), Username: fmt.Sprint("user", i), Health: account.Connected})
	}
	w := newWorld(t, accounts...)
	var got []string
	for cursor, pages := "", 1; ; pages++ {
		status, out := w.do("GET", "/v1/accounts?limit=3"+cursor, "")
		if status != 200 {
			t.Fatalf("answered %d: %v", status, out)
		}
		for _, a := range out["accounts"].([]any) {
			got = append(got, a.(map[string]any)["username"].(string))
		}
		next, more := out["next_cursor"].(string)
		if !more {
			if want := []string{"user0", "user1", "user2", "user3", "user4", "user5", "user6"}; !slices.Equal(got, want) || pages != 3 {
				t.Errorf("%d pages have %v, want %v on 3", pages, got, want)
			}
			break
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
	if status, out := w.do("GET", "/v1/accounts?limit=7", ""); status != 200 || out["next_cursor"] != nil {
		t.Errorf("a page that has them all answered %d: %v", status, out)
	}
}
