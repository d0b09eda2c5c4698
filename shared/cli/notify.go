package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/event"
	"spool/shared/wire"
)

type notifyCommand struct {
	List   listChannelsCommand  `cmd:"" default:"1" help:"List the channels that notices go to."`
	Add    addChannelCommand    `cmd:"" help:"Make a channel: a webhook, Slack, Discord, or e-mail."`
	Set    setChannelCommand    `cmd:"" help:"Change a channel, or turn it on or off."`
	Remove removeChannelCommand `cmd:"" help:"Delete a channel."`
	Test   testChannelCommand   `cmd:"" help:"Send a channel a test."`
	Rotate rotateCommand        `cmd:"" help:"Replace a webhook's secret; it is shown once."`
	Log    logCommand           `cmd:"" help:"List what was sent to a channel, newest first."`
	Replay replayCommand        `cmd:"" help:"Send a channel a notice once more."`
}

func (notifyCommand) Help() string {
	return `Spool tells what happens: threads that are out, have stopped or were missed, accounts that need connecting, pauses and budgets.

Examples:

  spool notify
  spool notify add webhook --name desk --url https://example.com/spool
  spool notify add slack --url https://hooks.slack.com/services/… --on post.failed --on post.unknown
  spool notify test ID`
}

type listChannelsCommand struct{}

func (listChannelsCommand) Help() string { return "Examples:\n\n  spool notify list" }

// Run lists the channels.
func (*listChannelsCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	list, err := api.ListChannels(s.ctx)
	if err != nil {
		return err
	}
	return s.print(list, func(paint painter) string {
		if len(list.Channels) == 0 {
			return "Nobody is told anything. Next: spool notify add --help\n"
		}
		var b strings.Builder
		for _, c := range list.Channels {
			b.WriteString(s.channelLines(paint, c))
		}
		return b.String()
	})
}

// channelLines shows a channel.
func (s *session) channelLines(paint painter, c wire.Channel) string {
	block := func(text string) string { return strings.Join(wrap(text, s.textWidth()-2), "\n  ") }
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s %s\n", c.ID, paint.as(styleBold, printable(c.Name)), c.Kind, printable(c.Address))
	told := "everything"
	if len(c.Events) > 0 {
		told = listed(c.Events)
	}
	if d := c.Digest; d != nil {
		told += fmt.Sprintf(", and at %d:00 (%s) what the day came to", d.Hour, d.Zone)
	}
	fmt.Fprintf(&b, "  %s\n", block("told "+told+onlyFor(c.Accounts)))
	switch {
	case c.State == "disabled" && c.Reason != nil:
		fmt.Fprintf(&b, "  %s\n  Next: spool notify log %s\n",
			paint.as(styleWarning, block("disabled: "+printable(c.Reason.Sentence))), c.ID)
	case c.State != "on":
		fmt.Fprintf(&b, "  %s\n", c.State)
	case c.FailingSince != nil:
		fmt.Fprintf(&b, "  %s\n", paint.as(styleWarning, "nothing has reached it since "+when(*c.FailingSince, s.Zone)))
	}
	return b.String()
}

// listed are kinds of events, for people.
func listed(kinds []event.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, " ")
}

// channelFlags are what a channel can be set to.
type channelFlags struct {
	Name    string   `help:"What it is for."`
	URL     string   `name:"url" help:"Where it goes: https, to a public address. Of chats it is a secret."`
	On      []string `placeholder:"EVENT" help:"What it is told of, such as post.failed; may be given again. Without it: everything."`
	Account []string `help:"The user name or id of an account whose events it is told of; may be given again. Without it: all."`
	Digest  string   `placeholder:"HOUR" help:"The hour at which it is told what the day came to, in your zone, such as 7; or none."`
}

// digest is when a digest is wanted; nil where nothing is said of it.
func (f channelFlags) digest(s *session) (*wire.Digest, error) {
	switch f.Digest {
	case "":
		return nil, nil
	case "none":
		return &wire.Digest{}, nil
	}
	hour, err := strconv.Atoi(f.Digest)
	if err != nil || hour < 0 || hour > 23 {
		return nil, wrongUsage("Give 0 to 23, or none.", "%q is no hour.", f.Digest)
	}
	return &wire.Digest{Hour: hour, Zone: s.Zone.String()}, nil
}

// kinds are the events as the API takes them.
func (f channelFlags) kinds() []event.Kind {
	var all []event.Kind
	for _, k := range f.On {
		all = append(all, event.Kind(k))
	}
	return all
}

