package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/infra/stack/template"
)

// machine is an owner's: a checkout with the deployed template, and a folder for settings.
type machine struct {
	owner
	said  bytes.Buffer
	ran   []string // commands of the command line
	wrong error    // what they come to
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	checkout := t.TempDir()
	m := &machine{
		owner: owner{
			template: filepath.Join(checkout, "template.yaml"),
			folder:   filepath.Join(t.TempDir(), "spool"),
			stage:    defaultStage,
			pause:    time.Millisecond,
		},
	}
	m.out = &m.said
	m.spool = func(_ context.Context, api, key, command string) error {
		m.ran = append(m.ran, command)
		if api == "" || len(key) < 32 {
			t.Errorf("spool %s has the address %q and a key of %d letters", command, api, len(key))
		}
		return m.wrong
	}
	write(t, m.template, string(text))
	m.build = func(context.Context) error {
		for _, f := range functions(t, m.template) {
			write(t, filepath.Join(checkout, ".build", f, "bootstrap"), "the binary of "+f)
		}
		return nil
	}
	return m
}

// functions are the ids of a template's functions.
func functions(t *testing.T, path string) (ids []string) {
	t.Helper()
	parsed, err := template.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	model, err := parsed.Resolve(
		template.Settings{Stack: "spool", Parameters: map[string]string{adminKeyHash: strings.Repeat("0", 64)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range model.Functions {
		ids = append(ids, f.ID)
	}
	return ids
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// deploys runs `make deploy` with something typed.
func (m *machine) deploys(t *testing.T, typed string) error {
	t.Helper()
	m.in = strings.NewReader(typed)
	m.said.Reset()
	return m.deploy(t.Context())
}

// edits changes the settings' file.
func (m *machine) edits(t *testing.T, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(m.file())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("the settings have no %q:\n%s", old, text)
	}
	write(t, m.file(), strings.Replace(string(text), old, replacement, 1))
}

func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it does not say %q, but:\n%s", part, text)
		}
	}
}

func TestEnterAtEveryQuestionDeploysAndAgainChangesNothing(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, "\n\n\n\n"); err != nil {
		t.Fatal(err)
	}
	says(
		t,
		m.said.String(),
		"[eu-west-1]: ",
		"[no alarms]: ",
		"Spool answers at "+c.URL,
		"go run ./functions/spool setup",
		m.keyFile(),
	)
	says(
		t,
		c.deployed.parameters,
		"AlarmEmail=\n",
		"CallbackDomain=\n",
		"LeaseSeconds=45\n",
		"ReserveConcurrency=no\n",
		"SettleSeconds=120\n",
		"XEndpoint=https://api.x.com\n",
	)
	uploads := len(functions(t, m.template)) + 1
	if c.name != "spool" || c.count("PutObject") != uploads || c.count("CreateBucket") != 1 {
		t.Errorf(
			"the stack is %s, with %d uploads to %d buckets; want spool, with each function and the template in 1",
			c.name,
			c.count("PutObject"),
			c.count("CreateBucket"),
		)
	}
	if strings.Contains(c.deployed.parameters, readKey(t, m)) {
		t.Error("the admin key itself left the machine")
	}

	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "Nothing has changed", "Spool answers at")
	if c.count("ExecuteChangeSet") != 2 || c.count("PutObject") != uploads { // the second protects the tables
		t.Errorf(
			"the second time %d change sets were executed and %d things uploaded in all",
			c.count("ExecuteChangeSet"),
			c.count("PutObject"),
		)
	}
}

func readKey(t *testing.T, m *machine) string {
	t.Helper()
	text, err := os.ReadFile(m.keyFile())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func TestAnAnswerThatDoesNotDoIsAskedForAgain(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(
		t,
		"Ireland\neu-west-2\nme\nme@example.com\nhttp://127.0.0.1:80\nposts.example.com\nperhaps\nyes\n",
	); err != nil {
		t.Fatal(err)
	}
	says(
		t,
		m.said.String(),
		`"Ireland" is not an AWS region`,
		`one e-mail address, and "me" is not`,
		"nothing at AWS can reach",
		`no, yes, and "perhaps" is not`,
	)
	says(
		t,
		c.deployed.parameters,
		"AlarmEmail=me@example.com\n",
		"CallbackDomain=posts.example.com\n",
		"ReserveConcurrency=yes\n",
	)
	says(t, c.deployed.template, "spool-code-123456789012-eu-west-2")
}

func TestAWrongAnswerThatIsTheLastCreatesNothing(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, "eu-west-2\nme"); err == nil || len(c.requests) > 0 {
		t.Errorf("got %v after %v", err, c.requests)
	}
}

