package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// This file keeps which post a tweet belongs to.

var _ publish.Owners = (*Posts)(nil)

// openings is the kind of a note that says all by its key.
var openings = kind[struct{}]{name: "opening", version: 1, fields: func(*form, *struct{}) {}}

// owner is the post that a tweet belongs to.
type owner struct {
	post     string
	position int       // from 1
	writer   string    // of this write alone
	kept     bool      // the post's record was deleted: it stays the owner
	until    time.Time // with kept: until when that is known
}

// owners is the kind of it.
var owners = kind[owner]{name: "owner", version: 1, fields: func(f *form, o *owner) {
	text(f, "post", &o.post)
	count(f, "position", &o.position)
	text(f, "writer", &o.writer)
	boolean(f, "kept", &o.kept)
	expiry(f, o.until)
}}

// Register implements [publish.Owners]: one small item, which costs one write unit.
func (s *Posts) Register(ctx context.Context, p post.Post, c post.Content) error {
	return s.note(ctx, openingKey(p, c.Opening()))
}

// note stores that there is something.
func (s *Posts) note(ctx context.Context, at key) error {
	r, err := openings.encode(at, struct{}{})
	if err != nil {
		return err
	}
	return s.t.put(ctx, r)
}

// Siblings implements [publish.Owners].
func (s *Posts) Siblings(ctx context.Context, p post.Post, since time.Time) (siblings []post.Post, err error) {
	err = s.pages(ctx, &dynamodb.QueryInput{
		TableName: &s.t.name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(openingsPK(p.AccountID, p.Opening))},
	}, func(it item) key { return progressKey(it.s(attrSK)) }, func(some []post.Post) error {
		siblings = append(siblings, some...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	older, err := s.unregistered(ctx, p, since)
	return append(siblings, older...), err
}

// unregistered finds the siblings of a post that a version of Spool stored, and
// perhaps published as well, that did not note openings. It looks through all of the
// account's posts, until there was a day in which that version moved none of them:
// then nobody looks for them again. Those that are still to be published are
// registered before.
func (s *Posts) unregistered(ctx context.Context, p post.Post, since time.Time) (siblings []post.Post, err error) {
	done, err := s.t.get(ctx, openingsKey(p.AccountID))
	if err != nil || done != nil {
		return nil, err
	}
	last := time.Time{}
	err = s.pages(ctx, &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), KeyConditionExpression: aws.String("list_pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(accountPrefix + p.AccountID)},
	}, func(it item) key { return key{it.s(attrPK), it.s(attrSK)} }, func(some []post.Post) error {
		var moved []post.Post
		for _, other := range some {
			if other.Opening != "" {
				continue
			}
			if other.UpdatedAt.After(last) {
				last = other.UpdatedAt
			}
			if !other.UpdatedAt.Before(since) {
				moved = append(moved, other)
			}
		}
		contents, err := s.Contents(ctx, moved)
		for i, c := range contents {
			if len(c.Tweets) > 0 && c.Opening() == p.Opening {
				siblings = append(siblings, moved[i])
			}
		}
		return err
	})
	if err == nil && last.Before(since.Add(-24*time.Hour)) {
		err = s.note(ctx, openingsKey(p.AccountID))
	}
	return siblings, err
}

// pages reads the posts whose progress a query's items name, strongly consistent,
// some at a time.
func (s *Posts) pages(ctx context.Context, in *dynamodb.QueryInput, progress func(item) key,
	each func([]post.Post) error) error {
	in.Limit = aws.Int32(batchMost)
	for pages := dynamodb.NewQueryPaginator(s.t.db, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find posts: %w", err)
		}
		keys := make([]key, len(page.Items))
		for i, it := range page.Items {
			keys[i] = progress(it)
		}
		some, err := s.progresses(ctx, keys)
		if err != nil {
			return err
		}
		if err := each(some); err != nil {
			return err
		}
	}
	return nil
}

// progresses reads up to [batchMost] posts. Those that are not there are left out.
func (s *Posts) progresses(ctx context.Context, keys []key) ([]post.Post, error) {
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	posts := make([]post.Post, 0, len(keys))
	for _, k := range keys {
		if it, ok := items[k]; ok && !forgotten(it) {
			p, err := decodePost(it)
			if err != nil {
				return nil, err
			}
			posts = append(posts, p)
		}
	}
	return posts, nil
}

// Owned implements [publish.Owners].
func (s *Posts) Owned(ctx context.Context, ids []string) (map[string]string, error) {
	owned := map[string]string{}
	for _, id := range ids {
		o, held, err := s.owner(ctx, id)
		if err != nil {
			return nil, err
		}
		if held {
			owned[id] = o.post
		}
	}
	return owned, nil
}

// owner reads which post a tweet belongs to, and whether that still holds it. That is
// so until its record says otherwise: it neither has the tweet, nor is in doubt about
// the one in its place.
func (s *Posts) owner(ctx context.Context, id string) (o owner, held bool, err error) {
	it, err := s.t.get(ctx, ownerKey(id))
	if err != nil || it == nil {
		return o, false, err
	}
	if o, err = owners.decode(it); err != nil || o.kept {
		return o, err == nil, err
	}
	progress, err := s.t.get(ctx, progressKey(o.post))
	if err != nil || progress == nil || forgotten(progress) {
		return o, false, err
	}
	p, err := decodePost(progress)
	return o, err == nil && p.Holds(id, o.position), err
}

// Own implements [publish.Owners]. Each write has a writer of its own. So whoever
// takes a tweet from an owner that does not hold it any more fails where that owner
// took it anew meanwhile.
func (s *Posts) Own(ctx context.Context, id string, p post.Post) error {
	r, err := owners.encode(ownerKey(id), owner{post: p.ID, position: p.Next() + 1, writer: post.NewWriter()})
	if err != nil {
		return err
	}
	mine := map[string]types.AttributeValue{":post": str(p.ID)}
	for range 3 {
		refused, err := s.t.putIf(ctx, r, "attribute_not_exists(pk) OR (post = :post AND attribute_not_exists(kept))", mine)
		if !refused {
			return err
		}
		o, held, err := s.owner(ctx, id)
		switch {
		case err != nil || o.post == p.ID:
			return err
		case held:
			return fault.New(fault.Taken, "Tweet %s is of the post %s.", id, o.post).At("platform_post_id").
				Todo("Look for another tweet. If there is none, resolve the post as absent.")
		}
		seen := map[string]types.AttributeValue{":writer": str(o.writer)}
		if refused, err = s.t.putIf(ctx, r, "writer = :writer", seen); !refused {
			return err
		}
	}
	return fault.New(fault.Conflict, "Other posts take tweet %s at this very moment.", id)
}

// keepOwners notes that the tweets stay the post's when its record is gone.
func (s *Posts) keepOwners(ctx context.Context, p post.Post, until time.Time) error {
	for i, tweet := range p.Published {
		r, err := owners.encode(ownerKey(tweet.ID), owner{post: p.ID, position: i + 1, kept: true, until: until})
		if err != nil {
			return err
		}
		if err := s.t.put(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// putIf writes a record on a condition, and reports whether that refused it.
func (t table) putIf(ctx context.Context, r record, condition string,
	values map[string]types.AttributeValue) (refused bool, err error) {
	_, err = t.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.name, Item: r.item, ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("write %s: %w", r.key().sk, err)
	}
	return false, nil
}
