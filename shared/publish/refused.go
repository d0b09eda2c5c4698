package publish

import (
	"errors"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

const (
	// parentYoung is how long X may need to show a new tweet to those that
	// reply to it.
	parentYoung = 5 * time.Minute
	// newTokenPause is the pause after X refused a token that had just been renewed.
	// X had outages that answered 401 to everybody: that is no disconnect.
	newTokenPause = 5 * time.Minute
)

// refused does what X's refusal of a create asks for.
func (r *run) refused(cause error) outcome {
	v := fault.Judge(cause)
	r.Log.WarnContext(r.ctx, "X did not accept the tweet", "position", r.rec.Next()+1, "action", v.Action,
		"scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	if out := r.handleShared(v); out != goOn {
		return out
	}
	switch {
	case v.Action == fault.Retry:
		return r.backOff(v)
	case v.Action == fault.Settle:
		return r.doubt(v.Reason, post.NotLooked)
	case v.Duplicate && !r.rec.Doubted.IsZero():
		return r.doubt(v.Reason, post.Duplicate)
	default: // Final
		return r.end(r.rec.Fail(r.Now(), v.Reason))
	}
}

// backOff waits after a clear, transient refusal, or fails the post when that
// was tried often enough.
func (r *run) backOff(v fault.Verdict) outcome {
	now := r.Now()
	if v.Reason.Code == fault.ReasonParentNotVisible && now.Sub(post.PostedAt(r.rec.Parent())) > parentYoung {
		reason := fault.ReasonParentDeleted.Reason()
		reason.Detail, reason.Transaction = v.Reason.Detail, v.Reason.Transaction
		return r.end(r.rec.Fail(now, reason))
	}
	if r.rec.Tries >= post.MaxTries {
		return r.end(r.rec.Fail(now, v.Reason))
	}
	if v.Reason.Code == fault.ReasonMediaNotReady {
		r.uploads.forget(r.ctx, r.content.Tweets[r.rec.Next()].Media...)
	}
	return r.end(r.rec.Backoff(now, now.Add(r.untilNextTry()), v.Reason))
}

// handleShared does what a refusal asks for that is not about the tweet or file: a new
// token, or a wait of all that is in its scope. It goes on where the refusal is about
// just that.
func (r *run) handleShared(v fault.Verdict) outcome {
	p := Pause{Scope: v.Scope, Until: r.soonest(v.Until), Sub: post.Paused, Reason: v.Reason}
	switch v.Action {
	case fault.Refresh:
		return r.renew(v)
	case fault.Wait:
		p.Sub = post.RateLimited
		return r.pauseScope(p)
	case fault.Pause:
		return r.pauseScope(p)
	default:
		return goOn
	}
}

// limitedAlone is the verdict on a request that X counts by itself: a limit of it holds
// this post, and others may go on.
func limitedAlone(v fault.Verdict) fault.Verdict {
	if v.Action == fault.Wait {
		v.Scope = fault.ScopePost
	}
	return v
}

// renew replaces the token that X refused, once a run.
func (r *run) renew(v fault.Verdict) outcome {
	if r.renewed {
		return r.pauseScope(Pause{
			Scope: fault.ScopeAccount, Until: r.Now().Add(newTokenPause), Sub: post.Paused, Reason: v.Reason,
		})
	}
	r.renewed = true
	s, err := r.Accounts.Renew(r.ctx, r.session)
	if err != nil {
		return r.cannotOpen(err)
	}
	r.session = s
	return again
}

// cannotOpen ends a run that cannot use its account. Before the post is claimed, an
// error of Spool's own storage changes nothing and comes back.
func (r *run) cannotOpen(cause error) outcome {
	_, judged := errors.AsType[fault.Judged](cause)
	v := fault.Judge(cause)
	p := Pause{Scope: v.Scope, Until: r.soonest(v.Until), Sub: post.Paused, Reason: v.Reason}
	switch {
	case fault.Is(cause, fault.NotFound) && r.inDoubt():
		return r.giveUp(fault.ReasonAccountGone.Reason().Sentence)
	case fault.Is(cause, fault.NotFound):
		return r.end(r.rec.Fail(r.Now(), fault.ReasonAccountGone.Reason()))
	case !judged && !r.claimed():
		return r.fail(cause)
	case !judged:
		p.Reason = fault.ReasonTokenNotRenewed.Reason()
	case v.Action == fault.Pause && !v.Until.IsZero():
		return r.pauseScope(p)
	}
	r.Log.WarnContext(r.ctx, "the account cannot be used", "reason", p.Reason.Code, "error", cause)
	return r.wait(p)
}

// pauseScope makes everything in the pause's scope wait, this post among it.
func (r *run) pauseScope(p Pause) outcome {
	if p.Scope != fault.ScopePost {
		until, err := r.Accounts.Pause(r.ctx, r.session, p)
		if err != nil {
			// This post waits all the same; the next one finds out by itself.
			r.Log.WarnContext(r.ctx, "the pause could not be stored", "scope", p.Scope, "error", err)
		}
		if until.After(p.Until) {
			p.Until = until // a refused probe doubles the wait
		}
	}
	return r.wait(p)
}

// probeSucceeded ends a pause, when this run was to find out whether X takes requests
// again: it does.
func (r *run) probeSucceeded() {
	if !r.session.Probe && !r.session.Recovers {
		return
	}
	if err := r.Accounts.ProbeSucceeded(r.ctx, r.session); err != nil {
		r.Log.WarnContext(r.ctx, "the pause could not be ended; the next run will", "error", err)
	}
	r.session.Probe, r.session.Recovers = false, false
}

// soonest is a wait's end, and at least a minute from now.
func (r *run) soonest(t time.Time) time.Time {
	if floor := r.Now().Add(post.ShortestWait); t.Before(floor) {
		return floor
	}
	return t
}

// untilNextTry is the wait after a tweet's next failed try: 10, 40, 160 s, and up to half
// more.
func (r *run) untilNextTry() time.Duration { return r.jitter(10 * time.Second << (2 * r.rec.Tries)) }

// jitter lengthens a wait by up to a half.
func (r *run) jitter(d time.Duration) time.Duration {
	return d + time.Duration(r.Rand()*float64(d)/2)
}
