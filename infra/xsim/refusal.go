package xsim

import (
	"fmt"
	"maps"
	"net/http"
)

// Refusal is X saying no: the status and body that it answers.
type Refusal struct {
	Status int
	Title  string
	Detail string
	// Kind is the last part of the problem's type, such as "client-forbidden";
	// empty for about:blank.
	Kind string
	// Messages are the entries of "errors" in X's answer to a malformed request.
	Messages []Message
	// Extra are further members of the body.
	Extra map[string]any
	// OAuth is the OAuth error code, such as "invalid_request". When set, the
	// body has OAuth's form: error, error_description.
	OAuth string
}

// Message is one complaint about a malformed request.
type Message struct {
	Parameters map[string][]string `json:"parameters,omitempty"`
	Message    string              `json:"message"`
}

// Error says what X answers, without the request.
func (r *Refusal) Error() string {
	text := r.Detail
	if len(r.Messages) > 0 {
		text = r.Messages[0].Message
	}
	return fmt.Sprintf("x: %d %s: %s", r.Status, http.StatusText(r.Status), text)
}

// body is the JSON object that X answers in this dialect.
func (r *Refusal) body(d Dialect) map[string]any {
	if r.OAuth != "" {
		return map[string]any{"error": r.OAuth, "error_description": r.Detail}
	}
	b := map[string]any{"title": r.Title, "detail": r.Detail, "type": "about:blank"}
	if r.Kind != "" {
		b["type"] = problemType(r.Kind, d)
	} else {
		b["status"] = r.Status
	}
	if len(r.Messages) > 0 {
		b["errors"] = r.Messages
	}
	maps.Copy(b, r.Extra)
	return b
}

func problemType(kind string, d Dialect) string {
	if d == Specified {
		return "https://api.x.com/2/problems/" + kind
	}
	return "https://api.twitter.com/2/problems/" + kind
}

func forbidden(detail string) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Title: "Forbidden", Detail: detail}
}

func unauthorized() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "Unauthorized"}
}

func invalid(messages ...Message) *Refusal {
	return &Refusal{
		Status: http.StatusBadRequest, Title: "Invalid Request", Kind: "invalid-request",
		Detail: "One or more parameters to your request was invalid.", Messages: messages,
	}
}

func oauthRefusal(status int, code, description string) *Refusal {
	return &Refusal{Status: status, OAuth: code, Detail: description}
}

// notFound is the entry of "errors" for a post that cannot be read.
func notFound(id string, d Dialect) map[string]any {
	return map[string]any{
		"title": "Not Found Error", "type": problemType("resource-not-found", d),
		"detail": fmt.Sprintf("Could not find tweet with id: [%s].", id),
		"value":  id, "resource_id": id, "parameter": "id", "resource_type": "tweet",
	}
}

// X's sentences, word for word.
const (
	detailDuplicate    = "You are not allowed to create a Tweet with duplicate content."
	detailNotPermitted = "You are not permitted to perform this action."
	detailReplyGate    = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."
	detailQuoteGate    = "You can only reply to or quote posts where you are mentioned or are the author."
	detailParent       = "You attempted to reply to a Tweet that is deleted or not visible to you."
	detailCashtags     = "Posts are limited to a maximum of one cashtag"
	detailBlocked      = "Your account is not permitted to access this feature."
	detailLocked       = "To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to https://x.com to unlock your account."
	messageBlank       = "Please include either text or media in your Tweet."
	messageMedia       = "Your media IDs are invalid."
	messageSegments    = "Segments do not add up to provided total file size."
	messageMediaType   = "media type unrecognized."
	messageJSON        = "Requests with bodies must have content-type of application/json."
	messageUndefined   = ": is not defined in the schema and the schema does not allow additional properties"
	messageMissing     = ": is missing but it is required"
)
