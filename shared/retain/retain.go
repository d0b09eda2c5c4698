// Package retain decides how long Spool keeps what it was given: the files that posts show, posts themselves, and all
// that is known of an account whose owner wants it gone.
//
// A file is needed while a post shows it that may still be published, and for some days after that, so that the post
// can be copied. One that no post needs is marked as unused first, and deleted only where it still is a while later. A
// request that uses it in between takes the mark away, by a conditional write that the deletion competes with: so one
// of the two loses, and no post is left without its file. A request that read the file before it was marked ends long
// before the while does, and the next look finds its post.
package retain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// Stored is one thing that a store keeps: a post with the ids of the files that it shows, or a file.
type Stored struct {
	Post  *post.Post
	Files []string
	File  *post.File
}

// Store keeps posts and what is known of files. Implementations are safe for concurrent use.
type Store interface {
	// Walk visits all posts and files, in no order. What changes meanwhile is visited as it was, as it is, or not at all.
	Walk(ctx context.Context, visit func(Stored) error) error
	// Files reads files by their different ids; those that there are.
	Files(ctx context.Context, ids []string) (map[string]post.File, error)
	// SaveFile stores a file, or answers a fault of code Conflict when it has changed meanwhile.
	SaveFile(ctx context.Context, f post.File) (post.File, error)
	// DropFile forgets a file.
	DropFile(ctx context.Context, id string) error
	// Forget deletes a post; a fault of code Conflict says that it has changed meanwhile.
	Forget(ctx context.Context, p post.Post, until time.Time) error
	// EraseAccount deletes the posts of an account and whatever else is kept for it, but for its posts that a worker holds
	// at that time: it reports whether there are such, and how many posts it deleted.
	EraseAccount(ctx context.Context, accountID string, now time.Time) (erased int, held bool, err error)
}

// Accounts keeps accounts. Implementations are safe for concurrent use.
type Accounts interface {
	// DropAccount forgets an account with its pause and its budget, and takes it from the keys and channels that are
	// restricted to some: one that was for no other goes as well.
	DropAccount(ctx context.Context, accountID string) error
}

// Blobs keeps the files themselves.
type Blobs interface {
	// Delete deletes one. One that is not there is deleted already.
	Delete(ctx context.Context, key string) error
}

// Terms says how long things are kept.
type Terms struct {
	Media time.Duration // files of a post, once it is published
	Posts time.Duration // posts that have come to their end; 0: for good
}

// Keeper keeps to the terms. It is safe for concurrent use.
type Keeper struct {
	Store    Store
	Accounts Accounts // for Erase alone
	Blobs    Blobs
	Terms    Terms
	Now      func() time.Time
	Log      *slog.Logger
}

// Grace is how long a file is marked as unused before it is deleted: much longer than a request takes, which is half a
// minute at most.
const Grace = 2 * time.Minute

// Swept is what a sweep did.
type Swept struct {
	Posts   int // that were deleted
	Files   int // that were deleted
	Waiting int // files that are marked as unused and wait out their grace
}

// Sweep deletes what has been kept long enough. Where it cannot look at everything it deletes no file.
func (k *Keeper) Sweep(ctx context.Context) (Swept, error) {
	s := sweep{Keeper: k, now: k.Now(), needed: map[string]bool{}}
	if err := k.Store.Walk(ctx, s.visit); err != nil {
		return s.done, fmt.Errorf("look at what is kept: %w", err)
	}
	var errs []error
	for _, p := range s.old {
		errs = append(errs, s.forget(ctx, p))
	}
	for _, f := range s.files {
		if s.needed[f.ID] {
			errs = append(errs, s.keep(ctx, f))
		} else {
			errs = append(errs, s.release(ctx, f))
		}
	}
	k.Log.InfoContext(ctx, "swept", "posts", s.done.Posts, "files", s.done.Files, "waiting", s.done.Waiting)
	return s.done, errors.Join(errs...)
}

// sweep is one round.
type sweep struct {
	*Keeper
	now    time.Time
	needed map[string]bool // files by their ids
	files  []post.File     // that posts use or have used
	old    []post.Post     // that are to be deleted
	done   Swept
}

