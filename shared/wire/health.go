package wire

import "time"

// HealthAsked is when the functions were asked to look at themselves.
type HealthAsked struct {
	AskedAt time.Time `json:"asked_at" doc:"Give it to get-health as asked_at"`
}

// Health is how Spool is.
type Health struct {
	OK      bool          `json:"ok" doc:"No check is wrong or waiting"`
	Version string        `json:"version,omitempty" doc:"Of the deployment: the commit that it was made from; absent where nobody said"`
	Now     time.Time     `json:"now" doc:"By Spool's own clock"`
	Checks  []HealthCheck `json:"checks" nullable:"false"`
}

// HealthCheck is how one thing stands.
type HealthCheck struct {
	Check string `json:"check" doc:"What was looked at, such as dispatch, x_app or @ada"`
	State string `json:"state" enum:"ok,wrong,open,waiting" doc:"open: nothing is known of it, or it is not set up yet. waiting: known within two minutes, so ask again"`
	Text  string `json:"text" doc:"How it stands"`
	Todo  string `json:"todo,omitempty" doc:"What to do, where something is wrong"`
}
