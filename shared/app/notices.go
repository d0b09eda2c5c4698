package app

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"spool/shared/account"
	"spool/shared/dynamo"
	"spool/shared/health"
	"spool/shared/metric"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/queue"
)

// The tables, as they are embedded.
type (
	postsTable    = dynamo.Posts
	accountsTable = dynamo.Accounts
)

// posts keeps posts, and has what they have to tell told.
type posts struct {
	*postsTable
	outbox notify.Outbox
}

// Save implements [publish.Posts].
func (s posts) Save(ctx context.Context, p post.Post) (post.Post, error) {
	stored, err := s.postsTable.Save(ctx, p)
	if err == nil {
		s.outbox.Post(ctx, stored)
	}
	return stored, err
}

// accounts keeps accounts, and has what they have to tell told.
type accounts struct {
	*accountsTable
	outbox notify.Outbox
}

// SaveAccount implements [account.Store].
func (s accounts) SaveAccount(ctx context.Context, a account.Account) (account.Account, error) {
	stored, err := s.accountsTable.SaveAccount(ctx, a)
	if err == nil {
		s.outbox.Account(ctx, stored)
	}
	return stored, err
}

// SavePause implements [account.Store].
func (s accounts) SavePause(ctx context.Context, accountID string, p account.Pause) error {
	err := s.accountsTable.SavePause(ctx, accountID, p)
	if err == nil {
		s.outbox.Pause(ctx, accountID, p)
	}
	return err
}

// SaveBudgets implements [account.Store].
func (s accounts) SaveBudgets(ctx context.Context, b account.Budgets) error {
	err := s.accountsTable.SaveBudgets(ctx, b)
	if err == nil {
		s.outbox.Budgets(ctx, b)
	}
	return err
}

// Notify is the graph of functions/notify. Mail makes the topic of an ARN that e-mail goes to: no other function sends
// any, or has SNS's client ready.
func Notify(mail func(aws.Config, string) notify.Mail) (*notify.Worker, queue.Consumer, *health.Self, error) {
	b := start()
	posts, accounts := b.posts().postsTable, b.accounts().accountsTable // whoever tells needs no telling
	w := &notify.Worker{
		Teller: &notify.Teller{
			Posts: posts, Accounts: accounts, Channels: accounts, Deliveries: posts,
			Now: time.Now, Log: b.log,
		},
		Digester: &notify.Digester{
			Shelves: posts, Channels: accounts, Deliveries: posts, Now: time.Now, Log: b.log,
		},
		Sender: &notify.Sender{
			Channels: accounts, Deliveries: posts, Seal: b.sealer(), Web: notify.NewWeb(b.networks()),
			Outbox: b.outbox(), Now: time.Now, Rand: rand.Float64, Log: b.log,
		},
		Standing: &metric.Standing{Failures: posts, Doors: accounts, Recorder: b.metrics},
	}
	if arn := b.mailTopic(); arn != "" {
		w.Sender.Mail = mail(b.aws, arn)
	}
	self := b.self(health.Notify, []health.Reports{posts}, readingPosts(posts), health.Probe{What: "key", Try: w.Try})
	return w, b.consumer(), self, b.env.err()
}

// channels carries out what the owner decides about channels.
func (b *base) channels(posts posts, accounts accounts) *notify.Service {
	return &notify.Service{
		Channels: accounts, Deliveries: posts, Accounts: accounts, Seal: b.sealer(), Queue: b.notices(),
		SendsMail: b.mailTopic() != "", Networks: b.networks(), Now: time.Now, Log: b.log,
	}
}

// noticeDispatch has deliveries sent whose time comes.
func (b *base) noticeDispatch(posts posts) *notify.Dispatcher {
	return &notify.Dispatcher{Deliveries: posts, Queue: b.notices(), Now: time.Now, Log: b.log}
}

// notices is the notice queue.
func (b *base) notices() *queue.Notices {
	return &queue.Notices{SQS: b.sqs(), URL: b.env.text("SPOOL_NOTICE_QUEUE")}
}

// outbox has what is stored with events told.
func (b *base) outbox() notify.Outbox { return notify.Outbox{Queue: b.notices(), Log: b.log} }

// mailTopic is the topic that e-mail goes to; empty where nobody is to get any.
func (b *base) mailTopic() string { return b.env.get("SPOOL_MAIL_TOPIC") }

// networks are where notices may go.
func (b *base) networks() notify.Networks {
	if b.env.text("SPOOL_NOTICE_NETWORKS") == string(notify.Loopback) {
		return notify.Loopback
	}
	return notify.Public
}

// rounds are all that an event of dispatch's schedule begins: one round of each, whatever
// comes of the others.
type rounds []interface{ Dispatch(context.Context) error }

// Dispatch is one round of each.
func (r rounds) Dispatch(ctx context.Context) error {
	var errs []error
	for _, one := range r {
		errs = append(errs, one.Dispatch(ctx))
	}
	return errors.Join(errs...)
}
