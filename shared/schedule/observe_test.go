package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// observed remembers what it is told.
type observed struct{ told []string }

func (o *observed) Dispatched(_ context.Context, r schedule.Round) {
	o.told = append(o.told, fmt.Sprintf("%+v", r))
}

func (o *observed) DeadLetter(_ context.Context, what string, attrs ...slog.Attr) {
	o.told = append(o.told, fmt.Sprint(what, " ", attrs[0].Value))
}

func (o *observed) PostStored(_ context.Context, c post.Change) {
	o.told = append(o.told, fmt.Sprint(c.Before.Status, " to ", c.After.Status))
}

// A round that ends well is told though nothing be due: that is dispatch's sign of life. One that fails is none.
func TestARoundIsTold(t *testing.T) {
	m, o := storetest.NewMemory(clock), &observed{}
	d := schedule.Dispatcher{Index: m, Queue: &wakes{}, Shards: 1, Now: clock, Log: slog.New(slog.DiscardHandler), Observer: o}
	if err := d.Dispatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, m, "soon", now.Add(time.Minute))
	add(t, m, "late", now.Add(-time.Hour))
	add(t, m, "a little late", now.Add(-time.Minute))
	if err := d.Dispatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, m, "now", now)
	d.Queue = &wakes{err: errors.New("no queue")}
	if err := d.Dispatch(t.Context()); err == nil {
		t.Error("it does not fail")
	}
	d.Queue = &wakes{}
	if err := d.Dispatch(t.Context()); err != nil { // what is on its way counts, and is due for as long
		t.Fatal(err)
	}
	if want := []string{
		"{Due:0 Woken:0 Late:0 Oldest:0s}", "{Due:3 Woken:3 Late:1 Oldest:1h0m0s}", "{Due:4 Woken:1 Late:1 Oldest:1h0m0s}",
	}; !slices.Equal(o.told, want) {
		t.Errorf("told %q, want %q", o.told, want)
	}
}

// A dead message is told once it is done with, and so is what became of its post.
func TestADeadMessageIsTold(t *testing.T) {
	m, o := storetest.NewMemory(clock), &observed{}
	p := add(t, m, "dead", now.Add(-time.Hour))
	p.Crashes = post.MaxCrashes
	if _, err := m.Save(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	h := schedule.DeadLetterHandler{Posts: m, Now: clock, Log: slog.New(slog.DiscardHandler), Observer: o}
	for _, w := range []schedule.Wake{{PostID: "dead"}, {Paused: "7"}, {Check: true, DueAt: now}} {
		if err := h.Handle(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"scheduled to failed", "workers failed on a post again and again dead", "paused posts could not be resumed before their time 7",
		fmt.Sprint("a worker could not look at itself ", now),
	}
	if !slices.Equal(o.told, want) {
		t.Errorf("told %q, want %q", o.told, want)
	}
	h.Posts = brokenPosts{m}
	if err := h.Handle(t.Context(), schedule.Wake{PostID: "dead"}); err == nil || len(o.told) != len(want) {
		t.Errorf("what comes again is told already: %q, %v", o.told, err)
	}
}

// brokenPosts cannot be read.
type brokenPosts struct{ *storetest.Memory }

func (brokenPosts) Load(context.Context, string) (post.Post, post.Content, error) {
	return post.Post{}, post.Content{}, errors.New("no table")
}
