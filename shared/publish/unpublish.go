package publish

import (
	"cmp"
	"context"
	"fmt"

	"spool/shared/fault"
	"spool/shared/post"
)

// deletion is a run that deletes a post's tweets from X, last to first. It goes through
// the same account, lease and pauses as publishing; only that nothing is ever in doubt,
// since deleting a tweet twice does no harm.
type deletion struct{ *run }

// claim takes the post. No intent is stored.
func (d deletion) claim() outcome {
	if !d.canBegin() {
		return d.handOn() // another invocation has more time
	}
	d.began = d.Now()
	return d.keep(d.rec.ClaimDeletion(d.began, d.owner, d.Config.Lease))
}

// deleteAll deletes one tweet after another.
func (d deletion) deleteAll() outcome {
	out := again
	for out == again {
		out = d.deleteLast()
	}
	return out
}

// deleteLast deletes the last tweet that is left.
func (d deletion) deleteLast() outcome {
	if d.done > 0 && d.hadShare() {
		return d.end(d.rec.Defer(d.Now(), d.Now(), nil))
	}
	if !d.canSend() {
		return d.endAndReload(d.rec.Defer(d.Now(), d.Now(), nil)) // this invocation may have the time to go on itself
	}
	onX := d.rec.OnX()
	last := onX[len(onX)-1]
	err := d.ask(func(ctx context.Context) error {
		if err := d.confirmOurs(ctx, last, len(onX)-1); err != nil {
			return err
		}
		return d.X.Delete(ctx, d.session.Token, last.ID)
	})
	if err != nil {
		return d.notDeleted(last, err)
	}
	d.probeSucceeded()
	return d.deleted()
}

// confirmOurs checks that a tweet is the post's whose id is a person's word. X itself gave the
// others.
func (d deletion) confirmOurs(ctx context.Context, t post.Receipt, i int) error {
	if !t.ByPerson {
		return nil
	}
	seen, err := d.X.Lookup(ctx, d.session.Token, t.ID)
	if err != nil {
		return err
	}
	parent := ""
	if i > 0 {
		parent = d.rec.Published[i-1].ID
	}
	if f := same(seen, d.rec.AccountID, parent, d.content.Tweets[i].Text); f != nil {
		return refusal{fault.Final, fault.ReasonNotThisTweet.Reason().Says(
			f.Message + " It is this post's by a person's word only, so Spool does not delete it.")}
	}
	return nil
}

// deleted records that the last tweet is gone.
func (d deletion) deleted() outcome {
	next, err := d.rec.Removed(d.Now(), d.Config.Lease)
	d.done++
	if next.Status == post.Deleted {
		return d.end(next, err)
	}
	return d.keepSending(next, err)
}

// notDeleted does what X's refusal to delete a tweet asks for.
func (d deletion) notDeleted(t post.Receipt, cause error) outcome {
	v := fault.Judge(cause)
	d.Log.WarnContext(d.ctx, "X did not delete the tweet", "position", len(d.rec.OnX()), "action", v.Action,
		"scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	switch out := d.handleShared(limitedAlone(v)); { // X counts deletions by themselves
	case out != goOn:
		return out
	case v.Reason.Code == fault.ReasonNotFound:
		return d.vanished(t)
	case v.Action == fault.Final || d.rec.Tries >= post.MaxTries:
		return d.cannotDelete(t, v.Reason)
	}
	now := d.Now()
	return d.end(d.rec.Defer(now, now.Add(d.untilNextTry()), &v.Reason))
}

// vanished weighs that X does not have the tweet. X may not know a new tweet
// everywhere yet, so that counts only once the tweet is older than the settling
// time.
func (d deletion) vanished(t post.Receipt) outcome {
	now := d.Now()
	if old := t.PostedAt.Add(d.Config.Settle); now.Before(old) {
		tooYoung := fault.ReasonTweetNotVisible.Reason()
		return d.end(d.rec.Defer(now, old, &tooYoung))
	}
	d.Log.InfoContext(d.ctx, "the tweet is not on X any more", "position", len(d.rec.OnX()), "platform_post_id", t.ID)
	return d.deleted()
}

// cannotDelete ends the deletion for a reason that trying again would not change, unless
// X does not have the tweet at all: there are answers that hide it.
func (d deletion) cannotDelete(t post.Receipt, reason fault.Reason) outcome {
	if d.canSend() {
		err := d.ask(func(ctx context.Context) error {
			_, err := d.X.Lookup(ctx, d.session.Token, t.ID)
			return err
		})
		if fault.Judge(err).Reason.Code == fault.ReasonNotFound {
			return d.vanished(t)
		}
	}
	reason.Sentence = fmt.Sprintf("Tweet %d could not be deleted from X. %s", len(d.rec.OnX()), reason.Sentence)
	reason.Todo = cmp.Or(reason.Todo, "Retry the post later: it goes on deleting where it stopped.")
	return d.end(d.rec.Fail(d.Now(), reason))
}

// ask makes one request to X within the time for one.
func (d deletion) ask(request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(d.ctx, d.Config.Request)
	defer cancel()
	return request(ctx)
}
