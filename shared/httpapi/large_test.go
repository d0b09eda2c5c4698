package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"spool/shared/account"
	"spool/shared/wire"
)

// lambdaMost is how many bytes Lambda takes and gives at a time.
const lambdaMost = 6_000_000

// What X takes can be posted, read and looked at before, within what Lambda carries.
func TestWhatXTakesFits(t *testing.T) {
	for name, c := range map[string]struct {
		tweets int
		text   string
	}{
		"three tweets of Premium, of what is special in HTML": {3, strings.Repeat("<&>", 8000)},
		"250 tweets of 270 characters":                        {250, strings.Repeat("<", 270)},
		"500 tweets of the longest emoji":                     {500, strings.Repeat("👩🏽‍❤️‍💋‍👨🏾", 140)},
		"60 tweets of Premium, in Japanese":                   {60, strings.Repeat("日本語の文。", 2080)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, account.Account{ID: "7", Username: "ada", Zone: "UTC", Health: account.Connected, Limit: 25_000})
			in := wire.PostInput{Draft: true}
			for i := range c.tweets {
				in.Tweets = append(in.Tweets, wire.TweetInput{Text: fmt.Sprint(i, c.text)})
			}
			body := compact(t, in)
			status, out := w.do("POST", "/v1/posts", body)
			if status != http.StatusCreated {
				t.Fatalf("a body of %d bytes is answered %d: %v", len(body), status, out)
			}
			status, out = w.do("GET", "/v1/posts/"+out["id"].(string), "")
			tweets, _ := out["tweets"].([]any)
			if status != http.StatusOK || len(tweets) != c.tweets || tweets[c.tweets-1].(map[string]any)["text"] != in.Tweets[c.tweets-1].Text {
				t.Errorf("read as %d with %d tweets", status, len(tweets))
			}
			for _, payload := range []string{body, compact(t, out)} {
				if event := compact(t, map[string]string{"body": payload}); len(event) > lambdaMost {
					t.Errorf("Lambda does not carry %d bytes", len(event))
				}
			}
		})
	}
}

// compact is JSON as API Gateway and Lambda's library write it.
func compact(t *testing.T, v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is noted of a thread has its limits, however much there is to say of it: it is
// stored with the thread.
func TestNotesHaveTheirLimits(t *testing.T) {
	w := newWorld(t, account.Account{ID: "7", Username: "ada", Zone: "UTC", Health: account.Connected, Limit: 280})
	in := wire.PostInput{Draft: true}
	for i := range 500 {
		in.Tweets = append(in.Tweets, wire.TweetInput{Text: fmt.Sprint(i, strings.Repeat(" @b", 88))})
	}
	status, out := w.do("POST", "/v1/posts", compact(t, in))
	notes, _ := out["notes"].([]any)
	if status != http.StatusCreated || len(notes) == 0 || len(notes) > 250 {
		t.Fatalf("answered %d with %d notes: %v", status, len(notes), out["detail"])
	}
	if last := fmt.Sprint(notes[len(notes)-1]); !strings.HasSuffix(last, "more findings are not listed.") {
		t.Errorf("at last it says %q", last)
	}
}
