package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"spool/shared/post"
	"spool/shared/publish"
)

var _ publish.Uploads = (*Posts)(nil)

// SaveFile stores f as revision f.Rev+1 where the stored revision is still
// f.Rev, as Save does with posts.
func (s *Posts) SaveFile(ctx context.Context, f post.File) (post.File, error) {
	old := f.Rev
	f.Rev++
	it, err := document(fileKey(f.ID), f, f.Expires)
	if err != nil {
		return f, err
	}
	it.setN("rev", f.Rev)
	it.setS("writer", f.Writer)
	return f, s.t.swap(ctx, it, old)
}

// Files reads files by their different ids. Absent ones are
// absent from the answer; one that has expired can still be there.
func (s *Posts) Files(ctx context.Context, ids []string) (map[string]post.File, error) {
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = fileKey(id)
	}
	files := make(map[string]post.File, len(ids))
	return files, s.documents(ctx, keys, func(text []byte) error {
		var f post.File
		err := json.Unmarshal(text, &f)
		files[f.ID] = f
		return err
	})
}

// SaveUpload implements [publish.Uploads].
func (s *Posts) SaveUpload(ctx context.Context, u publish.Upload) error {
	it, err := document(uploadKey(u.AccountID, u.Digest), u, u.Expires)
	if err != nil {
		return err
	}
	return s.t.put(ctx, it)
}

// Uploads implements [publish.Uploads].
func (s *Posts) Uploads(ctx context.Context, accountID string, digests []string) (map[string]publish.Upload, error) {
	keys := make([]key, len(digests))
	for i, d := range digests {
		keys[i] = uploadKey(accountID, d)
	}
	uploads := make(map[string]publish.Upload, len(digests))
	return uploads, s.documents(ctx, keys, func(text []byte) error {
		var u publish.Upload
		err := json.Unmarshal(text, &u)
		uploads[u.Digest] = u
		return err
	})
}

// document is an item whose content is read as a whole.
func document(k key, v any, expires time.Time) (item, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	it := newItem(k)
	it.setS("document", string(text))
	if !expires.IsZero() {
		it.setN(attrTTL, expires.Unix())
	}
	return it, nil
}

// documents reads the documents that are there.
func (s *Posts) documents(ctx context.Context, keys []key, read func([]byte) error) error {
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return err
	}
	for k, it := range items {
		if err := read([]byte(it.s("document"))); err != nil {
			return fmt.Errorf("read %s: %w", k.pk, err)
		}
	}
	return nil
}
