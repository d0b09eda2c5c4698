package xsim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Post is the whole truth about one post, however it came about.
type Post struct {
	ID           string       `json:"id"`
	AuthorID     string       `json:"author_id"`
	Order        int          `json:"order"` // 1 for the author's first post, deleted ones counted
	Text         string       `json:"text"`  // as it was sent
	Parent       string       `json:"parent,omitempty"`
	Conversation string       `json:"conversation_id"` // id of the first post of the thread
	Media        []PostMedium `json:"media,omitempty"`
	Quoted       string       `json:"quoted,omitempty"`
	CreatedAt    time.Time    `json:"created_at"`
	Deleted      bool         `json:"deleted,omitempty"`
	ByHand       bool         `json:"by_hand,omitempty"` // by the user, not through the application
	Late         bool         `json:"late,omitempty"`    // committed after its answer
	Request      int          `json:"request,omitempty"` // the journal entry of the request that made it
	Poll         *PollField   `json:"poll,omitempty"`
	ReplySetting string       `json:"reply_settings,omitempty"`
	Community    string       `json:"community_id,omitempty"`
	MadeWithAI   bool         `json:"made_with_ai,omitempty"`
	Paid         bool         `json:"paid_partnership,omitempty"`
	number       uint64       // ID as a number
}

// postStore holds every post, deleted ones included.
type postStore struct {
	byID   map[string]*Post
	byUser map[string][]*Post // oldest first: ids increase
}

func newPostStore() postStore {
	return postStore{byID: map[string]*Post{}, byUser: map[string][]*Post{}}
}

// latePost is a post that was accepted and will be committed at a later time,
// whatever happens in between: its rules were checked when it was accepted.
type latePost struct {
	at   time.Time
	post Post
}

// commit gives p its id and publishes it.
func (s *Sim) commit(p Post, at time.Time) *Post {
	p.ID = s.nextID(at)
	p.number, _ = strconv.ParseUint(p.ID, 10, 64) // nextID formats a uint64
	p.CreatedAt = at
	p.Order = len(s.posts.byUser[p.AuthorID]) + 1
	p.Conversation = p.ID
	if parent, ok := s.posts.byID[p.Parent]; ok {
		p.Conversation = parent.Conversation
	}
	s.posts.byID[p.ID] = &p
	s.posts.byUser[p.AuthorID] = append(s.posts.byUser[p.AuthorID], &p)
	s.journal.committed(p.Request, p.ID)
	return &p
}

// commitLater keeps p until at.
func (s *Sim) commitLater(p Post, at time.Time) {
	p.Late = true
	s.late = append(s.late, latePost{at: at, post: p})
	slices.SortStableFunc(s.late, func(a, b latePost) int { return a.at.Compare(b.at) })
}

// settle commits the late posts whose time has come.
func (s *Sim) settle(now time.Time) {
	for len(s.late) > 0 && !s.late[0].at.After(now) {
		due := s.late[0]
		s.late = s.late[1:]
		s.commit(due.post, due.at)
	}
}

// live returns the post unless it does not exist or was deleted.
func (s *Sim) live(id string) (*Post, bool) {
	p, ok := s.posts.byID[id]
	return p, ok && !p.Deleted
}

// visible reports whether p can be read after a lag.
func visible(p *Post, now time.Time, lag time.Duration) bool {
	return !p.Deleted && !p.CreatedAt.Add(lag).After(now)
}

// Timeline is the whole truth about a user's posts (by id or username), oldest
// first: deleted ones and those that are not visible yet included.
func (s *Sim) Timeline(user string) ([]Post, error) {
	s.lock()
	defer s.mu.Unlock()
	a, err := s.find(user)
	if err != nil {
		return nil, err
	}
	list := make([]Post, 0, len(s.posts.byUser[a.ID]))
	for _, p := range s.posts.byUser[a.ID] {
		list = append(list, *p)
	}
	return list, nil
}

// Pending counts the posts that were accepted and are not committed yet.
func (s *Sim) Pending() int {
	s.lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// PostByHand is the user writing a post in X's own application: no rule of the
// API applies. parent may be empty.
func (s *Sim) PostByHand(user, text, parent string) (Post, error) {
	now := s.lock()
	defer s.mu.Unlock()
	a, err := s.find(user)
	if err != nil {
		return Post{}, err
	}
	if text == "" {
		return Post{}, errors.New("a post needs a text")
	}
	if _, ok := s.live(parent); parent != "" && !ok {
		return Post{}, fmt.Errorf("no post %q to reply to", parent)
	}
	return *s.commit(Post{AuthorID: a.ID, Text: text, Parent: parent, ByHand: true}, now), nil
}

// DeleteByHand is the user deleting a post in X's own application.
func (s *Sim) DeleteByHand(id string) error {
	s.lock()
	defer s.mu.Unlock()
	p, ok := s.live(id)
	if !ok {
		return fmt.Errorf("no post %q", id)
	}
	p.Deleted = true
	return nil
}
