package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"spool/infra/emulate"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// seen is what a guarded handler was given.
type seen struct {
	who  Principal
	call Call
	body string
}

// guarded serves a Guard before a handler that notes what it sees and answers an empty object.
func guarded(t *testing.T, p *Policies, inspect Inspector) (url string, got *[]seen) {
	t.Helper()
	got = new([]seen)
	srv := httptest.NewServer(p.Guard(inspect, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, call, ok := Caller(r.Context())
		if !ok {
			t.Error("no caller in the context")
		}
		body, _ := io.ReadAll(r.Body)
		*got = append(*got, seen{who, call, string(body)})
		io.WriteString(w, "{}")
	})))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

// partitionKeys are those of a table with an index.
func partitionKeys(table, index string) string {
	return map[string]string{"posts": "pk", "accounts": "pk", "posts list": "list_pk"}[strings.TrimSpace(table+" "+index)]
}

func client(url, keyID string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{Region: emulate.Region, BaseEndpoint: &url, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(keyID, "secret", "")})
}

func TestGuardHoldsTheSDKToThePolicy(t *testing.T) {
	p := &Policies{}
	dispatch := Principal{Name: "dispatch", ARN: FunctionARN("dispatch")}
	p.Add("AKDISPATCH", "secret", dispatch, Statement{
		Actions:   []string{"dynamodb:Query", "dynamodb:BatchGetItem"},
		Resources: []string{emulate.ARN("dynamodb", "table/posts"), emulate.ARN("dynamodb", "table/posts/index/due")},
	})
	url, got := guarded(t, p, DynamoDB(partitionKeys))
	query := &dynamodb.QueryInput{TableName: aws.String("posts"), IndexName: aws.String("due"), KeyConditionExpression: aws.String("a = b")}

	t.Run("an allowed call passes whole, with its caller", func(t *testing.T) {
		if _, err := client(url, "AKDISPATCH").Query(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		if len(*got) != 1 {
			t.Fatalf("%d requests passed", len(*got))
		}
		s := (*got)[0]
		if s.who != dispatch || s.call.Action != "dynamodb:Query" || !strings.Contains(s.body, `"KeyConditionExpression":"a = b"`) {
			t.Errorf("passed %+v", s)
		}
	})
	for _, tt := range []struct {
		name, key, code, message string
		call                     func(*dynamodb.Client) error
	}{
		{"an action that is not granted is denied", "AKDISPATCH", "AccessDeniedException", "is not authorized to perform: dynamodb:PutItem on resource: " + emulate.ARN("dynamodb", "table/posts"),
			func(c *dynamodb.Client) error {
				_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("posts"), Item: map[string]types.AttributeValue{}})
				return err
			}},
		{"one table of a batch that is not granted denies the batch", "AKDISPATCH", "AccessDeniedException", "table/accounts",
			func(c *dynamodb.Client) error {
				keys := types.KeysAndAttributes{Keys: []map[string]types.AttributeValue{{"pk": &types.AttributeValueMemberS{Value: "x"}}}}
				_, err := c.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"posts": keys, "accounts": keys}})
				return err
			}},
		{"a key that nobody has is not recognised", "AKNOBODY", "UnrecognizedClientException", "invalid", func(c *dynamodb.Client) error {
			_, err := c.Query(t.Context(), query)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(*got)
			err := tt.call(client(url, tt.key))
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != tt.code || !strings.Contains(api.ErrorMessage(), tt.message) {
				t.Errorf("got %v, want %s: %s", err, tt.code, tt.message)
			}
			if len(*got) != before {
				t.Error("the request passed")
			}
		})
	}
}

