// Package stacktest gives tests parts of the deployed stack.
package stacktest

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/stack"
	"spool/infra/stack/template"
)

// Tables are the deployed template's tables on a DynamoDB that ends with the test.
type Tables struct {
	DB              *dynamodb.Client
	Posts, Accounts string // their names
}

// NewTables makes empty tables. Where Node.js is missing the test is skipped.
func NewTables(t testing.TB) Tables {
	t.Helper()
	root := filepath.Dir(filepath.Dir(dynamodbtest.Cache(t)))
	parsed, err := template.Load(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.Resolve(template.Settings{
		Stack: "spool", Parameters: map[string]string{"AdminKeyHash": strings.Repeat("0", 64)},
		KeyARN: func(id string) (string, error) { return "arn:aws:kms:us-east-1:000000000000:key/" + id, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	db := stack.Client(dynamodbtest.Start(t).URL())
	if err := stack.CreateTables(t.Context(), db, model.Tables); err != nil {
		t.Fatal(err)
	}
	return Tables{DB: db, Posts: model.Table("PostsTable").Name, Accounts: model.Table("AccountsTable").Name}
}

// Start runs the whole of the deployed template, with nothing set up, until the test
// ends. Where Node.js is missing the test is skipped.
func Start(t testing.TB, parameters map[string]string, log io.Writer, change ...func(*stack.Options)) *stack.Stack {
	t.Helper()
	return StartIn(t, t.TempDir(), parameters, log, change...)
}

// StartIn is [Start] with a folder of what survives a restart.
func StartIn(
	t testing.TB, data string, parameters map[string]string, log io.Writer, change ...func(*stack.Options),
) *stack.Stack {
	t.Helper()
	dynamodbtest.RequireNode(t)
	cache := dynamodbtest.Cache(t)
	o := stack.Options{
		Template: filepath.Join(filepath.Dir(filepath.Dir(cache)),
			"template.yaml"), Data: data, Cache: cache, Parameters: parameters, Log: log,
	}
	for _, c := range change {
		c(&o)
	}
	independently(t, &o)
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
