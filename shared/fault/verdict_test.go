package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"spool/shared/fault"
)

// refusal is an error that knows its verdict.
type refusal struct{ verdict fault.Verdict }

func (r refusal) Error() string          { return "refused" }
func (r refusal) Verdict() fault.Verdict { return r.verdict }

func TestJudge(t *testing.T) {
	limit := fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Wait, Until: time.Unix(1, 0), Reason: fault.Reason{Code: "rate_limited"}}
	doubt := fault.Verdict{Scope: fault.ScopePost, Action: fault.Settle, Reason: fault.Reason{Code: "answer_lost", Sentence: "X's answer was lost."}}
	for name, c := range map[string]struct {
		err  error
		want fault.Verdict
	}{
		"an error's own verdict counts":                                {refusal{limit}, limit},
		"so does that of what it wraps":                                {fmt.Errorf("create: %w", refusal{limit}), limit},
		"an error without one is in doubt, and its text stays private": {errors.New("dynamodb: AccessDenied for arn:aws:…"), doubt},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fault.Judge(c.err); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
