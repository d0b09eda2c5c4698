package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

type editInput struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" maxLength:"64" doc:"The ETag that was read: the edit is refused when the post has changed since"`
	Body    wire.EditInput
}

// edit changes a post that is not going out right now. Of an edit and a worker
// that race for a post exactly one succeeds, and the edit is told when it lost.
func (a *API) edit(ctx context.Context, in *editInput) (*postOutput, error) {
	if !rewrites(in.Body) && in.Body.At == "" && in.Body.Lateness == nil {
		return nil, fault.New(fault.Invalid, "Nothing is to change.").Todo("Give tweets, text, at or lateness_seconds.")
	}
	if in.Body.Zone != "" && in.Body.At == "" {
		return nil, fault.New(fault.Invalid, "A zone goes with a time.").At("zone").Todo("Give at as well.")
	}
	p, old, err := a.Posts.Load(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := unchanged(in.IfMatch, p); err != nil {
		return nil, err
	}
	thread, notes, err := a.checkEdit(ctx, p, old, in.Body)
	if err != nil {
		return nil, err
	}
	next, edited, timed, err := a.edited(p, old, thread, in.Body)
	if err != nil {
		return nil, a.later(err, p)
	}
	if edited, err = a.replace(ctx, p, next, edited); err != nil {
		return nil, err
	}
	next.Content, next.Writer = edited.Version, post.NewWriter()
	saved, err := a.Posts.Save(ctx, next)
	if err != nil {
		return nil, err
	}
	a.wake(ctx, saved)
	out := a.answer(ctx, saved, edited)
	out.Body.Notes = append(timed, notes...)
	return out, nil
}

// rewrites reports whether an edit has a new thread.
func rewrites(in wire.EditInput) bool { return in.Tweets != nil || in.Writing != (wire.Writing{}) }

// unchanged refuses a request that is about another revision of the post; ifMatch
// is empty when it is about whichever there is.
func unchanged(ifMatch string, p post.Post) error {
	if ifMatch == "" || ifMatch == "*" || ifMatch == etag(p) {
		return nil
	}
	return fault.New(fault.Stale, "The post has changed since it was read.").At("If-Match").
		Todo("Read it again, then decide.")
}

// checkEdit is the preflight of the new tweets, and keeps their files. It gives
// nil when the tweets are to stay. What gets a time is looked at for what it repeats.
func (a *API) checkEdit(ctx context.Context, p post.Post, old post.Content,
	in wire.EditInput) (thread []post.Tweet, notes []string, err error) {
	if !rewrites(in) && in.At == "" {
		return nil, nil, nil
	}
	account, err := a.account(ctx, p.AccountID)
	if err != nil {
		return nil, nil, err
	}
	if at, _, _, err := a.instant(in.At, cmp.Or(in.Zone, p.Zone, "UTC")); in.At != "" && err == nil {
		p.ScheduledAt = at
	}
	if !rewrites(in) {
		notes, err = a.noted(ctx, account, old.Tweets, p)
		return nil, notes, err
	}
	w, err := writtenIn(in.Tweets, in.Writing)
	if err != nil {
		return nil, nil, err
	}
	if err := w.divide(account.Limit); err != nil {
		return nil, nil, err
	}
	thread, files, err := a.thread(ctx, w.tweets, old)
	if err != nil {
		return nil, nil, w.blame(err, wire.PostInput{})
	}
	if notes, err = a.preflight(ctx, account, w, thread, p); err != nil {
		return nil, nil, err
	}
	if n := len(unshown(old, thread)); w.text && n > 0 {
		notes = append(notes, fmt.Sprintf("The new text does not show all files of the post: %d are left out.", n))
	}
	if w.manuscript.Front.At != "" && in.At == "" {
		notes = append(notes, "The time in the front matter is not used: a post keeps its time unless at is given.")
	}
	return thread, notes, a.keepFiles(ctx, files)
}

// unshown are the files of a post that a new thread does not show.
func unshown(old post.Content, thread []post.Tweet) []post.Medium {
	shown := post.Content{Tweets: thread}.Media(0)
	return slices.DeleteFunc(old.Media(0), func(m post.Medium) bool {
		return slices.ContainsFunc(shown, func(s post.Medium) bool { return s.ID == m.ID })
	})
}

// edited makes the transitions that the edit asks for.
func (a *API) edited(p post.Post, old post.Content, thread []post.Tweet,
	in wire.EditInput) (next post.Post, c post.Content, notes []string, err error) {
	c = old
	if thread != nil {
		c = post.Content{Version: old.Version + 1, Tweets: thread}
	}
	if next, err = p.Edit(a.Now(), old, c); err != nil {
		return p, c, nil, err
	}
	if in.Lateness != nil {
		next.Lateness = time.Duration(*in.Lateness) * time.Second
	}
	if in.At == "" {
		return next, c, nil, nil
	}
	at, zone, notes, err := a.instant(in.At, cmp.Or(in.Zone, p.Zone, "UTC"))
	if err != nil {
		return p, c, nil, err
	}
	next, err = next.Schedule(a.Now(), at, zone)
	return next, c, notes, err
}

// replace stores an edited content under a version that nobody else has. One
// that an edit left behind which came second, or died, is passed over.
func (a *API) replace(ctx context.Context, p, next post.Post, c post.Content) (post.Content, error) {
	if next.Content == p.Content {
		return c, nil
	}
	for {
		err := a.Posts.PutContent(ctx, p, c)
		if !fault.Is(err, fault.Conflict) {
			return c, err
		}
		c.Version++
	}
}
