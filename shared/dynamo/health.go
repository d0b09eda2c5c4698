package dynamo

import (
	"context"

	"spool/shared/health"
)

var (
	_ health.Reports = (*Accounts)(nil)
	_ health.Reports = (*Posts)(nil)
)

// PutReport implements [health.Reports].
func (s *Accounts) PutReport(ctx context.Context, r health.Report) error {
	return s.t.putReport(ctx, r)
}

// Reports implements [health.Reports].
func (s *Accounts) Reports(ctx context.Context, functions ...string) ([]health.Report, error) {
	return s.t.reports(ctx, functions)
}

// PutReport implements [health.Reports].
func (s *Posts) PutReport(ctx context.Context, r health.Report) error { return s.t.putReport(ctx, r) }

// Reports implements [health.Reports].
func (s *Posts) Reports(ctx context.Context, functions ...string) ([]health.Report, error) {
	return s.t.reports(ctx, functions)
}

func (t table) putReport(ctx context.Context, r health.Report) error {
	it, err := reports.encode(reportKey(r.Function), r)
	if err != nil {
		return err
	}
	return t.put(ctx, it)
}

func (t table) reports(ctx context.Context, functions []string) ([]health.Report, error) {
	keys := make([]key, len(functions))
	for i, f := range functions {
		keys[i] = reportKey(f)
	}
	items, err := t.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	var all []health.Report
	for _, it := range items {
		r, err := reports.decode(it)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// reports is the kind of what a function found when it looked at itself.
var reports = kind[health.Report]{name: "report", version: 1, fields: func(f *form, r *health.Report) {
	text(f, "function", &r.Function)
	text(f, "version", &r.Version)
	moment(f, "since", &r.Since)
	moment(f, "at", &r.At)
	moment(f, "asked", &r.Asked)
	document(f, "wrong", &r.Wrong)
	count(f, "waiting", &r.Waiting)
}}
