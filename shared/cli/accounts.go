package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/wire"
)

// connected is the health of an account that works.
const connected = "connected"

// pollEvery is between two looks at something that is about to change.
const pollEvery = time.Second

type accountsCommand struct {
	List listAccountsCommand `cmd:"" default:"1" help:"List the connected accounts and how they are."`
	Set  setAccountCommand   `cmd:"" help:"Change an account's time zone, length limit or lateness."`

	Erase eraseAccountCommand `cmd:"" help:"Delete all that Spool keeps of an account; X keeps the tweets."`
}

func (accountsCommand) Help() string {
	return `Examples:

  spool accounts
  spool accounts set @ada --zone Europe/Berlin --limit 25000`
}

type setAccountCommand struct {
	Account string         `arg:"" help:"The user name or id of the account."`
	Zone    *string        `placeholder:"ZONE" help:"Time zone of schedules that name none, such as Europe/Berlin."`
	Limit   *int           `placeholder:"280" help:"The weighted length of one tweet: 280, or up to 25000 with X Premium."`
	Late    *time.Duration `placeholder:"1h" help:"By how much a post may start late before it counts as missed; 0: however late."`
}

func (setAccountCommand) Help() string {
	return `Examples:

  spool accounts set @ada --zone Europe/Berlin
  spool accounts set @ada --limit 25000 --late 2h`
}

// Run changes an account's settings.
func (c *setAccountCommand) Run(s *session) error {
	in := wire.AccountSettings{Zone: c.Zone, Limit: c.Limit}
	if c.Late != nil {
		seconds := int(c.Late.Seconds())
		in.Lateness = &seconds
	}
	if in == (wire.AccountSettings{}) {
		return wrongUsage("Give --zone, --limit or --late.", "You did not say what to change.")
	}
	api, err := s.client()
	if err != nil {
		return err
	}
	a, err := s.account(api, c.Account)
	if err != nil {
		return err
	}
	if a, err = api.EditAccount(s.ctx, a.ID, in); err != nil {
		return err
	}
	return s.print(a, func(paint painter) string { return accountLines(paint, a, s.Zone) })
}

type listAccountsCommand struct{}

func (listAccountsCommand) Help() string {
	return `Examples:

  spool accounts
  spool accounts --json | jq -r '.accounts[].username'`
}

// Run lists the accounts.
func (*listAccountsCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	list, err := api.ListAccounts(s.ctx)
	if err != nil {
		return err
	}
	return s.print(list, func(paint painter) string {
		if len(list.Accounts) == 0 {
			return "No account is connected. Next: spool connect\n"
		}
		var b strings.Builder
		b.WriteString(pauseLines(paint, list.Pause, s.Zone))
		for _, a := range list.Accounts {
			b.WriteString(accountLines(paint, a, s.Zone))
		}
		return b.String()
	})
}

// accountLines shows an account, and what helps it.
func accountLines(paint painter, a wire.Account, zone *time.Location) string {
	var b strings.Builder
	health, style := a.Health, styleGood
	if !healthy(a) {
		style = styleWarning
	}
	if a.Pause != nil && a.Health == connected {
		health = string(a.Pause.SubStatus)
	}
	fmt.Fprintf(&b, "%s  %s  since %s\n", paint.as(styleBold, "@"+a.Username), paint.as(style, health),
		when(a.Since, zone))
	fmt.Fprintf(&b, "  id %s, time zone %s, %d characters a tweet\n", a.ID, a.Zone, a.Limit)
	if a.Lateness > 0 {
		fmt.Fprintf(&b, "  posts start at most %v late\n", time.Duration(a.Lateness)*time.Second)
	}
	if len(a.Missing) > 0 {
		fmt.Fprintf(&b, "  not granted: %s\n", strings.Join(a.Missing, ", "))
	}
	if a.Reason != nil {
		fmt.Fprintf(&b, "  %s\n", printable(strings.TrimSpace(a.Reason.Sentence+" "+a.Reason.Todo)))
	}
	b.WriteString(pauseLines(paint, a.Pause, zone))
	switch {
	case a.Health != connected:
		b.WriteString("  Next: spool connect\n")
	case a.Reason != nil:
		for _, command := range accountTodos(a.Reason.TodoCode, "@"+a.Username) {
			fmt.Fprintf(&b, "  Next: %s\n", command)
		}
	}
	return b.String()
}

