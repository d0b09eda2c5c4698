package client_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"spool/infra/emulate"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/s3"
	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/blob"
	"spool/shared/client"
	"spool/shared/connect"
	"spool/shared/httpapi"
	"spool/shared/idempotency"
	"spool/shared/media/mediatest"
	"spool/shared/schedule"
	"spool/shared/storetest"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// connected is a setup with one account.
type connected struct{ httpapi.Setup }

func (connected) State(context.Context) (connect.State, error) {
	return connect.State{ClientID: "app", Accounts: []account.Account{{ID: "1", Username: "ada", Zone: "UTC", Limit: 280, Health: account.Connected}}}, nil
}

func (connected) Pauses(context.Context, []string) (map[string]account.Pause, error) { return nil, nil }

func (connected) Budgets(context.Context, string) (account.Budgets, error) {
	return account.Budgets{}, nil
}

// asleep wakes nobody.
type asleep struct{}

func (asleep) WakeAll(context.Context, []schedule.Wake) error { return nil }

// serve runs the real API on a store in memory and an emulated S3.
func serve(t *testing.T) *client.Client {
	t.Helper()
	files, err := s3.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := files.CreateBucket("media"); err != nil {
		t.Fatal(err)
	}
	policies := &iam.Policies{}
	policies.Add("KEY", "secret", iam.Principal{Name: "api"}, iam.Statement{Actions: []string{"s3:*"}, Resources: []string{"arn:aws:s3:::media/*"}})
	bucket := httptest.NewServer(s3.Guard(policies, files))
	t.Cleanup(bucket.Close)
	store := storetest.NewMemory(storetest.Start)
	server := httptest.NewServer((&httpapi.API{
		Posts: store, Files: store, Keys: store, Setup: connected{}, Waker: asleep{}, KeySum: access.Sum(key),
		Idempotency: &idempotency.Store{Records: store, Seal: storetest.NewSealer(), Now: storetest.Start, Log: slog.New(slog.NewTextHandler(t.Output(), nil))},
		Blobs: blob.New(aws.Config{
			Region: emulate.Region, BaseEndpoint: aws.String(bucket.URL), Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", ""),
		}, "media"),
		Prices: tweet.ListPrices(), Now: storetest.Start, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}).Handler())
	t.Cleanup(server.Close)
	base, err := client.ParseBase(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &client.Client{Base: base, Key: key}
}

func TestAPostsWayThroughTheRealAPI(t *testing.T) {
	c, ctx := serve(t), t.Context()
	picture := mediatest.PNG(40, 30, 1)
	m, err := c.AddMedia(ctx, wire.MediaInput{Filename: "cat.png", ContentType: "image/png", Bytes: int64(len(picture))}, bytes.NewReader(picture), nil)
	if err != nil || m.State != "ready" || m.Width != 40 {
		t.Fatalf("the picture is %+v: %v", m, err)
	}
	in := wire.PostInput{At: "2031-01-01 09:00", Tweets: []wire.TweetInput{{Text: "A cat", Media: []wire.MediaRefInput{{ID: m.ID, AltText: "A cat"}}}}}
	made, err := c.CreatePost(ctx, in, "once")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.CreatePost(ctx, in, "once"); err != nil || again.ID != made.ID {
		t.Errorf("repeated, it made %s beside %s: %v", again.ID, made.ID, err)
	}
	read, etag, err := c.GetPost(ctx, made.ID)
	if err != nil || etag == "" || read.Tweets[0].Media[0].AltText != "A cat" {
		t.Errorf("it reads %+v with %q: %v", read, etag, err)
	}
	if _, err := c.EditPost(ctx, made.ID, etag, wire.EditInput{At: "2031-01-02 09:00"}); err != nil {
		t.Error(err)
	}
	_, err = c.EditPost(ctx, made.ID, etag, wire.EditInput{At: "2031-01-03 09:00"})
	if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Code != "stale" || p.Status != 412 || p.Todo == "" {
		t.Errorf("an edit of an older revision is answered %v", err)
	}
	if p, err := c.CancelPost(ctx, made.ID); err != nil || !client.Final(p) {
		t.Errorf("cancelled, it is %s: %v", p.Status, err)
	}
	if _, _, err := c.GetPost(ctx, "nobody"); err == nil {
		t.Error("a post that is not there was read")
	}
}

func TestPostsComePageByPage(t *testing.T) {
	c, ctx := serve(t), t.Context()
	var want []string
	for _, text := range []string{"One", "Two", "Three"} {
		p, err := c.CreatePost(ctx, wire.PostInput{Draft: true, Tweets: []wire.TweetInput{{Text: text}}}, "")
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{p.ID}, want...)
	}
	var got []string
	for p, err := range c.Posts(ctx, client.PostQuery{Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.ID)
	}
	if len(got) != len(want) || !cmp.Equal(map[string]bool{got[0]: true, got[1]: true, got[2]: true}, map[string]bool{want[0]: true, want[1]: true, want[2]: true}) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, err := range (&client.Client{Base: c.Base, Key: "wrong"}).Posts(ctx, client.PostQuery{}) {
		if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Code != "unauthorized" {
			t.Errorf("with a wrong key: %v", err)
		}
	}
}

func TestOtherOperationsOfTheRealAPI(t *testing.T) {
	c, ctx := serve(t), t.Context()
	if p, err := c.Preview(ctx, wire.PreviewInput{Writing: wire.Writing{Text: "One\n---\nTwo"}}); err != nil || len(p.Tweets) != 2 {
		t.Errorf("preview: %+v %v", p, err)
	}
	if p, err := c.PriceMonth(ctx, "2026-12"); err != nil || p.Month != "2026-12" {
		t.Errorf("price: %+v %v", p, err)
	}
	if s, err := c.GetStatus(ctx); err != nil || !s.Ready {
		t.Errorf("status: %+v %v", s, err)
	}
	if l, err := c.ListAccounts(ctx); err != nil || len(l.Accounts) != 1 {
		t.Errorf("accounts: %+v %v", l, err)
	}
	k, err := c.CreateKey(ctx, wire.KeyInput{Name: "blog", Scopes: []string{"posts:read"}})
	if err != nil || k.Key == "" {
		t.Fatalf("key: %+v %v", k, err)
	}
	if err := c.RevokeKey(ctx, k.ID); err != nil {
		t.Error(err)
	}
	if l, err := c.ListKeys(ctx); err != nil || len(l.Keys) != 0 {
		t.Errorf("keys: %+v %v", l, err)
	}
	var raw map[string]any
	if err := c.Do(ctx, "GET", "/v1/posts?limit=1", nil, &raw); err != nil || raw["posts"] == nil {
		t.Errorf("got %v: %v", raw, err)
	}
	_, err = (&client.Client{Base: c.Base.JoinPath("elsewhere"), Key: key}).GetStatus(ctx)
	if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Code != "not_found" {
		t.Errorf("below another path: %v", err)
	}
}
