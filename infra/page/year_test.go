package page_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"

	"spool/infra/stack"
	"spool/infra/year"
	"spool/shared/dynamo"
	"spool/shared/post"
)

var yearOfPosts = flag.Int("posts", 300, "how many posts TestAYearOfPosts shows")

// fill stores as many posts of the first account as a year of use leaves behind.
func (r *rig) fill(n int, now time.Time) {
	r.t.Helper()
	accounts, err := r.owner.Client().ListAccounts(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	store := dynamo.NewPosts(stack.Client(r.DynamoDB()), r.Model.Table("PostsTable").Name)
	g, ctx := errgroup.WithContext(r.t.Context())
	g.SetLimit(8)
	for i := range n {
		p, c := year.Post(i, n, accounts.Accounts[0].ID, now)
		if p.Status == post.Publishing {
			p.Due = p.Due.Add(time.Hour) // so that no worker takes it up meanwhile
		}
		g.Go(func() error {
			_, err := store.Create(ctx, p, c)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		r.t.Fatal(err)
	}
	for _, at := range []time.Time{now.AddDate(0, 0, -1), now} { // no posts of older versions are left
		for range 1 + n/100 {
			if _, err := store.Ready(r.t.Context(), at); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// TestAYearOfPosts looks at the views that list posts where very many are stored. What they ask for and show is
// bounded: go test ./infra/page -run TestAYearOfPosts -v -args -posts 10000 shows how long each takes.
func TestAYearOfPosts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	now := time.Now()
	began := now
	r.fill(*yearOfPosts, now)
	t.Logf("%d posts were stored within %v", *yearOfPosts, time.Since(began).Round(time.Second))
	for i := range 7 { // on one day
		at := now.AddDate(0, 0, 15).Truncate(24 * time.Hour).Add(time.Duration(10+i) * time.Hour)
		if _, err := r.owner.Schedule(t.Context(), []string{fmt.Sprintf("The day's number %d.", i)}, at); err != nil {
			t.Fatal(err)
		}
	}
	r.signIn()
	r.do(view("compose"))
	for _, tc := range []struct {
		name, view, hash string
		requests         int // at most
		rows             int
	}{
		{"queue", "queue", "#/queue", 10, 250},
		{"month", "calendar", "#/calendar/month/" + now.AddDate(0, 0, 15).Format(time.DateOnly), 45, 200},
		{"week", "calendar", "#/calendar/week/" + now.AddDate(0, 0, 15).Format(time.DateOnly), 10, 750},
		{"past-month", "calendar", "#/calendar/month/" + now.AddDate(0, -3, 0).Format(time.DateOnly), 45, 200},
	} {
		r.do(chromedp.Navigate("about:blank"))
		before, start := len(r.asked()), time.Now()
		r.do(r.visit(tc.hash), view(tc.view))
		took := time.Since(start)
		rows := value(r, chromedp.Evaluate[int](`document.querySelectorAll("li.row, li.item").length`))
		nodes := value(r, chromedp.Evaluate[int](`document.querySelectorAll("*").length`))
		height := value(r, chromedp.Evaluate[int](`document.documentElement.scrollHeight`))
		asked := len(slices.DeleteFunc(r.asked()[before:], func(address string) bool {
			return !strings.HasPrefix(address, r.page+"/v1/")
		}))
		t.Logf("%s: %v, %d requests, %d posts shown, %d elements, %d pixels high",
			tc.name, took.Round(time.Millisecond), asked, rows, nodes, height)
		if asked > tc.requests || rows > tc.rows {
			t.Errorf("%s: %d requests, %d posts shown; want at most %d, %d", tc.name, asked, rows, tc.requests, tc.rows)
		}
		r.keep("year-" + tc.name)
	}
	// What is not shown at first comes at a press, by keyboard too.
	busy := "#/calendar/month/" + now.AddDate(0, 0, 15).Format(time.DateOnly)
	r.do(r.visit(busy), view("calendar"))
	more := value(r, chromedp.Evaluate[string](`document.querySelector("[id^=more-]").id`))
	count := `document.querySelectorAll("td[data-day='` + more[len("more-"):] + `'] li.item").length`
	before := value(r, chromedp.Evaluate[int](count))
	r.do(chromedp.Focus(chromedp.CSS("#"+more)), chromedp.KeyEvent("\r"), gone("#"+more))
	if after := value(r, chromedp.Evaluate[int](count)); after <= before {
		t.Errorf("the day shows %d posts, and %d after all were asked for", before, after)
	}
}
