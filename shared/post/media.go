package post

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/tweet"
)

// MediaPreparation is how long before its time a post with media is taken up, so that X
// has them all when the second begins.
const MediaPreparation = 10 * time.Minute

// Medium is a file that a tweet shows. What is said of the file never changes:
// it was looked at before the tweet could name it.
type Medium struct {
	ID      string
	Kind    tweet.MediumKind
	Type    string // such as image/png
	Bytes   int64  // its size
	SHA256  string // of its bytes, in hexadecimal
	AltText string
	// PlatformID is what X calls it once it is uploaded. It is not part of the
	// content: X forgets uploads after a day.
	PlatformID string
	// Beyond and Still are what the preflight has to know of the file (see [tweet.Medium]); they
	// are not part of the content either.
	Beyond string
	Still  bool
}

// equal reports whether two media are the same file, shown with the same description.
func (m Medium) equal(o Medium) bool {
	m.Beyond, m.Still, o.Beyond, o.Still = "", false, "", false
	return m == o
}

// Digest tells media apart by what X is given: the bytes and the description.
func (m Medium) Digest() string {
	sum := sha256.Sum256([]byte(m.SHA256 + "\x00" + m.AltText))
	return hex.EncodeToString(sum[:16])
}

// Key is where the file is kept for as long as posts name it.
func (m Medium) Key() string { return "media/" + m.ID }

// Transfer tells how much of a post's media X has.
type Transfer struct {
	Sent, Total int64 // in bytes
	Tries       int   // clear, transient refusals since they were begun; kept by the transitions
}

// transfer replaces how much X has, and keeps the tries.
func (p Post) transfer(t Transfer) *Transfer {
	t.Tries = 0
	if p.Media != nil {
		t.Tries = p.Media.Tries
	}
	return &t
}

// Prepare takes the post for a worker that uploads its media to X: the lease,
// without an intent to send a tweet.
func (p Post) Prepare(now time.Time, owner string, ttl time.Duration, t Transfer) (Post, error) {
	if p.Attempt != nil {
		return p, fault.New(fault.Conflict, "Tweet %d may be on X already.", p.Next()+1)
	}
	if _, err := p.leave(Prepare); err != nil {
		return p, err
	}
	p, err := p.Claim(now, owner, ttl)
	if err != nil {
		return p, err
	}
	p.Attempt, p.Sub, p.Media = nil, MediaUploading, p.transfer(t)
	return p, nil
}

// Upload notes how much X has of the media by now, and renews the lease.
func (p Post) Upload(now time.Time, ttl time.Duration, t Transfer) (Post, error) {
	to, err := p.preparing(Upload)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Media, p.Lease.Until = p.transfer(t), event.Stored(now.Add(ttl))
	return p, nil
}

// Await leaves the media until next: X is at work on them, or the worker's time
// ends. With a reason it counts as a try that failed.
func (p Post) Await(now, next time.Time, t Transfer, reason *fault.Reason) (Post, error) {
	to, err := p.preparing(Await)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Media, p.Reason = p.transfer(t), reason
	if reason != nil {
		p.Media.Tries++
	}
	return p.release(next), nil
}

// Uploaded ends the preparation: X has all media. The post goes on at its time,
// or at once when that has passed.
func (p Post) Uploaded(now time.Time) (Post, error) {
	to, err := p.preparing(Uploaded)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Sub, p.Reason, p.Media, p.Crashes = MediaUploaded, nil, nil, 0
	if now.Before(p.ScheduledAt) {
		now = p.ScheduledAt
	}
	return p.release(now), nil
}

// preparing checks that the transition may start from where the post stands, and
// that its media are being uploaded.
func (p Post) preparing(t Transition) (Status, error) {
	if to, err := p.leave(t); err != nil || (p.Sub == MediaUploading && p.Attempt == nil) {
		return to, err
	}
	return "", fault.New(fault.Conflict, "The media of this post are not being uploaded.").
		Todo("Read the post again, then decide.")
}

// FileState is what is known of a file.
type FileState string

// The states of a file.
const (
	FileWaiting FileState = "waiting" // not uploaded yet
	FileReady   FileState = "ready"   // looked at: X takes it
	FileRefused FileState = "refused" // looked at: X would refuse it
)

// Values are all states.
func (FileState) Values() []string { return texts([]FileState{FileWaiting, FileReady, FileRefused}) }

// File is a medium that its owner hands over: first announced, then uploaded,
// then looked at.
type File struct {
	ID     string
	Name   string // as its owner calls it
	Type   string // such as image/png
	Bytes  int64  // its size
	SHA256 string // of its bytes, in hexadecimal

	State  FileState
	Reason *fault.Reason // why it was refused
	Beyond *fault.Reason // of one that is ready: why X takes it with Premium only; nil: it takes it from all

	Kind          tweet.MediumKind // this and what follows: of a file that is ready
	Width, Height int              // in pixels
	Frames        int              // of a GIF or video
	Duration      time.Duration    // of a video

	KeyID     string // of the API key that announced it; empty: of before that was kept
	CreatedAt time.Time
	Expires   time.Time // when it is forgotten; zero once a post uses it
	Unused    time.Time // since when no post has needed it; zero where that is not known
	Rev       int64
	Writer    string
}

// FileLife is how long a file is kept that no post uses.
const FileLife = 24 * time.Hour

// NewFile announces a file.
func NewFile(now time.Time, name, contentType string, bytes int64, sum string) File {
	return File{
		ID: NewID(), Name: name, Type: contentType, Bytes: bytes, SHA256: sum,
		State: FileWaiting, CreatedAt: event.Stored(now), Expires: event.Stored(now.Add(FileLife)),
	}
}

// Used is the file when a post uses it, and reports whether that has to be stored.
func (f File) Used() (used File, changes bool) {
	changes = !f.Expires.IsZero() || !f.Unused.IsZero()
	f.Expires, f.Unused = time.Time{}, time.Time{}
	return f, changes
}

// UploadKey is where the file is uploaded to.
func (f File) UploadKey() string { return "uploads/" + f.ID }

// Medium is the file as a tweet shows it.
func (f File) Medium(altText string) Medium {
	m := Medium{ID: f.ID, Kind: f.Kind, Type: f.Type, Bytes: f.Bytes, SHA256: f.SHA256, AltText: altText}
	m.Still = f.Kind == tweet.Image && f.Frames > 1
	if f.Beyond != nil {
		m.Beyond = f.Beyond.Sentence + " " + f.Beyond.Todo
	}
	return m
}
