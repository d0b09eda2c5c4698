package schedule

import "time"

// This file holds what a process remembers of the wakes that it has sent, so that the
// same are not sent again each minute while their messages are on their way, or are being
// worked on. Nothing depends on it: a process that has just started sends them once more,
// and so do two that dispatch at the same time, which costs a worker a read for each.
//
// Only the very wake counts, for the time that the post was due at. A post that is taken
// by a worker, waits, or is given another time is due at another time, and is woken anew.

const (
	// patience is how much longer than the workers may need a wake is waited for before it is
	// sent again, since its post is still due as it was: the message was lost, or its worker
	// died before it took the post. What the workers may need is twice as long as the stream
	// would take for all that waits. So a wake that vanished comes again with the first round
	// after patience, and ten seconds more for every hundred tweets that wait; and with the
	// first after longest in any case.
	patience, longest = 10 * time.Second, 15 * time.Minute
	// mostAhead is how much of a round's stream what waits already may take the place of. The
	// rest is for other posts, even where workers get nothing done of those.
	mostAhead = Horizon / 2
)

// memory is what was sent, by post.
type memory map[string]sentWake

// sentWake is a wake that the queue has taken.
type sentWake struct {
	due    time.Time // when the post was due
	at     time.Time // when the queue lets go of the wake
	by     time.Time // when the workers should have come to it
	stream bool
	weight int
	tries  int
}

// sift gives those entries as tasks for whom no wake is on its way, and the line that they
// join: behind all that the workers have before them.
func (m memory) sift(now time.Time, due []Entry) (tasks []task, l line) {
	waiting := 0 // tweets whose wake is over, and which are still to be sent
	for _, e := range due {
		if s, ok := m.of(e); ok && !s.at.After(now) {
			waiting += s.weight
		}
	}
	ahead := 0
	l.free = now
	for _, e := range due {
		s, ok := m.of(e)
		switch {
		case !ok:
			tasks = append(tasks, task{Entry: e})
		case s.vanished(now, waiting):
			tasks = append(tasks, task{Entry: e, tries: s.tries})
		case !s.at.After(now):
			ahead += s.weight
		case s.stream:
			l.free = latest(l.free, s.at.Add(pace(s.weight)))
		}
	}
	m.forget(now)
	l.free, l.by = latest(l.free, now.Add(min(pace(ahead), mostAhead))), now.Add(2*pace(ahead))
	return tasks, l
}

// vanished reports whether the wake is given up, while so many tweets wait.
func (s sentWake) vanished(now time.Time, waiting int) bool {
	end := latest(s.by, s.at.Add(2*pace(waiting))).Add(patience)
	return !now.Before(end) || now.Sub(s.at) >= longest
}

// of is the wake that was sent for an entry.
func (m memory) of(e Entry) (sentWake, bool) {
	s, ok := m[e.PostID]
	return s, ok && s.due.Equal(e.At)
}

// note remembers tasks whose wakes the queue has taken.
func (m *memory) note(tasks []task) {
	if *m == nil {
		*m = memory{}
	}
	for _, t := range tasks {
		(*m)[t.PostID] = sentWake{t.At, t.at, t.by, t.stream, t.weight(), t.tries + 1}
	}
}

// forget drops what does not count any more. An entry that is missing may be of a shard
// that could not be read.
func (m memory) forget(now time.Time) {
	for id, s := range m {
		if now.Sub(s.at) > longest {
			delete(m, id)
		}
	}
}
