package chaos

import (
	"context"
	"fmt"
	"time"

	"spool/infra/xsim"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
)

// Scene is a small world, of which every history is played.
type Scene struct {
	Name string
	// Posts are the threads, by how many tweets each has. All begin with the same
	// words if Alike.
	Posts []int
	Alike bool
	Media tweet.MediumKind // what each first tweet shows
	In    time.Duration    // how far ahead the posts' time is
	Draft bool             // they have no time
	Late  time.Duration    // by how much the posts may be late
	Life  time.Duration    // of access tokens, unless it is X's own
	// Withdrawn: the posts are published only just when it begins, and are then to be deleted.
	Withdrawn bool
	Kept      bool // X refuses to delete them
	Beside    bool // one process works on all of them at once
	// Doubted: their worker died when the first tweet was about to leave.
	Doubted bool
}

// Scenes are all of them.
func Scenes() []*Scene {
	return []*Scene{
		{Name: "one tweet", Posts: []int{1}},
		{Name: "two tweets", Posts: []int{2}},
		{Name: "three tweets", Posts: []int{3}},
		{Name: "a picture", Posts: []int{1}, Media: tweet.Image},
		{Name: "a GIF", Posts: []int{1}, Media: tweet.GIF},
		{Name: "a draft", Posts: []int{1}, Draft: true},
		{Name: "ahead", Posts: []int{1}, In: 5 * time.Minute},
		{Name: "not too late", Posts: []int{1}, Late: 2 * time.Minute},
		{Name: "an old token", Posts: []int{1}, Life: 4 * time.Minute},
		{Name: "two that begin alike", Posts: []int{1, 1}, Alike: true},
		{Name: "two in one process", Posts: []int{1, 1}, Beside: true},
		{Name: "in doubt", Posts: []int{1}, Doubted: true},
		{Name: "taken back", Posts: []int{2}, Withdrawn: true},
		{Name: "not to be deleted", Posts: []int{1}, Withdrawn: true, Kept: true},
	}
}

// weather is a fine day.
func (s *Scene) weather() weather {
	batch := 1
	if s.Beside {
		batch = len(s.Posts)
	}
	return weather{
		batch: batch, gather: 10 * time.Millisecond, alike: s.Alike,
		until: time.Hour, invocation: 2 * time.Minute, visibility: 30 * time.Minute, receives: 3, late: visible,
		settings: func(c *xsim.Settings) {
			c.Limits = map[xsim.Endpoint]xsim.Limit{}
			if s.Life > 0 {
				c.AccessLife = s.Life
			}
			if s.Alike {
				c.DuplicateWindow = 0
			}
		},
	}
}

// set writes the threads.
func (s *Scene) set(w *World) {
	for i, n := range s.Posts {
		id := fmt.Sprintf("post-%d", i)
		c := post.Content{Version: 1}
		for k := range n {
			t := post.Tweet{Text: fmt.Sprintf("%s says %d", id, k)}
			if k == 0 && s.Alike {
				t.Text = "good morning"
			}
			switch {
			case k > 0:
			case s.Media == tweet.Image:
				t.Media = []post.Medium{w.keep(s.Media, "image/png", string(picture()), "a cat!")}
			case s.Media == tweet.GIF:
				t.Media = []post.Medium{w.keep(s.Media, "image/gif", "GIF89a", "a cat, and a mouse")}
			}
			c.Tweets = append(c.Tweets, t)
		}
		younger := time.Duration(i) * time.Second
		at := w.start.Add(s.In + younger)
		if s.Draft {
			at = time.Time{}
		}
		rec := post.New(time.Now().Add(younger), user, c, at, "UTC")
		rec.ID, rec.Lateness = id, s.Late
		if s.Doubted {
			rec, _ = rec.Claim(w.start, "the dead", publish.Defaults().Lease)
		}
		if _, err := w.mem.Create(context.Background(), rec, c); err != nil {
			panic(err) // the memory cannot fail
		}
		w.ids = append(w.ids, id)
	}
}

// out is when the threads of a scene are out: with the first round of dispatch.
const out = time.Minute + 2*time.Second

// playScene lets the history happen, and then has the owner bring what failed to
// its end.
func (w *World) playScene() {
	if w.armed = !w.Scene.Withdrawn; !w.armed {
		w.later(out, event{what: "withdraw", do: func() {
			for _, id := range w.ids {
				w.move(id, "unpublish", w.wish("unpublish"))
			}
			w.armed = true
		}})
	}
	for what := "nothing"; what != ""; {
		if w.playOn(); w.known || len(w.wrong) > 0 {
			return
		}
		if what = w.ask("rest", func() []string { return w.acts("rest") }); what != "" {
			w.act(what)
			w.calmLater(w.weather.until)
		}
	}
	w.resolveAll()
	w.playOn()
}

// playOn plays and, if the world came to its end, checks it.
func (w *World) playOn() {
	if w.play(); !w.known {
		w.check()
	}
}
