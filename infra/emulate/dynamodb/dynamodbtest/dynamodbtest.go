// Package dynamodbtest gives tests a DynamoDB.
package dynamodbtest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"spool/infra/emulate/dynamodb"
	"spool/infra/emulate/independent"
	"spool/infra/emulate/independent/independenttest"
)

// Start starts an empty DynamoDB that ends with the test. Where Node.js or npm is missing the test is skipped.
func Start(t testing.TB) *dynamodb.Engine {
	t.Helper()
	RequireNode(t)
	config := dynamodb.Config{Data: t.TempDir(), Cache: Cache(t), Log: t.Output()}
	for _, start := range []func(context.Context, io.Writer) (*independent.Server, error){
		independent.Moto, independent.DynamoDBLocal,
	} {
		if server := independenttest.Start(t, start); server != nil {
			config.Endpoint = server.URL.String()
		}
	}
	e, err := dynamodb.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// RequireNode skips the test where Node.js or npm is missing.
func RequireNode(t testing.TB) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this test needs a DynamoDB, which runs on Node.js: %s is not installed", program)
		}
	}
}

// Cache is the folder where all tests share one installation of the engine: .build/cache in the module's root.
func Cache(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for parent := filepath.Dir(dir); ; dir, parent = parent, filepath.Dir(parent) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".build", "cache")
		}
		if parent == dir {
			t.Fatal("no go.mod above the working directory")
		}
	}
}
