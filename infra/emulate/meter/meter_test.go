package meter

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
)

// sendersOnly knows the functions dispatch and publish, which may send messages and nothing else.
func sendersOnly() *iam.Policies {
	p := &iam.Policies{}
	for _, name := range []string{"dispatch", "publish"} {
		p.Add("AK"+name, "secret", iam.Principal{Name: name, ARN: iam.FunctionARN(name)}, iam.Statement{Actions: []string{"sqs:SendMessage"}, Resources: []string{"*"}})
	}
	return p
}

// sign signs a request as the SDK does, with the tests' secret.
func sign(t *testing.T, r *http.Request, key, service, body string) {
	t.Helper()
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	credentials := aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hash, service, emulate.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	m := &Meter{}
	handler := sendersOnly().Guard(iam.SQS, m.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })))
	send := func(function, operation string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"QueueUrl":"http://x/publish"}`))
		r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
		sign(t, r, "AK"+function, "sqs", `{"QueueUrl":"http://x/publish"}`)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	send("dispatch", "SendMessage")
	send("dispatch", "SendMessageBatch")
	send("publish", "SendMessage")
	send("publish", "ReceiveMessage") // denied: not counted

	body := func() string {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/__local/metrics", nil))
		return strings.TrimSpace(w.Body.String())
	}
	const want = `{"functions":{"dispatch":{"sqs:SendMessage":{"requests":2,"read_units":0,"write_units":0}},` +
		`"publish":{"sqs:SendMessage":{"requests":1,"read_units":0,"write_units":0}}},` +
		`"totals":{"sqs:SendMessage":{"requests":3,"read_units":0,"write_units":0}}}`
	if got := body(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	t.Run("a reset sets to zero", func(t *testing.T) {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/__local/metrics", nil))
		if got := body(); w.Code != http.StatusNoContent || got != `{"functions":{},"totals":{}}` {
			t.Errorf("%d, then %s", w.Code, got)
		}
	})
	t.Run("other methods are refused", func(t *testing.T) {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/__local/metrics", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	})
}

func TestSnapshotIsACopy(t *testing.T) {
	m := &Meter{}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	m.count(r, Counts{Requests: 1})
	before := m.Snapshot()
	m.count(r, Counts{Requests: 1, WriteUnits: 2})
	if got := before.Functions[""][""]; got != (Counts{Requests: 1}) {
		t.Errorf("it changed to %+v", got)
	}
	if got := m.Snapshot().Totals[""]; got != (Counts{Requests: 2, WriteUnits: 2}) {
		t.Errorf("totals %+v", got)
	}
}

// What a request does can be seen before it is answered, and so before it is counted.
func TestASnapshotHasWhatIsUnderWay(t *testing.T) {
	m, early := &Meter{}, make(chan Snapshot, 1)
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		go func() { early <- m.Snapshot() }()
		for m.underWay.TryRLock() { // nobody waits yet
			m.underWay.RUnlock()
			if len(early) > 0 {
				break
			}
			runtime.Gosched()
		}
		io.WriteString(w, "{}")
	}))
	defer engine.Close()
	u, err := url.Parse(engine.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	m.DynamoDB(u).ServeHTTP(httptest.NewRecorder(), r)
	if got := (<-early).Totals[""].Requests; got != 1 {
		t.Errorf("%d requests were counted, want 1", got)
	}
}
