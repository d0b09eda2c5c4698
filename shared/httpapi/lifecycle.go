package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/post"
)

// Forgets deletes posts for good.
type Forgets interface {
	// Forget deletes a post whose stored revision is still p.Rev, with its texts,
	// or answers a fault of code Conflict. That it was there is known until a time:
	// reading it is a fault of code Gone, with no more of the post than whose it was. Forgetting it again does no harm.
	Forget(ctx context.Context, p post.Post, until time.Time) error
}

type (
	revisedPost struct {
		ID      string `path:"id"`
		IfMatch string `header:"If-Match" maxLength:"64" doc:"The ETag that was read: the request is refused when the post has changed since"`
	}
	duplicateInput struct {
		ID string `path:"id"`
		Keyed
	}
)

// lifecycleRoutes registers what removes a post and what makes it anew.
func (a *API) lifecycleRoutes(r *routes) {
	unpublish := operation(http.MethodPost, "/v1/posts/{id}/unpublish", "unpublish-post",
		"Delete the published tweets from X, last to first", access.PostsWrite)
	unpublish.Description = "For a post that is published, or that failed or was cancelled after some of its tweets went out. The post stays as a record of them. " +
		"Replies by others stay on X. Where it stops, retry goes on deleting; nothing of the post is ever published again."
	register(a, r, unpublish, a.unpublish)

	remove := operation(http.MethodDelete, "/v1/posts/{id}", "delete-post", "Delete a post from Spool; X keeps the tweets",
		access.PostsWrite)
	remove.Description = "Deletes the record and its texts, not what is on X: unpublish does that, and comes first. Files that the post used stay. " +
		"For 90 days an Idempotency-Key that made the post is answered with code gone, so that repeating the request publishes nothing twice."
	remove.DefaultStatus = http.StatusNoContent
	register(a, r, remove, a.remove)

	duplicate := operation(http.MethodPost, "/v1/posts/{id}/duplicate", "duplicate-post",
		"Make a draft that says the same, for the same account", access.PostsWrite)
	duplicate.DefaultStatus = http.StatusCreated
	register(a, r, duplicate, a.duplicate)
}

// unpublish has a worker delete the post's tweets from X.
func (a *API) unpublish(ctx context.Context, in *revisedPost) (*postOutput, error) {
	return a.move(ctx, in.ID, func(p post.Post, _ post.Content) (post.Post, error) {
		if err := unchanged(in.IfMatch, p); err != nil {
			return p, err
		}
		return p.Unpublish(a.Now())
	})
}

// remove deletes a post's record. Of a deletion and a worker that race for a post
// exactly one succeeds.
func (a *API) remove(ctx context.Context, in *revisedPost) (*struct{}, error) {
	until := a.Now().Add(post.Remembered)
	for n := 1; ; n++ {
		p, _, err := a.Posts.Load(ctx, in.ID)
		if fault.Is(err, fault.Gone) { // a repetition, and whatever the first one left behind goes
			return nil, a.Posts.Forget(ctx, post.Post{ID: in.ID}, until)
		}
		if err != nil {
			return nil, err
		}
		if err := unchanged(in.IfMatch, p); err != nil {
			return nil, err
		}
		if err := p.Forget(a.Now()); err != nil {
			return nil, err
		}
		if err = a.Posts.Forget(ctx, p, until); !fault.Is(err, fault.Conflict) || n == tries {
			return nil, err
		}
	}
}

// filesOf are the different files that a content shows.
func filesOf(c post.Content) (ids []string) {
	for _, m := range c.Media(0) {
		if !slices.Contains(ids, m.ID) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// duplicate makes a draft of a post's content. Its files are the post's: they
// never change.
func (a *API) duplicate(ctx context.Context, in *duplicateInput) (*postOutput, error) {
	request := struct{ DuplicateOf string }{in.ID}
	return a.once(ctx, in.IdempotencyKey, request, func() (post.Post, post.Content, []string, error) {
		p, c, err := a.Posts.Load(ctx, in.ID)
		if err != nil {
			return p, c, nil, err
		}
		if err := a.Keeper.Use(ctx, filesOf(c)); err != nil {
			return p, c, nil, err
		}
		p, c = p.Duplicate(a.Now(), c)
		return p, c, nil, nil
	})
}
