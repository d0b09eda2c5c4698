package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/wire"
)

// A post that is created with an idempotency key gets its id from the key. So
// the conditional write that makes the post is what decides between two requests
// of one key, and the post itself remembers the request. Nothing else is stored.

// repeatable is the id of the post that an idempotency key of the caller's stands
// for.
func repeatable(ctx context.Context, key string) string {
	sum := sha256.Sum256([]byte("idempotency-key\x00" + access.From(ctx).ID + "\x00" + key))
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// digest tells requests apart that came with the same key.
func digest(in wire.PostInput) string {
	b, _ := json.Marshal(in) // strings and numbers: it cannot fail
	sum := sha256.Sum256(b)
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// repeated answers the post that an earlier request with the same key made, as
// it is now; a fault of code NotFound when there was none.
func (a *API) repeated(ctx context.Context, in *createInput) (*postOutput, error) {
	p, c, err := a.Posts.Load(ctx, repeatable(ctx, in.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	if p.Request != digest(in.Body) {
		return nil, fault.New(fault.Invalid, "This Idempotency-Key came with another request before.").At("Idempotency-Key").
			Todo("Use a new key for a new post.")
	}
	return answer(p, c), nil
}
