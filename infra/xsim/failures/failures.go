// Package failures holds what X's failures look like, for the tests of whoever
// meets them.
package failures

import (
	"fmt"
	"time"

	"spool/shared/fault"
	"spool/shared/xapi"
)

// Failure is an answer of X's, or of what stands before it, that is no success.
type Failure struct {
	Status int
	Body   string
	Want   Outcome // when a post is created
}

// Outcome is what matters of a verdict.
type Outcome struct {
	Scope     fault.Scope
	Action    fault.Action
	Code      string
	Wait      time.Duration // from the answer until Until
	Duplicate bool
}

// Problem is a body of X's present form.
func Problem(status int, title, kind, detail string) string {
	return fmt.Sprintf(`{"title":%q,"type":%q,"detail":%q,"status":%d}`, title, kind, detail, status)
}

// old is a body of X's old form.
func old(code int, message string) string {
	return fmt.Sprintf(`{"errors":[{"code":%d,"message":%q}]}`, code, message)
}

// BlockPage is what a proxy before X answers with.
const BlockPage = `<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>`

// All is X's table of failures, for creating a post. Source of the bodies:
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors, and what
// users of the API report.
func All() map[string]Failure {
	const (
		blank = "about:blank"
		xHost = "https://api.x.com/2/problems/"
		tHost = "https://api.twitter.com/2/problems/"
	)
	final := func(code string) Outcome {
		return Outcome{Scope: fault.ScopePost, Action: fault.Final, Code: code}
	}
	doubt := Outcome{Scope: fault.ScopePost, Action: fault.Settle, Code: "answer_unclear"}
	duplicate := Outcome{Scope: fault.ScopePost, Action: fault.Final, Code: "duplicate_text", Duplicate: true}
	refresh := Outcome{Scope: fault.ScopeAccount, Action: fault.Refresh, Code: "access_token_refused"}
	parent := Outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "parent_not_visible"}
	limited := Outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
	account := func(code string) Outcome {
		return Outcome{Scope: fault.ScopeAccount, Action: fault.Pause, Code: code, Wait: xapi.ProbeAccount}
	}
	app := func(code string, probe time.Duration) Outcome {
		return Outcome{Scope: fault.ScopeApp, Action: fault.Pause, Code: code, Wait: probe}
	}
	notEnrolled := `"title":"Client Forbidden","required_enrollment":"Appropriate Level of API Access","reason":"client-not-enrolled","detail":"When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project."`
	const gate = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."
	const unseen = "You attempted to reply to a Tweet that is deleted or not visible to you."
	return map[string]Failure{
		"access token bad":                    {401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, refresh},
		"access token bad, old form":          {401, old(89, "Invalid or expired token."), refresh},
		"access token bad, old form, 403":     {403, old(89, "Invalid or expired token."), refresh},
		"wrong kind of token":                 {403, Problem(403, "Unsupported Authentication", tHost+"unsupported-authentication", "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint."), app("app_misconfigured", xapi.ProbeSetup)},
		"wrong kind of token, by words":       {403, Problem(403, "Forbidden", blank, "Unsupported Authentication"), app("app_misconfigured", xapi.ProbeSetup)},
		"app may read only":                   {403, Problem(403, "Forbidden", tHost+"oauth1-permissions", "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."), app("app_misconfigured", xapi.ProbeSetup)},
		"app not enrolled":                    {403, `{"client_id":"1",` + notEnrolled + `,"type":"` + xHost + `client-forbidden"}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, other host":        {403, `{"client_id":"1",` + notEnrolled + `,"type":"` + tHost + `client-forbidden"}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, in a list":         {403, `{"errors":[{` + notEnrolled + `}]}`, app("app_not_enrolled", xapi.ProbeSetup)},
		"app not enrolled, old form":          {403, old(453, "You currently have access to a subset of X API V2 endpoints."), app("app_not_enrolled", xapi.ProbeSetup)},
		"duplicate text":                      {403, `{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}`, duplicate},
		"duplicate text, old form":            {403, old(187, "Status is a duplicate."), duplicate},
		"generic refusal":                     {403, Problem(403, "Forbidden", blank, "You are not permitted to perform this action."), final("not_permitted")},
		"reply gate":                          {403, Problem(403, "Forbidden", blank, gate), final("reply_not_allowed")},
		"reply gate, other wording":           {403, Problem(403, "Forbidden", blank, "You can only reply to or quote posts where you are mentioned or are the author."), final("reply_not_allowed")},
		"reply gate, old form":                {403, old(433, "The original Tweet author restricted who can reply to this Tweet."), final("reply_not_allowed")},
		"parent not visible":                  {403, Problem(403, "Forbidden", blank, unseen), parent},
		"parent not visible, old form":        {403, old(385, unseen), parent},
		"more than one cashtag":               {403, Problem(403, "Forbidden", blank, "Posts are limited to a maximum of one cashtag"), final("too_many_cashtags")},
		"too long, old form":                  {403, old(186, "Tweet needs to be a bit shorter."), final("text_too_long")},
		"feature blocked":                     {403, Problem(403, "Forbidden", blank, "Your account is not permitted to access this feature."), account("feature_blocked")},
		"account suspended":                   {403, Problem(403, "Forbidden", blank, "Your account is suspended and is not permitted to access this feature."), account("account_suspended")},
		"account locked":                      {403, Problem(403, "Forbidden", blank, "To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to https://x.com to unlock your account."), account("account_locked")},
		"account locked, old form":            {403, old(326, "To protect our users from spam…"), account("account_locked")},
		"blank post":                          {400, `{"errors":[{"parameters":{"text":[""]},"message":"Please include either text or media in your Tweet."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"` + tHost + `invalid-request"}`, final("blank_post")},
		"media not ready":                     {400, `{"errors":[{"parameters":{"media.media_ids":["[1]"]},"message":"Your media IDs are invalid."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"` + xHost + `invalid-request"}`, Outcome{Scope: fault.ScopePost, Action: fault.Retry, Code: "media_not_ready"}},
		"rate limit without headers":          {429, `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`, limited},
		"rate limit, old form":                {429, old(88, "Rate limit exceeded"), limited},
		"rate limit, old form, 403":           {403, old(88, "Rate limit exceeded"), limited},
		"monthly cap":                         {429, `{"title":"UsageCapExceeded","account_id":1,"product_name":"standard-basic","detail":"Usage cap exceeded: Monthly product cap","period":"Monthly","scope":"Product","type":"` + tHost + `usage-capped"}`, app("usage_cap", xapi.ProbeCap)},
		"monthly cap, type only":              {429, Problem(429, "Too Many Requests", xHost+"usage-capped", ""), app("usage_cap", xapi.ProbeCap)},
		"no credits":                          {402, `{"account_id":1,"title":"CreditsDepleted","detail":"Your enrolled account does not have any credits to fulfill this request.","type":"` + xHost + `credits"}`, app("credits_depleted", xapi.ProbeSetup)},
		"no credits, other wording":           {402, Problem(402, "Payment Required", tHost+"credits-depleted", ""), app("credits_depleted", xapi.ProbeSetup)},
		"no credits, no body":                 {402, ``, app("credits_depleted", xapi.ProbeSetup)},
		"spend cap as title":                  {403, Problem(403, "SpendCapReached", xHost+"spend-cap-reached", "Your enrolled account has reached its billing cycle spend cap."), app("spend_cap", xapi.ProbeCap)},
		"spend cap in the words":              {403, Problem(403, "Forbidden", blank, "Request refused: SpendCapReached"), app("spend_cap", xapi.ProbeCap)},
		"overload":                            {503, `{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}`, doubt},
		"internal error":                      {500, Problem(500, "Internal Server Error", xHost+"internal-error", ""), doubt},
		"internal error, old form":            {500, old(131, "Internal error"), doubt},
		"an unknown 5xx":                      {599, `{}`, doubt},
		"a 5xx that names a clear refusal":    {500, Problem(500, "Forbidden", blank, unseen), doubt},
		"timed out at the server":             {408, Problem(408, "Request Timeout", blank, ""), doubt},
		"block page, 403":                     {403, BlockPage, doubt},
		"block page, 503":                     {503, BlockPage, doubt},
		"block page, 429":                     {429, BlockPage, doubt},
		"block page, 401":                     {401, BlockPage, doubt},
		"block page, 200":                     {200, BlockPage, doubt},
		"no body, 403":                        {403, ``, doubt},
		"JSON that is no object, 403":         {403, `"Forbidden"`, doubt},
		"null, 403":                           {403, `null`, doubt},
		"JSON that breaks off, 403":           {403, `{"title":"Forbidden","detail":"You are not permitted`, doubt},
		"redirected":                          {307, `{}`, doubt},
		"201 without id":                      {201, `{"data":{"text":"Hello"}}`, doubt},
		"201 with what is no id":              {201, `{"data":{"id":"../1","text":"Hello"}}`, doubt},
		"201 with half a body":                {201, `{"data":{"id":"1234567890123456789"`, doubt},
		"200 with errors":                     {200, `{"errors":[{"title":"Forbidden","detail":"You are not permitted to perform this action."}]}`, doubt},
		"an unknown 403":                      {403, Problem(403, "Forbidden", blank, "The moon is in the wrong house."), final("x_refused")},
		"an unknown 400":                      {400, `{"title":"Invalid Request","detail":"$.foo: not allowed","type":"` + xHost + `invalid-request"}`, final("x_refused")},
		"an unknown 4xx, empty object":        {451, `{}`, final("x_refused")},
		"a 404":                               {404, Problem(404, "Not Found", blank, ""), final("x_refused")},
		"a field of a surprising type":        {403, `{"title":7,"detail":"You are not permitted to perform this action.","errors":"?"}`, final("not_permitted")},
		"OAuth's form":                        {400, `{"error":"invalid_request","error_description":"No."}`, final("x_refused")},
		"words of a user that sound like X's": {400, Problem(400, "Invalid Request", xHost+"invalid-request", "The text [UsageCapExceeded client-not-enrolled] is not valid."), final("x_refused")},
	}
}

// Others are failures of requests other than creating, by what X was asked for.
func Others() map[xapi.Op][]Failure {
	gone := Problem(404, "Not Found Error", "https://api.x.com/2/problems/resource-not-found", "Could not find tweet with id: [34].")
	return map[xapi.Op][]Failure{
		xapi.OpDelete:   {{Status: 404, Body: gone}},
		xapi.OpLookup:   {{Status: 404, Body: gone}},
		xapi.OpTimeline: {{Status: 404, Body: gone}},
		xapi.OpMedia: {
			{Status: 403, Body: Problem(403, "Forbidden", "about:blank", "Forbidden")},
			{Status: 400, Body: Problem(400, "Invalid Request", "about:blank", "Invalid media_id: 56")},
			{Status: 200, Body: `{"data":{"id":"56","processing_info":{"state":"failed","error":{"code":3,"name":"UnsupportedMedia","message":"no codec"}}}}`},
		},
	}
}
