package xapi_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/xapi"
)

// refused is an understood refusal with status 403.
func refused(op xapi.Op, e xapi.Error) *xapi.Error {
	e.Op, e.At, e.Understood, e.Status = op, now, true, cmp.Or(e.Status, 403)
	return &e
}

// TestCodesOfTheOldForm: each says on its own what it means, and no other number says
// anything.
func TestCodesOfTheOldForm(t *testing.T) {
	create := map[int]fault.ReasonCode{
		32: "access_token_refused", 89: "access_token_refused",
		63: "account_suspended", 64: "account_suspended",
		88:  "rate_limited",
		186: "text_too_long",
		187: "duplicate_text",
		324: "media_not_ready",
		326: "account_locked",
		385: "parent_not_visible",
		433: "reply_not_allowed",
		453: "app_not_enrolled",
	}
	lookup := map[int]fault.ReasonCode{34: "not_found", 144: "not_found"}
	for code := range 1000 {
		for op, means := range map[xapi.Op]map[int]fault.ReasonCode{xapi.OpCreate: create, xapi.OpLookup: lookup} {
			want := cmp.Or(means[code], create[code], fault.ReasonXRefused)
			if got := refused(op, xapi.Error{Code: code}).Verdict().Reason.Code; got != want {
				t.Errorf("%d when asked to %s: %s, want %s", code, op, got, want)
			}
		}
	}
}

