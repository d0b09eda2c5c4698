package metric

import (
	"context"
	"errors"
	"log/slog"

	"spool/shared/account"
	"spool/shared/post"
)

// Failures are the posts that failed. It is safe for concurrent use.
type Failures interface {
	// Shelf gives a page of a shelf's posts; next is empty at the end.
	Shelf(ctx context.Context, shelf post.Shelf, span post.Span) (page []post.Entry, next string, err error)
	// Read gives the records of the ids that there are.
	Read(ctx context.Context, ids []string) (map[string]post.Post, error)
}

// Doors are the accounts and the app, which X lets in or not. It is safe for concurrent use.
type Doors interface {
	Accounts(ctx context.Context) ([]account.Account, error)
	// Pauses reads pauses: the app's is under the empty id.
	Pauses(ctx context.Context, accountIDs []string) (map[string]account.Pause, error)
}

// Standing measures what lasts until a person acts, as it stands: however it began and ended, and whoever was told of
// that. What there is none of is not written, so that alarms on it end by silence.
type Standing struct {
	Failures Failures
	Doors    Doors
	Recorder *Recorder
}

// Measure is one round. It reads the accounts and the posts that failed, the latest first; of these no more than it
// takes to find one page with unknown ones.
func (s *Standing) Measure(ctx context.Context) error {
	unknown, err := s.unknown(ctx)
	blocked, err2 := s.blocked(ctx)
	var values []Value
	if unknown > 0 {
		values = append(values, Value{PostsUnknown, float64(unknown)})
	}
	if blocked > 0 {
		values = append(values, Value{Blocked, float64(blocked)})
	}
	if len(values) > 0 {
		s.Recorder.write(ctx, slog.LevelInfo, "a person has to act", values)
	}
	return errors.Join(err, err2)
}

// failuresPage is how many posts are read at a time.
const failuresPage = 100

// unknown counts the unknown posts of the latest page that has any.
func (s *Standing) unknown(ctx context.Context) (n int, err error) {
	span := post.Span{Limit: failuresPage}
	for {
		entries, next, err := s.Failures.Shelf(ctx, post.Failed.Shelf(), span)
		if err != nil {
			return 0, err
		}
		ids := make([]string, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
		}
		posts, err := s.Failures.Read(ctx, ids)
		if err != nil {
			return 0, err
		}
		for _, p := range posts {
			if p.Status == post.Failed && p.Sub == post.Unknown { // the index lags
				n++
			}
		}
		if n > 0 || next == "" {
			return n, nil
		}
		span = span.Beyond(next)
	}
}

// blocked counts the accounts that X lets in no more until a person acts, and the app.
func (s *Standing) blocked(ctx context.Context) (n int, err error) {
	all, err := s.Doors.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range all {
		if a.Health == account.NeedsConnect {
			n++
		}
	}
	pauses, err := s.Doors.Pauses(ctx, []string{""})
	if err == nil && pauses[""].Sub == string(post.Paused) { // until it is lifted: its end alone lets nobody in
		n++
	}
	return n, err
}
