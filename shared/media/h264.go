package media

import "fmt"

// The ways of pictures that X takes.
const (
	chroma420 = "4:2:0"
	square    = "1:1"
)

// sequence is what a sequence parameter set of H.264 says (ITU-T H.264, 7.3.2.1.1).
type sequence struct {
	chroma string // such as 4:2:0; empty: not known
	fields bool   // pictures may be coded by halves of lines
	aspect string // of a pixel; empty: not known
}

// parseSequence reads a parameter set with its one byte of head. What cannot be read is not
// known.
func parseSequence(set []byte) sequence {
	b := bitReader{data: withoutEmulation(set)}
	b.take(8)
	profile := b.take(8)
	b.take(16) // constraints and level
	b.exp()    // id
	s := sequence{chroma: chroma420}
	if extended(profile) {
		s.chroma = b.chroma()
	}
	b.exp() // how frames are numbered
	b.order()
	b.exp()   // reference frames
	b.take(1) // gaps
	b.exp()   // width
	b.exp()   // height
	if s.fields = b.take(1) == 0; s.fields {
		b.take(1)
	}
	b.take(1)           // inference
	if b.take(1) == 1 { // cropping
		for range 4 {
			b.exp()
		}
	}
	if b.over {
		return sequence{}
	}
	usable := b.take(1) == 1      // how to show it
	if usable && b.take(1) == 1 { // the shape of pixels
		s.aspect = b.aspect()
	}
	return s
}

// extended reports the profiles that say how they sample colours.
func extended(profile uint32) bool {
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		return true
	}
	return false
}

// chroma reads how colours are sampled, and what stands up to the numbering of frames.
func (b *bitReader) chroma() string {
	format := b.exp()
	if format == 3 {
		b.take(1)
	}
	b.exp() // depths
	b.exp()
	b.take(1)
	if b.take(1) == 1 {
		lists := 8
		if format == 3 {
			lists = 12
		}
		for i := range lists {
			if b.take(1) == 1 {
				b.scaling(map[bool]int{true: 16, false: 64}[i < 6])
			}
		}
	}
	if format > 3 {
		return ""
	}
	return []string{"4:0:0", chroma420, "4:2:2", "4:4:4"}[format]
}

// scaling passes a scaling list.
func (b *bitReader) scaling(size int) {
	last, next := int32(8), int32(8)
	for range size {
		if next != 0 {
			n := b.exp()
			delta := int32(n+1) / 2
			if n%2 == 0 {
				delta = -int32(n / 2)
			}
			next = (last + delta + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}

// order passes how the order of pictures is told.
func (b *bitReader) order() {
	switch b.exp() {
	case 0:
		b.exp()
	case 1:
		b.take(1)
		b.exp()
		b.exp()
		for n := b.exp(); n > 0 && !b.over; n-- {
			b.exp()
		}
	}
}

// aspect reads the shape of pixels (Table E-1).
func (b *bitReader) aspect() string {
	const extended = 255
	usual := []string{
		"", square, "12:11", "10:11", "16:11", "40:33", "24:11", "20:11", "32:11", "80:33", "18:11", "15:11", "64:33",
		"160:99", "4:3", "3:2", "2:1",
	}
	n := b.take(8)
	shape := ""
	switch {
	case n == extended:
		width := b.take(16)
		shape = aspect(width, b.take(16))
	case int(n) < len(usual):
		shape = usual[n]
	}
	if b.over {
		return ""
	}
	return shape
}

// aspect writes a shape in its lowest terms; one without extent is not known. What rounding
// makes of square pixels when a picture is scaled, by less than one in a hundred, is square.
func aspect(width, height uint32) string {
	switch w, h := uint64(width), uint64(height); {
	case w == 0 || h == 0:
		return ""
	case max(w, h)*100 < min(w, h)*101:
		return square
	}
	a, b := width, height
	for b > 0 {
		a, b = b, a%b
	}
	return fmt.Sprintf("%d:%d", width/a, height/a)
}

// withoutEmulation takes out the bytes that keep a parameter set from looking like the
// beginning of another one.
func withoutEmulation(set []byte) []byte {
	out := make([]byte, 0, len(set))
	zeros := 0
	for _, c := range set {
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		if zeros++; c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// bitReader reads numbers bit by bit. Behind the end there are zeros.
type bitReader struct {
	data []byte
	pos  int  // in bits
	over bool // something behind the end was read
}

// take reads a number of n bits.
func (b *bitReader) take(n int) (v uint32) {
	for range n {
		v <<= 1
		if b.pos>>3 >= len(b.data) {
			b.over = true
			continue
		}
		v |= uint32(b.data[b.pos>>3]>>(7-b.pos&7)) & 1
		b.pos++
	}
	return v
}

// exp reads a number in Exp-Golomb code; one that is too large is the end.
func (b *bitReader) exp() uint32 {
	zeros := 0
	for b.take(1) == 0 {
		if zeros++; zeros > 31 || b.over {
			b.over = true
			return 0
		}
	}
	return 1<<zeros - 1 + b.take(zeros)
}
