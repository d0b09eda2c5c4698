package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"spool/infra/stack/template"
)

var update = flag.Bool("update", false, "write the golden files")

const small = "testdata/small.yaml"

func settings() template.Settings {
	return template.Settings{Stack: "test", Parameters: map[string]string{"Origin": "https://example.com"}}
}

func TestModelIsAsDescribed(t *testing.T) {
	parsed, err := template.Load(small)
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.Resolve(settings())
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(bytes.ReplaceAll(got, []byte(folder), []byte("FOLDER")), '\n')
	golden := "testdata/small.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the model differs from %s (-want +got):\n%s", golden, diff)
	}
}

func TestParametersDecide(t *testing.T) {
	parsed, err := template.Load(small)
	if err != nil {
		t.Fatal(err)
	}
	s := settings()
	s.Parameters["Stage"], s.Parameters["Seconds"] = "live", "30"
	s.KeyARN = func(id string) (string, error) { return "arn:aws:kms:of:" + id, nil }
	model, err := parsed.Resolve(s)
	if err != nil {
		t.Fatal(err)
	}
	environment := model.Function("hello").Environment
	if got, want := environment["WHERE"], "example.com/live/x"; got != want {
		t.Errorf("WHERE is %q, want %q", got, want)
	}
	if got, want := environment["SECONDS"], "30"; got != want {
		t.Errorf("SECONDS is %q, want %q", got, want)
	}
	if got, want := environment["KEY"], "arn:aws:kms:of:Seal"; got != want {
		t.Errorf("KEY is %q, want %q", got, want)
	}
	if got, want := model.Outputs["Topic"], "arn:aws:sns:us-east-1:000000000000:test-Topic"; got != want {
		t.Errorf("the conditional output is %q, want %q", got, want)
	}
}

