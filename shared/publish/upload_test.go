package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// This file holds the step in which media are uploaded to X to its exact waits and
// limits, and to which request follows which.

// studio is X's part: it notes the requests, and answers with what the test says.
type studio struct {
	asked    []string
	begun    time.Time
	answers  []Progress // of the requests that are answered with one, in order; the last again and again
	refusals map[string]error
}

func (s *studio) note(what string, args ...any) (Progress, error) {
	s.asked = append(s.asked, fmt.Sprintf("%v ", time.Since(s.begun))+fmt.Sprintf(what, args...))
	err := s.refusals[strings.Fields(what)[0]]
	if len(s.answers) == 0 || err != nil {
		return Progress{}, err
	}
	p := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return p, nil
}

func (s *studio) Upload(_ context.Context, token string, m post.Medium, from io.Reader) (Progress, error) {
	b, err := io.ReadAll(from)
	if err != nil {
		return Progress{}, err
	}
	return s.note("upload %s: %d bytes", m.ID, len(b))
}

func (s *studio) Status(_ context.Context, token, id string) (Progress, error) {
	return s.note("status %s", id)
}

func (s *studio) Describe(_ context.Context, token, id, altText string) error {
	s.asked = append(s.asked, fmt.Sprintf("%v describe %s: %s", time.Since(s.begun), id, altText))
	return s.refusals["describe"]
}

func (s *studio) Initialize(_ context.Context, token string, m post.Medium) (Progress, error) {
	return s.note("initialize %s", m.ID)
}

func (s *studio) Append(_ context.Context, token, id string, segment int, from io.Reader, size int64) error {
	b, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	s.asked = append(s.asked, fmt.Sprintf("%v append %s %d: %d of %d bytes", time.Since(s.begun), id, segment, len(b),
		size))
	return s.refusals["append"]
}

func (s *studio) Finalize(_ context.Context, token, id string) (Progress, error) {
	return s.note("finalize %s", id)
}

// Open gives a file of zeros, or one that cannot be read.
func (s *studio) Open(_ context.Context, key string, size int64) io.ReaderAt {
	if err := s.refusals[key]; err != nil {
		return unreadableFile{err}
	}
	return strings.NewReader(strings.Repeat("0", int(size)))
}

type unreadableFile struct{ err error }

func (f unreadableFile) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// film and photo are media of ten bytes; a segment has four.
var (
	film  = post.Medium{ID: "film", SHA256: "f", Kind: tweet.Video, Bytes: 10, AltText: "a film"}
	photo = post.Medium{ID: "photo", SHA256: "p", Kind: tweet.Image, Bytes: 10}
)

// inStudio holds a run that has taken a post whose second tweet shows media.
func inStudio(t *testing.T, media []post.Medium, test func(*bench, *studio)) {
	t.Helper()
	onBench(t, func(b *bench) {
		s := &studio{begun: b.begun, refusals: map[string]error{}}
		b.preparing(media...)
		b.uploads.Media = Media{X: s, Files: s, Uploads: b.paper, Segment: 4}
		test(b, s)
	})
}

