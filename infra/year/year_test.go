package year

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/cli"
	"spool/shared/post"
	"spool/shared/wire"
)

var (
	posts = flag.Int("posts", 350, "how many posts are stored")
	most  = flag.Duration("most", 0, "how long one request may take; 0: however long")
)

// list is one of the API's, and which of the posts it is to show, in which order.
type list struct {
	query string
	wants func(post.Post) bool
	by    func(post.Post) string // sort keys, the greatest first
}

// lists are all kinds of lists that are asked for.
func (w *world) lists() []list {
	in := func(statuses ...post.Status) func(post.Post) bool {
		return func(p post.Post) bool { return slices.Contains(statuses, p.Status) }
	}
	month := func(p post.Post) bool { return p.ScheduledAt.Year() == 2026 && p.ScheduledAt.Month() == 12 }
	mine := func(p post.Post) bool { return p.AccountID == accountID(0) }
	said := func(word string) func(post.Post) bool {
		return func(p post.Post) bool { return strings.Contains(w.words[p.ID], word) }
	}
	all := func(of ...func(post.Post) bool) func(post.Post) bool {
		return func(p post.Post) bool {
			return !slices.ContainsFunc(of, func(wants func(post.Post) bool) bool { return !wants(p) })
		}
	}
	const december = "from=2026-12-01T00:00:00Z&to=2027-01-01T00:00:00Z"
	return []list{
		{"", all(), post.Post.SortKey},
		{"account_id=" + accountID(0), mine, post.Post.SortKey},
		{"status=draft", in(post.Draft), post.Post.MomentSortKey},
		{"status=scheduled", in(post.Scheduled), post.Post.MomentSortKey},
		{"status=scheduled&order=earliest", in(post.Scheduled), nil},
		{"status=scheduled&account_id=" + accountID(0), all(mine, in(post.Scheduled)), post.Post.MomentSortKey},
		{"status=publishing", in(post.Publishing), post.Post.MomentSortKey},
		{"status=published", in(post.Published), post.Post.MomentSortKey},
		{"status=failed,missed,publishing,deleting", in(post.Failed, post.Missed, post.Publishing), post.Post.MomentSortKey},
		{"needs_you=true", post.Post.NeedsOwner, post.Post.MomentSortKey},
		{"status=published,cancelled,deleted", in(post.Published, post.Cancelled, post.Deleted), post.Post.MomentSortKey},
		{december, month, post.Post.MomentSortKey},
		{december + "&account_id=" + accountID(0), all(mine, month), post.Post.MomentSortKey},
		{"q=zanzibar", said("Zanzibar"), post.Post.SortKey},
		{"q=zanzibar&status=draft", all(said("Zanzibar"), in(post.Draft)), post.Post.MomentSortKey},
	}
}

// want gives the ids of a list, in order.
func (w *world) want(l list) (ids []string) {
	wanted := slices.DeleteFunc(slices.Clone(w.all), func(p post.Post) bool { return !l.wants(p) })
	by := l.by
	if by == nil {
		by = post.Post.MomentSortKey
	}
	slices.SortFunc(wanted, func(a, b post.Post) int {
		if l.by == nil {
			a, b = b, a
		}
		return strings.Compare(by(b), by(a))
	})
	for _, p := range wanted {
		ids = append(ids, p.ID)
	}
	return ids
}

// cost is what an operation took.
type cost struct {
	what     string
	found    int
	requests int // to DynamoDB
	units    float64
	took     time.Duration
}

// measured tells what something costs.
func (w *world) measured(what string, do func() (found int)) cost {
	w.meter.Reset()
	began := time.Now()
	c := cost{what: what, found: do(), took: time.Since(began)}
	for _, n := range w.meter.Snapshot().Totals {
		c.requests, c.units = c.requests+n.Requests, c.units+n.ReadUnits+n.IndexReadUnits
	}
	return c
}

// get asks the API.
func (w *world) get(path string, into any) {
	w.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+key)
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	if rec.Code != 200 {
		w.Fatalf("%s answered %d: %s", path, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		w.Fatal(err)
	}
}

// read reads a list to its end, and gives the costs of its first page and of the one
// that took longest.
func (w *world) read(l list) (ids []string, first, slowest cost) {
	w.Helper()
	path := "/v1/posts?limit=100"
	if l.query != "" {
		path += "&" + l.query
	}
	for cursor := ""; ; {
		var page wire.PostList
		c := w.measured("GET "+path, func() int {
			w.get(path+cursor, &page)
			return len(page.Posts)
		})
		if cursor == "" {
			first, slowest = c, c
		}
		if c.took > slowest.took {
			slowest = c
		}
		for _, p := range page.Posts {
			ids = append(ids, p.ID)
		}
		if page.NextCursor == "" {
			return ids, first, slowest
		}
		cursor = "&cursor=" + page.NextCursor
	}
}

// command runs the command line against the API.
func (w *world) command(server *httptest.Server, args ...string) cost {
	w.Helper()
	return w.measured("spool "+strings.Join(args, " "), func() int {
		var out, errs bytes.Buffer
		status := cli.Run(w.Context(), args, cli.Stdio{
			In: strings.NewReader(""), Out: &out, Err: &errs, Now: func() time.Time { return now }, Zone: time.UTC,
			Env: func(name string) string {
				return map[string]string{"SPOOL_API": server.URL, "SPOOL_KEY": key}[name]
			},
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		})
		if status != cli.StatusOK {
			w.Errorf("%v ended with %d: %s", args, status, &errs)
		}
		return strings.Count(out.String(), "\n")
	})
}

func TestAYearOfPosts(t *testing.T) {
	t.Parallel()
	for _, accounts := range []int{1, 50} {
		t.Run(fmt.Sprintf("of %d accounts", accounts), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, *posts, accounts)
			var costs []cost
			for _, l := range w.lists() {
				ids, first, slowest := w.read(l)
				costs = append(costs, first)
				if slowest.took > first.took {
					slowest.what = "  its slowest page"
					costs = append(costs, slowest)
				}
				if diff := cmp.Diff(w.want(l), ids); diff != "" {
					t.Errorf("%q differs (-want +got):\n%s", l.query, diff)
				}
			}
			for _, path := range []string{"/v1/accounts", "/v1/price?month=2026-12", "/v1/budget"} {
				costs = append(costs, w.measured("GET "+path, func() int { w.get(path, new(any)); return 1 }))
			}
			for _, c := range costs {
				if *most > 0 && c.took > *most {
					t.Errorf("%s took %v, more than %v", c.what, c.took, *most)
				}
			}
			server := httptest.NewServer(w.api)
			defer server.Close()
			for _, args := range [][]string{
				{"list"}, {"list", "-n", "0"}, {"list", "--status", "failed,missed"}, {"list", "--search", "zanzibar"},
				{"calendar"}, {"failures"}, {"accounts"}, {"show", w.all[0].ID},
			} {
				costs = append(costs, w.command(server, args...))
			}
			t.Logf("%d posts of %d accounts\n%s", *posts, accounts, table(costs))
		})
	}
}

// table shows costs in Markdown.
func table(costs []cost) string {
	var b strings.Builder
	tabs := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintln(tabs, "| operation\t| found\t| requests\t| read units\t| ms\t|")
	fmt.Fprintln(tabs, "|---\t|---\t|---\t|---\t|---\t|")
	for _, c := range costs {
		fmt.Fprintf(tabs, "| %s\t| %d\t| %d\t| %.1f\t| %.0f\t|\n", c.what, c.found, c.requests, c.units, float64(c.took.Microseconds())/1000)
	}
	tabs.Flush()
	return b.String()
}
