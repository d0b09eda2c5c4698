package media_test

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"testing"

	"spool/shared/media"
	"spool/shared/tweet"
)

// seeds adds every file of the tests, and the beginnings of some.
func seeds(f *testing.F) {
	for _, tt := range good(f) {
		f.Add(tt.bytes)
		f.Add(tt.bytes[:len(tt.bytes)/2])
	}
	for _, tt := range bad(f) {
		if len(tt.bytes) < 10_000 {
			f.Add(tt.bytes)
		}
	}
}

// Whatever the bytes are, they are a medium with a size in pixels, or there is a
// sentence about them; little more than all of it is read; and the standard
// library agrees on the size of pictures.
func FuzzInspect(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &counter{ReaderAt: bytes.NewReader(b)}
		info, err := media.Inspect(c, int64(len(b)))
		if limit := int64(2*len(b)) + 64; c.bytes > limit && len(b) <= 256<<10 {
			t.Errorf("%d bytes read of %d", c.bytes, len(b))
		}
		if err != nil {
			if bad, ok := errors.AsType[*media.FormatError](err); !ok || bad.Code == "" || bad.Reason == "" {
				t.Errorf("%#v", err)
			}
			return
		}
		if info.Width <= 0 || info.Height <= 0 || info.ContentType == "" || info.Category == "" || media.MaxBytes(info.Kind) == 0 {
			t.Errorf("%+v", info)
		}
		for _, p := range media.Check(media.File{Name: "a", Size: int64(len(b))}, info) {
			if p.Code == "" || p.Message == "" || p.Fix == "" {
				t.Errorf("%+v", p)
			}
		}
		if info.Kind == tweet.Video {
			return
		}
		if std, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && (std.Width != info.Width || std.Height != info.Height) {
			t.Errorf("%d×%d here, %d×%d there", info.Width, info.Height, std.Width, std.Height)
		}
	})
}

// FuzzMovie changes the boxes of a real video, where most random bytes would not
// get far.
func FuzzMovie(f *testing.F) {
	videos := [][]byte{sample(f, "index-first.mp4"), sample(f, "turned.mp4"), sample(f, "fragmented.mp4"), sample(f, "quicktime.mov")}
	f.Add(0, 40, []byte{0, 0, 0, 1})
	f.Add(1, 900, []byte("stts"))
	f.Add(3, 3600, []byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, which, at int, change []byte) {
		b := bytes.Clone(videos[uint(which)%uint(len(videos))])
		copy(b[uint(at)%uint(len(b)):], change)
		info, err := media.Inspect(bytes.NewReader(b), int64(len(b)))
		if _, ok := errors.AsType[*media.FormatError](err); err != nil && !ok {
			t.Errorf("%#v", err)
		}
		if err == nil && (info.Width <= 0 || info.Height <= 0 || info.Duration < 0 || info.FPS < 0) {
			t.Errorf("%+v", info)
		}
	})
}
