package dynamo_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/stack/stacktest"
	"spool/shared/dynamo"
	"spool/shared/post"
	"spool/shared/storetest"
)

// update changes an item as no function does.
func update(t *testing.T, tables stacktest.Tables, pk, sk, expression string, values map[string]types.AttributeValue) {
	t.Helper()
	_, err := tables.DB.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &tables.Posts, UpdateExpression: &expression, ExpressionAttributeValues: values,
		Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shown counts what a process that has just begun finds, and says in how many goes
// it had put all posts into the index.
func shown(t *testing.T, tables stacktest.Tables, now time.Time) (timeline, goes int) {
	t.Helper()
	s := dynamo.NewPosts(tables.DB, tables.Posts)
	for ready := false; !ready; goes++ {
		var err error
		if ready, err = s.Ready(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := s.Shelf(t.Context(), post.Timeline, post.Span{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(entries), goes
}

// others fills the table with items that are no posts.
func others(t *testing.T, tables stacktest.Tables, n int) {
	t.Helper()
	var writes []types.WriteRequest
	for i := range n {
		item := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "other#" + strconv.Itoa(i)}, "sk": &types.AttributeValueMemberS{Value: "x"}}
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for batch := range slices.Chunk(writes, 25) {
		out, err := tables.DB.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{tables.Posts: batch}})
		if err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatal(err, out)
		}
	}
}

func TestPostsOfAnOlderVersionAreFound(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	s := dynamo.NewPosts(tables.DB, tables.Posts)
	// older stores a post as it was stored before there was an index to find it by.
	older := func() post.Post {
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "hello"}}}
		p, err := s.Create(t.Context(), post.New(storetest.Start(), "1", c, storetest.Start().Add(time.Hour), ""), c)
		if err != nil {
			t.Fatal(err)
		}
		update(t, tables, "post#"+p.ID, "progress", "REMOVE find_pk, find_sk, v", nil)
		return p
	}
	first, now := older(), storetest.Start()
	others(t, tables, 2050) // more than is gone over at once
	if timeline, goes := shown(t, tables, now); timeline != 1 || goes != 2 {
		t.Errorf("%d on the timeline were found after %d goes, want 1 after 2", timeline, goes)
	}
	if got, _, err := s.Load(t.Context(), first.ID); err != nil || got.Rev != first.Rev {
		t.Errorf("the post has revision %d (%v), want %d", got.Rev, err, first.Rev)
	}

	older() // by a function of the older version that was still at work
	shown(t, tables, now.Add(59*time.Minute))
	if timeline, _ := shown(t, tables, now.Add(59*time.Minute)); timeline != 1 {
		t.Errorf("%d on the timeline were found while older functions may be at work, want 1", timeline)
	}
	shown(t, tables, now.Add(time.Hour))
	if timeline, _ := shown(t, tables, now.Add(time.Hour)); timeline != 2 {
		t.Errorf("%d on the timeline were found later, want 2", timeline)
	}
	older()
	shown(t, tables, now.Add(3*time.Hour))
	if timeline, _ := shown(t, tables, now.Add(3*time.Hour)); timeline != 2 {
		t.Errorf("%d on the timeline were found once all was done, want 2: it is gone over again and again", timeline)
	}
}
