package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"spool/infra/sim"
	"spool/infra/stack/stacktest"
	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/dynamo"
	"spool/shared/httpapi"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/queue"
	"spool/shared/schedule"
	"spool/shared/vault"
)

const adminKey = "the-admin-key-of-this-test"

// older is a Spool on DynamoDB that meets items of a newer one.
type older struct {
	*testing.T
	*sim.World
	tables   stacktest.Tables
	posts    *dynamo.Posts
	accounts *dynamo.Accounts
	account  account.Account
	log      sim.Log
}

func newOlder(t *testing.T) *older {
	o := &older{T: t, World: sim.NewWorld(1), tables: stacktest.NewTables(t)}
	o.posts = dynamo.NewPosts(o.tables.DB, o.tables.Posts)
	o.accounts = dynamo.NewAccounts(o.tables.DB, o.tables.Accounts, time.Now)
	c := o.connector()
	s := o.X.Settings()
	if err := c.PutApp(t.Context(), vault.App{ClientID: s.ClientID, ClientSecret: s.ClientSecret}); err != nil {
		t.Fatal(err)
	}
	authorize, _, err := c.StartHeadless(t.Context(), "test", sim.Redirect, "")
	if err != nil {
		t.Fatal(err)
	}
	q, err := o.Allow(authorize, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if o.account, err = c.Complete(t.Context(), "test", q.Encode()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *older) connector() *connect.Connector {
	c := o.Connector()
	c.Vault, c.Accounts.Store, c.Accounts.Registry = o.vault(), o.accounts, o.accounts
	c.Apps, c.Flows = o.accounts, o.accounts
	return c
}

func (o *older) vault() *vault.Vault {
	v := o.Vault()
	v.Store = o.accounts
	return v
}

func (o *older) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(&o.log, nil)) }

// create stores a post that is due.
func (o *older) create() post.Post {
	o.Helper()
	now := time.Now()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}, {Text: "two"}}}
	p, err := o.posts.Create(o.Context(), post.New(now, o.account.ID, c, now, "UTC"), c)
	if err != nil {
		o.Fatal(err)
	}
	return p
}

// newer has an item say that a newer version wrote it, with what that alone knows.
func (o *older) newer(table, pk, sk string, reader string) {
	o.Helper()
	_, err := o.tables.DB.UpdateItem(o.Context(), &dynamodb.UpdateItemInput{
		TableName: &table, Key: itemKey(pk, sk), UpdateExpression: aws.String("SET v = :v, reader = :reader, later = :later"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":v": &types.AttributeValueMemberN{Value: "99"}, ":reader": &types.AttributeValueMemberN{Value: reader}, ":later": &types.AttributeValueMemberS{Value: "kept"},
		},
	})
	if err != nil {
		o.Fatal(err)
	}
}

