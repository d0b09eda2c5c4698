package template_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/infra/stack/template"
)

// deployed resolves the template that Spool is deployed with, with some of its parameters set.
func deployed(t *testing.T, parameters ...string) *template.Model {
	t.Helper()
	parsed, err := template.Load("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"AdminKeyHash": strings.Repeat("0", 64), "AlarmEmail": "owner@example.com"}
	for i := 0; i < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			values[parameters[i]] = parameters[i+1]
		}
	}
	model, err := parsed.Resolve(template.Settings{Stack: "spool", Parameters: values})
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestDeployedPoliciesNameActionsAndResources(t *testing.T) {
	for _, f := range deployed(t).Functions {
		logs := false
		for _, s := range f.Statements {
			for _, action := range s.Actions {
				logs = logs || action == "logs:PutLogEvents"
				if strings.Contains(action, "*") {
					t.Errorf("%s allows %s", f.ID, action)
				}
			}
			for _, resource := range s.Resources {
				alarms := strings.HasSuffix(resource, ":alarm:*") && slices.Equal(s.Actions, []string{"cloudwatch:DescribeAlarms"})
				if strings.Contains(resource, "*") && !objectsBelow.MatchString(resource) && !alarms {
					t.Errorf("%s allows %v on %s", f.ID, s.Actions, resource)
				}
			}
		}
		if !logs {
			t.Errorf("%s may not write its log", f.ID)
		}
		if f.LogFormat != "JSON" {
			t.Errorf("%s logs as %q, want JSON", f.ID, f.LogFormat)
		}
	}
}

// objectsBelow is the ARN of a bucket's objects under a prefix, which are named in no other way.
var objectsBelow = regexp.MustCompile(`^arn:aws:s3:::[a-z-]+/[a-z]+/\*$`)

func TestDeployedBucketIsPrivateAndForgetsWhatIsUnused(t *testing.T) {
	model := deployed(t)
	if len(model.Buckets) != 1 {
		t.Fatalf("%d buckets, want that of the media", len(model.Buckets))
	}
	b := model.Buckets[0]
	if p := b.PublicAccessBlockConfiguration; !p.BlockPublicAcls || !p.BlockPublicPolicy || !p.IgnorePublicAcls || !p.RestrictPublicBuckets {
		t.Errorf("%s can become public: %+v", b.ID, p)
	}
	if rules := b.BucketEncryption.ServerSideEncryptionConfiguration; len(rules) != 1 || rules[0].ServerSideEncryptionByDefault.SSEAlgorithm == "" {
		t.Errorf("%s is not encrypted: %+v", b.ID, rules)
	}
	if !b.Retained {
		t.Errorf("%s is deleted with the stack", b.ID)
	}
	if !b.TLSOnly {
		t.Errorf("%s can be used in clear", b.ID)
	}
	for _, rule := range b.LifecycleConfiguration.Rules {
		if rule.ExpirationInDays > 0 && (rule.Prefix != "uploads/" || rule.Status != "Enabled") {
			t.Errorf("what posts use can expire: %+v", rule)
		}
	}
	if !slices.ContainsFunc(b.LifecycleConfiguration.Rules, func(r template.LifecycleRule) bool {
		return r.Prefix == "uploads/" && r.ExpirationInDays >= 1 && r.ExpirationInDays <= 2
	}) {
		t.Error("uploads that no post uses stay")
	}
}

func TestDeployedTablesOutliveTheStack(t *testing.T) {
	model := deployed(t)
	if len(model.Tables) != 2 {
		t.Fatalf("%d tables, want accounts and posts", len(model.Tables))
	}
	for _, table := range model.Tables {
		if !table.Retained {
			t.Errorf("%s is deleted with the stack", table.ID)
		}
		if !table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled {
			t.Errorf("%s cannot be restored to a point in time", table.ID)
		}
		if ttl := table.TimeToLiveSpecification; !ttl.Enabled || ttl.AttributeName != "ttl" {
			t.Errorf("%s expires by %+v, want the attribute ttl", table.ID, ttl)
		}
		if !table.DeletionProtectionEnabled {
			t.Errorf("%s can be deleted by a slip", table.ID)
		}
		if !table.SSESpecification.SSEEnabled {
			t.Errorf("%s is not encrypted", table.ID)
		}
	}
	for _, key := range model.Keys {
		if !key.Retained || !key.Rotation {
			t.Errorf("%s: retained %v and rotated %v, want both", key.ID, key.Retained, key.Rotation)
		}
	}
}

