package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spool/infra/overlay"
)

// TestTogether builds a program with all its mutants, and has each of them chosen.
func TestTogether(t *testing.T) {
	t.Chdir(t.TempDir())
	const program = `package main

import "fmt"

type list[T any] []T

func (list[T]) name(_ int, more ...T) string { return fmt.Sprint("list of ", len(more)) }

func less(a, b int) bool { return a < b }

func say() { fmt.Println(less(1, 1), list[int](nil).name(0, 5, 6)) }

func main() { say() }
`
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module m\n\ngo 1.26\n")
	write("main.go", program)
	s, err := mutate("main.go", []byte(program))
	if err != nil {
		t.Fatal(err)
	}
	files, numbers, err := together(".", []*source{s})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := overlay.Lay(t.TempDir(), files)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "m")
	if out, err := exec.Command("go", "build", "-overlay", changed, "-o", binary).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := map[string]string{"as it is": play(t, binary, 0)}
	for m, n := range numbers {
		_, what, _ := strings.Cut(m.name, "main.go ")
		said[what] = play(t, binary, n)
	}
	want := map[string]string{
		"as it is":                   "false list of 2\n",
		"less: a < b -> a <= b":      "true list of 2\n",
		"less: a < b -> a >= b":      "true list of 2\n",
		"say: 1 -> 2":                "false list of 2\n",
		"say: 1 -> 2 #2":             "true list of 2\n",
		"say: 0 -> 1":                "false list of 2\n",
		"say: 5 -> 6":                "false list of 2\n",
		"say: 6 -> 7":                "false list of 2\n",
		"say: less(1, 1) -> less":    "",
		"say: list[int](nil) -> nil": "",
		"main: without say()":        "",
		"name: len(more) -> more":    "false list of [5 6]\n",
	}
	for what, w := range want {
		if got, made := said[what]; w != "" && !made || got != w {
			t.Errorf("%s: said %q, want %q", what, got, w)
		}
	}
	if _, made := said["say: list[int](nil) -> nil"]; made {
		t.Error("a mutant is tried that does not compile")
	}
}

func play(t *testing.T, binary string, mutant int) string {
	t.Helper()
	out, err := built{trial{dir: "."}, binary, time.Minute}.command(t.Context(), mutant).Output()
	if err != nil {
		t.Errorf("mutant %d: %v", mutant, err)
	}
	return string(out)
}
