package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"spool/shared/fault"
)

// Stdio is what a command has of the world.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal says which of them are terminals.
	Terminal Terminal
	// Color allows colours in what goes to a terminal.
	Color bool
	// Env reads the environment; nil where there is none.
	Env func(name string) string
	// Config and Cache are Spool's folders in those of the user; empty where there are
	// none. They need not exist.
	Config, Cache string
	// Now is the clock, time.Now but for tests.
	Now func() time.Time
	// Zone is where the user is, by its IANA name where that is known: what has no zone
	// of its own is shown in it.
	Zone *time.Location
	// Sleep waits, or gives up with ctx.
	Sleep func(ctx context.Context, d time.Duration) error
	Desk  Desk
}

// Terminal says what a person sits at.
type Terminal struct {
	In, Out, Err bool
	Width        int // in columns, of Out; 0: unknown
}

// Desk is what is around a terminal.
type Desk interface {
	// Secret reads a line from the terminal without showing it.
	Secret() (string, error)
	// Browse opens an address in a browser.
	Browse(address string) error
	// Edit lets the user edit a file, and returns when they have left the editor.
	Edit(ctx context.Context, path string) error
}

// env reads a variable.
func (s *session) env(name string) string {
	if s.Env == nil {
		return ""
	}
	return s.Env(name)
}

// maxLine bounds an answer, in bytes.
const maxLine = 8 << 10

// ask prints a question and reads the answer, a line. It reads byte by byte: what
// follows belongs to the next question, which may be read without echo.
func (s *session) ask(question string) (string, error) {
	s.say("%s ", question)
	var line []byte
	for b := make([]byte, 1); len(line) < maxLine; {
		n, err := s.In.Read(b)
		if n == 1 && b[0] == '\n' {
			break
		}
		line = append(line, b[:n]...)
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				break
			}
			s.say("\n")
			return "", fault.New(fault.Invalid, "There was no answer to “%s”.", question).
				Todo("Run the command in a terminal, or send the answers to its standard input, each on a line.")
		}
		if err != nil {
			return "", err
		}
	}
	if !s.Terminal.In {
		s.say("\n")
	}
	return strings.TrimSpace(string(line)), nil
}

// askSecret is ask for what must not be seen.
func (s *session) askSecret(question string) (string, error) {
	if !s.Terminal.In || s.Desk == nil {
		return s.ask(question)
	}
	s.say("%s (it is not shown) ", question)
	text, err := s.Desk.Secret()
	s.say("\n")
	return strings.TrimSpace(text), err
}

// confirm asks before what cannot be undone, unless yes was given as a flag.
// Where nobody can be asked it refuses.
func (s *session) confirm(yes bool, format string, args ...any) error {
	if yes {
		return nil
	}
	question := sprintf(format, args...)
	if !s.Terminal.In {
		return fault.New(fault.Invalid, "%s Nobody can be asked, because this is no terminal.", question).
			Todo("Add --yes to say so.")
	}
	answer, err := s.ask(question + " [y/N]")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return fault.New(fault.Invalid, "Nothing was done.")
	}
	return nil
}
