package dynamo

import (
	"context"

	"spool/shared/fault"
	"spool/shared/idempotency"
)

var _ idempotency.Records = (*Accounts)(nil)

// Replay implements [idempotency.Records].
func (s *Accounts) Replay(ctx context.Context, id string) (idempotency.Record, error) {
	it, err := s.t.get(ctx, replayKey(id))
	if err != nil {
		return idempotency.Record{}, err
	}
	if it == nil {
		return idempotency.Record{}, fault.New(fault.NotFound, "There is no such request.")
	}
	return replays.decode(it)
}

// SaveReplay implements [idempotency.Records].
func (s *Accounts) SaveReplay(ctx context.Context, r idempotency.Record) (idempotency.Record, error) {
	old := r.Rev
	r.Rev++
	it, err := replays.encode(replayKey(r.ID), r)
	if err != nil {
		return r, err
	}
	return r, s.t.swap(ctx, it, old)
}

// replays is the kind of a request that may be repeated.
var replays = kind[idempotency.Record]{name: "replay", version: 2, fields: func(f *form, r *idempotency.Record) {
	id(f, replayPrefix, &r.ID)
	text(f, "digest", &r.Digest)
	blob(f, "sealed", &r.Sealed)
	blob(f, "answer", &r.Answer)
	moment(f, "until", &r.Until)
	moment(f, "expires", &r.Expires)
	expiry(f, r.Expires)
	count(f, "rev", &r.Rev)
	text(f, "writer", &r.Writer)
}}