// visit notes what a sweep is about.
func (s *sweep) visit(is Stored) error {
	switch {
	case is.File != nil && (is.File.Expires.IsZero() || !is.File.Unused.IsZero()):
		s.files = append(s.files, *is.File) // what was never used expires by itself
	case is.Post != nil && s.Terms.Posts > 0 && ended(*is.Post) && s.now.Sub(is.Post.UpdatedAt) > s.Terms.Posts:
		s.old = append(s.old, *is.Post)
	}
	if is.Post != nil && s.Terms.needs(*is.Post, s.now) {
		for _, id := range is.Files {
			s.needed[id] = true
		}
	}
	return nil
}

// ended reports whether nothing will come of a post any more unless its owner wants it. What failed waits for them.
func ended(p post.Post) bool {
	switch p.Status {
	case post.Published, post.Deleted, post.Cancelled, post.Missed:
		return true
	}
	return false
}

// needs reports whether a post needs its files: one whose tweets are all out, or were deleted, is never published
// again.
func (t Terms) needs(p post.Post, now time.Time) bool {
	switch p.Status {
	case post.Published, post.Deleting, post.Deleted:
		return now.Sub(p.UpdatedAt) <= t.Media
	}
	return true
}

func (s *sweep) forget(ctx context.Context, p post.Post) error {
	if p.Forget(s.now) != nil {
		return nil // it is at work again
	}
	err := s.Store.Forget(ctx, p, s.now.Add(post.Remembered))
	if fault.Is(err, fault.Conflict) {
		return nil // its owner does something with it
	}
	if err == nil {
		s.done.Posts++
	}
	return err
}

// keep takes the mark from a file that a post needs after all.
func (s *sweep) keep(ctx context.Context, f post.File) error {
	if f.Unused.IsZero() || !f.Expires.IsZero() {
		return nil
	}
	f.Unused, f.Writer = time.Time{}, post.NewWriter()
	_, err := s.Store.SaveFile(ctx, f)
	if fault.Is(err, fault.Conflict) {
		return nil // whoever uses it has taken it
	}
	return err
}

// release marks a file that no post needs, or deletes it when that was some time ago.
func (s *sweep) release(ctx context.Context, f post.File) error {
	switch {
	case f.Unused.IsZero():
		f.Unused = s.now
		s.done.Waiting++
	case s.now.Sub(f.Unused) < Grace:
		s.done.Waiting++
		return nil
	case f.Expires.IsZero(): // from now on it counts as gone
		f.Expires = s.now
	default: // an earlier round did not get to the end
		return s.remove(ctx, f)
	}
	f.Writer = post.NewWriter()
	saved, err := s.Store.SaveFile(ctx, f)
	if fault.Is(err, fault.Conflict) {
		return nil // somebody uses it at this very moment
	}
	if err != nil || saved.Expires.IsZero() {
		return err
	}
	return s.remove(ctx, saved)
}

// remove deletes the bytes first: whoever is interrupted finds the record again.
func (s *sweep) remove(ctx context.Context, f post.File) error {
	for _, key := range []string{f.Medium("").Key(), f.UploadKey()} {
		if err := s.Blobs.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete file %s: %w", f.ID, err)
		}
	}
	if err := s.Store.DropFile(ctx, f.ID); err != nil {
		return err
	}
	s.done.Files++
	return nil
}

// Erase deletes all that is kept of an account that is disconnected: its posts, with what is kept for them, the files
// that only they used, and at the end the account itself. It reports how many posts it deleted, and whether all is
// done: else it is to be called again in a minute or two, since a worker still holds a post, or files wait out their
// grace.
func (k *Keeper) Erase(ctx context.Context, accountID string) (posts int, done bool, err error) {
	posts, held, err := k.Store.EraseAccount(ctx, accountID, k.Now())
	if err != nil {
		return posts, false, err
	}
	swept, err := k.Sweep(ctx)
	if err != nil || held || swept.Waiting > 0 {
		return posts, false, err
	}
	k.Log.InfoContext(ctx, "erased", "account_id", accountID)
	return posts, true, k.Accounts.DropAccount(ctx, accountID)
}

// Use says that a post is going to show files that another one has shown. One that is gone is a fault of code NotFound.
func (k *Keeper) Use(ctx context.Context, ids []string) error {
	files, err := k.Store.Files(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, known := files[id]
		if !known || !f.Expires.IsZero() {
			return fault.New(fault.NotFound, "The file %.40q is gone, since no post has needed it for long.", id).
				Todo("Upload it again, and write the post anew.")
		}
		used, changes := f.Used()
		if !changes {
			continue
		}
		used.Writer = post.NewWriter()
		if _, err := k.Store.SaveFile(ctx, used); err != nil {
			return err
		}
	}
	return nil
}
