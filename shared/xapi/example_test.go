package xapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/xapi"
)

// A refusal says what it means, for whom, and what to do.
func ExampleClient_Create() {
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-app-limit-24hour-remaining", "0")
		w.Header().Set("x-app-limit-24hour-reset", "1787227200")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`)
	}))
	defer x.Close()
	c := xapi.New(x.URL)
	c.Now = func() time.Time { return time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC) }

	_, err := c.Create(context.Background(), "access token", post.Tweet{Text: "Hello"}, "")
	if limit, ok := errors.AsType[*xapi.RateLimitError](err); ok {
		fmt.Println("used up:", limit.Window)
	}
	v := fault.Judge(err)
	fmt.Println(v.Scope, v.Action, v.Reason.Code, "until", v.Until.Format(time.TimeOnly))
	fmt.Println(v.Reason.Sentence, v.Reason.Todo)
	// Output:
	// used up: the whole app in 24 hours
	// app wait rate_limited until 12:00:00
	// X's limit for the whole app in 24 hours is used up. Nothing: Spool goes on by itself when the limit ends.
}
