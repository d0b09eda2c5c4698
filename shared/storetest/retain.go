package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/retain"
)

var (
	_ retain.Store    = (*Memory)(nil)
	_ retain.Accounts = (*Memory)(nil)
)

// Walk implements [retain.Store].
func (m *Memory) Walk(_ context.Context, visit func(retain.Stored) error) error {
	m.mu.Lock()
	var all []retain.Stored
	for id, p := range m.posts {
		var shows []string
		for _, c := range m.contents[id] {
			for _, medium := range c.Media(0) {
				shows = append(shows, medium.ID)
			}
		}
		all = append(all, retain.Stored{Post: &p, Files: shows})
	}
	for _, f := range m.files {
		all = append(all, retain.Stored{File: &f})
	}
	m.mu.Unlock()
	for _, one := range all {
		if err := visit(one); err != nil {
			return err
		}
	}
	return nil
}

// DropFile implements [retain.Store].
func (m *Memory) DropFile(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, id)
	return nil
}

// EraseAccount implements [retain.Store].
func (m *Memory) EraseAccount(_ context.Context, accountID string, now time.Time) (erased int, held bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := map[string]bool{}
	for id, account := range m.deleted {
		gone[id] = account == accountID
	}
	for id, p := range m.posts {
		switch {
		case p.AccountID != accountID:
		case p.Busy(now):
			held = true
		default:
			gone[id] = true
			erased++
		}
	}
	for id, mine := range gone {
		if mine {
			delete(m.posts, id)
			delete(m.contents, id)
			delete(m.deleted, id)
		}
	}
	for id, o := range m.owners {
		if gone[o.post] {
			delete(m.owners, id)
		}
	}
	for k := range m.openings {
		if k[0] == accountID && !held {
			delete(m.openings, k)
		}
	}
	maps.DeleteFunc(m.uploads, func(k [2]string, _ publish.Upload) bool { return k[0] == accountID })
	maps.DeleteFunc(m.deliveries, func(_ [2]string, d notify.Delivery) bool { return d.About(accountID) })
	return erased, held, nil
}

// DropAccount implements [retain.Accounts].
func (m *Memory) DropAccount(_ context.Context, accountID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.accounts, accountID)
	delete(m.pauses, accountID)
	m.budgets = m.budgets.Without(accountID)
	for id, c := range m.channels {
		restricted, drop := c.Without(accountID)
		if m.channels[id] = restricted; drop {
			delete(m.channels, id)
		}
	}
	for id, k := range m.keys {
		restricted, revoke := k.Without(accountID)
		if m.keys[id] = restricted; revoke {
			delete(m.keys, id)
			maps.DeleteFunc(m.sessions, func(k [2]string, _ access.Session) bool { return k[0] == id })
		}
	}
	return nil
}

// RetainStore is what the suite of retention tests.
type RetainStore interface {
	PostStore
	MediaStore
	retain.Store
}

