// Package media looks at the bytes of pictures and videos and says whether X
// takes them, without decoding a pixel.
//
// [Inspect] reads what a file is: its kind, its size in pixels, the frames of a
// GIF, the duration, frame rate and codecs of an MP4. [Check] holds that against
// X's rules. [Examine] does both.
//
// Files come as an [io.ReaderAt], in pieces of at most 256 KiB and mostly
// forwards. Of a video only the boxes that matter are read, wherever they stand;
// images are walked to their end, so that one that is cut off is found.
// The formats are those of PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, WebP
// (RFC 9649) and MP4 (ISO/IEC 14496-12, -14 and -15).
package media

import (
	"time"

	"spool/shared/tweet"
)

// Info is what the bytes of a file say.
type Info struct {
	Kind        tweet.MediumKind // what X would treat it as
	ContentType string           // image/jpeg, image/png, image/webp, image/gif, video/mp4 or video/quicktime
	Category    string           // X's media_category: tweet_image, tweet_gif or tweet_video
	Width       int              // in pixels, as shown
	Height      int
	// Frames of a GIF, WebP or PNG, where more than one make an animation, or of a
	// video; 0 for a GIF so large that they are not worth counting.
	Frames     int
	Duration   time.Duration // of a video
	FPS        float64       // of a video: its mean rate, in frames a second
	VideoCodec string        // of a video: h264, or what its file calls another
	AudioCodec string        // of a video: aac (AAC-LC), what its file calls another, or empty where it is silent

	// Of a video, where its file says so; else they are zero.
	Chroma      string // how colours are sampled, such as 4:2:0
	Interlaced  bool   // its pictures may be halves of lines
	PixelAspect string // width to height of a pixel, such as 1:1
	OpenGOP     bool   // some groups of pictures need the one before them
	Channels    int    // of its sound
}

// File is what somebody says of a file.
type File struct {
	Name        string // as the user knows it: it stands in what is said about it
	ContentType string // as declared, or empty
	Size        int64  // in bytes
}
