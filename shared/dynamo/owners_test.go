package dynamo_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/stack/stacktest"
	"spool/shared/dynamo"
	"spool/shared/post"
	"spool/shared/storetest"
)

// TestPostsFromBeforeOpeningsWereNoted are siblings all the same, for as long as one
// of them can have sent what is looked for.
func TestPostsFromBeforeOpeningsWereNoted(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	s := dynamo.NewPosts(tables.DB, tables.Posts)
	began := storetest.Start()
	make := func(text string) post.Post {
		t.Helper()
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: text}}}
		p, err := s.Create(t.Context(), post.New(began, "7", c, began, "UTC"), c)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	find := func(of post.Post, since time.Time) (ids []string) {
		t.Helper()
		found, err := s.Siblings(t.Context(), of, since)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			ids = append(ids, p.ID)
		}
		slices.Sort(ids)
		return ids
	}
	var old []string
	for range 120 {
		p := make("gm")
		forgetOpening(t, tables, p)
		old = append(old, p.ID)
	}
	forgetOpening(t, tables, make("gn"))
	p := make("gm")
	all := append(slices.Clone(old), p.ID)
	slices.Sort(all)

	if got := find(p, began.Add(-time.Minute)); !slices.Equal(got, all) {
		t.Errorf("found %d posts, want %d", len(got), len(all))
	}
	if got := find(p, began.Add(time.Minute)); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("found %d posts that have not changed since, want the one", len(got))
	}
	if got := find(p, began.Add(-time.Minute)); !slices.Equal(got, all) {
		t.Errorf("a minute of quiet, and %d posts are found, want %d", len(got), len(all))
	}
	if got := find(p, began.Add(25*time.Hour)); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("found %d posts that have not changed since, want the one", len(got))
	}
	if got := find(p, began.Add(-time.Minute)); !slices.Equal(got, []string{p.ID}) {
		t.Errorf("after a day of quiet %d posts are found: nobody should look for them again", len(got))
	}
}

// TestAnOlderVersionEditsWhatBeginsOtherwise: it left the opening as it was, so what
// the record says of it counts for nothing until a newer one writes it.
func TestAnOlderVersionEditsWhatBeginsOtherwise(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	s := dynamo.NewPosts(tables.DB, tables.Posts)
	began := storetest.Start()
	make := func(text string) (post.Post, post.Content) {
		t.Helper()
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: text}}}
		p, err := s.Create(t.Context(), post.New(began, "7", c, began, "UTC"), c)
		if err != nil {
			t.Fatal(err)
		}
		return p, c
	}
	p, _ := make("gm")
	edited, c := make("gn")
	write := func(sk, change string, values map[string]types.AttributeValue) {
		t.Helper()
		values[":v"] = &types.AttributeValueMemberN{Value: "3"}
		_, err := tables.DB.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: &tables.Posts, UpdateExpression: aws.String("SET v = :v, " + change), ExpressionAttributeValues: values,
			Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "post#" + edited.ID}, "sk": &types.AttributeValueMemberS{Value: sk}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write("content#000002", "tweets = :t", map[string]types.AttributeValue{":t": &types.AttributeValueMemberS{Value: `[{"text":"gm"}]`}})
	write("progress", "content = :c", map[string]types.AttributeValue{":c": &types.AttributeValueMemberN{Value: "2"}})

	found, err := s.Siblings(t.Context(), p, began.Add(-time.Minute))
	if err != nil || len(found) != 2 {
		t.Errorf("found %d posts that begin so, %v; want 2", len(found), err)
	}
	stored, changed, err := s.Load(t.Context(), edited.ID)
	if err != nil || stored.Opening != "" || changed.Tweets[0].Text != "gm" {
		t.Errorf("it is read with the opening %q and %q, %v", stored.Opening, changed.Tweets[0].Text, err)
	}
	stored.Opening = c.Opening()
	if stored, err = s.Save(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	if stored, _, err = s.Load(t.Context(), edited.ID); err != nil || stored.Opening != c.Opening() {
		t.Errorf("written again, it is read with the opening %q, %v", stored.Opening, err)
	}
}

// forgetOpening leaves a post as a version of Spool stored it that did not note what
// posts begin with.
func forgetOpening(t *testing.T, tables stacktest.Tables, p post.Post) {
	t.Helper()
	key := func(pk, sk string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
	}
	_, err := tables.DB.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &tables.Posts, Key: key("post#"+p.ID, "progress"), UpdateExpression: aws.String("REMOVE opening"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = tables.DB.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &tables.Posts, Key: key("opening#"+p.AccountID+"#"+p.Opening, p.ID), ConditionExpression: aws.String("attribute_exists(pk)"),
	})
	if err != nil {
		t.Fatal(err)
	}
}
