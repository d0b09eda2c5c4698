package chaos

import (
	"context"
	"fmt"
	"time"

	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/vault"
)

// meddle has the owner do something now and then.
func (w *World) meddle() {
	p := &picks{w: w, s: ofOwner, n: 1 << 20}
	for range w.weather.meddling {
		id := w.ids[p.upTo(len(w.ids)-1)]
		act := []func(string){w.cancel, w.edit, w.retry, w.retry, w.resolve, w.publishNow, w.chat, w.reply}[p.upTo(7)]
		w.after(p.span(w.weather.until/2), func() { act(id) })
	}
	if w.weather.badApp {
		down, credits, resume := p.span(time.Hour), p.chance(0.5), p.chance(0.5)
		w.after(down, func() {
			w.sim.Configure(func(s *xsim.Settings) {
				if s.Enrolled = credits; credits {
					s.Credits = new(int64)
				}
			})
		})
		w.after(down+p.span(time.Hour), func() {
			if w.heal(); resume {
				w.resumeApp()
			}
		})
	}
	if w.weather.badConsent {
		w.after(p.span(time.Hour), func() { _ = w.sim.Disconnect(owner) })
	}
}

// heal gives the app back what X refused it for.
func (w *World) heal() {
	w.sim.Configure(func(s *xsim.Settings) { s.Enrolled, s.Credits = true, nil })
}

// calm ends all trouble: X takes the app again, and the owner connects the
// account whenever it needs that.
func (w *World) calm() {
	if w.heal(); w.Script == nil && w.restBy.IsZero() {
		w.mustRest()
	}
	if snap, err := w.mem.Snapshot(context.Background(), user); err == nil && snap.Account.Health != account.Connected {
		w.connect()
	}
	if _, due, _ := w.mem.Due(context.Background(), 0, w.start.Add(1000*time.Hour), 1); len(due) > 0 {
		w.calmLater(time.Hour)
	}
}

func (w *World) calmLater(d time.Duration) { w.later(d, event{do: w.calm, what: "calm"}) }

// connect stores a new pair for the account, as a connection through OAuth does.
func (w *World) connect() {
	ctx := context.Background()
	v := &vault.Vault{Store: w.mem, Seal: plain{}, Now: time.Now, Rand: w.jitter, Log: w.Log}
	c := connect.Connector{Vault: v, Accounts: w.accounts(), Apps: w.mem}
	if err := c.PutApp(ctx,
		vault.App{ClientID: xsim.DefaultClientID, ClientSecret: xsim.DefaultClientSecret}); err != nil {
		panic(err)
	}
	pair, err := w.sim.Connect(owner)
	if err != nil {
		panic(err)
	}
	snap, err := w.mem.Snapshot(ctx, user)
	if err != nil && !fault.Is(err, fault.NotFound) {
		panic(err)
	}
	a := snap.Account
	a = account.Account{
		ID: user, Username: owner, Limit: 280, Zone: "UTC", Health: account.Connected, UsedAt: time.Now(),
		Version: a.Version + 1, Lease: account.Lease{Term: a.Lease.Term + 1}, Rev: a.Rev, Writer: post.NewWriter(),
		Expires: time.Now().Add(time.Duration(pair.ExpiresIn) * time.Second),
		Sealed:  fmt.Appendf(nil, `{"access":%q,"refresh":%q}`, pair.AccessToken, pair.RefreshToken),
	}
	if _, err := w.mem.SaveAccount(ctx, a); err != nil {
		panic(err)
	}
}

// accounts are the owner's decisions.
func (w *World) accounts() *account.Service {
	return &account.Service{Store: w.mem, Registry: w.mem, Now: time.Now, Log: w.Log}
}

// resumeApp is the owner saying that what X refused the app for is cleared.
func (w *World) resumeApp() {
	ctx := context.Background()
	if err := w.accounts().Resume(ctx); err != nil {
		panic(err)
	}
	w.mu.Lock()
	p := w.newProcess()
	w.mu.Unlock()
	r := schedule.Resumer{Index: w.mem, Posts: &store{w.mem, p}, Queue: &queue{p}, Shards: 1, Now: time.Now, Log: w.Log}
	p.invoke(func(ctx context.Context) error { _, err := r.Resume(ctx, ""); return err }, func(error) {})
}

