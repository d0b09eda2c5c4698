package xapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim/failures"
	"spool/shared/fault"
	"spool/shared/xapi"
)

// small is a medium of three bytes.
func small() io.Reader { return strings.NewReader("abc") }

// uploads are all that a client can be asked for about media.
func uploads() map[string]func(context.Context, *xapi.Client) error {
	medium := func(_ xapi.Medium, err error) error { return err }
	return map[string]func(context.Context, *xapi.Client) error{
		"upload": func(ctx context.Context, c *xapi.Client) error {
			return medium(c.UploadMedia(ctx, token, xapi.UploadMediaRequest{Category: "tweet_image", ContentType: "image/png", Media: small(), Size: 3}))
		},
		"initialize": func(ctx context.Context, c *xapi.Client) error {
			return medium(c.InitializeMedia(ctx, token, xapi.InitializeMediaRequest{ContentType: "video/mp4", Size: 3, Category: "tweet_video"}))
		},
		"append": func(ctx context.Context, c *xapi.Client) error {
			return c.AppendMedia(ctx, token, xapi.AppendMediaRequest{ID: "56", Segment: 7, Media: small(), Size: 3})
		},
		"finalize": func(ctx context.Context, c *xapi.Client) error { return medium(c.FinalizeMedia(ctx, token, "56")) },
		"status":   func(ctx context.Context, c *xapi.Client) error { return medium(c.MediaStatus(ctx, token, "56")) },
		"describe": func(ctx context.Context, c *xapi.Client) error {
			return c.DescribeMedia(ctx, token, "56", "Two \"cats\"")
		},
	}
}

// form reads a multipart body into the lines "name (type): value".
func form(t *testing.T, contentType, body string) string {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	r := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return strings.Join(lines, "\n")
		}
		if err != nil {
			t.Fatal(err)
		}
		value, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s (%s): %s", p.FormName(), p.Header.Get("Content-Type"), value))
	}
}

