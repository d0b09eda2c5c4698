package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/term"

	"spool/shared/cli"
)

// desk is what is around this process's terminal.
type desk struct{}

var _ cli.Desk = desk{}

// Secret reads a line without showing it.
func (desk) Secret() (string, error) {
	line, err := term.ReadPassword(int(os.Stdin.Fd()))
	return string(line), err
}

// Browse opens the user's browser. Where there is no screen there is none.
func (desk) Browse(address string) error {
	switch runtime.GOOS {
	case "darwin":
		return exec.Command("open", address).Start()
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", address).Start()
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no screen")
	}
	return exec.Command("xdg-open", address).Start()
}

// Edit runs the user's editor, whose name may have arguments.
func (desk) Edit(ctx context.Context, path string) error {
	words := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi"))
	editor := exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	editor.Stdin, editor.Stdout, editor.Stderr = os.Stdin, os.Stdout, os.Stderr
	return editor.Run()
}
