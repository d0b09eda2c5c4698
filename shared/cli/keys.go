package cli

import (
	"fmt"
	"strings"
	"time"

	"spool/shared/walltime"
	"spool/shared/wire"
)

type keysCommand struct {
	List   listKeysCommand  `cmd:"" default:"1" help:"List the API keys."`
	Create createKeyCommand `cmd:"" help:"Make an API key; it is shown once."`
	Revoke revokeKeyCommand `cmd:"" help:"Revoke an API key at once."`
}

func (keysCommand) Help() string {
	return `Examples:

  spool keys
  spool keys create blog --scope posts:read --scope posts:write
  spool keys revoke ID`
}

type listKeysCommand struct{}

func (listKeysCommand) Help() string { return "Examples:\n\n  spool keys list" }

// Run lists the keys.
func (*listKeysCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	list, err := api.ListKeys(s.ctx)
	if err != nil {
		return err
	}
	return s.print(list, func(paint painter) string {
		if len(list.Keys) == 0 {
			return "There are no keys besides the admin key. Next: spool keys create NAME\n"
		}
		var b strings.Builder
		for _, k := range list.Keys {
			fmt.Fprintf(&b, "%s  %s  %s\n", k.ID, paint.as(styleBold, printable(k.Name)), strings.Join(k.Scopes, " "))
			fmt.Fprintf(&b, "  made %s, %s, %s%s\n", when(k.CreatedAt, s.Zone), dated("last used", "never used",
				k.UsedAt, s.Zone),
				dated("ends", "never ends", k.ExpiresAt, s.Zone), onlyFor(k.Accounts))
		}
		return b.String()
	})
}

// dated says when something is, or that it never is.
func dated(word, never string, t *time.Time, zone *time.Location) string {
	if t == nil {
		return never
	}
	return word + " " + when(*t, zone)
}

// onlyFor says for which accounts a key is.
func onlyFor(accounts []string) string {
	if len(accounts) == 0 {
		return ""
	}
	return ", for " + strings.Join(accounts, " ") + " only"
}

type createKeyCommand struct {
	Name    string   `arg:"" help:"What the key is for."`
	Scope   []string `default:"posts:read,posts:write" help:"What it may do: posts:read, posts:write, accounts or admin; may be given again."`
	Account []string `help:"The user name or id of an account that it is for; may be given again. Without it: all."`
	Expires string   `placeholder:"TIME" help:"When it ends, such as \"in 90 days\" or 2027-01-01. Without it: never."`
}

func (createKeyCommand) Help() string {
	return `The key goes to standard output and is shown this once; Spool keeps only its hash.

Examples:

  spool keys create blog
  spool keys create reader --scope posts:read --account @ada --expires "in 90 days"`
}

// Run makes a key.
func (c *createKeyCommand) Run(s *session) error {
	in := wire.KeyInput{Name: c.Name, Scopes: c.Scope}
	if c.Expires != "" {
		text := c.Expires
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			text += " 00:00"
		}
		at, err := walltime.Parse(text, s.Zone, s.Now())
		if err != nil {
			return err
		}
		in.ExpiresAt = &at.At
	}
	api, err := s.client()
	if err != nil {
		return err
	}
	for _, name := range c.Account {
		a, err := s.account(api, name)
		if err != nil {
			return err
		}
		in.Accounts = append(in.Accounts, a.ID)
	}
	k, err := api.CreateKey(s.ctx, in)
	if err != nil {
		return err
	}
	s.say("This key is shown once. Keep it where only its program may read it.\n")
	return s.print(k, func(painter) string { return k.Key + "\n" })
}

type revokeKeyCommand struct {
	ID  string `arg:"" help:"The id of the key, as spool keys lists it."`
	Yes bool   `short:"y" help:"Do not ask."`
}

func (revokeKeyCommand) Help() string { return "Examples:\n\n  spool keys revoke ID --yes" }

// Run revokes a key.
func (c *revokeKeyCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	if err := s.confirm(c.Yes, "Revoke the key %s? Programs that use it are refused from then on.", c.ID); err != nil {
		return err
	}
	if err := api.RevokeKey(s.ctx, c.ID); err != nil {
		return err
	}
	return s.print(struct {
		Revoked string `json:"revoked"`
	}{c.ID}, func(painter) string { return "The key " + c.ID + " is revoked.\n" })
}
