package cli

import (
	"strings"
	"testing"

	"spool/shared/wire"
)

// TestABudgetOfNothingIsNotTheEndOfTheBudget, as which the API would take it.
func TestABudgetOfNothingIsNotTheEndOfTheBudget(t *testing.T) {
	for _, amount := range []string{"0", "0.00", "$0"} {
		f := newAPI(t)
		got := spool(t, f.stdio(), "", "budget", amount)
		if got.status != StatusUsage || !strings.Contains(got.err, "none, which ends the budget") || f.times("PUT /v1/budget") > 0 {
			t.Errorf("%s: status %d, %q, set %d times", amount, got.status, got.err, f.times("PUT /v1/budget"))
		}
	}
}

func TestResumeSaysThatNothingWaited(t *testing.T) {
	f := newAPI(t)
	f.answer("POST /v1/app/resume", wire.Resumed{})
	if got := spool(t, f.stdio(), "", "resume"); got.status != StatusOK || !strings.Contains(got.out, "Nothing was waiting.") {
		t.Errorf("status %d, %q", got.status, got.out)
	}
}
