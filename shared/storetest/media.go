package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// MediaStore is what the suite of media tests.
type MediaStore interface {
	publish.Uploads
	SaveFile(ctx context.Context, f post.File) (post.File, error)
	Files(ctx context.Context, ids []string) (map[string]post.File, error)
}

var _ MediaStore = (*Memory)(nil)

// SaveFile stores a file on the condition of its revision.
func (m *Memory) SaveFile(_ context.Context, f post.File) (post.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return swap(m.files, f.ID, f, func(f *post.File) (*int64, *string) { return &f.Rev, &f.Writer })
}

// Files gives the files of the ids that there are.
func (m *Memory) Files(_ context.Context, ids []string) (map[string]post.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	files := map[string]post.File{}
	for _, id := range ids {
		if f, ok := m.files[id]; ok {
			files[id] = f
		}
	}
	return files, nil
}

// Uploads implements [publish.Uploads].
func (m *Memory) Uploads(_ context.Context, accountID string, digests []string) (map[string]publish.Upload, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	uploads := map[string]publish.Upload{}
	for _, d := range digests {
		if u, ok := m.uploads[[2]string{accountID, d}]; ok {
			uploads[d] = u
		}
	}
	return uploads, nil
}

// SaveUpload implements [publish.Uploads].
func (m *Memory) SaveUpload(_ context.Context, u publish.Upload) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uploads[[2]string{u.AccountID, u.Digest}] = u
	return nil
}

// Media holds a store of media to its contract. The store need not be empty.
func Media(t *testing.T, s MediaStore) {
	ctx := context.Background()
	save := func(t *testing.T, f post.File) post.File {
		t.Helper()
		f, err := s.SaveFile(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	t.Run("a file comes back as it was", func(t *testing.T) {
		f := FullFile()
		f.ID, f.Rev = post.NewID(), 0
		f = save(t, f)
		got, err := s.Files(ctx, []string{f.ID, "none"})
		if diff := cmp.Diff(map[string]post.File{f.ID: f}, got); err != nil || diff != "" {
			t.Errorf("got %v (-saved +read):\n%s", err, diff)
		}
	})
	t.Run("of two writes of one revision the second conflicts", func(t *testing.T) {
		f := save(t, post.NewFile(start, "a.png", "image/png", 1, "ab"))
		a, b := f, f
		a.Writer, b.Writer = "a", "b"
		save(t, a)
		if _, err := s.SaveFile(ctx, b); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v, want conflict", err)
		}
	})
	t.Run("a writer's own write is no conflict", func(t *testing.T) {
		f := post.NewFile(start, "a.png", "image/png", 1, "ab")
		f.Writer = "me"
		first := save(t, f)
		if again := save(t, f); again.Rev != first.Rev {
			t.Errorf("got revision %d, want %d", again.Rev, first.Rev)
		}
	})
	t.Run("nothing is remembered of what was never uploaded", func(t *testing.T) {
		for _, digests := range [][]string{nil, {"none"}} {
			if got, err := s.Uploads(ctx, "1", digests); err != nil || len(got) != 0 {
				t.Errorf("of %v: got %v, %v", digests, got, err)
			}
		}
	})
	t.Run("the last of an account's uploads is remembered", func(t *testing.T) {
		account := "media" + post.NewID()
		u := publish.Upload{AccountID: account, Digest: "d", ID: "1", Stage: publish.Sending, Segments: 3, Expires: start}
		v := FullUpload()
		v.AccountID, v.Digest, v.ID = account, "d", "2"
		for _, one := range []publish.Upload{
			u, v, {AccountID: account + "x", Digest: "d", ID: "3"}, {AccountID: account, Digest: "e", ID: "4"},
		} {
			if err := s.SaveUpload(ctx, one); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Uploads(ctx, account, []string{"d", "f"})
		if diff := cmp.Diff(map[string]publish.Upload{"d": v}, got); err != nil || diff != "" {
			t.Errorf("got %v (-saved +read):\n%s", err, diff)
		}
	})
}