func TestAFirstDeploymentThatFailedIsRepeatedWithItsAnswers(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	c.refuses = "no executions are left"
	err := m.deploys(t, "\nme@example.com\n")
	if err == nil {
		t.Fatal("it did not fail")
	}
	says(t, err.Error(), "ApiFunction: no executions are left", m.file())
	c.refuses = ""
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "Taking away what is left")
	says(t, c.deployed.parameters, "AlarmEmail=me@example.com\n")
	if c.count("DeleteStack") != 1 {
		t.Errorf("the stack was deleted %d times", c.count("DeleteStack"))
	}
}

func TestTheFileCounts(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, "\nme@example.com\n\nyes\n"); err != nil {
		t.Fatal(err)
	}
	m.edits(t, `Prices: ""`, `Prices: '{"as_of":"2026-12-01","post":"0.02"}'`)
	m.edits(t, `SettleSeconds: "120"`, `SettleSeconds: 300`)
	m.edits(t, `  AlarmEmail: me@example.com`, ``) // back to the default, not to what was deployed
	m.edits(t, `ReserveConcurrency: "yes"`, `ReserveConcurrency: no`)
	c.changes = `<member><ResourceChange><Action>Modify</Action><LogicalResourceId>ApiFunction</LogicalResourceId>` +
		`<ResourceType>AWS::Lambda::Function</ResourceType><Replacement>False</Replacement></ResourceChange></member>`
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	says(t, m.said.String(), "modify     ApiFunction (AWS::Lambda::Function)")
	says(
		t,
		c.deployed.parameters,
		"AlarmEmail=\n",
		"ReserveConcurrency=no\n",
		"SettleSeconds=300\n",
		`Prices={"as_of":"2026-12-01","post":"0.02"}`+"\n",
	)
}

// Lambda publishes a version when the revision changes, and refuses to where nothing else has.
func TestTheRevisionIsThatOfCodeAndSettings(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	revisionAfter := func(step func()) string {
		t.Helper()
		step()
		if err := m.deploys(t, ""); err != nil {
			t.Fatal(err)
		}
		return c.given(revision)
	}
	first := revisionAfter(func() {})
	if again := revisionAfter(func() { m.edits(t, `tags: {}`, `tags: {team: posts}`) }); len(first) != 64 || again != first {
		t.Errorf("it was %q, and is %q with a tag", first, again)
	}
	priced := revisionAfter(func() { m.edits(t, `Prices: ""`, `Prices: '{"as_of":"2026-12-01","post":"0.02"}'`) })
	if priced == first {
		t.Error("new prices would reach no function")
	}
	built := m.build
	if coded := revisionAfter(func() {
		m.build = func(ctx context.Context) error {
			defer write(t, filepath.Join(filepath.Dir(m.template), ".build", "ApiFunction", "bootstrap"), "a new binary")
			return built(ctx)
		}
	}); coded == priced {
		t.Error("new code would reach no function")
	}
}