// Where the data of an earlier stack is attached, functions use that, and may do with it what they may with their own.
func TestDeployedFunctionsUseTheDataOfAnEarlierStack(t *testing.T) {
	earlier := map[string]string{
		"PostsTableArn":    "arn:aws:dynamodb:us-east-1:000000000000:table/earlier-posts",
		"AccountsTableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/earlier-accounts",
		"TokenKeyArn":      "arn:aws:kms:us-east-1:000000000000:key/earlier",
		"MediaBucketArn":   "arn:aws:s3:::earlier-media",
	}
	var parameters []string
	for name, value := range earlier {
		parameters = append(parameters, name, value)
	}
	own, attached := deployed(t), deployed(t, parameters...)
	if len(attached.Tables)+len(attached.Keys)+len(attached.Buckets) > 0 {
		t.Errorf("it makes tables, keys or buckets of its own beside them")
	}
	arns := map[string]string{
		own.Table("PostsTable").ARN: earlier["PostsTableArn"], own.Table("AccountsTable").ARN: earlier["AccountsTableArn"],
		own.Keys[0].ARN: earlier["TokenKeyArn"], own.Buckets[0].ARN: earlier["MediaBucketArn"],
	}
	names := map[string]string{}
	for from, to := range arns {
		names[from[strings.LastIndexAny(from, "/:")+1:]] = to[strings.LastIndexAny(to, "/:")+1:]
	}
	for i, f := range own.Functions {
		for name, value := range f.Environment {
			want := value
			if to, ok := names[value]; ok {
				want = to
			} else if to, ok := arns[value]; ok {
				want = to
			}
			if got := attached.Functions[i].Environment[name]; got != want {
				t.Errorf("%s has %s %q, want %q", f.ID, name, got, want)
			}
		}
		for j, s := range f.Statements {
			for k, resource := range s.Resources {
				want := resource
				for from, to := range arns {
					if rest, ok := strings.CutPrefix(resource, from); ok && (rest == "" || rest[0] == '/') {
						want = to + rest
					}
				}
				if got := attached.Functions[i].Statements[j].Resources[k]; got != want {
					t.Errorf("%s is allowed %v on %s, want %s", f.ID, s.Actions, got, want)
				}
			}
		}
	}
	for name, arn := range earlier {
		if attached.Outputs[name] != arn {
			t.Errorf("the output %s is %q, want %q", name, attached.Outputs[name], arn)
		}
	}
}

func TestDeployedQueuesGiveFunctionsTime(t *testing.T) {
	model := deployed(t)
	for _, m := range model.Mappings {
		queue, function := model.Queue(m.Queue), model.Function(m.Function)
		visibility := time.Duration(*queue.VisibilityTimeout) * time.Second
		if visibility < 6*function.Timeout {
			t.Errorf("%s hides messages for %v, want 6 times the %v of %s", m.Queue, visibility, function.Timeout, m.Function)
		}
		if !m.ReportBatchItemFailures {
			t.Errorf("%s deletes what %s failed to handle", m.Queue, m.Function)
		}
		if m.MaximumConcurrency == 0 {
			t.Errorf("%s may take the whole account's concurrency", m.Function)
		}
	}
	publish, dead := model.Queue("PublishQueue"), model.Queue("PublishDeadLetterQueue")
	if publish.RedrivePolicy == nil || publish.RedrivePolicy.DeadLetterTargetArn != dead.ARN {
		t.Errorf("messages that fail are not moved to %s", dead.ID)
	}
	if fourteenDays := 14 * 24 * 3600; *dead.MessageRetentionPeriod != fourteenDays {
		t.Errorf("%s keeps messages for %d s, want %d", dead.ID, *dead.MessageRetentionPeriod, fourteenDays)
	}
}

func TestDeployedFunctionsAreInvoked(t *testing.T) {
	model := deployed(t)
	invoked := map[string]bool{}
	for _, r := range model.Routes {
		invoked[r.Function] = true
	}
	for _, s := range model.Schedules {
		invoked[s.Function] = true
	}
	for _, m := range model.Mappings {
		invoked[m.Function] = true
	}
	for _, f := range model.Functions {
		if !invoked[f.ID] {
			t.Errorf("nothing invokes %s", f.ID)
		}
	}
	if !strings.HasSuffix(model.Outputs["CallbackUrl"], "/oauth/x/callback") {
		t.Errorf("CallbackUrl is %q", model.Outputs["CallbackUrl"])
	}
}

