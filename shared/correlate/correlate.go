// Package correlate has each line of the log say whom it is about: what a context carries, such as the post, its
// account and the run that works on it, is in every line that is logged with that context, whoever logs it.
package correlate

import (
	"context"
	"log/slog"
	"slices"
)

type contextKey struct{}

// With gives a context whose lines have the attributes, beside those that it has already. Nothing secret may be among
// them.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, contextKey{}, append(slices.Clip(carried(ctx)), attrs...))
}

func carried(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(contextKey{}).([]slog.Attr)
	return attrs
}

// Handler adds to each record what its context carries. Where the record itself has an attribute of that name, its own
// counts.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	own := map[string]bool{}
	r.Attrs(func(a slog.Attr) bool { own[a.Key] = true; return true })
	for _, a := range carried(ctx) {
		if !own[a.Key] {
			own[a.Key] = true
			r.AddAttrs(a)
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
