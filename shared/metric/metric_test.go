package metric_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/metric"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

var now = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// read gives the metrics of each line, as CloudWatch reads them: what the directive names, found at the top level.
func read(t *testing.T, log string) (lines []map[string]float64) {
	t.Helper()
	for line := range strings.Lines(log) {
		var members map[string]any
		var emf struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		for _, into := range []any{&members, &emf} {
			if err := json.Unmarshal([]byte(line), into); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
		}
		if emf.AWS.Timestamp != now.UnixMilli() {
			t.Errorf("timestamp %d in %s", emf.AWS.Timestamp, line)
		}
		values := map[string]float64{}
		for _, group := range emf.AWS.CloudWatchMetrics {
			if group.Namespace != "Spool" || len(group.Dimensions) != 1 || !slices.Equal(group.Dimensions[0], []string{"Stack"}) || members["Stack"] != "test" {
				t.Errorf("a metric elsewhere: %s", line)
			}
			for _, m := range group.Metrics {
				value, ok := members[m.Name].(float64)
				if !ok || m.Unit == "" {
					t.Errorf("no value, or no unit, of %s: %s", m.Name, line)
				}
				values[m.Name] = value
			}
		}
		lines = append(lines, values)
	}
	return lines
}

// recorder writes to what it gives.
func recorder() (*metric.Recorder, *bytes.Buffer) {
	var log bytes.Buffer
	return &metric.Recorder{
		Stack: "test", Now: func() time.Time { return now }, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	}, &log
}

// life moves a post on, and gives each change with it.
type life struct {
	t       *testing.T
	post    post.Post
	changes []post.Change
}

func begin(t *testing.T, tweets int) *life {
	c := post.Content{Version: 1, Tweets: make([]post.Tweet, tweets)}
	for i := range c.Tweets {
		c.Tweets[i].Text = "text"
	}
	return &life{t: t, post: post.New(now, "7", c, now, "UTC")}
}

func (l *life) to(next post.Post, err error) *life {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	l.changes = append(l.changes, post.Change{Before: l.post, After: next, Due: now})
	l.post = next
	return l
}

func (l *life) claimed(at time.Time, owner string) *life {
	l.t.Helper()
	return l.to(l.post.Claim(at, owner, time.Minute))
}

