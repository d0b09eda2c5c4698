package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"spool/shared/account"
	"spool/shared/blob"
	"spool/shared/connect"
	"spool/shared/dynamo"
	"spool/shared/health"
	"spool/shared/idempotency"
	"spool/shared/media"
	"spool/shared/metric"
	"spool/shared/notify"
	"spool/shared/publish"
	"spool/shared/queue"
	"spool/shared/retain"
	"spool/shared/schedule"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/xapi"
)

// Web is what the API of functions/api is made of; package web makes it.
type Web struct {
	Posts         posts
	Accounts      accounts
	Queue         *queue.Publisher
	Media         *blob.Bucket
	Keeper        *retain.Keeper
	Connector     *connect.Connector
	Idempotency   *idempotency.Store
	Resolver      *publish.Resolver
	Resumer       *schedule.Resumer
	Channels      *notify.Service
	KeySum        string // the admin key's SHA-256, in hexadecimal
	Domain        string // of the callback; may be empty
	Prices        tweet.Prices
	MediaLimits   media.Limits
	Self          *health.Self
	Stack, Alarms string     // its name, and the topic that its alarms tell
	AWS           aws.Config // of clients that no other function has
	Log           *slog.Logger
	Metrics       *metric.Recorder
}

// API is the graph of functions/api.
func API() (*Web, error) {
	b := start()
	posts, queue, accounts, media := b.posts(), b.queue(), b.accounts(), b.media()
	w := &Web{
		Posts: posts, Accounts: accounts, Queue: queue, Media: media, Keeper: b.keeper(posts, media, accounts),
		Connector:   b.connector(queue),
		Idempotency: &idempotency.Store{Records: accounts, Seal: b.sealer(), Now: time.Now, Log: b.log},
		Resolver:    &publish.Resolver{Posts: posts, Accounts: b.vault(accounts), X: b.x(), Now: time.Now},
		Resumer:     b.resumer(posts, queue), Channels: b.channels(posts, accounts),
		KeySum: b.env.text("SPOOL_ADMIN_KEY_HASH"), Domain: b.env.get("SPOOL_CALLBACK_DOMAIN"),
		Prices: b.prices("SPOOL_PRICES"), MediaLimits: b.mediaLimits("SPOOL_MEDIA_LIMITS"),
		Stack: b.env.text("SPOOL_STACK"), Alarms: b.env.text("SPOOL_ALARM_TOPIC"),
		AWS: b.aws, Log: b.log, Metrics: b.metrics,
	}
	probes := append(b.probes(accounts.accountsTable, posts.postsTable, queue),
		health.Probe{What: bucketName, Try: media.Trace}, health.Probe{What: health.XApp, Try: w.Connector.TryApp})
	w.Self = b.self(health.API, []health.Reports{accounts, posts}, probes...)
	return w, b.env.err()
}

// Callback is the graph of functions/callback, and the domain that X redirects
// to; empty stands for the one that the browser came by.
func Callback() (c *connect.Connector, domain string, log *slog.Logger, err error) {
	b := start()
	return b.connector(b.queue()), b.env.get("SPOOL_CALLBACK_DOMAIN"), b.log, b.env.err()
}

// Dispatch is the graph of functions/dispatch.
func Dispatch() (
	rounds, *schedule.DeadLetterHandler, queue.Consumer, *health.Self, error,
) {
	b := start()
	posts, due := b.posts(), b.queue()
	d := &schedule.Dispatcher{
		Index: posts, Queue: due, Shards: dynamo.Shards, Now: time.Now, Log: b.log, Observer: b.metrics,
	}
	h := &schedule.DeadLetterHandler{Posts: posts, Now: time.Now, Log: b.log, Observer: b.metrics}
	self := b.self(health.Dispatch, []health.Reports{posts}, b.probes(nil, posts.postsTable, due)...)
	self.Every, self.Queue = health.ReportEvery, b.measure("SPOOL_DEAD_LETTER_QUEUE")
	return rounds{d, b.noticeDispatch(posts)}, h, b.consumer(), self, b.env.err()
}

