package publish_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/tweet"
	"spool/shared/vault"
)

// postPrice is what a post without a link costs.
const postPrice = tweet.Dollar * 15 / 1000

// words are texts without links.
func words(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("Word %d", i+1)
	}
	return all
}

// owner is the account's owner, who sets budgets.
func (r *rig) owner() *account.Service {
	v := r.pub.Accounts.(*vault.Vault)
	return &account.Service{Store: v.Store, Registry: r.mem, Now: v.Now, Log: v.Log}
}

// budget sets a budget for all accounts, or for @ada's.
func (r *rig) budget(accountID string, monthly tweet.Dollars) {
	r.t.Helper()
	if err := r.owner().SetBudget(r.ctx, accountID, monthly, 0); err != nil {
		r.t.Fatal(err)
	}
}

// wantSpent fails the test unless so much is set aside in this month.
func (r *rig) wantSpent(want tweet.Dollars) {
	r.t.Helper()
	b, err := r.owner().Budgets(r.ctx, post.Month(time.Now()))
	if err != nil || b.Of[""].Spent != want {
		r.t.Errorf("%v is set aside (%v), want %v", b.Of[""].Spent, err, want)
	}
}

// wantHeld fails the test unless a budget holds the post, with nothing on X.
func (r *rig) wantHeld(p post.Post) {
	r.t.Helper()
	if p.Sub != post.Paused || p.Reason == nil || p.Reason.Code != "budget_spent" || len(p.Published) > 0 {
		r.t.Errorf("the post is %s/%s (%+v) with %d tweets out; a budget should hold it", p.Status, p.Sub, p.Reason,
			len(p.Published))
	}
}

func TestAThreadThatABudgetCannotPayForDoesNotStart(t *testing.T) {
	for name, id := range map[string]string{"of all accounts": "", "of the account": ada} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.budget(id, 3*postPrice)
				r.wantPublished(r.publish(r.add(words(2)...).ID), words(2)...)
				held := r.publish(r.add("x", "y").ID)
				r.wantHeld(held)
				r.budget(id, 4*postPrice)
				r.move(held.ID, func(p post.Post) (post.Post, error) { return p.Resume(time.Now()) })
				if p := r.publish(held.ID); p.Status != post.Published {
					t.Errorf("with a higher budget it is %s (%+v)", p.Status, p.Reason)
				}
				if b, err := r.owner().Budgets(r.ctx, "2026-12"); err != nil || b.Of[id].Spent != 4*postPrice {
					t.Errorf("set aside is %+v, %v", b, err)
				}
			})
		})
	}
}

func TestTheNextMonthHasABudgetOfItsOwn(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.budget("", 2*postPrice)
		r.wantPublished(r.publish(r.add(words(2)...).ID), words(2)...)
		held := r.publish(r.add("x").ID)
		r.wantHeld(held)
		if end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC); held.Due.After(end) {
			t.Errorf("it waits until %v", held.Due)
		}
		time.Sleep(31 * 24 * time.Hour)
		if p := r.publish(held.ID); p.Status != post.Published {
			t.Errorf("in the next month it is %s (%+v)", p.Status, p.Reason)
		}
		r.wantSpent(postPrice)
	})
}

// TestOneOfTwoGetsTheLastOfABudget however they race.
func TestOneOfTwoGetsTheLastOfABudget(t *testing.T) {
	for round := range 20 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.budget("", 3*postPrice)
				a, b := r.add(words(2)...), r.add("x", "y")
				var wg sync.WaitGroup
				for _, id := range []string{a.ID, b.ID} {
					w := r.worker(0)
					wg.Go(func() {
						if err := w.Publish(r.ctx, alone(id)); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				a, b = r.load(a.ID), r.load(b.ID)
				if (a.Status == post.Published) == (b.Status == post.Published) {
					t.Errorf("the posts are %s and %s; one of them should be published", a.Status, b.Status)
				}
				r.wantSpent(2 * postPrice)
			})
		})
	}
}

// TestAWorkerThatDiesCountsOnce: between setting aside and storing that in the
// record, and after it.
func TestAWorkerThatDiesCountsOnce(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.budget("", 2*postPrice)
		p := r.add(words(2)...)
		e := publish.Expense{PostID: p.ID, Amount: 2 * postPrice, At: time.Now()}
		if _, wait, err := r.pub.Accounts.SetAside(r.ctx, publish.Session{AccountID: ada}, e); wait != nil || err != nil {
			t.Fatal(wait, err)
		}
		r.fault(xsim.Fault{Nth: 1, Status: 403, Body: `{"detail":"You are not permitted to perform this action."}`})
		failed := r.publish(p.ID)
		if failed.Status != post.Failed || failed.Charge.Amount != 2*postPrice {
			t.Fatalf("the post is %s, charged %+v", failed.Status, failed.Charge)
		}
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
		r.wantPublished(r.publish(p.ID), words(2)...)
		r.wantSpent(2 * postPrice)
	})
}

// TestAThreadThatBeganGoesOn whatever the budget says by then.
func TestAThreadThatBeganGoesOn(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.fault(xsim.Fault{Nth: 2, Status: 403, Body: `{"detail":"You are not permitted to perform this action."}`})
		p := r.publish(r.add(words(3)...).ID)
		if len(p.Published) != 1 || p.Status != post.Failed {
			t.Fatalf("the post is %s with %d out", p.Status, len(p.Published))
		}
		r.budget("", postPrice)
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
		r.wantPublished(r.publish(p.ID), words(3)...)
		r.wantSpent(2 * postPrice) // what was out before the budget is not counted here
	})
}
