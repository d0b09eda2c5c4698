package publish

import (
	"context"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// maxPages bounds one search: X shows the newest 3,200 posts of a timeline.
const maxPages = 33

// search looks for the attempted tweet of a post on its account's timeline. It reads,
// and writes no more than whose the tweet is that it finds.
type search struct {
	rec     post.Post
	tweet   post.Tweet    // the attempted one
	media   []post.Medium // of it, and of those after it
	page    func(context.Context, Query) (Page, error)
	owners  Owners
	uploads *uploads
	config  Config
	now     func() time.Time
	lost    time.Time // since when the record may lack tweets; zero: it lacks none
}

// find gives the ids of the tweets that can be the attempted one: they reply to the
// tweet before it, say what it says, and are no other post's. Where it is one, it is
// this post's from now on.
func (s search) find(ctx context.Context) ([]string, error) {
	seen, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.showingItsMedia(ctx, seen)
	if err != nil {
		return nil, err
	}
	if found, err = s.unclaimed(ctx, found); err != nil {
		return nil, err
	}
	return found, s.own(ctx, found)
}

// read reads the timeline, and gives what replies to the tweet before the attempted one
// and says what that says.
func (s search) read(ctx context.Context) (seen []TimelinePost, err error) {
	text := tweet.Canonical(s.tweet.Text)
	parent, q := s.rec.Parent(), Query{Since: s.since()}
	for range maxPages {
		page, err := s.page(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, p := range page.Posts {
			if p.Parent == parent && tweet.Canonical(p.Text) == text && !slices.Contains(s.rec.PlatformPostIDs(), p.ID) {
				seen = append(seen, p)
			}
		}
		if page.Next == "" {
			return seen, nil
		}
		q.Cursor = page.Next
	}
	return nil, tooLong
}

// since is an id older than the attempted tweet: the one that it replies to, or for the
// first tweet one from before its first attempt.
func (s search) since() string {
	if parent := s.rec.Parent(); parent != "" {
		return parent
	}
	return post.IDAt(s.earliest())
}

// earliest is a time before the tweet was first attempted.
func (s search) earliest() time.Time {
	if s.lost.IsZero() {
		return s.rec.Earliest()
	}
	return earlier(s.rec.Earliest(), s.lost)
}

// showingItsMedia tells tweets that say what the attempted one says apart by their
// media. One that shows the very uploads that Spool remembers is Spool's, and then the
// others are not it. Nothing more is certain: X's document does not say that a post has
// its uploads' keys for good, and they may have been uploaded anew since the attempt. So
// that none shows them is no absence. It counts only where nothing but the time speaks
// for a tweet: of a first tweet without text, when its owner may have posted a picture
// by hand, a person is asked.
func (s search) showingItsMedia(ctx context.Context, seen []TimelinePost) ([]string, error) {
	bare := s.rec.Parent() == "" && tweet.Canonical(s.tweet.Text) == ""
	if len(s.tweet.Media) > 0 && (len(seen) > 1 || bare && len(seen) == 1) {
		if err := s.uploads.loadOnce(ctx, s.media); err != nil {
			return nil, err
		}
		keys := s.uploads.keys(s.tweet)
		told := func(p TimelinePost) bool { return len(p.Media) > 0 }
		other := func(p TimelinePost) bool { return !slices.Equal(slices.Sorted(slices.Values(p.Media)), keys) }
		switch same := slices.DeleteFunc(slices.Clone(seen), other); {
		case len(keys) == 0: // X did not tell them
		case len(same) > 0:
			seen = same
		case !bare || !slices.ContainsFunc(seen, told):
		case s.now().Before(s.rec.Attempt.At.Add(s.config.Settle)):
			return nil, nil // the right one may yet appear
		default:
			return nil, otherMedia(seen[0].ID)
		}
	}
	var found []string
	for _, p := range seen {
		found = append(found, p.ID)
	}
	return found, nil
}

// unclaimed leaves out what is another post's. A reply is told by the tweet that it
// replies to, which one post only has; the first tweet of a thread can have the same
// text as another's.
//
// A post's intent is stored before its request leaves. So whoever has seen a tweet,
// and reads those posts then, sees the id in the record of the one that sent it, or
// its attempt; or, where that record was deleted, an owner, since that is written
// before. The order of the reads is this one.
func (s search) unclaimed(ctx context.Context, found []string) ([]string, error) {
	if s.rec.Parent() != "" || len(found) == 0 {
		return found, nil
	}
	siblings, err := s.owners.Siblings(ctx, s.rec, s.moved())
	if err != nil {
		return nil, err
	}
	siblings = slices.DeleteFunc(siblings, func(p post.Post) bool { return p.ID == s.rec.ID })
	owned, err := s.owners.Owned(ctx, found)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(id string) bool {
		owner, known := owned[id]
		return known && owner != s.rec.ID ||
			slices.ContainsFunc(siblings, func(p post.Post) bool { return slices.Contains(p.PlatformPostIDs(), id) })
	})
	if len(found) == 0 {
		return nil, nil
	}
	return found, s.inTurn(siblings)
}

// moved is a time before which a post was last changed that cannot have sent what this
// one is looking for: that is recorded after X made it, by a clock that may be off; or
// it is in doubt, and then it was sent within the settling time before.
func (s search) moved() time.Time { return s.earliest().Add(-post.Skew - s.config.Settle) }

// inTurn is an error where another post is to be settled before this one. Of two that
// are both in doubt the older one is, but not while the younger is being sent: X's
// answer to that may be about to be recorded.
func (s search) inTurn(siblings []post.Post) (err error) {
	for _, p := range siblings {
		if p.Attempt == nil || p.Next() > 0 || p.Opening != "" && p.Opening != s.rec.Opening {
			continue
		}
		// Whoever takes over from a dead worker reconciles first: so this is sent.
		sending := p.Lease.Owner != "" && p.Sub != post.Reconciling
		switch younger := p.SortKey() > s.rec.SortKey(); {
		case younger && !sending:
		case p.Sub == post.Unknown:
			err = sameTextUnknown
		default:
			return sameTextInDoubt
		}
	}
	return err
}

// own makes the tweet that was found this post's, where it is one: in the store, where
// it can be one post's only, and before it is in the record.
func (s search) own(ctx context.Context, found []string) error {
	if len(found) != 1 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Store)
	defer cancel()
	err := s.owners.Own(ctx, found[0], s.rec)
	if fault.Is(err, fault.Taken) {
		return sameTextWasFirst
	}
	return err
}
