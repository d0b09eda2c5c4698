package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// statuses names all statuses, as a sentence does.
func statuses() string {
	var names []string
	for _, s := range post.Statuses() {
		names = append(names, string(s))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// offers reports whether something may be done with a post now.
func offers(p wire.Post, a post.Action) bool {
	return slices.ContainsFunc(p.Actions, func(o wire.Action) bool { return o.Action == a })
}

// remedies are the exact commands that take a post further.
func remedies(p wire.Post) []string {
	id := short(p.ID)
	switch {
	case p.SubStatus == post.Paused && len(todos(p)) == 0:
		return []string{"spool show " + id + " --watch    it goes on by itself"}
	case p.SubStatus == post.Paused:
		return todos(p)
	case offers(p, post.ActionResolve):
		n := len(p.PlatformPostIDs) + 1
		return []string{
			fmt.Sprintf("spool resolve %s %d --published TWEET-ID    if tweet %d is on X", id, n, n),
			fmt.Sprintf("spool resolve %s %d --absent                if it is not", id, n),
		}
	case offers(p, post.ActionRetry) && p.Withdrawn:
		return append(accountTodos(todoOf(p), p.AccountID), "spool retry "+id+"    to go on deleting it from X")
	case offers(p, post.ActionRetry) && todoOf(p) == fault.TodoDuplicate:
		return todos(p)
	case offers(p, post.ActionRetry):
		return append(todos(p), "spool retry "+id)
	case offers(p, post.ActionRestore):
		return []string{"spool retry " + id + "    to undo the cancellation"}
	case offers(p, post.ActionSchedule) && p.Status != post.Scheduled:
		return []string{"spool edit " + id + ` --at "tomorrow 9am"`, "spool now " + id}
	}
	return nil
}

// todoOf is what the API says is to be done about what stopped or holds a post.
func todoOf(p wire.Post) fault.TodoCode {
	if p.FailReason == nil {
		return ""
	}
	return p.FailReason.TodoCode
}

// todos are the commands for what is to be done about a post; none where it goes on
// by itself, or needs nothing but to be tried again.
func todos(p wire.Post) []string {
	switch id := short(p.ID); todoOf(p) {
	case fault.TodoEdit:
		return []string{"spool edit " + id + " thread.md"}
	case fault.TodoReschedule:
		return []string{"spool edit " + id + ` --at "tomorrow 9am"`}
	case fault.TodoDuplicate:
		return []string{"spool duplicate " + id}
	default:
		return accountTodos(todoOf(p), p.AccountID)
	}
}

// accountTodos are the commands for what is to be done about more than one post.
func accountTodos(todo fault.TodoCode, account string) []string {
	switch todo {
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
	for _, command := range accountTodos(p.Reason.TodoCode, account) {
		text += "  Next: " + command + "\n"
	}
	return text
}