func TestGuardRefusesWhatAnotherSecretSigned(t *testing.T) {
	p := &Policies{}
	p.Add("AK", "secret of the function", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	url, got := guarded(t, p, DynamoDB(partitionKeys))
	_, err := client(url, "AK").ListTables(t.Context(), &dynamodb.ListTablesInput{}) // it signs with "secret"
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "SignatureDoesNotMatch" || len(*got) > 0 {
		t.Errorf("got %v, and %d requests passed", err, len(*got))
	}
}

// TestASignatureIsForOneRequest changes signed requests on their way.
func TestASignatureIsForOneRequest(t *testing.T) {
	p := &Policies{}
	p.Add("AK", "secret", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	var change func(*http.Request)
	inner := p.Guard(DynamoDB(partitionKeys), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		change(r)
		inner.ServeHTTP(w, r)
	}))
	defer srv.Close()
	for name, tc := range map[string]struct {
		change func(*http.Request)
		passes bool
	}{
		"not at all":         {func(*http.Request) {}, true},
		"an unsigned header": {func(r *http.Request) { r.Header.Set("X-Other", "1") }, true},
		"its body":           {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"Limit":1}`)) }, false},
		"its body, with the hash of the one that was signed": {func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"Limit":1}`))
			r.Header.Set("X-Amz-Content-Sha256", fmt.Sprintf("%x", sha256.Sum256([]byte("{}"))))
		}, false},
		"its operation": {func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.DeleteTable") }, false},
		"its path":      {func(r *http.Request) { r.URL.Path = "/x" }, false},
		"its host":      {func(r *http.Request) { r.Host = "elsewhere" }, false},
		"its age":       {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260101T000000Z") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			change = tc.change
			_, err := client(srv.URL, "AK").ListTables(t.Context(), &dynamodb.ListTablesInput{})
			if (err == nil) != tc.passes {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestGuardRefusesUnsignedRequests(t *testing.T) {
	url, got := guarded(t, &Policies{}, SQS)
	for name, authorization := range map[string]string{
		"none":                   "",
		"another scheme":         "Basic YTpi",
		"no credential":          "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00",
		"credential without key": "AWS4-HMAC-SHA256 Credential=/20260101/us-east-1/sqs/aws4_request, Signature=00",
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte("{}")))
			r.Header.Set("Authorization", authorization)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 400 || !strings.Contains(string(body), "MissingAuthenticationTokenException") || len(*got) > 0 {
				t.Errorf("answered %d %s", resp.StatusCode, body)
			}
		})
	}
}

// TestTheIDOfAKeyIsNoSignature is about the id of a function's key, which every address that it signs for an upload shows.
func TestTheIDOfAKeyIsNoSignature(t *testing.T) {
	p := &Policies{}
	p.Add("AK", "secret", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	url, got := guarded(t, p, DynamoDB(partitionKeys))
	const scope = "AK%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request"
	for name, query := range map[string]string{
		"in the address":                  "X-Amz-Credential=" + scope,
		"in the address with a signature": "X-Amz-Credential=" + scope + "&X-Amz-Signature=00",
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/?"+query, strings.NewReader(`{"TableName":"accounts"}`))
			r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Scan")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); !strings.Contains(string(body), "MissingAuthenticationTokenException") || len(*got) > 0 {
				t.Errorf("answered %d %s", resp.StatusCode, body)
			}
		})
	}
}

