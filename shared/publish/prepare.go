package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
)

const (
	// fresh is how long X must still keep an upload for it to be relied on when a
	// run begins. No run takes as long.
	fresh = 2 * time.Hour
	// brief is how long a run waits for X to process media before it leaves that to
	// the due index, which is good to a minute only.
	brief = 10 * time.Second
	// maxProcessing is how long X may work on a medium.
	maxProcessing = time.Hour
	// maxUploadTries is how often the media of a post are tried again after a
	// clear, transient refusal: over some five hours.
	maxUploadTries = 12
)

// notReady is the reason that X gives when it does not know an upload, or has not
// finished with it.
const notReady = "media_not_ready"

// errLater ends the work on the media for this run: its time is over.
var errLater = errors.New("the media are gone on with in another run")

// prepare sees to it that X has all media of the tweets that are to be sent. It
// answers true when that is so and the post's time has come. Else the run is
// over: the media step is a run of its own, without an intent to send anything.
func (r *run) prepare(ctx context.Context) (bool, error) {
	media := r.content.Media(r.rec.Next())
	if r.rec.Attempt != nil || len(media) == 0 {
		return true, nil // a doubt comes first: see attached
	}
	if err := r.gather(ctx, media); err != nil {
		return false, err
	}
	early := r.rec.ScheduledAt.After(r.Now().Add(r.Config.WakeLead))
	if !early && len(r.missing(media)) == 0 {
		return true, nil
	}
	if !r.canBegin(ctx) {
		return false, nil
	}
	if err := r.keep(ctx)(r.rec.Prepare(r.Now(), r.owner, r.Config.Lease, r.transfer(media))); err != nil {
		return false, err
	}
	return false, r.bringAll(ctx, media)
}

// attached reports whether X has the media of the tweets from index i on. Where a
// doubt was settled, nobody has looked at them yet.
func (r *run) attached(ctx context.Context, i int) bool {
	media := r.content.Media(i)
	if len(media) == 0 {
		return true
	}
	if r.uploads == nil {
		if err := r.gather(ctx, media); err != nil {
			r.log.WarnContext(ctx, "what X has of the media could not be read", "error", err)
			return false
		}
	}
	return len(r.missing(media)) == 0
}

// attach gives a tweet with X's ids for its media.
func (r *run) attach(t post.Tweet) post.Tweet {
	t.Media = slices.Clone(t.Media)
	for i, m := range t.Media {
		t.Media[i].PlatformID = r.uploads[m.Digest()].ID
	}
	return t
}

// gather reads what X has of the media.
func (r *run) gather(ctx context.Context, media []post.Medium) error {
	var digests []string
	for _, m := range media {
		if d := m.Digest(); !slices.Contains(digests, d) {
			digests = append(digests, d)
		}
	}
	uploads, err := r.Media.Uploads.Uploads(ctx, r.rec.AccountID, digests)
	if err != nil {
		return err
	}
	for d, u := range uploads {
		// Of what X is still at work on X itself is asked: else one that it never
		// finishes in time would be uploaded again for ever.
		if u.Stage != Processing && !u.Expires.After(r.Now()) {
			delete(uploads, d) // X forgets it soon: it is uploaded again
		}
	}
	r.uploads = uploads
	return nil
}

// relied tells until when an upload is relied on that X forgets at the end. X may
// keep one for less than it says elsewhere: of a short time half counts.
func (r *run) relied(end time.Time) time.Time {
	return end.Add(-min(fresh, end.Sub(r.Now())/2))
}

// missing are the media that X cannot show yet, each once.
func (r *run) missing(media []post.Medium) []post.Medium {
	var open []post.Medium
	for _, m := range media {
		if r.uploads[m.Digest()].Stage != Ready && !slices.ContainsFunc(open, func(o post.Medium) bool { return o.Digest() == m.Digest() }) {
			open = append(open, m)
		}
	}
	return open
}

