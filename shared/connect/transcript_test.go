package connect_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/transcript"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/vault"
)

// TestTranscripts plays what testdata tells. To write it anew:
//
//	go test ./shared/connect -run Transcripts -rewrite
func TestTranscripts(t *testing.T) {
	transcript.Play(t, "testdata/*.txt", func(t *testing.T, talk *transcript.Talk) []transcript.Verb {
		s := &stage{t: t, Talk: talk}
		s.anew()
		return s.verbs()
	})
}

// stage is a connector of which all is told that it does.
type stage struct {
	*transcript.Talk
	t     *testing.T
	c     *connect.Connector
	flows map[string]connect.Flow
	fails string // the next operation of this name
	down  string // an operation that always fails
	gone  bool   // the next flow that is found is gone when it is to end
	loses string // the next operation of this name is done, and its answer lost

	ticket, state, browser string
	granted                vault.Pair
	user                   string // X's id of whoever allows the access
}

// anew begins with an app that is known, and nobody connected.
func (s *stage) anew() {
	s.Morning()
	w := sim.NewWorld(1)
	if err := w.SetUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.c, s.flows, s.fails, s.down = w.Connector(), map[string]connect.Flow{}, "", ""
	s.granted = vault.Pair{Access: "access token", Refresh: "refresh token", Expires: time.Now().Add(2 * time.Hour)}
	s.user = "42"
	s.c.Apps, s.c.Flows, s.c.Grants, s.c.Users = apps{s.c.Apps, s}, flows{s}, grants{s}, users{s}
	s.c.Vault.Authority = grants{s}
	s.c.Accounts.Waiting = waiting{s}
	sim.Hook(func(op string, after bool) error {
		switch {
		case after && op == s.loses:
			s.loses = ""
			s.Line("Spool", "%s -> is done, and the answer is lost", op)
			return errDown
		case after || op == "revoke":
			return nil
		}
		return s.meets(op, "%s", op)
	}).Into(s.c.Vault)
}

var errDown = errors.New("out of order")

// meets tells an operation, and has it fail where it is to.
func (s *stage) meets(op, format string, args ...any) error {
	if s.fails == op || s.down == op {
		s.fails = ""
		s.Line("Spool", format+" -> fails", args...)
		return errDown
	}
	s.Line("Spool", format, args...)
	return nil
}

// left is how long a request may take.
func left(ctx context.Context) time.Duration {
	end, _ := ctx.Deadline()
	return time.Until(end)
}

type apps struct {
	connect.Apps
	*stage
}

func (a apps) App(ctx context.Context) (account.SealedApp, error) {
	app, err := a.Apps.App(ctx)
	return app, errors.Join(err, a.meets("app", "reads the app"))
}

// flows keeps them, also when they have expired: nobody else is to decide that.
type flows struct{ *stage }

func (s flows) PutFlow(_ context.Context, f connect.Flow) error {
	said := f.Step
	for _, more := range [][2]string{{"browser ", f.Browser}, {"caller ", f.Caller}, {"redirect ", f.Redirect}, {"zone ", f.Zone}} {
		if more[1] != "" {
			said += ", " + more[0] + s.hide(more[1])
		}
	}
	if len(f.Sealed) > 0 {
		said += ", the verifier sealed"
	}
	if err := s.meets("keep", "keeps %s: %s, until %s", s.hide(f.Key), said, s.Time(f.Expires)); err != nil {
		return err
	}
	s.flows[f.Key] = f
	return nil
}

func (s flows) Flow(_ context.Context, key string) (connect.Flow, error) {
	f, ok := s.flows[key]
	if !ok {
		s.Line("Spool", "looks for %s in vain", s.hide(key))
		return f, fault.New(fault.NotFound, "There is no such flow.")
	}
	return f, s.meets("find", "finds %s", s.hide(key))
}

