package dynamodb

import (
	"context"
	"crypto/sha256"
	"embed"
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

//go:embed package.json package-lock.json server.js
var files embed.FS

const (
	oldestNode     = 20 // dynalite 4 needs it
	installTimeout = 5 * time.Minute
	instead        = " or set AWS_ENDPOINT_URL_DYNAMODB to a running DynamoDB Local"
)

// install gives the folder with the engine, which it makes when it is not there. The folder is named for what it
// holds, so that a change of the lock file makes another, and comes into being whole or not at all.
func install(ctx context.Context, cache string, log io.Writer) (string, error) {
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	name, err := folderName()
	if err != nil {
		return "", err
	}
	cache, err = filepath.Abs(cache)
	if err != nil {
		return "", fmt.Errorf("dynamodb: find the cache folder: %w", err)
	}
	folder := filepath.Join(cache, name)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("dynamodb: make the cache folder: %w", err)
	}
	unfinished, err := os.MkdirTemp(cache, name+".*")
	if err != nil {
		return "", fmt.Errorf("dynamodb: make the cache folder: %w", err)
	}
	defer os.RemoveAll(unfinished)
	if err := os.CopyFS(unfinished, files); err != nil {
		return "", fmt.Errorf("dynamodb: fill the cache folder: %w", err)
	}
	if err := npmInstall(ctx, unfinished, log); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, folder); err != nil {
		if _, statErr := os.Stat(folder); statErr == nil {
			return folder, nil // another program was quicker
		}
		return "", fmt.Errorf("dynamodb: finish the installation: %w", err)
	}
	return folder, nil
}

// folderName is dynalite- and a digest of the embedded files.
func folderName() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
		return err
	})
	return "dynalite-" + hex.EncodeToString(h.Sum(nil))[:16], err
}

// checkNode makes sure of a Node.js that is new enough.
func checkNode(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("dynamodb: the local DynamoDB needs Node.js %d or newer, which is not installed: get it from https://nodejs.org/%s", oldestNode, instead)
	}
	if err != nil {
		return fmt.Errorf("dynamodb: node --version failed: %w", err)
	}
	version := strings.TrimSpace(string(out)) // "v20.11.1"
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return fmt.Errorf("dynamodb: the local DynamoDB needs Node.js %d or newer, and this is %s: get a newer one from https://nodejs.org/%s", oldestNode, version, instead)
	}
	return nil
}

// npmInstall installs exactly what the lock file names. Scripts of packages are not run: the one native package brings
// its binaries along.
func npmInstall(ctx context.Context, folder string, log io.Writer) error {
	lines := subprocess.NewLines(log, "npm | ")
	defer lines.Close()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = lines, lines
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("dynamodb: the local DynamoDB is installed by npm, which is missing: it comes with Node.js %d or newer from https://nodejs.org/;%s", oldestNode, instead)
	}
	if err != nil {
		return fmt.Errorf("dynamodb: npm ci failed, see its output (the first start needs the network):%s: %w", instead, err)
	}
	return nil
}
