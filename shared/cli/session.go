package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// A session is the run of one command.
type session struct {
	Stdio
	ctx   context.Context
	json  bool
	model *kong.Application
}

// say tells a person what goes on. With --json standard error is for problems only.
func (s *session) say(format string, args ...any) {
	if !s.json {
		_, _ = io.WriteString(s.Err, s.paintErr().legible(fmt.Sprintf(format, args...))) // nobody is left to tell
	}
}

// print prints what was found out: v with --json, else what text gives.
func (s *session) print(v any, text func(paint painter) string) error {
	if !s.json {
		_, err := io.WriteString(s.Out, s.paint().legible(text(s.paint())))
		return err
	}
	return encode(s.Out, v, s.Terminal.Out)
}

// encode writes a document of JSON. In it, too, nothing steers a terminal: JSON has an escape for every character.
func encode(w io.Writer, v any, indent bool) error {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if indent {
		encoder.SetIndent("", "  ")
	}
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, printable(b.String()))
	return err
}

// paint colours standard output.
func (s *session) paint() painter { return painter(s.Color && s.Terminal.Out) }

// paintErr colours standard error.
func (s *session) paintErr() painter { return painter(s.Color && s.Terminal.Err) }

// client is a client of the API that is configured.
func (s *session) client() (*client.Client, error) {
	c, err := s.configured()
	if err != nil {
		return nil, err
	}
	if c.API == "" || c.Key == "" {
		return nil, fault.New(fault.NotSetUp, "This machine does not know your Spool yet.").
			Todo("Run: spool setup. Or set SPOOL_API and SPOOL_KEY in the environment.")
	}
	return s.dial(c)
}

// dial makes a client of a configuration.
func (s *session) dial(c config) (*client.Client, error) {
	base, err := client.ParseBase(c.API)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s.", capital(err.Error())).At("SPOOL_API").Because(err)
	}
	return &client.Client{Base: base, Key: c.Key, Agent: "spool-cli", Sleep: s.Sleep}, nil
}

// account finds an account by its user name, with or without @, or its id. Without
// a name it is the only one.
func (s *session) account(c *client.Client, name string) (wire.Account, error) {
	list, err := c.ListAccounts(s.ctx)
	if err != nil {
		return wire.Account{}, err
	}
	return pick(list.Accounts, name)
}

// maxFile bounds what a command reads from a manuscript.
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
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MB.", maxFile>>20).At(name).Todo("Split it.")
	}
	return data, nil
}

// text is the text in a file, or on standard input for "-".
func (s *session) text(name string) (string, error) {
	data, err := s.read(name)
	if err != nil {
		return "", err
	}
	text, err := intake.Text(data)
	if err != nil {
		return "", inFile{name, err}
	}
	return text, nil
}

// open opens a file, or standard input for "-".
func (s *session) open(name string) (in io.Reader, closeFile func(), err error) {
	if name == "-" {
		if s.Terminal.In {
			s.say("Reading from the terminal; Ctrl-D ends.\n")
		}
		return s.In, func() {}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil
}

// limit is the length of a post for an account with or without Premium.
func limit(premium bool) int {
	if premium {
		return tweet.PremiumLimit
	}
	return tweet.StandardLimit
}
