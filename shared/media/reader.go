package media

import (
	"encoding/binary"
	"fmt"
	"io"
)

// windowSize is how much of a file is in memory at once, in bytes.
const windowSize = 256 << 10

// FormatError says what is wrong with the bytes of a file.
type FormatError struct {
	Code   string // CodeUnknown, CodeCorrupt or CodeTruncated
	Reason string // goes on behind the file's name
}

// Error gives the reason.
func (e *FormatError) Error() string { return "the file " + e.Reason }

func (e *FormatError) fix() string {
	switch e.Code {
	case CodeTruncated:
		return "Copy or export it again, and wait until that is done."
	case CodeCorrupt:
		return "Open it in a program for pictures or videos and save it again."
	default:
		return "Convert it to JPG, PNG, WEBP, GIF or MP4."
	}
}

func corrupt(format string, args ...any) error {
	return &FormatError{CodeCorrupt, "is damaged: " + fmt.Sprintf(format, args...) + "."}
}

func truncated(format string, args ...any) error {
	return &FormatError{CodeTruncated, "is cut off: " + fmt.Sprintf(format, args...) + "."}
}

// reader reads a file of a known size through a window.
type reader struct {
	from   io.ReaderAt
	size   int64
	pos    int64  // of the next byte
	window []byte // what is in memory
	at     int64  // where the window begins
	buffer []byte
}

func newReader(from io.ReaderAt, size int64) *reader {
	return &reader{from: from, size: size, buffer: make([]byte, min(windowSize, max(size, 0)))}
}

func (r *reader) left() int64 { return r.size - r.pos }

// seek goes to a position, which may lie beyond the end.
func (r *reader) seek(pos int64) { r.pos = pos }

// peek gives the bytes from the position on that are in the window, at least n
// of them, and at most what is left. They are valid until the next call. n is at
// most windowSize.
func (r *reader) peek(n int) ([]byte, error) {
	if int64(n) > r.left() {
		return nil, truncated("it ends after %d bytes in the middle of something", r.size)
	}
	if off := r.pos - r.at; off >= 0 && off+int64(n) <= int64(len(r.window)) {
		return r.window[off:], nil
	}
	window := r.buffer[:min(int64(len(r.buffer)), r.left())]
	got, err := r.from.ReadAt(window, r.pos)
	if got < len(window) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("reading the file at byte %d: %w", r.pos, err)
	}
	r.window, r.at = window, r.pos
	return window, nil
}

// next gives the next n bytes and goes on behind them.
func (r *reader) next(n int) ([]byte, error) {
	b, err := r.peek(n)
	if err != nil {
		return nil, err
	}
	r.pos += int64(n)
	return b[:n], nil
}

// skip goes n bytes forward.
func (r *reader) skip(n int64) error {
	if n > r.left() {
		return truncated("it ends after %d bytes in the middle of something", r.size)
	}
	r.pos += n
	return nil
}

func (r *reader) byte() (byte, error) {
	b, err := r.next(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// uint16 and uint32 read numbers in the order of PNG, JPEG and MP4.
func (r *reader) uint16() (uint16, error) {
	b, err := r.next(2)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint16(b), nil
}

func (r *reader) uint32() (uint32, error) {
	b, err := r.next(4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

func (r *reader) uint64() (uint64, error) {
	b, err := r.next(8)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}
