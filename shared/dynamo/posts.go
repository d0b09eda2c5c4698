package dynamo

import (
	"context"
	"encoding/json"
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

// Posts keeps posts. It is safe for concurrent use.
type Posts struct{ t table }

var _ publish.Posts = (*Posts)(nil)

// NewPosts gives the posts of a table.
func NewPosts(db *dynamodb.Client, tableName string) *Posts {
	return &Posts{table{db: db, name: tableName}}
}

// Create stores a new post and its content. The content goes first: what is
// seen is whole, without a transaction.
func (s *Posts) Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error) {
	if err := s.PutContent(ctx, p.ID, c); err != nil {
		return p, err
	}
	return s.Save(ctx, p)
}

// PutContent stores a version of a post's content, unless there is another of
// that number: then it answers a fault of code Conflict.
func (s *Posts) PutContent(ctx context.Context, id string, c post.Content) error {
	tweets, err := json.Marshal(c.Tweets)
	if err != nil {
		return err
	}
	it := newItem(contentKey(id, c.Version))
	it.setS("tweets", string(tweets))
	err = s.t.swap(ctx, it, 0)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	stored, rerr := s.t.get(ctx, contentKey(id, c.Version))
	if rerr == nil && stored.s("tweets") == string(tweets) {
		return nil // this very write, by an earlier try
	}
	return errors.Join(err, rerr)
}

// Load implements [publish.Posts] in one request: the progress and the newest
// content are the last two items of the partition.
func (s *Posts) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	out, err := s.t.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.t.name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(2),
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(progressKey(id).pk)},
	})
	if err != nil {
		return post.Post{}, post.Content{}, fmt.Errorf("read post %s: %w", id, err)
	}
	if len(out.Items) == 0 || item(out.Items[0]).s(attrSK) != progressSK {
		return post.Post{}, post.Content{}, noPost(id)
	}
	if forgotten(out.Items[0]) {
		return post.Post{}, post.Content{}, gonePost(id)
	}
	p := decodePost(out.Items[0])
	if want := contentKey(id, p.Content); len(out.Items) == 2 && item(out.Items[1]).s(attrSK) == want.sk {
		c, err := decodeContent(out.Items[1], p.Content)
		return p, c, err
	}
	c, err := s.content(ctx, id, p.Content) // an edit is under way, and its content already there
	return p, c, err
}

// content reads one version of a post's content.
func (s *Posts) content(ctx context.Context, id string, version int) (post.Content, error) {
	it, err := s.t.get(ctx, contentKey(id, version))
	if err != nil {
		return post.Content{}, err
	}
	if it != nil {
		return decodeContent(it, version)
	}
	if progress, err := s.t.get(ctx, progressKey(id)); err == nil && forgotten(progress) {
		return post.Content{}, gonePost(id) // at this very moment
	}
	return post.Content{}, fmt.Errorf("post %s has no content of version %d", id, version)
}

// Save implements [publish.Posts].
func (s *Posts) Save(ctx context.Context, p post.Post) (post.Post, error) {
	old := p.Rev
	p.Rev++
	return p, s.t.swap(ctx, encodePost(p), old)
}

// Due gives the ids of the posts for which something is due until a time, of
// one of the index's [Shards], earliest first, and at most limit. The index may
// lag: whoever acts on an id reads the post.
func (s *Posts) Due(ctx context.Context, n int, until time.Time, limit int) (ids []string, at []time.Time, err error) {
	items, err := s.t.due(ctx, indexDue, attrDueShard, shardName("due", n), attrDueAt, until, limit)
	if err != nil {
		return nil, nil, err
	}
	for _, it := range items {
		ids, at = append(ids, postID(it.s(attrPK))), append(at, it.t(attrDueAt))
	}
	return ids, at, nil
}

// List gives an account's posts, newest first, that come before a place in its
// list ([post.Post.Place]; empty: from the newest on). Fewer than limit are the last.
func (s *Posts) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	cond, values := "list_pk = :pk", map[string]types.AttributeValue{":pk": str(accountPrefix + accountID)}
	if before != "" {
		cond, values[":before"] = cond+" AND list_sk < :before", str(before)
	}
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), Limit: aws.Int32(int32(limit)), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression: &cond, ExpressionAttributeValues: values,
	}
	var posts []post.Post
	for {
		page, next, err := s.t.page(ctx, in, true)
		if err != nil {
			return nil, fmt.Errorf("list posts: %w", err)
		}
		for _, it := range page {
			if !forgotten(it) { // the index may lag behind a deletion
				posts = append(posts, decodePost(it))
			}
		}
		if next == nil || len(posts) == limit {
			return posts, nil
		}
		in.ExclusiveStartKey, in.Limit = next, aws.Int32(int32(limit-len(posts)))
	}
}