func TestSettingsThatAreWrongCreateNothing(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	right, err := os.ReadFile(m.file())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, old, replacement, want string }{
		{"prices as Python writes them", `Prices: ""`, `Prices: "{'post': 0.015}"`, "Prices: these are no prices"},
		{"prices that are no text", `Prices: ""`, `Prices: {post: "0.015"}`, "stands in single quotes"},
		{"limits with a wrong name", `MediaLimits: ""`, `MediaLimits: '{"video_seconds":3}'`, "MediaLimits: these are no limits"},
		{"a settling time below the lease", `SettleSeconds: "120"`, `SettleSeconds: "50"`, "SettleSeconds: with LeaseSeconds 45 it must be at least 105"},
		{"a number that is none", `LeaseSeconds: "45"`, `LeaseSeconds: soon`, `LeaseSeconds: must be a whole number, and "soon" is not`},
		{"a parameter that is none", `MediaLimits: ""`, `MediaLimit: ""`, "MediaLimit: is no parameter of the template"},
		{"a certificate for no domain", `CertificateArn: ""`, `CertificateArn: arn:aws:acm:eu-west-1:123456789012:certificate/1`, "CertificateArn: the certificate is for CallbackDomain"},
		{"a key elsewhere", `TokenKeyArn: ""`, `TokenKeyArn: arn:aws:kms:us-east-1:123456789012:key/1`, "TokenKeyArn: it is in us-east-1, and the stack in eu-west-1"},
		{"accounts without what seals them", `AccountsTableArn: ""`, `AccountsTableArn: arn:aws:dynamodb:eu-west-1:123456789012:table/old`, "AccountsTableArn goes with TokenKeyArn"},
		{"a table's name", `AccountsTableArn: ""`, `AccountsTableArn: old`, "AccountsTableArn: must be empty or the ARN of a DynamoDB table"},
		{"a budget of which nobody hears", `AwsBudget: "0"`, `AwsBudget: "5"`, "AwsBudget: it is AlarmEmail that would be written to"},
		{"a restore of nothing", `RestoredTo: ""`, `RestoredTo: "2026-01-01T00:00:00Z"`, "RestoredTo: it is about tables that are attached"},
		{"a tag of AWS's own", `tags: {}`, `tags: {"aws:x": y}`, "a tag's name"},
		{"a revision", `MediaLimits: ""`, `Revision: ""`, "Revision is worked out"},
		{"a hash", `MediaLimits: ""`, `AdminKeyHash: ""`, "comes from the admin key's file"},
		{"X on this machine", `XEndpoint: https://api.x.com`, `XEndpoint: http://127.0.0.1:1`, "XEndpoint: http://127.0.0.1:1 is an address on this machine"},
		{"a section that is none", `stack: spool`, "stack: spool\nstage: test", "field stage not found"},
		{"a name that is none", `stack: spool`, "stack: my spool", `stack: "my spool" is not a name`},
		{"a region that is none", `region: eu-west-1`, "region: Ireland", `region: "Ireland" is not an AWS region`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c.requests = nil
			write(t, m.file(), string(right))
			m.edits(t, tc.old, tc.replacement)
			err := m.deploys(t, "")
			if err == nil || len(c.requests) > 0 {
				t.Fatalf("got %v after %v", err, c.requests)
			}
			says(t, err.Error(), tc.want, m.file())
		})
	}
}

func TestStagesStandSideBySide(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	first := readKey(t, m)
	c.status = ""
	m.stage, m.region = "test", "eu-central-1"
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	if readKey(t, m) == first || c.name != "spool-test" || strings.Contains(m.said.String(), "AWS region") {
		t.Errorf("the stack %s has the key of the first, or the region was asked for:\n%s", c.name, m.said.String())
	}
	says(t, c.deployed.template, "eu-central-1")
	m.region = "us-west-2"
	if err := m.deploys(t, ""); err == nil || !strings.Contains(err.Error(), "choose another STAGE") {
		t.Errorf("another region of a stage: got %v", err)
	}
	m.stage = "../live"
	if err := m.deploys(t, ""); err == nil || !strings.Contains(err.Error(), "a stage's name") {
		t.Errorf("a name that is a path: got %v", err)
	}
}

func TestDataIsNotLeftBehind(t *testing.T) {
	for name, change := range map[string]string{
		"made anew": `<Action>Modify</Action><Replacement>True</Replacement>`,
		"removed":   `<Action>Remove</Action>`,
		"added":     `<Action>Add</Action>`,
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newCloud(t), newMachine(t)
			if err := m.deploys(t, ""); err != nil {
				t.Fatal(err)
			}
			m.edits(t, `AlarmEmail: ""`, `AlarmEmail: me@example.com`)
			c.changes = `<member><ResourceChange>` + change + `<LogicalResourceId>PostsTable</LogicalResourceId>` +
				`<ResourceType>AWS::DynamoDB::Table</ResourceType></ResourceChange></member>`
			err := m.deploys(t, "")
			if err == nil || c.count("ExecuteChangeSet") != 2 {
				t.Fatalf("got %v, and %d change sets were executed", err, c.count("ExecuteChangeSet"))
			}
			says(t, err.Error(), "PostsTable", "nothing was changed")
		})
	}
}

