package dynamodb_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spool/infra/emulate"
	engine "spool/infra/emulate/dynamodb"
	"spool/infra/emulate/dynamodb/dynamodbtest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func start(t *testing.T, data string) (*engine.Engine, *dynamodb.Client) {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Config{Data: data, Cache: dynamodbtest.Cache(t), Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, dynamodb.New(dynamodb.Options{
		Region: emulate.Region, BaseEndpoint: aws.String(e.URL().String()), Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
	})
}

func key(pk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}}
}

// fill makes a table with one item.
func fill(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	_, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("posts"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	describe := made(t, c)
	out, err := c.DescribeTable(t.Context(), describe)
	if err != nil || *out.Table.TableArn != emulate.ARN("dynamodb", "table/posts") {
		t.Fatalf("%v, %v", out, err)
	}
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: key("kept")}); err != nil {
		t.Fatal(err)
	}
}

// made waits until the table is there.
func made(t *testing.T, c *dynamodb.Client) *dynamodb.DescribeTableInput {
	t.Helper()
	describe := &dynamodb.DescribeTableInput{TableName: aws.String("posts")}
	if err := dynamodb.NewTableExistsWaiter(c, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = time.Millisecond }).Wait(t.Context(), describe, time.Minute); err != nil {
		t.Fatal(err)
	}
	return describe
}

// kept wants the item of fill.
func kept(t *testing.T, c *dynamodb.Client) {
	t.Helper()
	out, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("posts"), Key: key("kept")})
	if err != nil || len(out.Item) != 1 {
		t.Errorf("the item is lost: %v, %v", out, err)
	}
}

func TestItemsSurvive(t *testing.T) {
	dynamodbtest.RequireNode(t)
	data := filepath.Join(t.TempDir(), "data", "dynamodb")
	first, c := start(t, data)
	fill(t, c)

	t.Run("a second engine on the same folder is refused", func(t *testing.T) {
		_, err := engine.Start(t.Context(), engine.Config{Data: data, Cache: dynamodbtest.Cache(t), Log: t.Output()})
		if err == nil || !strings.Contains(err.Error(), data) || !strings.Contains(err.Error(), "another local stack") {
			t.Errorf("got %v", err)
		}
		kept(t, c)
	})
	t.Run("an ordered end", func(t *testing.T) {
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		<-first.Done()
		_, c := start(t, data)
		kept(t, c)
	})
	t.Run("a kill", func(t *testing.T) {
		data := t.TempDir()
		killed, c := start(t, data)
		fill(t, c)
		engine.Kill(killed)
		<-killed.Done()
		_, c = start(t, data)
		kept(t, c)
	})
}

func TestMissingNode(t *testing.T) {
	script := func(dir, name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, node, npm, want string }{
		{"no Node.js", "", "", "needs Node.js 20 or newer, which is not installed"},
		{"an old Node.js", "echo v18.19.1", "", "needs Node.js 20 or newer, and this is v18.19.1"},
		{"no npm", "echo v20.0.0", "", "installed by npm, which is missing"},
		{"an npm that fails", "echo v20.0.0", "exit 1", "npm ci failed"},
	} {
		t.Run(tt.name+" is one clear sentence", func(t *testing.T) {
			path, cache := t.TempDir(), t.TempDir()
			if tt.node != "" {
				script(path, "node", tt.node)
			}
			if tt.npm != "" {
				script(path, "npm", tt.npm)
			}
			t.Setenv("PATH", path)
			_, err := engine.Start(t.Context(), engine.Config{Data: t.TempDir(), Cache: cache})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL_DYNAMODB") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if left, _ := os.ReadDir(cache); len(left) > 0 {
				t.Errorf("a failed installation left %v", left)
			}
		})
	}
}

func TestEndpoint(t *testing.T) {
	t.Run("a running DynamoDB is used, and left running", func(t *testing.T) {
		var target string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			target = r.Header.Get("X-Amz-Target")
			io.WriteString(w, `{"TableNames":[]}`)
		}))
		defer srv.Close()
		e, err := engine.Start(t.Context(), engine.Config{Endpoint: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		if e.URL().String() != srv.URL || target != "DynamoDB_20120810.ListTables" {
			t.Errorf("URL %s, asked %s", e.URL(), target)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("one that does not answer is named", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := engine.Start(ctx, engine.Config{Endpoint: "http://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1 does not answer (AWS_ENDPOINT_URL_DYNAMODB)") {
			t.Errorf("got %v", err)
		}
	})
}
