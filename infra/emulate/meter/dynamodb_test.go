package meter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/emulate/iam"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// bench is a real engine with a table of two indexes, reached directly and through a meter.
type bench struct {
	*testing.T
	meter   *Meter
	engine  *url.URL
	metered string           // URL
	client  *dynamodb.Client // through the meter, as the function "publish"
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, meter: &Meter{}, engine: dynamodbtest.Start(t).URL()}
	policies := &iam.Policies{}
	policies.Add("AKPUBLISH", "secret", iam.Principal{Name: "publish", ARN: iam.FunctionARN("publish")}, iam.Statement{Actions: []string{"dynamodb:*"}, Resources: []string{"*"}})
	srv := httptest.NewServer(policies.Guard(iam.DynamoDB(func(table, index string) string { return "" }), b.meter.DynamoDB(b.engine)))
	t.Cleanup(srv.Close)
	b.metered = srv.URL
	b.client = dynamodb.New(dynamodb.Options{Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AKPUBLISH", "secret", "")})
	b.createTable()
	b.meter.Reset()
	return b
}

func (b *bench) createTable() {
	b.Helper()
	element := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	attribute := func(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
	}
	keysOnly := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	_, err := b.client.CreateTable(b.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("posts"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("pk", "S"), attribute("sk", "S"), attribute("due_shard", "S"), attribute("due_at", "N"), attribute("list_pk", "S"), attribute("list_sk", "S")},
		KeySchema:            []types.KeySchemaElement{element("pk", "HASH"), element("sk", "RANGE")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String("due"), Projection: keysOnly, KeySchema: []types.KeySchemaElement{element("due_shard", "HASH"), element("due_at", "RANGE")}},
			{IndexName: aws.String("list"), Projection: keysOnly, KeySchema: []types.KeySchemaElement{element("list_pk", "HASH"), element("list_sk", "RANGE")}},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	waiter := dynamodb.NewTableExistsWaiter(b.client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = time.Millisecond })
	if err := waiter.Wait(b.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("posts")}, time.Minute); err != nil {
		b.Fatal(err)
	}
}

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v int) types.AttributeValue    { return &types.AttributeValueMemberN{Value: fmt.Sprint(v)} }

type attributes = map[string]types.AttributeValue

func key(pk string) attributes { return attributes{"pk": s(pk), "sk": s("post")} }

func (b *bench) put(it attributes) {
	b.Helper()
	if _, err := b.client.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: it}); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) update(pk, expression string, values attributes) error {
	in := &dynamodb.UpdateItemInput{TableName: aws.String("posts"), Key: key(pk), UpdateExpression: &expression}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	_, err := b.client.UpdateItem(b.Context(), in)
	return err
}

// cost wants what run does to have cost this, in the function's only action.
func (b *bench) cost(name, action string, want Counts, run func(b *bench)) {
	b.Helper()
	b.Run(name, func(t *testing.T) {
		b.meter.Reset()
		inner := *b
		inner.T = t
		run(&inner)
		got := b.meter.Snapshot().Functions["publish"]
		if len(got) != 1 || got["dynamodb:"+action] != want {
			t.Errorf("counted %+v, want %s %+v", got, action, want)
		}
	})
}

// post is an item in both indexes, with a text of so many bytes.
func post(pk string, at, bytes int) attributes {
	it := key(pk)
	it["due_shard"], it["due_at"], it["list_pk"], it["list_sk"] = s("0"), n(at), s("account"), s(pk)
	if bytes > 0 {
		it["text"] = s(strings.Repeat("x", bytes))
	}
	return it
}

