package post

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// This file holds the transitions that a post's owner makes.

// New makes a post of a content: a draft when at is zero, else scheduled for a
// time that the caller answers for. [Post.Schedule] is what checks one.
func New(now time.Time, accountID string, c Content, at time.Time, zone string) Post {
	p := Post{
		ID: NewID(), AccountID: accountID, Title: title(c), Opening: c.Opening(), Status: Draft, Zone: zone,
		Content: c.Version, Size: len(c.Tweets), Preparation: preparation(c),
		CreatedAt: event.Stored(now), UpdatedAt: event.Stored(now),
	}
	if !at.IsZero() {
		p.Status = Scheduled
		p = p.at(at, zone)
	}
	return p
}

// title is the beginning of the first tweet, on one line.
func title(c Content) string {
	const most = 40
	words := cmp.Or(strings.Join(strings.Fields(c.Tweets[0].Text), " "), "(no text)")
	if r := []rune(words); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return words
}

// at gives the post its time.
func (p Post) at(at time.Time, zone string) Post {
	if at = event.Stored(at); !p.ScheduledAt.Equal(at) && p.Rev > 0 {
		p.TimedAt = p.UpdatedAt
	}
	p.ScheduledAt, p.Zone, p.Due = at, zone, event.Stored(at.Add(-p.Preparation))
	return p.findable(time.Time{})
}

// preparation is how long before its time a post of the content is taken up.
func preparation(c Content) time.Duration {
	if len(c.Media(0)) == 0 {
		return 0
	}
	return MediaPreparation
}

// Schedule gives the post a (new) time, which must lie ahead; see [Ahead].
func (p Post) Schedule(now, at time.Time, zone string) (Post, error) {
	to, err := p.leave(Schedule)
	if err != nil {
		return p, err
	}
	if err := Ahead(now, at); err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Sub, p.Reason, p.Tries, p.Media = "", nil, 0, nil
	return p.at(at, zone), nil
}

// Edit points the post at a new version of its content. Tweets that are
// published already must stay as they are, and something must be left to publish.
func (p Post) Edit(now time.Time, old, edited Content) (Post, error) {
	if err := p.editable(); err != nil {
		return p, err
	}
	k := len(p.Published)
	switch {
	case len(edited.Tweets) < k || !slices.EqualFunc(old.Tweets[:k], edited.Tweets[:k], Tweet.Equal):
		return p, fault.New(fault.Conflict, "The first %d tweets are published already and cannot change.", k).
			At("tweets")
	case len(edited.Tweets) == k:
		return p, fault.New(fault.Conflict, "The %d tweets that this leaves are all published already.", k).
			At("tweets").Todo("Cancel the post: what is published stays.")
	}
	p = p.change(p.Status, now)
	if edited.Version != old.Version { // else nobody stores the content, and what it begins with, again
		p.Opening = edited.Opening()
	}
	p.Content, p.Size, p.Title, p.Preparation = edited.Version, len(edited.Tweets), title(edited), preparation(edited)
	if p.Status == Scheduled {
		p = p.at(p.ScheduledAt, p.Zone)
	}
	return p, nil
}

// editable is what refuses every edit, whatever it says.
func (p Post) editable() error {
	_, err := p.leave(Edit)
	switch {
	case err != nil:
		return err
	case p.Removal != nil:
		return beingDeleted()
	case p.Sub == Unknown:
		return unresolved(p)
	}
	return nil
}

// Cancel stops the post: nothing more of it goes out. What X may have at this
// very moment cannot be cancelled.
func (p Post) Cancel(now time.Time) (Post, error) {
	to, err := p.leave(Cancel)
	switch {
	case err != nil:
		return p, err
	case p.Removal != nil:
		return p, beingDeleted()
	case p.Busy(now):
		return p, fault.New(fault.Conflict, "This post is being published right now.").
			Todo("Wait until it is published or has stopped, then delete what is not wanted on X.")
	case p.Sub == Unknown:
		return p, unresolved(p)
	case p.Attempt != nil:
		return p, fault.New(fault.Conflict, "Tweet %d may be on X already; Spool is finding out.", p.Next()+1).
			Todo("Try again in a few minutes.")
	}
	p = p.change(to, now)
	p.Sub, p.Reason = "", nil
	return p.release(time.Time{}), nil
}

// Retry resumes a post that stopped, at its first open tweet and at once. What
// stopped while its tweets were being deleted goes on being deleted.
func (p Post) Retry(now time.Time) (Post, error) {
	if p.Removal != nil {
		return p.startDeletion(RetryUnpublish, now)
	}
	to, err := p.leave(Retry)
	if err != nil {
		return p, err
	}
	if p.Sub == Unknown {
		return p, unresolved(p)
	}
	p = p.change(to, now)
	p.Sub, p.Reason, p.Tries, p.Media = "", nil, 0, nil
	p.Due, p.Lateness = event.Stored(now), 0 // asked for by hand, so never too late
	return p.findable(time.Time{}), nil
}

