package publish_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/media/mediatest"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
	"spool/shared/xapi"
)

// shelf keeps files in memory.
type shelf map[string]io.ReaderAt

func (s shelf) Open(_ context.Context, key string, _ int64) io.ReaderAt {
	if f, ok := s[key]; ok {
		return f
	}
	return gone{}
}

// gone is a file that is not there.
type gone struct{}

func (gone) ReadAt([]byte, int64) (int, error) {
	return 0, fault.New(fault.NotFound, "The file is not there.")
}

// put adds a file, and gives it as a tweet shows it.
func (s shelf) put(kind tweet.MediumKind, contentType, altText string, file io.ReaderAt, size int64) post.Medium {
	sum := sha256.New()
	io.Copy(sum, io.NewSectionReader(file, 0, size))
	m := post.Medium{ID: post.NewID(), Kind: kind, Type: contentType, Bytes: size,
		SHA256: hex.EncodeToString(sum.Sum(nil)), AltText: altText}
	s[m.Key()] = file
	return m
}

func (s shelf) picture(seed uint64) post.Medium {
	b := mediatest.PNG(8, 8, seed)
	return s.put(tweet.Image, "image/png", fmt.Sprintf("picture %d", seed), bytes.NewReader(b), int64(len(b)))
}

// segment is how much of a medium the tests send in one request: little, since
// they send it often.
const segment = 64 << 10

func (s shelf) video(segments int) post.Medium {
	v := clip()[:segments*segment]
	return s.put(tweet.Video, "video/mp4", "", bytes.NewReader(v), int64(len(v)))
}

// clip is a video of 15 segments, made once. The simulator looks at no more of a
// video than its first bytes, so that a part of it is one too.
var clip = sync.OnceValue(func() []byte {
	b, err := io.ReadAll(mediatest.Video(15*segment, 1).Reader())
	if err != nil {
		panic(err) // it is read from memory
	}
	return b
})

// withMedia is a rig whose publisher has media.
func withMedia(t *testing.T, test func(*rig, shelf)) {
	t.Helper()
	inVirtualTime(t, func(r *rig) {
		files := shelf{}
		r.pub.Media = publish.Media{X: xapi.Uploads{Client: r.pub.X.(*xapi.Client)}, Files: files, Uploads: r.mem,
			Segment: segment}
		test(r, files)
	})
}

// show stores a post of one tweet for each list of media, for a time.
func (r *rig) show(at time.Time, media ...[]post.Medium) (post.Post, post.Content) {
	r.t.Helper()
	c := post.Content{Version: 1}
	for i, m := range media {
		c.Tweets = append(c.Tweets, post.Tweet{Text: fmt.Sprintf("Tweet %d of %v", i+1, at.Unix()), Media: m})
	}
	p, err := r.mem.Create(r.ctx, post.New(time.Now(), ada, c, at, "UTC"), c)
	if err != nil {
		r.t.Fatal(err)
	}
	return p, c
}

// gallery is a thread with pictures, nothing, and a video of three segments.
func gallery(files shelf) [][]post.Medium {
	return [][]post.Medium{{files.picture(1), files.picture(2)}, nil, {files.video(3)}}
}

// wantShown checks that the thread is out once, each medium on its tweet.
func (r *rig) wantShown(p post.Post, c post.Content) {
	r.t.Helper()
	var texts []string
	for _, t := range c.Tweets {
		texts = append(texts, t.Text)
	}
	r.wantPublished(p, texts...)
	timeline, err := r.sim.Timeline("ada")
	if err != nil {
		r.t.Fatal(err)
	}
	for i, t := range c.Tweets {
		for _, tw := range timeline {
			if tw.ID != p.Published[i].ID {
				continue
			}
			var want, got []string
			for _, m := range t.Media {
				want = append(want, m.SHA256+" "+m.AltText)
			}
			for _, m := range tw.Media {
				got = append(got, m.SHA256+" "+m.AltText)
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				r.t.Errorf("tweet %d shows\n%q, want\n%q", i+1, got, want)
			}
		}
	}
}

// uploads counts the requests that upload bytes to X.
func (r *rig) uploads() (n int) {
	for _, e := range r.sim.Journal() {
		if e.Method == "POST" && (e.Path == "/2/media/upload" || strings.HasSuffix(e.Path, "/append")) {
			n++
		}
	}
	return n
}

func TestAllMediaAreAtXBeforeTheFirstTweet(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		p, c := r.show(time.Now(), gallery(files)...)
		p = r.finish(p.ID, 4)
		r.wantShown(p, c)
		out := false
		for _, e := range r.sim.Journal() {
			out = out || e.Path == "/2/tweets"
			if out && strings.HasPrefix(e.Path, "/2/media") {
				t.Errorf("%s %s came after a tweet", e.Method, e.Path)
			}
		}
		if n := r.uploads(); n != 2+3 {
			t.Errorf("%d uploads, want 2 pictures and 3 segments", n)
		}
	})
}

