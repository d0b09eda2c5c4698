package page_test

import (
	"context"
	"testing"
	"time"

	"spool/infra/sim/owner"
	"spool/infra/xsim"
)

// fail has X refuse the nth tweet from now on for good.
func (r *rig) fail(nth int) {
	r.t.Helper()
	const why = "You are not permitted to perform this action."
	r.fault(xsim.Fault{Nth: nth, Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"` + why + `"}`})
}

// fault has X meet tweets with one.
func (r *rig) fault(f xsim.Fault) {
	r.t.Helper()
	f.Method, f.Path = "POST", "/2/tweets"
	if _, err := r.Simulator.Fault(f); err != nil {
		r.t.Fatal(err)
	}
}

// until waits until something is true of a post.
func (r *rig) until(id string, done func(owner.Post) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), long)
	defer cancel()
	if _, err := r.owner.Watch(ctx, id, func(owner.Post) {}, done); err != nil {
		r.t.Fatal(err)
	}
}

// TestAFailedPostGoesOnWhereItStopped resumes one that X refused a part of.
func TestAFailedPostGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.fail(2)
	p, err := r.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r.until(p.ID, owner.Post.Final)
	r.signIn()
	r.do(view("compose"), click("#nav-queue"), view("queue"), see("#queue-needs-you #post-"+p.ID), click("#retry-"+p.ID))
	r.until(p.ID, func(p owner.Post) bool { return p.Status == "published" })
	r.do(r.visit("#/post/"+p.ID), view("post"), status("published"), see("#tweet-3-link"))
	r.onX()
}

// lock has X lock the account at the next tweet, once, and gives a post that met it.
func (r *rig) lock() string {
	r.t.Helper()
	const why = "To protect our users from spam, your account is temporarily locked."
	r.fault(xsim.Fault{Nth: 1, Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"` + why + `"}`})
	p, err := r.owner.Schedule(r.t.Context(), texts, time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.until(p.ID, func(p owner.Post) bool { return p.SubStatus == "paused" })
	return p.ID
}

// TestALockedAccountIsResumed by its owner: the queue says that it waits, and for what,
// and a button has it go on at once.
func TestALockedAccountIsResumed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	id := r.lock()
	r.signIn()
	r.do(
		view("compose"),
		click("#nav-queue"),
		view("queue"),
		see("#queue-needs-you #post-"+id),
		see(`[id^="pause-"][id$="-resume"]`),
	)
	r.keep("queue-paused-1280-light")
	r.do(click(`[id^="pause-"][id$="-resume"]`))
	r.until(id, func(p owner.Post) bool { return p.Status == "published" })
	r.do(r.visit("#/post/"+id), view("post"), status("published"), see("#tweet-3-link"))
	r.onX()
}

// TestAPostOffersWhatTheAPIDoes: what waits for its time is deleted, and what waits for the whole app goes on, each by
// the button on its page.
func TestAPostOffersWhatTheAPIDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	scheduled, err := r.owner.Schedule(t.Context(), texts, time.Now().Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.signIn()
	r.do(
		view("compose"),
		r.visit("#/post/"+scheduled.ID),
		view("post"),
		status("scheduled"),
		click("#post-delete"),
		click("#delete-dialog-yes"),
		view("queue"),
	)
	if _, err := r.owner.Post(t.Context(), scheduled.ID); err == nil {
		t.Error("the deleted post is still there")
	}

	r.fault(xsim.Fault{Nth: 1, Status: 402, Body: `{"title":"CreditsDepleted","detail":"Your account has no credits."}`})
	waiting, err := r.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	resume := "#way-" + waiting.ID + "-resume"
	r.until(waiting.ID, func(p owner.Post) bool { return p.SubStatus == "paused" })
	r.do(r.visit("#/post/"+waiting.ID), view("post"), see(resume))
	r.keep("post-app-paused-1280-light")
	r.do(click(resume))
	r.within(long, status("published"), see("#tweet-3-link"))
	r.onX()
}

// TestACancellationIsTakenBack: it waits for its time again; and where that has passed it is given another one, or
// published.
func TestACancellationIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	at := time.Now().UTC().Add(48 * time.Hour).Truncate(time.Second)
	waiting, err := r.owner.Schedule(t.Context(), texts, at)
	if err != nil {
		t.Fatal(err)
	}
	r.fail(1)
	due, err := r.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r.until(due.ID, owner.Post.Final)
	waits := func(id string, want time.Time) {
		t.Helper()
		if p, err := r.owner.Post(t.Context(), id); err != nil || p.Status != "scheduled" || !p.NextAt.Equal(want) {
			t.Errorf("it is %s and due at %v, %v; want %v", p.Status, p.NextAt, err, want)
		}
	}
	cancel := []step{click("#post-cancel"), click("#cancel-dialog-yes"), status("cancelled")}
	r.signIn()
	r.do(view("compose"), r.visit("#/post/"+waiting.ID), view("post"), status("scheduled"))
	r.do(append(cancel, click("#post-restore"), status("scheduled"))...)
	waits(waiting.ID, at)

	later := time.Now().UTC().Add(120 * time.Hour).Truncate(time.Minute)
	r.do(r.visit("#/post/"+due.ID), view("post"), status("failed"))
	r.do(append(cancel, gone("#post-restore"), click("#post-schedule"), see("#schedule-dialog"))...)
	r.keep("schedule-dialog")
	r.do(
		fillIn("#schedule-at", later.Format("01022006\t0304PM")),
		click("#schedule-dialog-yes"),
		gone("#schedule-dialog"),
		status("scheduled"),
	)
	waits(due.ID, later)
	r.do(append(cancel, click("#post-publish"), click("#publish-dialog-yes"))...)
	r.within(long, status("published"))
	r.onX()
}

// TestHealthSaysWhatIsWrong, with what to do, and that it is mended.
func TestHealthSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.signIn()
	r.do(view("compose"), click("#nav-settings"), view("settings"), click("#settings-health"), view("health"),
		see(`[data-check="@ada"][data-state="ok"]`))
	id := r.lock()
	r.do(click("#health-again"), see(`#health li:first-child[data-check="@ada"][data-state="wrong"] .todo`),
		told("#health-told", "found something wrong"))
	r.looks("health-wrong")
	r.do(r.visit("#/queue"), view("queue"), click(`[id^="pause-"][id$="-resume"]`))
	r.until(id, func(p owner.Post) bool { return p.Status == "published" })
	r.do(r.visit("#/health"), view("health"), see(`[data-check="@ada"][data-state="ok"]`))
}
