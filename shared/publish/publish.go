// Package publish puts threads on X: each tweet once, in order, whatever fails.
//
// X has no idempotency key. So the publisher stores the intent to send a tweet
// before the request leaves, and the answer together with the next intent in
// one conditional write after it. Whoever finds an intent without an answer
// never sends: it reads the account's timeline until it knows. N tweets cost
// N+1 writes.
//
// Nothing waits in memory. A limit, a pause or a doubt puts the post back into
// the due index with its time and ends the run.
package publish

import (
	"log/slog"
	"time"

	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

// Config holds the protocol's times.
type Config struct {
	// Lease is how long a worker may go without a checkpoint before another may
	// take over. A request leaves only when it is sure to end within the lease.
	Lease time.Duration
	// Settle is how long after an attempt X may still commit it. Absence from
	// the timeline counts only after that.
	//
	// It has to cover the lease, since the request may leave late in it, how far
	// two workers' clocks may be apart, how late X commits, and how late it shows
	// what it has.
	Settle time.Duration
	// ReadGap is the least time between the two reads that prove absence.
	ReadGap time.Duration
	// FirstLookDelay is how long to wait for a tweet to appear before the first read.
	FirstLookDelay time.Duration
	// Request bounds one request to X, Upload one that uploads a part of a medium,
	// Store one change of the record.
	Request, Upload, Store time.Duration
	// Held is how long a limit, a pause or a budget may hold a post up before that is
	// told of.
	Held time.Duration
	// Restored is the time that the tables were set back to; zero: they never were. See restored.go.
	Restored time.Time
	// ShareTime and ShareTweets are how long a run goes on, and how many tweets it sends or
	// deletes, before it lets others have its place: it hands the post on to another run, at
	// once, that takes its turn behind them.
	ShareTime   time.Duration
	ShareTweets int
	// WakeLead is how much before its time a post may be prepared; a wake-up that
	// comes earlier than that is dropped.
	WakeLead time.Duration
}

// Defaults are the times that Spool runs with.
func Defaults() Config { return Times(45*time.Second, 2*time.Minute) }

// Times are the times that go with a lease and a settling time: a request ends
// well within the lease, and the two reads that prove absence lie within the same
// order of time as the settling.
func Times(lease, settle time.Duration) Config {
	return Config{
		Lease: lease, Settle: settle, ReadGap: min(30*time.Second, settle/4), FirstLookDelay: 2 * time.Second,
		Request: min(15*time.Second, lease/3), Upload: min(30*time.Second, lease*2/3), Store: 10 * time.Second,
		Held: post.HeldFor, WakeLead: 5 * time.Second, ShareTime: 20 * time.Second, ShareTweets: 25,
	}
}

// LeastSettle is the shortest settling time that goes with a lease. A request may
// leave late in the lease, by a clock that is off; the rest of a settling time is for
// X, which commits late and shows late what it has.
func LeastSettle(lease time.Duration) time.Duration { return lease + post.Skew }

// Publisher publishes posts. It is safe for concurrent use.
type Publisher struct {
	Posts    Posts
	Accounts Accounts
	X        X
	Dialer   Dialer         // may be nil
	Queue    schedule.Queue // may be nil: what is handed on is then dispatch's to find
	Media    Media
	Prices   tweet.Prices // what X charges, for budgets
	Config   Config
	Now      func() time.Time
	Rand     func() float64 // in [0,1): the jitter
	Log      *slog.Logger
	Observer Observer // may be nil
}
