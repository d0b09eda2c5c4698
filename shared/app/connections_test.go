package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// wire is a server in a bubble's time, which a client reaches without a network.
type wire struct {
	accept chan net.Conn
	config aws.Config
	pace   atomic.Int64 // of what is sent to the server: how many nanoseconds each 4 KiB take

	mu    sync.Mutex
	conns []*pipe
	tries int
}

// pipe is the server's end of a connection.
type pipe struct {
	net.Conn
	wire *wire
	mu   sync.Mutex
	dead bool
}

// die has the connection swallow what is sent from now on, both ways.
func (p *pipe) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

func (p *pipe) Read(b []byte) (int, error) {
	for {
		n, err := p.Conn.Read(b[:min(len(b), 4<<10)])
		p.mu.Lock()
		dead := p.dead
		p.mu.Unlock()
		if err != nil || !dead {
			time.Sleep(time.Duration(p.wire.pace.Load() * int64(n) / (4 << 10)))
			return n, err
		}
	}
}

// onWire runs a test in a bubble, with clients of a server that answers as the test says.
func onWire(t *testing.T, answer func(http.ResponseWriter, *http.Request, int), test func(*testing.T, *wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{accept: make(chan net.Conn)}
		server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			w.tries++
			n := w.tries
			w.mu.Unlock()
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(time.Millisecond) // the SDK closes a body that is being sent as soon as the answer comes
			answer(rw, r, n)
		})}
		go func() { _ = server.Serve(w) }()
		c := newConnections()
		c.pool.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			p := &pipe{Conn: far, wire: w}
			w.mu.Lock()
			w.conns = append(w.conns, p)
			w.mu.Unlock()
			w.accept <- p
			return near, nil
		}
		env := environment{get: func(name string) string { return variable(name) }}
		w.config = env.awsConfig()
		w.config.HTTPClient = c.client()
		test(t, w)
		c.pool.CloseIdleConnections()
		server.Close()
		time.Sleep(time.Minute) // until no handler sleeps any more
	})
}

// variable is of the environment that the clients are made from.
func variable(name string) string {
	switch {
	case strings.HasPrefix(name, "AWS_ENDPOINT_URL"):
		return "http://127.0.0.1"
	case name == "AWS_REGION":
		return "us-east-1"
	default:
		return "x"
	}
}

// Accept implements [net.Listener].
func (w *wire) Accept() (net.Conn, error) {
	c, ok := <-w.accept
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close implements [net.Listener].
func (w *wire) Close() error {
	close(w.accept)
	return nil
}

// Addr implements [net.Listener].
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// db is a client of DynamoDB.
func (w *wire) db() *dynamodb.Client {
	return dynamodb.NewFromConfig(w.config, func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true })
}

// get reads an item, and says how long that took.
func (w *wire) get(ctx context.Context, db *dynamodb.Client) (time.Duration, error) {
	began := time.Now()
	_, err := db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("t"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "1"}},
	})
	return time.Since(began).Round(100 * time.Millisecond), err
}

func empty(w http.ResponseWriter, _ *http.Request, _ int) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_, _ = io.WriteString(w, "{}")
}

// TestIdleConnectionsAreUsedAgainForAWhile and then not any more.
func TestIdleConnectionsAreUsedAgainForAWhile(t *testing.T) {
	for idle, connections := range map[time.Duration]int{0: 1, 3999 * time.Millisecond: 1, 4001 * time.Millisecond: 2} {
		t.Run(idle.String(), func(t *testing.T) {
			onWire(t, empty, func(t *testing.T, w *wire) {
				for i := range 2 {
					// Two clients share them.
					if _, err := w.get(t.Context(), w.db()); err != nil {
						t.Fatal(err)
					}
					if i == 0 {
						time.Sleep(idle)
					}
				}
				if len(w.conns) != connections {
					t.Errorf("%d connections, want %d", len(w.conns), connections)
				}
			})
		})
	}
}

