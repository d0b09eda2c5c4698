package xsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"image"
	"math"
	"slices"
	"strings"
	"time"

	// The formats of the pictures whose size X tells.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
)

// The categories of media that posts take.
const (
	ImageCategory = "tweet_image"
	GIFCategory   = "tweet_gif"
	VideoCategory = "tweet_video"
)

// maxSegment is the largest segment that X takes, in bytes.
const maxSegment = 5 << 20

// thumbnailSize is how large a picture may be, in bytes, to be kept for the page.
// Of all other media only the sum is kept.
const thumbnailSize = 512 << 10

// MediaFailure is what X says of a medium that it could not process.
type MediaFailure struct {
	Code    int    `json:"code"`
	Name    string `json:"name"`
	Message string `json:"message"`
}

// invalidMedia is what X says of bytes that are not what they were announced as.
func invalidMedia() *MediaFailure { return &MediaFailure{1, "InvalidMedia", "file is invalid"} }

// Medium is the whole truth about one upload.
type Medium struct {
	ID        string        `json:"id"`
	Key       string        `json:"media_key"`
	OwnerID   string        `json:"owner_id"`
	Category  string        `json:"category"`
	Type      string        `json:"media_type"`
	Total     int64         `json:"total_bytes"` // as announced
	Size      int64         `json:"size"`        // of what came
	Segments  int           `json:"segments"`
	SHA256    string        `json:"sha256,omitempty"` // hexadecimal, of all bytes, once it is finalized
	AltText   string        `json:"alt_text,omitempty"`
	Failure   *MediaFailure `json:"failure,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
	ExpiresAt time.Time     `json:"expires_at"`
	Finalized time.Time     `json:"finalized_at,omitzero"`
	ReadyAt   time.Time     `json:"ready_at,omitzero"` // when processing ends, well or not

	owners []string // user ids that may use it beside the owner
	width  int      // in pixels, of a picture where they are known
	height int
	head   []byte // its first bytes, which tell the format
	bytes  []byte // all of it, of a picture only
	sum    hash.Hash
	before hash.Hash // sum without the last segment, which may be sent again
	parts  []part
}

// part is one segment that came.
type part struct {
	size int64
	sum  [sha256.Size]byte
}

// The states of processing.
const (
	statePending    = "pending"
	stateInProgress = "in_progress"
	stateFailed     = "failed"
	stateSucceeded  = "succeeded"
)

// state is how far the processing of a finalized medium is: empty where there is
// none to do.
func (m *Medium) state(now time.Time) (state string, percent int) {
	took, whole := now.Sub(m.Finalized), m.ReadyAt.Sub(m.Finalized)
	switch {
	case now.Before(m.ReadyAt) && took < whole/4:
		return statePending, 0
	case now.Before(m.ReadyAt):
		return stateInProgress, int(100 * took / whole)
	case m.Failure != nil:
		return stateFailed, 100
	case whole > 0:
		return stateSucceeded, 100
	}
	return "", 100
}

// checkAfter is how many seconds X asks to wait before the next look.
func (m *Medium) checkAfter(now time.Time) int {
	return int(min(max(math.Ceil(m.ReadyAt.Sub(now).Seconds()), 1), 5))
}

// usable reports whether a post of the user may have it.
func (m *Medium) usable(user string, now time.Time) bool {
	return m != nil && m.mayUse(user) && !m.Finalized.IsZero() && m.Failure == nil &&
		!now.Before(m.ReadyAt) && now.Before(m.ExpiresAt)
}

func (m *Medium) mayUse(user string) bool {
	return m.OwnerID == user || slices.Contains(m.owners, user)
}

// append takes the bytes of one segment. Segments come in order; the last one may
// come again, in place of itself, and an earlier one if it is the same.
func (m *Medium) append(index int, segment []byte) *Refusal {
	p := part{int64(len(segment)), sha256.Sum256(segment)}
	switch last := len(m.parts) - 1; {
	case index > last+1:
		return invalid(Message{Message: "$.segment_index: segments must be appended in order"})
	case index < last && m.parts[index] != p:
		return invalid(Message{Message: "$.segment_index: the segment was appended before, with other content"})
	case index < last:
		return nil
	case index == last:
		m.Size -= m.parts[last].size
		m.parts, m.sum = m.parts[:last], m.before
		m.bytes = m.bytes[:min(int64(len(m.bytes)), m.Size)]
	}
	if m.Size+p.size > m.Total {
		return invalid(Message{Message: messageSegments})
	}
	m.before = clone(m.sum)
	m.sum.Write(segment)
	m.parts = append(m.parts, p)
	m.Size += p.size
	if index == 0 {
		m.head = slices.Clone(segment[:min(len(segment), 16)])
	}
	if m.Category == ImageCategory {
		m.bytes = append(m.bytes, segment...)
	}
	m.Segments = len(m.parts)
	return nil
}

// clone copies the state of a SHA-256 sum, which can always be copied.
func clone(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic(err)
	}
	return c
}

// finalize closes the upload: what processing takes, and how it ends, is settled.
func (m *Medium) finalize(now time.Time, c Settings, scripted *MediaFailure) *Refusal {
	if m.Size != m.Total {
		return invalid(Message{Message: messageSegments})
	}
	valid := looksLike(m.Type, m.head) && (m.Category != ImageCategory || m.Type == "image/webp" || m.decodes())
	switch {
	case scripted != nil:
		m.Failure = scripted
	case !valid && m.Category == ImageCategory:
		return invalid(Message{Message: messageMediaType})
	case !valid:
		m.Failure = invalidMedia()
	}
	m.SHA256 = hex.EncodeToString(m.sum.Sum(nil))
	m.Finalized, m.ReadyAt, m.ExpiresAt = now, now, now.Add(c.MediaLife)
	if m.Category != ImageCategory {
		m.ReadyAt = now.Add(c.ProcessingTime)
	}
	return nil
}

// decodes reports whether the head of a picture can be read, and notes its size.
func (m *Medium) decodes() bool {
	c, _, err := image.DecodeConfig(bytes.NewReader(m.bytes))
	m.width, m.height = c.Width, c.Height
	return err == nil
}

// looksLike compares the first bytes of a medium with its type.
func looksLike(contentType string, head []byte) bool {
	switch contentType {
	case "image/jpeg", "image/pjpeg":
		return bytes.HasPrefix(head, []byte("\xff\xd8\xff"))
	case "image/png":
		return bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n"))
	case "image/gif":
		return bytes.HasPrefix(head, []byte("GIF8"))
	case "image/webp":
		return len(head) >= 12 && string(head[:4])+string(head[8:12]) == "RIFFWEBP"
	case "video/mp4", "video/quicktime":
		return len(head) >= 8 && slices.Contains([]string{"ftyp", "moov", "mdat", "wide"}, string(head[4:8]))
	}
	return false
}

// typeOf finds the type of a medium that comes without one.
func typeOf(head []byte) string {
	for _, t := range []string{"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"} {
		if looksLike(t, head) {
			return t
		}
	}
	return ""
}

// fits says what is wrong with a type or size for a category.
func fits(category, contentType string, size int64) *Refusal {
	types, limit := []string{"image/jpeg", "image/pjpeg", "image/png", "image/webp", "image/gif"}, int64(5<<20)
	switch category {
	case GIFCategory:
		types, limit = []string{"image/gif"}, 15<<20
	case VideoCategory:
		types, limit = []string{"video/mp4", "video/quicktime"}, 512<<20
	case ImageCategory:
	default:
		return forbidden(detailNotPermitted) // for messages, advertisements and subtitles
	}
	switch {
	case !slices.Contains(types, contentType):
		return invalid(Message{Message: messageMediaType})
	case size > limit:
		return invalid(Message{Message: "File size exceeds " + decimal(limit) + " bytes."})
	case size == 0:
		return invalid(Message{Message: "The media is empty."})
	}
	return nil
}

// mediaKey is how timelines name a medium.
func mediaKey(category, id string) string {
	prefix := map[string]string{ImageCategory: "3_", GIFCategory: "16_", VideoCategory: "7_"}
	return prefix[category] + id
}

// PostMedium is a medium on a post, as it was when the post was made.
type PostMedium struct {
	ID       string `json:"id"`
	Key      string `json:"media_key"`
	Category string `json:"category"`
	Type     string `json:"media_type"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"` // hexadecimal, of its bytes
	AltText  string `json:"alt_text,omitempty"`
	Picture  bool   `json:"-"` // its bytes are kept for the page
}

// onPost is the medium as a post has it.
func (m *Medium) onPost() PostMedium {
	return PostMedium{m.ID, m.Key, m.Category, m.Type, m.Size, m.SHA256, m.AltText, m.thumbnail() != nil}
}

// thumbnail is a picture's bytes, if they are kept.
func (m *Medium) thumbnail() []byte {
	if len(m.bytes) == 0 || len(m.bytes) > thumbnailSize || !strings.HasPrefix(m.Type, "image/") {
		return nil
	}
	return m.bytes
}
