package dynamodb_test

import (
	"strings"
	"testing"

	engine "spool/infra/emulate/dynamodb"
	"spool/infra/emulate/dynamodb/dynamodbtest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What was filled in is found, counted and changed as what the engine itself has taken, by the index as well.
func TestWhatIsFilledInIsThere(t *testing.T) {
	dynamodbtest.RequireNode(t)
	data := t.TempDir()
	e, c := start(t, data)
	str := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	hash := func(name string) []types.KeySchemaElement {
		return []types.KeySchemaElement{{AttributeName: &name, KeyType: types.KeyTypeHash}}
	}
	definition := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
	}
	if _, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("posts"), BillingMode: types.BillingModePayPerRequest, KeySchema: hash("pk"),
		AttributeDefinitions: []types.AttributeDefinition{definition("pk"), definition("shelf")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("shelves"), KeySchema: hash("shelf"),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"n"}},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	made(t, c)
	put := &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: map[string]types.AttributeValue{
		"pk": str("put"), "shelf": str("new"), "n": str("1"), "text": str("one"),
	}}
	if _, err := c.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	config := engine.Config{Data: data, Cache: dynamodbtest.Cache(t), Log: t.Output()}
	if err := engine.Fill(t.Context(), config, "posts", strings.NewReader(
		`{"pk":{"S":"filled"},"shelf":{"S":"new"},"n":{"S":"2"},"text":{"S":"two"}}`+"\n"+
			`{"pk":{"S":"elsewhere"},"text":{"S":"three"}}`+"\n")); err != nil {
		t.Fatal(err)
	}
	_, c = start(t, data)
	found := map[string]int{} // how many attributes the index shows
	out, err := c.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String("posts"), IndexName: aws.String("shelves"), KeyConditionExpression: aws.String("shelf = :s"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":s": str("new")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range out.Items {
		found[it["pk"].(*types.AttributeValueMemberS).Value] = len(it)
	}
	if len(found) != 2 || found["put"] != 3 || found["filled"] != 3 {
		t.Errorf("the index shows %v", found)
	}
	for pk, attributes := range map[string]int{"filled": 4, "elsewhere": 2} {
		out, err := c.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String("posts"), Key: key(pk), ReturnValues: types.ReturnValueAllOld,
		})
		if err != nil || len(out.Attributes) != attributes {
			t.Errorf("%s was %v, %v", pk, out, err)
		}
	}
}

func TestATableThatIsNotThereIsNotFilled(t *testing.T) {
	dynamodbtest.RequireNode(t)
	config := engine.Config{Data: t.TempDir(), Cache: dynamodbtest.Cache(t), Log: t.Output()}
	err := engine.Fill(t.Context(), config, "posts", strings.NewReader(`{"pk":{"S":"1"}}`))
	if err == nil || !strings.Contains(err.Error(), "fill the table posts") {
		t.Errorf("got %v", err)
	}
}
