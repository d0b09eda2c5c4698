// Package mediatest makes pictures and videos for tests: real ones, of any size.
package mediatest

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

// PNG is a picture of noise, which hardly shrinks: about 3 bytes a pixel.
// Different seeds make different pictures.
func PNG(width, height int, seed uint64) []byte {
	var b bytes.Buffer
	must((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, noise(width, height, seed)))
	return b.Bytes()
}

// JPEG is a picture of noise.
func JPEG(width, height int, seed uint64) []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, noise(width, height, seed), &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

// GIF has so many frames, each of one colour; with one frame it does not move.
func GIF(width, height, frames int, seed uint64) []byte {
	var g gif.GIF
	for i := range frames {
		p := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
		for j := range p.Pix {
			p.Pix[j] = uint8((seed + uint64(i)) % uint64(len(palette.WebSafe)))
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 10)
	}
	var b bytes.Buffer
	must(gif.EncodeAll(&b, &g))
	return b.Bytes()
}

//go:embed video.mp4
var video []byte

// Video is an MP4 of one second, 64×64 pixels at 10 frames a second with sound,
// which plays, and has size bytes: behind its pictures and before its index,
// which comes last, stand bytes that mean nothing. Different seeds make different
// files. It is not in memory. size must be at least [MinVideo].
func Video(size int64, seed uint64) *File {
	at := bytes.Index(video, []byte("mdat")) - 4
	end := at + int(binary.BigEndian.Uint32(video[at:]))
	filler := size - int64(len(video))
	head := bytes.Clone(video[:end])
	binary.BigEndian.PutUint32(head[at:], uint32(int64(end-at)+filler)) // size < 4 GiB
	return &File{head: head, filler: filler, seed: seed, tail: video[end:]}
}

// MinVideo is the size of the smallest [Video], in bytes.
func MinVideo() int64 { return int64(len(video)) }

// File is a file that is made while it is read.
type File struct {
	head, tail []byte
	filler     int64
	seed       uint64
}

var _ io.ReaderAt = (*File)(nil)

// Size is how many bytes it has.
func (f *File) Size() int64 { return int64(len(f.head)) + f.filler + int64(len(f.tail)) }

// Reader reads it from the beginning.
func (f *File) Reader() io.Reader { return io.NewSectionReader(f, 0, f.Size()) }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < f.Size() {
		var step int
		switch in := off - int64(len(f.head)); {
		case in < 0:
			step = copy(p[n:], f.head[off:])
		case in < f.filler:
			step = f.fill(p[n:n+int(min(int64(len(p)-n), f.filler-in))], in)
		default:
			step = copy(p[n:], f.tail[in-f.filler:])
		}
		n, off = n+step, off+int64(step)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// fill makes bytes of the filler from off on, at least one.
func (f *File) fill(p []byte, off int64) (n int) {
	var word [8]byte
	for n < len(p) {
		binary.LittleEndian.PutUint64(word[:], mix(f.seed+uint64(off/8)))
		step := copy(p[n:], word[off%8:])
		n, off = n+step, off+int64(step)
	}
	return n
}

// noise is a picture of pixels that have nothing to do with one another.
func noise(width, height int, seed uint64) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := mix(seed + uint64(y)<<32 + uint64(x))
			m.SetNRGBA(x, y, color.NRGBA{uint8(v), uint8(v >> 8), uint8(v >> 16), 255})
		}
	}
	return m
}

// mix spreads the bits of a number: the finalizer of SplitMix64.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// must is for encoders that write to memory, which cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
