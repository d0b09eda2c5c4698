package publish

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"spool/shared/post"
)

// uploadMargin is how long X must still keep an upload for it to be relied on when a
// run begins. No run takes as long.
const uploadMargin = 2 * time.Hour

// uploads knows what X has of a post's media, and uploads the rest (upload.go). It
// knows nothing of the post itself. A run has one, and it alone uses it.
type uploads struct {
	Media
	accountID string
	now       func() time.Time
	log       *slog.Logger

	known map[string]Upload // by digest; nil: not read yet
	begun map[string]bool   // by digest: X was first asked for it in this run
}

// load reads what X has of the media.
func (u *uploads) load(ctx context.Context, media []post.Medium) error {
	var digests []string
	for _, m := range distinct(media) {
		digests = append(digests, m.Digest())
	}
	known, err := u.Uploads.Uploads(ctx, u.accountID, digests)
	if err != nil {
		return err
	}
	for d, one := range known {
		// Of what X is still at work on X itself is asked: else one that it never
		// finishes in time would be uploaded again for ever.
		if one.Stage != Processing && !one.Expires.After(u.now()) {
			delete(known, d) // X forgets it soon: it is uploaded again
		}
	}
	u.known, u.begun = known, map[string]bool{}
	return nil
}

// loadOnce reads what X has of the media, unless that was done.
func (u *uploads) loadOnce(ctx context.Context, media []post.Medium) error {
	if u.known != nil {
		return nil
	}
	return u.load(ctx, media)
}

// distinct are the media, each once.
func distinct(media []post.Medium) []post.Medium {
	var once []post.Medium
	for _, m := range media {
		if !slices.ContainsFunc(once, func(o post.Medium) bool { return o.Digest() == m.Digest() }) {
			once = append(once, m)
		}
	}
	return once
}

// missing are the media that X cannot show yet, each once.
func (u *uploads) missing(media []post.Medium) []post.Medium {
	return slices.DeleteFunc(distinct(media), func(m post.Medium) bool { return u.known[m.Digest()].Stage == Ready })
}

// transfer is how much X has of the media.
func (u *uploads) transfer(media []post.Medium) post.Transfer {
	var t post.Transfer
	for _, m := range media {
		t.Total += m.Bytes
		switch one := u.known[m.Digest()]; one.Stage {
		case Ready, Processing:
			t.Sent += m.Bytes
		case Sending:
			t.Sent += min(int64(one.Segments)*u.segment(), m.Bytes)
		}
	}
	return t
}

// check is when X is to be asked about the media that it is at work on; zero when it
// has them all.
func (u *uploads) check(media []post.Medium) (next time.Time) {
	for _, m := range u.missing(media) {
		if at := u.known[m.Digest()].Check; next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// attach gives a tweet with X's ids for its media.
func (u *uploads) attach(t post.Tweet) post.Tweet {
	t.Media = slices.Clone(t.Media)
	for i, m := range t.Media {
		t.Media[i].PlatformID = u.known[m.Digest()].ID
	}
	return t
}

// keys are X's keys of what a tweet shows, sorted; nil where they are not all known.
func (u *uploads) keys(t post.Tweet) []string {
	var keys []string
	for _, m := range t.Media {
		key := u.known[m.Digest()].Key
		if key == "" {
			return nil
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// save stores an upload. Where that fails, X is given the medium again.
func (u *uploads) save(ctx context.Context, one Upload) {
	if err := u.Uploads.SaveUpload(ctx, one); err != nil {
		u.log.WarnContext(ctx, "an upload could not be remembered", "platform_media_id", one.ID, "error", err)
	}
}

// saveSending stores how far the upload under way is.
func (u *uploads) saveSending(ctx context.Context, media []post.Medium) {
	for _, m := range u.missing(media) {
		if one := u.known[m.Digest()]; one.Stage == Sending {
			u.save(ctx, one)
		}
	}
}

// forget has media uploaded anew.
func (u *uploads) forget(ctx context.Context, media ...post.Medium) {
	for _, m := range media {
		if _, ok := u.known[m.Digest()]; ok {
			delete(u.known, m.Digest())
			u.save(ctx, Upload{AccountID: u.accountID, Digest: m.Digest(), Expires: u.now()})
		}
	}
}

// reliedUntil is until when an upload is relied on that X forgets at the end. X may
// keep one for less than it says elsewhere: of a short time half counts.
func (u *uploads) reliedUntil(end time.Time) time.Time {
	return end.Add(-min(uploadMargin, end.Sub(u.now())/2))
}
