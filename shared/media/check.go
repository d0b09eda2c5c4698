package media

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"time"
	"unicode"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// X's limits. Source: https://docs.x.com/x-api/media/quickstart/best-practices.
const (
	maxGIFWidth  = 1280
	maxGIFHeight = 1080
	maxGIFFrames = 350
	minDuration  = 500 * time.Millisecond
	maxDuration  = 140 * time.Second
	maxRatio     = 3 // of the longer side of a video to the shorter
	maxFPS       = 60
	// fpsSlack is by how much a rate of 60 may be missed for the rounding of
	// clocks, which are in 1/1000 seconds or worse.
	fpsSlack = 0.5
)

// MaxBytes is the size of the largest file of a kind that X takes, in bytes; 0
// for a kind that it does not know.
func MaxBytes(kind tweet.MediumKind) int64 {
	switch kind {
	case tweet.Image:
		return 5 << 20
	case tweet.GIF:
		return 15 << 20
	case tweet.Video:
		return 512 << 20
	}
	return 0
}

// The codes of problems. They never change their meaning.
const (
	CodeUnknown     = tweet.CodeUnknownMedium  // nothing that X takes
	CodeTooLarge    = tweet.CodeMediumTooLarge // too many bytes
	CodeCorrupt     = "medium_corrupt"         // its parts contradict one another
	CodeTruncated   = "medium_truncated"       // its end is missing
	CodeMislabelled = "medium_mislabelled"     // its name or declared type is that of another format
	CodeDimensions  = "medium_dimensions"      // too many pixels
	CodeRatio       = "medium_ratio"           // too long or too tall for its other side
	CodeFrames      = "medium_frames"          // an animation of too many frames
	CodeDuration    = "medium_duration"        // too short, too long or unknown
	CodeFrameRate   = "medium_frame_rate"      // too many frames a second
	CodeCodec       = "medium_codec"           // its pictures or sound are compressed otherwise
)

// Problem is a reason for which X would refuse a file.
type Problem struct {
	Code    string // one of the codes
	Message string // which file, what is wrong, what X takes
	Fix     string // what to do
}

// Error gives the message.
func (p Problem) Error() string { return p.Message }

// Fault is the problem as an error of code [fault.Invalid] at a field.
func (p Problem) Fault(field string) *fault.Error {
	return fault.New(fault.Invalid, "%s", p.Message).At(field).Todo("%s", p.Fix).Because(p)
}

// Examine inspects a file and checks it. The error is of reading it only.
func Examine(r io.ReaderAt, f File) (Info, []Problem, error) {
	info, err := Inspect(r, f.Size)
	if bad, ok := errors.AsType[*FormatError](err); ok {
		return Info{}, []Problem{{bad.Code, label(f.Name) + " " + bad.Reason, bad.fix()}}, nil
	}
	if err != nil {
		return Info{}, nil, err
	}
	return info, Check(f, info), nil
}

// Check lists the rules of X's that a file breaks, by what is said of it and by
// what its bytes say.
func Check(f File, info Info) []Problem {
	c := checker{name: label(f.Name)}
	c.checkLabels(f, info)
	if limit := MaxBytes(info.Kind); f.Size > limit {
		c.add(CodeTooLarge, "Make it smaller.", "has %s; X takes %s of at most %d MB.", megabytes(f.Size), plural(info), limit>>20)
	}
	switch info.Kind {
	case tweet.GIF:
		c.checkGIF(info)
	case tweet.Video:
		c.checkVideo(info)
	}
	return c.problems
}

type checker struct {
	name     string
	problems []Problem
}

// add notes a problem; the message goes on behind the file's name.
func (c *checker) add(code, fix, format string, args ...any) {
	c.problems = append(c.problems, Problem{code, c.name + " " + fmt.Sprintf(format, args...), fix})
}

// checkLabels compares what the file is called with what it is.
func (c *checker) checkLabels(f File, info Info) {
	extension := strings.ToLower(path.Ext(f.Name))
	if t := byExtension(extension); t != "" && t != info.ContentType {
		c.add(CodeMislabelled, "Give it the name that fits, or the file that was meant.",
			"is named %s, but its bytes are %s.", extension, describe(info.ContentType))
	}
	if t := declared(f.ContentType); t != "" && t != info.ContentType {
		c.add(CodeMislabelled, "Declare the type "+info.ContentType+", or take the file that was meant.",
			"is declared as %s, but its bytes are %s.", label(t), describe(info.ContentType))
	}
}

