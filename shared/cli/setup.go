package cli

import (
	"context"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/wire"
)

type setupCommand struct {
	Headless bool   `help:"There is no browser on this machine: open a link anywhere, and paste the address that it ends at."`
	New      bool   `help:"Ask for the API's address and key again, for another Spool."`
	ClientID string `name:"client-id" placeholder:"ID" help:"The X app's OAuth 2.0 client id; its secret is asked for."`
}

func (setupCommand) Help() string {
	return `It asks only for what is missing, so that it can be stopped and run again. Without a terminal it reads its answers from standard input, each on
a line: the API's address and key unless SPOOL_API and SPOOL_KEY are set, then the
client id and client secret of the X app if Spool does
not know them, then, with --headless, the pasted address.

Examples:

  spool setup
  spool setup --headless
  SPOOL_API=https://… SPOOL_KEY=… spool setup --headless < answers.txt`
}

// Run goes through the checklist.
func (c *setupCommand) Run(s *session) error {
	api, err := c.reach(s)
	if err != nil {
		return err
	}
	status, err := api.GetStatus(s.ctx)
	if err != nil {
		return err
	}
	if !done(status, "credentials") || c.ClientID != "" {
		if err := c.putApp(s, api, status); err != nil {
			return err
		}
		if status, err = api.GetStatus(s.ctx); err != nil {
			return err
		}
	}
	if !done(status, "authorization") || !done(status, "token") {
		if _, err := connect(s, api, c.Headless); err != nil {
			return err
		}
		if status, err = api.GetStatus(s.ctx); err != nil {
			return err
		}
	}
	return s.print(status, func(paint painter) string { return checklist(paint, status, s.Zone, s.textWidth()) })
}

// done reports whether a step is done, or unknown here.
func done(status wire.Status, step string) bool {
	for _, st := range status.Steps {
		if st.Step == step {
			return st.Done
		}
	}
	return true
}

// reach gives a client of the API that is known, or asks for one and keeps it.
func (c *setupCommand) reach(s *session) (*client.Client, error) {
	known, err := s.configured()
	if err != nil {
		return nil, err
	}
	if c.New && s.env("SPOOL_API") == "" {
		known.API = ""
	}
	if c.New && s.env("SPOOL_KEY") == "" {
		known.Key = ""
	}
	if known.API != "" && known.Key != "" {
		api, err := s.try(known)
		if err == nil {
			s.say("Your Spool is at %s. For another one: spool setup --new\n", known.API)
		}
		if !unauthorized(err) || s.env("SPOOL_KEY") != "" {
			return api, repeatable(err, "If it is only busy, repeat the command; for another Spool run: spool setup --new")
		}
		s.say("The key for %s is not accepted.\n", known.API)
		known.Key = ""
	}
	return c.meet(s, known)
}

// meet asks for what is not known of an API, and keeps what works.
func (c *setupCommand) meet(s *session, known config) (api *client.Client, err error) {
	if known.API == "" {
		if known.API,
			err = s.ask("Address of your Spool's API, as “make deploy” or “go run ./infra/local” prints it:"); err != nil {
			return nil, err
		}
		known.API = strings.TrimRight(strings.TrimSuffix(known.API, "/docs"), "/") // the page for people is there
		if _, err := s.dial(known); err != nil {
			return nil, err
		}
	}
	if known.Key == "" {
		if known.Key, err = s.askSecret("A key of it, such as the admin key:"); err != nil {
			return nil, err
		}
	}
	if api, err = s.try(known); err != nil {
		return nil, err
	}
	if err := s.store(known); err != nil {
		return nil, err
	}
	s.say("Saved in %s; only you can read it.\n", s.configFile())
	return api, nil
}

// try makes a client, and asks the API something that any key admits to.
func (s *session) try(c config) (*client.Client, error) {
	api, err := s.dial(c)
	if err != nil {
		return nil, err
	}
	_, err = api.GetStatus(s.ctx)
	return api, err
}

// unauthorized reports whether the API did not know the key.
func unauthorized(err error) bool {
	p, ok := asProblem(err)
	return ok && p.Code == fault.Unauthorized
}

// putApp asks for the X app's credentials and stores them.
func (c *setupCommand) putApp(s *session, api *client.Client, status wire.Status) (err error) {
	app := wire.AppInput{ClientID: c.ClientID}
	for _, step := range status.Steps {
		if step.Step == "credentials" && !step.Done {
			s.say("\n%s\n\n%s\n\n", step.Text, strings.Join(wrap(step.Todo, s.width()), "\n"))
		}
	}
	if app.ClientID == "" {
		if app.ClientID, err = s.ask("Client id:"); err != nil {
			return err
		}
	}
	if app.ClientSecret, err = s.askSecret("Client secret, empty for a public client:"); err != nil {
		return err
	}
	_, err = api.PutApp(s.ctx, app)
	return err
}

type statusCommand struct{}

func (statusCommand) Help() string {
	return `Examples:

  spool status
  spool status --json | jq .ready`
}

