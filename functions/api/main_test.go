package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/gateway"
	"spool/shared/httpapi"
	"spool/shared/storetest"
)

// connected is a setup with one account.
type connected struct{ httpapi.Setup }

func (connected) State(context.Context) (connect.State, error) {
	return connect.State{ClientID: "client", Accounts: []account.Account{{ID: "1", Username: "ada", Zone: "UTC", Limit: 280, Health: account.Connected}}}, nil
}

func (connected) Pauses(context.Context, []string) (map[string]account.Pause, error) { return nil, nil }

func (connected) Budgets(context.Context, string) (account.Budgets, error) {
	return account.Budgets{}, nil
}

func TestAnEventOfAPIGatewaySchedulesAPost(t *testing.T) {
	raw, err := os.ReadFile("testdata/create-post.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("golden-key"))
	store := storetest.NewMemory(storetest.Start)
	api := &httpapi.API{
		Posts: store, Setup: connected{}, KeySum: hex.EncodeToString(sum[:]), Now: storetest.Start, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	got, err := gateway.Handler(api.Handler())(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var created struct{ ID, Status string }
	if err := json.Unmarshal([]byte(got.Body), &created); err != nil || got.StatusCode != 201 || created.Status != "scheduled" {
		t.Fatalf("got %d %s, %v", got.StatusCode, got.Body, err)
	}
	_, content, err := store.Load(t.Context(), created.ID)
	if err != nil || content.Tweets[0].Text != "Hello, X" {
		t.Errorf("stored %v, %v", content, err)
	}
}
