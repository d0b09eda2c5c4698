package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"

	happened "spool/shared/event"
	"spool/shared/post"
)

// This file is who tells of posts, as the notify function does: a message brings it to a
// post, it takes note of the events, and takes them out of the record. Messages get lost,
// come twice and late, and the process that is to send one may die before it does.

// told are the events of a post that were stored, and those that somebody was told of.
type told struct{ stored, known map[int64]happened.Event }

// toldOf gives what is known of a post's events. The world's lock is held.
func (w *World) toldOf(id string) told {
	t, ok := w.told[id]
	if !ok {
		t = told{map[int64]happened.Event{}, map[int64]happened.Event{}}
		w.told[id] = t
	}
	return t
}

// stores notes the events of a record that was stored.
func (w *World) stores(p post.Post) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range p.Events {
		w.toldOf(p.ID).stored[e.Seq] = e
	}
}

// handOver sends the message of a record that was stored with events, unless a worker
// still has it.
func (s *store) handOver(p post.Post) {
	w := s.p.w
	if len(p.Events) == 0 || p.Lease.Owner != "" {
		return
	}
	if w.Script != nil { // what comes of its message is no part of scripted worlds
		w.tell(p.ID)
		return
	}
	n, what := s.p.step(ofQueue, w.weather.queue, "notice of "+p.ID, []string{"lost", "twice", "delayed"})
	if what != "" {
		w.struck(ofQueue, n, "notice "+what)
	}
	delay := w.span(ofQueue, n+1<<40, 500*time.Millisecond)
	switch what {
	case "lost":
		return
	case "twice":
		w.after(delay+w.span(ofQueue, n+2<<40, time.Minute), func() { w.tell(p.ID) })
	case "delayed":
		delay += w.span(ofQueue, n+2<<40, 10*time.Minute)
	}
	w.after(delay, func() { w.tell(p.ID) })
}

// tell takes note of a post's events, and takes them out of the record.
func (w *World) tell(id string) {
	p, _, err := w.mem.Load(context.Background(), id)
	if err != nil {
		return // its owner deleted it
	}
	w.mu.Lock()
	for _, e := range p.Events {
		w.toldOf(id).known[e.Seq] = e
	}
	w.mu.Unlock()
	handed, err := p.Handed(time.Now(), p.Events.Last())
	if err != nil {
		return // a worker has it: what it stores brings the next message
	}
	handed.Writer = fmt.Sprint("teller ", p.Rev)
	_, _ = w.mem.Save(context.Background(), handed) // another write came first: so does another message
}

// checkTold: of everything that came true somebody was told, and of nothing else.
func (w *World) checkTold(p post.Post) {
	w.mu.Lock()
	t := w.toldOf(p.ID)
	w.mu.Unlock()
	var last happened.Event
	for seq, e := range t.stored {
		if _, ok := t.known[seq]; !ok {
			w.say("nobody was told of %s of %s, number %d", e.Kind, p.ID, seq)
		}
		if seq > last.Seq {
			last = e
		}
	}
	for seq, e := range t.known {
		if s, ok := t.stored[seq]; !ok || s.Kind != e.Kind || !s.At.Equal(e.At) {
			w.say("somebody was told of %s of %s, number %d, which never came true", e.Kind, p.ID, seq)
		}
	}
	if ends := ended(p); len(ends) > 0 && !slices.Contains(ends, last.Kind) {
		w.say("%s is %s/%s, and the last that was told of it is %q", p.ID, p.Status, p.Sub, last.Kind)
	}
}

// ended is what may be told last of a post that stands so; none: anything, or nothing.
func ended(p post.Post) []happened.Kind {
	switch {
	case p.Status == post.Published:
		return []happened.Kind{happened.PostPublished}
	case p.Status == post.Missed:
		return []happened.Kind{happened.PostMissed}
	case p.Sub == post.Unknown:
		return []happened.Kind{happened.PostUnknown}
	case p.Status == post.Failed: // a person may have settled what was unknown
		return []happened.Kind{happened.PostFailed, happened.PostUnknown}
	default:
		return nil
	}
}
