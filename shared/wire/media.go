package wire

import (
	"time"

	"spool/shared/post"
)

// MediaInput announces a file that is going to be uploaded.
type MediaInput struct {
	Filename    string `json:"filename,omitempty" maxLength:"255" doc:"What its owner calls it; it stands in what is said about it"`
	ContentType string `json:"content_type" enum:"image/jpeg,image/png,image/webp,image/gif,video/mp4,video/quicktime"`
	Bytes       int64  `json:"bytes" minimum:"1" maximum:"536870912" doc:"Its size"`
	SHA256      string `json:"sha256" pattern:"^[0-9a-f]{64}$" doc:"Of its bytes, in hexadecimal"`
}

// Upload says how to upload a file.
type Upload struct {
	Method  string            `json:"method" enum:"PUT"`
	URL     string            `json:"url" doc:"Takes this one file, for an hour; whoever has the address can upload it"`
	Headers map[string]string `json:"headers" doc:"Must be sent as they are"`
}

// Media is a file as its record has it.
type Media struct {
	ID          string         `json:"id"`
	Filename    string         `json:"filename,omitempty"`
	ContentType string         `json:"content_type"`
	Bytes       int64          `json:"bytes"`
	SHA256      string         `json:"sha256"`
	State       post.FileState `json:"state" doc:"waiting: not uploaded yet; ready: X takes it; refused: X would not, and reason says why"`
	Reason      *Reason        `json:"reason,omitempty"`
	Premium     *Reason        `json:"premium,omitempty" doc:"Of a file that is ready: why X takes it from accounts with Premium only"`
	Kind        string         `json:"kind,omitempty" enum:"image,gif,video"`
	Width       int            `json:"width,omitempty" doc:"In pixels"`
	Height      int            `json:"height,omitempty"`
	Frames      int            `json:"frames,omitempty" doc:"Of a GIF or video, or of a picture that moves, which X shows still"`
	Seconds     float64        `json:"duration_seconds,omitempty" doc:"Of a video"`
	CreatedAt   time.Time      `json:"created_at"`
	ExpiresAt   *time.Time     `json:"expires_at,omitempty" doc:"When it is forgotten, unless a post uses it"`
	Upload      *Upload        `json:"upload,omitempty" doc:"How to upload it; only in the answer to its announcement"`
}