func TestMediaAreReadyWhenTheSecondBegins(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		at := time.Now().Add(time.Hour)
		p, c := r.show(at, gallery(files)...)
		time.Sleep(time.Until(at.Add(-post.MediaPreparation)))
		for r.load(p.ID).Sub != post.MediaUploaded {
			r.publish(p.ID)
			time.Sleep(time.Second)
		}
		if r.creates() != 0 || !r.load(p.ID).Due.Equal(at) {
			t.Fatalf("%d tweets are out early; it is due at %v, want %v", r.creates(), r.load(p.ID).Due, at)
		}
		time.Sleep(time.Until(at.Add(-time.Second)))
		p = r.publish(p.ID)
		r.wantShown(p, c)
		if first := p.Published[0].PostedAt; first.Before(at) || first.After(at.Add(time.Second)) {
			t.Errorf("the first tweet was out at %v, want %v", first, at)
		}
	})
}

func TestMediaThatXHasAreNotUploadedAgain(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		media := gallery(files)
		first, _ := r.show(time.Now(), media...)
		r.finish(first.ID, 4)
		before := r.uploads()
		t.Run("while X keeps them", func(t *testing.T) {
			time.Sleep(time.Hour)
			second, c := r.show(time.Now(), media...)
			r.wantShown(r.finish(second.ID, 2), c)
			if n := r.uploads() - before; n != 0 {
				t.Errorf("%d uploads, want none", n)
			}
		})
		t.Run("but when X soon forgets them", func(t *testing.T) {
			time.Sleep(22 * time.Hour)
			r.connect()
			third, c := r.show(time.Now(), media...)
			r.wantShown(r.finish(third.ID, 4), c)
			if n := r.uploads() - before; n != 5 {
				t.Errorf("%d uploads, want all 5", n)
			}
		})
	})
}

func TestMediaThatXKeepsForAnHourAreUploadedOnce(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		r.sim.Configure(func(s *xsim.Settings) { s.MediaLife = time.Hour })
		p, c := r.show(time.Now(), gallery(files)...)
		r.wantShown(r.finish(p.ID, 4), c)
		if n := r.uploads(); n != 5 {
			t.Errorf("%d uploads, want 5", n)
		}
	})
}

func TestAVideoThatXForgetsWhileItProcessesItIsGivenUp(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		r.sim.Configure(func(s *xsim.Settings) { s.MediaLife, s.ProcessingTime = 10*time.Minute, 20*time.Minute })
		p, _ := r.show(time.Now(), []post.Medium{files.video(1)})
		r.wantStopped(r.finish(p.ID, 4000), post.Failed, "", "media_not_ready")
	})
}

func TestADoubtfulTweetIsSentAgainOnlyWhenXHasAllMediaAgain(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		r.fault(xsim.Fault{Drop: xsim.DropBefore})
		p, c := r.show(time.Now(), nil, []post.Medium{files.picture(1)})
		r.publish(p.ID)
		time.Sleep(23 * time.Hour) // Spool is down; X forgets the picture
		r.connect()
		r.wantShown(r.finish(p.ID, 12), c)
		var order []string
		for _, e := range r.sim.Journal() {
			if e.Path == "/2/media/upload" || e.Path == "/2/tweets" {
				order = append(order, e.Path)
			}
		}
		want := []string{"/2/media/upload", "/2/tweets", "/2/media/upload", "/2/tweets", "/2/tweets"}
		if !slices.Equal(order, want) {
			t.Errorf("X was asked for %v, want %v", order, want)
		}
	})
}

func TestWhatXForgotIsUploadedAgain(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		r.fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Status: 400, Body: `{"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request"}`})
		p, c := r.show(time.Now(), gallery(files)...)
		r.wantShown(r.finish(p.ID, 8), c)
		if n := r.uploads(); n != 5+2 {
			t.Errorf("%d uploads, want the 2 pictures of the refused tweet again", n)
		}
	})
}

