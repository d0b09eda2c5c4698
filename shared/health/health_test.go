package health_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/health"
)

// table keeps reports, or refuses them.
type table struct {
	kept    []health.Report
	refuses error
}

func (k *table) PutReport(_ context.Context, r health.Report) error {
	if k.refuses == nil {
		k.kept = append(k.kept, r)
	}
	return k.refuses
}

func (k *table) Reports(context.Context, ...string) ([]health.Report, error) {
	if len(k.kept) == 0 {
		return nil, k.refuses
	}
	return k.kept[len(k.kept)-1:], k.refuses
}

type depth int

func (d depth) Depth(context.Context) (int, error) { return int(d), nil }

// self is a function with one probe, at a time that the test sets.
func self(t *testing.T, at *time.Time, probe error, keep ...health.Reports) *health.Self {
	return &health.Self{
		Function: health.Dispatch, Version: "v2", Keep: keep, Queue: depth(2), Every: 5 * time.Minute,
		Settled: []health.Finding{{Check: "Prices", Text: "Not in force."}},
		Probes:  []health.Probe{{What: "posts table", Try: func(context.Context) error { return probe }}},
		Now:     func() time.Time { return *at }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func TestALookIsKept(t *testing.T) {
	at, k := now, &table{}
	s := self(t, &at, nil, k)
	s.Look(t.Context(), now.Add(-time.Second))
	if len(k.kept) != 1 {
		t.Fatalf("%d reports", len(k.kept))
	}
	r := k.kept[0]
	if r.Function != health.Dispatch || r.Version != "v2" || !r.At.Equal(now) || !r.Since.Equal(now) || !r.Asked.Equal(now.Add(-time.Second)) || r.Waiting != 2 || len(r.Wrong) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestALookIsRepeatedNowAndThen(t *testing.T) {
	at, k := now, &table{}
	s := self(t, &at, nil, k)
	for range 11 { // every minute
		s.LookAgain(t.Context())
		at = at.Add(time.Minute)
	}
	if len(k.kept) != 3 {
		t.Errorf("%d reports in 10 minutes, want one at once and one every 5 minutes", len(k.kept))
	}
}

// A version's first report tells since when there is this version, whatever process reports.
func TestTheFirstReportOfAVersionIsRemembered(t *testing.T) {
	at, k := now, &table{kept: []health.Report{{Function: health.Dispatch, Version: "v1", Since: now.Add(-time.Hour)}}}
	self(t, &at, nil, k).Look(t.Context(), time.Time{})
	at = at.Add(time.Hour)
	self(t, &at, nil, k).Look(t.Context(), time.Time{})
	if r := k.kept[2]; !r.Since.Equal(now) || !r.At.Equal(at) {
		t.Errorf("since %v, want %v: %+v", r.Since, now, r)
	}
}

func TestAReportGoesWhereItCan(t *testing.T) {
	at, first, second := now, &table{refuses: errors.New("no such table")}, &table{}
	self(t, &at, nil, first, second).Look(t.Context(), time.Time{})
	if len(second.kept) != 1 {
		t.Errorf("the second table has %d reports", len(second.kept))
	}
}

func TestAFailureSaysWhatItMeans(t *testing.T) {
	for name, tc := range map[string]struct {
		err        error
		text, todo string
	}{
		"no permission":      {fmt.Errorf("read: %w", coded("AccessDeniedException")), "role does not let it use the posts table", "deploy again"},
		"S3's no permission": {coded("Forbidden"), "role does not let it", "deploy again"},
		"no table":           {coded("ResourceNotFoundException"), "its environment names does not exist", "deploy again"},
		"no queue":           {coded("AWS.SimpleQueueService.NonExistentQueue"), "does not exist", "deploy again"},
		"another code":       {coded("ThrottlingException"), "answered ThrottlingException", "log"},
		"silence":            {context.DeadlineExceeded, "did not answer", "log"},
		"a disabled key":     {fault.New(fault.NotSetUp, "The key is disabled.").Todo("Enable it."), "The key is disabled.", "Enable it."},
	} {
		at, k := now, &table{}
		s := self(t, &at, tc.err, k)
		s.Settled = nil
		s.Look(t.Context(), time.Time{})
		if w := k.kept[0].Wrong; len(w) != 1 || w[0].Check != "posts table" || !strings.Contains(w[0].Text, tc.text) || !strings.Contains(w[0].Todo, tc.todo) {
			t.Errorf("%s: %+v", name, w)
		}
	}
}
