package schedule

import (
	"cmp"
	"slices"
	"time"
)

// This file holds the order in which workers are woken, and when.
//
// Posts go in the order of their seconds; those of one second go round the accounts, so
// that one with many posts does not hold up another's. What is due now or soon is woken to
// its second. What an outage left behind, or a limit or a pause held up, is as late as it
// is: it goes round the accounts, too, and as a stream that leaves the workers room for
// what is due meanwhile.

const (
	// headStart is how much before its time a worker is woken, so that it has
	// started, read the post and opened the account when the second begins.
	headStart = time.Second
	// late is after what time a post counts as left behind by an outage.
	late = 5 * time.Minute
	// catchUp is how many tweets a second a stream has. The template's four executions
	// have ten posts each at work side by side, and X takes half a second for a tweet: 80 a
	// second, or a half of that where threads of different length keep each other company.
	// So a stream of 20 goes on at its pace while X is slow, and what becomes due meanwhile
	// finds a free worker. X itself takes 10,000 tweets a day of an app: eight minutes.
	catchUp = 20
	// afterWait is how long after a limit's or a pause's end a post is woken that waited
	// for it: one that comes a moment early has to wait once more.
	afterWait = time.Second
	// trial is how much later the others follow that waited for the same moment. The first
	// one tries whether the wait is over; who meets it at that waits for minutes.
	trial = 5 * time.Second
)

// task is a post that a worker is to be woken for.
type task struct {
	Entry
	Standing
	tries int // how often it was woken for the same already

	at     time.Time // when it is woken
	by     time.Time // when the workers should have come to it
	early  bool      // rather than late, where at is between two seconds
	stream bool      // it is of the stream
}

// weight is how many tweets a task counts for.
func (t task) weight() int { return max(1, t.Left) }

// wake is the task's, sent at a time.
func (t task) wake(now time.Time) Wake {
	delay := t.at.Sub(now)
	if !t.early {
		delay += time.Second - 1
	}
	return Wake{
		PostID: t.PostID, AccountID: t.AccountID, DueAt: t.At, Delay: max(0, delay.Truncate(time.Second)), Again: t.tries,
	}
}

// Delay is how long the queue is to keep a wake for a post that is due at a
// time. Whole seconds, rounded down: the worker waits the rest of the way.
func Delay(now, due time.Time) time.Duration {
	return max(0, (due.Sub(now) - headStart).Truncate(time.Second))
}

// line is what the workers have before them already.
type line struct {
	free time.Time // when the stream goes on
	by   time.Time // when the workers should be done with it
}

// join puts tasks in order behind it, and says when each is woken. What comes after the
// next round is left to that.
func (l line) join(now time.Time, tasks []task) []task {
	roundTheAccounts(now, tasks)
	joined := tasks[:0]
	tried := map[int64]bool{} // the ends of waits that a first one tries
	for _, t := range tasks {
		t = l.timed(now, t, tried[t.At.UnixMilli()])
		if t.at.Sub(now) > Horizon {
			continue
		}
		tried[t.At.UnixMilli()] = tried[t.At.UnixMilli()] || t.Held
		if t.stream {
			l.free = t.at.Add(pace(t.weight()))
		}
		l.by = latest(l.by, t.at).Add(2 * pace(t.weight()))
		t.by = l.by
		joined = append(joined, t)
	}
	return joined
}

// timed says when a task is woken. Of those that waited for the same moment one may try it
// already.
func (l line) timed(now time.Time, t task, tried bool) task {
	switch {
	case t.Busy.After(now):
		t.at = t.Busy.Add(afterWait) // a rescue, if the worker should have died
	case t.Held && tried:
		t.at, t.stream = latest(l.free, t.At.Add(afterWait+trial)), true
	case t.Held:
		t.at, t.stream = latest(l.free, t.At.Add(afterWait)), true
	case now.Sub(t.At) > late:
		t.at, t.stream = l.free, true
	default:
		t.at, t.early = latest(now, t.At.Add(-headStart)), true
	}
	return t
}

// pace is how long the stream takes for so many tweets.
func pace(tweets int) time.Duration { return time.Duration(tweets) * time.Second / catchUp }

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// roundTheAccounts orders tasks: by the second in which they are due, or now where that is
// over; then round the accounts, each with its earliest first. What was woken for in vain
// comes after what was not. A post whose account is not known is one of its own.
func roundTheAccounts(now time.Time, tasks []task) {
	second := func(t task) int64 { return latest(now, t.At).Unix() }
	slices.SortFunc(tasks, func(a, b task) int {
		return cmp.Or(cmp.Compare(second(a), second(b)), cmp.Compare(a.tries, b.tries), a.At.Compare(b.At),
			a.Planned.Compare(b.Planned), cmp.Compare(a.PostID, b.PostID))
	})
	type group struct {
		second  int64
		tries   int
		account string
	}
	turns, before := make(map[string]int, len(tasks)), map[group]int{}
	for _, t := range tasks {
		if t.AccountID == "" {
			continue
		}
		g := group{second(t), t.tries, t.AccountID}
		turns[t.PostID] = before[g]
		before[g]++
	}
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Or(cmp.Compare(second(a), second(b)), cmp.Compare(a.tries, b.tries),
			cmp.Compare(turns[a.PostID], turns[b.PostID]))
	})
}
