package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

const (
	// maxPages bounds one look: X shows the newest 3,200 posts of a timeline.
	maxPages = 33
	// maxFailedReads is after how many failed reads in a row a person is asked.
	maxFailedReads = 12
)

// The reasons of a doubt.
var (
	settling = fault.Reason{
		Code: "settling", Sentence: "X did not answer clearly. Spool reads the timeline until it is sure whether the tweet is out.",
	}
	unanswered = fault.Reason{
		Code: "no_clear_answer", Sentence: "X gave no clear answer each time that it was sent this tweet, and does not have it.",
		Todo: "Retry the post when X works again.",
	}
)

// doubt begins to settle whether X accepted the attempted tweet. When a first
// look finds it, the run goes on; else the post waits for the settling time.
// It answers true when the next tweet is to be sent.
func (r *run) doubt(ctx context.Context, reason fault.Reason, look post.Look) (bool, error) {
	if left(ctx, r.Config.FirstLookDelay+r.Config.Request+r.Config.Store) && clock.Sleep(ctx, r.Config.FirstLookDelay) == nil {
		if found, err := r.look(ctx); err == nil && len(found) == 1 {
			return r.adopt(ctx, found[0])
		}
	}
	return false, r.end(ctx)(r.rec.Doubt(r.Now(), r.rec.Attempt.At.Add(r.Config.Settle), look, reason))
}

// settle reads whether the tweet of a doubtful attempt is on X, and acts on it.
func (r *run) settle(ctx context.Context) error {
	found, err := r.look(ctx)
	if err != nil {
		return r.unread(ctx, err)
	}
	switch len(found) {
	case 0:
		return r.absent(ctx)
	case 1:
		more, err := r.adopt(ctx, found[0])
		if !more {
			return err
		}
		return r.send(ctx)
	default:
		why := fmt.Sprintf("%d tweets on the timeline could be it: %s.", len(found), strings.Join(found, ", "))
		return r.end(ctx)(r.rec.GiveUp(r.Now(), r.undecided(why)))
	}
}

// adopt records the tweet that was found. It answers as accept does.
func (r *run) adopt(ctx context.Context, id string) (more bool, err error) {
	r.log.InfoContext(ctx, "X had accepted the tweet", "position", r.rec.Next()+1, "platform_post_id", id)
	return r.accept(ctx, id)
}

// absent weighs that the tweet is not on the timeline. X can commit late, so it
// counts only after the settling time, and twice.
func (r *run) absent(ctx context.Context) error {
	now, a := r.Now(), r.rec.Attempt
	reason := settling
	if r.rec.Reason != nil {
		reason = *r.rec.Reason
	}
	switch settled := a.At.Add(r.Config.Settle); {
	case now.Before(settled):
		return r.end(ctx)(r.rec.Doubt(now, settled, post.NotLooked, reason))
	case a.Absent == 0:
		return r.end(ctx)(r.rec.Doubt(now, now.Add(r.Config.Apart), post.NotThere, reason))
	case a.Duplicate:
		return r.end(ctx)(r.rec.GiveUp(now, r.undecided("X says that it has this text already, but the timeline does not show it.")))
	case r.rec.Tries >= post.MaxTries:
		final := unanswered
		final.Detail, final.Transaction = reason.Detail, reason.Transaction
		return r.end(ctx)(r.rec.Fail(now, final))
	case !r.canBegin(ctx):
		return r.end(ctx)(r.rec.Doubt(now, now, post.NotLooked, reason)) // for another run, at once
	}
	if !r.attached(ctx, r.rec.Next()) {
		next, err := r.rec.Resend(now, r.Config.Lease)
		if err == nil {
			next, err = next.HandOver(now) // its media come first
		}
		return r.end(ctx)(next, err)
	}
	r.log.InfoContext(ctx, "the tweet is not on X; sending it again", "position", r.rec.Next()+1)
	if err := r.keep(ctx)(r.rec.Resend(now, r.Config.Lease)); err != nil {
		return err
	}
	return r.send(ctx)
}

