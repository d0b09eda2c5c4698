package sqs

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"time"
)

// This file is what makes a queue fair between message groups ("fair queues" of standard queues): a group that takes
// more than its share of those who receive comes after the others, as AWS documents it. That AWS's thresholds are
// approximate, and what it calls recent, is not emulated: here they are exact.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html

const (
	// A group is a noisy neighbor that has more than a tenth of what is in flight, and so many messages, or more than a
	// tenth of the time for which messages were in flight recently.
	noisyShare    = 10
	noisyInFlight = 30
	recently      = 5 * time.Minute
)

var groupID = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,./:;<=>?@\\[\\\\\\]^_`{|}~-]{1,128}$")

// stay is how long a message was in flight that was deleted then.
type stay struct {
	group    string
	ended    time.Time
	inFlight time.Duration
}

// load is what a group takes of those who receive.
type load struct {
	inFlight int
	time     time.Duration
}

// loads are the groups' loads, and that of all messages. The caller holds the server's lock.
func (q *Queue) loads(now time.Time) (groups map[string]load, all load) {
	groups = map[string]load{}
	add := func(group string, inFlight int, d time.Duration) {
		l := groups[group]
		groups[group] = load{l.inFlight + inFlight, l.time + d}
		all.inFlight, all.time = all.inFlight+inFlight, all.time+d
	}
	q.stays = slices.DeleteFunc(q.stays, func(s stay) bool { return now.Sub(s.ended) > recently })
	for _, s := range q.stays {
		add(s.group, 0, s.inFlight)
	}
	for _, m := range q.messages {
		if m.receives > 0 && m.visible.After(now) {
			add(m.group, 1, now.Sub(m.received))
		}
	}
	return groups, all
}

// noisy reports whether a group of this load is a noisy neighbor.
func (l load) noisy(all load) bool {
	return l.inFlight >= noisyInFlight && l.inFlight*noisyShare > all.inFlight || l.time*noisyShare > all.time
}

// fairly gives up to max of the messages, which are in their order: those of quiet groups, and without a group, before
// those of noisy ones, of which the one with the fewest in flight is next. The caller holds the server's lock.
func (q *Queue) fairly(now time.Time, visible []*message, max int) []*message {
	if len(visible) <= max || !slices.ContainsFunc(visible, func(m *message) bool { return m.group != "" }) {
		return visible[:min(max, len(visible))]
	}
	groups, all := q.loads(now)
	var quiet []*message
	noisy := map[string][]*message{}
	for _, m := range visible {
		if m.group == "" || !groups[m.group].noisy(all) {
			quiet = append(quiet, m)
		} else {
			noisy[m.group] = append(noisy[m.group], m)
		}
	}
	got := quiet[:min(max, len(quiet))]
	for len(got) < max && len(noisy) > 0 {
		next := slices.MinFunc(slices.Sorted(maps.Keys(noisy)), func(a, b string) int {
			return cmp.Or(cmp.Compare(groups[a].inFlight, groups[b].inFlight), noisy[a][0].sent.Compare(noisy[b][0].sent))
		})
		got = append(got, noisy[next][0])
		groups[next] = load{groups[next].inFlight + 1, groups[next].time}
		if noisy[next] = noisy[next][1:]; len(noisy[next]) == 0 {
			delete(noisy, next)
		}
	}
	return got
}