func TestPostsAreMeasured(t *testing.T) {
	second := now.Add(time.Second)
	reason := fault.ReasonAnswerLost.Reason()
	id := post.IDAt(now.Add(1500 * time.Millisecond))
	doubted := func(t *testing.T) *life {
		l := begin(t, 1).claimed(now, "a")
		return l.to(l.post.Doubt(second, second, post.NotLooked, reason)).claimed(second, "b")
	}
	for name, tt := range map[string]struct {
		life func(t *testing.T) *life
		want map[string]float64
	}{
		"published": {func(t *testing.T) *life {
			l := begin(t, 2).claimed(now, "a")
			l.to(l.post.Checkpoint(second, id, time.Minute))
			return l.to(l.post.Complete(second, post.IDAt(second)))
		}, map[string]float64{"PostsPublished": 1, "Lateness": 1500}},
		"failed": {func(t *testing.T) *life {
			l := begin(t, 1).claimed(now, "a")
			return l.to(l.post.Fail(second, reason))
		}, map[string]float64{"PostsFailed": 1}},
		"missed": {func(t *testing.T) *life {
			l := begin(t, 1)
			l.post.Lateness = time.Minute
			return l.to(l.post.Miss(now.Add(time.Hour)))
		}, map[string]float64{"PostsMissed": 1}},
		"found": {func(t *testing.T) *life {
			l := doubted(t)
			return l.to(l.post.Complete(second, id))
		}, map[string]float64{"DoubtsBegun": 1, "DoubtsFound": 1, "PostsPublished": 1, "Lateness": 1500}},
		"absent": {func(t *testing.T) *life {
			l := doubted(t)
			return l.to(l.post.Resend(second, time.Minute))
		}, map[string]float64{"DoubtsBegun": 1, "DoubtsAbsent": 1}},
		"still open": {func(t *testing.T) *life {
			l := doubted(t)
			return l.to(l.post.Doubt(second, second, post.NotThere, reason))
		}, map[string]float64{"DoubtsBegun": 1}},
		"paused while in doubt": {func(t *testing.T) *life {
			l := doubted(t)
			l.to(l.post.Park(second, second, post.Paused, reason, true)).claimed(second, "c")
			return l.to(l.post.Complete(second, id))
		}, map[string]float64{"DoubtsBegun": 1, "DoubtsFound": 1, "PostsPublished": 1, "Lateness": 1500}},
		"unknown, until a person says": {func(t *testing.T) *life {
			l := doubted(t)
			return l.to(l.post.GiveUp(second, reason))
		}, map[string]float64{"DoubtsBegun": 1, "PostsUnknown": 1}},
		"rescued": {func(t *testing.T) *life {
			return begin(t, 1).claimed(now, "a").claimed(now.Add(time.Hour), "b")
		}, map[string]float64{"Rescues": 1, "DoubtsBegun": 1}},
		"waiting for a limit": {func(t *testing.T) *life {
			l := begin(t, 1).claimed(now, "a")
			return l.to(l.post.Park(second, second, post.RateLimited, reason, false))
		}, map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := recorder()
			for _, c := range tt.life(t).changes {
				r.PostStored(t.Context(), c)
			}
			got := map[string]float64{}
			for _, values := range read(t, log.String()) {
				for name, value := range values {
					got[name] += value
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRefreshesAreMeasured(t *testing.T) {
	lost := verdict{fault.Verdict{Action: fault.Settle, Reason: fault.ReasonAnswerLost.Reason()}}
	refused := verdict{fault.Verdict{Action: fault.Final, Reason: fault.ReasonAnswerLost.Reason()}}
	broken := account.Account{ID: "7", Health: account.NeedsConnect}
	for name, tt := range map[string]struct {
		was, is account.Account
		cause   error
		want    []string
	}{
		"a new pair":            {account.Account{Health: account.Connected}, account.Account{Health: account.Connected}, nil, []string{"RefreshesOK"}},
		"refused for good":      {account.Account{Health: account.Connected}, broken, refused, []string{"Blocked", "RefreshesFailed"}},
		"refused once more":     {broken, broken, refused, []string{"RefreshesFailed"}},
		"the answer was lost":   {account.Account{Health: account.Connected}, account.Account{Health: account.Connected, Spent: true}, lost, []string{"RefreshesFailed", "RefreshesLost"}},
		"X has no time for now": {account.Account{Health: account.Connected}, account.Account{Health: account.Connected}, verdict{fault.Verdict{Action: fault.Retry}}, []string{"RefreshesFailed"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := recorder()
			r.Refreshed(t.Context(), tt.was, tt.is, tt.cause)
			got := slices.Sorted(maps.Keys(read(t, log.String())[0]))
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// verdict is an error with one.
type verdict struct{ v fault.Verdict }

func (e verdict) Error() string          { return "refused" }
func (e verdict) Verdict() fault.Verdict { return e.v }

// answer is a server, or none.
type answer struct {
	status int
	err    error
}

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{"X-Transaction-Id": {"T1"}}, Body: http.NoBody}, nil
}

func TestXsAnswersAreCountedByClass(t *testing.T) {
	for name, a := range map[string]answer{
		"XAnswersOK": {201, nil}, "XAnswersLimited": {429, nil}, "XAnswersRefused": {403, nil}, "XAnswersFailed": {503, nil},
		"XAnswersLost": {0, errors.New("reset")},
	} {
		r, log := recorder()
		request, err := http.NewRequestWithContext(t.Context(), "POST", "https://api.x.com/2/tweets?code=secret", strings.NewReader("secret"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer secret")
		res, err := metric.Transport{Base: a, Recorder: r}.RoundTrip(request)
		if err == nil {
			res.Body.Close()
		}
		if got := read(t, log.String()); len(got) != 1 || got[0][name] != 1 || len(got[0]) != 1 {
			t.Errorf("%+v counts %v, want %s", a, got, name)
		}
		if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), `"path":"/2/tweets"`) {
			t.Errorf("the log says %s", log)
		}
	}
}

func TestWhatIsPaidIsInDollars(t *testing.T) {
	r, log := recorder()
	r.PostStored(t.Context(), post.Change{Charged: 15 * tweet.Dollar / 1000})
	if got := read(t, log.String()); len(got) != 1 || got[0]["Dollars"] != 0.015 {
		t.Errorf("got %v", got)
	}
}

// The signs of life are written though there be nothing to do.
func TestSignsOfLife(t *testing.T) {
	r, log := recorder()
	r.Dispatched(t.Context(), schedule.Round{})
	r.Swept(t.Context(), 0)
	want := []map[string]float64{{"OldestDuePost": 0}, {"RefreshRounds": 1}}
	if diff := cmp.Diff(want, read(t, log.String())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
