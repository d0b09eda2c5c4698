package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/fault"
)

// TestErrors: what each says in a log, to a caller of the API, and about the posts that
// meet it.
func TestErrors(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	broken, disabled := errors.New("cipher: broken"), errors.New("KMS: disabled")
	unreadable := fault.New(fault.Internal, "It does not open.").Todo("Connect.")
	for name, tc := range map[string]struct {
		err     error
		text    string
		code    fault.Code // to a caller
		verdict fault.Verdict
	}{
		"no app": {
			noApp{}, "the X app's credentials are not set", fault.NotSetUp,
			fault.Verdict{Scope: fault.ScopeApp, Action: fault.Pause, Reason: fault.Reason{Code: "app_not_set_up"}},
		},
		"another worker refreshes": {
			busy{"another worker is at it"}, "another worker is at it", fault.Unavailable,
			fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Reason: fault.Reason{Code: "refreshing"}},
		},
		"a refresh that failed": {
			unrefreshed{fault.Verdict{Action: fault.Settle, Reason: fault.Reason{Code: "lost"}}, broken}, "refresh: cipher: broken",
			fault.Internal, fault.Verdict{Action: fault.Settle, Reason: fault.Reason{Code: "lost"}},
		},
		"a refresh that is not due": {
			unrefreshed{verdict: fault.Verdict{Action: fault.Retry, Until: now, Reason: fault.Reason{Code: "down"}}},
			"the last refresh failed (down), and the next is not due yet", fault.Internal,
			fault.Verdict{Action: fault.Retry, Until: now, Reason: fault.Reason{Code: "down"}},
		},
		"a pair that does not open": {
			asUnopened(unreadable, fault.ScopeAccount, now), "It does not open.", fault.Internal,
			fault.Verdict{
				Scope: fault.ScopeAccount, Action: fault.Pause, Until: now.Add(10 * time.Minute),
				Reason: fault.Reason{Code: "tokens_unreadable", Sentence: "It does not open."},
			},
		},
		"credentials that do not open, and why": {
			asUnopened(fault.New(fault.Internal, "It does not open.").Because(broken), fault.ScopeApp, now),
			"It does not open. (cipher: broken)", fault.Internal,
			fault.Verdict{
				Scope: fault.ScopeApp, Action: fault.Pause, Until: now.Add(10 * time.Minute),
				Reason: fault.Reason{Code: "app_credentials_unreadable", Sentence: "It does not open."},
			},
		},
		"a key that is not usable": {
			asUnopened(fault.New(fault.NotSetUp, "The key is off.").Because(disabled), fault.ScopeApp, now),
			"The key is off. (KMS: disabled)", fault.NotSetUp,
			fault.Verdict{
				Scope: fault.ScopeApp, Action: fault.Pause, Until: now.Add(10 * time.Minute),
				Reason: fault.Reason{Code: "key_unusable", Sentence: "The key is off."},
			},
		},
		"KMS that is busy": {
			asUnopened(broken, fault.ScopeApp, now), "cipher: broken", fault.Internal, fault.Judge(broken),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Error(); got != tc.text {
				t.Errorf("it says %q, want %q", got, tc.text)
			}
			if got := fault.CodeOf(tc.err); got != tc.code {
				t.Errorf("its code is %s, want %s", got, tc.code)
			}
			got := fault.Judge(tc.err)
			if tc.verdict.Reason.Sentence == "" { // which is for people
				got.Reason.Sentence = ""
			}
			if got.Reason.Todo = ""; got != tc.verdict {
				t.Errorf("its verdict is %+v, want %+v", got, tc.verdict)
			}
		})
	}
}

// TestWhatFailsIsTriedAgainUntilTheDeadline: after 50 milliseconds, then twice as much each
// time, up to two seconds. The last failure is what comes of it.
func TestWhatFailsIsTriedAgainUntilTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &Vault{Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		begun := time.Now()
		var tries []int64 // milliseconds
		last := errors.New("")
		err := v.retryUntilDeadline(ctx, func() error {
			tries = append(tries, time.Since(begun).Milliseconds())
			last = fmt.Errorf("try %d", len(tries))
			return last
		})
		if want := []int64{0, 50, 150, 350, 750, 1550, 3150, 5150, 7150}; !slices.Equal(tries, want) {
			t.Errorf("it is tried after %v ms, want %v", tries, want)
		}
		if took := time.Since(begun); took != 8*time.Second || !errors.Is(err, last) {
			t.Errorf("after %v it comes to %v, want %v", took, err, last)
		}
	})
}