// Run shows the checklist.
func (*statusCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	status, err := api.GetStatus(s.ctx)
	if err != nil {
		return err
	}
	return s.print(status, func(paint painter) string { return checklist(paint, status, s.Zone, s.textWidth()) })
}

// checklist shows the steps of the setup, and the command that goes on.
func checklist(paint painter, status wire.Status, zone *time.Location, width int) string {
	var b strings.Builder
	for _, step := range status.Steps {
		mark := paint.as(styleGood, "✓")
		if !step.Done {
			mark = paint.as(styleWarning, "○")
		}
		text := "  " + pad(step.Step, 13) + " " + printable(step.Text)
		b.WriteString(mark + strings.TrimPrefix(strings.Join(wrap(text, width), "\n  "), " ") + "\n")
	}
	next := `Ready. Next: spool post thread.md --at "tomorrow 9am"`
	switch {
	case !done(status, "credentials"):
		next = "Next: spool setup"
	case !done(status, "authorization"), !done(status, "token"):
		next = "Next: spool connect"
	}
	for _, step := range status.Steps {
		if step.Step == "verified" && step.Todo != "" {
			b.WriteString("  " + strings.Join(wrap(printable(step.Todo), width), "\n  ") + "\n")
		}
	}
	for i := range status.Pauses {
		b.WriteString(pauseLines(paint, &status.Pauses[i], zone))
	}
	return b.String() + "\n" + next + "\n"
}

type connectCommand struct {
	Headless bool `help:"There is no browser on this machine: open a link anywhere, and paste the address that it ends at."`
}

func (connectCommand) Help() string {
	return `Opens X's page in a browser and waits until you have authorized Spool. Connecting an account that is connected already renews its access.

Examples:

  spool connect
  spool connect --headless`
}

// Run connects an account.
func (c *connectCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	account, err := connect(s, api, c.Headless)
	if err != nil {
		return err
	}
	return s.print(account, func(painter) string {
		return "@" + account.Username + " (" + account.ID + ") is connected.\n"
	})
}

// connect connects an account: in a browser, or by a link and a pasted address.
func connect(s *session, api *client.Client, headless bool) (wire.Account, error) {
	before, err := api.ListAccounts(s.ctx)
	if err != nil {
		return wire.Account{}, err
	}
	link, err := api.ConnectAccount(s.ctx, wire.ConnectInput{Headless: headless, Zone: s.zoneName()})
	if err != nil {
		return wire.Account{}, err
	}
	if headless {
		return paste(s, api, link)
	}
	opened := s.Desk != nil && s.Desk.Browse(link.StartURL) == nil
	if opened && s.Terminal.Err {
		s.say("Your browser shows X's page: give Spool access there. If it does not, open:\n\n  %s\n\n", link.StartURL)
	} else {
		s.tell("%s\n\n  %s\n\n",
			s.wrapped("Open this link in a browser, and give Spool access. Where that is not possible, use --headless."),
			link.StartURL)
	}
	s.say("Waiting …\n")
	ctx, cancel := context.WithDeadline(s.ctx, link.ExpiresAt)
	defer cancel()
	for {
		now, err := api.ListAccounts(ctx)
		if err == nil {
			if account, ok := news(before.Accounts, now.Accounts); ok {
				return account, nil
			}
			err = s.Sleep(ctx, pollEvery)
		}
		if err != nil && ctx.Err() != nil && s.ctx.Err() == nil {
			return wire.Account{}, fault.New(fault.BadFlow, "Nobody gave Spool access in time.").Todo("Run the command again.")
		}
		if err != nil {
			return wire.Account{}, err
		}
	}
}

// zoneName is the IANA name of the zone that the user is in; empty where it is not
// known. An account that is new starts in it.
func (s *session) zoneName() string {
	if name := s.Zone.String(); name != "Local" {
		return name
	}
	return ""
}

// tell says what must be seen even beside JSON: without it nobody could go on.
func (s *session) tell(format string, args ...any) {
	_, _ = s.Err.Write([]byte(sprintf(format, args...))) // nobody is left to tell
}

// paste connects by a link that is opened elsewhere.
func paste(s *session, api *client.Client, link wire.Connection) (wire.Account, error) {
	s.tell("Open this link in a browser anywhere, and give Spool access:\n\n  %s\n\n", link.AuthorizeURL)
	s.tell("The browser then ends at an address that may look broken. Copy all of it.\n")
	address, err := s.ask("Paste the address:")
	if err != nil {
		return wire.Account{}, err
	}
	return api.CompleteConnection(s.ctx, address)
}

// news finds the account that was connected between two looks.
func news(before, now []wire.Account) (wire.Account, bool) {
	then := map[string]wire.Account{}
	for _, a := range before {
		then[a.ID] = a
	}
	for _, a := range now {
		if b, known := then[a.ID]; a.Health == connected &&
			(!known || b.Health != connected || !b.ConnectedAt.Equal(a.ConnectedAt)) {
			return a, true
		}
	}
	return wire.Account{}, false
}
