package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

// Call is what a request asks for: an action and the ARNs of everything it touches.
type Call struct {
	Action    string   // "dynamodb:PutItem"
	Resources []string // at least one; "*" where the action knows no resource
}

// An Inspector reads from an operation ("PutItem") and its body what the request asks for.
type Inspector func(operation string, body []byte) (Call, error)

// DynamoDB inspects DynamoDB's requests. A request that reads an index touches the index, not its table.
// Operations that name their tables elsewhere (transactions, PartiQL) ask for "*", which no least-privilege policy grants.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
func DynamoDB(operation string, body []byte) (Call, error) {
	var in struct {
		TableName    string
		IndexName    string
		ResourceArn  string // of the tag operations
		RequestItems map[string]json.RawMessage
	}
	if err := awsjson.Decode(body, &in); err != nil {
		return Call{}, err
	}
	call := Call{Action: "dynamodb:" + operation}
	switch {
	case in.TableName != "" && in.IndexName != "":
		call.Resources = []string{tableARN(in.TableName) + "/index/" + in.IndexName}
	case in.TableName != "":
		call.Resources = []string{tableARN(in.TableName)}
	case len(in.RequestItems) > 0:
		for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
			call.Resources = append(call.Resources, tableARN(table))
		}
	case in.ResourceArn != "":
		call.Resources = []string{in.ResourceArn}
	default:
		call.Resources = []string{"*"}
	}
	return call, nil
}

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
			KeyId          string
			CiphertextBlob []byte
		}
		if err := awsjson.Decode(body, &in); err != nil {
			return Call{}, err
		}
		return Call{Action: "kms:" + operation, Resources: []string{keyARN(in.KeyId, in.CiphertextBlob)}}, nil
	}
}
