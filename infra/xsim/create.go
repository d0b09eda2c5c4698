package xsim

import (
	"slices"
	"strings"
	"time"

	"spool/shared/tweet"
)

// Create is POST /2/tweets for a caller in Go. The error is a *Refusal.
func (s *Sim) Create(bearer string, r CreateRequest) (Post, Limits, error) {
	v, limits, err := s.create(bearer, request{}, func() (CreateRequest, error) { return r, nil })
	return v.Post, limits, err
}

// CreateLate is a POST /2/tweets that X accepts now, by the rules of now, and
// commits only after a while, with the id and time of that moment. Nobody learns
// the id.
func (s *Sim) CreateLate(bearer string, r CreateRequest, after time.Duration) error {
	_, _, err := s.create(bearer, request{late: after}, func() (CreateRequest, error) { return r, nil })
	return err
}

// create authenticates first, then looks at the body, as X does.
func (s *Sim) create(bearer string, via request, decode func() (CreateRequest, error)) (View, Limits, error) {
	var made View
	limits, err := s.serve(CreatePost, bearer, via, func(c *call) error {
		r, err := decode()
		if err != nil {
			return err
		}
		media, err := s.mayPost(c, r)
		if err != nil {
			return err
		}
		if len(tweet.Links(r.Text)) > 0 {
			s.charge("post_with_link", PricePostLink, 1)
		} else {
			s.charge("post", PricePost, 1)
		}
		p := Post{
			AuthorID: c.user.ID, Text: r.Text, Media: media, Quoted: r.Quote, Poll: r.Poll,
			ReplySetting: r.ReplySetting, Community: r.Community, MadeWithAI: r.MadeWithAI, Paid: r.Paid, Request: c.via.entry,
		}
		if r.Reply != nil {
			p.Parent = r.Reply.To
		}
		if c.via.late > 0 {
			s.commitLater(p, c.now.Add(c.via.late))
			return nil
		}
		made = s.view(s.commit(p, c.now))
		return nil
	})
	return made, limits, err
}

// mayPost applies X's rules, in the order in which X does as far as it is known,
// and gives the media that the post gets.
func (s *Sim) mayPost(c *call, r CreateRequest) ([]PostMedium, error) {
	switch {
	case c.user.Locked:
		return nil, forbidden(detailLocked)
	case c.user.Blocked:
		return nil, forbidden(detailBlocked)
	case strings.TrimSpace(r.Text) == "" && r.Media == nil:
		return nil, invalid(Message{Message: messageBlank})
	case exclusive(r) > 1:
		return nil, invalid(Message{Message: "media, poll, quote_tweet_id and card_uri are mutually exclusive."})
	case r.Edit != nil, r.Nullcast, r.SuperOnly, r.Share:
		return nil, forbidden(detailNotPermitted) // each needs a status that no simulated account has
	case len(tweet.Cashtags(r.Text)) > 1:
		return nil, forbidden(detailCashtags)
	case tweet.WeightedLength(r.Text) > maxWeight(c.user):
		return nil, forbidden(detailNotPermitted)
	}
	media, err := s.attached(c, r)
	if err != nil {
		return nil, err
	}
	for _, rule := range []func(*call, CreateRequest) error{s.mayQuote, s.mayReply} {
		if err := rule(c, r); err != nil {
			return nil, err
		}
	}
	return media, s.mayRepeat(c, r.Text, media)
}

// exclusive counts the attachments of which a post may have one.
func exclusive(r CreateRequest) (n int) {
	for _, has := range []bool{r.Media != nil, r.Poll != nil, r.Quote != "", r.Card != ""} {
		if has {
			n++
		}
	}
	return n
}

// maxWeight is the longest text that the account may post.
func maxWeight(a *Account) int {
	if a.Premium {
		return tweet.PremiumLimit
	}
	return tweet.StandardLimit
}

func (s *Sim) mayQuote(_ *call, r CreateRequest) error {
	if r.Quote == "" {
		return nil
	}
	if s.settings.SelfServe {
		return forbidden(detailQuoteGate)
	}
	if _, ok := s.live(r.Quote); !ok {
		return forbidden("You attempted to quote a Tweet that is deleted or not visible to you.")
	}
	return nil
}

// mayReply checks that the parent is there and lets this user reply.
func (s *Sim) mayReply(c *call, r CreateRequest) error {
	if r.Reply == nil {
		return nil
	}
	parent, ok := s.live(r.Reply.To)
	if !ok || !visible(parent, c.now, s.settings.ReplyLag) {
		return forbidden(detailParent)
	}
	if parent.AuthorID == c.user.ID || !s.settings.SelfServe {
		return nil
	}
	quoted, ok := s.live(parent.Quoted)
	if mentions(parent.Text, c.user.Username) || ok && quoted.AuthorID == c.user.ID {
		return nil
	}
	return forbidden(detailReplyGate)
}

// mayRepeat refuses what the user posted lately already: the same text with the
// same media. A late post that is not committed is not known to X yet; a deleted
// one is forgotten.
func (s *Sim) mayRepeat(c *call, text string, media []PostMedium) error {
	since := c.now.Add(-s.settings.DuplicateWindow)
	for _, p := range slices.Backward(s.posts.byUser[c.user.ID]) {
		if !p.CreatedAt.After(since) {
			return nil
		}
		if !p.Deleted && normal(p.Text) == normal(text) && slices.Equal(sums(p.Media), sums(media)) {
			return forbidden(detailDuplicate)
		}
	}
	return nil
}