// transfer is how much X has of the media.
func (r *run) transfer(media []post.Medium) post.Transfer {
	var t post.Transfer
	for _, m := range media {
		t.Total += m.Bytes
		switch u := r.uploads[m.Digest()]; u.Stage {
		case Ready, Processing:
			t.Sent += m.Bytes
		case Sending:
			t.Sent += min(int64(u.Segments)*r.Media.segment(), m.Bytes)
		}
	}
	return t
}

// bringAll brings all media to X, and then waits for X to process them: briefly
// here, else in the due index.
func (r *run) bringAll(ctx context.Context, media []post.Medium) error {
	waited := time.Duration(0)
	for {
		next, err := r.pass(ctx, media)
		wait := next.Sub(r.Now())
		waited += wait
		switch {
		case errors.Is(err, errLater):
			return r.end(ctx)(r.rec.Await(r.Now(), r.Now(), r.transfer(media), nil))
		case err != nil || r.rec.Lease.Owner == "":
			return err
		case next.IsZero():
			if err := r.end(ctx)(r.rec.Uploaded(r.Now())); err != nil {
				return err
			}
			return errStale // from here on it is a post like any other
		case waited > brief || !left(ctx, wait+r.Config.Upload+2*r.Config.Store):
			return r.end(ctx)(r.rec.Await(r.Now(), next, r.transfer(media), nil))
		default:
			if err := clock.Sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
}

// pass does for each medium what can be done now, and tells when X is to be
// asked again; never, when it has them all. It may end the run.
func (r *run) pass(ctx context.Context, media []post.Medium) (next time.Time, err error) {
	for _, m := range r.missing(media) {
		for again := true; again; {
			err := r.bring(ctx, media, m)
			if err == nil {
				break
			}
			if again, err = r.notBrought(ctx, media, m, err); !again {
				return next, err
			}
		}
	}
	for _, m := range r.missing(media) {
		if check := r.uploads[m.Digest()].Check; next.IsZero() || check.Before(next) {
			next = check
		}
	}
	return next, nil
}

// mediaGone is the reason of a file that was lost.
var mediaGone = fault.Reason{
	Code: "media_gone", Sentence: "The file is not in Spool's bucket any more.", Todo: "Upload it again, and edit the post to show the new one.",
}

// notBrought does what a refusal of a medium asks for. It answers true when the
// same may be tried at once.
func (r *run) notBrought(ctx context.Context, media []post.Medium, m post.Medium, cause error) (again bool, err error) {
	if errors.Is(cause, errAnew) {
		return true, nil
	}
	if errors.Is(cause, errStale) || errors.Is(cause, errLater) || ctx.Err() != nil {
		return false, cause
	}
	v := fault.Judge(cause)
	if fault.Is(cause, fault.NotFound) {
		v.Action, v.Reason = fault.Final, mediaGone
	}
	v.Reason.Sentence = fmt.Sprintf("%s: %s", r.place(m), v.Reason.Sentence)
	r.log.WarnContext(ctx, "X did not take a medium", "media_id", m.ID, "action", v.Action, "scope", v.Scope, "reason", v.Reason.Code, "error", cause)
	r.rememberSending(ctx, media)
	if met, again, err := r.hindered(ctx, v, fault.ScopePost, false); met { // X counts uploads by themselves
		return again, err
	}
	now := r.Now()
	if v.Action == fault.Final || r.rec.Media.Tries >= maxUploadTries {
		r.forget(ctx, m)
		return false, r.end(ctx)(r.rec.Fail(now, v.Reason))
	}
	if v.Reason.Code == notReady {
		r.forget(ctx, m)
	}
	next := now.Add(r.jitter(min(10*time.Second<<r.rec.Media.Tries, time.Hour)))
	return false, r.end(ctx)(r.rec.Await(now, next, r.transfer(media), &v.Reason))
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

// forget makes the next run upload media anew.
func (r *run) forget(ctx context.Context, media ...post.Medium) {
	for _, m := range media {
		if _, ok := r.uploads[m.Digest()]; ok {
			delete(r.uploads, m.Digest())
			r.remember(ctx, Upload{AccountID: r.rec.AccountID, Digest: m.Digest(), Expires: r.Now()})
		}
	}
}
