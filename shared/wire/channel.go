package wire

import (
	"time"

	"spool/shared/event"
	"spool/shared/post"
)

// ChannelInput is a channel that somebody wants notices to go to.
type ChannelInput struct {
	Name     string       `json:"name" minLength:"1" maxLength:"100" doc:"What it is for"`
	Kind     string       `json:"kind" enum:"webhook,slack,discord,email" doc:"webhook: a signed request, by the Standard Webhooks scheme; slack, discord: a message by a webhook of theirs; email: to the address of the deployment's AlarmEmail, and whoever else subscribed to its topic"`
	URL      string       `json:"url,omitempty" maxLength:"2000" writeOnly:"true" doc:"Where it goes: https, to a public address; not for email. It is kept sealed, and never shown" example:"https://example.com/spool"`
	Events   []event.Kind `json:"events,omitempty" maxItems:"20" doc:"What it is told of; left out: everything"`
	Accounts []string     `json:"accounts,omitempty" maxItems:"50" doc:"Ids of the accounts whose events it is told of; left out: all. What is not of one account, such as a pause of the app, it is told in any case"`
	Digest   *Digest      `json:"digest,omitempty" doc:"When it is told what the day came to; left out: never"`
}

// ChannelEdit changes a channel. What is left out stays.
type ChannelEdit struct {
	Name     *string       `json:"name,omitempty" minLength:"1" maxLength:"100"`
	URL      *string       `json:"url,omitempty" maxLength:"2000" writeOnly:"true"`
	Events   *[]event.Kind `json:"events,omitempty" maxItems:"20" doc:"Empty: everything"`
	Accounts *[]string     `json:"accounts,omitempty" maxItems:"50" doc:"Empty: all"`
	Digest   *Digest       `json:"digest,omitempty" doc:"With an empty zone: never"`
	On       *bool         `json:"on,omitempty" doc:"Whether it is told anything; true also takes up a channel that was disabled"`
}

// Digest is when a channel is told what a day came to.
type Digest struct {
	Hour int    `json:"hour" minimum:"0" maximum:"23"`
	Zone string `json:"zone" maxLength:"64" doc:"An IANA time zone" example:"Europe/Berlin"`
}

// Channel is somewhere that notices go.
type Channel struct {
	ID           string       `json:"id"`
	Name         string       `json:"name"`
	Kind         string       `json:"kind" enum:"webhook,slack,discord,email"`
	Address      string       `json:"address,omitempty" doc:"Of its URL what is no secret" example:"https://example.com/…"`
	Events       []event.Kind `json:"events,omitempty" doc:"What it is told of; absent: everything"`
	Accounts     []string     `json:"accounts,omitempty" doc:"Whose events; absent: all accounts'"`
	Digest       *Digest      `json:"digest,omitempty"`
	State        string       `json:"state" enum:"on,off,disabled" doc:"off: by its owner; disabled: nothing reached it for three days"`
	Reason       *Reason      `json:"reason,omitempty" doc:"Why it is disabled"`
	FailingSince *time.Time   `json:"failing_since,omitempty" doc:"Nothing has reached it since"`
	CreatedAt    time.Time    `json:"created_at"`
	UpdatedAt    time.Time    `json:"updated_at"`
	Secret       string       `json:"secret,omitempty" doc:"What requests are signed with: shown once, when it is made or replaced" example:"whsec_…"`
}

// ChannelList are all channels.
type ChannelList struct {
	Channels []Channel `json:"channels" nullable:"false"`
}

// Delivery is a notice on its way to a channel.
type Delivery struct {
	ID        string     `json:"id"`
	NoticeID  string     `json:"notice_id" doc:"The webhook-id of its requests"`
	Type      event.Kind `json:"type"`
	Title     string     `json:"title"`
	State     string     `json:"state" enum:"pending,delivered,failed" doc:"failed: given up after three days; it can be sent again"`
	CreatedAt time.Time  `json:"created_at"`
	NextAt    *time.Time `json:"next_at,omitempty" doc:"When it is tried next"`
	Attempts  []Attempt  `json:"attempts" nullable:"false" doc:"The last twenty"`
}

// Attempt is one request to a receiver.
type Attempt struct {
	At           time.Time `json:"at"`
	StatusCode   int       `json:"status_code,omitempty" doc:"That the receiver answered; absent: it did not"`
	Milliseconds int64     `json:"milliseconds" doc:"Until the answer"`
	Error        string    `json:"error,omitempty" doc:"What went wrong; absent: nothing did"`
}

// DeliveryList is a page of a channel's deliveries, newest first.
type DeliveryList struct {
	Deliveries []Delivery `json:"deliveries" nullable:"false"`
	NextCursor string     `json:"next_cursor,omitempty" doc:"Absent on the last page"`
}

// Notice is what a webhook is sent, by the Standard Webhooks scheme: the header webhook-id
// has an id that is the same for every attempt, webhook-timestamp the time of the attempt,
// and webhook-signature is made with the channel's secret.
type Notice struct {
	Type      event.Kind `json:"type"`
	Timestamp time.Time  `json:"timestamp" doc:"When it happened"`
	Data      NoticeData `json:"data"`
}

// NoticeData says what happened, where, and what is to be done.
type NoticeData struct {
	Sequence int64         `json:"sequence,omitempty" doc:"Grows with each notice of the same post, account or channel, and not by one: order them by it"`
	Title    string        `json:"title" doc:"What happened, in a few words"`
	Summary  string        `json:"summary" doc:"What happened, in a sentence or two"`
	Todo     string        `json:"todo,omitempty" doc:"What is to be done; absent: nothing"`
	Reason   *Reason       `json:"reason,omitempty"`
	Until    *time.Time    `json:"until,omitempty" doc:"Of what waits: until when, at the latest"`
	Post     *NoticePost   `json:"post,omitempty"`
	Account  *NoticeSource `json:"account,omitempty"`
	Channel  *NoticeSource `json:"channel,omitempty" doc:"Of channel.disabled: which"`
	URL      string        `json:"url,omitempty" doc:"The page that shows it"`
}

// NoticePost is the post that a notice is about, as it stood when that happened.
type NoticePost struct {
	ID              string      `json:"id"`
	Title           string      `json:"title" doc:"How it begins"`
	Status          post.Status `json:"status"`
	Published       int         `json:"published" doc:"How many of its tweets were out"`
	Tweets          int         `json:"tweets" doc:"How many it has"`
	PlatformPostIDs []string    `json:"platform_post_ids" nullable:"false" doc:"X's ids of those that were out"`
	ScheduledAt     *time.Time  `json:"scheduled_at,omitempty"`
}

// NoticeSource is an account or a channel that a notice is about.
type NoticeSource struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Of an account its user name, without @"`
}
