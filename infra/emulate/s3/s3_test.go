package s3_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/s3"
)

// bucket serves a bucket to a key with the statements, and gives the folder that
// it is in.
func bucket(t *testing.T, statements ...iam.Statement) (c *client.Client, address, folder string) {
	t.Helper()
	folder = t.TempDir()
	server, err := s3.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is there already
		err := server.CreateBucket("b", s3.CORSRule{
			Methods: []string{"PUT"}, Origins: []string{"https://*.execute-api.example", "https://posts.example.com"}, Headers: []string{"content-type", "x-amz-*"}, MaxAge: 60,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	policies := &iam.Policies{}
	policies.Add("KEY", "secret", iam.Principal{Name: "f", ARN: iam.FunctionARN("f")}, statements...)
	wire := httptest.NewServer(server.CORS(s3.Guard(policies, server)))
	t.Cleanup(wire.Close)
	return client.New(client.Options{
		Region: emulate.Region, BaseEndpoint: &wire.URL, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", ""),
	}), wire.URL, folder
}

var everything = iam.Statement{Actions: []string{"s3:*"}, Resources: []string{"*"}}

// presign signs the upload of an object.
func presign(t *testing.T, c *client.Client, key string, life time.Duration) string {
	t.Helper()
	signed, err := client.NewPresignClient(c).PresignPutObject(t.Context(),
		&client.PutObjectInput{Bucket: aws.String("b"), Key: &key, ContentLength: aws.Int64(5), ChecksumSHA256: aws.String(sumOfHello)},
		func(o *client.PresignOptions) { o.Expires = life })
	if err != nil {
		t.Fatal(err)
	}
	return signed.URL
}

// sumOfHello is the SHA-256 of "hello".
const sumOfHello = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="

// request sends one without a signature of its own; an upload says that it is
// "hello".
func request(t *testing.T, method, address, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPut {
		r.Header.Set("X-Amz-Checksum-Sha256", sumOfHello)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestAnUploadIsStoredWholeOrNotAtAll(t *testing.T) {
	c, address, folder := bucket(t, everything)
	signed := presign(t, c, "uploads/a", time.Hour)
	t.Run("not when it breaks off", func(t *testing.T) {
		connection, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(signed, address)
		fmt.Fprintf(connection, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\nhel", path, strings.TrimPrefix(address, "http://"))
		connection.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, connection) // until the server has given up
		if status, _ := request(t, "GET", presignGet(t, c, "uploads/a"), ""); status != http.StatusNotFound {
			t.Errorf("reading it answers %d", status)
		}
		if left, _ := os.ReadDir(filepath.Join(folder, "incoming")); len(left) != 0 {
			t.Errorf("%d files are left behind", len(left))
		}
	})
	t.Run("whole when it is", func(t *testing.T) {
		if status, answer := request(t, "PUT", signed, "hello"); status != http.StatusOK {
			t.Fatalf("answered %d %s", status, answer)
		}
		if status, answer := request(t, "GET", presignGet(t, c, "uploads/a"), ""); status != http.StatusOK || answer != "hello" {
			t.Errorf("reading it answers %d %s", status, answer)
		}
	})
	t.Run("and is there after a restart", func(t *testing.T) {
		if _, err := s3.Open(folder); err != nil {
			t.Fatal(err)
		}
		out, err := c.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("uploads/a")})
		if err != nil || aws.ToInt64(out.ContentLength) != 5 {
			t.Errorf("got %v, %v", out, err)
		}
	})
}

// presignGet signs the reading of an object.
func presignGet(t *testing.T, c *client.Client, key string) string {
	t.Helper()
	signed, err := client.NewPresignClient(c).PresignGetObject(t.Context(), &client.GetObjectInput{Bucket: aws.String("b"), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	return signed.URL
}

func TestGuardHoldsRequestsToPolicies(t *testing.T) {
	objects := func(action, prefix string) iam.Statement {
		return iam.Statement{Actions: []string{action}, Resources: []string{"arn:aws:s3:::b/" + prefix + "/*"}}
	}
	c, address, _ := bucket(t, objects("s3:PutObject", "uploads"), objects("s3:GetObject", "uploads"), objects("s3:PutObject", "media"))
	if status, answer := request(t, "PUT", presign(t, c, "uploads/a", time.Hour), "hello"); status != http.StatusOK {
		t.Fatalf("answered %d %s", status, answer)
	}
	cp := func(from, to string) error {
		_, err := c.CopyObject(t.Context(), &client.CopyObjectInput{Bucket: aws.String("b"), Key: &to, CopySource: aws.String("b/" + from)})
		return err
	}
	t.Run("copying asks for both ends", func(t *testing.T) {
		if err := cp("uploads/a", "media/a"); err != nil {
			t.Errorf("what is allowed: %v", err)
		}
		if err := cp("media/a", "uploads/b"); err == nil || !strings.Contains(err.Error(), "s3:GetObject on resource: arn:aws:s3:::b/media/a") {
			t.Errorf("from where it may not read: %v", err)
		}
	})
	for name, tc := range map[string]struct{ method, address, says string }{
		"without a signature":             {"GET", address + "/b/uploads/a", "AccessDenied"},
		"with the id of a key only":       {"GET", address + "/b/uploads/a?X-Amz-Credential=KEY%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", "AccessDenied"},
		"with an unknown key":             {"GET", strings.Replace(presignGet(t, c, "uploads/a"), "KEY", "YEK", 1), "security token"},
		"for another object":              {"GET", strings.Replace(presignGet(t, c, "uploads/a"), "uploads/a", "uploads/b", 1), "SignatureDoesNotMatch"},
		"for what is not there":           {"GET", presignGet(t, c, "uploads/none"), ""}, // who may not list is not told
		"for what no policy allows":       {"GET", presignGet(t, c, "media/a"), "AccessDenied"},
		"for the list of a bucket":        {"GET", strings.Replace(presignGet(t, c, "uploads/a"), "/uploads/a", "", 1), "SignatureDoesNotMatch"},
		"with another method than signed": {"PUT", presignGet(t, c, "uploads/a"), "SignatureDoesNotMatch"},
	} {
		t.Run(name+" it is forbidden", func(t *testing.T) {
			if status, answer := request(t, tc.method, tc.address, ""); status != http.StatusForbidden || !strings.Contains(answer, tc.says) {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
	t.Run("listing is no right of who may read", func(t *testing.T) {
		if _, err := c.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: aws.String("b")}); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an address for an upload does not copy", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", presign(t, c, "media/b", time.Hour), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Checksum-Sha256", sumOfHello)
		r.Header.Set("X-Amz-Copy-Source", "b/uploads/a")
		r.ContentLength, r.Body = 5, io.NopCloser(strings.NewReader("hello"))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if answer, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusForbidden || !strings.Contains(string(answer), "not signed") {
			t.Errorf("answered %d %s", res.StatusCode, answer)
		}
	})
	t.Run("after its time a signature is void", func(t *testing.T) {
		signed := presign(t, c, "uploads/late", time.Second)
		at := strings.Index(signed, "X-Amz-Date=") + len("X-Amz-Date=")
		signed = signed[:at] + time.Now().Add(-time.Hour).UTC().Format("20060102T150405Z") + signed[at+16:]
		if status, answer := request(t, "PUT", signed, "hello"); status != http.StatusForbidden || !strings.Contains(answer, "Request has expired") {
			t.Errorf("answered %d %s", status, answer)
		}
	})
}

func TestPagesSendWhatTheBucketsRulesAdmit(t *testing.T) {
	c, address, _ := bucket(t, everything)
	ask := func(t *testing.T, method, address string, headers map[string]string, body string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range headers {
			r.Header.Set(name, v)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	for name, tc := range map[string]struct {
		origin, method, headers string
		want                    int
	}{
		"an origin that is named":        {"https://posts.example.com", "PUT", "content-type,x-amz-checksum-sha256", 200},
		"an origin of the pattern":       {"https://a1b2.execute-api.example", "PUT", "Content-Type", 200},
		"another origin":                 {"https://evil.example", "PUT", "", 403},
		"an origin around the pattern":   {"https://.execute-api.example.evil", "PUT", "", 403},
		"an origin short of the pattern": {"https://execute-api.example", "PUT", "", 403},
		"another method":                 {"https://posts.example.com", "GET", "", 403},
		"another header":                 {"https://posts.example.com", "PUT", "content-type,authorization", 403},
		"no origin":                      {"", "PUT", "", 400},
	} {
		t.Run(fmt.Sprintf("%s is answered %d", name, tc.want), func(t *testing.T) {
			res := ask(t, "OPTIONS", address+"/b/uploads/a", map[string]string{
				"Origin": tc.origin, "Access-Control-Request-Method": tc.method, "Access-Control-Request-Headers": tc.headers,
			}, "")
			allowed, want := res.Header.Get("Access-Control-Allow-Origin"), ""
			if tc.want == http.StatusOK {
				want = tc.origin
			}
			if res.StatusCode != tc.want || allowed != want {
				t.Errorf("got %d for %q", res.StatusCode, allowed)
			}
		})
	}
	t.Run("a bucket without rules admits nobody", func(t *testing.T) {
		res := ask(t, "OPTIONS", address+"/none/a", map[string]string{"Origin": "https://posts.example.com", "Access-Control-Request-Method": "PUT"}, "")
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("got %d", res.StatusCode)
		}
	})
	t.Run("an upload's answer may be seen, also a refusal", func(t *testing.T) {
		signed := presign(t, c, "uploads/a", time.Hour)
		for body, want := range map[string]int{"hello": 200, "HELLO": 400} {
			res := ask(t, "PUT", signed, map[string]string{"Origin": "https://posts.example.com", "X-Amz-Checksum-Sha256": sumOfHello}, body)
			if res.StatusCode != want || res.Header.Get("Access-Control-Allow-Origin") != "https://posts.example.com" {
				t.Errorf("%s: got %d, %v", body, res.StatusCode, res.Header)
			}
		}
		res := ask(t, "PUT", signed, map[string]string{"Origin": "https://evil.example", "X-Amz-Checksum-Sha256": sumOfHello}, "hello")
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("another origin sees it too: %q", got)
		}
	})
}

// A checksum is of a whole object: with a part of it comes none, or an SDK that checks would refuse each part.
func TestAPartHasNoChecksum(t *testing.T) {
	c, _, _ := bucket(t, everything)
	if status, answer := request(t, "PUT", presign(t, c, "uploads/a", time.Hour), "hello"); status != http.StatusOK {
		t.Fatal(status, answer)
	}
	for _, span := range []*string{nil, aws.String("bytes=1-3")} {
		out, err := c.GetObject(t.Context(), &client.GetObjectInput{
			Bucket: aws.String("b"), Key: aws.String("uploads/a"), Range: span, ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %q with checksum %s", aws.ToString(span), body, aws.ToString(out.ChecksumSHA256))
		if whole := span == nil; whole != (string(body) == "hello") || !whole && out.ChecksumSHA256 != nil {
			t.Errorf("%s is %q, with the checksum %s", aws.ToString(span), body, aws.ToString(out.ChecksumSHA256))
		}
	}
}
