package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

var _ publish.Owners = (*Memory)(nil)

// owner is the post that a tweet belongs to.
type owner struct {
	post     string
	position int  // from 1
	kept     bool // the post's record was deleted when it had the tweet
}

// Register implements [publish.Owners].
func (m *Memory) Register(_ context.Context, p post.Post, c post.Content) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := [2]string{p.AccountID, c.Opening()}
	if m.openings[k] == nil {
		m.openings[k] = map[string]bool{}
	}
	m.openings[k][p.ID] = true
	return nil
}

// Siblings implements [publish.Owners].
func (m *Memory) Siblings(_ context.Context, p post.Post, _ time.Time) (siblings []post.Post, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.openings[[2]string{p.AccountID, p.Opening}] {
		if s, ok := m.posts[id]; ok {
			siblings = append(siblings, s)
		}
	}
	slices.SortFunc(siblings, func(a, b post.Post) int { return strings.Compare(a.ID, b.ID) })
	return siblings, nil
}

// Owned implements [publish.Owners].
func (m *Memory) Owned(_ context.Context, ids []string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	owned := map[string]string{}
	for _, id := range ids {
		if o, held := m.owner(id); held {
			owned[id] = o.post
		}
	}
	return owned, nil
}

// Own implements [publish.Owners].
func (m *Memory) Own(_ context.Context, id string, p post.Post) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch o, held := m.owner(id); {
	case held && o.post != p.ID:
		return fault.New(fault.Taken, "Tweet %s is of post %s.", id, o.post).At("platform_post_id")
	case !held:
		m.owners[id] = owner{p.ID, p.Next() + 1, false}
	}
	return nil
}

// owner is the post that a tweet belongs to, where one still does.
func (m *Memory) owner(id string) (o owner, held bool) {
	o, known := m.owners[id]
	return o, known && (o.kept || m.posts[o.post].Holds(id, o.position))
}
