package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"spool/shared/wire"
)

// withConfig is a world with a configuration file, whose path it gives.
func withConfig(t *testing.T, c string, mode os.FileMode) (Stdio, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "spool")
	path := filepath.Join(folder, "config.json")
	if c != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c), mode); err != nil {
			t.Fatal(err)
		}
	}
	return Stdio{Config: folder}, path
}

func TestSetupAsksForWhatIsMissingAndKeepsIt(t *testing.T) {
	f := newAPI(t)
	half := readyStatus()
	half.Ready = false
	for i := range half.Steps {
		half.Steps[i].Done = false
	}
	app := half
	app.Steps = append([]wire.Step{{Step: "credentials", Done: true, Text: "Set."}}, half.Steps[1:]...)
	f.answer("GET /v1/status", half, half, app, readyStatus())
	f.answer("GET /v1/accounts", wire.AccountList{}, wire.AccountList{}, wire.AccountList{Accounts: accounts()})
	std, path := withConfig(t, "", 0)
	std.Terminal = Terminal{In: true, Out: true, Err: true, Width: 80}
	opened := ""
	std.Desk = desk{secret: "key", browse: func(address string) error { opened = address; return nil }}
	got := spool(t, std, f.url+"/docs\napp\n", "setup")
	if got.status != StatusOK || !strings.Contains(got.out, "Ready.") || opened != "https://spool.test/start" {
		t.Fatalf("status %d, opened %q, %q, %q", got.status, opened, got.out, got.err)
	}
	if put := f.last("PUT /v1/app").body; put != `{"client_id":"app","client_secret":"key"}` {
		t.Errorf("stored the app %s", put)
	}
	kept, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(kept), `"key": "key"`) || !strings.Contains(string(kept), f.url) {
		t.Errorf("kept %s: %v", kept, err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want && runtime.GOOS != "windows" {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
	if strings.Contains(got.out+got.err, `"key"`) {
		t.Error("a secret was shown")
	}

	// Run again, it asks nothing: everything is there.
	std = Stdio{Config: filepath.Dir(path)}
	if got := spool(t, std, "", "setup"); got.status != StatusOK || f.times("PUT /v1/app") != 1 {
		t.Errorf("again: status %d, %q", got.status, got.err)
	}
}

func TestSetupWithoutATerminalReadsItsAnswers(t *testing.T) {
	f := newAPI(t)
	half := readyStatus()
	half.Steps[0].Done, half.Steps[1].Done = false, false
	f.answer("GET /v1/status", half, half, half, readyStatus())
	std, _ := withConfig(t, "", 0)
	got := spool(t, std, f.url+"\nkey\napp\nsecret\nhttps://spool.test/callback?code=c&state=s", "setup", "--headless")
	if got.status != StatusOK || f.last("PUT /v1/app").body != `{"client_id":"app","client_secret":"secret"}` ||
		f.last("POST /v1/accounts/connect/complete").body != `{"redirect_url":"https://spool.test/callback?code=c\u0026state=s"}` {
		t.Errorf("status %d, %q, %q", got.status, got.out, got.err)
	}
	got = spool(t, Stdio{Config: std.Config + "2"}, f.url+"\n", "setup")
	if got.status != StatusFailure || !strings.Contains(got.err, "There was no answer") {
		t.Errorf("without an answer: status %d, %q", got.status, got.err)
	}
}

func TestAKeyThatIsNotAcceptedIsNotKept(t *testing.T) {
	f := newAPI(t)
	std, path := withConfig(t, "", 0)
	if got := spool(t, std, f.url+"\nwrong\n", "setup"); got.status != StatusRefused {
		t.Errorf("status %d, %q", got.status, got.err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was kept")
	}
}

func TestAnotherSpoolTakesThePlaceOfTheFirst(t *testing.T) {
	f := newAPI(t)
	std, path := withConfig(t, `{"api":"http://127.0.0.1:1","key":"old"}`, 0o600)
	if got := spool(t, std, "", "setup"); got.status != StatusUnreachable || !strings.Contains(got.err, "spool setup --new") {
		t.Errorf("status %d, %q", got.status, got.err)
	}
	if got := spool(t, std, f.url+"\nkey\n", "setup", "--new"); got.status != StatusOK {
		t.Errorf("status %d, %q", got.status, got.err)
	}
	if kept, err := os.ReadFile(path); err != nil || !strings.Contains(string(kept), f.url) {
		t.Errorf("kept %s: %v", kept, err)
	}
}

func TestWhoseConfigurationCounts(t *testing.T) {
	f := newAPI(t)
	stored := `{"api":"` + f.url + `","key":"key"}`
	for _, tc := range []struct {
		name   string
		config string
		mode   os.FileMode
		env    map[string]string
		status int
		says   string
	}{
		{"the file's", stored, 0o600, nil, StatusOK, ""},
		{"the environment's", `{"api":"http://127.0.0.1:1","key":"wrong"}`, 0o600, map[string]string{"SPOOL_API": f.url, "SPOOL_KEY": "key"}, StatusOK, ""},
		{"another key from the environment", `{"api":"` + f.url + `","key":"wrong"}`, 0o600, map[string]string{"SPOOL_KEY": "key"}, StatusOK, ""},
		{"the file's key never goes to another address", stored, 0o600, map[string]string{"SPOOL_API": "http://127.0.0.1:1"}, StatusFailure, "does not know your Spool"},
		{"a file that others may read", stored, 0o644, nil, StatusFailure, "chmod 600"},
		{"a damaged file", "{", 0o600, nil, StatusFailure, "damaged"},
		{"none", "", 0, nil, StatusFailure, "spool setup"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			std, _ := withConfig(t, tc.config, tc.mode)
			std.Env = func(name string) string { return tc.env[name] }
			if got := spool(t, std, "", "status"); got.status != tc.status || !strings.Contains(got.err, tc.says) {
				t.Errorf("status %d, %q", got.status, got.err)
			}
		})
	}
}

func TestConnecting(t *testing.T) {
	again := accounts()
	again[0].ConnectedAt = start.Add(time.Minute)
	link := wire.Connection{StartURL: "https://spool.test/start", ExpiresAt: time.Now().Add(-time.Second)}
	for _, tc := range []struct {
		name    string
		prepare func(*fakeAPI)
		status  int
		says    string
	}{
		{"the account anew", func(f *fakeAPI) {
			f.answer("GET /v1/accounts", wire.AccountList{Accounts: accounts()}, wire.AccountList{Accounts: accounts()}, wire.AccountList{Accounts: again})
		}, StatusOK, "@ada (1) is connected."},
		{"too late", func(f *fakeAPI) { f.answer("POST /v1/accounts/connect", link) }, StatusFailure, "Nobody gave Spool access in time. Run"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			tc.prepare(f)
			got := spool(t, f.stdio(), "", "connect")
			if got.status != tc.status || !strings.Contains(got.out+got.err, tc.says) || !strings.Contains(got.err, "https://spool.test/start") {
				t.Errorf("status %d, %q, %q", got.status, got.out, got.err)
			}
		})
	}
}

func TestAnAccountsSettings(t *testing.T) {
	f := newAPI(t)
	got := spool(t, f.stdio(), "", "accounts", "set", "ada", "--limit", "25000", "--late", "2h")
	if asked := f.last("PATCH /v1/accounts/1").body; got.status != StatusOK || asked != `{"limit":25000,"lateness_seconds":7200}` {
		t.Errorf("status %d, asked %s", got.status, asked)
	}
	if got := spool(t, f.stdio(), "", "accounts", "set", "ada"); got.status != StatusUsage || !strings.Contains(got.err, "--zone") {
		t.Errorf("status %d, %q", got.status, got.err)
	}
}
