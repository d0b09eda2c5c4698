package adminkey_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spool/infra/stack/adminkey"
)

func TestKeyIsMadeOnceForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "admin-key")
	first, err := adminkey.File(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := adminkey.File(path)
	if err != nil {
		t.Fatal(err)
	}
	if first != second || len(first) != 64 {
		t.Errorf("got %d and %d characters, equal: %v; want the same 64 twice", len(first), len(second), first == second)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, want 0600", info.Mode())
	}
	other, err := adminkey.File(filepath.Join(t.TempDir(), "admin-key"))
	if err != nil {
		t.Fatal(err)
	}
	if other == first {
		t.Error("two files got the same key")
	}
}

func TestEmptyFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin-key")
	if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := adminkey.File(path); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("got %v", err)
	}
}

func TestHashIsSHA256(t *testing.T) {
	// FIPS 180-2, appendix B.1.
	if got, want := adminkey.Hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
