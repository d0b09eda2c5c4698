package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"spool/shared/dynamo"
)

// item is one of DynamoDB's.
type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// text gives an attribute that is a string.
func text(v types.AttributeValue) (string, bool) {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// copier stores copies of an item, as they are when there are many of its kind. Where the item is in a sharded index,
// so are the copies, spread over its shards.
type copier struct {
	db    *dynamodb.Client
	table string
	of    item
	id    string // the item's, which each copy has another for, wherever it stands
}

// newCopier reads the item that is to be copied.
func newCopier(ctx context.Context, db *dynamodb.Client, table, pk, sk, id string) (copier, error) {
	out, err := db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, Key: item{"pk": str(pk), "sk": str(sk)}, ConsistentRead: aws.Bool(true),
	})
	if err == nil && out.Item == nil {
		err = fmt.Errorf("there is no item %s %s", pk, sk)
	}
	if err != nil {
		return copier{}, err
	}
	return copier{db, table, out.Item, id}, nil
}

// copy is the i-th copy.
func (c copier) copy(i int, change func(int, item)) item {
	id := fmt.Sprintf("%s%07d", c.id[:len(c.id)-7], i)
	made := item{}
	for name, v := range c.of {
		if s, ok := text(v); ok {
			if _, _, sharded := strings.Cut(s, "#"); sharded && strings.HasSuffix(name, "_shard") {
				s = fmt.Sprintf("%s#%d", s[:strings.IndexByte(s, '#')], i%dynamo.Shards)
			}
			v = str(strings.ReplaceAll(s, c.id, id))
		}
		made[name] = v
	}
	if change != nil {
		change(i, made)
	}
	return made
}

const (
	writeBatch  = 25 // items that DynamoDB takes in one request
	writersMost = 8
)

// write stores the copies from one number to another, each changed by change, if there is one.
func (c copier) write(ctx context.Context, from, to int, change func(int, item)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writersMost)
	for first := from; first < to; first += writeBatch {
		group.Go(func() error {
			var batch []types.WriteRequest
			for i := first; i < min(first+writeBatch, to); i++ {
				batch = append(batch, types.WriteRequest{PutRequest: &types.PutRequest{Item: c.copy(i, change)}})
			}
			out, err := c.db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{c.table: batch},
			})
			if err == nil && len(out.UnprocessedItems) > 0 {
				err = fmt.Errorf("%s: some items were not taken", c.table)
			}
			return err
		})
	}
	return group.Wait()
}
