package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"spool/infra/emulate/subprocess"
	"spool/infra/xsim"
)

// simulate is the first argument that has this program be the simulator: a process of its own, so that its share of the
// CPU can be told, and so that what is measured does not wait for it.
const simulate = "simulate"

// serveX serves a simulator without limits, at the address that is its first line of output, until its input ends: that
// is when the program that started it closes it, or is itself gone.
func serveX(in io.Reader, out io.Writer) error {
	settings := xsim.DefaultSettings()
	unlimited(&settings)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	sim := xsim.New(xsim.Config{Settings: &settings})
	server := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until the process ends
	fmt.Fprintln(out, "http://"+listener.Addr().String())
	_, err = io.Copy(io.Discard, in)
	return err
}

// unlimited has the simulator take all posts. To look for duplicates takes long where there are thousands.
func unlimited(s *xsim.Settings) { s.Limits, s.DuplicateWindow = nil, 0 }

// x is a simulator: in a process of its own, or the stack's, which is behind TLS and a network.
type x struct {
	url  string
	http *http.Client
	cmd  *exec.Cmd // nil: it is the stack's
	in   io.Closer
}

func startX() (*x, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, simulate)
	cmd.Stderr = os.Stderr
	subprocess.Own(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("the simulator did not start: %w", err)
	}
	return &x{url: strings.TrimSpace(line), http: http.DefaultClient, cmd: cmd, in: in}, nil
}

// Close ends the simulator.
func (x *x) Close() error {
	if x.cmd == nil {
		return nil
	}
	x.in.Close()
	return x.cmd.Wait()
}

// control asks the simulator's control API.
func (x *x) control(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, x.url+"/__sim/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := x.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the simulator answers %s: %s", res.Status, answer)
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// answersAfter has X take so long over each tweet.
func (x *x) answersAfter(ctx context.Context, latency time.Duration) error {
	if err := x.control(ctx, http.MethodDelete, "faults", nil, nil); err != nil || latency == 0 {
		return err
	}
	slow := xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Count: -1, Delay: latency}
	return x.control(ctx, http.MethodPost, "faults", slow, nil)
}

// addAccount adds a user of X.
func (x *x) addAccount(ctx context.Context, username string) (id string, err error) {
	var a xsim.Account
	err = x.control(ctx, http.MethodPost, "accounts", xsim.Account{Username: username}, &a)
	return a.ID, err
}

// create is a request for a tweet, as X took it.
type create struct {
	entry int // its number in the journal
	text  string
	at    time.Time // when it arrived
	made  string    // the tweet's id; empty: none
}

// creates lists the requests for tweets after an entry of the journal, and tells which entry is the last.
func (x *x) creates(ctx context.Context, after int) (all []create, last int, err error) {
	var entries []struct {
		xsim.Entry
		Body json.RawMessage `json:"body"`
	}
	if err := x.control(ctx, http.MethodGet, fmt.Sprint("journal?after=", after), nil, &entries); err != nil {
		return nil, after, err
	}
	for _, e := range entries {
		after = e.ID
		if e.Method != http.MethodPost || e.Path != "/2/tweets" {
			continue
		}
		var body struct{ Text string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return nil, after, fmt.Errorf("read the simulator's journal: %w", err)
		}
		all = append(all, create{e.ID, body.Text, e.Time, e.Committed})
	}
	return all, after, nil
}
