package dynamo

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/vault"
)

// Accounts keeps accounts, their pauses, and the X app. It is safe for
// concurrent use.
type Accounts struct {
	t   table
	now func() time.Time
}

var (
	_ account.Store    = (*Accounts)(nil)
	_ account.Registry = (*Accounts)(nil)
	_ connect.Apps     = (*Accounts)(nil)
	_ connect.Flows    = (*Accounts)(nil)
	_ vault.Schedule   = (*Accounts)(nil)
)

// NewAccounts gives the accounts of a table. Now decides what has expired.
func NewAccounts(db *dynamodb.Client, tableName string, now func() time.Time) *Accounts {
	return &Accounts{t: table{db: db, name: tableName}, now: now}
}

// Snapshot implements [account.Store].
func (s *Accounts) Snapshot(ctx context.Context, accountID string) (account.Snapshot, error) {
	record, own, all, app, budgets := accountKey(accountID), pauseKey(accountID), pauseKey(""), appKey(), budgetsKey()
	items, err := s.t.batchGet(ctx, []key{record, own, all, app, budgets})
	if err != nil {
		return account.Snapshot{}, err
	}
	if items[record] == nil {
		return account.Snapshot{}, fault.New(fault.NotFound, "There is no account %.30q.", accountID).
			Todo("List the accounts to find its id.")
	}
	var snap account.Snapshot
	var errs [5]error
	snap.Account, errs[0] = decodeAccount(items[record])
	snap.AccountPause, errs[1] = pauses.decode(items[own])
	snap.AppPause, errs[2] = pauses.decode(items[all])
	snap.App, errs[3] = apps.decode(items[app])
	snap.Budgets, errs[4] = budgetRecords.decode(items[budgets])
	return snap, errors.Join(errs[:]...)
}

// SaveAccount implements [account.Store].
func (s *Accounts) SaveAccount(ctx context.Context, a account.Account) (account.Account, error) {
	old := a.Rev
	a.Rev++
	it, err := encodeAccount(a)
	if err != nil {
		return a, err
	}
	return a, s.t.swap(ctx, it, old)
}

// SavePause implements [account.Store]. A lifted pause stays as an item, so that
// revisions only grow.
func (s *Accounts) SavePause(ctx context.Context, accountID string, p account.Pause) error {
	old := p.Rev
	p.Rev++
	it, err := pauses.encode(pauseKey(accountID), p)
	if err != nil {
		return err
	}
	return s.t.swap(ctx, it, old)
}

// Accounts implements [account.Registry].
func (s *Accounts) Accounts(ctx context.Context) ([]account.Account, error) {
	var all []account.Account
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), KeyConditionExpression: aws.String("list_pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(listAccounts)}, Limit: aws.Int32(batchMost),
	}
	for {
		page, next, err := s.t.page(ctx, in, true)
		if err != nil {
			return nil, err
		}
		for _, it := range page {
			a, err := decodeAccount(it)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		if in.ExclusiveStartKey = next; next == nil {
			return all, nil
		}
	}
}

// Pauses implements [account.Registry].
func (s *Accounts) Pauses(ctx context.Context, accountIDs []string) (map[string]account.Pause, error) {
	all := make(map[string]account.Pause, len(accountIDs)+1)
	ids := append([]string{""}, slices.DeleteFunc(slices.Clone(accountIDs), func(id string) bool { return id == "" })...)
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = pauseKey(id)
	}
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if it := items[keys[i]]; it != nil {
			if all[id], err = pauses.decode(it); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// App implements [connect.Apps].
func (s *Accounts) App(ctx context.Context) (account.SealedApp, error) {
	it, err := s.t.get(ctx, appKey())
	if err != nil {
		return account.SealedApp{}, err
	}
	return apps.decode(it)
}

// SaveApp implements [connect.Apps].
func (s *Accounts) SaveApp(ctx context.Context, app account.SealedApp) error {
	it, err := apps.encode(appKey(), app)
	if err != nil {
		return err
	}
	return s.t.swap(ctx, it, app.Version-1)
}

// Expiring implements [vault.Schedule] over the index's [Shards]. The accounts
// are read eventually consistent, at half the price: whoever acts on one that is
// out of date finds that its revision is.
func (s *Accounts) Expiring(ctx context.Context, n int, until time.Time) iter.Seq2[account.Account, error] {
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexExpiring), Limit: aws.Int32(batchMost),
		KeyConditionExpression: aws.String(attrExpiring + " = :shard AND " + attrRefreshAt + " <= :until"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": str(shardName("expiring", n)), ":until": num(until.UnixMilli()),
		},
	}
	return func(yield func(account.Account, error) bool) {
		for {
			page, next, err := s.t.page(ctx, in, false)
			if err != nil {
				yield(account.Account{}, err)
				return
			}
			for _, it := range page {
				if !yield(decodeAccount(it)) {
					return
				}
			}
			if in.ExclusiveStartKey = next; next == nil {
				return
			}
		}
	}
}

