package httpapi

import (
	"context"
	"maps"
	"slices"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/vault"
)

// This file is where a key's reach is held to: to a restricted key the other
// accounts, and what is theirs, do not exist. The stores that know a caller have
// every method written out, none embedded: one that is added later does not compile
// before it is decided here.

var (
	_ Posts = scopedPosts{}
	_ Files = scopedFiles{}
	_ Setup = scopedSetup{}
)

// scopedPosts shows a caller the posts of the accounts that its key is for.
type scopedPosts struct{ all Posts }

func (s scopedPosts) Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error) {
	if err := reach(ctx, p.AccountID); err != nil {
		return p, err
	}
	return s.all.Create(ctx, p, c)
}

func (s scopedPosts) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	p, c, err := s.all.Load(ctx, id)
	if (err == nil || fault.Is(err, fault.Gone)) && reach(ctx, p.AccountID) != nil {
		return post.Post{}, post.Content{}, fault.New(fault.NotFound, "There is no post %.40q.", id).
			Todo("List the posts to find its id.")
	}
	return p, c, err
}

func (s scopedPosts) Save(ctx context.Context, p post.Post) (post.Post, error) {
	if err := reach(ctx, p.AccountID); err != nil {
		return p, err
	}
	return s.all.Save(ctx, p)
}

func (s scopedPosts) PutContent(ctx context.Context, p post.Post, c post.Content) error {
	if err := reach(ctx, p.AccountID); err != nil {
		return err
	}
	return s.all.PutContent(ctx, p, c)
}

func (s scopedPosts) Contents(ctx context.Context, posts []post.Post) ([]post.Content, error) {
	for _, p := range posts {
		if err := reach(ctx, p.AccountID); err != nil {
			return nil, err
		}
	}
	return s.all.Contents(ctx, posts)
}

func (s scopedPosts) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	if err := reach(ctx, accountID); err != nil {
		return nil, err
	}
	return s.all.List(ctx, accountID, before, limit)
}

// Ready tells nothing of anybody's posts.
func (s scopedPosts) Ready(ctx context.Context, now time.Time) (bool, error) {
	return s.all.Ready(ctx, now)
}

func (s scopedPosts) Made(ctx context.Context, accountID string, span post.Span) ([]post.Entry, string, error) {
	if err := reach(ctx, accountID); err != nil {
		return nil, "", err
	}
	return s.all.Made(ctx, accountID, span)
}

// Shelf is the caller's part of a shelf.
func (s scopedPosts) Shelf(ctx context.Context, shelf post.Shelf, span post.Span) ([]post.Entry, string, error) {
	if len(span.Accounts) == 0 {
		span.Accounts = access.From(ctx).Accounts
	}
	for _, id := range span.Accounts {
		if err := reach(ctx, id); err != nil {
			return nil, "", err
		}
	}
	return s.all.Shelf(ctx, shelf, span)
}

// DueBy gives ids alone, of anybody's posts: Read leaves out those of others.
func (s scopedPosts) DueBy(ctx context.Context, until time.Time, limit int) ([]string, error) {
	return s.all.DueBy(ctx, until, limit)
}

func (s scopedPosts) Read(ctx context.Context, ids []string) (map[string]post.Post, error) {
	posts, err := s.all.Read(ctx, ids)
	maps.DeleteFunc(posts, func(_ string, p post.Post) bool { return reach(ctx, p.AccountID) != nil })
	return posts, err
}

// Forget is of a post that was loaded, or that is gone: then only its id is known.
func (s scopedPosts) Forget(ctx context.Context, p post.Post, until time.Time) error {
	if p.AccountID != "" {
		if err := reach(ctx, p.AccountID); err != nil {
			return err
		}
	}
	return s.all.Forget(ctx, p, until)
}

// scopedFiles shows a caller the files that its key announced, and all of them to a
// key that is for all accounts. What a post shows already is read from the post.
type scopedFiles struct{ all Files }

func (s scopedFiles) Files(ctx context.Context, ids []string) (map[string]post.File, error) {
	files, err := s.all.Files(ctx, ids)
	for id, f := range files {
		if caller := access.From(ctx); len(caller.Accounts) > 0 && caller.ID != f.KeyID {
			delete(files, id)
		}
	}
	return files, err
}

