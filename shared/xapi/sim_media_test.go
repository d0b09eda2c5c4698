package xapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/media/mediatest"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
	"spool/shared/xapi"
)

// studio is a client of a simulated X whose clock the test moves.
type studio struct {
	*xsim.Sim
	*testing.T
	mu      sync.Mutex // guards now
	now     time.Time
	client  *xapi.Client
	uploads xapi.Uploads
	token   string
}

func newStudio(t *testing.T, change ...func(*xsim.Settings)) *studio {
	t.Helper()
	s := &studio{T: t, now: now}
	s.Sim = xsim.New(xsim.Config{Seed: 1, Now: s.clock})
	for _, f := range change {
		s.Configure(f)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	s.client = xapi.New(srv.URL)
	s.client.Now = s.clock
	s.uploads = xapi.Uploads{Client: s.client}
	s.connect()
	return s
}

func (s *studio) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *studio) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *studio) connect(scopes ...string) {
	s.Helper()
	pair, err := s.Connect("ada", scopes...)
	if err != nil {
		s.Fatal(err)
	}
	s.token = pair.AccessToken
}

// picture uploads a picture in one request.
func (s *studio) picture(seed uint64) post.Medium {
	s.Helper()
	b := mediatest.PNG(16, 16, seed)
	m := post.Medium{ID: "picture", Kind: tweet.Image, Type: "image/png", Bytes: int64(len(b)), SHA256: hexSum(bytes.NewReader(b))}
	p, err := s.uploads.Upload(s.Context(), s.token, m, bytes.NewReader(b))
	if err != nil || !p.Ready {
		s.Fatalf("%+v, %v", p, err)
	}
	m.PlatformID = p.ID
	return m
}

// segmentSize is how much of a film goes into one request.
const segmentSize = 4 << 20

// film uploads a video in segments, up to its finalization.
func (s *studio) film(size int64) (post.Medium, publish.Progress) {
	s.Helper()
	v := mediatest.Video(size, 1)
	m := post.Medium{ID: "film", Kind: tweet.Video, Type: "video/mp4", Bytes: size, SHA256: hexSum(v.Reader())}
	p, err := s.uploads.Initialize(s.Context(), s.token, m)
	if err != nil {
		s.Fatal(err)
	}
	m.PlatformID = p.ID
	for i, off := 0, int64(0); off < size; i, off = i+1, off+segmentSize {
		n := min(segmentSize, size-off)
		if err := s.uploads.Append(s.Context(), s.token, p.ID, i, io.NewSectionReader(v, off, n), n); err != nil {
			s.Fatalf("segment %d: %v", i, err)
		}
	}
	if p, err = s.uploads.Finalize(s.Context(), s.token, m.PlatformID); err != nil {
		s.Fatal(err)
	}
	return m, p
}

func hexSum(r io.Reader) string {
	h := sha256.New()
	_, _ = io.Copy(h, r) // neither can fail
	return hex.EncodeToString(h.Sum(nil))
}

// A thread of a film and of pictures: each stands on its tweet, byte for byte, and
// the texts come back without the link that X adds, in both dialects.
func TestSimulatedMedia(t *testing.T) {
	for _, dialect := range []xsim.Dialect{xsim.Documented, xsim.Specified} {
		t.Run(string(dialect), func(t *testing.T) {
			s := newStudio(t, func(c *xsim.Settings) { c.Dialect = dialect })
			film, p := s.film(9 << 20)
			for checks := 0; !p.Ready; checks++ {
				if checks == 5 || p.Check <= 0 {
					t.Fatalf("it is never ready: %+v", p)
				}
				s.advance(p.Check)
				var err error
				if p, err = s.uploads.Status(t.Context(), s.token, film.PlatformID); err != nil {
					t.Fatal(err)
				}
			}
			pictures := []post.Medium{s.picture(1), s.picture(2)}
			pictures[1].AltText = "Noise & colours"
			if err := s.uploads.Describe(t.Context(), s.token, pictures[1].PlatformID, pictures[1].AltText); err != nil {
				t.Fatal(err)
			}
			tweets := []post.Tweet{{Text: "A film", Media: []post.Medium{film}}, {Text: "See https://go.dev/", Media: pictures}, {Media: pictures[:1]}}
			s.publish(tweets)
			s.verify(tweets)
		})
	}
}

// publish posts a thread.
func (s *studio) publish(tweets []post.Tweet) {
	s.Helper()
	parent := ""
	for i, tw := range tweets {
		id, err := s.client.Create(s.Context(), s.token, tw, parent)
		if err != nil {
			s.Fatalf("tweet %d: %v", i, err)
		}
		parent = id
	}
}

