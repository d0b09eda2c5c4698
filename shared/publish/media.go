package publish

import (
	"cmp"
	"context"
	"io"
	"time"

	"spool/shared/post"
)

// Media is what the publisher needs for posts that show media; it may be zero
// where no post does.
type Media struct {
	X       MediaX
	Files   Files
	Uploads Uploads
	// Segment is how much of a medium goes into one request, in bytes; zero
	// stands for 4 MiB.
	Segment int64
}

// segment is how much of a medium goes into one request, in bytes.
func (m Media) segment() int64 { return cmp.Or(m.Segment, 4<<20) }

// Files keeps the files.
type Files interface {
	// Open gives a file of a known size to be read in pieces. It holds little of
	// it in memory. Reading a file that is not there is a fault of code NotFound.
	Open(ctx context.Context, key string, size int64) io.ReaderAt
}

// Uploads remembers what X has been given, for each account. What it forgets, or
// remembers wrongly, is uploaded again: nothing worse follows.
type Uploads interface {
	// Uploads gives what is remembered of the digests ([post.Medium.Digest]).
	Uploads(ctx context.Context, accountID string, digests []string) (map[string]Upload, error)
	// SaveUpload remembers u in place of what it knew of its digest.
	SaveUpload(ctx context.Context, u Upload) error
}

// Stage is how far an upload is.
type Stage string

// The stages.
const (
	Sending    Stage = "sending"    // X has some of its segments
	Processing Stage = "processing" // X has all of it and is at work on it
	Ready      Stage = "ready"      // a tweet can show it
)

// Upload is a medium that X has been given for an account.
type Upload struct {
	AccountID string
	Digest    string
	ID        string // X's id
	Key       string // X's media key; empty where X did not tell
	Stage     Stage
	Segments  int       // with Sending: how many X has for certain
	Since     time.Time // with Processing: when that began
	Check     time.Time // with Processing, and only then: when X is to be asked again
	Expires   time.Time // until when it is relied on: well before X forgets it
}

// MediaX is what the publisher asks of X about media. Uploading again is always
// safe, so that no error leaves a doubt. Verdicts are as for [X]; an error of
// reading the file is wrapped.
type MediaX interface {
	Whole
	Segments
}

// Whole uploads what fits into one request, and looks after it.
type Whole interface {
	// Upload sends all of a medium.
	Upload(ctx context.Context, token string, m post.Medium, from io.Reader) (Progress, error)
	// Status tells how the processing of an upload goes. That X could not process
	// it is an error whose verdict is final.
	Status(ctx context.Context, token, id string) (Progress, error)
	// Describe sets the description.
	Describe(ctx context.Context, token, id, altText string) error
}

// Segments uploads a medium piece by piece.
type Segments interface {
	Initialize(ctx context.Context, token string, m post.Medium) (Progress, error)
	// Append sends a segment, counted from 0. Sending it again does no harm.
	Append(ctx context.Context, token, id string, segment int, from io.Reader, size int64) error
	Finalize(ctx context.Context, token, id string) (Progress, error)
}

// Progress is how far X is with a medium.
type Progress struct {
	ID      string
	Key     string // how timelines name it; empty where X does not tell
	Ready   bool
	Check   time.Duration // how long to wait before asking again, unless it is ready
	Expires time.Time     // when X forgets it
}