// move makes a transition for the owner, as the API does. A refusal is fine: the
// owner is told.
func (w *World) move(id, what string, transition func(post.Post, post.Content) (post.Post, error)) {
	if w.isForgotten(id) {
		return
	}
	p, c := w.load(id)
	next, err := transition(p, c)
	w.Log.Info("owner", "at", time.Since(w.start), "post", id, "does", what, "error", err)
	if err != nil {
		return
	}
	if next.Content != p.Content {
		if err := w.mem.PutContent(context.Background(), p, w.edited(id, c)); err != nil {
			panic(err) // nobody else writes one
		}
	}
	w.reach(ReachedBy(edge(what, next)))
	if k := len(p.Published); len(next.Published) > k { // resolved
		if err := w.mem.Own(context.Background(), next.Published[k].ID, p); err != nil {
			w.say("%s of %s was refused by the store, though it is the truth: %v", what, id, err)
		}
	}
	next.Writer = post.NewWriter()
	next, err = w.mem.Save(context.Background(), next)
	if err != nil {
		w.say("%s of %s was refused by the store, with nobody else about: %v", what, id, err)
	}
	if w.stores(next); len(next.Events) > 0 {
		w.tell(id)
	}
	if now := time.Now(); !next.Due.IsZero() && schedule.Soon(now, next.Due) {
		w.deliverAfter(schedule.Delay(now, next.Due)+time.Millisecond, message{id: id, receives: 1})
	}
}

func (w *World) cancel(id string)     { w.move(id, "cancel", w.wish("cancel")) }
func (w *World) resolve(id string)    { w.move(id, "resolve", w.wish("resolve")) }
func (w *World) publishNow(id string) { w.move(id, "publish", w.wish("publish")) }
func (w *World) edit(id string)       { w.move(id, "edit", w.wish("edit")) }

// retry goes on with what has stopped, or takes back that it was cancelled.
func (w *World) retry(id string) {
	what := "retry"
	if p, _ := w.load(id); p.Status == post.Cancelled {
		what = "restore"
	}
	w.move(id, what, w.wish(what))
}

// wish is a transition that the owner can want, by its name.
func (w *World) wish(what string) func(post.Post, post.Content) (post.Post, error) {
	return func(p post.Post, c post.Content) (post.Post, error) {
		switch now := time.Now(); what {
		case "cancel":
			return p.Cancel(now)
		case "retry":
			return p.Retry(now)
		case "restore":
			return p.Restore(now)
		case "publish":
			return p.Schedule(now, now, "UTC")
		case "unpublish":
			return p.Unpublish(now)
		case "edit":
			return p.Edit(now, c, w.edited(p.ID, c))
		case "resolve":
			if p.Next() >= len(c.Tweets) {
				return p.Resolve(now, p.Next()+1, "")
			}
			return p.Resolve(now, p.Next()+1, w.truth(p, c.Tweets[p.Next()]))
		default:
			panic("nobody wants to " + what)
		}
	}
}

// edited is a thread with its last tweet changed, and one added.
func (w *World) edited(id string, old post.Content) post.Content {
	edited := post.Content{Version: old.Version + 1}
	edited.Tweets = append(edited.Tweets, old.Tweets[:len(old.Tweets)-1]...)
	draws := &picks{w: w, s: ofOwner, n: 1<<30 + uint64(1000*edited.Version)}
	for k := range 2 {
		edited.Tweets = append(edited.Tweets, post.Tweet{
			Text: fmt.Sprintf("%s edited to version %d: %d", id, edited.Version, k), Media: w.gallery(draws),
		})
	}
	return edited
}

// truth is the id of a post's next tweet, if X has it.
func (w *World) truth(p post.Post, open post.Tweet) string {
	claimed := w.claimed()
	for _, t := range w.timeline() {
		if !t.ByHand && t.Text == open.Text && showing(t, open.Media) && t.Parent == p.Parent() && claimed[t.ID] == "" {
			return t.ID
		}
	}
	return ""
}

// chat and reply are the owner's own tweets in between.
func (w *World) chat(string) { w.byHand(fmt.Sprintf("by the way, it is %v", time.Since(w.start)), "") }

func (w *World) reply(id string) {
	p, _ := w.load(id)
	w.byHand(fmt.Sprintf("and another thing at %v", time.Since(w.start)), p.Parent())
}

// byHand is the owner posting in X's own application.
func (w *World) byHand(text, parent string) {
	w.Log.Info("owner", "at", time.Since(w.start), "posts", text, "parent", parent)
	if _, err := w.sim.PostByHand(owner, text, parent); err != nil && !w.weather.regrets { // to nothing nobody can reply
		panic(err)
	}
}

// resolveAll has the owner bring what failed to its end.
func (w *World) resolveAll() {
	w.restBy = time.Time{}
	for _, id := range w.ids {
		w.resolve(id)
		w.retry(id)
	}
	w.calm()
}
