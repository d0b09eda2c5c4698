package xsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Drop closes the connection in place of an answer.
type Drop string

const (
	DropBefore Drop = "before" // the request has no effect
	DropAfter  Drop = "after"  // the request takes effect, its answer is lost
)

// Fault is something to go wrong: which requests it meets, and what then
// happens to them. In JSON durations are strings such as "30s", and body may be
// a string, sent as it is, or any other JSON value.
type Fault struct {
	Method string `json:"method,omitempty"` // "" meets any
	// Path is a pattern as of package path ("/2/users/*/tweets"), or a prefix
	// when it ends in "/"; "" meets any.
	Path    string `json:"path,omitempty"`
	Account string `json:"account,omitempty"` // username or id; "" meets any
	// Nth is the first matching request that the fault strikes, counted from
	// when it was scripted: 1, the default, is the next one.
	Nth int `json:"nth,omitempty"`
	// Count is how many requests it strikes: 1 by default, -1 for all that follow.
	Count int `json:"count,omitempty"`

	// Status answers in place of X, and the request has no effect unless
	// Commit or Late is set. With Headers and Body.
	Status int `json:"status,omitempty"`
	// Headers are set on the answer, X's own or this one; an empty value
	// removes a header.
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Commit  bool              `json:"commit,omitempty"`
	Drop    Drop              `json:"drop,omitempty"`
	// Late lets POST /2/tweets commit this long after it was accepted; the
	// answer is Status, or a closed connection without one.
	Late time.Duration `json:"late,omitempty"`
	// MediaFailure is how X's processing of what the request uploads ends: of
	// POST /2/media/upload, or of a finalize.
	MediaFailure *MediaFailure `json:"media_failure,omitempty"`
	// Delay holds the answer back, after the request took effect.
	Delay time.Duration `json:"delay,omitempty"`
}

// ScriptedFault is a fault with what became of it.
type ScriptedFault struct {
	ID    string `json:"id"`
	Fault Fault  `json:"fault"`
	Seen  int    `json:"seen"` // matching requests since it was scripted
	Hits  int    `json:"hits"` // of these, struck by it
}

type faultStore struct {
	list   []*ScriptedFault
	lastID int
}

// Fault scripts f and returns its id.
func (s *Sim) Fault(f Fault) (id string, err error) {
	if err := f.check(); err != nil {
		return "", err
	}
	f.Nth = max(f.Nth, 1)
	if f.Count == 0 {
		f.Count = 1
	}
	s.lock()
	defer s.mu.Unlock()
	s.faults.lastID++
	id = fmt.Sprintf("fault-%d", s.faults.lastID)
	s.faults.list = append(s.faults.list, &ScriptedFault{ID: id, Fault: f})
	return id, nil
}

func (f Fault) check() error {
	_, badPattern := path.Match(f.Path, "/")
	switch {
	case badPattern != nil:
		return fmt.Errorf("path: %q is not a pattern", f.Path)
	case f.Nth < 0 || f.Count < -1:
		return errors.New("nth counts from 1; count is how many requests to strike, or -1 for all")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status: %d is not between 200 and 599", f.Status)
	case f.Drop != "" && f.Drop != DropBefore && f.Drop != DropAfter:
		return fmt.Errorf("drop: %q is neither %q nor %q", f.Drop, DropBefore, DropAfter)
	case f.Drop != "" && f.Status != 0:
		return errors.New("drop and status exclude each other: there is either no answer or this one")
	case (f.Body != "" || f.Commit) && f.Status == 0:
		return errors.New("body and commit go with status")
	case f.Late > 0 && (f.Method != "POST" || f.Path != "/2/tweets"):
		return errors.New(`late needs method "POST" and path "/2/tweets": only a post can be committed late`)
	case f.Late > 0 && f.Drop == DropBefore:
		return errors.New(`late and drop "before" exclude each other: a request without effect has none later`)
	case f.Late < 0 || f.Delay < 0:
		return errors.New("late and delay are not negative")
	case f.MediaFailure != nil && (f.Method != "POST" || !strings.HasPrefix(f.Path, "/2/media/upload")):
		return errors.New(`media_failure needs method "POST" and path "/2/media/upload" or "/2/media/upload/*/finalize": only these end an upload`)
	case f.Status == 0 && f.Headers == nil && f.Drop == "" && f.Late == 0 && f.Delay == 0 && f.MediaFailure == nil:
		return errors.New("the fault does nothing: give status, headers, drop, late, media_failure or delay")
	}
	return nil
}

// Faults lists the scripted faults with their counts.
func (s *Sim) Faults() []ScriptedFault {
	s.lock()
	defer s.mu.Unlock()
	list := make([]ScriptedFault, 0, len(s.faults.list))
	for _, f := range s.faults.list {
		list = append(list, *f)
	}
	return list
}

// ClearFaults forgets every fault.
func (s *Sim) ClearFaults() {
	s.lock()
	defer s.mu.Unlock()
	s.faults.list = nil
}

// strike counts a request against every fault that it matches and returns the
// first that strikes it, nil if none does.
func (s *Sim) strike(method, path, accountID string) *ScriptedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck *ScriptedFault
	for _, f := range s.faults.list {
		if !s.meets(f.Fault, method, path, accountID) {
			continue
		}
		f.Seen++
		due := f.Seen >= f.Fault.Nth && (f.Fault.Count == -1 || f.Hits < f.Fault.Count)
		if due && struck == nil {
			f.Hits++
			copied := *f
			struck = &copied
		}
	}
	return struck
}

func (s *Sim) meets(f Fault, method, target, accountID string) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, method) {
		return false
	}
	if f.Account != "" {
		if a, err := s.find(f.Account); err != nil || a.ID != accountID {
			return false
		}
	}
	matched, _ := path.Match(f.Path, target) // the pattern was checked when it was scripted
	return f.Path == "" || matched || strings.HasSuffix(f.Path, "/") && strings.HasPrefix(target, f.Path)
}

// plainFault has the fields of Fault without its methods.
type plainFault Fault

// faultJSON shadows what has another form in JSON.
type faultJSON struct {
	*plainFault
	Body  json.RawMessage `json:"body,omitempty"`
	Late  duration        `json:"late,omitempty"`
	Delay duration        `json:"delay,omitempty"`
}

// MarshalJSON writes durations as strings.
func (f Fault) MarshalJSON() ([]byte, error) {
	w := faultJSON{plainFault: (*plainFault)(&f), Late: duration(f.Late), Delay: duration(f.Delay)}
	if f.Body != "" {
		w.Body, _ = json.Marshal(f.Body) // a string always marshals
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes, and a body of any JSON type.
func (f *Fault) UnmarshalJSON(raw []byte) error {
	w := faultJSON{plainFault: (*plainFault)(f)}
	if err := strictJSON(raw, &w); err != nil {
		return err
	}
	f.Late, f.Delay = time.Duration(w.Late), time.Duration(w.Delay)
	if len(w.Body) == 0 || json.Unmarshal(w.Body, &f.Body) == nil {
		return nil
	}
	f.Body = string(slices.Clone(w.Body))
	return nil
}
