package fault

import "slices"

// ReasonCode names why a post or an account stands where it stands. The codes are part
// of the public API and of stored records: they never change their meaning.
type ReasonCode string

// Doubts about what X did, and X being out of reach. Spool goes on by itself.
const (
	ReasonSettling           ReasonCode = "settling"
	ReasonAnswerLost         ReasonCode = "answer_lost"
	ReasonAnswerUnclear      ReasonCode = "answer_unclear"
	ReasonTimelineTooLong    ReasonCode = "timeline_too_long"
	ReasonSameTextInDoubt    ReasonCode = "same_text_in_doubt"
	ReasonSameTextWasFirst   ReasonCode = "same_text_was_first"
	ReasonXUnreachable       ReasonCode = "x_unreachable"
	ReasonXUnavailable       ReasonCode = "x_unavailable"
	ReasonRateLimited        ReasonCode = "rate_limited"
	ReasonTweetNotVisible    ReasonCode = "tweet_not_visible"
	ReasonParentNotVisible   ReasonCode = "parent_not_visible"
	ReasonMediaNotReady      ReasonCode = "media_not_ready"
	ReasonAccessTokenRefused ReasonCode = "access_token_refused"
	ReasonTokenNotRenewed    ReasonCode = "token_not_renewed"
	ReasonRefreshing         ReasonCode = "refreshing"
	ReasonRefreshUnclear     ReasonCode = "refresh_unclear"
	ReasonRevokePending      ReasonCode = "revoke_pending"
)

// What ends a post, until somebody does something about it.
const (
	ReasonNoClearAnswer   ReasonCode = "no_clear_answer"
	ReasonWorkerFailed    ReasonCode = "worker_failed"
	ReasonMediaStuck      ReasonCode = "media_processing_stuck"
	ReasonDeleteRefused   ReasonCode = "delete_refused"
	ReasonNotThisTweet    ReasonCode = "not_this_tweet"
	ReasonNotFound        ReasonCode = "not_found"
	ReasonDuplicateText   ReasonCode = "duplicate_text"
	ReasonTextTooLong     ReasonCode = "text_too_long"
	ReasonTooManyCashtags ReasonCode = "too_many_cashtags"
	ReasonBlankPost       ReasonCode = "blank_post"
	ReasonNotPermitted    ReasonCode = "not_permitted"
	ReasonReplyNotAllowed ReasonCode = "reply_not_allowed"
	ReasonXRefused        ReasonCode = "x_refused"
	ReasonMediaRefused    ReasonCode = "media_refused"
	ReasonMediaGone       ReasonCode = "media_gone"
	ReasonMediaUnreadable ReasonCode = "media_unreadable"
	ReasonMissed          ReasonCode = "missed"
	ReasonParentDeleted   ReasonCode = "parent_deleted"
	ReasonOutcomeUnknown  ReasonCode = "outcome_unknown"
	ReasonOtherMedia      ReasonCode = "other_media"
	ReasonSameTextUnknown ReasonCode = "same_text_unknown"
)

// ReasonChannelUnreachable is what ends a channel for notices.
const ReasonChannelUnreachable ReasonCode = "channel_unreachable"

// What holds an account, and all of its posts.
const (
	ReasonReconnect           ReasonCode = "reconnect_required"
	ReasonDisconnected        ReasonCode = "disconnected"
	ReasonAccountGone         ReasonCode = "account_gone"
	ReasonMediaScopeMissing   ReasonCode = "media_scope_missing"
	ReasonTokenRefused        ReasonCode = "token_refused"
	ReasonRefreshTokenMissing ReasonCode = "refresh_token_missing"
	ReasonTokensUnreadable    ReasonCode = "tokens_unreadable"
	ReasonCodeStale           ReasonCode = "code_stale"
	ReasonConnectUnclear      ReasonCode = "connect_unclear"
	ReasonRedirectMismatch    ReasonCode = "redirect_mismatch"
	ReasonAccountLocked       ReasonCode = "account_locked"
	ReasonAccountSuspended    ReasonCode = "account_suspended"
	ReasonFeatureBlocked      ReasonCode = "feature_blocked"
	ReasonKeyUnusable         ReasonCode = "key_unusable"
	ReasonBudgetSpent         ReasonCode = "budget_spent"
)

