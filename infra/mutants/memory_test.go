package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestARunIsTakenUpAgain: what one run kept, the next one knows, and only of the same
// mutant in the same trial.
func TestARunIsTakenUpAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made", "outcomes")
	a, b := &mutant{name: `p/a.go f: "x y" -> z`}, &mutant{name: "p/a.go f: 1 -> 2 #2"}
	first, err := remember(file)
	if err != nil {
		t.Fatal(err)
	}
	for m, o := range map[*mutant]outcome{a: noticedBy("TestA/two words"), b: survived} {
		if err := first.keep("d1", m, o); err != nil {
			t.Fatal(err)
		}
	}
	next, err := remember(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := next.of("d1", a); got != "TestA/two_words" {
		t.Errorf("the first is %q", got)
	}
	if got := next.of("d1", b); got != survived {
		t.Errorf("the second is %q", got)
	}
	if got := next.of("d2", a); got != untried {
		t.Errorf("of tests that have changed it is %q", got)
	}
}

// TestATrialsDigestIsOfAllThatItDependsOn: of its tests and what they read, of the
// packages below them, and of what they are started with.
func TestATrialsDigestIsOfAllThatItDependsOn(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	digest := func(args ...string) string {
		t.Helper()
		got, err := trial{"upper", args}.digest()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	write("go.mod", "module m\n\ngo 1.26\n")
	write("go.sum", "")
	write("lower/lower.go", "package lower\n")
	write("other/other.go", "package other\n")
	write("upper/upper.go", "package upper\n")
	write("upper/upper_test.go", "package upper\n\nimport _ \"m/lower\"\n")
	write("upper/testdata/01.txt", "a tweet\n")
	met := map[string]string{digest(): "nothing"}
	for _, change := range []func() string{
		func() string { return digest("-test.short") },
		func() string { write("lower/lower.go", "package lower\n\nconst a = 1\n"); return digest() },
		func() string {
			write("upper/upper_test.go", "package upper\n\nimport _ \"m/lower\" // b\n")
			return digest()
		},
		func() string { write("upper/testdata/01.txt", "two tweets\n"); return digest() },
	} {
		is := change()
		if met[is] != "" {
			t.Errorf("a change is not in it: %s", is)
		}
		met[is] = "a change"
	}
	before := digest()
	write("other/other.go", "package other\n\nconst a = 1\n")
	if digest() != before {
		t.Error("it differs with a package that nothing depends on")
	}
}
