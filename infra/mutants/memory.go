package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// outcome is what a trial made of a mutant: one of these, or which test noticed it.
type outcome string

const (
	survived outcome = "survived"
	broken   outcome = "broken" // it does not compile
	untried  outcome = ""
)

// noticedBy is the outcome of a mutant that a test noticed.
func noticedBy(test string) outcome { return outcome(strings.ReplaceAll(test, " ", "_")) }

// memory keeps the outcomes of trials in a file, so that a run can be ended and taken up
// again. They hold for as long as nothing changes that a trial is built from.
type memory struct {
	mu    sync.Mutex
	known map[string]outcome // by the trial's digest and the mutant's name
	file  io.Writer
}

// remember reads the file, and writes on at its end. Without a name nothing is kept.
func remember(name string) (*memory, error) {
	m := &memory{known: map[string]outcome{}, file: io.Discard}
	if name == "" {
		return m, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		what, of, _ := strings.Cut(lines.Text(), " ")
		m.known[of] = outcome(what)
	}
	m.file = file
	return m, lines.Err()
}

// of gives the outcome of a trial; untried where it is not known.
func (m *memory) of(digest string, mutant *mutant) outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[digest+" "+mutant.name]
}

// keep notes the outcome of a trial.
func (m *memory) keep(digest string, mutant *mutant, o outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	of := digest + " " + mutant.name
	m.known[of] = o
	_, err := fmt.Fprintln(m.file, o, of)
	return err
}

// digest is a hash of all that the trial is built from and reads: the files of the
// project's packages that its tests depend on, and the versions of the modules.
func (t trial) digest() (string, error) {
	list := exec.Command("go", "list", "-deps", "-test", "-f",
		"{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", "./"+t.dir)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w", t.dir, err)
	}
	h := sha256.New()
	fmt.Fprintln(h, t.dir, t.args)
	errs := []error{add(h, "go.mod"), add(h, "go.sum")}
	dirs := strings.Fields(string(out))
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		errs = append(errs, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == "node_modules":
				return filepath.SkipDir
			case !d.Type().IsRegular():
				return nil
			}
			return add(h, path)
		}))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), errors.Join(errs...)
}

// add hashes a file.
func add(h io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(h, "%s %d\n%s", filepath.Base(path), len(text), text)
	return err
}
