package notify

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// ChannelKind is how a channel tells.
type ChannelKind string

// The kinds of channels.
const (
	Webhook ChannelKind = "webhook" // a signed request, by the Standard Webhooks scheme
	Slack   ChannelKind = "slack"   // a message by an incoming webhook of Slack's, or of what takes the same
	Discord ChannelKind = "discord" // a message by a webhook of Discord's
	Email   ChannelKind = "email"   // to the addresses that subscribed to the deployment's topic
)

// ChannelKinds are all kinds.
func ChannelKinds() []ChannelKind { return []ChannelKind{Webhook, Slack, Discord, Email} }

// Values are all kinds.
func (ChannelKind) Values() []string { return texts(ChannelKinds()) }

// ChannelState says whether a channel is told anything.
type ChannelState string

// The states of a channel.
const (
	On       ChannelState = "on"
	Off      ChannelState = "off"      // by its owner
	Disabled ChannelState = "disabled" // nothing reached it for three days
)

// Without is the channel when there is no such account any more. One that is told of no other is to be dropped: without
// a restriction it would be told of all.
func (c Channel) Without(accountID string) (restricted Channel, drop bool) {
	if !slices.Contains(c.Accounts, accountID) {
		return c, false
	}
	c.Accounts = slices.DeleteFunc(slices.Clone(c.Accounts), func(id string) bool { return id == accountID })
	return c, len(c.Accounts) == 0
}

// Values are all states.
func (ChannelState) Values() []string { return texts([]ChannelState{On, Off, Disabled}) }

// MaxChannels is how many channels there may be.
const MaxChannels = 20

// Channel is somewhere that notices go.
type Channel struct {
	ID       string
	Name     string
	Kind     ChannelKind
	Shown    string       // of the address, what is no secret
	Sealed   []byte       // the address, and what requests are signed with: see secrets
	Kinds    []event.Kind // that it is told of; empty: all
	Accounts []string     // whose events it is told of; empty: all accounts'
	Digest   Digest
	Site     string // where its owner's web page is, for links

	State        ChannelState
	Reason       *fault.Reason // why it is disabled
	FailingSince time.Time     // when the first of the attempts was that failed; zero: the last did not
	Turn         time.Time     // while it fails: when another attempt may be made
	Events       event.Outbox  // what is to be told of it, and was not handed over yet

	CreatedAt time.Time
	UpdatedAt time.Time
	Rev       int64 // of the stored record: each change adds one
	Writer    string
}

// Digest is when a channel is told what a day came to.
type Digest struct {
	Zone string // an IANA zone; empty: never
	Hour int
	Next time.Time // when the next is due
}

// secrets are what a channel's requests are sent by. They are sealed as one.
type secrets struct {
	URL string `json:"url,omitempty"`
	// Key signs, as whsec_… with 32 random bytes. After it was changed Old signs as well,
	// until OldUntil.
	Key      string    `json:"key,omitempty"`
	Old      string    `json:"old,omitempty"`
	OldUntil time.Time `json:"old_until,omitzero"`
}

// keyOverlap is how long the key before still signs.
const keyOverlap = 24 * time.Hour

// newKey makes a key for signatures.
func newKey() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// rotate gives a new key. Where the one before still signs beside the present one, it
// does not any more: a receiver has to know one of two.
func (s secrets) rotate(now time.Time) secrets {
	s.Old, s.OldUntil, s.Key = s.Key, now.Add(keyOverlap), newKey()
	return s
}

// keys are those that sign now.
func (s secrets) keys(now time.Time) []string {
	if s.Old != "" && now.Before(s.OldUntil) {
		return []string{s.Key, s.Old}
	}
	return []string{s.Key}
}

// binding is what a channel's secrets belong to.
func binding(channelID string) map[string]string {
	return map[string]string{"purpose": "notice-channel", "channel": channelID}
}

// Wants reports whether the channel is told of a kind of event, of an account's where that
// is given.
func (c Channel) Wants(k event.Kind, accountID string) bool {
	return c.State == On &&
		(len(c.Kinds) == 0 || slices.Contains(c.Kinds, k)) &&
		(len(c.Accounts) == 0 || accountID == "" || slices.Contains(c.Accounts, accountID))
}

// failing notes that something did not reach the channel. It reports whether that is
// news: most of the time nothing is to be stored.
func (c Channel) failing(at time.Time) (Channel, bool) {
	if !c.FailingSince.IsZero() {
		return c, false
	}
	c.FailingSince = event.Stored(at)
	return c, true
}

// turns is how often something is tried to reach a channel that fails. One that keeps its requests waiting would
// otherwise hold up what the others are told.
const turns = time.Minute

// take takes the turn to try a channel that fails.
func (c Channel) take(now time.Time) (Channel, bool) {
	if c.Turn.After(now) {
		return c, false
	}
	c.Turn = event.Stored(now.Add(turns))
	return c, true
}

// rest is how long what has no turn waits: the longer, the longer the channel fails.
func (c Channel) rest(now time.Time) time.Duration {
	return min(max(now.Sub(c.FailingSince), turns), time.Hour)
}

// reached notes that something reached the channel, and whether that is news.
func (c Channel) reached() (Channel, bool) {
	news := !c.FailingSince.IsZero()
	c.FailingSince, c.Turn = time.Time{}, time.Time{}
	return c, news
}

// disable ends a channel that nothing reaches, which the others are told of.
func (c Channel) disable(now time.Time, why fault.Reason) Channel {
	c.State, c.Reason, c.UpdatedAt = Disabled, &why, event.Stored(now)
	c.Events = c.Events.Add(event.Event{
		Seq: c.Rev + 1, Kind: event.ChannelDisabled, At: c.UpdatedAt, Reason: &why,
	})
	return c
}

// turn lets the owner turn the channel on or off.
func (c Channel) turn(on bool) Channel {
	c.State, c.Reason, c.FailingSince, c.Turn = Off, nil, time.Time{}, time.Time{}
	if on {
		c.State = On
	}
	return c
}

// Handed takes the events up to a number out of the outbox: somebody has them now.
func (c Channel) Handed(seq int64) Channel {
	c.Events = c.Events.After(seq)
	return c
}

// texts are values as texts.
func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
