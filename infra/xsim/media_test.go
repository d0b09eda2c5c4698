package xsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/media/mediatest"
)

// upload sends fields and a medium as a form.
func (w *world) upload(path string, fields map[string]string, media []byte) reply {
	w.t.Helper()
	return w.uploadAs(w.ada.AccessToken, path, fields, media)
}

func (w *world) uploadAs(token, path string, fields map[string]string, media []byte) reply {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			w.t.Fatal(err)
		}
	}
	if media != nil {
		part, err := form.CreateFormFile("media", "media")
		if err != nil {
			w.t.Fatal(err)
		}
		part.Write(media)
	}
	form.Close()
	return w.send("POST", path, token, form.FormDataContentType(), b.String())
}

// id is that of an answer which must be a success.
func (r reply) id(t *testing.T) string {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return r.data()["id"].(string)
}

// picture uploads a picture in one request.
func (w *world) picture(seed uint64) string {
	w.t.Helper()
	return w.upload("/2/media/upload", map[string]string{"media_category": ImageCategory}, mediatest.PNG(8, 8, seed)).id(w.t)
}

func initialization(contentType, category string, total int64) string {
	return fmt.Sprintf(`{"media_type":%q,"media_category":%q,"total_bytes":%d}`, contentType, category, total)
}

func (w *world) initialize(body string) reply {
	return w.send("POST", "/2/media/upload/initialize", w.ada.AccessToken, jsonType, body)
}

func (w *world) append(id string, index int, media []byte) reply {
	return w.upload("/2/media/upload/"+id+"/append", map[string]string{"segment_index": fmt.Sprint(index)}, media)
}

func (w *world) finalize(id string) reply {
	return w.send("POST", "/2/media/upload/"+id+"/finalize", w.ada.AccessToken, "", "")
}

func (w *world) status(id string) reply {
	return w.get("/2/media/upload?command=STATUS&media_id=" + id)
}

// chunked uploads a medium in segments up to its finalization.
func (w *world) chunked(contentType, category string, media []byte) reply {
	w.t.Helper()
	id := w.initialize(initialization(contentType, category, int64(len(media)))).id(w.t)
	half := len(media) / 2
	for i, segment := range [][]byte{media[:half], media[half:]} {
		if r := w.append(id, i, segment); r.status != http.StatusOK || r.data()["expires_at"] == nil {
			w.t.Fatalf("segment %d: %d %s", i, r.status, r.body)
		}
	}
	return w.finalize(id)
}