// TestWordsOfX: whatever the case and the punctuation, and wherever X puts the name.
func TestWordsOfX(t *testing.T) {
	for name, c := range map[string]struct {
		e    *xapi.Error
		want fault.ReasonCode
	}{
		"too long":                        {refused(xapi.OpCreate, xapi.Error{Detail: "Tweet needs to be a bit shorter."}), "text_too_long"},
		"suspended":                       {refused(xapi.OpCreate, xapi.Error{Detail: "User has been suspended: [ada]."}), "account_suspended"},
		"a name with other punctuation":   {refused(xapi.OpCreate, xapi.Error{Title: "Client not enrolled!"}), "app_not_enrolled"},
		"a name for a reason":             {refused(xapi.OpCreate, xapi.Error{Reason: "Client-Not-Enrolled"}), "app_not_enrolled"},
		"a name that begins the words":    {refused(xapi.OpCreate, xapi.Error{Detail: "Spend cap reached: $5"}), "spend_cap"},
		"a name that differs in a number": {refused(xapi.OpCreate, xapi.Error{Type: "oauth2-permissions"}), "x_refused"},
		"half a name":                     {refused(xapi.OpCreate, xapi.Error{Title: "Client not"}), "x_refused"},
		"a post that X names as gone": {
			refused(xapi.OpLookup, xapi.Error{Status: 404, Type: "resource-not-found"}), "not_found"},
		"a deleted post that X names as gone": {
			refused(xapi.OpDelete, xapi.Error{Status: 404, Type: "resource-not-found"}), "not_found"},
		"a page that is missing for the moment": {
			refused(xapi.OpLookup, xapi.Error{Status: 404, Type: "about:blank"}), "x_unavailable"},
		"media refused with one word":            {refused(xapi.OpMedia, xapi.Error{Detail: "Forbidden."}), "media_scope_missing"},
		"media refused without a word":           {refused(xapi.OpMedia, xapi.Error{}), "media_scope_missing"},
		"media refused with a word of their own": {refused(xapi.OpMedia, xapi.Error{Detail: "Forbidden codec"}), "media_refused"},
		"a post refused without a word":          {refused(xapi.OpCreate, xapi.Error{}), "x_refused"},
		"a post refused with one word":           {refused(xapi.OpCreate, xapi.Error{Detail: "Forbidden"}), "x_refused"},
		"a new post whose answer names what is gone": {
			refused(xapi.OpCreate, xapi.Error{Status: 200, Type: "resource-not-found"}), "answer_unclear"},
	} {
		if got := c.e.Verdict().Reason.Code; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestWordsOfARowWin over those of its code, and name what X was asked for.
func TestWordsOfARowWin(t *testing.T) {
	got := refused(xapi.OpLookup, xapi.Error{Status: 404}).Verdict().Reason
	if got.Sentence != "X is having problems at the moment and could not read the post." || got.Todo != "Retry when X works again." {
		t.Errorf("with words of its own: %q, %q", got.Sentence, got.Todo)
	}
	got, want := refused(xapi.OpCreate, xapi.Error{Code: 453}).Verdict().Reason, fault.ReasonAppNotEnrolled.Reason()
	if got.Sentence != want.Sentence || got.Todo != want.Todo || got.Todo == "" {
		t.Errorf("without: %q, %q; want %q, %q", got.Sentence, got.Todo, want.Sentence, want.Todo)
	}
}

// TestALimitWithoutItsWindow waits for the floor: so is judged whoever keeps only what
// X said, and not until when.
func TestALimitWithoutItsWindow(t *testing.T) {
	want := outcome{Scope: fault.ScopeAccount, Action: fault.Wait, Code: "rate_limited", Wait: xapi.LimitFloor}
	for name, e := range map[string]xapi.Error{"by status": {Status: 429}, "by code": {Code: 88}} {
		if diff := gocmp.Diff(want, of(refused(xapi.OpTimeline, e).Verdict())); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestTheOldFormOfALimit is one where X refused, and proves nothing where X failed.
func TestTheOldFormOfALimit(t *testing.T) {
	for status, limit := range map[int]bool{200: false, 399: false, 400: true, 403: true, 404: true, 499: true, 500: false, 503: false} {
		err := ask(t, serve(t, says(status, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`)), xapi.OpCreate)
		if _, ok := errors.AsType[*xapi.RateLimitError](err); ok != limit {
			t.Errorf("with status %d: %v", status, err)
		}
	}
}

// TestEachHeaderOfALimitProvesThatItIsXs, whatever the body is, and of whichever window.
func TestEachHeaderOfALimitProvesThatItIsXs(t *testing.T) {
	for _, window := range []string{"x-rate-limit-", "x-user-limit-24hour-", "x-app-limit-24hour-"} {
		for _, header := range []string{"remaining", "reset"} {
			err := ask(t, serve(t, says(429, "Too Many Requests", window+header, "5")), xapi.OpCreate)
			if v := fault.Judge(err); v.Action != fault.Wait {
				t.Errorf("with %s%s: %+v", window, header, v)
			}
		}
	}
}

// TestHowLongPausesLast: the first request after them is careful, and the only one.
func TestHowLongPausesLast(t *testing.T) {
	for name, c := range map[string]struct{ got, want time.Duration }{
		"what its owner can correct":     {xapi.ProbeSetup, 15 * time.Minute},
		"what has to be done at X":       {xapi.ProbeAccount, time.Hour},
		"what ends with a billing cycle": {xapi.ProbeCap, 6 * time.Hour},
		"a limit":                        {xapi.LimitFloor, time.Minute},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

// TestVerdictOfALostAnswer: only a post that may have been made leaves a doubt.
func TestVerdictOfALostAnswer(t *testing.T) {
	long := strings.Repeat("é", 201)
	verdict := func(action fault.Action, code fault.ReasonCode, sentence string) fault.Verdict {
		return fault.Verdict{Scope: fault.ScopePost, Action: action, Reason: fault.Reason{
			Code: code, Sentence: sentence, Detail: strings.Repeat("é", 199) + "…",
		}}
	}
	for name, c := range map[string]struct {
		op   xapi.Op
		left bool
		want fault.Verdict
	}{
		"creating, never sent": {xapi.OpCreate, false, verdict(fault.Retry, "x_unreachable", "X could not be reached.")},
		"reading, never sent":  {xapi.OpTimeline, false, verdict(fault.Retry, "x_unreachable", "X could not be reached.")},
		"creating":             {xapi.OpCreate, true, verdict(fault.Settle, "answer_lost", "X's answer was lost.")},
		"reading":              {xapi.OpTimeline, true, verdict(fault.Retry, "answer_lost", "X's answer was lost.")},
		"deleting":             {xapi.OpDelete, true, verdict(fault.Retry, "answer_lost", "X's answer was lost.")},
	} {
		e := &xapi.LostError{Op: c.op, Left: c.left, Err: errors.New(long)}
		if diff := gocmp.Diff(c.want, e.Verdict()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestWhatIsNotUploadedIsNamed, for whoever looks why a post does not go on.
func TestWhatIsNotUploadedIsNamed(t *testing.T) {
	c := serve(t, says(500, ""))
	_, err := c.Create(t.Context(), token, post.Tweet{Media: []post.Medium{{ID: "CAT"}}}, "")
	v := fault.Judge(err)
	if want := "the medium CAT has not been uploaded to X"; v.Reason.Detail != want || v.Action != fault.Retry || v.Scope != fault.ScopePost {
		t.Errorf("verdict %+v, want the detail %q", v, want)
	}
}

// TestOnlyPausesAndLimitsEndAtATime: all other verdicts leave the time to whoever acts.
func TestOnlyPausesAndLimitsEndAtATime(t *testing.T) {
	timed := []fault.Action{fault.Pause, fault.Wait}
	for op := range operations() {
		for _, e := range []xapi.Error{{Status: 401}, {Status: 402}, {Status: 403}, {Status: 404}, {Status: 429}, {Status: 500}, {Code: 326}, {Code: 453}} {
			v := refused(op, e).Verdict()
			if got := !v.Until.IsZero(); got != slices.Contains(timed, v.Action) {
				t.Errorf("%s, %+v: %+v", op, e, v)
			}
		}
	}
}
