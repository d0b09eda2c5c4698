package fault

// Cure is what helps against a [Reason]. The set is closed and part of the public
// API: clients give each its command or button.
type Cure string

// The cures. What stopped for good, and not just waits, is retried afterwards.
const (
	CureWait          Cure = "wait"           // nothing has to be done: Spool goes on by itself
	CureRetry         Cure = "retry"          // once that is done which the reason names
	CureEdit          Cure = "edit"           // change what the post says or shows
	CureReschedule    Cure = "reschedule"     // give the post a new time, or publish it now
	CureDuplicate     Cure = "duplicate"      // publish the thread anew
	CureResolve       Cure = "resolve"        // say whether the tweet is on X
	CureConnect       Cure = "connect"        // connect the account again
	CureResumeAccount Cure = "resume_account" // once X lets the account in again, or its tokens can be read
	CureResumeApp     Cure = "resume_app"     // once X's console says that the app is in order
	CureSetApp        Cure = "set_app"        // give Spool the X app's credentials
	CureRaiseBudget   Cure = "raise_budget"   // or wait for the next month
)

// Cures are all of them.
func Cures() []Cure {
	return []Cure{
		CureWait, CureRetry, CureEdit, CureReschedule, CureDuplicate, CureResolve, CureConnect, CureResumeAccount, CureResumeApp, CureSetApp,
		CureRaiseBudget,
	}
}

// Cure is what helps against the reason; empty where its code is none of a post or
// an account.
func (r Reason) Cure() Cure {
	switch r.Code {
	case "settling", "answer_lost", "answer_unclear", "rate_limited", "access_token_refused", "token_not_renewed", "refreshing",
		"refresh_unclear", "revoke_pending", "tweet_not_visible", "parent_not_visible", "media_not_ready", "timeline_too_long",
		"twin_in_doubt", "twin_was_first", "x_unreachable", "x_unavailable":
		return CureWait
	case "no_clear_answer", "worker_failed", "media_processing_stuck", "delete_refused", "not_this_tweet", "not_found":
		return CureRetry
	case "duplicate_text", "text_too_long", "too_many_cashtags", "blank_post", "not_permitted", "reply_not_allowed", "x_refused",
		"media_refused", "media_gone", "media_unreadable":
		return CureEdit
	case "missed":
		return CureReschedule
	case "parent_deleted":
		return CureDuplicate
	case "outcome_unknown", "other_media", "twin_unknown":
		return CureResolve
	case "reconnect_required", "disconnected", "account_gone", "media_scope_missing", "app_misconfigured", "token_refused",
		"refresh_token_missing", "tokens_unreadable", "code_stale", "connect_unclear", "redirect_mismatch":
		return CureConnect
	case "account_locked", "account_suspended", "feature_blocked", "key_unusable":
		return CureResumeAccount
	case "credits_depleted", "usage_cap", "spend_cap", "app_not_enrolled", "app_refused":
		return CureResumeApp
	case "app_credentials_refused", "app_credentials_unreadable", "app_not_set_up":
		return CureSetApp
	case "budget_spent":
		return CureRaiseBudget
	}
	return ""
}