// Restore takes a cancellation back: the post waits for its time again, and what
// never had one is a draft again. Where the time has passed it is refused, since
// all that Restore could do is to publish at once, unasked; so it is for what was
// missed. [Post.Schedule] takes up both.
func (p Post) Restore(now time.Time) (Post, error) {
	if p.ScheduledAt.IsZero() {
		to, err := p.leave(RestoreDraft)
		if err != nil {
			return p, err
		}
		return p.change(to, now), nil
	}
	to, err := p.leave(Restore)
	if err != nil {
		return p, err
	}
	if !p.ScheduledAt.After(now) {
		return p, passed(now, p.ScheduledAt.In(p.location()))
	}
	p = p.change(to, now)
	p.Sub, p.Reason, p.Tries, p.Media = "", nil, 0, nil
	return p.at(p.ScheduledAt, p.Zone), nil
}

// Overdue reports whether the post did not start in time and no longer may.
func (p Post) Overdue(now time.Time) bool {
	return p.Lateness > 0 && now.After(p.ScheduledAt.Add(p.Lateness)) &&
		len(p.Published) == 0 && p.Attempt == nil && p.Doubted.IsZero()
}

// Miss ends a post that is overdue.
func (p Post) Miss(now time.Time) (Post, error) {
	to, err := p.leave(Miss)
	switch {
	case err != nil:
		return p, err
	case !p.Overdue(now):
		return p, fault.New(fault.Conflict, "This post may start however late it is, or has started.")
	}
	p = p.change(to, now)
	reason := fault.ReasonMissed.Reason()
	p.Sub, p.Reason = "", &reason
	return p.tell(event.PostMissed).release(time.Time{}), nil
}

// Resolve settles by a person's word what reading could not: the tweet at
// position (from 1) is published under an id of X's, or, when id is empty, it is
// not on X. The post stays failed, to be retried, unless that was its last
// tweet.
func (p Post) Resolve(now time.Time, position int, id string) (Post, error) {
	if err := p.resolvable(); err != nil {
		return p, err
	}
	switch {
	case position != p.Next()+1:
		return p, fault.New(fault.Invalid, "The tweet in doubt is number %d, not %d.", p.Next()+1, position).
			At("thread_position")
	case id != "" && !ValidID(id):
		return p, fault.New(fault.Invalid, "%q is not an id of X's.", id).At("platform_post_id").
			Todo("Give the digits at the end of the tweet's address.")
	case slices.ContainsFunc(p.Published, func(r Receipt) bool { return r.ID == id }):
		return p, fault.New(fault.Invalid, "%s is an earlier tweet of this thread.", id).At("platform_post_id")
	case id != "" && PostedAt(id).Before(p.Earliest()):
		return p, fault.New(fault.TooEarly, "X made tweet %s at %s, before Spool first sent this one.",
			id, PostedAt(id).Format(time.DateTime+" MST")).
			At("platform_post_id").Todo("Look for a tweet of %s or later.", p.Earliest().Format(time.DateTime+" MST"))
	case PostedAt(id).After(now.Add(Skew)):
		return p, fault.New(fault.Invalid, "X has not made a tweet %s yet.", id).
			At("platform_post_id").Todo("Give the digits at the end of the tweet's address.")
	}
	p = p.change(p.Status, now)
	p.Sub = ""
	if id == "" {
		if p.Doubted.IsZero() {
			p.Doubted = p.Attempt.At
		}
		p.Attempt = nil
		return p, nil
	}
	p = p.receive(id, now)
	if len(p.Published) == p.Size {
		p.Status, p.Reason = Published, nil
		p = p.tell(event.PostPublished)
	}
	return p, nil
}

// resolvable is what refuses a person's word, whatever it is.
func (p Post) resolvable() error {
	_, err := p.leave(Resolve)
	switch {
	case err != nil:
		return err
	case p.Sub != Unknown:
		return fault.New(fault.Conflict, "Nothing about this post is unknown.").Todo("Retry it if it is to go on.")
	}
	return nil
}

// Unconfirmed marks the last tweet's id as a person's word that X did not confirm.
func (p Post) Unconfirmed() Post {
	p.Published = slices.Clone(p.Published)
	p.Published[len(p.Published)-1].ByPerson = true
	return p
}

// unresolved refuses what must wait for a person's word.
func unresolved(p Post) error {
	return fault.New(fault.Conflict, "It is unknown whether tweet %d is on X.", p.Next()+1).
		Todo("Look at the account's timeline, then resolve the post.")
}
