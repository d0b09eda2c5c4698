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
	return replay.Record{
		ID: id, Digest: it.s("digest"), Sealed: it.b("sealed"), Answer: it.b("answer"),
		Until: it.t("until"), Expires: it.t("expires"), Rev: it.n("rev"), Writer: it.s("writer"),
	}, nil
}

// SaveReplay implements [replay.Store].
func (s *Accounts) SaveReplay(ctx context.Context, r replay.Record) (replay.Record, error) {
	old := r.Rev
	r.Rev++
	it := newItem(replayKey(r.ID))
	it.setS("digest", r.Digest)
	it.setB("sealed", r.Sealed)
	it.setB("answer", r.Answer)
	it.setT("until", r.Until)
	it.setT("expires", r.Expires)
	it.setN(attrTTL, r.Expires.Unix())
	it.setN("rev", r.Rev)
	it.setS("writer", r.Writer)
	return r, s.t.swap(ctx, it, old)
}
