package chaos_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"spool/infra/sim/chaos"
	"spool/infra/sim/transition"
	"spool/shared/fault"
	"spool/shared/post"
)

// everything is all that worlds can reach, from where each kind is declared.
func everything() (all []string) {
	for _, e := range post.Transitions() {
		all = append(all, chaos.ReachedBy(e.Name))
	}
	all = append(all, chaos.Rows()...)
	for _, known := range fault.Reasons() {
		all = append(all, "reason "+string(known.Code))
	}
	for _, how := range settlings() {
		all = append(all, "settling: "+how)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var strict = flag.Bool("strict", false, "fail, too, where a reason is never reached that no list names")

// settlings are the branches of settling a doubt.
func settlings() []string {
	return []string{
		"begun", "an intent was found", "found at the first look", "found", "not there, and too early", "not there once",
		"not there twice, sent again", "not there twice, its media first", "not there: no_clear_answer", "called a duplicate",
		"not read", "not read: same_text_in_doubt",
		"waits for a limit or a pause",
		"unknown: tweets on the timeline could be it", "unknown: has this text already", "unknown: could not be read in many tries",
		"unknown: gave up", "unknown: the timeline is refused", "unknown: no longer connected",
		"unknown: begins with the same words is unknown", "unknown: shows other uploads", "unknown: pages of tweets",
	}
}

// reached holds a campaign to what it must reach, and to what it is said that it
// cannot.
func reached(t *testing.T, r chaos.Reached, beyond map[string]string) {
	t.Helper()
	all := everything()
	if !*strict { // whoever gives a new reason sees it in the campaigns
		all = slices.DeleteFunc(all, func(what string) bool { return strings.HasPrefix(what, "reason ") && r[what] == 0 })
	}
	for _, wrong := range r.Missing(all, beyond) {
		t.Error(wrong)
	}
	for _, what := range slices.Sorted(maps.Keys(r)) {
		if *strict && !slices.Contains(all, what) && what != "reason paused_elsewhere" && what != chaos.ReachedBy(transition.Remind) { // those are no post's own
			t.Error(fmt.Sprint(what, " was reached, and nobody knows of it"))
		}
	}
}

// impossible is what no world comes by, and why.
func impossible() map[string]string {
	const (
		browser = "worlds connect accounts without a browser"
		budget  = "no budget is set in worlds"
		keys    = "no key is lost in worlds"
		never   = "nothing in a world takes an account away"
	)
	return map[string]string{
		"reason code_stale": browser, "reason connect_unclear": browser, "reason redirect_mismatch": browser,
		"reason refresh_token_missing": browser, "reason app_not_set_up": browser,
		"reason channel_unreachable": "worlds tell nobody by channels",
		"reason restored":            "no world's tables are set back",
		"reason disconnected":        never, "reason revoke_pending": never, "reason account_gone": never, "settling: unknown: no longer connected": never,
		"reason budget_spent": budget, "reason tokens_unreadable": keys, "reason app_credentials_unreadable": keys,
		"reason key_unusable":                keys,
		"reason not_found":                   "what X does not have counts as deleted, or makes a post unknown",
		"reason same_text_unknown":           "it is told in the sentence of another",
		"reason other_media":                 "it is told in the sentence of another",
		"reason not_this_tweet":              "the owner of a world tells the truth",
		"reason same_text_was_first":         "whoever is in doubt looks at the others first; that two take a tweet at once is a test of publish",
		"settling: unknown: pages of tweets": "no world has 3,300 tweets",
	}
}

// beyond is what histories with so many faults do not come by. With one fault it is
// known to the last; with more they may come by what takes many, and need not.
func beyond(r chaos.Reached, depth int) map[string]string {
	beyond := impossible()
	for _, what := range []string{
		"reason access_token_refused",
		"reason media_processing_stuck",
		"reason no_clear_answer",
		"reason timeline_too_long",
		"reason token_not_renewed",
		"reason refreshing",
		"reason same_text_in_doubt",
		"reason worker_failed",
		"settling: not read: same_text_in_doubt",
		"settling: not there twice, its media first",
		"settling: not there: no_clear_answer",
		"settling: unknown: begins with the same words is unknown",
		"settling: unknown: could not be read in many tries",
		"settling: unknown: gave up",
		"settling: unknown: shows other uploads",
		"settling: unknown: tweets on the timeline could be it",
		chaos.ReachedBy(post.HandOver),
		chaos.ReachedBy(post.ResolveLast),
		chaos.ReachedBy(post.Restore),
		chaos.ReachedBy(post.Resume),
		chaos.ReachedBy(post.Spare),
		chaos.ReachedBy(post.Upload),
		chaos.ReachedBy(post.Yield),
	} {
		if depth == 1 || r[what] == 0 {
			beyond[what] = "it takes more than one fault"
		}
	}
	return beyond
}

// rarely leaves out what chance seldom comes by: failures of deleting a tweet, and of
// reading one that X refuses to delete, of which TestEveryHistory meets each; and what takes many faults of
// one tweet in a row, or of two posts that begin alike.
func rarely(r chaos.Reached) map[string]string {
	beyond := impossible()
	rare := slices.DeleteFunc(chaos.Rows(), func(what string) bool {
		return !strings.HasPrefix(what, "row read the post: ") && !strings.HasPrefix(what, "row delete the post: ")
	})
	rare = append(rare, "settling: unknown: could not be read in many tries", "settling: not there: no_clear_answer", "reason no_clear_answer",
		"settling: unknown: begins with the same words is unknown", "settling: not read: same_text_in_doubt", "reason same_text_in_doubt",
		"settling: unknown: tweets on the timeline could be it", "settling: unknown: shows other uploads", "reason timeline_too_long")
	for _, what := range rare {
		if r[what] == 0 {
			beyond[what] = "it is rare"
		}
	}
	return beyond
}