func TestWrites(t *testing.T) {
	b := newBench(t)
	one := func(table, indexes float64) Counts {
		return Counts{Requests: 1, WriteUnits: table + indexes, IndexWriteUnits: indexes}
	}
	b.cost("a new item is put into the table and both indexes", "PutItem", one(1, 2), func(b *bench) { b.put(post("a", 1, 0)) })
	b.cost("the same item again leaves the indexes alone", "PutItem", one(1, 0), func(b *bench) { b.put(post("a", 1, 0)) })
	b.cost("a larger item costs more in the table only", "PutItem", one(3, 0), func(b *bench) { b.put(post("a", 1, 2500)) })
	b.cost("an update of what no index has", "UpdateItem", one(3, 0), func(b *bench) {
		if err := b.update("a", "SET note = :n", attributes{":n": s("x")}); err != nil {
			b.Error(err)
		}
	})
	b.cost("an update of an index key deletes and puts", "UpdateItem", one(3, 2), func(b *bench) {
		if err := b.update("a", "SET due_at = :t", attributes{":t": n(2)}); err != nil {
			b.Error(err)
		}
	})
	b.cost("a removed index key deletes, and the larger size counts", "UpdateItem", one(3, 1), func(b *bench) {
		if err := b.update("a", "REMOVE due_shard, due_at, #t", nil); err == nil {
			b.Error("an undefined name was accepted")
		}
		b.meter.Reset() // that cost nothing but is a request
		if err := b.update("a", "REMOVE due_shard, due_at, note", nil); err != nil {
			b.Error(err)
		}
	})
	b.cost("an update makes a new item", "UpdateItem", one(1, 1), func(b *bench) {
		if err := b.update("new", "SET due_shard = :s, due_at = :t", attributes{":s": s("0"), ":t": n(1)}); err != nil {
			b.Error(err)
		}
	})
	b.cost("a failed condition costs what the item is, and no index", "UpdateItem", one(3, 0), func(b *bench) {
		_, err := b.client.UpdateItem(b.Context(), &dynamodb.UpdateItemInput{TableName: aws.String("posts"), Key: key("a"),
			UpdateExpression: aws.String("SET due_shard = :x"), ConditionExpression: aws.String("note = :x"), ExpressionAttributeValues: attributes{":x": s("x")}})
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			b.Error(err)
		}
	})
	b.cost("a failed put costs the larger one", "PutItem", one(5, 0), func(b *bench) {
		_, err := b.client.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: post("a", 1, 5000), ConditionExpression: aws.String("attribute_not_exists(pk)")})
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			b.Error(err)
		}
	})
	b.cost("a deletion takes the entry along", "DeleteItem", one(3, 1), func(b *bench) {
		if _, err := b.client.DeleteItem(b.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("posts"), Key: key("a")}); err != nil {
			b.Error(err)
		}
	})
	b.cost("a batch adds up", "BatchWriteItem", Counts{Requests: 1, WriteUnits: 3 + 1 + 2 + 1, IndexWriteUnits: 2 + 1}, func(b *bench) {
		_, err := b.client.BatchWriteItem(b.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"posts": {
			{PutRequest: &types.PutRequest{Item: post("big", 1, 2500)}},
			{DeleteRequest: &types.DeleteRequest{Key: key("new")}},
		}}})
		if err != nil {
			b.Error(err)
		}
	})
	b.cost("what the engine refuses is a request only", "PutItem", Counts{Requests: 1}, func(b *bench) {
		if _, err := b.client.PutItem(b.Context(), &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: attributes{"pk": s("x")}}); err == nil {
			b.Error("an item without its key was accepted")
		}
	})
	b.cost("of equal writes at once only the first changes the index", "UpdateItem", Counts{Requests: 20, WriteUnits: 20 + 2, IndexWriteUnits: 2}, func(b *bench) {
		b.put(post("busy", 0, 0))
		b.meter.Reset()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := b.update("busy", "SET due_at = :t", attributes{":t": n(1)}); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestReads(t *testing.T) {
	b := newBench(t)
	b.put(post("a", 1, 5000))
	b.put(post("b", 2, 10))
	cyrillic := key("c")
	cyrillic["text"] = s(strings.Repeat("ж", 4000)) // 8,000 bytes in 4,000 characters
	b.put(cyrillic)
	get := func(pk string, in dynamodb.GetItemInput) func(b *bench) {
		return func(b *bench) {
			in.TableName, in.Key = aws.String("posts"), key(pk)
			out, err := b.client.GetItem(b.Context(), &in)
			if err != nil || (out.ConsumedCapacity != nil) != (in.ReturnConsumedCapacity != "") {
				b.Errorf("%v, %v", out, err)
			}
		}
	}
	read := func(units float64) Counts { return Counts{Requests: 1, ReadUnits: units} }
	b.cost("half a unit for each 4 KB", "GetItem", read(1), get("a", dynamodb.GetItemInput{}))
	b.cost("a strong read costs twice that", "GetItem", read(2), get("a", dynamodb.GetItemInput{ConsistentRead: aws.Bool(true)}))
	b.cost("a projection saves nothing", "GetItem", read(1), get("a", dynamodb.GetItemInput{ProjectionExpression: aws.String("pk")}))
	b.cost("no item is half a unit", "GetItem", read(0.5), get("none", dynamodb.GetItemInput{}))
	b.cost("bytes count, not characters", "GetItem", read(1), get("c", dynamodb.GetItemInput{}))
	b.cost("who asks for the capacity gets it", "GetItem", read(1), get("a", dynamodb.GetItemInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}))
	b.cost("a batch rounds up each item", "BatchGetItem", read(1+0.5+0.5), func(b *bench) {
		out, err := b.client.BatchGetItem(b.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"posts": {Keys: []map[string]types.AttributeValue{key("a"), key("b"), key("none")}}}})
		if err != nil || len(out.Responses["posts"]) != 2 || out.ConsumedCapacity != nil {
			b.Errorf("%v, %v", out, err)
		}
	})
	query := func(index, hash, value string, want int32) func(b *bench) {
		return func(b *bench) {
			in := &dynamodb.QueryInput{TableName: aws.String("posts"), KeyConditionExpression: aws.String(hash + " = :v"), ExpressionAttributeValues: attributes{":v": s(value)}}
			if index != "" {
				in.IndexName = &index
			}
			out, err := b.client.Query(b.Context(), in)
			if err != nil || out.Count != want || out.ConsumedCapacity != nil {
				b.Errorf("%v, %v", out, err)
			}
		}
	}
	b.cost("a query of the table", "Query", read(1), query("", "pk", "a", 1))
	b.cost("a query of an index reads the index", "Query", Counts{Requests: 1, ReadUnits: 0.5, IndexReadUnits: 0.5}, query("due", "due_shard", "0", 2))
	b.cost("a query that finds nothing", "Query", read(0.5), query("", "pk", "none", 0))
	b.cost("a scan adds up what it reads, then rounds", "Scan", read(2), func(b *bench) {
		if _, err := b.client.Scan(b.Context(), &dynamodb.ScanInput{TableName: aws.String("posts")}); err != nil {
			b.Error(err)
		}
	})
	b.cost("what the engine refuses is a request only", "GetItem", Counts{Requests: 1}, func(b *bench) {
		if _, err := b.client.GetItem(b.Context(), &dynamodb.GetItemInput{TableName: aws.String("other"), Key: key("a")}); err == nil {
			b.Error("an unknown table was read")
		}
	})
}

