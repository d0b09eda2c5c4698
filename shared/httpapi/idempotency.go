package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"time"

	"spool/shared/access"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/idempotency"
	"spool/shared/post"
)

// A post that is created with an idempotency key gets its id from the key. So
// the conditional write that makes the post is what decides between two requests
// of one key, and the post itself remembers the request. Nothing else is stored,
// and the key is good for as long as the post is. The answers of all other
// creates are kept by a [idempotency.Store].

// Keyed is the input of an operation that creates something. It is exported for
// huma, which looks for parameters in exported fields only.
type Keyed struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"Makes repeating the request safe: the same key and body answer the first result, and another body is refused. Any text that you use once, such as a UUID" example:"7f1f6a52-4f0e-4d5c-9f0b-2f4a5c1d8e11"`
}

func (k Keyed) idempotencyKey() string { return k.IdempotencyKey }

// repeatable is the id of the post that an idempotency key of the caller's stands
// for.
func repeatable(ctx context.Context, key string) string {
	sum := sha256.Sum256([]byte("idempotency-key\x00" + access.From(ctx).ID + "\x00" + key))
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// digest tells requests apart that came with the same key.
func digest(request any) string {
	b, _ := json.Marshal(request) // the shapes of wire: it cannot fail
	sum := sha256.Sum256(b)
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// repeated answers the post that an earlier request with the same key made, as
// it is now, with the notes of that time; a fault of code NotFound when there was none.
func (a *API) repeated(ctx context.Context, key string, request any) (*postOutput, error) {
	p, c, err := a.Posts.Load(ctx, repeatable(ctx, key))
	if err != nil {
		return nil, err
	}
	if p.Request != digest(request) {
		return nil, fault.New(fault.Invalid, "This Idempotency-Key came with another request before.").At("Idempotency-Key").
			Todo("Send a new key with a new request; repeat the old one with its own body.")
	}
	first := []post.Content{c}
	if c.Version > 1 { // it was edited since
		if first, err = a.Posts.Contents(ctx, []post.Post{{ID: p.ID, AccountID: p.AccountID, Content: 1}}); err != nil {
			return nil, err
		}
	}
	out := a.answer(ctx, p, c)
	out.Body.Notes = first[0].Notes
	return out, nil
}

// once stores the post that build gives, and wakes a worker when it is due soon.
// Where the caller's idempotency key has made a post already it answers that one.
func (a *API) once(ctx context.Context, key string, request any,
	build func() (post.Post, post.Content, []string, error)) (*postOutput, error) {
	if key != "" {
		if out, err := a.repeated(ctx, key, request); !fault.Is(err, fault.NotFound) {
			return out, err
		}
	}
	p, c, notes, err := build()
	if err != nil {
		return nil, err
	}
	p.Writer, c.Notes = post.NewWriter(), notes // for who repeats the request
	if key != "" {
		p.ID, p.Request = repeatable(ctx, key), digest(request)
	}
	p, err = a.Posts.Create(ctx, p, c)
	if fault.Is(err, fault.Conflict) && key != "" {
		return a.repeated(ctx, key, request) // of two at once, the other one was first
	}
	if err != nil {
		return nil, err
	}
	a.wake(ctx, p)
	out := a.answer(ctx, p, c)
	out.Body.Notes = notes
	return out, nil
}

// How long answers are kept for repetition: no longer than what they hold works.
const (
	linkLife = connect.FlowLife // of a connection's link
	siteLife = time.Hour        // of an upload's address
	keyLife  = 10 * time.Minute
)

// repeatably lets a create be repeated: body gives what makes its request
// different from another with the same key. Without a key it runs as it is.
func repeatably[I interface{ idempotencyKey() string }, O any](
	a *API, operation string, life time.Duration, body func(*I) any, handle func(context.Context, *I) (*O, error),
) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		key := (*in).idempotencyKey()
		if key == "" {
			return handle(ctx, in)
		}
		request := idempotency.Request{
			Caller: access.From(ctx).ID, Operation: operation, Key: key, Digest: digest(body(in)), Life: life,
		}
		kept, err := a.Idempotency.Do(ctx, request, func(ctx context.Context) ([]byte, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, err
			}
			return json.Marshal(out)
		})
		if err != nil {
			return nil, err
		}
		out := new(O)
		return out, json.Unmarshal(kept, out)
	}
}
