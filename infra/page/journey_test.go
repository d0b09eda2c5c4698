package page_test

import (
	"testing"
)

// TestFromNothingToAThread goes the way of a newcomer, by the page alone.
func TestFromNothingToAThread(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	app := r.Simulator.Settings()
	r.signIn()
	r.do(view("setup"), fillIn("#app-client-id", app.ClientID), fillIn("#app-client-secret", app.ClientSecret), click("#app-save"),
		click("#setup-connect"),
		click(`input[name="as"][value="ada"]`), click(`button[value="allow"]`), // X's consent page
		click(`a[href="/"]`), // the callback's page
		view("compose"))
	r.keep("compose")
}