// wantAsked holds the requests against what they should be.
func (b *bench) wantAsked(s *studio, want ...string) {
	b.t.Helper()
	if got := strings.Join(s.asked, "\n"); got != strings.Join(want, "\n") {
		b.t.Errorf("X was asked\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// day is an upload that X keeps for a day.
func (b *bench) day(p Progress) Progress {
	p.Expires = b.begun.Add(24 * time.Hour)
	return p
}

func TestHowAFilmGetsToX(t *testing.T) {
	inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
		s.answers = []Progress{
			b.day(Progress{ID: "m1", Key: "7_m1"}), b.day(Progress{ID: "m1", Key: "7_m1", Check: 4 * time.Second}),
			b.day(Progress{ID: "m1", Key: "7_m1", Check: 6 * time.Second}), b.day(Progress{ID: "m1", Key: "7_m1", Ready: true}),
		}
		b.want("reload, publishing/media_uploaded, due 10s", b.uploadAll(b.content.Media(1)))
		b.wantAsked(s,
			"0s initialize film", "0s append m1 0: 4 of 4 bytes", "0s append m1 1: 4 of 4 bytes", "0s append m1 2: 2 of 2 bytes",
			"0s finalize m1", "4s status m1", "10s status m1", "10s describe m1: a film")
		want := Upload{
			AccountID: "7", Digest: film.Digest(), ID: "m1", Key: "7_m1", Stage: Ready,
			Since: b.begun, Check: b.begun.Add(10 * time.Second), Expires: b.begun.Add(22 * time.Hour),
		}
		if got := b.uploads.known[film.Digest()]; !sameUpload(got, want) {
			t.Errorf("of it is known %+v, want %+v", got, want)
		}
	})
}

// TestWhatIsKnownOfAnUploadThatHasBegun is what another run needs to go on with it, and
// to tell the tweet that shows it.
func TestWhatIsKnownOfAnUploadThatHasBegun(t *testing.T) {
	inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
		s.answers = []Progress{b.day(Progress{ID: "m1", Key: "7_m1"})}
		if err := b.uploads.advance(b.ctx, "token", film); err != nil {
			t.Fatal(err)
		}
		want := Upload{
			AccountID: "7", Digest: film.Digest(), ID: "m1", Key: "7_m1", Stage: Sending, Expires: b.begun.Add(22 * time.Hour),
		}
		if got := b.uploads.known[film.Digest()]; !sameUpload(got, want) {
			t.Errorf("of it is known %+v, want %+v", got, want)
		}
	})
}

func sameUpload(a, b Upload) bool {
	same := a.Since.Equal(b.Since) && a.Check.Equal(b.Check) && a.Expires.Equal(b.Expires)
	a.Since, a.Check, a.Expires = b.Since, b.Check, b.Expires
	return same && a == b
}

// TestHowLongARunWaitsForX: ten seconds in all, and no longer than it has; the rest is
// for the due index.
func TestHowLongARunWaitsForX(t *testing.T) {
	for name, tc := range map[string]struct {
		checks []time.Duration
		left   time.Duration
		took   time.Duration
		want   string
	}{
		"as long as it waits": {
			[]time.Duration{10 * time.Second}, 0, 10 * time.Second, "reload, publishing/media_uploaded, due 10s",
		},
		"longer": {
			[]time.Duration{10*time.Second + time.Millisecond}, 0, 0, "stop, publishing/media_uploading, due 10.001s",
		},
		"longer, in two": {
			[]time.Duration{6 * time.Second, 5 * time.Second}, 0, 6 * time.Second, "stop, publishing/media_uploading, due 11s",
		},
		"and its time just suffices": {
			[]time.Duration{5 * time.Second}, 55 * time.Second, 5 * time.Second, "reload, publishing/media_uploaded, due 5s",
		},
		"and its time ends": {
			[]time.Duration{5 * time.Second}, 55*time.Second - 1, 0, "stop, publishing/media_uploading, due 5s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, []post.Medium{photo}, func(b *bench, s *studio) {
				for _, d := range tc.checks {
					s.answers = append(s.answers, b.day(Progress{ID: "m1", Check: d}))
				}
				s.answers = append(s.answers, b.day(Progress{ID: "m1", Ready: true}))
				if tc.left > 0 {
					b.within(tc.left)
				}
				b.want(tc.want, b.uploadAll(b.content.Media(1)))
				if took := time.Since(b.begun); took != tc.took {
					t.Errorf("it took %v, want %v", took, tc.took)
				}
			})
		})
	}
}

