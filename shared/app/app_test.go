package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"spool/shared/app"
	"spool/shared/app/web"
	"spool/shared/topic"
	"spool/shared/tweet"
)

// variables are those of template.yaml, with values that are well formed.
func variables() map[string]string {
	return map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
		"SPOOL_ACCOUNTS_TABLE": "accounts", "SPOOL_STACK": "spool", "SPOOL_ALARM_TOPIC": "arn:aws:sns:us-east-1:000000000000:alarms", "SPOOL_ASIDE_QUEUE": "http://127.0.0.1/aside", "SPOOL_POSTS_TABLE": "posts", "SPOOL_TOKEN_KEY": "key", "SPOOL_PUBLISH_QUEUE": "http://127.0.0.1/q", "SPOOL_DEAD_LETTER_QUEUE": "http://127.0.0.1/d",
		"SPOOL_X_ENDPOINT": "https://api.x.com", "SPOOL_ADMIN_KEY_HASH": strings.Repeat("0", 64), "SPOOL_SETTLE_SECONDS": "120", "SPOOL_LEASE_SECONDS": "45",
		"SPOOL_MEDIA_BUCKET": "media", "SPOOL_PRICES": "", "SPOOL_MEDIA_LIMITS": "", "SPOOL_MEDIA_DAYS": "30", "SPOOL_POST_DAYS": "0", "SPOOL_CALLBACK_DOMAIN": "",
		"SPOOL_NOTICE_QUEUE": "http://127.0.0.1/notices", "SPOOL_NOTICE_NETWORKS": "public", "SPOOL_HELD_MINUTES": "30",
	}
}

// graphs are the functions' constructors.
func graphs() map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"api":      func(ctx context.Context) error { _, err := web.API(ctx); return err },
		"callback": func(context.Context) error { _, _, _, err := app.Callback(); return err },
		"dispatch": func(context.Context) error { _, _, _, _, err := app.Dispatch(); return err },
		"notify":   func(context.Context) error { _, _, _, err := app.Notify(topic.New); return err },
		"publish":  func(context.Context) error { _, _, _, _, err := app.Publish(); return err },
		"refresh":  func(context.Context) error { _, _, err := app.Refresh(); return err },
		"sweep":    func(context.Context) error { _, _, err := app.Sweep(); return err },
	}
}

func TestEachFunctionIsBuiltFromItsEnvironment(t *testing.T) {
	for name, build := range graphs() {
		t.Run(name, func(t *testing.T) {
			for k, v := range variables() {
				t.Setenv(k, v)
			}
			if err := build(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Prices and limits that are wrong stop nobody from posting.
func TestPricesAndLimitsThatAreWrongAreIgnored(t *testing.T) {
	for k, v := range variables() {
		t.Setenv(k, v)
	}
	t.Setenv("SPOOL_MEDIA_LIMITS", `{"gif_frames":0}`)
	t.Setenv("SPOOL_PRICES", `{'post': 0.015}`)
	if _, err := web.API(t.Context()); err != nil {
		t.Error(err)
	}
	p, _, _, _, err := app.Publish()
	if err != nil {
		t.Fatal(err)
	}
	if p.Prices != tweet.ListPrices() {
		t.Errorf("%+v are in force, want X's prices", p.Prices)
	}
}

// A settling time that does not cover the lease is not taken, unless X is on this machine.
func TestASettlingTimeCoversTheLease(t *testing.T) {
	for _, tc := range []struct {
		x, lease, settle string
		want             time.Duration
	}{
		{"https://api.x.com", "45", "120", 2 * time.Minute},
		{"https://api.x.com", "45", "105", 105 * time.Second},
		{"https://api.x.com", "45", "104", 2 * time.Minute},
		{"https://api.x.com", "300", "120", 375 * time.Second},
		{"https://127.0.0.1.x.com", "6", "3", 81 * time.Second},
		{"http://127.0.0.1:4711", "6", "3", 3 * time.Second},
		{"http://[::1]:4711", "6", "3", 3 * time.Second},
		{"http://localhost:4711", "6", "3", 3 * time.Second},
	} {
		t.Run(fmt.Sprintf("%s for %s at %s", tc.settle, tc.lease, tc.x), func(t *testing.T) {
			for k, v := range variables() {
				t.Setenv(k, v)
			}
			t.Setenv("SPOOL_X_ENDPOINT", tc.x)
			t.Setenv("SPOOL_LEASE_SECONDS", tc.lease)
			t.Setenv("SPOOL_SETTLE_SECONDS", tc.settle)
			p, _, _, _, err := app.Publish()
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Config.Settle; got != tc.want {
				t.Errorf("settles for %v, want %v", got, tc.want)
			}
		})
	}
}

func TestWhatTheEnvironmentLacksIsNamed(t *testing.T) {
	for _, tc := range []struct{ function, variable, value string }{
		{"api", "SPOOL_ADMIN_KEY_HASH", ""},
		{"callback", "SPOOL_TOKEN_KEY", ""},
		{"callback", "SPOOL_STACK", ""},
		{"dispatch", "SPOOL_ASIDE_QUEUE", ""},
		{"dispatch", "SPOOL_PUBLISH_QUEUE", ""},
		{"publish", "SPOOL_POSTS_TABLE", ""},
		{"publish", "SPOOL_LEASE_SECONDS", "soon"},
		{"publish", "SPOOL_SETTLE_SECONDS", "0"},
		{"refresh", "SPOOL_ACCOUNTS_TABLE", ""},
	} {
		t.Run(tc.function+" without "+tc.variable, func(t *testing.T) {
			for k, v := range variables() {
				t.Setenv(k, v)
			}
			t.Setenv(tc.variable, tc.value)
			err := graphs()[tc.function](t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.variable) {
				t.Errorf("got %v", err)
			}
		})
	}
}
