//go:build unix

package manuscript

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostileMarkdownTakesLinearTime: what takes time that grows with the square of its
// length in a parser of Markdown does not here; 120 kB of the first of these took 15
// seconds. What is compared is the processor's time of two lengths, in one run.
func TestHostileMarkdownTakesLinearTime(t *testing.T) {
	const length, times = 15_000, 4
	for _, pattern := range []string{
		"*a_", "[a](", "![[", "[a]: b\n", "> ", "- ", "`a``", "<div>\n\n", "<div>", "<details><summary>", "<!-- ", "%%", "{{", "~~a", "\t- ", "|a|b|\n", "[^1]: a\n",
		"a*a", "`$`$", "$$ a\n\n", "$$\n", "<p> ", "</p> ", "<li>x ", "<ul><li>", "<ul><li>x</li></ul>", "    <p> %%\n\n", "x<b>y</b>",
		"%%\n```\n%% ",
	} {
		takesLinearTime(t, pattern, length, times, func(length int) string {
			return strings.Repeat(pattern, length/len(pattern))
		})
	}
	takesLinearTime(t, "a wide table with short rows", length, times, func(length int) string {
		const header = len("|a|-")
		columns := length / 2 / header
		return strings.Repeat("|a", columns) + "\n" + strings.Repeat("|-", columns) + strings.Repeat("\n|x", length/2/len("\n|x"))
	})
	takesLinearTime(t, "tags that nothing closes", length, times, func(length int) string {
		return strings.Repeat("<del>a", length/len("<del>a"))
	})
}

// takesLinearTime compares what reading texts takes that are length and times that long.
func takesLinearTime(t *testing.T, what string, length, times int, text func(length int) string) {
	t.Helper()
	short, long := reading(t, text(length)), reading(t, text(times*length))
	if long > 2*time.Duration(times)*short+100*time.Millisecond {
		t.Errorf("%d bytes of %q take %v, and %d of them %v", length, what, short, times*length, long)
	}
}

// reading is the time that the processor takes to read a text.
func reading(t *testing.T, text string) time.Duration {
	t.Helper()
	before := processorTime(t)
	if _, err := ParseAs(Markdown, []byte(text)); err != nil {
		t.Errorf("%.20q: %v", text, err)
	}
	return processorTime(t) - before
}

func processorTime(t *testing.T) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
