package xapi_test

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/xapi"
)

// simulated gives a client of a simulated X, with the token of a user and its id.
func simulated(t *testing.T) (sim *xsim.Sim, c *xapi.Client, token, user string) {
	t.Helper()
	sim = xsim.New(xsim.Config{Seed: 1})
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	pair, err := sim.Connect("ada")
	if err != nil {
		t.Fatal(err)
	}
	c = xapi.New(srv.URL)
	u, err := c.Me(t.Context(), pair.AccessToken)
	if err != nil || u.Username != "ada" {
		t.Fatalf("Me = %+v, %v", u, err)
	}
	return sim, c, pair.AccessToken, u.ID
}

// A thread comes back from the timeline as it was written, in both dialects.
func TestSimulatedThread(t *testing.T) {
	texts := []string{
		"First & foremost: 1 < 2 > 0 &amp;",
		"See https://go.dev/doc?a=1&b=2 and https://example.com/x.",
		"👩‍👩‍👧 日本語のテキスト, naïve",
	}
	for _, dialect := range []xsim.Dialect{xsim.Documented, xsim.Specified} {
		t.Run(string(dialect), func(t *testing.T) {
			sim, c, token, user := simulated(t)
			sim.Configure(func(s *xsim.Settings) { s.Dialect = dialect })
			var want []publish.TimelinePost
			parent := ""
			for _, text := range texts {
				id, err := c.Create(t.Context(), token, post.Tweet{Text: text}, parent)
				if err != nil {
					t.Fatal(err)
				}
				want = append([]publish.TimelinePost{{ID: id, Author: user, Parent: parent, Text: text}}, want...)
				parent = id
			}
			page, err := c.Timeline(t.Context(), token, user, publish.Query{Since: post.IDAt(time.Now().Add(-time.Hour))})
			if err != nil || !cmp.Equal(page.Posts, want) || page.Next != "" {
				t.Errorf("Timeline = %+v, %v\nwant %+v", page, err, want)
			}
			if s, err := c.Lookup(t.Context(), token, parent); err != nil || !cmp.Equal(s, want[0]) {
				t.Errorf("Lookup = %+v, %v", s, err)
			}
			if err := c.Delete(t.Context(), token, parent); err != nil {
				t.Errorf("Delete = %v", err)
			}
			if _, err := c.Lookup(t.Context(), token, parent); fault.Judge(err).Reason.Code != "not_found" {
				t.Errorf("Lookup of a deleted post: %v", err)
			}
		})
	}
}

// X's simulator refuses as X does; each refusal has its verdict.
func TestSimulatedRefusals(t *testing.T) {
	zero := int64(0)
	tests := map[string]struct {
		settings func(*xsim.Settings)
		text     string
		parent   string
		code     fault.ReasonCode
	}{
		"not enrolled": {func(s *xsim.Settings) { s.Enrolled = false }, "Hello", "", "app_not_enrolled"},
		"capped":       {func(s *xsim.Settings) { s.UsageCapped = true }, "Hello", "", "usage_cap"},
		"no credits":   {func(s *xsim.Settings) { s.Credits = &zero }, "Hello", "", "credits_depleted"},
		"spend cap":    {func(s *xsim.Settings) { s.SpendCap = &zero }, "Hello", "", "spend_cap"},
		"blank":        {nil, "", "", "blank_post"},
		"cashtags":     {nil, "$ABC $DEF", "", "too_many_cashtags"},
		"no parent":    {nil, "Hello", "1", "parent_not_visible"},
		"limit":        {func(s *xsim.Settings) { s.Limits[xsim.CreatePost] = xsim.Limit{User15m: 1} }, "Hello", "", "rate_limited"},
		"duplicate":    {nil, "Once", "", "duplicate_text"},
		"too long":     {nil, string(slices.Repeat([]rune{'長'}, 141)), "", "not_permitted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim, c, token, _ := simulated(t)
			if _, err := c.Create(t.Context(), token, post.Tweet{Text: "Once"}, ""); err != nil {
				t.Fatal(err)
			}
			if tt.settings != nil {
				sim.Configure(tt.settings)
			}
			_, err := c.Create(t.Context(), token, post.Tweet{Text: tt.text}, tt.parent)
			if v := fault.Judge(err); err == nil || v.Reason.Code != tt.code || v.Reason.Transaction == "" {
				t.Errorf("%v: %+v", err, v)
			}
		})
	}
	t.Run("wrong kind of token", func(t *testing.T) {
		_, c, _, _ := simulated(t)
		_, err := c.Create(t.Context(), xsim.AppOnlyToken, post.Tweet{Text: "Hello"}, "")
		if v := fault.Judge(err); v.Reason.Code != "app_misconfigured" {
			t.Errorf("%v: %+v", err, v)
		}
	})
}

func TestSimulatedPaging(t *testing.T) {
	sim, c, token, user := simulated(t)
	for i := range 101 {
		if _, err := sim.PostByHand("ada", "Number "+string(rune('A'+i)), ""); err != nil {
			t.Fatal(err)
		}
	}
	first, err := c.Timeline(t.Context(), token, user, publish.Query{})
	if err != nil || len(first.Posts) != 100 || first.Next == "" {
		t.Fatalf("first page: %d posts, next %q, %v", len(first.Posts), first.Next, err)
	}
	second, err := c.Timeline(t.Context(), token, user, publish.Query{Cursor: first.Next})
	if err != nil || len(second.Posts) != 1 || second.Next != "" {
		t.Errorf("second page: %+v, %v", second, err)
	}
}
