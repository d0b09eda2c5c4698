package publish

import (
	"context"
	"fmt"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
)

const (
	// maxInlineWait is how long a run waits for X to process media before it leaves
	// that to the due index, which is good to a minute only.
	maxInlineWait = 10 * time.Second
	// maxUploadTries is how often the media of a post are tried again after a
	// clear, transient refusal: over some five hours.
	maxUploadTries = 12
)

// attached reports whether X has the media of the tweets from index i on. Where a
// doubt was settled, nobody has looked at them yet.
func (r *run) attached(i int) bool {
	media := r.content.Media(i)
	if len(media) == 0 {
		return true
	}
	if err := r.uploads.loadOnce(r.ctx, media); err != nil {
		r.Log.WarnContext(r.ctx, "what X has of the media could not be read", "error", err)
		return false
	}
	return len(r.uploads.missing(media)) == 0
}

// uploadAll uploads all media to X, and then waits for X to process them: a little
// while here, else in the due index.
func (r *run) uploadAll(media []post.Medium) outcome {
	for waited := time.Duration(0); ; {
		if out := r.uploadWhatCan(media); out != goOn {
			return out
		}
		check := r.uploads.check(media)
		if check.IsZero() {
			return r.endAndReload(r.rec.Uploaded(r.Now())) // from here on it is a post like any other
		}
		wait := check.Sub(r.Now())
		if waited += wait; waited > maxInlineWait || !r.left(wait+r.Config.Upload+2*r.Config.Store) {
			return r.end(r.rec.Await(r.Now(), check, r.uploads.transfer(media), nil))
		}
		if err := clock.Sleep(r.ctx, wait); err != nil {
			return r.fail(err)
		}
	}
}

// uploadWhatCan does for each medium what can be done now.
func (r *run) uploadWhatCan(media []post.Medium) outcome {
	for _, m := range media {
		for !r.uploads.idle(m) {
			if out := r.mayUpload(media); out != goOn {
				return out
			}
			err := r.upload(m)
			if err == nil {
				r.probeSucceeded()
				continue
			}
			if out := r.notUploaded(media, m, err); out != again {
				return out
			}
		}
	}
	return goOn
}

// mayUpload sees to it that there are the lease and the time for one request about
// media, and that others have their turn. When the lease has to be renewed, how far the uploads are is stored with it:
// that is the progress that its owner sees, and from where another run goes on.
func (r *run) mayUpload(media []post.Medium) outcome {
	hurried := !r.left(r.Config.Upload+2*r.Config.Store) || r.hadShare()
	if !hurried && !r.Now().Add(r.Config.Upload).After(r.rec.Lease.Until) {
		return goOn
	}
	r.uploads.saveSending(r.ctx, media)
	if hurried {
		return r.end(r.rec.Await(r.Now(), r.Now(), r.uploads.transfer(media), nil))
	}
	return r.keep(r.rec.Upload(r.Now(), r.Config.Lease, r.uploads.transfer(media)))
}

// upload makes one request about a medium.
func (r *run) upload(m post.Medium) error {
	ctx, cancel := context.WithTimeout(r.ctx, r.Config.Upload)
	defer cancel()
	return r.uploads.advance(ctx, r.session.Token, m)
}

// notUploaded does what a refusal of a medium asks for.
func (r *run) notUploaded(media []post.Medium, m post.Medium, cause error) outcome {
	if r.ctx.Err() != nil {
		return r.fail(cause)
	}
	v := fault.Judge(cause)
	if fault.Is(cause, fault.NotFound) {
		v.Action, v.Reason = fault.Final, fault.ReasonMediaGone.Reason()
	}
	v.Reason.Sentence = fmt.Sprintf("%s: %s", r.place(m), v.Reason.Sentence)
	r.Log.WarnContext(r.ctx, "X did not take a medium", "media_id", m.ID, "action", v.Action,
		"scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	r.uploads.saveSending(r.ctx, media)
	if out := r.handleShared(limitedAlone(v)); out != goOn { // X counts uploads by themselves
		return out
	}
	now := r.Now()
	final := v.Action == fault.Final || r.rec.Media.Tries >= maxUploadTries
	if final || v.Reason.Code == fault.ReasonMediaNotReady {
		r.uploads.forget(r.ctx, m)
	}
	if final {
		return r.end(r.rec.Fail(now, v.Reason))
	}
	next := now.Add(r.jitter(min(10*time.Second<<r.rec.Media.Tries, time.Hour)))
	return r.end(r.rec.Await(now, next, r.uploads.transfer(media), &v.Reason))
}

// place names a medium by where it is first shown.
func (r *run) place(m post.Medium) string {
	for i, t := range r.content.Tweets {
		for k, other := range t.Media {
			if other.Digest() == m.Digest() && i >= r.rec.Next() {
				return fmt.Sprintf("Medium %d of tweet %d", k+1, i+1)
			}
		}
	}
	return "A medium"
}
