package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/infra/bench/report"
	"spool/infra/emulate/apigateway"
	"spool/infra/emulate/lambda"
	"spool/shared/wire"
)

const (
	apiClients = 50
	apiEach    = 20 // requests of each client, one after the other
	apiNothing = 60 // the same, where there is nothing to do
	apiWarm    = 3  // requests of each client before
)

// operation is a request that clients make.
type operation struct {
	name, method, path string
	each               int // requests of each client
	body               func(client, n int) any
}

// operations are those that people wait for.
func operations() []operation {
	tomorrow := time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC3339)
	return []operation{
		{"preview of a text of 3 kB", http.MethodPost, "/v1/preview", apiEach, func(int, int) any {
			return map[string]any{"text": samples()[0].text[:3000]}
		}},
		{"create of 3 tweets", http.MethodPost, "/v1/posts", apiEach, func(client, n int) any {
			in := wire.PostInput{At: tomorrow}
			for _, text := range thread(fmt.Sprintf("Request %d of client %d", n, client), 3) {
				in.Tweets = append(in.Tweets, wire.TweetInput{Text: text})
			}
			return in
		}},
		{"list of 20 posts", http.MethodGet, "/v1/posts?limit=20", apiEach, func(int, int) any { return nil }},
	}
}

// api measures the API under clients that each wait for an answer before they ask again. Each has a key of its own,
// since one key is limited, and the gateway's own throttle is left out.
func (b *bench) api(ctx context.Context) error {
	r, err := startRig(ctx, 1, options{uncounted: true, unscheduled: true})
	if err != nil {
		return err
	}
	defer b.closing(r)
	keys := make([]string, apiClients)
	for i := range keys {
		var made struct{ Key string }
		in := wire.KeyInput{Name: fmt.Sprint("client ", i), Scopes: []string{"posts:read", "posts:write"}}
		if err := r.owner.Do(ctx, http.MethodPost, "/v1/keys", in, &made); err != nil {
			return err
		}
		keys[i] = made.Key
	}
	hello, err := startHello(ctx, r.data)
	if err != nil {
		return err
	}
	defer hello.Shutdown(context.WithoutCancel(ctx))
	nothing := operation{"nothing", http.MethodPost, "/", apiNothing, func(int, int) any { return map[string]string{} }}
	least, err := crowd(ctx, hello, "hello", keys, nothing)
	if err != nil {
		return err
	}
	for _, o := range operations() {
		m, err := crowd(ctx, r.Function("ApiFunction"), "ApiFunction", keys, o)
		if err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		if m.cpu > 0 {
			b.add(report.Row{
				Family: "API, requests for a second of CPU time", Name: o.name, Value: m.rate(), Unit: "requests", More: true,
				Beside: least.rate(), Against: "a function that does nothing",
			})
		}
		b.add(report.Row{
			Family: fmt.Sprintf("API, %d clients at once", apiClients), Name: o.name + ", p99",
			Value: report.Percentile(99, m.took).Seconds(), Unit: "s",
		})
	}
	return nil
}

// startHello builds and deploys the function that does nothing.
func startHello(ctx context.Context, data string) (*lambda.Function, error) {
	binary := filepath.Join(data, "hello", "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", binary,
		"./infra/bench/hello")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the function that does nothing: %w\n%s", err, output)
	}
	return lambda.New(lambda.Config{
		Name: "hello", Binary: binary, Timeout: time.Minute, MemorySize: 256, Account: lambda.NewAccount(2 * apiClients),
	}), nil
}

// crowded is what came of requests.
type crowded struct {
	took []time.Duration // of each request
	cpu  time.Duration   // of the function's processes, for all
}

func (c crowded) rate() float64 { return float64(len(c.took)) / c.cpu.Seconds() }

// crowd has all clients make an operation again and again.
func crowd(ctx context.Context, f *lambda.Function, process string, keys []string, o operation) (crowded, error) {
	gateway := &apigateway.API{Log: slog.New(slog.DiscardHandler)}
	if err := gateway.Handle("$default", f, apigateway.Throttle{}); err != nil {
		return crowded{}, err
	}
	server := httptest.NewServer(gateway)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: apiClients}
	defer transport.CloseIdleConnections()
	all := clients{&http.Client{Transport: transport}, server.URL, keys, o}
	if _, err := all.ask(ctx, 0, apiWarm); err != nil {
		return crowded{}, err
	}
	before := cpu()
	took, err := all.ask(ctx, apiWarm, apiWarm+o.each)
	return crowded{took, cpu().since(before)[process]}, err
}

// clients make an operation.
type clients struct {
	http *http.Client
	url  string
	keys []string
	operation
}

// ask has each client make its requests from one number to another, and gives how long each took.
func (c clients) ask(ctx context.Context, from, to int) ([]time.Duration, error) {
	took := make([]time.Duration, len(c.keys)*(to-from))
	group, ctx := errgroup.WithContext(ctx)
	for client := range c.keys {
		group.Go(func() error {
			for n := from; n < to; n++ {
				begun := time.Now()
				if err := c.once(ctx, client, n); err != nil {
					return err
				}
				took[client*(to-from)+n-from] = time.Since(begun)
			}
			return nil
		})
	}
	return took, group.Wait()
}

// once makes one request, which must succeed.
func (c clients) once(ctx context.Context, client, n int) error {
	body, err := json.Marshal(c.body(client, n))
	if err != nil {
		return err
	}
	if c.method == http.MethodGet {
		body = nil
	}
	r, err := http.NewRequestWithContext(ctx, c.method, c.url+c.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.keys[client])
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s is answered %s: %.300s", c.method, c.path, res.Status, answer)
	}
	return err
}
