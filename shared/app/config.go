// Package app builds each function's graph of objects from its environment. It
// has one constructor for each function, so that none holds a client that it may
// not use.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"spool/shared/correlate"
	"spool/shared/dynamo"
	"spool/shared/envelope"
	"spool/shared/health"
	"spool/shared/media"
	"spool/shared/metric"
	"spool/shared/publish"
	"spool/shared/retain"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// environment reads the variables that template.yaml gives a function, and
// remembers each that is missing or wrong.
type environment struct {
	get  func(string) string
	errs []error
}

// text reads a variable that must be there.
func (e *environment) text(name string) string {
	v := e.get(name)
	if v == "" {
		e.errs = append(e.errs, fmt.Errorf("the environment lacks %s, which template.yaml gives this function", name))
	}
	return v
}

// seconds reads a duration of at least a second.
func (e *environment) seconds(name string) time.Duration {
	n, err := strconv.Atoi(e.text(name))
	if err != nil || n < 1 {
		e.errs = append(e.errs, fmt.Errorf("%s is not a number of seconds of at least 1", name))
	}
	return time.Duration(n) * time.Second
}

// days reads a number of days.
func (e *environment) days(name string) time.Duration {
	n, err := strconv.Atoi(e.text(name))
	if err != nil || n < 0 {
		e.errs = append(e.errs, fmt.Errorf("%s is not a number of days", name))
	}
	return time.Duration(n) * 24 * time.Hour
}

// terms are how long things are kept.
func (b *base) terms() retain.Terms {
	return retain.Terms{Media: b.env.days("SPOOL_MEDIA_DAYS"), Posts: b.env.days("SPOOL_POST_DAYS")}
}

// prices are X's published ones, with those of the variable in their place where it is set:
// JSON as in a preview's cost.prices. What is wrong with it stops nobody from posting: the
// published ones count then.
func (b *base) prices(name string) tweet.Prices {
	p, err := tweet.ParsePrices(b.env.get(name))
	if err != nil {
		b.log.Error(name+" is ignored, and X's prices count as Spool knows them", "as_of", p.AsOf, "error", err)
		b.ignore("Prices", "and X's prices of "+p.AsOf+" count", err)
	}
	return p
}

// mediaLimits are X's limits for media, with those of the variable in their place where it
// is set. One that is wrong stops nobody from posting: X's own ones count then.
func (b *base) mediaLimits(name string) media.Limits {
	l, err := media.ParseLimits(b.env.get(name))
	if err != nil {
		b.log.Error(name+" is ignored, and X's limits count as Spool knows them", "as_of", l.AsOf, "error", err)
		b.ignore("MediaLimits", "and X's limits of "+l.AsOf+" count", err)
	}
	return l
}

// times are those of the publish protocol. A settling time that is too short for the lease
// could have a tweet posted twice, so one as far beyond it as Spool's own counts in its place:
// to post late is better than not to post. The simulator on this machine has the same clock,
// and may be given less.
func (b *base) times() publish.Config {
	lease, settle := b.env.seconds("SPOOL_LEASE_SECONDS"), b.env.seconds("SPOOL_SETTLE_SECONDS")
	if least := publish.LeastSettle(lease); settle < least && !isLoopback(b.env.get("SPOOL_X_ENDPOINT")) {
		own := publish.Defaults()
		safe := lease + own.Settle - own.Lease
		b.log.Error("SettleSeconds is too short for LeaseSeconds: a tweet could be posted twice. A safe time counts in its place; deploy with that, or with a shorter lease",
			"settle_seconds", settle.Seconds(), "lease_seconds", lease.Seconds(), "least_seconds", least.Seconds(),
			"in_force_seconds", safe.Seconds())
		b.ignore("SettleSeconds", fmt.Sprintf("and %v counts", safe),
			fmt.Errorf("it is less than the %v that LeaseSeconds needs", least))
		settle = safe
	}
	times := publish.Times(lease, settle)
	times.Held = 60 * b.env.seconds("SPOOL_HELD_MINUTES")
	return times
}

