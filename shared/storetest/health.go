package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/health"
)

// FullReport is a report with every field set.
func FullReport() health.Report {
	return health.Report{
		Function: health.Publish, Version: "1a2b3c4d5e6f", Since: at(0), At: at(9), Asked: at(8), Waiting: 3,
		Wrong: []health.Finding{{Check: "key", Text: "text <&>", Todo: "todo"}},
	}
}

// Health holds a store of reports to its contract. The store has no reports.
func Health(t *testing.T, s health.Reports) {
	ctx := context.Background()
	t.Run("who has not reported has no report", func(t *testing.T) {
		if got, err := s.Reports(ctx, health.Functions()...); err != nil || len(got) != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a report takes the place of the one before", func(t *testing.T) {
		first, last, other := FullReport(), FullReport(), FullReport()
		last.At, last.Wrong, last.Waiting = at(20), nil, 0
		other.Function = health.Refresh
		for _, r := range []health.Report{first, last, other} {
			if err := s.PutReport(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Reports(ctx, health.Functions()...)
		slices.SortFunc(got, func(a, b health.Report) int { return b.At.Compare(a.At) })
		if want := []health.Report{last, other}; err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(want, got))
		}
	})
	t.Run("only who is asked for is told of", func(t *testing.T) {
		if got, err := s.Reports(ctx, health.Refresh); err != nil || len(got) != 1 || got[0].Function != health.Refresh {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// PutReport implements [health.Reports].
func (m *Memory) PutReport(_ context.Context, r health.Report) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Wrong = slices.Clone(r.Wrong)
	m.reports[r.Function] = r
	return nil
}

// Reports implements [health.Reports].
func (m *Memory) Reports(_ context.Context, functions ...string) ([]health.Report, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []health.Report
	for _, f := range functions {
		if r, ok := m.reports[f]; ok {
			all = append(all, r)
		}
	}
	return all, nil
}
