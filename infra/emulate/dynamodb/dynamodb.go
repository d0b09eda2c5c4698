// Package dynamodb runs dynalite, a DynamoDB in Node.js, as a child process.
//
// The version is pinned, with all it needs, by the lock file beside this one. It knows no transactions, sets no time to
// live, and does not return the item that refused a condition.
//
// Source: https://github.com/architect/dynalite
package dynamodb

import (
	"bufio"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"spool/infra/emulate"
	"spool/infra/emulate/npm"
	"spool/infra/emulate/subprocess"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
)

//go:embed package.json package-lock.json server.js
var files embed.FS

// Config says where the engine keeps what.
type Config struct {
	Data  string    // folder of the tables; they survive a restart
	Cache string    // folder for the installed engine, which may be shared by many data folders
	Log   io.Writer // gets what npm and the engine print, in whole lines

	// Endpoint is a running DynamoDB to use in place of an engine of our own, as AWS_ENDPOINT_URL_DYNAMODB names it.
	// Then nothing else of Config is needed.
	Endpoint string
}

const (
	startTimeout = 30 * time.Second // also for an endpoint that somebody else starts
	closeTimeout = 10 * time.Second
)

// Engine is a running DynamoDB.
type Engine struct {
	url  *url.URL
	done chan struct{} // closed when the process is gone

	input io.WriteCloser // its end ends the process; nil with an endpoint of somebody else's
	cmd   *exec.Cmd
	close sync.Once
}

// Start installs the engine into the cache when it is not there yet, starts it on a free port and waits until it
// answers. A missing Node.js or npm is an error that says what to install; a data folder in use is an error as well.
func Start(ctx context.Context, c Config) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout+npm.Timeout)
	defer cancel()
	start := launch
	if c.Endpoint != "" {
		start = connect
	}
	e, err := start(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := e.waitReady(ctx); err != nil {
		e.Close()
		if c.Endpoint != "" {
			return nil, fmt.Errorf("dynamodb: %s does not answer (AWS_ENDPOINT_URL_DYNAMODB): %w", c.Endpoint, err)
		}
		return nil, fmt.Errorf("dynamodb: the engine does not open %s; does another local stack use it? %w", c.Data, err)
	}
	return e, nil
}

// connect is an Engine that somebody else runs.
func connect(_ context.Context, c Config) (*Engine, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("dynamodb: AWS_ENDPOINT_URL_DYNAMODB is no URL: %w", err)
	}
	return &Engine{url: u, done: make(chan struct{})}, nil
}

// launch installs and starts an engine and waits for its port.
func launch(ctx context.Context, c Config) (*Engine, error) {
	folder, err := install(ctx, c)
	if err != nil {
		return nil, err
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return nil, fmt.Errorf("dynamodb: find the data folder: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("dynamodb: make the data folder: %w", err)
	}
	cmd := exec.Command("node", "server.js", data)
	cmd.Dir = folder
	token := rand.Text()
	// Nothing of the owner's: keys for AWS and for Spool may be in this program's own environment.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, "AWS_ACCOUNT_ID="+emulate.Account,
		"AWS_REGION="+emulate.Region, "SPOOL_TOKEN="+token)
	log := subprocess.NewLines(c.Log, "dynamodb | ")
	cmd.Stderr = log
	subprocess.Own(cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("dynamodb: %w", err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("dynamodb: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("dynamodb: start the engine: %w", err)
	}
	e := &Engine{done: make(chan struct{}), input: input, cmd: cmd}
	port := make(chan int, 1)
	go e.watch(output, log, port)
	select {
	case p := <-port:
		e.url = &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(p), Path: "/" + token}
		return e, nil
	case <-e.done:
		return nil, errors.New("dynamodb: the engine ended before it served; see its output")
	case <-ctx.Done():
		e.Close()
		return nil, fmt.Errorf("dynamodb: start the engine: %w", ctx.Err())
	}
}

// install gives the folder with the engine, which it makes when it is not there.
func install(ctx context.Context, c Config) (string, error) {
	folder, err := npm.Set{
		Name: "dynalite", What: "the local DynamoDB", Else: " or set AWS_ENDPOINT_URL_DYNAMODB to a running DynamoDB Local",
		Files: files, Log: c.Log,
	}.Install(ctx, c.Cache)
	if err != nil {
		return "", fmt.Errorf("dynamodb: %w", err)
	}
	return folder, nil
}

// watch reads the port, passes on what else the process prints, and waits for its end.
func (e *Engine) watch(output io.Reader, log *subprocess.Lines, port chan<- int) {
	r := bufio.NewReader(output)
	line, _ := r.ReadString('\n')
	if p, err := strconv.Atoi(line[:max(len(line)-1, 0)]); err == nil {
		port <- p
	}
	_, _ = io.Copy(log, r)
	_ = e.cmd.Wait() // how it ended is in its log
	log.Close()
	close(e.done)
}

// waitReady asks for the tables until there is an answer. A refusal is one: waiting would not change it.
func (e *Engine) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client := dynamodb.New(dynamodb.Options{
		Region: emulate.Region, BaseEndpoint: aws.String(e.url.String()), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(emulate.AccessKeyID, "local", ""),
	})
	for {
		_, err := client.ListTables(ctx, &dynamodb.ListTablesInput{})
		var refused smithy.APIError
		if err == nil || errors.As(err, &refused) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-e.done:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// URL is the endpoint, with what admits to it in its path. Tables are to be made there under emulate.AccessKeyID.
func (e *Engine) URL() *url.URL { return e.url }

// Done is closed when the engine has ended, by Close or by itself; never for an endpoint of somebody else's.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Close ends the engine and waits until its files are closed. An endpoint of somebody else's is left alone.
func (e *Engine) Close() error {
	if e.cmd == nil {
		return nil
	}
	var err error
	e.close.Do(func() {
		e.input.Close()
		select {
		case <-e.done:
		case <-time.After(closeTimeout):
			e.cmd.Process.Kill()
			<-e.done
			err = fmt.Errorf("dynamodb: the engine did not end within %v and was killed", closeTimeout)
		}
	})
	return err
}
