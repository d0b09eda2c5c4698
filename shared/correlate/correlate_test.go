package correlate_test

import (
	"context"
	"log/slog"
	"os"

	"spool/shared/correlate"
)

func Example() {
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}
	log := slog.New(correlate.Handler(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: plain})))
	ctx := correlate.With(context.Background(), slog.String("post_id", "P1"))
	inner := correlate.With(ctx, slog.String("run_id", "R1"), slog.String("post_id", "P2"))

	log.InfoContext(ctx, "outer")
	log.InfoContext(inner, "inner")
	log.InfoContext(inner, "its own counts", "run_id", "R2")
	// Output:
	// msg=outer post_id=P1
	// msg=inner post_id=P1 run_id=R1
	// msg="its own counts" run_id=R2 post_id=P1
}
