// Package httpapi is Spool's HTTP API: posts, accounts, the setup.
//
// Every error is a problem document (RFC 9457) with a stable code, the field
// that is meant and what to do. Every operation needs a bearer key, or the session
// of a browser that signed in with one. Bodies are bounded, and unknown fields are
// refused.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/idempotency"
	"spool/shared/media"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

// Posts keeps the posts.
type Posts interface {
	Records
	Texts
	Lists
	Finds
	Forgets
}

// Records keeps how the posts stand.
type Records interface {
	// Create stores a new post with its content. A fault of code Conflict says
	// that there is a post of this id, or another content.
	Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error)
	// Load reads one; an unknown id is a fault of code NotFound.
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	// Save stores a change, or answers a fault of code Conflict.
	Save(ctx context.Context, p post.Post) (post.Post, error)
}

// Texts keeps what the posts say.
type Texts interface {
	// PutContent stores a new version for a post as it is stored; a fault of code
	// Conflict says that there is another of this number.
	PutContent(ctx context.Context, p post.Post, c post.Content) error
	// Contents reads the texts of posts.
	Contents(ctx context.Context, posts []post.Post) ([]post.Content, error)
}

// Lists knows the posts of an account.
type Lists interface {
	// List gives an account's posts, newest first, before a sort key of its list.
	List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error)
}

// Finds finds posts. What it finds them by may lag behind the records.
type Finds interface {
	// Ready reports whether it finds all posts: after an update it may first have to
	// put those of older versions where it finds them, of which a call does a part.
	Ready(ctx context.Context, now time.Time) (bool, error)
	// Made gives a page of an account's posts, by when they were made. Next is how
	// far it looked: empty at the end.
	Made(ctx context.Context, accountID string, span post.Span) (page []post.Entry, next string, err error)
	// Shelf gives a page of a shelf's posts, by their moments, with next as above.
	// Only the posts of the span's accounts are given, but all count for its limit.
	Shelf(ctx context.Context, shelf post.Shelf, span post.Span) (page []post.Entry, next string, err error)
	// DueBy gives the posts for which something is due until a time: all of them, if
	// they are fewer than limit.
	DueBy(ctx context.Context, until time.Time, limit int) (ids []string, err error)
	// Read gives the records that there are.
	Read(ctx context.Context, ids []string) (map[string]post.Post, error)
}

// Waker has a worker look at posts that are due soon.
type Waker interface {
	WakeAll(ctx context.Context, wakes []schedule.Wake) error
}

// API serves the HTTP API.
type API struct {
	Posts       Posts
	Files       Files
	Blobs       Blobs
	Keeper      Keeper
	Setup       Setup
	Waker       Waker
	Resumer     Resumer
	Resolver    Resolver
	Channels    *notify.Service
	Keys        access.Store
	Sessions    access.Sessions
	Web         http.Handler       // the web page, at / and below /assets/; nil: none
	Idempotency *idempotency.Store // of what is created with an Idempotency-Key
	KeySum      string             // the admin key's SHA-256, in hexadecimal
	Domain      string             // of the callback; empty: the one under which the caller came
	Prices      tweet.Prices
	Limits      Limits // zero: [DefaultLimits]
	Health      Health
	// MediaLimits are X's; zero: as X lists them.
	MediaLimits media.Limits
	Now         func() time.Time
	Log         *slog.Logger
	Observer    Observer // may be nil
}

// Observer is told what callers have done. It is safe for concurrent use.
type Observer interface {
	// PostStored tells of a transition that is stored.
	PostStored(ctx context.Context, c post.Change)
}

// init gives huma's own refusals Spool's shape, and has it take fields by their
// exact names. Huma has one variable each for all of a process, so they are set
// once, before anything can read them.
func init() { huma.NewError, huma.ValidateStrictCasing = refusal, true }

// maxBody bounds a request's body, in bytes: 500 tweets of the longest emoji, or
// ninety of 25,000 letters, are less, and a post keeps more. Lambda takes and gives
// 6 MB at a time, with the body as a string of JSON, which can double what it takes.
const maxBody = 2_500_000

// Handler gives the routes.
func (a *API) Handler() http.Handler {
	reaching := *a
	if a.Limits == (Limits{}) {
		reaching.Limits = DefaultLimits()
	}
	if a.MediaLimits == (media.Limits{}) {
		reaching.MediaLimits = media.ListLimits()
	}
	reaching.Posts, reaching.Files, reaching.Setup = scopedPosts{a.Posts}, scopedFiles{a.Files}, scopedSetup{a.Setup}
	return reaching.handler()
}

// handler gives the routes of an API whose stores know what a caller may reach.
func (a *API) handler() http.Handler {
	all := a.routes()
	doc := sync.OnceValue(all.document)
	// Whatever a wrapper does not serve itself goes on to the next one. Only the first
	// two let anybody in.
	return a.public(published(doc, a.Log, a.limitWrongKeys(a.authenticated(a.paced(joined(unrouted(all.router())))))))
}

// operation describes an operation of the API, and which scopes of a key admit to
// it: one of them suffices.
func operation(method, path, id, summary string, scopes ...access.Scope) huma.Operation {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBody,
		Security: []map[string][]string{{"key": names}, {"session": names}}, Middlewares: huma.Middlewares{
			need(scopes...), inForm(path),
		},
		Errors: []int{http.StatusInternalServerError}, // describe adds the others
	}
}
