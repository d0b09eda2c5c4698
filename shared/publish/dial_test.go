package publish

import (
	"context"
	"slices"
	"testing"
	"time"

	"spool/shared/post"
)

// told are the times since the bench was set up at which a run asked for something.
type told struct {
	begun time.Time
	at    []time.Duration
}

func (d *told) Ahead(context.Context) { d.at = append(d.at, time.Since(d.begun)) }

// slow is an X that takes its time to make a tweet.
type slow struct {
	*paper
	takes time.Duration
	begun time.Time
	sent  []time.Duration
}

func (x *slow) Create(context.Context, string, post.Tweet, string) (string, error) {
	x.sent = append(x.sent, time.Since(x.begun))
	time.Sleep(x.takes)
	return post.IDAt(time.Now()), nil
}

// TestTheNextConnectionIsMadeMeanwhile: half a second before a post's time, while X answers, and once more where X took so
// long that a connection would be too old.
func TestTheNextConnectionIsMadeMeanwhile(t *testing.T) {
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		due, takes time.Duration
		dialled    []time.Duration
		sent       []time.Duration
	}{
		"for a post of now":      {0, 100 * ms, []time.Duration{0, 0, 100 * ms}, []time.Duration{0, 100 * ms, 200 * ms}},
		"for one that was woken": {1800 * ms, 500 * ms, []time.Duration{1300 * ms, 1800 * ms, 2300 * ms}, []time.Duration{1800 * ms, 2300 * ms, 2800 * ms}},
		"while X is slow": {
			200 * ms, 501 * ms, []time.Duration{0, 200 * ms, 701 * ms, 701 * ms, 1202 * ms},
			[]time.Duration{200 * ms, 701 * ms, 1202 * ms},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				dialled, x := &told{begun: b.begun}, &slow{paper: b.paper, takes: tc.takes, begun: b.begun}
				b.Publisher.Dialer, b.Publisher.X = dialled, x
				p := post.New(b.begun, "7", b.content, b.begun.Add(tc.due), "UTC")
				b.paper.load = func() (post.Post, post.Content, error) { return p, b.content, nil }
				b.paper.open = func() (Session, error) { return Session{AccountID: "7"}, nil }
				if err := b.Publish(b.ctx, Order{PostID: p.ID, Alone: true}); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(dialled.at, tc.dialled) {
					t.Errorf("connections were asked for at %v, want %v", dialled.at, tc.dialled)
				}
				if !slices.Equal(x.sent, tc.sent) {
					t.Errorf("requests left at %v, want %v", x.sent, tc.sent)
				}
			})
		})
	}
}
