package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
	"spool/shared/cli"
	"spool/shared/media/mediatest"
	"spool/shared/wire"
)

// shell runs the command line in a home of its own.
type shell struct {
	t       *testing.T
	program string
	folder  string
}

// newShell builds the command line.
func newShell(t *testing.T) *shell {
	t.Helper()
	s := &shell{t, filepath.Join(t.TempDir(), "spool"), t.TempDir()}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", s.program, "../../functions/spool").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s
}

// command is a command line that is not started yet.
func (s *shell) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(s.t.Context(), s.program, args...)
	c.Dir = s.folder
	c.Env = append(os.Environ(), "HOME="+s.folder, "XDG_CONFIG_HOME="+s.folder+"/config", "XDG_CACHE_HOME="+s.folder+"/cache", "SPOOL_API=", "SPOOL_KEY=")
	return c
}

// run runs a command line, which must end with the status, and gives what it prints.
func (s *shell) run(status int, args ...string) (out, said string) {
	s.t.Helper()
	c := s.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok || c.ProcessState.ExitCode() != status {
		s.t.Fatalf("spool %v ended with %v (%v), want %d\n%s\n%s", args, err, exit, status, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// answer runs a command with --json, and reads its document.
func answer[T any](s *shell, status int, args ...string) (document T) {
	s.t.Helper()
	out, said := s.run(status, append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		s.t.Fatalf("spool %v printed %q: %v", args, out, err)
	}
	if strings.Contains(out+said, "\x1b") {
		s.t.Errorf("spool %v colours a pipe", args)
	}
	return document
}

// setUp sets Spool up as a person without a browser does: with a link that is opened
// elsewhere, and a pasted address.
func (s *shell) setUp(st *stack.Stack) {
	s.t.Helper()
	c := s.command("setup", "--headless")
	in, err := c.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	said, err := c.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	app := st.Simulator.Settings()
	if _, err := io.WriteString(in, st.API.String()+"\n"+st.AdminKey+"\n"+app.ClientID+"\n"+app.ClientSecret+"\n"); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		s.t.Log(lines.Text())
		if link := strings.TrimSpace(lines.Text()); strings.Contains(link, "/i/oauth2/authorize?") {
			address, err := owner.Allow(s.t.Context(), link, "ada")
			if err != nil {
				s.t.Fatal(err)
			}
			if _, err := io.WriteString(in, address+"\n"); err != nil {
				s.t.Fatal(err)
			}
		}
		if strings.Contains(lines.Text(), st.AdminKey) || strings.Contains(lines.Text(), app.ClientSecret) {
			s.t.Error("a secret is shown")
		}
	}
	if err := c.Wait(); err != nil {
		s.t.Fatalf("setup: %v", err)
	}
}

// TestTheCommandLineFromSetupToTheDeletedThread goes the way of somebody who has
// nothing but the command line.
func TestTheCommandLineFromSetupToTheDeletedThread(t *testing.T) {
	t.Parallel()
	st := stacktest.Start(t, nil, t.Output())
	s := newShell(t)
	s.run(cli.StatusFailure, "status") // nothing is known yet
	s.setUp(st)
	if status := answer[wire.Status](s, cli.StatusOK, "status"); !status.Ready {
		t.Fatalf("after the setup it stands at %+v", status)
	}
	s.write("cat.png", mediatest.PNG(40, 30, 1))
	s.write("thread.md", []byte("---\nnumbering: 1/n\n---\nA cat: ![asleep](cat.png)\n\n---\n\nThat was it."))

	// Out it goes, once however often it is said.
	p := answer[wire.Post](s, cli.StatusOK, "post", "thread.md", "--now", "--watch")
	again := answer[wire.Post](s, cli.StatusOK, "post", "thread.md", "--now")
	timeline, err := st.Simulator.Timeline("ada")
	if err != nil || p.Status != "published" || again.ID != p.ID || len(timeline) != 2 || timeline[0].Text != "A cat: 1/2" || len(timeline[0].Media) != 1 {
		t.Errorf("%s is %s, then %s; on X is %+v, %v", p.ID, p.Status, again.ID, timeline, err)
	}
	if _, said := s.run(cli.StatusOK, "show", p.ID[:6], "--watch"); !strings.Contains(said, "All of it is on X") {
		t.Errorf("show --watch says %q", said)
	}

	// Another one is written, moved, duplicated.
	draft := answer[wire.Post](s, cli.StatusOK, "post", "thread.md", "--draft")
	moved := answer[wire.Post](s, cli.StatusOK, "edit", draft.ID, "--at", "in 20 days", "--tz", "UTC")
	if moved.Status != "scheduled" || moved.ScheduledAt == nil {
		t.Errorf("moved, it is %+v", moved)
	}
	calendar := answer[wire.PostList](s, cli.StatusOK, "calendar", "--month", moved.ScheduledAt.Local().Format("2006-01"))
	list := answer[wire.PostList](s, cli.StatusOK, "list", "--status", "scheduled,published")
	if !holds(calendar, draft.ID) || !holds(list, p.ID) || !holds(list, draft.ID) {
		t.Errorf("the calendar has %+v and the list %+v", calendar, list)
	}
	copied := answer[wire.Post](s, cli.StatusOK, "duplicate", p.ID)
	s.run(cli.StatusOK, "delete", copied.ID, "--yes")
	s.run(cli.StatusRefused, "cancel", p.ID)

	// One fails, and is mended.
	if _, err := st.Simulator.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"You are not permitted to perform this action."}`}); err != nil {
		t.Fatal(err)
	}
	s.write("other.md", []byte("Something else."))
	failed := answer[wire.Post](s, cli.StatusStopped, "post", "other.md", "--now", "--watch")
	if failures, _ := s.run(cli.StatusOK, "failures"); !strings.Contains(failures, failed.ID[:8]) || !strings.Contains(failures, "spool retry "+failed.ID[:8]) {
		t.Errorf("failures are %q", failures)
	}
	if mended := answer[wire.Post](s, cli.StatusOK, "retry", failed.ID, "--watch"); mended.Status != "published" {
		t.Errorf("retried, it is %+v", mended)
	}

	// And away it goes.
	if _, said := s.run(cli.StatusFailure, "delete", p.ID, "--from-x"); !strings.Contains(said, "--yes") {
		t.Errorf("without a terminal it says %q", said)
	}
	if gone := answer[wire.Post](s, cli.StatusOK, "delete", p.ID, "--from-x", "--yes"); gone.Status != "deleted" {
		t.Errorf("deleted from X, it is %s", gone.Status)
	}
	if timeline, _ = st.Simulator.Timeline("ada"); len(timeline) != 3 || !timeline[0].Deleted || !timeline[1].Deleted || timeline[2].Deleted {
		t.Errorf("on X is %+v", timeline)
	}
	s.run(cli.StatusOK, "delete", p.ID, "--yes")
	s.run(cli.StatusRefused, "post", "thread.md", "--now") // it was handed over before, and says so
	s.run(cli.StatusErrors, "post")                        // a pipe without anything in it
	s.run(cli.StatusUsage, "post", "--at")
	s.write("wrong.md", []byte("$ABC $DEF"))
	s.run(cli.StatusErrors, "preview", "wrong.md")
}

// write writes a file into the shell's folder.
func (s *shell) write(name string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// holds reports whether a post is in a list.
func holds(list wire.PostList, id string) bool {
	return slices.ContainsFunc(list.Posts, func(p wire.Post) bool { return p.ID == id })
}
