package stack_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/stack"
	"spool/infra/stack/adminkey"
)

const relay = "testdata/relay/template.yaml"

// options runs the relay on a data folder.
func options(t *testing.T, data string) stack.Options {
	t.Helper()
	dynamodbtest.RequireNode(t)
	return stack.Options{Template: relay, Data: data, Cache: dynamodbtest.Cache(t), Log: t.Output()}
}

func start(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// log is a stack's log that can be waited on.
type log struct {
	out io.Writer

	mu      sync.Mutex
	text    string
	written chan struct{} // closed at the next write
}

func newLog(t *testing.T) *log { return &log{out: t.Output(), written: make(chan struct{})} }

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += string(b)
	close(l.written)
	l.written = make(chan struct{})
	return l.out.Write(b)
}

// wait returns once the log has the text.
func (l *log) wait(t *testing.T, text string) {
	t.Helper()
	for deadline := time.After(30 * time.Second); ; {
		l.mu.Lock()
		found, written := strings.Contains(l.text, text), l.written
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-written:
		case <-deadline:
			t.Fatalf("the log never said %q", text)
		}
	}
}

// call sends a request to the stack's API.
func call(t *testing.T, s *stack.Stack, method, path, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.API.JoinPath(path).String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/plain") // else the function gets the body in base64
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func wantNote(t *testing.T, s *stack.Stack, id, want string) {
	t.Helper()
	if status, got := call(t, s, "GET", "/notes/"+id, ""); status != http.StatusOK || got != want {
		t.Errorf("note %s: got %d %s, want %s", id, status, got, want)
	}
}

func TestTemplateRuns(t *testing.T) {
	log := newLog(t)
	o := options(t, t.TempDir())
	o.Log = log
	s := start(t, o)

	t.Run("a request goes through functions, table, key and queue", func(t *testing.T) {
		if status, answer := call(t, s, "PUT", "/notes/a", "hello"); status != http.StatusOK {
			t.Fatalf("got %d %s", status, answer)
		}
		log.wait(t, "work | marked a done <nil>")
		wantNote(t, s, "a", `{"Text":"hello","State":"done"}`)
	})
	t.Run("what fails comes to the dead-letter queue and its function", func(t *testing.T) {
		if status, answer := call(t, s, "PUT", "/notes/poison", "bitter"); status != http.StatusOK {
			t.Fatalf("got %d %s", status, answer)
		}
		log.wait(t, "work | marked poison dead <nil>")
		log.mu.Lock()
		defer log.mu.Unlock()
		if got := strings.Count(log.text, "work | failed poison"); got != 2 {
			t.Errorf("it was tried %d times, want maxReceiveCount, 2", got)
		}
	})
	t.Run("the schedule fires", func(t *testing.T) {
		log.wait(t, "work | marked tick ticked <nil>")
	})
	t.Run("what no policy allows is denied", func(t *testing.T) {
		status, answer := call(t, s, "DELETE", "/notes/a", "")
		want := "AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/front-role/front is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/spool-Notes"
		if status != http.StatusForbidden || !strings.HasPrefix(answer, want) {
			t.Errorf("got %d %s\nwant %s", status, answer, want)
		}
	})
	t.Run("its ports have nothing for strangers", func(t *testing.T) { wantClosed(t, s) })
	t.Run("requests are counted by function", func(t *testing.T) {
		_, answer := call(t, s, "GET", "/__local/metrics", "")
		var counted struct {
			Functions map[string]map[string]struct {
				Requests   int     `json:"requests"`
				WriteUnits float64 `json:"write_units"`
			} `json:"functions"`
		}
		if err := json.Unmarshal([]byte(answer), &counted); err != nil {
			t.Fatalf("%v in %s", err, answer)
		}
		front := counted.Functions["front"]
		if put := front["dynamodb:PutItem"]; put.Requests != 2 || put.WriteUnits != 2 {
			t.Errorf("front's PutItem: %+v, want 2 requests of 1 unit", put)
		}
		if got := front["sqs:SendMessage"].Requests; got != 2 {
			t.Errorf("front sent %d messages, want 2", got)
		}
		if got := counted.Functions["work"]["dynamodb:UpdateItem"].Requests; got != 3 {
			t.Errorf("work updated %d items, want 3: done, dead, ticked", got)
		}
	})
}

func TestFunctionsSeeTheirOwnEnvironment(t *testing.T) {
	t.Setenv("SPOOL_TEST_SECRET", "of the machine")
	o := options(t, t.TempDir())
	o.Parameters = map[string]string{"XEndpoint": "https://x.example"}
	engine := dynamodbtest.Start(t)
	o.DynamoDB = engine.URL().String()
	s := start(t, o)
	_, answer := call(t, s, "GET", "/", "")
	var variables []string
	if err := json.Unmarshal([]byte(answer), &variables); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	slices.Sort(variables)
	var names []string
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		names = append(names, name)
		if want := "https://x.example " + adminkey.Hash(s.AdminKey) + " " + s.API.String(); name == "GIVEN" && value != want {
			t.Errorf("parameters: got %s, want %s", value, want)
		}
	}
	want := []string{
		"AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SNS", "AWS_ENDPOINT_URL_SQS",
		"AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
		"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
		"AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GIVEN", "HOME", "JOBS", "LAMBDA_TASK_ROOT",
		"LANG", "NOTES", "PATH", "SEAL", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got  %v\nwant %v", names, want)
	}
	if s.Simulator != nil {
		t.Error("a simulator runs beside the X endpoint that was given")
	}
	if got := s.DynamoDB().String(); got != o.DynamoDB {
		t.Errorf("the database is %s, want the one that was given, %s", got, o.DynamoDB)
	}
}

