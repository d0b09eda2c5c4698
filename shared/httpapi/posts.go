package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/tweet"
	"spool/shared/walltime"
	"spool/shared/wire"
)

type (
	postOutput struct {
		ETag string `header:"ETag" doc:"The record's revision, for If-Match"`
		Body wire.Post
	}
	postByID struct {
		ID string `path:"id"`
	}
	createInput struct {
		Keyed
		Body wire.PostInput
	}
	resolveInput struct {
		ID   string `path:"id"`
		Body wire.ResolveInput
	}
)

// postRoutes registers the operations on posts.
func (a *API) postRoutes(r *routes) {
	create := operation(http.MethodPost, "/v1/posts", "create-post",
		"Schedule a thread, publish it now, or keep it as a draft", access.PostsWrite)
	create.DefaultStatus = http.StatusCreated
	register(a, r, create, a.create)
	list := operation(http.MethodGet, "/v1/posts", "list-posts", "List posts, newest first", access.PostsRead)
	list.Description = listing
	register(a, r, list, a.list)
	register(a, r,
		operation(http.MethodGet, "/v1/posts/{id}", "get-post", "Read a post, tweet by tweet", access.PostsRead), a.get)
	register(a, r,
		operation(http.MethodPatch, "/v1/posts/{id}", "edit-post",
			"Change the texts or the time of a post that has not gone out", access.PostsWrite), a.edit)
	for _, verb := range []struct {
		path, summary string
		move          func(post.Post, time.Time) (post.Post, error)
	}{
		{"cancel", "Cancel what has not gone out", post.Post.Cancel},
		{"retry", "Resume at the first tweet that is not out, go on deleting, or take a cancellation back", resume},
		{"publish", "Publish now", func(p post.Post, now time.Time) (post.Post, error) {
			return p.Schedule(now, now, p.Zone)
		}},
	} {
		op := operation(http.MethodPost, "/v1/posts/{id}/"+verb.path, verb.path+"-post", verb.summary, access.PostsWrite)
		register(a, r, op, func(ctx context.Context, in *postByID) (*postOutput, error) {
			return a.move(ctx, in.ID, func(p post.Post, _ post.Content) (post.Post, error) { return verb.move(p, a.Now()) })
		})
	}
	resolve := operation(http.MethodPost, "/v1/posts/{id}/resolve", "resolve-post",
		"Say whether a tweet is on X when Spool cannot know", access.PostsWrite)
	resolve.Description = "Spool asks X for the tweet, and refuses one that X made too early (code tweet_too_early), does not have (tweet_not_on_x), or shows with another " +
		"author, parent or text (tweet_other_author, tweet_other_parent, tweet_other_text), and one that another post has (tweet_taken). Where X cannot be asked the code is " +
		"tweet_unconfirmed. For that, and for another text, certain takes your word; what X does not show to be the post's tweet is never deleted from X."
	register(a, r, resolve, a.resolve)
}

// create stores a new post, and wakes a worker when it is due soon.
func (a *API) create(ctx context.Context, in *createInput) (*postOutput, error) {
	return a.once(ctx, in.IdempotencyKey, in.Body, func() (post.Post, post.Content, []string, error) {
		return a.compose(ctx, in.Body)
	})
}

// compose makes a post of what its author gives, with notes, and keeps its files.
func (a *API) compose(ctx context.Context, in wire.PostInput) (p post.Post, c post.Content, notes []string, err error) {
	w, err := writtenIn(in.Tweets, in.Writing)
	if err != nil {
		return p, c, nil, err
	}
	account, err := a.author(ctx, in.AccountID, w)
	if err != nil {
		return p, c, nil, err
	}
	if err := w.divide(account.Limit); err != nil {
		return p, c, nil, err
	}
	complete, unused := w.complete(in)
	at, zone, notes, err := a.when(complete, account)
	if err != nil {
		return p, c, nil, w.blame(err, in)
	}
	thread, files, err := a.thread(ctx, w.tweets, post.Content{})
	if err != nil {
		return p, c, nil, w.blame(err, in)
	}
	warnings, err := a.preflight(ctx, account, w, thread, post.Post{ScheduledAt: at})
	if err != nil {
		return p, c, nil, err
	}
	if err := a.keepFiles(ctx, files); err != nil {
		return p, c, nil, err
	}
	c = post.Content{Version: 1, Tweets: thread}
	p = post.New(a.Now(), account.ID, c, at, zone)
	p.Lateness = account.Lateness
	if l := in.Lateness; l != nil {
		p.Lateness = time.Duration(*l) * time.Second
	}
	return p, c, slices.Concat(unused, notes, warnings), nil
}