// with posts a text with media.
func (w *world) with(text string, media ...string) reply {
	body, err := json.Marshal(CreateRequest{Text: text, Media: &MediaField{IDs: media}})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send("POST", "/2/tweets", w.ada.AccessToken, jsonType, string(body))
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func video(t *testing.T, size int64) []byte {
	t.Helper()
	b, err := io.ReadAll(mediatest.Video(size, 1).Reader())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMediaStandOnTheirPosts(t *testing.T) {
	w := newWorld(t)
	first, second := w.picture(1), w.picture(2)
	described := w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType,
		`{"id":"`+second+`","metadata":{"alt_text":{"text":"Noise in colours"}}}`)
	if described.id(t) != second {
		t.Fatal(described.body)
	}
	if r := w.with("Look & see https://go.dev", first, second); r.status != http.StatusCreated {
		t.Fatalf("%d %s", r.status, r.body)
	}
	posts, err := w.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	size := func(seed uint64) int64 { return int64(len(mediatest.PNG(8, 8, seed))) }
	want := []PostMedium{
		{ID: first, Key: "3_" + first, Category: ImageCategory, Type: "image/png", Size: size(1), SHA256: sum(mediatest.PNG(8, 8, 1)), Picture: true},
		{ID: second, Key: "3_" + second, Category: ImageCategory, Type: "image/png", Size: size(2), SHA256: sum(mediatest.PNG(8, 8, 2)), AltText: "Noise in colours", Picture: true},
	}
	if diff := cmp.Diff(want, posts[0].Media); diff != "" {
		t.Errorf("the truth (-want +got)\n%s", diff)
	}
	p := w.listed("tweet.fields=entities,attachments")[0]
	urls := p["entities"].(map[string]any)["urls"].([]any)
	short := urls[1].(map[string]any)["url"].(string)
	if text := p["text"].(string); !strings.HasSuffix(text, " "+short) || !strings.HasPrefix(text, "Look &amp; see https://t.co/") {
		t.Errorf("the text is %q", text)
	}
	for i, id := range []string{first, second} {
		u := urls[i+1].(map[string]any)
		runes := []rune(p["text"].(string))[int(u["start"].(float64)):int(u["end"].(float64))]
		if u["url"] != short || string(runes) != short || u["media_key"] != "3_"+id || u["expanded_url"] != "https://x.com/ada/status/"+p["id"].(string)+"/photo/1" {
			t.Errorf("the link of medium %d is %v", i, u)
		}
	}
	if got, want := fmt.Sprint(p["attachments"]), fmt.Sprintf("map[media_keys:[3_%s 3_%s]]", first, second); got != want {
		t.Errorf("attachments %s, want %s", got, want)
	}
	if got := w.Bill().Uses["media_metadata"]; got != 1 {
		t.Errorf("%d descriptions are billed", got)
	}
}

func TestAPostOfMediaAloneHasTheirLinkForText(t *testing.T) {
	w := newWorld(t)
	if r := w.with("", w.picture(1)); r.status != http.StatusCreated {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if text := w.listed("")[0]["text"].(string); !strings.HasPrefix(text, "https://t.co/") || strings.Contains(text, " ") {
		t.Errorf("text %q", text)
	}
}

// Processing goes by the clock, and by X's two documents.
func TestProcessing(t *testing.T) {
	type look struct {
		after time.Duration
		info  string // processing_info, "" if there is none
	}
	for name, row := range map[string]struct {
		dialect Dialect
		failure *MediaFailure
		looks   []look
	}{
		"a video is pending, in progress, ready": {Documented, nil, []look{
			{0, "map[check_after_secs:4 progress_percent:0 state:pending]"},
			{2 * time.Second, "map[check_after_secs:2 progress_percent:50 state:in_progress]"},
			{1500 * time.Millisecond, "map[check_after_secs:1 progress_percent:87 state:in_progress]"},
			{time.Second, "map[progress_percent:100 state:succeeded]"},
		}},
		"as specified, the information disappears": {Specified, nil, []look{
			{time.Second, "map[check_after_secs:3 progress_percent:25 state:in_progress]"},
			{3 * time.Second, ""},
		}},
		"a failure says why": {Documented, &MediaFailure{3, "UnsupportedMedia", "Unsupported video codec"}, []look{
			{0, "map[check_after_secs:4 progress_percent:0 state:pending]"},
			{4 * time.Second, "map[error:map[code:3 message:Unsupported video codec name:UnsupportedMedia] progress_percent:100 state:failed]"},
		}},
		"as specified, a failure says nothing": {Specified, &MediaFailure{3, "UnsupportedMedia", "Unsupported video codec"}, []look{
			{4 * time.Second, "map[progress_percent:100 state:failed]"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *Settings) { s.Dialect = row.dialect })
			if row.failure != nil {
				w.fault(Fault{Method: "POST", Path: "/2/media/upload/*/finalize", MediaFailure: row.failure})
			}
			id := w.chunked("video/mp4", VideoCategory, video(t, 10_000)).id(t)
			for _, look := range row.looks {
				w.advance(look.after)
				got := ""
				if info, ok := w.status(id).data()["processing_info"]; ok {
					got = fmt.Sprint(info)
				}
				if got != look.info {
					t.Errorf("after %v: %s, want %s", look.after, got, look.info)
				}
			}
			want := http.StatusCreated
			if row.failure != nil {
				want = http.StatusBadRequest
			}
			if r := w.with("Film", id); r.status != want {
				t.Errorf("posted: %d %s", r.status, r.body)
			}
		})
	}
}

// Media that X does not let a post have are refused with one and the same sentence.
func TestMediaThatAPostMayNotHave(t *testing.T) {
	gif := func(w *world) string {
		id := w.chunked("image/gif", GIFCategory, mediatest.GIF(9, 9, 2, 1)).id(w.t)
		w.advance(time.Minute)
		return id
	}
	for name, pick := range map[string]func(*world) []string{
		"unknown": func(*world) []string { return []string{"1"} },
		"not finalized": func(w *world) []string {
			return []string{w.initialize(initialization("image/png", ImageCategory, 9)).id(w.t)}
		},
		"being processed": func(w *world) []string {
			return []string{w.chunked("video/mp4", VideoCategory, video(w.t, 9000)).id(w.t)}
		},
		"expired": func(w *world) []string {
			id := w.picture(1)
			w.advance(24 * time.Hour)
			w.reconnect()
			return []string{id}
		},
		"twice the same":      func(w *world) []string { id := w.picture(1); return []string{id, id} },
		"a GIF and a picture": func(w *world) []string { return []string{gif(w), w.picture(1)} },
		"two GIFs":            func(w *world) []string { return []string{gif(w), gif(w)} },
		"of another user": func(w *world) []string {
			grace := w.connect("grace")
			r := w.uploadAs(grace.AccessToken, "/2/media/upload", map[string]string{"media_category": ImageCategory}, mediatest.PNG(8, 8, 1))
			return []string{r.id(w.t)}
		},
		"not what they were announced as": func(w *world) []string {
			id := w.chunked("video/mp4", VideoCategory, mediatest.PNG(8, 8, 1)).id(w.t)
			w.advance(time.Minute)
			return []string{id}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.with("Look", pick(w)...)
			if r.status != http.StatusBadRequest || !strings.Contains(r.body, `"message":"Your media IDs are invalid."`) {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	t.Run("four pictures are allowed, and those that another shares", func(t *testing.T) {
		w := newWorld(t)
		grace := w.connect("grace")
		shared := w.uploadAs(grace.AccessToken, "/2/media/upload", map[string]string{"media_category": ImageCategory, "additional_owners": "1815120100"}, mediatest.PNG(8, 8, 9))
		if r := w.with("Look", w.picture(1), w.picture(2), w.picture(3), shared.id(t)); r.status != http.StatusCreated {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

// reconnect gives ada a fresh token.
func (w *world) reconnect() { w.ada = w.connect("ada") }

// Uploads that X refuses, step by step.
func TestUploadsThatAreRefused(t *testing.T) {
	png := mediatest.PNG(8, 8, 1)
	open := func(w *world, total int64) string {
		return w.initialize(initialization("video/mp4", VideoCategory, total)).id(w.t)
	}
	one := func(fields map[string]string, media []byte) func(*world) reply {
		return func(w *world) reply { return w.upload("/2/media/upload", fields, media) }
	}
	start := func(body string) func(*world) reply { return func(w *world) reply { return w.initialize(body) } }
	for name, row := range map[string]struct {
		do      func(*world) reply
		status  int
		message string
	}{
		"without media.write": {func(w *world) reply {
			w.ada = w.connect("ada", "tweet.read", "tweet.write", "users.read")
			return w.upload("/2/media/upload", map[string]string{"media_category": ImageCategory}, png)
		}, 403, `"detail":"Forbidden"`},
		"without a category":       {one(nil, png), 400, "$.media_category: is missing"},
		"without a medium":         {one(map[string]string{"media_category": ImageCategory}, nil), 400, "$.media: is missing"},
		"an empty medium":          {one(map[string]string{"media_category": ImageCategory}, []byte{}), 400, "media type unrecognized."},
		"a category nobody knows":  {one(map[string]string{"media_category": "image"}, png), 400, "$.media_category: does not have a value in the enumeration"},
		"a field nobody knows":     {one(map[string]string{"media_category": ImageCategory, "media_type": "image/png"}, png), 400, "$.media_type: is not defined"},
		"the old form of commands": {one(map[string]string{"command": "INIT", "media_type": "video/mp4", "total_bytes": "9"}, nil), 400, "$.command: is not defined"},
		"noise for a picture":      {one(map[string]string{"media_category": ImageCategory}, []byte("noise")), 400, "media type unrecognized."},
		"a broken picture":         {one(map[string]string{"media_category": ImageCategory}, png[:20]), 400, "media type unrecognized."},
		"a picture for a video":    {one(map[string]string{"media_category": VideoCategory}, png), 400, "media type unrecognized."},
		"a picture for messages":   {one(map[string]string{"media_category": "dm_image"}, png), 403, "You are not permitted to perform this action."},
		"a picture over 5 MB":      {one(map[string]string{"media_category": ImageCategory}, append(png, make([]byte, 5<<20)...)), 400, "File size exceeds 5242880 bytes."},
		"a type that does not fit": {start(initialization("image/png", VideoCategory, 9)), 400, "media type unrecognized."},
		"a type nobody knows":      {start(initialization("video/avi", VideoCategory, 9)), 400, "$.media_type: does not have a value in the enumeration"},
		"a GIF over 15 MB":         {start(initialization("image/gif", GIFCategory, 15<<20+1)), 400, "File size exceeds 15728640 bytes."},
		"a video over 512 MB":      {start(initialization("video/mp4", VideoCategory, 512<<20+1)), 400, "File size exceeds 536870912 bytes."},
		"a size beyond all":        {start(initialization("video/mp4", VideoCategory, 17179869185)), 400, "$.total_bytes: must be an integer between 0 and 17179869184"},
		"no size":                  {start(`{"media_type":"video/mp4","media_category":"tweet_video"}`), 400, "$.total_bytes: is missing"},
		"a size of nothing":        {start(initialization("video/mp4", VideoCategory, 0)), 400, "The media is empty."},
		"a size that is a string":  {start(`{"media_type":"video/mp4","media_category":"tweet_video","total_bytes":"9"}`), 400, "$.total_bytes: must be an integer"},
		"an unknown upload":        {func(w *world) reply { return w.append("1", 0, png) }, 400, "Invalid media_id: 1"},
		"a segment out of order":   {func(w *world) reply { return w.append(open(w, 999), 1, png[:9]) }, 400, "segments must be appended in order"},
		"a segment beyond 999":     {func(w *world) reply { return w.append(open(w, 999), 1000, png[:9]) }, 400, "$.segment_index: must be an integer between 0 and 999"},
		"a segment over 5 MB":      {func(w *world) reply { return w.append(open(w, 9<<20), 0, make([]byte, 5<<20+1)) }, 400, "$.media: must have 1 to 5242880 bytes"},
		"more than was announced":  {func(w *world) reply { return w.append(open(w, 8), 0, png[:9]) }, 400, "Segments do not add up to provided total file size."},
		"less than was announced":  {func(w *world) reply { id := open(w, 10); w.append(id, 0, png[:9]); return w.finalize(id) }, 400, "Segments do not add up to provided total file size."},
		"a segment after finalizing": {func(w *world) reply {
			id := w.chunked("video/mp4", VideoCategory, video(w.t, 9000)).id(w.t)
			return w.append(id, 2, png)
		}, 400, "Invalid media_id"},
		"finalizing twice": {func(w *world) reply {
			return w.finalize(w.chunked("video/mp4", VideoCategory, video(w.t, 9000)).id(w.t))
		}, 400, "Invalid media_id"},
		"a picture of other bytes":    {func(w *world) reply { return w.chunked("image/jpeg", ImageCategory, png) }, 400, "media type unrecognized."},
		"the state of an open upload": {func(w *world) reply { return w.status(open(w, 9)) }, 400, "Invalid media_id"},
		"the state of no id":          {func(w *world) reply { return w.get("/2/media/upload?command=STATUS&media_id=x") }, 400, "is not valid"},
		"another command":             {func(w *world) reply { return w.get("/2/media/upload?command=APPEND&media_id=1") }, 400, "is not one of [STATUS]"},
		"an expired upload": {func(w *world) reply {
			id := open(w, 9)
			w.advance(24 * time.Hour)
			w.reconnect()
			return w.append(id, 0, png[:9])
		}, 400, "Invalid media_id"},
		"1,001 characters of description": {func(w *world) reply {
			return w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType, `{"id":"1","metadata":{"alt_text":{"text":"`+strings.Repeat("é", 1001)+`"}}}`)
		}, 400, "$.metadata.alt_text.text: must be 0 to 1000 characters long"},
		"a description of nothing": {func(w *world) reply {
			return w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType, `{"id":"1","metadata":{"alt_text":{"text":"x"}}}`)
		}, 400, "Invalid media_id: 1"},
		"a form where JSON is due": {func(w *world) reply { return w.upload("/2/media/upload/initialize", nil, png) }, 400, "content-type of application/json"},
		"JSON where a form is due, without base64": {func(w *world) reply {
			return w.send("POST", "/2/media/upload", w.ada.AccessToken, jsonType, `{"media":"?","media_category":"tweet_image"}`)
		}, 400, "$.media: base64 expected"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if r := row.do(w); r.status != row.status || !strings.Contains(r.body, row.message) {
				t.Errorf("%d %s, want %d %s", r.status, r.body, row.status, row.message)
			}
		})
	}
}

// A client whose answer was lost sends a segment again; what counts is its last word.
func TestSegmentsMayComeAgain(t *testing.T) {
	w := newWorld(t)
	film := video(t, 9000)
	id := w.initialize(initialization("video/mp4", VideoCategory, 9000)).id(t)
	for i, step := range []struct {
		index  int
		media  []byte
		status int
	}{
		{0, film[:100], 200}, {0, film[:3000], 200}, {0, film[:3000], 200},
		{1, film[3000:6000], 200}, {0, film[:3000], 200}, {0, film[1:3001], 400},
		{2, film[6000:8999], 200}, {2, film[6000:], 200},
	} {
		if r := w.append(id, step.index, step.media); r.status != step.status {
			t.Fatalf("step %d: %d %s", i, r.status, r.body)
		}
	}
	w.finalize(id).id(t)
	all, err := w.Media("ada")
	if err != nil || len(all) != 1 || all[0].SHA256 != sum(film) || all[0].Segments != 3 || all[0].Size != 9000 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestMediaInBase64(t *testing.T) {
	w := newWorld(t)
	png := mediatest.PNG(8, 8, 1)
	body := fmt.Sprintf(`{"media":%q,"media_category":"tweet_image"}`, base64.StdEncoding.EncodeToString(png))
	r := w.send("POST", "/2/media/upload", w.ada.AccessToken, jsonType, body)
	if got, want := fmt.Sprint(r.data()["image"]), "map[h:8 image_type:image/png w:8]"; got != want {
		t.Errorf("image %s, want %s: %s", got, want, r.body)
	}
}

// The same text with other media is no duplicate; with the same, uploaded anew, it is.
func TestDuplicatesAreComparedByTheirMedia(t *testing.T) {
	w := newWorld(t)
	for i, row := range []struct {
		text   string
		seed   uint64
		status int
	}{{"Look", 1, 201}, {"Look", 2, 201}, {"Look", 1, 403}, {"", 1, 201}, {"", 2, 201}, {"", 1, 403}} {
		if r := w.with(row.text, w.picture(row.seed)); r.status != row.status {
			t.Errorf("post %d: %d %s", i, r.status, r.body)
		}
	}
}

func TestAnOutageOfTheMediaEndpointsIsScripted(t *testing.T) {
	w := newWorld(t)
	w.fault(Fault{Path: "/2/media/", Status: 404, Body: `{"title":"Not Found","status":404}`, Count: 2})
	if a, b := w.initialize(initialization("video/mp4", VideoCategory, 9)), w.status("1"); a.status != 404 || b.status != 404 {
		t.Errorf("%d %d", a.status, b.status)
	}
	w.picture(1)
}

func TestLimitsOfMedia(t *testing.T) {
	w := newWorld(t)
	upload := w.upload("/2/media/upload", map[string]string{"media_category": ImageCategory}, mediatest.PNG(8, 8, 1))
	film := w.chunked("video/mp4", VideoCategory, video(t, 9000))
	describe := w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType, `{"id":"`+upload.id(t)+`","metadata":{}}`)
	for name, row := range map[string]struct {
		answer     reply
		short, day [3]int
	}{
		"upload":   {upload, [3]int{500, 499, 900}, [3]int{50_000, 49_999, 86_400}},
		"finalize": {film, [3]int{1_875, 1_874, 900}, [3]int{180_000, 179_999, 86_400}},
		"append":   {w.append("1", 0, []byte("x")), [3]int{1_875, 1_872, 900}, [3]int{180_000, 179_997, 86_400}},
		"metadata": {describe, [3]int{500, 499, 900}, [3]int{50_000, 49_999, 86_400}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := row.answer.window(t, "x-rate-limit", w.at()); got != row.short {
				t.Errorf("x-rate-limit is %v, want %v", got, row.short)
			}
			if got := row.answer.window(t, "x-app-limit-24hour", w.at()); got != row.day {
				t.Errorf("x-app-limit-24hour is %v, want %v", got, row.day)
			}
		})
	}
}

// The journal tells of media by size and sum.
func TestTheJournalKeepsNoMedia(t *testing.T) {
	w := newWorld(t)
	w.picture(1)
	w.chunked("video/mp4", VideoCategory, video(t, 200_000))
	raw, err := json.Marshal(w.Journal())
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 4000 || !bytes.Contains(raw, []byte(`"media":"100000 bytes, sha256:`)) || !bytes.Contains(raw, []byte(`"segment_index":"1"`)) {
		t.Errorf("%d bytes: %s", len(raw), raw)
	}
}

func TestThePageShowsMedia(t *testing.T) {
	w := newWorld(t)
	id, large := w.picture(1), w.upload("/2/media/upload", map[string]string{"media_category": ImageCategory}, mediatest.PNG(500, 500, 1)).id(t)
	w.send("POST", "/2/media/metadata", w.ada.AccessToken, jsonType, `{"id":"`+id+`","metadata":{"alt_text":{"text":"<b>Noise</b>"}}}`).id(t)
	if r := w.with("Look", id, large); r.status != http.StatusCreated {
		t.Fatal(r.body)
	}
	page := w.send("GET", "/", "", "", "")
	pictures := find(t, page.body, "img")
	if len(pictures) != 1 || attr(pictures[0], "src") != "/__sim/media/"+id || attr(pictures[0], "alt") != "<b>Noise</b>" {
		t.Fatalf("%d pictures", len(pictures))
	}
	if figures := find(t, page.body, "figure"); len(figures) != 2 || words(figures[1]) != "image/png · 0.7 MB" {
		t.Errorf("the large picture is %q", words(figures[1]))
	}
	if !strings.Contains(page.header.Get("Content-Security-Policy"), "img-src 'self'") {
		t.Error("the page may not show it")
	}
	r := w.send("GET", "/__sim/media/"+id, "", "", "")
	if r.body != string(mediatest.PNG(8, 8, 1)) || r.header.Get("Content-Type") != "image/png" || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := w.send("GET", "/__sim/media/"+large, "", "", ""); r.status != http.StatusNotFound {
		t.Errorf("the large picture was kept: %d", r.status)
	}
}

func TestOptionsStandOnTheirPosts(t *testing.T) {
	w := newWorld(t)
	r := w.send("POST", "/2/tweets", w.ada.AccessToken, jsonType,
		`{"text":"?","poll":{"options":["a","b"],"duration_minutes":60},"reply_settings":"following","community_id":"7","made_with_ai":true,"paid_partnership":true}`)
	if r.status != http.StatusCreated {
		t.Fatal(r.body)
	}
	posts, err := w.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	p := posts[0]
	if p.Poll == nil || p.Poll.Minutes != 60 || p.ReplySetting != "following" || p.Community != "7" || !p.MadeWithAI || !p.Paid {
		t.Errorf("%+v", p)
	}
}

// What a test of another program reads and scripts by HTTP.
func TestMediaOverTheControlAPI(t *testing.T) {
	w := newWorld(t)
	w.control("POST", "faults", `{"method":"POST","path":"/2/media/upload/*/finalize","media_failure":{"code":3,"name":"UnsupportedMedia","message":"No."}}`, nil)
	w.control("POST", "settings", `{"processing_time":"1s","media_life":"1h"}`, nil)
	w.picture(1)
	w.chunked("video/mp4", VideoCategory, video(t, 9000))
	var uploads []Medium
	w.control("GET", "media?user=ada", "", &uploads)
	if len(uploads) != 2 || uploads[0].SHA256 != sum(mediatest.PNG(8, 8, 1)) || uploads[0].Failure != nil ||
		uploads[1].Failure == nil || uploads[1].Failure.Name != "UnsupportedMedia" || uploads[1].ReadyAt.Sub(start) != time.Second || uploads[1].ExpiresAt.Sub(start) != time.Hour {
		t.Errorf("%+v", uploads)
	}
}