func (s flows) DropFlow(_ context.Context, key string) error {
	if err := s.meets("end", "ends %s", s.hide(key)); err != nil {
		return err
	}
	if _, ok := s.flows[key]; !ok || s.gone {
		s.gone = false
		return fault.New(fault.NotFound, "There is no such flow.")
	}
	delete(s.flows, key)
	return nil
}

// hide gives a hash a name.
func (s *stage) hide(text string) string {
	if len(text) != 64 {
		return text
	}
	return s.Name("hash ", text)
}

// secret gives a secret a name, and sees that it has 256 bits: 43 characters.
func (s *stage) secret(text string) string {
	if len(text) != 43 {
		s.t.Errorf("the secret %q has %d characters", text, len(text))
	}
	return s.Name("secret ", text)
}

type grants struct{ *stage }

func (s grants) AuthorizeURL(app vault.App, redirect, state, verifier string, scopes []string) string {
	s.state = state
	s.Line("Spool", "sends to X with state %s, verifier %s, redirect %s, for %s", s.secret(state), s.secret(verifier), redirect,
		strings.Join(scopes, " "))
	return "https://x.test/" + app.ClientID
}

func (s grants) Exchange(ctx context.Context, _ vault.App, code, verifier, redirect string) (vault.Pair, error) {
	if len(code) > 10 {
		code = strconv.Itoa(len(code)) + " characters"
	}
	err := s.meets("exchange", "asks X for a pair with code %s, verifier %s, redirect %s, for %v at most", code,
		s.secret(verifier), redirect, left(ctx))
	if err != nil {
		return vault.Pair{Access: "of no worth"}, err
	}
	return s.granted, nil
}

func (s grants) Refresh(context.Context, vault.App, string) (vault.Pair, error) {
	return vault.Pair{}, errors.New("nobody refreshes here")
}

func (s grants) Revoke(ctx context.Context, _ vault.App, token string) error {
	return s.meets("revoke", "has X revoke the %s, for %v at most", token, left(ctx))
}

type waiting struct{ *stage }

func (s waiting) GoOn(_ context.Context, accountID string) error {
	return s.meets("go on", "has the posts of %s go on", accountID)
}

type users struct{ *stage }

func (s users) Who(ctx context.Context, token string) (id, username, name string, err error) {
	err = s.meets("who", "asks X whose the %s is, for %v at most", token, left(ctx))
	return s.user, "grace", "Grace", err
}

// result tells what came of it.
func (s *stage) result(err error, format string, args ...any) {
	f, known := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		s.Line("it", format, args...)
	case known:
		if errors.Is(err, errDown) {
			format = " (because it is out of order)"
		} else {
			format = ""
		}
		s.Line("it", "is refused: %s%s, %s %s%s", f.Code, s.field(f.Field), f.Message, f.Fix, format)
	default:
		s.Line("it", "fails: %v", err)
	}
}

func (s *stage) field(name string) string {
	if name == "" {
		return ""
	}
	return " at " + name
}

func (s *stage) connected(a account.Account, err error) {
	s.result(err, "is connected: %s, @%s, %s, in %s, %d characters, %s, may %s", a.ID, a.Username, a.Name, a.Zone, a.Limit,
		transcript.Account(s.Talk, a), strings.Join(a.Scopes, " "))
}