// Publish is the graph of functions/publish.
func Publish() (*publish.Publisher, *schedule.Resumer, queue.Consumer, *health.Self, error) {
	b := start()
	posts, accounts, due, media, x := b.posts(), b.accounts(), b.queue(), b.media(), b.x()
	p := &publish.Publisher{
		Posts: posts, Accounts: b.vault(accounts), X: x, Dialer: x, Queue: due,
		Media:  publish.Media{X: xapi.Uploads{Client: x}, Files: media, Uploads: posts},
		Prices: b.prices("SPOOL_PRICES"), Config: b.protocol(), Now: time.Now, Rand: rand.Float64,
		Log: b.log, Observer: b.metrics,
	}
	self := b.self(health.Publish, []health.Reports{accounts, posts},
		append(b.probes(accounts.accountsTable, posts.postsTable, due), health.Probe{What: bucketName, Try: media.Traced})...)
	self.Queue = b.measure("SPOOL_PUBLISH_QUEUE")
	return p, b.resumer(posts, due), b.consumer(), self, b.env.err()
}

// Refresh is the graph of functions/refresh.
func Refresh() (*vault.Sweeper, *health.Self, error) {
	b := start()
	accounts := b.accounts()
	v := b.vault(accounts)
	// The refreshes under way end within their leases.
	s := &vault.Sweeper{Vault: v, Schedule: accounts, Shards: dynamo.Shards, Reserve: v.Config.Lease + 10*time.Second}
	self := b.self(health.Refresh, []health.Reports{accounts}, b.probes(accounts.accountsTable, nil, nil)...)
	return s, self, b.env.err()
}

// Sweep is the graph of functions/sweep.
func Sweep() (*retain.Keeper, *health.Self, error) {
	b := start()
	posts := b.posts()
	return b.keeper(posts, b.media(), nil), b.self(health.Sweep, []health.Reports{posts.postsTable}), b.env.err()
}

// connector sets Spool up.
func (b *base) connector(waiting account.Waiting) *connect.Connector {
	accounts := b.accounts()
	return &connect.Connector{
		Vault: b.vault(accounts),
		Accounts: &account.Service{
			Store: accounts, Registry: accounts, Waiting: waiting, Now: time.Now, Log: b.log, Observer: b.metrics,
		},
		Apps: accounts, Flows: accounts,
		Grants: b.authority(), Users: users{b.x()},
	}
}

// keeper decides how long things are kept.
func (b *base) keeper(posts posts, media *blob.Bucket, accounts retain.Accounts) *retain.Keeper {
	return &retain.Keeper{
		Store: posts.postsTable, Blobs: media, Accounts: accounts, Terms: b.terms(), Now: time.Now, Log: b.log,
	}
}

// resumer lets paused posts go on.
func (b *base) resumer(posts posts, queue *queue.Publisher) *schedule.Resumer {
	return &schedule.Resumer{Index: posts, Posts: posts, Queue: queue, Shards: dynamo.Shards, Now: time.Now, Log: b.log}
}

// queue is the publish queue.
func (b *base) queue() *queue.Publisher {
	return &queue.Publisher{SQS: b.sqs(), URL: b.env.text("SPOOL_PUBLISH_QUEUE")}
}

// consumer takes wakes from the queue that a function is invoked by.
func (b *base) consumer() queue.Consumer {
	aside := &queue.Publisher{SQS: b.sqs(), URL: b.env.text("SPOOL_ASIDE_QUEUE")}
	return queue.Consumer{Aside: aside, Observer: b.metrics}
}

// media is the bucket of what posts show.
func (b *base) media() *blob.Bucket { return blob.New(b.aws, b.env.text("SPOOL_MEDIA_BUCKET")) }

// users asks X's API whom a token belongs to.
type users struct{ x *xapi.Client }

func (u users) Who(ctx context.Context, token string) (id, username, name string, err error) {
	me, err := u.x.Me(ctx, token)
	return me.ID, me.Username, me.Name, err
}
