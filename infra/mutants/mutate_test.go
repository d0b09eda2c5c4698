package main

import (
	"slices"
	"strings"
	"testing"
)

// TestMutate: what is made of a piece of source.
func TestMutate(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   []string // what is said of each mutant, with the function's name
	}{
		"a boundary is moved, and turned round": {
			"func f(a, b int) bool { return a < b }",
			[]string{"f: a < b -> a <= b", "f: a < b -> a >= b"},
		},
		"each of two conditions is left out": {
			"func f(a, b bool) bool { return a && b }",
			[]string{"f: a && b -> a", "f: a && b -> b"},
		},
		"a condition without an operator is turned round": {
			"func f(a bool) { if a { g() } }",
			[]string{"f: a -> !a", "f: without g()"},
		},
		"a case is a condition": {
			"func f(a bool) { switch { case a: return } }",
			[]string{"f: a -> !a"},
		},
		"a number is one more, in constants too": {
			"const most = 40",
			[]string{"most: 40 -> 41"},
		},
		"of several variables each stays as it was once": {
			"func (s *T) f() { s.a, s.b = g(), nil }",
			[]string{"T.f: not set s.a = g()", "T.f: not set s.b = nil"},
		},
		"a step is left out": {
			"func f(t T) T { return clock(t.UTC()) }",
			[]string{"f: clock(t.UTC()) -> t.UTC()", "f: t.UTC() -> t"},
		},
		"fields and elements are left out, in lists and by name": {
			"func f() []T { return []T{{a: x}, {y}} }",
			[]string{"f: without {a: x}", "f: without a: x", "f: without {y}"},
		},
		"what is the same twice is told by its number": {
			"func f() { g(); g() }",
			[]string{"f: without g()", "f: without g() #2"},
		},
		"of a fault with advice the rest is changed": {
			`func f() error { g(reason(3).Says(words(4))); return check(1).Todo("%d", 2) }`,
			[]string{"f: 1 -> 2", "f: 3 -> 4", "f: without g(reason(3).Says(words(4)))", "f: g(reason(3).Says(words(4))) -> reason(3).Says(words(4))"},
		},
		"what people only read stays": {
			`func f(d D) { d.Log.Info("gone", "n", 1); fault.New(c, "%d", 1); g(fault.Reason{Sentence: s(1), Todo: s(2)}) }`,
			[]string{"f: without g(fault.Reason{Sentence: s(1), Todo: s(2)})", "f: g(fault.Reason{Sentence: s(1), Todo: s(2)}) -> fault.Reason{Sentence: s(1), Todo: s(2)}"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := mutate("p/a.go", []byte("package p\n\n"+c.source+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range s.mutants {
				said, ok := strings.CutPrefix(m.name, "p/a.go ")
				if !ok || m.line != 3 {
					t.Errorf("%q, line %d, is not told by its place", m.name, m.line)
				}
				got = append(got, said)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("made %q,\nwant %q", got, c.want)
			}
		})
	}
}

// TestMutantIsTheSourceWithOneChange: nothing else of the file is touched.
func TestMutantIsTheSourceWithOneChange(t *testing.T) {
	const source = "package p\n\n// A list.\nvar list = []int{\n\t1,\n\tn, // last\n}\n"
	s, err := mutate("a.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range s.mutants {
		got = append(got, string(m.apply([]byte(source))))
	}
	want := []string{
		strings.Replace(source, "1,\n\tn", "n", 1),
		strings.Replace(source, "n, // last\n", "", 1),
		strings.Replace(source, "1,", "2,", 1),
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("made %q,\nwant %q", got, want)
	}
}

func TestAcceptedHaveReasons(t *testing.T) {
	got, err := parse("# Both are\n# the same.\na\nb\n\n# Another.\nc\n# A third.\nd\n")
	want := map[string]string{"a": "Both are the same.", "b": "Both are the same.", "c": "Another.", "d": "A third."}
	if err != nil || len(got) != len(want) {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
	for name, reason := range want {
		if got[name] != reason {
			t.Errorf("%s is accepted for %q, want %q", name, got[name], reason)
		}
	}
	for _, text := range []string{"a\n", "# Why.\na\n\nb\n", "# Why.\na\na\n", "#\na\n"} {
		if got, err := parse(text); err == nil {
			t.Errorf("%q was taken, as %q", text, got)
		}
	}
}
