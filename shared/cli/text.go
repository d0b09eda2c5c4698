package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"spool/shared/walltime"
	"spool/shared/wire"
)

func sprintf(format string, args ...any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// capital gives a message a capital, and takes its full stop.
func capital(text string) string {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// when shows a time in a zone.
func when(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2 Jan 2006 15:04:05 MST")
}

// ownZone is the zone that a post was scheduled in; here where its record names none
// that is known.
func ownZone(p wire.Post, here *time.Location) *time.Location {
	zone, err := walltime.Zone(p.Zone)
	if err != nil {
		return here
	}
	return zone
}

// sameClocks reports whether the clocks of two zones show the same at a time.
func sameClocks(t time.Time, a, b *time.Location) bool {
	return t.In(a).Format(time.DateTime) == t.In(b).Format(time.DateTime)
}

// size shows a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// columns is how many columns of a terminal a text takes.
func columns(text string) (n int) {
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			if !unicode.Is(unicode.Mn, r) && r != '\u200d' {
				n++
			}
		}
	}
	return n
}

// cut shortens a text to columns of a terminal.
func cut(text string, most int) string {
	if columns(text) <= most {
		return text
	}
	taken := 0
	for i, r := range text {
		if taken += columns(string(r)); taken > most-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// pad fills a text up to columns of a terminal.
func pad(text string, to int) string {
	return text + strings.Repeat(" ", max(0, to-columns(text)))
}

// wrap breaks a text into lines of at most so many columns, at spaces where there
// are some; 0 columns: only where it has line ends itself.
func wrap(text string, most int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		for most > 0 && columns(line) > most {
			at, taken := 0, 0
			space := -1
			for i, r := range line {
				if taken += columns(string(r)); taken > most {
					break
				}
				if at = i + utf8.RuneLen(r); r == ' ' {
					space = i
				}
			}
			if rest := line[at:]; space > 0 && !strings.HasPrefix(rest, " ") {
				at = space
			}
			lines = append(lines, strings.TrimRight(line[:at], " "))
			line = strings.TrimPrefix(line[at:], " ")
		}
		lines = append(lines, line)
	}
	return lines
}
