package notify

import (
	"encoding/json"
	"fmt"
	"strings"
)

// This file says a notice the way chats and e-mail take it.

// slack is a message of an incoming webhook of Slack's.
func slack(n Notice) string {
	return asJSON(map[string]any{"text": strings.Join(lines(n, func(s string) string {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	}, "*%s*", "<%s|Open it in Spool>"), "\n"), "unfurl_links": false, "unfurl_media": false})
}

// discord is a message of a webhook of Discord's, which takes at most 2,000 characters.
// Nobody is mentioned by it, whatever a post says.
func discord(n Notice) string {
	const most = 2000
	text := []rune(strings.Join(lines(n, func(s string) string {
		return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "~", `\~`, "|", `\|`, "<", `\<`, ">", `\>`,
			"[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`).Replace(s)
	}, "**%s**", "<%s>"), "\n"))
	if len(text) > most {
		text = append(text[:most-1], '…')
	}
	return asJSON(map[string]any{"content": string(text), "allowed_mentions": map[string]any{"parse": []string{}}})
}

// lines are what a notice says, with a link. Escape is done to words that are not Spool's.
func lines(n Notice, escape func(string) string, title, link string) []string {
	d := n.Data
	all := []string{fmt.Sprintf(title, escape(d.Title)), escape(d.Summary)}
	if d.Todo != "" {
		all = append(all, escape("What to do: "+d.Todo))
	}
	if d.Reason != nil && d.Reason.Detail != "" {
		all = append(all, escape("X says: "+d.Reason.Detail))
	}
	if d.URL != "" {
		all = append(all, fmt.Sprintf(link, d.URL))
	}
	return all
}

// subject is that of an e-mail: SNS takes less than 100 characters of ASCII.
func subject(n Notice) string {
	const most = 99
	s := strings.Map(func(r rune) rune {
		switch {
		case r == '“' || r == '”':
			return '"'
		case r == '…':
			return '.'
		case r < ' ' || r > '~':
			return -1
		}
		return r
	}, "Spool: "+n.Data.Title)
	s = strings.Join(strings.Fields(s), " ")
	return strings.TrimSpace(s[:min(most, len(s))])
}

// letter is the text of an e-mail.
func letter(n Notice) string {
	plain := func(s string) string { return s }
	all := append(lines(n, plain, "%s", "%s"), "", "At "+stamp(n.At))
	return strings.Join(all, "\n\n")
}

// asJSON writes JSON. What it is given can always be written.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
