package publish

import (
	"cmp"
	"context"
	"fmt"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
)

// tooYoung is the reason of a tweet that X does not find so soon after it was
// posted.
var tooYoung = fault.Reason{
	Code: "tweet_not_visible", Sentence: "X does not find a tweet that was posted only moments ago, so it may not have it everywhere yet.",
	Todo: "Nothing: Spool asks again when X must have it.",
}

// unpublish deletes the post's tweets from X, last to first. It goes through the
// same account, lease and pauses as publishing; only that nothing is ever in
// doubt, since deleting a tweet twice does no harm.
func (r *run) unpublish(ctx context.Context) error {
	if ok, err := r.open(ctx); !ok {
		return err
	}
	if err := clock.Sleep(ctx, r.rec.Due.Sub(r.Now())); err != nil {
		return err
	}
	if !r.canBegin(ctx) {
		return nil // it stays in the due index, and another invocation has more time
	}
	if err := r.keep(ctx)(r.rec.ClaimDeletion(r.Now(), r.owner, r.Config.Lease)); err != nil {
		return err
	}
	for {
		if !r.canSend(ctx) {
			if err := r.end(ctx)(r.rec.Defer(r.Now(), r.Now(), nil)); err != nil {
				return err
			}
			return errStale // this invocation may have the time to go on itself
		}
		if more, err := r.remove(ctx); !more {
			return err
		}
	}
}

// remove deletes the last tweet that is left. It answers true when another
// request may follow.
func (r *run) remove(ctx context.Context) (more bool, err error) {
	onX := r.rec.OnX()
	tweet := onX[len(onX)-1]
	err = r.ask(ctx, func(ctx context.Context) error {
		if err := r.ours(ctx, tweet, len(onX)-1); err != nil {
			return err
		}
		return r.X.Delete(ctx, r.session.Token, tweet.ID)
	})
	if err != nil {
		return r.notRemoved(ctx, tweet, err)
	}
	r.proved(ctx)
	return r.removed(ctx)
}

// ours checks that a tweet is the post's whose id is a person's word. X itself gave the
// others.
func (r *run) ours(ctx context.Context, t post.Receipt, i int) error {
	if !t.Told {
		return nil
	}
	seen, err := r.X.Lookup(ctx, r.session.Token, t.ID)
	if err != nil {
		return err
	}
	parent := ""
	if i > 0 {
		parent = r.rec.Published[i-1].ID
	}
	if f := same(seen, r.rec.AccountID, parent, r.content.Tweets[i].Text); f != nil {
		return finalRefusal{fault.Reason{
			Code: "not_this_tweet", Sentence: f.Message + " It is this post's by a person's word only, so Spool does not delete it.",
			Todo: "Delete it on X yourself if it is to go, then retry the post.",
		}}
	}
	return nil
}

// removed records that the last tweet is gone.
func (r *run) removed(ctx context.Context) (more bool, err error) {
	next, err := r.rec.Removed(r.Now(), r.Config.Lease)
	if err == nil && next.Status == post.Deleted {
		return false, r.end(ctx)(next, nil)
	}
	err = r.keep(ctx)(next, err)
	return err == nil, err
}

// notRemoved does what X's refusal to delete a tweet asks for.
func (r *run) notRemoved(ctx context.Context, tweet post.Receipt, cause error) (more bool, err error) {
	v := fault.Judge(cause)
	r.log.WarnContext(ctx, "X did not delete the tweet", "position", len(r.rec.OnX()), "action", v.Action,
		"scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	met, again, err := r.hindered(ctx, v, fault.ScopePost, false) // X counts deletions by themselves
	switch {
	case met:
		return again, err
	case v.Action == fault.Final && v.Reason.Code == NotOnX:
		return r.vanished(ctx, tweet)
	case v.Action == fault.Final || r.rec.Tries >= post.MaxTries:
		return r.stuck(ctx, tweet, v.Reason)
	}
	now := r.Now()
	return false, r.end(ctx)(r.rec.Defer(now, now.Add(r.backoff()), &v.Reason))
}

// vanished weighs that X does not have the tweet. X may not know a new tweet
// everywhere yet, so that counts only once the tweet is older than the settling
// time.
func (r *run) vanished(ctx context.Context, tweet post.Receipt) (more bool, err error) {
	now := r.Now()
	if old := tweet.PostedAt.Add(r.Config.Settle); now.Before(old) {
		return false, r.end(ctx)(r.rec.Defer(now, old, &tooYoung))
	}
	r.log.InfoContext(ctx, "the tweet is not on X any more", "position", len(r.rec.OnX()), "platform_post_id", tweet.ID)
	return r.removed(ctx)
}

// stuck ends the deletion for a reason that trying again would not change, unless
// X does not have the tweet at all: there are answers that hide it.
func (r *run) stuck(ctx context.Context, tweet post.Receipt, reason fault.Reason) (more bool, err error) {
	if r.canSend(ctx) {
		err := r.ask(ctx, func(ctx context.Context) error {
			_, err := r.X.Lookup(ctx, r.session.Token, tweet.ID)
			return err
		})
		if err != nil && fault.Judge(err).Reason.Code == NotOnX {
			return r.vanished(ctx, tweet)
		}
	}
	reason.Sentence = fmt.Sprintf("Tweet %d could not be deleted from X. %s", len(r.rec.OnX()), reason.Sentence)
	reason.Todo = cmp.Or(reason.Todo, "Retry the post later: it goes on deleting where it stopped.")
	return false, r.end(ctx)(r.rec.Fail(r.Now(), reason))
}

// ask makes one request to X within the time for one.
func (r *run) ask(ctx context.Context, request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.Config.Request)
	defer cancel()
	return request(ctx)
}
