package metric_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/metric"
	"spool/shared/post"
	"spool/shared/storetest"
)

// What lasts is measured as it stands, however it began and whatever ended it.
func TestWhatLastsIsMeasured(t *testing.T) {
	ctx, store := t.Context(), storetest.NewMemory(func() time.Time { return now })
	r, log := recorder()
	standing := &metric.Standing{Failures: store, Doors: store, Recorder: r}
	measure := func(when string, want map[string]float64) {
		t.Helper()
		log.Reset()
		if err := standing.Measure(ctx); err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, values := range read(t, log.String()) {
			for name, value := range values {
				got[name] += value
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", when, diff)
		}
	}
	measure("nothing", map[string]float64{})

	failed := func(at time.Time, unknown bool) post.Post {
		l := begin(t, 1)
		l.post.ScheduledAt = at
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "text"}}}
		stored, err := store.Create(ctx, l.post, c)
		if err != nil {
			t.Fatal(err)
		}
		l.post = stored
		l.claimed(now, "a")
		if unknown {
			l.to(l.post.Doubt(now, now, post.NotLooked, fault.ReasonAnswerLost.Reason())).claimed(now, "b")
			l.to(l.post.GiveUp(now, fault.ReasonAnswerLost.Reason()))
		} else {
			l.to(l.post.Fail(now, fault.ReasonWorkerFailed.Reason()))
		}
		saved, err := store.Save(ctx, l.post)
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	unknown := failed(now, true)
	for i := range 101 { // a whole page of later ones
		failed(now.Add(time.Duration(i+1)*time.Minute), false)
	}
	acc, err := store.SaveAccount(ctx, account.Account{ID: "7", Username: "ada", Health: account.NeedsConnect})
	if err != nil {
		t.Fatal(err)
	}
	measure("an unknown post, and an account", map[string]float64{"PostsUnknown": 1, "Blocked": 1})

	pause := account.Pause{Until: now, Sub: string(post.Paused)}
	if err := store.SavePause(ctx, "", pause); err != nil {
		t.Fatal(err)
	}
	measure("the app, too, whose pause is not lifted", map[string]float64{"PostsUnknown": 1, "Blocked": 2})

	acc.Health = account.Connected
	if _, err := store.SaveAccount(ctx, acc); err != nil {
		t.Fatal(err)
	}
	pauses, err := store.Pauses(ctx, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SavePause(ctx, "", pauses[""].Lift(now, "")); err != nil {
		t.Fatal(err)
	}
	if err := store.Forget(ctx, unknown, now); err != nil { // as when its account is erased: nobody is told
		t.Fatal(err)
	}
	measure("nothing any more", map[string]float64{})
}

// A table that cannot be read is told of, and the other is measured all the same.
func TestWhatCannotBeReadIsNoSilence(t *testing.T) {
	r, log := recorder()
	store := storetest.NewMemory(func() time.Time { return now })
	if _, err := store.SaveAccount(t.Context(), account.Account{ID: "7", Health: account.NeedsConnect}); err != nil {
		t.Fatal(err)
	}
	away := errors.New("away")
	err := (&metric.Standing{Failures: noShelf{store, away}, Doors: store, Recorder: r}).Measure(t.Context())
	if got := read(t, log.String()); !errors.Is(err, away) || len(got) != 1 || got[0]["Blocked"] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// noShelf is a store whose index cannot be read.
type noShelf struct {
	*storetest.Memory
	err error
}

func (s noShelf) Shelf(context.Context, post.Shelf, post.Span) ([]post.Entry, string, error) {
	return nil, "", s.err
}
