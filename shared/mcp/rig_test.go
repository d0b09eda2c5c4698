package mcp

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/client"
	"spool/shared/tweet"
	"spool/shared/wire"
	"spool/shared/wire/wiretest"
)

// clockNow is what the tests' clock shows.
func clockNow() time.Time { return time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC) }

// A call is a request that reached the API.
type call struct {
	Operation string
	ID        string
	Key       string // idempotency key, or revision
	In        any
}

// fakeAPI answers every request with the same post, or refuses it, and writes it
// down.
type fakeAPI struct {
	mu       sync.Mutex
	calls    []call
	post     wire.Post
	preview  wire.Preview
	accounts []wire.Account
	status   wire.Status
	refuse   func(operation string) error
	block    chan struct{} // not nil: a request is told here, and waits for its end
}

// shown is the post as the API shows it.
func (f *fakeAPI) shown() wire.Post { return wiretest.Stand(f.post, clockNow()) }

func (f *fakeAPI) take(ctx context.Context, c call) error {
	f.mu.Lock()
	f.calls = append(f.calls, c)
	f.mu.Unlock()
	if f.block != nil {
		f.block <- struct{}{}
		<-ctx.Done()
		f.block <- struct{}{}
		return ctx.Err()
	}
	if f.refuse != nil {
		return f.refuse(c.Operation)
	}
	return nil
}

func (f *fakeAPI) Preview(ctx context.Context, in wire.PreviewInput) (wire.Preview, error) {
	return f.preview, f.take(ctx, call{Operation: "preview", In: in})
}

func (f *fakeAPI) CreatePost(ctx context.Context, in wire.PostInput, key string) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "create-post", Key: key, In: in})
}

func (f *fakeAPI) EditPost(ctx context.Context, id, etag string, in wire.EditInput) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "edit-post", ID: id, Key: etag, In: in})
}

func (f *fakeAPI) ListPosts(ctx context.Context, q client.PostQuery) (wire.PostList, error) {
	return wire.PostList{Posts: []wire.Post{f.shown()}, NextCursor: "next"}, f.take(ctx, call{Operation: "list-posts", In: q})
}

func (f *fakeAPI) GetPost(ctx context.Context, id string) (wire.Post, string, error) {
	return f.shown(), `"7"`, f.take(ctx, call{Operation: "get-post", ID: id})
}

func (f *fakeAPI) GetStatus(ctx context.Context) (wire.Status, error) {
	return f.status, f.take(ctx, call{Operation: "get-status"})
}

func (f *fakeAPI) ListAccounts(ctx context.Context) (wire.AccountList, error) {
	return wire.AccountList{Accounts: f.accounts}, f.take(ctx, call{Operation: "list-accounts"})
}

func (f *fakeAPI) PublishPost(ctx context.Context, id string) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "publish-post", ID: id})
}

func (f *fakeAPI) CancelPost(ctx context.Context, id string) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "cancel-post", ID: id})
}

func (f *fakeAPI) RetryPost(ctx context.Context, id string) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "retry-post", ID: id})
}

func (f *fakeAPI) ResolvePost(ctx context.Context, id string, in wire.ResolveInput) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "resolve-post", ID: id, In: in})
}

func (f *fakeAPI) UnpublishPost(ctx context.Context, id string) (wire.Post, error) {
	return f.shown(), f.take(ctx, call{Operation: "unpublish-post", ID: id})
}

func (f *fakeAPI) DeletePost(ctx context.Context, id string) error {
	return f.take(ctx, call{Operation: "delete-post", ID: id})
}

// newAPI is a Spool with one account, @ada in Berlin, and a draft of two tweets.
func newAPI() *fakeAPI {
	thread := []string{"One", "Two"}
	f := &fakeAPI{
		accounts: []wire.Account{{ID: "42", Username: "ada", Health: "connected", Zone: "Europe/Berlin", Limit: 280, Scopes: []string{}}},
		status:   wire.Status{Ready: true, Steps: []wire.Step{}},
		post: wire.Post{
			ID: "P1", AccountID: "42", Title: "One", Status: "draft", TweetCount: 2, PlatformPostIDs: []string{},
			CreatedAt: clockNow(), UpdatedAt: clockNow(),
		},
		preview: wire.Preview{
			Findings: []tweet.Finding{{Tweet: 2, Severity: tweet.Warning, Code: tweet.CodeMention, Message: "It mentions a stranger."}},
			Cost:     tweet.ListPrices().Cost(tweet.Usage{Posts: 2}),
		},
	}
	for i, text := range thread {
		f.post.Tweets = append(f.post.Tweets, wire.Tweet{ThreadPosition: i + 1, Text: text, Status: "pending"})
		f.preview.Tweets = append(f.preview.Tweets, wire.PreviewTweet{PreviewedTweet: tweet.PreviewedTweet{
			Position: i + 1, Text: text, Weighted: 3, Limit: 280, Remaining: 277, Valid: true, Entities: []tweet.EntityRange{},
		}})
	}
	return f
}

func newServer(t *testing.T, api Spool) *Server {
	t.Helper()
	return &Server{Spool: api, Now: clockNow, MinLead: 2 * time.Minute, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// connect starts a server and gives a client's session with it.
func connect(t *testing.T, api Spool) *sdk.ClientSession {
	t.Helper()
	near, far := sdk.NewInMemoryTransports()
	session, err := newServer(t, api).server().Connect(t.Context(), far, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), near, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		_ = session.Wait() // the client may have hung up amid an answer
	})
	return c
}

// use calls a tool with arguments of JSON. It fails the test for an error of the
// protocol.
func use(t *testing.T, c *sdk.ClientSession, tool, arguments string) (res *sdk.CallToolResult, text string) {
	t.Helper()
	res, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatalf("%s is answered with an error of the protocol: %v", tool, err)
	}
	if len(res.Content) != 1 {
		t.Fatalf("%s answers %d contents", tool, len(res.Content))
	}
	content, ok := res.Content[0].(*sdk.TextContent)
	if !ok {
		t.Fatalf("%s answers a %T", tool, res.Content[0])
	}
	return res, content.Text
}

// useContext calls a tool with a context of its own.
func useContext(ctx context.Context, c *sdk.ClientSession, tool, arguments string) (*sdk.CallToolResult, error) {
	return c.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
}