// unread handles a read that failed: what X may have is still open.
func (r *run) unread(ctx context.Context, cause error) error {
	v := fault.Judge(cause)
	if _, judged := errors.AsType[fault.Judged](cause); !judged {
		v.Reason = settling // what Spool's own storage says is for the logs
	}
	r.log.WarnContext(ctx, "the timeline could not be read", "action", v.Action, "reason", v.Reason.Code, "error", cause)
	now := r.Now()
	met, again, err := r.hindered(ctx, v, fault.ScopePost, true) // X counts reads by themselves
	switch {
	case again:
		return r.settle(ctx)
	case met:
		return err
	case fault.Is(cause, fault.Newer): // of a post that begins alike: a newer version goes on
		return r.end(ctx)(r.rec.Doubt(now, now.Add(ShortestWait), post.NotLooked, settling))
	case v.Action == fault.Final:
		return r.end(ctx)(r.rec.GiveUp(now, r.undecided("The timeline does not tell: "+v.Reason.Sentence)))
	}
	failed := r.rec.Attempt.Failed
	if failed+1 >= maxFailedReads {
		return r.end(ctx)(r.rec.GiveUp(now, r.undecided("X's timeline could not be read in many tries.")))
	}
	next := now.Add(r.jitter(min(ShortestWait<<failed, time.Hour)))
	return r.end(ctx)(r.rec.Doubt(now, next, post.NotRead, v.Reason))
}

// look reads the account's timeline and gives the ids of the tweets that can be
// the attempted one: they reply to the tweet before it, say what it says, and are
// no other post's. Where it is one, it is this post's from now on.
func (r *run) look(ctx context.Context) ([]string, error) {
	text := tweet.Canonical(r.content.Tweets[r.rec.Next()].Text)
	parent, q := r.rec.Parent(), Query{Since: r.since()}
	var seen []TimelinePost
	for range maxPages {
		page, err := r.timeline(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Posts {
			if s.Parent == parent && tweet.Canonical(s.Text) == text && !slices.Contains(r.rec.PlatformPostIDs(), s.ID) {
				seen = append(seen, s)
			}
		}
		if page.Next == "" {
			found, err := r.shown(ctx, seen)
			if err != nil {
				return nil, err
			}
			if found, err = r.unclaimed(ctx, found); err != nil {
				return nil, err
			}
			return r.own(ctx, found)
		}
		q.Cursor = page.Next
	}
	return nil, unreadable{fault.Final, "timeline_too_long", fmt.Sprintf("there are more than %d pages of tweets since it was attempted.", maxPages)}
}

// shown tells tweets that say what the attempted one says apart by their media.
// One that shows the very uploads that Spool remembers is Spool's, and then the
// others are not it. Nothing more is certain: X's document does not say that a
// post has its uploads' keys for good, and they may have been uploaded anew since
// the attempt. So that none shows them is no absence. It counts only where nothing
// but the time speaks for a tweet: of a first tweet without text, when its owner
// may have posted a picture by hand, a person is asked.
func (r *run) shown(ctx context.Context, seen []TimelinePost) ([]string, error) {
	t := r.content.Tweets[r.rec.Next()]
	bare := r.rec.Parent() == "" && tweet.Canonical(t.Text) == ""
	if len(t.Media) > 0 && (len(seen) > 1 || bare && len(seen) == 1) {
		if err := r.uploads.loaded(ctx, r.content.Media(r.rec.Next())); err != nil {
			return nil, err
		}
		keys := r.uploads.keys(t)
		told := func(s TimelinePost) bool { return len(s.Media) > 0 }
		other := func(s TimelinePost) bool { return !slices.Equal(slices.Sorted(slices.Values(s.Media)), keys) }
		switch same := slices.DeleteFunc(slices.Clone(seen), other); {
		case len(keys) == 0: // X did not tell them
		case len(same) > 0:
			seen = same
		case !bare || !slices.ContainsFunc(seen, told):
		case r.Now().Before(r.rec.Attempt.At.Add(r.Config.Settle)):
			return nil, nil // the right one may yet appear
		default:
			return nil, unreadable{fault.Final, "other_media", fmt.Sprintf("tweet %s has no text either, but shows other uploads.", seen[0].ID)}
		}
	}
	var found []string
	for _, s := range seen {
		found = append(found, s.ID)
	}
	return found, nil
}

// own makes the tweet that was found this post's, where it is one: in the store, where
// it can be one post's only, and before it is in the record.
func (r *run) own(ctx context.Context, found []string) ([]string, error) {
	if len(found) != 1 {
		return found, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.Config.Store)
	defer cancel()
	err := r.Posts.Own(ctx, found[0], r.rec)
	if fault.Is(err, fault.Taken) {
		err = unreadable{fault.Retry, "twin_was_first", "Another post that begins with the same words took the tweet at the same moment."}
	}
	return found, err
}

// timeline reads one page.
func (r *run) timeline(ctx context.Context, q Query) (Page, error) {
	if !left(ctx, r.Config.Request+r.Config.Store) {
		return Page{}, unreadable{fault.Retry, "timeline_too_long", "The time of the run ended before all of the timeline was read."}
	}
	ctx, cancel := context.WithTimeout(ctx, r.Config.Request)
	defer cancel()
	return r.X.Timeline(ctx, r.session.Token, r.rec.AccountID, q)
}

// unreadable is the error of a timeline that is not read to its end, or that says
// nothing for the moment.
type unreadable struct {
	action         fault.Action
	code, sentence string
}

func (e unreadable) Error() string { return e.sentence }
func (e unreadable) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: e.action, Reason: fault.Reason{Code: e.code, Sentence: e.sentence}}
}

