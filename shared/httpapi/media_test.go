package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/s3"
	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/blob"
	"spool/shared/httpapi"
	"spool/shared/media/mediatest"
	"spool/shared/post"
	"spool/shared/retain"
	"spool/shared/storetest"
	"spool/shared/tweet"
)

// withMedia is a world whose files are in an emulated S3, where the API may do
// what template.yaml allows. Its clock can be set.
func withMedia(t *testing.T, accounts ...account.Account) (w *world, now *time.Time) {
	t.Helper()
	server, err := s3.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.CreateBucket("media"); err != nil {
		t.Fatal(err)
	}
	policies := &iam.Policies{}
	policies.Add("KEY", "secret", iam.Principal{Name: "api"},
		iam.Statement{Actions: []string{"s3:PutObject", "s3:GetObject"}, Resources: []string{"arn:aws:s3:::media/uploads/*"}},
		iam.Statement{Actions: []string{"s3:PutObject"}, Resources: []string{"arn:aws:s3:::media/media/*"}},
		iam.Statement{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::media/media/*"}}) // for the test's own eyes
	wire := httptest.NewServer(s3.Guard(policies, server))
	t.Cleanup(wire.Close)
	w = newWorld(t, accounts...)
	start := storetest.Start()
	now = &start
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.api = (&httpapi.API{
		Posts: w.store, Files: w.store, Setup: w.setup, Waker: w.waker, Keys: w.store, KeySum: access.Sum(adminKey),
		Blobs: blob.New(aws.Config{
			Region: emulate.Region, BaseEndpoint: aws.String(wire.URL), Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", ""),
		}, "media"),
		Keeper: &retain.Keeper{Store: w.store, Now: func() time.Time { return *now }, Log: log},
		Prices: tweet.ListPrices(), Now: func() time.Time { return *now }, Log: log,
	}).Handler()
	return w, now
}

// announce announces a file and gives its id, and the address and headers of its
// upload.
func (w *world) announce(name, contentType string, b []byte) (id, address string, headers map[string]any) {
	w.t.Helper()
	sum := sha256.Sum256(b)
	status, out := w.do("POST", "/v1/media", fmt.Sprintf(`{"filename":%q,"content_type":%q,"bytes":%d,"sha256":%q}`, name, contentType, len(b), hex.EncodeToString(sum[:])))
	if status != http.StatusCreated || out["state"] != "waiting" {
		w.t.Fatalf("answered %d %v", status, out)
	}
	up := out["upload"].(map[string]any)
	return out["id"].(string), up["url"].(string), up["headers"].(map[string]any)
}

// upload announces a file and uploads it.
func (w *world) upload(name, contentType string, b []byte) (id string) {
	w.t.Helper()
	id, address, headers := w.announce(name, contentType, b)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, address, bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value.(string))
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("the upload answered %s", res.Status)
	}
	return id
}

// sample is a file of package media's tests.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "media", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsBeyondXsLimitsIsForAccountsWithPremium(t *testing.T) {
	for limit, want := range map[int]struct {
		status int
		says   string
	}{
		280:    {422, "an account with Premium, marked as such"},
		25_000: {201, "X may take it all the same, since the account has Premium"},
	} {
		w, _ := withMedia(t, account.Account{ID: "1", Username: "ada", Zone: "UTC", Limit: limit, Health: account.Connected})
		id := w.upload("large.mp4", "video/mp4", sample(t, "large.mp4"))
		_, file := w.do("GET", "/v1/media/"+id, "")
		if premium, _ := file["premium"].(map[string]any); file["state"] != "ready" || premium["code"] != "medium_dimensions" || !strings.Contains(premium["todo"].(string), "ffmpeg") {
			t.Errorf("the file is %v", file)
		}
		for path, status := range map[string]int{"/v1/preview": 200, "/v1/posts": want.status} {
			body := `{"tweets":[{"text":"a","media":[{"id":"` + id + `"}]}]}`
			if got, out := w.do("POST", path, body); got != status || !strings.Contains(fmt.Sprint(out), want.says) || !strings.Contains(fmt.Sprint(out), "1280×1026") {
				t.Errorf("limit %d: %s answers %d %v", limit, path, got, out)
			}
		}
	}
}

func TestQuickTimeIsTakenAndRefusedByWhatIsInIt(t *testing.T) {
	w, _ := withMedia(t)
	id := w.upload("a.mov", "video/quicktime", sample(t, "quicktime.mov"))
	if _, out := w.do("GET", "/v1/media/"+id, ""); out["state"] != "ready" || out["content_type"] != "video/quicktime" || out["kind"] != "video" {
		t.Errorf("it is %v", out)
	}
	p, c, err := w.store.Load(t.Context(), w.create(`{"tweets":[{"media":[{"id":"`+id+`"}]}],"draft":true}`))
	if err != nil || c.Tweets[0].Media[0].Type != "video/quicktime" {
		t.Errorf("%+v, %+v, %v", p, c, err)
	}
	id = w.upload("b.mov", "video/quicktime", sample(t, "chroma444.mov"))
	if _, out := w.do("GET", "/v1/media/"+id, ""); out["state"] != "refused" || !strings.Contains(fmt.Sprint(out["reason"]), "4:4:4") {
		t.Errorf("it is %v", out)
	}
}

func TestAnimationsThatXShowsStillHaveAHint(t *testing.T) {
	w, _ := withMedia(t)
	for name, contentType := range map[string]string{"animation.webp": "image/webp", "animation.png": "image/png", "animation.gif": "", "lossy.webp": "image/webp"} {
		if contentType == "" {
			contentType = "image/gif"
		}
		id := w.upload(name, contentType, sample(t, name))
		_, out := w.do("POST", "/v1/preview", `{"tweets":[{"text":"a","media":[{"id":"`+id+`"}]}]}`)
		want := strings.HasPrefix(name, "animation") && contentType != "image/gif"
		if got := strings.Contains(fmt.Sprint(out["findings"]), "medium_shown_still"); got != want {
			t.Errorf("%s: %v", name, out["findings"])
		}
	}
}

func TestAFileIsLookedAtOnceItIsUploaded(t *testing.T) {
	w, now := withMedia(t)
	t.Run("and waits until then", func(t *testing.T) {
		id, _, _ := w.announce("a.png", "image/png", mediatest.PNG(4, 4, 1))
		if status, out := w.do("GET", "/v1/media/"+id, ""); status != 200 || out["state"] != "waiting" || out["upload"] != nil {
			t.Errorf("answered %d %v", status, out)
		}
	})
	t.Run("a good one is ready", func(t *testing.T) {
		id := w.upload("moving.gif", "image/gif", mediatest.GIF(30, 20, 5, 1))
		status, out := w.do("GET", "/v1/media/"+id, "")
		if status != 200 || out["state"] != "ready" || out["kind"] != "gif" || out["width"] != 30.0 || out["height"] != 20.0 || out["frames"] != 5.0 {
			t.Errorf("answered %d %v", status, out)
		}
	})
	t.Run("a bad one is refused, with what is wrong", func(t *testing.T) {
		b := mediatest.JPEG(40, 40, 1)
		id := w.upload("cut.jpg", "image/jpeg", b[:len(b)/2])
		_, out := w.do("GET", "/v1/media/"+id, "")
		reason, _ := out["reason"].(map[string]any)
		if out["state"] != "refused" || reason == nil || !strings.HasPrefix(reason["sentence"].(string), "cut.jpg ") || reason["todo"] == "" {
			t.Errorf("answered %v", out)
		}
	})
	t.Run("one that nobody uses is forgotten after a day", func(t *testing.T) {
		id := w.upload("a.png", "image/png", mediatest.PNG(4, 4, 2))
		*now = now.Add(post.FileLife)
		if status, out := w.do("GET", "/v1/media/"+id, ""); status != 404 || out["code"] != "not_found" {
			t.Errorf("answered %d %v", status, out)
		}
	})
}

func TestBadAnnouncementsAreRefused(t *testing.T) {
	w, _ := withMedia(t)
	sum := strings.Repeat("ab", 32)
	for name, tc := range map[string]struct{ body, field string }{
		"a type that X does not take":  {`{"content_type":"image/avif","bytes":5,"sha256":"` + sum + `"}`, "content_type"},
		"a picture over 5 MB":          {`{"content_type":"image/png","bytes":5242881,"sha256":"` + sum + `"}`, "bytes"},
		"a GIF over 15 MB":             {`{"content_type":"image/gif","bytes":15728641,"sha256":"` + sum + `"}`, "bytes"},
		"a video over 512 MB":          {`{"content_type":"video/mp4","bytes":536870913,"sha256":"` + sum + `"}`, "bytes"},
		"nothing at all":               {`{"content_type":"video/mp4","bytes":0,"sha256":"` + sum + `"}`, "bytes"},
		"a checksum that is too short": {`{"content_type":"image/png","bytes":5,"sha256":"abcd"}`, "sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, out := w.do("POST", "/v1/media", tc.body); status != 422 || out["field"] != tc.field {
				t.Errorf("answered %d %v", status, out)
			}
		})
	}
}

func TestAPostShowsItsMedia(t *testing.T) {
	w, now := withMedia(t)
	picture, film := mediatest.PNG(9, 9, 1), make([]byte, mediatest.MinVideo())
	if _, err := mediatest.Video(mediatest.MinVideo(), 1).ReadAt(film, 0); err != nil {
		t.Fatal(err)
	}
	a, b := w.upload("a.png", "image/png", picture), w.upload("b.mp4", "video/mp4", film)
	body := fmt.Sprintf(`{"tweets":[
		{"text":"one","media":[{"id":%q,"alt_text":"noise"}],"made_with_ai":true},
		{"media":[{"id":%q}],"reply_settings":"following"},
		{"text":"which?","poll":{"options":["this","that"],"duration_minutes":60}}],
		"at":"2026-12-02T10:00:00Z"}`, a, b)
	t.Run("in its preview", func(t *testing.T) {
		_, out := w.do("POST", "/v1/preview", strings.Replace(body, `,
		"at":"2026-12-02T10:00:00Z"`, "", 1))
		posts, _ := out["tweets"].([]any)
		if len(posts) != 3 {
			t.Fatalf("answered %v", out)
		}
		shown, _ := posts[0].(map[string]any)["media"].([]any)
		if len(shown) != 1 || shown[0].(map[string]any)["kind"] != "image" || posts[2].(map[string]any)["poll"] == nil {
			t.Errorf("the posts are %v", posts)
		}
	})
	id := w.create(body)
	t.Run("in its record", func(t *testing.T) {
		_, out := w.do("GET", "/v1/posts/"+id, "")
		tweets := out["tweets"].([]any)
		first, second := tweets[0].(map[string]any), tweets[1].(map[string]any)
		if first["made_with_ai"] != true || first["media"].([]any)[0].(map[string]any)["alt_text"] != "noise" ||
			second["reply_settings"] != "following" || second["media"].([]any)[0].(map[string]any)["kind"] != "video" {
			t.Errorf("the tweets are %v", tweets)
		}
	})
	t.Run("and keeps them for good", func(t *testing.T) {
		*now = now.Add(48 * time.Hour)
		if _, out := w.do("GET", "/v1/media/"+a, ""); out["state"] != "ready" || out["expires_at"] != nil {
			t.Errorf("answered %v", out)
		}
		_, content, err := w.store.Load(t.Context(), id)
		if err != nil || content.Tweets[0].Media[0].ID != a || content.Tweets[1].Media[0].Bytes != int64(len(film)) {
			t.Errorf("stored %v, %v", content, err)
		}
	})
}

func TestMediaThatXWouldRefuseAreRefusedFirst(t *testing.T) {
	w, _ := withMedia(t)
	var pictures []string
	for n := range 5 {
		pictures = append(pictures, w.upload(fmt.Sprintf("%d.png", n), "image/png", mediatest.PNG(5, 5, uint64(n))))
	}
	again := w.upload("again.png", "image/png", mediatest.PNG(5, 5, 0))
	gif := w.upload("moving.gif", "image/gif", mediatest.GIF(8, 8, 3, 1))
	wrong := w.upload("wrong.png", "image/png", []byte("no picture"))
	waiting, _, _ := w.announce("late.png", "image/png", mediatest.PNG(5, 5, 9))
	list := func(ids ...string) string { return `[{"id":"` + strings.Join(ids, `"},{"id":"`) + `"}]` }
	for name, tc := range map[string]struct{ media, field, says string }{
		"five pictures":               {list(pictures...), "tweets[0].media", ""},
		"a GIF beside a picture":      {list(gif, pictures[0]), "tweets[0].media", "alone"},
		"the same picture twice":      {list(pictures[0], again), "tweets[0].media[1].id", "twice"},
		"a file that is no picture":   {list(wrong), "tweets[0].media[0].id", "wrong.png"},
		"a file that has not come":    {list(pictures[0], waiting), "tweets[0].media[1].id", "late.png"},
		"a file that nobody knows":    {list("nope"), "tweets[0].media[0].id", "nope"},
		"a description that is long":  {`[{"id":"` + gif + `","alt_text":"` + strings.Repeat("x", 1001) + `"}]`, "tweets[0].media[0].alt_text", ""},
		"a poll beside a picture":     {list(pictures[0]) + `,"poll":{"options":["a","b"],"duration_minutes":5}`, "tweets[0].media", ""},
		"a poll with one long answer": {`[],"poll":{"options":["a","` + strings.Repeat("b", 26) + `"],"duration_minutes":5}`, "tweets[0].poll", ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, out := w.do("POST", "/v1/posts", `{"tweets":[{"text":"x","media":`+tc.media+`}]}`)
			if said := fmt.Sprint(out["detail"]); status != 422 || !strings.HasPrefix(fmt.Sprint(out["field"]), tc.field) || !strings.Contains(said, tc.says) {
				t.Errorf("answered %d %v", status, out)
			}
		})
	}
	if posts, err := w.store.List(t.Context(), "1", "", 10); err != nil || len(posts) != 0 {
		t.Errorf("%d posts were stored, %v", len(posts), err)
	}
}

// A file that no post has needed is kept again by the post that uses it, without another upload; one that is gone is
// refused, in new posts and in copies.
func TestAFileThatNoPostNeededIsUsedAgain(t *testing.T) {
	w, now := withMedia(t)
	id := w.upload("cat.png", "image/png", mediatest.PNG(40, 30, 1))
	show := fmt.Sprintf(`{"draft":true,"tweets":[{"text":"a cat","media":[{"id":%q}]}]}`, id)
	status, first := w.do("POST", "/v1/posts", show)
	if status != http.StatusCreated {
		t.Fatal(status, first)
	}
	mark := func(change func(*post.File)) {
		t.Helper()
		files, err := w.store.Files(t.Context(), []string{id})
		if err != nil {
			t.Fatal(err)
		}
		f := files[id]
		f.Writer = post.NewWriter()
		change(&f)
		if _, err := w.store.SaveFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	again := fmt.Sprintf("/v1/posts/%s/duplicate", first["id"])
	for name, use := range map[string]func() (int, map[string]any){
		"a new post": func() (int, map[string]any) { return w.do("POST", "/v1/posts", show) },
		"a copy":     func() (int, map[string]any) { return w.do("POST", again, "") },
	} {
		mark(func(f *post.File) { f.Unused = *now })
		if status, out := use(); status != http.StatusCreated {
			t.Errorf("%s with a file that is marked: %d %v", name, status, out)
		}
		if files, err := w.store.Files(t.Context(), []string{id}); err != nil || !files[id].Unused.IsZero() {
			t.Errorf("%s leaves the mark: %v, %v", name, files[id], err)
		}
		mark(func(f *post.File) { f.Unused, f.Expires = *now, *now })
		if status, out := use(); status/100 != 4 {
			t.Errorf("%s with a file that is gone: %d %v", name, status, out)
		}
		mark(func(f *post.File) { f.Unused, f.Expires = time.Time{}, time.Time{} })
	}
}