// verify compares what is on X with what was posted.
func (s *studio) verify(tweets []post.Tweet) {
	s.Helper()
	type shown struct{ SHA256, AltText string }
	var want, got [][]shown
	for _, tw := range tweets {
		var all []shown
		for _, m := range tw.Media {
			all = append(all, shown{m.SHA256, m.AltText})
		}
		want = append(want, all)
	}
	posts, err := s.Timeline("ada")
	if err != nil {
		s.Fatal(err)
	}
	for _, p := range posts {
		var all []shown
		for _, m := range p.Media {
			all = append(all, shown{m.SHA256, m.AltText})
		}
		got = append(got, all)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("media (-want +got)\n%s", diff)
	}
	page, err := s.client.Timeline(s.Context(), s.token, posts[0].AuthorID, publish.Query{})
	if err != nil {
		s.Fatal(err)
	}
	slices.Reverse(page.Posts)
	for i, seen := range page.Posts {
		if seen.Text != tweets[i].Text {
			s.Errorf("tweet %d reads %q, and was %q", i, seen.Text, tweets[i].Text)
		}
	}
}

// What X refuses of media has its verdict.
func TestSimulatedRefusalsOfMedia(t *testing.T) {
	unsupported := &xsim.MediaFailure{Code: 3, Name: "UnsupportedMedia", Message: "Unsupported video codec: VP9"}
	for name, tt := range map[string]struct {
		do     func(*studio) error
		action fault.Action
		code   fault.ReasonCode
	}{
		"no media.write": {func(s *studio) error {
			s.connect("tweet.read", "tweet.write", "users.read")
			return second(s.uploads.Initialize(s.Context(), s.token, post.Medium{Kind: tweet.Video, Type: "video/mp4", Bytes: 9}))
		}, fault.Pause, "media_scope_missing"},
		"an outage": {func(s *studio) error {
			s.script(xsim.Fault{Path: "/2/media/", Status: 404, Body: `{"title":"Not Found","status":404}`})
			return second(s.uploads.Status(s.Context(), s.token, "1"))
		}, fault.Retry, "x_unavailable"},
		"a video of the wrong kind": {func(s *studio) error {
			s.script(xsim.Fault{Method: "POST", Path: "/2/media/upload/*/finalize", MediaFailure: unsupported})
			m, _ := s.film(9000)
			s.advance(time.Minute)
			return second(s.uploads.Status(s.Context(), s.token, m.PlatformID))
		}, fault.Final, "media_refused"},
		"a picture that is none": {func(s *studio) error {
			return second(s.uploads.Upload(s.Context(), s.token, post.Medium{Kind: tweet.Image, Type: "image/png", Bytes: 3}, small()))
		}, fault.Final, "media_refused"},
		"a video that is too large": {func(s *studio) error {
			return second(s.uploads.Initialize(s.Context(), s.token, post.Medium{Kind: tweet.Video, Type: "video/mp4", Bytes: 513 << 20}))
		}, fault.Final, "media_refused"},
		"an upload that X has forgotten": {func(s *studio) error {
			m, _ := s.film(9000)
			s.advance(25 * time.Hour)
			s.connect()
			return second(s.uploads.Status(s.Context(), s.token, m.PlatformID))
		}, fault.Retry, "media_not_ready"},
		"an upload that lacks a segment": {func(s *studio) error {
			p, err := s.uploads.Initialize(s.Context(), s.token, post.Medium{Kind: tweet.Video, Type: "video/mp4", Bytes: 9})
			if err != nil {
				s.Fatal(err)
			}
			return second(s.uploads.Finalize(s.Context(), s.token, p.ID))
		}, fault.Retry, "media_not_ready"},
		"a post before its video is ready": {func(s *studio) error {
			m, _ := s.film(9000)
			return second(s.client.Create(s.Context(), s.token, post.Tweet{Text: "A film", Media: []post.Medium{m}}, ""))
		}, fault.Retry, "media_not_ready"},
		"the limit of uploads": {func(s *studio) error {
			s.Configure(func(c *xsim.Settings) { c.Limits[xsim.UploadMedia] = xsim.Limit{App24h: 1} })
			m := s.picture(1)
			return second(s.uploads.Upload(s.Context(), s.token, m, bytes.NewReader(mediatest.PNG(16, 16, 1))))
		}, fault.Wait, "rate_limited"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.do(newStudio(t))
			v := fault.Judge(err)
			if err == nil || v.Action != tt.action || v.Reason.Code != tt.code || v.Reason.Transaction == "" {
				t.Errorf("%v: %+v", err, v)
			}
		})
	}
}

func (s *studio) script(f xsim.Fault) {
	s.Helper()
	if _, err := s.Fault(f); err != nil {
		s.Fatal(err)
	}
}

// second drops the first of two results.
func second[T any](_ T, err error) error { return err }
