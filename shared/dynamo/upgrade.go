package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"spool/shared/fault"
)

const (
	// foundSince is the version of the format in which posts came to be in the index.
	foundSince = 5
	// overlap is how long functions of an older version may still be at work after
	// the first one of this version was: what they write is not in the index.
	overlap = time.Hour
	// indexRounds is how often the table is gone over: at first, and after [overlap].
	indexRounds = 2
	// indexPages and indexPage bound what one call goes over, which takes it a few
	// seconds: items of all kinds, a part of which are posts.
	indexPages, indexPage = 8, 250
	// indexers is how many items are put into the index side by side.
	indexers = 16
)

// Ready sees to it that the posts of older versions are in the index that finds them,
// and reports whether they all are. One call does a part of that, for a few seconds at
// most, and a record says how far it came. Once all is done a process does not read
// that any more.
func (s *Posts) Ready(ctx context.Context, now time.Time) (bool, error) {
	if s.indexed.Load() {
		return true, nil
	}
	it, err := s.t.get(ctx, foundKey())
	if err != nil {
		return false, err
	}
	state, err := indexings.decode(it)
	if err == nil && state.due(now) {
		state, err = s.index(ctx, state, now)
	}
	if err != nil {
		return false, fmt.Errorf("put the posts of older versions into the index: %w", err)
	}
	s.indexed.Store(state.rounds == indexRounds)
	return state.rounds > 0, nil
}

// indexing says how far the posts of older versions were put into the index.
type indexing struct {
	rev    int64
	began  time.Time
	rounds int      // that went over all there is
	at     []string // how far the present round is: the primary key of an item
}

// due reports whether there is something to do.
func (i indexing) due(now time.Time) bool {
	return i.rounds == 0 || i.rounds < indexRounds && now.Sub(i.began) >= overlap
}

// indexings is the kind of that.
var indexings = kind[indexing]{name: "indexing", version: 1, fields: func(f *form, i *indexing) {
	count(f, "rev", &i.rev)
	moment(f, "began", &i.began)
	count(f, "rounds", &i.rounds)
	texts(f, "at", &i.at)
}}

// index goes over a part of the table, and says how far it came. Where another call
// did the same meanwhile, that one's word stands: to do things twice does no harm.
func (s *Posts) index(ctx context.Context, state indexing, now time.Time) (indexing, error) {
	next := state
	if next.began.IsZero() {
		next.began = now
	}
	for range indexPages {
		var err error
		if next.at, err = s.indexFrom(ctx, next.at); err != nil {
			return state, err
		}
		if next.at == nil {
			next.rounds++
			break
		}
	}
	next.rev++
	r, err := indexings.encode(foundKey(), next)
	if err != nil {
		return state, err
	}
	err = s.t.swap(ctx, r, state.rev)
	if fault.CodeOf(err) == fault.Conflict {
		return state, nil
	}
	return next, err
}

// indexFrom puts the posts of a page of the table into the index that are not.
func (s *Posts) indexFrom(ctx context.Context, at []string) (next []string, err error) {
	in := &dynamodb.ScanInput{
		TableName: &s.t.name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(indexPage),
		FilterExpression:          aws.String("sk = :progress AND attribute_exists(list_sk) AND (attribute_not_exists(v) OR v < :found)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":progress": str(progressSK), ":found": num(foundSince)},
	}
	if len(at) == 2 {
		in.ExclusiveStartKey = key{at[0], at[1]}.attrs()
	}
	page, err := s.t.db.Scan(ctx, in)
	if err != nil {
		return nil, err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(indexers)
	for _, it := range page.Items {
		g.Go(func() error { return s.reindex(gctx, it) })
	}
	if page.LastEvaluatedKey != nil {
		last := item(page.LastEvaluatedKey).key()
		next = []string{last.pk, last.sk}
	}
	return next, g.Wait()
}

// reindex writes a post as it is written now, and so puts it into the index, unless it
// changes at that moment: whoever changes it does so. Its revision stays, for it says
// the same as before.
func (s *Posts) reindex(ctx context.Context, old item) error {
	p, err := decodePost(old)
	if err != nil {
		return err
	}
	r, err := encodePost(p)
	if err != nil {
		return err
	}
	in := r.update()
	in.TableName, in.Key = &s.t.name, old.key().attrs()
	in.ConditionExpression, in.ExpressionAttributeValues[":old"] = aws.String("rev = :old"), num(p.Rev)
	_, err = s.t.db.UpdateItem(ctx, in)
	if _, changed := errors.AsType[*types.ConditionalCheckFailedException](err); changed {
		return nil
	}
	return err
}
