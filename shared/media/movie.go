package media

import (
	"cmp"
	"math"
	"time"

	"spool/shared/tweet"
)

// maxBoxes bounds how many boxes of a file are looked at. A video has about
// sixty.
const maxBoxes = 10_000

// isMovie reports an MP4 or QuickTime file.
func isMovie(head []byte) bool {
	if holds(head, 4, "ftyp") {
		return !isImageBrand(head, "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1", "avif", "avis")
	}
	return holds(head, 4, "moov") || holds(head, 4, "mdat") || holds(head, 4, "wide")
}

// box is one box of the file: its four letters and where its content lies.
type box struct {
	kind       string
	start, end int64
}

// movie is what the boxes say.
type movie struct {
	r     *reader
	boxes int
	brand string

	timescale  uint32
	duration   uint64 // of the whole, in the timescale
	fragments  uint64 // the same where it comes in fragments
	fragmented bool
	tracks     []track
	index      bool // the moov box was there
	data       bool // an mdat box was there
}

// inspectMovie walks the boxes of an MP4 or QuickTime file. The pictures and the
// sound themselves are not read.
func inspectMovie(r *reader) (Info, error) {
	m := &movie{r: r}
	if err := m.each(box{"file", 0, r.size}, m.top); err != nil {
		return Info{}, err
	}
	switch {
	case !m.index:
		return Info{}, truncated("its index (the moov box), which may stand at the end, is missing")
	case !m.data:
		return Info{}, truncated("its pictures and its sound (the mdat box) are missing")
	}
	return m.info()
}

// each hands the boxes inside another one to f, in order.
func (m *movie) each(parent box, f func(box) error) error {
	m.r.seek(parent.start)
	for m.r.pos+8 <= parent.end {
		if m.boxes++; m.boxes > maxBoxes {
			return corrupt("it has more than %d boxes", maxBoxes)
		}
		b, err := m.box(parent)
		if err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
		m.r.seek(b.end)
	}
	return nil
}

// box reads the head of the box at the position.
func (m *movie) box(parent box) (box, error) {
	at := m.r.pos
	size32, err := m.r.uint32()
	if err != nil {
		return box{}, err
	}
	name, err := m.r.next(4)
	if err != nil {
		return box{}, err
	}
	b := box{kind: string(name)}
	size := uint64(size32)
	switch size32 {
	case 0: // up to the end
		size = uint64(parent.end - at)
	case 1:
		if size, err = m.r.uint64(); err != nil {
			return box{}, err
		}
	}
	b.start = m.r.pos
	switch room := uint64(parent.end - at); {
	case size < uint64(b.start-at):
		return box{}, corrupt("its box %q at byte %d is too short", b.kind, at)
	case size > room && parent.end == m.r.size && parent.start == 0:
		return box{}, truncated("%d bytes are missing", size-room)
	case size > room:
		return box{}, corrupt("its box %q at byte %d is longer than the one around it", b.kind, at)
	}
	b.end = at + int64(size)
	return b, nil
}

// content positions the reader in a box that must have n bytes.
func (m *movie) content(b box, n int64) error {
	if b.end-b.start < n {
		return corrupt("its box %q is too short", b.kind)
	}
	m.r.seek(b.start)
	return nil
}

func (m *movie) top(b box) error {
	switch b.kind {
	case "ftyp":
		if err := m.content(b, 4); err != nil {
			return err
		}
		brand, err := m.r.next(4)
		m.brand = string(brand)
		return err
	case "mdat":
		m.data = true
	case "moov":
		if m.index {
			return corrupt("it has two indexes (moov boxes)")
		}
		m.index = true
		return m.each(b, m.moov)
	}
	return nil
}

