package fault

import "net/http"

// Code names a kind of failure. Codes are part of the public API: they never
// change their meaning.
type Code string

// The codes of the API's problems.
const (
	Invalid      Code = "invalid_request"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	TimePassed   Code = "time_passed"
	NotFound     Code = "not_found"
	Gone         Code = "gone"
	Conflict     Code = "conflict"
	Stale        Code = "stale"
	TooLarge     Code = "too_large"
	BadFlow      Code = "flow_refused"
	NotSetUp     Code = "not_set_up"
	Reconnect    Code = "reconnect_required"
	RateLimited  Code = "rate_limited"
	Unavailable  Code = "unavailable"
	Newer        Code = "newer_format"
	Internal     Code = "internal"

	MethodNotAllowed     Code = "method_not_allowed"
	UnsupportedMediaType Code = "unsupported_media_type"
	NotAcceptable        Code = "not_acceptable"
)

// The codes of a tweet that is not the one that a person takes it for.
const (
	TooEarly    Code = "tweet_too_early"
	Taken       Code = "tweet_taken"
	NotOnX      Code = "tweet_not_on_x"
	OtherAuthor Code = "tweet_other_author"
	OtherParent Code = "tweet_other_parent"
	OtherText   Code = "tweet_other_text"
	Unconfirmed Code = "tweet_unconfirmed"
)

// The codes of what fails on a client's own machine, or between it and the API.
const (
	Failed        Code = "failed"
	Interrupted   Code = "interrupted"
	Unreachable   Code = "unreachable"
	UploadRefused Code = "upload_refused"

	TooManyRequests Code = "too_many_requests"
	NotSpool        Code = "not_spool"
)

// Problem is what is known of a code.
type Problem struct {
	Code   Code
	Status int    // of HTTP; 0: no answer of the API's has the code
	When   string // it is given
	Todo   string // what to do about it
}

// Problems are all codes, in the order in which the reference lists them.
func Problems() []Problem {
	return []Problem{
		{Invalid, http.StatusUnprocessableEntity, "The request itself is wrong; field and errors say where.",
			"Correct what they name and send it again."},
		{TimePassed, http.StatusUnprocessableEntity, "The time has passed. It is never taken for now.",
			"Give a time in the future, or publish at once."},
		{Unauthorized, http.StatusUnauthorized, "There is no key, or one that nobody knows.", "Send a valid key."},
		{
			Forbidden, http.StatusForbidden, "The key has not the scope, or is for other accounts.",
			"Use a key that may do this.",
		},
		{NotFound, http.StatusNotFound, "Nothing has this id.", "List what there is to find the id."},
		{Gone, http.StatusGone, "The post was deleted. Its id and its Idempotency-Key stay known for 90 days.",
			"To publish the thread again, create it with a new key."},
		{Conflict, http.StatusConflict,
			"The state of the thing does not allow it, or something changed it at the same moment.",
			"Read it again, see what its actions are, and decide then."},
		{NotSetUp, http.StatusConflict, "A step of the setup is missing.", "The status of the setup names the next step."},
		{Reconnect, http.StatusConflict, "X no longer accepts the account's tokens.", "Connect the account again."},
		{Stale, http.StatusPreconditionFailed, "If-Match names an older revision.", "Read the post again, and decide then."},
		{TooLarge, http.StatusRequestEntityTooLarge, "The body is over the limit.", "Send less; upload media as files."},
		{UnsupportedMediaType, http.StatusUnsupportedMediaType, "The body is not JSON by its Content-Type.",
			"Send it with Content-Type: application/json."},
		{NotAcceptable, http.StatusNotAcceptable, "The request accepts no JSON.", "Send Accept: application/json."},
		{
			MethodNotAllowed, http.StatusMethodNotAllowed, "The address does not take the method.",
			"Use one that the reference lists.",
		},
		{BadFlow, http.StatusBadRequest, "The connection to X is stale, was begun elsewhere, or was refused.",
			"Start the connection again."},
		{RateLimited, http.StatusTooManyRequests, "There were too many requests.", "Wait for as long as Retry-After says."},
		{Unavailable, http.StatusServiceUnavailable, "It is not possible at this moment. Nothing was lost.",
			"Try again after as long as Retry-After says."},
		{Newer, http.StatusServiceUnavailable, "It was stored by a newer version of Spool. Nothing was lost.",
			"Wait until the update is done, then try again."},
		{Internal, http.StatusInternalServerError, "Something in Spool went wrong.",
			"Try again; if that does not help, look at the api function's logs."},
		{
			TooEarly, http.StatusUnprocessableEntity, "X made the tweet before Spool first sent this one.",
			"Give a later tweet.",
		},
		{
			Taken, http.StatusConflict, "Another post has the tweet, or may be about to.",
			"Give another tweet, or say that it is absent.",
		},
		{NotOnX, http.StatusUnprocessableEntity, "X does not have the tweet.", "Look at its address again."},
		{
			OtherAuthor, http.StatusUnprocessableEntity, "Another account wrote the tweet.",
			"Give the tweet of the post's account.",
		},
		{OtherParent, http.StatusUnprocessableEntity, "The tweet does not reply to what it should.",
			"Give the tweet that replies to the one before."},
		{OtherText, http.StatusUnprocessableEntity, "The tweet says something else.",
			"Give the tweet that says the same. If you are certain, say so with certain."},
		{Unconfirmed, http.StatusFailedDependency, "X could not be asked about the tweet.",
			"Try again later. If you are certain, say so with certain."},
		{Failed, 0, "Something failed on your own machine.", "See what detail says."},
		{Interrupted, 0, "A command was interrupted.", "What the API was told already goes on."},
		{Unreachable, 0, "The API did not answer, or its answer was lost.", "See whether it was done, then repeat it."},
		{UploadRefused, 0, "The file's address refused it.", "Announce the file again, and upload it to the new address."},
		{TooManyRequests, 0, "A gateway before the API got too many requests at once.", "Try again in a minute."},
		{NotSpool, 0, "What answered is no Spool API.", "Check the address."},
	}
}

// statuses are the codes' HTTP statuses.
var statuses = func() map[Code]int {
	all := map[Code]int{}
	for _, p := range Problems() {
		all[p.Code] = p.Status
	}
	return all
}()

// Status is the HTTP status that a code is answered with.
func (c Code) Status() int {
	if status := statuses[c]; status != 0 {
		return status
	}
	return http.StatusInternalServerError
}
