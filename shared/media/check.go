package media

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// fpsSlack is by how much a rate may be missed for the rounding of clocks, which are in
// 1/1000 seconds or worse.
const fpsSlack = 0.5

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
	CodeChroma      = "medium_chroma"          // its colours are not sampled 4:2:0
	CodeInterlaced  = "medium_interlaced"      // its pictures are halves of lines
	CodePixels      = "medium_pixel_aspect"    // its pixels are not square
	CodeSound       = "medium_sound"           // its sound has more than two channels
	CodeOpenGOP     = "medium_open_gop"        // its pictures need those before them where they must not
)

// Problem is a reason for which X would refuse a file.
type Problem struct {
	Code    string // one of the codes
	Message string // which file, what is wrong, what X takes
	Fix     string // what to do
	// Premium says that it is a limit which X has for accounts without Premium only.
	Premium bool
}

// Unless parts what X would refuse from every account and what it would take from one with
// Premium.
func Unless(problems []Problem) (refused, beyond []Problem) {
	for _, p := range problems {
		if p.Premium {
			beyond = append(beyond, p)
		} else {
			refused = append(refused, p)
		}
	}
	return refused, beyond
}

// Say puts problems into one message and one fix.
func Say(problems []Problem) (message, fix string) {
	var messages, fixes []string
	for _, p := range problems {
		messages = append(messages, p.Message)
		if !slices.Contains(fixes, p.Fix) {
			fixes = append(fixes, p.Fix)
		}
	}
	return strings.Join(messages, " "), strings.Join(fixes, " ")
}

// Error gives the message.
func (p Problem) Error() string { return p.Message }

// Fault is the problem as an error of code [fault.Invalid] at a field.
func (p Problem) Fault(field string) *fault.Error {
	return fault.New(fault.Invalid, "%s", p.Message).At(field).Todo("%s", p.Fix).Because(p)
}

// Examine inspects a file and checks it by X's limits as listed. The error is of reading it
// only.
func Examine(r io.ReaderAt, f File) (Info, []Problem, error) { return ListLimits().Examine(r, f) }

// Examine inspects a file and checks it. The error is of reading it only.
func (l Limits) Examine(r io.ReaderAt, f File) (Info, []Problem, error) {
	info, err := Inspect(r, f.Size)
	if bad, ok := errors.AsType[*FormatError](err); ok {
		return Info{}, []Problem{{Code: bad.Code, Message: label(f.Name) + " " + bad.Reason, Fix: bad.fix()}}, nil
	}
	if err != nil {
		return Info{}, nil, err
	}
	return info, l.Check(f, info), nil
}

// Check is [Limits.Check] by X's limits as listed.
func Check(f File, info Info) []Problem { return ListLimits().Check(f, info) }

// Check lists the rules of X's that a file breaks, by what is said of it and by
// what its bytes say.
func (l Limits) Check(f File, info Info) []Problem {
	c := checker{limits: l, name: label(f.Name)}
	c.checkLabels(f, info)
	if limit := MaxBytes(info.Kind); f.Size > limit {
		c.add(CodeTooLarge, "Make it smaller.", "has %s; X takes %s of at most %d MB.", megabytes(f.Size),
			plural(info), limit>>20)
	}
	switch info.Kind {
	case tweet.GIF:
		c.checkGIF(info)
	case tweet.Video:
		c.checkVideo(info)
		c.checkFrame(info)
	}
	return c.problems
}

type checker struct {
	limits   Limits
	name     string
	problems []Problem
}

// add notes a problem; the message goes on behind the file's name.
func (c *checker) add(code, fix, format string, args ...any) {
	c.problems = append(c.problems, Problem{Code: code, Message: c.name + " " + fmt.Sprintf(format, args...), Fix: fix})
}

