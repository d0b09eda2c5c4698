package chaos

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
)

// This file has the owner delete threads from X, and records.

// regret has the owner want some of it gone again.
func (w *World) regret() {
	p := &picks{w: w, s: ofOwner, n: 1 << 21}
	if w.weather.regrets = p.chance(0.3); !w.weather.regrets {
		return
	}
	for range 1 + p.upTo(1) {
		id, stop := w.ids[p.upTo(len(w.ids)-1)], p.chance(0.3)
		w.after(w.moment(p, id), func() { w.unpublish(id, stop, 60) })
	}
	for _, id := range w.ids {
		if at := w.moment(p, id); p.chance(0.2) || w.weather.alike {
			w.after(at, func() { w.forget(id, 60) })
		}
	}
}

// moment is a time to think better of a post: any, or when it goes out.
func (w *World) moment(p *picks, id string) time.Duration {
	any := p.span(w.weather.until / 2)
	if rec, _ := w.load(id); p.chance(0.5) {
		return max(0, time.Until(rec.ScheduledAt))
	}
	return any
}

// unpublish deletes a thread from X. While it is going out the owner asks again
// and again; or cancels it first, as the refusal advises.
func (w *World) unpublish(id string, stop bool, times int) {
	if stop {
		w.cancel(id)
	}
	w.move(id, "unpublish", w.wish("unpublish"))
	if p, _ := w.load(id); times > 0 && (p.Status == post.Scheduled || p.Status == post.Publishing) {
		w.after(5*time.Second, func() { w.unpublish(id, stop, times-1) })
	}
}

// forget deletes a record: the owner waits some minutes for the post to begin, and
// for Spool to allow it. What the record said last is kept for the checks.
func (w *World) forget(id string, times int) {
	if w.isForgotten(id) {
		return
	}
	p, c := w.load(id)
	err := p.Forget(time.Now())
	w.Log.Info("owner", "at", time.Since(w.start), "post", id, "does", "delete the record", "error", err)
	if err != nil || p.Status == post.Scheduled && times > 0 {
		if times > 0 {
			w.after(5*time.Second, func() { w.forget(id, times-1) })
		}
		return
	}
	if err := w.mem.Forget(context.Background(), p, time.Now().Add(post.Remembered)); err != nil {
		w.say("deleting the record of %s was refused by the store, with nobody else about: %v", id, err)
		return
	}
	w.mu.Lock()
	w.forgotten[id] = memory{p, c}
	w.mu.Unlock()
}

// memory is what a record said before it was deleted.
type memory struct {
	post    post.Post
	content post.Content
}

func (w *World) isForgotten(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.forgotten[id]
	return ok
}

// load reads the truth: of a record that was deleted what it said last.
func (w *World) load(id string) (post.Post, post.Content) {
	p, c, err := w.mem.Load(context.Background(), id)
	if fault.Is(err, fault.Gone) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.forgotten[id].post, w.forgotten[id].content
	}
	if err != nil {
		panic(err) // posts vanish in no other way
	}
	return p, c
}

// checkGone: of a thread that was deleted on X is what the record says, and of
// any other all of it. Where the deletion failed the tweet that it met may be gone.
func (w *World) checkGone(p post.Post, all map[string]xsim.Post) {
	left := len(p.OnX())
	for i, r := range p.Published {
		met := p.Removal != nil && p.Status == post.Failed && i == left-1
		switch gone := all[r.ID].Deleted; {
		case i >= left && !gone:
			w.say("tweet %d of %s is said to be deleted, and is on X as %s", i+1, p.ID, r.ID)
		case i < left && gone && !met:
			w.say("tweet %d of %s, which is %s with %d on X, was deleted: %s", i+1, p.ID, p.Status, left, r.ID)
		}
	}
}

// troublesOfDeleting are what can go wrong when a tweet is to be deleted.
func troublesOfDeleting() []string {
	often := slices.Repeat([]string{"hidden"}, 12) // it counts only while a tweet is young
	return append(often, []string{
		"unreachable", "lost before", "lost after", "lost after", "503", "503 done", "page", "page done", "404", "404 done",
		"denied", "denied done",
		"429", "429 absurd", "401", "402", "403 locked", "403 final", "403 done", "slow before", "slow after",
	}...)
}

// hidden reports whether X may still answer that it does not have a new tweet.
func (w *World) hidden(r *http.Request) bool {
	id, _ := strings.CutPrefix(r.URL.Path, "/2/tweets/")
	return time.Since(post.PostedAt(id)) < w.weather.late
}
