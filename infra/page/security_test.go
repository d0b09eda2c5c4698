package page_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// elsewhere serves a page of another origin that does what it can to act in the name of a visitor. With 127.0.0.1 it is
// of the same site as Spool, as another host of one's own domain would be: there the browser sends SameSite cookies
// along.
func elsewhere(t *testing.T, api string) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>elsewhere</title>
<form id="post" method="post" enctype="text/plain" action="%[1]s/v1/posts">
<input name='{"draft":true,"tweets":[{"text":"forged"}],"x":"' value='"}'><button>Go</button></form>
<form id="in" method="post" enctype="text/plain" action="%[1]s/v1/session">
<input name='{"key":"theirs","x":"' value='"}'><button>Go</button></form>`, api)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// forge sends a request from the page that is open, as scripts of any page can, and gives what the script learns.
func forge(method, address, kind string) chromedp.Action[string] {
	return chromedp.Evaluate[string](fmt.Sprintf(
		`fetch(%q, {method: %q, mode: %q === "application/json" ? "cors" : "no-cors", credentials: "include",
			headers: {"Content-Type": %q}, body: '{"draft":true,"tweets":[{"text":"forged"}]}'})
			.then((r) => r.type, (e) => "refused")`,
		address,
		method,
		kind,
		kind,
	), chromedp.EvalAwaitPromise)
}

func TestOtherSitesCannotActInSpoolsName(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.signIn()
	r.do(view("compose"))
	t.Run("the session's cookie is for this host, and no script reads it", func(t *testing.T) {
		all, err := chromedp.Call(r.tab, network.GetCookies, network.GetCookiesParams{URLs: []string{r.API.String()}})
		if err != nil || len(all.Cookies) != 1 {
			t.Fatalf("got %v, %v, want one cookie", all.Cookies, err)
		}
		c := all.Cookies[0]
		if c.Name != "__Host-spool" || !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteStrict ||
			c.Path != "/" ||
			c.Session {
			t.Errorf("got %+v", c)
		}
		if got := value(r, chromedp.Evaluate[string]("document.cookie")); got != "" {
			t.Errorf("a script reads %q", got)
		}
	})
	theirs := elsewhere(t, r.API.String())
	for _, tc := range []struct{ site, address, refusal string }{
		{"another origin of the same site", theirs, "came from another site"}, // for all its cookie
		// It comes without the cookie.
		{"another site", strings.Replace(theirs, "127.0.0.1", "localhost", 1), "needs a valid key"},
	} {
		t.Run(tc.site+" is refused", func(t *testing.T) {
			for _, kind := range []string{"text/plain", "application/json"} {
				r.do(chromedp.Navigate(tc.address))
				if got := value(r, forge("POST", r.API.String()+"/v1/posts", kind)); got == "cors" {
					t.Errorf("a script that sends %s reads the answer", kind)
				}
			}
			for form, want := range map[string]string{"post": tc.refusal, "in": "came from another site"} {
				r.do(chromedp.Navigate(tc.address), click("#"+form+" button"), see("pre"))
				if text := value(r, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, want) {
					t.Errorf("the form %s is answered %s", form, text)
				}
			}
			var list struct{ Posts []struct{ ID string } }
			if err := r.owner.Do(t.Context(), "GET", "/v1/posts", nil, &list); err != nil || len(list.Posts) > 0 {
				t.Errorf("there are %d posts, %v", len(list.Posts), err)
			}
		})
	}
	t.Run("the local stack's other servers have nothing for pages", func(t *testing.T) {
		r.do(chromedp.Navigate(theirs))
		for what, address := range map[string]string{
			"the database": r.DynamoDB().String(), "DynamoDB": r.Endpoint("DYNAMODB"),
			"SQS": r.Endpoint("SQS"), "KMS": r.Endpoint("KMS"), "S3": r.Endpoint("S3") + "/" + r.Model.Buckets[0].Name,
			"X's faults": r.X + "/__sim/faults", "the counters": r.API.String() + "/__local/metrics",
		} {
			script := fmt.Sprintf(
				`fetch(%q, {method: "POST", body: "{}",
					headers: {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}})
				.then((r) => "status " + r.status, () => fetch(%q).then((r) => r.text(), () => "refused"))`,
				address,
				address,
			)
			if got := value(r, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise)); got != "refused" {
				t.Errorf("%s: a foreign page reads %s", what, got)
			}
		}
		fault := fmt.Sprintf(
			`fetch(%q, {method: "POST", mode: "no-cors", body: '{"method":"POST","path":"/2/tweets","status":500}'})
				.then(() => "sent", () => "refused")`,
			r.X+"/__sim/faults",
		)
		value(r, chromedp.Evaluate[string](fault, chromedp.EvalAwaitPromise))
		if faults := r.Simulator.Faults(); len(faults) > 0 {
			t.Errorf("a foreign page scripted %v", faults)
		}
		for _, port := range []string{r.API.Port(), r.X[strings.LastIndex(r.X, ":")+1:]} {
			r.do(chromedp.Navigate("http://rebound.test:"+port+"/"), see("pre"))
			if text := value(r, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, "This server is no rebound.test") {
				t.Errorf("port %s under a foreign name shows %.200s", port, text)
			}
		}
	})
	t.Run("this machine's name will do as well as its address", func(t *testing.T) {
		named := strings.Replace(r.API.String(), "127.0.0.1", "localhost", 1)
		r.do(
			chromedp.Navigate(named),
			view("signin"),
			fillIn("#signin-key", r.AdminKey),
			click("#signin-enter"),
			view("compose"),
		)
	})
	t.Run("a session ends everywhere", func(t *testing.T) {
		r.do(r.visit("#/compose"), view("compose"))
		status := value(
			r,
			chromedp.Evaluate[int](`fetch("/v1/sessions", {method: "DELETE"}).then((r) => r.status)`, chromedp.EvalAwaitPromise),
		)
		if status != http.StatusNoContent {
			t.Errorf("answered %d", status)
		}
		r.do(chromedp.Reload(), view("signin"))
	})
	t.Run("whoever guesses from the same address keeps nobody out", func(t *testing.T) {
		refused := false
		for range 50 {
			res, err := http.Post(r.API.String()+"/v1/session", "application/json", strings.NewReader(`{"key":"guess"}`))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if refused = res.StatusCode == http.StatusTooManyRequests; refused {
				break
			}
		}
		if !refused {
			t.Fatal("fifty guesses were answered")
		}
		value(
			r,
			chromedp.Evaluate[string](`document.cookie = "__Host-spool=admin.stale; Secure; Path=/"`),
		) // as of a session that ended
		r.do(
			chromedp.Reload(),
			view("signin"),
			see("#again"),
			fillIn("#signin-key", r.AdminKey),
			click("#signin-enter"),
			view("compose"),
		)
	})
}
