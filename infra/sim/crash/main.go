// Command crash kills the publish function while it publishes, several threads to a process. It runs the whole
// system on this machine, the real binaries of template.yaml against a simulated
// X that loses answers and commits late, sends SIGKILL to working publish
// processes at random moments, and in the end holds X's timeline and journal
// against the records: no tweet twice, none missing, none that no record knows,
// each with its pictures or its video, or its poll.
//
//	go run ./infra/sim/crash -kills 300
//
// With -before it also replaces the functions, now and then, by those of another
// version, and those by this version's, so that each has to go on with what the
// other began: `make update` builds them from an earlier commit.
//
// The lease and the settling time are set low, and a thread that is due is handed
// to the publish function every few seconds, where dispatch would come once a
// minute: else each kill would cost minutes.
package main

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/wire"
)

func main() {
	kills := flag.Int("kills", 300, "how many processes to kill")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()),
		"seed of the faults, lengths and moments; the processes' own pace stays as it is")
	before := flag.String("before", "", "`folder` with the binaries of another version, as make build leaves them")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *kills, *seed, *before); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

const (
	account    = "ada"
	atOnce     = 16                     // threads that go out at the same time
	mostTweets = 12                     // of a thread
	mostBatch  = 10                     // threads that one process is given
	rescue     = 3 * time.Second        // between two deliveries of a thread that is due
	latency    = 150 * time.Millisecond // of X
	lateMost   = 3 * time.Second        // by how much X commits late at the most
	patience   = 10 * time.Minute       // for the last threads to end
)

// times are the protocol's, in seconds: a request may take 2, so that 15 cover a
// lease of 6, a late commit, and a machine that is busy with all this.
func times() map[string]string { return map[string]string{"LeaseSeconds": "6", "SettleSeconds": "15"} }

// crash is one run.
type crash struct {
	out    io.Writer
	random *rand.Rand
	stack  *stack.Stack
	owner  *owner.Owner
	files  []file
	posts  []*thread
	killed int
	turns  *turns // between versions; nil: there is one
}

// thread is one post under way.
type thread struct {
	id      string
	tweets  []wire.TweetInput
	retried int
	post    owner.Post // as read last
	woken   time.Time  // when it was delivered last
	done    bool
}

