package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The same sources give the same archive, wherever the checkout is and whatever stands beside it.
func TestTheSameSourcesAreTheSameArchive(t *testing.T) {
	t.Parallel()
	const id = "SweepFunction"
	packed := func(checkout string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "make", "--silent", "--no-print-directory", "build-"+id)
		cmd.Dir = checkout
		cmd.Env = append(os.Environ(), "GOFLAGS=", "MAKEFLAGS=") // of the owner's machine, whatever it is set to
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		binary, err := os.ReadFile(filepath.Join(checkout, ".build", id, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(binary, []byte(checkout)) {
			t.Errorf("the binary says where it was built: %s", checkout)
		}
		a, err := archive(binary)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first, second := copyOf(t, "here"), copyOf(t, filepath.Join("some", "where else"))
	write(t, filepath.Join(second, ".data", "token"), "of another stack")
	if a, b := packed(first), packed(second); !bytes.Equal(a, b) {
		t.Errorf("the archives have %d and %d bytes, and differ", len(a), len(b))
	}
}

// copyOf copies the sources to a folder of that name.
func copyOf(t *testing.T, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	for _, part := range []string{"functions", "shared"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join("..", "..", part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "Makefile"} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, file), string(text))
	}
	return to
}
