package cli

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"spool/shared/tweet"
)

// A style is the parameter of an ANSI escape sequence (ECMA-48, SGR).
type style string

const (
	styleBold    style = "1"
	styleDim     style = "2"
	styleLink    style = "36"
	styleWarning style = "33"
	styleError   style = "31"
	styleGood    style = "32"
)

// A painter colours text, or does not.
type painter bool

func (p painter) as(s style, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// marked is a post's text in UTF-16 units, the unit of its ranges, with a style for each.
type marked struct {
	units  []uint16
	styles []style
}

func newMarked(post tweet.PreviewedTweet) marked {
	m := marked{units: utf16.Encode([]rune(post.Text))}
	m.styles = make([]style, len(m.units))
	for _, e := range post.Entities {
		m.mark(e.Range, styleLink)
	}
	if post.Over != nil {
		m.mark(*post.Over, styleError)
	}
	return m
}

func (m marked) mark(r tweet.Range, s style) {
	for i := r.Start; i < r.End; i++ {
		m.styles[i] = s
	}
}

// paint returns the text with its styles, line by line, fit for a terminal.
func (m marked) paint(p painter) string {
	var b strings.Builder
	for start := 0; start < len(m.units); {
		s := m.styles[start]
		end := start + 1
		for end < len(m.units) && m.styles[end] == s && m.units[end-1] != '\n' {
			end++
		}
		text := printable(string(utf16.Decode(m.units[start:end])))
		if s != "" {
			line, hasEnd := strings.CutSuffix(text, "\n")
			text = p.as(s, line)
			if hasEnd {
				text += "\n"
			}
		}
		b.WriteString(text)
		start = end
	}
	return b.String()
}

// steers reports what would steer a terminal, or show a text in another order than it is in: controls (C0, DEL and C1)
// and the embeddings, overrides and isolates of bidirectional text (Unicode Standard Annex 9).
func steers(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// printable shows what would steer a terminal as the escape that JSON has for it.
func printable(text string) string {
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// colours are the sequences of a painter.
var colours = regexp.MustCompile(`\x1b\[(?:[012]|3[1236])m`)

// legible shows all that would steer a terminal, but a painter's own colours, as [printable] does. Whatever is printed
// passes here, so that no word of the API's, an account's name or a status, is forgotten where a text is put together.
func (p painter) legible(text string) string {
	if !p {
		return printable(text)
	}
	var b strings.Builder
	done := 0
	for _, at := range colours.FindAllStringIndex(text, -1) {
		b.WriteString(printable(text[done:at[0]]) + text[at[0]:at[1]])
		done = at[1]
	}
	return b.String() + printable(text[done:])
}
