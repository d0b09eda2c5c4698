// Package cli is the command line of Spool: it reads arguments and files, calls the
// other packages, and prints for people or, on request, JSON for programs.
//
// A new command is a struct with its flags and a method
//
//	Run(s *session) error
//
// and a field of [commands].
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// Exit statuses.
const (
	StatusOK      = 0
	StatusFailure = 1 // a file cannot be read, or what it holds is not what it should be
	StatusUsage   = 2 // unknown commands and flags
	StatusErrors  = 3 // the preview shows errors that X would refuse the thread for
)

// Stdio is what a command has of the world.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	// Color allows colours in Out.
	Color bool
	// Now is the clock, time.Now but for tests.
	Now func() time.Time
}

// commands are what the first argument can be.
type commands struct {
	Count   countCommand   `cmd:"" help:"Count text as X does."`
	Preview previewCommand `cmd:"" help:"Show a manuscript as the thread it becomes, with what X would refuse and the price."`
}

const description = `Spool publishes threads on X from your own AWS account.

Exit status: 0 all is well; 1 a failure; 2 wrong usage; 3 the preview has errors.`

// Run runs the command line and returns the exit status.
func Run(ctx context.Context, args []string, std Stdio) (status int) {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("spool"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(std.Out, std.Err), kong.Exit(func(status int) { panic(exit(status)) }),
	)
	if err != nil {
		fmt.Fprintln(std.Err, "spool:", err)
		return StatusFailure
	}
	// Kong leaves the program after printing help; this leaves Run.
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			status = int(r)
		default:
			panic(r)
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(std.Err, "spool: %v\nSee spool --help.\n", err)
		return StatusUsage
	}
	err = parsed.Run(&session{Stdio: std, ctx: ctx})
	if err == nil {
		return StatusOK
	}
	if failed, ok := errors.AsType[exit](err); ok {
		return int(failed)
	}
	fmt.Fprintln(std.Err, "spool:", explain(err))
	return StatusFailure
}

// An exit ends a command with a status, when everything has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// A session is the run of one command.
type session struct {
	Stdio
	ctx context.Context
}

// maxFile bounds what a command reads from a file at once.
const maxFile = 16 << 20

// read reads a file, or standard input for "-".
func (s *session) read(name string) ([]byte, error) {
	in, closeFile, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer closeFile()
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MB; divide it", name, maxFile>>20)
	}
	return data, nil
}

// open opens a file, or standard input for "-".
func (s *session) open(name string) (in io.Reader, closeFile func(), err error) {
	if name == "-" {
		return s.In, func() {}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil
}

// explain turns an error into what a person needs to know.
func explain(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err.Error()
	}
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Fix != "" {
		text += " " + e.Fix
	}
	return text
}

// limit is the length of a post for an account with or without Premium.
func limit(premium bool) int {
	if premium {
		return tweet.PremiumLimit
	}
	return tweet.StandardLimit
}
