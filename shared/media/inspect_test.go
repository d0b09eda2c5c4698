package media_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/media"
	"spool/shared/media/mediatest"
	"spool/shared/tweet"
)

// sample reads a file of testdata; make.sh there tells what made it.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func inspect(b []byte) (media.Info, error) {
	return media.Inspect(bytes.NewReader(b), int64(len(b)))
}

// good are files that X takes, with what there is to know of them.
func good(t testing.TB) map[string]struct {
	bytes []byte
	want  media.Info
} {
	picture := func(contentType string, width, height, frames int) media.Info {
		return media.Info{Kind: tweet.Image, ContentType: contentType, Category: "tweet_image", Width: width, Height: height, Frames: frames}
	}
	animation := func(width, height, frames int) media.Info {
		return media.Info{Kind: tweet.GIF, ContentType: "image/gif", Category: "tweet_gif", Width: width, Height: height, Frames: frames}
	}
	video := func(width, height, fps int, audio string) media.Info {
		return media.Info{Chroma: "4:2:0", PixelAspect: "1:1", Channels: len(audio) / len("aac"), Kind: tweet.Video, ContentType: "video/mp4", Category: "tweet_video", Width: width, Height: height,
			Frames: fps, Duration: time.Second, FPS: float64(fps), VideoCodec: "h264", AudioCodec: audio}
	}
	return map[string]struct {
		bytes []byte
		want  media.Info
	}{
		"picture.png":    {mediatest.PNG(31, 17, 1), picture("image/png", 31, 17, 1)},
		"picture.jpg":    {mediatest.JPEG(31, 17, 1), picture("image/jpeg", 31, 17, 1)},
		"still.gif":      {mediatest.GIF(31, 17, 1, 1), picture("image/gif", 31, 17, 1)},
		"moving.gif":     {mediatest.GIF(31, 17, 3, 1), animation(31, 17, 3)},
		"animation.gif":  {sample(t, "animation.gif"), animation(48, 32, 5)},
		"lossy.webp":     {sample(t, "lossy.webp"), picture("image/webp", 48, 32, 1)},
		"lossless.webp":  {sample(t, "lossless.webp"), picture("image/webp", 48, 32, 1)},
		"animation.webp": {sample(t, "animation.webp"), picture("image/webp", 48, 32, 5)},
		"first.mp4":      {sample(t, "index-first.mp4"), video(64, 64, 10, "aac")},
		"last.mp4":       {sample(t, "index-last.mp4"), video(64, 64, 10, "aac")},
		"silent.mp4":     {sample(t, "silent.mp4"), video(96, 64, 30, "")},
		"turned.mp4":     {sample(t, "turned.mp4"), video(64, 96, 30, "")},
		"sixty.mp4":      {sample(t, "sixty.mp4"), video(64, 64, 60, "")},
		"quicktime.mov":  {sample(t, "quicktime.mov"), quickTime(video(64, 64, 10, "aac"))},
		"animation.png":  {sample(t, "animation.png"), picture("image/png", 48, 32, 5)},
	}
}

func quickTime(i media.Info) media.Info {
	i.ContentType = "video/quicktime"
	return i
}