// when understands the time that a new post is given: none for a draft, and now
// when nothing is said.
func (a *API) when(in wire.PostInput, account account.Account) (at time.Time, zone string, notes []string, err error) {
	zone = cmp.Or(in.Zone, account.Zone, "UTC")
	_, err = zoneOf(zone)
	switch {
	case err != nil:
		return at, zone, nil, err
	case in.Draft && in.At != "":
		return at, zone, nil, fault.New(fault.Invalid, "A draft has no time.").At("at").
			Todo("Leave out draft to schedule it, or at to keep it.")
	case in.Draft:
		return time.Time{}, zone, nil, nil
	case in.At == "":
		return a.Now(), zone, nil, nil
	}
	return a.instant(in.At, zone)
}

// instant understands a time in a zone, and gives the zone that the text names in
// place of it where it does. A time that has passed is refused.
func (a *API) instant(text, zone string) (at time.Time, in string, notes []string, err error) {
	location, err := zoneOf(zone)
	if err != nil {
		return at, zone, nil, err
	}
	now := a.Now()
	m, err := walltime.Parse(text, location, now)
	if err == nil {
		err = post.Ahead(now, m.At)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return at, zone, nil, f.At("at")
	}
	if m.Note != "" {
		notes = []string{m.Note}
	}
	return m.At, m.Zone, notes, err
}

// zoneOf is the time zone of a name. Its fault does not name what the caller sent, as no answer does.
func zoneOf(name string) (*time.Location, error) {
	location, err := walltime.Zone(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "There is no time zone of this name.").At("zone").
			Todo("Give an IANA name, such as Europe/Berlin or America/New_York.")
	}
	return location, nil
}

// resume takes up what stopped: a failed post goes on at once, and a cancelled one
// waits for its time again.
func resume(p post.Post, now time.Time) (post.Post, error) {
	switch p.Status {
	case post.Cancelled, post.Missed:
		return p.Restore(now)
	}
	return p.Retry(now)
}

// author is the account that is to post a thread: the one of the id, or else the one that the
// front matter names.
func (a *API) author(ctx context.Context, id string, w written) (account.Account, error) {
	name := w.manuscript.Front.Account
	if id != "" || name == "" {
		return a.account(ctx, id)
	}
	state, err := a.Setup.State(ctx)
	if err != nil {
		return account.Account{}, err
	}
	if acc, ok := named(state.Accounts, name); ok {
		return acc, nil
	}
	return account.Account{}, fault.New(fault.Invalid, "The front matter names an account that is not connected.").
		At(w.manuscript.FrontField("account")).Todo("Name one that is, or give account_id.")
}

// named finds the account of a user name.
func named(accounts []account.Account, username string) (account.Account, bool) {
	i := slices.IndexFunc(accounts, func(acc account.Account) bool { return strings.EqualFold(acc.Username, username) })
	if i < 0 {
		return account.Account{}, false
	}
	return accounts[i], true
}

// account finds the account that is meant.
func (a *API) account(ctx context.Context, id string) (account.Account, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return account.Account{}, err
	}
	if id == "" && len(state.Accounts) == 1 {
		return state.Accounts[0], nil
	}
	if id == "" && len(state.Accounts) == 0 {
		return account.Account{}, fault.New(fault.NotSetUp, "No account is connected yet.").Todo("Connect one first.")
	}
	i := slices.IndexFunc(state.Accounts, func(acc account.Account) bool { return acc.ID == id })
	if i < 0 {
		names := make([]string, len(state.Accounts))
		for k, acc := range state.Accounts {
			names[k] = fmt.Sprintf("%s (@%s)", acc.ID, acc.Username)
		}
		return account.Account{}, fault.New(fault.Invalid, "It is not clear which account is to post.").At("account_id").
			Todo("Give one of: %s.", strings.Join(names, ", "))
	}
	return state.Accounts[i], nil
}

