package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/post"
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
	case post.Failed, post.Missed, post.Cancelled:
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
		case post.TweetPublished:
			at := p.UpdatedAt
			if t.PostedAt != nil {
				at = *t.PostedAt
			}
			w.tell(at, fmt.Sprintf("tweet %d of %d is out: %s", t.ThreadPosition, p.TweetCount, link(t.PlatformPostID)))
		case post.TweetDeleted:
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
	if p.Status == post.Scheduled && p.NextAt != nil && p.NextAt.Sub(w.s.Now()) > 30*time.Second {
		return 10 * time.Second
	}
	return pollEvery
}

// progress is how far a post is, in a line.
func progress(p wire.Post, now time.Time, zone *time.Location) string {
	var dots strings.Builder
	for _, t := range p.Tweets {
		switch t.Status {
		case post.TweetPublished:
			dots.WriteString("●")
		case post.TweetDeleted:
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

// words says what goes on with a post, and why it does not go on.
func words(p wire.Post) string {
	text := p.Summary
	if r := p.FailReason; r != nil && (p.SubStatus == post.Paused || p.Status == post.Failed) {
		text += " " + r.Sentence
	}
	return printable(text)
}

// link is where a tweet is seen on X.
func link(id string) string { return "https://x.com/i/status/" + id }
