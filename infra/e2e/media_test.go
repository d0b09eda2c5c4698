package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"spool/infra/sim/owner"
	"spool/infra/xsim"
	"spool/shared/media/mediatest"
)

// bigMedia names the variable that sets the sizes of the videos of
// TestAVideoIsPublishedInConstantMemory, in MB: SPOOL_TEST_VIDEO_MB=100,512.
const bigMedia = "SPOOL_TEST_VIDEO_MB"

// medium is a file as the API knows it.
type medium struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Kind   string `json:"kind"`
	Reason *struct{ Code, Sentence, Todo string }
	Upload struct {
		Method, URL string
		Headers     map[string]string
	}
}

// upload announces a file, uploads it and waits until it was looked at.
func (s *system) upload(t *testing.T, name, contentType string, file io.ReaderAt, size int64) (id, sum string) {
	t.Helper()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, size)); err != nil {
		t.Fatal(err)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	var m medium
	if err := s.owner.Do(t.Context(), "POST", "/v1/media", map[string]any{
		"filename": name, "content_type": contentType, "bytes": size, "sha256": sum,
	}, &m); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), m.Upload.Method, m.Upload.URL, io.NewSectionReader(file, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = size
	for name, value := range m.Upload.Headers {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if answer, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		t.Fatalf("the upload of %s answered %s: %s", name, res.Status, answer)
	}
	if err := s.owner.Do(t.Context(), "GET", "/v1/media/"+m.ID, nil, &m); err != nil {
		t.Fatal(err)
	}
	if m.State != "ready" {
		t.Fatalf("%s is %s because of %+v", name, m.State, m.Reason)
	}
	return m.ID, sum
}

// show is a tweet as the API takes it.
type show struct {
	Text  string              `json:"text"`
	Media []map[string]string `json:"media,omitempty"`
}

// shown checks that each of the post's tweets shows the files of these sums, and
// that nothing is on the timeline twice.
func (s *system) shown(t *testing.T, p owner.Post, sums [][]string) {
	t.Helper()
	timeline, err := s.Simulator.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]xsim.Post{}
	for _, post := range timeline {
		byID[post.ID] = post
	}
	if len(timeline) != len(sums) {
		t.Errorf("the timeline has %d tweets, want %d", len(timeline), len(sums))
	}
	for i, want := range sums {
		var got []string
		for _, m := range byID[p.Tweets[i].PlatformPostID].Media {
			got = append(got, m.SHA256)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("tweet %d shows %v, want %v", i+1, got, want)
		}
	}
}

