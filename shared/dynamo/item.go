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

// item is an item as DynamoDB takes and gives it. Its setters leave out what is
// zero, and its getters give zero for what is absent: items stay small.
type item map[string]types.AttributeValue

func newItem(k key) item { return item(k.attrs()) }

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func (i item) setS(name, v string) {
	if v != "" {
		i[name] = str(v)
	}
}

func (i item) setN(name string, v int64) {
	if v != 0 {
		i[name] = num(v)
	}
}

// setT stores a time as milliseconds since 1970.
func (i item) setT(name string, t time.Time) {
	if !t.IsZero() {
		i[name] = num(t.UnixMilli())
	}
}

func (i item) setB(name string, b []byte) {
	if len(b) > 0 {
		i[name] = &types.AttributeValueMemberB{Value: b}
	}
}

func (i item) setBool(name string, v bool) {
	if v {
		i[name] = &types.AttributeValueMemberBOOL{Value: true}
	}
}

func (i item) setStrings(name string, vs []string) {
	if len(vs) == 0 {
		return
	}
	l := make([]types.AttributeValue, len(vs))
	for k, v := range vs {
		l[k] = str(v)
	}
	i[name] = &types.AttributeValueMemberL{Value: l}
}

func (i item) s(name string) string {
	v, _ := i[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

func (i item) n(name string) int64 { return number(i[name]) }

func number(v types.AttributeValue) int64 {
	m, _ := v.(*types.AttributeValueMemberN)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(m.Value, 10, 64) // Spool writes integers only
	return n
}

func (i item) t(name string) time.Time { return moment(i.n(name)) }

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func (i item) b(name string) []byte {
	v, _ := i[name].(*types.AttributeValueMemberB)
	if v == nil {
		return nil
	}
	return v.Value
}

func (i item) bool(name string) bool {
	v, _ := i[name].(*types.AttributeValueMemberBOOL)
	return v != nil && v.Value
}

func (i item) list(name string) []types.AttributeValue {
	v, _ := i[name].(*types.AttributeValueMemberL)
	if v == nil {
		return nil
	}
	return v.Value
}

func (i item) strings(name string) []string {
	var out []string
	for _, v := range i.list(name) {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			out = append(out, s.Value)
		}
	}
	return out
}

func (i item) setReason(name string, r *fault.Reason) {
	if r == nil {
		return
	}
	m := item{}
	m.setS("code", r.Code)
	m.setS("sentence", r.Sentence)
	m.setS("todo", r.Todo)
	m.setS("detail", r.Detail)
	m.setS("transaction", r.Transaction)
	i[name] = &types.AttributeValueMemberM{Value: m}
}

func (i item) reason(name string) *fault.Reason {
	v, _ := i[name].(*types.AttributeValueMemberM)
	if v == nil {
		return nil
	}
	m := item(v.Value)
	return &fault.Reason{Code: m.s("code"), Sentence: m.s("sentence"), Todo: m.s("todo"), Detail: m.s("detail"), Transaction: m.s("transaction")}
}

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

// put writes an item whatever is there.
func (t table) put(ctx context.Context, it item) error {
	if _, err := t.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: it}); err != nil {
		return fmt.Errorf("write %s: %w", it.s(attrSK), err)
	}
	return nil
}

// swap writes an item on the condition that the stored revision is old; 0 stands
// for no item. What is stored after a conflict may be this very write: then its
// revision and writer are the item's own.
func (t table) swap(ctx context.Context, it item, old int64) error {
	in := &dynamodb.PutItemInput{TableName: &t.name, Item: it, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if old > 0 {
		in.ConditionExpression = aws.String("rev = :rev")
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":rev": num(old)}
	}
	_, err := t.db.PutItem(ctx, in)
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); !ok {
		return fmt.Errorf("write %s: %w", it.s(attrSK), err)
	}
	stored, rerr := t.get(ctx, key{it.s(attrPK), it.s(attrSK)})
	if rerr != nil {
		return rerr
	}
	if w := it.s("writer"); w != "" && stored.s("writer") == w && stored.n("rev") == it.n("rev") {
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

// clear deletes the items of a partition whose sort keys begin so; empty: all.
func (t table) clear(ctx context.Context, pk, begin string) error {
	in := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("pk, sk"),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(pk)},
	}
	if begin != "" { // an empty one is no condition to DynamoDB
		in.KeyConditionExpression, in.ExpressionAttributeValues[":begin"] = aws.String("pk = :pk AND begins_with(sk, :begin)"), str(begin)
	}
	pages := dynamodb.NewQueryPaginator(t.db, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find what to delete: %w", err)
		}
		for _, it := range page.Items {
			if err := t.drop(ctx, key{item(it).s(attrPK), item(it).s(attrSK)}); err != nil {
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
