package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"spool/infra/emulate/dynamodb"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/dynamo"
)

// rig is the whole system on this machine: the local stack with the real binaries, and X in a process of its own.
type rig struct {
	*stack.Stack
	x        *x
	owner    *owner.Owner
	posts    *dynamo.Posts // past the functions' policies, and counted for nobody
	accounts []string      // X's ids of those that are connected
	data     string
	start    func(context.Context) error // the stack, on the data folder
}

// options say how the system is run.
type options struct {
	parameters map[string]string // of the template
	uncounted  bool              // the functions reach the database itself: a function is measured, not the stack
	// unscheduled has no schedule run: what is measured invokes functions itself.
	unscheduled bool
	// away has X be behind TLS and a round trip away, in this process.
	away time.Duration
}

// user is the name of a connected account.
func user(i int) string { return fmt.Sprint("user", i) }

// startRig starts the system with so many connected accounts.
func startRig(ctx context.Context, accounts int, o options) (_ *rig, err error) {
	r := &rig{}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.data, err = os.MkdirTemp("", "spool-bench-"); err != nil {
		return nil, err
	}
	set := map[string]string{}
	maps.Copy(set, o.parameters)
	if o.away == 0 {
		if r.x, err = startX(); err != nil {
			return nil, err
		}
		set["XEndpoint"] = r.x.url
	}
	r.start = func(ctx context.Context) error { return r.startStack(ctx, o, set) }
	if err := r.start(ctx); err != nil {
		return nil, err
	}
	app := map[string]string{"client_id": xsim.DefaultClientID, "client_secret": xsim.DefaultClientSecret}
	if err := r.owner.Do(ctx, http.MethodPut, "/v1/app", app, nil); err != nil {
		return nil, fmt.Errorf("store the app's credentials: %w", err)
	}
	for i := range accounts {
		if err := r.connect(ctx, user(i)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// startStack starts the stack on the rig's data folder.
func (r *rig) startStack(ctx context.Context, o options, parameters map[string]string) (err error) {
	r.Stack, err = stack.Start(ctx, stack.Options{
		Template: "template.yaml", Parameters: parameters, Data: r.data, Cache: cache(),
		Uncounted: o.uncounted, Unscheduled: o.unscheduled, RoundTrip: o.away,
	})
	if err != nil {
		return err
	}
	r.posts = dynamo.NewPosts(stack.Client(r.DynamoDB()), r.Model.Table("PostsTable").Name)
	r.owner = &owner.Owner{API: r.API, Key: r.AdminKey}
	if o.away > 0 {
		r.Simulator.Configure(unlimited)
		r.owner.Browser = r.Front.Transport()
		r.x = &x{url: r.X, http: &http.Client{Transport: r.Front.Transport()}}
	}
	return nil
}

// cache is where binaries and npm's packages are kept.
func cache() string { return filepath.Join(".build", "cache") }

// fill stores copies while the stack is stopped, which is far faster.
func (r *rig) fill(ctx context.Context, c copier, from, to int, change func(int, item)) error {
	lines, w := io.Pipe()
	go func() { w.CloseWithError(c.lines(w, from, to, change)) }()
	defer lines.Close()
	return dynamodb.Fill(ctx, dynamodb.Config{Data: filepath.Join(r.data, "dynamodb"), Cache: cache(), Log: os.Stderr},
		c.table, lines)
}

// stopped stops the stack, does something to its data, and starts it again.
func (r *rig) stopped(ctx context.Context, do func() error) error {
	err := r.Stack.Close()
	r.Stack = nil
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return r.start(ctx)
}

// connect connects one more account.
func (r *rig) connect(ctx context.Context, username string) error {
	id, err := r.x.addAccount(ctx, username)
	if err != nil {
		return err
	}
	if err := r.owner.Connect(ctx, username); err != nil {
		return fmt.Errorf("connect @%s: %w", username, err)
	}
	r.accounts = append(r.accounts, id)
	return nil
}

// Close ends everything and deletes what it left.
func (r *rig) Close() error {
	var errs []error
	if r.Stack != nil {
		errs = append(errs, r.Stack.Close())
	}
	if r.x != nil {
		errs = append(errs, r.x.Close())
	}
	if r.data != "" {
		errs = append(errs, os.RemoveAll(r.data))
	}
	return errors.Join(errs...)
}

// scheduled is the event of EventBridge's that a scheduled function is invoked with.
const scheduled = `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","time":"2026-12-01T09:00:00Z","detail":{}}`

// dispatch runs a round of dispatch, as the minute's schedule does.
func (r *rig) dispatch(ctx context.Context) error {
	_, err := r.Function("DispatchFunction").Invoke(ctx, []byte(scheduled))
	return err
}
