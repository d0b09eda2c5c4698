package publish

import (
	"context"
	"errors"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// The reasons that the publisher itself gives.
var (
	accountGone = fault.Reason{
		Code: "account_gone", Sentence: "The account that this post belongs to is no longer connected.",
		Todo: "Connect the account again, then retry the post.",
	}
	parentGone = fault.Reason{
		Code: "parent_deleted", Sentence: "The tweet before this one was deleted on X, or is not visible, so nothing can reply to it.",
		Todo: "Duplicate the post to publish the thread anew.",
	}
	notRenewed = fault.Reason{
		Code: "token_not_renewed", Sentence: "X refused the account's access token, and Spool could not renew it at that moment.",
		Todo: "Nothing: Spool tries again by itself.",
	}
)

const (
	// parentYoung is how long X may need to show a new tweet to those that
	// reply to it.
	parentYoung = 5 * time.Minute
	// ShortestWait is the floor of every wait: X's limits are kept in whole minutes.
	ShortestWait = time.Minute
	// LongestWait is the longest wait that is believed: the longest window of X's
	// limits is 24 hours, and clocks differ.
	LongestWait = 25 * time.Hour
	// storm is the pause after X refused a token that had just been renewed.
	// X had outages that answered 401 to everybody: that is no disconnect.
	storm = 5 * time.Minute
	// Spread is over how long the posts that wait for the same moment are spread.
	Spread = 30 * time.Second
)

// refused does what X's refusal of a create asks for. It answers true when the
// same tweet may be sent at once.
func (r *run) refused(ctx context.Context, cause error) (again bool, err error) {
	v := fault.Judge(cause)
	r.log.WarnContext(ctx, "X did not accept the tweet", "position", r.rec.Next()+1, "action", v.Action,
		"scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	if met, again, err := r.hindered(ctx, v, v.Scope, false); met {
		return again, err
	}
	switch v.Action {
	case fault.Retry:
		return false, r.later(ctx, v)
	case fault.Settle:
		return r.doubt(ctx, v.Reason, post.NotLooked)
	default: // Final
	}
	if v.Duplicate && !r.rec.Doubted.IsZero() {
		return r.doubt(ctx, v.Reason, post.Duplicate)
	}
	return false, r.end(ctx)(r.rec.Fail(r.Now(), v.Reason))
}

// hindered does what every refusal of X's that is not about the tweet or file asks
// for: a new token, or a wait. It answers whether that was all, and then as refused
// does. A limit holds what is in the scope limited: what was asked for may have a
// limit of its own, and then others may go on.
func (r *run) hindered(ctx context.Context, v fault.Verdict, limited fault.Scope, inDoubt bool) (met, again bool, err error) {
	p := Pause{Scope: v.Scope, Until: r.soonest(v.Until), Sub: post.Paused, Reason: v.Reason}
	switch v.Action {
	case fault.Refresh:
		again, err = r.renew(ctx, v, inDoubt)
		return true, again, err
	case fault.Wait:
		p.Scope, p.Sub = limited, post.RateLimited
		return true, false, r.halt(ctx, p, inDoubt)
	case fault.Pause:
		return true, false, r.halt(ctx, p, inDoubt)
	default:
		return false, false, nil
	}
}

// later backs off after a clear, transient refusal, or fails the post when that
// was tried often enough.
func (r *run) later(ctx context.Context, v fault.Verdict) error {
	now := r.Now()
	if v.Reason.Code == "parent_not_visible" && now.Sub(post.PostedAt(r.rec.Parent())) > parentYoung {
		reason := parentGone
		reason.Detail, reason.Transaction = v.Reason.Detail, v.Reason.Transaction
		return r.end(ctx)(r.rec.Fail(now, reason))
	}
	if r.rec.Tries >= post.MaxTries {
		return r.end(ctx)(r.rec.Fail(now, v.Reason))
	}
	if v.Reason.Code == notReady {
		r.uploads.forget(ctx, r.content.Tweets[r.rec.Next()].Media...)
	}
	return r.end(ctx)(r.rec.Backoff(now, now.Add(r.backoff()), v.Reason))
}

// renew replaces the token that X refused, once a run. It answers true when the
// refused request may be tried once more.
func (r *run) renew(ctx context.Context, v fault.Verdict, inDoubt bool) (again bool, err error) {
	if r.renewed {
		p := Pause{Scope: fault.ScopeAccount, Until: r.Now().Add(storm), Sub: post.Paused, Reason: v.Reason}
		return false, r.halt(ctx, p, inDoubt)
	}
	r.renewed = true
	s, err := r.Accounts.Renew(ctx, r.session)
	if err != nil {
		return false, r.shut(ctx, err, inDoubt)
	}
	r.session = s
	return true, nil
}

// shut ends a run that cannot use its account. Before the post is claimed, an
// error of Spool's own storage changes nothing and comes back.
func (r *run) shut(ctx context.Context, cause error, inDoubt bool) error {
	_, judged := errors.AsType[fault.Judged](cause)
	v := fault.Judge(cause)
	p := Pause{Scope: v.Scope, Until: r.soonest(v.Until), Sub: post.Paused, Reason: v.Reason}
	switch {
	case fault.Is(cause, fault.NotFound) && inDoubt:
		return r.end(ctx)(r.rec.GiveUp(r.Now(), r.undecided(accountGone.Sentence)))
	case fault.Is(cause, fault.NotFound):
		return r.end(ctx)(r.rec.Fail(r.Now(), accountGone))
	case !judged && !r.claimed():
		return cause
	case !judged:
		p.Reason = notRenewed
	case v.Action == fault.Pause && !v.Until.IsZero():
		return r.halt(ctx, p, inDoubt)
	}
	r.log.WarnContext(ctx, "the account cannot be used", "reason", p.Reason.Code, "error", cause)
	return r.wait(ctx, p, inDoubt)
}

// claimed reports whether this run has the post.
func (r *run) claimed() bool { return r.rec.Lease.Owner == r.owner }

// halt makes everything in the pause's scope wait, this post among it.
func (r *run) halt(ctx context.Context, p Pause, inDoubt bool) error {
	if p.Scope != fault.ScopePost {
		if err := r.Accounts.Pause(ctx, r.session, p); err != nil {
			// This post waits all the same; the next one finds out by itself.
			r.log.WarnContext(ctx, "the pause could not be stored", "scope", p.Scope, "error", err)
		}
	}
	return r.wait(ctx, p, inDoubt)
}

// wait puts the post back into the due index until the pause ends, spread so
// that not everything starts again at the same moment.
func (r *run) wait(ctx context.Context, p Pause, inDoubt bool) error {
	until := p.Until.Add(time.Duration(r.Rand() * float64(Spread)))
	return r.end(ctx)(r.rec.Park(r.Now(), until, p.Sub, p.Reason, inDoubt))
}

// soonest is a wait's end, and at least a minute from now.
func (r *run) soonest(t time.Time) time.Time {
	if floor := r.Now().Add(ShortestWait); t.Before(floor) {
		return floor
	}
	return t
}

// backoff is the wait after a tweet's next failed try: 10, 40, 160 s, and up to half
// more.
func (r *run) backoff() time.Duration { return r.jitter(10 * time.Second << (2 * r.rec.Tries)) }

// jitter lengthens a wait by up to a half.
func (r *run) jitter(d time.Duration) time.Duration {
	return d + time.Duration(r.Rand()*float64(d)/2)
}
