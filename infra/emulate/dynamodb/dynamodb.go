// Package dynamodb runs dynalite, a DynamoDB in Node.js, as a child process.
package dynamodb

import (
	"context"
	"io"
	"net/url"
)

// Config says where the engine keeps what.
type Config struct {
	Data  string    // folder of the tables; they survive a restart
	Cache string    // folder for the installed engine, which may be shared by many data folders
	Log   io.Writer // what npm and the engine print
}

// Engine is a running DynamoDB.
type Engine struct{}

// Start installs the engine into the cache when it is not there yet, starts it on a free port and
// waits until it answers. A missing Node.js or npm is an error that says what to install.
func Start(ctx context.Context, c Config) (*Engine, error) { return nil, nil }

// URL is the endpoint.
func (e *Engine) URL() *url.URL { return nil }

// Done is closed when the engine has ended, by Close or by itself.
func (e *Engine) Done() <-chan struct{} { return nil }

// Close ends the engine and waits until its files are closed.
func (e *Engine) Close() error { return nil }