func itemKey(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

func (o *older) item(table, pk, sk string) map[string]types.AttributeValue {
	o.Helper()
	out, err := o.tables.DB.GetItem(o.Context(), &dynamodb.GetItemInput{TableName: &table, Key: itemKey(pk, sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		o.Fatal(err)
	}
	return out.Item
}

// work has the function take a message for the post.
func (o *older) work(p post.Post) {
	o.Helper()
	publisher := &publish.Publisher{
		Posts: o.posts, Accounts: o.vault(), X: o.Client(), Media: publish.Media{Uploads: o.posts}, Config: publish.Defaults(),
		Now: func() time.Time { return time.Now().UTC() }, Rand: func() float64 { return 0 }, Log: o.logger(),
	}
	body, err := json.Marshal(map[string]any{"post_id": p.ID, "due_at": p.Due})
	if err != nil {
		o.Fatal(err)
	}
	res, err := handler{publisher, nil, queue.Consumer{}, nil}.handle(o.Context(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: string(body)}}})
	if err != nil || len(res.BatchItemFailures) > 0 {
		o.Errorf("the message comes again, and would end in the dead-letter queue: %v, %v", res, err)
	}
}

// failDead has the post's message come from the dead-letter queue.
func (o *older) failDead(p post.Post) {
	o.Helper()
	h := schedule.DeadLetterHandler{Posts: o.posts, Now: time.Now, Log: o.logger()}
	if err := h.FailDead(o.Context(), p.ID); err != nil {
		o.Error(err)
	}
}

// woken are the posts that dispatch sends to the queue.
func (o *older) woken() []string {
	o.Helper()
	q := &wakes{}
	d := &schedule.Dispatcher{Index: o.posts, Queue: q, Shards: dynamo.Shards, Now: time.Now, Log: o.logger()}
	if err := d.Dispatch(o.Context()); err != nil {
		o.Error(err)
	}
	return q.ids
}

type wakes struct{ ids []string }

func (w *wakes) WakeAll(_ context.Context, all []schedule.Wake) error {
	for _, one := range all {
		w.ids = append(w.ids, one.PostID)
	}
	return nil
}

// get reads the post by the API.
func (o *older) get(id string) (int, string) {
	o.Helper()
	api := (&httpapi.API{
		Posts: o.posts, Setup: httpapi.SetupOf(o.connector()), Waker: &wakes{}, Keys: o.accounts, Sessions: o.accounts, KeySum: access.Sum(adminKey), Now: time.Now, Log: o.logger(),
	}).Handler()
	r := httptest.NewRequest("GET", "https://spool.test/v1/posts/"+id, nil)
	r.Header.Set("Authorization", "Bearer "+adminKey)
	rec := httptest.NewRecorder()
	api.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

func (o *older) onX() int {
	n := 0
	for _, e := range o.X.Journal() {
		if e.Method == "POST" && e.Path == "/2/tweets" {
			n++
		}
	}
	return n
}

// A function that is older than what it meets leaves the post as it is, and due.
func TestAnOlderFunctionLeavesNewerItemsAlone(t *testing.T) {
	t.Parallel()
	o := newOlder(t)
	for name, mark := range map[string]func(post.Post) (table, pk, sk string){
		"the post":    func(p post.Post) (string, string, string) { return o.tables.Posts, "post#" + p.ID, "progress" },
		"its content": func(p post.Post) (string, string, string) { return o.tables.Posts, "post#" + p.ID, "content#000001" },
		"its account": func(post.Post) (string, string, string) {
			return o.tables.Accounts, "account#" + o.account.ID, "account"
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := o.create()
			table, pk, sk := mark(p)
			o.newer(table, pk, sk, "99")
			before, marked := o.item(o.tables.Posts, "post#"+p.ID, "progress"), o.item(table, pk, sk)
			o.work(p)
			if n := o.onX(); n != 0 {
				t.Errorf("%d tweets were sent", n)
			}
			if !strings.Contains(o.log.String(), "left to a newer version of Spool") || !strings.Contains(o.log.String(), p.ID) {
				t.Errorf("the log does not tell:\n%s", o.log.String())
			}
			if name != "its account" {
				o.failDead(p)
				if code, body := o.get(p.ID); code != 503 || !strings.Contains(body, `"code":"newer_format"`) {
					t.Errorf("the API answers %d: %s", code, body)
				}
			}
			if !slices.Contains(o.woken(), p.ID) {
				t.Error("dispatch does not wake another worker for it")
			}
			unexported := cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
				types.AttributeValueMemberL{}, types.AttributeValueMemberM{}, types.AttributeValueMemberBOOL{})
			if diff := cmp.Diff(before, o.item(o.tables.Posts, "post#"+p.ID, "progress"), unexported); diff != "" {
				t.Errorf("the post's item changed:\n%s", diff)
			}
			if diff := cmp.Diff(marked, o.item(table, pk, sk), unexported); diff != "" {
				t.Errorf("the newer item changed:\n%s", diff)
			}
			o.newer(table, pk, sk, "1") // for the next
		})
	}
}

// What a newer version knows stays where an older one works on the item.
func TestWhatIsNotKnownSurvives(t *testing.T) {
	t.Parallel()
	o := newOlder(t)
	p := o.create()
	o.newer(o.tables.Posts, "post#"+p.ID, "progress", "1")
	o.newer(o.tables.Accounts, "account#"+o.account.ID, "account", "1")
	zone := "Asia/Tokyo"
	if _, err := o.connector().Accounts.Configure(t.Context(), o.account.ID, account.Settings{Zone: &zone}); err != nil {
		t.Fatal(err)
	}
	o.work(p)
	got, _, err := o.posts.Load(t.Context(), p.ID)
	if err != nil || got.Status != post.Published || o.onX() != 2 {
		t.Fatalf("it is %s with %d tweets on X, %v", got.Status, o.onX(), err)
	}
	if it := o.item(o.tables.Posts, "post#"+p.ID, "progress"); it["events"] == nil || it["due_shard"] == nil {
		t.Errorf("what there is to tell of the published post is not found: %v", it)
	}
	if got, err = got.Handed(time.Now(), got.Events.Last()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.posts.Save(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	for _, it := range []map[string]types.AttributeValue{
		o.item(o.tables.Posts, "post#"+p.ID, "progress"), o.item(o.tables.Accounts, "account#"+o.account.ID, "account"),
	} {
		if later, ok := it["later"].(*types.AttributeValueMemberS); !ok || later.Value != "kept" {
			t.Errorf("an attribute that is not known was erased from %v", it)
		}
		for _, gone := range []string{"events", "tell_by", "due_at", "due_shard", "attempt", "owner", "until"} {
			if _, ok := it[gone]; ok && it["status"] != nil {
				t.Errorf("the published post still has %s", gone)
			}
		}
	}
}
