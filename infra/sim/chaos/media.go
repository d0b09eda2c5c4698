package chaos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"spool/infra/xsim"
	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/media/mediatest"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
	"spool/shared/xapi"
)

// segment is how much of a medium goes into one request in the worlds: a video
// of some segments has some dozen bytes.
const segment = 16

// picture is the smallest one. Behind it may stand anything.
var picture = sync.OnceValue(func() []byte { return mediatest.PNG(1, 1, 1) })

// withMedia draws whether there are any, and for how long X processes and keeps
// them.
func (t *weather) withMedia(p *picks) (processing, kept time.Duration) {
	if p.chance(0.3) {
		t.media, t.boast, t.bare = 0.4, p.chance(0.2), p.chance(0.3)
	}
	processing = []time.Duration{0, 4 * time.Second, 30 * time.Second}[p.upTo(2)]
	kept = []time.Duration{24 * time.Hour, 3 * time.Hour, time.Hour}[p.upTo(2)]
	if p.chance(0.05) { // Spool gives up after 60 minutes
		processing, kept = p.span(70*time.Minute), 24*time.Hour
	}
	return processing, kept
}

// gallery gives a tweet nothing to show, up to four pictures, a GIF or a video. Some
// are shown by several tweets, and of several posts.
func (w *World) gallery(p *picks) []post.Medium {
	if !p.chance(w.weather.media) {
		return nil
	}
	if p.chance(0.4) {
		name := fmt.Sprintf("film %d%s", p.upTo(5), strings.Repeat(".", p.upTo(3*segment)))
		if p.chance(0.5) {
			return []post.Medium{w.keep(tweet.GIF, "image/gif", "GIF89a", name)}
		}
		return []post.Medium{w.keep(tweet.Video, "video/mp4", "\x00\x00\x00\x20ftypisom", "moving "+name)}
	}
	var shown []post.Medium
	first := p.upTo(9)
	for i := range 1 + p.upTo(3) {
		shown = append(shown, w.keep(tweet.Image, "image/png", string(picture()), fmt.Sprintf("picture %d", first+i)))
	}
	return shown
}

