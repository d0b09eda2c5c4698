package publish

import (
	"context"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// Posts keeps the records. Implementations are safe for concurrent use.
type Posts interface {
	// Load reads a post and the content that it points at, strongly consistent.
	// An unknown id is a fault of code NotFound; one that this version of Spool does
	// not understand, or whose content it does not, is one of code Newer.
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	// Save stores p as revision p.Rev+1 where the stored revision is still
	// p.Rev, and returns it with its new Rev. Where it is not, Save answers a
	// fault of code Conflict, unless what is stored is this very write, made by
	// an earlier try whose answer was lost. Any other error leaves open whether
	// the write happened; calling Save again with the same p is safe.
	Save(ctx context.Context, p post.Post) (post.Post, error)
	Owners
}

// Owners keeps which post a tweet belongs to. Reads are strongly consistent.
//
// Whose a tweet is that X itself answered with is in the post's record, and nowhere
// else. It is asked for only where a tweet's id comes from a timeline or from a
// person, and it is then that it is written down.
type Owners interface {
	// Register notes that the post begins with the content's opening. Whoever stores
	// a content does so first, in the store; it is called for posts that were stored
	// before openings were noted.
	Register(ctx context.Context, p post.Post, c post.Content) error
	// Siblings gives all posts of the post's account that begin with its opening, or
	// once did: itself among them, and none that its owner deleted. Those that have
	// not changed since a time may be left out.
	Siblings(ctx context.Context, p post.Post, since time.Time) ([]post.Post, error)
	// Owned gives, of ids of X's, those that are known to be a post's, with its id.
	Owned(ctx context.Context, ids []string) (map[string]string, error)
	// Own makes an id the post's, for its open tweet: of two posts that want one,
	// one is told that it is another's, by a fault of code Taken. It stays a post's
	// while that [post.Post.Holds] it, and when that was deleted. Owning it again
	// does no harm.
	Own(ctx context.Context, id string, p post.Post) error
}

// Accounts opens accounts for publishing.
type Accounts interface {
	// Open answers a session with a usable access token, renewing it first when
	// it ends soon. The session also says whether the account, or the whole
	// app, is to wait. An account that X no longer lets in is an error whose
	// verdict pauses it.
	Open(ctx context.Context, accountID string) (Session, error)
	// Renew replaces a token that X refused, unless another worker has done so
	// already.
	Renew(ctx context.Context, s Session) (Session, error)
	// Pause makes everything in the pause's scope wait, the session's account
	// among it, and gives until when: a pause that holds longer stays. Where the app
	// is paused already, only the session that probes that pause prolongs it.
	Pause(ctx context.Context, s Session, p Pause) (until time.Time, err error)
	// ProbeSucceeded tells that X took a request of a session that was to Probe a pause
	// of the app, or whose account Recovers: the pause is over.
	ProbeSucceeded(ctx context.Context, s Session) error
	Budgets
}

// Observer is told what the publisher has done. It is safe for concurrent use.
type Observer interface {
	// PostStored tells of a change of a record that is stored.
	PostStored(ctx context.Context, c post.Change)
}

// Budgets keeps to the budgets of the accounts' owner.
type Budgets interface {
	// SetAside counts what a thread costs in the budgets that hold for the session's
	// account. Counting it again counts nothing: an amount is the whole of what is
	// counted for a post in a month. Of a thread that a budget does not allow nothing
	// is counted, and the pause says how long it waits. It is asked only where a
	// session is Budgeted.
	SetAside(ctx context.Context, s Session, e Expense) (post.Charge, *Pause, error)
}

// Expense is what publishing a thread costs at X.
type Expense struct {
	PostID  string
	Amount  tweet.Dollars // of the whole thread
	Counted tweet.Dollars // what its record says is counted already
	At      time.Time     // decides the month
	Begun   bool          // some of it is on X, or may be: it goes on whatever it costs
}

// Session is the right to act for an account.
type Session struct {
	AccountID string
	Token     string // the access token; never logged
	Version   int64  // of the stored pair that Token is from
	Pause     *Pause // not nil: nothing may be sent now
	Probe     bool   // the app was paused; this session alone may try whether it still is
	Recovers  bool   // the account was paused, and it was not told yet that X takes its requests again
	Budgeted  bool   // a budget holds for the account
	Limit     int    // the weighted length that one tweet may have
}

// Pause is a time in which nothing is sent.
type Pause struct {
	Scope  fault.Scope // ScopeAccount or ScopeApp
	Until  time.Time
	Sub    post.SubStatus // what a post that waits for it shows: RateLimited or Paused
	Reason fault.Reason
}

// X is what the publisher asks of X. Errors carry a verdict where X's answer
// allows one ([fault.Judge]); an error without a verdict leaves open whether X
// did what it was asked.
type X interface {
	// Create sends one tweet, as a reply to parent unless that is empty, and
	// answers its id. It never sends twice.
	Create(ctx context.Context, token string, t post.Tweet, parent string) (id string, err error)
	// Timeline reads one page of the user's own posts, newest first.
	Timeline(ctx context.Context, token, userID string, q Query) (Page, error)
	Remover
}

// Dialer connects to X ahead of a request. It is safe for concurrent use.
type Dialer interface {
	// Ahead begins to connect for a request that follows within a second, and returns
	// at once. The request is the same without it, but leaves later.
	Ahead(ctx context.Context)
}

// Remover is what the publisher asks of X to delete a thread. Where X does not
// have the tweet, the error's verdict is final, its reason's code [fault.ReasonNotFound].
type Remover interface {
	// Delete deletes one of the user's tweets. Deleting it twice does no harm, so
	// an error leaves nothing in doubt: it may be sent again.
	Delete(ctx context.Context, token, id string) error
	Lookuper
}

// Lookuper shows single tweets.
type Lookuper interface {
	// Lookup reads one tweet. Where X does not have it, the error's verdict is final,
	// its reason's code [fault.ReasonNotFound].
	Lookup(ctx context.Context, token, id string) (TimelinePost, error)
}

// Query asks for the posts that are newer than an id.
type Query struct {
	Since  string // exclusive
	Cursor string // of the page before; empty for the first
}

// Page is a part of a timeline.
type Page struct {
	Posts []TimelinePost
	Next  string // the cursor of the next page; empty at the end
}

// TimelinePost is a post as X's timeline shows it.
type TimelinePost struct {
	ID     string
	Author string // the user id that wrote it
	Parent string // the id that it replies to
	// Text is as its author wrote it: X's short links and HTML entities undone.
	Text string
	// Media are X's keys of what it shows ([Progress.Key]); nil where X does not
	// tell, or it shows nothing.
	Media []string
}
