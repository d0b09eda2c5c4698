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

// mediaGone is the reason of a file that was lost.
var mediaGone = fault.Reason{
	Code: "media_gone", Sentence: "The file is not in Spool's bucket any more.", Todo: "Upload it again, and edit the post to show the new one.",
}

// prepare sees to it that X has all media of the tweets that are to be sent. It
// answers true when that is so and the post's time has come. Else the run is
// over: the media step is a run of its own, without an intent to send anything.
func (r *run) prepare(ctx context.Context) (bool, error) {
	media := r.content.Media(r.rec.Next())
	if r.rec.Attempt != nil || len(media) == 0 {
		return true, nil // a doubt comes first: see attached
	}
	if err := r.uploads.load(ctx, media); err != nil {
		return false, err
	}
	early := r.rec.ScheduledAt.After(r.Now().Add(r.Config.WakeLead))
	if !early && len(r.uploads.missing(media)) == 0 {
		return true, nil
	}
	if !r.canBegin(ctx) {
		return false, nil
	}
	if err := r.keep(ctx)(r.rec.Prepare(r.Now(), r.owner, r.Config.Lease, r.uploads.transfer(media))); err != nil {
		return false, err
	}
	return false, r.uploadAll(ctx, media)
}

// attached reports whether X has the media of the tweets from index i on. Where a
// doubt was settled, nobody has looked at them yet.
func (r *run) attached(ctx context.Context, i int) bool {
	media := r.content.Media(i)
	if len(media) == 0 {
		return true
	}
	if err := r.uploads.loaded(ctx, media); err != nil {
		r.log.WarnContext(ctx, "what X has of the media could not be read", "error", err)
		return false
	}
	return len(r.uploads.missing(media)) == 0
}

// uploadAll brings all media to X, and then waits for X to process them: a little
// while here, else in the due index.
func (r *run) uploadAll(ctx context.Context, media []post.Medium) error {
	for waited := time.Duration(0); ; {
		if done, err := r.uploadWhatCan(ctx, media); !done {
			return err
		}
		next := r.uploads.check(media)
		if next.IsZero() {
			if err := r.end(ctx)(r.rec.Uploaded(r.Now())); err != nil {
				return err
			}
			return errStale // from here on it is a post like any other
		}
		wait := next.Sub(r.Now())
		if waited += wait; waited > maxInlineWait || !left(ctx, wait+r.Config.Upload+2*r.Config.Store) {
			return r.end(ctx)(r.rec.Await(r.Now(), next, r.uploads.transfer(media), nil))
		}
		if err := clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// uploadWhatCan does for each medium what can be done now. It answers false when the
// run is over.
func (r *run) uploadWhatCan(ctx context.Context, media []post.Medium) (bool, error) {
	for _, m := range r.uploads.missing(media) {
		for !r.uploads.idle(m) {
			if ok, err := r.mayUpload(ctx, media); !ok {
				return false, err
			}
			err := r.upload(ctx, m)
			if err == nil {
				r.proved(ctx)
				continue
			}
			if again, err := r.notUploaded(ctx, media, m, err); !again {
				return false, err
			}
		}
	}
	return true, nil
}

// mayUpload sees to it that there are the lease and the time for one request about
// media. When the lease has to be renewed, how far the uploads are is stored with it:
// that is the progress that its owner sees, and from where another run goes on.
func (r *run) mayUpload(ctx context.Context, media []post.Medium) (bool, error) {
	if !left(ctx, r.Config.Upload+2*r.Config.Store) {
		r.uploads.saveSending(ctx, media)
		return false, r.end(ctx)(r.rec.Await(r.Now(), r.Now(), r.uploads.transfer(media), nil))
	}
	if r.Now().Add(r.Config.Upload).After(r.rec.Lease.Until) {
		r.uploads.saveSending(ctx, media)
		if err := r.keep(ctx)(r.rec.Upload(r.Now(), r.Config.Lease, r.uploads.transfer(media))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// upload makes one request about a medium.
func (r *run) upload(ctx context.Context, m post.Medium) error {
	ctx, cancel := context.WithTimeout(ctx, r.Config.Upload)
	defer cancel()
	return r.uploads.advance(ctx, r.session.Token, m)
}

// notUploaded does what a refusal of a medium asks for. It answers true when the
// same may be tried at once.
func (r *run) notUploaded(ctx context.Context, media []post.Medium, m post.Medium, cause error) (again bool, err error) {
	if ctx.Err() != nil {
		return false, cause
	}
	v := fault.Judge(cause)
	if fault.Is(cause, fault.NotFound) {
		v.Action, v.Reason = fault.Final, mediaGone
	}
	v.Reason.Sentence = fmt.Sprintf("%s: %s", r.place(m), v.Reason.Sentence)
	r.log.WarnContext(ctx, "X did not take a medium", "media_id", m.ID, "action", v.Action, "scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	r.uploads.saveSending(ctx, media)
	if met, again, err := r.hindered(ctx, v, fault.ScopePost, false); met { // X counts uploads by themselves
		return again, err
	}
	now := r.Now()
	if v.Action == fault.Final || r.rec.Media.Tries >= maxUploadTries {
		r.uploads.forget(ctx, m)
		return false, r.end(ctx)(r.rec.Fail(now, v.Reason))
	}
	if v.Reason.Code == notReady {
		r.uploads.forget(ctx, m)
	}
	next := now.Add(r.jitter(min(10*time.Second<<r.rec.Media.Tries, time.Hour)))
	return false, r.end(ctx)(r.rec.Await(now, next, r.uploads.transfer(media), &v.Reason))
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
