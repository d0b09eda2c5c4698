package xsim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Entry is one request in the journal. Secrets appear as "sha256:" and the
// first 16 hexadecimal digits of their sum, so that two uses of one can be
// recognised.
type Entry struct {
	ID          int       `json:"id"` // 1 for the first request
	Time        time.Time `json:"time"`
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	Query       string    `json:"query,omitempty"`
	Account     string    `json:"account,omitempty"` // username behind the token, code or refresh token
	Credential  string    `json:"credential,omitempty"`
	Body        any       `json:"body,omitempty"`
	Status      int       `json:"status,omitempty"`    // what was answered; 0: no answer (yet)
	Dropped     bool      `json:"dropped,omitempty"`   // the connection was closed
	Committed   string    `json:"committed,omitempty"` // id of the post that it made, once it is made
	Fault       string    `json:"fault,omitempty"`     // id of the fault that struck it
	Transaction string    `json:"transaction_id"`
}

// journalSize bounds the journal of a simulator that runs for long: the oldest
// entries go first.
const journalSize = 200_000

type journal struct {
	entries []*Entry
	lastID  int
}

// add numbers e and keeps it.
func (j *journal) add(e Entry) int {
	j.lastID++
	e.ID = j.lastID
	j.entries = append(j.entries, &e)
	if len(j.entries) > journalSize {
		j.entries = slices.Clone(j.entries[journalSize/10:])
	}
	return e.ID
}

// get returns the entry with this number, nil if it is gone.
func (j *journal) get(id int) *Entry {
	first := j.lastID - len(j.entries) + 1
	if id < first || id > j.lastID || id == 0 {
		return nil
	}
	return j.entries[id-first]
}

// committed notes the post that a request made.
func (j *journal) committed(id int, post string) {
	if e := j.get(id); e != nil {
		e.Committed = post
	}
}

// Journal lists every request so far to X's own paths, oldest first.
func (s *Sim) Journal() []Entry { return s.journalSince(0) }

// journalSince lists the entries numbered above after.
func (s *Sim) journalSince(after int) []Entry {
	s.lock()
	defer s.mu.Unlock()
	list := []Entry{}
	for _, e := range s.journal.entries {
		if e.ID > after {
			list = append(list, *e)
		}
	}
	return list
}

// begin opens the journal entry of a request.
func (s *Sim) begin(e Entry) int {
	e.Time = s.lock()
	defer s.mu.Unlock()
	return s.journal.add(e)
}

// end notes what was answered.
func (s *Sim) end(id, status int, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.journal.get(id); e != nil {
		e.Status, e.Dropped = status, dropped
	}
}

// accountOf returns the id and username behind a token or code.
func (s *Sim) accountOf(secrets ...string) (id, username string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		if a, ok := s.accounts[s.grants.owner(secret)]; ok {
			return a.ID, a.Username
		}
	}
	return "", ""
}

// Fingerprint is how the journal writes a secret.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:8])
}

// secretFields are the parameters whose values must not be kept.
func secretFields() []string {
	return []string{"token", "code", "code_verifier", "client_secret", "refresh_token", "access_token", "state"}
}

// redactForm replaces the secrets of a query or form.
func redactForm(values url.Values) map[string]string {
	form := map[string]string{}
	for name, v := range values {
		form[name] = strings.Join(v, ",")
		if slices.Contains(secretFields(), name) {
			form[name] = Fingerprint(form[name])
		}
	}
	return form
}

// redactBody is a request body as the journal keeps it: a form without its
// secrets, the JSON of the API as it is (it carries none), anything else as a
// fingerprint.
func redactBody(path, contentType string, body []byte) any {
	oauth := strings.HasPrefix(path, "/2/oauth2/")
	if strings.HasPrefix(path, "/2/media/upload") && !(json.Valid(body) && len(body) < 4<<10) && len(body) > 0 {
		return redactMedia(contentType, body)
	}
	switch form, err := url.ParseQuery(string(body)); {
	case len(body) == 0:
		return nil
	case oauth && err == nil && strings.HasPrefix(contentType, formType):
		return redactForm(form)
	case !oauth && json.Valid(body):
		return json.RawMessage(body)
	}
	return Fingerprint(string(body))
}
