package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/fault"
)

// item is an item as DynamoDB takes and gives it.
type item map[string]types.AttributeValue

func newItem(k key) item { return item(k.attrs()) }

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// s is a string of the item: empty where there is none.
func (i item) s(name string) string {
	v, _ := i[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// n is a number of the item: zero where there is none.
func (i item) n(name string) int64 {
	v, _ := i[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64) // Spool writes integers only
	return n
}

// key is the item's primary key.
func (i item) key() key { return key{i.s(attrPK), i.s(attrSK)} }

// table is one table.
type table struct {
	db   *dynamodb.Client
	name string
}

// get reads an item, strongly consistent. Absence is a nil item.
func (t table) get(ctx context.Context, k key) (item, error) {
	out, err := t.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: k.attrs(), ConsistentRead: aws.Bool(true)})
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
	_, err := t.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: r.item, ConditionExpression: aws.String("attribute_not_exists(pk)")})
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
	return fault.New(fault.Conflict, "This changed at the same moment.").Todo("Read it again and decide anew.").Because(err)
}

// remove deletes an item that must be there.
func (t table) remove(ctx context.Context, k key) error {
	_, err := t.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: k.attrs(), ConditionExpression: aws.String("attribute_exists(pk)")})
	if _, gone := errors.AsType[*types.ConditionalCheckFailedException](err); gone {
		return fault.New(fault.NotFound, "It is not there any more.").Because(err)
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
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(pk)},
	}
	if before != "" {
		in.KeyConditionExpression, in.ExpressionAttributeValues[":before"] = aws.String("pk = :pk AND sk < :before"), str(before)
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
func (t table) due(ctx context.Context, index, hash, hashValue, sort string, until time.Time, limit int) ([]item, error) {
	return t.query(ctx, &dynamodb.QueryInput{
		TableName: &t.name, IndexName: &index,
		KeyConditionExpression:    aws.String(hash + " = :shard AND " + sort + " <= :until"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":shard": str(hashValue), ":until": num(until.UnixMilli())},
	}, limit)
}
