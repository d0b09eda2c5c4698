package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/post"
)

// finds holds a store to what its posts are found by.
func finds(t *testing.T, s PostStore) {
	t.Run("each on the shelf of its status, by its moment", func(t *testing.T) { shelves(t, s) })
	t.Run("by when something is due", func(t *testing.T) { dueBy(t, s) })
	t.Run("more of them than a batch of DynamoDB's, and their texts", func(t *testing.T) { longList(t, s) })
}

// walk reads a span to its end, page by page.
func walk(t *testing.T, span post.Span, page func(post.Span) ([]post.Entry, string, error)) (ids []string) {
	t.Helper()
	for {
		entries, next, err := page(span)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > span.Limit {
			t.Fatalf("a page of %d has %d entries", span.Limit, len(entries))
		}
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		if next == "" {
			return ids
		}
		span = span.Beyond(next)
	}
}

// shelves holds a store to its pages of shelves and of what was made, in both orders,
// with and without bounds.
func shelves(t *testing.T, s PostStore) {
	ctx := context.Background()
	mine, other := "mine"+post.NewID(), "other"+post.NewID()
	base := start.AddDate(1, 0, 0)
	var timeline, made []string
	for i := range 7 {
		for _, account := range []string{mine, other} {
			c := thread(1)
			p, err := s.Create(ctx,
				post.New(start.Add(time.Duration(i)*time.Minute), account, c, base.Add(time.Duration(10-i)*time.Hour), ""), c)
			if err != nil {
				t.Fatal(err)
			}
			if i == 3 {
				p.Status = post.Published // which does not move it to another shelf
			}
			if p, err = s.Save(ctx, p); err != nil {
				t.Fatal(err)
			}
			if account == other {
				continue
			}
			made = append(made, p.ID)
			if i == 5 {
				if p, err = p.Cancel(start); err == nil {
					_, err = s.Save(ctx, p)
				}
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			timeline = append([]string{p.ID}, timeline...) // made later, due earlier
		}
	}
	for _, limit := range []int{1, 2, 100} {
		for _, ascending := range []bool{true, false} {
			want := struct{ timeline, some, made []string }{
				slices.Clone(timeline), slices.Clone(timeline[1:4]), slices.Clone(made),
			}
			if !ascending {
				slices.Reverse(want.timeline)
				slices.Reverse(want.some)
				slices.Reverse(want.made)
			}
			span := post.Span{Ascending: ascending, Accounts: []string{mine, "nobody"}, Limit: limit}
			shelf := func(of post.Shelf) func(post.Span) ([]post.Entry, string, error) {
				return func(span post.Span) ([]post.Entry, string, error) { return s.Shelf(ctx, of, span) }
			}
			if diff := cmp.Diff(want.timeline, walk(t, span, shelf(post.Timeline))); diff != "" {
				t.Errorf("limit %d, ascending %v: the timeline differs (-want +got):\n%s", limit, ascending, diff)
			}
			if got := walk(t, span, shelf(post.Cancelled.Shelf())); !slices.Equal(got, []string{made[5]}) {
				t.Errorf("cancelled are %v", got)
			}
			bounded := span
			bounded.From, bounded.To = post.SortKeyAt(base.Add(6*time.Hour)), post.SortKeyAt(base.Add(9*time.Hour))
			if diff := cmp.Diff(want.some, walk(t, bounded, shelf(post.Timeline))); diff != "" {
				t.Errorf("limit %d, ascending %v: a part of the timeline differs (-want +got):\n%s", limit, ascending, diff)
			}
			got := walk(t, span, func(span post.Span) ([]post.Entry, string, error) { return s.Made(ctx, mine, span) })
			if diff := cmp.Diff(want.made, got); diff != "" {
				t.Errorf("limit %d, ascending %v: what was made differs (-want +got):\n%s", limit, ascending, diff)
			}
		}
	}
	empty := post.Span{From: post.SortKeyAt(base), To: post.SortKeyAt(base), Limit: 3}
	if entries, next, err := s.Shelf(ctx, post.Timeline, empty); err != nil || len(entries) > 0 || next != "" {
		t.Errorf("an empty span has %v, %q, %v", entries, next, err)
	}
	records, err := s.Read(ctx, append([]string{"NOBODY"}, made...))
	if err != nil || len(records) != len(made) || records[made[2]].ID != made[2] {
		t.Errorf("read %d records, %v; want %d", len(records), err, len(made))
	}
}

// dueBy holds a store to finding what is due on all of its index's partitions.
func dueBy(t *testing.T, s PostStore) {
	ctx := context.Background()
	now := start.AddDate(-1, 0, 0)
	var made, want []string
	for i := range 40 {
		c := thread(1)
		p, err := s.Create(ctx, post.New(now, "due", c, now.Add(time.Duration(i)*time.Hour), ""), c)
		if err != nil {
			t.Fatal(err)
		}
		if made = append(made, p.ID); i <= 30 {
			want = append(want, p.ID)
		}
	}
	ids, err := s.DueBy(ctx, now.Add(30*time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(made, id) }) // other tests' posts
	slices.Sort(ids)
	slices.Sort(want)
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("what is due differs (-want +got):\n%s", diff)
	}
	if ids, err = s.DueBy(ctx, now.Add(30*time.Hour), 5); err != nil || len(ids) != 5 {
		t.Errorf("of a limit of 5 there are %d, %v", len(ids), err)
	}
}