// TestAnswersAreTheEnginesOwn sends the same requests to two engines, one of them behind a meter.
func TestAnswersAreTheEnginesOwn(t *testing.T) {
	metered, plain := newBench(t), newBench(t)
	send := func(url, target, body string) (int, string, http.Header) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		sign(t, r, "AKPUBLISH", "dynamodb", body)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text), resp.Header
	}
	const key = `"Key":{"pk":{"S":"p"},"sk":{"S":"s"}}`
	for _, tt := range []struct{ name, target, body string }{
		{"put", "PutItem", `{"TableName":"posts","Item":{"pk":{"S":"p"},"sk":{"S":"s"},"a":{"S":"<&é>"}}}`},
		{"put, old values", "PutItem", `{"TableName":"posts","Item":{"pk":{"S":"p"},"sk":{"S":"s"},"a":{"S":"2"}},"ReturnValues":"ALL_OLD"}`},
		{"put, capacity", "PutItem", `{"TableName":"posts","Item":{"pk":{"S":"p"},"sk":{"S":"s"},"a":{"S":"2"}},"ReturnConsumedCapacity":"INDEXES"}`},
		{"update, no values", "UpdateItem", `{"TableName":"posts",` + key + `,"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"S":"3"}}}`},
		{"update, new values", "UpdateItem", `{"TableName":"posts",` + key + `,"UpdateExpression":"SET b = :a","ExpressionAttributeValues":{":a":{"S":"3"}},"ReturnValues":"UPDATED_NEW"}`},
		{"failed condition", "UpdateItem", `{"TableName":"posts",` + key + `,"UpdateExpression":"SET b = :a","ConditionExpression":"b <> :a","ExpressionAttributeValues":{":a":{"S":"3"}}}`},
		{"get", "GetItem", `{"TableName":"posts",` + key + `}`},
		{"get, capacity", "GetItem", `{"TableName":"posts",` + key + `,"ReturnConsumedCapacity":"TOTAL"}`},
		{"get, capacity not wanted", "GetItem", `{"TableName":"posts",` + key + `,"ReturnConsumedCapacity":"NONE"}`},
		{"get nothing", "GetItem", `{"TableName":"posts","Key":{"pk":{"S":"none"},"sk":{"S":"s"}}}`},
		{"get with half a key", "GetItem", `{"TableName":"posts","Key":{"pk":{"S":"p"}}}`},
		{"update with half a key", "UpdateItem", `{"TableName":"posts","Key":{"pk":{"S":"p"}},"UpdateExpression":"SET b = :a","ExpressionAttributeValues":{":a":{"S":"3"}}}`},
		{"put without an item", "PutItem", `{"TableName":"posts"}`},
		{"query of an unknown index", "Query", `{"TableName":"posts","IndexName":"none","KeyConditionExpression":"pk = :a","ExpressionAttributeValues":{":a":{"S":"p"}}}`},
		{"unknown table", "PutItem", `{"TableName":"other","Item":{"pk":{"S":"p"}}}`},
		{"unknown operation", "Nonsense", `{}`},
		{"batch write", "BatchWriteItem", `{"RequestItems":{"posts":[{"DeleteRequest":{` + key + `}}]}}`},
		{"batch of nothing", "BatchWriteItem", `{"RequestItems":{}}`},
		{"delete, old values", "DeleteItem", `{"TableName":"posts",` + key + `,"ReturnValues":"ALL_OLD"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantStatus, want, _ := send(plain.engine.String(), tt.target, tt.body)
			gotStatus, got, header := send(metered.metered, tt.target, tt.body)
			if !sameJSON(t, got, want) || gotStatus != wantStatus {
				t.Errorf("through the meter %d %s\ndirectly         %d %s", gotStatus, got, wantStatus, want)
			}
			if crc := header.Get("X-Amz-Crc32"); crc != awsjson.Checksum([]byte(got)) {
				t.Errorf("X-Amz-Crc32 %s does not fit the body", crc)
			}
		})
	}
}

func TestEngineGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	u, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	handler := (&Meter{}).DynamoDB(u)
	for _, operation := range []string{"GetItem", "PutItem", "ListTables"} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"TableName":"posts","Item":{"pk":{"S":"p"}}}`))
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s answered %d %s: SDKs retry 500", operation, w.Code, w.Body)
		}
	}
}
