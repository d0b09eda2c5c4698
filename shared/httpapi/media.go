package httpapi

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/sync/errgroup"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/media"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// Files keeps what is known of the files that posts show.
type Files interface {
	// SaveFile stores a file, or answers a fault of code Conflict when it has
	// changed meanwhile.
	SaveFile(ctx context.Context, f post.File) (post.File, error)
	// Files reads files by their different ids; those that there are.
	Files(ctx context.Context, ids []string) (map[string]post.File, error)
}

// Blobs keeps the files themselves. What is not there is a fault of code
// NotFound.
type Blobs interface {
	// Presign signs an address that takes one file by PUT: of this content type,
	// size and SHA-256, sent with the headers.
	Presign(ctx context.Context, key, contentType string, size int64,
		sum [32]byte) (address string, headers map[string]string, err error)
	Stat(ctx context.Context, key string) (int64, error)
	Copy(ctx context.Context, from, to string) error
	Open(ctx context.Context, key string, size int64) io.ReaderAt
}

// Keeper decides how long files and accounts' data are kept.
type Keeper interface {
	// Use says that a post is going to show files that another one has shown. One that is gone is a fault of code
	// NotFound; one that is being deleted at this moment, of code Conflict.
	Use(ctx context.Context, ids []string) error
	// Erase deletes what is kept of an account that is disconnected. It reports how many posts it deleted, and whether
	// all is done.
	Erase(ctx context.Context, accountID string) (posts int, done bool, err error)
}

type (
	mediaInput struct {
		Keyed
		Body wire.MediaInput
	}
	mediaOutput struct{ Body wire.Media }
	mediaByID   struct {
		ID string `path:"id"`
	}
)

// mediaRoutes registers the operations on media.
func (a *API) mediaRoutes(r *routes) {
	announce := operation(http.MethodPost, "/v1/media", "create-media",
		"Announce a picture, GIF or video, and get an address to upload it to", access.PostsWrite)
	announce.DefaultStatus = http.StatusCreated
	register(a, r, announce, repeatably(a, announce.OperationID, siteLife, func(in *mediaInput) any {
		return in.Body
	}, a.announce))
	register(a, r, operation(http.MethodGet, "/v1/media/{id}", "get-media",
		"Read what is known of a file; once it is uploaded it is looked at, and X's rules are checked", access.PostsRead,
		access.PostsWrite), a.readMedia)
}

// kindOf is what a content type is at the most: a GIF without animation counts as
// a picture, which only its bytes tell.
func kindOf(contentType string) tweet.MediumKind {
	switch contentType {
	case "image/gif":
		return tweet.GIF
	case "video/mp4", "video/quicktime":
		return tweet.Video
	}
	return tweet.Image
}

// announce makes a file's record and signs its upload.
func (a *API) announce(ctx context.Context, in *mediaInput) (*mediaOutput, error) {
	b := in.Body
	if most := media.MaxBytes(kindOf(b.ContentType)); b.Bytes > most {
		return nil, fault.New(fault.Invalid, "X takes files of the type %s up to %d MB; this one has %.1f MB.", b.ContentType,
			most>>20, float64(b.Bytes)/(1<<20)).
			At("bytes").Todo("Make it smaller.")
	}
	var sum [32]byte
	if _, err := hex.Decode(sum[:], []byte(b.SHA256)); err != nil {
		return nil, fault.New(fault.Invalid, "This is no SHA-256 in hexadecimal.").At("sha256")
	}
	f := post.NewFile(a.Now(), b.Filename, b.ContentType, b.Bytes, b.SHA256)
	f.KeyID, f.Writer = access.From(ctx).ID, post.NewWriter()
	address, headers, err := a.Blobs.Presign(ctx, f.UploadKey(), f.Type, f.Bytes, sum)
	if err != nil {
		return nil, err
	}
	if f, err = a.Files.SaveFile(ctx, f); err != nil {
		return nil, err
	}
	out := &mediaOutput{viewOfFile(f)}
	out.Body.Upload = &wire.Upload{Method: http.MethodPut, URL: address, Headers: headers}
	return out, nil
}

// readMedia answers a file's state; the first time after its upload it looks at
// the bytes.
func (a *API) readMedia(ctx context.Context, in *mediaByID) (*mediaOutput, error) {
	files, err := a.files(ctx, []string{in.ID})
	if err != nil {
		return nil, err
	}
	f, ok := files[in.ID]
	if !ok {
		return nil, noFile(in.ID)
	}
	return &mediaOutput{viewOfFile(f)}, nil
}

