package blob

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	// ahead is how much is read at once, in bytes: a reader's whole memory.
	ahead = 1 << 20
	// readTries is how often a range is asked for whose body broke off. The SDK
	// tries again only until an answer begins.
	readTries = 3
)

// Open gives a file of a known size to be read in any order. It makes no request
// until something is read, and keeps one buffer of 1 MiB.
func (b *Bucket) Open(ctx context.Context, key string, size int64) io.ReaderAt {
	return &reader{bucket: b, key: key, size: size, fetch: func(off, n int64) (io.ReadCloser, error) {
		return b.fetch(ctx, key, off, n)
	}}
}

// fetch asks for a range.
func (b *Bucket) fetch(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	span := fmt.Sprintf("bytes=%d-%d", off, off+n-1)
	out, err := b.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: &key, Range: &span})
	if err != nil {
		return nil, problem("read", key, err)
	}
	return out.Body, nil
}

// reader reads ahead.
type reader struct {
	bucket *Bucket
	key    string
	size   int64
	fetch  func(off, n int64) (io.ReadCloser, error)

	mu     sync.Mutex
	buffer []byte // what of the file is at start
	start  int64
}

// ReadAt implements [io.ReaderAt].
func (r *reader) ReadAt(p []byte, off int64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		if at < r.start || at >= r.start+int64(len(r.buffer)) {
			if err := r.fill(at); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], r.buffer[at-r.start:])
	}
	return n, nil
}

// fill reads the buffer anew.
func (r *reader) fill(at int64) (err error) {
	n := min(ahead, r.size-at)
	if int64(cap(r.buffer)) < n {
		r.buffer = make([]byte, n)
	}
	for range readTries {
		r.buffer = r.buffer[:n]
		var body io.ReadCloser
		if body, err = r.fetch(at, n); err != nil {
			break
		}
		_, err = io.ReadFull(body, r.buffer)
		body.Close()
		if err == nil {
			r.start = at
			return nil
		}
	}
	r.buffer = r.buffer[:0]
	return fmt.Errorf("read %s at %d: %w", r.key, at, err)
}
