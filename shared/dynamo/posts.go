package dynamo

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// Posts keeps posts. It is safe for concurrent use.
type Posts struct {
	t       table
	indexed atomic.Bool // all posts are known to be in the index that finds them
}

var _ publish.Posts = (*Posts)(nil)

// NewPosts gives the posts of a table.
func NewPosts(db *dynamodb.Client, tableName string) *Posts {
	return &Posts{t: table{db: db, name: tableName}}
}

// Create stores a new post and its content. The content goes first: what is
// seen is whole, without a transaction.
func (s *Posts) Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error) {
	unregistered := p
	unregistered.Opening = "" // not stored yet, whatever the post says
	if err := s.PutContent(ctx, unregistered, c); err != nil {
		return p, err
	}
	return s.Save(ctx, p)
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
		return post.Post{ID: id, AccountID: item(out.Items[0]).s("account")}, post.Content{}, gonePost(id)
	}
	p, err := decodePost(out.Items[0])
	if err != nil {
		return p, post.Content{}, err
	}
	if want := contentKey(id, p.Content); len(out.Items) == 2 && item(out.Items[1]).s(attrSK) == want.sk {
		c, err := s.read(ctx, out.Items[1], id, p.Content)
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
		return s.read(ctx, it, id, version)
	}
	return post.Content{}, s.lacking(ctx, id, fmt.Errorf("post %s has no content of version %d", id, version))
}

// Save implements [publish.Posts].
func (s *Posts) Save(ctx context.Context, p post.Post) (post.Post, error) {
	old := p.Rev
	p.Rev++
	r, err := encodePost(p)
	if err != nil {
		return p, err
	}
	return p, s.t.swap(ctx, r, old)
}

