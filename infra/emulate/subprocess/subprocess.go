// Package subprocess ties child processes to the program that starts them.
package subprocess

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
)

// Own makes cmd, which must not have been started, die with this program and not before it:
// an interrupt typed at the terminal reaches this program only, which ends its children in its own order, and where the
// system can do it (Linux) the kernel kills the child should this program die without doing so. Elsewhere the child
// must notice by itself that a pipe or connection to its parent broke.
func Own(cmd *exec.Cmd) { own(cmd) }

// maxLine is the length, in bytes, from which a line is passed on in pieces.
const maxLine = 64 << 10

// Lines is an io.Writer that passes whole lines on to a writer, each in one Write and with a prefix, so that the output
// of many processes stays legible. It is safe for concurrent use. Close passes on an unfinished last line.
type Lines struct {
	w      io.Writer
	prefix string
	mu     sync.Mutex
	rest   []byte
}

// NewLines makes a Lines. A nil w discards everything.
func NewLines(w io.Writer, prefix string) *Lines {
	if w == nil {
		w = io.Discard
	}
	return &Lines{w: w, prefix: prefix}
}

func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte{'\n'})
		if !found && len(line) < maxLine {
			break
		}
		l.rest = rest
		if err := l.pass(line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Close passes on what is left.
func (l *Lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) == 0 {
		return nil
	}
	line := l.rest
	l.rest = nil
	return l.pass(line)
}

func (l *Lines) pass(line []byte) error {
	out := make([]byte, 0, len(l.prefix)+len(line)+1)
	out = append(append(append(out, l.prefix...), line...), '\n')
	_, err := l.w.Write(out)
	return err
}