// TestADeadConnectionIsLeft: by a reset or an end at once, by silence after a second; and all others with it.
func TestADeadConnectionIsLeft(t *testing.T) {
	for name, tc := range map[string]struct {
		cut  func(*pipe)
		took time.Duration
	}{
		"that ended":     {func(p *pipe) { p.Close() }, 0},
		"that is silent": {(*pipe).die, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			hold := make(chan struct{})
			onWire(t, func(rw http.ResponseWriter, r *http.Request, n int) {
				if n <= 5 { // five connections at once
					<-hold
				}
				empty(rw, r, n)
			}, func(t *testing.T, w *wire) {
				hold = make(chan struct{})
				db := w.db()
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() {
						if _, err := w.get(t.Context(), db); err != nil {
							t.Error(err)
						}
					})
				}
				synctest.Wait()
				close(hold)
				all.Wait()
				time.Sleep(2 * time.Second)
				for _, p := range w.conns {
					tc.cut(p)
				}
				if took, err := w.get(t.Context(), db); err != nil || took != tc.took {
					t.Errorf("it took %v, %v; want %v", took, err, tc.took)
				}
				if len(w.conns) != 6 {
					t.Errorf("%d connections, want 6", len(w.conns))
				}
			})
		})
	}
}

// TestAnAttemptEndsWhereNothingComes: after five seconds, however far the answer got.
func TestAnAttemptEndsWhereNothingComes(t *testing.T) {
	part := func(w http.ResponseWriter, s string, wait time.Duration) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, s)
		w.(http.Flusher).Flush()
		time.Sleep(wait)
	}
	for name, tc := range map[string]struct {
		answer      func(http.ResponseWriter, *http.Request, int)
		least, most time.Duration
		tries       int
		fails       bool
	}{
		"an answer that takes its time": {func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(4900 * time.Millisecond)
			empty(w, r, n)
		}, 4900 * time.Millisecond, 4900 * time.Millisecond, 1, false},
		"no answer to the first": {func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				<-r.Context().Done()
			}
			empty(w, r, n)
		}, 5 * time.Second, 5 * time.Second, 2, false},
		"an answer that stops": {func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				part(w, "{", 0)
				<-r.Context().Done()
				return
			}
			empty(w, r, n)
		}, 5 * time.Second, 5100 * time.Millisecond, 2, false},
		"one that gets on slowly": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			part(w, "{", 4*time.Second)
			part(w, " ", 4*time.Second)
			part(w, "}", 0)
		}, 8 * time.Second, 8 * time.Second, 1, false},
		"never an answer": {func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() },
			15 * time.Second, 15100 * time.Millisecond, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			onWire(t, tc.answer, func(t *testing.T, w *wire) {
				took, err := w.get(t.Context(), w.db())
				if (err != nil) != tc.fails || tc.fails && !errors.Is(err, errSilence) {
					t.Errorf("got %v", err)
				}
				if took < tc.least || took > tc.most || w.tries != tc.tries {
					t.Errorf("it took %v in %d tries, want %v in %d", took, w.tries, tc.least, tc.tries)
				}
			})
		})
	}
}

// TestNoAttemptOutlastsItsCaller.
func TestNoAttemptOutlastsItsCaller(t *testing.T) {
	onWire(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, func(t *testing.T, w *wire) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		took, err := w.get(ctx, w.db())
		if !errors.Is(err, context.DeadlineExceeded) || took != 3*time.Second || w.tries != 1 {
			t.Errorf("it took %v in %d tries: %v", took, w.tries, err)
		}
	})
}

// TestS3TakesItsTimeToCopy, and does so on a new connection.
func TestS3TakesItsTimeToCopy(t *testing.T) {
	onWire(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 2 {
			time.Sleep(20 * time.Second)
		}
		_, _ = io.WriteString(w, `<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>`)
	}, func(t *testing.T, w *wire) {
		bucket := s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
		for range 2 {
			if _, err := bucket.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: aws.String("b"), Key: aws.String("k"), CopySource: aws.String("b/j"),
			}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if len(w.conns) != 2 || w.tries != 2 {
			t.Errorf("%d connections, %d tries", len(w.conns), w.tries)
		}
	})
}

// TestAFileIsReadSlowly part by part, longer than an attempt may be silent.
func TestAFileIsReadSlowly(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 64<<10)
	onWire(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Length", fmt.Sprint(4*len(chunk)))
		for range 4 {
			_, _ = w.Write(chunk)
			w.(http.Flusher).Flush()
			time.Sleep(3 * time.Second)
		}
	}, func(t *testing.T, w *wire) {
		bucket := s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
		out, err := bucket.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		if n, err := io.Copy(io.Discard, out.Body); err != nil || n != int64(4*len(chunk)) {
			t.Errorf("read %d bytes, %v", n, err)
		}
	})
}

