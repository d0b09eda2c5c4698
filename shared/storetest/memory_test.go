package storetest_test

import (
	"testing"

	"spool/shared/storetest"
)

func TestMemoryKeepsPosts(t *testing.T) { storetest.Posts(t, storetest.NewMemory(storetest.Start), 1) }

func TestMemoryKeepsMedia(t *testing.T) { storetest.Media(t, storetest.NewMemory(storetest.Start)) }

func TestMemoryForgetsWhatItIsToldTo(t *testing.T) {
	storetest.Retain(t, storetest.NewMemory(storetest.Start))
}

func TestMemoryForgetsAccounts(t *testing.T) { storetest.Drop(t, storetest.NewMemory(storetest.Start)) }

func TestMemoryKeepsAccounts(t *testing.T) {
	storetest.Accounts(t, storetest.NewMemory(storetest.Start), 1)
}

func TestMemoryKeepsKeys(t *testing.T) { storetest.Keys(t, storetest.NewMemory(storetest.Start)) }

func TestMemoryKeepsReplays(t *testing.T) {
	storetest.IdempotencyRecords(t, storetest.NewMemory(storetest.Start))
}

func TestMemoryKeepsSessions(t *testing.T) {
	storetest.Sessions(t, storetest.NewMemory(storetest.Start))
}

func TestMemoryKeepsReports(t *testing.T) { storetest.Health(t, storetest.NewMemory(storetest.Start)) }

func TestMemoryKeepsChannels(t *testing.T) {
	storetest.Channels(t, storetest.NewMemory(storetest.Start))
	storetest.Deliveries(t, storetest.NewMemory(storetest.Start))
}