// What holds the X app, and with it everything.
const (
	ReasonCreditsDepleted          ReasonCode = "credits_depleted"
	ReasonUsageCap                 ReasonCode = "usage_cap"
	ReasonSpendCap                 ReasonCode = "spend_cap"
	ReasonAppNotEnrolled           ReasonCode = "app_not_enrolled"
	ReasonAppMisconfigured         ReasonCode = "app_misconfigured"
	ReasonAppRefused               ReasonCode = "app_refused"
	ReasonAppNotSetUp              ReasonCode = "app_not_set_up"
	ReasonRestored                 ReasonCode = "restored"
	ReasonAppCredentialsRefused    ReasonCode = "app_credentials_refused"
	ReasonAppCredentialsUnreadable ReasonCode = "app_credentials_unreadable"
)

// Known is what is known of a reason by its code. Whoever gives the reason may know
// more of it, and then says that in place of Sentence and Todo.
type Known struct {
	Code     ReasonCode
	TodoCode TodoCode
	Sentence string // what happened
	Todo     string // what to do about it, in words that suit every client
}

// Reasons are all reasons, in the order in which the reference lists them.
func Reasons() []Known {
	return slices.Concat(passing(), stopping(), ofAccounts(), ofTheApp(), ofChannels())
}

// passing are reasons that pass by themselves.
func passing() []Known {
	return []Known{
		{
			ReasonSettling, TodoWait,
			"X did not answer clearly. Spool reads the timeline until it is sure whether the tweet is out.", "",
		},
		{ReasonAnswerLost, TodoWait, "X's answer was lost.", ""},
		{ReasonAnswerUnclear, TodoWait, "X's answer does not say whether the tweet was published.", ""},
		{ReasonTimelineTooLong, TodoWait, "There was too much on the timeline to read all of it.", ""},
		{ReasonSameTextInDoubt, TodoWait,
			"Another post that begins with the same words is going out or in doubt as well, and is settled first.", ""},
		{
			ReasonSameTextWasFirst, TodoWait, "Another post that begins with the same words took the tweet at the same moment.",
			"",
		},
		{ReasonXUnreachable, TodoWait, "X could not be reached.", ""},
		{ReasonXUnavailable, TodoWait, "X is having problems at the moment.", ""},
		{ReasonRateLimited, TodoWait, "X's rate limit is used up.", "Nothing: Spool goes on by itself when the limit ends."},
		{ReasonTweetNotVisible, TodoWait,
			"X does not find a tweet that was posted only moments ago, so it may not have it everywhere yet.",
			"Nothing: Spool asks again once X must have it."},
		{ReasonParentNotVisible, TodoWait, "X does not find the tweet that this one replies to.",
			"See whether the tweet before it was deleted on X."},
		{ReasonMediaNotReady, TodoWait, "X has not finished with the media, or has dropped them.",
			"Nothing: Spool waits, and uploads them again."},
		{ReasonAccessTokenRefused, TodoWait, "X refused the account's access token.",
			"Nothing: Spool renews it. Only if that is refused, too, does the account have to be connected again."},
		{ReasonTokenNotRenewed, TodoWait,
			"X refused the account's access token, and Spool could not renew it at that moment.",
			"Nothing: Spool tries again by itself."},
		{ReasonRefreshing, TodoWait, "The account's tokens are being renewed.", ""},
		{ReasonRefreshUnclear, TodoWait, "X did not answer clearly when the account's tokens were renewed.",
			"Nothing: Spool tries once more. Only if X refuses then does the account have to be connected again."},
		{ReasonRevokePending, TodoWait, "X could not be told yet to end Spool's access.",
			"Nothing: Spool tries again. To end it at once, remove the app under “Connected apps” in the account's settings on X."},
	}
}

