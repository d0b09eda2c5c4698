package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

// destroys runs `make destroy` with something typed.
func (m *machine) destroys(t *testing.T, typed string, doomed ...string) error {
	t.Helper()
	m.in = strings.NewReader(typed)
	m.said.Reset()
	return m.destroy(t.Context(), doomed)
}

// A stage that was destroyed comes back with all that it knew.
func TestWhatIsDestroyedComesBackWithItsData(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	posts := physicalName(c.arnOf(postsTable))
	if !c.tables[posts].Protected {
		t.Error("the tables are not protected after the first deployment")
	}
	m.edits(t, `  AlarmEmail: ""`, `  AlarmEmail: "" # nobody reads it`)

	if err := m.destroys(t, "yes\n"); !errors.Is(err, errNotConfirmed) || c.count("DeleteStack") > 0 {
		t.Fatalf("another word than the stage's name: got %v", err)
	}
	if err := m.destroys(t, "live\n"); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "DELETED: the stack spool", "KEPT:    PostsTable    "+c.arnOf(postsTable), c.arnOf(tokenKey))
	if c.count("DeleteStack") != 1 || c.count("DeleteTable") > 0 || c.tables[posts] == nil {
		t.Errorf("%d stacks and %d tables were deleted", c.count("DeleteStack"), c.count("DeleteTable"))
	}
	text, err := os.ReadFile(m.file())
	if err != nil {
		t.Fatal(err)
	}
	says(t, string(text), "PostsTableArn: "+c.arnOf(postsTable), "# nobody reads it")

	// As it would be after a restore: items and indexes, but nothing else.
	c.tables[posts] = &table{Keys: spoolKeys, Indexes: map[string][]map[string]string{
		"due": keys("due_shard", "due_at"), "list": keys("list_pk", "list_sk"),
	}}
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range dataResources {
		says(t, c.deployed.parameters, parameterOf(id)+"="+c.arnOf(id)+"\n")
	}
	if got := c.tables[posts]; !got.Protected || !got.Expires || !got.BackedUp || got.Indexes["find"] == nil {
		t.Errorf("the attached table is %+v", got)
	}
}

// Tables that were set back start paused, once: later updates leave the pause alone.
func TestRestoredTablesStartPaused(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	if err := m.destroys(t, "live"); err != nil {
		t.Fatal(err)
	}
	if err := m.deploys(t, ""); err != nil || c.paused {
		t.Fatalf("without a restore: %v, paused %v", err, c.paused)
	}
	if err := m.destroys(t, "live"); err != nil {
		t.Fatal(err)
	}
	m.edits(t, `RestoredTo: ""`, `RestoredTo: "2026-01-01T00:00:00Z"`)
	if err := m.deploys(t, ""); err != nil || !c.paused {
		t.Fatalf("after a restore: %v, paused %v", err, c.paused)
	}
	says(t, m.said.String(), "spool resume")
	says(t, c.deployed.parameters, "RestoredTo=2026-01-01T00:00:00Z\n")
	c.paused = false
	m.edits(t, `AlarmEmail: ""`, `AlarmEmail: me@example.com`)
	if err := m.deploys(t, ""); err != nil || c.paused {
		t.Fatalf("an update: %v, paused %v", err, c.paused)
	}
}

func TestOnlyWhatIsAskedForByNameIsDeleted(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	if err := m.destroys(t, "live\n", "posts"); err == nil || c.count("DeleteStack") > 0 {
		t.Fatalf("a name that is none: got %v", err)
	}
	if err := m.destroys(t, "live\n", postsTable, mediaBucket, tokenKey); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "DELETED: PostsTable", "KEPT:    AccountsTable", "in 30 days")
	if c.tables["spool-PostsTable"] != nil || c.objects["spool-mediabucket/media/cat.png"] != nil ||
		c.count("DeleteBucket") != 1 || c.keyState != "PendingDeletion" || c.tables["spool-AccountsTable"] == nil {
		t.Errorf("left are %v and %d objects, and the key is %s", c.tables, len(c.objects), c.keyState)
	}
	if err := m.deploys(t, ""); err == nil || !strings.Contains(err.Error(), "AccountsTableArn goes with TokenKeyArn") {
		t.Errorf("accounts whose key was deleted are attached: %v", err)
	}
}

// While CloudFormation deletes the stack, the settings name the data already: nothing else will when it is gone.
func TestADeletionThatIsInterruptedLosesNoData(t *testing.T) {
	for name, settings := range map[string]string{
		"all parameters named": "",
		"none":                 "stack: spool\nregion: eu-west-1\n",
		"an empty heading":     "stack: spool\nregion: eu-west-1\nparameters:\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newCloud(t), newMachine(t)
			if err := m.deploys(t, ""); err != nil {
				t.Fatal(err)
			}
			if settings != "" {
				if err := os.WriteFile(m.file(), []byte(settings), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			c.deleting = cancel
			m.in = strings.NewReader("live\n")
			if err := m.destroy(ctx, nil); !errors.Is(err, context.Canceled) || c.count("DeleteStack") != 1 {
				t.Fatalf("got %v", err)
			}
			c.status = "" // CloudFormation went on by itself
			if err := m.deploys(t, ""); err != nil {
				t.Fatal(err)
			}
			for _, id := range dataResources {
				says(t, c.deployed.parameters, parameterOf(id)+"="+c.arnOf(id)+"\n")
			}
		})
	}
}

func TestADeletionThatWasInterruptedDoesNotAttachAStacksOwnData(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range dataResources {
		m.edits(t, parameterOf(id)+`: ""`, parameterOf(id)+": "+c.arnOf(id))
	}
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "Nothing has changed")
}

func TestDataThatIsNotThereIsNotAttached(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*cloud)
		want    string
	}{
		"a table that is gone":      {func(c *cloud) { clear(c.tables) }, "there is no table"},
		"a table of something else": {func(c *cloud) { c.tables["spool-PostsTable"].Keys = keys("id", "at") }, "is it the right one?"},
		"a key that is to go":       {func(c *cloud) { c.keyState = "PendingDeletion" }, "cancel-key-deletion"},
		"a key that is disabled":    {func(c *cloud) { c.keyState = "Disabled" }, "not enabled"},
		"a bucket that is gone":     {func(c *cloud) { clear(c.objects) }, "the bucket is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newCloud(t), newMachine(t)
			if err := m.deploys(t, ""); err != nil {
				t.Fatal(err)
			}
			if err := m.destroys(t, "live"); err != nil {
				t.Fatal(err)
			}
			tc.prepare(c)
			before := c.count("CreateChangeSet")
			err := m.deploys(t, "")
			if err == nil || c.count("CreateChangeSet") != before {
				t.Fatalf("got %v", err)
			}
			says(t, err.Error(), tc.want)
		})
	}
}

func TestNothingIsDestroyedOfAStageThatIsNone(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.destroys(t, "live\n"); err == nil || len(c.requests) > 0 {
		t.Errorf("got %v after %v", err, c.requests)
	}
}

func TestTagsAreTheStacks(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	m.edits(t, "tags: {}", "tags: {team: posts}")
	m.edits(t, `AlarmEmail: ""`, `AlarmEmail: me@example.com`)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	if c.tags != "team=posts" {
		t.Errorf("the stack's tags are %s", c.tags)
	}
}