// List gives an account's posts, newest first, that come before a sort key of its
// list ([post.Post.SortKey]; empty: from the newest on). Fewer than limit are the last.
func (s *Posts) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	cond, values := "list_pk = :pk", map[string]types.AttributeValue{":pk": str(accountPrefix + accountID)}
	if before != "" {
		cond, values[":before"] = cond+" AND list_sk < :before", str(before)
	}
	in := &dynamodb.QueryInput{
		TableName: &s.t.name, IndexName: aws.String(indexList), Limit: aws.Int32(int32(limit)),
		ScanIndexForward:       aws.Bool(false),
		KeyConditionExpression: &cond, ExpressionAttributeValues: values,
	}
	var posts []post.Post
	for {
		page, next, err := s.t.page(ctx, in, true)
		if err != nil {
			return nil, fmt.Errorf("list posts: %w", err)
		}
		for _, it := range page {
			if forgotten(it) { // the index may lag behind a deletion
				continue
			}
			p, err := decodePost(it)
			if err != nil {
				return nil, err
			}
			posts = append(posts, p)
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
		c := post.Content{Version: p.Content}
		if it, ok := items[keys[i]]; ok {
			if c, err = s.read(ctx, it, p.ID, p.Content); err != nil && !fault.Is(err, fault.Gone) {
				return nil, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// noPost is the error of an unknown id.
func noPost(id string) error {
	return fault.New(fault.NotFound, "There is no post %.40q.", id).Todo("List the posts to find its id.")
}

// progress is the kind of a post's progress. Its names are short, since they
// repeat with every write: an item within 1 KB costs one write unit.
var progress = kind[post.Post]{name: "progress", version: 7, needs: progressNeeds, fields: func(f *form, p *post.Post) {
	id(f, postPrefix, &p.ID)
	text(f, "account", &p.AccountID)
	text(f, "title", &p.Title)
	text(f, "opening", &p.Opening)
	text(f, "request", &p.Request)
	text(f, "status", &p.Status)
	text(f, "sub", &p.Sub)
	optional(f, "reason", &p.Reason, func(f *form, r *fault.Reason) { reason(f, "reason", r) })
	count(f, "content", &p.Content)
	count(f, "size", &p.Size)
	moment(f, "created", &p.CreatedAt)
	moment(f, "updated", &p.UpdatedAt)
	moment(f, "at", &p.ScheduledAt)
	moment(f, "timed", &p.TimedAt)
	text(f, "zone", &p.Zone)
	span(f, "lateness", &p.Lateness)
	text(f, "charged", &p.Charge.Month)
	count(f, "charge", &p.Charge.Amount)
	span(f, "lead", &p.Preparation)
	dueAt(f, p)
	optional(f, "media", &p.Media, transfer)
	receipts(f, &p.Published)
	optional(f, "attempt", &p.Attempt, func(f *form, a *post.Attempt) {
		moment(f, "attempt", &a.At)
		count(f, "absent", &a.Absent)
		count(f, "unread", &a.Failed)
		boolean(f, "duplicate", &a.Duplicate)
	})
	count(f, "tries", &p.Tries)
	moment(f, "doubted", &p.Doubted)
	optional(f, "gone", &p.Removal, func(f *form, r *post.Removal) { told(f, "gone", &r.Gone) })
	text(f, "owner", &p.Lease.Owner)
	count(f, "term", &p.Lease.Term)
	moment(f, "until", &p.Lease.Until)
	text(f, "run", &p.RunID)
	count(f, "crashes", &p.Crashes)
	optional(f, "held", &p.Hold, func(f *form, h *post.Hold) {
		moment(f, "held", &h.Since)
		boolean(f, "held_told", &h.Told)
	})
	outbox(f, &p.Events)
	count(f, "rev", &p.Rev)
	text(f, "writer", &p.Writer)
	derived(f, attrListPK, str(accountPrefix+p.AccountID))
	derived(f, attrListSK, str(p.SortKey()))
	if p.IndexedAt().IsZero() {
		derived(f, attrDueShard, nil)
	} else {
		derived(f, attrDueShard, str(shard("due", p.ID)))
	}
	derived(f, attrFindPK, str(string(p.Status.Shelf())))
	derived(f, attrFindSK, str(p.MomentSortKey()))
}}

// dueAt goes over the time that a post is in the due index with: that at which something
// is due for it, or that at which its events are handed over once more. To a version that
// knows of no events the latter is a due time: it finds that the post has ended, and does
// nothing.
func dueAt(f *form, p *post.Post) {
	at := p.IndexedAt()
	moment(f, attrDueAt, &at)
	moment(f, "tell_by", &p.TellBy)
	if !f.writing && (p.TellBy.IsZero() || p.Status.GoesOn()) {
		p.Due = at
	}
}

// openingsSince is the version of progress in which openings came.
const openingsSince = 4

// progressNeeds: who does not know that an id is a person's word would delete the tweet
// without a look.
func progressNeeds(p post.Post) int {
	if slices.ContainsFunc(p.Published, func(r post.Receipt) bool { return r.ByPerson }) {
		return 4
	}
	return 1
}

// transfer goes over how much of a post's media X has.
func transfer(f *form, t *post.Transfer) {
	n := []int64{t.Sent, t.Total, int64(t.Tries)}
	counts(f, "media", &n)
	if len(n) != 3 {
		f.fail("media", fmt.Errorf("it has %d numbers", len(n)))
		return
	}
	t.Sent, t.Total, t.Tries = n[0], n[1], int(n[2])
}

// receipts goes over what X has accepted, in two lists. When it was posted X's id
// says.
func receipts(f *form, all *[]post.Receipt) {
	var ids []string
	var tried, words []int64 // words: the indices of those that are a person's word
	for i, r := range *all {
		ids, tried = append(ids, r.ID), append(tried, r.AttemptedAt.UnixMilli())
		if r.ByPerson {
			words = append(words, int64(i))
		}
	}
	texts(f, "ids", &ids)
	counts(f, "tried", &tried)
	counts(f, "told", &words)
	if len(ids) != len(tried) {
		f.fail("tried", fmt.Errorf("it has %d times of %d tweets", len(tried), len(ids)))
		return
	}
	*all = nil
	for i, id := range ids {
		*all = append(*all, post.Receipt{
			ID: id, AttemptedAt: time.UnixMilli(tried[i]).UTC(), PostedAt: post.PostedAt(id),
			ByPerson: slices.Contains(words, int64(i)),
		})
	}
}

func encodePost(p post.Post) (record, error) { return progress.encode(progressKey(p.ID), p) }

// decodePost reads a progress. What it begins with is believed only of a writer that
// knew of openings: an older one may have edited the post since, and left it as it was.
func decodePost(it item) (post.Post, error) {
	p, err := progress.decode(it)
	if it.n(attrVersion) < openingsSince {
		p.Opening = ""
	}
	return p, err
}
