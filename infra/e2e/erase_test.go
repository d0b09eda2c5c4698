package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/shared/media/mediatest"
	"spool/shared/wire"
)

// TestNothingIsLeftOfAnAccountThatIsErased looks into every item of both tables and every file of the bucket for what an
// account's owner has handed over and what X told of them. What another account has stays.
func TestNothingIsLeftOfAnAccountThatIsErased(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := &system{Stack: stacktest.StartIn(t, data, nil, t.Output())}
	s.owner = &owner.Owner{API: s.API, Key: s.AdminKey}
	if err := s.StoreApp(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, name := range []string{"ada", "grace"} {
		if err := s.owner.Connect(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := s.owner.Client().ListAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts.Accounts {
		ids[a.Username] = a.ID
	}
	for name, told := range map[string][]string{"all": nil, "ada's": {ids["ada"]}} {
		channel := map[string]any{"name": name, "kind": "webhook", "url": "https://example.com/hook", "accounts": told}
		if err := s.owner.Do(t.Context(), "POST", "/v1/channels", channel, nil); err != nil {
			t.Fatal(err)
		}
	}
	secret := map[string]string{"ada": "words-of-ada", "grace": "words-of-grace"}
	files := map[string]string{}
	traces := map[string][]string{} // what would be found of an account
	for n, name := range []string{"ada", "grace"} {
		b := mediatest.PNG(40, 30, uint64(n))
		id, _ := s.upload(t, name+".png", "image/png", bytes.NewReader(b), int64(len(b)))
		files[name] = id
		traces[name] = []string{ids[name], secret[name], id, name + ".png"}
		published := s.publish(t, ids[name], secret[name], id)
		draft := wire.PostInput{Draft: true, AccountID: ids[name], Tweets: []wire.TweetInput{{Text: secret[name] + " in a draft"}}}
		d, err := s.owner.Client().CreatePost(t.Context(), draft, "draft of "+name)
		if err != nil {
			t.Fatal(err)
		}
		traces[name] = append(append(traces[name], published.ID, d.ID), published.PlatformPostIDs...)
		if err := s.owner.Do(t.Context(), "PUT", "/v1/budget", map[string]any{"monthly": "20.00", "account_id": ids[name]}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.owner.Client().CreateKey(t.Context(), wire.KeyInput{
			Name: "key of " + name, Scopes: []string{"posts:read"}, Accounts: []string{ids[name]},
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.owner.Do(t.Context(), "POST", "/v1/posts/"+published.ID+"/duplicate", nil, &d); err != nil {
			t.Fatal(err)
		}
		if err := s.owner.Do(t.Context(), "DELETE", "/v1/posts/"+d.ID, nil, nil); err != nil {
			t.Fatal(err)
		}
		traces[name] = append(traces[name], d.ID)
	}
	for deadline := time.Now().Add(patience); !s.told(t, data, traces["ada"]); {
		if time.Now().After(deadline) {
			t.Fatal("no notice tells of the account: this test would find none")
		}
	}
	if found := s.traces(t, data, traces["ada"]); len(found) < 8 {
		t.Fatalf("the account is found in %v only: this test would find nothing", found)
	}
	for done, tries := false, 0; !done; tries++ {
		e, err := s.owner.Client().EraseAccount(t.Context(), ids["ada"])
		if err != nil || tries > 200 {
			t.Fatalf("try %d: %v", tries, err)
		}
		if done = e.Done; !done {
			s.graceIsOver(t)
		}
	}
	if found := s.traces(t, data, traces["ada"]); len(found) > 0 {
		t.Errorf("left of the account are: %v", found)
	}
	if found := s.traces(t, data, traces["grace"]); len(found) < 8 {
		t.Errorf("of the other account is left only: %v", found)
	}
	if _, err := os.Stat(filepath.Join(data, "s3")); err != nil {
		t.Fatal(err)
	}
}

// told reports whether a notice on its way has a trace of an account.
func (s *system) told(t *testing.T, data string, texts []string) bool {
	t.Helper()
	return slices.ContainsFunc(s.traces(t, data, texts), func(at string) bool {
		return strings.HasPrefix(at, "PostsTable channel#")
	})
}

// publish has a thread with a picture published, and waits for it.
func (s *system) publish(t *testing.T, accountID, text, file string) owner.Post {
	t.Helper()
	p, err := s.owner.Client().CreatePost(t.Context(), wire.PostInput{AccountID: accountID, Tweets: []wire.TweetInput{
		{Text: text, Media: []wire.MediaRefInput{{ID: file, AltText: text + " as a picture"}}}, {Text: text + " again"},
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	return s.finished(t, p.ID)
}

// graceIsOver sets the time at which files were found to be unused back, so that the test need not wait it out.
func (s *system) graceIsOver(t *testing.T) {
	t.Helper()
	db, table := stack.Client(s.DynamoDB()), s.Model.Table("PostsTable").Name
	for _, it := range s.items(t, table) {
		document, ok := it["document"].(*types.AttributeValueMemberS)
		if !ok || !strings.Contains(document.Value, `"Unused"`) {
			continue
		}
		var file map[string]any
		if err := json.Unmarshal([]byte(document.Value), &file); err != nil {
			t.Fatal(err)
		}
		file["Unused"] = time.Now().Add(-time.Hour).UTC()
		changed, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		it["document"] = &types.AttributeValueMemberS{Value: string(changed)}
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
}

// items are all of a table.
func (s *system) items(t *testing.T, table string) (all []map[string]types.AttributeValue) {
	t.Helper()
	pages := dynamodb.NewScanPaginator(stack.Client(s.DynamoDB()), &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
	}
	return all
}

// traces tells where any of some texts is: in a key, an attribute, or the name of a file. Packed attributes are opened.
func (s *system) traces(t *testing.T, data string, texts []string) (found []string) {
	t.Helper()
	for _, table := range s.Model.Tables {
		for _, it := range s.items(t, table.Name) {
			text := flat(&types.AttributeValueMemberM{Value: it})
			if i := slices.IndexFunc(texts, func(one string) bool { return strings.Contains(text, one) }); i >= 0 {
				found = append(found, fmt.Sprintf("%s %s %s (%s)", table.ID, flat(it["pk"]), flat(it["sk"]), texts[i]))
			}
		}
	}
	err := filepath.WalkDir(filepath.Join(data, "s3"), func(path string, _ os.DirEntry, err error) error {
		if i := slices.IndexFunc(texts, func(one string) bool { return strings.Contains(filepath.Base(path), one) }); i >= 0 {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// flat is all that a value says.
func flat(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberB:
		if z, err := gzip.NewReader(bytes.NewReader(v.Value)); err == nil {
			plain, _ := io.ReadAll(z)
			return string(plain)
		}
		return base64.StdEncoding.EncodeToString(v.Value)
	case *types.AttributeValueMemberL:
		var b strings.Builder
		for _, one := range v.Value {
			b.WriteString(flat(one) + " ")
		}
		return b.String()
	case *types.AttributeValueMemberM:
		var b strings.Builder
		for name, one := range v.Value {
			b.WriteString(name + " " + flat(one) + " ")
		}
		return b.String()
	}
	return ""
}
