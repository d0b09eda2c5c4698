package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/clock"
	"spool/shared/fault"
)

const (
	batchMost  = 100                   // keys that BatchGetItem takes
	batchTries = 8                     // in a row that may read nothing
	batchWait  = 20 * time.Millisecond // before the next try, and up to twice as much; doubled with each
)

// table is one table.
type table struct {
	db   *dynamodb.Client
	name string
}

// get reads an item, strongly consistent. Absence is a nil item.
func (t table) get(ctx context.Context, k key) (item, error) {
	out, err := t.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.name, Key: k.attrs(), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k.sk, err)
	}
	return out.Item, nil
}

// put writes a record in place of whatever is there.
func (t table) put(ctx context.Context, r record) error {
	if _, err := t.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: r.item}); err != nil {
		return fmt.Errorf("write %s: %w", r.key().sk, err)
	}
	return nil
}

// swap writes a record on the condition that the stored revision is old; 0 stands
// for no item. What the record's description does not name stays as it is: it is a
// newer writer's. What is stored after a conflict may be this very write: then its
// revision and writer are the record's own.
func (t table) swap(ctx context.Context, r record, old int64) error {
	if old == 0 {
		return t.won(ctx, r, t.create(ctx, r))
	}
	in := r.update()
	in.TableName, in.Key = &t.name, r.key().attrs()
	in.ConditionExpression, in.ExpressionAttributeValues[":old"] = aws.String("rev = :old"), num(old)
	_, err := t.db.UpdateItem(ctx, in)
	return t.won(ctx, r, err)
}

// create writes a record where there is none.
func (t table) create(ctx context.Context, r record) error {
	_, err := t.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: r.item, ConditionExpression: aws.String("attribute_not_exists(pk)"),
	})
	return err
}

// replace writes a record in the place of all that is there, on the same condition
// as swap.
func (t table) replace(ctx context.Context, r record, old int64) error {
	if old == 0 {
		return t.won(ctx, r, t.create(ctx, r))
	}
	_, err := t.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: r.item, ConditionExpression: aws.String("rev = :old"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":old": num(old)},
	})
	return t.won(ctx, r, err)
}

// won says how a conditional write ended.
func (t table) won(ctx context.Context, r record, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); !ok {
		return fmt.Errorf("write %s: %w", r.key().sk, err)
	}
	stored, rerr := t.get(ctx, r.key())
	if rerr != nil {
		return rerr
	}
	if w := r.s("writer"); w != "" && stored.s("writer") == w && stored.n("rev") == r.n("rev") {
		return nil
	}
	return fault.New(fault.Conflict, "This changed at the same moment.").Todo("Read it again, then decide.").Because(err)
}

// remove deletes an item that must be there.
func (t table) remove(ctx context.Context, k key) error {
	_, err := t.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: k.attrs(), ConditionExpression: aws.String("attribute_exists(pk)"),
	})
	if _, gone := errors.AsType[*types.ConditionalCheckFailedException](err); gone {
		return fault.New(fault.NotFound, "It is no longer there.").Because(err)
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", k.sk, err)
	}
	return nil
}

// clear deletes the items of a partition whose sort keys come before one; empty:
// all.
func (t table) clear(ctx context.Context, pk, before string) error {
	in := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("pk, sk"),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: map[string]types.AttributeValue{
			":pk": str(pk),
		},
	}
	if before != "" {
		in.KeyConditionExpression, in.ExpressionAttributeValues[":before"] = aws.String("pk = :pk AND sk < :before"),
			str(before)
	}
	pages := dynamodb.NewQueryPaginator(t.db, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find what to delete: %w", err)
		}
		for _, it := range page.Items {
			if err := t.drop(ctx, item(it).key()); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop deletes an item, if it is there.
func (t table) drop(ctx context.Context, k key) error {
	if _, err := t.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: k.attrs()}); err != nil {
		return fmt.Errorf("delete %s: %w", k.sk, err)
	}
	return nil
}

// due reads the keys of one partition of an index up to a time, earliest first.
func (t table) due(ctx context.Context, index, hash, hashValue, sort string, until time.Time,
	limit int) ([]item, error) {
	return t.query(ctx, &dynamodb.QueryInput{
		TableName: &t.name, IndexName: &index,
		KeyConditionExpression: aws.String(hash + " = :shard AND " + sort + " <= :until"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": str(hashValue), ":until": num(until.UnixMilli()),
		},
	}, limit)
}

// batchGet reads different items, however many, strongly consistent. Absent
// items are absent from the answer.
func (t table) batchGet(ctx context.Context, keys []key) (map[key]item, error) {
	return t.batchRead(ctx, keys, true)
}

// batchRead is batchGet, or the same at half the price and a little out of date.
// It asks for [batchMost] items at a time, and again for those that DynamoDB
// leaves unread: what is beyond 16 MB, and whatever it has no capacity for.
func (t table) batchRead(ctx context.Context, keys []key, consistent bool) (map[key]item, error) {
	found := make(map[key]item, len(keys))
	open := make([]map[string]types.AttributeValue, len(keys))
	for i, k := range keys {
		open[i] = k.attrs()
	}
	for tries := 0; len(open) > 0; {
		n := min(batchMost, len(open))
		request := types.KeysAndAttributes{ConsistentRead: &consistent, Keys: open[:n]}
		out, err := t.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{t.name: request},
		})
		if err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		for _, it := range out.Responses[t.name] {
			found[item(it).key()] = it
		}
		unread := out.UnprocessedKeys[t.name].Keys
		open = append(open[n:], unread...)
		switch {
		case len(unread) == 0:
			tries = 0
			continue
		case len(unread) < n:
			tries = 0
		case tries == batchTries-1:
			return nil, fmt.Errorf("read items: DynamoDB left %d unread, again and again", len(open))
		}
		wait := batchWait << tries
		if err := clock.Sleep(ctx, wait+rand.N(wait)); err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		tries++
	}
	return found, nil
}

// query reads what an index has, at most limit of it; 0: all. DynamoDB ends a page
// after 1 MB, so fewer mean the end of the index only when there is no next page.
func (t table) query(ctx context.Context, in *dynamodb.QueryInput, limit int) (all []item, err error) {
	for {
		if limit > 0 {
			in.Limit = aws.Int32(int32(limit - len(all)))
		}
		out, err := t.db.Query(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("read index %s: %w", *in.IndexName, err)
		}
		for _, it := range out.Items {
			all = append(all, it)
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; out.LastEvaluatedKey == nil || len(all) == limit && limit > 0 {
			return all, nil
		}
	}
}

// page reads a page of an index and the items that it names, in its order.
func (t table) page(ctx context.Context, in *dynamodb.QueryInput, consistent bool) (page []item, next item, err error) {
	out, err := t.db.Query(ctx, in)
	if err != nil {
		return nil, nil, fmt.Errorf("read index %s: %w", *in.IndexName, err)
	}
	keys := make([]key, len(out.Items))
	for i, it := range out.Items {
		keys[i] = item(it).key()
	}
	items, err := t.batchRead(ctx, keys, consistent)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		if it := items[k]; it != nil { // the index may lag behind a deletion
			page = append(page, it)
		}
	}
	return page, out.LastEvaluatedKey, nil
}
