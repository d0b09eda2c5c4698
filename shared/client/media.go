package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"spool/shared/fault"
	"spool/shared/wire"
)

// CreateMedia announces a file, and learns how to upload it.
func (c *Client) CreateMedia(ctx context.Context, in wire.MediaInput) (m wire.Media, err error) {
	_, err = c.do(ctx, keyed(call{method: http.MethodPost, path: media, in: in, out: &m}, rand.Text()))
	return m, err
}

// GetMedia reads what is known of a file. The first time after its upload the API
// looks at the bytes.
func (c *Client) GetMedia(ctx context.Context, id string) (m wire.Media, err error) {
	_, err = c.do(ctx, one(http.MethodGet, media, id, "").with(nil, &m))
	return m, err
}

// Upload streams a file of size bytes to where its announcement said. progress,
// unless nil, is told from another goroutine how many bytes are sent; it starts
// again at 0 when the upload is tried again.
func (c *Client) Upload(ctx context.Context, to wire.Upload, file io.ReaderAt, size int64,
	progress func(sent, total int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	for n := 1; ; n++ {
		header, err := c.upload(ctx, to, file, size, progress)
		if err == nil || n == tries {
			return err
		}
		wait, again := pause(err, header, n)
		if !again || c.sleep(ctx, wait) != nil {
			return err
		}
	}
}

// upload streams a file once. The API's key is not sent along: the address itself
// admits to the upload.
func (c *Client) upload(ctx context.Context, to wire.Upload, file io.ReaderAt, size int64,
	progress func(sent, total int64)) (http.Header, error) {
	address, err := url.Parse(to.URL)
	if err != nil {
		return nil, errors.New("the API answered no address to upload to")
	}
	if err := private(address); err != nil {
		return nil, err
	}
	body := &counted{from: io.NewSectionReader(file, 0, size), total: size, tell: progress}
	r, err := http.NewRequestWithContext(ctx, cmp.Or(to.Method, http.MethodPut), to.URL, body)
	if err != nil {
		return nil, errors.New("the API answered no address to upload to")
	}
	r.ContentLength = size
	for name, value := range to.Headers {
		r.Header.Set(name, value)
	}
	res, err := c.send(r)
	if cause := body.failure(); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // lets the connection serve again
	switch {
	case res.StatusCode < 300:
		return nil, nil
	case res.StatusCode >= 500:
		return res.Header, unreachable(r, fmt.Errorf("it answered %s", res.Status))
	}
	return res.Header, &wire.Problem{
		Type: "about:blank", Title: http.StatusText(res.StatusCode), Status: res.StatusCode, Code: fault.UploadRefused,
		Detail: fmt.Sprintf("The upload was refused with the status %d.", res.StatusCode),
		Todo:   "Check that the file has not changed meanwhile and that this machine's clock is right, then try again.",
	}
}

// AddMedia announces a file, uploads it and has it looked at: its record says
// whether X takes it. in.SHA256 is computed when it is empty.
func (c *Client) AddMedia(ctx context.Context, in wire.MediaInput, file io.ReaderAt,
	progress func(sent, total int64)) (wire.Media, error) {
	if in.SHA256 == "" {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(file, 0, in.Bytes)); err != nil {
			return wire.Media{}, err
		}
		in.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	m, err := c.CreateMedia(ctx, in)
	if err != nil {
		return m, err
	}
	if m.Upload == nil {
		return m, errors.New("the API answered no address to upload to")
	}
	if err := c.Upload(ctx, *m.Upload, file, in.Bytes, progress); err != nil {
		return m, err
	}
	return c.GetMedia(ctx, m.ID)
}

// counted tells how much of a file has been read, and keeps why it could not be.
type counted struct {
	from        io.Reader
	sent, total int64
	tell        func(sent, total int64)
	err         atomic.Pointer[error]
}

// Read implements io.Reader.
func (r *counted) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	if n > 0 {
		r.sent += int64(n)
		r.tell(r.sent, r.total)
	}
	if err != nil && err != io.EOF {
		r.err.Store(&err)
	}
	return n, err
}

// failure is why the file could not be read, or nil.
func (r *counted) failure() error {
	if err := r.err.Load(); err != nil {
		return fmt.Errorf("read the file: %w", *err)
	}
	return nil
}
