package stack

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/stack/template"
)

// asked has the methods of AWS's clients by which code does what an action allows, where they are not named as the
// action is.
var asked = map[string][]string{
	"sqs:SendMessage": {"sqs.(*Client).SendMessage", "sqs.(*Client).SendMessageBatch"},
	"s3:GetObject":    {"s3.(*Client).GetObject", "s3.(*Client).HeadObject"},
	"s3:PutObject":    {"s3.(*Client).PutObject", "s3.(*PresignClient).PresignPutObject", "s3.(*Client).CopyObject"},
}

// byHand has the names by which code asks for what an action allows without a client of AWS's.
var byHand = map[string]string{"cloudwatch:DescribeAlarms": "GraniteServiceVersion20100801.DescribeAlarms"}

// forLambda are the actions that Lambda itself does by a function's role.
var forLambda = []string{
	"logs:CreateLogStream", "logs:PutLogEvents",
	"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
}

// A role allows nothing that its function's code cannot do. The linker leaves out of a binary the methods that nothing
// calls, so the names of those in it tell what it can ask of AWS; and it does not reach what it is not told the name
// of.
func TestRolesAllowNoMoreThanTheCodeCanCall(t *testing.T) {
	parsed, err := template.Load("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.Resolve(
		template.Settings{Stack: "spool", Parameters: map[string]string{"AdminKeyHash": strings.Repeat("0", 64)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	s := &Stack{Model: model, options: Options{Data: t.TempDir(), Cache: dynamodbtest.Cache(t)}}
	binaries, err := s.build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range model.Functions {
		binary, err := os.ReadFile(binaries[f.ID])
		if err != nil {
			t.Fatal(err)
		}
		calls := func(method string) bool { // names of functions end with a zero byte
			return bytes.Contains(binary, []byte("aws-sdk-go-v2/service/"+method+"\x00"))
		}
		for name := range f.Environment {
			if name == "SPOOL_REVISION" { // has each deployment make a version of the function
				continue
			}
			if !bytes.Contains(binary, []byte(name)) {
				t.Errorf("%s is given %s, and never reads it", f.ID, name)
			}
		}
		for _, statement := range f.Statements {
			for _, action := range statement.Actions {
				if slices.Contains(forLambda, action) {
					continue
				}
				methods, ok := asked[action]
				if !ok {
					methods = []string{strings.Replace(action, ":", ".(*Client).", 1)}
				}
				name, signed := byHand[action]
				if !slices.ContainsFunc(methods, calls) && !(signed && bytes.Contains(binary, []byte(name))) {
					t.Errorf("the role of %s allows %s, which its code never asks for", f.ID, action)
				}
				for _, resource := range statement.Resources {
					if !isNamed(f, model, resource) {
						t.Errorf("the role of %s allows %s on %s, whose name it does not know", f.ID, action, resource)
					}
				}
			}
		}
	}
}

// isNamed reports whether the environment of a function names what an ARN is of: a table or one of its indexes, a
// queue, a key, or objects of a bucket.
func isNamed(f *template.Function, model *template.Model, arn string) bool {
	for _, value := range f.Environment {
		if value == arn || strings.HasSuffix(arn, ":alarm:*") {
			return true
		}
		for _, t := range model.Tables {
			if t.Name == value && (arn == t.ARN || strings.HasPrefix(arn, t.ARN+"/index/")) {
				return true
			}
		}
		for _, q := range model.Queues {
			if q.URL == value && arn == q.ARN {
				return true
			}
		}
		for _, b := range model.Buckets {
			if b.Name == value && filepath.Dir(filepath.Dir(arn)) == b.ARN {
				return true
			}
		}
	}
	return false
}