// SaveFile is of a file that was announced by the caller, or read before.
func (s scopedFiles) SaveFile(ctx context.Context, f post.File) (post.File, error) {
	return s.all.SaveFile(ctx, f)
}

// scopedSetup shows a caller the accounts that its key is for. A restricted key
// connects none: that would add one.
type scopedSetup struct{ all Setup }

func (s scopedSetup) State(ctx context.Context) (connect.State, error) {
	state, err := s.all.State(ctx)
	state.Accounts = slices.DeleteFunc(slices.Clone(state.Accounts), func(a account.Account) bool {
		return reach(ctx, a.ID) != nil
	})
	return state, err
}

// Pauses are those of the accounts that the caller reaches, and the app's, which
// holds up everybody.
func (s scopedSetup) Pauses(ctx context.Context, accountIDs []string) (map[string]account.Pause, error) {
	reached := slices.DeleteFunc(slices.Clone(accountIDs), func(id string) bool { return reach(ctx, id) != nil })
	return s.all.Pauses(ctx, reached)
}

// Budgets are those of the accounts that the caller reaches; that of all of them
// together tells what the others spend.
func (s scopedSetup) Budgets(ctx context.Context, month string) (account.Budgets, error) {
	b, err := s.all.Budgets(ctx, month)
	b.Of = maps.Clone(b.Of)
	maps.DeleteFunc(b.Of, func(id string, _ account.Budget) bool { return reach(ctx, id) != nil })
	return b, err
}

// SetBudget is for the scope admin, which no restricted key has.
func (s scopedSetup) SetBudget(ctx context.Context, accountID string, monthly, spent tweet.Dollars) error {
	return s.all.SetBudget(ctx, accountID, monthly, spent)
}

// PutApp is for the scope admin, which no restricted key has.
func (s scopedSetup) PutApp(ctx context.Context, app vault.App) error { return s.all.PutApp(ctx, app) }

// Resume is for the scope admin, too.
func (s scopedSetup) Resume(ctx context.Context) error { return s.all.Resume(ctx) }

func (s scopedSetup) ResumeAccount(ctx context.Context, accountID string) error {
	if err := reach(ctx, accountID); err != nil {
		return err
	}
	return s.all.ResumeAccount(ctx, accountID)
}

func (s scopedSetup) Invite(ctx context.Context, zone string) (string, time.Time, error) {
	if err := unrestricted(ctx); err != nil {
		return "", time.Time{}, err
	}
	return s.all.Invite(ctx, zone)
}

func (s scopedSetup) StartHeadless(ctx context.Context, caller, redirect, zone string) (string, time.Time, error) {
	if err := unrestricted(ctx); err != nil {
		return "", time.Time{}, err
	}
	return s.all.StartHeadless(ctx, caller, redirect, zone)
}

func (s scopedSetup) Complete(ctx context.Context, caller, address string) (account.Account, error) {
	if err := unrestricted(ctx); err != nil {
		return account.Account{}, err
	}
	return s.all.Complete(ctx, caller, address)
}

func (s scopedSetup) Disconnect(ctx context.Context, accountID string) (account.Account, error) {
	if err := reach(ctx, accountID); err != nil {
		return account.Account{}, err
	}
	return s.all.Disconnect(ctx, accountID)
}

func (s scopedSetup) Configure(ctx context.Context, accountID string,
	settings account.Settings) (account.Account, error) {
	if err := reach(ctx, accountID); err != nil {
		return account.Account{}, err
	}
	return s.all.Configure(ctx, accountID, settings)
}

// reach refuses a caller whose key is not for an account.
func reach(ctx context.Context, accountID string) error {
	if access.From(ctx).Reaches(accountID) {
		return nil
	}
	return outOfReach()
}

// unrestricted refuses a caller whose key is for some accounts only.
func unrestricted(ctx context.Context) error {
	if len(access.From(ctx).Accounts) == 0 {
		return nil
	}
	return outOfReach()
}

// outOfReach is the fault of a restricted key.
func outOfReach() error {
	return fault.New(fault.Forbidden, "This key is for other accounts.").
		Todo("Use a key that is not restricted, or restricted to this account.")
}
