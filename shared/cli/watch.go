package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/wire"
)

// mostDots is how many tweets are shown as dots.
const mostDots = 30

// patience is how many looks in a row may fail while a post is watched.
const patience = 5

// watch shows a post until nothing happens to it any more by itself.
func watch(s *session, api *client.Client, id string) error {
	w := watcher{s: s, line: &liveLine{s: s}}
	defer w.line.clear()
	for failed := 0; ; {
		p, _, err := api.GetPost(s.ctx, id)
		switch _, lost := errors.AsType[*client.UnreachableError](err); {
		case lost && s.ctx.Err() == nil && failed < patience:
			failed++
			w.line.show("no answer; trying again")
		case err != nil:
			return err
		default:
			failed = 0
			w.look(p)
			if client.Final(p) {
				w.line.clear()
				return s.ended(api, p)
			}
		}
		if err := s.Sleep(s.ctx, w.pause(p)); err != nil {
			return err
		}
	}
}

// ended prints a post that has ended. Its exit status says how.
func (s *session) ended(api *client.Client, p wire.Post) error {
	if err := s.printPost(api, p); err != nil {
		return err
	}
	switch p.Status {
	case "failed", "missed", "cancelled":
		return exit(StatusStopped)
	}
	return nil
}

// watcher tells what changes about a post.
type watcher struct {
	s    *session
	line *liveLine
	last wire.Post
}

// look tells what is new: the tweets first, as a post ends with its last one.
func (w *watcher) look(p wire.Post) {
	for i, t := range p.Tweets {
		if i >= len(w.last.Tweets) || t.Status == w.last.Tweets[i].Status {
			continue // nothing new; what the first look finds, the record shows
		}
		switch t.Status {
		case "published":
			at := p.UpdatedAt
			if t.PostedAt != nil {
				at = *t.PostedAt
			}
			w.tell(at, fmt.Sprintf("tweet %d of %d is out: %s", t.ThreadPosition, p.TweetCount, link(t.PlatformPostID)))
		case "deleted":
			w.tell(p.UpdatedAt, fmt.Sprintf("tweet %d of %d is deleted", t.ThreadPosition, p.TweetCount))
		}
	}
	if p.Status != w.last.Status || p.SubStatus != w.last.SubStatus {
		w.tell(p.UpdatedAt, words(p))
	}
	w.last = p
	w.line.show(progress(p, w.s.Now(), w.s.Zone))
}

// tell prints a line that stays.
func (w *watcher) tell(at time.Time, text string) {
	w.line.clear()
	w.s.say("%s  %s\n", at.In(w.s.Zone).Format(time.TimeOnly), text)
}

// pause is how long to wait before the next look.
func (w *watcher) pause(p wire.Post) time.Duration {
	if p.Status == "scheduled" && p.NextAt != nil && p.NextAt.Sub(w.s.Now()) > 30*time.Second {
		return 10 * time.Second
	}
	return pollEvery
}

// progress is how far a post is, in a line.
func progress(p wire.Post, now time.Time, zone *time.Location) string {
	var dots strings.Builder
	for _, t := range p.Tweets {
		switch t.Status {
		case "published":
			dots.WriteString("●")
		case "deleted":
			dots.WriteString("×")
		default:
			dots.WriteString("○")
		}
	}
	text := fmt.Sprintf("%s %d of %d", cut(dots.String(), mostDots), len(p.PlatformPostIDs), p.TweetCount)
	if m := p.MediaProgress; m != nil {
		text += fmt.Sprintf("  media: %s of %s", size(m.SentBytes), size(m.TotalBytes))
	}
	if p.NextAt != nil && p.NextAt.After(now) && !client.Final(p) {
		text += "  next at " + p.NextAt.In(zone).Format(time.TimeOnly)
	}
	return text
}

// words says in plain words what goes on with a post.
func words(p wire.Post) string {
	if p.Status == "publishing" || p.Status == "failed" || p.Status == "deleting" {
		if w := subWords(p); w != "" {
			return w
		}
	}
	switch p.Status {
	case "draft":
		return "it is a draft"
	case "scheduled":
		return waits(p)
	case "publishing":
		return "it goes out"
	case "published":
		return "all of it is on X"
	case "failed":
		return "it has stopped" + because(p)
	case "cancelled":
		return "it is cancelled"
	case "missed":
		return "it did not start in time"
	case "deleting":
		return "its tweets are being deleted from X"
	case "deleted":
		return "its tweets are deleted from X"
	}
	return "it is " + p.Status
}

// waits says what a scheduled post waits for. One that is to go out now is due since
// its last change; one with media is taken up some minutes before its time.
func waits(p wire.Post) string {
	isDue := p.NextAt != nil && !p.NextAt.After(p.UpdatedAt)
	if isDue && (p.ScheduledAt == nil || !p.ScheduledAt.After(p.UpdatedAt)) {
		return "it goes out now"
	}
	return "it waits for its time"
}

// subWords says what goes on within a status; empty where there is nothing to say.
func subWords(p wire.Post) string {
	switch p.SubStatus {
	case "retry_1", "retry_2", "retry_3":
		return "X refused for the moment; it tries again, time " + strings.TrimPrefix(p.SubStatus, "retry_") + " of 3"
	case "rate_limited":
		return "it waits for X's limit to end"
	case "media_uploading":
		return "X is given the media"
	case "media_uploaded":
		return "X has all media"
	case "thread_partial":
		return "the first tweets are out"
	case "reconciling":
		return "an answer of X's was lost; it finds out what is there"
	case "paused":
		return "it waits" + because(p)
	case "unknown":
		return "it is unknown whether a tweet is on X: a person must look"
	}
	return ""
}

// because adds the reason of a post.
func because(p wire.Post) string {
	if p.FailReason == nil {
		return ""
	}
	return ": " + printable(p.FailReason.Sentence)
}

// link is where a tweet is seen on X.
func link(id string) string { return "https://x.com/i/status/" + id }
