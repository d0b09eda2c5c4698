// Package post holds the record of a thread and the rules of its life.
//
// A [Post] is one thread as Spool keeps it: where it stands, what X has
// accepted so far, what is being attempted, who works on it and when something
// must happen to it next. Its texts are a [Content] of their own, which never
// changes once written, so that keeping track costs the same however long the
// thread is.
//
// There is one method for each transition; each takes the time, checks the
// state that it starts from, and returns the changed copy. Nobody sets a status
// by hand. Storing the copy is the caller's, and is conditional on [Post.Rev]:
// of two that move the same post at once, exactly one succeeds.
package post

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/tweet"
)

// Post is the progress of one thread. Times are UTC, to the millisecond.
type Post struct {
	ID        string
	AccountID string // the X user id that posts
	Title     string // the first words, for lists
	Opening   string // of its content: see [Content.Opening]; empty: it was stored before there were any
	Request   string // a digest of the request that made it, when that may be repeated

	Status Status
	Sub    SubStatus
	Reason *fault.Reason // why it stands where it stands, when that needs saying

	Content int // the version of its content
	Size    int // how many tweets the content has

	CreatedAt   time.Time
	UpdatedAt   time.Time
	ScheduledAt time.Time     // when it is to start; zero for a draft
	TimedAt     time.Time     // when it was given that time; zero: not since it was made
	Zone        string        // the IANA zone in which the user gives the time
	Lateness    time.Duration // how late it may start before it counts as missed; zero: however late

	// Due is when something must happen to the post: start, go on after a wait,
	// or be rescued from a worker that died. Zero: nothing has to.
	Due time.Time

	Charge      Charge        // what was set aside for it of its owner's budgets
	Preparation time.Duration // how long before its time it is taken up
	Media       *Transfer     // how much of its media X has, while they are uploaded

	Published []Receipt // what X has accepted, in order
	Attempt   *Attempt  // the tweet that may be on its way to X right now
	Tries     int       // clear, transient refusals of the first open tweet, or of its deletion
	Doubted   time.Time // when it was first sent into doubt, if that was settled as absent
	Removal   *Removal  // how far its deletion from X is, once that was asked for
	Lease     Lease
	RunID     string // the run that worked on it last
	// Crashes is how often in a row the work on it ended without a word, as far as is known: workers
	// left their lease behind, or its message died. It is set back by what gets on: a tweet that is
	// out, or deleted, or media that X has.
	Crashes int

	Hold   *Hold        // since when a limit, a pause or a budget holds it up; nil: none does
	Events event.Outbox // what is to be told of it, and was not handed over yet
	// TellBy is when the events of a post for which nothing is due are handed over once
	// more, if they still are there. The post is in the due index with it.
	TellBy time.Time

	Rev    int64  // of the stored record: each change adds one
	Writer string // who wrote this revision, so that a writer knows its own work again
}

// Charge is what was set aside for a post of the budgets of a month, before its
// first tweet went out. It is an upper bound of what the post costs: what does not
// go out in the end is not given back.
type Charge struct {
	Month  string // in UTC, such as 2026-12; empty: nothing was
	Amount tweet.Dollars
}

// Month is the month of budgets that a time belongs to.
func Month(t time.Time) string { return t.UTC().Format("2006-01") }

// Change is one change of a record that was stored.
type Change struct {
	Before, After Post
	Due           time.Time     // when it was due that the worker did; zero where it does not matter
	Charged       tweet.Dollars // what X charges for the tweets that the change added
}

// Begun reports whether a tweet of the post is on X, or may be.
func (p Post) Begun() bool { return len(p.Published) > 0 || p.Attempt != nil || !p.Doubted.IsZero() }

// Receipt is a tweet that X has accepted.
type Receipt struct {
	ID          string // X's id
	AttemptedAt time.Time
	PostedAt    time.Time
	// ByPerson: the id is a person's word, and X did not show that the tweet is this one.
	ByPerson bool
}

// Attempt is the intent to send the first open tweet. It is stored before the
// request, so that whoever finds it knows that X may have the tweet already.
type Attempt struct {
	At     time.Time // when it was written: the request follows within seconds
	Absent int       // reads after the settling time that did not find the tweet
	Failed int       // reads that failed, in a row
	// Duplicate: X called the tweet a duplicate after an earlier doubt, so the
	// doubtful request was probably accepted.
	Duplicate bool
}

// Lease says who works on a post, and until when nobody else may.
type Lease struct {
	Owner string
	Term  int64 // grows with each claim
	Until time.Time
}

// NewWriter names whoever is about to change a record: the owner of a [Lease], and
// the writer of a revision.
func NewWriter() string { return rand.Text() }

// held reports whether somebody works on the post.
func (l Lease) held(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }

// Content is what a thread says: one immutable version of it.
type Content struct {
	Version int
	Tweets  []Tweet
	Notes   []string // what its author was told when it was stored
}

