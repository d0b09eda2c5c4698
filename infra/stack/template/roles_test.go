package template_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"spool/infra/emulate/iam"
	"spool/infra/stack/template"
)

// These tests ask for everything that a function's role could allow, as it is on the wire, and compare with what it
// should. What a function needs is tested by the system as a whole, which runs on these roles.

// roles are those of the deployed functions, each by its name as the access key.
func roles(t *testing.T) (*template.Model, *iam.Policies) {
	model, policies := deployed(t), &iam.Policies{}
	for _, f := range model.Functions {
		policies.Add(f.Name, "secret", iam.Principal{Name: f.Name}, f.Statements...)
	}
	return model, policies
}

// may reports whether a function may send a request.
func may(t *testing.T, p *iam.Policies, function string, inspect iam.Inspector, operation, body string) bool {
	t.Helper()
	if !json.Valid([]byte(body)) {
		t.Fatalf("not JSON: %s", body)
	}
	call, err := inspect(operation, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(call.Resources, func(resource string) bool {
		return p.Allowed(function, call.Action, resource, call.Context) != nil
	})
}

// requests are DynamoDB's requests for items of a partition, by operation.
func requests(table, pk string) map[string]string {
	key := fmt.Sprintf(`{"pk":{"S":%q},"sk":{"S":"x"}}`, pk)
	return map[string]string{
		"GetItem":            fmt.Sprintf(`{"TableName":%q,"Key":%s}`, table, key),
		"BatchGetItem":       fmt.Sprintf(`{"RequestItems":{%q:{"Keys":[%s]}}}`, table, key),
		"Query":              fmt.Sprintf(`{"TableName":%q,"KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":{"S":%q}}}`, table, pk),
		"Scan":               fmt.Sprintf(`{"TableName":%q}`, table),
		"PutItem":            fmt.Sprintf(`{"TableName":%q,"Item":%s}`, table, key),
		"UpdateItem":         fmt.Sprintf(`{"TableName":%q,"Key":%s,"UpdateExpression":"SET a = :a"}`, table, key),
		"DeleteItem":         fmt.Sprintf(`{"TableName":%q,"Key":%s}`, table, key),
		"BatchWriteItem":     fmt.Sprintf(`{"RequestItems":{%q:[{"PutRequest":{"Item":%s}}]}}`, table, key),
		"TransactWriteItems": fmt.Sprintf(`{"TransactItems":[{"Put":{"TableName":%q,"Item":%s}}]}`, table, key),
		"ExecuteStatement":   `{"Statement":"SELECT * FROM accounts"}`,
		"DeleteTable":        fmt.Sprintf(`{"TableName":%q}`, table),
	}
}

// Each function reaches the kinds of records that it works on, and no others: with what leaks from callback, dispatch,
// publish or refresh nobody makes a key, takes over a session or reads an answer that is kept.
func TestRolesReachTheirOwnKindsOfRecords(t *testing.T) {
	const readWrite = "BatchGetItem GetItem PutItem UpdateItem"
	all := "BatchGetItem DeleteItem GetItem PutItem Query UpdateItem"
	want := map[string]map[string]string{
		"api": {"account#12": all, "app": all, "key#1": all, "session#1": all, "flow#1": all, "replay#1": all},
		"callback": {"account#12": readWrite, "app": readWrite,
			"flow#1": "BatchGetItem DeleteItem GetItem PutItem UpdateItem"},
		"publish":  {"account#12": readWrite, "app": readWrite},
		"refresh":  {"account#12": readWrite, "app": readWrite},
		"notify":   {"account#12": "BatchGetItem GetItem UpdateItem", "app": "BatchGetItem GetItem UpdateItem"},
		"dispatch": {},
	}
	model, policies := roles(t)
	inspect := iam.DynamoDB(model.PartitionKey)
	table := model.Table("AccountsTable").Name
	for _, f := range model.Functions {
		for _, pk := range []string{"account#12", "app", "key#1", "session#1", "flow#1", "replay#1"} {
			var allowed []string
			for operation, body := range requests(table, pk) {
				if may(t, policies, f.Name, inspect, operation, body) {
					allowed = append(allowed, operation)
				}
			}
			slices.Sort(allowed)
			if got := strings.Join(allowed, " "); got != want[f.Name][pk] {
				t.Errorf("%s on %s may %q, want %q", f.Name, pk, got, want[f.Name][pk])
			}
		}
	}
}

// One key that is not a function's own spoils a batch, and a key that is no whole prefix is none.
func TestRolesAreNotReachedAround(t *testing.T) {
	model, policies := roles(t)
	inspect := iam.DynamoDB(model.PartitionKey)
	table := model.Table("AccountsTable").Name
	for name, request := range map[string][2]string{
		"another kind behind one's own in a batch": {"BatchGetItem", fmt.Sprintf(`{"RequestItems":{%q:{"Keys":[{"pk":{"S":"account#1"}},{"pk":{"S":"key#1"}}]}}}`, table)},
		"a key that begins like the app's":         {"PutItem", fmt.Sprintf(`{"TableName":%q,"Item":{"pk":{"S":"app#key#1"}}}`, table)},
		"a prefix within the key":                  {"PutItem", fmt.Sprintf(`{"TableName":%q,"Item":{"pk":{"S":"key#account#1"}}}`, table)},
		"a number for a key":                       {"PutItem", fmt.Sprintf(`{"TableName":%q,"Item":{"pk":{"N":"1"}}}`, table)},
		"an item without a key":                    {"PutItem", fmt.Sprintf(`{"TableName":%q,"Item":{"sk":{"S":"account#1"}}}`, table)},
		"the list of keys":                         {"Query", fmt.Sprintf(`{"TableName":%q,"IndexName":"list","KeyConditionExpression":"list_pk = :pk","ExpressionAttributeValues":{":pk":{"S":"keys"}}}`, table)},
	} {
		for _, f := range []string{"callback", "dispatch", "publish", "refresh"} {
			if may(t, policies, f, inspect, request[0], request[1]) {
				t.Errorf("%s: %s may", name, f)
			}
		}
	}
}

// Each function finds by an index what it works on, and nothing else.
func TestRolesFindWhatTheyWorkOn(t *testing.T) {
	want := map[string]string{
		"api":      "accounts/list posts/due posts/find posts/list",
		"callback": "",
		"dispatch": "posts/due",
		"notify":   "accounts/list posts/find",
		"publish":  "posts/due posts/list",
		"refresh":  "accounts/expiring",
	}
	model, policies := roles(t)
	inspect := iam.DynamoDB(model.PartitionKey)
	for _, f := range model.Functions {
		var allowed []string
		for name, table := range map[string]*template.Table{"accounts": model.Table("AccountsTable"), "posts": model.Table("PostsTable")} {
			for _, index := range table.GlobalSecondaryIndexes {
				body := fmt.Sprintf(`{"TableName":%q,"IndexName":%q,"KeyConditionExpression":"%s = :pk","ExpressionAttributeValues":{":pk":{"S":"x#0"}}}`,
					table.Name, index.IndexName, index.KeySchema[0].AttributeName)
				if may(t, policies, f.Name, inspect, "Query", body) {
					allowed = append(allowed, name+"/"+index.IndexName)
				}
			}
		}
		slices.Sort(allowed)
		if got := strings.Join(allowed, " "); got != want[f.Name] {
			t.Errorf("%s finds %q, want %q", f.Name, got, want[f.Name])
		}
	}
}

// Each function seals and opens for its own purposes only.
func TestRolesSealAndOpenForTheirOwnPurposes(t *testing.T) {
	const both = "Decrypt Encrypt"
	bindings := map[string]string{
		"pair":    `{"purpose":"x-token-pair","account":"12","version":"3"}`,
		"app":     `{"purpose":"x-app","version":"3"}`,
		"flow":    `{"purpose":"oauth-flow","flow":"00"}`,
		"answer":  `{"table":"accounts","replay":"00","caller":"1"}`,
		"other":   `{"purpose":"other"}`,
		"nothing": `{}`,
	}
	want := map[string]map[string]string{
		"api":      {"pair": both, "app": both, "flow": both, "answer": both},
		"callback": {"pair": both, "app": "Decrypt", "flow": both},
		"publish":  {"pair": both, "app": "Decrypt"},
		"refresh":  {"pair": both, "app": "Decrypt"},
		"dispatch": {},
	}
	model, policies := roles(t)
	inspect := iam.KMS(func(string, []byte) string { return model.Keys[0].ARN })
	for _, f := range model.Functions {
		for kind, binding := range bindings {
			var allowed []string
			for _, operation := range []string{"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncrypt", "ScheduleKeyDeletion"} {
				if may(t, policies, f.Name, inspect, operation, `{"EncryptionContext":`+binding+`}`) {
					allowed = append(allowed, operation)
				}
			}
			if got := strings.Join(allowed, " "); got != want[f.Name][kind] {
				t.Errorf("%s with %s may %q, want %q", f.Name, kind, got, want[f.Name][kind])
			}
		}
	}
}
