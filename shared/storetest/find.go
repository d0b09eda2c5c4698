package storetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"spool/shared/post"
)

// pageMost is how many entries of an index the memory gives at once: DynamoDB ends
// a page after 1 MB.
const pageMost = 7000

// Lag has the indexes show posts as they are now, whatever becomes of them, until
// the returned function is called: DynamoDB's indexes follow the records a little
// later.
func (m *Memory) Lag() (catchUp func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lagging = maps.Clone(m.posts)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.lagging = nil
	}
}

// indexed gives what the indexes know of the posts.
func (m *Memory) indexed() map[string]post.Post {
	if m.lagging != nil {
		return m.lagging
	}
	return m.posts
}

// List gives an account's posts, newest first, as they are now, in the order of an
// index.
func (m *Memory) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	var posts []post.Post
	for next := before; ; {
		entries, further, err := m.Made(ctx, accountID, post.Span{To: next, Limit: limit - len(posts)})
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		for _, e := range entries {
			if p, ok := m.posts[e.ID]; ok {
				posts = append(posts, p)
			}
		}
		m.mu.Unlock()
		if next = further; next == "" || len(posts) == limit {
			return posts, nil
		}
	}
}

// Ready reports that all posts are found.
func (m *Memory) Ready(context.Context, time.Time) (bool, error) { return true, nil }

// Made gives an account's posts by when they were made.
func (m *Memory) Made(_ context.Context, accountID string, span post.Span) ([]post.Entry, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []post.Entry
	for _, p := range m.indexed() {
		if p.AccountID == accountID {
			all = append(all, post.Entry{ID: p.ID, AccountID: p.AccountID, SortKey: p.SortKey()})
		}
	}
	span.Accounts = nil
	return pageOf(all, span)
}

// Shelf gives the posts of a shelf by their moments.
func (m *Memory) Shelf(_ context.Context, shelf post.Shelf, span post.Span) ([]post.Entry, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []post.Entry
	for _, p := range m.indexed() {
		if p.Status.Shelf() == shelf {
			all = append(all, post.Entry{ID: p.ID, AccountID: p.AccountID, SortKey: p.MomentSortKey()})
		}
	}
	return pageOf(all, span)
}

// pageOf gives a page of an index. As with DynamoDB, the limit counts what is looked
// at, also where it is another account's, and a page that ends with its span's last
// entry does not know that.
func pageOf(all []post.Entry, span post.Span) (page []post.Entry, next string, err error) {
	all = slices.DeleteFunc(all, func(e post.Entry) bool { return !span.Holds(e.SortKey) })
	slices.SortFunc(all, func(a, b post.Entry) int {
		if span.Ascending {
			a, b = b, a
		}
		return strings.Compare(b.SortKey, a.SortKey)
	})
	if n := min(span.Limit, pageMost); len(all) >= n {
		all = all[:n]
		next = all[n-1].SortKey
	}
	if len(span.Accounts) > 0 {
		all = slices.DeleteFunc(all, func(e post.Entry) bool { return !slices.Contains(span.Accounts, e.AccountID) })
	}
	return all, next, nil
}

// DueBy gives the posts for which something is due until a time.
func (m *Memory) DueBy(ctx context.Context, until time.Time, limit int) ([]string, error) {
	ids, _, err := m.Due(ctx, 0, until, limit)
	return ids, err
}

// Read gives the posts that there are.
func (m *Memory) Read(_ context.Context, ids []string) (map[string]post.Post, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	posts := map[string]post.Post{}
	for _, id := range ids {
		if p, ok := m.posts[id]; ok {
			posts[id] = p
		}
	}
	return posts, nil
}
