// Package storetest holds what the stores are tested by: an in-memory store for
// fast tests, and the suites that it and DynamoDB are both held to. A fake that
// is not held to the suite lies.
package storetest

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/health"
	"spool/shared/idempotency"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/vault"
)

// Memory keeps everything that Spool stores. It is safe for concurrent use.
type Memory struct {
	Now func() time.Time

	mu                 sync.Mutex
	posts              map[string]post.Post
	contents           map[string]map[int]post.Content
	deleted            map[string]string             // accounts by the ids of posts
	openings           map[[2]string]map[string]bool // ids of posts, by account and opening
	owners             map[string]owner              // by X's ids
	lagging            map[string]post.Post          // what the indexes show instead of posts, while they lag
	accounts           map[string]account.Account
	pauses             map[string]account.Pause // the app's under the empty id
	app                account.SealedApp
	budgets            account.Budgets
	flows              map[string]connect.Flow
	keys               map[string]access.Key
	sessions           map[[2]string]access.Session // by key and hash
	idempotencyRecords map[string]idempotency.Record
	channels           map[string]notify.Channel
	deliveries         map[[2]string]notify.Delivery // by channel and id
	files              map[string]post.File
	uploads            map[[2]string]publish.Upload // by account and digest
	reports            map[string]health.Report     // by function
}

var (
	_ publish.Posts    = (*Memory)(nil)
	_ account.Store    = (*Memory)(nil)
	_ account.Registry = (*Memory)(nil)
	_ connect.Apps     = (*Memory)(nil)
	_ connect.Flows    = (*Memory)(nil)
	_ vault.Schedule   = (*Memory)(nil)
)

// NewMemory makes an empty store.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		Now: now, posts: map[string]post.Post{}, contents: map[string]map[int]post.Content{}, deleted: map[string]string{},
		openings: map[[2]string]map[string]bool{}, owners: map[string]owner{},
		accounts: map[string]account.Account{}, pauses: map[string]account.Pause{}, flows: map[string]connect.Flow{},
		sessions: map[[2]string]access.Session{},
		channels: map[string]notify.Channel{}, deliveries: map[[2]string]notify.Delivery{},
		files: map[string]post.File{}, uploads: map[[2]string]publish.Upload{}, reports: map[string]health.Report{},
	}
}

// conflict is the error of a write that came second.
func conflict() error { return fault.New(fault.Conflict, "This changed at the same moment.") }

// swap is the rule of all conditional writes: next replaces what it was made of,
// and its writer knows its own write again. Of gives a record's revision and writer.
func swap[T any](all map[string]T, id string, next T, of func(*T) (rev *int64, writer *string)) (T, error) {
	stored := all[id]
	was, by := of(&stored)
	rev, writer := of(&next)
	if *was == *rev+1 && *by == *writer && *writer != "" {
		return stored, nil
	}
	if *was != *rev {
		return next, conflict()
	}
	if err := fits(next); err != nil {
		return next, err
	}
	*rev++
	all[id] = next
	return next, nil
}

// Create stores a new post and its content.
func (m *Memory) Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error) {
	if err := m.PutContent(ctx, p, c); err != nil {
		return p, err
	}
	return m.Save(ctx, p)
}

// PutContent stores a version of a post's content, and what it begins with.
func (m *Memory) PutContent(ctx context.Context, p post.Post, c post.Content) error {
	if err := c.Fits(); err != nil {
		return err
	}
	if err := m.Register(ctx, p, c); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.contents[p.ID] == nil {
		m.contents[p.ID] = map[int]post.Content{}
	}
	stored, ok := m.contents[p.ID][c.Version]
	if err := fits(c.Notes); err != nil {
		return err
	}
	switch {
	case !ok:
		m.contents[p.ID][c.Version] = c
	case !slices.EqualFunc(stored.Tweets, c.Tweets, post.Tweet.Equal):
		return conflict()
	}
	return nil
}

// Load implements [publish.Posts].
func (m *Memory) Load(_ context.Context, id string) (post.Post, post.Content, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.posts[id]
	account, gone := m.deleted[id]
	switch {
	case gone:
		return post.Post{ID: id, AccountID: account}, post.Content{}, fault.New(fault.Gone, "The post %q was deleted.", id).
			Todo("Create a new post.")
	case !ok:
		return p, post.Content{}, fault.New(fault.NotFound, "There is no post %q.", id)
	}
	return p, m.contents[id][p.Content], nil
}

// Forget deletes a post and its texts; that it was there is never forgotten here.
func (m *Memory) Forget(_ context.Context, p post.Post, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, gone := m.deleted[p.ID]; !gone && m.posts[p.ID].Rev != p.Rev {
		return conflict()
	}
	for i, r := range p.Published {
		m.owners[r.ID] = owner{p.ID, i + 1, true}
	}
	delete(m.posts, p.ID)
	delete(m.contents, p.ID)
	if m.deleted[p.ID] == "" {
		m.deleted[p.ID] = p.AccountID
	}
	return nil
}

// Save implements [publish.Posts].
func (m *Memory) Save(_ context.Context, p post.Post) (post.Post, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, gone := m.deleted[p.ID]; gone {
		return p, conflict()
	}
	return swap(m.posts, p.ID, p, func(p *post.Post) (*int64, *string) { return &p.Rev, &p.Writer })
}

