package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"spool/shared/post"
)

// Made gives what an account's list has within a span of [post.Post.SortKey]. Next
// is how far it was looked at, and empty at the span's end.
func (s *Posts) Made(ctx context.Context, accountID string,
	span post.Span) (entries []post.Entry, next string, err error) {
	span.Accounts = nil // all of the partition is this account's
	return s.entries(ctx, indexList, attrListPK, accountPrefix+accountID, attrListSK, span, func(item) string {
		return accountID
	})
}

// Shelf gives what a shelf has within a span of [post.Post.MomentSortKey]. Next is
// how far it was looked at, and empty at the span's end: between the two there may
// be no entry of the wanted accounts.
func (s *Posts) Shelf(ctx context.Context, shelf post.Shelf,
	span post.Span) (entries []post.Entry, next string, err error) {
	return s.entries(ctx, indexFind, attrFindPK, string(shelf), attrFindSK, span, func(it item) string {
		return it.s("account")
	})
}

// entries reads a page of an index.
func (s *Posts) entries(ctx context.Context, index, hash, hashValue, sort string, span post.Span,
	account func(item) string) (entries []post.Entry, next string, err error) {
	from, to := cmp.Or(span.From, " "), "~" // all sort keys are between these two
	if span.To != "" {
		to = below(span.To)
	}
	if from >= to {
		return nil, "", nil
	}
	values := map[string]types.AttributeValue{":pk": str(hashValue), ":from": str(from), ":to": str(to)}
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: &index, Limit: aws.Int32(int32(span.Limit)), ScanIndexForward: &span.Ascending,
		KeyConditionExpression: aws.String(hash + " = :pk AND " + sort +
			" BETWEEN :from AND :to"), ExpressionAttributeValues: values,
	}
	if len(span.Accounts) > 0 {
		in.FilterExpression = aws.String(anyOf("account", span.Accounts, values))
	}
	out, err := s.t.db.Query(ctx, in)
	if err != nil {
		return nil, "", fmt.Errorf("read index %s: %w", index, err)
	}
	for _, it := range out.Items {
		if sortKey := item(it).s(sort); span.Holds(sortKey) {
			entries = append(entries, post.Entry{ID: postID(item(it).s(attrPK)), AccountID: account(it), SortKey: sortKey})
		}
	}
	return entries, item(out.LastEvaluatedKey).s(sort), nil
}

// below is the end of a BETWEEN, which counts as within, for a span that ends before
// a sort key: none is between the two.
func below(sortKey string) string {
	last := len(sortKey) - 1
	return sortKey[:last] + string(rune(sortKey[last]-1)) + "~"
}

// anyOf is the condition that an attribute has one of some values.
func anyOf(attr string, values []string, into map[string]types.AttributeValue) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = fmt.Sprintf(":any%d", i)
		into[names[i]] = str(v)
	}
	return attr + " IN (" + strings.Join(names, ", ") + ")"
}

// DueBy gives the ids of the posts for which something is due until a time: all of
// them, if those are fewer than limit.
func (s *Posts) DueBy(ctx context.Context, until time.Time, limit int) ([]string, error) {
	shards := make([][]string, Shards)
	g, ctx := errgroup.WithContext(ctx)
	for n := range shards {
		g.Go(func() (err error) {
			shards[n], _, err = s.Due(ctx, n, until, limit)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	ids := slices.Concat(shards...)
	return ids[:min(limit, len(ids))], nil
}

// Read gives the records of the ids that there are.
func (s *Posts) Read(ctx context.Context, ids []string) (map[string]post.Post, error) {
	items, err := s.t.batchGet(ctx, progressKeys(ids))
	if err != nil {
		return nil, err
	}
	posts := make(map[string]post.Post, len(items))
	for _, it := range items {
		if forgotten(it) {
			continue
		}
		p, err := decodePost(it)
		if err != nil {
			return nil, err
		}
		posts[p.ID] = p
	}
	return posts, nil
}
