package mcp

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// The protocol's messages are lines of JSON, and what is in them is to be published as it
// was meant.
func TestArgumentsThatWouldBeMendedAreRefused(t *testing.T) {
	f := newAPI()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- newServer(t, f).Serve(t.Context(), in, out) }()
	lines := bufio.NewScanner(fromServer)
	say := func(message string) {
		if _, err := io.WriteString(toServer, message+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(message string) string {
		say(message)
		if !lines.Scan() {
			t.Fatalf("there is no answer: %v", lines.Err())
		}
		return lines.Text()
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	for text, says := range map[string]string{"caf\xe9": "not UTF-8", `\ud83d`: "half a character"} {
		answer := ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_draft","arguments":{"tweets":[{"text":"` + text + `"}]}}}`)
		if !strings.Contains(answer, says) || !strings.Contains(answer, "tweets[0].text") {
			t.Errorf("%q is answered with %s", text, answer)
		}
	}
	if err := toServer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if len(f.calls) > 0 {
		t.Errorf("the API was asked: %v", f.calls)
	}
}