// A setting reaches the functions by a new version only, and a version by its alias; the page has one version at a time.
func TestDeployedFunctionsAreUpdatedByTheirAlias(t *testing.T) {
	for _, f := range deployed(t, "Revision", "abc").Functions {
		if f.Alias != "live" || f.Revision != "abc" || f.Environment["SPOOL_REVISION"] != "abc" {
			t.Errorf("%s is invoked as %q, and is of the revision %q and %q", f.ID, f.Alias, f.Revision, f.Environment)
		}
		want := "Linear10PercentEvery1Minute"
		if f.ID == "ApiFunction" || f.ID == "CallbackFunction" {
			want = "AllAtOnce"
		}
		if f.Rollout.Type != want || len(f.Rollout.Alarms) == 0 {
			t.Errorf("%s is updated by %+v, want %s and alarms", f.ID, f.Rollout, want)
		}
	}
	for _, f := range deployed(t, "Rollout", "AllAtOnce").Functions {
		if f.Rollout.Type != "AllAtOnce" || len(f.Rollout.Alarms) != 0 {
			t.Errorf("%s is updated by %+v, and what mends it would be stopped", f.ID, f.Rollout)
		}
	}
}

// What strangers may ask for has shares of its own: they use nothing up of what is done with keys and sessions.
func TestDeployedRoutesAreThrottled(t *testing.T) {
	want := map[string]template.Throttle{
		"ANY /v1/{proxy+}":      {Rate: 50, Burst: 100},
		"$default":              {Rate: 40, Burst: 120},
		"POST /v1/session":      {Rate: 20, Burst: 40},
		"GET /oauth/x/start":    {Rate: 10, Burst: 20},
		"GET /oauth/x/callback": {Rate: 10, Burst: 20},
	}
	got := map[string]template.Throttle{}
	for _, r := range deployed(t).Routes {
		got[r.Key] = r.Throttle
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Reserved concurrency is for accounts that have it to give: a new account may run 10 executions in all, of which Lambda
// lets none be reserved.
func TestDeployedConcurrencyIsReservedOnDemandOnly(t *testing.T) {
	for value, want := range map[string]map[string]int{
		"":    {"api": 0, "callback": 0, "dispatch": 0, "notify": 0, "publish": 0, "refresh": 0, "sweep": 0},
		"yes": {"api": 0, "callback": 0, "dispatch": 3, "notify": 0, "publish": 4, "refresh": 0, "sweep": 0},
	} {
		model := deployed(t, "ReserveConcurrency", value)
		got := map[string]int{}
		for _, f := range model.Functions {
			got[f.Name] = f.Concurrency
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
		for _, m := range model.Mappings {
			if f := model.Function(m.Function); f.Concurrency > 0 && f.Concurrency < m.MaximumConcurrency {
				t.Errorf("%s takes %d messages at once and has %d executions: the others would count as received", f.ID, m.MaximumConcurrency, f.Concurrency)
			}
		}
	}
}

// A thread's content may be in parts, which are read in a batch; and what is stored
// already is changed by updates.
func TestWhoReadsAndWritesRecordsMayDoSoWhole(t *testing.T) {
	seen := 0
	for _, f := range deployed(t).Functions {
		for _, s := range f.Statements {
			reads := slices.Contains(s.Actions, "dynamodb:GetItem") && slices.Contains(s.Actions, "dynamodb:Query")
			if reads && !slices.Contains(s.Actions, "dynamodb:BatchGetItem") {
				t.Errorf("%s may not read the parts of a content in %v", f.ID, s.Resources)
			}
			writes := slices.Contains(s.Actions, "dynamodb:PutItem")
			if writes && !slices.Contains(s.Actions, "dynamodb:UpdateItem") {
				t.Errorf("%s may not change what is stored in %v", f.ID, s.Resources)
			}
			if reads && writes {
				seen++
			}
		}
	}
	if seen < 4 {
		t.Errorf("only %d functions read and write records", seen)
	}
}
