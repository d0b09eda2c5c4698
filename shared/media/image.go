package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"

	"spool/shared/tweet"
)

// inspectPNG walks the chunks, each with its checksum, up to IEND.
func inspectPNG(r *reader) (Info, error) {
	r.seek(8)
	var info Info
	data := false
	for {
		head, err := r.next(8)
		if err != nil {
			return Info{}, err
		}
		length, kind := binary.BigEndian.Uint32(head), string(head[4:])
		if first := info.Kind == ""; first != (kind == "IHDR") || first && length != 13 {
			return Info{}, corrupt("it does not begin with the one header that a PNG has")
		}
		if kind == "IHDR" {
			b, err := r.peek(13)
			if err != nil {
				return Info{}, err
			}
			info = still("image/png", int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:])))
			if info.Width <= 0 || info.Height <= 0 {
				return Info{}, corrupt("it says that it has no pixels")
			}
		}
		if r.size > maxWalk {
			return info, nil
		}
		if kind == "acTL" && length >= 4 { // an APNG
			b, err := r.peek(4)
			if err != nil {
				return Info{}, err
			}
			info.Frames = int(max(1, binary.BigEndian.Uint32(b)&math.MaxInt32))
		}
		if err := r.checksummed(kind, int64(length)); err != nil {
			return Info{}, err
		}
		data = data || kind == "IDAT"
		if kind == "IEND" {
			break
		}
	}
	if !data {
		return Info{}, corrupt("it holds no picture")
	}
	return info, nil
}

// checksummed reads the data of a PNG chunk and the checksum behind it.
func (r *reader) checksummed(kind string, left int64) error {
	sum := crc32.ChecksumIEEE([]byte(kind))
	if left+4 > r.left() {
		return truncated("%d bytes are missing", left+4-r.left())
	}
	for left > 0 {
		b, err := r.peek(1)
		if err != nil {
			return err
		}
		b = b[:min(int64(len(b)), left)]
		sum = crc32.Update(sum, crc32.IEEETable, b)
		left -= int64(len(b))
		r.seek(r.pos + int64(len(b)))
	}
	if want, err := r.uint32(); err != nil || want != sum {
		if err == nil {
			err = corrupt("a checksum before byte %d is wrong", r.pos)
		}
		return err
	}
	return nil
}

// The markers of JPEG that matter, behind their 0xFF.
const (
	jpegRestart = 0xd0 // to 0xd7
	jpegEnd     = 0xd9
	jpegScan    = 0xda
)

// inspectJPEG walks the segments up to the end marker.
func inspectJPEG(r *reader) (Info, error) {
	r.seek(2)
	var info Info
	scans := 0
	for {
		marker, err := r.marker()
		if err != nil {
			return Info{}, err
		}
		if marker == jpegEnd {
			break
		}
		if marker == 0x01 || marker >= jpegRestart && marker < jpegRestart+8 {
			continue // these have no content
		}
		length, err := r.uint16()
		if err != nil {
			return Info{}, err
		}
		start := r.pos - 2
		if length < 2 {
			return Info{}, corrupt("the segment at byte %d is too short", start)
		}
		if isFrameHeader(marker) {
			if info.Kind != "" {
				return Info{}, corrupt("it has two headers")
			}
			if info, err = r.jpegFrame(); err != nil || r.size > maxWalk {
				return info, err
			}
		}
		r.seek(start)
		if err := r.skip(int64(length)); err != nil {
			return Info{}, err
		}
		if marker == jpegScan {
			scans++
			if err := r.entropy(); err != nil {
				return Info{}, err
			}
		}
	}
	if info.Kind == "" || scans == 0 {
		return Info{}, corrupt("it holds no picture")
	}
	return info, nil
}