// accounts are the ids of the accounts.
func (f channelFlags) accounts(s *session, api *client.Client) ([]string, error) {
	var ids []string
	for _, name := range f.Account {
		a, err := s.account(api, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	return ids, nil
}

type addChannelCommand struct {
	Kind string `arg:"" enum:"webhook,slack,discord,email" help:"webhook, slack, discord or email."`
	channelFlags
}

func (addChannelCommand) Help() string {
	return `A webhook's secret goes to standard output and is shown this once. E-mail goes to the address of the deployment's AlarmEmail.

Examples:

  spool notify add webhook --name "on call" --url https://example.com/spool --on post.failed
  spool notify add discord --name team --url https://discord.com/api/webhooks/… --account @ada`
}

// Run makes a channel.
func (c *addChannelCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	in := wire.ChannelInput{Kind: c.Kind, Name: c.Name, URL: c.URL, Events: c.kinds()}
	if in.Name == "" {
		in.Name = c.Kind
	}
	if in.Accounts, err = c.accounts(s, api); err != nil {
		return err
	}
	if in.Digest, err = c.digest(s); err != nil {
		return err
	}
	made, err := api.CreateChannel(s.ctx, in)
	if err != nil {
		return err
	}
	return s.print(made, func(paint painter) string {
		if made.Secret == "" {
			return s.channelLines(paint, made) + "Next: spool notify test " + made.ID + "\n"
		}
		s.say("This secret is shown once: the receiver verifies requests with it. Next: spool notify test %s\n", made.ID)
		return made.Secret + "\n"
	})
}

type setChannelCommand struct {
	ID string `arg:"" help:"The id of the channel, as spool notify lists it."`
	channelFlags
	All   bool   `help:"Tell it of everything, of all accounts."`
	State string `enum:",on,off" default:"" help:"on or off."`
}

func (setChannelCommand) Help() string {
	return `What is not given stays.

Examples:

  spool notify set ID --on post.failed --on post.missed
  spool notify set ID --state off`
}

// Run changes a channel.
func (c *setChannelCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	var in wire.ChannelEdit
	if in.Digest, err = c.digest(s); err != nil {
		return err
	}
	if c.Name != "" {
		in.Name = &c.Name
	}
	if c.URL != "" {
		in.URL = &c.URL
	}
	kinds, none := c.kinds(), []string{}
	if len(kinds) > 0 || c.All {
		in.Events = &kinds
	}
	if c.All {
		in.Accounts = &none
	}
	if len(c.Account) > 0 {
		ids, err := c.accounts(s, api)
		if err != nil {
			return err
		}
		in.Accounts = &ids
	}
	if c.State != "" {
		on := c.State == "on"
		in.On = &on
	}
	changed, err := api.EditChannel(s.ctx, c.ID, in)
	if err != nil {
		return err
	}
	return s.print(changed, func(paint painter) string { return s.channelLines(paint, changed) })
}

type removeChannelCommand struct {
	ID  string `arg:"" help:"The id of the channel."`
	Yes bool   `short:"y" help:"Do not ask."`
}

func (removeChannelCommand) Help() string { return "Examples:\n\n  spool notify remove ID --yes" }

// Run deletes a channel.
func (c *removeChannelCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	if err := s.confirm(c.Yes, "Delete the channel %s? What is on its way to it is not sent any more.", c.ID); err != nil {
		return err
	}
	if err := api.DeleteChannel(s.ctx, c.ID); err != nil {
		return err
	}
	return s.print(struct {
		Deleted string `json:"deleted"`
	}{c.ID}, func(painter) string { return "The channel " + c.ID + " is deleted.\n" })
}

type testChannelCommand struct {
	ID string `arg:"" help:"The id of the channel."`
}

func (testChannelCommand) Help() string { return "Examples:\n\n  spool notify test ID" }

// Run sends a test.
func (c *testChannelCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	d, err := api.TestChannel(s.ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(d, func(painter) string {
		return "A test is on its way. Next: spool notify log " + c.ID + "\n"
	})
}

type rotateCommand struct {
	ID string `arg:"" help:"The id of the channel."`
}

func (rotateCommand) Help() string {
	return `For a day requests are signed with the old secret as well, so that the receiver can change over.

Examples:

  spool notify rotate ID`
}

// Run replaces a secret.
func (c *rotateCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	changed, err := api.RotateChannelSecret(s.ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(changed, func(painter) string {
		s.say("This secret is shown once. The old one still signs for a day.\n")
		return changed.Secret + "\n"
	})
}

type logCommand struct {
	ID    string `arg:"" help:"The id of the channel."`
	Limit int    `default:"20" help:"How many at most, up to 100."`
}

func (logCommand) Help() string {
	return `They are kept for 30 days.

Examples:

  spool notify log ID`
}

// Run lists deliveries.
func (c *logCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	list, err := api.ListDeliveries(s.ctx, c.ID, c.Limit)
	if err != nil {
		return err
	}
	return s.print(list, func(paint painter) string {
		if len(list.Deliveries) == 0 {
			return "Nothing was sent to it yet. Next: spool notify test " + c.ID + "\n"
		}
		var b strings.Builder
		for _, d := range list.Deliveries {
			fmt.Fprintf(&b, "%s  %s  %s\n  %s%s\n", when(d.CreatedAt, s.Zone), paint.as(styleBold, d.State),
				printable(d.Title), d.ID, lastAttempt(d, s.Zone))
		}
		return b.String()
	})
}

// lastAttempt says what came of the last request, and when the next is.
func lastAttempt(d wire.Delivery, zone *time.Location) string {
	var said string
	if n := len(d.Attempts); n > 0 {
		if last := d.Attempts[n-1]; last.Error != "" {
			said = fmt.Sprintf("\n  %s: %s", plural(n, "attempt"), printable(last.Error))
		}
	}
	if d.NextAt != nil && d.State == "pending" {
		said += "\n  next attempt " + when(*d.NextAt, zone)
	}
	return said
}

type replayCommand struct {
	ID       string `arg:"" help:"The id of the channel."`
	Delivery string `arg:"" help:"The id of the delivery, as spool notify log lists it."`
}

func (replayCommand) Help() string { return "Examples:\n\n  spool notify replay ID DELIVERY" }

// Run sends a notice once more.
func (c *replayCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	d, err := api.ReplayDelivery(s.ctx, c.ID, c.Delivery)
	if err != nil {
		return err
	}
	return s.print(d, func(painter) string { return "It is on its way. Next: spool notify log " + c.ID + "\n" })
}
