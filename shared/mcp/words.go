package mcp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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
	fmt.Fprintf(&b, "Post %s (%s, %s, account %s) %s.", p.ID, quoted(p.Title), count(p.TweetCount, "tweet"), p.AccountID, state(p))
	if r := p.FailReason; r != nil {
		b.WriteString("\nWhy: " + oneLine(r.Sentence))
		if r.Detail != "" {
			b.WriteString("\nX's words: " + quoted(r.Detail))
		}
		if r.Todo != "" {
			b.WriteString("\nNext: " + oneLine(r.Todo))
		}
	}
	for _, n := range p.Notes {
		b.WriteString("\nNote: " + oneLine(n))
	}
	return b.String()
}

// state is a post's status in a sentence that begins with the post.
func state(p wire.Post) string {
	out := fmt.Sprintf("%d of %d on X", len(p.PlatformPostIDs), p.TweetCount)
	switch p.Status {
	case "draft":
		return "is a draft: it does not go out by itself"
	case "scheduled":
		return scheduled(p)
	case "publishing":
		text := "is being published, " + out
		if p.SubStatus != "" {
			text += ", " + p.SubStatus
		}
		if p.NextAt != nil {
			text += "; it goes on by " + clock(p.NextAt.UTC())
		}
		return text
	case "published":
		return "is published, " + out
	case "failed":
		if p.SubStatus == "unknown" {
			return "has stopped, " + out + ", and whether the next tweet is on X is unknown"
		}
		return "has stopped, " + out
	case "deleting":
		return "is being deleted from X"
	case "deleted":
		return "is deleted from X"
	default:
		return "is " + p.Status + ", " + out
	}
}

// scheduled says when a post goes out. One that was published now, or resumed, is due
// since its last change; one with media is taken up some minutes before its time.
func scheduled(p wire.Post) string {
	switch due := p.NextAt != nil && !p.NextAt.After(p.UpdatedAt); {
	case due && p.ScheduledAt != nil && p.ScheduledAt.After(p.UpdatedAt):
		return "is taken up now (scheduled for " + when(p) + ")"
	case due:
		return "goes out now"
	default:
		return "is scheduled for " + when(p)
	}
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
	asked, next := "scheduled", "Until then cancel_post stops it."
	if draft {
		asked, next = "draft", "Next: Show it to the owner. schedule_post gives it a time, publish_post publishes it at once."
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
		if f.Post > 0 {
			place = fmt.Sprintf(" in tweet %d", f.Post)
		}
		fmt.Fprintf(&b, "\n%s%s: %s", f.Severity, place, oneLine(f.Message))
	}
	return b.String()
}

// previewWords is a thread as it will look.
func previewWords(p wire.Preview) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s to publish.", count(len(p.Posts), "tweet"), p.Cost.Total)
	if tweet.HasErrors(p.Findings) {
		b.WriteString(" X would refuse it as it is.")
	}
	b.WriteString(findingWords(p.Findings))
	for _, t := range p.Posts {
		fmt.Fprintf(&b, "\n\n%d/%d (%d of %d)%s", t.Position, len(p.Posts), t.Weighted, t.Limit, quotedLines(t.Text))
	}
	return b.String()
}

// listWords are posts, one a line. A page may be empty and not the last: the API
// looks at so many posts a request.
func listWords(l wire.PostList) string {
	var lines []string
	for _, p := range l.Posts {
		line := fmt.Sprintf("%s %s (%s) %s.", p.ID, quoted(p.Title), count(p.TweetCount, "tweet"), state(p))
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