// TestAThreadWithMediaSurvivesAKill publishes 10 tweets with 12 pictures, a GIF
// and a video, and kills the worker while the video is on its way.
func TestAThreadWithMediaSurvivesAKill(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	// X takes its time, so that the kill meets a segment under way, and the lease
	// has to be renewed.
	if _, err := s.Simulator.Fault(xsim.Fault{Method: "POST", Path: "/2/media/upload/*/append", Count: -1, Delay: 700 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	tweets, sums := make([]show, 10), make([][]string, 10)
	add := func(i int, name, contentType, alt string, file io.ReaderAt, size int64) {
		id, sum := s.upload(t, name, contentType, file, size)
		ref := map[string]string{"id": id}
		if alt != "" {
			ref["alt_text"] = alt
		}
		tweets[i].Media, sums[i] = append(tweets[i].Media, ref), append(sums[i], sum)
	}
	for i := range tweets {
		tweets[i].Text = fmt.Sprintf("Tweet %d", i+1)
	}
	for n := range 12 {
		b := mediatest.PNG(40, 30, uint64(n))
		add(n/4, fmt.Sprintf("picture%d.png", n), "image/png", fmt.Sprintf("Picture %d", n), bytes.NewReader(b), int64(len(b)))
	}
	gif := mediatest.GIF(30, 20, 5, 1)
	add(5, "moving.gif", "image/gif", "It moves", bytes.NewReader(gif), int64(len(gif)))
	video := mediatest.Video(30<<20, 1)
	add(9, "film.mp4", "video/mp4", "", video, video.Size())

	var p owner.Post
	if err := s.owner.Do(t.Context(), "POST", "/v1/posts", map[string]any{"tweets": tweets}, &p); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	killed, progress := false, false
	_, err := s.owner.Watch(ctx, p.ID, func(p owner.Post) { progress = progress || p.SubStatus == "media_uploading" }, func(owner.Post) bool {
		segments := 0
		for _, e := range s.Simulator.Journal() {
			if strings.HasSuffix(e.Path, "/append") {
				segments++
			}
		}
		if segments >= 5 && !killed {
			killed = s.kill(t, "PublishFunction") > 0
		}
		return killed
	})
	if err != nil {
		t.Fatal(err)
	}
	if !progress {
		t.Error("the record never said that media were uploaded")
	}
	s.shown(t, s.finished(t, p.ID), sums)
}

func TestABadFileIsRefusedBeforeAnythingIsScheduled(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	b := mediatest.PNG(40, 30, 1)
	b = b[:len(b)/2]
	sum := sha256.Sum256(b)
	var m medium
	if err := s.owner.Do(t.Context(), "POST", "/v1/media", map[string]any{
		"filename": "half.png", "content_type": "image/png", "bytes": len(b), "sha256": hex.EncodeToString(sum[:]),
	}, &m); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "PUT", m.Upload.URL, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range m.Upload.Headers {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", res, err)
	}
	res.Body.Close()
	err = s.owner.Do(t.Context(), "POST", "/v1/posts", map[string]any{"tweets": []show{{Text: "x", Media: []map[string]string{{"id": m.ID}}}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "half.png") {
		t.Errorf("got %v, want a refusal that names the file", err)
	}
}

// TestAVideoIsPublishedInConstantMemory watches the resident memory of publish
// while a video goes out: of 40 MB, or of the sizes in SPOOL_TEST_VIDEO_MB.
func TestAVideoIsPublishedInConstantMemory(t *testing.T) {
	sizes := []int64{40}
	if text := os.Getenv(bigMedia); text != "" {
		sizes = nil
		for part := range strings.SplitSeq(text, ",") {
			mb, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", bigMedia, err)
			}
			sizes = append(sizes, mb)
		}
	}
	s := start(t, nil)
	for i, mb := range sizes {
		video := mediatest.Video(mb<<20, uint64(i))
		id, sum := s.upload(t, "film.mp4", "video/mp4", video, video.Size())
		var p owner.Post
		in := map[string]any{"tweets": []show{{Text: fmt.Sprintf("A film of %d MB", mb), Media: []map[string]string{{"id": id}}}}}
		if err := s.owner.Do(t.Context(), "POST", "/v1/posts", in, &p); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		peak := int64(0)
		p, err := s.owner.Watch(ctx, p.ID, func(owner.Post) { peak = max(peak, s.resident(t, "PublishFunction")) }, owner.Post.Final)
		if err != nil || p.Status != "published" {
			t.Fatalf("it is %s because of %+v: %v", p.Status, p.FailReason, err)
		}
		t.Logf("publish had at most %d MB resident for a video of %d MB", peak>>20, mb)
		if peak == 0 || peak > 128<<20 {
			t.Errorf("publish had %d MB resident, want at most 128", peak>>20)
		}
		timeline, err := s.Simulator.Timeline("ada")
		if err != nil || len(timeline) != i+1 || len(timeline[i].Media) != 1 || timeline[i].Media[0].SHA256 != sum {
			t.Errorf("the timeline does not end with the video: %d tweets, %v", len(timeline), err)
		}
	}
}

// resident is the largest resident memory that a process of the function has had,
// in bytes; 0 where the system does not tell.
func (s *system) resident(t *testing.T, function string) (peak int64) {
	t.Helper()
	for _, p := range s.Function(function).Processes() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID))
		if err != nil {
			continue // it has ended, or this is no Linux
		}
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				if kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
					peak = max(peak, kb<<10)
				}
			}
		}
	}
	return peak
}
