package xapi

import (
	"net/http"

	"spool/shared/fault"
	"spool/shared/publish"
)

// mediaNotReady is the reason of a post that X has not got the media of.
func mediaNotReady(detail string) fault.Reason {
	return fault.Reason{
		Code: "media_not_ready", Sentence: "X has not finished with the media, or has dropped them.",
		Todo: "Nothing: Spool waits, and uploads them again.", Detail: detail,
	}
}

// postRules are the refusals of one post. The last of them fits every refusal: a
// 4xx that nobody knows ends the post, and never disconnects an account.
func postRules() []rule {
	return []rule{
		{
			// That a post is gone is believed only where X names the post: a page or
			// a route that is missing for the moment answers 404 as well.
			when: func(e *Error) bool {
				return (e.Op == OpDelete || e.Op == OpLookup) && e.Status == http.StatusNotFound && !e.absent()
			},
			scope: fault.ScopePost, action: fault.Retry, code: "x_unavailable",
			sentence: "X is out of order for the moment and could not {op}.",
			todo:     "Retry when X works again.",
		},
		{
			when:  func(e *Error) bool { return e.Op == OpDelete && !e.absent() },
			scope: fault.ScopePost, action: fault.Final, code: "delete_refused",
			sentence: "X does not let this account delete it.",
			todo:     "Open it on https://x.com as this account and delete it there; then retry.",
		},
		{
			when:  func(e *Error) bool { return e.says("duplicate content") || e.Code == 187 },
			scope: fault.ScopePost, action: fault.Final, code: "duplicate_text", duplicate: true,
			sentence: "X already has a post with this text from this account.",
			todo:     "Change the text, or leave the post as it is if the one on X is the one you meant.",
		},
		{
			// Right after it was posted a parent can be invisible for a while;
			// later it is gone. The publisher knows its age.
			when:  func(e *Error) bool { return e.says("deleted or not visible to you") || e.Code == 385 },
			scope: fault.ScopePost, action: fault.Retry, code: "parent_not_visible",
			sentence: "X does not find the post that this one replies to.",
			todo:     "See whether the post before it was deleted on X.",
		},
		{
			when: func(e *Error) bool {
				return e.says("Reply to this conversation is not allowed", "You can only reply to or quote posts where you") || e.Code == 433
			},
			scope: fault.ScopePost, action: fault.Final, code: "reply_not_allowed",
			sentence: "X does not allow this reply: its author neither wrote the post it answers nor is mentioned there.",
			todo:     "Reply and quote only where the account is mentioned, or post it on its own.",
		},
		{
			when:  func(e *Error) bool { return e.says("maximum of one cashtag") },
			scope: fault.ScopePost, action: fault.Final, code: "too_many_cashtags",
			sentence: "X allows one cashtag ($ABC) in a post.", todo: "Leave only one.",
		},
		{
			when:  func(e *Error) bool { return e.says("needs to be a bit shorter") || e.Code == 186 },
			scope: fault.ScopePost, action: fault.Final, code: "text_too_long",
			sentence: "The text is too long for X.", todo: "Shorten it, or split it in two.",
		},
		{
			when:  func(e *Error) bool { return e.says("You are not permitted to perform this action") },
			scope: fault.ScopePost, action: fault.Final, code: "not_permitted",
			sentence: "X does not permit this post and does not say why.",
			todo:     "Most often the text is over 280 characters on an account without Premium, or uses something that only Premium has. Change it and retry.",
		},
		{
			when:  func(e *Error) bool { return e.says("include either text or media") },
			scope: fault.ScopePost, action: fault.Final, code: "blank_post",
			sentence: "The post is empty.", todo: "Give it a text or a medium.",
		},
		{
			// The second is what X says of an upload that it does not know, or not
			// any more; the third, of one whose bytes have not all come.
			when: func(e *Error) bool {
				return e.says("media IDs are invalid", "Invalid media_id", "Segments do not add up") || e.Code == 324
			},
			scope: fault.ScopePost, action: fault.Retry, code: mediaNotReady("").Code,
			sentence: mediaNotReady("").Sentence, todo: mediaNotReady("").Todo,
		},
		{
			when:  func(e *Error) bool { return e.Op == OpMedia && e.Status == http.StatusNotFound },
			scope: fault.ScopePost, action: fault.Retry, code: "x_unavailable",
			sentence: "X is out of order for the moment and could not {op}.",
		},
		{
			when:  func(e *Error) bool { return e.Op == OpMedia },
			scope: fault.ScopePost, action: fault.Final, code: "media_refused",
			sentence: "X does not take the medium.",
			todo:     "Replace it by one that X takes; X's own words say what is wrong with it.",
		},
		{
			when:  func(e *Error) bool { return e.Op != OpCreate && (e.Status == http.StatusNotFound || e.absent()) },
			scope: fault.ScopePost, action: fault.Final, code: publish.NotOnX,
			sentence: "X does not have it, or does not show it to this account.",
			todo:     "See on https://x.com whether it was deleted.",
		},
		{
			when:  func(*Error) bool { return true },
			scope: fault.ScopePost, action: fault.Final, code: "x_refused",
			sentence: "X refused to {op}.",
			todo:     "X's own words say why. Change what they name and retry.",
		},
	}
}

// absent reports whether X says that it does not have what was asked for, and
// does so by name.
func (e *Error) absent() bool { return e.named("resource-not-found") || e.Code == 34 || e.Code == 144 }