func TestFilesThatXTakes(t *testing.T) {
	for name, tt := range good(t) {
		t.Run(name, func(t *testing.T) {
			f := media.File{Name: name, ContentType: tt.want.ContentType, Size: int64(len(tt.bytes))}
			got, problems, err := media.Examine(bytes.NewReader(tt.bytes), f)
			if err != nil || len(problems) > 0 {
				t.Fatalf("refused: %v, %v", problems, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Wherever a file breaks off, it is found out.
func TestFilesThatAreCutOff(t *testing.T) {
	for name, tt := range good(t) {
		t.Run(name, func(t *testing.T) {
			for n := range tt.bytes {
				_, err := inspect(tt.bytes[:n])
				bad, ok := errors.AsType[*media.FormatError](err)
				if !ok || n >= 32 && bad.Code != media.CodeTruncated {
					t.Fatalf("the first %d of %d bytes: %v", n, len(tt.bytes), err)
				}
			}
		})
	}
}

// A PNG has a checksum for each of its parts: no changed bit goes unnoticed.
func TestNoDamageOfAPNGGoesUnnoticed(t *testing.T) {
	whole := mediatest.PNG(9, 7, 1)
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		if info, err := inspect(b); err == nil {
			t.Errorf("byte %d of %d: %+v", i, len(b), info)
		}
	}
}

// The parts of large files cross the borders of what is in memory at once.
func TestFilesLargerThanTheWindow(t *testing.T) {
	padded := func(gif []byte, n int) []byte { // by comments, before the trailer
		block := append([]byte{0x21, 0xfe, 255}, append(bytes.Repeat([]byte{7}, 255), 0)...)
		return append(append(bytes.Clone(gif[:len(gif)-1]), bytes.Repeat(block, n)...), 0x3b)
	}
	for name, b := range map[string][]byte{
		"png": mediatest.PNG(900, 700, 1), "jpeg": mediatest.JPEG(1500, 1100, 1), "gif": padded(mediatest.GIF(9, 9, 2, 1), 5000),
	} {
		t.Run(name, func(t *testing.T) {
			if len(b) < 1<<20 {
				t.Fatalf("only %d bytes", len(b))
			}
			if info, err := inspect(b); err != nil || info.Width == 0 {
				t.Errorf("%+v, %v", info, err)
			}
			for _, cut := range []int{1, 1000, 300_000} {
				if _, err := inspect(b[:len(b)-cut]); err == nil {
					t.Errorf("%d bytes short, it is accepted", cut)
				}
			}
		})
	}
}

// counter counts what is read.
type counter struct {
	io.ReaderAt
	bytes int64
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.bytes += int64(n)
	return n, err
}

// Of a video of 512 MB, whose index stands at its end, two windows are read.
func TestOfALargeVideoOnlyTheIndexIsRead(t *testing.T) {
	v := mediatest.Video(512<<20, 1)
	c := &counter{ReaderAt: v}
	info, problems, err := media.Examine(c, media.File{Name: "large.mp4", Size: v.Size()})
	if err != nil || len(problems) > 0 || info.Duration != time.Second {
		t.Fatalf("%+v, %v, %v", info, problems, err)
	}
	if c.bytes > 600<<10 {
		t.Errorf("%d bytes were read", c.bytes)
	}
}

// failing cannot be read from a position on.
type failing struct {
	io.ReaderAt
	from int64
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		n, _ := f.ReaderAt.ReadAt(p[:max(f.from-off, 0)], off)
		return n, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

// A file that cannot be read is not a bad file.
func TestErrorsOfReading(t *testing.T) {
	gone := errors.New("gone")
	v := mediatest.Video(1<<20, 1)
	for name, r := range map[string]io.ReaderAt{"at once": failing{v, 0, gone}, "at its end": failing{v, 1<<20 - 1, gone}} {
		t.Run(name, func(t *testing.T) {
			_, problems, err := media.Examine(r, media.File{Name: "a.mp4", Size: v.Size()})
			if !errors.Is(err, gone) || problems != nil {
				t.Errorf("%v, %v", problems, err)
			}
		})
	}
	t.Run("shorter than it is said to be", func(t *testing.T) {
		png := mediatest.PNG(9, 9, 1)
		if _, err := media.Inspect(bytes.NewReader(png), int64(len(png))+10); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", err)
		}
	})
}

// bad are bytes that X would refuse, with what is said about them.
func bad(t testing.TB) map[string]struct {
	bytes []byte
	code  string
	words string
} {
	change := func(b []byte, at int, to string) []byte {
		return append(append(bytes.Clone(b[:at]), to...), b[at+len(to):]...)
	}
	png, jpeg, gif, mp4 := mediatest.PNG(9, 9, 1), mediatest.JPEG(9, 9, 1), mediatest.GIF(9, 9, 2, 1), sample(t, "index-last.mp4")
	box := func(kind string) int { return bytes.Index(mp4, []byte(kind)) }
	const takes = "; X takes pictures as JPG, PNG, WEBP or GIF, and videos as MP4 or MOV."
	return map[string]struct {
		bytes []byte
		code  string
		words string
	}{
		"nothing":                    {nil, media.CodeTruncated, "is empty."},
		"a WebM video":               {sample(t, "video.webm"), media.CodeUnknown, "is a WebM or Matroska video" + takes},
		"an AVIF picture":            {sample(t, "picture.avif"), media.CodeUnknown, "is an AVIF picture" + takes},
		"a HEIC picture":             {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), media.CodeUnknown, "is a HEIC picture" + takes},
		"a BMP picture":              {[]byte("BM\x00\x00\x00\x00"), media.CodeUnknown, "is a BMP picture" + takes},
		"a PDF document":             {[]byte("%PDF-1.7 etc."), media.CodeUnknown, "is a PDF document" + takes},
		"a web page":                 {[]byte("\ufeff \n<!doctype html>"), media.CodeUnknown, "is text, such as an SVG picture or a web page" + takes},
		"noise":                      {[]byte("\x07\x07\x07\x07"), media.CodeUnknown, "is nothing that X knows" + takes},
		"a sound as MP4":             {sample(t, "sound.mp4"), media.CodeUnknown, "has no pictures"},
		"a PNG without pixels":       {change(png, 16, "\x00\x00\x00\x00"), media.CodeCorrupt, "it says that it has no pixels"},
		"a PNG without its header":   {append(bytes.Clone(png[:8]), png[33:]...), media.CodeCorrupt, "it does not begin with the one header"},
		"a PNG without a picture":    {append(bytes.Clone(png[:33]), png[len(png)-12:]...), media.CodeCorrupt, "it holds no picture"},
		"a PNG with a wrong sum":     {change(png, len(png)-20, "\x00\x00"), media.CodeCorrupt, "a checksum before byte"},
		"a JPEG without a picture":   {[]byte("\xff\xd8\xff\xd9"), media.CodeCorrupt, "it holds no picture"},
		"a JPEG that goes astray":    {change(jpeg, 136, "zz"), media.CodeCorrupt, "there is no marker at byte 136"},
		"a JPEG segment too short":   {[]byte("\xff\xd8\xff\xe0\x00\x01"), media.CodeCorrupt, "the segment at byte 4 is too short"},
		"a GIF without a picture":    {[]byte("GIF89a\x09\x00\x09\x00\x00\x00\x00;"), media.CodeCorrupt, "it holds no picture"},
		"a GIF without pixels":       {change(gif, 6, "\x00\x00"), media.CodeCorrupt, "it says that it has no pixels"},
		"a GIF that goes astray":     {change(gif, len(gif)-1, "!"), media.CodeTruncated, "it ends after"},
		"a GIF with a foreign block": {change(gif, 13, "z"), media.CodeCorrupt, "there is no block at byte 13"},
		"a WebP without a picture":   {[]byte("RIFF\x04\x00\x00\x00WEBP"), media.CodeCorrupt, "it holds no picture"},
		"a WebP part too long":       {[]byte("RIFF\x0c\x00\x00\x00WEBPVP8L\xff\x00\x00\x00"), media.CodeCorrupt, `its part "VP8L" is longer than the file`},
		"a WebP picture of noise":    {change(sample(t, "lossy.webp"), 20, "zzzzzz"), media.CodeCorrupt, "its picture does not begin as one"},
		"an MP4 without its index":   {mp4[:box("moov")-4], media.CodeTruncated, "its index (the moov box), which may stand at the end, is missing"},
		"an MP4 of its index alone":  {append(bytes.Clone(mp4[:box("free")-4]), mp4[box("moov")-4:]...), media.CodeTruncated, "its pictures and its sound (the mdat box) are missing"},
		"an MP4 with two indexes":    {append(bytes.Clone(mp4), mp4[box("moov")-4:]...), media.CodeCorrupt, "it has two indexes"},
		"an MP4 box that overflows":  {change(mp4, box("trak")-4, "\x7f\x00\x00\x00"), media.CodeCorrupt, `its box "trak" at byte`},
		"an MP4 box too short":       {change(mp4, box("mvhd")-4, "\x00\x00\x00\x04"), media.CodeCorrupt, `its box "mvhd" at byte`},
		"an MP4 whose clock stands":  {change(mp4, box("mvhd")+16, "\x00\x00\x00\x00"), media.CodeCorrupt, "its clock stands still"},
		"an MP4 table too long":      {change(mp4, box("stts")+8, "\x00\xff\xff\xff"), media.CodeCorrupt, "its table of times is longer"},
		"an MP4 of nothing but boxes": {append([]byte("\x00\x00\x00\x0cftypisom"), bytes.Repeat([]byte("\x00\x00\x00\x08free"), 20_000)...),
			media.CodeCorrupt, "it has more than 10000 boxes"},
	}
}

func TestFilesThatAreNoMedia(t *testing.T) {
	for name, tt := range bad(t) {
		t.Run(name, func(t *testing.T) {
			_, problems, err := media.Examine(bytes.NewReader(tt.bytes), media.File{Name: "my file", Size: int64(len(tt.bytes))})
			if err != nil || len(problems) != 1 || problems[0].Code != tt.code {
				t.Fatalf("%+v, %v", problems, err)
			}
			if p := problems[0]; !strings.HasPrefix(p.Message, "my file ") || !strings.Contains(p.Message, tt.words) || p.Fix == "" {
				t.Errorf("it says %q, and to do %q", p.Message, p.Fix)
			}
		})
	}
}