// accounts is the kind of an X account.
var accounts = kind[account.Account]{name: "account", version: 3, fields: func(f *form, a *account.Account) {
	id(f, accountPrefix, &a.ID)
	text(f, "username", &a.Username)
	text(f, "name", &a.Name)
	texts(f, "scopes", &a.Scopes)
	text(f, "zone", &a.Zone)
	count(f, "limit", &a.Limit)
	span(f, "lateness", &a.Lateness)
	text(f, "health", &a.Health)
	optional(f, "reason", &a.Reason, func(f *form, r *fault.Reason) { reason(f, "reason", r) })
	moment(f, "since", &a.Since)
	blob(f, "sealed", &a.Sealed)
	count(f, "version", &a.Version)
	moment(f, "expires", &a.Expires)
	text(f, "owner", &a.Lease.Owner)
	count(f, "term", &a.Lease.Term)
	moment(f, "until", &a.Lease.Until)
	moment(f, "refreshed", &a.RefreshedAt)
	moment(f, attrRefreshAt, &a.RefreshAt)
	count(f, "failures", &a.Failures)
	moment(f, "failing", &a.FailingAt)
	moment(f, "used", &a.UsedAt)
	boolean(f, "spent", &a.Spent)
	moment(f, "connected", &a.ConnectedAt)
	outbox(f, &a.Events)
	count(f, "rev", &a.Rev)
	text(f, "writer", &a.Writer)
	derived(f, attrListPK, str(listAccounts))
	derived(f, attrListSK, str(a.Username+"#"+a.ID))
	if a.RefreshAt.IsZero() {
		derived(f, attrExpiring, nil)
	} else {
		derived(f, attrExpiring, str(shard("expiring", a.ID)))
	}
}}

func encodeAccount(a account.Account) (record, error) { return accounts.encode(accountKey(a.ID), a) }

func decodeAccount(it item) (account.Account, error) { return accounts.decode(it) }

// pauses is the kind of a time in which nothing is sent. One that was never stored
// is a nil item.
var pauses = kind[account.Pause]{name: "pause", version: 3, fields: func(f *form, p *account.Pause) {
	moment(f, "until", &p.Until)
	text(f, "sub", &p.Sub)
	reason(f, "reason", &p.Reason)
	count(f, "count", &p.Count)
	boolean(f, "told", &p.Told)
	outbox(f, &p.Events)
	count(f, "rev", &p.Rev)
}}

// apps is the kind of the X app's credentials. Those that were never given are a nil
// item.
var apps = kind[account.SealedApp]{name: "app", version: 2, fields: func(f *form, app *account.SealedApp) {
	text(f, "client_id", &app.ClientID)
	blob(f, "sealed", &app.Sealed)
	count(f, "rev", &app.Version)
}}

// flows is the kind of a connection under way.
var flows = kind[connect.Flow]{name: "flow", version: 3, fields: func(f *form, flow *connect.Flow) {
	id(f, flowPrefix, &flow.Key)
	text(f, "step", &flow.Step)
	blob(f, "sealed", &flow.Sealed)
	text(f, "browser", &flow.Browser)
	text(f, "caller", &flow.Caller)
	text(f, "redirect", &flow.Redirect)
	text(f, "zone", &flow.Zone)
	moment(f, "expires", &flow.Expires)
	expiry(f, flow.Expires)
}}

// PutFlow implements [connect.Flows].
func (s *Accounts) PutFlow(ctx context.Context, f connect.Flow) error {
	it, err := flows.encode(flowKey(f.Key), f)
	if err != nil {
		return err
	}
	return s.t.put(ctx, it)
}

// Flow implements [connect.Flows]. DynamoDB deletes what has expired within days;
// until then it counts as absent here.
func (s *Accounts) Flow(ctx context.Context, key string) (connect.Flow, error) {
	it, err := s.t.get(ctx, flowKey(key))
	if err != nil {
		return connect.Flow{}, err
	}
	f, err := flows.decode(it)
	if err != nil {
		return connect.Flow{}, err
	}
	if it == nil || !s.now().Before(f.Expires) {
		return connect.Flow{}, fault.New(fault.NotFound, "There is no such flow.")
	}
	return f, nil
}

// DropFlow implements [connect.Flows].
func (s *Accounts) DropFlow(ctx context.Context, key string) error {
	return s.t.remove(ctx, flowKey(key))
}
