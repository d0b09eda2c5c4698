// Command xsim runs the X simulator by itself, in memory, with real time.
//
//	go run ./infra/xsim/serve -addr 127.0.0.1:8090
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"spool/infra/emulate/loopback"
	"spool/infra/xsim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "xsim:", err)
		}
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	settings := xsim.DefaultSettings()
	flags := flag.NewFlagSet("xsim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8090", "`address` to listen on; port 0 takes a free one")
	flags.StringVar(&settings.ClientID, "client-id", settings.ClientID, "OAuth client `id` of the application")
	flags.StringVar(&settings.ClientSecret, "client-secret", settings.ClientSecret,
		"OAuth client `secret`; empty makes it a public client")
	redirects := flags.String("redirect", "*",
		"registered redirect `URIs`, separated by commas; * allows any loopback URL")
	seed := flags.Uint64("seed", randomSeed(), "seed of tokens and ids; random unless given")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; xsim takes flags only (-help lists them)", flags.Arg(0))
	}
	settings.Public = settings.ClientSecret == ""
	settings.Redirects = strings.Split(*redirects, ",")

	listener, err := net.Listen("tcp", *addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program; give another address with -addr (port 0 takes a free one)", *addr)
	} else if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", *addr, err)
	}
	sim := xsim.New(xsim.Config{Seed: *seed, Settings: &settings})
	explain(stdout, "http://"+listener.Addr().String(), settings, *seed)
	return serve(ctx, listener, loopback.Named(sim.Handler()))
}

// serve answers on listener until ctx ends, then lets running requests finish
// for a moment.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close() // a fault may hold an answer back for long
	}
	return nil
}

// explain says where the simulator is and how to use it.
func explain(w io.Writer, url string, c xsim.Settings, seed uint64) {
	client := fmt.Sprintf("client id %s, client secret %s", c.ClientID, c.ClientSecret)
	if c.Public {
		client = fmt.Sprintf("client id %s, public client without a secret", c.ClientID)
	}
	fmt.Fprintf(w, `Simulated X at %[1]s (in memory; Ctrl-C ends it)

  timelines    %[1]s/
  OAuth        %[1]s/i/oauth2/authorize and %[1]s/2/oauth2/token
               %[2]s
               callback URLs: %[3]s
               &auto=allow&as=ada answers the consent page at once
  API          %[1]s/2/tweets, /2/users/me, /2/users/{id}/tweets
  faults       curl -d '{"method":"POST","path":"/2/tweets","status":503}' %[1]s/__sim/faults
  journal      %[1]s/__sim/journal
  uploads      %[1]s/__sim/media?user=ada
  settings     curl -d '{"visibility_lag":"5s"}' %[1]s/__sim/settings
  a token      curl -d '{"user":"ada"}' %[1]s/__sim/connect
  seed         %[4]d
`, url, client, strings.Join(c.Redirects, ", "), seed)
}

func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
