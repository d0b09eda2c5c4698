package dynamo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"spool/shared/dynamo"
	"spool/shared/post"
)

// engine answers requests as DynamoDB does at limits that dynalite does not have.
type engine func(operation string, body map[string]any) any

// Do implements the SDK's HTTP client.
func (e engine) Do(r *http.Request) (*http.Response, error) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answer, err := json.Marshal(e(operation, body))
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(answer)), Request: r,
	}, err
}

func (e engine) posts() *dynamo.Posts {
	return dynamo.NewPosts(dynamodb.New(dynamodb.Options{
		Region: "us-east-1", HTTPClient: e, BaseEndpoint: aws.String("http://dynamodb.test"), Credentials: aws.AnonymousCredentials{},
	}), "posts")
}

// batch gives the keys of a BatchGetItem.
func batch(body map[string]any) []any {
	return body["RequestItems"].(map[string]any)["posts"].(map[string]any)["Keys"].([]any)
}

// read answers a BatchGetItem with items of some keys, and leaves the others unread.
func read(done, left []any) map[string]any {
	items := make([]any, len(done))
	for i, k := range done {
		item := map[string]any{"tweets": map[string]any{"S": `[{"text":"hello"}]`}}
		for name, v := range k.(map[string]any) {
			item[name] = v
		}
		items[i] = item
	}
	answer := map[string]any{"Responses": map[string]any{"posts": items}}
	if len(left) > 0 {
		answer["UnprocessedKeys"] = map[string]any{"posts": map[string]any{"Keys": left}}
	}
	return answer
}

// asked are posts whose contents can be read.
func asked(n int) []post.Post {
	posts := make([]post.Post, n)
	for i := range posts {
		posts[i] = post.Post{ID: fmt.Sprint(i), Content: 1}
	}
	return posts
}

func TestABatchAsksAgainForWhatDynamoDBLeftUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		e := engine(func(_ string, body map[string]any) any {
			keys := batch(body)
			sizes = append(sizes, len(keys))
			switch len(sizes) {
			case 2:
				return read(nil, keys) // it has no capacity left
			case 3:
				return read(keys[:30], keys[30:]) // 16 MB
			}
			return read(keys, nil)
		})
		began := time.Now()
		contents, err := e.posts().Contents(t.Context(), asked(230))
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range contents {
			if len(c.Tweets) != 1 {
				t.Fatalf("content %d was not read: %v", i, c)
			}
		}
		if got, want := fmt.Sprint(sizes), "[100 100 100 100]"; got != want {
			t.Errorf("batches of %s keys were asked for, want %s", got, want)
		}
		if time.Since(began) == 0 {
			t.Error("it asked again at once")
		}
	})
}

func TestABatchOfWhichNothingIsReadFailsInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		e := engine(func(_ string, body map[string]any) any {
			requests++
			return read(nil, batch(body))
		})
		if _, err := e.posts().Contents(t.Context(), asked(3)); err == nil {
			t.Error("no error")
		}
		if requests < 2 || requests > 10 {
			t.Errorf("it asked %d times", requests)
		}
	})
}

func TestAListGoesOnBeyondAPageThatDynamoDBCutShort(t *testing.T) {
	queries := 0
	e := engine(func(operation string, body map[string]any) any {
		if operation == "BatchGetItem" {
			return read(batch(body), nil)
		}
		queries++
		id := fmt.Sprint(queries)
		item := map[string]any{"pk": map[string]any{"S": "post#" + id}, "sk": map[string]any{"S": "progress"}}
		answer := map[string]any{"Items": []any{item}}
		if queries == 2 {
			answer["Items"] = []any{} // nothing on this page is not the end
		}
		if queries < 4 {
			answer["LastEvaluatedKey"] = item
		}
		return answer
	})
	posts, err := e.posts().List(t.Context(), "1", "", 100)
	if err != nil || len(posts) != 3 {
		t.Fatalf("got %d posts, %v, want 3", len(posts), err)
	}
}
