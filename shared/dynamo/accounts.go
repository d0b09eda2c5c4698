package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
	_ vault.Store    = (*Accounts)(nil)
	_ vault.Registry = (*Accounts)(nil)
	_ vault.Flows    = (*Accounts)(nil)
	_ vault.Schedule = (*Accounts)(nil)
)

// NewAccounts gives the accounts of a table. Now decides what has expired.
func NewAccounts(db *dynamodb.Client, tableName string, now func() time.Time) *Accounts {
	return &Accounts{t: table{db: db, name: tableName}, now: now}
}

// Snapshot implements [vault.Store].
func (s *Accounts) Snapshot(ctx context.Context, accountID string) (vault.Snapshot, error) {
	account, own, all, app := accountKey(accountID), pauseKey(accountID), pauseKey(""), appKey()
	items, err := s.t.batchGet(ctx, []key{account, own, all, app})
	if err != nil {
		return vault.Snapshot{}, err
	}
	if items[account] == nil {
		return vault.Snapshot{}, fault.New(fault.NotFound, "There is no account %.30q.", accountID).Todo("List the accounts to find its id.")
	}
	a, err := decodeAccount(items[account])
	return vault.Snapshot{
		Account: a, AccountPause: decodePause(items[own]), AppPause: decodePause(items[all]), App: decodeApp(items[app]),
	}, err
}

// SaveAccount implements [vault.Store].
func (s *Accounts) SaveAccount(ctx context.Context, a vault.Account) (vault.Account, error) {
	old := a.Rev
	a.Rev++
	it, err := encodeAccount(a)
	if err != nil {
		return a, err
	}
	return a, s.t.swap(ctx, it, old)
}

// SavePause implements [vault.Store]. A lifted pause stays as an item, so that
// revisions only grow.
func (s *Accounts) SavePause(ctx context.Context, accountID string, p vault.Pause) error {
	it := newItem(pauseKey(accountID))
	it.setT("until", p.Until)
	it.setS("sub", p.Sub)
	it.setReason("reason", &p.Reason)
	it.setN("count", int64(p.Count))
	it.setN("rev", p.Rev+1)
	return s.t.swap(ctx, it, p.Rev)
}

// Accounts implements [vault.Registry].
func (s *Accounts) Accounts(ctx context.Context) ([]vault.Account, error) {
	var all []vault.Account
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

// App implements [vault.Registry].
func (s *Accounts) App(ctx context.Context) (vault.SealedApp, error) {
	it, err := s.t.get(ctx, appKey())
	return decodeApp(it), err
}

// SaveApp implements [vault.Registry].
func (s *Accounts) SaveApp(ctx context.Context, app vault.SealedApp) error {
	it := newItem(appKey())
	it.setS("client_id", app.ClientID)
	it.setB("sealed", app.Sealed)
	it.setN("rev", app.Version)
	return s.t.swap(ctx, it, app.Version-1)
}

// Expiring implements [vault.Schedule] over the index's [Shards]. The accounts
// are read eventually consistent, at half the price: whoever acts on one that is
// out of date finds that its revision is.
func (s *Accounts) Expiring(ctx context.Context, n int, until time.Time) iter.Seq2[vault.Account, error] {
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexExpiring), Limit: aws.Int32(batchMost),
		KeyConditionExpression:    aws.String(attrExpiring + " = :shard AND " + attrRefreshAt + " <= :until"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":shard": str(shardName("expiring", n)), ":until": num(until.UnixMilli())},
	}
	return func(yield func(vault.Account, error) bool) {
		for {
			page, next, err := s.t.page(ctx, in, false)
			if err != nil {
				yield(vault.Account{}, err)
				return
			}
			for _, it := range page {
				if a, err := decodeAccount(it); !yield(a, err) || err != nil {
					return
				}
			}
			if in.ExclusiveStartKey = next; next == nil {
				return
			}
		}
	}
}

