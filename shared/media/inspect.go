package media

import (
	"bytes"
	"io"
	"strings"

	"spool/shared/tweet"
)

// maxWalk is the size, in bytes, up to which an image is walked to its end. It
// is above what X takes of any image, so that of a larger one only the head
// matters.
const maxWalk = 16 << 20

// sniffed is how many bytes tell the format.
const sniffed = 32

// Inspect reads what a file of size bytes is. Bytes that are no medium, or a
// damaged one, are a *FormatError; any other error is of reading them.
func Inspect(from io.ReaderAt, size int64) (Info, error) {
	if size <= 0 {
		return Info{}, &FormatError{CodeTruncated, "is empty."}
	}
	r := newReader(from, size)
	head, err := r.peek(int(min(size, sniffed)))
	if err != nil {
		return Info{}, err
	}
	for _, f := range formats() {
		if f.is(head) {
			return f.inspect(r)
		}
	}
	return Info{}, unknown(head)
}

// format is one that X takes, or can be told from such a one by its inside only.
type format struct {
	is      func(head []byte) bool
	inspect func(*reader) (Info, error)
}

func formats() []format {
	return []format{
		{begins("\x89PNG\r\n\x1a\n"), inspectPNG},
		{begins("\xff\xd8\xff"), inspectJPEG},
		{func(h []byte) bool { return begins("GIF87a")(h) || begins("GIF89a")(h) }, inspectGIF},
		{func(h []byte) bool { return begins("RIFF")(h) && holds(h, 8, "WEBP") }, inspectWebP},
		{isMovie, inspectMovie},
	}
}

func begins(magic string) func([]byte) bool {
	return func(head []byte) bool { return holds(head, 0, magic) }
}

func holds(head []byte, at int, magic string) bool {
	return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
}

// still is the Info of a picture that does not move.
func still(contentType string, width, height int) Info {
	return Info{
		Kind: tweet.Image, ContentType: contentType, Category: "tweet_image", Width: width, Height: height, Frames: 1,
	}
}

// unknown names a format that X does not take, as well as its first bytes tell.
func unknown(head []byte) error {
	name := "nothing that X knows"
	for _, f := range []struct {
		is   func([]byte) bool
		name string
	}{
		{begins("BM"), "a BMP picture"},
		{begins("II*\x00"), "a TIFF picture"},
		{begins("MM\x00*"), "a TIFF picture"},
		{func(h []byte) bool {
			return isImageBrand(h, "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1")
		}, "a HEIC picture"},
		{func(h []byte) bool { return isImageBrand(h, "avif", "avis") }, "an AVIF picture"},
		{begins("\x1a\x45\xdf\xa3"), "a WebM or Matroska video"},
		{func(h []byte) bool { return begins("RIFF")(h) && holds(h, 8, "AVI ") }, "an AVI video"},
		{func(h []byte) bool { return begins("RIFF")(h) && holds(h, 8, "WAVE") }, "a sound"},
		{begins("FLV\x01"), "a Flash video"},
		{begins("\x00\x00\x01\xba"), "an MPEG video"},
		{begins("\x30\x26\xb2\x75"), "a Windows Media video"},
		{begins("OggS"), "an Ogg file"},
		{begins("ID3"), "a sound"},
		{begins("%PDF-"), "a PDF document"},
		{begins("PK\x03\x04"), "a ZIP archive"},
		{isMarkup, "text, such as an SVG picture or a web page"},
	} {
		if f.is(head) {
			name = f.name
			break
		}
	}
	return &FormatError{
		CodeUnknown, "is " + name + "; X takes pictures as JPG, PNG, WEBP or GIF, and videos as MP4 or MOV.",
	}
}

func isImageBrand(head []byte, brands ...string) bool {
	for _, b := range brands {
		if holds(head, 4, "ftyp"+b) {
			return true
		}
	}
	return false
}

func isMarkup(head []byte) bool {
	text := strings.TrimSpace(string(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	return strings.HasPrefix(text, "<")
}
