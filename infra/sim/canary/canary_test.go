package canary_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/sim"
	"spool/infra/sim/canary"
	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/dynamo"
	"spool/shared/httpapi"
	"spool/shared/metric"
	"spool/shared/schedule"
)

func TestASecretIsFoundHoweverItIsWritten(t *testing.T) {
	const secret = "s3cr3t/with+all\"kinds&of=signs"
	var s canary.Secrets
	s.Add("token", secret)
	s.Add("code", "short")
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, written := range []string{
		secret, url.QueryEscape(secret), string(quoted), hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)), "a short text without it",
	} {
		name := filepath.Join(dir, string(rune('a'+i)))
		if err := os.WriteFile(name, []byte("before "+written+" after"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaks, err := s.Files(dir)
	if err != nil || len(leaks) != 6 {
		t.Errorf("found %v (%v), want six", leaks, err)
	}
	for _, l := range leaks {
		if strings.Contains(l.String(), secret) {
			t.Errorf("the report repeats the secret: %v", l)
		}
	}
}

func TestASecretIsFoundInAnItem(t *testing.T) {
	tables := stacktest.NewTables(t)
	var s canary.Secrets
	s.Add("token", "a-secret-token")
	for sk, v := range map[string]types.AttributeValue{
		"text":   &types.AttributeValueMemberS{Value: "x a-secret-token x"},
		"binary": &types.AttributeValueMemberB{Value: []byte("x a-secret-token x")},
		"nested": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"list": &types.AttributeValueMemberL{
			Value: []types.AttributeValue{&types.AttributeValueMemberS{Value: "a-secret-token"}}}}},
		"harmless": &types.AttributeValueMemberN{Value: "1"},
	} {
		_, err := tables.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables.Accounts, Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "test"}, "sk": &types.AttributeValueMemberS{Value: sk}, "v": v,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if leaks, err := s.Items(t.Context(), tables.DB, tables.Accounts); err != nil || len(leaks) != 3 {
		t.Errorf("found %v (%v), want three", leaks, err)
	}
}

// waker wakes nobody.
type waker struct{}

func (waker) WakeAll(context.Context, []schedule.Wake) error { return nil }

// scene is Spool's API and setup on DynamoDB, and a simulated X that is listened to.
type scene struct {
	*sim.World
	*testing.T
	secrets canary.Secrets
	answers sim.Log // every body that the API answered
	setup   *connect.Connector
	api     http.Handler
	tables  stacktest.Tables
}

const adminKey = "the-admin-key-of-this-test"

