package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/access"
	"spool/shared/fault"
)

var _ access.Store = (*Accounts)(nil)

// PutKey implements [access.Store].
func (s *Accounts) PutKey(ctx context.Context, k access.Key) error {
	it, err := apiKeys.encode(apiKeyKey(k.ID), k)
	if err != nil {
		return err
	}
	err = s.t.swap(ctx, it, 0)
	if fault.Is(err, fault.Conflict) {
		if stored, rerr := s.Key(ctx, k.ID); rerr == nil && stored.Hash == k.Hash {
			return nil // an earlier attempt stored it
		}
	}
	return err
}

// Key implements [access.Finder].
func (s *Accounts) Key(ctx context.Context, id string) (access.Key, error) {
	it, err := s.t.get(ctx, apiKeyKey(id))
	if err != nil {
		return access.Key{}, err
	}
	if it == nil {
		return access.Key{}, fault.New(fault.NotFound, "There is no key %.40q.", id).Todo("List the keys to find its id.")
	}
	return apiKeys.decode(it)
}

// Keys implements [access.Store].
func (s *Accounts) Keys(ctx context.Context) ([]access.Key, error) {
	var all []access.Key
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), KeyConditionExpression: aws.String("list_pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(listKeys)}, Limit: aws.Int32(batchMost),
	}
	for {
		page, next, err := s.t.page(ctx, in, true)
		if err != nil {
			return nil, err
		}
		for _, it := range page {
			k, err := apiKeys.decode(it)
			if err != nil {
				return nil, err
			}
			all = append(all, k)
		}
		if in.ExclusiveStartKey = next; next == nil {
			return all, nil
		}
	}
}

// DropKey implements [access.Store].
func (s *Accounts) DropKey(ctx context.Context, id string) error {
	err := s.t.remove(ctx, apiKeyKey(id))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "There is no key %.40q.", id).Todo("List the keys to find its id.").Because(err)
	}
	return err
}

// TouchKey implements [access.Finder].
func (s *Accounts) TouchKey(ctx context.Context, id string, at time.Time) error {
	return s.t.touch(ctx, apiKeyKey(id), at)
}

// apiKeys is the kind of an API key.
var apiKeys = kind[access.Key]{name: "key", version: 2, fields: func(f *form, k *access.Key) {
	id(f, apiKeyPrefix, &k.ID)
	text(f, "name", &k.Name)
	text(f, "hash", &k.Hash)
	texts(f, "scopes", &k.Scopes)
	texts(f, "accounts", &k.Accounts)
	moment(f, "created", &k.CreatedAt)
	moment(f, "expires", &k.ExpiresAt)
	moment(f, "used", &k.UsedAt)
	derived(f, attrListPK, str(listKeys))
	derived(f, attrListSK, str(k.ID))
}}
