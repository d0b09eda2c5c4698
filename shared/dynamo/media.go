package dynamo

import (
	"context"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
)

var _ publish.Uploads = (*Posts)(nil)

// SaveFile stores f as revision f.Rev+1 where the stored revision is still
// f.Rev, as Save does with posts.
func (s *Posts) SaveFile(ctx context.Context, f post.File) (post.File, error) {
	old := f.Rev
	f.Rev++
	r, err := files.encode(fileKey(f.ID), f)
	if err != nil {
		return f, err
	}
	return f, s.t.swap(ctx, r, old)
}

// Files reads files by their different ids. Absent ones are
// absent from the answer; one that has expired can still be there.
func (s *Posts) Files(ctx context.Context, ids []string) (map[string]post.File, error) {
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = fileKey(id)
	}
	found := make(map[string]post.File, len(ids))
	return found, s.each(ctx, keys, func(it item) error {
		f, err := files.decode(it)
		found[f.ID] = f
		return err
	})
}

// DropFile implements [retain.Store].
func (s *Posts) DropFile(ctx context.Context, id string) error { return s.t.drop(ctx, fileKey(id)) }

// SaveUpload implements [publish.Uploads].
func (s *Posts) SaveUpload(ctx context.Context, u publish.Upload) error {
	r, err := uploads.encode(uploadKey(u.AccountID, u.Digest), u)
	if err != nil {
		return err
	}
	return s.t.put(ctx, r)
}

// Uploads implements [publish.Uploads].
func (s *Posts) Uploads(ctx context.Context, accountID string, digests []string) (map[string]publish.Upload, error) {
	keys := make([]key, len(digests))
	for i, d := range digests {
		keys[i] = uploadKey(accountID, d)
	}
	found := make(map[string]publish.Upload, len(digests))
	return found, s.each(ctx, keys, func(it item) error {
		u, err := uploads.decode(it)
		found[u.Digest] = u
		return err
	})
}

// each reads the items that are there.
func (s *Posts) each(ctx context.Context, keys []key, read func(item) error) error {
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := read(it); err != nil {
			return err
		}
	}
	return nil
}

// files is the kind of a file that was handed over for posts.
var files = kind[post.File]{name: "file", version: 5, fields: func(f *form, file *post.File) {
	stored := storedFile(*file)
	document(f, attrDocument, &stored)
	*file = post.File(stored)
	count(f, "rev", &file.Rev)
	text(f, "writer", &file.Writer)
	if file.Unused.IsZero() {
		expiry(f, file.Expires)
	} else { // its bytes go first
		expiry(f, time.Time{})
	}
}}

// uploads is the kind of what X has of a medium.
var uploads = kind[publish.Upload]{name: "upload", version: 2, fields: func(f *form, u *publish.Upload) {
	stored := storedUpload(*u)
	document(f, attrDocument, &stored)
	*u = publish.Upload(stored)
	expiry(f, u.Expires)
}}

// What is read as a whole is kept as JSON. The types differ from those of post and
// publish in their tags only, which the compiler checks.
type (
	storedFile struct {
		ID       string           `json:"ID"`
		Name     string           `json:"Name"`
		Type     string           `json:"Type"`
		Bytes    int64            `json:"Bytes"`
		SHA256   string           `json:"SHA256"`
		State    post.FileState   `json:"State"`
		Reason   *fault.Reason    `json:"Reason"`
		Beyond   *fault.Reason    `json:"Beyond,omitempty"`
		Kind     tweet.MediumKind `json:"Kind"`
		Width    int              `json:"Width"`
		Height   int              `json:"Height"`
		Frames   int              `json:"Frames"`
		Duration time.Duration    `json:"Duration"`

		KeyID     string    `json:"KeyID,omitempty"`
		CreatedAt time.Time `json:"CreatedAt"`
		Expires   time.Time `json:"Expires"`
		Unused    time.Time `json:"Unused,omitzero"`
		Rev       int64     `json:"Rev"`
		Writer    string    `json:"Writer"`
	}
	storedUpload struct {
		AccountID string        `json:"AccountID"`
		Digest    string        `json:"Digest"`
		ID        string        `json:"ID"`
		Key       string        `json:"Key"`
		Stage     publish.Stage `json:"Stage"`
		Segments  int           `json:"Segments"`
		Since     time.Time     `json:"Since"`
		Check     time.Time     `json:"Check"`
		Expires   time.Time     `json:"Expires"`
	}
)

const attrDocument = "document"
