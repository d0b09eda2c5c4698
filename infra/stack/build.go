package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"spool/infra/stack/template"
)

// build makes each function's binary for this machine with its target in the Makefile, and copies it to
// the data folder. So a stack keeps running what it was started with. It returns the binaries by the functions' ids.
func (s *Stack) build(ctx context.Context) (map[string]string, error) {
	if _, err := exec.LookPath("make"); err != nil {
		return nil,
			errors.New("the functions are built with make, which is not installed or not on the PATH: install it (Debian: make, macOS: the Xcode command line tools)")
	}
	cache, err := filepath.Abs(filepath.Join(s.options.Cache, "functions"))
	if err != nil {
		return nil, err
	}
	unlock, err := lock(cache)
	if err != nil {
		return nil, fmt.Errorf("wait for another build: %w", err)
	}
	defer unlock()
	binaries := map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, f := range s.Model.Functions {
		artifacts := filepath.Join(cache, sourceID(f.Source), f.ID)
		deployed := filepath.Join(s.options.Data, "functions", f.ID, "bootstrap")
		binaries[f.ID] = deployed
		group.Go(func() error {
			if err := makeFunction(ctx, f, artifacts); err != nil {
				return err
			}
			return install(filepath.Join(artifacts, "bootstrap"), deployed)
		})
	}
	return binaries, group.Wait()
}

// sourceID keeps functions of different templates apart in one cache.
func sourceID(folder string) string {
	sum := sha256.Sum256([]byte(folder))
	return hex.EncodeToString(sum[:6])
}

func makeFunction(ctx context.Context, f *template.Function, artifacts string) error {
	if err := os.MkdirAll(artifacts, 0o755); err != nil {
		return fmt.Errorf("build %s: %w", f.ID, err)
	}
	cmd := exec.CommandContext(ctx, "make", "--silent", "--no-print-directory", "--directory", f.Source,
		"build-"+f.ID, "ARTIFACTS_DIR="+artifacts, "BUILD_OS="+runtime.GOOS, "BUILD_ARCH="+runtime.GOARCH)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS") // of a make that runs us
	})
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: make build-%s: %w\n%s", f.ID, f.ID, err, output)
	}
	return nil
}

// install copies a binary. A process that runs the one it replaces is not disturbed.
func install(from, to string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("install %s: %w", to, err)
		}
	}()
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err := errors.Join(err, target.Close()); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}
