package cli

import (
	"fmt"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/wire"
)

// remedies are the exact commands that help a post.
func remedies(p wire.Post) []string {
	id := short(p.ID)
	cured := cures(p)
	switch {
	case p.SubStatus == "paused":
		if cured == nil {
			return []string{"spool show " + id + " --watch    it goes on by itself"}
		}
		return cured
	case p.SubStatus == "unknown":
		n := len(p.PlatformPostIDs) + 1
		return []string{
			fmt.Sprintf("spool resolve %s %d --published TWEET-ID    if tweet %d is on X", id, n, n),
			fmt.Sprintf("spool resolve %s %d --absent                if it is not", id, n),
		}
	case p.Withdrawn && (p.Status == "failed" || p.Status == "cancelled"):
		return append(accountCures(cureOf(p), p.AccountID), "spool retry "+id+"    to go on deleting it from X")
	case p.Status == "failed" && cureOf(p) == fault.TodoDuplicate:
		return cured
	case p.Status == "failed":
		return append(cured, "spool retry "+id)
	case p.Status == "cancelled":
		return []string{"spool retry " + id + "    to take the cancellation back"}
	case p.Status == "missed":
		return []string{"spool now " + id, "spool edit " + id + ` --at "tomorrow 9am"`}
	case p.Status == "draft":
		return []string{"spool edit " + id + ` --at "tomorrow 9am"`}
	}
	return nil
}

// cureOf is the cure that the API gives for what stopped or holds a post.
func cureOf(p wire.Post) fault.TodoCode {
	if p.FailReason == nil {
		return ""
	}
	return fault.TodoCode(p.FailReason.TodoCode)
}

// cures are the commands of a post's cure; none where it goes on by itself, or
// needs nothing but to be tried again.
func cures(p wire.Post) []string {
	switch id := short(p.ID); cureOf(p) {
	case fault.TodoEdit:
		return []string{"spool edit " + id + " thread.md"}
	case fault.TodoReschedule:
		return []string{"spool edit " + id + ` --at "tomorrow 9am"`}
	case fault.TodoDuplicate:
		return []string{"spool duplicate " + id}
	default:
		return accountCures(cureOf(p), p.AccountID)
	}
}

// accountCures are the commands of a cure that is not a post's alone.
func accountCures(cure fault.TodoCode, account string) []string {
	switch cure {
	case fault.TodoConnect:
		return []string{"spool connect"}
	case fault.TodoSetApp:
		return []string{"spool setup --client-id ID    asks for the secret, and replaces what Spool has of the X app"}
	case fault.TodoResumeAccount:
		return []string{"spool resume " + account + "    once that is done"}
	case fault.TodoRaiseBudget:
		return []string{"spool budget AMOUNT    raises it, with --account for an account's; spool budget shows it"}
	case fault.TodoResumeApp:
		return []string{"spool resume    once that is done"}
	default:
		return nil
	}
}

// pauseLines shows what waits, for what, until when, and the command that ends it.
func pauseLines(paint painter, p *wire.Pause, zone *time.Location) string {
	if p == nil {
		return ""
	}
	who, account := "All accounts wait", "@"+p.Username
	if p.AccountID != "" {
		who = account + " waits"
	}
	text := fmt.Sprintf("%s until %s\n", paint.as(styleWarning, who), when(p.Until, zone))
	text += "  " + printable(strings.TrimSpace(p.Reason.Sentence+" "+p.Reason.Todo)) + "\n"
	for _, command := range accountCures(fault.TodoCode(p.Reason.TodoCode), account) {
		text += "  Next: " + command + "\n"
	}
	return text
}
