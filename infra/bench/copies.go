package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
	return copier{table, out.Item, id}, nil
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

// lines writes the copies from one number to another in DynamoDB's JSON, one a line.
func (c copier) lines(w io.Writer, from, to int, change func(int, item)) error {
	out := json.NewEncoder(w)
	for i := from; i < to; i++ {
		if err := out.Encode(plain(c.copy(i, change))); err != nil {
			return err
		}
	}
	return nil
}

// plain gives an item as DynamoDB writes it in JSON.
func plain(it item) map[string]any {
	members := map[string]any{}
	for name, v := range it {
		members[name] = value(v)
	}
	return members
}

// value gives an attribute as DynamoDB writes it in JSON.
func value(v types.AttributeValue) map[string]any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": plain(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, one := range v.Value {
			list[i] = value(one)
		}
		return map[string]any{"L": list}
	default:
		panic(fmt.Sprintf("an item of Spool's has an attribute of the type %T", v))
	}
}