// healthy reports whether nothing is wrong with an account, as far as is known.
func healthy(a wire.Account) bool { return a.Health == connected && a.Failures == 0 && a.Pause == nil }

// pick finds an account by a name as a person gives it; without one, the only one.
func pick(accounts []wire.Account, name string) (wire.Account, error) {
	name = strings.TrimPrefix(name, "@")
	var names []string
	for _, a := range accounts {
		if name != "" && (a.ID == name || strings.EqualFold(a.Username, name)) || name == "" && len(accounts) == 1 {
			return a, nil
		}
		names = append(names, "@"+a.Username)
	}
	switch {
	case len(accounts) == 0:
		return wire.Account{}, fault.New(fault.NotSetUp, "No account is connected yet.").Todo("Run: spool connect")
	case name == "":
		return wire.Account{}, fault.New(fault.Invalid, "Several accounts are connected.").
			Todo("Say which one with --account, one of %s.", strings.Join(names, ", "))
	}
	return wire.Account{}, fault.New(fault.Invalid, "The account @%s is not connected.", name).
		Todo("Take one of %s, or run: spool connect", strings.Join(names, ", "))
}

type disconnectCommand struct {
	Account string `arg:"" help:"The user name or id of the account."`
	Yes     bool   `short:"y" help:"Do not ask."`
}

func (disconnectCommand) Help() string {
	return `Revokes the access on X and destroys the tokens. Scheduled posts wait until the account is connected again; the history stays.

Examples:

  spool disconnect @ada
  spool disconnect @ada --yes`
}

// Run disconnects an account.
func (c *disconnectCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	a, err := s.account(api, c.Account)
	if err != nil {
		return err
	}
	if err := s.confirm(c.Yes, "Give up the access to @%s? Nothing is published there until it is connected again.",
		a.Username); err != nil {
		return err
	}
	if a, err = api.DisconnectAccount(s.ctx, a.ID); err != nil {
		return err
	}
	return s.print(a, func(painter) string { return "@" + a.Username + " is disconnected.\n" })
}

type eraseAccountCommand struct {
	Account string `arg:"" help:"The user name or id of the account."`
	Yes     bool   `short:"y" help:"Do not ask."`
}

func (eraseAccountCommand) Help() string {
	return `Disconnects the account and deletes its posts, drafts, files and settings from Spool, and the account itself.
What is on X stays there. Backups of the tables hold it for up to 35 days, and logs its id for as long as logs
are kept. It takes a few minutes; interrupted, run it again.

Examples:

  spool accounts erase @ada`
}

// Run deletes an account's data, again and again until nothing is left.
func (c *eraseAccountCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	a, err := s.account(api, c.Account)
	if err != nil {
		return err
	}
	if err := s.confirm(c.Yes, "Delete all that Spool keeps of @%s, its posts and files among it? This cannot be undone.",
		a.Username); err != nil {
		return err
	}
	posts := 0
	for {
		e, err := api.EraseAccount(s.ctx, a.ID)
		if err != nil {
			return err
		}
		if posts += e.Posts; e.Done {
			e.Posts = posts
			return s.print(e, func(painter) string {
				return fmt.Sprintf("Nothing is left of @%s here. %s deleted.\n", a.Username, plural(posts, "post"))
			})
		}
		if e.Reason != nil {
			s.tell("%s", strings.TrimSpace(e.Reason.Sentence+" "+e.Reason.Todo))
		}
		s.tell("Some of it is still in use; going on in a minute.")
		if err := clock.Sleep(s.ctx, time.Duration(e.AgainAfter)*time.Second); err != nil {
			return err
		}
	}
}

// asProblem gives the API's problem in an error.
func asProblem(err error) (*wire.Problem, bool) {
	return errors.AsType[*wire.Problem](err)
}
