// Package npm has what Spool is measured beside: the library that most programs in JavaScript post with, and X's own
// counter. A lock file pins them.
package npm

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"spool/infra/emulate/npm"
	"spool/infra/emulate/subprocess"
)

//go:embed package.json package-lock.json thread.cjs count.cjs
var files embed.FS

// Peers is the folder in which they are installed.
type Peers string

// Install installs them, unless they are there.
func Install(ctx context.Context) (Peers, error) {
	ctx, cancel := context.WithTimeout(ctx, npm.Timeout)
	defer cancel()
	folder, err := npm.Set{
		Name: "bench", What: "the benchmark", Files: files, Log: os.Stderr,
	}.Install(ctx, filepath.Join(".build", "cache"))
	return Peers(folder), err
}

// Threads is what thread.cjs is asked to publish.
type Threads struct {
	URL     string     `json:"url"`
	Token   string     `json:"token"`
	CA      string     `json:"ca,omitempty"` // PEM, where the URL's certificate needs one
	Threads [][]string `json:"threads"`
}

// Publish has twitter-api-v2 publish threads, one after the other, and gives the CPU time, in seconds, that all but the
// first one took.
func (p Peers) Publish(ctx context.Context, t Threads) (seconds float64, err error) {
	var out struct {
		Seconds float64 `json:"cpu_seconds"`
	}
	return out.Seconds, p.run(ctx, "thread.cjs", t, &out)
}

// Weight is what twitter-text makes of a text, and how fast, by CPU time.
type Weight struct {
	WeightedLength int     `json:"weighted_length"`
	Speed          float64 `json:"bytes_per_second"`
}

// Weigh has twitter-text weigh each text again and again for so many seconds of CPU time.
func (p Peers) Weigh(ctx context.Context, texts []string, seconds float64) (weights []Weight, err error) {
	in := struct {
		Texts   []string `json:"texts"`
		Seconds float64  `json:"seconds"`
	}{texts, seconds}
	return weights, p.run(ctx, "count.cjs", in, &weights)
}

// run runs a script on an input.
func (p Peers) run(ctx context.Context, script string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", script)
	subprocess.Own(cmd)
	cmd.Dir, cmd.Stdin, cmd.Stderr = string(p), bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", script, err)
	}
	return json.Unmarshal(output, out)
}