// TestAProbeMayBeAnUpload: that X takes one proves that it takes requests again, and a
// refusal proves nothing.
func TestAProbeMayBeAnUpload(t *testing.T) {
	inStudio(t, []post.Medium{photo}, func(b *bench, s *studio) {
		b.session.Probe = true
		s.refusals["upload"] = said(fault.Refresh, fault.ReasonAccessTokenRefused)
		b.want("stop, publishing/paused, due 5m0s, access_token_refused", b.uploadAll(b.content.Media(1)))
		b.wantAsked(s, "0s upload photo: 10 bytes", "0s upload photo: 10 bytes") // with the token renewed
		if b.paper.proofs != 0 {
			t.Error("a refusal proves that X takes requests again")
		}
	})
	inStudio(t, []post.Medium{photo}, func(b *bench, s *studio) {
		b.session.Probe = true
		s.answers = []Progress{b.day(Progress{ID: "m1", Ready: true})}
		b.want("reload, publishing/media_uploaded, due 0s", b.uploadAll(b.content.Media(1)))
		if b.paper.proofs != 1 {
			t.Errorf("it was proved %d times", b.paper.proofs)
		}
	})
}

// TestAPartLeavesOnlyWithTime: the lease is renewed where it would end within the request;
// an invocation that is about to end leaves the rest to another.
func TestAPartLeavesOnlyWithTime(t *testing.T) {
	for name, tc := range map[string]struct {
		lease, left time.Duration
		want        string
		saved       int
	}{
		"there is time": {30 * time.Second, 50 * time.Second, "goOn", 0},
		"the lease is too short": {
			30*time.Second - time.Millisecond, 50 * time.Second, "goOn, publishing/media_uploading, lease 45s", 1,
		},
		"there is none":    {30 * time.Second, 50*time.Second - 1, "stop, publishing/media_uploading, due 0s", 1},
		"there is neither": {0, 50*time.Second - 1, "stop, publishing/media_uploading, due 0s", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
				b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: 2}
				b.rec.Lease.Until = b.begun.Add(tc.lease)
				b.within(tc.left)
				b.want(tc.want, b.mayUpload(b.content.Media(1)))
				if len(b.paper.saved) != tc.saved {
					t.Errorf("how far the upload is was stored %d times", len(b.paper.saved))
				}
				if tc.saved > 0 && (b.rec.Media.Sent != 8 || b.rec.Media.Total != 10) {
					t.Errorf("the record tells of %+v", b.rec.Media)
				}
			})
		})
	}
}

// TestHowLongARefusedMediumWaits: twice as long each time, an hour at the most, twelve
// times.
func TestHowLongARefusedMediumWaits(t *testing.T) {
	retry := said(fault.Retry, fault.ReasonXUnavailable)
	for name, tc := range map[string]struct {
		cause  error
		tries  int
		want   string
		forget bool
	}{
		"the first time":      {retry, 0, "stop, publishing/media_uploading, due 12.5s, x_unavailable", false},
		"the second time":     {retry, 1, "stop, publishing/media_uploading, due 25s, x_unavailable", false},
		"the ninth time":      {retry, 8, "stop, publishing/media_uploading, due 53m20s, x_unavailable", false},
		"the tenth time":      {retry, 9, "stop, publishing/media_uploading, due 1h15m0s, x_unavailable", false},
		"the twelfth time":    {retry, 11, "stop, publishing/media_uploading, due 1h15m0s, x_unavailable", false},
		"the thirteenth time": {retry, 12, "stop, failed, x_unavailable", true},
		"X has dropped it": {
			said(fault.Retry, fault.ReasonMediaNotReady), 0, "stop, publishing/media_uploading, due 12.5s, media_not_ready",
			true,
		},
		"X does not take it":    {said(fault.Final, fault.ReasonMediaRefused), 0, "stop, failed, media_refused", true},
		"the file is not there": {fault.New(fault.NotFound, "gone"), 0, "stop, failed, media_gone", true},
		"X gives no answer": {
			context.DeadlineExceeded, 0, "stop, publishing/media_uploading, due 12.5s, answer_lost", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
				b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: 1}
				b.rec.Media.Tries = tc.tries
				b.want(tc.want, b.notUploaded(b.content.Media(1), film, tc.cause))
				if !strings.HasPrefix(b.rec.Reason.Sentence, "Medium 1 of tweet 2: ") {
					t.Errorf("it says %q", b.rec.Reason.Sentence)
				}
				want := []Upload{{ID: "m1", Stage: Sending, Segments: 1}} // where another run goes on
				if _, known := b.uploads.known[film.Digest()]; known == tc.forget {
					t.Errorf("this run relies on it: %v", known)
				}
				if tc.forget {
					want = append(want, Upload{AccountID: "7", Digest: film.Digest(), Expires: b.begun})
				}
				if got := b.paper.saved; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("stored was %+v, want %+v", got, want)
				}
			})
		})
	}
}

