package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The archives of functions stay small, as they are deployed: Lambda fetches and unpacks one before each first start.
// That of publish is the largest, but for the API's, of which a tenth is what huma makes for each operation.
func TestArchivesAreSmall(t *testing.T) {
	t.Parallel()
	for id, most := range map[string]int{"PublishFunction": 5_000_000, "ApiFunction": 6_300_000} {
		folder := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "make", "--silent", "--no-print-directory", "build-"+id, "ARTIFACTS_DIR="+folder)
		cmd.Dir = filepath.Join("..", "..")
		cmd.Env = append(os.Environ(), "GOFLAGS=", "MAKEFLAGS=")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		binary, err := os.ReadFile(filepath.Join(folder, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		packed, err := archive(binary)
		if err != nil {
			t.Fatal(err)
		}
		if len(packed) > most {
			t.Errorf("the archive of %s has %d bytes, want at most %d", id, len(packed), most)
		}
	}
}
