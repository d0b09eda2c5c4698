package wire

import (
	"time"

	"spool/shared/post"
)

// Account is an account without its tokens.
type Account struct {
	ID          string     `json:"id" doc:"X's user id"`
	Username    string     `json:"username"`
	Name        string     `json:"name"`
	Health      string     `json:"health" enum:"connected,reconnect_required,disconnected"`
	Since       time.Time  `json:"since" doc:"Of health"`
	NeedsYou    bool       `json:"needs_you" doc:"Nothing is sent for it until a person does something. What its owner disconnected needs nobody"`
	Reason      *Reason    `json:"reason,omitempty" doc:"Why it needs connecting, or what went wrong last"`
	Pause       *Pause     `json:"pause,omitempty" doc:"Nothing is sent for it until then"`
	Scopes      []string   `json:"scopes" nullable:"false" doc:"As granted on X"`
	Missing     []string   `json:"missing_scopes,omitempty" doc:"Not granted on X: what needs them is not possible"`
	Zone        string     `json:"zone" doc:"IANA time zone of schedules that name none"`
	Limit       int        `json:"limit" doc:"The weighted length of one tweet"`
	Lateness    int        `json:"lateness_seconds" doc:"By how much posts that say nothing else may start late before they count as missed; 0: however late"`
	ConnectedAt time.Time  `json:"connected_at"`
	RefreshedAt *time.Time `json:"refreshed_at,omitempty" doc:"When its tokens were renewed last"`
	RefreshAt   *time.Time `json:"refresh_at,omitempty" doc:"When they are renewed next"`
	Failures    int        `json:"refresh_failures" doc:"Failed renewals in a row"`
	FailingAt   *time.Time `json:"failing_since,omitempty"`
}

// AccountSettings are what may be changed of an account.
type AccountSettings struct {
	Zone     *string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone, such as Europe/Berlin"`
	Limit    *int    `json:"limit,omitempty" doc:"The weighted length of one tweet: 280, or up to 25000 with X Premium"`
	Lateness *int    `json:"lateness_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"By how much posts that say nothing else may start late; 0: however late"`
}

// AccountList is a page of the accounts.
type AccountList struct {
	Accounts   []Account `json:"accounts" nullable:"false"`
	Pause      *Pause    `json:"pause,omitempty" doc:"X refuses the whole app: nothing is sent for any of them until then"`
	NextCursor string    `json:"next_cursor,omitempty" doc:"Absent on the last page"`
}

// Erasure is what became of the deletion of an account's data.
type Erasure struct {
	AccountID  string  `json:"account_id"`
	Username   string  `json:"username"`
	Posts      int     `json:"posts" doc:"How many posts this request deleted"`
	Done       bool    `json:"done" doc:"Nothing is left of the account but what backups, logs and sealed answers hold for their time"`
	AgainAfter int     `json:"again_after_seconds,omitempty" doc:"When to repeat the request; absent when all is done"`
	Reason     *Reason `json:"reason,omitempty" doc:"Why X could not be told to end the access, without which the tokens stay"`
}

// Pause is a time in which nothing is sent.
type Pause struct {
	AccountID string         `json:"account_id,omitempty" doc:"Absent: of the whole app"`
	Username  string         `json:"username,omitempty"`
	SubStatus post.SubStatus `json:"sub_status" enum:"paused,rate_limited" doc:"What the posts show that wait for it. A rate limit of X's ends by itself"`
	Until     time.Time      `json:"until" doc:"When Spool tries again by itself"`
	Reason    Reason         `json:"reason" doc:"What it waits for"`
}

// ConnectInput says how an account is to be connected.
type ConnectInput struct {
	Headless bool   `json:"headless,omitempty" doc:"The caller has no browser: answer X's own page, and hand the address that it ends at to /v1/accounts/connect/complete"`
	Zone     string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of whoever connects, in which a new account starts; left out, or not known: UTC. An account that was connected before keeps its own"`
}

// Connection is a connection that has begun.
type Connection struct {
	StartURL     string    `json:"start_url,omitempty" doc:"Open it once, in the browser of whoever owns the account"`
	AuthorizeURL string    `json:"authorize_url,omitempty" doc:"Open it in any browser; for a headless connection"`
	ExpiresAt    time.Time `json:"expires_at"`
}

// CompleteInput ends a headless connection.
type CompleteInput struct {
	RedirectURL string `json:"redirect_url" minLength:"1" maxLength:"4000" doc:"The address that X redirected the browser to, or its query"`
}
