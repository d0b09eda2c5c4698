package publish

import (
	"context"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// Resolver takes a person's word on a tweet whose outcome is unknown, and holds it
// against what X and the other records say. It is safe for concurrent use.
type Resolver struct {
	Posts    Records
	Accounts Accounts
	X        Lookuper
	Now      func() time.Time
}

// Records are the posts as a [Resolver] needs them.
type Records interface {
	Owners
	// List gives an account's posts, newest first, that come before a sort key
	// ([post.Post.SortKey]; empty: from the newest on), and at most limit.
	List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error)
}

// Word is what a person says of a tweet whose outcome is unknown.
type Word struct {
	Position int    // of the tweet, from 1
	ID       string // X's; empty: it is not on X
	// Certain: the person has looked, and is to be believed where X shows another
	// text, or cannot be asked.
	Certain bool
}

const (
	// asking is how long X may take to show a tweet.
	asking = 10 * time.Second
	// listed is how many posts are read at once.
	listed = 100
)

// Resolve gives the post as it is by a person's word, with what the person should
// know. The tweet is the post's from then on, as far as the store is concerned, so
// it is to be saved. It is refused with a code of its own where
//
//   - X made the tweet before this one was first sent: [fault.TooEarly],
//   - another post has it, or may be about to: [fault.Taken],
//   - X does not have it, or shows another author, parent or text: [fault.NotOnX],
//     [fault.OtherAuthor], [fault.OtherParent], [fault.OtherText],
//   - X cannot be asked: [fault.Unconfirmed].
//
// A person who is certain is believed in the last case, and about the text: X may
// change a text in a way that nobody knows of. The record then says whose word it is,
// and no tweet is deleted on it that X does not show to be the post's.
func (r *Resolver) Resolve(
	ctx context.Context, p post.Post, c post.Content, w Word,
) (next post.Post, notes []string, err error) {
	next, err = p.Resolve(r.Now(), w.Position, w.ID)
	if err != nil || w.ID == "" {
		return next, nil, err
	}
	if f := r.confirm(ctx, p, c, w.ID); f != nil {
		if !w.Certain || f.Code != fault.OtherText && f.Code != fault.Unconfirmed {
			return p, nil, f
		}
		next = next.Unconfirmed()
		notes = []string{
			f.Message + " It is taken on your word, and Spool does not delete it from X unless X shows it to be the one.",
		}
	}
	if err := r.free(ctx, p, c, w.ID); err != nil {
		return p, nil, err
	}
	return next, notes, r.Posts.Own(ctx, w.ID, p)
}

// confirm asks X whether a tweet is the post's open one.
func (r *Resolver) confirm(ctx context.Context, p post.Post, c post.Content, id string) *fault.Error {
	s, err := r.lookup(ctx, p.AccountID, id)
	if err != nil {
		v := fault.Judge(err)
		if v.Reason.Code == fault.ReasonNotFound {
			return fault.New(fault.NotOnX, "X does not have a tweet %s.", id).At("platform_post_id").
				Todo("Look at its address again. If it was deleted on X since, resolve the post as absent: " +
					"then retry publishes it again.")
		}
		return fault.New(fault.Unconfirmed, "X could not be asked whether tweet %s is the one. %s", id, v.Reason.Sentence).
			At("platform_post_id").Todo("Try again later. If you are certain that it is the one, say so: certain.").Because(err)
	}
	if s.Author == "" {
		return fault.New(fault.Unconfirmed, "X does not tell who wrote tweet %s.", id).At("platform_post_id").
			Todo("If you are certain that it is the one, say so: certain.")
	}
	return same(s, p.AccountID, p.Parent(), c.Tweets[p.Next()].Text)
}

// same holds what X shows against what a post's tweet is.
func same(s TimelinePost, author, parent, text string) *fault.Error {
	var f *fault.Error
	switch {
	case s.Author != author:
		f = fault.New(fault.OtherAuthor, "Tweet %s was not written by the account that this post is of.", s.ID).
			Todo("Give the tweet of this post's account.")
	case s.Parent != parent && parent == "":
		f = fault.New(fault.OtherParent, "Tweet %s replies to %s, and this thread's first tweet replies to none.",
			s.ID, s.Parent).Todo("Give the thread's first tweet.")
	case s.Parent != parent:
		f = fault.New(fault.OtherParent, "Tweet %s does not reply to the tweet before it, which is %s.", s.ID, parent).
			Todo("Give the tweet that replies to that one.")
	case tweet.Canonical(s.Text) != tweet.Canonical(text):
		f = fault.New(fault.OtherText, "X shows another text for tweet %s.", s.ID).
			Todo("Give the tweet that says what this one says. If you are certain that it is the one, and X changed " +
				"its text, say so: certain.")
	default:
		return nil
	}
	return f.At("platform_post_id")
}

// lookup reads a tweet, with a renewed token where X refuses the old one.
func (r *Resolver) lookup(ctx context.Context, accountID, id string) (TimelinePost, error) {
	session, err := r.Accounts.Open(ctx, accountID)
	if fault.Is(err, fault.NotFound) {
		return TimelinePost{}, refusal{fault.Final, fault.ReasonAccountGone.Reason()}
	}
	if err != nil {
		return TimelinePost{}, err
	}
	if session.Pause != nil {
		return TimelinePost{}, refusal{fault.Wait, session.Pause.Reason}
	}
	s, err := r.ask(ctx, session, id)
	if err == nil || fault.Judge(err).Action != fault.Refresh {
		return s, err
	}
	if session, err = r.Accounts.Renew(ctx, session); err != nil {
		return TimelinePost{}, err
	}
	return r.ask(ctx, session, id)
}

func (r *Resolver) ask(ctx context.Context, s Session, id string) (TimelinePost, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	return r.X.Lookup(ctx, s.Token, id)
}

// free checks that no other post has the tweet, or may be about to record it. What
// was adopted, and what was of posts that are deleted, is known by its owner: that is
// checked by the write.
func (r *Resolver) free(ctx context.Context, p post.Post, c post.Content, id string) error {
	p.Opening = c.Opening()
	siblings, err := r.Posts.Siblings(ctx, p, p.Earliest())
	if err != nil {
		return err
	}
	if err := r.taken(p, siblings, id); err != nil {
		return err
	}
	for before := ""; ; {
		some, err := r.Posts.List(ctx, p.AccountID, before, listed)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := r.taken(p, some, id); err != nil {
			return err
		}
		before = some[len(some)-1].SortKey()
	}
}

// taken is a fault where one of some posts has the tweet, or is being sent and may be
// about to have it.
func (r *Resolver) taken(p post.Post, some []post.Post, id string) error {
	now := r.Now()
	for _, other := range some {
		if other.ID == p.ID {
			continue
		}
		if i := slices.Index(other.PlatformPostIDs(), id); i >= 0 {
			return fault.New(fault.Taken, "Tweet %s is number %d of the post %s.", id, i+1, other.ID).At("platform_post_id").
				Todo("Look for another tweet. If there is none, resolve the post as absent.")
		}
		// However old the lease is: a worker that was held up may still record the tweet,
		// until another has taken over.
		sending := other.Lease.Owner != "" && other.Attempt != nil && other.Sub != post.Reconciling
		if sending && !other.Attempt.At.After(post.PostedAt(id).Add(post.Skew)) {
			return fault.New(fault.Taken, "Tweet %s may be of the post %s, which is being published.", id, other.ID).
				At("platform_post_id").Todo("Try again when that post is published or has stopped.").
				After(max(other.Lease.Until.Sub(now), post.ShortestWait))
		}
	}
	return nil
}
