package retain_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/retain"
	"spool/shared/storetest"
)

// room is what a keeper works on, with a clock that tests move.
type room struct {
	*testing.T
	*retain.Keeper
	store *storetest.Memory
	now   time.Time
	bytes map[string]bool // what the bucket has
	fails error           // of the bucket
}

func newRoom(t *testing.T) *room {
	r := &room{T: t, store: storetest.NewMemory(storetest.Start), now: storetest.Start(), bytes: map[string]bool{}}
	r.Keeper = &retain.Keeper{
		Store: r.store, Accounts: r.store, Blobs: r, Terms: retain.Terms{Media: 30 * day},
		Now: func() time.Time { return r.now }, Log: slog.New(slog.DiscardHandler),
	}
	return r
}

const day = 24 * time.Hour

func (r *room) Delete(_ context.Context, key string) error {
	if r.fails == nil {
		delete(r.bytes, key)
	}
	return r.fails
}

// file is one that posts use.
func (r *room) file() post.File {
	r.Helper()
	f := post.NewFile(r.now, "a.png", "image/png", 1, "ab")
	f.State = post.FileReady
	f, _ = f.Used()
	f, err := r.store.SaveFile(r.Context(), f)
	if err != nil {
		r.Fatal(err)
	}
	r.bytes[f.Medium("").Key()] = true
	return f
}

// post stores one in a status, with a file.
func (r *room) post(status post.Status, f post.File) post.Post {
	r.Helper()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "text", Media: []post.Medium{f.Medium("")}}}}
	p := post.New(r.now, "7", c, r.now, "UTC")
	p.Status = status
	p, err := r.store.Create(r.Context(), p, c)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

// sweeps does so many rounds, a day apart.
func (r *room) sweeps(times int) {
	r.Helper()
	for range times {
		if _, err := r.Sweep(r.Context()); err != nil {
			r.Fatal(err)
		}
		r.now = r.now.Add(day)
	}
}

// has wants a file and its bytes there, or both gone.
func (r *room) has(want bool, f post.File) {
	r.Helper()
	files, err := r.store.Files(r.Context(), []string{f.ID})
	if err != nil {
		r.Fatal(err)
	}
	if _, known := files[f.ID]; known != want || r.bytes[f.Medium("").Key()] != want {
		r.Errorf("the file is known: %v, and its bytes are there: %v; want %v", known, r.bytes[f.Medium("").Key()], want)
	}
}

func TestAFileIsKeptWhileAPostNeedsIt(t *testing.T) {
	for status, want := range map[post.Status]bool{
		post.Draft: true, post.Scheduled: true, post.Publishing: true, post.Failed: true, post.Cancelled: true,
		post.Missed: true, post.Published: false, post.Deleting: false, post.Deleted: false,
	} {
		t.Run(string(status), func(t *testing.T) {
			r := newRoom(t)
			f := r.file()
			r.post(status, f)
			r.sweeps(30)
			r.has(true, f)
			r.sweeps(10)
			r.has(want, f)
		})
	}
}

func TestAFileThatIsUsedAgainIsKept(t *testing.T) {
	r := newRoom(t)
	f := r.file()
	p := r.post(post.Published, f)
	r.now = r.now.Add(31 * day)
	r.sweeps(1) // marks it
	if err := r.Use(t.Context(), []string{f.ID}); err != nil {
		t.Fatal(err)
	}
	if err := r.store.Forget(t.Context(), p, r.now); err != nil {
		t.Fatal(err)
	}
	copied := r.post(post.Draft, f)
	r.sweeps(5)
	r.has(true, f)
	if err := r.store.Forget(t.Context(), copied, r.now); err != nil {
		t.Fatal(err)
	}
	r.sweeps(2)
	r.has(false, f)
	if err := r.Use(t.Context(), []string{f.ID}); !fault.Is(err, fault.NotFound) {
		t.Errorf("using what is gone: got %v", err)
	}
}

