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

// maxProcessing is how long X may work on a medium.
const maxProcessing = time.Hour

// idle reports whether nothing can be done for a medium now: X has it, or is at work
// on it and is not to be asked yet.
func (u *uploads) idle(m post.Medium) bool {
	one := u.known[m.Digest()]
	return one.Stage == Ready || u.now().Before(one.Check)
}

// advance makes the one request that comes next for a medium that is not idle: a
// picture goes in one, GIFs and videos piece by piece, from the last segment that is
// known to be at X; then X is asked how its processing goes. Each is safe to repeat.
func (u *uploads) advance(ctx context.Context, token string, m post.Medium) error {
	one, known := u.known[m.Digest()]
	sent := int64(one.Segments) * u.segment()
	switch {
	case one.Stage == Processing:
		return u.status(ctx, token, m, one)
	case m.Kind == tweet.Image:
		return u.whole(ctx, token, m)
	case !known:
		return u.initialize(ctx, token, m)
	case sent < m.Bytes:
		return u.orRestart(ctx, m, u.appendSegment(ctx, token, m, one, sent))
	default:
		return u.orRestart(ctx, m, u.finalize(ctx, token, m, one))
	}
}

// whole uploads all of a medium.
func (u *uploads) whole(ctx context.Context, token string, m post.Medium) error {
	from := &source{Reader: io.NewSectionReader(u.Files.Open(ctx, m.Key(), m.Bytes), 0, m.Bytes)}
	p, err := u.X.Upload(ctx, token, m, from)
	if err != nil {
		return errors.Join(err, from.failed)
	}
	return u.arrived(ctx, token, m, u.now(), p)
}

// initialize begins to upload a medium piece by piece.
func (u *uploads) initialize(ctx context.Context, token string, m post.Medium) error {
	p, err := u.X.Initialize(ctx, token, m)
	if err != nil {
		return err
	}
	u.begun[m.Digest()] = true
	u.known[m.Digest()] = Upload{
		AccountID: u.accountID, Digest: m.Digest(), ID: p.ID, Key: p.Key, Stage: Sending, Expires: u.reliedUntil(p.Expires),
	}
	return nil
}

// appendSegment uploads the segment that begins at an offset.
func (u *uploads) appendSegment(ctx context.Context, token string, m post.Medium, one Upload, off int64) error {
	size := min(u.segment(), m.Bytes-off)
	from := &source{Reader: io.NewSectionReader(u.Files.Open(ctx, m.Key(), m.Bytes), off, size)}
	err := u.X.Append(ctx, token, one.ID, one.Segments, from, size)
	if err := errors.Join(err, from.failed); err != nil {
		return err
	}
	one.Segments++
	u.known[m.Digest()] = one
	return nil
}

// finalize tells X that it has all segments.
func (u *uploads) finalize(ctx context.Context, token string, m post.Medium, one Upload) error {
	p, err := u.X.Finalize(ctx, token, one.ID)
	if err != nil {
		return err
	}
	return u.arrived(ctx, token, m, u.now(), p)
}

// status asks how the processing of a medium goes.
func (u *uploads) status(ctx context.Context, token string, m post.Medium, one Upload) error {
	p, err := u.X.Status(ctx, token, one.ID)
	if err != nil {
		return err
	}
	return u.arrived(ctx, token, m, one.Since, p)
}

// orRestart judges a refusal of an upload. One that an earlier worker began may have been
// ended by it, or forgotten by X: then a refusal says nothing about the medium, and it
// is uploaded anew.
func (u *uploads) orRestart(ctx context.Context, m post.Medium, err error) error {
	if err == nil || u.begun[m.Digest()] {
		return err
	}
	if v := fault.Judge(err); v.Action != fault.Final && v.Reason.Code != fault.ReasonMediaNotReady {
		return err
	}
	u.log.InfoContext(ctx, "X does not go on with an upload that was begun; it begins again",
		"media_id", m.ID, "error", err)
	delete(u.known, m.Digest())
	return nil
}

// arrived notes what X has all of, and describes it once it is processed.
func (u *uploads) arrived(ctx context.Context, token string, m post.Medium, since time.Time, p Progress) error {
	now := u.now()
	one := Upload{
		AccountID: u.accountID, Digest: m.Digest(), ID: p.ID, Key: p.Key,
		Stage: Processing, Since: since, Check: now.Add(p.Check), Expires: u.reliedUntil(p.Expires),
	}
	if before := u.known[m.Digest()]; before.ID == one.ID && before.Expires.Before(one.Expires) {
		one.Expires = before.Expires // half of what is left, told anew each time, would never end
	}
	if !p.Ready && now.Sub(since) > maxProcessing {
		return refusal{fault.Final, fault.ReasonMediaStuck.Reason()}
	}
	var err error
	if p.Ready && m.AltText != "" {
		err = u.X.Describe(ctx, token, p.ID, m.AltText)
	}
	if p.Ready && err == nil {
		one.Stage = Ready
	}
	u.known[m.Digest()] = one // whatever comes of the description, X has the bytes
	u.save(ctx, one)
	return err
}

// source remembers why reading broke off: X's answer to half a request may come first.
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
