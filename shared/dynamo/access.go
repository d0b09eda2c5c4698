package dynamo

import (
	"context"
	"strings"
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
	it := newItem(apiKeyKey(k.ID))
	it.setS("name", k.Name)
	it.setS("hash", k.Hash)
	scopes := make([]string, len(k.Scopes))
	for i, scope := range k.Scopes {
		scopes[i] = string(scope)
	}
	it.setStrings("scopes", scopes)
	it.setStrings("accounts", k.Accounts)
	it.setT("created", k.CreatedAt)
	it.setT("expires", k.ExpiresAt)
	it.setT("used", k.UsedAt)
	it[attrListPK], it[attrListSK] = str(listKeys), str(k.ID)
	return s.t.swap(ctx, it, 0)
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
	return decodeKey(it), nil
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
			all = append(all, decodeKey(it))
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

func decodeKey(it item) access.Key {
	k := access.Key{
		ID: strings.TrimPrefix(it.s(attrPK), apiKeyPrefix), Name: it.s("name"), Hash: it.s("hash"), Accounts: it.strings("accounts"),
		CreatedAt: it.t("created"), ExpiresAt: it.t("expires"), UsedAt: it.t("used"),
	}
	for _, scope := range it.strings("scopes") {
		k.Scopes = append(k.Scopes, access.Scope(scope))
	}
	return k
}
