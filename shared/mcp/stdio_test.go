package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/httpapi"
	"spool/shared/schedule"
	"spool/shared/storetest"
	"spool/shared/tweet"
	"spool/shared/wire"
)

const key = "the-owners-key-for-tests"

// connected is a setup with one account.
type connected struct{ httpapi.Setup }

func (connected) State(context.Context) (connect.State, error) {
	return connect.State{ClientID: "app", Accounts: []account.Account{{ID: "42", Username: "ada", Zone: "Europe/Berlin", Limit: 280, Health: account.Connected}}}, nil
}

func (connected) Pauses(context.Context, []string) (map[string]account.Pause, error) { return nil, nil }

func (connected) Budgets(context.Context, string) (account.Budgets, error) {
	return account.Budgets{}, nil
}

// asleep wakes nobody: what is to be published stays scheduled.
type asleep struct{}

func (asleep) WakeAll(context.Context, []schedule.Wake) error { return nil }

// serveAPI runs the real API on a store in memory, and gives its address.
func serveAPI(t *testing.T) string {
	t.Helper()
	store := storetest.NewMemory(time.Now)
	server := httptest.NewServer((&httpapi.API{
		Posts: store, Files: store, Keys: store, Setup: connected{}, Waker: asleep{}, KeySum: access.Sum(key),
		Prices: tweet.ListPrices(), Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}).Handler())
	t.Cleanup(server.Close)
	return server.URL
}

// build builds the command line.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "spool")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "spool/functions/spool").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// A process is a spool mcp that runs.
type process struct {
	*exec.Cmd
	log string // the file that its standard error goes to
}

// command prepares spool mcp with nothing in its environment but what is given, and
// no configuration.
func command(t *testing.T, program string, env ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program, "mcp"), log: filepath.Join(t.TempDir(), "log")}
	file, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	p.Env, p.Stderr = append([]string{"HOME=" + t.TempDir()}, env...), file
	return p
}

// logged is what the process has said on its standard error.
func (p *process) logged(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An agent is a client's session with a process.
type agent struct {
	t *testing.T
	*sdk.ClientSession
}

func (p *process) connect(t *testing.T) agent {
	t.Helper()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &sdk.CommandTransport{Command: p.Cmd, TerminateDuration: time.Minute}, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, p.logged(t))
	}
	return agent{t, c}
}