func TestParameterIsRefused(t *testing.T) {
	parsed, err := template.Load(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, parameter, value, want string }{
		{"unknown name", "Sekonds", "20", "small.yaml:1: the template has no parameter Sekonds; it has Origin, Seconds, Stage"},
		{"not a number", "Seconds", "many", `small.yaml:7: parameter Seconds must be a whole number, and "many" is not`},
		{"too small", "Seconds", "9", `small.yaml:7: parameter Seconds must be at least 10, and "9" is not`},
		{"too large", "Seconds", "31", `small.yaml:7: parameter Seconds must be at most 30, and "31" is not`},
		{"pattern matches only a part", "Origin", "https://example.com/", `small.yaml:4: parameter Origin must match https?://[a-z.]+, and "https://example.com/" is not`},
		{"not in the list", "Stage", "dev", `small.yaml:12: parameter Stage must be one of test, live, and "dev" is not`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := settings()
			s.Parameters[c.parameter] = c.value
			_, err := parsed.Resolve(s)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := parsed.Resolve(template.Settings{Stack: "test"})
		want := "small.yaml:4: parameter Origin has no default and was not given a value"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// Each case spoils one place of the small template. The replacement adds no line, so the numbers are the file's.
func TestTemplateIsRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		// Text and sections
		{"not YAML", "Globals:", "Globals: [", "small.yaml is not YAML"},
		{"alias", "TABLE: !Ref Things\n          QUEUE: !Ref Jobs", "TABLE: &x !Ref Things\n          QUEUE: *x", "42: CloudFormation knows no aliases such as *x: write it out"},
		{"nothing", "Default: test", "Default:", `14: CloudFormation takes no empty values: write "" for an empty text`},
		{"text that is a truth", "Default: test", "Default: No", `14: CloudFormation takes No for a truth or a number: write "No"`},
		{"text that is octal", "Default: 20", "Default: 020", `9: CloudFormation takes 020 for a truth or a number: write "020"`},
		{"text that is of base 60", "Default: test", "Default: 12:30", `14: CloudFormation takes 12:30 for a truth or a number: write "12:30"`},
		{"unknown section", "Globals:", "Rules:", "19: section Rules is not supported"},
		{"unknown transform", "Serverless-2016-10-31", "Serverless-2099-01-01", `2: Transform "AWS::Serverless-2099-01-01" is not supported; AWS::Serverless-2016-10-31 is`},
		{"globals of something else", "  Function:\n    CodeUri", "  Api:\n    CodeUri", "20: Globals for Api are not supported; those for Function are"},
		{"name used twice", "  Dead:\n", "  Jobs:\n", "72: Jobs is already on line 67"},

		// Parameters and conditions
		{"parameter of unknown type", "Type: Number", "Type: CommaDelimitedList", "7: parameter Seconds: type CommaDelimitedList is not supported; String and Number are"},
		{"parameter with unknown key", "AllowedPattern:", "Pattern:", "6: parameter Origin: Pattern is not supported"},
		{"bad pattern", "https?://[a-z.]+", `"[a-z"`, "4: parameter Origin: AllowedPattern: error parsing regexp: missing closing ]: `[a-z)$`"},
		{"unknown condition", "!If [Live,", "!If [Lively,", "45: Lively is not a condition of this template"},
		{"condition that is none", "Live: !Equals [!Ref Stage, live]", "Live: !Ref Stage", "17: a condition is one of Equals, Not, And, Or and Condition"},
		{"conditions in a circle", "!Equals [!Ref Stage, live]", "!Not [Condition: Loud]", "17: conditions depend on one another in a circle: Live → Loud → Live"},

		// Intrinsic functions and references
		{"unknown intrinsic", "!Ref Things", "!ImportValue Things", "41: the intrinsic function ImportValue is not supported"},
		{"Ref to nothing", "!Ref Things", "!Ref Thing", "41: Thing is neither a parameter nor a resource of this template"},
		{"Sub of nothing", "${Origin}${Path}", "${Origins}${Path}", "46: Origins is neither a parameter nor a resource of this template"},
		{"unknown attribute", "!GetAtt HelloRole.Arn", "!GetAtt HelloRole.Name", "38: HelloRole of type AWS::IAM::Role has no attribute Name"},
		{"GetAtt without attribute", "!GetAtt HelloRole.Arn", "!GetAtt HelloRole", "38: GetAtt takes Resource.Attribute"},
		{"Ref to what does not exist", "TABLE: !Ref Things", "TABLE: !Ref Topic", "41: Topic does not exist, since its condition Loud is false"},
		{"Select beyond the list", "!Select [1,", "!Select [2,", "45: Select takes an index within a list and the list"},
		{"resources in a circle", "TABLE: !Ref Things", "TABLE: !Ref Api", "41: resources depend on one another in a circle: Api → HelloFunction → Api"},

		{"Equals of one", "!Equals [!Ref Stage, live]", "!Equals [live]", "17: Equals takes a list of 2 arguments"},
		{"Equals of a list", "!Equals [!Ref Stage, live]", "!Equals [!Split [a, b], live]", "17: Equals compares single values"},
		{"Equals of what is not there", "!Equals [!Ref Stage, live]", "!Equals [!Ref Stages, live]", "17: Stages is neither a parameter nor a resource of this template"},
		{"And of one", "!And [Condition: Live, !Not [!Equals [!Ref Seconds, 20]]]", "!And [Condition: Live]", "18: And takes a list of 2 to 10 conditions"},
		{"And of what is none", "!And [Condition: Live,", "!And [Live,", "18: a condition is one of Equals, Not, And, Or and Condition"},
		{"condition as a value", "TABLE: !Ref Things", "TABLE: !Equals [a, a]", "41: Equals stands in Conditions only"},
		{"If of two", "!If [Live, live, !Ref AWS::NoValue]", "!If [Live, live]", "45: If takes a condition and two values"},
		{"Sub of three", `{Path: "/p"}]`, `{Path: "/p"}, x]`, "46: Sub takes a text, or a text and a mapping"},
		{"Sub of a list", `!Sub ["${Origin}`, `!Sub [["${Origin}"], {}]#`, "46: Sub takes a text, or a text and a mapping"},
		{"Sub with what is no text", `{Path: "/p"}`, `{Path: [a]}`, "46: Sub: Path must be a single value"},
		{"Sub of an unknown attribute", "${Jobs.QueueName}", "${Jobs.Name}", "46: Jobs of type AWS::SQS::Queue has no attribute Name"},
		{"Join of one", `!Join ["/", [`, `!Join [[`, "45: Join takes a list of 2 arguments"},
		{"Join of mappings", "live, !Ref AWS::NoValue], x]", "live, !Ref AWS::NoValue], {x: y}]", "45: Join must be a single value"},
		{"Split of one", `!Split ["://", !Ref Origin]`, `!Split ["://"]`, "45: Split takes a list of 2 arguments"},
		{"Select of one", `!Select [1, !Split ["://", !Ref Origin]]`, `!Select [1]`, "45: Select takes a list of 2 arguments"},

		// Resources
		{"unknown resource type", "AWS::SNS::Topic", "AWS::S3::AccessPoint", "101: Topic: resource type AWS::S3::AccessPoint is not supported"},
		{"unknown attribute of a resource", "    Condition: Loud\nOutputs", "    DependsOn: Jobs\nOutputs", "102: Topic: attribute DependsOn is not supported"},
		{"unknown property", "Role: !GetAtt", "Roll: !GetAtt", "38: HelloFunction: Roll is not supported"},
		{"missing property", "    Timeout: 5\n", "\n", "38: HelloFunction: Timeout is missing"},
		{"property of the wrong type", "Timeout: 5\n", "Timeout: five\n", `25: HelloFunction: Timeout must be a whole number, not "five"`},
		{"second API", "Type: AWS::SNS::Topic\n    Condition: Loud", "Type: AWS::Serverless::HttpApi\n    Metadata: {}", "100: Topic: a second HTTP API is not supported"},

		// Functions
		{"no makefile", "BuildMethod: makefile", "BuildMethod: go1.x", "34: HelloFunction: Metadata must have BuildMethod: makefile"},
		{"timeout too long", "Timeout: 5\n", "Timeout: 901\n", "34: HelloFunction: Timeout must be from 1 to 900 seconds, not 901"},
		{"reserved variable", "SHARED:", "AWS_REGION:", "34: HelloFunction: Lambda does not allow an environment variable named AWS_REGION"},
		{"environment too large", "everywhere", strings.Repeat("x", 4096), "34: HelloFunction: the environment has 4"},
		{"role from elsewhere", "!GetAtt HelloRole.Arn", "arn:aws:iam::1:role/x", "34: HelloFunction: Role is not the ARN of a role of this template"},
		{"role that Lambda cannot assume", "lambda.amazonaws.com", "ec2.amazonaws.com", "54: HelloRole does not let lambda.amazonaws.com assume it"},
		{"condition with an unknown operator", `"ForAllValues:StringLike"`, "StringLike", "54: HelloRole: the condition operator StringLike is not supported for dynamodb:LeadingKeys; ForAllValues:StringEquals and ForAllValues:StringLike are"},
		{"condition on an unknown key", "dynamodb:LeadingKeys", "dynamodb:Attributes", "54: HelloRole: the condition key dynamodb:Attributes is not supported; dynamodb:LeadingKeys and kms:EncryptionContext:NAME are"},
		{"condition without values", `[a, "b*"]`, "[]", "54: HelloRole: the condition on dynamodb:LeadingKeys has no values"},
		{"condition on who assumes a role", "Action: sts:AssumeRole", "Action: sts:AssumeRole, Condition: {StringEquals: {aws:SourceAccount: 1}}", "54: HelloRole: a Condition is supported in the policies of a role only"},
		{"condition on a key", "Statement: []", "Statement: [{Effect: Allow, Action: kms:*, Condition: {Bool: {a: b}}}]", "82: Seal: a Condition is supported in the policies of a role only"},
		{"policy of a bucket that allows", "{Effect: Deny, Principal", "{Effect: Allow, Principal", "92: FilesPolicy: a statement other than one that denies everybody"},
		{"policy of a bucket that leaves objects out", `, !Sub "${Files.Arn}/*"]`, "]", "92: FilesPolicy: a statement other than one that denies everybody"},
		{"policy of no bucket", "Bucket: !Ref Files", "Bucket: !Ref Jobs", "92: FilesPolicy: a statement other than one that denies everybody"},
		{"policy that denies", "{Effect: Allow, Action: dynamodb:GetItem", "{Effect: Deny, Action: dynamodb:GetItem", "54: HelloRole: Effect Deny is not supported; Allow is"},

		{"function that is stopped", "MemorySize: 128", "MemorySize: 128\n    ReservedConcurrentExecutions: 0", "35: HelloFunction: ReservedConcurrentExecutions is at least 1 or left out, not 0"},
		{"limit of no route", "{$default: {", "{GET /nothing: {", "30: Api: RouteSettings has GET /nothing, which is no route"},
		{"limit without a burst", ", ThrottlingBurstLimit: 3", "", "30: Api: ThrottlingRateLimit and ThrottlingBurstLimit go together, and are positive"},

		// Events
		{"unknown event", "Type: Schedule", "Type: S3", "50: HelloFunctionTick: event type S3 is not supported; HttpApi, Schedule and SQS are"},
		{"schedule that is none", "rate(5 minutes)", "every minute", "50: HelloFunctionTick: "},
		{"route without path", `, Path: "/hello/{name}"`, "", "49: HelloFunctionHello: a route has a Method and a Path that starts with /, or neither"},
		{"route twice", `, Method: get, Path: "/hello/{name}"`, "", "49: HelloFunctionHello: the route $default already leads to HelloFunction"},
		{"route of no API", "ApiId: !Ref Api}", "ApiId: !Ref Jobs}", "48: HelloFunctionRest: ApiId is not an HTTP API of this template"},
		{"mapping of no queue", "Queue: !GetAtt Jobs.Arn", "Queue: !GetAtt Things.Arn", "51: HelloFunctionJobs: Queue is not the ARN of a queue of this template"},
		{"visibility too short", `VisibilityTimeout: "30"`, "VisibilityTimeout: 4", "51: HelloFunctionJobs: the visibility timeout of Jobs (4s) is shorter than the timeout of HelloFunction (5s): Lambda refuses that, and 6 times the timeout is advised"},
		{"concurrency of one", "FunctionResponseTypes: [ReportBatchItemFailures]", "ScalingConfig: {MaximumConcurrency: 1}", "51: HelloFunctionJobs: MaximumConcurrency must be from 2 to 1000, not 1"},
		{"mapping that the role forbids", `"sqs:*"`, "sqs:ReceiveMessage", "51: HelloFunctionJobs: the role of HelloFunction does not allow sqs:DeleteMessage on Jobs, which the mapping needs"},

		{"batch too large", "FunctionResponseTypes: [ReportBatchItemFailures]", "BatchSize: 11", "51: HelloFunctionJobs: BatchSize must be from 1 to 10, not 11"},
		{"retries", "Role: !GetAtt HelloRole.Arn", "Role: !GetAtt HelloRole.Arn\n      EventInvokeConfig: {MaximumRetryAttempts: 1}", "34: HelloFunction: MaximumRetryAttempts is 0 or left out, not 1"},
		{"memory too small", "MemorySize: 128", "MemorySize: 64", "34: HelloFunction: MemorySize must be from 128 to 10240 MB, not 64"},
		{"another runtime", "provided.al2023", "go1.x", "34: HelloFunction: Runtime must be provided.al2023 and Handler bootstrap"},
		{"truth that is none", "EnableKeyRotation: true", "EnableKeyRotation: often", `85: Seal: EnableKeyRotation must be true or false, not "often"`},
		{"statement without resource", `Action: "sqs:*", Resource: !GetAtt Jobs.Arn`, `Action: "sqs:*"`, "54: HelloRole: a statement has no Resource"},

		// Outputs
		{"output without value", `    Value: {"Fn::Sub": "queue ${Jobs}"}`, "    Description: a queue", "104: output Queue has no Value"},
		{"exported output", `    Value: {"Fn::Sub": "queue ${Jobs}"}`, "    Export: {Name: x}", "105: output Queue: Export is not supported"},
		{"output that is a list", `    Value: {"Fn::Sub": "queue ${Jobs}"}`, "    Value: [a]", "105: output Queue must be a single value"},
		{"output on a condition that is none", "    Condition: Loud\n    Value: {Ref: Topic}", "    Condition: Louder\n    Value: {Ref: Topic}", "107: Louder is not a condition of this template"},

		// Queues and tables
		{"visibility too long", `VisibilityTimeout: "30"`, "VisibilityTimeout: 43201", "67: Jobs: VisibilityTimeout must be from 0 to 43200, not 43201"},
		{"redrive without count", ", maxReceiveCount: 3", "", "67: Jobs: maxReceiveCount must be at least 1"},
		{"provisioned table", "PAY_PER_REQUEST", "PROVISIONED", "74: Things: BillingMode PROVISIONED is not supported; PAY_PER_REQUEST is"},
		{"key that is not defined", "AttributeName: id, KeyType", "AttributeName: it, KeyType", "74: Things: the key attribute it is not among AttributeDefinitions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := spoiled(t, c.old, c.new)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.HasPrefix(strings.TrimPrefix(err.Error(), "small.yaml:"), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// spoiled loads and resolves the small template with one place replaced.
func spoiled(t *testing.T, old, replacement string) error {
	t.Helper()
	text, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %q", small, old)
	}
	path := filepath.Join(t.TempDir(), "small.yaml")
	text = bytes.Replace(text, []byte(old), []byte(replacement), 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	parsed, err := template.Load(path)
	if err != nil {
		return err
	}
	_, err = parsed.Resolve(settings())
	return err
}

func TestMissingFileIsNamed(t *testing.T) {
	_, err := template.Load("testdata/none.yaml")
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestParametersAreListedAsWrittenAndChecked(t *testing.T) {
	parsed, err := template.Load(small)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Parameter{{Name: "Origin", Required: true}, {Name: "Seconds", Default: "20"}, {Name: "Stage", Default: "test"}}
	if diff := cmp.Diff(want, parsed.Parameters()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, c := range []struct{ name, value, want string }{
		{"Seconds", "30", ""},
		{"Seconds", "31", `must be at most 30, and "31" is not`},
		{"Sekonds", "30", "is no parameter of the template, which has Origin, Seconds, Stage"},
	} {
		got := ""
		if err := parsed.Check(c.name, c.value); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s=%s: got %q, want %q", c.name, c.value, got, c.want)
		}
	}
}