// protocol is what the publisher goes by: its times, and the time that the tables were set back to, if they were. One
// that cannot be read ends the function: without it, tweets could go out twice.
func (b *base) protocol() publish.Config {
	c := b.times()
	if text := b.env.get("SPOOL_RESTORED_TO"); text != "" {
		var err error
		if c.Restored, err = time.Parse(time.RFC3339, text); err != nil {
			b.env.errs = append(b.env.errs, fmt.Errorf("SPOOL_RESTORED_TO is not a time such as 2026-12-01T09:00:00Z: %w", err))
		}
	}
	return c
}

// isLoopback reports whether an address is on this machine.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// err is all that was wrong.
func (e *environment) err() error { return errors.Join(e.errs...) }

// base is what every function has.
type base struct {
	env     environment
	aws     aws.Config
	log     *slog.Logger
	metrics *metric.Recorder
	// One client of each service, for whatever needs it.
	dynamodb func() *dynamodb.Client
	kms      func() *kms.Client
	sqs      func() *sqs.Client
	settled  []health.Finding // settings that are not in force, and why
}

// ignore notes that a setting is not in force, with what counts in its place.
func (b *base) ignore(setting, instead string, why error) {
	b.settled = append(b.settled, health.Finding{
		Check: setting, Text: fmt.Sprintf("The parameter %s is not in force, %s: %v.", setting, instead, why),
		Todo: "Correct it in the stage's settings, or leave it empty, and deploy again.",
	})
}

// start reads the environment. AWS_ENDPOINT_URL_* point the SDK elsewhere.
func start() *base {
	b := &base{env: environment{get: os.Getenv}, log: logger()}
	b.aws = b.env.awsConfig()
	if r := b.env.get("SPOOL_REVISION"); r != "" { // while an update is brought out, two versions log side by side
		b.log = b.log.With("revision", r[:min(8, len(r))])
	}
	b.metrics = &metric.Recorder{Stack: b.env.text("SPOOL_STACK"), Now: time.Now, Log: b.log}
	b.aws.APIOptions = append(b.aws.APIOptions, b.countThrottles)
	b.dynamodb = sync.OnceValue(func() *dynamodb.Client { return dynamodb.NewFromConfig(b.aws) })
	b.kms = sync.OnceValue(func() *kms.Client { return kms.NewFromConfig(b.aws) })
	b.sqs = sync.OnceValue(func() *sqs.Client { return sqs.NewFromConfig(b.aws) })
	return b
}

// logger writes JSON lines, as CloudWatch reads them, with the request's id.
func logger() *slog.Logger {
	h := slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelInfo})
	return slog.New(requestID{correlate.Handler(h)})
}

// requestID adds Lambda's request id to every record.
type requestID struct{ slog.Handler }

func (h requestID) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("request_id", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h requestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestID{h.Handler.WithAttrs(attrs)}
}
func (h requestID) WithGroup(name string) slog.Handler { return requestID{h.Handler.WithGroup(name)} }

// posts and accounts are the two tables.
func (b *base) posts() posts {
	return posts{dynamo.NewPosts(b.dynamodb(), b.env.text("SPOOL_POSTS_TABLE")), b.outbox()}
}

func (b *base) accounts() accounts {
	table := b.env.text("SPOOL_ACCOUNTS_TABLE")
	return accounts{dynamo.NewAccounts(b.dynamodb(), table, time.Now), b.outbox()}
}

// vault opens accounts.
func (b *base) vault(accounts accounts) *vault.Vault {
	return &vault.Vault{
		Store:     accounts,
		Seal:      b.sealer(),
		Authority: b.authority(),
		Config:    vault.Defaults(),
		Now:       time.Now,
		Rand:      rand.Float64,
		Log:       b.log,
		Observer:  b.metrics,
	}
}

// sealer seals with the key of the deployment.
func (b *base) sealer() *envelope.Sealer {
	return &envelope.Sealer{KMS: b.kms(), KeyID: b.env.text("SPOOL_TOKEN_KEY")}
}

// authority is X's token endpoint.
func (b *base) authority() *xauth.Authority {
	a := xauth.New(b.env.text("SPOOL_X_ENDPOINT"))
	a.HTTP.Transport = metric.Transport{Base: a.HTTP.Transport, Recorder: b.metrics}
	return a
}

// x is X's API.
func (b *base) x() *xapi.Client {
	c := xapi.New(b.env.text("SPOOL_X_ENDPOINT"))
	c.HTTP.Transport = metric.Transport{Base: c.HTTP.Transport, Recorder: b.metrics}
	return c
}
