// Package s3 emulates S3: gofakes3 over files, made strict where Spool relies on S3.
//
// An upload is stored whole or not at all, and only when its length and SHA-256 are those that its headers promise.
// Guard holds requests to the policies, and presigned URLs to what was signed.
package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3afero"
)

// maxObject bounds an upload, in bytes. S3 takes 5 GB in one request.
const maxObject = 5 << 30

// Server keeps buckets in a folder. It is an http.Handler of path-style requests.
type Server struct {
	backend  gofakes3.Backend
	handler  http.Handler
	incoming string                // where uploads are until they are whole
	rules    map[string][]CORSRule // by bucket
}

// Open uses a folder, which is made when it is not there. What earlier runs left half uploaded is removed.
func Open(folder string) (*Server, error) {
	incoming := filepath.Join(folder, "incoming")
	if err := os.RemoveAll(incoming); err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	files, err := s3afero.FsPath(folder, s3afero.FsPathCreateAll)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	backend, err := s3afero.MultiBucket(files)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	fake := gofakes3.New(backend, gofakes3.WithoutVersioning())
	return &Server{backend: backend, handler: fake.Server(), incoming: incoming, rules: map[string][]CORSRule{}}, nil
}

// CreateBucket makes a bucket, unless it is there, and sets its rules. All buckets are to be made before requests come.
func (s *Server) CreateBucket(name string, rules ...CORSRule) error {
	s.rules[name] = rules
	if there, err := s.backend.BucketExists(name); err != nil || there {
		return err
	}
	return s.backend.CreateBucket(name)
}

// ServeHTTP answers a request that Guard let through.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut || r.Header.Get(copySource) != "" {
		s.handler.ServeHTTP(w, r)
		return
	}
	file, err := s.receive(r)
	if err != nil {
		writeError(w, r, err)
		return
	}
	defer os.Remove(file.Name())
	defer file.Close()
	r.Body = io.NopCloser(file)
	s.handler.ServeHTTP(w, r)
}

const (
	copySource     = "X-Amz-Copy-Source"
	checksumSHA256 = "X-Amz-Checksum-Sha256"
)

// receive takes an upload into a file, and holds it to its headers.
func (s *Server) receive(r *http.Request) (file *os.File, err error) {
	if r.ContentLength < 0 || r.ContentLength > maxObject {
		return nil, &Error{
			http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.",
		}
	}
	temp, err := os.CreateTemp(s.incoming, "")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	sum := sha256.New()
	if n, err := io.Copy(io.MultiWriter(temp, sum), r.Body); err != nil || n != r.ContentLength {
		return nil, &Error{
			http.StatusBadRequest, "IncompleteBody",
			"You did not provide the number of bytes specified by the Content-Length HTTP header.",
		}
	}
	if want := r.Header.Get(checksumSHA256); want != "" && want != base64.StdEncoding.EncodeToString(sum.Sum(nil)) {
		return nil, &Error{
			http.StatusBadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum.",
		}
	}
	_, err = temp.Seek(0, io.SeekStart)
	return temp, err
}

// Error is a refusal as S3 writes it.
type Error struct {
	Status        int
	Code, Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// writeError answers with err; what is no *Error is an internal failure.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	refusal := &Error{http.StatusInternalServerError, "InternalError", err.Error()}
	errors.As(err, &refusal)
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(refusal.Status)
	if r.Method == http.MethodHead {
		return
	}
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: refusal.Code, Message: refusal.Message})
}
