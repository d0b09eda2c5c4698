package notify

import (
	"context"
	"log/slog"
	"time"

	"spool/shared/account"
	"spool/shared/correlate"
	"spool/shared/post"
)

// Look is the order to look at a record. It is a hint: a look that comes twice, late or
// never does no harm.
type Look struct {
	Post     string // a post with events
	Account  string // an account with events, or with a pause that has some
	App      bool   // the app's pause and the budgets
	Channel  string // a channel with events; with Delivery: the channel that it is for
	Delivery string
	Delay    time.Duration // how long the queue keeps it to itself: whole seconds
}

// about gives a context whose lines of the log say what the look is about.
func (l Look) about(ctx context.Context) context.Context {
	for _, a := range []slog.Attr{
		slog.String("post_id", l.Post), slog.String("account_id", l.Account),
		slog.String("channel_id", l.Channel), slog.String("delivery_id", l.Delivery),
	} {
		if a.Value.String() != "" {
			ctx = correlate.With(ctx, a)
		}
	}
	return ctx
}

// Queue carries looks to the notify function.
type Queue interface {
	// LookAll sends all looks, or tells that some may not have been sent.
	LookAll(ctx context.Context, looks []Look) error
}

// Posts keeps the posts, as for package publish.
type Posts interface {
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	Save(ctx context.Context, p post.Post) (post.Post, error)
}

// Accounts keeps the accounts, as for package account.
type Accounts interface {
	account.Store
	account.Registry
}

// Registry knows the accounts.
type Registry interface {
	// Accounts lists all accounts that were ever connected.
	Accounts(ctx context.Context) ([]account.Account, error)
}

// Channels keeps the channels. Implementations are safe for concurrent use.
type Channels interface {
	// Channels lists all channels, the oldest first.
	Channels(ctx context.Context) ([]Channel, error)
	// Channel reads one; an unknown id is a fault of code NotFound.
	Channel(ctx context.Context, id string) (Channel, error)
	// SaveChannel stores c as revision c.Rev+1 where the stored revision is still c.Rev
	// (0: where there is none). A fault of code Conflict says that another write came first.
	SaveChannel(ctx context.Context, c Channel) (Channel, error)
	// DropChannel deletes one; an unknown id is a fault of code NotFound.
	DropChannel(ctx context.Context, id string) error
}

// Deliveries keeps what was sent, and what is to be sent. Implementations are safe for
// concurrent use.
type Deliveries interface {
	// Delivery reads one; an unknown id is a fault of code NotFound.
	Delivery(ctx context.Context, channelID, id string) (Delivery, error)
	// SaveDelivery stores d under the rule of SaveChannel.
	SaveDelivery(ctx context.Context, d Delivery) (Delivery, error)
	// Log gives a channel's deliveries, newest first, that come before an id (empty: from
	// the newest on). Fewer than limit are the last.
	Log(ctx context.Context, channelID, before string, limit int) ([]Delivery, error)
	// DueDeliveries gives what is to be sent by a time, the earliest first, and at most
	// limit. It may lag behind the records.
	DueDeliveries(ctx context.Context, until time.Time, limit int) ([]Address, error)
	// DropDeliveries deletes all of a channel's.
	DropDeliveries(ctx context.Context, channelID string) error
}

// Address names a delivery.
type Address struct {
	ChannelID, ID string
	Due           time.Time
}

// Sealer seals secrets. The binding says what they belong to; only the same one opens them.
type Sealer interface {
	Seal(ctx context.Context, plaintext []byte, binding map[string]string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error)
}

// Mail sends e-mail to whoever has subscribed to the deployment's topic.
type Mail interface {
	// Publish sends one. Its subject is of at most 99 characters of ASCII.
	Publish(ctx context.Context, subject, body string) error
}
