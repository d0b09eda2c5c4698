// Package npm installs programs of Node.js, pinned with all that they need by a lock file, into a folder that many
// programs of this machine share.
package npm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"spool/infra/emulate/subprocess"
)

const oldestNode = 20

// Timeout is how long an installation may take.
const Timeout = 5 * time.Minute

// Set is what is installed together.
type Set struct {
	Name  string    // of its folder
	What  string    // it is for, as an error begins: "the local DynamoDB"
	Else  string    // to do without it, as an error ends: " or set X"; may be empty
	Files fs.FS     // package.json, package-lock.json, and what else belongs into the folder
	Log   io.Writer // gets what npm prints, in whole lines
}

// Install gives the folder with the set, which it makes in the cache when it is not there. The folder is named for what
// it holds, so that a change of the lock file makes another, and comes into being whole or not at all. Errors are one
// sentence with what to do.
func (s Set) Install(ctx context.Context, cache string) (string, error) {
	if err := s.checkNode(ctx); err != nil {
		return "", err
	}
	name, err := s.folderName()
	if err != nil {
		return "", err
	}
	cache, err = filepath.Abs(cache)
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	folder := filepath.Join(cache, name)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	unfinished, err := os.MkdirTemp(cache, name+".*")
	if err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	defer os.RemoveAll(unfinished)
	if err := os.CopyFS(unfinished, s.Files); err != nil {
		return "", fmt.Errorf("fill the cache folder: %w", err)
	}
	if err := s.run(ctx, unfinished); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, folder); err != nil {
		if _, statErr := os.Stat(folder); statErr == nil {
			return folder, nil // another program was quicker
		}
		return "", fmt.Errorf("finish the installation: %w", err)
	}
	return folder, nil
}

// folderName is the set's name and a digest of its files.
func (s Set) folderName() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(s.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(s.Files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	return s.Name + "-" + hex.EncodeToString(h.Sum(nil))[:16], err
}

// checkNode makes sure of a Node.js that is new enough.
func (s Set) checkNode(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s needs Node.js %d or newer, which is not installed: get it from https://nodejs.org/%s", s.What,
			oldestNode, s.Else)
	}
	if err != nil {
		return fmt.Errorf("node --version failed: %w", err)
	}
	version := strings.TrimSpace(string(out)) // "v20.11.1"
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return fmt.Errorf("%s needs Node.js %d or newer, and this is %s: get a newer one from https://nodejs.org/%s", s.What,
			oldestNode, version, s.Else)
	}
	return nil
}

// run installs exactly what the lock file names. Scripts of packages are not run: native ones bring their binaries
// along.
func (s Set) run(ctx context.Context, folder string) error {
	lines := subprocess.NewLines(s.Log, "npm | ")
	defer lines.Close()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = lines, lines
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is installed by npm, which is missing: it comes with Node.js %d or newer from https://nodejs.org/;%s", s.What, oldestNode, s.Else)
	}
	if err != nil {
		return fmt.Errorf("npm ci failed, see its output (the first start needs the network):%s: %w", s.Else, err)
	}
	return nil
}
