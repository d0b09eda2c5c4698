package vault_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/transcript"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/xauth"
)

// TestTranscripts plays what testdata tells. To write it anew:
//
//	go test ./shared/vault -run Transcripts -rewrite
func TestTranscripts(t *testing.T) {
	transcript.Play(t, "testdata/*.txt", func(t *testing.T, talk *transcript.Talk) []transcript.Verb {
		s := &stage{t: t, talk: talk}
		s.anew()
		t.Cleanup(s.workers.Wait)
		return s.verbs()
	})
}

// stage is a world of which all is told that workers do.
type stage struct {
	t       *testing.T
	talk    *transcript.Talk
	w       *sim.World
	count   int
	workers sync.WaitGroup
	probe   bool // the last session that was opened is to probe the app

	mu    sync.Mutex
	plans []plan
}

// plan is something to happen, once, before or after an operation.
type plan struct {
	who   string // empty: whoever comes first
	op    string
	after bool
	then  func(who string) error
}

// anew begins a new world, in which @ada was connected two hours ago.
func (s *stage) anew() {
	s.workers.Wait()
	s.talk.Morning()
	s.w, s.count, s.plans = sim.NewWorld(1), 0, nil
	if _, err := s.w.Connect(s.t.Context(), "ada"); err != nil {
		s.t.Fatal(err)
	}
	s.talk.Morning()
	time.Sleep(simtest.Expired)
}

// works begins the work of a new process, which has a minute for it.
func (s *stage) works(what string, do func(context.Context, *vault.Vault) (string, error)) {
	s.count++
	who := fmt.Sprintf("worker %d", s.count)
	v := s.w.Vault()
	v.Store = &told{Store: v.Store, talk: s.talk}
	v.Authority.(*xauth.Authority).HTTP = &http.Client{Transport: transcript.HTTP{Talk: s.talk, X: s.w.X}}
	v = sim.Hook(func(op string, after bool) error { return s.meets(who, op, after) }).Into(v)
	s.workers.Go(func() {
		ctx, cancel := context.WithTimeout(transcript.As(s.t.Context(), who), time.Minute)
		defer cancel()
		s.talk.Line(who, "%s", what)
		end, err := do(ctx, v)
		if err != nil {
			v := fault.Judge(err)
			s.talk.Line(who, "has to wait: %s (%v, %v%s)", v.Reason.Code, v.Scope, v.Action, s.until(v.Until))
			return
		}
		s.talk.Line(who, "%s", end)
	})
}

// until says until when, where that is known.
func (s *stage) until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ", until " + s.talk.Time(t)
}

