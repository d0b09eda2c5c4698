package xsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Dialect says which of X's two sets of names answers use; X's documentation
// and its OpenAPI document disagree. Requests may use either.
type Dialect string

const (
	Documented Dialect = "documentation" // edit_history_tweet_ids, referenced_tweets, api.twitter.com problem types
	Specified  Dialect = "spec"          // edit_history_post_ids, referenced_posts, api.x.com problem types
)

// Settings is what can be changed while the simulator runs: the application's
// registration and state, lifetimes, lags and limits. In JSON durations are
// strings such as "30s".
type Settings struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// Public makes the application a public client: no secret, client_id in
	// the body of token requests.
	Public bool `json:"public"`
	// Redirects are the registered redirect URIs, compared exactly. "*" allows
	// any http(s) URL on a loopback address.
	Redirects []string `json:"redirects"`
	// GrantScopes, if not empty, is all that the user ever grants.
	GrantScopes []string `json:"grant_scopes"`
	// ProbeSpends: a token request with wrong client authentication spends the
	// code or refresh token in it.
	ProbeSpends bool `json:"probe_spends"`

	CodeLife    time.Duration `json:"code_life"`
	AccessLife  time.Duration `json:"access_life"`
	RefreshLife time.Duration `json:"refresh_life"` // of a refresh token that is not used

	// VisibilityLag is how long a new post stays absent from reads.
	VisibilityLag time.Duration `json:"visibility_lag"`
	// ReplyLag is how long a new post cannot be replied to: "deleted or not visible".
	ReplyLag        time.Duration `json:"reply_lag"`
	DuplicateWindow time.Duration `json:"duplicate_window"` // 0: duplicates are accepted
	// ProcessingTime is how long GIFs and videos are processed once they are uploaded.
	ProcessingTime time.Duration `json:"processing_time"`
	MediaLife      time.Duration `json:"media_life"` // of an upload, from its last step

	// SelfServe access refuses quotes, and replies to posts of others that do
	// not mention or quote the replier.
	SelfServe   bool `json:"self_serve"`
	Enrolled    bool `json:"enrolled"`     // false: 403 client-not-enrolled
	UsageCapped bool `json:"usage_capped"` // true: 429 UsageCapExceeded
	// Credits, in millionths of a dollar, fall with each priced request; at 0
	// or below every request is answered 402. Absent: no end of credits.
	Credits *int64 `json:"credits_microusd"`
	// SpendCap, in millionths of a dollar, is the bill at which requests are
	// answered 403 SpendCapReached. Absent: no cap.
	SpendCap *int64 `json:"spend_cap_microusd"`

	Limits  map[Endpoint]Limit `json:"limits"`
	Dialect Dialect            `json:"dialect"`
}

// DefaultSettings are X's own values: lifetimes, limits and rules as documented
// in August 2026, no lag, an enrolled self-serve application without caps.
func DefaultSettings() Settings {
	return Settings{
		ClientID:        DefaultClientID,
		ClientSecret:    DefaultClientSecret,
		Redirects:       []string{"*"},
		ProbeSpends:     true,
		CodeLife:        30 * time.Second,
		AccessLife:      2 * time.Hour,
		RefreshLife:     183 * 24 * time.Hour,
		DuplicateWindow: 24 * time.Hour,
		ProcessingTime:  4 * time.Second,
		MediaLife:       24 * time.Hour,
		SelfServe:       true,
		Enrolled:        true,
		Dialect:         Documented,
		Limits: map[Endpoint]Limit{
			CreatePost: {User15m: 100, App24h: 10_000},
			DeletePost: {User15m: 50},
			UserPosts:  {User15m: 900, App15m: 1_500},
			LookupPost: {User15m: 900, App15m: 450},
			Me:         {User15m: 75},

			UploadMedia:     {User15m: 500, App24h: 50_000},
			InitializeMedia: {User15m: 1_875, App24h: 180_000},
			AppendMedia:     {User15m: 1_875, App24h: 180_000},
			FinalizeMedia:   {User15m: 1_875, App24h: 180_000},
			DescribeMedia:   {User15m: 500, App24h: 50_000},
		},
	}
}

