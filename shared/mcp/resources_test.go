package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

func TestResourcesAreRead(t *testing.T) {
	for _, c := range []struct {
		uri, has string
		calls    []call
	}{
		{"spool://status", `"username":"ada"`, []call{{Operation: "get-status"}, {Operation: "list-accounts"}}},
		{"spool://posts", `"id":"P1"`, []call{{Operation: "list-posts", In: client.PostQuery{}}}},
		{
			"spool://posts?status=failed,missed", `"next_cursor":"next"`,
			[]call{{Operation: "list-posts", In: client.PostQuery{Status: []post.Status{"failed", "missed"}}}},
		},
		{
			"spool://posts?status=draft&account_id=42&cursor=a", `"id":"P1"`,
			[]call{{Operation: "list-posts", In: client.PostQuery{Status: []post.Status{"draft"}, AccountID: "42", Cursor: "a"}}},
		},
		{"spool://posts/P1", `"text":"Two"`, []call{{Operation: "get-post", ID: "P1"}}},
	} {
		t.Run(c.uri, func(t *testing.T) {
			api := newAPI()
			res, err := connect(t, api).ReadResource(t.Context(), &sdk.ReadResourceParams{URI: c.uri})
			if err != nil {
				t.Fatal(err)
			}
			content := res.Contents[0]
			if content.URI != c.uri || content.MIMEType != "application/json" || !json.Valid([]byte(content.Text)) || !strings.Contains(content.Text, c.has) {
				t.Errorf("it holds %+v", content)
			}
			if diff := cmp.Diff(c.calls, api.calls); diff != "" {
				t.Errorf("the API was asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResourcesThatCannotBeReadSayWhy(t *testing.T) {
	missing := &wire.Problem{Status: 404, Code: "not_found", Detail: "There is no such post."}
	locked := &wire.Problem{Status: 401, Code: "unauthorized", Detail: "This key is unknown.", Todo: "Make another one."}
	for _, c := range []struct {
		uri, says string
		code      int64
		err       error
	}{
		{"spool://posts/P2", "Resource not found", jsonrpc.CodeInvalidParams, missing},
		{"spool://elsewhere", "Resource not found", jsonrpc.CodeInvalidParams, nil},
		{"spool://posts/P1/tweets", "Resource not found", jsonrpc.CodeInvalidParams, nil},
		{"spool://status", "This key is unknown.\nNext: Make another one.", jsonrpc.CodeInternalError, locked},
	} {
		t.Run(c.uri, func(t *testing.T) {
			api := newAPI()
			api.refuse = func(string) error { return c.err }
			_, err := connect(t, api).ReadResource(t.Context(), &sdk.ReadResourceParams{URI: c.uri})
			e, ok := errors.AsType[*jsonrpc.Error](err)
			if !ok || e.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestEveryResourceIsListedWithItsMeaning(t *testing.T) {
	c := connect(t, newAPI())
	var uris []string
	for r, err := range c.Resources(t.Context(), nil) {
		if err != nil || r.Title == "" || r.Description == "" || r.MIMEType != "application/json" {
			t.Errorf("%+v %v", r, err)
			continue
		}
		uris = append(uris, r.URI)
	}
	for r, err := range c.ResourceTemplates(t.Context(), nil) {
		if err != nil || r.Title == "" || r.Description == "" || r.MIMEType != "application/json" {
			t.Errorf("%+v %v", r, err)
			continue
		}
		uris = append(uris, r.URITemplate)
	}
	slices.Sort(uris)
	want := []string{"spool://posts", "spool://posts/{id}", "spool://posts{?status,account_id,cursor}", "spool://status"}
	if diff := cmp.Diff(want, uris); diff != "" {
		t.Error(diff)
	}
}

// serve runs Serve, and gives a client's session with it and how it ended.
func serve(ctx context.Context, t *testing.T, api Spool) (c *sdk.ClientSession, ended <-chan error) {
	t.Helper()
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	done := make(chan error, 1)
	server := newServer(t, api)
	go func() {
		done <- server.Serve(ctx, fromClient, toClient)
		_ = toClient.Close() // as the end of the process does
	}()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &sdk.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, done
}

func TestServeEndsWithItsClient(t *testing.T) {
	c, ended := serve(t.Context(), t, newAPI())
	if !strings.Contains(c.InitializeResult().Instructions, "cannot be unseen") {
		t.Errorf("it introduces itself as %+v", c.InitializeResult())
	}
	if res, text := use(t, c, "get_status", `{}`); res.IsError {
		t.Error(text)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeEndsWhenItIsStoppedAmidACall(t *testing.T) {
	api := newAPI()
	api.block = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	c, ended := serve(ctx, t, api)
	go func() {
		_, _ = useContext(t.Context(), c, "publish_post", `{"id":"P1"}`) // its answer may be lost with the server
	}()
	<-api.block // the request is on its way
	stop()
	<-api.block // it has ended
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = c.Close()
}