// meets does what is planned for an operation. Sealing and opening take a moment
// each, and are told.
func (s *stage) meets(who, op string, after bool) error {
	s.mu.Lock()
	var then func(string) error
	for i, p := range s.plans {
		if p.op == op && p.after == after && (p.who == "" || p.who == who) {
			then = p.then
			s.plans = append(s.plans[:i:i], s.plans[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
	if after && (op == "open" || op == "seal") {
		time.Sleep(access)
		s.talk.Line(who, "KMS        %ss", op)
	}
	if then == nil {
		return nil
	}
	return then(who)
}

// access is how long a request to the store, or to KMS, takes.
const access = 10 * time.Millisecond

// told is the store of one worker. What it reads is told when it is not what it read
// before.
type told struct {
	account.Store
	talk *transcript.Talk
	read string
}

func (s *told) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	time.Sleep(access)
	snap, err := s.Store.Snapshot(ctx, id)
	if read := transcript.Account(s.talk, snap.Account); read != s.read {
		s.talk.Line(transcript.Who(ctx), "reads      %s", read)
		s.read = read
	}
	return snap, err
}

func (s *told) SaveAccount(ctx context.Context, a account.Account) (account.Account, error) {
	time.Sleep(access)
	saved, err := s.Store.SaveAccount(ctx, a)
	said := transcript.Account(s.talk, a)
	if err != nil {
		said += " -> refused: it has changed"
	}
	s.talk.Line(transcript.Who(ctx), "stores     %s", said)
	return saved, err
}

func (s *told) SavePause(ctx context.Context, id string, p account.Pause) error {
	time.Sleep(access)
	err := s.Store.SavePause(ctx, id, p)
	whose := "the account"
	if id == "" {
		whose = "the app"
	}
	said := fmt.Sprintf("%s is paused until %s, shown as %s, for %s, prolonged %dx", whose, s.talk.Time(p.Until), p.Sub,
		p.Reason.Code, p.Count)
	if p.Until.IsZero() {
		said = whose + " is not paused"
	}
	if err != nil {
		said += " -> refused: it has changed"
	}
	s.talk.Line(transcript.Who(ctx), "stores     %s", said)
	return err
}

func (s *told) SaveBudgets(ctx context.Context, b account.Budgets) error {
	time.Sleep(access)
	err := s.Store.SaveBudgets(ctx, b)
	said := "of " + b.Month
	for _, id := range slices.Sorted(maps.Keys(b.Of)) {
		whose := strings.Replace(cmp.Or(id, "all"), simtest.Ada, "@ada", 1)
		said += fmt.Sprintf(", %v of %v of %s", b.Of[id].Spent, b.Of[id].Monthly, whose)
	}
	for _, h := range b.Held {
		said += fmt.Sprintf(", %v held for %s", h.Amount, h.PostID)
	}
	if err != nil {
		said += " -> refused: it has changed"
	}
	if b.Writer == "" {
		said += ", by nobody"
	}
	s.talk.Line(transcript.Who(ctx), "stores     budgets %s", said)
	return err
}

// held says what a post has to wait for.
func (s *stage) held(p publish.Pause) string {
	return fmt.Sprintf("waits until %s, shown as %s, for the %v's sake: %s", s.talk.Time(p.Until), p.Sub, p.Scope,
		p.Reason.Code)
}

// opens opens the account, and tells what the session allows.
func (s *stage) opens(ctx context.Context, v *vault.Vault) (string, error) {
	got, err := v.Open(ctx, simtest.Ada)
	s.probe = got.Probe
	said := fmt.Sprintf("goes on with pair %d", got.Version)
	switch {
	case err != nil:
	case got.Pause != nil:
		said = s.held(*got.Pause)
	case got.Probe && got.Budgeted:
		said += ", to probe the app, within a budget"
	case got.Probe:
		said += ", to probe the app"
	case got.Budgeted:
		said += ", within a budget"
	}
	return said, err
}

// disconnects ends the account's connection.
func (s *stage) disconnects(ctx context.Context, v *vault.Vault) (string, error) {
	a, err := v.Disconnect(ctx, simtest.Ada)
	return "leaves it " + transcript.Account(s.talk, a), err
}

// verbs are the sentences of testdata.
func (s *stage) verbs() []transcript.Verb { return slices.Concat(s.refreshing(), s.waiting()) }

// waiting are the sentences about pauses and budgets.
func (s *stage) waiting() []transcript.Verb {
	number := func(a string) (d tweet.Dollars) {
		if err := d.UnmarshalText([]byte(cmp.Or(a, "0"))); err != nil {
			s.t.Fatal(err)
		}
		return d
	}
	length := func(d string) time.Duration {
		got, err := time.ParseDuration(d)
		if err != nil {
			s.t.Fatal(err)
		}
		return got
	}
	pause := func(a []string, probe bool) {
		p := publish.Pause{Sub: post.Paused, Until: time.Now().Add(length(a[2])), Reason: fault.ReasonCreditsDepleted.Reason()}
		if a[0] == "limits" {
			p.Sub, p.Reason = post.RateLimited, fault.Reason{Code: "rate_limited"}
		}
		if p.Scope = fault.ScopeApp; a[1] == "account" {
			p.Scope = fault.ScopeAccount
		}
		s.works("was refused", func(ctx context.Context, v *vault.Vault) (string, error) {
			until, err := v.Pause(ctx, publish.Session{AccountID: simtest.Ada, Probe: probe}, p)
			return "waits until " + s.talk.Time(until), err
		})
	}
	setAside := func(a []string) {
		far := time.FixedZone("far", 14*60*60) // where another month begins much sooner
		e := publish.Expense{PostID: a[0], Amount: number(a[1]), Counted: number(a[2]), Begun: a[3] != "", At: time.Now().In(far)}
		s.works("sets aside", func(ctx context.Context, v *vault.Vault) (string, error) {
			charge, wait, err := v.SetAside(ctx, publish.Session{AccountID: simtest.Ada}, e)
			if wait != nil {
				return s.held(*wait) + ". " + wait.Reason.Sentence + " " + wait.Reason.Todo, err
			}
			return fmt.Sprintf("notes %v for %s", charge.Amount, charge.Month), err
		})
	}
	return []transcript.Verb{
		{Form: `X (refuses|limits) the (account|app) for (\S+)`, Do: func(a []string) { pause(a, false); s.workers.Wait() }},
		{Form: `X (refuses|limits) the (account|app) for (\S+), twice at once`, Do: func(a []string) {
			pause(a, false)
			time.Sleep(time.Millisecond)
			pause(a, false)
			s.workers.Wait()
		}},
		{Form: `X refuses the probe for (\S+)`, Do: func(a []string) {
			pause([]string{"refuses", "app", a[0]}, s.probe)
			s.workers.Wait()
		}},
		{Form: `X takes what the probe sends`, Do: func([]string) {
			s.works("got through", func(ctx context.Context, v *vault.Vault) (string, error) {
				return "is done", v.ProbeSucceeded(ctx, publish.Session{AccountID: simtest.Ada, Probe: true})
			})
			s.workers.Wait()
		}},
		{Form: `two posts are due`, Do: func([]string) {
			s.works("opens the account", s.opens)
			time.Sleep(time.Millisecond)
			s.works("opens the account", s.opens)
			s.workers.Wait()
		}},
		{Form: `the owner allows (\S+) for (all|@ada)`, Do: func(a []string) {
			id := map[string]string{"@ada": simtest.Ada}[a[1]]
			if err := s.w.Connector().Accounts.SetBudget(s.t.Context(), id, number(a[0]), 0); err != nil {
				s.t.Fatal(err)
			}
		}},
		{Form: `(\S+) costs (\S+?)(?: and has (\S+) counted)?( and has begun)?`, Do: func(a []string) {
			setAside(a)
			s.workers.Wait()
		}},
		{Form: `(\S+) and (\S+) cost (\S+) at once`, Do: func(a []string) {
			setAside([]string{a[0], a[2], "", ""})
			time.Sleep(time.Millisecond)
			setAside([]string{a[1], a[2], "", ""})
			s.workers.Wait()
		}},
		{Form: `the store fails at the next (read|save pause|save budgets)`, Do: func(a []string) {
			s.plans = append(s.plans, plan{op: a[0], then: func(who string) error {
				s.talk.Line(who, "the store fails")
				return errors.New("the store is out of order")
			}})
		}},
		{Form: `the user is called "(.*)"`, Do: func(a []string) {
			snap, err := s.w.Store.Snapshot(s.t.Context(), simtest.Ada)
			if err != nil {
				s.t.Fatal(err)
			}
			snap.Account.Username = a[0]
			if _, err := s.w.Store.SaveAccount(s.t.Context(), snap.Account); err != nil {
				s.t.Fatal(err)
			}
		}},
	}
}

// refreshing are the sentences about an account's tokens.
func (s *stage) refreshing() []transcript.Verb {
	open := s.opens
	length := func(d string) time.Duration {
		got, err := time.ParseDuration(d)
		if err != nil {
			s.t.Fatal(err)
		}
		return got
	}
	plans := func(op, when string, then func(string) error) {
		s.plans = append(s.plans, plan{op: op, after: when == "after", then: then})
	}
	const moment = ` (before|after) its (read|save|seal|open|refresh)`
	revocation := func(f xsim.Fault) {
		f.Method, f.Path = "POST", "/2/oauth2/revoke"
		simtest.Script(s.t, s.w, f)
	}
	script := func(f xsim.Fault) { simtest.Script(s.t, s.w, simtest.TokenFault(f)) }
	return []transcript.Verb{
		{Form: `a new morning`, Do: func([]string) { s.anew() }},
		{Form: `the clock moves by (\S+)`, Do: func(a []string) { time.Sleep(length(a[0])) }},
		{Form: `a post is due`, Do: func([]string) {
			s.works("opens the account", open)
			s.workers.Wait()
		}},
		{Form: `a post is due, and the next is (\S+) later`, Do: func(a []string) {
			s.works("opens the account", open)
			time.Sleep(length(a[0]))
			s.works("opens the account", open)
			s.workers.Wait()
		}},
		{Form: `X loses its answer to the next refresh`, Do: func([]string) { script(xsim.Fault{Drop: xsim.DropAfter}) }},
		{Form: `X never gets the next refresh`, Do: func([]string) { script(xsim.Fault{Drop: xsim.DropBefore}) }},
		{Form: `X answers the next refresh with 503`, Do: func([]string) {
			script(xsim.Fault{Status: 503, Body: `{"title":"Service Unavailable"}`})
		}},
		{Form: `X takes (\S+) for the next refresh`, Do: func(a []string) { script(xsim.Fault{Delay: length(a[0])}) }},
		{Form: `X answers the next revocation with 503`, Do: func([]string) { revocation(xsim.Fault{Status: 503}) }},
		{Form: `X does not know the token of the next revocation`, Do: func([]string) {
			revocation(xsim.Fault{Status: 400, Body: `{"error":"invalid_request","error_description":"unknown token"}`})
		}},
		{Form: `X limits the next revocation for (\S+)`, Do: func(a []string) {
			end := strconv.FormatInt(time.Now().Add(length(a[0])).Unix(), 10)
			revocation(xsim.Fault{
				Status: 429, Body: `{"title":"Too Many Requests"}`, Headers: map[string]string{"x-rate-limit-reset": end},
			})
		}},
		{Form: `X takes (\S+) for the next revocation`, Do: func(a []string) { revocation(xsim.Fault{Delay: length(a[0])}) }},
		{Form: `the owner disconnects the account`, Do: func([]string) {
			s.works("disconnects the account", s.disconnects)
			s.workers.Wait()
		}},
		{Form: `a post is due, and the owner disconnects the account (\S+) later`, Do: func(a []string) {
			s.works("opens the account", open)
			time.Sleep(length(a[0]))
			s.works("disconnects the account", s.disconnects)
			s.workers.Wait()
		}},
		{Form: `the schedule's time has come`, Do: func([]string) {
			s.works("sweeps", func(ctx context.Context, v *vault.Vault) (string, error) {
				sweeper := vault.Sweeper{Vault: v, Schedule: s.w.Store, Shards: 1}
				return "has swept", sweeper.Sweep(ctx)
			})
			s.workers.Wait()
		}},
		{Form: `X answers the next refresh without a refresh token`, Do: func([]string) {
			script(xsim.Fault{Status: 200, Body: `{"token_type":"bearer","expires_in":7200,"access_token":"short"}`})
		}},
		{Form: `the user ends the access on X`, Do: func([]string) {
			if err := s.w.X.Disconnect("ada"); err != nil {
				s.t.Fatal(err)
			}
		}},
		{Form: `the next worker dies` + moment, Do: func(a []string) {
			plans(a[1], a[0], func(who string) error {
				s.talk.Line(who, "dies")
				runtime.Goexit()
				return nil
			})
		}},
		{Form: `(worker \d+) is held up for (\S+)` + moment, Do: func(a []string) {
			s.plans = append(s.plans, plan{a[0], a[3], a[2] == "after", func(who string) error {
				s.talk.Line(who, "is held up")
				time.Sleep(length(a[1]))
				return nil
			}})
		}},
		{Form: `KMS fails at the next (seal|open)`, Do: func(a []string) {
			plans(a[0], "before", func(who string) error {
				s.talk.Line(who, "KMS        fails to %s", a[0])
				return errors.New("KMS is out of order")
			})
		}},
		{Form: `the store fails (before|after) the first save`, Do: func(a []string) {
			plans("save", a[0], func(who string) error {
				s.talk.Line(who, "the store fails")
				return errors.New("the store is out of order")
			})
		}},
		{Form: `the store fails at the second read`, Do: func([]string) {
			plans("read", "after", func(string) error {
				plans("read", "before", func(who string) error {
					s.talk.Line(who, "the store fails")
					return errors.New("the store is out of order")
				})
				return nil
			})
		}},
		{Form: `the owner disconnects the account, and connects it again (\S+) later`, Do: func(a []string) {
			s.works("disconnects the account", s.disconnects)
			time.Sleep(length(a[0]))
			if _, err := s.w.Connect(s.t.Context(), "ada"); err != nil {
				s.t.Fatal(err)
			}
			s.workers.Wait()
		}},
		{Form: `the store fails (before|after) the second save`, Do: func(a []string) {
			plans("save", "after", func(string) error {
				plans("save", a[0], func(who string) error {
					s.talk.Line(who, "the store fails")
					return errors.New("the store is out of order")
				})
				return nil
			})
		}},
		{Form: `the owner disconnects the account just (before|after) the next refresh`, Do: func(a []string) {
			plans("refresh", a[0], func(string) error {
				s.workers.Go(func() {
					a, err := s.w.Vault().Disconnect(context.Background(), simtest.Ada)
					s.talk.Line("owner", "has disconnected the account: %s, %v", transcript.Account(s.talk, a), err)
				})
				time.Sleep(access)
				return nil
			})
		}},
	}
}