// put writes a file of some size, and says how long that took.
func (w *wire) put(t *testing.T, bucket *s3.Client, size int) (time.Duration, error) {
	began := time.Now()
	_, err := bucket.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("b"), Key: aws.String("k"), Body: bytes.NewReader(make([]byte, size)),
	})
	return time.Since(began).Round(100 * time.Millisecond), err
}

// TestAFileIsSentSlowly, for longer than an attempt may be silent, by a connection that may be dead or by a new one.
// Only from the last of the body on the limit counts.
func TestAFileIsSentSlowly(t *testing.T) {
	const size, slow = 1 << 20, 40 * time.Millisecond // 256 times the pace: 10.24 s
	for name, tc := range map[string]struct {
		size   int           // bytes
		idle   time.Duration // or 0 for a new connection
		pace   time.Duration // for each 4 KiB
		answer time.Duration // after the body, of the first attempt
		took   time.Duration // about, since some KiB are on the way when the last is read
		tries  int
	}{
		"by a new connection":             {size, 0, slow, 0, 10200 * time.Millisecond, 1},
		"by a suspect":                    {size, 2 * time.Second, slow, 0, 10200 * time.Millisecond, 1},
		"answered after four seconds":     {size, 0, slow, 4 * time.Second, 14200 * time.Millisecond, 1},
		"not answered":                    {size, 0, slow, time.Minute, 25500 * time.Millisecond, 2},
		"not answered by a suspect":       {size, 2 * time.Second, slow, time.Minute, 21500 * time.Millisecond, 2},
		"a suspect that took 5 MiB lives": {5 * size, 2 * time.Second, slow / 5, 4 * time.Second, 14200 * time.Millisecond, 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := 0 // tries
			if tc.idle > 0 {
				before = 1
			}
			onWire(t, func(_ http.ResponseWriter, _ *http.Request, n int) {
				if n == before+1 {
					time.Sleep(tc.answer)
				}
			}, func(t *testing.T, w *wire) {
				bucket := s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
				if tc.idle > 0 {
					if _, err := w.put(t, bucket, 1); err != nil {
						t.Fatal(err)
					}
					time.Sleep(tc.idle)
				}
				w.pace.Store(int64(tc.pace))
				took, err := w.put(t, bucket, tc.size)
				if err != nil || (took-tc.took).Abs() > 500*time.Millisecond || w.tries != before+tc.tries {
					t.Errorf("it took %v in %d tries, %v; want %v in %d", took, w.tries-before, err, tc.took, tc.tries)
				}
			})
		})
	}
}

// TestASmallRequestDoesNotClearASuspect: its body is read at once, and so is that of an item of 400 KB. Neither is told
// from a request that arrives.
func TestASmallRequestDoesNotClearASuspect(t *testing.T) {
	for _, size := range []int{1, 400 << 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			onWire(t, func(http.ResponseWriter, *http.Request, int) {}, func(t *testing.T, w *wire) {
				bucket := s3.NewFromConfig(w.config, func(o *s3.Options) { o.UsePathStyle = true })
				if _, err := w.put(t, bucket, size); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				w.conns[0].die()
				if took, err := w.put(t, bucket, size); err != nil || took != time.Second || w.tries != 2 {
					t.Errorf("it took %v in %d tries, %v; want a second, and the second try", took, w.tries, err)
				}
			})
		})
	}
}

// TestABodyIsWatchedAsItIs: its length, its end and its other copies stay what they are.
func TestABodyIsWatchedAsItIs(t *testing.T) {
	l := newLimit(time.Hour, func() {})
	defer l.stop()
	for _, none := range []io.ReadCloser{nil, http.NoBody} {
		if r := watched(&http.Request{Body: none}, l, silence); r.Body != none {
			t.Errorf("%v became %v", none, r.Body)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://x.test", strings.NewReader("words"))
	if err != nil {
		t.Fatal(err)
	}
	r = watched(r, l, silence)
	again, err := r.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]io.Reader{"the body": r.Body, "the body again": again} {
		if _, ok := b.(*sent); !ok {
			t.Errorf("%s is not watched", name)
		}
		if got, err := io.ReadAll(b); string(got) != "words" || err != nil || r.ContentLength != 5 {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if r := watched(&http.Request{Body: r.Body}, l, silence); r.GetBody != nil {
		t.Error("a body that cannot be had again can be had again")
	}
}
