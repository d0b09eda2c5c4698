package xapi

import (
	"net/http"

	"spool/shared/fault"
)

// mediaNotReady is the reason of a post that X has not got the media of.
func mediaNotReady(detail string) fault.Reason {
	reason := fault.ReasonMediaNotReady.Reason()
	reason.Detail = detail
	return reason
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
			scope: fault.ScopePost, action: fault.Retry, code: fault.ReasonXUnavailable,
			sentence: "X is having problems at the moment and could not {op}.",
			todo:     "Retry when X works again.",
		},
		{
			when:  func(e *Error) bool { return e.Op == OpDelete && !e.absent() },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonDeleteRefused,
		},
		{
			when:  func(e *Error) bool { return e.says("duplicate content") || e.Code == 187 },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonDuplicateText, duplicate: true,
		},
		{
			// Right after it was posted a parent can be invisible for a while;
			// later it is gone. The publisher knows its age.
			when:  func(e *Error) bool { return e.says("deleted or not visible to you") || e.Code == 385 },
			scope: fault.ScopePost, action: fault.Retry, code: fault.ReasonParentNotVisible,
		},
		{
			when: func(e *Error) bool {
				return e.says("Reply to this conversation is not allowed",
					"You can only reply to or quote posts where you") || e.Code == 433
			},
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonReplyNotAllowed,
		},
		{
			when:  func(e *Error) bool { return e.says("maximum of one cashtag") },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonTooManyCashtags,
		},
		{
			when:  func(e *Error) bool { return e.says("needs to be a bit shorter") || e.Code == 186 },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonTextTooLong,
		},
		{
			when:  func(e *Error) bool { return e.says("You are not permitted to perform this action") },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonNotPermitted,
		},
		{
			when:  func(e *Error) bool { return e.says("include either text or media") },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonBlankPost,
		},
		{
			// The second is what X says of an upload that it does not know, or not
			// any more; the third, of one whose bytes have not all come.
			when: func(e *Error) bool {
				return e.says("media IDs are invalid", "Invalid media_id", "Segments do not add up") || e.Code == 324
			},
			scope: fault.ScopePost, action: fault.Retry, code: fault.ReasonMediaNotReady,
		},
		{
			when:  func(e *Error) bool { return e.Op == OpMedia && e.Status == http.StatusNotFound },
			scope: fault.ScopePost, action: fault.Retry, code: fault.ReasonXUnavailable,
			sentence: "X is having problems at the moment and could not {op}.",
		},
		{
			when:  func(e *Error) bool { return e.Op == OpMedia },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonMediaRefused,
		},
		{
			when:  func(e *Error) bool { return e.Op != OpCreate && (e.Status == http.StatusNotFound || e.absent()) },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonNotFound,
		},
		{
			when:  func(*Error) bool { return true },
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonXRefused,
			sentence: "X refused to {op}.",
		},
	}
}

// absent reports whether X says that it does not have what was asked for, and
// does so by name.
func (e *Error) absent() bool { return e.named("resource-not-found") || e.Code == 34 || e.Code == 144 }
