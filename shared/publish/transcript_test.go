package publish_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"spool/infra/sim/transition"
	"spool/infra/transcript"
	"spool/infra/xsim"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

// TestTranscripts plays what testdata tells. To write it anew:
//
//	go test ./shared/publish -run Transcripts -rewrite
func TestTranscripts(t *testing.T) {
	transcript.Play(t, "testdata/*.txt", func(t *testing.T, talk *transcript.Talk) []transcript.Verb {
		s := &stage{talk: talk}
		s.anew(t)
		t.Cleanup(s.absent.Wait)
		var verbs []transcript.Verb
		for _, some := range [][]transcript.Verb{s.queueVerbs(), s.ownerVerbs(), s.xVerbs(), s.troubleVerbs()} {
			verbs = append(verbs, some...)
		}
		return verbs
	})
}

// length reads a duration that a file gives.
func (s *stage) length(d string) time.Duration {
	got, err := time.ParseDuration(d)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// number reads a number that a file gives.
func (s *stage) number(n string) int {
	got, err := strconv.Atoi(n)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// minute is how long an invocation lasts.
const minute = time.Minute

// queueVerbs are what wakes workers, and the clock.
func (s *stage) queueVerbs() []transcript.Verb {
	return []transcript.Verb{
		{Form: `a new morning`, Do: func([]string) { s.anew(s.t) }},
		{Form: `the clock moves by (\S+)`, Do: func(a []string) { time.Sleep(s.length(a[0])) }},
		{Form: `the clock moves to when (\w) is due`, Do: func(a []string) { s.untilDue(a[0]) }},
		{Form: `deliver (\w)`, Do: func(a []string) { <-s.deliver(a[0], 0, minute) }},
		{Form: `deliver (\w) to a worker whose clock is (\S+) (ahead|behind)`, Do: func(a []string) {
			skew := s.length(a[1])
			if a[2] == "behind" {
				skew = -skew
			}
			<-s.deliver(a[0], skew, minute)
		}},
		{Form: `deliver (\w) beside others`, Do: func(a []string) {
			<-s.order(publish.Order{PostID: s.posts[a[0]]}, 0, minute)
		}},
		{Form: `deliver (\w), handed on (\d+) times`, Do: func(a []string) {
			<-s.order(publish.Order{PostID: s.posts[a[0]], Alone: true, Hops: s.number(a[1])}, 0, minute)
		}},
		{Form: `the message of (\w) dies`, Do: func(a []string) { s.messageDies(a[0]) }},
		{Form: `deliver (\w) to a worker that has (\S+) left`, Do: func(a []string) { <-s.deliver(a[0], 0, s.length(a[1])) }},
		{Form: `deliver (\w), and do not wait`, Do: func(a []string) {
			done := s.deliver(a[0], 0, 10*minute)
			s.absent.Go(func() { <-done })
		}},
		{Form: `wait for all workers`, Do: func([]string) { s.absent.Wait() }},
		{Form: `deliver (\w) when it is due`, Do: func(a []string) {
			s.untilDue(a[0])
			<-s.deliver(a[0], 0, minute)
		}},
		{Form: `deliver (\w) whenever it is due`, Do: func(a []string) {
			for range 40 {
				was := s.load(s.posts[a[0]])
				if was.Due.IsZero() {
					return
				}
				s.untilDue(a[0])
				<-s.deliver(a[0], 0, minute)
				if s.load(was.ID).Rev == was.Rev {
					time.Sleep(minute) // until dispatch sees it again
				}
			}
			s.t.Fatal("it is due for ever")
		}},
	}
}

// messageDies has dispatch take the post's message from the dead-letter queue.
func (s *stage) messageDies(name string) {
	h := schedule.DeadLetterHandler{Posts: told{s.store, s}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if err := h.FailDead(transcript.As(s.ctx, "dispatch"), s.posts[name]); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) untilDue(name string) {
	if d := s.load(s.posts[name]).Due; d.After(time.Now()) {
		time.Sleep(time.Until(d))
	}
}

// content makes a thread of what a file says: texts, and [picture], [video] behind
// them for media.
func (s *stage) content(said string) post.Content {
	c := post.Content{Version: 1}
	for _, text := range texts(said) {
		var t post.Tweet
		for _, kind := range []string{"picture", "video"} {
			for strings.Contains(text, "["+kind+"]") {
				text = strings.TrimSpace(strings.Replace(text, "["+kind+"]", "", 1))
				t.Media = append(t.Media, s.medium(kind))
			}
		}
		t.Text = text
		c.Tweets = append(c.Tweets, t)
	}
	return c
}

// medium makes a file.
func (s *stage) medium(kind string) post.Medium {
	if kind == string(tweet.Video) {
		return s.files.video(3)
	}
	return s.files.picture(uint64(len(s.files)))
}

// add has the owner hand over a post.
func (s *stage) add(name, said string, at time.Time) {
	c := s.content(said)
	p, err := s.mem.Create(s.ctx, post.New(time.Now(), ada, c, at, "UTC"), c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.posts[name] = p.ID
	s.talk.Line("owner", "%-10s %s: %s", "New", name, s.standing(p))
	time.Sleep(time.Second) // nothing is at the same moment
}

// own has the owner make a transition.
func (s *stage) own(t post.Transition, name string, move func(post.Post) (post.Post, error)) {
	p, err := move(s.load(s.posts[name]))
	if err == nil {
		p, err = s.mem.Save(s.ctx, p)
	}
	if err != nil {
		s.talk.Line("owner", "%-10s %s -> refused: %s", t, name, s.talk.Times(err.Error()))
		return
	}
	s.talk.Line("owner", "%-10s %s: %s", t, name, s.standing(p))
}

// ownerVerbs are what a post's owner does.
func (s *stage) ownerVerbs() []transcript.Verb {
	now := time.Now
	resolve := func(n, name, id string) {
		s.own(post.Resolve, name, func(p post.Post) (post.Post, error) { return p.Resolve(now(), s.number(n), id) })
	}
	return []transcript.Verb{
		{Form: `the owner posts (\w): (.+)`, Do: func(a []string) { s.add(a[0], a[1], now()) }},
		{Form: `the owner schedules (\w) in (\S+): (.+)`, Do: func(a []string) { s.add(a[0], a[2], now().Add(s.length(a[1]))) }},
		{Form: `(\w) may start (\S+) late`, Do: func(a []string) {
			s.move(s.posts[a[0]], func(p post.Post) (post.Post, error) { p.Lateness = s.length(a[1]); return p, nil })
		}},
		{Form: `the owner cancels (\w)`, Do: func(a []string) {
			s.own(post.Cancel, a[0], func(p post.Post) (post.Post, error) { return p.Cancel(now()) })
		}},
		{Form: `the owner retries (\w)`, Do: func(a []string) {
			s.own(post.Retry, a[0], func(p post.Post) (post.Post, error) { return p.Retry(now()) })
		}},
		{Form: `the owner gives (\w) a new time, (\S+) from now`, Do: func(a []string) {
			s.own(post.Schedule, a[0], func(p post.Post) (post.Post, error) { return p.Schedule(now(), now().Add(s.length(a[1])), "UTC") })
		}},
		{Form: `the owner edits (\w): (.+)`, Do: func(a []string) { s.edit(a[0], a[1]) }},
		{Form: `the owner deletes (\w) from X`, Do: func(a []string) {
			s.own(post.Unpublish, a[0], func(p post.Post) (post.Post, error) { return p.Unpublish(now()) })
		}},
		{Form: `the owner resolves tweet (\d+) of (\w) as absent`, Do: func(a []string) { resolve(a[0], a[1], "") }},
		{Form: `the owner resolves tweet (\d+) of (\w) as (#\d+)`, Do: func(a []string) { resolve(a[0], a[1], s.talk.ID(a[2])) }},
		{Form: `the owner ends the pause of the app`, Do: func([]string) {
			if err := s.owner().Resume(s.ctx); err != nil {
				s.t.Fatal(err)
			}
			for name, id := range s.posts {
				if p := s.load(id); p.Sub == post.Paused {
					s.own(post.Resume, name, func(p post.Post) (post.Post, error) { return p.Resume(now()) })
				}
			}
		}},
		{Form: `the owner connects the account again`, Do: func([]string) { s.connect() }},
		{Form: `the owner tweets by hand: (.+)`, Do: func(a []string) { s.byHand(a[0], "") }},
		{Form: `the owner replies by hand to (#\d+): (.+)`, Do: func(a []string) { s.byHand(a[1], s.talk.ID(a[0])) }},
		{Form: `the owner deletes (#\d+) by hand`, Do: func(a []string) {
			if err := s.sim.DeleteByHand(s.talk.ID(a[0])); err != nil {
				s.t.Fatal(err)
			}
		}},
	}
}

func (s *stage) byHand(text, parent string) {
	p, err := s.sim.PostByHand("ada", text, parent)
	if err != nil {
		s.t.Fatal(err)
	}
	s.talk.Line("owner", "tweets %s by hand", s.talk.Name("#", p.ID))
}

func (s *stage) edit(name, said string) {
	was, old, err := s.mem.Load(s.ctx, s.posts[name])
	if err != nil {
		s.t.Fatal(err)
	}
	edited := s.content(said)
	edited.Version = old.Version + 1
	if err := s.mem.PutContent(s.ctx, was, edited); err != nil {
		s.t.Fatal(err)
	}
	s.own(post.Edit, name, func(p post.Post) (post.Post, error) { return p.Edit(time.Now(), old, edited) })
}

// answers are what X may answer in place of doing what it is asked.
var answers = map[string]xsim.Fault{
	"503":            {Status: 503, Body: `{"title":"Service Unavailable","status":503}`},
	"a proxy's page": {Status: 403, Body: `<title>Attention Required! | Cloudflare</title>`},
	"401": {
		Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`,
	},
	"no credits": {Status: 402, Body: `{"title":"CreditsDepleted"}`},
	"a limit":    {Status: 429, Body: `{"title":"Too Many Requests","status":429}`},
	"an account that is locked": {
		Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"To protect our users, this account is temporarily locked."}`,
	},
	"that it is not permitted": {
		Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"You are not permitted to perform this action."}`,
	},
	"that the tweet before is not visible": {
		Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"You attempted to reply to a Tweet that is deleted or not visible to you."}`,
	},
	"that it does not know the media": {Status: 400, Body: `{"detail":"Your media IDs are invalid."}`},
	"that it has no such tweet": {
		Status: 404, Body: `{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}`,
	},
}

// requests are what a file calls the requests to X.
var requests = map[string]xsim.Fault{
	"tweet":               {Method: "POST", Path: "/2/tweets"},
	"deletion":            {Method: "DELETE", Path: "/2/tweets/*"},
	"look-up":             {Method: "GET", Path: "/2/tweets/*"},
	"timeline":            {Method: "GET", Path: "/2/users/*/tweets"},
	"refresh":             {Method: "POST", Path: "/2/oauth2/token"},
	"upload":              {Method: "POST", Path: "/2/media/upload"},
	"segment":             {Method: "POST", Path: "/2/media/upload/*/append"},
	"end of the upload":   {Method: "POST", Path: "/2/media/upload/*/finalize"},
	"status of the media": {Method: "GET", Path: "/2/media/upload"},
}

// strikes scripts a fault of "the next tweet", "tweet 2 from now", or "all
// segments".
func (s *stage) strikes(which, request string, f xsim.Fault) {
	at, ok := requests[request]
	if !ok {
		s.t.Fatalf("there is no request %q", request)
	}
	f.Method, f.Path = at.Method, at.Path
	switch which = strings.TrimSuffix(which, " "); which {
	case "the next":
	case "the second next":
		f.Nth = 2
	case "the third next":
		f.Nth = 3
	case "every":
		f.Count = -1
	default:
		f.Count = s.number(strings.Fields(which)[2])
	}
	s.fault(f)
}

// xVerbs are what X does.
func (s *stage) xVerbs() []transcript.Verb {
	const what = `(the next \d+|the next|the second next|the third next|every) (.+?)s?`
	configure := func(change func(*xsim.Settings)) { s.sim.Configure(change) }
	var verbs []transcript.Verb
	for name, f := range answers {
		verbs = append(verbs,
			transcript.Verb{Form: `X answers ` + what + ` with ` + name, Do: func(a []string) { s.strikes(a[0], a[1], f) }},
			transcript.Verb{Form: `X answers ` + what + ` with ` + name + `, and does it`, Do: func(a []string) {
				f.Commit = true
				s.strikes(a[0], a[1], f)
			}})
	}
	return append(verbs, []transcript.Verb{
		{Form: `X loses its answer to ` + what, Do: func(a []string) { s.strikes(a[0], a[1], xsim.Fault{Drop: xsim.DropAfter}) }},
		{Form: `X never gets ` + what, Do: func(a []string) { s.strikes(a[0], a[1], xsim.Fault{Drop: xsim.DropBefore}) }},
		{Form: `X accepts ` + what + ` (\S+) late`, Do: func(a []string) { s.strikes(a[0], a[1], xsim.Fault{Late: s.length(a[2])}) }},
		{Form: `X takes (\S+) for ` + what, Do: func(a []string) { s.strikes(a[1], a[2], xsim.Fault{Delay: s.length(a[0])}) }},
		{Form: `X cannot process the next video`, Do: func([]string) {
			f := requests["end of the upload"]
			f.MediaFailure = &xsim.MediaFailure{Code: 3, Name: "UnsupportedMedia", Message: "no audio"}
			s.fault(f)
		}},
		{Form: `X shows tweets (\S+) late`, Do: func(a []string) {
			configure(func(x *xsim.Settings) { x.VisibilityLag = s.length(a[0]) })
		}},
		{Form: `X never shows a tweet`, Do: func([]string) { configure(func(x *xsim.Settings) { x.VisibilityLag = 1000 * time.Hour }) }},
		{Form: `X takes duplicates`, Do: func([]string) { configure(func(x *xsim.Settings) { x.DuplicateWindow = 0 }) }},
		{Form: `X takes (\d+) tweets in 15 minutes`, Do: func(a []string) {
			configure(func(x *xsim.Settings) { x.Limits[xsim.CreatePost] = xsim.Limit{User15m: s.number(a[0])} })
		}},
		{Form: `X takes (\d+) deletions in 15 minutes`, Do: func(a []string) {
			configure(func(x *xsim.Settings) { x.Limits[xsim.DeletePost] = xsim.Limit{User15m: s.number(a[0])} })
		}},
		{Form: `X ends the connection of the account`, Do: func([]string) {
			if err := s.sim.Disconnect("ada"); err != nil {
				s.t.Fatal(err)
			}
		}},
		{Form: `X works again`, Do: func([]string) { s.sim.ClearFaults() }},
		{Form: `show X`, Do: func([]string) { s.showX() }},
	}...)
}

// showX tells what is on X.
func (s *stage) showX() {
	timeline, err := s.sim.Timeline("ada")
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, tw := range timeline {
		if tw.Deleted {
			continue
		}
		n++
		line := fmt.Sprintf("%s %q", s.talk.Name("#", tw.ID), tw.Text)
		if tw.Parent != "" {
			line += " in reply to " + s.talk.Name("#", tw.Parent)
		}
		if len(tw.Media) > 0 {
			line += fmt.Sprintf(" with %d media", len(tw.Media))
		}
		s.talk.Note("on X: %s", line)
	}
	if n == 0 {
		s.talk.Note("on X: nothing")
	}
}

// troubleVerbs are what happens to workers and their store.
func (s *stage) troubleVerbs() []transcript.Verb {
	const moment = `(stores (\w+)|records tweet (\d+)|records that tweet (\d+) is gone)`
	at := func(a []string) func(transition.Made, post.Post) bool {
		return func(does transition.Made, is post.Post) bool {
			switch {
			case a[1] != "":
				return does.String() == a[1]
			case a[2] != "":
				return is.Removal == nil && len(is.Published) == s.number(a[2]) &&
					does.Any(post.Checkpoint, post.Yield, post.Complete)
			default:
				return is.Removal != nil && does.Any(post.Removed) && len(is.OnX()) == s.number(a[3])-1
			}
		}
	}
	once := func(a []string, then func(context.Context) trouble) { s.plan(at(a), then, time.Time{}) }
	does := func(what trouble) func(context.Context) trouble { return func(context.Context) trouble { return what } }
	return []transcript.Verb{
		{Form: `the worker dies before it ` + moment, Do: func(a []string) {
			once(a, func(ctx context.Context) trouble { s.die(ctx); return none })
		}},
		{Form: `the worker dies after it ` + moment, Do: func(a []string) { once(a, does(dead)) }},
		{Form: `the worker is held up for (\S+) before it ` + moment, Do: func(a []string) {
			once(a[1:], func(ctx context.Context) trouble {
				s.talk.Line(transcript.Who(ctx), "is held up")
				time.Sleep(s.length(a[0]))
				return none
			})
		}},
		{Form: `the store fails when the worker ` + moment, Do: func(a []string) { once(a, does(before)) }},
		{Form: `the store loses its answer when the worker ` + moment, Do: func(a []string) { once(a, does(after)) }},
		{Form: `the store fails for (\S+) from when the worker ` + moment, Do: func(a []string) {
			once(a[1:], func(context.Context) trouble {
				s.plan(func(transition.Made, post.Post) bool { return true }, does(before), time.Now().Add(s.length(a[0])))
				return before
			})
		}},
		{Form: `the owner cancels (\w) just before the worker ` + moment, Do: func(a []string) {
			once(a[1:], func(context.Context) trouble {
				s.own(post.Cancel, a[0], func(p post.Post) (post.Post, error) { return p.Cancel(time.Now()) })
				return none
			})
		}},
		{Form: `the owner edits (\w) just before the worker ` + moment + `: (.+)`, Do: func(a []string) {
			once(a[1:], func(context.Context) trouble { s.edit(a[0], a[5]); return none })
		}},
		{Form: `the file of the video is lost`, Do: func([]string) {
			for key, f := range s.files {
				if r, ok := f.(io.ReadSeeker); ok {
					if n, _ := r.Seek(0, io.SeekEnd); n == 3*segment {
						delete(s.files, key)
					}
				}
			}
		}},
	}
}
