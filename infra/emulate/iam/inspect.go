package iam

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

// Call is what a request asks for: an action, the ARNs of everything it touches, and what conditions look at.
type Call struct {
	Action    string   // "dynamodb:PutItem"
	Resources []string // at least one; "*" where the action knows no resource
	Context   Context
}

// An Inspector reads from an operation ("PutItem") and its body what the request asks for.
type Inspector func(operation string, body []byte) (Call, error)

// dynamoRequest is what is looked at in DynamoDB's requests.
type dynamoRequest struct {
	TableName    string
	IndexName    string
	ResourceArn  string // of the tag operations
	RequestItems map[string]json.RawMessage

	Key, Item                 attributes
	KeyConditionExpression    string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attributes
}

// attributes are values by name, of which only the keys are looked into.
type attributes map[string]json.RawMessage

// DynamoDB inspects DynamoDB's requests. A request that reads an index touches the index, not its table.
// Operations that name their tables elsewhere (transactions, PartiQL) ask for "*", which no least-privilege policy
// grants.
//
// partitionKey gives the name of the partition key's attribute of a table, or of one of its indexes. A key that a
// request should have and has not is the empty value, which is no key of anything. A batch tells the keys of all its
// tables together: where there are several, that is stricter than DynamoDB.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
func DynamoDB(partitionKey func(table, index string) string) Inspector {
	return func(operation string, body []byte) (Call, error) {
		var in dynamoRequest
		if err := awsjson.Decode(body, &in); err != nil {
			return Call{}, err
		}
		call := Call{Action: "dynamodb:" + operation, Resources: in.resources()}
		if keys := in.leadingKeys(operation, partitionKey); len(keys) > 0 {
			call.Context = Context{LeadingKeys: keys}
		}
		return call, nil
	}
}

func (in *dynamoRequest) resources() []string {
	switch {
	case in.TableName != "" && in.IndexName != "":
		return []string{tableARN(in.TableName) + "/index/" + in.IndexName}
	case in.TableName != "":
		return []string{tableARN(in.TableName)}
	case len(in.RequestItems) > 0:
		var all []string
		for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
			all = append(all, tableARN(table))
		}
		return all
	case in.ResourceArn != "":
		return []string{in.ResourceArn}
	}
	return []string{"*"}
}

// leadingKeys are the partition keys that a request names; none for operations that name no items.
func (in *dynamoRequest) leadingKeys(operation string, partitionKey func(table, index string) string) []string {
	key := partitionKey(tableName(in.TableName), in.IndexName)
	switch operation {
	case "GetItem", "UpdateItem", "DeleteItem":
		return []string{in.Key.text(key)}
	case "PutItem":
		return []string{in.Item.text(key)}
	case "Query":
		return []string{in.queried(key)}
	}
	var all []string
	for table, request := range in.RequestItems {
		key := partitionKey(tableName(table), "")
		for _, item := range batched(request) {
			all = append(all, item.text(key))
		}
	}
	return all
}

// equality is a term of a key condition: one that its partition key must have, and its sort key may have.
var equality = regexp.MustCompile(`(#?[A-Za-z0-9_.-]+)\s*=\s*(:[A-Za-z0-9_]+)`)

// queried is the value that a query wants of a key.
func (in *dynamoRequest) queried(key string) string {
	for _, term := range equality.FindAllStringSubmatch(in.KeyConditionExpression, -1) {
		if cmp.Or(in.ExpressionAttributeNames[term[1]], term[1]) == key {
			return in.ExpressionAttributeValues.text(term[2])
		}
	}
	return ""
}

// batched are the items, or the keys of items, of one table in a batch.
func batched(request json.RawMessage) []attributes {
	var reads struct{ Keys []attributes }
	if json.Unmarshal(request, &reads) == nil {
		return reads.Keys
	}
	var writes []struct {
		PutRequest    struct{ Item attributes }
		DeleteRequest struct{ Key attributes }
	}
	if json.Unmarshal(request, &writes) != nil {
		return []attributes{nil}
	}
	items := make([]attributes, len(writes))
	for i, w := range writes {
		items[i] = w.DeleteRequest.Key
		if items[i] == nil {
			items[i] = w.PutRequest.Item
		}
	}
	return items
}

// text is a key as conditions see it; empty where there is none.
func (a attributes) text(name string) string {
	var value struct{ S, N, B string }
	if json.Unmarshal(a[name], &value) != nil {
		return ""
	}
	return cmp.Or(value.S, value.N, value.B)
}

// tableName takes a table's name or its ARN.
func tableName(table string) string { return table[strings.LastIndexByte(table, '/')+1:] }

// tableARN takes a table's name or, as DynamoDB does, its ARN.
func tableARN(table string) string {
	if strings.HasPrefix(table, "arn:") {
		return table
	}
	return emulate.ARN("dynamodb", "table/"+table)
}

// SQS inspects SQS's requests. A batch asks for the action of its single form.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
func SQS(operation string, body []byte) (Call, error) {
	var in struct{ QueueUrl, QueueName string }
	if err := awsjson.Decode(body, &in); err != nil {
		return Call{}, err
	}
	name := in.QueueName
	if in.QueueUrl != "" {
		name = in.QueueUrl[strings.LastIndexByte(in.QueueUrl, '/')+1:]
	}
	call := Call{Action: "sqs:" + strings.TrimSuffix(operation, "Batch"), Resources: []string{"*"}}
	if name != "" {
		call.Resources = []string{emulate.ARN("sqs", name)}
	}
	return call, nil
}

// KMS inspects KMS's requests; keyARN (the method of kms.Server) gives the ARN of the key
// that a request names, or else of the key that sealed its ciphertext.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func KMS(keyARN func(keyID string, ciphertext []byte) string) Inspector {
	return func(operation string, body []byte) (Call, error) {
		var in struct {
			KeyId             string
			CiphertextBlob    []byte
			EncryptionContext map[string]string
		}
		if err := awsjson.Decode(body, &in); err != nil {
			return Call{}, err
		}
		return Call{
			Action:    "kms:" + operation,
			Resources: []string{keyARN(in.KeyId, in.CiphertextBlob)},
			Context:   bound(in.EncryptionContext),
		}, nil
	}
}

// CloudWatch inspects CloudWatch's requests: of alarms, by the prefix of their names, which AWS authorizes on all
// alarms, whatever the prefix.
//
// How: https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/1, of a request with a prefix.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
func CloudWatch(operation string, _ []byte) (Call, error) {
	return Call{Action: "cloudwatch:" + operation, Resources: []string{emulate.ARN("cloudwatch", "alarm:*")}}, nil
}
