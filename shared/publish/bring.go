package publish

import (
	"context"
	"errors"
	"io"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// bring does for one medium what can be done without waiting: it uploads it, or
// asks how its processing goes.
func (r *run) bring(ctx context.Context, media []post.Medium, m post.Medium) error {
	u, known := r.uploads[m.Digest()]
	if known && u.Stage == Processing {
		if r.Now().Before(u.Check) {
			return nil
		}
		return r.step(ctx, media, func(ctx context.Context) error {
			p, err := r.Media.X.Status(ctx, r.session.Token, u.ID)
			if err != nil {
				return err
			}
			return r.arrived(ctx, m, u.Since, p)
		})
	}
	file := r.Media.Files.Open(ctx, m.Key(), m.Bytes)
	if m.Kind != tweet.Image {
		return r.bringSegments(ctx, media, m, file)
	}
	return r.step(ctx, media, func(ctx context.Context) error {
		from := &source{Reader: io.NewSectionReader(file, 0, m.Bytes)}
		p, err := r.Media.X.Upload(ctx, r.session.Token, m, from)
		if err != nil {
			return errors.Join(err, from.failed)
		}
		return r.arrived(ctx, m, r.Now(), p)
	})
}

// bringSegments uploads a medium piece by piece. Where an earlier run has begun,
// it goes on from the last segment that is known to be at X.
func (r *run) bringSegments(ctx context.Context, media []post.Medium, m post.Medium, file io.ReaderAt) error {
	u, resumed := r.uploads[m.Digest()]
	if !resumed {
		err := r.step(ctx, media, func(ctx context.Context) error {
			p, err := r.Media.X.Initialize(ctx, r.session.Token, m)
			u = Upload{AccountID: r.rec.AccountID, Digest: m.Digest(), ID: p.ID, Key: p.Key, Stage: Sending, Expires: r.relied(p.Expires)}
			return err
		})
		if err != nil {
			return err
		}
		r.uploads[m.Digest()] = u
	}
	segment := r.Media.segment()
	for off := int64(u.Segments) * segment; off < m.Bytes; off += segment {
		err := r.step(ctx, media, func(ctx context.Context) error {
			size := min(segment, m.Bytes-off)
			from := &source{Reader: io.NewSectionReader(file, off, size)}
			err := r.Media.X.Append(ctx, r.session.Token, u.ID, u.Segments, from, size)
			return errors.Join(err, from.failed)
		})
		if err != nil {
			return r.resumable(ctx, resumed, m, err)
		}
		u.Segments++
		r.uploads[m.Digest()] = u
	}
	err := r.step(ctx, media, func(ctx context.Context) error {
		p, err := r.Media.X.Finalize(ctx, r.session.Token, u.ID)
		if err != nil {
			return err
		}
		return r.arrived(ctx, m, r.Now(), p)
	})
	return r.resumable(ctx, resumed, m, err)
}

// source remembers why reading broke off: X's answer to half a request may come
// first.
type source struct {
	io.Reader
	failed error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

// resumable judges a refusal of an upload. One that an earlier worker began may
// have been ended by it, or forgotten by X: then a refusal says nothing about
// the medium, and it is uploaded anew.
func (r *run) resumable(ctx context.Context, resumed bool, m post.Medium, err error) error {
	if err == nil || !resumed {
		return err
	}
	if v := fault.Judge(err); v.Action != fault.Final && v.Reason.Code != notReady {
		return err
	}
	r.log.InfoContext(ctx, "X does not go on with an upload that was begun; it begins anew", "media_id", m.ID, "error", err)
	delete(r.uploads, m.Digest())
	return errAnew
}

// errAnew asks to bring a medium from its beginning.
var errAnew = errors.New("the upload begins anew")

// arrived remembers what X has all of, and describes it once it is processed.
func (r *run) arrived(ctx context.Context, m post.Medium, since time.Time, p Progress) error {
	now := r.Now()
	u := Upload{AccountID: r.rec.AccountID, Digest: m.Digest(), ID: p.ID, Key: p.Key, Stage: Processing, Since: since, Check: now.Add(p.Check), Expires: r.relied(p.Expires)}
	if before := r.uploads[m.Digest()]; before.ID == u.ID && before.Expires.Before(u.Expires) {
		u.Expires = before.Expires // half of what is left, told anew each time, would never end
	}
	if !p.Ready && now.Sub(since) > maxProcessing {
		return errStuck
	}
	if p.Ready {
		if m.AltText != "" {
			r.uploads[m.Digest()] = u // whatever comes of the description, X has the bytes
			if err := r.Media.X.Describe(ctx, r.session.Token, p.ID, m.AltText); err != nil {
				r.remember(ctx, u)
				return err
			}
		}
		u.Stage = Ready
	}
	r.uploads[m.Digest()] = u
	r.remember(ctx, u)
	r.proved(ctx)
	return nil
}

// errStuck is the error of a medium that X does not finish with.
var errStuck = finalRefusal{fault.Reason{
	Code: "media_processing_stuck", Sentence: "X has been processing it for an hour without an end.",
	Todo: "Retry the post to upload it again, or convert the file.",
}}

// finalRefusal is a final refusal by Spool itself.
type finalRefusal struct{ reason fault.Reason }

func (e finalRefusal) Error() string { return e.reason.Sentence }
func (e finalRefusal) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: fault.Final, Reason: e.reason}
}

// remember stores an upload. Where that fails, X is given the medium again.
func (r *run) remember(ctx context.Context, u Upload) {
	if err := r.Media.Uploads.SaveUpload(ctx, u); err != nil {
		r.log.WarnContext(ctx, "an upload could not be remembered", "platform_media_id", u.ID, "error", err)
	}
}

// step makes one request about media, with the lease and the time that it needs.
// When the lease has to be renewed, how far the uploads are is stored with it:
// that is the progress that its owner sees, and from where another run goes on.
func (r *run) step(ctx context.Context, media []post.Medium, request func(context.Context) error) error {
	need := r.Config.Upload + 2*r.Config.Store
	if !left(ctx, need) {
		r.rememberSending(ctx, media)
		return errLater
	}
	if r.Now().Add(r.Config.Upload).After(r.rec.Lease.Until) {
		r.rememberSending(ctx, media)
		if err := r.keep(ctx)(r.rec.Upload(r.Now(), r.Config.Lease, r.transfer(media))); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.Config.Upload)
	defer cancel()
	return request(ctx)
}

// rememberSending stores how far the upload under way is.
func (r *run) rememberSending(ctx context.Context, media []post.Medium) {
	for _, m := range r.missing(media) {
		if u := r.uploads[m.Digest()]; u.Stage == Sending {
			r.remember(ctx, u)
		}
	}
}
