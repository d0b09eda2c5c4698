// Command local runs the whole of Spool on this machine, as template.yaml describes it, with a simulator for X.
//
//	go run ./infra/local -addr 127.0.0.1:8080 -data .data
//
// Posts, keys and the admin key are kept in the data folder; what the simulator published is not. With -x the functions
// use another X endpoint, such as https://api.x.com. AWS_ENDPOINT_URL_DYNAMODB in the environment names a DynamoDB to
// use in place of the one that comes with the stack.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"spool/infra/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// config is what the command line says.
type config struct {
	options stack.Options
	json    bool
}

func parse(args []string, stderr io.Writer) (config, error) {
	c := config{options: stack.Options{
		Template:   "template.yaml",
		Parameters: map[string]string{},
		DynamoDB:   os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"),
		Log:        stderr,
	}}
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what Parse prints is in its error, too
	flags.StringVar(&c.options.Addr, "addr", "127.0.0.1:8080", "`address` of the API")
	flags.StringVar(&c.options.Data, "data", ".data", "`folder` of everything that survives a restart")
	flags.BoolVar(&c.json, "json", false, "print one line of JSON when ready")
	flags.IntVar(&c.options.Concurrency, "concurrency", 1000,
		"`executions` of Lambda's at once that the account may have; a new one has 10")
	flags.Func("x", "`URL` of an X API to use in place of the simulator", func(url string) error {
		c.options.Parameters["XEndpoint"] = strings.TrimSuffix(url, "/")
		return nil
	})
	flags.Func("set", "`Name=Value` for a parameter of the template; may be given again", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("want Name=Value")
		}
		c.options.Parameters[name] = value
		return nil
	})
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "Run the whole of Spool on this machine:")
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return config{}, err
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unknown argument %q: only flags are taken, see -help", flags.Arg(0))
	}
	return c, nil
}

// run starts the stack, says where it is, and waits until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.options.Template); errors.Is(err, os.ErrNotExist) {
		return errors.New("there is no template.yaml in this folder: run the command in the folder of the project")
	}
	s, err := stack.Start(ctx, c.options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.Simulator != nil {
		if err := s.StoreApp(ctx); err != nil {
			return err
		}
	}
	if err := announce(stdout, s, c); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-s.Done():
		return errors.New("DynamoDB has ended by itself: see its last lines above")
	}
}

// announce says what runs where: to a program as one line of JSON, to a person with what to do next.
func announce(w io.Writer, s *stack.Stack, c config) error {
	if c.json {
		return json.NewEncoder(w).Encode(struct {
			API      string `json:"api"`
			X        string `json:"x"`
			AdminKey string `json:"admin_key"`
		}{s.API.String(), s.X, s.AdminKey})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nSpool runs on this machine. Ctrl-C ends it.\n\n")
	fmt.Fprintf(&b, "  Web page   %s/  sign in with the admin key\n", s.API)
	fmt.Fprintf(&b, "  API        %s/docs\n", s.API)
	if s.Simulator != nil {
		fmt.Fprintf(&b, "  X          %s  a simulator: open it in a browser to see what is published\n", s.X)
	} else {
		fmt.Fprintf(&b, "  X          %s\n", s.X)
	}
	key := s.AdminKey
	if key == "" {
		key = "YOUR-ADMIN-KEY"
	} else {
		fmt.Fprintf(&b, "  Admin key  %s  kept in %s\n", key, filepath.Join(c.options.Data, "admin-key"))
	}
	fmt.Fprintf(&b,
		"\nBy command line, in another terminal:\n\n  export SPOOL_API=%s SPOOL_KEY=%s\n  go run ./functions/spool setup\n\n",
		s.API, key)
	_, err := io.WriteString(w, b.String())
	return err
}
