package httpapi

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"spool/shared/post"
)

const (
	mostSources = 16   // indexes that are read side by side
	mostPage    = 1000 // entries of an index that are looked at at once
	mostLooked  = 6000 // entries that one request looks at
)

// walk goes over the entries of several sources, in one order.
type walk struct {
	runs      []run
	ascending bool
	looked    int
	place     string // how far it has come
	spent     bool   // it ended since it may look at no more
}

// run is what has been read of a source and not been given yet.
type run struct {
	source  func(context.Context, post.Span) ([]post.Entry, string, error)
	span    post.Span // what is still to be read
	entries []post.Entry
	at      string // how far it was looked at; empty: not at all
	ended   bool
}

// add has the walk go over a span of a source, too.
func (w *walk) add(span post.Span, source func(context.Context, post.Span) ([]post.Entry, string, error)) {
	span.Ascending = w.ascending
	w.runs = append(w.runs, run{source: source, span: span.Beyond(w.place)})
}

// before reports whether a place comes before another.
func (w *walk) before(a, b string) bool {
	if w.ascending {
		return a < b
	}
	return a > b
}

// next gives the next entry, or none at the end, or when the walk is spent.
func (w *walk) next(ctx context.Context) (e post.Entry, ok bool, err error) {
	for {
		head, gap := w.front()
		switch {
		case head != nil && (gap == nil || gap.at != "" && w.before(head.entries[0].SortKey, gap.at)):
			e, head.entries = head.entries[0], head.entries[1:]
			if again := e.SortKey == w.place; again {
				continue
			}
			w.place = e.SortKey
			return e, true, nil
		case gap == nil:
			return e, false, nil
		case w.looked >= mostLooked:
			w.place, w.spent = gap.at, true
			return e, false, nil
		}
		if err := w.fill(ctx); err != nil {
			return e, false, err
		}
	}
}

// front gives the run whose first entry is the next, and the one that has to be read
// on before all others.
func (w *walk) front() (head, gap *run) {
	for i := range w.runs {
		switch r := &w.runs[i]; {
		case len(r.entries) > 0:
			if head == nil || w.before(r.entries[0].SortKey, head.entries[0].SortKey) {
				head = r
			}
		case !r.ended:
			if gap == nil || gap.at != "" && (r.at == "" || w.before(r.at, gap.at)) {
				gap = r
			}
		}
	}
	return head, gap
}

// fill reads on where a source's entries are used up. It looks at more each time: of
// the first entries few are wanted as a rule, and where none was found many are to be
// looked at.
func (w *walk) fill(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(mostSources)
	for i := range w.runs {
		if r := &w.runs[i]; len(r.entries) == 0 && !r.ended {
			w.looked += r.span.Limit
			g.Go(func() error { return r.fill(ctx) })
		}
	}
	return g.Wait()
}

// fill reads a page.
func (r *run) fill(ctx context.Context) error {
	entries, next, err := r.source(ctx, r.span)
	if err != nil {
		return err
	}
	r.entries, r.at, r.ended = entries, next, next == ""
	r.span = r.span.Beyond(next)
	r.span.Limit = min(4*r.span.Limit, mostPage)
	return nil
}

// fixed is a run over entries that are known already.
func (w *walk) fixed(entries []post.Entry, span post.Span) {
	span.Ascending = w.ascending
	span = span.Beyond(w.place)
	entries = slices.DeleteFunc(entries, func(e post.Entry) bool { return !span.Holds(e.SortKey) })
	slices.SortFunc(entries, func(a, b post.Entry) int {
		switch {
		case w.before(a.SortKey, b.SortKey):
			return -1
		case w.before(b.SortKey, a.SortKey):
			return 1
		}
		return 0
	})
	w.runs = append(w.runs, run{entries: entries, ended: true})
}
