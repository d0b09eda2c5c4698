package dynamo

import (
	"context"

	"spool/shared/fault"
	"spool/shared/replay"
)

var _ replay.Store = (*Accounts)(nil)

// Replay implements [replay.Store].
func (s *Accounts) Replay(ctx context.Context, id string) (replay.Record, error) {
	it, err := s.t.get(ctx, replayKey(id))
	if err != nil {
		return replay.Record{}, err
	}
	if it == nil {
		return replay.Record{}, fault.New(fault.NotFound, "There is no such request.")
	}
	return replays.decode(it)
}

// SaveReplay implements [replay.Store].
func (s *Accounts) SaveReplay(ctx context.Context, r replay.Record) (replay.Record, error) {
	old := r.Rev
	r.Rev++
	it, err := replays.encode(replayKey(r.ID), r)
	if err != nil {
		return r, err
	}
	return r, s.t.swap(ctx, it, old)
}

// replays is the kind of a request that may be repeated.
var replays = kind[replay.Record]{name: "replay", version: 2, fields: func(f *form, r *replay.Record) {
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
