package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"spool/infra/xsim"
	"spool/shared/event"
	"spool/shared/wire"
)

// desk is where notices arrive: a receiver on this machine, which verifies what it gets.
type desk struct {
	*testing.T
	*system
	arrived chan wire.Notice
}

// newDesk makes a channel that leads to a new receiver, and one of e-mail.
func newDesk(t *testing.T, s *system) *desk {
	t.Helper()
	d := &desk{t, s, make(chan wire.Notice, 100)}
	keys := make(chan string, 1)
	hook := func() *standardwebhooks.Webhook {
		key := <-keys
		keys <- key
		w, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Error(err)
		}
		return w
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = hook().Verify(body, r.Header)
		}
		var n wire.Notice
		if err == nil {
			err = json.Unmarshal(body, &n)
		}
		if err != nil {
			t.Errorf("what arrived cannot be taken: %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		d.arrived <- n
	}))
	t.Cleanup(srv.Close)
	var c wire.Channel
	in := wire.ChannelInput{Name: "desk", Kind: "webhook", URL: srv.URL + "/hook"}
	if err := s.owner.Do(t.Context(), "POST", "/v1/channels", in, &c); err != nil {
		t.Fatal(err)
	}
	keys <- c.Secret
	mail := wire.ChannelInput{Name: "mail", Kind: "email", Events: []event.Kind{event.PostFailed}}
	if err := s.owner.Do(t.Context(), "POST", "/v1/channels", mail, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

// told waits for a notice of a kind. Others may come before it.
func (d *desk) told(k event.Kind) wire.Notice {
	d.Helper()
	patience := time.After(patience)
	for {
		select {
		case n := <-d.arrived:
			if n.Data.Title == "" || n.Data.Summary == "" || n.Timestamp.IsZero() {
				d.Errorf("it says %+v", n)
			}
			if n.Type == k {
				return n
			}
		case <-patience:
			d.Fatalf("nobody was told of %s", k)
		}
	}
}

// Each way in which a thread ends, and each thing that stops it, reaches a receiver, with
// what is to be done and where.
func TestWhatHappensIsTold(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	d := newDesk(t, s)
	ofPost := func(n wire.Notice, id string) {
		t.Helper()
		if n.Data.Post == nil || n.Data.Post.ID != id || n.Data.Sequence == 0 || n.Data.Account == nil || n.Data.Account.Name != "ada" ||
			n.Data.URL != s.API.String()+"/#/post/"+id {
			t.Errorf("%s says %+v, of %+v", n.Type, n.Data, n.Data.Post)
		}
	}
	post := func(name string, n int) string {
		t.Helper()
		p, err := s.owner.Schedule(t.Context(), thread(name, n), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	fault := func(f xsim.Fault) {
		t.Helper()
		if _, err := s.Simulator.Fault(f); err != nil {
			t.Fatal(err)
		}
	}

	id := post("published", 2)
	if n := d.told(event.PostPublished); len(n.Data.Post.PlatformPostIDs) != 2 || n.Data.Todo != "" {
		t.Errorf("of what was published it says %+v", n.Data)
	} else {
		ofPost(n, id)
	}

	fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Nth: 2, Status: 403, Body: `{"title":"Forbidden","detail":"You are not allowed to create a Tweet with duplicate content.","status":403}`})
	id = post("failed", 3)
	if n := d.told(event.PostFailed); n.Data.Post.Published != 1 || n.Data.Post.Tweets != 3 || n.Data.Todo == "" || n.Data.Reason == nil {
		t.Errorf("of what failed it says %+v", n.Data)
	} else {
		ofPost(n, id)
	}

	fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Drop: xsim.DropBefore})
	fault(xsim.Fault{Method: http.MethodGet, Path: "/2/users/*/tweets", Status: 400, Body: `{"title":"Invalid Request","status":400}`, Count: -1})
	id = post("unknown", 1)
	if n := d.told(event.PostUnknown); n.Data.Todo == "" {
		t.Errorf("of what is unknown it says %+v", n.Data)
	} else {
		ofPost(n, id)
	}
	s.Simulator.ClearFaults()

	none := int64(0)
	s.Simulator.Configure(func(set *xsim.Settings) { set.Credits = &none })
	post("credits", 1)
	if n := d.told(event.AppPaused); n.Data.Reason == nil || n.Data.Reason.Code != "credits_depleted" || n.Data.Until == nil {
		t.Errorf("of used up credits it says %+v", n.Data)
	}
	s.Simulator.Configure(func(set *xsim.Settings) { set.Credits = nil })
	if err := s.owner.Do(t.Context(), "POST", "/v1/app/resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	d.told(event.AppResumed)
	d.told(event.PostPublished)

	if err := s.Simulator.Disconnect("ada"); err != nil {
		t.Fatal(err)
	}
	post("revoked", 1)
	if n := d.told(event.AccountReconnect); n.Data.Account == nil || n.Data.Account.Name != "ada" || n.Data.Todo == "" {
		t.Errorf("of revoked tokens it says %+v", n.Data)
	}
	if err := s.owner.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	d.told(event.AccountConnected)
	d.told(event.PostPublished)

	mail := s.Mail.Messages()
	if len(mail) != 1 || !strings.HasPrefix(mail[0].Subject, "Spool: Stopped: failed") || !strings.Contains(mail[0].Body, "1 of its 3 tweets") {
		t.Errorf("the mail is %+v", mail)
	}
	s.taken(t)
}

// taken wants nothing left to tell: the events are out of their records, and of the due index.
func (s *system) taken(t *testing.T) {
	t.Helper()
	var list wire.ChannelList
	if err := s.owner.Do(t.Context(), "GET", "/v1/channels", nil, &list); err != nil || len(list.Channels) != 2 {
		t.Fatalf("the channels are %+v, %v", list, err)
	}
	var log wire.DeliveryList
	if err := s.owner.Do(t.Context(), "GET", "/v1/channels/"+list.Channels[0].ID+"/deliveries", nil, &log); err != nil || len(log.Deliveries) < 8 {
		t.Fatalf("the log has %d deliveries, %v", len(log.Deliveries), err)
	}
	for _, d := range log.Deliveries {
		if d.State != "delivered" || len(d.Attempts) == 0 || d.Attempts[len(d.Attempts)-1].StatusCode != 200 {
			t.Errorf("the log has %+v", d)
		}
	}
}