// stopping are reasons that stop a post.
func stopping() []Known {
	const replace = "Replace it with one that X takes; X's own words say what is wrong with it."
	return []Known{
		{ReasonNoClearAnswer, TodoRetry,
			"X never gave a clear answer to this tweet, and does not have it.",
			"Retry the post when X works again."},
		{ReasonWorkerFailed, TodoRetry,
			"Spool failed on this post again and again, and gave up. The cause is in the logs of the publish function.",
			"Look at the logs, then retry the post."},
		{ReasonMediaStuck, TodoRetry, "X has been processing the medium for an hour without finishing.",
			"Retry the post to upload it again, or convert the file."},
		{ReasonDeleteRefused, TodoRetry, "X does not let this account delete the tweet.",
			"Open it on https://x.com as this account and delete it there; then retry."},
		{ReasonNotThisTweet, TodoRetry, "The tweet is this post's by a person's word only, so Spool does not delete it.",
			"Delete it on X yourself if it is to go, then retry the post."},
		{ReasonNotFound, TodoRetry, "X does not have it, or does not show it to this account.",
			"See on https://x.com whether it was deleted."},
		{ReasonDuplicateText, TodoEdit, "X already has a tweet with this text from this account.",
			"Change the text, or leave the post as it is if the tweet on X is the one you meant."},
		{ReasonTextTooLong, TodoEdit, "The text is too long for X.", "Shorten it, or split it in two."},
		{ReasonTooManyCashtags, TodoEdit, "X allows only one cashtag ($ABC) in a tweet.", "Leave only one."},
		{ReasonBlankPost, TodoEdit, "The tweet is empty.", "Give it a text or a medium."},
		{ReasonNotPermitted, TodoEdit, "X does not permit this tweet and does not say why.",
			"Most often the text is over 280 characters on an account without Premium, or uses something that only Premium has. " +
				"Change it and retry."},
		{ReasonReplyNotAllowed, TodoEdit,
			"X does not allow this reply: its author neither wrote the tweet it answers nor is mentioned there.",
			"Reply and quote only where the account is mentioned, or post it on its own."},
		{ReasonXRefused, TodoEdit, "X refused.", "X's own words say why. Change what they name and retry."},
		{ReasonMediaRefused, TodoEdit, "X does not take the medium.", replace},
		{
			ReasonMediaGone, TodoEdit, "The file is no longer in Spool's bucket.",
			"Upload it again, and edit the post to show the new one.",
		},
		{ReasonMediaUnreadable, TodoEdit, "Spool could not read the medium while it was uploading it to X.",
			"Upload it again, and edit the post to show the new one."},
		{ReasonMissed, TodoReschedule, "It was later than its lateness limit allows, so it was not published.",
			"Give it a new time, or publish it now."},
		{ReasonParentDeleted, TodoDuplicate,
			"The tweet before this one was deleted on X, or is not visible, so nothing can reply to it.",
			"Duplicate the post to publish the thread again."},
		{ReasonOutcomeUnknown, TodoResolve, "It is unknown whether a tweet is on X.",
			"Look at the account's timeline. Resolve the post with the tweet's id, or as absent; then retry it."},
		{ReasonOtherMedia, TodoResolve, "A tweet on X has no text either, but shows other uploads.", ""},
		{ReasonSameTextUnknown, TodoResolve, "Another post that begins with the same words is unknown as well.", ""},
	}
}

// ofChannels are reasons that end a channel for notices.
func ofChannels() []Known {
	return []Known{{ReasonChannelUnreachable, TodoRetry, "Nothing has reached the channel for three days.",
		"Look at the channel's deliveries, put the receiver in order, then turn the channel on again and send what it missed."}}
}