func TestRestartFindsItsData(t *testing.T) {
	data := t.TempDir()
	log := newLog(t)
	o := options(t, data)
	o.Log = log
	first := start(t, o)
	if status, answer := call(t, first, "PUT", "/notes/a", "kept"); status != http.StatusOK {
		t.Fatalf("got %d %s", status, answer)
	}
	log.wait(t, "work | marked a done <nil>")
	processes := append(first.Function("FrontFunction").Processes(), first.Function("WorkFunction").Processes()...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	t.Run("Close ended everything", func(t *testing.T) {
		if len(processes) < 2 {
			t.Errorf("%d processes ran, want one of each function at least", len(processes))
		}
		for _, p := range processes {
			if err := syscall.Kill(p.PID, 0); err != syscall.ESRCH {
				t.Errorf("process %d is still there: %v", p.PID, err)
			}
		}
		for _, address := range []string{first.API.Host, first.DynamoDB().Host, strings.TrimPrefix(first.X, "http://")} {
			if connection, err := net.Dial("tcp", address); err == nil {
				connection.Close()
				t.Errorf("something listens on %s still", address)
			}
		}
		select {
		case <-first.Done():
		default:
			t.Error("Done is not closed")
		}
	})
	t.Run("notes, keys and the admin key are there again", func(t *testing.T) {
		second := start(t, options(t, data))
		wantNote(t, second, "a", `{"Text":"kept","State":"done"}`)
		if second.AdminKey != first.AdminKey {
			t.Error("the admin key changed")
		}
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a table with other keys is refused", func(t *testing.T) {
		o := options(t, data)
		o.Parameters = map[string]string{"TableKey": "other"}
		wantRefused(t, o, "the table Notes of an earlier run has other keys or indexes than the template: delete the data folder, or use another")
	})
}

// wantRefused starts a stack that must not start, with an error that holds the text.
func wantRefused(t *testing.T, o stack.Options, want string) {
	t.Helper()
	s, err := stack.Start(t.Context(), o)
	if err == nil {
		s.Close()
		t.Fatal("it started")
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestStartIsRefused(t *testing.T) {
	t.Run("when the address is in use", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		o := options(t, t.TempDir())
		o.Addr = listener.Addr().String()
		wantRefused(t, o, "the address "+o.Addr+" is in use: end the program that listens there, or choose another address")
	})
	t.Run("when the data folder is none", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, options(t, file), "cannot use the data folder "+file)
	})
	t.Run("when a parameter does not exist", func(t *testing.T) {
		o := options(t, t.TempDir())
		o.Parameters = map[string]string{"Speed": "9"}
		wantRefused(t, o, "template.yaml:1: the template has no parameter Speed; it has AdminKeyHash, CallbackDomain, MaxReceives, TableKey, XEndpoint")
	})
	t.Run("when a function cannot be built", func(t *testing.T) {
		folder := t.TempDir()
		text, err := os.ReadFile(relay)
		if err != nil {
			t.Fatal(err)
		}
		makefile := "build-%:\n\t@echo 'front/main.go:1:1: expected package' >&2; exit 1\n"
		for name, content := range map[string][]byte{"template.yaml": text, "Makefile": []byte(makefile)} {
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o := options(t, t.TempDir())
		o.Template = filepath.Join(folder, "template.yaml")
		wantRefused(t, o, "front/main.go:1:1: expected package")
	})
	t.Run("without make", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Fatal(err)
		}
		path := t.TempDir()
		if err := os.Symlink(node, filepath.Join(path, "node")); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", path)
		wantRefused(t, options(t, t.TempDir()), "make, which is not installed")
	})
	t.Run("without Node.js", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		wantRefused(t, options(t, t.TempDir()), "Node.js")
	})
}