// keep keeps a file, and gives it as tweets show it.
func (w *World) keep(kind tweet.MediumKind, contentType, head, name string) post.Medium {
	content := []byte(head + name)
	sum := sha256.Sum256(content)
	m := post.Medium{
		ID: name, Kind: kind, Type: contentType, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
	}
	if len(name)%2 == 0 {
		m.AltText = "described: " + name
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[m.Key()] = content
	return m
}

// files is S3 as a process reaches it: slowly, and not always.
type files struct{ p *process }

var _ publish.Files = files{}

func (f files) Open(ctx context.Context, key string, _ int64) io.ReaderAt { return file{f.p, ctx, key} }

// file is one of them. It is read while its request is made, so it needs the
// context.
type file struct {
	p   *process
	ctx context.Context
	key string
}

func (f file) ReadAt(b []byte, off int64) (int, error) {
	w := f.p.w
	n, what := f.p.step(ofFiles, w.weather.store, "read of a file", []string{"unreachable", "slow", "gone"})
	if what != "" {
		w.struck(ofFiles, n, "file "+what)
	}
	switch what {
	case "gone":
		return 0, fault.New(fault.NotFound, "There is no such file.")
	case "unreachable":
		return 0, errors.New("S3 answers: SlowDown")
	case "slow":
		if err := clock.Sleep(f.ctx, w.span(ofFiles, n+1<<40, 40*time.Second)); err != nil {
			return 0, err
		}
	}
	w.mu.Lock()
	content := w.files[f.key]
	w.mu.Unlock()
	return bytes.NewReader(content).ReadAt(b, off)
}

// aboutMedia tells requests that upload media.
func aboutMedia(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/2/media/") }

// lateMedia lets X take a request about media after its sender has given up.
func (n *network) lateMedia(r *http.Request, call uint64) {
	again := r.Clone(context.Background()) // its body is in memory
	n.p.w.after(n.p.w.span(ofNetwork, call+1<<40, 2*time.Minute), func() {
		if res, err := n.x.RoundTrip(again); err == nil {
			_ = res.Body.Close()
		}
	})
}

// badMedium lets X's processing of what the request ends come to nothing.
func (n *network) badMedium(r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != uploadPath && !strings.HasSuffix(r.URL.Path, "/finalize") {
		return // it does not end an upload
	}
	why := xsim.MediaFailure{Code: 3, Name: "UnsupportedMedia", Message: "no codec"}
	if _, err := n.p.w.sim.Fault(xsim.Fault{Method: r.Method, Path: r.URL.Path, MediaFailure: &why}); err != nil {
		panic(err)
	}
}

// uploadPath is where media go, and the beginning of most that is about them.
const uploadPath = "/2/media/upload"

// expires is where X says for how long it keeps a medium.
var expires = regexp.MustCompile(`"expires_after_secs":\d+`)

// boast lets X say that it keeps media for a day, though it does not.
func boast(res *http.Response) {
	body, _ := io.ReadAll(res.Body) // from memory
	res.Body = io.NopCloser(bytes.NewReader(expires.ReplaceAll(body, []byte(`"expires_after_secs":86400`))))
}

// witness sees tweets leave for X.
type witness struct {
	*xapi.Client
	w *World
}

// Create is a tweet that leaves.
func (x witness) Create(ctx context.Context, token string, t post.Tweet, parent string) (string, error) {
	if x.w.weather.media > 0 {
		x.w.checkMediaOf(t, parent)
	}
	return x.Client.Create(ctx, token, t, parent)
}

// checkMediaOf: of a tweet that leaves, and of those behind it, X has the media. Where
// posts begin alike, it is the tweet of one of them.
func (w *World) checkMediaOf(t post.Tweet, parent string) {
	all, err := w.sim.Media(user)
	if err != nil {
		panic(err) // the account is there from the beginning
	}
	var wrong []string
	for _, id := range w.ids {
		p, c := w.load(id)
		if p.Attempt == nil || p.Parent() != parent || !alike(c.Tweets[p.Next()], t) {
			continue
		}
		lacking := slices.IndexFunc(c.Media(p.Next()), func(m post.Medium) bool {
			return !slices.ContainsFunc(all, func(at xsim.Medium) bool { return w.shows(at, m) })
		})
		if lacking < 0 {
			return
		}
		wrong = append(wrong, fmt.Sprintf("tweet %d of %s leaves at %v, and X does not have %q",
			p.Next()+1, id, time.Since(w.start), c.Media(p.Next())[lacking].ID))
	}
	for _, say := range wrong {
		w.say("%s", say)
	}
}

// alike reports whether two tweets say and show the same.
func alike(a, b post.Tweet) bool {
	return a.Text == b.Text && slices.EqualFunc(a.Media, b.Media, func(a, b post.Medium) bool {
		return a.Digest() == b.Digest()
	})
}

// showing reports whether a tweet on X shows these media.
func showing(t xsim.Post, want []post.Medium) bool {
	return slices.EqualFunc(t.Media, want, func(got xsim.PostMedium, m post.Medium) bool {
		return got.SHA256 == m.SHA256 && got.AltText == m.AltText
	})
}

// shows reports whether an upload is a medium that tweets can show. That X forgot
// it earlier than it had said is not Spool's fault.
func (w *World) shows(at xsim.Medium, m post.Medium) bool {
	now := time.Now()
	return at.SHA256 == m.SHA256 && at.AltText == m.AltText && at.Failure == nil && !at.Finalized.IsZero() &&
		!now.Before(at.ReadyAt) && (w.weather.boast || now.Before(at.ExpiresAt))
}

// checkShown: the tweet shows its media, and nothing else.
func (w *World) checkShown(id string, position int, t xsim.Post, want []post.Medium) {
	if !showing(t, want) {
		w.say("tweet %d of %s shows %v, want %v", position, id, t.Media, want)
	}
}
