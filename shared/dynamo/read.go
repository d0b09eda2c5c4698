package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/clock"
)

const (
	batchMost  = 100                   // keys that BatchGetItem takes
	batchTries = 8                     // in a row that may read nothing
	batchWait  = 20 * time.Millisecond // before the next try, and up to twice as much; doubled with each
)

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
		out, err := t.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.name: request}})
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
