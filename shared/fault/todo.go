package fault

// TodoCode is what is to be done about a [Reason]. The set is closed and part of the
// public API: clients give each its command or button.
type TodoCode string

// The codes. What stopped for good, and not just waits, is retried afterwards.
const (
	TodoWait          TodoCode = "wait"
	TodoRetry         TodoCode = "retry"
	TodoEdit          TodoCode = "edit"
	TodoReschedule    TodoCode = "reschedule"
	TodoDuplicate     TodoCode = "duplicate"
	TodoResolve       TodoCode = "resolve"
	TodoConnect       TodoCode = "connect"
	TodoResumeAccount TodoCode = "resume_account"
	TodoResumeApp     TodoCode = "resume_app"
	TodoSetApp        TodoCode = "set_app"
	TodoRaiseBudget   TodoCode = "raise_budget"
)

// Todo is a todo code, and what it asks for.
type Todo struct {
	Code TodoCode
	Does string
}

// Todos are all of them.
func Todos() []Todo {
	return []Todo{
		{TodoWait, "Nothing has to be done: Spool goes on by itself."},
		{TodoRetry, "Do what the reason's todo says, then try again."},
		{TodoEdit, "Change what the post says or shows."},
		{TodoReschedule, "Give the post a new time, or publish it now."},
		{TodoDuplicate, "Publish the thread again, as a copy."},
		{TodoResolve, "Say whether the tweet is on X."},
		{TodoConnect, "Connect the account again."},
		{TodoResumeAccount, "End the account's pause, once X lets it in again."},
		{TodoResumeApp, "End the app's pause, once X's console says that the app is in order."},
		{TodoSetApp, "Give Spool the X app's credentials."},
		{TodoRaiseBudget, "Raise the budget, or wait for the next month."},
	}
}

// Values are all todo codes.
func (TodoCode) Values() []string {
	var all []string
	for _, t := range Todos() {
		all = append(all, string(t.Code))
	}
	return all
}

// TodoCode is what is to be done about the reason; empty where its code is none of a
// post or an account.
func (r Reason) TodoCode() TodoCode { return known[r.Code].TodoCode }

// NeedsPerson reports whether a person has to do something about the reason.
func (r Reason) NeedsPerson() bool { return r.TodoCode() != TodoWait }