func newScene(t *testing.T) *scene {
	s := &scene{World: sim.NewWorld(1), T: t, tables: stacktest.NewTables(t)}
	s.secrets.Add("api key", adminKey)
	accounts := dynamo.NewAccounts(s.tables.DB, s.tables.Accounts, time.Now)
	listening := &http.Client{Transport: s.secrets.Listen(s.World)}
	authority, client := s.Authority(), s.Client()
	authority.HTTP, client.HTTP = listening, listening
	v := s.Vault()
	v.Observer = &metric.Recorder{Stack: "test", Now: v.Now, Log: v.Log} // which writes the log's lines on refreshes
	v.Store, v.Authority = accounts, authority
	owner := &account.Service{Store: accounts, Registry: accounts, Now: v.Now, Log: v.Log}
	s.setup = &connect.Connector{Vault: v, Accounts: owner, Apps: accounts, Flows: accounts, Grants: authority, Users: client}
	s.api = (&httpapi.API{
		Posts: dynamo.NewPosts(s.tables.DB, s.tables.Posts), Setup: httpapi.SetupOf(s.setup), Waker: waker{}, Keys: accounts, KeySum: access.Sum(adminKey),
		Now: time.Now, Log: slog.New(slog.NewJSONHandler(&s.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}).Handler()
	return s
}

// call sends a request to the API, whose answer is kept unless it hands a secret
// to its caller on purpose.
func (s *scene) call(key, method, path, body string, handsOver bool) map[string]any {
	s.Helper()
	r := httptest.NewRequest(method, "https://spool.test"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	if !handsOver {
		s.answers.Write(rec.Body.Bytes())
	}
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		s.Fatalf("%s %s answered %d: %s", method, path, rec.Code, rec.Body)
	}
	return out
}

// connect begins a connection in a browser and has the person allow it.
func (s *scene) connect(username string) (connect.Return, string) {
	s.Helper()
	start := s.call(adminKey, "POST", "/v1/accounts/connect", "", true)["start_url"].(string)
	_, ticket, _ := strings.Cut(start, "ticket=")
	s.secrets.Add("ticket", ticket)
	authorize, browser, err := s.setup.Start(s.Context(), ticket, sim.Redirect)
	if err != nil {
		s.Fatal(err)
	}
	s.secrets.Add("cookie", browser)
	q, err := s.Allow(authorize, username)
	if err != nil {
		s.Fatal(err)
	}
	s.secrets.Add("state", q.Get("state"))
	s.secrets.Add("code", q.Get("code"))
	return connect.Return{State: q.Get("state"), Code: q.Get("code")}, browser
}

func (s *scene) fault(f xsim.Fault) {
	s.Helper()
	if _, err := s.X.Fault(f); err != nil {
		s.Fatal(err)
	}
}

func TestNoSecretGetsOut(t *testing.T) {
	s := newScene(t)
	s.call(adminKey, "PUT", "/v1/app", `{"client_id":"`+xsim.DefaultClientID+`","client_secret":"`+xsim.DefaultClientSecret+`"}`, false)
	key := s.call(adminKey, "POST", "/v1/keys", `{"name":"n","scopes":["posts:read","posts:write"]}`, true)["key"].(string)
	s.secrets.Add("api key", key)

	// A connection, one that X refuses, one that is replayed, and one that stays open.
	ret, browser := s.connect("ada")
	if _, err := s.setup.Finish(t.Context(), ret, browser); err != nil {
		t.Fatal(err)
	}
	s.note(s.setup.Finish(t.Context(), ret, browser))
	ret, browser = s.connect("grace")
	s.fault(xsim.Fault{Path: "/2/oauth2/token", Status: 400, Body: `{"error":"invalid_request","error_description":"the code ` + ret.Code + ` of ` + xsim.DefaultClientSecret + ` is bad"}`})
	s.note(s.setup.Finish(t.Context(), ret, browser))
	s.connect("grace")

	// Refreshes that work, that X refuses in words that repeat the token, and that get lost.
	session, err := s.setup.Vault.Open(t.Context(), "1815120100")
	if err != nil {
		t.Fatal(err)
	}
	if session, err = s.setup.Vault.Renew(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	s.fault(xsim.Fault{Path: "/2/oauth2/token", Status: 503, Body: `{"error":"temporarily_unavailable","error_description":"not for ` + xsim.DefaultClientSecret + `"}`})
	_, err = s.setup.Vault.Renew(t.Context(), session)
	s.note(account.Account{}, err)

	// Requests that carry secrets where they do not belong.
	s.call(key, "POST", "/v1/posts", `{"tweets":[{"text":"hello"}],"at":"`+key+`"}`, false)
	s.call(key, "POST", "/v1/posts", `{"tweets":[{"text":"hello"}],"draft":"`+key+`"}`, false)
	s.call(key, "GET", "/v1/posts?limit="+key, "", false)
	s.call(key, "GET", "/v1/posts/x?access_token="+key, "", false)
	s.call(key, "PUT", "/v1/app", `{"client_id":"x","client_secret":"`+xsim.DefaultClientSecret+`"}`, false)
	s.call(key+"x", "GET", "/v1/status", "", false)
	s.call(adminKey, "PUT", "/v1/app", `{"client_id":1,"client_secret":["`+xsim.DefaultClientSecret+`"]}`, false)
	s.call(adminKey, "POST", "/v1/accounts/connect/complete", `{"redirect_url":"https://spool.test/?state=`+ret.State+`&code=`+ret.Code+`"}`, false)
	s.call(adminKey, "GET", "/v1/keys", "", false)
	s.call(adminKey, "GET", "/v1/accounts", "", false)
	s.call(adminKey, "DELETE", "/v1/accounts/1815120100", "", false)

	want := []string{"access_token", "api key", "client_secret", "code", "code_verifier", "cookie", "refresh_token", "state", "ticket", "token"}
	if got := s.secrets.Kinds(); !slices.Equal(got, want) {
		t.Errorf("the canary knows %v, want %v", got, want)
	}
	leaks := slices.Concat(s.secrets.Find("the log", []byte(s.Log.String())), s.secrets.Find("an answer", []byte(s.answers.String())))
	for _, table := range []string{s.tables.Accounts, s.tables.Posts} {
		found, err := s.secrets.Items(t.Context(), s.tables.DB, table)
		if err != nil {
			t.Fatal(err)
		}
		leaks = append(leaks, found...)
	}
	for _, l := range leaks {
		t.Error(l)
	}
	items, err := s.tables.DB.Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.tables.Accounts, Select: types.SelectCount, ConsistentRead: aws.Bool(true)})
	if err != nil || items.Count < 4 || !strings.Contains(s.Log.String(), "refreshed") {
		t.Errorf("the test saw %+v items (%v) and the log %.200s", items, err, s.Log.String())
	}
}

// note keeps what an error would say in an answer or a log.
func (s *scene) note(_ account.Account, err error) {
	s.Helper()
	if err == nil {
		s.Error("a failure was expected")
		return
	}
	s.answers.Write([]byte(err.Error()))
}
