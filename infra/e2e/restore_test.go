package e2e_test

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	engine "spool/infra/emulate/dynamodb"
	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/stack/template"
	"spool/infra/xsim"
	"spool/shared/account"
	spooldb "spool/shared/dynamo"
	"spool/shared/fault"
	"spool/shared/wire"
)

// TestTablesThatWereSetBackSendNothingTwice exports the tables as DynamoDB exports them from a point in time, lets Spool go
// on, and then has a fresh stack use tables that were filled from the export. In between a post went out, one was
// cancelled, and one is still to come.
func TestTablesThatWereSetBackSendNothingTwice(t *testing.T) {
	t.Parallel()
	x := xsim.New(xsim.Config{})
	server := httptest.NewServer(x.Handler())
	t.Cleanup(server.Close)
	data := t.TempDir()

	old := begin(t, data, x, map[string]string{"XEndpoint": server.URL})
	if err := old.owner.Do(t.Context(), "PUT", "/v1/app", map[string]string{
		"client_id": x.Settings().ClientID, "client_secret": x.Settings().ClientSecret,
	}, nil); err != nil {
		t.Fatal(err)
	}
	if err := old.owner.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	schedule := func(text string, at time.Time) owner.Post {
		t.Helper()
		p, err := old.owner.Schedule(t.Context(), []string{text, text + ", on"}, at)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	before := old.finished(t, schedule("before", time.Time{}).ID)
	since := schedule("since", time.Now().Add(12*time.Second))
	cancelled, open := schedule("cancelled", time.Now().Add(time.Hour)), schedule("open", time.Now().Add(time.Hour))

	exports := map[string]string{}
	for _, table := range old.Model.Tables {
		exports[table.ID] = filepath.Join(data, "export", table.ID)
		old.export(t, table.Name, exports[table.ID])
	}
	to := time.Now().UTC().Add(time.Second).Truncate(time.Second)
	out := old.finished(t, since.ID)
	if err := old.owner.Do(t.Context(), "POST", "/v1/posts/"+cancelled.ID+"/cancel", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	attached := restore(t, data, old.Model, exports)
	attached["XEndpoint"], attached["RestoredTo"] = server.URL, to.Format(time.RFC3339)
	s := begin(t, data, x, attached)
	sent := creates(x)
	// What is due is held, and says why; its owner cancels anew what is not to go out.
	ctx := t.Context()
	held, err := s.owner.Watch(ctx, since.ID, func(owner.Post) {}, func(p owner.Post) bool { return p.SubStatus == "paused" })
	if err != nil || held.FailReason == nil || held.FailReason.Code != "restored" || creates(x) != sent {
		t.Fatalf("the post that had gone out is %s %s, %+v, and %d tweets were sent; %v", held.Status, held.SubStatus, held.FailReason,
			creates(x)-sent, err)
	}
	if err := s.owner.Do(ctx, "POST", "/v1/posts/"+cancelled.ID+"/cancel", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.owner.Do(ctx, "POST", "/v1/app/resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.finished(t, since.ID); !slices.Equal(got.PlatformPostIDs, out.PlatformPostIDs) || creates(x) != sent {
		t.Errorf("the post that had gone out is on X as %v, and its record says %v; %d tweets were sent", out.PlatformPostIDs,
			got.PlatformPostIDs, creates(x)-sent)
	}
	if got, err := s.owner.Post(ctx, before.ID); err != nil || !slices.Equal(got.PlatformPostIDs, before.PlatformPostIDs) {
		t.Errorf("the post from before is %+v, %v", got, err)
	}
	var p wire.Post
	if err := s.owner.Do(ctx, "POST", "/v1/posts/"+open.ID+"/publish", nil, &p); err != nil {
		t.Fatal(err)
	}
	s.finished(t, open.ID)
	s.finished(t, func() string {
		p, err := s.owner.Schedule(ctx, []string{"after the restore"}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}())
	timeline, err := x.Timeline("ada")
	if err != nil || len(timeline) != 7 {
		t.Errorf("X has %d tweets, want 2 from before, 2 since, 2 that were open, and a new one: %v", len(timeline), err)
	}
}

func begin(t *testing.T, data string, x *xsim.Sim, parameters map[string]string) *system {
	t.Helper()
	s := &system{Stack: stacktest.StartIn(t, data, parameters, t.Output())}
	s.owner = &owner.Owner{API: s.API, Key: s.AdminKey}
	x.Configure(func(settings *xsim.Settings) {
		settings.Redirects = append(settings.Redirects, s.API.String()+"/oauth/x/callback")
	})
	return s
}

// creates counts the requests to make tweets.
func creates(x *xsim.Sim) (n int) {
	for _, e := range x.Journal() {
		if e.Method == "POST" && e.Path == "/2/tweets" {
			n++
		}
	}
	return n
}

// export writes a table as DynamoDB exports it to S3: packed lines, each an item in DynamoDB's JSON.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
func (s *system) export(t *testing.T, table, folder string) {
	t.Helper()
	folder = filepath.Join(folder, "AWSDynamoDB", "01693685827463-2d8752fd", "data")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(folder, "asdl123.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed := gzip.NewWriter(file)
	lines := json.NewEncoder(packed)
	for _, it := range s.items(t, table) {
		if err := lines.Encode(map[string]any{"Item": typed(&types.AttributeValueMemberM{Value: it}).(map[string]any)["M"]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
}

// typed is a value in DynamoDB's JSON.
func typed(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, one := range v.Value {
			list = append(list, typed(one))
		}
		return map[string]any{"L": list}
	case *types.AttributeValueMemberM:
		m := map[string]any{}
		for name, one := range v.Value {
			m[name] = typed(one)
		}
		return map[string]any{"M": m}
	}
	panic(fmt.Sprintf("no record has a %T", v))
}

// value reads a value in DynamoDB's JSON.
func value(t *testing.T, raw json.RawMessage) types.AttributeValue {
	t.Helper()
	var v struct {
		S, N *string
		B    []byte
		BOOL *bool
		L    []json.RawMessage
		M    map[string]json.RawMessage
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	switch {
	case v.S != nil:
		return &types.AttributeValueMemberS{Value: *v.S}
	case v.N != nil:
		return &types.AttributeValueMemberN{Value: *v.N}
	case v.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *v.BOOL}
	case v.L != nil:
		list := &types.AttributeValueMemberL{}
		for _, one := range v.L {
			list.Value = append(list.Value, value(t, one))
		}
		return list
	case v.M != nil:
		m := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}
		for name, one := range v.M {
			m.Value[name] = value(t, one)
		}
		return m
	}
	return &types.AttributeValueMemberB{Value: v.B}
}

// restore makes tables from exports, beside those that there are, and gives the parameters that attach them with the key
// and the bucket. It pauses the app, as `make deploy` does before it makes the stack.
func restore(t *testing.T, data string, model *template.Model, exports map[string]string) map[string]string {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Config{
		Data: filepath.Join(data, "dynamodb"), Cache: dynamodbtest.Cache(t), Log: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	db := stack.Client(e.URL())
	parameters := map[string]string{"TokenKeyArn": model.Keys[0].ARN, "MediaBucketArn": model.Buckets[0].ARN}
	for _, table := range model.Tables {
		restored := *table
		restored.Name = "restored-" + table.ID
		if err := stack.CreateTables(t.Context(), db, []*template.Table{&restored}); err != nil {
			t.Fatal(err)
		}
		imported(t, db, restored.Name, exports[table.ID])
		parameters[table.ID+"Arn"] = strings.Replace(table.ARN, "table/"+table.Name, "table/"+restored.Name, 1)
	}
	accounts := spooldb.NewAccounts(db, "restored-AccountsTable", time.Now)
	service := account.Service{Store: accounts, Registry: accounts, Now: time.Now}
	if err := service.Hold(t.Context(), fault.ReasonRestored.Reason()); err != nil {
		t.Fatal(err)
	}
	return parameters
}

// imported reads an export into a table.
func imported(t *testing.T, db *dynamodb.Client, table, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "AWSDynamoDB", "*", "data", "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no data: %v", folder, err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		plain, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(plain)
		lines.Buffer(nil, 2<<20) // an item is up to 400 KB, and binary ones grow by a third
		for lines.Scan() {
			var line struct{ Item map[string]json.RawMessage }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			it := map[string]types.AttributeValue{}
			for name, raw := range line.Item {
				it[name] = value(t, raw)
			}
			if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(table), Item: it}); err != nil {
				t.Fatal(err)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