func (m *movie) moov(b box) (err error) {
	switch b.kind {
	case "mvhd":
		m.timescale, m.duration, err = m.times(b)
	case "mvex":
		m.fragmented = true
		return m.each(b, m.mvex)
	case "trak":
		m.tracks = append(m.tracks, track{})
		t := &m.tracks[len(m.tracks)-1]
		return m.each(b, func(b box) error { return m.trak(t, b) })
	}
	return err
}

// mvex reads how long a movie in fragments lasts, if it says.
func (m *movie) mvex(b box) error {
	if b.kind != "mehd" {
		return nil
	}
	if err := m.content(b, 8); err != nil {
		return err
	}
	version, err := m.version()
	if err != nil {
		return err
	}
	m.fragments, err = m.number(version)
	return err
}

// version reads the head of a full box: a version and three bytes of flags.
func (m *movie) version() (byte, error) {
	b, err := m.r.next(4)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// number reads a time, which has 32 bits in version 0 and 64 after.
func (m *movie) number(version byte) (uint64, error) {
	if version > 0 {
		return m.r.uint64()
	}
	n, err := m.r.uint32()
	if n == math.MaxUint32 {
		return math.MaxUint64, err // not known
	}
	return uint64(n), err
}

// times reads the timescale and the duration of an mvhd or mdhd box.
func (m *movie) times(b box) (timescale uint32, duration uint64, err error) {
	if err := m.content(b, 20); err != nil {
		return 0, 0, err
	}
	version, err := m.version()
	if err != nil {
		return 0, 0, err
	}
	dates := int64(8)
	if version > 0 {
		dates = 16
	}
	if err := m.r.skip(dates); err != nil {
		return 0, 0, err
	}
	if timescale, err = m.r.uint32(); err != nil {
		return 0, 0, err
	}
	if duration, err = m.number(version); err == nil && timescale == 0 {
		err = corrupt("its clock stands still")
	}
	return timescale, duration, err
}

// quickTime reports a file of the format that MP4 was made from.
func (m *movie) quickTime() bool { return m.brand == "" || m.brand == "qt  " }

// info sums the boxes up.
func (m *movie) info() (Info, error) {
	info := Info{Kind: tweet.Video, ContentType: "video/mp4", Category: "tweet_video", Duration: m.length()}
	if m.quickTime() {
		info.ContentType = "video/quicktime"
	}
	pictures := false
	for _, t := range m.tracks {
		switch {
		case t.handler == "vide" && !pictures:
			pictures = true
			info.VideoCodec, info.FPS = t.codec, t.fps()
			info.Frames = int(min(t.samples, math.MaxInt32))
			info.Width, info.Height = t.shown()
			info.Chroma, info.OpenGOP = t.pictures.chroma, t.openGOP
			info.Interlaced = t.fields > 1 || t.pictures.fields && t.fields != 1
			info.PixelAspect = cmp.Or(t.aspect, t.pictures.aspect)
		case t.handler == "soun" && info.AudioCodec == "":
			info.AudioCodec, info.Channels = t.codec, t.channels
		}
	}
	switch {
	case !pictures:
		return Info{}, &FormatError{CodeUnknown, "has no pictures, at most a sound; X takes none without."}
	case info.VideoCodec == "":
		return Info{}, corrupt("it does not say how its pictures are compressed")
	case info.Width == 0 || info.Height == 0:
		return Info{}, corrupt("it says that it has no pixels")
	}
	return info, nil
}

// length is how long the whole lasts; zero where the file does not say.
func (m *movie) length() time.Duration {
	d := span(m.duration, m.timescale)
	if d == 0 && m.fragmented {
		d = span(m.fragments, m.timescale)
	}
	if d > 0 {
		return d
	}
	for _, t := range m.tracks {
		d = max(d, span(t.duration, t.timescale))
	}
	return d
}

// span is a number of ticks of a clock; zero where it is not known.
func span(ticks uint64, timescale uint32) time.Duration {
	if timescale == 0 || ticks == math.MaxUint64 {
		return 0
	}
	ns := float64(ticks) / float64(timescale) * 1e9
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}
