package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// maxFailedReads is after how many failed reads in a row a person is asked.
const maxFailedReads = 12

// adopt records the tweet that was found.
func (r *run) adopt(id string) outcome {
	r.Log.InfoContext(r.ctx, "X had accepted the tweet", "position", r.rec.Next()+1, "platform_post_id", id)
	return r.checkpoint(id)
}

// undecided stops where more than one tweet can be the attempted one.
func (r *run) undecided(found []string) outcome {
	return r.giveUp(fmt.Sprintf("%d tweets on the timeline could be it: %s.", len(found), strings.Join(found, ", ")))
}

// absent weighs that the tweet is not on the timeline. X can commit late, so it
// counts only after the settling time, and twice.
func (r *run) absent() outcome {
	now, a := r.Now(), r.rec.Attempt
	reason := fault.ReasonSettling.Reason()
	if r.rec.Reason != nil {
		reason = *r.rec.Reason
	}
	switch settled := a.At.Add(r.Config.Settle); {
	case now.Before(settled):
		return r.end(r.rec.Doubt(now, settled, post.NotLooked, reason))
	case a.Absent == 0:
		return r.end(r.rec.Doubt(now, now.Add(r.Config.ReadGap), post.NotThere, reason))
	case a.Duplicate:
		return r.giveUp("X says that it has this text already, but the timeline does not show it.")
	case r.rec.Tries >= post.MaxTries:
		final := fault.ReasonNoClearAnswer.Reason()
		final.Detail, final.Transaction = reason.Detail, reason.Transaction
		return r.end(r.rec.Fail(now, final))
	case !r.canBegin():
		return r.end(r.rec.Doubt(now, now, post.NotLooked, reason)) // for another run, at once
	}
	if !r.attached(r.rec.Next()) {
		next, err := r.rec.Resend(now, r.Config.Lease)
		if err == nil {
			next, err = next.HandOver(now) // its media come first
		}
		return r.end(next, err)
	}
	r.Log.InfoContext(r.ctx, "the tweet is not on X; sending it again", "position", r.rec.Next()+1)
	return r.keepSending(r.rec.Resend(now, r.Config.Lease))
}

// timelineUnread handles a read that failed: what X may have is still open.
func (r *run) timelineUnread(cause error) outcome {
	v := fault.Judge(cause)
	if _, judged := errors.AsType[fault.Judged](cause); !judged {
		v.Reason = fault.ReasonSettling.Reason() // what Spool's own storage says is for the logs
	}
	r.Log.WarnContext(r.ctx, "the timeline could not be read", "action", v.Action, "reason", v.Reason.Code, "error", cause)
	now := r.Now()
	switch out := r.handleShared(limitedAlone(v)); { // X counts reads by themselves
	case out == again:
		return r.settle()
	case out != goOn:
		return out
	case fault.Is(cause, fault.Newer): // of a post that begins alike: a newer version goes on
		return r.end(r.rec.Doubt(now, now.Add(post.ShortestWait), post.NotLooked, fault.ReasonSettling.Reason()))
	case v.Action == fault.Final:
		return r.giveUp("The timeline does not tell: " + v.Reason.Sentence)
	}
	failed := r.rec.Attempt.Failed
	if failed+1 >= maxFailedReads {
		return r.giveUp("X's timeline could not be read in many tries.")
	}
	next := now.Add(r.jitter(min(post.ShortestWait<<failed, time.Hour)))
	return r.end(r.rec.Doubt(now, next, post.NotRead, v.Reason))
}

// look looks for the attempted tweet: it gives the ids of those that can be it. Where
// it is one, it is this post's from now on.
func (r *run) look() ([]string, error) {
	s := search{
		rec: r.rec, tweet: r.content.Tweets[r.rec.Next()], media: r.content.Media(r.rec.Next()),
		page: r.timeline, owners: r.Posts, uploads: &r.uploads, config: r.Config, now: r.Now, lost: r.lost(),
	}
	return s.find(r.ctx)
}

// timeline reads one page.
func (r *run) timeline(ctx context.Context, q Query) (Page, error) {
	if !r.left(r.Config.Request + r.Config.Store) {
		return Page{}, outOfTime
	}
	ctx, cancel := context.WithTimeout(ctx, r.Config.Request)
	defer cancel()
	return r.X.Timeline(ctx, r.session.Token, r.rec.AccountID, q)
}

// giveUp stops with a doubt that only a person can settle.
func (r *run) giveUp(why string) outcome {
	reason := fault.ReasonOutcomeUnknown.Reason().Says(
		fmt.Sprintf("It is unknown whether tweet %d is on X. %s", r.rec.Next()+1, why))
	if r.rec.Reason != nil {
		reason.Detail, reason.Transaction = r.rec.Reason.Detail, r.rec.Reason.Transaction
	}
	return r.end(r.rec.GiveUp(r.Now(), reason))
}