func TestAStackThatIsBusyOrStuckIsLeftAlone(t *testing.T) {
	for status, want := range map[string]string{"UPDATE_IN_PROGRESS": "somebody else is changing", "UPDATE_ROLLBACK_FAILED": "is stuck"} {
		t.Run(status, func(t *testing.T) {
			c, m := newCloud(t), newMachine(t)
			c.status = status
			err := m.deploys(t, "")
			if err == nil || c.count("CreateChangeSet")+c.count("DeleteStack") > 0 {
				t.Fatalf("got %v after %v", err, c.requests)
			}
			says(t, err.Error(), want)
		})
	}
}

func TestCtrlCEndsAQuestion(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	in, typing := io.Pipe()
	defer typing.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	m.in = in
	go interrupt()
	if err := m.deploy(ctx); !errors.Is(err, context.Canceled) || len(c.requests) > 0 {
		t.Errorf("got %v after %v", err, c.requests)
	}
}

func TestAnswersAreKeptWhereAWSKnowsNobody(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	c.stranger = true
	err := m.deploys(t, "\nme@example.com\n")
	if err == nil || len(c.requests) != 1 {
		t.Fatalf("got %v after %v", err, c.requests)
	}
	says(t, err.Error(), "AWS does not know you", "aws configure")
	c.stranger = false
	if err := m.deploys(t, ""); err != nil {
		t.Fatal(err)
	}
	says(t, c.deployed.parameters, "AlarmEmail=me@example.com\n")
}

// Each deployment is examined, and the first goes on to the setup where somebody can answer.
func TestADeploymentIsExaminedAndGoesOnToTheSetup(t *testing.T) {
	_, m := newCloud(t), newMachine(t)
	m.sits = true
	for _, want := range []string{"setup doctor", "doctor"} {
		m.ran = nil
		if err := m.deploys(t, ""); err != nil || strings.Join(m.ran, " ") != want {
			t.Errorf("it ran %v, %v; want %s", m.ran, err, want)
		}
	}
	m.wrong = errors.New("exit status 1")
	if err := m.deploys(t, ""); err == nil || !strings.Contains(err.Error(), "something is not as it should be") {
		t.Errorf("what the doctor finds is %v", err)
	}
}

func TestAnAPIThatDoesNotAnswerIsSaid(t *testing.T) {
	c, m := newCloud(t), newMachine(t)
	c.deaf = true
	err := m.deploys(t, "")
	if err == nil {
		t.Fatal("it is a success")
	}
	says(t, err.Error(), "does not answer as it should", "503", "log of ApiFunction")
}

func TestTheSameBinaryIsTheSameArchive(t *testing.T) {
	first, err := archive([]byte("binary"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := archive([]byte("binary"))
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("they differ, or %v", err)
	}
	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	if f := r.File[0]; len(r.File) != 1 || f.Name != "bootstrap" || f.Mode() != 0o755 || f.Modified.Year() != 1980 {
		t.Errorf("it has %d files, the first is %s, %v, of %v", len(r.File), f.Name, f.Mode(), f.Modified)
	}
}

// What goes up means the same as template.yaml, but for where the code is.
func TestOnlyTheCodesPlaceIsChanged(t *testing.T) {
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ready, err := withCode(text, func(function string) (string, error) { return "s3://code/" + function, nil })
	if err != nil {
		t.Fatal(err)
	}
	resolve := func(text []byte) *template.Model {
		path := filepath.Join(t.TempDir(), "template.yaml")
		write(t, path, string(text))
		parsed, err := template.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		model, err := parsed.Resolve(
			template.Settings{
				Stack:      "spool",
				Parameters: map[string]string{"AdminKeyHash": strings.Repeat("0", 64), "AlarmEmail": "a@b.c"},
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		return model
	}
	want, got := resolve(text), resolve(ready)
	for i, f := range got.Functions {
		if !strings.HasSuffix(f.Source, "/code/"+f.ID) {
			t.Errorf("the code of %s is at %s", f.ID, f.Source)
		}
		f.Source = want.Functions[i].Source
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it means something else (-want +got):\n%s", diff)
	}
}
