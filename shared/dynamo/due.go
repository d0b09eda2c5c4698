package dynamo

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"spool/shared/schedule"
)

var _ schedule.Index = (*Posts)(nil)

// standingsSide is how many batches of records are read side by side.
const standingsSide = 8

// Due gives the ids of the posts for which something is due until a time, of
// one of the index's [Shards], earliest first, and at most limit. The index may
// lag: whoever acts on an id reads the post.
func (s *Posts) Due(ctx context.Context, n int, until time.Time, limit int) (ids []string, at []time.Time, err error) {
	items, err := s.t.due(ctx, indexDue, attrDueShard, shardName("due", n), attrDueAt, until, limit)
	if err != nil {
		return nil, nil, err
	}
	for _, it := range items {
		e := entry(it)
		ids, at = append(ids, e.PostID), append(at, e.At)
	}
	return ids, at, nil
}

// Coming implements [schedule.Coming] for the index's [Shards]. A page has some 9,000
// entries, and costs 128 read units.
func (s *Posts) Coming(ctx context.Context, n int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexDue),
		KeyConditionExpression: aws.String(attrDueShard + " = :shard AND " + attrDueAt + " BETWEEN :from AND :until"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": str(shardName("due", n)), ":from": num(from.UnixMilli()), ":until": num(until.UnixMilli()),
		},
	}
	return func(yield func(schedule.Entry, error) bool) {
		for {
			out, err := s.t.db.Query(ctx, in)
			if err != nil {
				yield(schedule.Entry{}, fmt.Errorf("read index %s: %w", indexDue, err))
				return
			}
			for _, it := range out.Items {
				if !yield(entry(it), nil) {
					return
				}
			}
			if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
				return
			}
		}
	}
}

// entry is what the due index has of a post.
func entry(it item) schedule.Entry {
	return schedule.Entry{PostID: postID(it.s(attrPK)), At: time.UnixMilli(it.n(attrDueAt)).UTC()}
}

// Standings implements [schedule.Index]: a hundred posts to a request, eventually consistent,
// which costs half a read unit for each.
func (s *Posts) Standings(ctx context.Context, ids []string) (map[string]schedule.Standing, error) {
	all := make(map[string]schedule.Standing, len(ids))
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(standingsSide)
	for some := range slices.Chunk(ids, batchMost) {
		g.Go(func() error {
			items, err := s.t.batchRead(ctx, progressKeys(some), false)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, it := range items {
				if p, err := decodePost(it); err == nil && !forgotten(it) {
					all[p.ID] = schedule.StandingOf(p)
				}
			}
			return nil
		})
	}
	return all, g.Wait()
}
