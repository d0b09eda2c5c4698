package post

import "time"

// Action is something that a post's owner may do with it.
type Action string

// The actions, as the API calls them.
const (
	ActionResolve   Action = "resolve"   // say whether the tweet in doubt is on X
	ActionRetry     Action = "retry"     // go on where it stopped; with a deletion from X, too
	ActionRestore   Action = "restore"   // take the cancellation back
	ActionPublish   Action = "publish"   // publish what is left now
	ActionSchedule  Action = "schedule"  // give it a (new) time
	ActionEdit      Action = "edit"      // change what is not out yet
	ActionCancel    Action = "cancel"    // nothing more of it goes out
	ActionDuplicate Action = "duplicate" // make a draft that says the same
	ActionUnpublish Action = "unpublish" // delete its tweets from X
	ActionDelete    Action = "delete"    // delete the record; what is on X stays there
)

// offer is an action, and what refuses it.
type offer struct {
	action  Action
	refusal func(p Post, now time.Time) error
}

// offers are all actions, what takes a post further first. The transitions decide,
// so that what is offered and what is done cannot part.
func offers() []offer {
	return []offer{
		{ActionResolve, func(p Post, _ time.Time) error { return p.resolvable() }},
		{ActionRetry, moved(Post.Retry)},
		{ActionRestore, moved(Post.Restore)},
		{ActionPublish, moved(func(p Post, now time.Time) (Post, error) { return p.Schedule(now, now, p.Zone) })},
		{ActionSchedule, moved(func(p Post, now time.Time) (Post, error) { return p.Schedule(now, now, p.Zone) })},
		{ActionEdit, func(p Post, _ time.Time) error { return p.editable() }},
		{ActionCancel, moved(Post.Cancel)},
		{ActionDuplicate, func(Post, time.Time) error { return nil }},
		{ActionUnpublish, moved(Post.Unpublish)},
		{ActionDelete, Post.Forget},
	}
}

// moved is what refuses a transition.
func moved(transition func(Post, time.Time) (Post, error)) func(Post, time.Time) error {
	return func(p Post, now time.Time) error {
		_, err := transition(p, now)
		return err
	}
}

// Actions are all actions, in the order in which posts offer them.
func Actions() []Action {
	all := make([]Action, 0, len(offers()))
	for _, o := range offers() {
		all = append(all, o.action)
	}
	return all
}

// Actions are what the owner may do with the post at a time. A worker or another
// request may come first: then the transition refuses all the same.
func (p Post) Actions(now time.Time) []Action {
	open := []Action{}
	for _, o := range offers() {
		if o.refusal(p, now) == nil {
			open = append(open, o.action)
		}
	}
	return open
}

// MayNeedOwner reports whether a post of the status may be one that [Post.NeedsOwner] reports.
func (s Status) MayNeedOwner() bool {
	return s == Failed || s == Missed || s == Publishing || s == Deleting
}

// NeedsOwner reports whether nothing more happens to the post until somebody does
// something: it has stopped, or it waits for what Spool cannot bring about. What
// somebody stopped on purpose needs nobody.
func (p Post) NeedsOwner() bool {
	switch p.Status {
	case Failed, Missed:
		return true
	case Publishing, Deleting:
		return p.Sub == Paused && (p.Reason == nil || p.Reason.NeedsPerson())
	default:
		return false
	}
}
