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
	for _, pattern := range []string{
		"*a_", "[a](", "![[", "[a]: b\n", "> ", "- ", "`a``", "<div>\n\n", "<!-- ", "%%", "{{", "~~a", "\t- ", "|a|b|\n", "[^1]: a\n",
	} {
		const length, times = 15_000, 4
		short, long := reading(t, pattern, length), reading(t, pattern, times*length)
		if long > 2*times*short+100*time.Millisecond {
			t.Errorf("%d bytes of %q take %v, and %d of them %v", length, pattern, short, times*length, long)
		}
	}
}

// reading is the time that the processor takes to read a length of a pattern.
func reading(t *testing.T, pattern string, length int) time.Duration {
	before := processorTime(t)
	if _, err := ParseAs(Markdown, []byte(strings.Repeat(pattern, length/len(pattern)))); err != nil {
		t.Errorf("%q: %v", pattern, err)
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