// marker reads the second byte of a marker, which fill bytes may precede.
func (r *reader) marker() (byte, error) {
	b, err := r.byte()
	if err != nil {
		return 0, err
	}
	if b != 0xff {
		return 0, corrupt("there is no marker at byte %d, where one must be", r.pos-1)
	}
	for b == 0xff {
		if b, err = r.byte(); err != nil {
			return 0, err
		}
	}
	if b == 0 {
		return 0, corrupt("there is no marker at byte %d, where one must be", r.pos-2)
	}
	return b, nil
}

// isFrameHeader reports the SOFn markers; those left out in between are tables.
func isFrameHeader(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// jpegFrame reads a frame header behind its length.
func (r *reader) jpegFrame() (Info, error) {
	b, err := r.next(5)
	if err != nil {
		return Info{}, err
	}
	info := still("image/jpeg", int(binary.BigEndian.Uint16(b[3:])), int(binary.BigEndian.Uint16(b[1:])))
	if info.Width == 0 || info.Height == 0 {
		return Info{}, corrupt("it says that it has no pixels")
	}
	return info, nil
}

// entropy skips compressed data, up to the next marker that ends it.
func (r *reader) entropy() error {
	for {
		b, err := r.peek(2)
		if err != nil {
			return err
		}
		i := bytes.IndexByte(b[:len(b)-1], 0xff)
		if i < 0 {
			r.seek(r.pos + int64(len(b)-1)) // the last byte may be the first half of a marker
			continue
		}
		r.seek(r.pos + int64(i))
		next := b[i+1]
		switch {
		case next == 0xff: // a fill byte
			r.seek(r.pos + 1)
		case next == 0, next >= jpegRestart && next < jpegRestart+8:
			r.seek(r.pos + 2)
		default:
			return nil
		}
	}
}

// inspectGIF walks the blocks up to the trailer and counts the frames. A GIF of
// one frame is a picture to X, one of more an animation.
func inspectGIF(r *reader) (Info, error) {
	r.seek(6)
	b, err := r.next(7)
	if err != nil {
		return Info{}, err
	}
	info := Info{
		Kind: tweet.GIF, ContentType: "image/gif", Category: "tweet_gif",
		Width: int(binary.LittleEndian.Uint16(b)), Height: int(binary.LittleEndian.Uint16(b[2:])),
	}
	if info.Width == 0 || info.Height == 0 {
		return Info{}, corrupt("it says that it has no pixels")
	}
	if r.size > maxWalk {
		return info, nil
	}
	if err := r.colours(b[4]); err != nil {
		return Info{}, err
	}
	for {
		kind, err := r.byte()
		if err != nil {
			return Info{}, err
		}
		switch kind {
		case 0x21: // an extension: its label, then blocks
			if err = r.skip(1); err == nil {
				err = r.blocks()
			}
		case 0x2c:
			info.Frames++
			err = r.gifFrame()
		case 0x3b:
			return ended(info)
		default:
			err = corrupt("there is no block at byte %d, where one must be", r.pos-1)
		}
		if err != nil {
			return Info{}, err
		}
	}
}

// ended is what a GIF is that was walked to its end.
func ended(info Info) (Info, error) {
	switch info.Frames {
	case 0:
		return Info{}, corrupt("it holds no picture")
	case 1:
		return still(info.ContentType, info.Width, info.Height), nil
	}
	return info, nil
}

// gifFrame skips one frame behind its first byte.
func (r *reader) gifFrame() error {
	b, err := r.next(9)
	if err != nil {
		return err
	}
	if err := r.colours(b[8]); err != nil {
		return err
	}
	if width, err := r.byte(); err != nil || width < 2 || width > 8 {
		if err == nil {
			err = corrupt("a frame before byte %d is not compressed as in a GIF", r.pos)
		}
		return err
	}
	return r.blocks()
}

// colours skips the table that the flags of a screen or frame announce.
func (r *reader) colours(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	return r.skip(3 << (flags&7 + 1))
}

// blocks skips blocks, each behind its length, up to the empty one.
func (r *reader) blocks() error {
	for {
		n, err := r.byte()
		if err != nil || n == 0 {
			return err
		}
		if err := r.skip(int64(n)); err != nil {
			return err
		}
	}
}
