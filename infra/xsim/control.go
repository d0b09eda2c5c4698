package xsim

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// routeControl adds the control API. Bodies and answers are JSON; what is wrong
// with a request is said as {"error": "…"} with status 400.
func (s *Sim) routeControl(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(*http.Request, []byte) (any, error){
		"GET /__sim/faults":        func(*http.Request, []byte) (any, error) { return s.Faults(), nil },
		"POST /__sim/faults":       s.postFault,
		"DELETE /__sim/faults":     func(*http.Request, []byte) (any, error) { s.ClearFaults(); return done{true}, nil },
		"GET /__sim/journal":       s.getJournal,
		"GET /__sim/timeline":      s.getTimeline,
		"GET /__sim/media":         s.getMedia,
		"GET /__sim/settings":      func(*http.Request, []byte) (any, error) { return s.Settings(), nil },
		"POST /__sim/settings":     s.postSettings,
		"GET /__sim/accounts":      func(*http.Request, []byte) (any, error) { return s.Accounts(), nil },
		"POST /__sim/accounts":     s.postAccount,
		"GET /__sim/bill":          func(*http.Request, []byte) (any, error) { return s.Bill(), nil },
		"POST /__sim/connect":      s.postConnect,
		"POST /__sim/revoke":       s.postRevoke,
		"POST /__sim/posts":        s.postByHand,
		"DELETE /__sim/posts/{id}": s.deleteByHand,
	} {
		mux.Handle(pattern, controlled(serve))
	}
}

// done is the answer where there is nothing to say.
type done struct {
	OK bool `json:"ok"`
}

func controlled(serve func(*http.Request, []byte) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		var v any
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			v, err = serve(r, body)
		}
		if err != nil {
			status, v = http.StatusBadRequest, map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // a client that has gone is no concern of ours
	})
}

func (s *Sim) postFault(_ *http.Request, body []byte) (any, error) {
	var f Fault
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, err
	}
	id, err := s.Fault(f)
	return map[string]string{"id": id}, err
}

func (s *Sim) getJournal(r *http.Request, _ []byte) (any, error) {
	after := 0
	if v := r.URL.Query().Get("after"); v != "" {
		var err error
		if after, err = strconv.Atoi(v); err != nil {
			return nil, err
		}
	}
	return s.journalSince(after), nil
}

func (s *Sim) getTimeline(r *http.Request, _ []byte) (any, error) {
	return s.Timeline(r.URL.Query().Get("user"))
}

func (s *Sim) getMedia(r *http.Request, _ []byte) (any, error) {
	return s.Media(r.URL.Query().Get("user"))
}

func (s *Sim) postSettings(_ *http.Request, body []byte) (any, error) {
	if err := s.configureJSON(body); err != nil {
		return nil, err
	}
	return s.Settings(), nil
}

func (s *Sim) postAccount(_ *http.Request, body []byte) (any, error) {
	var a Account
	if err := strictJSON(body, &a); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	return s.AddAccount(a), nil
}

func (s *Sim) postConnect(_ *http.Request, body []byte) (any, error) {
	var r struct {
		User   string   `json:"user"`
		Scopes []string `json:"scopes"`
	}
	if err := strictJSON(body, &r); err != nil {
		return nil, err
	}
	return s.Connect(r.User, r.Scopes...)
}

func (s *Sim) postRevoke(_ *http.Request, body []byte) (any, error) {
	var r struct {
		User string `json:"user"`
	}
	if err := strictJSON(body, &r); err != nil {
		return nil, err
	}
	return done{true}, s.Disconnect(r.User)
}

func (s *Sim) postByHand(_ *http.Request, body []byte) (any, error) {
	var r struct {
		User   string `json:"user"`
		Text   string `json:"text"`
		Parent string `json:"parent"`
	}
	if err := strictJSON(body, &r); err != nil {
		return nil, err
	}
	return s.PostByHand(r.User, r.Text, r.Parent)
}

func (s *Sim) deleteByHand(r *http.Request, _ []byte) (any, error) {
	return done{true}, s.DeleteByHand(r.PathValue("id"))
}
