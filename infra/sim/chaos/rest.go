package chaos

import (
	"context"
	"time"

	"spool/shared/publish"
)

// This file says how long a world may take to come to rest: as long as the waits
// that the records promise once nothing goes wrong any more, and then what the
// protocol itself takes.

// mustRest sets by when the world is to be at rest.
func (w *World) mustRest() { w.restBy = w.promised().Add(w.tail()) }

// isLate reports whether the world should be at rest by now, and is not.
func (w *World) isLate(at time.Time) bool {
	if w.restBy.IsZero() || !at.After(w.restBy) {
		return false
	}
	_, due, _ := w.mem.Due(context.Background(), 0, w.start.Add(1000*time.Hour), 1)
	return len(due) > 0
}

// promised is the end of the last wait that is stored.
func (w *World) promised() time.Time {
	last := time.Now()
	later := func(t time.Time) {
		if t.After(last) {
			last = t
		}
	}
	for _, id := range w.ids {
		p, _ := w.load(id)
		later(p.IndexedAt())
	}
	if snap, err := w.mem.Snapshot(context.Background(), user); err == nil {
		later(snap.AppPause.Until)
		later(snap.AccountPause.Until)
		if snap.Account.Failures > 0 {
			later(snap.Account.RefreshAt)
		}
	}
	return last
}

// tail is how long the protocol takes when nothing is in its way: what is in doubt
// is settled and sent once more; an account that X does not let in is found out,
// connected by its owner within the hour, and looked at again; each tweet may have
// to wait until X shows the one before it, or for X's next window; and media are
// uploaded and processed anew.
func (w *World) tail() time.Duration {
	const (
		round   = time.Minute                                // of dispatch
		connect = 5*time.Minute + time.Hour + 10*time.Minute // a pause, the owner, the next look
		window  = 15 * time.Minute
	)
	c := publish.Defaults()
	settle := c.Lease + round + c.Settle + round + c.ReadGap + round + c.Lease + round
	tweets, media := 0, 0
	for _, id := range w.ids {
		_, content := w.load(id)
		tweets += len(content.Tweets)
		media += len(content.Media(0))
	}
	d := connect + settle + time.Duration(tweets)*round
	if w.weather.limit > 0 {
		requests := 2*tweets + media // X counts a reply too that it refuses since it does not show its parent yet
		d += time.Duration(1+requests/w.weather.limit) * (window + round)
	}
	if media > 0 {
		d += 2*(w.weather.processing+round) + time.Duration(media)*round
	}
	return d
}