// get reads a post.
func (a *API) get(ctx context.Context, in *postByID) (*postOutput, error) {
	p, c, err := a.Posts.Load(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := a.answer(ctx, p, c)
	if n := len(p.OnX()); n > 0 {
		most := a.Prices.Delete * tweet.Dollars(n)
		out.Body.DeletePrice = &most
	}
	return out, nil
}

// answer shows a record with its revision: to who may change posts and not read
// them, without any of its words.
func (a *API) answer(ctx context.Context, p post.Post, c post.Content) *postOutput {
	if !access.From(ctx).May(access.PostsRead) {
		p.Title, c = "", post.Content{}
	}
	return &postOutput{ETag: etag(p), Body: a.viewOf(ctx, p, c)}
}

// etag is a record's revision as an entity tag.
func etag(p post.Post) string { return strconv.Quote(strconv.FormatInt(p.Rev, 10)) }

// resolve takes a person's word on a tweet whose outcome is unknown.
func (a *API) resolve(ctx context.Context, in *resolveInput) (*postOutput, error) {
	id := in.Body.PlatformPostID
	switch {
	case in.Body.Outcome == "published" && id == "":
		return nil, fault.New(fault.Invalid, "The id of the published tweet is missing.").At("platform_post_id").
			Todo("Give the digits at the end of the tweet's address.")
	case in.Body.Outcome == "absent" && id != "":
		return nil, fault.New(fault.Invalid, "A tweet that is absent has no id.").At("platform_post_id").Todo("Leave it out.")
	}
	word := publish.Word{Position: in.Body.ThreadPosition, ID: id, Certain: in.Body.Certain}
	var notes []string
	out, err := a.move(ctx, in.ID, func(p post.Post, c post.Content) (next post.Post, err error) {
		next, notes, err = a.Resolver.Resolve(ctx, p, c, word)
		return next, err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Notes = notes
	return out, nil
}

// Resolver takes a person's word on a tweet whose outcome is unknown.
type Resolver interface {
	// Resolve gives the post as it is by that word, to be saved, and what the person
	// should know.
	Resolve(ctx context.Context, p post.Post, c post.Content, w publish.Word) (post.Post, []string, error)
}

// tries is how often a change is decided anew when the post moved meanwhile.
const tries = 3

// move makes one transition. When another writer comes first, the transition is
// decided anew on what that one stored: one wins, and the other is told.
func (a *API) move(ctx context.Context, id string,
	transition func(post.Post, post.Content) (post.Post, error)) (*postOutput, error) {
	for n := 1; ; n++ {
		p, c, err := a.Posts.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		moved, err := transition(p, c)
		if err != nil {
			return nil, a.later(err, p)
		}
		was := p
		moved.Writer = post.NewWriter()
		p, err = a.Posts.Save(ctx, moved)
		if fault.Is(err, fault.Conflict) && n < tries {
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.Observer != nil {
			a.Observer.PostStored(ctx, post.Change{Before: was, After: p})
		}
		a.wake(ctx, p)
		return a.answer(ctx, p, c), nil
	}
}

// later tells with a conflict about a post when to try again: once the worker
// that holds it is done or counts as dead, or a tweet in doubt is looked for anew.
func (a *API) later(err error, p post.Post) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Conflict || f.Wait > 0 {
		return err
	}
	switch now := a.Now(); {
	case p.Busy(now):
		return f.After(p.Lease.Until.Sub(now))
	case p.Attempt != nil && p.Due.After(now):
		return f.After(p.Due.Sub(now))
	}
	return err
}

// wake has a worker look at a post that is due before the next round of
// dispatch is sure to find it. When that fails the round finds it later.
func (a *API) wake(ctx context.Context, p post.Post) {
	now := a.Now()
	if p.Due.IsZero() || !schedule.Soon(now, p.Due) {
		return
	}
	err := a.Waker.WakeAll(ctx, []schedule.Wake{{
		PostID: p.ID, AccountID: p.AccountID, DueAt: p.Due, Delay: schedule.Delay(now, p.Due),
	}})
	if err != nil {
		a.Log.WarnContext(ctx, "no worker could be woken; dispatch will", "post_id", p.ID, "error", err)
	}
}
