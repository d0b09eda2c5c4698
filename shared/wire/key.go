package wire

import "time"

// KeyInput is an API key that somebody wants.
type KeyInput struct {
	Name      string     `json:"name" maxLength:"100" doc:"What it is for"`
	Scopes    []string   `json:"scopes" maxItems:"8" doc:"What it may do: posts:read, posts:write, accounts, admin"`
	Accounts  []string   `json:"accounts,omitempty" minItems:"1" maxItems:"50" doc:"Ids of the accounts that it is for; left out: all"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Left out: never"`
}

// Key is an API key without its secret.
type Key struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes" nullable:"false"`
	Accounts  []string   `json:"accounts,omitempty" doc:"Absent: all"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"The last use, to the hour"`
	Key       string     `json:"key,omitempty" doc:"The key itself: shown once, when it is made"`
}

// KeyList are all API keys.
type KeyList struct {
	Keys []Key `json:"keys" nullable:"false"`
}
