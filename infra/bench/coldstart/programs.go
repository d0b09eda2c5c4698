package coldstart

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"spool/infra/stack/template"
)

// Build makes the binaries of the template's functions for this machine, as they are deployed but for that, and the
// reference in the same way, below a folder. Checkout is the folder of the template and the Makefile.
func Build(ctx context.Context, checkout, folder string) ([]Program, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	parsed, err := template.Load(filepath.Join(checkout, "template.yaml"))
	if err != nil {
		return nil, err
	}
	model, err := parsed.Resolve(template.Settings{
		Stack: "spool", Parameters: map[string]string{"AdminKeyHash": strings.Repeat("0", 64)},
	})
	if err != nil {
		return nil, err
	}
	reference := Program{Name: Reference, Environment: environment(nil)}
	if reference.Binary, err = build(ctx, checkout, folder, Reference); err != nil {
		return nil, err
	}
	programs := []Program{reference}
	for _, f := range model.Functions {
		p := Program{Name: strings.ToLower(strings.TrimSuffix(f.ID, "Function")), Environment: environment(f.Environment)}
		if p.Binary, err = build(ctx, checkout, folder, f.ID); err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	return programs, nil
}

// build makes one binary with its target in the Makefile.
func build(ctx context.Context, checkout, folder, target string) (binary string, err error) {
	folder = filepath.Join(folder, target)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "make", "--silent", "--no-print-directory", "--directory", checkout, "build-"+target,
		"ARTIFACTS_DIR="+folder, "BUILD_OS="+runtime.GOOS, "BUILD_ARCH="+runtime.GOARCH)
	cmd.Env = append(os.Environ(), "MAKEFLAGS=") // those of a make that runs us
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make build-%s: %w\n%s", target, err, output)
	}
	return filepath.Join(folder, "bootstrap"), nil
}

// environment is what Lambda adds to the variables of the template.
func environment(variables map[string]string) []string {
	all := []string{
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example",
		"AWS_SESSION_TOKEN=example", "AWS_LAMBDA_LOG_FORMAT=JSON", "HOME=/home/sbx_user1051", "TZ=:UTC", "LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin:/bin",
	}
	for name, value := range variables {
		all = append(all, name+"="+value)
	}
	return all
}