// Contents gives the texts of posts, a hundred in a request. Of a post that is
// deleted at that moment there are none.
func (s *Posts) Contents(ctx context.Context, posts []post.Post) ([]post.Content, error) {
	keys := make([]key, len(posts))
	for i, p := range posts {
		keys[i] = contentKey(p.ID, p.Content)
	}
	items, err := s.t.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	all := make([]post.Content, 0, len(posts))
	for i, p := range posts {
		it, ok := items[keys[i]]
		if !ok {
			all = append(all, post.Content{Version: p.Content})
			continue
		}
		c, err := decodeContent(it, p.Content)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// noPost is the error of an unknown id.
func noPost(id string) error {
	return fault.New(fault.NotFound, "There is no post %.40q.", id).Todo("List the posts to find its id.")
}

// encodePost gives the progress item. Its names are short where they repeat
// with every write: an item within 1 KB costs one write unit.
func encodePost(p post.Post) item {
	it := newItem(progressKey(p.ID))
	it.setS("account", p.AccountID)
	it.setS("title", p.Title)
	it.setS("request", p.Request)
	it.setS("status", string(p.Status))
	it.setS("sub", string(p.Sub))
	it.setReason("reason", p.Reason)
	it.setN("content", int64(p.Content))
	it.setN("size", int64(p.Size))
	it.setT("created", p.CreatedAt)
	it.setT("updated", p.UpdatedAt)
	it.setT("at", p.ScheduledAt)
	it.setS("zone", p.Zone)
	it.setN("lateness", p.Lateness.Milliseconds())
	it.setN("lead", p.Lead.Milliseconds())
	if m := p.Media; m != nil {
		it["media"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{num(m.Sent), num(m.Total), num(int64(m.Tries))}}
	}
	if !p.Due.IsZero() {
		it[attrDueShard] = str(shard("due", p.ID))
		it.setT(attrDueAt, p.Due)
	}
	if len(p.Published) > 0 {
		ids, times := make([]types.AttributeValue, len(p.Published)), make([]types.AttributeValue, len(p.Published))
		for i, r := range p.Published {
			ids[i], times[i] = str(r.ID), num(r.AttemptedAt.UnixMilli())
		}
		it["ids"], it["tried"] = &types.AttributeValueMemberL{Value: ids}, &types.AttributeValueMemberL{Value: times}
	}
	if a := p.Attempt; a != nil {
		it.setT("attempt", a.At)
		it.setN("absent", int64(a.Absent))
		it.setN("unread", int64(a.Failed))
		it.setBool("duplicate", a.Duplicate)
	}
	it.setN("tries", int64(p.Tries))
	it.setT("doubted", p.Doubted)
	if p.Removal != nil {
		it["gone"] = num(int64(p.Removal.Gone)) // 0 says something too
	}
	it.setS("owner", p.Lease.Owner)
	it.setN("term", p.Lease.Term)
	it.setT("until", p.Lease.Until)
	it.setS("run", p.RunID)
	it.setN("rev", p.Rev)
	it.setS("writer", p.Writer)
	it[attrListPK], it[attrListSK] = str(accountPrefix+p.AccountID), str(p.Place())
	return it
}

func decodePost(it item) post.Post {
	p := post.Post{
		ID: postID(it.s(attrPK)), AccountID: it.s("account"), Title: it.s("title"), Request: it.s("request"),
		Status: post.Status(it.s("status")), Sub: post.SubStatus(it.s("sub")), Reason: it.reason("reason"),
		Content: int(it.n("content")), Size: int(it.n("size")),
		CreatedAt: it.t("created"), UpdatedAt: it.t("updated"), ScheduledAt: it.t("at"), Zone: it.s("zone"),
		Lateness: time.Duration(it.n("lateness")) * time.Millisecond, Due: it.t(attrDueAt),
		Lead:  time.Duration(it.n("lead")) * time.Millisecond,
		Tries: int(it.n("tries")), Doubted: it.t("doubted"),
		Lease: post.Lease{Owner: it.s("owner"), Term: it.n("term"), Until: it.t("until")},
		RunID: it.s("run"), Rev: it.n("rev"), Writer: it.s("writer"),
	}
	if m := it.list("media"); len(m) == 3 {
		p.Media = &post.Transfer{Sent: number(m[0]), Total: number(m[1]), Tries: int(number(m[2]))}
	}
	times := it.list("tried")
	for i, id := range it.strings("ids") {
		p.Published = append(p.Published, post.Receipt{ID: id, AttemptedAt: moment(number(times[i])), PostedAt: post.PostedAt(id)})
	}
	if gone, ok := it["gone"]; ok {
		p.Removal = &post.Removal{Gone: int(number(gone))}
	}
	if at := it.t("attempt"); !at.IsZero() {
		p.Attempt = &post.Attempt{At: at, Absent: int(it.n("absent")), Failed: int(it.n("unread")), Duplicate: it.bool("duplicate")}
	}
	return p
}

func decodeContent(it item, version int) (post.Content, error) {
	c := post.Content{Version: version}
	if err := json.Unmarshal([]byte(it.s("tweets")), &c.Tweets); err != nil {
		return c, fmt.Errorf("content of %s: %w", postID(it.s(attrPK)), err)
	}
	return c, nil
}
