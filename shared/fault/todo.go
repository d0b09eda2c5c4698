package fault

// TodoCode is what is to be done about a [Reason]. The set is closed and part of the
// public API: clients give each its command or button.
type TodoCode string

// The codes. What stopped for good, and not just waits, is retried afterwards.
const (
	TodoWait          TodoCode = "wait"           // nothing has to be done: Spool goes on by itself
	TodoRetry         TodoCode = "retry"          // once that is done which the reason names
	TodoEdit          TodoCode = "edit"           // change what the post says or shows
	TodoReschedule    TodoCode = "reschedule"     // give the post a new time, or publish it now
	TodoDuplicate     TodoCode = "duplicate"      // publish the thread anew
	TodoResolve       TodoCode = "resolve"        // say whether the tweet is on X
	TodoConnect       TodoCode = "connect"        // connect the account again
	TodoResumeAccount TodoCode = "resume_account" // once X lets the account in again, or its tokens can be read
	TodoResumeApp     TodoCode = "resume_app"     // once X's console says that the app is in order
	TodoSetApp        TodoCode = "set_app"        // give Spool the X app's credentials
	TodoRaiseBudget   TodoCode = "raise_budget"   // or wait for the next month
)

// TodoCodes are all of them.
func TodoCodes() []TodoCode {
	return []TodoCode{
		TodoWait, TodoRetry, TodoEdit, TodoReschedule, TodoDuplicate, TodoResolve, TodoConnect, TodoResumeAccount, TodoResumeApp, TodoSetApp,
		TodoRaiseBudget,
	}
}

// TodoCode is what is to be done about the reason; empty where its code is none of a
// post or an account.
func (r Reason) TodoCode() TodoCode {
	switch r.Code {
	case "settling", "answer_lost", "answer_unclear", "rate_limited", "access_token_refused", "token_not_renewed", "refreshing",
		"refresh_unclear", "revoke_pending", "tweet_not_visible", "parent_not_visible", "media_not_ready", "timeline_too_long",
		"twin_in_doubt", "twin_was_first", "x_unreachable", "x_unavailable":
		return TodoWait
	case "no_clear_answer", "worker_failed", "media_processing_stuck", "delete_refused", "not_this_tweet", "not_found":
		return TodoRetry
	case "duplicate_text", "text_too_long", "too_many_cashtags", "blank_post", "not_permitted", "reply_not_allowed", "x_refused",
		"media_refused", "media_gone", "media_unreadable":
		return TodoEdit
	case "missed":
		return TodoReschedule
	case "parent_deleted":
		return TodoDuplicate
	case "outcome_unknown", "other_media", "twin_unknown":
		return TodoResolve
	case "reconnect_required", "disconnected", "account_gone", "media_scope_missing", "app_misconfigured", "token_refused",
		"refresh_token_missing", "tokens_unreadable", "code_stale", "connect_unclear", "redirect_mismatch":
		return TodoConnect
	case "account_locked", "account_suspended", "feature_blocked", "key_unusable":
		return TodoResumeAccount
	case "credits_depleted", "usage_cap", "spend_cap", "app_not_enrolled", "app_refused":
		return TodoResumeApp
	case "app_credentials_refused", "app_credentials_unreadable", "app_not_set_up":
		return TodoSetApp
	case "budget_spent":
		return TodoRaiseBudget
	}
	return ""
}

// NeedsPerson reports whether a person has to do something about the reason.
func (r Reason) NeedsPerson() bool { return r.TodoCode() != TodoWait }
