package cli

import (
	"log/slog"
	"runtime/debug"
	"time"

	"spool/shared/mcp"
)

type mcpCommand struct {
	MinLead time.Duration `name:"min-lead" default:"2m" help:"How far ahead the time of what the agent schedules must lie, so that you can still stop it."`
}

// Help is what mcp --help adds.
func (*mcpCommand) Help() string {
	return `An agent's program starts this command by itself and talks to it by standard input and output (the Model Context Protocol). Add it there:

  {"mcpServers": {"spool": {"command": "spool", "args": ["mcp"]}}}

Reading and drafts change nothing that others see, and may be allowed once and for all. Whatever publishes, schedules, changes or deletes is marked, so
that the program asks you first. To give the agent a key with fewer rights than yours:

  spool keys create agent --scope posts:read --scope posts:write

and add to the snippet, beside "args": "env": {"SPOOL_API": "https://...", "SPOOL_KEY": "..."}`
}

// Run serves agents until standard input ends.
func (c *mcpCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	api.Agent = "spool-mcp"
	if s.Terminal.In {
		s.say("Waiting for an agent's program, which starts this command by itself; see spool mcp --help. Ctrl-C ends.\n")
	}
	log := slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server := &mcp.Server{Spool: api, Version: version(), MinLead: c.MinLead, Now: s.Now, Log: log}
	return server.Serve(s.ctx, s.In, s.Out)
}

// version is the program's version as the go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version
}
