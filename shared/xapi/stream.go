package xapi

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"sync"

	"spool/shared/fault"
)

// SourceError is a medium that could not be read while it was on its way to X.
type SourceError struct{ Err error }

var _ fault.Judged = (*SourceError)(nil)

// Error gives the cause.
func (e *SourceError) Error() string {
	return fmt.Sprintf("the medium could not be read while it was being uploaded: %v", e.Err)
}

// Unwrap gives the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Verdict is to try again: X has got a part at most, and uploading again is safe.
func (e *SourceError) Verdict() fault.Verdict {
	reason := fault.ReasonMediaUnreadable.Reason()
	reason.Detail = line(e.Err.Error(), 200)
	return fault.Verdict{Scope: fault.ScopePost, Action: fault.Retry, Reason: reason}
}

// field is a plain field of a form.
type field struct{ name, value string }

// file is a multipart form of one plain field and the field "media", whose
// bytes are streamed.
type file struct {
	field       field
	contentType string
	from        io.Reader
	size        int64
}

// open makes the form's body, with its content type and its length in bytes.
func (f file) open() (body *stream, contentType string, length int64) {
	var b bytes.Buffer // writing to it cannot fail
	w := multipart.NewWriter(&b)
	_ = w.WriteField(f.field.name, f.field.value)
	_, _ = w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="media"; filename="media"`},
		"Content-Type":        {f.contentType},
	})
	head := b.Len()
	_ = w.Close()
	form := b.Bytes()
	all := io.MultiReader(bytes.NewReader(form[:head]), &exactly{f.from, f.size}, bytes.NewReader(form[head:]))
	return &stream{from: all}, w.FormDataContentType(), int64(len(form)) + f.size
}

// exactly reads so many bytes, and takes fewer for an error.
type exactly struct {
	from io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// stream is the body of a request. It remembers why it broke off, and once the
// request is over it is not read any more, however long net/http goes on with it.
type stream struct {
	mu     sync.Mutex
	from   io.Reader // nil once the request is over
	failed error
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from == nil {
		return 0, io.ErrClosedPipe
	}
	n, err := s.from.Read(p)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

// Close leaves the source open: it is the caller's.
func (s *stream) Close() error { return nil }

// end stops the reading, and tells why the source broke off, if it did.
func (s *stream) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = nil
	return s.failed
}
