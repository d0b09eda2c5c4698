package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

const asJSON = "application/json"

// resources adds what a client may attach to a conversation: the same as the
// reading tools answer, as JSON.
func (s *Server) resources(server *sdk.Server) {
	server.AddResource(&sdk.Resource{
		URI: "spool://status", Name: "status", Title: "How Spool is set up", MIMEType: asJSON,
		Description: "What is set up, the next step, and the connected accounts.",
	}, reader(func(ctx context.Context, _ *url.URL) (any, error) { return s.standing(ctx) }))
	server.AddResource(&sdk.Resource{
		URI: "spool://posts", Name: "posts", Title: "The newest posts", MIMEType: asJSON,
		Description: "The 25 newest posts without their texts.",
	}, reader(s.readPosts))
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: "spool://posts{?status,account_id,cursor}", Name: "posts-by-status", Title: "Posts by status or account",
		MIMEType:    asJSON,
		Description: "25 posts, newest first, such as spool://posts?status=failed. Several statuses are separated by commas; cursor is next_cursor of the page before.",
	}, reader(s.readPosts))
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: "spool://posts/{id}", Name: "post", Title: "A post", MIMEType: asJSON,
		Description: "A post tweet by tweet.",
	}, reader(func(ctx context.Context, address *url.URL) (any, error) {
		out, _, err := s.getPost(ctx, byID{strings.TrimPrefix(address.Path, "/")})
		return out, err
	}))
}

func (s *Server) readPosts(ctx context.Context, address *url.URL) (any, error) {
	q := address.Query()
	query := client.PostQuery{AccountID: q.Get("account_id"), Cursor: q.Get("cursor")}
	if status := q.Get("status"); status != "" {
		for s := range strings.SplitSeq(status, ",") {
			query.Status = append(query.Status, post.Status(s))
		}
	}
	return s.Spool.ListPosts(ctx, query)
}

// reader answers a resource's address with JSON. Here a refusal can only be an error
// of the protocol; its message is the one that a tool would show.
func reader(read func(context.Context, *url.URL) (any, error)) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		address, err := url.Parse(req.Params.URI)
		if err != nil {
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		out, err := read(ctx, address)
		if p, ok := errors.AsType[*wire.Problem](err); ok && p.Status == http.StatusNotFound {
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		if err != nil {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: explain(err)}
		}
		text, err := json.Marshal(out)
		if err != nil {
			return nil, err
		}
		return &sdk.ReadResourceResult{
			Contents: []*sdk.ResourceContents{{URI: req.Params.URI, MIMEType: asJSON, Text: string(text)}},
		}, nil
	}
}