// addBeyond notes a problem that accounts with Premium do not have.
func (c *checker) addBeyond(code, fix, format string, args ...any) {
	c.add(code, fix, format, args...)
	c.problems[len(c.problems)-1].Premium = true
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
	l := c.limits
	switch pixels := int64(info.Width) * int64(info.Height) * int64(info.Frames); {
	case info.Width > l.GIFWidth || info.Height > l.GIFHeight:
		c.add(CodeDimensions, shrinkGIF(l), "has %d×%d pixels; X takes animated GIFs of at most %d×%d.", info.Width,
			info.Height, l.GIFWidth, l.GIFHeight)
	case pixels > l.GIFPixels:
		c.add(CodeDimensions, filmGIF,
			"has %d million pixels in its %d frames together; X takes animated GIFs of at most %d million.",
			(pixels+999_999)/1_000_000, info.Frames, l.GIFPixels/1_000_000)
	}
	if info.Frames > l.GIFFrames {
		c.add(CodeFrames, filmGIF, "has %d frames; X takes animated GIFs of at most %d.", info.Frames, l.GIFFrames)
	}
}

func (c *checker) checkVideo(info Info) {
	if info.VideoCodec != h264 {
		c.add(CodeCodec, convert, "has pictures in the format %q; X takes H.264 only.", info.VideoCodec)
	}
	if info.Chroma != "" && info.Chroma != chroma420 {
		c.add(CodeChroma, convert, "has colours sampled as %s; X takes %s only.", info.Chroma, chroma420)
	}
	if info.Interlaced {
		c.add(CodeInterlaced, deinterlace, "is interlaced; X takes whole pictures only (progressive).")
	}
	if info.OpenGOP {
		c.add(CodeOpenGOP, closeGOP,
			"has groups of pictures that need the ones before them (open GOP); X takes closed ones only.")
	}
	switch {
	case info.AudioCodec != "" && info.AudioCodec != aac:
		c.add(CodeCodec, stereo, "has sound in the format %q; X takes AAC-LC only.", info.AudioCodec)
	case info.Channels > 2:
		c.add(CodeSound, stereo, "has sound of %d channels; X takes one or two.", info.Channels)
	}
	c.checkTime(info)
}

// checkTime looks at how long a video lasts, and how fast it is.
func (c *checker) checkTime(info Info) {
	l := c.limits
	takes := seconds(duration(l.MinSeconds)) + " to " + seconds(duration(l.MaxSeconds))
	switch d := info.Duration; {
	case d == 0:
		c.add(CodeDuration, remux, "does not say how long it lasts; X takes videos of %s seconds.", takes)
	case d < duration(l.MinSeconds):
		c.add(CodeDuration, "Make it longer, or take a picture.", "lasts %s seconds; X takes videos of %s.",
			seconds(d), takes)
	case d > duration(l.MaxSeconds):
		c.addBeyond(CodeDuration, cutTo(l), "lasts %s seconds; X takes videos of %s.", seconds(d), takes)
	}
	if info.FPS > l.FPS+fpsSlack {
		c.add(CodeFrameRate, slowTo(l), "has %.1f frames a second; X takes at most %g.", info.FPS, l.FPS)
	}
}

// checkFrame looks at the size and the shape of a video.
func (c *checker) checkFrame(info Info) {
	l := c.limits
	long, short := max(info.Width, info.Height), min(info.Width, info.Height)
	switch {
	case short < l.MinSide:
		c.add(CodeDimensions, enlargeTo(l), "has %d×%d pixels; X takes videos of at least %d×%d.", info.Width, info.Height,
			l.MinSide, l.MinSide)
	case long > l.LongSide || short > l.ShortSide:
		c.addBeyond(CodeDimensions, shrinkTo(l, info), "has %d×%d pixels; X takes videos of at most %d×%d, either way round.",
			info.Width, info.Height, l.LongSide, l.ShortSide)
	}
	if long > l.Ratio*short {
		c.add(CodeRatio, crop(l, info), "has %d×%d pixels; X takes videos whose longer side is at most %d times the shorter.",
			info.Width, info.Height, l.Ratio)
	}
	if info.PixelAspect != "" && info.PixelAspect != square {
		c.add(CodePixels, squarePixels, "has pixels that are not square but %s; X takes square ones only.", info.PixelAspect)
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
	case len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsPrint(r)
	}):
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
