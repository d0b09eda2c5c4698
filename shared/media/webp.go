package media

import "encoding/binary"

// inspectWebP walks the chunks of the RIFF file.
func inspectWebP(r *reader) (Info, error) {
	head, err := r.next(12)
	if err != nil {
		return Info{}, err
	}
	end := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if end > r.size {
		return Info{}, truncated("%d bytes are missing", end-r.size)
	}
	var w webp
	for r.pos+8 <= end {
		head, err := r.next(8)
		if err != nil {
			return Info{}, err
		}
		kind, length := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if length > end-r.pos {
			return Info{}, corrupt("its part %q is longer than the file", kind)
		}
		next := r.pos + length + length&1 // parts begin at even positions
		if err := w.chunk(r, kind, length); err != nil {
			return Info{}, err
		}
		r.seek(next)
	}
	if w.width == 0 || w.height == 0 || w.frames == 0 {
		return Info{}, corrupt("it holds no picture")
	}
	info := still("image/webp", w.width, w.height)
	info.Frames = w.frames
	return info, nil
}

// webp is what the chunks say. The canvas, where there is one, is the size of
// the picture; it comes first.
type webp struct {
	width, height, frames int
}

// chunk reads the head of one chunk.
func (w *webp) chunk(r *reader, kind string, length int64) error {
	width, height := 0, 0
	switch kind {
	case "VP8X":
		if length < 10 {
			return corrupt("its canvas is too short")
		}
		b, err := r.next(10)
		if err != nil {
			return err
		}
		w.width, w.height = 1+int(uint24(b[4:])), 1+int(uint24(b[7:]))
		return nil
	case "ANMF":
		w.frames++
		return nil
	case "VP8 ":
		if length < 10 {
			return corrupt("its picture is too short")
		}
		b, err := r.next(10)
		if err != nil {
			return err
		}
		if string(b[3:6]) != "\x9d\x01\x2a" {
			return corrupt("its picture does not begin as one")
		}
		width, height = int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff)
	case "VP8L":
		if length < 5 {
			return corrupt("its picture is too short")
		}
		b, err := r.next(5)
		if err != nil {
			return err
		}
		if b[0] != 0x2f {
			return corrupt("its picture does not begin as one")
		}
		bits := binary.LittleEndian.Uint32(b[1:])
		width, height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
	default:
		return nil
	}
	w.frames++
	if w.width == 0 {
		w.width, w.height = width, height
	}
	return nil
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }
