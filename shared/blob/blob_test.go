package blob_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/meter"
	"spool/infra/emulate/s3"
	"spool/shared/blob"
	"spool/shared/fault"
)

// bucket is an empty bucket, with what is asked of it counted. Its owner may do
// what the api and publish functions may.
func bucket(t *testing.T) (*blob.Bucket, *meter.Meter) {
	t.Helper()
	server, err := s3.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.CreateBucket("spool-media"); err != nil {
		t.Fatal(err)
	}
	policies, counted := &iam.Policies{}, &meter.Meter{}
	policies.Add("KEY", "secret", iam.Principal{Name: "api", ARN: iam.FunctionARN("api")},
		iam.Statement{Actions: []string{"s3:PutObject", "s3:GetObject"}, Resources: []string{"arn:aws:s3:::spool-media/uploads/*"}},
		iam.Statement{Actions: []string{"s3:PutObject", "s3:GetObject"}, Resources: []string{"arn:aws:s3:::spool-media/media/*"}})
	wire := httptest.NewServer(s3.Guard(policies, counted.Requests(server)))
	t.Cleanup(wire.Close)
	return blob.New(aws.Config{
		Region: emulate.Region, BaseEndpoint: aws.String(wire.URL),
		Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", ""),
	}, "spool-media"), counted
}

// put uploads as a browser does.
func put(t *testing.T, address string, headers map[string]string, body []byte) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

// noise is n random bytes.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestASignedAddressTakesItsFileOnly(t *testing.T) {
	b, _ := bucket(t)
	file := noise(3000)
	address, headers, err := b.Presign(t.Context(), "uploads/a", "image/png", int64(len(file)), sha256.Sum256(file))
	if err != nil {
		t.Fatal(err)
	}
	other := func(name, value string) map[string]string {
		h := map[string]string{}
		for k, v := range headers {
			h[k] = v
		}
		h[name] = value
		return h
	}
	for _, tc := range []struct {
		name    string
		address string
		headers map[string]string
		body    []byte
		status  int
		code    string
	}{
		{"another type", address, other("Content-Type", "text/html"), file, 403, "SignatureDoesNotMatch"},
		{"another size", address, headers, file[1:], 403, "SignatureDoesNotMatch"},
		{"another checksum", address, other("X-Amz-Checksum-Sha256", "AAAA"), file, 403, "SignatureDoesNotMatch"},
		{"no checksum", address, map[string]string{"Content-Type": "image/png"}, file, 403, "SignatureDoesNotMatch"},
		{"another content of the size", address, headers, noise(3000), 400, "BadDigest"},
		{"another key", strings.Replace(address, "uploads/a", "uploads/b", 1), headers, file, 403, "SignatureDoesNotMatch"},
		{"a key outside", strings.Replace(address, "uploads/a", "elsewhere", 1), headers, file, 403, "SignatureDoesNotMatch"},
	} {
		t.Run(tc.name+" is refused", func(t *testing.T) {
			if status, answer := put(t, tc.address, tc.headers, tc.body); status != tc.status || !strings.Contains(answer, tc.code) {
				t.Errorf("got %d %s, want %d %s", status, answer, tc.status, tc.code)
			}
			if _, err := b.Stat(t.Context(), "uploads/a"); !fault.Is(err, fault.NotFound) {
				t.Errorf("looking gives %v, want not_found", err)
			}
		})
	}
	t.Run("the file itself is stored", func(t *testing.T) {
		if status, answer := put(t, address, headers, file); status != 200 {
			t.Fatalf("got %d %s", status, answer)
		}
		if size, err := b.Stat(t.Context(), "uploads/a"); err != nil || size != 3000 {
			t.Errorf("it has %d bytes, %v", size, err)
		}
	})
	t.Run("and copied", func(t *testing.T) {
		if err := b.Copy(t.Context(), "uploads/a", "media/a"); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(b.Open(t.Context(), "media/a", 3000), 0, 3000))
		if err != nil || !bytes.Equal(got, file) {
			t.Errorf("the copy has %d bytes and is the same: %v, %v", len(got), bytes.Equal(got, file), err)
		}
	})
	t.Run("what is not there is not copied", func(t *testing.T) {
		if err := b.Copy(t.Context(), "uploads/none", "media/none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not_found", err)
		}
	})
}

func TestAFileIsReadInAnyOrder(t *testing.T) {
	b, counted := bucket(t)
	const size = 3<<20 + 17
	file := noise(size)
	address, headers, err := b.Presign(t.Context(), "uploads/big", "video/mp4", size, sha256.Sum256(file))
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := put(t, address, headers, file); status != 200 {
		t.Fatalf("got %d %s", status, answer)
	}
	gets := func() int { return counted.Snapshot().Totals["s3:GetObject"].Requests }
	t.Run("from begin to end with a request for each MiB", func(t *testing.T) {
		before := gets()
		got, err := io.ReadAll(io.NewSectionReader(b.Open(t.Context(), "uploads/big", size), 0, size))
		if err != nil || !bytes.Equal(got, file) {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
		if n := gets() - before; n != 4 {
			t.Errorf("%d requests, want 4", n)
		}
	})
	t.Run("here and there", func(t *testing.T) {
		r := b.Open(t.Context(), "uploads/big", size)
		for _, off := range []int64{size - 5, 0, 1<<20 - 2, 7, size / 2} {
			p := make([]byte, 5)
			if n, err := r.ReadAt(p, off); n != 5 || err != nil || !bytes.Equal(p, file[off:off+5]) {
				t.Errorf("at %d: read %d bytes %x, %v; want %x", off, n, p, err, file[off:off+5])
			}
		}
	})
	t.Run("to its end and no further", func(t *testing.T) {
		r := b.Open(t.Context(), "uploads/big", size)
		p := make([]byte, 10)
		if n, err := r.ReadAt(p, size-4); n != 4 || err != io.EOF || !bytes.Equal(p[:4], file[size-4:]) {
			t.Errorf("read %d bytes, %v; want 4 and EOF", n, err)
		}
		if n, err := r.ReadAt(p, size); n != 0 || err != io.EOF {
			t.Errorf("behind the end: read %d bytes, %v; want 0 and EOF", n, err)
		}
	})
	t.Run("what is not there is not found", func(t *testing.T) {
		_, err := b.Open(t.Context(), "uploads/none", 10).ReadAt(make([]byte, 1), 0)
		if !fault.Is(err, fault.NotFound) || errors.Is(err, io.EOF) {
			t.Errorf("got %v, want not_found", err)
		}
	})
}

func TestTheOriginIsThatOfUploads(t *testing.T) {
	for region, endpoint := range map[string]*string{"eu-central-1": nil, "us-east-1": aws.String("http://127.0.0.1:9000")} {
		b := blob.New(aws.Config{
			Region: region, BaseEndpoint: endpoint, Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", ""),
		}, "spool-media")
		want := "https://spool-media.s3.eu-central-1.amazonaws.com"
		if endpoint != nil {
			want = *endpoint
		}
		if got, err := b.Origin(t.Context()); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		if signed, _, err := b.Presign(t.Context(), "uploads/a", "image/png", 1, [32]byte{}); err != nil || !strings.HasPrefix(signed, want+"/") {
			t.Errorf("an upload goes to %s, %v, want %s", signed, err, want)
		}
	}
}
