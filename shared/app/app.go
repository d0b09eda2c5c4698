package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"spool/shared/account"
	"spool/shared/blob"
	"spool/shared/connect"
	"spool/shared/dynamo"
	"spool/shared/health"
	"spool/shared/httpapi"
	"spool/shared/httpapi/page"
	"spool/shared/idempotency"
	"spool/shared/publish"
	"spool/shared/queue"
	"spool/shared/retain"
	"spool/shared/schedule"
	"spool/shared/vault"
	"spool/shared/xapi"
)

// API is the graph of functions/api.
func API(ctx context.Context) (http.Handler, error) {
	b, err := start(ctx)
	if err != nil {
		return nil, err
	}
	posts, queue, accounts, media := b.posts(), b.queue(), b.accounts(), b.media()
	connector := b.connector(queue)
	x := b.x()
	uploads, err := media.Origin(ctx)
	if err != nil {
		return nil, err
	}
	web, err := page.New(page.Files(), uploads)
	if err != nil {
		return nil, err
	}
	api := &httpapi.API{
		Web: web, Sessions: accounts,
		Idempotency: &idempotency.Store{Records: accounts, Seal: b.sealer(), Now: time.Now, Log: b.log},
		Files:       posts, Blobs: media, Keeper: b.keeper(posts, media, accounts),
		Posts: posts, Setup: httpapi.SetupOf(connector), Waker: queue,
		Resolver: &publish.Resolver{Posts: posts, Accounts: b.vault(accounts), X: x, Now: time.Now},
		Resumer:  b.resumer(posts, queue), Channels: b.channels(posts, accounts),
		Keys: accounts, KeySum: b.env.text("SPOOL_ADMIN_KEY_HASH"), Domain: b.env.get("SPOOL_CALLBACK_DOMAIN"),
		Prices: b.prices("SPOOL_PRICES"), Now: time.Now, Log: b.log, Observer: b.metrics,
	}
	api.MediaLimits = b.mediaLimits("SPOOL_MEDIA_LIMITS")
	api.Health = b.health(accounts.accountsTable, posts.postsTable, queue, media, connector)
	return api.Handler(), b.env.err()
}

// Callback is the graph of functions/callback, and the domain that X redirects
// to; empty stands for the one that the browser came by.
func Callback(ctx context.Context) (c *connect.Connector, domain string, log *slog.Logger, err error) {
	b, err := start(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	return b.connector(b.queue()), b.env.get("SPOOL_CALLBACK_DOMAIN"), b.log, b.env.err()
}

// Dispatch is the graph of functions/dispatch.
func Dispatch(ctx context.Context) (
	rounds, *schedule.DeadLetterHandler, queue.Consumer, *health.Self, error,
) {
	b, err := start(ctx)
	if err != nil {
		return nil, nil, queue.Consumer{}, nil, err
	}
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
func Publish(ctx context.Context) (*publish.Publisher, *schedule.Resumer, queue.Consumer, *health.Self, error) {
	b, err := start(ctx)
	if err != nil {
		return nil, nil, queue.Consumer{}, nil, err
	}
	posts, accounts, due, media, x := b.posts(), b.accounts(), b.queue(), b.media(), b.x()
	p := &publish.Publisher{
		Posts: posts, Accounts: b.vault(accounts), X: x,
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
func Refresh(ctx context.Context) (*vault.Sweeper, *health.Self, error) {
	b, err := start(ctx)
	if err != nil {
		return nil, nil, err
	}
	accounts := b.accounts()
	v := b.vault(accounts)
	// The refreshes under way end within their leases.
	s := &vault.Sweeper{Vault: v, Schedule: accounts, Shards: dynamo.Shards, Reserve: v.Config.Lease + 10*time.Second}
	self := b.self(health.Refresh, []health.Reports{accounts}, b.probes(accounts.accountsTable, nil, nil)...)
	return s, self, b.env.err()
}

// Sweep is the graph of functions/sweep.
func Sweep(ctx context.Context) (*retain.Keeper, *health.Self, error) {
	b, err := start(ctx)
	if err != nil {
		return nil, nil, err
	}
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
	return &queue.Publisher{SQS: sqs.NewFromConfig(b.aws), URL: b.env.text("SPOOL_PUBLISH_QUEUE")}
}

// consumer takes wakes from the queue that a function is invoked by.
func (b *base) consumer() queue.Consumer {
	aside := &queue.Publisher{SQS: sqs.NewFromConfig(b.aws), URL: b.env.text("SPOOL_ASIDE_QUEUE")}
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