// Settings returns a copy of the settings.
func (s *Sim) Settings() Settings {
	s.lock()
	defer s.mu.Unlock()
	return s.settings.clone()
}

// Configure changes the settings by change, in one step.
func (s *Sim) Configure(change func(*Settings)) {
	s.lock()
	defer s.mu.Unlock()
	next := s.settings.clone()
	change(&next)
	s.settings = next
}

// configureJSON merges the fields of raw into the settings. A field that does
// not exist, or a value that makes no sense, changes nothing.
func (s *Sim) configureJSON(raw []byte) error {
	s.lock()
	defer s.mu.Unlock()
	next := s.settings.clone()
	if err := json.Unmarshal(raw, &next); err != nil {
		return err
	}
	if err := next.check(); err != nil {
		return err
	}
	s.settings = next
	return nil
}

func (c Settings) clone() Settings {
	c.Redirects = slices.Clone(c.Redirects)
	c.GrantScopes = slices.Clone(c.GrantScopes)
	c.Limits = maps.Clone(c.Limits)
	if c.Limits == nil {
		c.Limits = map[Endpoint]Limit{}
	}
	if c.Credits != nil {
		c.Credits = new(*c.Credits)
	}
	if c.SpendCap != nil {
		c.SpendCap = new(*c.SpendCap)
	}
	return c
}

func (c Settings) check() error {
	for e := range c.Limits {
		if !slices.Contains(endpoints(), e) {
			return fmt.Errorf("limits: no endpoint %q; the endpoints are %q", e, endpoints())
		}
	}
	if c.Dialect != Documented && c.Dialect != Specified {
		return fmt.Errorf("dialect: %q is neither %q nor %q", c.Dialect, Documented, Specified)
	}
	return nil
}

// plainSettings has the fields of Settings without its methods.
type plainSettings Settings

// settingsJSON shadows the durations of Settings by their JSON form.
type settingsJSON struct {
	*plainSettings
	CodeLife        duration `json:"code_life"`
	AccessLife      duration `json:"access_life"`
	RefreshLife     duration `json:"refresh_life"`
	VisibilityLag   duration `json:"visibility_lag"`
	ReplyLag        duration `json:"reply_lag"`
	DuplicateWindow duration `json:"duplicate_window"`
	ProcessingTime  duration `json:"processing_time"`
	MediaLife       duration `json:"media_life"`
}

func (c *Settings) wire() settingsJSON {
	return settingsJSON{(*plainSettings)(c), duration(c.CodeLife), duration(c.AccessLife), duration(c.RefreshLife),
		duration(c.VisibilityLag), duration(c.ReplyLag), duration(c.DuplicateWindow), duration(c.ProcessingTime),
		duration(c.MediaLife)}
}

// MarshalJSON writes durations as strings.
func (c Settings) MarshalJSON() ([]byte, error) { return json.Marshal(c.wire()) }

// UnmarshalJSON merges the fields that are present and refuses unknown ones.
func (c *Settings) UnmarshalJSON(raw []byte) error {
	w := c.wire()
	if err := strictJSON(raw, &w); err != nil {
		return err
	}
	c.CodeLife, c.AccessLife, c.RefreshLife = time.Duration(w.CodeLife), time.Duration(w.AccessLife),
		time.Duration(w.RefreshLife)
	c.VisibilityLag, c.ReplyLag, c.DuplicateWindow = time.Duration(w.VisibilityLag), time.Duration(w.ReplyLag),
		time.Duration(w.DuplicateWindow)
	c.ProcessingTime, c.MediaLife = time.Duration(w.ProcessingTime), time.Duration(w.MediaLife)
	return nil
}

// duration is a time.Duration that is a string such as "1m30s" in JSON.
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = fmt.Errorf("duration %s is negative", text)
	}
	*d = duration(v)
	return err
}

// strictJSON decodes one JSON value into v and refuses unknown fields.
func strictJSON(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