// Retain holds a store to what retention wants of it. The store need not be empty.
func Retain(t *testing.T, s RetainStore) {
	ctx := context.Background()
	create := func(t *testing.T, account string, files ...string) post.Post {
		t.Helper()
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "text of " + account}}}
		for _, id := range files {
			c.Tweets[0].Media = append(c.Tweets[0].Media, post.Medium{ID: id})
		}
		p, err := s.Create(ctx, post.New(start, account, c, start, "UTC"), c)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	// walk gives what is visited of some posts and files.
	walk := func(t *testing.T, ids ...string) map[string][]string {
		t.Helper()
		found := map[string][]string{}
		if err := s.Walk(ctx, func(one retain.Stored) error {
			switch {
			case one.Post != nil && slices.Contains(ids, one.Post.ID):
				found[one.Post.ID] = append([]string{string(one.Post.Status)}, one.Files...)
			case one.File != nil && slices.Contains(ids, one.File.ID):
				found[one.File.ID] = []string{one.File.Name}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, files := range found {
			slices.Sort(files[1:])
		}
		return found
	}
	t.Run("all posts are visited with their files, and all files", func(t *testing.T) {
		account := "walk" + post.NewID()
		p, plain, gone := create(t, account, "one", "two"), create(t, account), create(t, account, "three")
		edited := post.Content{Version: 2, Tweets: []post.Tweet{{Text: "edited", Media: []post.Medium{{ID: "newer"}}}}}
		if err := s.PutContent(ctx, p, edited); err != nil {
			t.Fatal(err)
		}
		if err := s.Forget(ctx, gone, start); err != nil {
			t.Fatal(err)
		}
		f, err := s.SaveFile(ctx, post.NewFile(start, "a.png", "image/png", 1, "ab"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{p.ID: {"scheduled", "newer", "one", "two"}, plain.ID: {"scheduled"}, f.ID: {"a.png"}}
		if diff := cmp.Diff(want, walk(t, p.ID, plain.ID, gone.ID, f.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := s.DropFile(ctx, f.ID); err != nil {
			t.Fatal(err)
		}
		if got := walk(t, f.ID); len(got) > 0 {
			t.Errorf("a file that was dropped is visited: %v", got)
		}
	})
	t.Run("an account's posts go with all that is kept for them, and nobody else's", func(t *testing.T) {
		erasesAccounts(t, s, create, walk)
	})
}

// erasesAccounts is the part of [Retain] about the posts of one account.
func erasesAccounts(t *testing.T, s RetainStore, create func(t *testing.T, account string, files ...string) post.Post,
	walk func(t *testing.T, ids ...string) map[string][]string,
) {
	ctx := context.Background()
	mine, other := "erase"+post.NewID(), "keep"+post.NewID()
	theirs := create(t, other)
	published := create(t, mine)
	published.Published = []post.Receipt{{ID: "9" + fmt.Sprint(time.Now().UnixNano()), AttemptedAt: start}}
	published.Opening = (post.Content{Tweets: []post.Tweet{{Text: "text of " + mine}}}).Opening()
	published, err := s.Save(ctx, published)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveUpload(ctx, publish.Upload{AccountID: mine, Digest: "d", ID: "1", Expires: start}); err != nil {
		t.Fatal(err)
	}
	forgotten := create(t, mine)
	if err := s.Forget(ctx, forgotten, start); err != nil {
		t.Fatal(err)
	}
	busy := create(t, mine)
	busy.Status, busy.Lease = post.Publishing, post.Lease{Owner: "worker", Term: 1, Until: start.Add(time.Minute)}
	if busy, err = s.Save(ctx, busy); err != nil {
		t.Fatal(err)
	}

	erased, held, err := s.EraseAccount(ctx, mine, start)
	if err != nil || erased != 1 || !held {
		t.Errorf("got %d posts, held %v, %v; want 1 and one that a worker holds", erased, held, err)
	}
	left := walk(t, published.ID, forgotten.ID, busy.ID, theirs.ID)
	if len(left) != 2 || left[busy.ID] == nil || left[theirs.ID] == nil {
		t.Errorf("left are %v, want the one at work and the other account's", left)
	}
	erased, held, err = s.EraseAccount(ctx, mine, start.Add(time.Hour))
	if err != nil || erased != 1 || held {
		t.Errorf("an hour later: got %d posts, held %v, %v", erased, held, err)
	}
	for _, p := range []post.Post{published, forgotten, busy} {
		if _, _, err := s.Load(ctx, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("reading one gives %v: something is left of it", err)
		}
	}
	siblings, err := s.Siblings(ctx, published, start)
	uploads, uerr := s.Uploads(ctx, mine, []string{"d"})
	owned, oerr := s.Owned(ctx, []string{published.Published[0].ID})
	if len(siblings)+len(uploads)+len(owned) > 0 || err != nil || uerr != nil || oerr != nil {
		t.Errorf("left are %v, %v, %v; %v, %v, %v", siblings, uploads, owned, err, uerr, oerr)
	}
}

// DropStore is what the suite of accounts that are forgotten tests.
type DropStore interface {
	retain.Accounts
	account.Store
	account.Registry
	access.Store
	access.Sessions
	notify.Channels
}

// Drop holds a store to what it is to forget of an account. The store need not be empty.
func Drop(t *testing.T, s DropStore) {
	ctx := context.Background()
	mine, other := "drop"+post.NewID(), "stay"+post.NewID()
	for _, id := range []string{mine, other} {
		if _, err := s.SaveAccount(ctx, account.Account{ID: id, Username: "u" + id, Writer: "w" + id}); err != nil {
			t.Fatal(err)
		}
		if err := s.SavePause(ctx, id, account.Pause{Until: start}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := s.Budgets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b.Of, b.Writer = map[string]account.Budget{"": {Monthly: 3}, mine: {Monthly: 1}, other: {Monthly: 2}}, "w"+mine
	if err := s.SaveBudgets(ctx, b); err != nil {
		t.Fatal(err)
	}
	for id, accounts := range map[string][]string{"both": {mine, other}, "only": {mine}, "all": nil} {
		if err := s.PutKey(ctx, access.Key{ID: id + mine, Name: id, Hash: "h" + id, Accounts: accounts}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutSession(ctx, access.Session{KeyID: "only" + mine, Hash: "h"}); err != nil {
		t.Fatal(err)
	}

	for id, accounts := range map[string][]string{"both": {mine, other}, "only": {mine}, "all": nil} {
		c := notify.Channel{ID: id + mine, Name: id, Accounts: accounts, CreatedAt: start, Writer: id}
		if _, err := s.SaveChannel(ctx, c); err != nil {
			t.Fatal(err)
		}
	}

	for range 2 { // the second time nothing is left to do
		if err := s.DropAccount(ctx, mine); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Snapshot(ctx, mine); !fault.Is(err, fault.NotFound) {
		t.Errorf("the account is still there: %v", err)
	}
	if pauses, err := s.Pauses(ctx, []string{mine, other}); err != nil || pauses[mine].Rev != 0 || pauses[other].Rev == 0 {
		t.Errorf("the pauses are %v, %v", pauses, err)
	}
	if b, err := s.Budgets(ctx); err != nil || len(b.Of) != 2 || b.Of[other].Monthly != 2 {
		t.Errorf("the budgets are %v, %v", b.Of, err)
	}
	if _, err := s.Snapshot(ctx, other); err != nil {
		t.Errorf("the other account: %v", err)
	}
	if k, err := s.Key(ctx, "both"+mine); err != nil || !slices.Equal(k.Accounts, []string{other}) || k.Name != "both" {
		t.Errorf("the key for both is %+v, %v", k, err)
	}
	if k, err := s.Key(ctx, "all"+mine); err != nil || len(k.Accounts) > 0 {
		t.Errorf("the key for all is %+v, %v", k, err)
	}
	if k, err := s.Key(ctx, "only"+mine); !fault.Is(err, fault.NotFound) {
		t.Errorf("the key for it alone is %+v, %v: it would be for all", k, err)
	}
	if _, err := s.Session(ctx, "only"+mine, "h"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a session of that key is still there: %v", err)
	}
	channels, err := s.Channels(ctx)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	for _, c := range channels {
		if name, ok := strings.CutSuffix(c.ID, mine); ok {
			told[name] = c.Accounts
		}
	}
	if diff := cmp.Diff(map[string][]string{"both": {other}, "all": nil}, told); diff != "" {
		t.Errorf("the channels are told of (-want +got):\n%s", diff)
	}
}