// Each request is X's, and is sent once, with its length.
func TestRequestsForMedia(t *testing.T) {
	for name, want := range map[string]struct{ request, body string }{
		"upload":     {"POST /2/media/upload", "media_category (): tweet_image\nmedia (image/png): abc"},
		"initialize": {"POST /2/media/upload/initialize", `{"media_type":"video/mp4","total_bytes":3,"media_category":"tweet_video"}`},
		"append":     {"POST /2/media/upload/56/append", "segment_index (): 7\nmedia (application/octet-stream): abc"},
		"finalize":   {"POST /2/media/upload/56/finalize", ""},
		"status":     {"GET /2/media/upload?command=STATUS&media_id=56", ""},
		"describe":   {"POST /2/media/metadata", `{"id":"56","metadata":{"alt_text":{"text":"Two \"cats\""}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			x := &record{status: 200, answer: `{"data":{"id":"56"}}`}
			if err := uploads()[name](t.Context(), serve(t, x.ServeHTTP)); err != nil {
				t.Fatal(err)
			}
			if len(x.requests) != 1 {
				t.Fatalf("%d requests", len(x.requests))
			}
			r, body := x.requests[0], x.bodies[0]
			if got := r.Method + " " + r.RequestURI; got != want.request || r.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("%s, want %s", got, want.request)
			}
			if r.ContentLength != int64(len(body)) || r.TransferEncoding != nil {
				t.Errorf("length %d of %d, transferred as %v", r.ContentLength, len(body), r.TransferEncoding)
			}
			if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
				body = form(t, r.Header.Get("Content-Type"), body)
			}
			if body != want.body {
				t.Errorf("body %s\nwant %s", body, want.body)
			}
		})
	}
}

func TestWhatIsNoIDOfAMediumIsNotSent(t *testing.T) {
	x := &record{status: 200, answer: `{"data":{"id":"56"}}`}
	c := serve(t, x.ServeHTTP)
	for _, id := range []string{"", "../tweets", "5/6"} {
		_, finalize := c.FinalizeMedia(t.Context(), token, id)
		_, status := c.MediaStatus(t.Context(), token, id)
		appended := c.AppendMedia(t.Context(), token, xapi.AppendMediaRequest{ID: id, Media: small(), Size: 3})
		for _, err := range []error{finalize, status, appended, c.DescribeMedia(t.Context(), token, id, "A cat")} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("id %q: %v", id, err)
			}
		}
	}
	if len(x.requests) != 0 {
		t.Errorf("%d requests", len(x.requests))
	}
}

// What X says of an upload, in its documentation's and its document's words.
func TestAnswersAboutMedia(t *testing.T) {
	ready := xapi.Medium{ID: "56", Key: "7_56", ExpiresAt: now.Add(time.Hour)}
	with := func(change func(*xapi.Medium)) xapi.Medium {
		m := ready
		change(&m)
		return m
	}
	const head = `{"data":{"id":"56","media_key":"7_56","expires_after_secs":3600`
	for name, tt := range map[string]struct {
		answer string
		want   xapi.Medium
		ready  bool
	}{
		"ready":       {head + `}}`, ready, true},
		"succeeded":   {head + `,"processing_info":{"state":"succeeded","progress_percent":100}}}`, with(func(m *xapi.Medium) { m.State, m.Progress = "succeeded", 100 }), true},
		"pending":     {head + `,"processing_info":{"state":"pending","check_after_secs":5}}}`, with(func(m *xapi.Medium) { m.State, m.CheckAfter = "pending", 5*time.Second }), false},
		"in progress": {head + `,"processing_info":{"state":"in_progress","check_after_secs":9,"progress_percent":8}}}`, with(func(m *xapi.Medium) { m.State, m.CheckAfter, m.Progress = "in_progress", 9*time.Second, 8 }), false},
		"a state that nobody knows is not ready": {head + `,"processing_info":{"state":"moderated"}}}`,
			with(func(m *xapi.Medium) { m.State, m.CheckAfter = "moderated", 5*time.Minute }), false},
		"asked to wait for less than nothing, it takes its time": {head + `,"processing_info":{"state":"pending","check_after_secs":-1,"progress_percent":-7}}}`,
			with(func(m *xapi.Medium) { m.State, m.CheckAfter = "pending", 5*time.Minute }), false},
		"asked to wait for ever, it does not": {head + `,"processing_info":{"state":"pending","check_after_secs":99999999999,"progress_percent":700}}}`,
			with(func(m *xapi.Medium) { m.State, m.CheckAfter, m.Progress = "pending", 5*time.Minute, 100 }), false},
		"an expiry that X does not say":       {`{"data":{"id":"56"}}`, xapi.Medium{ID: "56", ExpiresAt: now.Add(xapi.MediaLife)}, true},
		"an expiry later than X keeps it for": {`{"data":{"id":"56","expires_after_secs":1295999}}`, xapi.Medium{ID: "56", ExpiresAt: now.Add(xapi.MediaLife)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, says(200, tt.answer))
			got, err := c.MediaStatus(t.Context(), token, "56")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || got.Ready() != tt.ready {
				t.Errorf("ready %t (-want +got)\n%s", got.Ready(), diff)
			}
		})
	}
}

// Answers that are none.
func TestAnswersAboutMediaThatFail(t *testing.T) {
	final := outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "media_refused"}
	retry := outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "x_unavailable"}
	for name, tt := range map[string]struct {
		op, answer string
		want       outcome
		detail     string
	}{
		"processing failed": {"status", `{"data":{"id":"56","processing_info":{"state":"failed","error":{"code":3,"name":"UnsupportedMedia","message":"Duration exceeds the maximum."}}}}`,
			final, "Duration exceeds the maximum."},
		"processing failed without a word": {"finalize", `{"data":{"id":"56","processing_info":{"state":"failed","progress_percent":100}}}`, final, "processing failed"},
		"errors beside nothing":            {"upload", `{"errors":[{"title":"Invalid","detail":"No."}]}`, final, "No."},
		"no id":                            {"upload", `{"data":{"media_key":"3_56"}}`, retry, "HTTP 200"},
		"what is no id":                    {"initialize", `{"data":{"id":"../56"}}`, retry, "HTTP 200"},
		"another medium's state":           {"status", `{"data":{"id":"57"}}`, retry, "HTTP 200"},
		"another medium's description":     {"describe", `{"data":{"id":"57"}}`, retry, "HTTP 200"},
		"a block page":                     {"append", failures.BlockPage, retry, "HTTP 200: Attention Required! | Cloudflare"},
		"half an answer":                   {"append", `{"data":`, retry, `HTTP 200: {"data":`},
	} {
		t.Run(name, func(t *testing.T) {
			v := fault.Judge(uploads()[tt.op](t.Context(), serve(t, says(200, tt.answer))))
			if diff := cmp.Diff(tt.want, of(v)); diff != "" || v.Reason.Detail != tt.detail {
				t.Errorf("detail %q (-want +got)\n%s", v.Reason.Detail, diff)
			}
		})
	}
}

// X may say nothing at all of a segment or a description that it takes.
func TestAnswersWithoutABody(t *testing.T) {
	for name, taken := range map[string]bool{"append": true, "describe": true, "upload": false, "initialize": false, "finalize": false, "status": false} {
		t.Run(name, func(t *testing.T) {
			err := uploads()[name](t.Context(), serve(t, says(204, "")))
			if taken != (err == nil) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Uploading again is safe: no lost answer leaves a doubt.
func TestLostAnswersAboutMedia(t *testing.T) {
	for name, handle := range losses() {
		for op := range uploads() {
			t.Run(name+": "+op, func(t *testing.T) {
				c, connections := raw(t, handle)
				err := uploads()[op](t.Context(), c)
				if v := fault.Judge(err); err == nil || v.Action != fault.Retry || v.Reason.Code != "answer_lost" {
					t.Errorf("%v: %+v", err, v)
				}
				if n := connections.Load(); n != 1 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

// A medium that cannot be read is not X's fault, whichever of the two notices first.
func TestSourcesThatFail(t *testing.T) {
	gone := errors.New("gone")
	for name, tt := range map[string]struct {
		from io.Reader
		want error
	}{
		"at once":          {iotest.ErrReader(gone), gone},
		"in the middle":    {io.MultiReader(strings.NewReader(strings.Repeat("x", 500_000)), iotest.ErrReader(gone)), gone},
		"ending too early": {strings.NewReader("abc"), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					t.Error("X got a whole request")
				}
			})
			err := c.AppendMedia(t.Context(), token, xapi.AppendMediaRequest{ID: "56", Media: tt.from, Size: 1_000_000})
			if v := fault.Judge(err); !errors.Is(err, tt.want) || v.Action != fault.Retry || v.Reason.Code != "media_unreadable" {
				t.Errorf("%v: %+v", err, v)
			}
		})
	}
}

func TestOnlyTheSizeIsRead(t *testing.T) {
	x := &record{status: 200, answer: `{"data":{"id":"56"}}`}
	from := strings.NewReader("abcdef")
	if err := serve(t, x.ServeHTTP).AppendMedia(t.Context(), token, xapi.AppendMediaRequest{ID: "56", Media: from, Size: 4}); err != nil {
		t.Fatal(err)
	}
	if got := form(t, x.requests[0].Header.Get("Content-Type"), x.bodies[0]); !strings.HasSuffix(got, ": abcd") || from.Len() != 2 {
		t.Errorf("sent %q, %d bytes left", got, from.Len())
	}
}

// endless is a source that may not be read once the call is over.
type endless struct {
	t    *testing.T
	over atomic.Bool
}

func (e *endless) Read(p []byte) (int, error) {
	if e.over.Load() {
		e.t.Error("the medium is read after the call")
	}
	return len(p), nil
}

// X may refuse before it has read all. What it says counts, as far as it comes
// through; and the source is the caller's again.
func TestARefusalBeforeTheEndOfTheBody(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, failures.Problem(403, "Forbidden", "about:blank", "Forbidden"))
	})
	for range 20 {
		from := &endless{t: t}
		err := c.AppendMedia(t.Context(), token, xapi.AppendMediaRequest{ID: "56", Media: from, Size: 64 << 20})
		from.over.Store(true)
		if v := fault.Judge(err); v.Reason.Code != "media_scope_missing" && v.Reason.Code != "answer_lost" {
			t.Fatalf("%v: %+v", err, v)
		}
	}
}

// However large a medium is, little of it is in memory.
func TestUploadsTakeConstantMemory(t *testing.T) {
	const size = 64 << 20
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); err != nil || n < size {
			t.Errorf("%d bytes came, %v", n, err)
		}
		io.WriteString(w, `{"data":{"id":"56"}}`)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.UploadMedia(t.Context(), token, xapi.UploadMediaRequest{Category: "tweet_video", ContentType: "video/mp4", Media: &endless{t: t}, Size: size})
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err != nil || got > 2<<20 {
		t.Errorf("%d bytes for %d, %v", got, size, err)
	}
}

// What moves bytes has a time-out of its own.
func TestTimeoutsOfUploads(t *testing.T) {
	c := serve(t, says(200, `{"data":{"id":"56"}}`))
	c.Timeout = time.Nanosecond
	for name, hurried := range map[string]bool{"upload": false, "append": false, "finalize": false, "initialize": true, "status": true, "describe": true} {
		if err := uploads()[name](t.Context(), c); hurried != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := c.AppendMedia(t.Context(), token, xapi.AppendMediaRequest{ID: "56", Media: small(), Size: 3, Timeout: time.Nanosecond})
	if v := fault.Judge(err); !errors.Is(err, context.DeadlineExceeded) || v.Action != fault.Retry {
		t.Errorf("%v: %+v", err, v)
	}
}

func TestUploadsDoNotRepeatTheAccessToken(t *testing.T) {
	for op, ask := range uploads() {
		err := ask(t.Context(), serve(t, says(400, failures.Problem(400, token, "about:blank", "Not with "+token))))
		if err == nil || strings.Contains(err.Error()+fault.Judge(err).Reason.Detail, token) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// The bytes of the medium are those between the boundaries, whatever they are.
func TestMediaThatLookLikeAForm(t *testing.T) {
	x := &record{status: 200, answer: `{"data":{"id":"56"}}`}
	medium := []byte("\r\n--x\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_video\r\n--x--\r\n\x00\xff")
	r := xapi.UploadMediaRequest{Category: "tweet_image", ContentType: "image/png", Media: bytes.NewReader(medium), Size: int64(len(medium))}
	if _, err := serve(t, x.ServeHTTP).UploadMedia(t.Context(), token, r); err != nil {
		t.Fatal(err)
	}
	want := "media_category (): tweet_image\nmedia (image/png): " + string(medium)
	if got := form(t, x.requests[0].Header.Get("Content-Type"), x.bodies[0]); got != want {
		t.Errorf("sent %q", got)
	}
}