// use calls a tool, decodes its result, and gives its words.
func (a agent) use(tool, arguments string, out any) (words string, refused bool) {
	a.t.Helper()
	res, err := a.CallTool(a.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		a.t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	words = res.Content[0].(*sdk.TextContent).Text
	if res.IsError {
		return words, true
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		a.t.Fatal(err)
	}
	return words, false
}

// post calls a tool that must not be refused, and gives the post it answers.
func (a agent) post(tool, arguments string) wire.Post {
	a.t.Helper()
	var out struct {
		wire.Post
		Made wire.Post `json:"post"` // where more than the post is answered
	}
	if words, refused := a.use(tool, arguments, &out); refused {
		a.t.Fatalf("%s %s is refused: %s", tool, arguments, words)
	}
	if out.Made.ID != "" {
		return out.Made
	}
	return out.Post
}

func TestAnAgentTakesAThreadThroughTheRealProgram(t *testing.T) {
	p := command(t, build(t), "SPOOL_API="+serveAPI(t), "SPOOL_KEY="+key)
	a := p.connect(t)

	const text = `{"text":"The first tweet.\n---\nThe second one, with https://example.org."}`
	draft := a.post("create_draft", text)
	if draft.Status != "draft" || draft.TweetCount != 2 {
		t.Fatalf("the draft is %+v", draft)
	}
	if again := a.post("create_draft", text); again.ID != draft.ID {
		t.Errorf("repeated, it made %s beside %s", again.ID, draft.ID)
	}
	id := `"id":"` + draft.ID + `"`
	if words, refused := a.use("schedule_post", `{`+id+`,"at":"2025-01-01 09:00"}`, nil); !refused || !strings.Contains(words, "This time has passed: Wednesday, 1 January 2025, 09:00 (Europe/Berlin)") {
		t.Errorf("a time of the past is answered %q", words)
	}
	scheduled := a.post("schedule_post", `{`+id+`,"at":"tomorrow 9am"}`)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if scheduled.Status != "scheduled" || scheduled.ScheduledAt.In(berlin).Format("15:04") != "09:00" {
		t.Errorf("scheduled, it is %s at %v", scheduled.Status, scheduled.ScheduledAt)
	}
	a.post("edit_post", `{`+id+`,"text":"Only one."}`)
	if read := a.post("get_post", `{`+id+`}`); len(read.Tweets) != 1 || read.Tweets[0].Text != "Only one." || read.Status != "scheduled" {
		t.Errorf("edited, it reads %+v", read)
	}
	if cancelled := a.post("cancel_post", `{`+id+`}`); cancelled.Status != "cancelled" {
		t.Errorf("cancelled, it is %s", cancelled.Status)
	}
	if words, refused := a.use("unpublish_post", `{`+id+`}`, nil); !refused || !strings.Contains(words, "Code: conflict") {
		t.Errorf("to take off X what is not there is answered %q", words)
	}
	if resumed := a.post("retry_post", `{`+id+`}`); resumed.Status != "scheduled" {
		t.Errorf("resumed, it is %s", resumed.Status)
	}
	var list wire.PostList
	if words, refused := a.use("list_posts", `{"status":["scheduled"]}`, &list); refused || len(list.Posts) != 1 || list.Posts[0].ID != draft.ID {
		t.Errorf("the list is %+v: %s", list.Posts, words)
	}
	res, err := a.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "spool://posts/" + draft.ID})
	if err != nil || !strings.Contains(res.Contents[0].Text, "Only one.") {
		t.Errorf("the resource is %+v: %v", res, err)
	}
	if words, refused := a.use("create_draft", `{"tweets":[{"text":"`+strings.Repeat("word ", 80)+`"}]}`, nil); !refused || !strings.Contains(words, "Field: tweets[0].text") {
		t.Errorf("a tweet that is too long is answered %q", words)
	}
	spare := a.post("create_draft", `{"text":"Not wanted."}`)
	var gone struct{ ID string }
	if words, refused := a.use("delete_post", `{"id":"`+spare.ID+`"}`, &gone); refused || gone.ID != spare.ID {
		t.Errorf("to delete a draft is answered %q", words)
	}
	if words, refused := a.use("create_draft", `{"text":"Not wanted."}`, nil); !refused || !strings.Contains(words, "was deleted") || !strings.Contains(words, "Field: idempotency_key") {
		t.Errorf("a draft that was deleted, once more, is answered %q", words)
	}
	if again := a.post("create_draft", `{"text":"Not wanted.","idempotency_key":"once more"}`); again.ID == spare.ID {
		t.Error("a key of the agent's own makes no other post")
	}

	if err := a.Close(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if log := p.logged(t); log != "" {
		t.Errorf("it logged %s", log)
	}
}

func TestTheRealProgramSaysWhatItLacks(t *testing.T) {
	program, api := build(t), serveAPI(t)
	t.Run("a configuration", func(t *testing.T) {
		p := command(t, program)
		err := p.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(p.logged(t), "spool setup") {
			t.Errorf("it ended with %v: %s", err, p.logged(t))
		}
	})
	t.Run("a key that is known", func(t *testing.T) {
		p := command(t, program, "SPOOL_API="+api, "SPOOL_KEY=another-key")
		a := p.connect(t)
		words, refused := a.use("get_status", `{}`, nil)
		if !refused || !strings.Contains(words, "Code: unauthorized") || strings.Contains(words+p.logged(t), "another-key") {
			t.Errorf("it says %q", words)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheRealProgramEndsWhenItIsTold(t *testing.T) {
	p := command(t, build(t), "SPOOL_API="+serveAPI(t), "SPOOL_KEY="+key)
	a := p.connect(t)
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = a.Wait() // its output ends with the program
	_ = a.Close()
	if !p.ProcessState.Exited() {
		t.Errorf("it ended by %v", p.ProcessState)
	}
}