func run(ctx context.Context, out io.Writer, kills int, seed uint64, before string) (err error) {
	fmt.Fprintf(out, "seed %d\n", seed)
	data, err := os.MkdirTemp("", "spool-crash-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	s, err := stack.Start(ctx, stack.Options{
		Template: "template.yaml", Parameters: times(), Data: data, Cache: filepath.Join(".build", "cache"), Log: io.Discard,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	c := &crash{
		out: out, random: rand.New(rand.NewPCG(seed, 0)), stack: s, owner: &owner.Owner{API: s.API, Key: s.AdminKey},
	}
	if before != "" {
		if c.turns, err = newTurns(s, before, data); err != nil {
			return err
		}
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if err := c.campaign(ctx, kills); err != nil {
		return err
	}
	return c.check()
}

// prepare connects an account to an X without limits, and hands over the files.
func (c *crash) prepare(ctx context.Context) error {
	c.stack.Simulator.Configure(func(s *xsim.Settings) { s.Limits = nil })
	if err := c.stack.StoreApp(ctx); err != nil {
		return err
	}
	if err := c.owner.Connect(ctx, account); err != nil {
		return fmt.Errorf("connect @%s: %w", account, err)
	}
	return c.upload(ctx)
}

// campaign keeps threads going out and kills, until enough is killed and all have
// come to an end.
func (c *crash) campaign(ctx context.Context, kills int) error {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	strike := time.NewTimer(time.Second)
	defer strike.Stop()
	var end <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.stack.Done():
			return errors.New("DynamoDB has ended by itself")
		case <-end:
			return fmt.Errorf("after %v some threads have not come to an end: %s", patience, c.open())
		case <-strike.C:
			if c.killed < kills {
				c.trouble()
				if c.turns != nil && c.random.IntN(3) == 0 {
					c.turns.next()
				}
				c.kill()
				strike.Reset(50*time.Millisecond + time.Duration(c.random.Int64N(int64(900*time.Millisecond))))
			} else if end == nil {
				c.stack.Simulator.ClearFaults()
				end = time.After(patience)
			}
		case <-look.C:
			running, err := c.look(ctx)
			if err != nil {
				return err
			}
			if end != nil && running == 0 {
				return nil
			}
			for ; end == nil && running < atOnce; running++ {
				if err := c.begin(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// begin publishes one more thread.
func (c *crash) begin(ctx context.Context) error {
	t := &thread{tweets: make([]wire.TweetInput, 1+c.random.IntN(mostTweets))}
	for i := range t.tweets {
		t.tweets[i].Text = fmt.Sprintf("Thread %d, tweet %d of %d & more: example.com/%d", len(c.posts)+1, i+1,
			len(t.tweets), i)
	}
	switch len(c.posts) % 3 {
	case 0:
		c.show(t)
	case 1:
		c.ask(t)
	}
	key := fmt.Sprintf("thread %d", len(c.posts)+1) // a machine that is busy with all this may not answer in time
	p, err := c.owner.Client().CreatePost(ctx, wire.PostInput{Tweets: t.tweets}, key)
	if err != nil {
		return fmt.Errorf("schedule a thread: %w", err)
	}
	t.id = p.ID
	c.posts = append(c.posts, t)
	return nil
}

// look reads the records of the threads under way and tells how many there are.
// What failed because its tweet was never answered is retried, as its owner would.
func (c *crash) look(ctx context.Context) (running int, err error) {
	var due []string
	for _, t := range c.posts {
		if t.done {
			continue
		}
		record := struct {
			*owner.Post
			NextAt time.Time `json:"next_at"`
		}{Post: &t.post}
		t.post = owner.Post{}
		if err := c.owner.Do(ctx, "GET", "/v1/posts/"+t.id, nil, &record); err != nil {
			return 0, fmt.Errorf("read a record: %w", err)
		}
		if now := time.Now(); !record.NextAt.IsZero() && now.After(record.NextAt) && now.Sub(t.woken) > rescue {
			t.woken = now
			due = append(due, t.id)
		}
		switch {
		case t.post.Status == "failed" && t.post.SubStatus == "" && t.retried < 3:
			t.retried++
			running++
			if err := c.owner.Do(ctx, "POST", "/v1/posts/"+t.id+"/retry", nil, nil); err != nil {
				return 0, fmt.Errorf("retry: %w", err)
			}
		case t.post.Final():
			t.done = true
		default:
			running++
		}
	}
	for batch := range slices.Chunk(due, mostBatch) {
		c.deliver(batch)
	}
	return running, nil
}

// deliver hands threads to the publish function, as its queue does: in a batch, which one process works on side by
// side.
func (c *crash) deliver(ids []string) {
	var e events.SQSEvent
	for _, id := range ids {
		body := fmt.Sprintf(`{"post_id":%q,"due_at":%q}`, id, time.Now().UTC().Format(time.RFC3339))
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: "rescue of " + id, ReceiptHandle: cryptorand.Text(), Body: body,
		})
	}
	payload, err := json.Marshal(e)
	if err != nil {
		panic(err) // only strings
	}
	c.stack.Function("PublishFunction").InvokeAsync(payload)
}

// kill ends a publish process that works, if there is one.
func (c *crash) kill() {
	var busy []int
	for _, p := range c.stack.Function("PublishFunction").Processes() {
		if p.Busy {
			busy = append(busy, p.PID)
		}
	}
	if len(busy) == 0 {
		return
	}
	if syscall.Kill(busy[c.random.IntN(len(busy))], syscall.SIGKILL) == nil {
		c.killed++
		if c.killed%25 == 0 {
			fmt.Fprintf(c.out, "%d killed, %d threads begun; under way: %s\n", c.killed, len(c.posts), c.open())
		}
	}
}

// trouble has X answer slowly, and now and then not at all.
func (c *crash) trouble() {
	sim := c.stack.Simulator
	sim.ClearFaults()
	create := xsim.Fault{Method: "POST", Path: "/2/tweets"}
	slow := latency/2 + time.Duration(c.random.Int64N(int64(2*latency)))
	switch c.random.IntN(25) {
	case 0:
		create.Drop = xsim.DropBefore
	case 1:
		create.Drop = xsim.DropAfter
	case 2:
		create.Status, create.Body, create.Commit = 503, `{"title":"Service Unavailable","status":503}`, true
	case 3:
		create.Late = time.Duration(1 + c.random.Int64N(int64(lateMost)))
	default:
		create.Count, create.Delay = -1, slow
	}
	upload := xsim.Fault{Method: "POST", Path: "/2/media/"}
	switch c.random.IntN(25) {
	case 0:
		upload.Drop = xsim.DropBefore
	case 1:
		upload.Drop = xsim.DropAfter
	case 2:
		upload.Status = 404
	default:
		upload.Count, upload.Delay = -1, slow
	}
	for _, f := range []xsim.Fault{create, upload} {
		if _, err := sim.Fault(f); err != nil {
			panic(err) // the faults above are well formed
		}
	}
}

// open tells where the threads under way stand.
func (c *crash) open() (s string) {
	for _, t := range c.posts {
		if !t.done {
			s += fmt.Sprintf("%s/%s %d of %d; ", t.post.Status, t.post.SubStatus, len(t.post.PlatformPostIDs), len(t.tweets))
		}
	}
	return s
}
