package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/stack"
)

// project is the folder with template.yaml, as seen from this one.
const project = "../.."

// running is what a program reads from -json.
type running struct {
	API      string `json:"api"`
	X        string `json:"x"`
	AdminKey string `json:"admin_key"`
}

// launch runs the command until end is called, which gives what it returned.
func launch(t *testing.T, args ...string) (r running, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, args, writer, t.Output())
		writer.CloseWithError(errors.Join(err, io.EOF))
		done <- err
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("it ended before it was ready: %v", <-done)
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return r, func() error { cancel(); return <-done }
}

// status asks the API how far the setup is.
func status(t *testing.T, r running) (code int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", r.API+"/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.AdminKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestWholeSystemRunsAndKeepsItsData(t *testing.T) {
	dynamodbtest.RequireNode(t)
	t.Chdir(project)
	data := t.TempDir()
	first, end := launch(t, "-json", "-addr", "127.0.0.1:0", "-data", data, "-set", "SettleSeconds=1")
	if code, answer := status(t, first); code != http.StatusOK || !strings.Contains(answer, `"step":"credentials","done":true`) {
		t.Errorf("got %d %s, want the simulated app stored", code, answer)
	}
	page, err := http.Get(first.X)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("the simulator answers %s", page.Status)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(first.API); err == nil {
		t.Error("the API still answers after the end")
	}

	second, end := launch(t, "-json", "-addr", "127.0.0.1:0", "-data", data, "-x", "https://x.example/")
	if second.AdminKey != first.AdminKey {
		t.Error("the admin key changed")
	}
	if second.X != "https://x.example" {
		t.Errorf("X is %s", second.X)
	}
	if code, answer := status(t, second); code != http.StatusOK || !strings.Contains(answer, `"step":"credentials","done":true`) {
		t.Errorf("got %d %s, want the app of the first run", code, answer)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
}

func TestCommandIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, folder string
		args         []string
		want         string
	}{
		{"unknown flag", project, []string{"-speed", "2"}, "flag provided but not defined: -speed"},
		{"argument", project, []string{"now"}, `unknown argument "now": only flags are taken, see -help`},
		{"parameter without value", project, []string{"-set", "SettleSeconds"}, `invalid value "SettleSeconds" for flag -set: want Name=Value`},
		{"another folder", ".", nil, "there is no template.yaml in this folder: run the command in the folder of the project"},
		{"endpoint that is none", project, []string{"-addr", "127.0.0.1:0", "-x", "api.x.com"}, `an https origin without a path, or an http origin on the loopback with its port, and "api.x.com" is not`},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			t.Chdir(c.folder)
			err := run(t.Context(), append([]string{"-data", data}, c.args...), io.Discard, t.Output())
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestHelpListsTheFlags(t *testing.T) {
	var help strings.Builder
	if err := run(t.Context(), []string{"-h"}, io.Discard, &help); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	for _, name := range []string{"-addr", "-data", "-json", "-set", "-x"} {
		if !strings.Contains(help.String(), "  "+name+" ") && !strings.Contains(help.String(), "  "+name+"\n") {
			t.Errorf("the help lacks %s:\n%s", name, &help)
		}
	}
}

func TestPersonIsToldWhatToDoNext(t *testing.T) {
	api := &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	for _, c := range []struct {
		name  string
		stack *stack.Stack
		want  string
	}{
		{"with the key of the data folder", &stack.Stack{API: api, X: "https://api.x.com", AdminKey: "k3y"}, `
Spool runs on this machine. Ctrl-C ends it.

  Web page   http://127.0.0.1:8080/  sign in with the admin key
  API        http://127.0.0.1:8080/docs
  X          https://api.x.com
  Admin key  k3y  kept in .data/admin-key

By command line, in another terminal:

  export SPOOL_API=http://127.0.0.1:8080 SPOOL_KEY=k3y
  go run ./functions/spool setup

`},
		{"with a key of one's own", &stack.Stack{API: api, X: "https://api.x.com"}, `
Spool runs on this machine. Ctrl-C ends it.

  Web page   http://127.0.0.1:8080/  sign in with the admin key
  API        http://127.0.0.1:8080/docs
  X          https://api.x.com

By command line, in another terminal:

  export SPOOL_API=http://127.0.0.1:8080 SPOOL_KEY=YOUR-ADMIN-KEY
  go run ./functions/spool setup

`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			if err := announce(&got, c.stack, config{options: stack.Options{Data: ".data"}}); err != nil {
				t.Fatal(err)
			}
			if got.String() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", &got, c.want)
			}
		})
	}
}
