package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"spool/infra/emulate/cloudwatch"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/dynamo"
	"spool/shared/health"
	"spool/shared/wire"
)

// doctor runs spool doctor, and gives its checks by their names.
func (s *system) doctor(t *testing.T, sh *shell) (checks map[string]wire.HealthCheck, status int) {
	t.Helper()
	c := sh.command("doctor", "--json")
	c.Env = append(c.Env, "SPOOL_API="+s.API.String(), "SPOOL_KEY="+s.AdminKey)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	var h wire.Health
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		t.Fatalf("%v: %s %s", err, &out, &said)
	}
	checks = map[string]wire.HealthCheck{}
	for _, c := range h.Checks {
		checks[c.Check] = c
	}
	return checks, c.ProcessState.ExitCode()
}

// Each fault that is scripted into a running system shows in its own check, with what to do, and clears with its cause.
func TestTheDoctorFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	s, sh := start(t, nil), newShell(t)
	well, status := s.doctor(t, sh) // which waits for dispatch's first minute
	for name, c := range well {
		if c.State == "wrong" || c.State == "waiting" {
			t.Errorf("while all is well: %s: %+v", name, c)
		}
	}
	if status != 0 {
		t.Errorf("the exit status is %d", status)
	}
	for _, ok := range []string{"api", "dispatch", "publish", "publish_queue", "dead_letter_queue", "x_app", "callback", "callback_function", "@ada", "posts_backup", "alarms", "notify", "sweep"} {
		if well[ok].State != "ok" {
			t.Errorf("%s: %+v", ok, well[ok])
		}
	}
	channel := wire.ChannelInput{Name: "down", Kind: "webhook", URL: "http://127.0.0.1:1/"}
	if err := s.owner.Do(t.Context(), "POST", "/v1/channels", channel, nil); err != nil {
		t.Fatal(err)
	}
	posts := dynamo.NewPosts(stack.Client(s.DynamoDB()), s.Model.Table("PostsTable").Name)
	for _, tc := range []struct {
		name  string
		fault func(t *testing.T) (mend func())
		check string
		text  string
	}{
		{"publish may not open tokens", s.without("PublishFunction", "kms:Decrypt"), "publish", "may not use the key"},
		{"publish may not read posts", s.without("PublishFunction", "dynamodb:Query"), "publish", "posts"},
		{"publish may not read media", s.without("PublishFunction", "s3:GetObject"), "publish", "does not let it use the media bucket"},
		{"the api may not store media", s.without("ApiFunction", "s3:PutObject"), "api", "does not let it use the media bucket"},
		{"callback may not read its table", s.without("CallbackFunction", "dynamodb:GetItem"), "callback_function", "500"},
		{"notify may not open channels", s.round("NotifyFunction", s.without("NotifyFunction", "kms:Decrypt")), "notify", "may not use the key"},
		{"sweep may not read posts", s.round("SweepFunction", s.without("SweepFunction", "dynamodb:Scan")), "sweep", "does not let it use the storage"},
		{"a backup is off", func(*testing.T) func() {
			name := s.Model.Table("AccountsTable").Name
			s.Backups.Set(name, false)
			return func() { s.Backups.Set(name, true) }
		}, "accounts_backup", "is off"},
		{"X no longer knows the app", func(*testing.T) func() {
			before := s.Simulator.Settings().ClientSecret
			set := func(secret string) { s.Simulator.Configure(func(x *xsim.Settings) { x.ClientSecret = secret }) }
			set("another")
			return func() { set(before) }
		}, "x_app", "X"},
		{"dispatch's schedule is disabled", func(t *testing.T) func() {
			kept, err := posts.Reports(t.Context(), health.Dispatch)
			if err != nil || len(kept) != 1 {
				t.Fatal(kept, err)
			}
			old := kept[0]
			old.At = old.At.Add(-time.Hour)
			put := func(r health.Report) {
				if err := posts.PutReport(t.Context(), r); err != nil {
					t.Error(err)
				}
			}
			put(old)
			return func() { put(kept[0]) }
		}, "dispatch", "although it runs every minute"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mend := tc.fault(t)
			checks, status := s.doctor(t, sh)
			mend()
			c := checks[tc.check]
			if c.State != "wrong" || !strings.Contains(c.Text, tc.text) || c.Todo == "" || status != 1 {
				t.Errorf("exit status %d, %+v, want %q", status, c, tc.text)
			}
			for name, c := range checks {
				if name != tc.check && name != "alarms" && c.State == "wrong" { // an answer of 500 rings one, and it rings on
					t.Errorf("it shows in %s, too: %+v", name, c)
				}
			}
		})
	}
	mended, _ := s.doctor(t, sh)
	for name, c := range mended {
		if name != "alarms" && c.State == "wrong" {
			t.Errorf("mended, it says of %s: %+v", name, c)
		}
	}
	s.CloudWatch.Put(cloudwatch.Count("Spool", "PostsUnknown", map[string]string{"Stack": "spool"}))
	rung, status := s.doctor(t, sh)
	if c := rung["alarms"]; status != 1 || c.State != "wrong" || !strings.Contains(c.Text, "post-unknown rings") || strings.Contains(c.Text, "silent") {
		t.Errorf("exit status %d, %+v", status, c)
	}
}

// round has a function run by its schedule while a fault lasts, and once more when it is mended.
func (s *system) round(function string, fault func(*testing.T) func()) func(*testing.T) func() {
	run := func(t *testing.T) {
		if _, err := s.Function(function).Invoke(t.Context(), []byte(tick)); err != nil {
			t.Log(err) // of a round that failed
		}
	}
	return func(t *testing.T) func() {
		mend := fault(t)
		run(t)
		return func() { mend(); run(t) }
	}
}

// without takes an action from a function's role.
func (s *system) without(function, action string) func(*testing.T) func() {
	return func(*testing.T) func() { return s.Withdraw(function, action) }
}
