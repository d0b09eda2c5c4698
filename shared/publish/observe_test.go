package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/xsim"
	"spool/shared/correlate"
	"spool/shared/metric"
	"spool/shared/post"
	"spool/shared/tweet"
)

// changes remembers what it is told.
type changes []post.Change

func (c *changes) PostStored(_ context.Context, change post.Change) { *c = append(*c, change) }

// Each change that is stored is told once, with what it comes from, when it was due, and what X charges for it.
func TestWhatIsStoredIsTold(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		var told changes
		r.pub.Observer = &told
		p := r.add(tweets(2)...)
		at := start.Add(time.Minute)
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Schedule(start, at, "UTC") })
		time.Sleep(time.Until(at))
		r.publish(p.ID)
		if len(told) != 3 {
			t.Fatalf("told of %d changes: the claim, and two tweets", len(told))
		}
		each := tweet.ListPrices().PostWithURL
		for i, c := range told {
			want := each
			if i == 0 {
				want = 0
			}
			if c.Charged != want || !c.Due.Equal(at) || c.After.Rev != c.Before.Rev+1 || len(c.After.Published) != i {
				t.Errorf("change %d costs %v, was due at %v, and made revision %d with %d tweets of %d", i, c.Charged, c.Due, c.After.Rev, len(c.After.Published), c.Before.Rev)
			}
			if i > 0 && c.Before.Rev != told[i-1].After.Rev {
				t.Errorf("change %d does not follow from the one before", i)
			}
		}
	})
}

// In virtual time the metrics are of virtual time, and each line has whom it is about, though many layers log.
func TestMetricsInVirtualTime(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		var log bytes.Buffer
		logger := slog.New(correlate.Handler(slog.NewJSONHandler(&log, nil)))
		recorder := &metric.Recorder{Stack: "world", Now: time.Now, Log: logger}
		r.pub.Observer, r.pub.Log = recorder, logger
		r.fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Drop: xsim.DropBefore})
		p := r.add("doubtful")
		p = r.finish(p.ID, 10)
		r.wantPublished(p, "doubtful")
		got := map[string]float64{}
		for line := range strings.Lines(log.String()) {
			var members map[string]any
			var emf struct {
				AWS struct {
					Timestamp         int64
					CloudWatchMetrics []struct{ Metrics []struct{ Name string } }
				} `json:"_aws"`
			}
			for _, into := range []any{&members, &emf} {
				if err := json.Unmarshal([]byte(line), into); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"post_id", "account_id", "run_id"} {
				if members[name] == nil {
					t.Errorf("without %s: %s", name, line)
				}
			}
			for _, g := range emf.AWS.CloudWatchMetrics {
				if at := time.UnixMilli(emf.AWS.Timestamp); at.Before(start) || at.After(time.Now()) {
					t.Errorf("measured at %v", at)
				}
				for _, m := range g.Metrics {
					got[m.Name] += members[m.Name].(float64)
				}
			}
		}
		delete(got, "Lateness") // as long as the doubt took
		want := map[string]float64{"DoubtsBegun": 1, "DoubtsAbsent": 1, "PostsPublished": 1, "Dollars": 0.015}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s\n%s", diff, &log)
		}
	})
}
