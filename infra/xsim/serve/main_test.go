package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestServesUntilTheContextEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-client-id", "mine", "-redirect", "https://a.example/cb"}, write, io.Discard)
		write.Close()
		ended <- err
	}()

	lines := bufio.NewScanner(read)
	lines.Scan()
	url, _, found := strings.Cut(strings.TrimPrefix(lines.Text(), "Simulated X at "), " ")
	if !found {
		t.Fatalf("the first line is %q", lines.Text())
	}
	var help strings.Builder
	for lines.Scan() {
		help.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "seed") {
			break
		}
	}
	for _, want := range []string{"client id mine", "https://a.example/cb", url + "/__sim/faults"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the explanation lacks %q:\n%s", want, help.String())
		}
	}
	resp, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the page answers %s", resp.Status)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestRefusesToStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, row := range map[string]struct {
		args   []string
		reason string
	}{
		"a port in use":     {[]string{"-addr", taken.Addr().String()}, "is in use by another program; give another address with -addr"},
		"no such address":   {[]string{"-addr", "127.0.0.1:http:x"}, "cannot listen on 127.0.0.1:http:x"},
		"a stray argument":  {[]string{"start"}, `unknown argument "start"`},
		"an unknown option": {[]string{"-adr", "x"}, "-adr"},
	} {
		t.Run(name+" is said", func(t *testing.T) {
			if err := run(t.Context(), row.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), row.reason) {
				t.Errorf("error is %v, want %q in it", err, row.reason)
			}
		})
	}
}
