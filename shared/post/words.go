package post

import (
	"fmt"

	"spool/shared/fault"
)

// This file says how a post stands, in the words that every client shows.

// Label is how the post stands, in a word or two.
func (p Post) Label() string {
	if p.Sub == Paused {
		return "Waiting"
	}
	switch p.Status {
	case Draft:
		return "Draft"
	case Scheduled:
		return "Scheduled"
	case Publishing:
		return "Going out"
	case Published:
		return "Published"
	case Failed:
		return "Stopped"
	case Cancelled:
		return "Cancelled"
	case Missed:
		return "Missed"
	case Deleting:
		return "Being deleted from X"
	case Deleted:
		return "Deleted from X"
	}
	return string(p.Status)
}

// Summary is how the post stands, in a sentence or two about “it”. Times and the
// reason are not part of it.
func (p Post) Summary() string {
	if s := p.Sub.summary(); s != "" {
		return s
	}
	switch p.Status {
	case Draft:
		return "It is a draft, and does not go out by itself."
	case Scheduled:
		return p.expected()
	case Publishing:
		return "It is going out."
	case Published:
		return "All of it is on X."
	case Failed:
		if p.Removal != nil {
			return "Deleting it from X has stopped."
		}
		return "It has stopped."
	case Cancelled:
		if len(p.Published) > 0 {
			return "It is cancelled. What was published stays on X."
		}
		return "It is cancelled."
	case Missed:
		return "It did not start in time, so it was not published."
	case Deleting:
		return "Its tweets are being deleted from X, the last one first."
	case Deleted:
		return "Its tweets are deleted from X."
	}
	return fmt.Sprintf("It is %s.", p.Status)
}

// expected says what a scheduled post waits for. One that is to go out now has been
// due since its last change; one with media is taken up some minutes before its time.
func (p Post) expected() string {
	switch due := !p.Due.IsZero() && !p.Due.After(p.UpdatedAt); {
	case due && p.ScheduledAt.After(p.UpdatedAt):
		return "It is taken up now, and goes out at its time."
	case due:
		return "It goes out now."
	default:
		return "It waits for its time."
	}
}

// summary says what goes on within a status; empty where that says nothing more.
func (s SubStatus) summary() string {
	switch s {
	case Retry1, Retry2, Retry3:
		return fmt.Sprintf("X could not accept it just now. Spool tries again by itself (%s of %d).",
			s[len(s)-1:], MaxTries)
	case RateLimited:
		return "X's limit is reached. Spool waits, and goes on by itself."
	case MediaUploading:
		return "Its media are being uploaded to X."
	case MediaUploaded:
		return "X has all of its media."
	case ThreadPartial:
		return "Some of its tweets are out; the others follow."
	case Reconciling:
		return "X's answer to a tweet was lost. Spool reads the timeline until it knows whether the tweet is out."
	case Paused:
		return "It is on hold."
	case Unknown:
		return "Spool cannot find out whether one of its tweets is on X. Please look, and say what you see."
	}
	return ""
}

// Todo is what is to be done about the post's reason. What would have passed by itself
// has to be retried once the post has stopped.
func (p Post) Todo() (code fault.TodoCode, sentence string) {
	switch {
	case p.Reason == nil:
		return "", ""
	case p.Status == Failed && !p.Reason.NeedsPerson():
		return fault.TodoRetry, "Retry the post when X works again."
	default:
		return p.Reason.TodoCode(), p.Reason.Todo
	}
}
