package mcp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/walltime"
	"spool/shared/wire"
)

// This file says in a few words what the structured results hold, for clients that
// show only text. Whatever an agent needs to go on is in them: ids, statuses,
// reasons, next steps.

// What authors and X wrote is told apart from what Spool says, so that a draft cannot
// speak to the agent in the tool's voice: lines of theirs begin with "> ", and their
// words inside a line stand in quotation marks that they cannot end.

// quotedLines is an author's text, each line marked as one of theirs.
func quotedLines(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.Map(lineEnds, text), "\n") {
		b.WriteString("\n> " + line)
	}
	return b.String()
}

// quoted is what an author or X wrote, as a string of JSON on one line.
func quoted(words string) string { return strconv.Quote(oneLine(words)) }

// oneLine keeps what is said on its line.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Map(lineEnds, text), "\n", " ")
}

// lineEnds makes one of all that ends a line somewhere.
func lineEnds(r rune) rune {
	switch r {
	case '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return '\n'
	}
	return r
}

// clock writes an instant as the clocks of its zone show it.
func clock(t time.Time) string { return t.Format("Monday 2006-01-02 15:04:05 MST") }

// when writes a post's time in its zone.
func when(p wire.Post) string {
	if p.ScheduledAt == nil {
		return "no time"
	}
	location, err := walltime.Zone(p.Zone)
	if err != nil {
		location = time.UTC
	}
	return clock(p.ScheduledAt.In(location))
}

// postWords says how a post stands, why, and what can be done about it.
func postWords(p wire.Post) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Post %s (%s, %s, account %s): %s", p.ID, quoted(p.Title), count(p.TweetCount, "tweet"),
		p.AccountID, state(p))
	if r := p.FailReason; r != nil {
		b.WriteString("\nWhy: " + oneLine(r.Sentence))
		if r.Detail != "" {
			b.WriteString("\nX's words: " + quoted(r.Detail))
		}
		if r.Todo != "" {
			b.WriteString("\nNext: " + oneLine(r.Todo))
		}
	}
	if names := tools(p); p.NeedsYou && names != "" {
		b.WriteString("\nPossible now: " + names)
	}
	for _, n := range p.Notes {
		b.WriteString("\nNote: " + oneLine(n))
	}
	return b.String()
}

// state is how a post stands: its status, and what that means.
func state(p wire.Post) string {
	text := string(p.Status)
	if p.SubStatus != "" {
		text += " (" + string(p.SubStatus) + ")"
	}
	switch p.Status {
	case post.Draft:
	case post.Scheduled:
		text += " for " + when(p)
	default:
		text += fmt.Sprintf(", %d of %d on X", len(p.PlatformPostIDs), p.TweetCount)
	}
	if p.NextAt != nil && (p.Status == post.Publishing || p.Status == post.Deleting) {
		text += ", and goes on by " + clock(p.NextAt.UTC())
	}
	return strings.TrimSpace(text + ". " + oneLine(p.Summary))
}

// tools are the tools for what may be done with a post that needs somebody.
func tools(p wire.Post) string {
	var names []string
	for _, a := range p.Actions {
		switch a.Action {
		case post.ActionDuplicate: // there is no tool for it
		case post.ActionRestore:
			names = append(names, "retry_post")
		default:
			names = append(names, string(a.Action)+"_post")
		}
	}
	return strings.Join(names, ", ")
}

// tweetWords are the tweets of a post, one after the other.
func tweetWords(p wire.Post) string {
	var b strings.Builder
	for _, t := range p.Tweets {
		fmt.Fprintf(&b, "\n\n%d/%d %s", t.ThreadPosition, p.TweetCount, t.Status)
		if t.PlatformPostID != "" {
			b.WriteString(" as " + t.PlatformPostID)
		}
		b.WriteString(quotedLines(t.Text))
		for _, m := range t.Media {
			alt := "no description"
			if m.AltText != "" {
				alt = quoted(m.AltText)
			}
			fmt.Fprintf(&b, "\n[%s: %s]", m.Kind, alt)
		}
	}
	return b.String()
}

// createdWords says what a new post is, and what its owner should know. A post that
// is not as it was asked for came of an earlier call with the same arguments.
func createdWords(c created, draft bool) string {
	text := postWords(c.Post) + aside(c)
	asked, next := post.Scheduled, "Until then cancel_post stops it."
	if draft {
		asked, next = post.Draft,
			"Next: Show it to the owner. schedule_post gives it a time, publish_post publishes it at once."
	}
	if c.Post.Status != asked {
		next = "Note: These very arguments came before, and this is the post that was made of them. " +
			"To make another one of the same words give an idempotency_key of your own."
	}
	return text + "\n" + next
}

// aside are the findings and the price.
func aside(c created) string {
	if c.Cost == nil {
		return ""
	}
	return "\nX charges " + c.Cost.Total.String() + "." + findingWords(c.Findings)
}

func findingWords(findings []tweet.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		place := ""
		if f.Tweet > 0 {
			place = fmt.Sprintf(" in tweet %d", f.Tweet)
		}
		fmt.Fprintf(&b, "\n%s%s: %s", f.Severity, place, oneLine(f.Message))
	}
	return b.String()
}

// previewWords is a thread as it will look.
func previewWords(p wire.Preview) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s to publish.", count(len(p.Tweets), "tweet"), p.Cost.Total)
	if tweet.HasErrors(p.Findings) {
		b.WriteString(" X would refuse it as it is.")
	}
	b.WriteString(findingWords(p.Findings))
	for _, t := range p.Tweets {
		fmt.Fprintf(&b, "\n\n%d/%d (%d of %d)%s", t.Position, len(p.Tweets), t.Weighted, t.Limit, quotedLines(t.Text))
	}
	return b.String()
}

// listWords are posts, one a line. A page may be empty and not the last: the API
// looks at so many posts a request.
func listWords(l wire.PostList) string {
	var lines []string
	for _, p := range l.Posts {
		line := fmt.Sprintf("%s %s (%s): %s", p.ID, quoted(p.Title), count(p.TweetCount, "tweet"), state(p))
		if p.FailReason != nil {
			line += " " + oneLine(p.FailReason.Sentence)
		}
		lines = append(lines, line)
	}
	switch {
	case l.NextCursor != "" && l.SearchedUntil != nil:
		lines = append(lines, "Not all was looked through: go on with cursor "+l.NextCursor)
	case l.NextCursor != "":
		lines = append(lines, "There may be more: ask again with cursor "+l.NextCursor)
	case len(lines) == 0:
		return "There are no such posts."
	}
	return strings.Join(lines, "\n")
}

// statusWords says how far Spool is set up.
func statusWords(s standing) string {
	var b strings.Builder
	if s.Ready {
		b.WriteString("Spool is set up.")
	} else {
		b.WriteString("Spool is not set up yet.\nNext: " + s.Next)
	}
	for _, a := range s.Accounts {
		fmt.Fprintf(&b, "\nAccount %s (@%s): %s, zone %s, tweets of up to %d.", a.ID, a.Username, a.Health, a.Zone, a.Limit)
		if a.Reason != nil {
			b.WriteString(" " + oneLine(a.Reason.Sentence+" "+a.Reason.Todo))
		}
	}
	return b.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