func TestABadMediumStopsTheThreadBeforeItsFirstTweet(t *testing.T) {
	for name, tc := range map[string]struct {
		trouble func(*rig, shelf, [][]post.Medium)
	}{
		"X cannot process it": {func(r *rig, _ shelf, _ [][]post.Medium) {
			r.fault(xsim.Fault{Method: "POST", Path: "/2/media/upload/*/finalize",
				MediaFailure: &xsim.MediaFailure{Code: 3, Name: "UnsupportedMedia", Message: "no audio"}})
		}},
		"its file is gone": {func(_ *rig, files shelf, media [][]post.Medium) { delete(files, media[2][0].Key()) }},
	} {
		t.Run(name, func(t *testing.T) {
			withMedia(t, func(r *rig, files shelf) {
				media := gallery(files)
				video := files[media[2][0].Key()]
				tc.trouble(r, files, media)
				p, c := r.show(time.Now(), media...)
				p = r.finish(p.ID, 4)
				if p.Status != post.Failed || p.Reason == nil || !strings.HasPrefix(p.Reason.Sentence, "Medium 1 of tweet 3: ") {
					t.Fatalf("it is %s because of %+v", p.Status, p.Reason)
				}
				if r.creates() != 0 {
					t.Errorf("%d tweets went out", r.creates())
				}
				files[media[2][0].Key()] = video
				r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
				r.wantShown(r.finish(p.ID, 4), c)
			})
		})
	}
}

// requestsOfMedia are the requests by which media get to X.
var requestsOfMedia = []xsim.Fault{
	{Method: "POST", Path: "/2/media/upload"}, {Method: "POST", Path: "/2/media/upload/initialize"},
	{Method: "POST", Path: "/2/media/upload/*/append", Nth: 2},
	{Method: "POST", Path: "/2/media/upload/*/finalize"}, {Method: "GET", Path: "/2/media/upload"},
	{Method: "POST", Path: "/2/media/metadata"},
}

func TestTroubleWithMediaIsOvercome(t *testing.T) {
	for name, trouble := range map[string]func(*xsim.Fault){
		"an answer that is lost":  func(f *xsim.Fault) { f.Drop = xsim.DropAfter },
		"a request that is lost":  func(f *xsim.Fault) { f.Drop = xsim.DropBefore },
		"an outage that says 404": func(f *xsim.Fault) { f.Status, f.Count = http.StatusNotFound, 3 },
		"an outage that says 503": func(f *xsim.Fault) { f.Status, f.Count = http.StatusServiceUnavailable, 3 },
		"a stale token":           func(f *xsim.Fault) { f.Status = http.StatusUnauthorized },
		"a limit":                 func(f *xsim.Fault) { f.Status = http.StatusTooManyRequests },
	} {
		for _, f := range requestsOfMedia {
			t.Run(name+" at "+f.Method+" "+f.Path, func(t *testing.T) {
				withMedia(t, func(r *rig, files shelf) {
					trouble(&f)
					r.fault(f)
					p, c := r.show(time.Now(), gallery(files)...)
					r.wantShown(r.finish(p.ID, 12), c)
				})
			})
		}
	}
}

// TestAWorkerMayDieAtAnyMomentOfAnUpload ends the first worker after each second
// of its work, of which each request takes one.
func TestAWorkerMayDieAtAnyMomentOfAnUpload(t *testing.T) {
	for second := range 16 {
		t.Run(fmt.Sprintf("after %d seconds", second), func(t *testing.T) {
			withMedia(t, func(r *rig, files shelf) {
				r.fault(xsim.Fault{Method: "POST", Path: "/2/media/", Count: -1, Delay: time.Second})
				p, c := r.show(time.Now(), gallery(files)...)
				ctx, kill := context.WithCancel(r.ctx)
				time.AfterFunc(time.Duration(second)*time.Second+time.Second/2, kill)
				_ = r.pub.Publish(ctx, alone(p.ID)) // dead workers do not answer
				r.wantShown(r.finish(p.ID, 6), c)
			})
		})
	}
}

// sent is how much of the media the record says X has.
func sent(p post.Post) int64 {
	if p.Media == nil {
		return 0
	}
	return p.Media.Sent
}

func TestAnUploadIsLongerThanARun(t *testing.T) {
	withMedia(t, func(r *rig, files shelf) {
		r.fault(xsim.Fault{Method: "POST", Path: "/2/media/", Count: -1, Delay: 3 * time.Second})
		p, c := r.show(time.Now(), []post.Medium{files.video(15)})
		runs := 0
		for r.load(p.ID).Sub != post.MediaUploaded && runs < 20 {
			runs++
			before := r.load(p.ID)
			time.Sleep(time.Until(before.Due))
			after := r.publish(p.ID)
			if after.Sub == post.MediaUploading && after.Media.Sent <= sent(before) && after.Media.Sent < after.Media.Total {
				t.Errorf("run %d brought it from %d to %d bytes", runs, sent(before), after.Media.Sent)
			}
			if after.Status == post.Published {
				break
			}
		}
		if runs < 3 {
			t.Errorf("%d runs: too few for what is tested", runs)
		}
		r.wantShown(r.finish(p.ID, 6), c)
		if n := r.uploads(); n != 15 {
			t.Errorf("%d segments were sent, want each of the 15 once", n)
		}
	})
}