func (c *checker) checkGIF(info Info) {
	if info.Width > maxGIFWidth || info.Height > maxGIFHeight {
		c.add(CodeDimensions, "Scale it down.", "has %d×%d pixels; X takes animated GIFs of at most %d×%d.",
			info.Width, info.Height, maxGIFWidth, maxGIFHeight)
	}
	if info.Frames > maxGIFFrames {
		c.add(CodeFrames, "Leave out frames, or make it a video.", "has %d frames; X takes animated GIFs of at most %d.",
			info.Frames, maxGIFFrames)
	}
}

// remux is the fix of what the container is to blame for.
const remux = "Write it anew without converting it: ffmpeg -i INPUT -c copy -movflags +faststart OUTPUT.mp4"

// convert is the fix of what has to be compressed again.
const convert = "Convert it: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart OUTPUT.mp4"

func (c *checker) checkVideo(info Info) {
	if info.ContentType != "video/mp4" {
		c.add(CodeUnknown, remux, "is %s; X takes videos as MP4 only.", describe(info.ContentType))
	}
	if info.VideoCodec != h264 {
		c.add(CodeCodec, convert, "has pictures in the format %q; X takes H.264 only.", info.VideoCodec)
	}
	if info.AudioCodec != "" && info.AudioCodec != aac {
		c.add(CodeCodec, convert, "has sound in the format %q; X takes AAC only.", info.AudioCodec)
	}
	switch d := info.Duration; {
	case d == 0:
		c.add(CodeDuration, remux, "does not say how long it lasts; X takes videos of 0.5 to 140 seconds.")
	case d < minDuration:
		c.add(CodeDuration, "Make it longer, or take a picture.", "lasts %s seconds; X takes videos of 0.5 to 140.", seconds(d))
	case d > maxDuration:
		c.add(CodeDuration, "Cut it, or spread it over several posts.", "lasts %s seconds; X takes videos of 0.5 to 140.", seconds(d))
	}
	if info.FPS > maxFPS+fpsSlack {
		c.add(CodeFrameRate, "Convert it: ffmpeg -i INPUT -r 60 -c:v libx264 -c:a copy OUTPUT.mp4",
			"has %.1f frames a second; X takes at most %d.", info.FPS, maxFPS)
	}
	if info.Width > maxRatio*info.Height || info.Height > maxRatio*info.Width {
		c.add(CodeRatio, "Crop it.", "has %d×%d pixels; X takes videos whose longer side is at most %d times the shorter.",
			info.Width, info.Height, maxRatio)
	}
}

// byExtension is the type that an extension stands for, empty for one that says
// nothing.
func byExtension(extension string) string {
	switch extension {
	case ".jpg", ".jpeg", ".jpe", ".jfif":
		return "image/jpeg"
	case ".png", ".webp", ".gif":
		return "image/" + extension[1:]
	case ".mp4", ".m4v":
		return "video/mp4"
	case ".mov", ".qt":
		return "video/quicktime"
	}
	return ""
}

// declared is the type that a media type stands for, empty for one that says
// nothing.
func declared(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		t = strings.ToLower(strings.TrimSpace(contentType))
	}
	switch t {
	case "application/octet-stream", "binary/octet-stream":
		return ""
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "video/x-m4v":
		return "video/mp4"
	}
	return t
}

// describe names a type in words.
func describe(contentType string) string {
	return map[string]string{
		"image/jpeg": "a JPEG picture", "image/png": "a PNG picture", "image/webp": "a WebP picture", "image/gif": "a GIF",
		"video/mp4": "an MP4 video", "video/quicktime": "a QuickTime video",
	}[contentType]
}

// plural names what a limit of size is for.
func plural(info Info) string {
	switch info.Kind {
	case tweet.GIF:
		return "animated GIFs"
	case tweet.Video:
		return "videos"
	default:
		return "pictures"
	}
}

// label is a file's name fit for a sentence.
func label(name string) string {
	switch {
	case name == "":
		return "The file"
	case len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return fmt.Sprintf("%.200q", name)
	}
	return name
}

// megabytes rounds up, so that what is over a limit does not read as the limit.
func megabytes(n int64) string {
	tenths := (n*10 + 1<<20 - 1) >> 20
	return fmt.Sprintf("%d.%d MB", tenths/10, tenths%10)
}

// seconds shows a duration to the millisecond, without needless zeros.
func seconds(d time.Duration) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".")
}
