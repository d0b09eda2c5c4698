package chaos

import (
	"slices"
	"time"

	"spool/infra/xsim"
	"spool/shared/post"
)

// timeline is the truth about what is on X.
func (w *World) timeline() []xsim.Post {
	all, err := w.sim.Timeline(owner)
	if err != nil {
		panic(err) // the account is there from the beginning
	}
	return all
}

// claimed says which post has which tweet, by X's id.
func (w *World) claimed() map[string]string {
	by := map[string]string{}
	for _, id := range w.ids {
		p, _ := w.load(id)
		for _, tweet := range p.PlatformPostIDs() {
			if other := by[tweet]; other != "" {
				w.say("both %s and %s have tweet %s", other, id, tweet)
			}
			by[tweet] = id
		}
	}
	return by
}

// check holds the world against what must always be true.
func (w *World) check() {
	all := map[string]xsim.Post{}
	for _, t := range w.timeline() {
		all[t.ID] = t
	}
	for _, id := range w.ids {
		p, c := w.load(id)
		if !w.isForgotten(id) {
			w.checkRest(p)
			w.checkTold(p)
		}
		w.checkChain(p, c, all)
		w.checkGone(p, all)
	}
	w.checkUnknown(all)
	w.checkCost()
}

// checkRest: every post has come to an end, and says why.
func (w *World) checkRest(p post.Post) {
	switch p.Status {
	case post.Published, post.Cancelled, post.Deleted, post.Draft:
		if p.Reason != nil || p.Sub != "" {
			w.say("%s is %s/%s, because of %+v", p.ID, p.Status, p.Sub, p.Reason)
		}
	case post.Failed, post.Missed:
		if p.Reason == nil || p.Reason.Sentence == "" {
			w.say("%s is %s without a reason", p.ID, p.Status)
		}
	default:
		w.say("%s has not come to an end: it is %s/%s, due %v", p.ID, p.Status, p.Sub, p.Due)
	}
	if !p.Due.IsZero() || p.Busy(time.Now()) || p.Attempt != nil && p.Sub != post.Unknown {
		w.say("%s is %s, and yet due at %v, with lease %+v and attempt %+v", p.ID, p.Status, p.Due, p.Lease, p.Attempt)
	}
	if p.Status == post.Published && len(p.Published) != p.Size {
		w.say("%s is published with %d of %d tweets", p.ID, len(p.Published), p.Size)
	}
}

// checkChain: what the record calls published is on X, as it was written, in
// order, in one chain, and was sent by Spool.
func (w *World) checkChain(p post.Post, c post.Content, all map[string]xsim.Post) {
	parent := ""
	for i, r := range p.Published {
		t, ok := all[r.ID]
		switch {
		case !ok:
			w.say("tweet %d of %s is said to be %s, which is not on X", i+1, p.ID, r.ID)
		case t.ByHand:
			w.say("tweet %d of %s is said to be %s, which its owner posted by hand", i+1, p.ID, r.ID)
		case t.Text != c.Tweets[i].Text || t.Parent != parent:
			w.say("tweet %d of %s is %q in reply to %q, want %q in reply to %q", i+1, p.ID, t.Text, t.Parent,
				c.Tweets[i].Text, parent)
		}
		if ok {
			w.checkShown(p.ID, i+1, t, c.Tweets[i].Media)
		}
		parent = r.ID
	}
}

// checkUnknown: whatever was sent is in a record, once, or the record says that
// it does not know.
func (w *World) checkUnknown(all map[string]xsim.Post) {
	claimed, spare := w.claimed(), map[string]int{}
	for _, id := range w.ids {
		if p, c := w.load(id); p.Sub == post.Unknown {
			spare[c.Tweets[p.Next()].Text]++
		}
	}
	for _, t := range all {
		if t.ByHand || claimed[t.ID] != "" {
			continue
		}
		if spare[t.Text]--; spare[t.Text] < 0 {
			w.say("%q was posted as %s in reply to %q at %v, and no record knows of it", t.Text, t.ID, t.Parent,
				t.CreatedAt.Sub(w.start))
		}
	}
	slices.Sort(w.wrong)
	w.wrong = slices.Compact(w.wrong)
}

// checkCost: a doubt costs three reads of the timeline, a request without a
// clear answer one more, and so does what tears a run away in the middle.
func (w *World) checkCost() {
	w.mu.Lock()
	reads, most := w.reads, 3*len(w.doubts)+w.lost+w.upsets
	w.mu.Unlock()
	if w.weather.alike || w.weather.bare { // of two doubts with one text one waits for the other, and looks now and then
		most += 12 * len(w.ids)
	}
	if reads > most {
		w.say("the timeline was read %d times for %d doubts, %d requests without a clear answer and %d upsets", reads,
			len(w.doubts), w.lost, w.upsets)
	}
}