// A use and a deletion at the same moment compete by one conditional write.
func TestOfAUseAndADeletionOneLoses(t *testing.T) {
	for _, first := range []string{"use", "deletion"} {
		t.Run("the "+first+" is first", func(t *testing.T) {
			r := newRoom(t)
			f := r.file()
			r.sweeps(1) // marks it
			r.Store = &between{r.store, func() {
				r.Store = r.store
				if first == "use" {
					if err := r.Use(t.Context(), []string{f.ID}); err != nil {
						t.Error(err)
					}
				} else {
					r.sweeps(1)
				}
			}}
			if first == "use" {
				r.sweeps(1)
				r.has(true, f)
				return
			}
			if err := r.Use(t.Context(), []string{f.ID}); !fault.Is(err, fault.Conflict) {
				t.Errorf("using what was deleted meanwhile: got %v", err)
			}
			r.has(false, f)
		})
	}
}

// between does something before the next file is saved.
type between struct {
	*storetest.Memory
	do func()
}

func (b *between) SaveFile(ctx context.Context, f post.File) (post.File, error) {
	b.do()
	return b.Memory.SaveFile(ctx, f)
}

func TestADeletionThatFailedIsCompleted(t *testing.T) {
	r := newRoom(t)
	f := r.file()
	r.sweeps(1)
	r.fails = errors.New("no bucket")
	if _, err := r.Sweep(t.Context()); err == nil {
		t.Error("a round that failed says nothing")
	}
	r.has(true, f)
	r.fails = nil
	r.sweeps(1)
	r.has(false, f)
}

// What cannot be looked at might need any file.
func TestWithoutAWholeLookNothingIsDeleted(t *testing.T) {
	r := newRoom(t)
	f := r.file()
	r.sweeps(1)
	r.Store = &blind{r.store}
	if _, err := r.Sweep(t.Context()); err == nil {
		t.Error("a round that could not look says nothing")
	}
	r.has(true, f)
}

type blind struct{ *storetest.Memory }

func (b *blind) Walk(ctx context.Context, visit func(retain.Stored) error) error {
	return errors.Join(b.Memory.Walk(ctx, visit), errors.New("a newer version stored this"))
}

func TestPostsAreKeptAsLongAsTheirOwnerWants(t *testing.T) {
	for _, tc := range []struct {
		name   string
		terms  time.Duration
		status post.Status
		want   bool
	}{
		{"for good", 0, post.Published, true},
		{"published", 90 * day, post.Published, false},
		{"cancelled", 90 * day, post.Cancelled, false},
		{"missed", 90 * day, post.Missed, false},
		{"failed, which waits for its owner", 90 * day, post.Failed, true},
		{"a draft", 90 * day, post.Draft, true},
		{"scheduled", 90 * day, post.Scheduled, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRoom(t)
			r.Terms.Posts = tc.terms
			p := r.post(tc.status, r.file())
			r.sweeps(90)
			if _, _, err := r.store.Load(t.Context(), p.ID); err != nil {
				t.Errorf("before its time: %v", err)
			}
			r.sweeps(2)
			if _, _, err := r.store.Load(t.Context(), p.ID); (err == nil) != tc.want {
				t.Errorf("afterwards: %v, want it kept: %v", err, tc.want)
			}
		})
	}
}

func TestAnAccountIsErasedWithItsFiles(t *testing.T) {
	r := newRoom(t)
	if _, err := r.store.SaveAccount(t.Context(), account.Account{ID: "7", Username: "ada"}); err != nil {
		t.Fatal(err)
	}
	own, shared := r.file(), r.file()
	r.post(post.Published, own)
	r.post(post.Draft, shared)
	other := r.post(post.Scheduled, shared)
	other.AccountID = "8"
	if _, err := r.store.Save(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	posts, done, err := r.Erase(t.Context(), "7")
	if err != nil || posts != 2 || done {
		t.Errorf("got %d posts, done %v, %v; want 2, and the file waits", posts, done, err)
	}
	r.now = r.now.Add(retain.Grace)
	if posts, done, err = r.Erase(t.Context(), "7"); err != nil || posts != 0 || !done {
		t.Errorf("after the grace: got %d posts, done %v, %v", posts, done, err)
	}
	r.has(false, own)
	r.has(true, shared)
	if _, err := r.store.Snapshot(t.Context(), "7"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the account is still there: %v", err)
	}
}
