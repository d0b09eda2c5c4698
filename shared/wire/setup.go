package wire

// AppInput is the X app's OAuth 2.0 credentials.
type AppInput struct {
	ClientID     string `json:"client_id" maxLength:"200"`
	ClientSecret string `json:"client_secret,omitempty" maxLength:"500" doc:"Left out for a public client"`
}

// App is the X app without its secret.
type App struct {
	ClientID string `json:"client_id"`
}

// Status is how far Spool is set up.
type Status struct {
	Ready       bool    `json:"ready" doc:"Everything is set up"`
	CallbackURL string  `json:"callback_url" doc:"To be registered in X's developer console"`
	Steps       []Step  `json:"steps" nullable:"false"`
	Next        string  `json:"next" doc:"The next thing to do"`
	Pauses      []Pause `json:"pauses,omitempty" doc:"What waits at this moment: the whole app, or accounts"`
}

// Step is one step of the setup.
type Step struct {
	Step string `json:"step" enum:"credentials,token,authorization,verified"`
	Done bool   `json:"done"`
	Text string `json:"text" doc:"How it stands"`
	Todo string `json:"todo,omitempty" doc:"What to do, where there is something to do"`
}

// Resumed is how a pause of an account, or of the whole app, ended.
type Resumed struct {
	Resumed int    `json:"resumed" doc:"Posts that go on now; what still holds one of them parks it again"`
	Pause   *Pause `json:"pause,omitempty" doc:"Of the whole app: it holds the account all the same"`
}
