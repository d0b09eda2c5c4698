// Package cli is the command line of Spool: it reads arguments and files, calls the
// API through package client, and prints for people or, on request, JSON for programs.
//
// A new command is a struct with its flags, a method
//
//	Run(s *session) error
//
// one Help() string with examples, and a field of [commands]. What a command finds
// out goes to standard output; what it says about its work, to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"spool/shared/fault"
)

// Exit statuses. They are part of the interface, and [description] lists them.
const (
	StatusOK          = 0
	StatusFailure     = 1   // something on this machine: a file, the configuration, a missing answer
	StatusUsage       = 2   // unknown commands and flags
	StatusErrors      = 3   // the thread has errors that X would refuse it for
	StatusRefused     = 4   // the API refused, and said why
	StatusUnreachable = 5   // the API did not answer: the same command may be repeated
	StatusStopped     = 6   // the post has stopped and needs a person
	StatusInterrupted = 130 // by Ctrl-C
)

// commands are what the first argument can be.
type commands struct {
	JSON bool `name:"json" help:"Print JSON, one document, as the API has it; errors are problem documents on standard error."`

	Setup      setupCommand      `cmd:"" group:"setup" help:"Set Spool up, step by step, from wherever it stands."`
	Status     statusCommand     `cmd:"" group:"setup" help:"Show what is set up, and the next step."`
	Accounts   accountsCommand   `cmd:"" group:"setup" help:"List the connected accounts and how they are, and change their settings."`
	Connect    connectCommand    `cmd:"" group:"setup" help:"Connect an account of X, or connect it again."`
	Disconnect disconnectCommand `cmd:"" group:"setup" help:"Disconnect an X account."`
	Budget     budgetCommand     `cmd:"" group:"setup" help:"Show or set what X may charge in a month."`
	Notify     notifyCommand     `cmd:"" group:"setup" help:"Set who is told what happens: webhooks, chats, e-mail."`
	Keys       keysCommand       `cmd:"" group:"setup" help:"List, make and revoke API keys."`

	Count   countCommand   `cmd:"" group:"write" help:"Count text as X does."`
	Preview previewCommand `cmd:"" group:"write" help:"Show a manuscript as the thread it becomes, with what X would refuse and the price."`
	Post    postCommand    `cmd:"" group:"write" help:"Hand over a thread: now, for a time, or as a draft."`

	List      listCommand      `cmd:"" group:"posts" help:"List the posts, newest first."`
	Calendar  calendarCommand  `cmd:"" group:"posts" help:"Show what goes out when in a month."`
	Show      showCommand      `cmd:"" group:"posts" help:"Show a post, tweet by tweet; with --watch until it ends."`
	Edit      editCommand      `cmd:"" group:"posts" help:"Change the texts or the time of a post that is not out."`
	Now       nowCommand       `cmd:"" group:"posts" help:"Publish a draft or a scheduled post now."`
	Cancel    cancelCommand    `cmd:"" group:"posts" help:"Stop what has not gone out."`
	Duplicate duplicateCommand `cmd:"" group:"posts" help:"Make a draft of a post's texts and media."`
	Delete    deleteCommand    `cmd:"" group:"posts" help:"Delete a post's record, or its tweets from X."`

	Doctor   doctorCommand   `cmd:"" group:"trouble" help:"Look for whatever is wrong with your Spool, and say what to do."`
	Failures failuresCommand `cmd:"" group:"trouble" help:"List what needs a person, why, and the command that helps."`
	Retry    retryCommand    `cmd:"" group:"trouble" help:"Resume a post that stopped, at its first tweet that is not out."`
	Resume   resumeCommand   `cmd:"" group:"trouble" help:"End the pause of the whole X app or of an account, once its cause is cleared."`
	Resolve  resolveCommand  `cmd:"" group:"trouble" help:"Say whether a tweet is on X when Spool cannot know."`

	MCP        mcpCommand        `cmd:"" name:"mcp" group:"shell" help:"Serve AI agents (Model Context Protocol)."`
	Completion completionCommand `cmd:"" group:"shell" help:"Print a script that completes commands and flags in a shell."`
}

// groups are the titles under which the help lists the commands.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "setup", Title: "Set up:"},
		{Key: "write", Title: "Write:"},
		{Key: "posts", Title: "Posts:"},
		{Key: "trouble", Title: "When something stops:"},
		{Key: "shell", Title: "Shell:"},
	}
}

const description = `Spool publishes threads on X from your own AWS account.

  spool setup                                  connect to your Spool and to X
  spool preview thread.md                      see the thread as it will look
  spool post thread.md --at "tomorrow 9am"     schedule it
  spool list                                   see what goes out, and when

A post's id may be cut to as many characters as make it unique.

Configuration: "spool setup" keeps the API's address and a key in the user's configuration folder. SPOOL_API and SPOOL_KEY in the
environment win. A key is never an argument. NO_COLOR turns colours off.

Exit status: 0 all is well; 1 something on this machine failed; 2 wrong usage; 3 the thread has errors; 4 the API refused; 5 the API did
not answer, and the same command may be repeated; 6 the post has stopped; 130 interrupted.`

// newParser describes the command line to kong.
func newParser(c *commands, std Stdio) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("spool"), kong.Description(description), kong.ExplicitGroups(groups()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.Vars{"statuses": statuses()},
		kong.Writers(std.Out, std.Err), kong.Exit(func(status int) { panic(exit(status)) }),
	)
}

// Run runs the command line and returns the exit status.
func Run(ctx context.Context, args []string, std Stdio) (status int) {
	s := &session{Stdio: std, ctx: ctx, json: slices.Contains(args, "--json")}
	var c commands
	parser, err := newParser(&c, std)
	if err != nil {
		return s.fail(err)
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
		return s.fail(misuse(err, parsed))
	}
	s.json, s.model = c.JSON, parser.Model
	if err := parsed.Run(s); err != nil {
		return s.fail(err)
	}
	return StatusOK
}

// misuse is the error of arguments that are not understood.
func misuse(err error, parsed *kong.Context) error {
	help := "spool --help"
	if p, ok := errors.AsType[*kong.ParseError](err); ok {
		parsed = p.Context
	}
	if parsed != nil && parsed.Selected() != nil {
		help = "spool " + parsed.Selected().Path() + " --help"
	}
	text := err.Error()
	if missing, ok := strings.CutPrefix(text, "expected "); ok {
		text = strings.ReplaceAll(missing, `"`, "") + " is missing"
	}
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	return usageError{fault.New(fault.Invalid, "%s", strings.ToUpper(text[:1])+text[1:]).Todo("See %s.", help)}
}

// usageError is a wrong argument.
type usageError struct{ err *fault.Error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// wrongUsage says what is wrong with the arguments, and what to do.
func wrongUsage(todo, format string, args ...any) error {
	return usageError{fault.New(fault.Invalid, format, args...).Todo("%s", todo)}
}

// An exit ends a command with a status, when everything has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