// TestInspectors sends what the SDKs send, and looks at what was asked for.
func TestInspectors(t *testing.T) {
	ctx := context.Background()
	p := &Policies{}
	p.Add("AK", "secret", Principal{Name: "root"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	keyARN := func(id string, blob []byte) string { return "key-" + id + "-" + string(blob) }
	ddbURL, ddbGot := guarded(t, p, DynamoDB(partitionKeys))
	sqsURL, sqsGot := guarded(t, p, SQS)
	kmsURL, kmsGot := guarded(t, p, KMS(keyARN))
	creds := credentials.NewStaticCredentialsProvider("AK", "secret", "")
	d := client(ddbURL, "AK")
	q := sqs.New(sqs.Options{Region: emulate.Region, BaseEndpoint: &sqsURL, Credentials: creds, Retryer: aws.NopRetryer{}})
	k := kms.New(kms.Options{Region: emulate.Region, BaseEndpoint: &kmsURL, Credentials: creds, Retryer: aws.NopRetryer{}})
	queueURL := aws.String(sqsURL + "/" + emulate.Account + "/publish")
	table, key := emulate.ARN("dynamodb", "table/posts"), map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "x"}}

	for _, tt := range []struct {
		name      string
		send      func()
		got       *[]seen
		action    string
		resources []string
	}{
		{"an item's operation touches its table", func() { d.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("posts"), Key: key}) },
			ddbGot, "dynamodb:GetItem", []string{table}},
		{"a table may be named by its ARN", func() { d.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key}) },
			ddbGot, "dynamodb:GetItem", []string{table}},
		{"a scan of an index touches the index", func() {
			d.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("posts"), IndexName: aws.String("list")})
		}, ddbGot, "dynamodb:Scan", []string{table + "/index/list"}},
		{"a batch touches each of its tables", func() {
			w := []types.WriteRequest{{DeleteRequest: &types.DeleteRequest{Key: key}}}
			d.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"posts": w, "accounts": w}})
		}, ddbGot, "dynamodb:BatchWriteItem", []string{emulate.ARN("dynamodb", "table/accounts"), table}},
		{"listing tables knows no resource", func() { d.ListTables(ctx, &dynamodb.ListTablesInput{}) },
			ddbGot, "dynamodb:ListTables", []string{"*"}},
		{"a message goes to its queue", func() {
			q.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queueURL, MessageBody: aws.String("x")})
		}, sqsGot, "sqs:SendMessage", []string{emulate.ARN("sqs", "publish")}},
		{"a batch of messages asks for the single action", func() {
			q.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: queueURL, Entries: []sqstypes.DeleteMessageBatchRequestEntry{{Id: aws.String("a"), ReceiptHandle: aws.String("h")}}})
		}, sqsGot, "sqs:DeleteMessage", []string{emulate.ARN("sqs", "publish")}},
		{"a queue may be asked for by name", func() { q.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("publish")}) },
			sqsGot, "sqs:GetQueueUrl", []string{emulate.ARN("sqs", "publish")}},
		{"listing queues knows no resource", func() { q.ListQueues(ctx, &sqs.ListQueuesInput{}) },
			sqsGot, "sqs:ListQueues", []string{"*"}},
		{"a key is looked up by its id", func() { k.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String("1"), Plaintext: []byte("p")}) },
			kmsGot, "kms:Encrypt", []string{"key-1-"}},
		{"a key is looked up by what it sealed", func() { k.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: []byte("blob")}) },
			kmsGot, "kms:Decrypt", []string{"key--blob"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			*tt.got = nil
			tt.send() // the stand-in answers {}: whether the SDK likes that is not the question
			if len(*tt.got) != 1 {
				t.Fatalf("%d requests passed", len(*tt.got))
			}
			call := (*tt.got)[0].call
			if call.Action != tt.action || !slices.Equal(call.Resources, tt.resources) {
				t.Errorf("asked for %s on %v, want %s on %v", call.Action, call.Resources, tt.action, tt.resources)
			}
		})
	}
}

// The temporary credentials of a role are good only with the token of their session.
func TestASessionBringsItsToken(t *testing.T) {
	p := &Policies{}
	p.AddSession("ASIA", "secret", "token", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	p.Add("AKIA", "secret", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}})
	url, _ := guarded(t, p, DynamoDB(partitionKeys))
	for _, tt := range []struct {
		key, token string
		want       string // the code; empty: it passes
	}{
		{"ASIA", "token", ""}, {"ASIA", "another", "UnrecognizedClientException"}, {"ASIA", "", "UnrecognizedClientException"},
		{"AKIA", "", ""}, {"AKIA", "token", "UnrecognizedClientException"},
	} {
		d := dynamodb.New(dynamodb.Options{Region: emulate.Region, BaseEndpoint: &url, Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider(tt.key, "secret", tt.token)})
		_, err := d.ListTables(t.Context(), &dynamodb.ListTablesInput{})
		got := ""
		if refused, ok := errors.AsType[smithy.APIError](err); ok {
			got = refused.ErrorCode()
		}
		if got != tt.want {
			t.Errorf("%s with %q: %v, want %q", tt.key, tt.token, err, tt.want)
		}
	}
}
