package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"spool/shared/wire"
)

// calls are arguments with which each command succeeds on the fake API.
func calls(t *testing.T) map[string][]string {
	text := file(t, "thread.md", "Hello\n\n---\n\nWorld")
	return map[string][]string{
		"setup":          {},
		"status":         {},
		"doctor":         {},
		"accounts list":  {},
		"accounts set":   {"@ada", "--late", "2h"},
		"accounts erase": {"@ada", "--yes"},
		"resume":         {},
		"budget":         {"20", "--account", "@ada"},
		"connect":        {"--headless"},
		"disconnect":     {"@ada", "--yes"},
		"notify list":    {},
		"notify add":     {"webhook", "--url", "https://example.com/x", "--on", "post.failed", "--account", "@ada"},
		"notify set":     {"c1", "--state", "off", "--all", "--digest", "7"},
		"notify remove":  {"c1", "--yes"},
		"notify test":    {"c1"},
		"notify rotate":  {"c1"},
		"notify log":     {"c1"},
		"notify replay":  {"c1", "01-post_A_3"},
		"keys list":      {},
		"keys create":    {"blog", "--account", "ada", "--expires", "2027-01-01"},
		"keys revoke":    {"k1", "--yes"},
		"count":          {text},
		"preview":        {text},
		"post":           {text, "--now"},
		"list":           {"--account", "@ada", "--status", "draft", "--search", "two words"},
		"calendar":       {"--month", "2026-11"},
		"show":           {publishedID, "--watch"},
		"edit":           {scheduledID, "--at", "tomorrow 9am"},
		"now":            {scheduledID, "--yes"},
		"cancel":         {scheduledID},
		"duplicate":      {publishedID},
		"delete":         {publishedID, "--yes"},
		"failures":       {},
		"retry":          {failedID},
		"resolve":        {unknownID, "2", "--absent"},
		"completion":     {"bash"},
	}
}

// server is the command that speaks JSON to a program all the time.
const server = "mcp"

// local are the commands that need no API.
var local = map[string]bool{"count": true, "preview": true, "completion": true}

// leaves gives the paths of all commands, without the program's name.
func leaves(t *testing.T) map[string]string {
	t.Helper()
	var c commands
	parser, err := newParser(&c, Stdio{Out: io.Discard, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, leaf := range parser.Model.Leaves(false) {
		found[strings.TrimSuffix(strings.TrimPrefix(leaf.Path(), "spool "), " ")] = leaf.Detail
	}
	return found
}

// name is a command's path without its arguments' names.
func name(path string) string {
	var words []string
	for word := range strings.FieldsSeq(path) {
		if strings.ContainsAny(word, "<[(") {
			break
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestEveryCommandPrintsOneJSONDocument(t *testing.T) {
	args := calls(t)
	for path := range leaves(t) {
		command := name(path)
		if command == server {
			continue
		}
		t.Run(command, func(t *testing.T) {
			call, known := args[command]
			if !known {
				t.Fatal("the test does not know how to call it")
			}
			f := newAPI(t)
			for _, std := range []Stdio{f.stdio(), f.terminal(40)} {
				std.Color = true
				got := spool(t, std, "https://spool.test/callback?code=c\n", append(append(strings.Fields(command), call...), "--json")...)
				decoder := json.NewDecoder(strings.NewReader(got.out))
				var document any
				if err := decoder.Decode(&document); err != nil || decoder.More() || got.status != StatusOK {
					t.Errorf("status %d, %v: %q, %q", got.status, err, got.out, got.err)
				}
				if got.err != "" && command != "connect" { // whose link must be seen
					t.Errorf("beside the document it says %q", got.err)
				}
			}
		})
	}
}

func TestEveryCommandHasExamples(t *testing.T) {
	for path := range leaves(t) {
		command := name(path)
		got := spool(t, Stdio{}, "", append(strings.Fields(command), "--help")...)
		if got.status != StatusOK || !strings.Contains(got.out, "Examples:") && command != server || !strings.Contains(got.out, "\n    spool ") && command != server || !strings.Contains(got.out, "--json") {
			t.Errorf("%s: status %d, %s", command, got.status, got.out)
		}
	}
}

// TestEveryErrorSaysWhatIsWrongAndWhatToDo fails every command in every way that all
// have in common.
func TestEveryErrorSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	args := calls(t)
	refusal := &wire.Problem{Status: 409, Code: "conflict", Detail: "This is not possible now.", Todo: "Wait a minute."}
	for _, way := range []struct {
		name   string
		status int
		code   string
		todo   string
		std    func(*fakeAPI) Stdio
	}{
		{"not configured", StatusFailure, "not_set_up", "spool setup", func(*fakeAPI) Stdio { return Stdio{Config: t.TempDir()} }},
		{"a wrong key", StatusRefused, "unauthorized", "SPOOL_KEY", func(f *fakeAPI) Stdio {
			return Stdio{Env: func(name string) string { return map[string]string{"SPOOL_API": f.url, "SPOOL_KEY": "wrong"}[name] }}
		}},
		{"nobody listens", StatusUnreachable, "unreachable", "repeat", func(*fakeAPI) Stdio {
			return Stdio{Env: func(name string) string {
				return map[string]string{"SPOOL_API": "http://127.0.0.1:1", "SPOOL_KEY": "key"}[name]
			}}
		}},
		{"refused", StatusRefused, "conflict", "Wait a minute.", func(f *fakeAPI) Stdio {
			for request := range f.answers {
				f.answer(request, refusal)
			}
			return f.stdio()
		}},
		{"an address without encryption", StatusFailure, "invalid_request", "https", func(*fakeAPI) Stdio {
			return Stdio{Env: func(name string) string {
				return map[string]string{"SPOOL_API": "http://spool.test", "SPOOL_KEY": "key"}[name]
			}}
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			for path := range leaves(t) {
				command := name(path)
				if local[command] || command == server && way.code != "not_set_up" || command == "setup" && way.code == "not_set_up" { // setup asks then
					continue
				}
				call := append(strings.Fields(command), args[command]...)
				got := spool(t, way.std(newAPI(t)), "", call...)
				if got.status != way.status || !strings.HasPrefix(got.err, "spool: ") || !strings.Contains(got.err, ".") || !strings.Contains(got.err, way.todo) || got.out != "" {
					t.Errorf("%s: status %d, out %q, err %q", command, got.status, got.out, got.err)
				}
				got = spool(t, way.std(newAPI(t)), "", append(call, "--json")...)
				var p struct {
					wire.Problem
					Exit int `json:"exit_status"`
				}
				decoder := json.NewDecoder(bytes.NewReader([]byte(got.err)))
				if err := decoder.Decode(&p); err != nil || decoder.More() || string(p.Code) != way.code || p.Detail == "" || p.Todo == "" && way.code != "invalid_request" || p.Exit != way.status {
					t.Errorf("%s --json: %v, %+v, %q", command, err, p, got.err)
				}
			}
		})
	}
}
