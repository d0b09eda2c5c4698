package publish

import (
	"fmt"

	"spool/shared/fault"
)

// refusal is one by Spool itself, of one post.
type refusal struct {
	action fault.Action
	reason fault.Reason
}

func (e refusal) Error() string { return e.reason.Sentence }

// Verdict implements [fault.Judged].
func (e refusal) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: e.action, Reason: e.reason}
}

// The refusals of a timeline that is not read to its end, or that says nothing for the
// moment. Of those that are final, a person reads the sentence behind another's colon.
var (
	outOfTime = refusal{fault.Retry, fault.ReasonTimelineTooLong.Reason().Says(
		"The time of the run ended before all of the timeline was read.")}
	tooLong = refusal{fault.Final, fault.ReasonTimelineTooLong.Reason().Says(
		fmt.Sprintf("there are more than %d pages of tweets since it was attempted.", maxPages))}
	sameTextInDoubt  = refusal{fault.Retry, fault.ReasonSameTextInDoubt.Reason()}
	sameTextWasFirst = refusal{fault.Retry, fault.ReasonSameTextWasFirst.Reason()}
	sameTextUnknown  = refusal{fault.Final, fault.ReasonSameTextUnknown.Reason().Says(
		"another post that begins with the same words is unknown as well.")}
)

// otherMedia is the refusal of a tweet without text that may be by hand.
func otherMedia(id string) error {
	return refusal{fault.Final, fault.ReasonOtherMedia.Reason().Says(
		fmt.Sprintf("tweet %s has no text either, but shows other uploads.", id))}
}
