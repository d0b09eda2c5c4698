package iam

import (
	"slices"
	"strings"
	"testing"

	"spool/infra/emulate"
)

// keys is the condition that the partition keys fit a pattern.
func keys(patterns ...string) Condition {
	return Condition{Operator: "ForAllValues:StringLike", Key: LeadingKeys, Values: patterns}
}

func TestConditionsHoldRequestsToTheirContext(t *testing.T) {
	purpose := func(operator string, values ...string) []Condition {
		return []Condition{{Operator: operator, Key: EncryptionContext + "purpose", Values: values}}
	}
	bind := func(pairs ...string) Context {
		binding := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			binding[pairs[i]] = pairs[i+1]
		}
		return bound(binding)
	}
	for _, tt := range []struct {
		name       string
		conditions []Condition
		context    Context
		allowed    bool
	}{
		{"no condition asks for nothing", nil, nil, true},
		{"a key that fits a pattern", []Condition{keys("account#*", "app")}, Context{LeadingKeys: {"account#12"}}, true},
		{"a key that fits another pattern", []Condition{keys("account#*", "app")}, Context{LeadingKeys: {"app"}}, true},
		{"a key that only begins like one", []Condition{keys("account#*", "app")}, Context{LeadingKeys: {"apple"}}, false},
		{"another key", []Condition{keys("account#*", "app")}, Context{LeadingKeys: {"key#1"}}, false},
		{"one of several keys does not fit", []Condition{keys("account#*")}, Context{LeadingKeys: {"account#1", "key#1"}}, false},
		{"the empty key", []Condition{keys("account#*")}, Context{LeadingKeys: {""}}, false},
		{"a request without keys passes, as in IAM", []Condition{keys("account#*")}, nil, true},
		{"StringEquals knows no wildcards", []Condition{{"ForAllValues:StringEquals", LeadingKeys, []string{"account#*"}}}, Context{LeadingKeys: {"account#1"}}, false},
		{"the same binding", purpose("StringEquals", "x-app", "x-token-pair"), bind("purpose", "x-app", "version", "3"), true},
		{"another binding", purpose("StringEquals", "x-token-pair"), bind("purpose", "x-app"), false},
		{"a binding's case matters", purpose("StringEquals", "x-app"), bind("purpose", "X-App"), false},
		{"no binding", purpose("StringEquals", "x-app"), bind("version", "3"), false},
		{"nothing bound at all", purpose("StringEquals", "x-app"), nil, false},
		{"a binding that fits a pattern", purpose("StringLike", "x-*"), bind("purpose", "x-app"), true},
		{"any binding, but one", purpose("StringLike", "*"), bind("version", "3"), false},
		{"all conditions have to hold", append(purpose("StringLike", "*"), keys("a")), bind("version", "3"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Policies{}
			p.Add("AK", "secret", Principal{Name: "f"}, Statement{Actions: []string{"*"}, Resources: []string{"*"}, Conditions: tt.conditions})
			if err := p.Allowed("AK", "s:Do", "r", tt.context); (err == nil) != tt.allowed {
				t.Errorf("got %v, want allowed %v", err, tt.allowed)
			}
			for _, c := range tt.conditions {
				if err := c.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestConditionsThatNobodyEnforcesAreErrors(t *testing.T) {
	for want, c := range map[string]Condition{
		"the condition key aws:SourceIp is not supported":                        {"IpAddress", "aws:SourceIp", []string{"10.0.0.0/8"}},
		"the condition key kms:EncryptionContext: is not supported":              {"StringEquals", EncryptionContext, []string{"x"}},
		"StringLike is not supported for dynamodb:LeadingKeys":                   {"StringLike", LeadingKeys, []string{"x"}},
		"StringNotLike is not supported for kms:EncryptionContext:purpose":       {"StringNotLike", EncryptionContext + "purpose", []string{"x"}},
		"ForAllValues:StringLike is not supported for kms:EncryptionContext:one": {"ForAllValues:StringLike", EncryptionContext + "one", []string{"x"}},
		"the condition on dynamodb:LeadingKeys has no values":                    {"ForAllValues:StringLike", LeadingKeys, nil},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestInspectorsTellContext gives requests as they are on the wire.
func TestInspectorsTellContext(t *testing.T) {
	dynamo := DynamoDB(partitionKeys)
	for _, tt := range []struct {
		name, operation, body string
		want                  []string // nil: not told
	}{
		{"a read", "GetItem", `{"TableName":"posts","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}`, []string{"a"}},
		{"a read of a table by its ARN", "GetItem", `{"TableName":"` + emulate.ARN("dynamodb", "table/posts") + `","Key":{"pk":{"S":"a"}}}`, []string{"a"}},
		{"an update", "UpdateItem", `{"TableName":"posts","Key":{"sk":{"S":"b"},"pk":{"S":"a"}},"UpdateExpression":"SET pk2 = :pk"}`, []string{"a"}},
		{"a deletion", "DeleteItem", `{"TableName":"posts","Key":{"pk":{"N":"7"}}}`, []string{"7"}},
		{"a write", "PutItem", `{"TableName":"posts","Item":{"pk":{"S":"a"},"x":{"L":[]}},"ConditionExpression":"attribute_not_exists(pk)"}`, []string{"a"}},
		{"a write without its key", "PutItem", `{"TableName":"posts","Item":{"sk":{"S":"a"}}}`, []string{""}},
		{"a write to an unknown table", "PutItem", `{"TableName":"other","Item":{"pk":{"S":"a"}}}`, []string{""}},
		{"a query", "Query", `{"TableName":"posts","KeyConditionExpression":"sk = :s AND pk=:p","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"}}}`, []string{"a"}},
		{"a query by other names", "Query", `{"TableName":"posts","KeyConditionExpression":"(#k = :p)","ExpressionAttributeNames":{"#k":"pk"},"ExpressionAttributeValues":{":p":{"S":"a"}}}`, []string{"a"}},
		{"a query of an index", "Query", `{"TableName":"posts","IndexName":"list","KeyConditionExpression":"list_pk = :p AND list_sk <= :s","ExpressionAttributeValues":{":p":{"S":"a"},":s":{"S":"b"}}}`, []string{"a"}},
		{"a query of an index by the table's key", "Query", `{"TableName":"posts","IndexName":"list","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}}}`, []string{""}},
		{"a query in the form of old", "Query", `{"TableName":"posts","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}}}`, []string{""}},
		{"a batch of reads", "BatchGetItem", `{"RequestItems":{"posts":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]}}}`, []string{"a", "b"}},
		{"a batch of writes", "BatchWriteItem", `{"RequestItems":{"posts":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}],"accounts":[{"DeleteRequest":{"Key":{"pk":{"S":"c"}}}}]}}`, []string{"a", "b", "c"}},
		{"a batch that cannot be read", "BatchWriteItem", `{"RequestItems":{"posts":7}}`, []string{""}},
		{"a scan", "Scan", `{"TableName":"posts"}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call, err := dynamo(tt.operation, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			got, told := call.Context[LeadingKeys]
			if slices.Sort(got); told != (tt.want != nil) || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	call, err := KMS(func(string, []byte) string { return "key" })("Decrypt", []byte(`{"CiphertextBlob":"AA==","EncryptionContext":{"purpose":"x-app","version":"3"}}`))
	if got := call.Context; err != nil || len(got) != 2 || !slices.Equal(got["kms:EncryptionContext:purpose"], []string{"x-app"}) {
		t.Errorf("got %v, %v", got, err)
	}
}
