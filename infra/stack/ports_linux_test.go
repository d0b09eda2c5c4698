package stack_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spool/infra/stack"
)

// parentOf is a process's parent by /proc/PID/stat: "PID (name) state PPID …".
func parentOf(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// family are the pids of this process and of those that it started.
func family() (pids []int) {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, e := range entries {
		pid, _ := strconv.Atoi(filepath.Base(e))
		for p := pid; p > 1; p = parentOf(p) {
			if p == os.Getpid() {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids
}

// listening are all TCP ports that this process and those that it started listen on, by the addresses.
func listening(t *testing.T) (ports []string) {
	t.Helper()
	sockets := map[string]bool{}
	for _, pid := range family() {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, f := range files {
			if target, err := os.Readlink(f); err == nil && strings.HasPrefix(target, "socket:[") {
				sockets[strings.Trim(target, "socket:[]")] = true
			}
		}
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text()) // slot, local address, remote, state, …, inode
			if len(fields) < 10 || fields[3] != "0A" || !sockets[fields[9]] {
				continue
			}
			address, hex, _ := strings.Cut(fields[1], ":")
			port, err := strconv.ParseUint(hex, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			if address != "0100007F" {
				t.Errorf("something listens on %s:%d, beyond this machine", address, port)
			}
			ports = append(ports, strconv.FormatUint(port, 10))
		}
	}
	return ports
}

// wantClosed checks that of all the ports of a running stack none but the API's and the simulator's has anything for who
// does not know its secrets: a web page, or another user of this machine.
func wantClosed(t *testing.T, s *stack.Stack) {
	t.Helper()
	ports := listening(t)
	open := []string{s.API.Port()}
	if _, port, ok := strings.Cut(strings.TrimPrefix(s.X, "http://"), ":"); ok {
		open = append(open, port)
	}
	closed := slices.DeleteFunc(slices.Clone(ports), func(p string) bool { return slices.Contains(open, p) })
	if len(closed) < 6 { // DynamoDB and its guard, SQS, KMS, S3, a function
		t.Errorf("only the ports %v were found", ports)
	}
	for _, port := range open {
		if code, _, _ := ask(t, port, "GET", "/", "Host", "rebound.example:"+port); code != http.StatusMisdirectedRequest {
			t.Errorf("port %s takes a foreign name for its own: %d", port, code)
		}
	}
	guess := "AWS4-HMAC-SHA256 Credential=local/20261126/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
	for _, port := range closed {
		for _, request := range [][]string{
			{"GET", "/"}, {"GET", "/2018-06-01/runtime/invocation/next"}, {"POST", "/2018-06-01/runtime/init/error"},
			{"POST", "/", "X-Amz-Target", "DynamoDB_20120810.ListTables", "Content-Type", "application/x-amz-json-1.0"},
			{"POST", "/", "X-Amz-Target", "DynamoDB_20120810.ListTables", "Content-Type", "application/x-amz-json-1.0", "Authorization", guess},
			{"POST", "/", "X-Amz-Target", "AmazonSQS.ListQueues"}, {"POST", "/", "X-Amz-Target", "TrentService.Decrypt"}, {"GET", "/spool-media/"},
			{"POST", "/", "Origin", "http://evil.example"}, {"OPTIONS", "/", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST"},
		} {
			code, header, body := ask(t, port, request[0], request[1], request[2:]...)
			if code < 400 || header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("port %s answers %v with %d %v %s", port, request, code, header, body)
			}
		}
	}
}

// ask sends a request to a port. The header Host is the name that it is for.
func ask(t *testing.T, port, method, path string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:"+port+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(body)
}