// Coming implements [schedule.Coming].
func (m *Memory) Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	ids, at, err := m.Due(ctx, shard, until, math.MaxInt)
	return func(yield func(schedule.Entry, error) bool) {
		if err != nil {
			yield(schedule.Entry{}, err)
			return
		}
		for i, id := range ids {
			if !at[i].Before(from) && !yield(schedule.Entry{PostID: id, At: at[i]}, nil) {
				return
			}
		}
	}
}

// Standings implements [schedule.Index].
func (m *Memory) Standings(_ context.Context, ids []string) (map[string]schedule.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]schedule.Standing{}
	for _, id := range ids {
		if p, ok := m.posts[id]; ok {
			all[id] = schedule.StandingOf(p)
		}
	}
	return all, nil
}

// Due gives what is due; everything is in shard 0.
func (m *Memory) Due(_ context.Context, shard int, until time.Time,
	limit int) (ids []string, at []time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []post.Post
	for _, p := range m.indexed() {
		if at := p.IndexedAt(); shard == 0 && !at.IsZero() && !at.After(until) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b post.Post) int {
		return cmp.Or(a.IndexedAt().Compare(b.IndexedAt()), strings.Compare(a.ID, b.ID))
	})
	for _, p := range due[:min(limit, len(due))] {
		ids, at = append(ids, p.ID), append(at, p.IndexedAt())
	}
	return ids, at, nil
}

// Contents gives the texts of posts.
func (m *Memory) Contents(_ context.Context, posts []post.Post) ([]post.Content, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []post.Content
	for _, p := range posts {
		all = append(all, m.contents[p.ID][p.Content])
	}
	return all, nil
}

// Snapshot implements [account.Store].
func (m *Memory) Snapshot(_ context.Context, accountID string) (account.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.accounts[accountID]
	if !ok {
		return account.Snapshot{}, fault.New(fault.NotFound, "There is no account %q.", accountID)
	}
	return account.Snapshot{
		Account: a, AccountPause: m.pauses[accountID], AppPause: m.pauses[""], App: m.app, Budgets: m.budgets,
	}, nil
}

// SaveAccount implements [account.Store].
func (m *Memory) SaveAccount(_ context.Context, a account.Account) (account.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return swap(m.accounts, a.ID, a, func(a *account.Account) (*int64, *string) { return &a.Rev, &a.Writer })
}

// Pauses implements [account.Registry].
func (m *Memory) Pauses(_ context.Context, accountIDs []string) (map[string]account.Pause, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]account.Pause{}
	for _, id := range append([]string{""}, accountIDs...) {
		if p, ok := m.pauses[id]; ok {
			all[id] = p
		}
	}
	return all, nil
}

// Budgets implements [account.Registry].
func (m *Memory) Budgets(context.Context) (account.Budgets, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.budgets, nil
}

// SaveBudgets implements [account.Store].
func (m *Memory) SaveBudgets(_ context.Context, b account.Budgets) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.budgets.Rev == b.Rev+1 && m.budgets.Writer == b.Writer && b.Writer != "":
		return nil
	case m.budgets.Rev != b.Rev:
		return conflict()
	}
	b.Rev++
	m.budgets = b
	return nil
}

// SavePause implements [account.Store].
func (m *Memory) SavePause(_ context.Context, accountID string, p account.Pause) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pauses[accountID].Rev != p.Rev {
		return conflict()
	}
	p.Rev++
	m.pauses[accountID] = p
	return nil
}

// Accounts implements [account.Registry].
func (m *Memory) Accounts(context.Context) ([]account.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []account.Account
	for _, a := range m.accounts {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b account.Account) int {
		return cmp.Or(strings.Compare(a.Username, b.Username), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// App implements [connect.Apps].
func (m *Memory) App(context.Context) (account.SealedApp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.app, nil
}

// SaveApp implements [connect.Apps].
func (m *Memory) SaveApp(_ context.Context, app account.SealedApp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.app.Version != app.Version-1 {
		return conflict()
	}
	m.app = app
	return nil
}

// Expiring implements [vault.Schedule]; everything is in shard 0.
func (m *Memory) Expiring(_ context.Context, shard int, until time.Time) iter.Seq2[account.Account, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []account.Account
	for _, a := range m.accounts {
		if shard == 0 && !a.RefreshAt.IsZero() && !a.RefreshAt.After(until) {
			due = append(due, a)
		}
	}
	slices.SortFunc(due, func(a, b account.Account) int { return a.RefreshAt.Compare(b.RefreshAt) })
	return func(yield func(account.Account, error) bool) {
		for _, a := range due {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// PutFlow implements [connect.Flows].
func (m *Memory) PutFlow(_ context.Context, f connect.Flow) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flows[f.Key] = f
	return nil
}

// Flow implements [connect.Flows].
func (m *Memory) Flow(_ context.Context, key string) (connect.Flow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.flows[key]
	if !ok || !m.Now().Before(f.Expires) {
		return connect.Flow{}, fault.New(fault.NotFound, "There is no such flow.")
	}
	return f, nil
}

// DropFlow implements [connect.Flows].
func (m *Memory) DropFlow(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.flows[key]; !ok {
		return fault.New(fault.NotFound, "There is no such flow.")
	}
	delete(m.flows, key)
	return nil
}