func encodeAccount(a vault.Account) (item, error) {
	it := newItem(accountKey(a.ID))
	it.setS("username", a.Username)
	it.setS("name", a.Name)
	it.setStrings("scopes", a.Scopes)
	it.setS("zone", a.Zone)
	it.setN("limit", int64(a.Limit))
	it.setN("lateness", a.Lateness.Milliseconds())
	it.setS("health", string(a.Health))
	it.setReason("reason", a.Reason)
	it.setT("since", a.Since)
	it.setB("sealed", a.Sealed)
	it.setN("version", a.Version)
	it.setT("expires", a.Expires)
	it.setS("owner", a.Lease.Owner)
	it.setN("term", a.Lease.Term)
	it.setT("until", a.Lease.Until)
	it.setT("refreshed", a.RefreshedAt)
	if !a.RefreshAt.IsZero() {
		it[attrExpiring] = str(shard("expiring", a.ID))
		it.setT(attrRefreshAt, a.RefreshAt)
	}
	it.setN("failures", int64(a.Failures))
	it.setT("failing", a.FailingAt)
	it.setT("used", a.UsedAt)
	it.setBool("spent", a.Spent)
	it.setT("connected", a.ConnectedAt)
	if len(a.Notices) > 0 {
		notices, err := json.Marshal(a.Notices)
		if err != nil {
			return nil, err
		}
		it.setS("notices", string(notices))
	}
	it.setN("rev", a.Rev)
	it.setS("writer", a.Writer)
	it[attrListPK], it[attrListSK] = str(listAccounts), str(a.Username+"#"+a.ID)
	return it, nil
}

func decodeAccount(it item) (vault.Account, error) {
	a := vault.Account{
		ID: it.s(attrPK)[len(accountPrefix):], Username: it.s("username"), Name: it.s("name"), Scopes: it.strings("scopes"),
		Zone: it.s("zone"), Limit: int(it.n("limit")), Lateness: time.Duration(it.n("lateness")) * time.Millisecond,
		Health: vault.Health(it.s("health")), Reason: it.reason("reason"), Since: it.t("since"),
		Sealed: it.b("sealed"), Version: it.n("version"), Expires: it.t("expires"),
		Lease:       vault.Lease{Owner: it.s("owner"), Term: it.n("term"), Until: it.t("until")},
		RefreshedAt: it.t("refreshed"), RefreshAt: it.t(attrRefreshAt), Failures: int(it.n("failures")), FailingAt: it.t("failing"),
		UsedAt: it.t("used"), Spent: it.bool("spent"), ConnectedAt: it.t("connected"),
		Rev: it.n("rev"), Writer: it.s("writer"),
	}
	if notices := it.s("notices"); notices != "" {
		if err := json.Unmarshal([]byte(notices), &a.Notices); err != nil {
			return a, fmt.Errorf("notices of account %s: %w", a.ID, err)
		}
	}
	return a, nil
}

func decodePause(it item) vault.Pause {
	p := vault.Pause{Until: it.t("until"), Sub: it.s("sub"), Count: int(it.n("count")), Rev: it.n("rev")}
	if r := it.reason("reason"); r != nil {
		p.Reason = *r
	}
	return p
}

func decodeApp(it item) vault.SealedApp {
	return vault.SealedApp{ClientID: it.s("client_id"), Sealed: it.b("sealed"), Version: it.n("rev")}
}

// PutFlow implements [vault.Flows].
func (s *Accounts) PutFlow(ctx context.Context, f vault.Flow) error {
	it := newItem(flowKey(f.Key))
	it.setS("step", f.Step)
	it.setB("sealed", f.Sealed)
	it.setS("browser", f.Browser)
	it.setS("caller", f.Caller)
	it.setS("redirect", f.Redirect)
	it.setT("expires", f.Expires)
	it.setN(attrTTL, f.Expires.Unix())
	return s.t.put(ctx, it)
}

// Flow implements [vault.Flows]. DynamoDB deletes what has expired within days;
// until then it counts as absent here.
func (s *Accounts) Flow(ctx context.Context, key string) (vault.Flow, error) {
	it, err := s.t.get(ctx, flowKey(key))
	if err != nil {
		return vault.Flow{}, err
	}
	f := vault.Flow{Key: key, Step: it.s("step"), Sealed: it.b("sealed"), Browser: it.s("browser"), Caller: it.s("caller"),
		Redirect: it.s("redirect"), Expires: it.t("expires")}
	if it == nil || !s.now().Before(f.Expires) {
		return vault.Flow{}, fault.New(fault.NotFound, "There is no such flow.")
	}
	return f, nil
}

// DropFlow implements [vault.Flows].
func (s *Accounts) DropFlow(ctx context.Context, key string) error {
	return s.t.remove(ctx, flowKey(key))
}