// ofAccounts are reasons that hold an account.
func ofAccounts() []Known {
	const again = "Connect the account again; its posts then go on by themselves."
	const allow = "Connect the account again and allow everything that X asks for."
	return []Known{
		{ReasonReconnect, TodoConnect, "X no longer accepts the connection of the account.", again},
		{ReasonDisconnected, TodoConnect, "The account is disconnected.", again},
		{ReasonAccountGone, TodoConnect, "The account that this post belongs to is no longer connected.",
			"Connect the account again, then retry the post."},
		{ReasonMediaScopeMissing, TodoConnect, "This account was connected without the right to upload media.", allow},
		{ReasonTokenRefused, TodoConnect,
			"X no longer accepts the account's token: it was revoked, used elsewhere, or not used for months.",
			"Connect the account again. Its posts and its history stay."},
		{
			ReasonRefreshTokenMissing, TodoConnect, "X gave no refresh token for this account, so Spool's access has ended.",
			allow,
		},
		{ReasonTokensUnreadable, TodoConnect, "The account's tokens cannot be decrypted.", again},
		{ReasonCodeStale, TodoConnect, "X's code for this connection was used already, or is older than 30 seconds.",
			"Start the connection again, and do not reload the page."},
		{ReasonConnectUnclear, TodoConnect,
			"X did not answer clearly when the connection was made, and its code works only once.",
			"Start the connection again in a moment."},
		{ReasonRedirectMismatch, TodoConnect, "X does not know Spool's callback address.",
			"Open https://console.x.com, choose the app, then User authentication settings: enter Spool's callback address " +
				"there exactly. Then start the connection again."},
		{ReasonAccountLocked, TodoResumeAccount, "X has temporarily locked this account.",
			"Open https://x.com as this account and follow the steps that unlock it; then end the pause here. " +
				"Otherwise Spool tries again every hour."},
		{
			ReasonAccountSuspended, TodoResumeAccount, "X has suspended this account.",
			"Open https://x.com as this account and appeal there.",
		},
		{ReasonFeatureBlocked, TodoResumeAccount, "X does not let this account post.",
			"Open https://x.com as this account and see what X asks for there; then end the pause here. " +
				"Otherwise Spool tries again every hour."},
		{ReasonKeyUnusable, TodoResumeAccount, "The key that seals the tokens cannot be used.",
			"Enable the key in AWS KMS; then end the pause here."},
		{ReasonBudgetSpent, TodoRaiseBudget, "X charges more for this thread than is left of the monthly budget.",
			"Raise the budget, or wait: the thread goes out when the next month begins, in UTC."},
	}
}

// ofTheApp are reasons that hold everything.
func ofTheApp() []Known {
	const enroll = "Open https://console.x.com, accept the developer agreement, and see that the app belongs to a project " +
		"with access to version 2 of the API."
	const give = "Give Spool the client id and secret of the X app."
	return []Known{
		{ReasonCreditsDepleted, TodoResumeApp, "The X app has no credits left, so X takes nothing from it.",
			"Open https://console.x.com, choose Billing and buy credits. Spool tries again by itself every 15 minutes."},
		{ReasonUsageCap, TodoResumeApp, "The X app has used up what X allows it this month.",
			"Open https://console.x.com and look at Usage: raise the cap, or wait for the next billing cycle."},
		{ReasonSpendCap, TodoResumeApp, "The X app has reached the spending limit that its owner set.",
			"Open https://console.x.com, choose Billing and raise the spending limit, or wait for the next billing cycle."},
		{ReasonAppNotEnrolled, TodoResumeApp, "The X app is not enrolled for the X API, so X takes nothing from it.", enroll},
		{ReasonAppMisconfigured, TodoConnect, "X does not take this kind of access from the X app.",
			"Open https://console.x.com, choose the app, then User authentication settings: turn on OAuth 2.0 with the " +
				"permissions Read and write. Then connect the account again."},
		{ReasonAppRefused, TodoResumeApp, "X does not let the X app use the X API.", enroll},
		{ReasonAppNotSetUp, TodoSetApp, "Spool does not know the X app yet.", give},
		{ReasonRestored, TodoResumeApp, "Spool's tables were set back to an earlier time, and nothing goes out before somebody has looked.",
			"Look through what is scheduled, and cancel what is not to go out any more: what was cancelled since is scheduled again. " +
				"Then have Spool resume. It looks on X for whatever may have gone out since, and posts nothing twice."},
		{ReasonAppCredentialsRefused, TodoSetApp, "X does not accept the X app's credentials.",
			"Open https://console.x.com, choose the app, then Keys and tokens: compare the OAuth 2.0 client id and client secret " +
				"with what Spool was given. An app of the type Web App has a secret, a Native App has none. Give Spool the right ones. " +
				"If X used up an account's token with the wrong ones, Spool asks you to connect it again."},
		{ReasonAppCredentialsUnreadable, TodoSetApp, "The X app's credentials cannot be decrypted.", give},
	}
}

// known is what is known of each code.
var known = func() map[ReasonCode]Known {
	all := map[ReasonCode]Known{}
	for _, k := range Reasons() {
		all[k.Code] = k
	}
	return all
}()

// Reason is the reason of a code, in the registry's words.
func (c ReasonCode) Reason() Reason {
	return Reason{Code: c, Sentence: known[c].Sentence, Todo: known[c].Todo}
}

// Says returns a copy with a sentence that knows more than the registry's.
func (r Reason) Says(sentence string) Reason {
	r.Sentence = sentence
	return r
}
