package dynamo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/emulate/meter"
	"spool/infra/stack/stacktest"
	"spool/shared/dynamo"
	"spool/shared/post"
)

// metered gives posts on DynamoDB, and a meter of what they ask.
func metered(t *testing.T) (stacktest.Tables, *dynamo.Posts, *meter.Meter) {
	tables := stacktest.NewTables(t)
	m := &meter.Meter{}
	return tables, dynamo.NewPosts(meteredClient(t, tables, m), tables.Posts), m
}

func TestReadingAThreadIsOneRequestUnlessItHasParts(t *testing.T) {
	t.Parallel()
	_, posts, m := metered(t)
	for name, c := range map[string]struct {
		text     string
		requests int
	}{
		"a thread":            {"hello", 1},
		"one that is packed":  {strings.Repeat("hello", 90_000), 1},
		"one of several part": {scatter(900_000), 2},
	} {
		t.Run(name, func(t *testing.T) {
			content := post.Content{Version: 1, Tweets: []post.Tweet{{Text: c.text}}}
			p, err := posts.Create(t.Context(), post.New(time.Now(), "1", content, time.Now(), "UTC"), content)
			if err != nil {
				t.Fatal(err)
			}
			m.Reset()
			if _, got, err := posts.Load(t.Context(), p.ID); err != nil || got.Tweets[0].Text != c.text {
				t.Fatal(err)
			}
			if n := m.Snapshot().Totals[""].Requests; n != c.requests {
				t.Errorf("it took %d requests, want %d", n, c.requests)
			}
		})
	}
}

func TestADeletedThreadLeavesNoPartBehind(t *testing.T) {
	t.Parallel()
	tables, posts, _ := metered(t)
	content := post.Content{Version: 1, Tweets: []post.Tweet{{Text: scatter(900_000)}}}
	p, err := posts.Create(t.Context(), post.New(time.Now(), "1", content, time.Time{}, "UTC"), content)
	if err != nil {
		t.Fatal(err)
	}
	other := post.Content{Version: 1, Tweets: []post.Tweet{{Text: scatter(900_003)}}}
	if err := posts.PutContent(t.Context(), p, other); err == nil { // its parts stay until then
		t.Fatal("another content was taken")
	}
	before := partition(t, tables, p.ID)
	if err := posts.Forget(t.Context(), p, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if after := partition(t, tables, p.ID); before < 6 || after != 1 {
		t.Errorf("of %d items %d are left, want the note alone", before, after)
	}
}

// TestAThreadThatIsBeingDeletedIsNone: its parts go before the item that names them.
func TestAThreadThatIsBeingDeletedIsNone(t *testing.T) {
	t.Parallel()
	tables, posts, _ := metered(t)
	content := post.Content{Version: 1, Tweets: []post.Tweet{{Text: scatter(900_000)}}}
	p, err := posts.Create(t.Context(), post.New(time.Now(), "1", content, time.Now(), "UTC"), content)
	if err != nil {
		t.Fatal(err)
	}
	drop := func(sk string) {
		t.Helper()
		_, err := tables.DB.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &tables.Posts, Key: itemKey(p.ID, sk)})
		if err != nil {
			t.Fatal(err)
		}
	}
	named, err := tables.DB.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &tables.Posts, Key: itemKey(p.ID, "content#000001")})
	if err != nil {
		t.Fatal(err)
	}
	drop("body#000001#" + named.Item["digest"].(*types.AttributeValueMemberS).Value + "#000")
	if all, err := posts.Contents(t.Context(), []post.Post{p}); err == nil {
		t.Errorf("a part is missing, and it is read as %d contents", len(all))
	}
	if err := posts.Forget(t.Context(), p, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := tables.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables.Posts, Item: named.Item}); err != nil {
		t.Fatal(err)
	}
	if all, err := posts.Contents(t.Context(), []post.Post{p}); err != nil || len(all) != 1 || len(all[0].Tweets) != 0 {
		t.Errorf("half deleted it is read as %v, %v", all, err)
	}
}

// itemKey is the key of a post's item.
func itemKey(id, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "post#" + id}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

// partition counts the items of a post.
func partition(t *testing.T, tables stacktest.Tables, id string) int {
	t.Helper()
	n := 0
	pages := dynamodb.NewQueryPaginator(tables.DB, &dynamodb.QueryInput{
		TableName: &tables.Posts, KeyConditionExpression: aws.String("pk = :pk"), ProjectionExpression: aws.String("pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "post#" + id}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	return n
}

// scatter is a text of so many bytes that hardly packs.
func scatter(bytes int) string {
	var b strings.Builder
	for x := uint32(bytes); b.Len() < bytes; {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b.WriteRune('\u4e00' + rune(x%0x5000))
	}
	return b.String()
}
