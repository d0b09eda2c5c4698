package media

import "fmt"

// The codecs that X takes.
const (
	h264 = "h264"
	aac  = "aac"
)

// maxRuns bounds the table of how long samples last. A video that X takes has
// fewer than 10,000 samples.
const maxRuns = 1 << 20

// track is one track of a movie.
type track struct {
	handler                 string // vide, soun or other
	codec                   string
	timescale               uint32
	duration                uint64
	samples, ticks          float64 // a product of two 32-bit numbers, many times over
	width, height           int     // as stored
	shownWidth, shownHeight int     // as presented, before it is turned
	turned                  bool    // by a quarter

	pictures sequence // of H.264
	aspect   string   // of its pixels, by a box of its own
	fields   int      // how many make a picture, by a box of its own
	openGOP  bool
	channels int
}

// fps is the mean number of samples a second; zero where it is not known.
func (t track) fps() float64 {
	if t.ticks == 0 {
		return 0
	}
	return t.samples * float64(t.timescale) / t.ticks
}

// shown is the size in which the pictures are presented.
func (t track) shown() (width, height int) {
	width, height = t.shownWidth, t.shownHeight
	if width == 0 || height == 0 {
		width, height = t.width, t.height
	}
	if t.turned {
		width, height = height, width
	}
	return width, height
}

// trak reads a box inside a trak box, at whatever depth what matters stands.
func (m *movie) trak(t *track, b box) (err error) {
	inside := func(b box) error { return m.trak(t, b) }
	switch b.kind {
	case "mdia", "minf", "stbl":
		return m.each(b, inside)
	case "tkhd":
		return m.tkhd(t, b)
	case "mdhd":
		t.timescale, t.duration, err = m.times(b)
	case "hdlr":
		if t.handler != "" {
			return nil // QuickTime has a second one, for where the data is
		}
		if err := m.content(b, 12); err != nil {
			return err
		}
		name, err := m.r.next(12)
		if err != nil {
			return err
		}
		t.handler = string(name[8:])
	case "stsd":
		return m.stsd(t, b)
	case "stts":
		return m.stts(t, b)
	case "stps": // pictures to begin at that need earlier ones; QuickTime's
		return m.partial(t, b, 4)
	case "sgpd":
		return m.groups(t, b)
	}
	return err
}

// tkhd reads the size of presentation, in 16.16 fixed point, and the matrix.
func (m *movie) tkhd(t *track, b box) error {
	if err := m.content(b, 84); err != nil {
		return err
	}
	version, err := m.version()
	if err != nil {
		return err
	}
	before := int64(20 + 16) // times and ids, then layer and volume
	if version > 0 {
		before = 32 + 16
	}
	if err := m.r.skip(before); err != nil {
		return err
	}
	var rest [11]uint32 // the matrix of nine, width, height
	for i := range rest {
		if rest[i], err = m.r.uint32(); err != nil {
			return err
		}
	}
	t.turned = rest[0] == 0 && rest[1] != 0
	t.shownWidth, t.shownHeight = int(rest[9]>>16), int(rest[10]>>16)
	return nil
}

// stsd reads the first sample description: the codec.
func (m *movie) stsd(t *track, b box) error {
	if err := m.content(b, 16); err != nil {
		return err
	}
	m.r.seek(b.start + 8) // version, flags and count
	entry, err := m.box(b)
	if err != nil {
		return err
	}
	t.codec = entry.kind
	switch entry.kind {
	case "avc1", "avc3":
		t.codec = h264
	case "hvc1", "hev1":
		t.codec = "hevc"
	case "av01":
		t.codec = "av1"
	case "vp09":
		t.codec = "vp9"
	case "mp4a":
		return m.mp4a(t, entry)
	}
	if t.handler != "vide" {
		return nil
	}
	if err := m.content(entry, 28); err != nil {
		return err
	}
	m.r.seek(entry.start + 24)
	size, err := m.r.uint32()
	if err != nil {
		return err
	}
	t.width, t.height = int(size>>16), int(size&0xffff)
	return m.each(box{entry.kind, min(entry.start+78, entry.end), entry.end}, func(b box) error { return m.visual(t, b) })
}

// visual reads a box inside a description of pictures.
func (m *movie) visual(t *track, b box) error {
	switch b.kind {
	case "avcC":
		return m.avcC(t, b)
	case "pasp":
		if err := m.content(b, 8); err != nil {
			return err
		}
		both, err := m.r.uint64()
		t.aspect = aspect(uint32(both>>32), uint32(both))
		return err
	case "fiel":
		if err := m.content(b, 1); err != nil {
			return err
		}
		n, err := m.r.byte()
		t.fields = int(n)
		return err
	}
	return nil
}

// avcC reads the first parameter set of H.264's configuration, which may be missing there.
func (m *movie) avcC(t *track, b box) error {
	const head = 6 // version, profile, levels, and how many sets there are
	if b.end-b.start < head+2 {
		return nil
	}
	m.r.seek(b.start + head - 1)
	sets, err := m.r.byte()
	if err != nil || sets&0x1f == 0 {
		return err
	}
	size, err := m.r.uint16()
	if err != nil || int64(size) > b.end-m.r.pos {
		return err
	}
	set, err := m.r.next(int(size))
	if err == nil {
		t.pictures = parseSequence(set)
	}
	return err
}

