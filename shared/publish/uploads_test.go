package publish

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"spool/shared/post"
)

// kept is a store of uploads that forgets them.
type kept struct{}

func (kept) Uploads(context.Context, string, []string) (map[string]Upload, error) { return nil, nil }

func (kept) SaveUpload(context.Context, Upload) error { return nil }

// TestAnUploadIsReliedOnNoLongerThanWasSaidAtFirst: asked again and again, half of what
// is left would never end, and a tweet would leave with a medium that X is about to
// forget. Where X says that it forgets it sooner, that counts.
func TestAnUploadIsReliedOnNoLongerThanWasSaidAtFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		id   string        // that X tells of when it is asked again, after 10 minutes
		ends time.Duration // when it says then that it forgets it
		want time.Duration
	}{
		"X says the same":    {"1", time.Hour, 30 * time.Minute},
		"X says later":       {"1", 2 * time.Hour, 30 * time.Minute},
		"X says sooner":      {"1", 20 * time.Minute, 15 * time.Minute},
		"X tells of another": {"2", time.Hour, 35 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
			now := begun
			u := uploads{
				Media: Media{Uploads: kept{}}, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), known: map[string]Upload{},
			}
			m := post.Medium{ID: "film", SHA256: "ab"}
			for _, p := range []Progress{
				{ID: "1", Expires: begun.Add(time.Hour)}, {ID: tc.id, Ready: true, Expires: begun.Add(tc.ends)},
			} {
				if err := u.arrived(t.Context(), "token", m, begun, p); err != nil {
					t.Fatal(err)
				}
				now = now.Add(10 * time.Minute)
			}
			if got := u.known[m.Digest()].Expires.Sub(begun); got != tc.want {
				t.Errorf("it is relied on until %v from the beginning, want %v", got, tc.want)
			}
		})
	}
}