// unclaimed leaves out what is another post's. A reply is told by the tweet that
// it replies to, which one post only has; the first tweet of a thread can have
// the same text as another's.
//
// A post's intent is stored before its request leaves. So whoever has seen a tweet,
// and reads those posts then, sees the id in the record of the one that sent it, or
// its attempt; or, where that record was deleted, an owner, since that is written
// before. The order of the reads is this one.
func (r *run) unclaimed(ctx context.Context, found []string) ([]string, error) {
	if r.rec.Parent() != "" || len(found) == 0 {
		return found, nil
	}
	siblings, err := r.Posts.Siblings(ctx, r.rec, r.moved())
	if err != nil {
		return nil, err
	}
	siblings = slices.DeleteFunc(siblings, func(p post.Post) bool { return p.ID == r.rec.ID })
	owned, err := r.Posts.Owned(ctx, found)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(id string) bool {
		owner, known := owned[id]
		return known && owner != r.rec.ID ||
			slices.ContainsFunc(siblings, func(p post.Post) bool { return slices.Contains(p.PlatformPostIDs(), id) })
	})
	if len(found) == 0 {
		return nil, nil
	}
	return found, r.inTurn(siblings)
}

// inTurn tells whether another post is to be settled before this one. Of two that
// are both in doubt the older one is, but not while the younger is being sent: X's
// answer to that may be about to be recorded.
func (r *run) inTurn(siblings []post.Post) (err error) {
	for _, p := range siblings {
		if p.Attempt == nil || p.Next() > 0 || p.Opening != "" && p.Opening != r.rec.Opening {
			continue
		}
		// Whoever takes over from a dead worker reconciles first: so this is sent.
		sending := p.Lease.Owner != "" && p.Sub != post.Reconciling
		switch younger := p.SortKey() > r.rec.SortKey(); {
		case younger && !sending:
		case p.Sub == post.Unknown:
			err = unreadable{fault.Final, "twin_unknown", "another post that begins with the same words is unknown as well."}
		default:
			return unreadable{fault.Retry, "twin_in_doubt", "Another post that begins with the same words is being published or in doubt as well, and is settled first."}
		}
	}
	return err
}

// moved is a time before which a post was last changed that cannot have sent what
// this one is looking for: that is recorded after X made it, by a clock that may be
// off; or it is in doubt, and then it was sent within the settling time before.
func (r *run) moved() time.Time { return r.rec.Earliest().Add(-post.Skew - r.Config.Settle) }

// since is an id older than the attempted tweet: the one that it replies to, or
// for the first tweet one from before its first attempt.
func (r *run) since() string {
	if parent := r.rec.Parent(); parent != "" {
		return parent
	}
	return post.IDAt(r.rec.Earliest())
}

// undecided is the reason of a doubt that only a person can settle.
func (r *run) undecided(why string) fault.Reason {
	reason := fault.Reason{
		Code:     "outcome_unknown",
		Sentence: fmt.Sprintf("It is unknown whether tweet %d is on X. %s", r.rec.Next()+1, why),
		Todo:     "Look at the account's timeline. Resolve the post with the tweet's id, or as absent; then retry it.",
	}
	if r.rec.Reason != nil {
		reason.Detail, reason.Transaction = r.rec.Reason.Detail, r.rec.Reason.Transaction
	}
	return reason
}