// TestAMediumIsNamedByWhereItIsShown: of the tweets that are not out yet, the first.
func TestAMediumIsNamedByWhereItIsShown(t *testing.T) {
	onBench(t, func(b *bench) {
		other := photo
		other.AltText = "another"
		for i := range b.content.Tweets {
			b.content.Tweets[i].Media = []post.Medium{other, photo}
		}
		b.content.Tweets[1].Media = []post.Medium{film}
		for m, want := range map[post.Medium]string{
			film: "Medium 1 of tweet 2", photo: "Medium 2 of tweet 3", other: "Medium 1 of tweet 3", {ID: "x"}: "A medium",
		} {
			if got := b.place(m); got != want {
				t.Errorf("%s is %q, want %q", m.ID, got, want)
			}
		}
	})
}

// TestAnUploadThatAnEarlierRunBegan may have been ended by it: a final refusal says
// nothing about the medium then. Of one that this run began it does.
func TestAnUploadThatAnEarlierRunBegan(t *testing.T) {
	dropped, refused := said(fault.Retry, fault.ReasonMediaNotReady), said(fault.Final, fault.ReasonMediaRefused)
	for name, tc := range map[string]struct {
		segments int
		cause    error
		ours     bool
		again    bool
	}{
		"X does not take a part":            {1, refused, false, true},
		"X has dropped it":                  {1, dropped, false, true},
		"X does not finish it":              {3, refused, false, true},
		"X is busy":                         {1, said(fault.Retry, fault.ReasonXUnavailable), false, false},
		"X does not take a part of our own": {1, refused, true, false},
		"X has dropped our own":             {3, dropped, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
				s.refusals["append"], s.refusals["finalize"] = tc.cause, tc.cause
				if tc.ours {
					if err := b.uploads.advance(b.ctx, "token", film); err != nil {
						t.Fatal(err)
					}
				}
				b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: tc.segments}
				err := b.uploads.advance(b.ctx, "token", film)
				_, known := b.uploads.known[film.Digest()]
				if again := err == nil && !known; again != tc.again {
					t.Errorf("it begins again: %v; error %v", again, err)
				}
			})
		})
	}
}

// TestXMayWorkOnAMediumForAnHour, from when it had all of it.
func TestXMayWorkOnAMediumForAnHour(t *testing.T) {
	for worked, stuck := range map[time.Duration]bool{time.Hour: false, time.Hour + time.Millisecond: true} {
		inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
			s.answers = []Progress{b.day(Progress{ID: "m1", Check: time.Minute})}
			b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Processing, Since: b.begun.Add(-worked)}
			err := b.uploads.advance(b.ctx, "token", film)
			if v := fault.Judge(err); (err != nil) != stuck || stuck && (v.Action != fault.Final || v.Scope != fault.ScopePost) {
				t.Errorf("after %v: %v", worked, err)
			}
			s.answers[0].Ready = true // however long it took
			if err := b.uploads.advance(b.ctx, "token", film); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAMediumThatXCannotDescribe has its bytes at X all the same.
func TestAMediumThatXCannotDescribe(t *testing.T) {
	inStudio(t, []post.Medium{film}, func(b *bench, s *studio) {
		s.refusals["describe"] = errors.New("no")
		s.answers = []Progress{b.day(Progress{ID: "m1", Ready: true})}
		b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: 3}
		if err := b.uploads.advance(b.ctx, "token", film); err == nil {
			t.Error("it is said to be described")
		}
		one := b.uploads.known[film.Digest()]
		if one.Stage != Processing || len(b.paper.saved) != 1 || b.uploads.idle(film) ||
			len(b.uploads.missing([]post.Medium{film})) != 1 {
			t.Errorf("of it is known %+v; stored was %+v", one, b.paper.saved)
		}
	})
}