// partial notes a table that has an entry behind so many bytes.
func (m *movie) partial(t *track, b box, before int64) error {
	if err := m.content(b, before+4); err != nil {
		return err
	}
	m.r.seek(b.start + before)
	n, err := m.r.uint32()
	t.openGOP = t.openGOP || n > 0
	return err
}

// groups notes descriptions of pictures to begin at that need earlier ones ("rap ", with
// leading pictures).
func (m *movie) groups(t *track, b box) error {
	if err := m.content(b, 8); err != nil {
		return err
	}
	version, err := m.version()
	if err != nil {
		return err
	}
	kind, err := m.r.next(4)
	if err != nil || string(kind) != "rap " {
		return err
	}
	before := int64(8)
	if version > 0 {
		before = 12
	}
	return m.partial(t, b, before)
}

// mp4a finds out what an audio sample description of MPEG-4 really holds, by the
// object type in its esds box: AAC is one of several.
func (m *movie) mp4a(t *track, entry box) error {
	fixed := int64(28) // what stands before the boxes inside
	if err := m.content(entry, fixed); err != nil {
		return err
	}
	m.r.seek(entry.start + 8)
	version, err := m.r.uint16()
	if err != nil {
		return err
	}
	if err := m.r.skip(6); err != nil { // revision and vendor
		return err
	}
	channels, err := m.r.uint16()
	if err != nil {
		return err
	}
	t.channels = int(channels)
	if version == 1 && m.quickTime() {
		fixed += 16
	}
	var inside func(b box) error
	inside = func(b box) error {
		if b.kind == "wave" { // QuickTime's wrapping
			return m.each(b, inside)
		}
		if b.kind != "esds" {
			return nil
		}
		object, err := m.objectType(b)
		switch object {
		case 0x40, 0x67: // MPEG-4 audio, and AAC-LC as of MPEG-2
			t.codec = aac
			if err == nil {
				err = m.specific(t, b)
			}
		case 0x66, 0x68:
			t.codec = "AAC Main or SSR"
		case 0x69, 0x6b:
			t.codec = "mp3"
		default:
			t.codec = fmt.Sprintf("mp4a.%02x", object)
		}
		return err
	}
	return m.each(box{entry.kind, min(entry.start+fixed, entry.end), entry.end}, inside)
}

// objectType reads the object type of the decoder configuration in an esds box.
func (m *movie) objectType(b box) (byte, error) {
	if err := m.content(b, 9); err != nil {
		return 0, err
	}
	m.r.seek(b.start + 4)
	if err := m.descriptor(0x03); err != nil {
		return 0, err
	}
	head, err := m.r.next(3) // an id of two bytes, flags
	if err != nil {
		return 0, err
	}
	flags, extra := head[2], int64(0)
	if flags&0x80 != 0 {
		extra += 2
	}
	if flags&0x40 != 0 {
		return 0, corrupt("its sound lies elsewhere")
	}
	if flags&0x20 != 0 {
		extra += 2
	}
	if err := m.r.skip(extra); err != nil {
		return 0, err
	}
	if err := m.descriptor(0x04); err != nil {
		return 0, err
	}
	if m.r.pos >= b.end {
		return 0, corrupt("its box %q is too short", b.kind)
	}
	return m.r.byte()
}

// specific reads what AAC says of itself behind its object type: which kind of it, and its
// channels (ISO/IEC 14496-3, 1.6.2.1).
func (m *movie) specific(t *track, b box) error {
	const between = 12 // the kind of stream, its buffer and its rates
	if b.end-m.r.pos < between+4 {
		return nil
	}
	if err := m.r.skip(between); err != nil {
		return err
	}
	if err := m.descriptor(0x05); err != nil || b.end-m.r.pos < 2 {
		return nil // it says nothing
	}
	set, err := m.r.next(int(min(b.end-m.r.pos, 8)))
	if err != nil {
		return err
	}
	bits := bitReader{data: set}
	kind := bits.take(5)
	if bits.take(4) == 15 { // the rate is none of the usual
		bits.take(24)
	}
	switch kind {
	case 2:
	case 5, 29:
		t.codec = "HE-AAC"
	default:
		t.codec = fmt.Sprintf("MPEG-4 audio %d", kind)
	}
	if channels := bits.take(4); channels > 0 && !bits.over {
		t.channels = map[uint32]int{7: 8}[channels]
		if t.channels == 0 {
			t.channels = int(channels)
		}
	}
	return nil
}

// descriptor reads the tag of a descriptor, and its length of up to four bytes.
func (m *movie) descriptor(want byte) error {
	tag, err := m.r.byte()
	if err == nil && tag != want {
		err = corrupt("it does not say how its sound is compressed")
	}
	for range 4 {
		if err != nil {
			return err
		}
		var b byte
		if b, err = m.r.byte(); err == nil && b&0x80 == 0 {
			return nil
		}
	}
	return err
}

// stts adds up how many samples there are and how long they last.
func (m *movie) stts(t *track, b box) error {
	if err := m.content(b, 8); err != nil {
		return err
	}
	m.r.seek(b.start + 4)
	runs, err := m.r.uint32()
	if err != nil {
		return err
	}
	if runs > maxRuns || int64(runs)*8 > b.end-m.r.pos {
		return corrupt("its table of times is longer than the box around it")
	}
	for range runs {
		run, err := m.r.uint64()
		if err != nil {
			return err
		}
		count, delta := float64(run>>32), float64(uint32(run))
		t.samples += count
		t.ticks += count * delta
	}
	return nil
}
