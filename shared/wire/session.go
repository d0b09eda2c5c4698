package wire

import "time"

// SessionInput signs a browser in.
type SessionInput struct {
	Key string `json:"key" maxLength:"200" doc:"An API key"`
}

// Session says who the caller is, and what its key may do.
type Session struct {
	KeyID     string     `json:"key_id" doc:"Id of the key; admin for the admin key"`
	Name      string     `json:"name" doc:"What the key is known by"`
	Scopes    []string   `json:"scopes" nullable:"false"`
	Accounts  []string   `json:"accounts,omitempty" doc:"Absent: all"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When the sign-in, or the key, ends at the latest; absent: never"`
}