// TestAFileThatCannotBeRead is told, whatever X says to half a request.
func TestAFileThatCannotBeRead(t *testing.T) {
	lost := fault.New(fault.NotFound, "gone")
	for _, m := range []post.Medium{film, photo} {
		inStudio(t, []post.Medium{m}, func(b *bench, s *studio) {
			s.refusals[m.Key()] = lost
			b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: 1}
			b.uploads.begun[film.Digest()] = true
			if err := b.uploads.advance(b.ctx, "token", m); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", m.ID, err)
			}
		})
	}
}

// TestHowMuchOfTheMediaXHas counts what a thread shows, once for each time it is shown.
func TestHowMuchOfTheMediaXHas(t *testing.T) {
	inStudio(t, nil, func(b *bench, s *studio) {
		for name, tc := range map[string]struct {
			known Upload
			want  int64
		}{
			"nothing":           {Upload{}, 0},
			"a segment":         {Upload{Stage: Sending, Segments: 1}, 4},
			"all segments":      {Upload{Stage: Sending, Segments: 3}, 10},
			"all of it":         {Upload{Stage: Processing}, 10},
			"all, and it shows": {Upload{Stage: Ready}, 10},
		} {
			b.uploads.known = map[string]Upload{film.Digest(): tc.known}
			got := b.uploads.transfer([]post.Medium{film, photo, film})
			if got.Sent != 2*tc.want || got.Total != 30 {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got := (Media{}).segment(); got != 4_194_304 {
			t.Errorf("a segment has %d bytes by default", got)
		}
	})
}

// TestWhatXSoonForgetsIsNotReliedOn: two hours before, or half of a shorter time. What X is
// still at work on X itself is asked about.
func TestWhatXSoonForgetsIsNotReliedOn(t *testing.T) {
	inStudio(t, nil, func(b *bench, s *studio) {
		for end, want := range map[time.Duration]time.Duration{
			24 * time.Hour: 22 * time.Hour, 4 * time.Hour: 2 * time.Hour, time.Hour: 30 * time.Minute,
		} {
			if got := b.uploads.reliedUntil(b.begun.Add(end)).Sub(b.begun); got != want {
				t.Errorf("what X keeps for %v is relied on for %v, want %v", end, got, want)
			}
		}
		for name, tc := range map[string]struct {
			one  Upload
			kept bool
		}{
			"ready, until later":     {Upload{Stage: Ready, Expires: b.begun.Add(time.Millisecond)}, true},
			"ready, until now":       {Upload{Stage: Ready, Expires: b.begun}, false},
			"begun, until now":       {Upload{Stage: Sending, Expires: b.begun}, false},
			"at work on, until then": {Upload{Stage: Processing, Expires: b.begun.Add(-time.Hour)}, true},
		} {
			b.paper.found = map[string]Upload{film.Digest(): tc.one}
			if err := b.uploads.load(b.ctx, []post.Medium{film, film}); err != nil {
				t.Fatal(err)
			}
			if got := b.paper.digests; len(got) != 1 || got[0] != film.Digest() {
				t.Errorf("the store was asked for %q; it refuses to be asked for one twice", got)
			}
			if _, kept := b.uploads.known[film.Digest()]; kept != tc.kept {
				t.Errorf("%s: relied on: %v", name, kept)
			}
		}
	})
}

// TestHowFarAnUploadIsIsStoredOnce, however often its medium is shown.
func TestHowFarAnUploadIsIsStoredOnce(t *testing.T) {
	inStudio(t, nil, func(b *bench, s *studio) {
		sending := Upload{ID: "m1", Stage: Sending, Segments: 1}
		b.uploads.known = map[string]Upload{film.Digest(): sending, photo.Digest(): {ID: "m2", Stage: Ready}}
		b.uploads.saveSending(b.ctx, []post.Medium{film, photo, film})
		if got := b.paper.saved; len(got) != 1 || got[0] != sending {
			t.Errorf("stored was %+v", got)
		}
	})
}

// TestTheKeysOfWhatATweetShows are in the order in which they are compared with those of a
// tweet on X, not in that in which they are shown; where one is not known there are none.
func TestTheKeysOfWhatATweetShows(t *testing.T) {
	inStudio(t, nil, func(b *bench, s *studio) {
		b.uploads.known = map[string]Upload{film.Digest(): {Key: "7_m2"}, photo.Digest(): {Key: "3_m1"}}
		if got := strings.Join(b.uploads.keys(post.Tweet{Media: []post.Medium{film, photo}}), " "); got != "3_m1 7_m2" {
			t.Errorf("the keys are %q", got)
		}
		delete(b.uploads.known, photo.Digest())
		if got := b.uploads.keys(post.Tweet{Media: []post.Medium{film, photo}}); got != nil {
			t.Errorf("of two, of which one is not known, the keys are %q", got)
		}
	})
}

// TestWhenXIsToBeAskedAgain: at the earliest check of what it is at work on.
func TestWhenXIsToBeAskedAgain(t *testing.T) {
	inStudio(t, nil, func(b *bench, s *studio) {
		at := func(d time.Duration) Upload { return Upload{Stage: Processing, Check: b.begun.Add(d)} }
		media := []post.Medium{film, photo}
		b.uploads.known = map[string]Upload{film.Digest(): at(2 * time.Second), photo.Digest(): at(time.Second)}
		if got := b.uploads.check(media); !got.Equal(b.begun.Add(time.Second)) {
			t.Errorf("it is at %v", got)
		}
		b.uploads.known[photo.Digest()] = Upload{Stage: Ready}
		if got := b.uploads.check(media); !got.Equal(b.begun.Add(2 * time.Second)) {
			t.Errorf("it is at %v", got)
		}
		if !b.uploads.idle(film) || !b.uploads.idle(photo) {
			t.Error("X is asked before")
		}
		time.Sleep(2 * time.Second)
		if b.uploads.idle(film) {
			t.Error("X is not asked then")
		}
		b.uploads.known[film.Digest()] = Upload{Stage: Ready}
		if got := b.uploads.check(media); !got.IsZero() {
			t.Errorf("X has them all, and is asked at %v", got)
		}
	})
}

// TestMediaThatAreNotKnownAreTakenForMissing.
func TestMediaThatAreNotKnownAreTakenForMissing(t *testing.T) {
	inStudio(t, []post.Medium{photo}, func(b *bench, s *studio) {
		b.uploads.known = nil
		b.paper.failed = errors.New("the table is broken")
		if b.attached(1) {
			t.Error("what X has cannot be read, and X is said to have it")
		}
		b.paper.failed = nil
		b.paper.found = map[string]Upload{photo.Digest(): {ID: "m1", Stage: Ready, Expires: b.begun.Add(time.Hour)}}
		if !b.attached(1) || !b.attached(2) {
			t.Error("X has them")
		}
		if got := b.uploads.attach(b.content.Tweets[1]).Media[0].PlatformID; got != "m1" {
			t.Errorf("the tweet shows %q", got)
		}
		if b.content.Tweets[1].Media[0].PlatformID != "" {
			t.Error("the content has changed")
		}
	})
}