// verbs are the sentences of testdata.
func (s *stage) verbs() []transcript.Verb {
	ctx, length := s.t.Context(), func(d string) time.Duration {
		got, err := time.ParseDuration(d)
		if err != nil {
			s.t.Fatal(err)
		}
		return got
	}
	back := func(ret connect.Return) { s.connected(s.c.Finish(ctx, ret, s.browser)) }
	paste := func(caller, address string) { s.connected(s.c.Complete(ctx, caller, address)) }
	number := func(a string) int {
		n, err := strconv.Atoi(a)
		if err != nil {
			s.t.Fatal(err)
		}
		return n
	}
	return []transcript.Verb{
		{Form: `a new morning`, Do: func([]string) { s.anew() }},
		{Form: `(\S+) pass`, Do: func(a []string) { time.Sleep(length(a[0])) }},
		{Form: `the next (\S+) fails`, Do: func(a []string) { s.fails = a[0] }},
		{Form: `every (\S+) fails`, Do: func(a []string) { s.down = a[0] }},
		{Form: `another browser is a moment faster`, Do: func([]string) { s.gone = true }},
		{Form: `the answer to the next (\S+) is lost`, Do: func(a []string) { s.loses = a[0] }},
		{Form: `somebody in (\S+) is invited`, Do: func(a []string) {
			ticket, until, err := s.c.Invite(ctx, a[0])
			if s.ticket = ticket; err != nil {
				s.result(err, "")
				return
			}
			s.result(nil, "gives ticket %s until %s", s.secret(ticket), s.Time(until))
		}},
		{Form: `a browser opens the link`, Do: func([]string) {
			authorize, browser, err := s.c.Start(ctx, s.ticket, sim.Redirect)
			if s.browser = browser; err != nil {
				s.result(err, "")
				return
			}
			s.result(nil, "goes to %s with cookie %s", authorize, s.secret(browser))
		}},
		{Form: `a browser opens a link with the state`, Do: func([]string) {
			_, _, err := s.c.Start(ctx, s.state, sim.Redirect)
			s.result(err, "")
		}},
		{Form: `a browser opens a link of (\d+) characters`, Do: func(a []string) {
			_, _, err := s.c.Start(ctx, strings.Repeat("t", number(a[0])), sim.Redirect)
			s.result(err, "")
		}},
		{Form: `there is a ticket of (\d+) characters`, Do: func(a []string) {
			s.ticket = strings.Repeat("t", number(a[0]))
			f := connect.Flow{Key: digest(s.ticket), Step: "ticket", Expires: time.Now().Add(time.Minute)}
			s.flows[f.Key] = f
		}},
		{Form: `key (\S+) begins on a machine without a browser in (\S+)`, Do: func(a []string) {
			authorize, until, err := s.c.StartHeadless(ctx, a[0], sim.Redirect, a[1])
			s.result(err, "gives %s until %s", authorize, s.Time(until))
		}},
		{Form: `X grants nothing in words`, Do: func([]string) { s.granted.Scopes = nil }},
		{Form: `X grants (.+)`, Do: func(a []string) { s.granted.Scopes = strings.Fields(a[0]) }},
		{Form: `X gives no refresh token`, Do: func([]string) { s.granted.Refresh = "" }},
		{Form: `X says that it is "(.*)"`, Do: func(a []string) { s.user = a[0] }},
		{Form: `the user allows it`, Do: func([]string) { back(connect.Return{State: s.state, Code: "c0de"}) }},
		{Form: `the user refuses it`, Do: func([]string) { back(connect.Return{State: s.state, Error: "access_denied"}) }},
		{Form: `X comes back with error (\S+)`, Do: func(a []string) { back(connect.Return{State: s.state, Error: a[0]}) }},
		{Form: `X comes back with a code of (\d+) characters`, Do: func(a []string) {
			back(connect.Return{State: s.state, Code: strings.Repeat("c", number(a[0]))})
		}},
		{Form: `X comes back with the ticket for a state`, Do: func([]string) {
			back(connect.Return{State: s.ticket, Code: "c0de"})
		}},
		{Form: `another browser comes back`, Do: func([]string) {
			s.connected(s.c.Finish(ctx, connect.Return{State: s.state, Code: "c0de"}, "another"))
		}},
		{Form: `key (\S+) pastes the address`, Do: func(a []string) { paste(a[0], sim.Redirect+"?code=c0de&state="+s.state) }},
		{Form: `key (\S+) pastes "(.+)"`, Do: func(a []string) {
			paste(a[0], strings.NewReplacer("STATE", s.state, "REDIRECT", sim.Redirect).Replace(a[1]))
		}},
	}
}