// noFile is the fault of an unknown id.
func noFile(id string) *fault.Error {
	return fault.New(fault.NotFound, "There is no file %.40q. Files that no post uses are forgotten after a day.", id).
		Todo("Upload it again.")
}

// files reads files, and looks at those that were uploaded meanwhile. What has
// expired counts as absent.
func (a *API) files(ctx context.Context, ids []string) (map[string]post.File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	files, err := a.Files.Files(ctx, ids)
	if err != nil {
		return nil, err
	}
	for id, f := range files {
		if !f.Expires.IsZero() && !a.Now().Before(f.Expires) {
			delete(files, id)
			continue
		}
		if f.State != post.FileWaiting {
			continue
		}
		if files[id], err = a.look(ctx, f); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// look inspects a file's bytes, once they are there, and stores what it finds.
// What is stored never changes again: S3 takes no other bytes for this file.
func (a *API) look(ctx context.Context, f post.File) (post.File, error) {
	size, err := a.Blobs.Stat(ctx, f.UploadKey())
	if fault.Is(err, fault.NotFound) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	info, problems, err := a.MediaLimits.Examine(a.Blobs.Open(ctx, f.UploadKey(), size), media.File{
		Name: f.Name, ContentType: f.Type, Size: size,
	})
	if err != nil {
		return f, err
	}
	seen := f
	seen.Writer, seen.State = post.NewWriter(), post.FileReady
	seen.Kind, seen.Width, seen.Height, seen.Frames, seen.Duration = info.Kind, info.Width, info.Height, info.Frames,
		info.Duration
	seen.Type = cmp.Or(info.ContentType, f.Type)
	switch refused, beyond := media.Unless(problems); {
	case len(refused) > 0:
		seen.State, seen.Reason = post.FileRefused, reasonOf(problems)
	case len(beyond) > 0:
		seen.Beyond = reasonOf(beyond)
	}
	saved, err := a.Files.SaveFile(ctx, seen)
	if fault.Is(err, fault.Conflict) {
		return seen, nil // another request looked at the same bytes and found the same
	}
	return saved, err
}

// reasonOf puts all problems of a file into one reason.
func reasonOf(problems []media.Problem) *fault.Reason {
	r := &fault.Reason{Code: fault.ReasonCode(problems[0].Code)}
	r.Sentence, r.Todo = media.Say(problems)
	return r
}

// viewOfFile shows a file.
func viewOfFile(f post.File) wire.Media {
	v := wire.Media{
		ID: f.ID, Filename: f.Name, ContentType: f.Type, Bytes: f.Bytes, SHA256: f.SHA256, State: f.State,
		Kind: string(f.Kind), Width: f.Width, Height: f.Height, Frames: f.Frames, Seconds: f.Duration.Seconds(),
		CreatedAt: f.CreatedAt, ExpiresAt: optional(f.Expires),
	}
	v.Reason, v.Premium = viewOfReason(f.Reason), viewOfReason(f.Beyond)
	return v
}

// copies is how many files are copied at once.
const copies = 8

// keepFiles keeps the files of tweets while a post needs them. They were ready a moment ago.
func (a *API) keepFiles(ctx context.Context, files map[string]post.File) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copies)
	for _, f := range files {
		if _, changes := f.Used(); changes { // else another post uses it already
			g.Go(func() error { return a.keep(ctx, f) })
		}
	}
	return g.Wait()
}

// keep copies a file to where nothing expires, or takes the mark from one that is there and that no post has needed.
func (a *API) keep(ctx context.Context, f post.File) error {
	if f.Unused.IsZero() {
		if err := a.Blobs.Copy(ctx, f.UploadKey(), f.Medium("").Key()); err != nil {
			return fmt.Errorf("keep file %s: %w", f.ID, err)
		}
	}
	for n := 1; ; n++ {
		used, changes := f.Used()
		if !changes {
			return nil
		}
		used.Writer = post.NewWriter()
		_, err := a.Files.SaveFile(ctx, used)
		if !fault.Is(err, fault.Conflict) || n == tries {
			return err
		}
		// Another request looks at it, or keeps it, at this very moment; or it is being deleted.
		now, err := a.Files.Files(ctx, []string{f.ID})
		if err != nil {
			return err
		}
		stored, ok := now[f.ID]
		if !ok || !stored.Unused.IsZero() && !stored.Expires.IsZero() {
			return noFile(f.ID)
		}
		f = stored
	}
}
