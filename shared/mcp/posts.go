package mcp

import (
	"context"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

type (
	listInput struct {
		AccountID string        `json:"account_id,omitempty" maxLength:"19" doc:"Only this account's"`
		Status    []post.Status `json:"status,omitempty" maxItems:"9" doc:"Only those in one of these statuses"`
		NeedsYou  bool          `json:"needs_you,omitempty" doc:"Only those to which nothing more happens until a person does something"`
		From      time.Time     `json:"from,omitzero" doc:"Only those scheduled for this time (RFC 3339) or later"`
		To        time.Time     `json:"to,omitzero" doc:"Only those scheduled before this time (RFC 3339)"`
		Search    string        `json:"q,omitempty" maxLength:"200" doc:"Only those whose texts have all of these words, in any order and case"`
		Order     string        `json:"order,omitempty" enum:"latest,earliest" doc:"What comes first; left out: latest"`
		Limit     int           `json:"limit,omitempty" minimum:"1" maximum:"100" doc:"How many at most; left out: 25"`
		Cursor    string        `json:"cursor,omitempty" maxLength:"64" doc:"next_cursor of the page before"`
	}
	// read is a post as it was read.
	read struct {
		wire.Post
		Revision string `json:"revision" doc:"For edit_post: that nobody changed the post meanwhile"`
	}
	// standing is how far Spool is set up, and for whom.
	standing struct {
		wire.Status
		Accounts []wire.Account `json:"accounts" doc:"The accounts that may post"`
	}
	byID struct {
		ID string `json:"id" minLength:"1" maxLength:"64" doc:"The post"`
	}
	resolveInput struct {
		byID
		wire.ResolveInput
	}
	deleted struct {
		ID string `json:"id" doc:"The post that was deleted"`
	}
	nothing struct{}
)

// readingTools adds the tools that only look.
func (s *Server) readingTools(server *sdk.Server) {
	looks := hints{reads: true, repeatable: true}
	add(server, tool{
		name: "list_posts", title: "List posts", hints: looks,
		description: "Lists drafts, scheduled, published and stopped threads, newest first, with each one's status and why it stopped, and finds them by words (q). get_post shows the texts.",
	}, s.listPosts)
	add(server, tool{
		name: "get_post", title: "Show a post", hints: looks,
		description: "Shows a thread tweet by tweet: the texts, what is on X already and under which ids, and if it stopped why, where and what to do.",
	}, s.getPost)
	add(server, tool{
		name: "get_status", title: "Show how Spool is set up", hints: looks,
		description: "Tells whether everything is set up and the next step if not, and the connected accounts with their ids, health, time zones and length limits.",
	}, func(ctx context.Context, _ nothing) (standing, string, error) {
		out, err := s.standing(ctx)
		return out, statusWords(out), err
	})
}

func (s *Server) listPosts(ctx context.Context, in listInput) (wire.PostList, string, error) {
	l, err := s.Spool.ListPosts(ctx, client.PostQuery{
		AccountID: in.AccountID, Status: in.Status, NeedsYou: in.NeedsYou, From: in.From, To: in.To,
		Search: in.Search, Order: in.Order, Limit: in.Limit, Cursor: in.Cursor,
	})
	return l, listWords(l), err
}

func (s *Server) getPost(ctx context.Context, in byID) (read, string, error) {
	p, etag, err := s.Spool.GetPost(ctx, in.ID)
	return read{p, etag}, postWords(p) + tweetWords(p), err
}

func (s *Server) standing(ctx context.Context) (standing, error) {
	status, err := s.Spool.GetStatus(ctx)
	if err != nil {
		return standing{}, err
	}
	list, err := s.Spool.ListAccounts(ctx)
	return standing{status, list.Accounts}, err
}

// movingTools adds the tools that decide what becomes of a post.
func (s *Server) movingTools(server *sdk.Server) {
	for _, m := range []struct {
		tool
		move func(context.Context, string) (wire.Post, error)
	}{
		{tool{
			name: "publish_post", title: "Publish a draft now",
			description: "Publishes a draft, or a scheduled, missed or cancelled post, on X at once. It cannot be undone unseen: the owner must have agreed to these very texts. " +
				"Called again it publishes nothing twice.",
			hints: hints{destructive: true, repeatable: true, reachesX: true},
		}, s.Spool.PublishPost},
		{tool{
			name: "cancel_post", title: "Cancel a post",
			description: "Stops what has not gone out. What is on X stays there, and the texts are kept; retry_post takes it up again.",
			hints:       hints{destructive: true, repeatable: true},
		}, s.Spool.CancelPost},
		{tool{
			name: "retry_post", title: "Resume a post that stopped",
			description: "Publishes the rest of a failed post on X at once, beginning with the first tweet that is not out. First read with get_post why it stopped, and do what it says. " +
				"A failed deletion from X is resumed as a deletion. A cancellation is taken back: the post waits for its time again, or is the draft that it was, and nothing is published.",
			hints: hints{destructive: true, reachesX: true},
		}, s.Spool.RetryPost},
		{tool{
			name: "unpublish_post", title: "Delete a published thread from X",
			description: "Deletes every published tweet of a post from X, for good, with its likes and replies; the record stays here. X charges up to delete_price of get_post. Only at the owner's explicit wish.",
			hints:       hints{destructive: true, repeatable: true, reachesX: true},
		}, s.Spool.UnpublishPost},
	} {
		add(server, m.tool, func(ctx context.Context, in byID) (wire.Post, string, error) {
			p, err := m.move(ctx, in.ID)
			return p, postWords(p), err
		})
	}
	add(server, tool{
		name: "resolve_post", title: "Say whether a tweet is on X",
		description: "For a post with sub-status unknown: takes the owner's word on whether the tweet in doubt is on X. Look at the account's timeline, or ask the owner; never guess, " +
			"for a wrong absent makes retry_post publish the tweet twice. Give certain only at the owner's explicit word.",
		hints: hints{destructive: true, repeatable: true},
	}, func(ctx context.Context, in resolveInput) (wire.Post, string, error) {
		p, err := s.Spool.ResolvePost(ctx, in.ID, in.ResolveInput)
		return p, postWords(p), err
	})
	add(server, tool{
		name: "delete_post", title: "Delete a post's record",
		description: "Deletes a post's texts and record here, for good. What is on X stays there; unpublish_post deletes it.",
		hints:       hints{destructive: true, repeatable: true},
	}, func(ctx context.Context, in byID) (deleted, string, error) {
		err := s.Spool.DeletePost(ctx, in.ID)
		return deleted(in), "The record of post " + in.ID + " is deleted. What is on X is still there.", err
	})
}
