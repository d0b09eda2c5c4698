// Package wiretest completes the records of fake APIs. It is only for tests.
package wiretest

import (
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// Stand gives a record what the API says of how it stands at a time: its label and
// summary, whether it needs somebody, and what may be done with it.
func Stand(p wire.Post, now time.Time) wire.Post {
	r := post.Post{Status: p.Status, Sub: p.SubStatus, Size: p.TweetCount, UpdatedAt: p.UpdatedAt, Zone: p.Zone}
	if p.ScheduledAt != nil {
		r.ScheduledAt = *p.ScheduledAt
	}
	if p.NextAt != nil {
		r.Due = *p.NextAt
	}
	for _, id := range p.PlatformPostIDs {
		r.Published = append(r.Published, post.Receipt{ID: id})
	}
	if p.Withdrawn {
		r.Removal = &post.Removal{}
	}
	if p.SubStatus == post.Unknown {
		r.Attempt = &post.Attempt{}
	}
	if p.FailReason != nil {
		r.Reason = &fault.Reason{Code: p.FailReason.Code}
	}
	p.Label, p.Summary, p.NeedsYou, p.Actions = r.Label(), r.Summary(), r.NeedsOwner(), []wire.Action{}
	for _, a := range r.Actions(now) {
		p.Actions = append(p.Actions, wire.Action{Action: a})
	}
	return p
}
