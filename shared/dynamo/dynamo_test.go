package dynamo_test

import (
	"testing"

	"spool/infra/stack/stacktest"
	"spool/shared/dynamo"
	"spool/shared/storetest"
)

func TestDynamoDBKeepsPosts(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Posts(t, dynamo.NewPosts(tables.DB, tables.Posts), dynamo.Shards)
}

func TestDynamoDBKeepsMedia(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Media(t, dynamo.NewPosts(tables.DB, tables.Posts))
}

func TestDynamoDBForgetsWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Retain(t, dynamo.NewPosts(tables.DB, tables.Posts))
}

func TestDynamoDBForgetsAccounts(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Drop(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
}

func TestDynamoDBKeepsAccounts(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Accounts(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start), dynamo.Shards)
}

func TestDynamoDBKeepsKeys(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Keys(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
}

func TestDynamoDBKeepsReplays(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.IdempotencyRecords(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
}

func TestDynamoDBKeepsSessions(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Sessions(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
}

func TestDynamoDBKeepsReports(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Health(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
	storetest.Health(t, dynamo.NewPosts(tables.DB, tables.Posts))
}

func TestDynamoDBKeepsChannels(t *testing.T) {
	t.Parallel()
	tables := stacktest.NewTables(t)
	storetest.Channels(t, dynamo.NewAccounts(tables.DB, tables.Accounts, storetest.Start))
	storetest.Deliveries(t, dynamo.NewPosts(tables.DB, tables.Posts))
}
