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
// forget.
func TestAnUploadIsReliedOnNoLongerThanWasSaidAtFirst(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	end := now.Add(time.Hour) // when X forgets it
	u := uploads{
		Media: Media{Uploads: kept{}}, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), known: map[string]Upload{},
	}
	m := post.Medium{ID: "film", SHA256: "ab"}
	for _, p := range []Progress{{ID: "1", Expires: end}, {ID: "1", Ready: true, Expires: end}} {
		if err := u.arrived(t.Context(), "token", m, now, p); err != nil {
			t.Fatal(err)
		}
		now = now.Add(50 * time.Minute)
	}
	if got, want := u.known[m.Digest()].Expires, end.Add(-30*time.Minute); !got.Equal(want) {
		t.Errorf("it is relied on until %v, want %v", got, want)
	}
}
