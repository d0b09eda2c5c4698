package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// TestABudgetIsSetAndSeen: what went out in the month before there was one counts,
// and the price of the month shows it.
func TestABudgetIsSetAndSeen(t *testing.T) {
	s := newSite(t)
	if _, err := s.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	made := s.must(http.StatusCreated, "POST", "/v1/posts", `{"tweets":[{"text":"a"},{"text":"b"}]}`)
	id, _ := made["id"].(string)
	p, _, err := s.Store.Load(t.Context(), id)
	if err == nil {
		p, err = p.Claim(time.Now(), "worker", time.Minute)
	}
	if err == nil {
		p, err = p.Yield(time.Now(), post.IDAt(time.Now()))
	}
	if err == nil {
		_, err = s.Store.Save(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := s.must(http.StatusOK, "GET", "/v1/budget", ""); len(out["budgets"].([]any)) != 0 {
		t.Errorf("there is a budget before one was set: %v", out)
	}
	out := s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"1.00"}`)
	for field, want := range map[string]string{"monthly": "1.0", "spent": "0.015", "left": "0.985"} {
		if got := member(out, "budgets", field); got != want {
			t.Errorf("%s is %v, want %v", field, got, want)
		}
	}
	if out = s.must(http.StatusOK, "GET", "/v1/price?month="+time.Now().UTC().Format("2006-01"), ""); member(out, "budgets", "left") != "0.985" {
		t.Errorf("the price of the month shows %v", out["budgets"])
	}
	if out = s.must(http.StatusOK, "GET", "/v1/posts/"+id, ""); out["delete_price"] != "0.01" {
		t.Errorf("deleting it costs %v", out["delete_price"])
	}
	s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"2.00","account_id":"`+ada+`"}`)
	out = s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"0"}`)
	if all, _ := out["budgets"].([]any); len(all) != 1 || member(out, "budgets", "username") != "ada" {
		t.Errorf("left are %v", all)
	}
	s.must(http.StatusUnprocessableEntity, "PUT", "/v1/budget", `{"monthly":"9999999999"}`)
	s.must(http.StatusUnprocessableEntity, "PUT", "/v1/budget", `{"monthly":"a lot"}`)
	s.must(http.StatusUnprocessableEntity, "PUT", "/v1/budget", `{"monthly":"1","account_id":"99"}`)
}

// TestAThreadOverTheBudgetIsWarnedOf at preview and at save, for the month in which
// it goes out; never is it refused.
func TestAThreadOverTheBudgetIsWarnedOf(t *testing.T) {
	s := newSite(t)
	if _, err := s.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"0.02","account_id":"`+ada+`"}`)
	warned := func(name string, said any, want string) {
		t.Helper()
		if got := fmt.Sprint(said); strings.Contains(got, "It will wait until") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: it says %q, want %q", name, got, want)
		}
	}
	two := s.must(http.StatusOK, "POST", "/v1/preview", `{"tweets":[{"text":"a"},{"text":"b"}]}`)
	warned("a preview", two["findings"], "but only $0.02 is left of the budget of $0.02 of @ada for "+time.Now().UTC().Format("January 2006"))
	if !slices.Equal(codes(two), []string{"over_budget"}) {
		t.Errorf("the findings are %v", two["findings"])
	}
	warned("one tweet", s.must(http.StatusOK, "POST", "/v1/preview", `{"tweets":[{"text":"a"}]}`)["findings"], "")
	later := time.Now().UTC().AddDate(0, 2, 0)
	at := later.Format(time.RFC3339)
	made := s.must(http.StatusCreated, "POST", "/v1/posts", `{"at":"`+at+`","tweets":[{"text":"a"},{"text":"b"}]}`)
	warned("a save for a later month", made["notes"], "for "+later.Format("January 2006")+" (UTC). It will wait until the budget is raised.")
	id, _ := made["id"].(string)
	warned("an edit that shortens it", s.must(http.StatusOK, "PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"a"}]}`)["notes"], "")
	s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"0.01"}`)
	warned("another time", s.must(http.StatusOK, "PATCH", "/v1/posts/"+id, `{"at":"`+at+`"}`)["notes"], "of all accounts")
}

// TestARaisedBudgetLetsWhatWaitedGoOn, and says before what it waits for.
func TestARaisedBudgetLetsWhatWaitedGoOn(t *testing.T) {
	s := newSite(t)
	if _, err := s.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"0.01"}`)
	_, wait, err := s.Vault().SetAside(t.Context(), publish.Session{AccountID: ada}, publish.Expense{PostID: "p", Amount: 15_000, At: time.Now()})
	if err != nil || wait == nil || wait.Reason.TodoCode() != fault.TodoRaiseBudget || time.Until(wait.Until) > 6*time.Hour {
		t.Fatalf("the wait is %+v, %v", wait, err)
	}
	s.must(http.StatusOK, "PUT", "/v1/budget", `{"monthly":"0.02"}`)
	if _, wait, err = s.Vault().SetAside(t.Context(), publish.Session{AccountID: ada}, publish.Expense{PostID: "p", Amount: 15_000, At: time.Now()}); err != nil || wait != nil {
		t.Errorf("a budget of two cents holds it: %+v, %v", wait, err)
	}
}
