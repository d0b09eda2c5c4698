package dynamo

import (
	"context"

	"spool/shared/fault"
	"spool/shared/idempotency"
)

var _ idempotency.Records = (*Accounts)(nil)

// IdempotencyRecord implements [idempotency.Records].
func (s *Accounts) IdempotencyRecord(ctx context.Context, id string) (idempotency.Record, error) {
	it, err := s.t.get(ctx, idempotencyRecordKey(id))
	if err != nil {
		return idempotency.Record{}, err
	}
	if it == nil {
		return idempotency.Record{}, fault.New(fault.NotFound, "There is no such request.")
	}
	return idempotencyRecords.decode(it)
}

// SaveIdempotencyRecord implements [idempotency.Records].
func (s *Accounts) SaveIdempotencyRecord(ctx context.Context, r idempotency.Record) (idempotency.Record, error) {
	old := r.Rev
	r.Rev++
	it, err := idempotencyRecords.encode(idempotencyRecordKey(r.ID), r)
	if err != nil {
		return r, err
	}
	return r, s.t.swap(ctx, it, old)
}

// idempotencyRecords is the kind of a request that may be repeated.
var idempotencyRecords = kind[idempotency.Record]{name: "replay", version: 2, fields: func(f *form,
	r *idempotency.Record) {
	id(f, idempotencyPrefix, &r.ID)
	text(f, "digest", &r.Digest)
	blob(f, "sealed", &r.Sealed)
	blob(f, "answer", &r.Answer)
	moment(f, "until", &r.Until)
	moment(f, "expires", &r.Expires)
	expiry(f, r.Expires)
	count(f, "rev", &r.Rev)
	text(f, "writer", &r.Writer)
}}
