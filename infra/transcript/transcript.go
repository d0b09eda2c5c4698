// Package transcript tells protocols as plain-text files that are tests: one or
// more sentences ("X loses the answer to tweet 2"), a line of four dashes, and the
// whole conversation that results.
//
// Each file is played in virtual time (testing/synctest). Time passes only while a
// sentence is carried out. What follows the dashes is compared with what really
// happens; the flag -rewrite, of github.com/cockroachdb/datadriven, writes it, to
// be reviewed as a diff.
package transcript

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
)

// Verb is one form of sentence.
type Verb struct {
	Form string         // a regular expression for the whole of it
	Do   func([]string) // is given what the form's groups match
}

// Play runs each file that matches a pattern, in a world of its own that begin
// makes.
func Play(t *testing.T, files string, begin func(*testing.T, *Talk) []Verb) {
	t.Helper()
	paths, err := filepath.Glob(files)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts at %s: %v", files, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				talk := &Talk{}
				verbs := begin(t, talk)
				datadriven.RunTestAny(quiet{t}, path, func(_ testing.TB, d *datadriven.TestData) string {
					for _, s := range sentences(d) {
						say(t, verbs, d.Pos, s)
					}
					synctest.Wait() // for what others say at this very moment
					return talk.take()
				})
			})
		})
	}
}

// quiet leaves out what datadriven logs every ten seconds, which in virtual time
// are none.
type quiet struct{ testing.TB }

func (q quiet) Logf(format string, args ...any) {
	if !strings.Contains(format, "still running") {
		q.TB.Helper()
		q.TB.Logf(format, args...)
	}
}

// sentences are the lines before the dashes. Datadriven takes the first of them
// to pieces.
func sentences(d *datadriven.TestData) []string {
	first := d.Cmd
	for _, a := range d.CmdArgs {
		first += " " + a.Key
	}
	all := []string{first}
	for line := range strings.Lines(d.Input) {
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

// say carries out one sentence.
func say(t *testing.T, verbs []Verb, pos, sentence string) {
	t.Helper()
	var known []string
	for _, v := range verbs {
		if m := whole(v.Form).FindStringSubmatch(sentence); m != nil {
			v.Do(m[1:])
			return
		}
		known = append(known, v.Form)
	}
	slices.Sort(known)
	t.Fatalf("%s: nobody understands %q. There is:\n%s", pos, sentence, strings.Join(known, "\n"))
}

// forms are the compiled ones.
var forms sync.Map

// whole is the expression that matches a form and nothing besides.
func whole(form string) *regexp.Regexp {
	if r, ok := forms.Load(form); ok {
		return r.(*regexp.Regexp)
	}
	r := regexp.MustCompile("^(?:" + form + ")$")
	forms.Store(form, r)
	return r
}

// Talk is what is said in one world. It is safe for concurrent use.
type Talk struct {
	mu    sync.Mutex
	b     strings.Builder
	day   time.Time
	names map[string]string
	count map[string]int
}

// Morning begins a new world at the next full hour, which is told as nine o'clock.
// Names are given anew.
func (l *Talk) Morning() {
	const hour = 9 * time.Hour
	next := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC) // X's ids begin in 2010, synctest's time in 2000
	if now := time.Now(); !now.Before(next) {
		next = now.Truncate(time.Hour).Add(time.Hour)
	}
	time.Sleep(time.Until(next))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.day, l.names, l.count = time.Now().Add(-hour), map[string]string{}, map[string]int{}
}

// Time writes a time as the talk does: the hour, and how many days later.
func (l *Talk) Time(t time.Time) string {
	since := t.Sub(l.day)
	s := time.Time{}.Add(since).Format("15:04:05.000")
	if days := int(since / (24 * time.Hour)); days > 0 {
		s = fmt.Sprintf("+%dd %s", days, s)
	}
	return s
}

var dated = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`)

// Times writes the times in a sentence as the talk does.
func (l *Talk) Times(sentence string) string {
	return dated.ReplaceAllStringFunc(sentence, func(s string) string {
		at, err := time.Parse("2006-01-02 15:04:05 MST", s)
		if err != nil {
			return s
		}
		return l.Time(at)
	})
}

// Line adds what somebody did just now.
func (l *Talk) Line(who, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.b, "%s  %-8s %s\n", l.Time(time.Now()), who, fmt.Sprintf(format, args...))
}

// Note adds a line that has no time.
func (l *Talk) Note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.b, format+"\n", args...)
}

// Name calls what has an unreadable id by a prefix and a number, counted in the
// order in which they are named.
func (l *Talk) Name(prefix, id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.names[id]; !ok {
		l.count[prefix]++
		l.names[id] = fmt.Sprintf("%s%d", prefix, l.count[prefix])
	}
	return l.names[id]
}

// Call gives an id a name of its own.
func (l *Talk) Call(id, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names[id] = name
}

// Known gives the name of an id that has one.
func (l *Talk) Known(id string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.names[id]
	return name, ok
}

// ID gives the id that has a name; empty when none has.
func (l *Talk) ID(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, n := range l.names {
		if n == name {
			return id
		}
	}
	return ""
}

// take gives what was said since it was last called.
func (l *Talk) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.b.String()
	l.b.Reset()
	return said
}