// Opening stands for what X and its readers see a thread begin with. Of all tweets
// only the first can be another post's that says the same, since a reply is told by
// what it replies to: so posts are kept under it, for whoever has to ask them whose
// a tweet is. Openings that are equal by chance only have such posts wait for one
// another, so a short digest does.
func (c Content) Opening() string {
	sum := sha256.Sum256([]byte(tweet.Canonical(c.Tweets[0].Text)))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// MaxContent is how much a thread may say, in bytes; see [Content.Bytes]. It is far
// more than a thread of 500 tweets of 280 characters can have. Every store keeps as
// much.
const MaxContent = 3_000_000

// Bytes is how large the content is: all its texts in UTF-8, and what is kept beside
// them, roughly.
func (c Content) Bytes() int {
	const aTweet, aMedium, anOption = 50, 200, 5
	n := 0
	for _, t := range c.Tweets {
		n += aTweet + len(t.Text) + len(t.ReplySettings) + len(t.QuoteID) + len(t.CommunityID)
		for _, m := range t.Media {
			n += aMedium + len(m.AltText)
		}
		if t.Poll != nil {
			for _, o := range t.Poll.Options {
				n += anOption + len(o)
			}
		}
	}
	return n
}

// Fits is a fault of code Invalid when the content is larger than [MaxContent].
func (c Content) Fits() error {
	if n := c.Bytes(); n > MaxContent {
		return fault.New(fault.Invalid, "This thread takes %d kB; the most that Spool keeps is %d kB.",
			n/1000, MaxContent/1000).
			At("tweets").Todo("Split it into several posts.")
	}
	return nil
}

// Media are the media of the tweets from index on, in order.
func (c Content) Media(from int) []Medium {
	var all []Medium
	for _, t := range c.Tweets[min(from, len(c.Tweets)):] {
		all = append(all, t.Media...)
	}
	return all
}

// Tweet is one post of a thread as its author wrote it.
type Tweet struct {
	Text  string
	Media []Medium
	Poll  *Poll
	Options
}

// Poll is a question with two to four answers.
type Poll struct {
	Options []string
	Minutes int
}

// Options are what X takes with a tweet.
type Options struct {
	ReplySettings   string // who may reply, as X calls them; empty: everybody
	QuoteID         string // the tweet that it quotes
	CommunityID     string
	MadeWithAI      bool
	PaidPartnership bool
}

// Equal reports whether two tweets say the same.
func (t Tweet) Equal(o Tweet) bool {
	return t.Text == o.Text && slices.EqualFunc(t.Media, o.Media, Medium.equal) && t.Options == o.Options &&
		(t.Poll == nil) == (o.Poll == nil) &&
		(t.Poll == nil || t.Poll.Minutes == o.Poll.Minutes && slices.Equal(t.Poll.Options, o.Poll.Options))
}

// TweetStatus is where a tweet of a thread stands.
type TweetStatus string

// The statuses of tweets.
const (
	TweetPending    TweetStatus = "pending"
	TweetAttempting TweetStatus = "attempting" // may be on its way to X
	TweetPublished  TweetStatus = "published"
	TweetDeleted    TweetStatus = "deleted" // was on X, and is not any more
)

// Line is one tweet of a thread as the record tells it.
type Line struct {
	ThreadPosition int // from 1
	Status         TweetStatus
	PlatformPostID string    // X's id, once known
	ParentPostID   string    // the id that it replies to; empty for the first
	AttemptedAt    time.Time // zero when it never was
	PostedAt       time.Time // zero until it is
}

// Lines tells the thread tweet by tweet.
func (p Post) Lines() []Line {
	lines := make([]Line, max(p.Size, len(p.Published)))
	parent := ""
	for i := range lines {
		l := Line{ThreadPosition: i + 1, Status: TweetPending}
		switch {
		case i < len(p.Published):
			l.Status, l.PlatformPostID, l.ParentPostID = TweetPublished, p.Published[i].ID, parent
			l.AttemptedAt, l.PostedAt = p.Published[i].AttemptedAt, p.Published[i].PostedAt
			parent = l.PlatformPostID
			if i >= len(p.OnX()) {
				l.Status = TweetDeleted
			}
		case i == len(p.Published):
			l.ParentPostID = parent
			if p.Attempt != nil {
				l.Status, l.AttemptedAt = TweetAttempting, p.Attempt.At
			}
		}
		lines[i] = l
	}
	return lines
}

// PlatformPostIDs are X's ids of the published tweets, in order.
func (p Post) PlatformPostIDs() []string {
	ids := make([]string, len(p.Published))
	for i, t := range p.Published {
		ids[i] = t.ID
	}
	return ids
}

// Parent is the id that the next open tweet replies to: empty for the first.
func (p Post) Parent() string {
	if len(p.Published) == 0 {
		return ""
	}
	return p.Published[len(p.Published)-1].ID
}

// Skew is how far two clocks may be apart: X's, and the workers'.
const Skew = time.Minute

// Earliest is the time before which X cannot have made the open tweet that was
// attempted.
func (p Post) Earliest() time.Time {
	switch {
	case !p.Doubted.IsZero():
		return p.Doubted.Add(-Skew)
	case p.Attempt != nil:
		return p.Attempt.At.Add(-Skew)
	default:
		return time.Time{}
	}
}

// Holds reports whether a tweet of X's is the post's at a position (from 1), or may
// be about to be recorded there.
func (p Post) Holds(id string, position int) bool {
	return slices.Contains(p.PlatformPostIDs(), id) || p.Attempt != nil && p.Next()+1 == position
}

// Next is the index of the first open tweet.
func (p Post) Next() int { return len(p.Published) }

// Busy reports whether a worker holds the post.
func (p Post) Busy(now time.Time) bool { return p.Lease.held(now) }

// Suspicion is how often in a row the work on the post ended without a word, counting a lease that was left
// behind. What is above zero may be what ends the processes that work on it, and is worked on alone.
func (p Post) Suspicion(now time.Time) int {
	if p.Lease.Owner != "" && !p.Busy(now) {
		return p.Crashes + 1
	}
	return p.Crashes
}

// NewID makes the id of a post or a file: 128 random bits, in letters and digits.
func NewID() string { return rand.Text() }
